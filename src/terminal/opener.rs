//! Hands a file to the desktop. By argv, never through a shell; it does not know what opens what.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Error;
use crate::reason::files;

/// The time that each program of the desktop may take to refuse. They refuse in a few milliseconds when there is no desktop;
/// one that is still at it is taken to have the file.
const PATIENCE: Duration = Duration::from_millis(800);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Has the desktop open a file, in a process group of its own with nothing on its standard streams. The environment
/// variables in `hidden` are kept from it. Blocks for up to 0.8 s a program that is tried, so it is called where that holds
/// nobody up.
///
/// # Errors
///
/// [`Error::File`] when there is no such file; [`Error::Opener`], which names what was tried, when nothing took it.
pub fn open(path: &Path, hidden: &[&str]) -> Result<(), Error> {
    // Absolute, so that a name that begins with `-` or looks like an address is neither.
    let path = path.canonicalize().map_err(|source| Error::File { path: path.to_owned(), source })?;
    hand_over(path.as_os_str(), hidden)
}

/// Has the desktop open a web address. Blocks like [`open()`].
///
/// # Errors
///
/// [`Error::Opener`] when nothing took it, or when it is no `http` or `https` address, which no text may make us open.
pub fn browse(address: &str, hidden: &[&str]) -> Result<(), Error> {
    if !address.starts_with("http://") && !address.starts_with("https://") {
        let source = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(Error::Opener { what: address.to_owned(), tried: String::new(), source });
    }
    hand_over(address.as_ref(), hidden)
}

fn hand_over(what: &OsStr, hidden: &[&str]) -> Result<(), Error> {
    // The library knows the programs; it starts them with all of our environment, though.
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

/// Starts a program, and waits for a moment whether it refuses.
fn start(command: &mut Command, hidden: &[&str]) -> io::Result<()> {
    for name in hidden {
        command.env_remove(name);
    }
    // A group of its own: what ends us from the keyboard must not end it.
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
    // Whoever starts it takes note of its end, or it stays behind as a zombie.
    thread::spawn(move || child.wait());
    Ok(())
}
