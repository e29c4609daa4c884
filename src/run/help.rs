//! The command line with its help in the user's language. What can be typed is the same in all of them.

use clap::builder::{Resettable, StyledStr};
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
    let about = tell(command.get_about(), language);
    let long_about = tell(command.get_long_about(), language);
    let after = tell(command.get_after_help(), language);
    command
        .about(about)
        .long_about(long_about)
        .after_help(after)
        .help_template("{about-with-newline}\n用法: {usage}\n\n{all-args}{after-help}")
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
    let help = tell(arg.get_help(), language);
    let long_help = tell(arg.get_long_help(), language);
    // The help says itself which values there are.
    let arg = arg.help_heading(heading).hide_possible_values(true).hide_default_value(true);
    arg.help(help).long_help(long_help)
}

fn tell(words: Option<&StyledStr>, language: Language) -> Resettable<StyledStr> {
    words.map(|words| language.retell(&words.to_string()).into_owned().into()).into()
}
