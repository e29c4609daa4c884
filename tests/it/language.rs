//! Reasons that really occur are translated to Chinese, from every module.

use crate::support::{Home, SECRET, Serve, message, signed_query};
use weibox::controls::action;
use weibox::controls::keymap::Keymap;
use weibox::language::Language;
use weibox::query;
use weibox::reason::{calls, files};
use weibox::run::help;
use weibox::terminal::Error;
use weibox::text;
use weibox::weibo::signature::Parameters;
use weibox::weibo::{Content, wire};

/// Returns whether no English words are left except names and words in backticks or brackets.
fn is_chinese(told: &str) -> bool {
    told.chars().any(|char| ('\u{4e00}'..='\u{9fff}').contains(&char)) && !told.contains(" the ")
}

#[test]
fn every_reason_of_the_protocol_and_the_query_has_its_chinese() {
    let signed = |query: &str| {
        let verified = Parameters::from_query(query).and_then(|parameters| parameters.verify("xyz123xyz"));
        verified.unwrap_err().reason_in_full()
    };
    let unreadable = |body: &str| {
        let Content::Unreadable { reason } = wire::parse(body.as_bytes()).content else { panic!("{body} was read") };
        reason
    };
    let mut reasons = vec![
        signed(""),
        signed("nonce=1&nonce=2"),
        signed("signature=90e4&timestamp=1&nonce=2"),
        signed("signature=90e4&timestamp=1+1&nonce=2"),
        unreadable(""),
        unreadable("<xml/>"),
        unreadable("[1]"),
        unreadable("{\"type\":5}"),
        calls::ADDRESS_NOT_ALLOWED.into(),
    ];
    for wrong in ["typ:text", "zzz:1", "from:me", "since:soon", "due:never"] {
        let wrong = query::parse(wrong).unwrap_err();
        reasons.extend([wrong.reason, wrong.hint]);
    }
    for reason in reasons {
        let told = reason.of(Language::Chinese);
        assert!(is_chinese(&told), "{reason}: {told}");
        assert_eq!(reason.of(Language::English), reason.to_string());
    }
}

/// Returns the stderr of the real program in a Chinese locale, and its exit code.
fn told(home: &Home, arguments: &[&str], config: &str) -> (String, Option<i32>) {
    home.configure(config);
    let output = home.output(arguments, &[("LANG", "zh_CN.UTF-8")]);
    (String::from_utf8(output.stderr).unwrap(), output.status.code())
}

#[test]
fn the_help_is_told_in_chinese() {
    fn check(command: &clap::Command) {
        let helps = command.get_arguments().map(clap::Arg::get_help);
        for words in helps.chain([command.get_about(), command.get_long_about(), command.get_after_help()]).flatten() {
            // The name of a shell is the same in every language.
            assert!(is_chinese(&words.to_string()), "{}: {words}", command.get_name());
        }
        command.get_subcommands().filter(|command| command.get_name() != "help").for_each(check);
    }
    check(&help::command(Language::Chinese));
    let home = Home::new();
    for arguments in [&["--help"][..], &["export", "-h"], &["export", "--help"], &["help", "completions"]] {
        let output = home.output(arguments, &[("LANG", "zh_CN.UTF-8")]);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains("用法: weibox") && told.contains("选项:"), "{told}");
        for english in ["Usage", "Print", "Options", "Commands", "Arguments", "possible values", "default:", "Example"]
        {
            assert!(!told.contains(english), "{english}: {told}");
        }
    }
}

/// Command lines that are always wrong: exit code 2.
const USAGE: &[&[&str]] = &[
    &["--bogus"],
    &["exprot"],
    &["export", "--format", "xml"],
    &["export", "--formt", "csv"],
    &["simulate"],
    &["simulate", "--rate"],
    &["simulate", "--url", "foo"],
    &["simulate", "--url", "http://127.0.0.1:1/", "--count", "x"],
    &["simulate", "--url", "http://127.0.0.1:1/", "--rate", "0"],
    &["simulate", "--url", "http://127.0.0.1:1/", "--rate", "1e-30"],
    &["completions", "bla"],
    &["download"],
    &["download", "12x"],
    &["download", "--all", "3"],
    &["prune", "--older-than", "3"],
    &["doctor", "--public", "xx"],
    &["--plain", "--plain"],
    &["serve", "extra"],
    &["serve", "--bookmark", "a b"],
    &["serve", "--listen", "127.0.0.1"],
    &["serve", "--tls-cert", "/nowhere"],
    &["simulate", "--url", "http://127.0.0.1:1/", "--scenario", "foo"],
    &["simulate", "--as-bot", "127.0.0.1:0", "--scenario", "foo"],
    &["reply", "--to", "1"],
    &["reply", "--to", "1", "--position", "1"],
    &["replay", "--to", "ftp://x"],
    &["export", "--csv-raw"],
    &["serve", "--path", "x"],
    &["serve", "--media-url", "ftp://x/"],
    &["export", "--query", "typ:image"],
    &["export", "--query", "due:never"],
];

