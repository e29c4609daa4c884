//! The command line with its help in the user's language. What can be typed is the same in all of them.

use clap::{Arg, Command, CommandFactory as _};

use crate::cli::Cli;
use crate::language::Language;

/// The command line of weibox.
#[must_use]
pub fn command(language: Language) -> Command {
    let mut command = Cli::command();
    match language {
        Language::English => command,
        Language::Chinese => {
            // What clap itself adds is there from now on.
            command.build();
            told(command, language)
        }
    }
}

fn told(command: Command, language: Language) -> Command {
    let tell =
        |words: Option<&clap::builder::StyledStr>| words.map(|words| language.retell(&words.to_string()).into_owned());
    let about = tell(command.get_about()).unwrap_or_default();
    let long_about = tell(command.get_long_about());
    let after = tell(command.get_after_help()).unwrap_or_default();
    let command = if let Some(long_about) = long_about { command.long_about(long_about) } else { command };
    command
        .about(about)
        .after_help(after)
        .help_template("{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
        .mut_args(|arg| told_arg(arg, language))
        .mut_subcommands(|command| told(command, language))
}

fn told_arg(arg: Arg, language: Language) -> Arg {
    let heading = match arg.get_help_heading() {
        Some(_) => "设置",
        None if arg.is_positional() => "参数",
        None => "选项",
    };
    let help = arg.get_help().map(|help| language.retell(&help.to_string()).into_owned());
    // The help says itself which values there are.
    let arg = arg.help_heading(heading).hide_possible_values(true).hide_default_value(true);
    if let Some(help) = help { arg.help(help) } else { arg }
}
