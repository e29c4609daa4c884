//! The terminal: taken at start, given back whatever happens; its keys, its clipboard, and signals.

use std::io::{self, Stdout, Write as _};
use std::panic;
use std::path::Path;
use std::process::Stdio;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use futures_util::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::dashboard::key::{Code, Key};
use crate::dashboard::layout::Size;

/// Whether the screen is ours now, so that it is given back once.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Terminals take about this much as one clipboard write, in bytes before encoding.
pub const CLIPBOARD_LIMIT: usize = 56_000;

/// What came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(Key),
    /// A new size.
    Resized(Size),
    /// The terminal is gone, and why; nothing comes after it.
    Gone(String),
}

/// The screen while it is ours. Dropping it gives the terminal back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the screen: raw mode, alternate screen, no cursor. From here on a panic of this thread gives the terminal
    /// back before it reports; panics of other threads go to the log, because their words would stand in the picture.
    ///
    /// # Errors
    ///
    /// When there is no terminal to take; what was taken by then is given back.
    pub fn take() -> io::Result<Self> {
        hook(thread::current().id());
        enable_raw_mode()?;
        IS_TAKEN.store(true, Ordering::SeqCst);
        let mut out = io::stdout();
        let taken = execute!(out, EnterAlternateScreen, Hide).and_then(|()| Terminal::new(CrosstermBackend::new(out)));
        match taken {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// What to draw on.
    pub const fn terminal(&mut self) -> &mut Terminal<CrosstermBackend<Stdout>> {
        &mut self.terminal
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back; does nothing when it is not ours. Errors have nobody to be told to: the terminal is gone.
fn give_back() {
    if IS_TAKEN.swap(false, Ordering::SeqCst) {
        drop(execute!(io::stdout(), LeaveAlternateScreen, Show));
        drop(disable_raw_mode());
    }
}

fn hook(screen_thread: ThreadId) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            tracing::error!("{info}");
            if thread::current().id() == screen_thread {
                give_back();
            }
            if !IS_TAKEN.load(Ordering::SeqCst) {
                report(info);
            }
        }));
    });
}

/// The size of the screen.
///
/// # Errors
///
/// When there is no terminal.
pub fn size() -> io::Result<Size> {
    crossterm::terminal::size().map(|(width, height)| Size { width, height })
}

/// What comes from the terminal. There may be one such stream at a time.
pub fn inputs() -> impl Stream<Item = Input> + Unpin {
    EventStream::new().filter_map(|event| {
        std::future::ready(match event {
            Ok(event) => input(&event),
            Err(error) => Some(Input::Gone(error.to_string())),
        })
    })
}

fn input(event: &Event) -> Option<Input> {
    match *event {
        Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press | KeyEventKind::Repeat, .. }) => {
            let code = code_of(code)?;
            let [ctrl, alt] = [KeyModifiers::CONTROL, KeyModifiers::ALT].map(|held| modifiers.contains(held));
            Some(Input::Key(Key { code, ctrl, alt }))
        }
        Event::Resize(width, height) => Some(Input::Resized(Size { width, height })),
        Event::Key(_) | Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => None,
    }
}

fn code_of(code: KeyCode) -> Option<Code> {
    const NAMED: &[(KeyCode, Code)] = &[
        (KeyCode::Enter, Code::Enter),
        (KeyCode::Esc, Code::Esc),
        (KeyCode::Tab, Code::Tab),
        (KeyCode::BackTab, Code::BackTab),
        (KeyCode::Backspace, Code::Backspace),
        (KeyCode::Delete, Code::Delete),
        (KeyCode::Up, Code::Up),
        (KeyCode::Down, Code::Down),
        (KeyCode::Left, Code::Left),
        (KeyCode::Right, Code::Right),
        (KeyCode::Home, Code::Home),
        (KeyCode::End, Code::End),
        (KeyCode::PageUp, Code::PageUp),
        (KeyCode::PageDown, Code::PageDown),
    ];
    if let KeyCode::Char(char) = code {
        return Some(Code::Char(char));
    }
    if let KeyCode::F(number) = code {
        return Some(Code::F(number));
    }
    NAMED.iter().find(|(theirs, _)| *theirs == code).map(|(_, ours)| *ours)
}

/// Hands text to the terminal's clipboard (OSC 52), which works over SSH and in tmux with `set-clipboard on`. Returns its
/// length in bytes. The terminal does not say whether it took it.
///
/// # Errors
///
/// When the text is longer than [`CLIPBOARD_LIMIT`], or the terminal is gone.
pub fn copy(text: &str) -> io::Result<usize> {
    if text.len() > CLIPBOARD_LIMIT {
        return Err(io::Error::other(format!("{} bytes are more than terminals take ({CLIPBOARD_LIMIT})", text.len())));
    }
    let mut out = io::stdout();
    execute!(out, CopyToClipboard::to_clipboard_from(text))?;
    out.flush()?;
    Ok(text.len())
}

/// Hands a file to the desktop's program for it: arguments, never a shell; its words do not reach the screen.
///
/// # Errors
///
/// When no such program could be started.
pub fn open(path: &Path) -> io::Result<()> {
    let mut last = io::Error::other("this system has no program that opens files");
    for mut command in open::commands(path) {
        match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(mut child) => {
                // Waited for elsewhere, so that it leaves no zombie.
                drop(thread::spawn(move || child.wait()));
                return Ok(());
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Resolves when the process is asked to stop: SIGINT, SIGTERM or SIGHUP.
///
/// # Errors
///
/// When signals cannot be listened for.
pub async fn asked_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
