//! The command line: its arguments, and what help, completions and manual say about them.

use std::ffi::OsStr;

use clap::{CommandFactory as _, Parser as _};
use clap_complete::Shell;
use weibox::cli::{Cli, Command, Download, Format};
use weibox::config;
use weibox::run;
use weibox::simulator::bot::BotManner;
use weibox::simulator::scenario::Scenario;

use weibox::language::help::COMMANDS as COMMAND_HELP;

use weibox::language::Language;

/// The commands that scripts rely on.
const COMMANDS: [&str; 21] = [
    "serve",
    "attach",
    "bookmarks",
    "status",
    "cluster",
    "service",
    "demo",
    "simulate",
    "replay",
    "alert",
    "verify",
    "export",
    "import",
    "prune",
    "reindex",
    "download",
    "reply",
    "completions",
    "man",
    "doctor",
    "config",
];

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

/// Returns the output of `weibox … --help`.
fn help(line: &str) -> String {
    let shown = run::help::command(Language::English).try_get_matches_from(line.split(' ')).unwrap_err();
    assert_eq!(shown.kind(), clap::error::ErrorKind::DisplayHelp, "{line}");
    shown.to_string()
}

#[test]
fn the_definition_holds_together() {
    Cli::command().debug_assert();
}

#[test]
fn the_commands_are_those_that_scripts_rely_on() {
    let whole = Cli::command();
    let names: Vec<_> = whole.get_subcommands().map(clap::Command::get_name).collect();
    assert_eq!(names, COMMANDS);
    assert!(parse("weibox").unwrap().command.is_none());
}

#[test]
fn flags_stand_before_or_after_the_command() {
    let before = parse("weibox --listen :9000 --data-dir d --insecure-accept-unsigned serve").unwrap();
    let after = parse("weibox serve --listen :9000 --data-dir d --insecure-accept-unsigned").unwrap();
    assert_eq!(before.options, after.options);
    assert_eq!(before.options.get(config::LISTEN), Some(OsStr::new(":9000")));
    assert!(before.options.get(config::INSECURE_ACCEPT_UNSIGNED).is_some());
}

#[test]
fn each_command_takes_what_the_readme_promises() {
    for line in [
        "weibox simulate --url http://127.0.0.1:1/weibo --app-secret-file f --count 3 --rate 0.5 --scenario all --media-listen 127.0.0.1:0",
        "weibox export",
        "weibox export --format csv --data-dir d",
        "weibox import a.jsonl b.jsonl -",
        "weibox prune --older-than 90d --dry-run",
        "weibox download --all --data-dir d",
        "weibox completions fish",
        "weibox reindex",
        "weibox replay --to bot --query since:1d --rate 5 --compare http://127.0.0.1:1/ --json",
        "weibox replay --to bot --set-aside",
        "weibox verify signature=1",
        "weibox simulate --as-bot 127.0.0.1:0 --scenario flaky",
        "weibox simulate --url http://127.0.0.1:1/ --from a.jsonl --expect b.jsonl --record --ignore /data/time",
        "weibox doctor --deep",
        "weibox doctor --token --public https://example.org/weibo",
    ] {
        assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
    }
    let command = |line| parse(line).unwrap().command.unwrap();
    assert_eq!(command("weibox export"), Command::Export { format: Format::Jsonl, csv_raw: false, query: None });
    assert_eq!(command("weibox download 17 23"), Command::Download(Download { all: false, seqs: vec![17, 23] }));
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for (line, words) in [
        ("weibox download", "<--all|SEQ>"),
        ("weibox download --all 3", "cannot be used with"),
        ("weibox download three", "invalid value 'three'"),
        ("weibox simulate", "--url"),
        ("weibox simulate --url u", "such as `https://example.org/weibo`"),
        ("weibox simulate --url http://u --rate 0", "not above 0"),
        ("weibox simulate --url http://u --rate NaN", "not above 0"),
        ("weibox simulate --url http://u --rate 1e-30", "slower than one a day"),
        ("weibox import", "<FILE>"),
        ("weibox prune --older-than 0d", "such as `90d` or `36h`"),
        ("weibox prune --older-than 3", "such as `90d` or `36h`"),
        ("weibox export --format xml", "[possible values: jsonl, csv]"),
        ("weibox doctor --public example.org", "such as `https://example.org/weibo`"),
        ("weibox serv", "'serve'"),
    ] {
        let refused = parse(line).unwrap_err();
        assert_eq!(refused.exit_code(), 2, "{line}");
        assert!(refused.to_string().contains(words), "{line}: {refused}");
    }
}

