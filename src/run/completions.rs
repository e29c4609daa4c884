//! `weibox completions`: scripts with which shells complete the command line, and the answers to their
//! requests: words of the command line, and values from the settings and the archive.

use std::ffi::OsString;
use std::io::{self, Write};

use clap_complete::Shell;
use clap_complete::engine::complete;
use clap_complete::env::Shells;

use crate::config::{COMPLETE, Environment};

mod bash;
mod offers;
mod words;

/// The name of the command in a shell.
const NAME: &str = "weibox";
/// zsh runs a file of its `fpath` to get the first answer, and knows the function only afterwards.
const ZSH_END: &str = "[[ $funcstack[1] == _weibox ]] && _clap_dynamic_completer_weibox\n";

/// Prints the completion script of a shell.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn run(out: &mut impl Write, shell: Shell) -> io::Result<()> {
    if shell == Shell::Bash {
        return out.write_all(bash::SCRIPT.as_bytes());
    }
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let Some(known) = shells.completer(&shell.to_string()) else { return Ok(()) };
    known.write_registration(COMPLETE, NAME, NAME, NAME, &mut script)?;
    if shell == Shell::Zsh {
        script.extend_from_slice(ZSH_END.as_bytes());
    }
    out.write_all(&script)
}

/// Returns the shell that makes a request, if one does.
pub(super) fn asking(environment: &Environment) -> Option<String> {
    environment.get(COMPLETE).map(str::to_owned)
}

/// Answers the request of a shell for what may come next.
pub(super) fn answer(shell: &str, environment: Environment) -> io::Result<()> {
    let asked: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let directory = std::env::current_dir().ok();
    let mut out = Vec::new();
    if let ("bash", [line, replaced]) = (shell, asked.as_slice()) {
        let (words, quote) = words::split(&line.to_string_lossy());
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let mut command = offers::command(environment, &words);
        let found = complete(&mut command, words.clone(), words.len().saturating_sub(1), directory.as_deref())?;
        bash::write(&found, words.last(), (&replaced.to_string_lossy(), quote), &mut out)?;
    } else if let Some(known) = Shells::builtins().completer(shell) {
        let words: Vec<OsString> = asked.iter().map(|word| words::unquoted(word)).collect();
        let mut command = offers::command(environment, &words);
        known.write_complete(&mut command, words, directory.as_deref(), &mut out)?;
    }
    io::stdout().write_all(&out)
}
