//! The source tree follows its own rules: headers, lengths, no unfinished work, and the dependencies listed in
//! `lib.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The maximum number of lines of a file before its tests; a longer one should be two files.
const LINES: usize = 400;
/// The maximum number of files in a folder; a larger one should be two rooms.
const FILES: usize = 15;
/// The maximum number of fields of a struct; a larger one should be two structs.
const FIELDS: usize = 12;
/// TABLE: folders with more files, and why.
const LARGE_FOLDERS: &[(&str, &str)] = &[
    ("src", "it is the floor plan: one file a room"),
    ("src/run", "one file a command, and what commands share"),
    ("src/reason", "one table a room"),
    ("src/archive/write", "one file a write"),
];
/// TABLE: structs with more fields, and why.
const LARGE_STRUCTS: &[(&str, &str)] = &[
    ("src/archive/import.rs: ImportEntry", "one field a key of an exported line"),
    ("src/archive/row.rs: NewRow", "one field a column"),
    ("src/record.rs: Line", "one field a key of the JSON that scripts rely on"),
    ("src/run/dashboard.rs: Sources", "what the loop is given; it becomes a door with two sides when screens attach"),
    ("src/run/dashboard.rs: Loop", "as Sources"),
    ("src/download/queue.rs: Dispatcher", "its rebuild is to come"),
];
/// TABLE: names of public types that several rooms have, and why.
const NAMED_AGAIN: &[(&str, &str)] = &[("Error", "named with its room, as `io::Error` is: `archive::Error`")];
/// The rooms without clock, files and async.
const PURE: [&str; 8] = ["weibo", "record", "media", "place", "controls", "dashboard", "text", "view"];
/// The names that make a room impure.
const IMPURE: [&str; 6] = ["tokio", "hyper", "reqwest", "rusqlite", "crossterm", "std::fs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the Rust files below a directory: path from the root, and text.
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

/// Returns a file without its tests.
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
fn no_folder_is_too_full_to_be_seen_at_once() {
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    for (name, _) in sources("src") {
        let (folder, _) = name.rsplit_once('/').unwrap();
        *folders.entry(folder.to_owned()).or_default() += 1;
    }
    for (folder, n) in &folders {
        let is_excepted = LARGE_FOLDERS.iter().any(|(excepted, _)| excepted == folder);
        assert!(*n <= FILES || is_excepted, "{folder} has {n} files");
    }
}

/// Returns the structs of a file with the number of their fields.
fn structs(text: &str) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut is_inside = false;
    for line in before_tests(text).lines() {
        if let Some((before, after)) = line.split_once("struct ")
            && !before.contains("//")
            && line.ends_with('{')
        {
            let name = after.chars().take_while(|c| c.is_alphanumeric()).collect();
            found.push((name, 0));
            is_inside = true;
        }
        is_inside &= !line.starts_with('}');
        let field = line.strip_prefix("    ").filter(|_| is_inside).unwrap_or_default();
        let (label, _) = field.split_once(": ").unwrap_or_default();
        let is_field = label.starts_with(|c: char| c.is_alphabetic());
        if let Some((_, fields)) = found.last_mut().filter(|_| is_field) {
            *fields += 1;
        }
    }
    found
}

#[test]
fn no_struct_has_more_fields_than_one_can_keep_in_mind() {
    assert_eq!(
        structs("pub struct A {\n    /// b: c\n    pub d: E,\n    f: G,\n}\nstruct H;\n"),
        [("A".to_owned(), 2)]
    );
    for (name, text) in sources("src") {
        for (found, n_fields) in structs(&text) {
            let found = format!("{name}: {found}");
            let is_excepted = LARGE_STRUCTS.iter().any(|(name, _)| *name == found);
            assert!(n_fields <= FIELDS || is_excepted, "{found} has {n_fields} fields");
        }
    }
}

/// Returns the public types of the sources, with the file of each.
fn types() -> Vec<(String, String)> {
    let mut types = Vec::new();
    for (name, text) in sources("src") {
        for line in before_tests(&text).lines().map(str::trim_start).filter(|line| line.starts_with("pub")) {
            let after = ["struct ", "enum ", "trait ", "type "].iter().find_map(|kind| line.split_once(kind));
            let Some((before, after)) = after else { continue };
            if before.split_whitespace().count() == 1 || before.starts_with("pub(in") {
                let found = after.chars().take_while(|c| c.is_alphanumeric()).collect();
                types.push((found, name.clone()));
            }
        }
    }
    types
}

#[test]
fn a_public_name_names_one_type() {
    let mut types = types();
    types.sort();
    for pair in types.windows(2) {
        let [(found, one), (other, another)] = pair else { continue };
        let is_excepted = NAMED_AGAIN.iter().any(|(name, _)| name == found);
        assert!(found != other || is_excepted, "`{found}` is declared in {one} and in {another}");
    }
}

