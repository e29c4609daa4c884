//! Runs a program for an alert: with its arguments verbatim and JSON on its standard input, never through a
//! shell. Few run at once, none for long.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::web::NotTaken;
use crate::reason::{alerts, files};
use crate::text;

/// The maximum number of programs that run at once, for all alerts.
const PROGRAMS: usize = 4;
/// The maximum running time of a program.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum number of bytes kept of its standard error; the rest is discarded.
const SAID_LIMIT: u64 = 4096;
/// The maximum length of its quoted part, in cells.
const SAID: usize = 200;

static RUNNING: Semaphore = Semaphore::const_new(PROGRAMS);

/// Runs a program, and returns its standard error when it succeeded. Removes the variables in `hidden` from
/// its environment.
pub(super) async fn run(argv: &[String], input: &str, hidden: &[&str]) -> Result<String, NotTaken> {
    let Some((program, rest)) = argv.split_first() else { return Ok(String::new()) };
    // The semaphore is never closed.
    let _place = RUNNING.acquire().await;
    let not_started = |error: &io::Error| (files::PROGRAM_NOT_STARTED.with(program).with(error), None);
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    for name in hidden {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(|error| not_started(&error))?;
    match tokio::time::timeout(TIMEOUT, talk(&mut child, input)).await {
        Ok(Ok((status, said))) if status.success() => Ok(said),
        Ok(Ok((status, said))) => Err((alerts::PROGRAM_FAILED.with(program).with(status.to_string()).with(said), None)),
        Ok(Err(error)) => Err((files::PROGRAM_LOST.with(program).with(&error), None)),
        // Dropping the child kills it.
        Err(_elapsed) => Err((alerts::PROGRAM_SLOW.with(program).with(TIMEOUT.as_secs()), None)),
    }
}

/// Writes the input and reads standard error at the same time, so that neither blocks the other.
async fn talk(child: &mut Child, input: &str) -> io::Result<(std::process::ExitStatus, String)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let give = async {
        if let Some(mut stdin) = stdin {
            // A program that does not read its input may succeed all the same.
            drop(stdin.write_all(input.as_bytes()).await);
        }
    };
    let hear = async {
        let mut said = Vec::new();
        if let Some(mut stderr) = stderr {
            (&mut stderr).take(SAID_LIMIT).read_to_end(&mut said).await?;
            tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await?;
        }
        io::Result::Ok(said)
    };
    let ((), said) = tokio::join!(give, hear);
    let said = text::cut(text::line(&String::from_utf8_lossy(&said?)).trim(), SAID).into_owned();
    Ok((child.wait().await?, said))
}
