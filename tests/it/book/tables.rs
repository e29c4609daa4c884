//! The parts of the book that are generated from the code: keys, settings, queries and commands, as Markdown.

use clap::{Arg, Command};

use weibox::config;
use weibox::controls::action;
use weibox::language::help::COMMANDS;
use weibox::language::queries::TERMS;
use weibox::language::{Language, Words};
use weibox::run::help;

/// The tables, each under its name.
pub(super) fn tables(language: Language) -> [(&'static str, String); 4] {
    [
        ("keys", keys(language)),
        ("settings", settings(language)),
        ("queries", queries(language)),
        ("commands", commands(language)),
    ]
}

/// Renders a table with these columns. A bar ends a cell even in code, unless it is escaped.
fn table(columns: &[Words], rows: impl Iterator<Item = Vec<String>>, language: Language) -> String {
    let line = |cells: Vec<String>| {
        format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "))
    };
    let head = line(columns.iter().map(|words| words.of(language).to_owned()).collect());
    let rule = line(vec!["---".to_owned(); columns.len()]);
    std::iter::once(head).chain([rule]).chain(rows.map(line)).collect()
}

fn keys(language: Language) -> String {
    const COLUMNS: &[Words] =
        &[Words::new("keys", "按键"), Words::new("what they do", "作用"), Words::new("name", "名称")];
    let rows = action::TABLE.iter().map(|row| {
        let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
        vec![keys.join(" "), row.help.of(language).to_owned(), format!("`{}`", row.name)]
    });
    table(COLUMNS, rows, language)
}

fn settings(language: Language) -> String {
    const COLUMNS: &[Words] = &[
        Words::new("flag", "选项"),
        Words::new("environment", "环境变量"),
        Words::new("in the file", "配置文件"),
        Words::new("default", "默认"),
    ];
    const ITSELF: Words = Words::new(" (the value itself)", "（其内容本身）");
    const NONE: Words = Words::new("none", "无");
    let cell = |text: Option<&str>| text.map_or(String::new(), |text| format!("`{text}`"));
    let rows = config::ALL.iter().filter(|row| row.flag.or(row.variable).is_some()).map(|row| {
        let itself = row.secret.map_or("", |_| ITSELF.of(language));
        let default = row.default.map_or(NONE.of(language).to_owned(), |default| format!("`{default}`"));
        vec![cell(row.flag), format!("{}{itself}", cell(row.variable)), cell(row.key), default]
    });
    table(COLUMNS, rows, language)
}

fn queries(language: Language) -> String {
    const COLUMNS: &[Words] = &[Words::new("written", "写法"), Words::new("finds", "查找")];
    let rows = TERMS.iter().map(|(written, finds)| vec![(*written).to_owned(), finds.of(language).to_owned()]);
    table(COLUMNS, rows, language)
}

/// Renders each command: its description, its notes, its flags and examples.
fn commands(language: Language) -> String {
    let whole = help::command(language);
    let named = whole.get_subcommands().filter(|command| command.get_name() != "help");
    named.map(|command| section(command, language)).collect::<Vec<_>>().join("\n")
}

fn section(command: &Command, language: Language) -> String {
    const COLUMNS: &[Words] = &[Words::new("flag", "选项"), Words::new("what it does", "作用")];
    let name = command.get_name();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut parts = vec![format!("## weibox {name}"), about];
    let is_its_own = |arg: &&Arg| !arg.is_global_set() && !arg.is_hide_set() && arg.get_id() != "help";
    let arguments = command.get_arguments().filter(is_its_own);
    let rows: Vec<_> = arguments.map(|arg| vec![format!("`{}`", typed(arg)), words(arg)]).collect();
    if !rows.is_empty() {
        parts.push(table(COLUMNS, rows.into_iter(), language).trim_end().to_owned());
    }
    if let Some(help) = COMMANDS.iter().find(|help| help.command == name) {
        parts.push(help.note.of(language).to_owned());
        let examples: Vec<_> = help.examples.lines().map(str::trim_start).collect();
        parts.push(format!("```sh\n{}\n```", examples.join("\n")));
    }
    parts.retain(|part| !part.is_empty());
    format!("{}\n", parts.join("\n\n"))
}

/// Returns an argument as it is typed.
fn typed(arg: &Arg) -> String {
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default();
    match arg.get_long() {
        None => value,
        Some(long) if arg.get_action().takes_values() => format!("--{long} {value}"),
        Some(long) => format!("--{long}"),
    }
}

fn words(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}
