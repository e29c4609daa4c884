//! Takes the terminal over and gives it back, also when the program panics. Draws nothing.

use std::io::{self, BufWriter, Stdout, Write as _};
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::style::{Print, ResetColor};
use crossterm::terminal::{self, Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::sync::watch;

use super::Error;
use crate::text;

/// The thread that has the screen, if one has. A process has one terminal, and a panic hook has no owner, so this
/// and the next two are the statics of the program.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);
/// Whether another program has the terminal for a while.
static LENT: AtomicBool = AtomicBool::new(false);
/// Number of panics. Its first user sets the hook.
static PANICS: LazyLock<watch::Sender<u64>> = LazyLock::new(|| {
    panic::set_hook(Box::new(report));
    watch::Sender::new(0)
});

/// Size in bytes of the buffer for a frame, which is then written in one call that wakes the terminal once. A
/// picture in half-blocks has some 40 KB; standard output would write 1 KB at a time.
const FRAME: usize = 64 << 10;

/// The terminal that is drawn on. Its backend holds nothing back between two frames.
pub type Tty = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Alternate scroll (xterm, mode 1007): the wheel sends arrow keys while the mouse is still the terminal's.
const WHEEL_AS_ARROWS: &str = "\u{1b}[?1007h";
/// Ends alternate scroll.
const WHEEL_AS_BEFORE: &str = "\u{1b}[?1007l";

/// The terminal taken over: raw mode, alternate screen, hidden cursor, marked pastes. Dropping it restores the
/// terminal, and so does a panic of the thread that entered.
pub struct Screen {
    /// Never dropped: its own drop writes to the terminal, and panics during shutdown if the terminal is gone.
    terminal: ManuallyDrop<Tty>,
}

impl Screen {
    /// Takes the terminal over. The calling thread becomes the one whose panic ends the screen; panics go to the log
    /// while the screen is on, those of other threads only there, because their report would be drawn into it.
    ///
    /// # Errors
    ///
    /// [`Error::NoTerminal`], [`Error::Enter`]; the terminal is then as it was.
    pub fn enter() -> Result<Self, Error> {
        if !super::is_tty() {
            return Err(Error::NoTerminal);
        }
        LazyLock::force(&PANICS);
        // First, so that any failure from here on is undone.
        set_owner(Some(thread::current().id()));
        take_over().map(|terminal| Self { terminal: ManuallyDrop::new(terminal) }).map_err(|source| {
            // What made entering fail is told; that leaving failed too would add nothing.
            drop(restore());
            Error::Enter(source)
        })
    }

    /// Where to draw.
    pub fn terminal(&mut self) -> &mut Tty {
        &mut self.terminal
    }
}

/// Writes panics to the log from now on, and counts them. Without a screen they go to stderr as well, and those of
/// the thread that has the screen do once it is given back.
pub fn panics() -> watch::Receiver<u64> {
    PANICS.subscribe()
}

/// Captures the mouse, or leaves it to the terminal, whose own selection works then.
///
/// # Errors
///
/// [`Error::Enter`] when the terminal is gone.
pub fn mouse(is_ours: bool) -> Result<(), Error> {
    let done =
        if is_ours { execute!(io::stdout(), EnableMouseCapture) } else { execute!(io::stdout(), DisableMouseCapture) };
    done.map_err(Error::Enter)
}

/// Gives the terminal back, stops the process as Ctrl-Z does, and takes the terminal again when the shell continues
/// the process. Everything must be drawn anew then. Call it on the thread that entered.
///
/// # Errors
///
/// [`Error::Enter`] when the terminal cannot be taken again, [`Error::Signal`] when the process cannot be stopped.
pub fn suspend() -> Result<(), Error> {
    // A failure is ignored, because the terminal is restored again at the end.
    drop(restore());
    let stopped = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP);
    set_owner(Some(thread::current().id()));
    enter().map_err(Error::Enter)?;
    stopped.map_err(|errno| Error::Signal(errno.into()))
}

/// The terminal, lent to another program. It is taken back when this is dropped, too.
#[derive(Debug)]
pub(super) struct Lent(Option<ThreadId>);

impl Lent {
    pub(super) fn new() -> Self {
        LENT.store(true, Ordering::Relaxed);
        let owner = owner();
        // A failure is ignored, because the terminal is restored again at the end.
        drop(restore());
        Self(owner)
    }

    /// Takes the terminal back; the screen is then as on entering.
    pub(super) fn take_back(mut self) -> Result<(), Error> {
        self.end().map_err(Error::Enter)
    }

    fn end(&mut self) -> io::Result<()> {
        LENT.store(false, Ordering::Relaxed);
        let Some(owner) = self.0.take() else { return Ok(()) };
        set_owner(Some(owner));
        enter()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "the terminal was not taken back");
        }
    }
}

/// Whether another program has the terminal.
pub(super) fn is_lent() -> bool {
    LENT.load(Ordering::Relaxed)
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Err(error) = restore() {
            tracing::warn!(%error, "the terminal was not restored");
        }
    }
}

fn take_over() -> io::Result<Tty> {
    enter()?;
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(FRAME, io::stdout())))
}

/// Enters the screen and clears it, also where there is no alternate one, because frames are drawn as differences
/// from nothing.
fn enter() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        cursor::Hide,
        EnableBracketedPaste,
        EnableFocusChange,
        Print(WHEEL_AS_ARROWS)
    )?;
    execute!(io::stdout(), Clear(ClearType::All), cursor::MoveTo(0, 0))
}

/// Undoes [`take_over`], once: a second call finds no owner. If one step fails, the other still runs; the first
/// error is returned.
fn restore() -> io::Result<()> {
    if set_owner(None).is_none() {
        return Ok(());
    }
    let drawn = execute!(
        io::stdout(),
        DisableMouseCapture,
        Print(WHEEL_AS_BEFORE),
        DisableFocusChange,
        DisableBracketedPaste,
        cursor::Show,
        // Below the last frame, for terminals without an alternate screen; the others restore the cursor.
        ResetColor,
        cursor::MoveTo(0, u16::MAX - 1),
        Print("\r\n"),
        LeaveAlternateScreen
    );
    let raw = terminal::disable_raw_mode();
    drawn.and(raw)
}

/// Sets the owner, and returns the one before.
fn set_owner(owner: Option<ThreadId>) -> Option<ThreadId> {
    std::mem::replace(&mut *OWNER.lock().unwrap_or_else(PoisonError::into_inner), owner)
}

fn owner() -> Option<ThreadId> {
    *OWNER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The panic hook. It cleans the report, because a panic may quote what a stranger wrote.
fn report(report: &panic::PanicHookInfo<'_>) {
    let words = format!("{} {report}", thread::current().name().unwrap_or("a thread"));
    let words = text::clean(&words);
    tracing::error!("{words}");
    // If another thread has the screen, the screen stays on and reports what is counted here.
    if owner().is_none_or(|owner| owner == thread::current().id()) {
        // The report matters more than a terminal that cannot be restored, or a stderr that nobody reads.
        drop(restore());
        drop(writeln!(io::stderr().lock(), "{words}"));
    }
    PANICS.send_modify(|n_panics| *n_panics += 1);
}
