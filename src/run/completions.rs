//! `weibox completions`: what a shell needs to complete our command line.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;

/// Prints the completions of a shell.
///
/// # Errors
///
/// When `out` does not take them.
pub fn run(out: &mut impl Write, shell: Shell) -> io::Result<()> {
    // By way of memory, because the library panics where a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "weibox", &mut script);
    out.write_all(&script)
}
