//! A program on its own pseudo-terminal: type into it, wait for its output, and check how it leaves the terminal.

use std::io::{Read as _, Write};
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// The maximum time of any wait. Far more than needed, because the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// A pseudo-terminal and its program, which is killed when this is dropped. If the test is failing then, the
/// screen is printed.
pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Arc<Output>,
    /// The terminal's settings before the program started.
    settings: String,
}

/// The output of the program so far. `ended` is set once the terminal has no program any more.
struct Output {
    seen: Mutex<Seen>,
    news: Condvar,
}

impl Output {
    /// A test that failed while it held the lock has changed nothing.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

impl Pty {
    /// Starts `command` on a terminal of this size, which answers no queries.
    pub(crate) fn spawn(command: CommandBuilder, cols: u16, rows: u16) -> Self {
        Self::spawn_as("xterm-256color", command, cols, rows)
    }

    /// Starts a command of the standard library, with only its own arguments and variables.
    pub(crate) fn start(command: &Command, cols: u16, rows: u16) -> Self {
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.env_clear();
        for (name, value) in command.get_envs() {
            builder.env(name, value.unwrap());
        }
        Self::spawn(builder, cols, rows)
    }

    /// Starts `command` on a terminal with this name.
    pub(crate) fn spawn_as(term: &str, mut command: CommandBuilder, cols: u16, rows: u16) -> Self {
        // Otherwise it would wait for answers about pictures.
        if command.get_env("WEIBOX_IMAGES").is_none() {
            command.env("WEIBOX_IMAGES", "halfblocks");
        }
        command.env("TERM", term);
        let pair = native_pty_system().openpty(PtySize { rows, cols, ..PtySize::default() }).unwrap();
        let settings = settings(pair.master.as_ref());
        let child = pair.slave.spawn_command(command).unwrap();
        let seen = Seen { parser: vt100::Parser::new(nonzero(rows), nonzero(cols), 0), raw: Vec::new(), ended: false };
        let output = Arc::new(Output { seen: Mutex::new(seen), news: Condvar::new() });
        let mut reader = pair.master.try_clone_reader().unwrap();
        let sink = Arc::clone(&output);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                // Linux reports an error when the last program on the terminal has ended.
                let n_read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = sink.lock();
                seen.parser.process(&buffer[..n_read]);
                seen.raw.extend_from_slice(&buffer[..n_read]);
                seen.ended = n_read == 0;
                sink.news.notify_all();
                if seen.ended {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        Self { master: pair.master, input, child, output, settings }
    }

    /// Types text, or the bytes of a key (`"\x1b[A"`).
    ///
    /// A single Escape is sent in the form that cannot be the start of a sequence: a busy program would otherwise
    /// read it together with the next key, and take both for one with Alt.
    pub(crate) fn send(&mut self, keys: &str) {
        self.send_as_is(if keys == "\u{1b}" { "\u{1b}[27u" } else { keys });
    }

    /// Sends these bytes. After a plain Escape, the caller must wait for its effect before the next key.
    pub(crate) fn send_as_is(&mut self, bytes: &str) {
        self.input.write_all(bytes.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// Waits until the screen is as wanted. Fails and shows the screen after `deadline`, or when the program ends
    /// earlier.
    pub(crate) fn wait_for(&self, wanted: impl Fn(&vt100::Screen) -> bool, deadline: Duration) {
        let started = Instant::now();
        let mut seen = self.output.lock();
        while !wanted(seen.parser.screen()) {
            let left = deadline.saturating_sub(started.elapsed());
            assert!(!left.is_zero() && !seen.ended, "waited in vain");
            seen = self.output.news.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until the screen shows `text`.
    pub(crate) fn wait_for_text(&self, text: &str) {
        self.wait_for(|screen| screen.contents().contains(text), PATIENCE);
    }

    /// Returns the address of the listener shown on the screen. Waits for the `/` after the port, because a frame
    /// may arrive in two pieces.
    pub(crate) fn address(&self) -> SocketAddr {
        let address = |shown: &str| {
            let (port, _) = shown.split_once("127.0.0.1:")?.1.split_once('/')?;
            Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?)))
        };
        self.wait_for(|screen| address(&screen.contents()).is_some(), PATIENCE);
        self.look(|screen| address(&screen.contents())).unwrap()
    }

    /// Returns the text of the screen, without blanks at the ends of rows.
    pub(crate) fn screen_text(&self) -> String {
        self.output.lock().parser.screen().contents()
    }

    /// Returns something of the current screen.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.output.lock().parser.screen())
    }

    /// Returns the raw output so far.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.output.lock().raw.clone()
    }

    /// Waits until the raw output contains `text`, including control sequences.
    pub(crate) fn wait_for_raw(&self, text: &str) {
        let started = Instant::now();
        let mut seen = self.output.lock();
        while !seen.raw.windows(text.len()).any(|bytes| bytes == text.as_bytes()) {
            let left = PATIENCE.saturating_sub(started.elapsed());
            assert!(!left.is_zero() && !seen.ended, "{text:?} was never written");
            seen = self.output.news.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Resizes the terminal; the program gets its signal.
    pub(crate) fn resize(&self, cols: u16, rows: u16) {
        self.output.lock().parser.screen_mut().set_size(nonzero(rows), nonzero(cols));
        self.master.resize(PtySize { rows, cols, ..PtySize::default() }).unwrap();
    }

    /// Returns the process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends a signal by its name: `"TERM"`.
    pub(crate) fn kill(&self, signal: &str) {
        let pid = self.id().to_string();
        let status = Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
        assert!(status.success());
    }

    /// Waits until the program has ended and its whole output was read.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let started = Instant::now();
        let mut seen = self.output.lock();
        while !seen.ended {
            let left = PATIENCE.saturating_sub(started.elapsed());
            assert!(!left.is_zero(), "the program does not end");
            seen = self.output.news.wait_timeout(seen, left).unwrap().0;
        }
        drop(seen);
        self.child.wait().unwrap()
    }

    /// Fails unless the terminal is as the program found it: settings, normal screen, cursor, pastes, mouse.
    pub(crate) fn assert_whole(&self) {
        assert_eq!(settings(self.master.as_ref()), self.settings, "the terminal's settings (before: right)");
        let seen = self.output.lock();
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is still on");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "pastes are still marked");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }

    /// Returns whether the terminal is in raw mode.
    pub(crate) fn is_raw(&self) -> bool {
        settings(self.master.as_ref()) != self.settings
    }
}

impl Drop for Pty {
    #[expect(clippy::print_stderr, reason = "whoever reads why a test failed wants to see the screen")]
    fn drop(&mut self) {
        if thread::panicking() {
            let has_ended = if self.output.lock().ended { "; the program has ended" } else { "" };
            eprintln!("the screen was{has_ended}:\n{}", self.screen_text());
        }
        // Most have ended by now. Not with its own `kill`, which hangs up first: then a listener would continue.
        let has_ended = self.output.lock().ended;
        if let Some(pid) = self.child.process_id().filter(|_| !has_ended) {
            drop(Command::new("kill").args(["-KILL", &pid.to_string()]).status());
            drop(self.child.wait());
        }
    }
}

/// Returns the terminal's settings in a comparable form, with modes like `ICANON` and `ECHO` by name.
fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

fn nonzero(size: u16) -> NonZeroU16 {
    NonZeroU16::new(size).unwrap()
}
