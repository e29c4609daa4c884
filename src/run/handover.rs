//! The listener goes on in another process: what it listens with goes to a `weibox serve` over a socket that is its stdin, and
//! no connection is refused.
//!
//! The successor starts, reads its settings and says [`READY`]. Then the one before answers what it has accepted, closes the
//! archive and sends sockets and lock. The successor opens the archive, listens and says [`SERVING`]. Callers wait
//! meanwhile in the socket's queue. The one before keeps all of it until then, so that it can go on itself when the successor
//! fails.

use std::io::{self, IoSlice, IoSliceMut, Read as _};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, send, sendmsg,
};
use rustix::process::{getpgid, getppid, setpgid, setsid};
use secrecy::SecretString;
use tracing_appender::non_blocking::WorkerGuard;

use crate::archive::{self, Lock};
use crate::config::{self, Config};
use crate::language::{Language, commands};
use crate::listener::{Tls, TlsError};
use crate::log;
use crate::reason::{Reason, attach};

use super::clock;

/// The successor has read its settings.
const READY: &[u8] = b"ready\n";
/// The successor listens.
const SERVING: &[u8] = b"serving\n";
/// How long the successor may take for each. On a busy machine, and with an archive that has to be saved first, it takes a while.
const PATIENCE: Duration = Duration::from_mins(1);
/// The most that is handed over: two sockets, the lock file, and the directory that is locked as well.
const MOST: usize = 4;
/// Replies may be sent.
const MAY_REPLY: u8 = b'r';

/// What whoever listens was given at its start.
#[derive(Debug, Default)]
pub(super) struct Inherited {
    /// Where callers come.
    pub(super) socket: Option<TcpListener>,
    /// Where the metrics are asked for.
    pub(super) metrics: Option<TcpListener>,
    /// The right to listen for the archive.
    pub(super) lock: Option<Lock>,
    /// Whether replies may be sent, because somebody has allowed it since the start.
    pub(super) may_reply: bool,
    /// Whether it is to receive nothing itself.
    pub(super) is_without_listener: bool,
    /// Who writes the log of this process, if that was started already.
    pub(super) log: Option<WorkerGuard>,
    /// The app secret and the access token, which somebody may have set since the start.
    pub(super) secrets: Option<[Option<SecretString>; 2]>,
    /// The certificate, if it was read already.
    tls: Option<Arc<Tls>>,
    /// Where the one before waits to hear that calls are answered again.
    before: Option<UnixStream>,
}

impl Inherited {
    /// From a service manager, which may have passed a socket.
    pub(super) fn of_manager(socket: Option<TcpListener>) -> Self {
        Self { socket, ..Self::default() }
    }

    /// From the weibox that started this one as its [`Successor`]: says that this process is ready, and waits until the one
    /// before has closed the archive. Whatever can be refused before is, while the other still listens. Blocks.
    pub(super) fn take_over(config: &Config) -> anyhow::Result<Self> {
        leave_terminal();
        let mut given = Self::default();
        given.open_tls(config)?;
        given.wait_for_the_rest().map_err(|error| attach::NOTHING_TO_TAKE_OVER.with(&error).into())
    }

    /// Says that this process is ready, and takes what it is sent.
    fn wait_for_the_rest(mut self) -> io::Result<Self> {
        let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        // Not written, which a terminal would show.
        send(&stream, READY, SendFlags::empty())?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut kinds = [0; MOST + 1];
        let n_kinds = recvmsg(&stream, &mut [IoSliceMut::new(&mut kinds)], &mut control, RecvFlags::empty())?.bytes;
        let sent = control.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(sent) => Some(sent),
            RecvAncillaryMessage::ScmCredentials(_) | _ => None,
        });
        (self.before, self.may_reply) = (Some(stream), kinds.contains(&MAY_REPLY));
        let (mut lock, mut directory) = (None, None);
        for (kind, descriptor) in kinds.iter().take(n_kinds).zip(sent.flatten()) {
            fcntl_setfd(&descriptor, FdFlags::CLOEXEC)?;
            match kind {
                b's' => self.socket = Some(descriptor.into()),
                b'm' => self.metrics = Some(descriptor.into()),
                b'l' => lock = Some(descriptor),
                _ => directory = Some(descriptor),
            }
        }
        self.lock = lock.map(|lock| Lock::of_files(lock, directory));
        if self.socket.is_some() && self.lock.is_some() { Ok(self) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// The lock of the data directory for this process, which runs `command`, and keeps another handle on it.
    pub(super) fn lock(&mut self, data_dir: &Path, command: &str) -> Result<Lock, archive::Error> {
        let lock = match self.lock.take() {
            Some(lock) => {
                // Who reads it finds the process before, which is no reason not to listen.
                drop(lock.inscribe(command));
                lock
            }
            None => Lock::acquire(data_dir, command)?,
        };
        self.lock = lock.share().ok();
        Ok(lock)
    }

    /// The settings of this process, with the secrets that are in force by now.
    pub(super) fn settings(&self, config: &Config) -> Config {
        let mut config = config.clone();
        if let Some(secrets) = &self.secrets
            && config.accounts.value.is_empty()
        {
            [config.app_secret.value, config.access_token.value] = secrets.clone();
        }
        config
    }

    /// The certificate and its key, if the config names them. What was read once stays in force when it cannot be read again.
    pub(super) fn open_tls(&mut self, config: &Config) -> Result<Option<Arc<Tls>>, TlsError> {
        if self.tls.is_none()
            && let Some((certificate, key)) = config.tls_cert.value.clone().zip(config.tls_key.value.clone())
        {
            self.tls = Some(Arc::new(Tls::open(certificate, key)?));
        }
        Ok(self.tls.clone())
    }

    /// Starts the log of this process, unless there is one.
    pub(super) fn start_log(&mut self, config: &Config) -> Result<(), log::Error> {
        if self.log.is_none() {
            self.log = Some(log::start(&config.data_dir.value, config.log.value, clock::now)?);
        }
        Ok(())
    }

    /// Says that calls are answered again.
    pub(super) fn is_served(&mut self) {
        if let Some(before) = self.before.take() {
            // It may have gone.
            let _gone = send(&before, SERVING, SendFlags::empty());
        }
    }

    /// What it sends, each with the letter that says what it is.
    fn descriptors(&self) -> Vec<(u8, BorrowedFd<'_>)> {
        let lock = self.lock.iter().flat_map(|lock| {
            let (file, directory) = lock.files();
            std::iter::once((b'l', file)).chain(directory.map(|directory| (b'd', directory)))
        });
        let socket = self.socket.iter().map(|socket| (b's', socket.as_fd()));
        let metrics = self.metrics.iter().map(|socket| (b'm', socket.as_fd()));
        socket.chain(metrics).chain(lock).collect()
    }
}

