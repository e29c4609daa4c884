//! `weibox man`: the manual pages, that of weibox and one for each command, one after the other.

use std::io::{self, Write};

use clap_mangen::Man;

use crate::controls::action;
use crate::language::Language;
use crate::run::help;

/// Prints the pages as roff.
///
/// # Errors
///
/// When `out` does not take them.
pub fn run(out: &mut impl Write) -> io::Result<()> {
    let whole = help::command(Language::English);
    Man::new(whole.clone()).render(out)?;
    keys(out)?;
    for command in whole.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        // On its own it does not know the flags of every command, which the first page has.
        let page = command.clone().display_name(format!("weibox-{name}")).bin_name(format!("weibox {name}"));
        Man::new(page).render(out)?;
    }
    Ok(())
}

/// The keys of the dashboard, from the action table.
fn keys(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, ".SH KEYS")?;
    for row in action::TABLE {
        let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
        // A backslash, and a dot or a quote at the start of a line, mean something to roff.
        let keys = keys.join(", ").replace('\\', "\\e");
        writeln!(out, ".TP\n\\&\\fB{keys}\\fR\n\\&{} ({})", row.help.of(Language::English), row.name)?;
    }
    Ok(())
}
