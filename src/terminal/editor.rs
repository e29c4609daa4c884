//! The user's editor, on the terminal that weibox gives back for as long as it takes.

use std::path::Path;
use std::process::ExitStatus;

use tokio::process::Command;

use super::Error;
use super::screen::Lent;

/// Has a file edited by a command, which a shell reads as it reads `$EDITOR`: `code --wait`, `sed -i s/a/b/`. The environment
/// variables in `hidden` are kept from it. The terminal is as it was before weibox meanwhile; everything is to be drawn anew
/// afterwards. The thread that has the screen must call it, and nobody must read keys.
///
/// # Errors
///
/// [`Error::Editor`] when it cannot be started, [`Error::Enter`] when the terminal cannot be taken again.
pub async fn edit(command: &str, path: &Path, hidden: &[&str]) -> Result<ExitStatus, Error> {
    let lent = Lent::new();
    let mut shell = Command::new("sh");
    // The file is an argument of its own, whatever its name.
    shell.arg("-c").arg(format!("{command} \"$@\"")).arg(command).arg(path).kill_on_drop(true);
    for name in hidden {
        shell.env_remove(name);
    }
    let ended = shell.status().await;
    lent.take_back()?;
    ended.map_err(|source| Error::Editor { command: command.to_owned(), source })
}
