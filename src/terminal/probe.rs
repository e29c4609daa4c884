//! What the terminal is able to, found out by asking it: how wide it draws, and what tmux lets through.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use crossterm::style::Print;
use crossterm::terminal::{self, Clear, ClearType};
use crossterm::{cursor, execute};
use tokio::process::Command;

use super::Error;

/// tmux answers in a few milliseconds.
const TMUX_PATIENCE: Duration = Duration::from_secs(2);

/// How many cells the terminal moves its cursor for each of these texts. They are drawn for a moment on the line of the
/// cursor, which is empty afterwards. `None` when the terminal does not say where its cursor is, which takes 2 s to know.
///
/// # Errors
///
/// [`Error::NoTerminal`] when input or output is none, [`Error::Enter`] when it cannot be written to.
pub fn widths(texts: &[&str]) -> Result<Option<Vec<u16>>, Error> {
    asked(|| texts.iter().map(|text| width(text)).collect())
}

/// Asks the terminal something without the screen: the answer is neither echoed nor waits for the Enter key.
///
/// # Errors
///
/// As [`widths`].
pub fn asked<T>(ask: impl FnOnce() -> T) -> Result<T, Error> {
    if !super::is_tty() || !io::stdin().is_terminal() {
        return Err(Error::NoTerminal);
    }
    terminal::enable_raw_mode().map_err(Error::Enter)?;
    let answer = ask();
    terminal::disable_raw_mode().map_err(Error::Enter)?;
    Ok(answer)
}

fn width(text: &str) -> Option<u16> {
    let mut out = io::stdout();
    execute!(out, cursor::MoveToColumn(0), Print(text)).ok()?;
    let column = cursor::position().ok().map(|(column, _)| column);
    execute!(out, cursor::MoveToColumn(0), Clear(ClearType::CurrentLine)).ok()?;
    out.flush().ok()?;
    column
}

/// The value of an option of the tmux around us, such as `allow-passthrough`; empty when this tmux does not know it,
/// `None` when it does not answer. The environment variables in `hidden` are kept from it.
pub async fn tmux_option(name: &str, hidden: &[&str]) -> Option<String> {
    let mut command = Command::new("tmux");
    // Of a pane, that of its window, that of all: whichever is in force.
    command.args(["show-options", "-qAv", name]);
    for name in hidden {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(TMUX_PATIENCE, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
