//! The tree keeps its own rules: headers, lengths, nothing left undone, and who may name whom as `lib.rs` says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines that a file may have before its tests; longer ones are two.
const LINES: usize = 400;
/// The rooms without clock, files and async.
const PURE: [&str; 8] = ["weibo", "record", "media", "place", "controls", "dashboard", "text", "view"];
/// What would make them impure.
const IMPURE: [&str; 6] = ["tokio", "hyper", "reqwest", "rusqlite", "crossterm", "std::fs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a directory: path from the root, and text.
fn sources(below: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root().join(below)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn all_sources() -> Vec<(String, String)> {
    [sources("src"), sources("tests")].concat()
}

/// A file without its tests.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

#[test]
fn every_file_begins_with_its_job() {
    for (name, text) in all_sources() {
        assert!(text.starts_with("//! "), "{name} does not begin with `//!`");
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for (name, text) in all_sources() {
        let lines = before_tests(&text).lines().count();
        assert!(lines <= LINES, "{name} has {lines} lines before its tests");
    }
}

#[test]
fn nothing_is_left_undone() {
    // In two parts, because this file is read, too.
    let undone = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[ig", "nore"), concat!("todo", "!(")];
    for (name, text) in all_sources() {
        for word in undone {
            assert!(!text.contains(word), "{name} has `{word}`");
        }
        assert!(!name.ends_with("/mod.rs"), "{name} belongs beside its directory");
    }
}

/// The table "Rooms" of `lib.rs`: a room and whom it may name; `None` for all.
fn rooms() -> BTreeMap<String, Option<Vec<String>>> {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let rooms: BTreeMap<_, _> = rows
        .map(|row| {
            let (room, rest) = row.split_once("`]").unwrap();
            let known = rest.split('|').nth(1).unwrap().trim();
            let name = |entry: &str| entry.split_whitespace().next().map(str::to_owned);
            (room.to_owned(), (known != "all").then(|| known.split(',').filter_map(name).collect()))
        })
        .collect();
    assert!(rooms.len() > 10, "the table of rooms was not found: {rooms:?}");
    rooms
}

/// `src/config/file.rs` belongs to `config`; `main.rs` and `lib.rs` to nobody.
fn room_of(name: &str) -> Option<&str> {
    let inner = name.strip_prefix("src/")?;
    let room = inner.split('/').next()?.trim_end_matches(".rs");
    (!matches!(room, "main" | "lib")).then_some(room)
}

/// The rooms that code names: `crate::room`, and `crate::{room, room::{…}}`.
fn named(code: &str) -> Vec<String> {
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut rooms = Vec::new();
    for path in code.split("crate::").skip(1) {
        let Some(group) = path.strip_prefix('{') else {
            rooms.push(word(path));
            continue;
        };
        // An entry begins where the group does, and after each comma of its own.
        let (mut depth, mut begins) = (0, true);
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                c if begins && !c.is_whitespace() => {
                    rooms.push(word(group.get(at..).unwrap()));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    rooms
}

#[test]
fn paths_are_read_in_every_form() {
    let code =
        "use crate::a;\nuse crate::{\n    b, c::{d, e::{f}, g}, h::i,\n};\nfn x() -> crate::j::K {}\n// crate::l";
    assert_eq!(named(code), ["a", "b", "c", "h", "j"]);
}

#[test]
fn no_room_names_a_room_that_the_map_does_not_give_it() {
    let rooms = rooms();
    for (name, text) in sources("src") {
        let Some(room) = room_of(&name) else { continue };
        let Some(known) = rooms.get(room) else { panic!("{name}: `{room}` is not in the table of rooms in lib.rs") };
        let Some(known) = known else { continue };
        for other in named(before_tests(&text)) {
            let allowed = other == room || known.contains(&other);
            assert!(allowed, "{name} names `{other}`, which the table of rooms in lib.rs does not give to `{room}`");
        }
    }
}

#[test]
fn pure_rooms_name_nothing_that_does_something() {
    for (name, text) in sources("src") {
        if !room_of(&name).is_some_and(|room| PURE.contains(&room)) {
            continue;
        }
        for library in IMPURE {
            let named = before_tests(&text)
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(&format!("{library}::")));
            assert!(!named, "{name} names `{library}`");
        }
    }
}

#[test]
fn no_state_names_the_screen_library() {
    for (name, text) in sources("src") {
        let is_stateful = room_of(&name).is_some_and(|room| PURE.contains(&room) && room != "view");
        assert!(!(is_stateful && before_tests(&text).contains("ratatui::")), "{name} names `ratatui`");
    }
}

#[test]
fn the_readme_lists_the_keys_of_the_action_table() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let table = weibox::controls::action::markdown();
    assert!(readme.contains(&table), "README.md needs this table of keys:\n{table}");
}
