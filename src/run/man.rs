//! `weibox man`: prints the manual pages, the one of weibox and one for each command.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

use crate::config::{self, SettingRow};
use crate::controls::action;
use crate::language::queries::TERMS;
use crate::language::{Language, Words};
use crate::run::help;

/// TABLE: headings of the library, and their replacements.
const HEADINGS: &[(&str, Words)] = &[
    (".SH NAME", Words::new(".SH NAME", ".SH 名称")),
    (".SH SYNOPSIS", Words::new(".SH SYNOPSIS", ".SH 概要")),
    (".SH DESCRIPTION", Words::new(".SH DESCRIPTION", ".SH 描述")),
    (".SH EXTRA", Words::new(".SH NOTES AND EXAMPLES", ".SH 说明与示例")),
    (".SH VERSION", Words::new(".SH VERSION", ".SH 版本")),
];
const KEYS: Words = Words::new("KEYS", "按键");
const QUERIES: Words = Words::new("QUERIES", "查询语言");
const SETTINGS: Words = Words::new("CONFIG FILE", "配置文件");
const ENVIRONMENT: Words = Words::new("ENVIRONMENT", "环境变量");
const FILES: Words = Words::new("FILES", "文件");
const EXIT_STATUS: Words = Words::new("EXIT STATUS", "退出码");
const DEFAULT: Words = Words::new("default", "默认");
const SAME_AS: Words = Words::new("As {}: ", "同 {}：");
const ITSELF: Words = Words::new("The value itself, in place of {}: ", "其内容本身，代替 {}：");

/// TABLE: the files besides those that a setting names.
const OTHER_FILES: &[(&str, Words)] = &[
    ("$XDG_CONFIG_HOME/weibox/tabs.toml", Words::new("The tabs that you save with a", "用 a 保存的标签页")),
    (
        "$XDG_CONFIG_HOME/weibox/app_secret, access_token",
        Words::new("The secret and the token that you enter in the dashboard", "在界面中输入的 App Secret 与访问令牌"),
    ),
    (
        "$XDG_CONFIG_HOME/weibox/replies/NAME.toml",
        Words::new(
            "A quick reply, which Ctrl-R picks while a reply is written: text, name, kinds and labels. {name}, {text}, {date} and {place} in the text \
             are filled in from the message.",
            "快捷回复，写回复时按 Ctrl-R 选用：text、name、kinds、labels。正文中的 {name}、{text}、{date}、{place} 由消息填入。",
        ),
    ),
];

/// TABLE: the exit codes.
const EXIT_CODES: &[(&str, Words)] = &[
    ("0", Words::new("Success, also after SIGINT and SIGTERM", "完成，包括被 SIGINT、SIGTERM 结束")),
    (
        "1",
        Words::new(
            "An error, or a command that checks something has found a fault or a difference",
            "出错，或检查类命令发现了故障或不同",
        ),
    ),
    (
        "2",
        Words::new(
            "The command line or a query cannot be used, or simulate --from has nothing to compare",
            "命令行或查询有误，或 simulate --from 无法比较",
        ),
    ),
    ("3", Words::new("No weibox runs, says weibox status", "weibox status：没有 weibox 在运行")),
];

/// Prints the pages as roff, in a language.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn run(language: Language, out: &mut impl Write) -> io::Result<()> {
    let whole = help::command(language);
    page(whole.clone(), language, out)?;
    section(KEYS, keys(language), language, out)?;
    let of = |words: &Words| words.of(language).to_owned();
    let queries = TERMS.iter().map(|(written, finds)| (written.replace('`', ""), of(finds)));
    section(QUERIES, queries, language, out)?;
    let settings = config::ALL.iter().filter_map(|row| Some((row.key?.to_owned(), values(row, language))));
    section(SETTINGS, settings, language, out)?;
    section(ENVIRONMENT, environment(language), language, out)?;
    // The config file, the data directory, and the user's own files beside the config file.
    let named = [config::FILE, config::DATA_DIR].map(|row| (row.default.unwrap_or_default(), row.help));
    let table = |(term, meaning): &(&str, Words)| ((*term).to_owned(), of(meaning));
    section(FILES, named.iter().chain(OTHER_FILES).map(table), language, out)?;
    section(EXIT_STATUS, EXIT_CODES.iter().map(table), language, out)?;
    for command in whole.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        // Alone, the command lacks the global flags, which the first page lists.
        let command = command.clone().display_name(format!("weibox-{name}")).bin_name(format!("weibox {name}"));
        page(command, language, out)?;
    }
    Ok(())
}

/// Writes the page of a command. Lines are not justified, because that tears Chinese text apart.
fn page(command: Command, language: Language, out: &mut impl Write) -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    for line in String::from_utf8_lossy(&page).lines() {
        let heading = HEADINGS.iter().find(|(heading, _)| *heading == line);
        writeln!(out, "{}", heading.map_or(line, |(_, words)| words.of(language)))?;
        if line.starts_with(".TH ") {
            writeln!(out, ".ad l\n.nh")?;
        }
    }
    Ok(())
}

/// Returns the keys of the dashboard, from the action table.
fn keys(language: Language) -> impl Iterator<Item = (String, String)> {
    action::TABLE.iter().map(move |row| {
        let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
        (keys.join(", "), format!("{} ({})", row.help.of(language), row.name))
    })
}

/// Returns the values that a setting takes, and its default.
fn values(row: &SettingRow, language: Language) -> String {
    let default = row.default.map_or(String::new(), |default| format!(" ({} {default})", DEFAULT.of(language)));
    format!("{}{default}", row.takes.of(language))
}

/// Returns every environment variable, with the flag and the key of its setting.
fn environment(language: Language) -> impl Iterator<Item = (String, String)> {
    config::ALL.iter().filter_map(move |row| {
        let names: Vec<&str> = row.flag.into_iter().chain(row.key).collect();
        let same = if row.secret.is_some() { ITSELF } else { SAME_AS };
        let same = if names.is_empty() { String::new() } else { same.with(language, &[&names.join(", ")]) };
        Some((row.variable?.to_owned(), format!("{same}{}", values(row, language))))
    })
}

/// Writes a section of terms and their meanings. Escapes backslashes, and dots and quotes at the start of a line, which
/// have a meaning in roff.
fn section(
    heading: Words,
    rows: impl Iterator<Item = (String, String)>,
    language: Language,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, ".SH {}", heading.of(language))?;
    for (term, meaning) in rows {
        let [term, meaning] = [term, meaning].map(|text| text.replace('\\', "\\e"));
        writeln!(out, ".TP\n\\&\\fB{term}\\fR\n\\&{meaning}")?;
    }
    Ok(())
}