#[test]
fn nothing_is_left_undone() {
    // In two parts, because this file is checked, too.
    let undone = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[ig", "nore"), concat!("todo", "!(")];
    for (name, text) in all_sources() {
        for word in undone {
            assert!(!text.contains(word), "{name} has `{word}`");
        }
        assert!(!name.ends_with("/mod.rs"), "{name} belongs beside its directory");
    }
}

/// Returns the table "Rooms" of `lib.rs`: each room and the rooms that it may name; `None` for all.
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

/// Returns the room of a file: `config` for `src/config/file.rs`, none for `main.rs` and `lib.rs`.
fn room_of(name: &str) -> Option<&str> {
    let inner = name.strip_prefix("src/")?;
    let room = inner.split('/').next()?.trim_end_matches(".rs");
    (!matches!(room, "main" | "lib")).then_some(room)
}

/// Returns the rooms that code names: `crate::room`, and `crate::{room, room::{…}}`.
fn named(code: &str) -> Vec<String> {
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut rooms = Vec::new();
    for path in code.split("crate::").skip(1) {
        let Some(group) = path.strip_prefix('{') else {
            rooms.push(word(path));
            continue;
        };
        // An entry begins with the group, and after each comma at its top level.
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

/// Returns the files that each file names, except its ancestors and descendants.
fn named_files() -> BTreeMap<String, BTreeSet<String>> {
    let sources: BTreeMap<String, String> = sources("src").into_iter().collect();
    let module = |name: &str| name.trim_start_matches("src/").trim_end_matches(".rs").replace('/', "::");
    let files: BTreeMap<String, &String> = sources.keys().map(|name| (module(name), name)).collect();
    let mut named = BTreeMap::new();
    for (name, text) in &sources {
        let own = module(name);
        let mut others = BTreeSet::new();
        for path in paths(before_tests(text), &own) {
            // The path names a file, or an item in the file with which the path begins.
            let mut path = path.as_str();
            while !files.contains_key(path) {
                let Some((above, _)) = path.rsplit_once("::") else { break };
                path = above;
            }
            let is_below = |one: &str, other: &str| one.starts_with(&format!("{other}::"));
            if let Some(file) = files.get(path).filter(|_| !is_below(path, &own) && !is_below(&own, path)) {
                others.insert((*file).clone());
            }
        }
        others.remove(name);
        named.insert(name.clone(), others);
    }
    named
}

/// Returns the paths that code names, from the root of the crate: `crate::a::b`, `super::c` and the entries of
/// groups.
fn paths(code: &str, own: &str) -> Vec<String> {
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let is_middle =
                code.get(..at).unwrap().ends_with("::") || code.get(..at).unwrap().ends_with(char::is_alphanumeric);
            if is_middle {
                continue;
            }
            let (mut base, mut rest) = (own.to_owned(), code.get(at..).unwrap());
            if let Some(after) = rest.strip_prefix("crate::") {
                (base, rest) = (String::new(), after);
            }
            while let Some(after) = rest.strip_prefix("super::") {
                base = base.rsplit_once("::").map_or(String::new(), |(above, _)| above.to_owned());
                rest = after;
            }
            entries(rest, &base, &mut found);
        }
    }
    found
}

/// Adds the paths of an entry, which may be a group: `a::{b, c::d}`. Returns the text after it.
fn entries<'a>(text: &'a str, base: &str, found: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    let join = |name: &str| if base.is_empty() { name.to_owned() } else { format!("{base}::{name}") };
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = entries(rest, base, found).trim_start();
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return rest;
    }
    if let Some(after) = rest.strip_prefix("::") {
        return entries(after, &join(name), found);
    }
    found.push(join(name));
    rest.trim_start()
        .strip_prefix("as ")
        .map_or(rest, |alias| alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn groups_and_parents_are_followed() {
    let code = "use crate::a::{b, c::{d, e as f}};\nuse super::{g, h::i};\nfn x() -> super::super::j::K {}";
    let mut found = paths(code, "k::l::m");
    found.sort();
    assert_eq!(found, ["a::b", "a::c::d", "a::c::e", "k::j::K", "k::l::g", "k::l::h::i"]);
}

/// Returns the files that a file names directly or indirectly.
fn reachable<'a>(named: &'a BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = named[from].iter().map(String::as_str).collect();
    while let Some(file) = open.pop() {
        if seen.insert(file) {
            open.extend(named[file].iter().map(String::as_str));
        }
    }
    seen
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let named = named_files();
    let all: BTreeMap<&str, BTreeSet<&str>> =
        named.keys().map(|name| (name.as_str(), reachable(&named, name))).collect();
    for (name, seen) in &all {
        let circle: Vec<&str> = seen.iter().copied().filter(|other| all[other].contains(name)).collect();
        assert!(circle.is_empty(), "{name} is in a circle: {circle:?}");
    }
}
