//! `weibox man`: the manual pages, that of weibox and one for each command, one after the other.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::cli::Cli;

/// Prints the pages as roff.
///
/// # Errors
///
/// When `out` does not take them.
pub fn run(out: &mut impl Write) -> io::Result<()> {
    let whole = Cli::command();
    Man::new(whole.clone()).render(out)?;
    for command in whole.get_subcommands() {
        let name = command.get_name();
        // On its own it does not know the flags of every command, which the first page has.
        let page = command.clone().display_name(format!("weibox-{name}")).bin_name(format!("weibox {name}"));
        Man::new(page).render(out)?;
    }
    Ok(())
}
