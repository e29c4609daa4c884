//! Plays voices with a program that is found by name, gets a WAV file as its argument, and is ended when its
//! [`Playing`] is dropped. With the feature `playback` the machine's own device is tried before all programs.
//!
//! A program never runs through a shell, and its standard streams are `/dev/null`. Nothing here decodes.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::media::voice::Voice;
use crate::reason::{Reason, files, hints};

#[cfg(feature = "playback")]
mod device;
#[cfg(feature = "playback")]
pub use device::Sound;

/// The setting that takes the first player that is installed.
pub const AUTO: &str = "auto";

/// Players, and the arguments that make them play one file without a window and without output; the first that is
/// installed is taken. Those that come with a desktop's sound server are before the one that opens the device
/// itself.
const KNOWN: &[(&str, &[&str])] = &[
    ("mpv", &["--no-video", "--no-terminal"]),
    ("ffplay", &["-nodisp", "-autoexit", "-loglevel", "quiet"]),
    ("afplay", &[]),
    ("paplay", &[]),
    ("aplay", &["-q"]),
];

/// A voice that is playing. Dropping it ends the player without waiting for it, and removes its file.
#[derive(Debug)]
pub enum Playing {
    /// Played by a program.
    Program(Box<Program>),
    /// Played by this process.
    #[cfg(feature = "playback")]
    Device(Sound),
}

/// A program that plays a voice.
#[derive(Debug)]
pub struct Program {
    child: Child,
    name: String,
    /// Removed with the file in it when this is dropped.
    _directory: TempDir,
}

impl Playing {
    /// Starts to play a voice from a position. `setting` is [`AUTO`], or a program with its arguments,
    /// separated by spaces; the path of a WAV file is added to them. The program does not get the environment
    /// variables in `hidden`. Blocks while the file is written, and must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the file cannot be written or no program starts. The reason may have a hint.
    pub fn start(setting: &str, voice: &Voice, from: Duration, hidden: &[&str]) -> Result<Self, Reason> {
        #[cfg(feature = "playback")]
        if setting == AUTO {
            match Sound::start(voice.samples_from(from), voice.rate) {
                Ok(sound) => return Ok(Self::Device(sound)),
                Err(error) => tracing::info!(%error, "no device plays; looking for a program"),
            }
        }
        Program::start(setting, &voice.wav(from), hidden).map(|program| Self::Program(Box::new(program)))
    }

    /// Waits until the voice has been played. The future may be dropped, and the method called again.
    ///
    /// # Errors
    ///
    /// When the program failed. The reason may have a hint.
    pub async fn end(&mut self) -> Result<(), Reason> {
        match self {
            Self::Program(program) => program.end().await,
            #[cfg(feature = "playback")]
            Self::Device(sound) => {
                sound.end().await;
                Ok(())
            }
        }
    }

    /// Ends the player, and waits until it is gone.
    pub async fn stop(self) {
        match self {
            Self::Program(program) => program.stop().await,
            #[cfg(feature = "playback")]
            Self::Device(sound) => sound.stop().await,
        }
    }
}

impl Program {
    fn start(setting: &str, wav: &[u8], hidden: &[&str]) -> Result<Self, Reason> {
        let unwritten = |error: io::Error| files::PLAYER_FILE_UNWRITTEN.with(&error);
        let directory = private_directory().map_err(unwritten)?;
        let path = directory.path().join("voice.wav");
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(wav)).map_err(unwritten)?;
        let candidates = candidates(setting);
        for words in &candidates {
            let Some((program, args)) = words.split_first() else { continue };
            match command(program, args, &path, hidden).spawn() {
                Ok(child) => return Ok(Self { child, name: (*program).to_owned(), _directory: directory }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let reason = files::PROGRAM_NOT_STARTED.with(*program).with(&error);
                    return Err(reason.with_hint(Some(hints::INSTALL_PLAYER.into())));
                }
            }
        }
        let tried: Vec<&str> = candidates.iter().filter_map(|words| words.first().copied()).collect();
        Err(files::NO_PLAYER.with(tried.join(", ")).with_hint(Some(hints::INSTALL_PLAYER.into())))
    }

    async fn end(&mut self) -> Result<(), Reason> {
        match self.child.wait().await {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => {
                let reason = files::PROGRAM_ENDED.with(&self.name).with(status.to_string());
                Err(reason.with_hint(Some(hints::SAVE_WAV.into())))
            }
            Err(error) => Err(files::PROGRAM_LOST.with(&self.name).with(&error)),
        }
    }

    async fn stop(mut self) {
        // The program may have ended meanwhile.
        drop(self.child.kill().await);
    }
}

/// Returns the programs with their arguments, the first choice first.
fn candidates(setting: &str) -> Vec<Vec<&str>> {
    let with_args = |(program, args): &(&'static str, &'static [&'static str])| [&[*program], *args].concat();
    if setting == AUTO {
        return KNOWN.iter().map(with_args).collect();
    }
    // A known player that is set by its name alone still needs the arguments that keep it quiet.
    let known = KNOWN.iter().find(|(program, _)| *program == setting).map(with_args);
    vec![known.unwrap_or_else(|| setting.split_whitespace().collect())]
}

fn command(program: &str, args: &[&str], path: &Path, hidden: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).arg(path);
    for name in hidden {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// Creates a directory that only the user can open, because private messages stay private.
fn private_directory() -> io::Result<TempDir> {
    let only_mine = std::fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix("weibox-voice-").permissions(only_mine).tempdir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_player_is_kept_quiet_and_another_is_taken_by_its_words() {
        assert_eq!(candidates(AUTO)[0], ["mpv", "--no-video", "--no-terminal"]);
        assert_eq!(candidates("aplay"), [vec!["aplay", "-q"]]);
        assert_eq!(candidates("aplay -D hw:1"), [vec!["aplay", "-D", "hw:1"]]);
        assert_eq!(candidates("/opt/play  --now"), [vec!["/opt/play", "--now"]]);
    }
}
