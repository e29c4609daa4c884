//! The real binary on a real pseudo-terminal: it starts, listens to keys, and gives the terminal back.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A wait that ends without its thing has failed; generous, because machines are slow.
const DEADLINE: Duration = Duration::from_secs(30);

/// A shell on a pseudo-terminal that runs the program and then says how it ended and how the terminal is.
struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn std::io::Write + Send>,
    output: Arc<Mutex<Vec<u8>>>,
    size: (u16, u16),
    _home: tempfile::TempDir,
}

impl Pty {
    fn start(arguments: &str, size: (u16, u16)) -> Self {
        Self::run(&format!("'{}' {arguments}", env!("CARGO_BIN_EXE_weibox")), size)
    }

    fn run(program: &str, size: (u16, u16)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pty = native_pty_system();
        let pair = pty.openpty(PtySize { rows: size.1, cols: size.0, pixel_width: 0, pixel_height: 0 }).unwrap();
        let script = format!("{program}; echo EXIT=$?; stty -a");
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &script]);
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "WEIBOX_DATA_DIR", "WEIBOX_APP_SECRET"] {
            command.env_remove(name);
        }
        drop(pair.slave.spawn_command(command).unwrap());
        drop(pair.slave);
        let output = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let seen = Arc::clone(&output);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                seen.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self { master: pair.master, writer, output, size, _home: home }
    }

    fn output(&self) -> String {
        String::from_utf8_lossy(&self.output.lock().unwrap()).into_owned()
    }

    fn screen(&self) -> String {
        let mut parser = vt100::Parser::new(self.size.1.try_into().unwrap(), self.size.0.try_into().unwrap(), 0);
        parser.process(&self.output.lock().unwrap());
        parser.screen().contents()
    }

    fn wait_for(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let started_at = Instant::now();
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            assert!(started_at.elapsed() < DEADLINE, "no {what} on\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Sends a signal to the program, which is the child of the shell.
    fn signal(&self, signal: &str) {
        let shell = self.master.process_group_leader().unwrap().to_string();
        let sent = Command::new("pkill").args([signal, "-P", &shell]).status().unwrap();
        assert!(sent.success(), "{signal}");
    }

    /// The shell's last words: how the program ended and how it left the terminal.
    fn end(&self) -> String {
        let last = self.wait_for("end", |screen| screen.contains("EXIT=") && screen.contains("icanon"));
        assert!(last.contains(" icanon") && !last.contains("-icanon") && !last.contains("-echo "), "{last}");
        let output = self.output();
        let (_, after) = output.rsplit_once("\u{1b}[?1049l").unwrap();
        assert!(!after.contains("\u{1b}[?1049h") && after.contains("\u{1b}[?25h"), "{last}");
        last
    }
}

fn demo(size: (u16, u16)) -> Pty {
    let pty = Pty::start("demo", size);
    pty.wait_for("unknown type", |screen| screen.contains("LIVE") && screen.contains("video"));
    pty
}

#[test]
fn the_demo_shows_one_of_each_kind_and_leaves_nothing_behind() {
    let mut pty = demo((120, 36));
    let screen = pty.screen();
    for letter in ["T", "P", "V", "I", "E", "@", "?"] {
        assert!(screen.contains(&format!(" {letter} 2")), "{letter}\n{screen}");
    }
    pty.keys("D");
    pty.wait_for("saved files", |screen| screen.contains("files queued") && screen.contains("saved"));
    pty.keys("jjy");
    pty.wait_for("toast", |screen| screen.contains("copied"));
    assert!(pty.output().contains("\u{1b}]52;c;"), "the clipboard was written by OSC 52");
    pty.keys("?");
    pty.wait_for("help", |screen| screen.contains("any key closes"));
    pty.keys("qq");
    assert!(pty.end().contains("EXIT=0"));
}

#[test]
fn the_terminal_is_given_back_after_every_way_to_end() {
    for (how, exit) in
        [("q", "EXIT=0"), ("\u{3}", "EXIT=0"), ("-TERM", "EXIT=0"), ("-INT", "EXIT=0"), ("-HUP", "EXIT=0")]
    {
        let mut pty = demo((80, 24));
        if how.starts_with('-') {
            pty.signal(how);
        } else {
            pty.keys(how);
        }
        assert!(pty.end().contains(exit), "{how:?}");
    }
}

/// Set for the process that is to panic.
const PANICS: &str = "WEIBOX_TEST_PANICS";

/// Does nothing, unless [`a_panic_gives_the_terminal_back_and_is_readable`] starts it: then it panics on the screen.
#[test]
fn panicking_child() {
    if std::env::vars_os().any(|(name, _)| name == PANICS) {
        let _screen = weibox::terminal::Screen::take().unwrap();
        panic!("the screen broke");
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_readable() {
    let program = std::env::current_exe().unwrap();
    let command = format!("{PANICS}=1 '{}' --exact terminal::panicking_child --nocapture", program.display());
    let last = Pty::run(&command, (160, 90)).end();
    assert!(last.contains("the screen broke") && !last.contains("EXIT=0"), "{last}");
}
