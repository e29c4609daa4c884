//! The binary as a child process, and handwritten HTTP, so that invalid requests can be sent, too.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use weibox::archive::{Archive, Arrival, Reader};
use weibox::record::Record;
use weibox::record::media::Stage;
use weibox::weibo::FileId;
use weibox::weibo::signature::sign;

use crate::dashboard::noon;

/// The app secret of the tests.
pub(crate) const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// The maximum time of a wait, even on a busy machine. It measures nothing: see `pace`.
pub(crate) const DEADLINE: Duration = crate::pty::PATIENCE;

/// Waits until a condition holds.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let started_at = Instant::now();
    while !is_so() {
        assert!(started_at.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A user with an empty home directory.
pub(crate) struct Home {
    directory: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the path of the data directory.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// Returns the content of the log.
    pub(crate) fn log(&self) -> String {
        let files = fs::read_dir(self.data_dir().join("log")).into_iter().flatten();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    /// Writes a config file where weibox looks for it.
    pub(crate) fn configure(&self, toml: &str) {
        fs::create_dir_all(self.path(".config/weibox")).unwrap();
        fs::write(self.path(".config/weibox/config.toml"), toml).unwrap();
        fs::set_permissions(self.path(".config/weibox/config.toml"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Returns `weibox --data-dir … ARGS`, without the environment of the tests.
    pub(crate) fn weibox(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weibox"));
        command.env_clear().env("HOME", self.directory.path()).env("TMPDIR", self.directory.path());
        command.env("XDG_CONFIG_HOME", self.path(".config")).env("XDG_DATA_HOME", self.path(".local/share"));
        command.arg("--data-dir").arg(self.data_dir()).args(args).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, which must come before the deadline.
    pub(crate) fn output(&self, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.weibox(args);
        command.envs(variables.iter().copied());
        let mut running = Running::start(&mut command);
        let status = running.wait();
        Output { status, stdout: text(&running.stdout()), stderr: text(&running.stderr()) }
    }

    /// Opens a reader of the archive.
    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.data_dir()).unwrap()
    }

    /// Returns all messages of the archive.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.reader().after(0, usize::MAX >> 1).unwrap()
    }

    /// Returns the data directory and all files below it.
    pub(crate) fn kept(&self) -> Vec<PathBuf> {
        let mut found = vec![self.data_dir()];
        let mut next = 0;
        while let Some(path) = found.get(next).cloned() {
            if path.is_dir() {
                found.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
            }
            next += 1;
        }
        found
    }
}

/// Creates a home whose archive has one message with a saved file of this name: file 7.
pub(crate) async fn home_with_file(kind: &str, name: &str, bytes: &[u8]) -> Home {
    let home = Home::new();
    let archive = Archive::open(&home.data_dir()).unwrap();
    let raw = format!(
        r#"{{"type":"{kind}","receiver_id":1,"sender_id":2,"created_at":"Mon Nov 23 12:00:00 +0800 2026","text":"","data":{{"tovfid":7}}}}"#
    );
    let arrival = Arrival::new(raw, noon());
    archive.insert(arrival).await.unwrap();
    fs::write(archive.media_dir().join(name), bytes).unwrap();
    let stage = Stage::Done { file: name.to_owned(), bytes: bytes.len() as u64, sha256: None };
    archive.settle(FileId(7), stage).await.unwrap();
    archive.close().await.unwrap();
    home
}

fn text(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

/// Returns the permissions of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

type Lines = Arc<Mutex<Vec<String>>>;

/// A child process; it is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Lines,
    stderr: Lines,
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (Lines::default(), Lines::default());
        let readers = vec![
            collect(child.stdout.take().unwrap(), Arc::clone(&stdout)),
            collect(child.stderr.take().unwrap(), Arc::clone(&stderr)),
        ];
        Self { child, stdout, stderr, readers }
    }

    /// Starts a process with its stdout redirected.
    pub(crate) fn into_pipe(command: &mut Command, stdout: impl Into<Stdio>) -> Self {
        let mut child = command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = Lines::default();
        let readers = vec![collect(child.stderr.take().unwrap(), Arc::clone(&stderr))];
        Self { child, stdout: Lines::default(), stderr, readers }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn stdout(&self) -> Vec<String> {
        self.stdout.lock().unwrap().clone()
    }

    pub(crate) fn stderr(&self) -> Vec<String> {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits for a line on stderr with these words; returns the rest of the line after them.
    pub(crate) fn told(&mut self, words: &str) -> String {
        let mut found = None;
        wait_for(words, || {
            let has_ended = self.child.try_wait().unwrap().is_some();
            found = self.stderr().iter().find_map(|line| Some(line.split_once(words)?.1.to_owned()));
            assert!(found.is_some() || !has_ended, "ended without `{words}`: {:?}", self.stderr());
            found.is_some()
        });
        found.unwrap()
    }

    /// Sends a signal: `TERM`, `INT`, `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status().unwrap();
        assert!(sent.success(), "SIG{name}");
    }

    /// Waits for the end of the process and of its output.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_for("the end of weibox", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        status.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn collect(pipe: impl io::Read + Send + 'static, lines: Lines) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            lines.lock().unwrap().push(line.unwrap());
        }
    })
}

/// `weibox serve` on a free port, listening.
pub(crate) struct Serve {
    pub(crate) running: Running,
    pub(crate) address: SocketAddr,
    pub(crate) url: String,
    secret: Option<String>,
}

impl Serve {
    /// Starts it with [`SECRET`].
    pub(crate) fn signed(home: &Home) -> Self {
        Self::start(home, &[], &[("WEIBOX_APP_SECRET", SECRET)])
    }

    pub(crate) fn unsigned(home: &Home) -> Self {
        Self::start(home, &[], &[])
    }

    pub(crate) fn start(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let listen = ["serve", "--listen", "127.0.0.1:0"];
        let mut command = home.weibox(&[&listen, args].concat());
        let running = Running::start(command.envs(variables.iter().copied()));
        Self::of(running, variables.iter().find(|(name, _)| *name == "WEIBOX_APP_SECRET").map(|(_, value)| *value))
    }

    /// Starts it with its stdout redirected.
    pub(crate) fn into_pipe(command: &mut Command, stdout: impl Into<Stdio>, secret: &str) -> Self {
        Self::of(Running::into_pipe(command, stdout), Some(secret))
    }

    /// Waits until the process listens.
    pub(crate) fn of(mut running: Running, secret: Option<&str>) -> Self {
        let url = running.told("listening on ");
        let address = url.split('/').nth(2).unwrap().parse().unwrap();
        Self { running, address, url, secret: secret.map(str::to_owned) }
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::to(self.address).unwrap()
    }

    /// Posts a message as Weibo does.
    pub(crate) fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.try_post(body.as_ref()).unwrap()
    }

    pub(crate) fn try_post(&self, body: &[u8]) -> io::Result<Answer> {
        let target = self.secret.as_deref().map_or_else(|| "/weibo".to_owned(), target);
        Connection::to(self.address)?.call("POST", &target, body)
    }

    /// Posts a message until it is stored, as Weibo does.
    pub(crate) fn keep(&self, body: impl AsRef<[u8]>) {
        wait_for("a message to be kept", || self.post(body.as_ref()).status == 200);
    }

    /// Returns the lines on stdout, once there are this many.
    pub(crate) fn lines(&self, count: usize) -> Vec<String> {
        wait_for("lines on stdout", || self.running.stdout().len() >= count);
        self.running.stdout()
    }

    /// Stops it as a service manager does.
    pub(crate) fn stop(&mut self) {
        self.running.signal("TERM");
        assert_eq!(self.running.wait().code(), Some(0), "{:?}", self.running.stderr());
    }
}