#[test]
fn no_secret_can_be_typed() {
    let whole = Cli::command();
    let commands = std::iter::once(&whole).chain(whole.get_subcommands());
    let arguments = commands.flat_map(clap::Command::get_arguments);
    let takes_something = |argument: &&clap::Arg| argument.get_action().takes_values();
    for flag in arguments.filter(takes_something).filter_map(clap::Arg::get_long) {
        assert!(!flag.ends_with("secret") && !flag.ends_with("token"), "--{flag}");
    }
}

/// Checks that the help of a command has exactly the settings that matter to it, with variables and defaults.
fn assert_settings(help: &str, command: &str) {
    // Words may be wrapped anywhere.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let row = COMMAND_HELP.iter().find(|row| row.command == command).unwrap();
    for name in config::ALL {
        let Some(flag) = name.flag else { continue };
        let matters = row.lists(flag);
        let variable = name.variable.map_or(String::new(), |variable| format!("`{variable}`"));
        let default = name.default.map_or(String::new(), |default| format!("default `{default}`"));
        for words in [&format!(" {flag} "), &variable, &default] {
            assert!(!matters || help.contains(words.trim_end()), "`{command} --help` does not say {words}");
        }
        assert!(matters || !help.contains(&format!(" {flag} <")), "`{command} --help` has {flag}");
    }
}

#[test]
fn every_help_has_an_example_and_the_settings_that_matter_with_variable_and_default() {
    for command in COMMANDS {
        let help = help(&format!("weibox {command} --help"));
        assert!(help.contains("Example"), "{help}");
        assert!(
            help.lines().any(|line| line.contains(&format!("weibox {command}")) && line.starts_with("  ")),
            "{help}"
        );
        assert_settings(&help, command);
    }
    assert_settings(&help("weibox --help"), "weibox");
    let help = help("weibox --help");
    assert!(COMMANDS.iter().all(|command| help.contains(&format!("\n  {command} "))), "{help}");
}

#[test]
fn the_help_of_the_simulator_names_every_scenario() {
    let bots = BotManner::ALL.map(BotManner::name);
    for language in [Language::English, Language::Chinese] {
        let shown = run::help::command(language).try_get_matches_from(["weibox", "simulate", "--help"]).unwrap_err();
        let help = shown.to_string();
        let words: Vec<_> = help.split(|char: char| !char.is_ascii_alphanumeric() && char != '-').collect();
        for name in Scenario::names().chain(bots) {
            assert!(words.contains(&name), "{name}:\n{help}");
        }
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(parse("weibox --version").unwrap_err().to_string(), concat!("weibox ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn every_shell_has_a_script_that_asks() {
    for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
        let mut out = Vec::new();
        run::completions::run(&mut out, shell).unwrap();
        let script = String::from_utf8(out).unwrap();
        assert!(script.contains("WEIBOX_COMPLETE") && script.contains(&shell.to_string()), "{shell}: {script}");
    }
}

fn manual(language: Language) -> String {
    let mut manual = Vec::new();
    run::man::run(language, &mut manual).unwrap();
    String::from_utf8(manual).unwrap()
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    for language in [Language::English, Language::Chinese] {
        let manual = manual(language);
        let titles: Vec<_> = manual.lines().filter_map(|line| line.strip_prefix(".TH ")).collect();
        assert_eq!(titles.len(), 1 + COMMANDS.len(), "{titles:?}");
        let english = manual.lines().find(|line| line.strip_prefix(".SH ").is_some_and(str::is_ascii));
        assert_eq!(english.is_some(), language == Language::English, "{english:?}");
        for (title, command) in titles.iter().skip(1).zip(COMMANDS) {
            assert!(title.starts_with(&format!("weibox-{command} ")), "{title}");
        }
    }
}

#[test]
fn a_closed_pipe_is_an_error_and_no_panic() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(run::completions::run(&mut writer, Shell::Bash).unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
    assert_eq!(run::man::run(Language::English, &mut writer).unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}

#[test]
fn the_manual_has_every_key_every_term_of_the_query_language_and_every_setting() {
    for language in [Language::English, Language::Chinese] {
        let manual = manual(language);
        for row in weibox::controls::action::TABLE {
            assert!(manual.contains(&format!("{} ({})", row.help.of(language), row.name)), "{}", row.name);
        }
        for (written, finds) in weibox::language::queries::TERMS {
            assert!(manual.contains(finds.of(language)), "{written}");
        }
        let names = weibox::config::ALL.iter().flat_map(|row| [row.key, row.variable]);
        for name in names.flatten().chain(["$XDG_CONFIG_HOME/weibox/config.toml", "$XDG_DATA_HOME/weibox", "3"]) {
            assert!(manual.contains(&format!("\\fB{name}\\fR")), "{name}");
        }
    }
}