/// Makes a session of its own, so that nothing that happens to the terminal happens to this process. Who leads a group cannot, and
/// goes back to the one that it was started from first.
fn leave_terminal() {
    // Where it fails, it has a group of its own at least, which a terminal that is closed leaves alone.
    let _left = getpgid(getppid()).and_then(|group| setpgid(None, Some(group))).and_then(|()| setsid());
}

/// A `weibox serve` that waits to take over.
#[derive(Debug)]
pub struct Successor {
    process: Child,
    stream: UnixStream,
}

impl Successor {
    /// Starts one with the flags and the environment of this process, for this archive, and waits until it is ready. Blocks.
    pub(super) fn start(data_dir: &Path) -> Result<Self, Reason> {
        let started = || {
            let (stream, its) = UnixStream::pair()?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let mut arguments = std::env::args_os();
            let mut command = Command::new(program());
            if let Some(name) = arguments.next() {
                command.arg0(name);
            }
            command.args(arguments).args(["serve", "--take-over"]);
            // The config file may name another by now.
            if let Some(name) = config::DATA_DIR.variable {
                command.env(name, data_dir);
            }
            command.stdin(OwnedFd::from(its)).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
            Ok(Self { process: command.spawn()?, stream })
        };
        let mut successor = started().map_err(|error: io::Error| attach::NO_SUCCESSOR.with(&error))?;
        successor.wait_for(READY)?;
        Ok(successor)
    }

    /// Hands over what there is to listen with, waits until calls are answered again, and returns the process. When it fails, the
    /// successor has ended, and the caller has everything as it was. Blocks.
    pub(super) fn serve(mut self, given: &Inherited) -> Result<Child, Reason> {
        let (mut kinds, descriptors): (Vec<u8>, Vec<_>) = given.descriptors().into_iter().unzip();
        // Behind them, because nothing comes with it.
        kinds.extend(given.may_reply.then_some(MAY_REPLY));
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
        let sent = sendmsg(&self.stream, &[IoSlice::new(&kinds)], &mut control, SendFlags::empty());
        match sent {
            Ok(_) => self.wait_for(SERVING)?,
            Err(error) => return Err(self.failed(&error.into())),
        }
        Ok(self.process)
    }

    fn wait_for(&mut self, word: &[u8]) -> Result<(), Reason> {
        let mut said = vec![0; word.len()];
        match self.stream.read_exact(&mut said) {
            Ok(()) if said == word => Ok(()),
            Ok(()) => Err(self.failed(&io::ErrorKind::InvalidData.into())),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Ends it, because two must not listen for one archive. What it said is why.
    fn failed(&mut self, error: &io::Error) -> Reason {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
        let mut words = String::new();
        if let Some(mut stderr) = self.process.stderr.take() {
            drop(stderr.read_to_string(&mut words));
        }
        let told = words.lines().find_map(|line| {
            let begins = [Language::English, Language::Chinese].map(|language| commands::ERROR.of(language));
            begins.into_iter().find_map(|begin| line.strip_prefix(begin.trim_end_matches("{}")))
        });
        told.map_or_else(|| attach::NO_SUCCESSOR.with(error), |told| attach::NO_SUCCESSOR.with(told))
    }
}

/// This program, also if its file was replaced or removed since.
fn program() -> std::path::PathBuf {
    let found = std::env::current_exe().ok().filter(|path| path.exists());
    found.unwrap_or_else(|| "/proc/self/exe".into())
}
