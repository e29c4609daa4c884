//! The command line, with help in the user's language. Names of commands and flags are the same in every language.

use clap::{Arg, Command, CommandFactory as _};

use crate::cli::Cli;
use crate::config;
use crate::language::help::{ALL_SETTINGS, COMMANDS, FLAGS};
use crate::language::{Language, Words};

/// Heading of the examples.
const EXAMPLES: Words = Words::new("Examples", "示例");
/// Text below the program's own help.
const CREDITS: Words = Words::new(
    "Places: GeoNames (https://www.geonames.org), CC BY 4.0, and names of CLDR; map: Natural Earth, public domain",
    "地名：GeoNames（https://www.geonames.org），CC BY 4.0，部分译名来自 CLDR；地图：Natural Earth，公有领域",
);

/// Returns the command line of weibox.
pub fn command(language: Language) -> Command {
    let mut command = Cli::command();
    // Copies the global flags, and those that clap adds, into every command.
    command.build();
    let credits = CREDITS.of(language);
    let command = told(command, language);
    let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    command.after_help(format!("{below}\n\n{credits}"))
}

fn told(command: Command, language: Language) -> Command {
    let name = command.get_name().to_owned();
    let mut places = 0..;
    let command = command
        .mut_args(|arg| {
            let arg = told_arg(arg, &name, language);
            // Under a heading of its own, clap sorts arguments without a place by name.
            if arg.is_positional() { arg.display_order(places.next().unwrap_or_default()) } else { arg }
        })
        .mut_subcommands(|command| if name == "help" { command } else { told(command, language) });
    let Some(help) = COMMANDS.iter().find(|help| help.command == name) else { return command };
    let examples = match help.examples {
        "" => String::new(),
        examples => format!("{}:\n{examples}", EXAMPLES.of(language)),
    };
    let rest = if help.takes_all() { ALL_SETTINGS.of(language) } else { "" };
    let below = [help.note.of(language), examples.as_str(), rest];
    let below = below.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let command = command.after_help(below);
    match language {
        Language::English => command,
        Language::Chinese => command
            .about(help.about.lines().next().unwrap_or_default())
            .long_about(help.about)
            .help_template("{about-with-newline}\n用法: {usage}\n\n{all-args}{after-help}")
            .subcommand_help_heading("命令"),
    }
}

fn told_arg(arg: Arg, command: &str, language: Language) -> Arg {
    let setting = config::ALL.iter().find(|row| arg.is_global_set() && row.id() == Some(arg.get_id().as_str()));
    let matters = |flag| COMMANDS.iter().any(|help| help.command == command && help.lists(flag));
    let arg = if setting.and_then(|row| row.flag).is_some_and(|flag| !matters(flag)) { arg.hide(true) } else { arg };
    let row = FLAGS.iter().find(|(of, id, _)| (of.is_empty() || *of == command) && arg.get_id() == id);
    let words = match (setting, row) {
        (Some(setting), _) => setting.help_words(language),
        (None, Some((.., words))) => (*words).to_owned(),
        (None, None) => return arg,
    };
    if language == Language::English {
        return arg;
    }
    let heading = match arg.get_help_heading() {
        Some(_) => "设置",
        None if arg.is_positional() => "参数",
        None => "选项",
    };
    // The help text lists the values already.
    arg.help(words.clone()).long_help(words).help_heading(heading).hide_possible_values(true).hide_default_value(true)
}
