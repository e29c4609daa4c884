//! Hands files and web addresses to the desktop, by argv and never through a shell. The desktop chooses the
//! program.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Error, hide};
use crate::reason::files;

/// How long each program of the desktop may take to refuse. Without a desktop they refuse in a few milliseconds;
/// one that is still running is assumed to have taken the file.
const PATIENCE: Duration = Duration::from_millis(800);
/// Pause between two checks whether the program has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Opens a file with the desktop, in a process group of its own and with `/dev/null` for its standard streams. The
/// program does not get the environment variables in `hidden`. Blocks for up to 0.8 s for each program that is
/// tried, so call it where that holds nobody up.
///
/// # Errors
///
/// [`Error::File`] when there is no such file; [`Error::Opener`], which names what was tried, when no program took
/// it.
pub fn open(path: &Path, hidden: &[&str]) -> Result<(), Error> {
    // Absolute, so that the name is not taken for an option (`-`) or an address.
    let path = path.canonicalize().map_err(|source| Error::File { path: path.to_owned(), source })?;
    hand_over(path.as_os_str(), hidden)
}

/// Opens a web address with the desktop. Blocks like [`open()`].
///
/// # Errors
///
/// [`Error::Opener`] when no program took it, or when it is not an `http` or `https` address: no text may make us
/// open others.
pub fn browse(address: &str, hidden: &[&str]) -> Result<(), Error> {
    let has = |scheme: &&str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !["http://", "https://"].iter().any(has) {
        let source = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(Error::Opener { what: address.to_owned(), tried: String::new(), source });
    }
    hand_over(address.as_ref(), hidden)
}

fn hand_over(what: &OsStr, hidden: &[&str]) -> Result<(), Error> {
    // The library knows the programs, but would start them with all of our environment.
    let mut commands = open::commands(what);
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for command in &mut commands {
        match start(command, hidden) {
            Ok(()) => return Ok(()),
            Err(error) => failure = error,
        }
    }
    let tried: Vec<_> = commands.iter().map(|command| command.get_program().to_string_lossy().into_owned()).collect();
    Err(Error::Opener { what: what.to_string_lossy().into_owned(), tried: tried.join(", "), source: failure })
}

/// Starts a program, and waits for a moment to see whether it refuses.
fn start(command: &mut Command, hidden: &[&str]) -> io::Result<()> {
    hide(command, hidden);
    // A group of its own, so that what ends us from the keyboard does not end it.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut child = command.spawn()?;
    let started_at = Instant::now();
    while started_at.elapsed() < PATIENCE {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(files::ENDED_WITH.with(status.to_string()))),
            None => thread::sleep(LOOK),
        }
    }
    // Waited for, or it would stay behind as a zombie.
    thread::spawn(move || child.wait());
    Ok(())
}
