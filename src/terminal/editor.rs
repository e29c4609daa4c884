//! The user's editor, to which weibox lends the terminal.

use std::path::Path;
use std::process::ExitStatus;

use tokio::process::Command;

use super::screen::Lent;
use super::{Error, hide};

/// Edits a file with a command, which a shell reads as it reads `$EDITOR`: `code --wait`, `sed -i s/a/b/`. The
/// command does not get the environment variables in `hidden`. Meanwhile the terminal is as it was before weibox;
/// afterwards everything must be drawn anew. Call it on the thread that has the screen, while nobody reads keys.
///
/// # Errors
///
/// [`Error::Editor`] when it cannot be started, [`Error::Enter`] when the terminal cannot be taken again.
pub async fn edit(command: &str, path: &Path, hidden: &[&str]) -> Result<ExitStatus, Error> {
    let lent = Lent::new();
    let mut shell = Command::new("sh");
    // The file is an argument of its own, so its name may hold anything.
    shell.arg("-c").arg(format!("{command} \"$@\"")).arg(command).arg(path).kill_on_drop(true);
    hide(shell.as_std_mut(), hidden);
    let ended = shell.status().await;
    lent.take_back()?;
    ended.map_err(|source| Error::Editor { command: command.to_owned(), source })
}
