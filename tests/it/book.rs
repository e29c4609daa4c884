//! The book and the READMEs: generated parts agree with the code, every page is listed, and every link has a
//! target.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use weibox::language::Language;

mod tables;

use tables::tables;

/// The maximum number of lines of a README; a longer one would be a book.
const LINES: usize = 250;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the pages of the book in a language, including its table of contents.
fn pages(language: Language) -> Vec<PathBuf> {
    let mut pages: Vec<_> = root()
        .join("docs")
        .join(language.name())
        .join("src")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    pages
}

/// Returns every page that is read outside the program.
fn everything() -> Vec<PathBuf> {
    let own = ["README.md", "README.zh-CN.md", "SECURITY.md", "CONTRIBUTING.md"].map(|name| root().join(name));
    [own.to_vec(), pages(Language::English), pages(Language::Chinese)].concat()
}

/// Returns the anchors of a page, one for each heading.
fn places(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    let place = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .collect::<String>()
            .replace(' ', "-")
    };
    headings.map(place).collect()
}

/// Returns the targets of the links of a page, including pictures and other files, but not other sites.
fn links(text: &str) -> Vec<String> {
    let inline = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let marked = ["src=\"", "srcset=\"", "{{#include "]
        .iter()
        .flat_map(|mark| text.split(mark).skip(1).filter_map(|rest| rest.split(['"', '}']).next()));
    let here = |link: &&str| !link.contains("://") && !link.is_empty();
    inline.chain(marked).filter(here).map(str::to_owned).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "no setting of weibox")]
fn what_the_book_has_from_the_code_is_what_the_code_says() {
    let is_writing = std::env::var_os("WEIBOX_WRITE_BOOK").is_some();
    for language in [Language::English, Language::Chinese] {
        let mut missing: BTreeSet<_> = tables(language).into_iter().map(|(name, _)| name).collect();
        for path in pages(language) {
            let text = fs::read_to_string(&path).unwrap();
            let mut right = text.clone();
            for (name, table) in tables(language) {
                let (begin, end) = (format!("<!-- {name}, from the code -->\n"), format!("<!-- end of {name} -->"));
                let Some((before, rest)) = right.split_once(&begin) else { continue };
                let after = rest.split_once(&end).map(|(_, after)| after).unwrap();
                right = format!("{before}{begin}\n{table}\n{end}{after}");
                missing.remove(name);
            }
            if is_writing {
                fs::write(&path, &right).unwrap();
            }
            assert!(text == right || is_writing, "{path:?} says something else: WEIBOX_WRITE_BOOK=1 makes it anew");
        }
        assert!(missing.is_empty(), "the book in {} lacks {missing:?}", language.name());
    }
}

#[test]
fn every_page_is_listed_and_every_link_leads_somewhere() {
    for language in [Language::English, Language::Chinese] {
        let pages = pages(language);
        let list = fs::read_to_string(pages.iter().find(|page| page.ends_with("SUMMARY.md")).unwrap()).unwrap();
        for page in &pages {
            let name = page.file_name().unwrap().to_str().unwrap();
            assert!(name == "SUMMARY.md" || list.contains(&format!("({name})")), "{page:?} is not in the list");
        }
    }
    let names = |language| pages(language).iter().map(|page| page.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(Language::English), names(Language::Chinese), "both books have the same pages");
    for page in everything() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let (path, place) = link.split_once('#').unwrap_or((&link, ""));
            let to = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            assert!(to.exists(), "{page:?} leads to {link}, which is not there");
            let there = if place.is_empty() { String::new() } else { fs::read_to_string(&to).unwrap() };
            assert!(
                place.is_empty() || places(&there).contains(place),
                "{to:?} has no place {place}, where {page:?} leads"
            );
            // mdBook converts a page to another file.
            let is_outside =
                path.to_lowercase().ends_with("md") && path.contains('/') && text.contains(&format!("]({link})"));
            let stays = !is_outside || !page.starts_with(root().join("docs"));
            assert!(stays, "{page:?} leads out of the book, to {link}");
        }
    }
}

#[test]
fn the_readmes_name_what_the_tests_need() {
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    let needed = ci.lines().find_map(|line| line.strip_prefix("for needed in ")).unwrap().trim_end_matches("; do");
    let packages: Vec<&str> = needed.split(' ').map(|needed| needed.split_once(':').unwrap().1).collect();
    for name in ["README.md", "README.zh-CN.md"] {
        let readme = fs::read_to_string(root().join(name)).unwrap();
        let line = readme.lines().find(|line| line.contains("apt-get install")).unwrap();
        assert!(packages.iter().all(|package| line.contains(package)), "{name}: {line} ({packages:?})");
    }
}

#[test]
fn a_readme_is_read_in_one_go() {
    for name in ["README.md", "README.zh-CN.md"] {
        let n_lines = fs::read_to_string(root().join(name)).unwrap().lines().count();
        assert!(n_lines <= LINES, "{name} has {n_lines} lines, of {LINES} at most");
    }
}
