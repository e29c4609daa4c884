//! Asks the terminal what it can do: how wide it draws, and what tmux lets through.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use crossterm::style::Print;
use crossterm::terminal::{self, Clear, ClearType};
use crossterm::{cursor, execute};
use tokio::process::Command;

use super::{Error, hide};

/// Timeout for tmux, which usually answers in a few milliseconds.
const TMUX_PATIENCE: Duration = Duration::from_secs(2);

/// Returns by how many cells the terminal moves its cursor for each text. The texts are drawn for a moment on the
/// line of the cursor, which is empty afterwards. `None` if the terminal does not report its cursor, which takes
/// two seconds to find out.
///
/// # Errors
///
/// [`Error::NoTerminal`] when input or output is not a terminal, [`Error::Enter`] when its mode cannot be changed.
pub fn widths(texts: &[&str]) -> Result<Option<Vec<u16>>, Error> {
    asked(|| texts.iter().map(|text| width(text)).collect())
}

/// Asks the terminal something outside the screen: the answer is not echoed, and does not wait for the Enter key.
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

/// Returns the value of an option of the tmux around us, such as `allow-passthrough`; empty if this tmux does not
/// know it, `None` if it does not answer. tmux does not get the environment variables in `hidden`.
pub async fn tmux_option(name: &str, hidden: &[&str]) -> Option<String> {
    let mut command = Command::new("tmux");
    // The value in force, be it of the pane, of its window, or of all.
    command.args(["show-options", "-qAv", name]);
    hide(command.as_std_mut(), hidden);
    command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(TMUX_PATIENCE, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
