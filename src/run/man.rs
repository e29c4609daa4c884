//! `weibox man`: prints the manual pages, the one of weibox and one for each command.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

use crate::config;
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
const FILES: Words = Words::new("FILES", "文件");
const QUICK_REPLY_FILE: Words = Words::new(
    "A quick reply, which Ctrl-R picks while a reply is written: text, name, kinds and labels. {name}, {text}, {date} and {place} in the text \
     are filled in from the message.",
    "快捷回复，写回复时按 Ctrl-R 选用：text、name、kinds、labels。正文中的 {name}、{text}、{date}、{place} 由消息填入。",
);
const DEFAULT: Words = Words::new("default", "默认");

/// Prints the pages as roff, in a language.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn run(language: Language, out: &mut impl Write) -> io::Result<()> {
    let whole = help::command(language);
    page(whole.clone(), language, out)?;
    keys(language, out)?;
    queries(language, out)?;
    settings(language, out)?;
    files(language, out)?;
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

/// Writes the keys of the dashboard, from the action table.
fn keys(language: Language, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, ".SH {}", KEYS.of(language))?;
    for row in action::TABLE {
        let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
        entry(&keys.join(", "), &format!("{} ({})", row.help.of(language), row.name), out)?;
    }
    Ok(())
}

/// Writes the query language, which `/`, tabs and `--query` take.
fn queries(language: Language, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, ".SH {}", QUERIES.of(language))?;
    for (written, finds) in TERMS {
        entry(&written.replace('`', ""), finds.of(language), out)?;
    }
    Ok(())
}

/// Writes every setting of the config file, by its key.
fn settings(language: Language, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, ".SH {}", SETTINGS.of(language))?;
    for row in config::ALL {
        let Some(key) = row.key else { continue };
        let default = row.default.map_or(String::new(), |default| format!(" ({} {default})", DEFAULT.of(language)));
        entry(key, &format!("{}{default}", row.takes.of(language)), out)?;
    }
    Ok(())
}

/// Writes the user's own files beside the config file.
fn files(language: Language, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, ".SH {}", FILES.of(language))?;
    entry("$XDG_CONFIG_HOME/weibox/replies/NAME.toml", QUICK_REPLY_FILE.of(language), out)
}

/// Writes a term with its meaning. Escapes backslashes, and dots and quotes at the start of a line, which
/// have a meaning in roff.
fn entry(term: &str, meaning: &str, out: &mut impl Write) -> io::Result<()> {
    let [term, meaning] = [term, meaning].map(|text| text.replace('\\', "\\e"));
    writeln!(out, ".TP\n\\&\\fB{term}\\fR\n\\&{meaning}")
}
