//! A program that is told of an alert: its arguments as they are, JSON on its standard input, and never a shell. Few run at
//! once, none for long.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::web::NotTaken;
use crate::reason::{alerts, files};
use crate::text;

/// How many programs run at once, of all alerts.
const PROGRAMS: usize = 4;
/// How long one may run.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What it says is read up to here, and then thrown away.
const SAID_LIMIT: u64 = 4096;
/// So much of it is repeated, in cells.
const SAID: usize = 200;

static RUNNING: Semaphore = Semaphore::const_new(PROGRAMS);

/// Runs a program, and says what it said when it ended well. The variables in `hidden` are kept from it.
pub(super) async fn run(argv: &[String], input: &str, hidden: &[&str]) -> Result<String, NotTaken> {
    let Some((program, rest)) = argv.split_first() else { return Ok(String::new()) };
    // It is never closed.
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
        // Dropping it kills it.
        Err(_elapsed) => Err((alerts::PROGRAM_SLOW.with(program).with(TIMEOUT.as_secs()), None)),
    }
}

/// Gives it the input and takes what it says, both at once, so that neither waits for the other.
async fn talk(child: &mut Child, input: &str) -> io::Result<(std::process::ExitStatus, String)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let give = async {
        if let Some(mut stdin) = stdin {
            // Whoever does not read it may end well all the same.
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
