//! Commands that refuse: a directory without an archive, and command lines that are wrong.

use std::fs;
use std::process::Stdio;

use crate::support::{Home, Serve, message};

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

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_is_wrong() {
    let home = Home::new();
    let url = "http://127.0.0.1:9/";
    for (args, expected) in [
        (&["simulate", "--url", url, "--scenario", "x"][..], "there is no scenario `x`; there are every-kind"),
        (&["simulate", "--as-bot", "127.0.0.1:0", "--scenario", "x"], "there is no scenario `x`; there are answers"),
        (&["reply", "--to", "1", "--position", "1"], "a position is latitude and longitude"),
        (&["reply", "--to", "1"], "<--text <TEXT>|--file <FILE>|--position <LAT,LON>|--articles <FILE>>"),
        (&["reply", "--to", "1", "--text", "a", "--file", "b"], "cannot be used with"),
        (&["serve", "--tls-cert", "a"], "`tls.key` is missing: a certificate and its key must be set together"),
        (&["serve", "--tls-key", "-----BEGIN KEY", "--tls-cert", "a"], "`tls.key` holds a key itself"),
        (&["replay", "--to", "ftp://x"], "`ftp://x` is not a web address"),
        (&["replay", "--to", "http://192.0.2.1/"], "messages would go there unencrypted"),
        (&["replay", "--to", url, "--compare", "ftp://x"], "`ftp://x` is not a web address"),
        (&["export", "--csv-raw"], "`--csv-raw` has an effect only with `--format csv`"),
    ] {
        let (code, words) = told(&home, args);
        assert_eq!(code, Some(2), "{args:?}: {words}");
        assert!(words.contains(expected), "{args:?}: {words}");
    }
}

#[test]
fn a_target_that_there_is_not_ends_with_1_and_those_that_there_are_are_named() {
    let home = Home::new();
    let (code, words) = told(&home, &["replay", "--to", "bot"]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("`bot` is neither the name of a target nor a web address: the settings have no"), "{words}");
    assert!(words.contains("one that `--forward` sets is known to that one command"), "{words}");
    home.configure("[[forward]]\nname = 'shop'\nurl = 'http://127.0.0.1:9/'");
    for args in [&["replay", "--to", "bot"][..], &["replay", "--to", "shop", "--compare", "bot"]] {
        let (code, words) = told(&home, args);
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains("there are `shop`; a target that `--forward` sets"), "{words}");
    }
}

#[test]
fn a_wrong_command_line_is_told_with_its_usage_in_both_languages() {
    let home = Home::new();
    for (locale, usage, more) in
        [("C", "Usage: weibox download", "For more information"), ("zh_CN.UTF-8", "用法: weibox download", "详情请用")]
    {
        let output = home.output(&["download"], &[("LANG", locale)]);
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains(usage) && words.contains(more), "{words}");
    }
}

#[test]
fn what_is_no_archive_and_no_json_is_told_with_what_is_meant() {
    let home = Home::new();
    let takes = "import takes files of JSON lines";
    let (code, words) = told(&home, &["import", home.path("").to_str().unwrap()]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("there is no archive in") && words.contains(takes), "{words}");
    for begin in ["\u{feff}seq,type\n", "seq;type\n", "\"seq\"\t\"type\"\n"] {
        let file = home.path("export.csv");
        fs::write(&file, format!("{begin}1,text\n2,text\n")).unwrap();
        let (code, words) = told(&home, &["import", file.to_str().unwrap()]);
        assert_eq!(code, Some(1), "{words}");
        assert!(words.contains("export.csv` looks like CSV") && words.contains(takes), "{words}");
        assert_eq!(words.lines().count(), 1, "{words}");
    }
    let file = home.path("file");
    fs::write(&file, "").unwrap();
    let (code, words) = told(&home, &["export", "--data-dir", file.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("hint: name a directory that you may write to with `--data-dir`"), "{words}");
}

#[test]
fn a_full_output_is_named() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("hello")).status, 200);
    for args in [&["export"][..], &["export", "--format", "csv"], &["config"], &["man"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = home.weibox(args).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains("cannot write to the standard output: No space left on device"), "{args:?}: {words}");
    }
}

#[test]
fn what_would_be_pruned_is_told_with_a_time_that_people_can_read() {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("hello")).status, 200);
    serve.stop();
    let (code, words) = told(&home, &["prune", "--older-than", "1d", "--dry-run"]);
    let time = words.split(" from before ").nth(1).and_then(|rest| rest.split(" would").next()).unwrap();
    assert!(chrono::DateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S %:z").is_ok(), "{words}");
    assert_eq!(code, Some(0), "{words}");
}