/// Command lines that are wrong with this config or on this machine: exit code 1. ADDRESS is taken, EMPTY is an
/// empty file.
const ERRORS: &[(&[&str], &str)] = &[
    (&["serve", "--config", "/nowhere"], ""),
    (&["serve", "--listen", "ADDRESS"], ""),
    (&["serve", "--listen", "0.0.0.0:0"], ""),
    (&["serve", "--app-secret-file", "/nowhere"], ""),
    (&["serve", "--app-secret-file", "EMPTY"], ""),
    (&["serve", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"], ""),
    (&["serve", "--tls-cert", "EMPTY", "--tls-key", "EMPTY"], ""),
    (&["export"], ""),
    (&["import", "/nowhere"], ""),
    (&["prune"], ""),
    (&["replay", "--to", "foo"], ""),
    (&["--listen", ":8080", "service"], ""),
    (&["serve"], "[forward]\nname = 'x'"),
    (&["serve"], "[watch]\nevery = '5m'"),
    (&["simulate", "--url", "http://127.0.0.1:1/", "--account", "foo"], ""),
    (&["serve"], "lisen = 'x'"),
    (&["serve"], "listen = 3"),
    (&["serve"], "path = 'x'"),
    (&["serve"], "app_secret = 'x'"),
    (&["serve"], "allow = ['x']"),
    (&["serve"], "retention.max_age = 'x'"),
    (&["serve"], "download.concurrency = 0"),
    (&["serve"], "download.auto = 'x'"),
    (&["serve"], "download.types = ['text']"),
    (&["serve"], "download.path = '{fdi}.{ext}'"),
    (&["serve"], "download.path = '../{fid}.{ext}'"),
    (&["serve"], "download.path = '{fid'"),
    (&["serve"], "download.path = '{fid}'"),
    (&["serve"], "dashboard.language = 'xx'"),
    (&["serve"], "dashboard.images = 'xx'"),
    (&["serve"], "position.datum = 'xx'"),
    (&["serve"], "voice.player = ''"),
    (&["serve"], "[keys]\ndownlod = ['x']"),
    (&["serve"], "[keys]\ncopy = ['ctlr-y']"),
    (&["serve"], "[keys]\ncopy = ['x']\ndownload = ['x']"),
    (&["serve"], "[[tab]]\nname = 'x'\nquery = 'typ:x'"),
    (&["serve"], "[[reply]]\nkind = 'text'\ntext = ''"),
    (&["serve"], "[[account]]\nname = 'a b'\npath = '/x'"),
    (&["serve"], "[[account]]\nname = 'a'\npath = 'x'"),
    (&["serve"], "[[account]]\nname = 'a'\npath = '/x'"),
];

#[test]
fn every_refusal_before_the_screen_is_told_in_chinese() {
    let home = Home::new();
    let empty = home.path("a file");
    std::fs::write(&empty, "").unwrap();
    let empty = empty.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let wrong = USAGE
        .iter()
        .map(|arguments| (*arguments, "", 2))
        .chain(ERRORS.iter().map(|(arguments, config)| (*arguments, *config, 1)));
    for (arguments, config, code) in wrong {
        let filled = arguments.iter().map(|argument| match *argument {
            "ADDRESS" => taken.as_str(),
            "EMPTY" => empty,
            other => other,
        });
        let (said, ended) = told(&Home::new(), &filled.collect::<Vec<_>>(), config);
        assert_eq!(ended, Some(code), "{arguments:?} {config}: {said}");
        assert!(said.starts_with("错误：") || said.contains("\n错误："), "{arguments:?} {config}: {said}");
        for english in ["error", "hint", " the ", " is ", " no ", " of ", " takes", "such as", "cannot", "Usage"] {
            // Errors of the system are in brackets, also in Chinese.
            let said = said.replace("os error", "");
            assert!(!said.contains(english), "{arguments:?} {config}: {english:?} in {said}");
        }
    }
}

#[test]
fn the_language_of_the_config_goes_before_that_of_the_locale() {
    let home = Home::new();
    let (said, _) = told(&home, &["export"], "dashboard.language = 'en'");
    assert!(said.starts_with("error: there is no archive in "), "{said}");
    let (said, _) = told(&home, &["export"], "");
    assert!(said.starts_with("错误："), "{said}");
}

#[test]
fn a_cause_is_told_once_and_what_was_typed_cannot_steer_the_terminal() {
    let home = Home::new();
    std::fs::write(home.data_dir(), "no directory").unwrap();
    let said = |arguments: &[&str]| String::from_utf8(home.output(arguments, &[]).stderr).unwrap();
    let told = said(&["serve"]);
    assert_eq!(told.matches("(os error").count(), 1, "{told}");
    let told = said(&["--\u{9b}31m\u{1b}[31m"]);
    assert!(told.starts_with("error: unexpected argument"), "{told}");
    assert!(!told.contains(['\u{9b}', '\u{1b}']), "{told:?}");
}

#[test]
fn what_a_command_did_is_told_in_chinese() {
    let home = Home::new();
    let lines = home.path("lines.jsonl");
    std::fs::write(&lines, format!("{}\nnonsense\n{{\"seq\":0,\"received_at\":1}}\n", message("one"))).unwrap();
    for arguments in [
        &["import", lines.to_str().unwrap()][..],
        &["prune", "--older-than", "1d", "--dry-run"],
        &["reindex"],
        &["prune", "--older-than", "1d"],
    ] {
        let (words, _) = told(&home, arguments, "retention.max_size = \"1MB\"\n");
        assert!(!words.is_empty() && words.lines().all(is_chinese), "{arguments:?}: {words}");
    }
    let (words, _) = told(&home, &["prune", "--dry-run"], "retention.max_size = \"1MB\"\n");
    assert!(is_chinese(&words), "{words}");
    // As if the clock had been set forward since the last write.
    for name in ["weibox.db", "weibox.db-wal"] {
        let file = std::fs::File::options().append(true).open(home.data_dir().join(name));
        let _missing = file.map(|file| file.set_modified(std::time::UNIX_EPOCH).unwrap());
    }
    let (words, _) = told(&home, &["prune", "--older-than", "1d", "--dry-run"], "");
    assert!(words.starts_with("警告：") && words.lines().all(is_chinese), "{words}");
}

#[test]
fn a_help_lists_arguments_as_they_are_typed_and_the_settings_last() {
    fn check(command: &mut clap::Command) {
        let told = command.render_help().to_string();
        let usage = told.lines().find(|line| line.starts_with("用法")).unwrap_or_default();
        let rows = usage.split_whitespace().filter_map(|word| told.find(&format!("\n  {word}  ")));
        assert!(rows.is_sorted(), "{told}");
        command.get_subcommands_mut().filter(|command| command.get_name() != "help").for_each(check);
    }
    let mut command = help::command(Language::Chinese);
    command.build();
    let told = command.render_help().to_string();
    assert!(told.find("选项:") < told.find("设置:"), "{told}");
    check(&mut command);
}

#[test]
fn what_a_command_prints_for_people_is_chinese() {
    let home = Home::new();
    home.configure("[[account]]\nname = 'a'\npath = '/weibo'\napp_secret_file = 'secret'\n[[alert]]\nname = 'x'\nquery = '退款'\nby = ['terminal', 'desktop']");
    std::fs::write(home.path(".config/weibox/secret"), SECRET).unwrap();
    let serve = Serve::start(&home, &["--bookmark", "bot"], &[]);
    let query = signed_query(SECRET);
    for (arguments, words, english) in [
        (&["bookmarks"][..], "落后", &["name", "seq", "lag"][..]),
        (&["verify", &query], "（App Secret） + ", &["secret)"]),
        (
            &["simulate", "--url", "http://127.0.0.1:1/", "--count", "3"],
            "无应答 3",
            &["lost", "sent", "hand", "refused"],
        ),
        (
            &["simulate", "--url", &format!("{}x", serve.url), "--count", "3"],
            "404: 3",
            &["lost", "sent", "says", "expected"],
        ),
        (
            &["config"],
            "默认值",
            &["default ", "not ", "none", "environment", "characters", " at ", "tabs", " by ", " and "],
        ),
    ] {
        let output = home.output(arguments, &[("LANG", "zh_CN.UTF-8")]);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains(words), "{arguments:?}: {told}");
        for english in english {
            assert!(!told.contains(english), "{arguments:?}: {english:?} in {told}");
        }
    }
}

#[test]
fn what_the_terminal_refuses_is_told_in_chinese_with_its_hint() {
    let source = std::io::Error::other(files::ENDED_WITH.with("exit status: 3"));
    let opener = Error::Opener { what: "/a b.png".to_owned(), tried: "xdg-open, gio".to_owned(), source };
    for error in [opener, Error::TooLong { bytes: 1 }] {
        let told = error.reason().with_hint(error.hint()).of(Language::Chinese);
        for english in ["cannot", "ended", "over ssh", "text", "save"] {
            assert!(!told.contains(english), "{told}");
        }
    }
}

#[test]
fn the_words_of_every_action_fit_into_the_help_on_80_columns() {
    let keymap = Keymap::default();
    let widest = action::TABLE.iter().map(|row| text::width(&keymap.text(row.action))).max().unwrap();
    for row in action::TABLE {
        for language in [Language::English, Language::Chinese] {
            let words = row.help.of(language);
            assert!(widest + 2 + text::width(words) <= 80 - 4, "{words}");
        }
    }
}