/// An answer; the names of its headers are in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// A connection that can send any bytes.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref())
    }

    pub(crate) fn close(&self, side: Shutdown) -> io::Result<()> {
        self.stream.get_ref().shutdown(side)
    }

    /// Sends a complete request; returns its answer.
    pub(crate) fn call(&mut self, method: &str, target: &str, body: &[u8]) -> io::Result<Answer> {
        let head = format!("{method} {target} HTTP/1.1\r\nHost: weibox\r\nContent-Length: {}\r\n\r\n", body.len());
        self.send([head.as_bytes(), body].concat())?;
        self.answer()
    }

    /// Returns the next answer.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let bad = |line: &str| io::Error::new(io::ErrorKind::UnexpectedEof, format!("`{line}` is no HTTP"));
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| bad(&first))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| bad(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: String::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        answer.body = String::from_utf8(body).unwrap();
        Ok(answer)
    }

    /// Returns everything until the other side closes.
    pub(crate) fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).map(|_length| bytes)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

/// Returns a query signed with this secret.
pub(crate) fn signed_query(secret: &str) -> String {
    let (timestamp, nonce) = ("1397022061823", "57155157");
    format!("signature={}&timestamp={timestamp}&nonce={nonce}", sign(secret, timestamp, nonce))
}

/// Returns the default callback with a signed query.
pub(crate) fn target(secret: &str) -> String {
    format!("/weibo?{}", signed_query(secret))
}

/// Returns a text message with these words, which distinguish it from others.
pub(crate) fn message(words: &str) -> String {
    serde_json::json!({
        "type": "text",
        "receiver_id": 1_902_538_057_u64,
        "sender_id": 2_489_518_277_u64,
        "created_at": "Mon Jul 16 18:09:20 +0800 2012",
        "text": words,
        "data": {},
    })
    .to_string()
}
