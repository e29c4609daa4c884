//! Handover of the listener to another process: a `weibox serve` receives the open sockets and the lock over a socket
//! that is its stdin, and no connection is refused.
//!
//! The successor starts, reads its settings and says [`READY`]. Then the previous process answers the requests that it
//! has accepted, closes the archive, and sends the sockets and the lock. The successor opens the archive, listens and
//! says [`SERVING`]. Callers wait in the socket's queue meanwhile. The previous process keeps everything until then, so
//! that it can go on itself if the successor fails.

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
use crate::listener::Tls;
use crate::log;
use crate::reason::{Fault, Reason, attach};

use super::clock;

/// Message of a successor that has read its settings.
const READY: &[u8] = b"ready\n";
/// Message of a successor that listens.
const SERVING: &[u8] = b"serving\n";
/// The maximum time for each message: a busy machine, or an archive that must be salvaged first, takes a while.
const PATIENCE: Duration = Duration::from_mins(1);
/// The maximum number of descriptors: two sockets, the lock file, and the directory, which is locked too.
const MOST: usize = 4;
/// Marks that replies may be sent.
const MAY_REPLY: u8 = b'r';

/// What a listener was given at its start.
#[derive(Debug, Default)]
pub(super) struct Inherited {
    /// Socket for callbacks.
    pub(super) socket: Option<TcpListener>,
    /// Socket for metrics.
    pub(super) metrics: Option<TcpListener>,
    /// Lock of the data directory, which is the right to listen for the archive.
    pub(super) lock: Option<Lock>,
    /// Whether replies may be sent, because the user has allowed it since the start.
    pub(super) may_reply: bool,
    /// Whether this process receives no callbacks itself.
    pub(super) is_without_listener: bool,
    /// Guard of the log writer, if the log of this process was started already.
    pub(super) log: Option<WorkerGuard>,
    /// The app secret and the access token, which the user may have changed since the start.
    pub(super) secrets: Option<[Option<SecretString>; 2]>,
    /// The certificate, if it was read already.
    tls: Option<Arc<Tls>>,
    /// Connection to the previous process, which waits to hear that requests are answered again.
    before: Option<UnixStream>,
}

impl Inherited {
    /// Creates it from the socket that a service manager may have passed.
    pub(super) fn of_manager(socket: Option<TcpListener>) -> Self {
        Self { socket, ..Self::default() }
    }

    /// Receives it from the weibox that started this process as its [`Successor`]: says that this process is ready, and
    /// waits until the previous one has closed the archive. The certificate is read before, so that a bad one is refused
    /// while the previous process still listens. Blocks.
    pub(super) fn take_over(config: &Config) -> anyhow::Result<Self> {
        leave_terminal();
        let mut given = Self::default();
        given.open_tls(config)?;
        given.wait_for_the_rest().map_err(|error| attach::NOTHING_TO_TAKE_OVER.with(&error).into())
    }

    /// Says that this process is ready, and receives the descriptors.
    fn wait_for_the_rest(mut self) -> io::Result<Self> {
        let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        // Sent, not written: on a terminal a write would show.
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

    /// Takes the lock of the data directory for this process, which runs `command`, and keeps another handle on it.
    pub(super) fn lock(&mut self, data_dir: &Path, command: &str) -> Result<Lock, archive::Error> {
        let lock = match self.lock.take() {
            Some(lock) => {
                // If this fails, readers see the previous process in the lock file, which is no reason not to listen.
                drop(lock.inscribe(command));
                lock
            }
            None => Lock::acquire(data_dir, command)?,
        };
        self.lock = lock.share().ok();
        Ok(lock)
    }

    /// Returns the settings of this process, with the secrets that were handed over.
    pub(super) fn settings(&self, config: &Config) -> Config {
        let mut config = config.clone();
        if let Some(secrets) = &self.secrets
            && config.accounts.value.is_empty()
        {
            [config.app_secret.value, config.access_token.value] = secrets.clone();
        }
        config
    }

    /// Opens the certificate and its key if the config names them. A pair that was read once stays in force.
    pub(super) fn open_tls(&mut self, config: &Config) -> Result<Option<Arc<Tls>>, Fault> {
        if self.tls.is_none()
            && let Some((certificate, key)) = config.tls_cert.value.clone().zip(config.tls_key.value.clone())
        {
            self.tls = Some(Arc::new(Tls::open(certificate, key)?));
        }
        Ok(self.tls.clone())
    }

    /// Starts the log of this process, unless it was started already.
    pub(super) fn start_log(&mut self, config: &Config) -> Result<(), log::Error> {
        if self.log.is_none() {
            self.log = Some(log::start(&config.data_dir.value, config.log.value, clock::now)?);
        }
        Ok(())
    }

    /// Tells the previous process that requests are answered again.
    pub(super) fn is_served(&mut self) {
        if let Some(before) = self.before.take() {
            // The previous process may have ended.
            let _gone = send(&before, SERVING, SendFlags::empty());
        }
    }

    /// Returns the descriptors to hand over, each with a letter for its kind.
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

/// Starts a session of its own, so that the terminal no longer affects this process. A process that leads a group
/// cannot do so, and first joins the group that it was started from.
fn leave_terminal() {
    // On failure the process still has a group of its own, which the closing of a terminal does not affect.
    let _left = getpgid(getppid()).and_then(|group| setpgid(None, Some(group))).and_then(|()| setsid());
}

/// A `weibox serve` process that waits to take over.
#[derive(Debug)]
pub struct Successor {
    process: Child,
    stream: UnixStream,
}

impl Successor {
    /// Starts a successor with the flags and environment of this process, for this archive, and waits until it is
    /// ready. Blocks.
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
            // The config file may name another directory by now.
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

    /// Hands over the descriptors, waits until requests are answered again, and returns the process. On failure the
    /// successor has ended, and the caller still has everything. Blocks.
    pub(super) fn serve(mut self, given: &Inherited) -> Result<Child, Reason> {
        let (mut kinds, descriptors): (Vec<u8>, Vec<_>) = given.descriptors().into_iter().unzip();
        // Last, because it has no descriptor.
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

    /// Kills the successor, because two processes must not listen for one archive. The error is its own message, if
    /// any.
    fn failed(&mut self, error: &io::Error) -> Reason {
        // The process may have ended already.
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

/// Returns the path of this program, even if its file was replaced or removed since.
fn program() -> std::path::PathBuf {
    let found = std::env::current_exe().ok().filter(|path| path.exists());
    found.unwrap_or_else(|| "/proc/self/exe".into())
}
