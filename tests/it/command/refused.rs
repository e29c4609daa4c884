//! Commands that refuse: a directory without an archive, and command lines that are wrong.

use crate::support::Home;

/// Runs a command to its end; returns the exit code and what it says on stderr.
fn told(home: &Home, args: &[&str]) -> (Option<i32>, String) {
    let output = home.output(args, &[]);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn no_command_but_the_listener_and_import_makes_an_archive() {
    let home = Home::new();
    for args in [
        &["download", "--all"][..],
        &["download", "3"],
        &["export"],
        &["prune", "--older-than", "1d"],
        &["reindex"],
        &["bookmarks"],
        &["reply", "--to", "1", "--text", "hello"],
        &["replay", "--to", "http://127.0.0.1:9/"],
    ] {
        let (code, words) = told(&home, args);
        assert_eq!(code, Some(1), "{args:?}: {words}");
        assert!(words.contains("there is no archive in"), "{args:?}: {words}");
        assert!(!home.data_dir().exists(), "{args:?}");
    }
}
