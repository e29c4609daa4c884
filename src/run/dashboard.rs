//! `weibox`: the loop between terminal, dashboard and the rest.
//!
//! It waits for one thing, takes all that is ready, and draws once if something changed, at the pace of [`pace`].

use std::io;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use futures_util::{FutureExt as _, Stream, StreamExt as _};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::archive::Reader;
use crate::config::Config;
use crate::controls::multiplexer::Multiplexer;
use crate::dashboard::{Effect, Event, Standing, State};
use crate::language::commands;
use crate::reason::{Code, Reason, files, hints, start};
use crate::record::traffic::Traffic;
use crate::terminal::{self, Input, Looked, Screen, StopSignals, Tty};

use super::handover::Successor;
use super::holder::Holder;
use super::picture::Pictures;
use super::voice::{self, Voices};
use super::{clock, history, say};

mod canvas;
mod editor;
mod effect;
mod left;
mod news;
mod pace;
mod ringing;
mod setup;
pub(super) mod tabs;
mod unsent;

pub(super) use canvas::{colours, graphics};
use editor::Editing;
pub use left::Left;
use news::DashboardNews;
use pace::{Pace, sleep};
pub use ringing::TerminalAlerts;
use setup::{setup, sources};
use unsent::Unsent;

/// The events of effects that may wait for the loop; with more, the sender waits.
pub const QUEUE: usize = 64;
/// The events that are taken before a frame that is due is drawn.
const DRAIN: usize = 64;

/// A fault of ours ended the screen, or the lines of `serve`.
#[derive(Debug, thiserror::Error)]
#[error("{}", Reason::from(*code))]
pub(super) struct Broken {
    /// The screen, or what stands in its place.
    code: Code,
    /// The log's directory.
    log: PathBuf,
}

impl Broken {
    /// Of the screen, or of what stands in its place.
    pub(super) fn new(config: &Config, code: Code) -> Self {
        Self { code, log: config.data_dir.value.join("log") }
    }

    /// What the user can do about it.
    pub(super) fn hint(&self) -> Reason {
        hints::REPORT_LOG.with(self.log.display())
    }

    /// Why, for people.
    pub(super) fn reason(&self) -> Reason {
        self.code.into()
    }
}

/// What the loop listens to.
pub struct Sources {
    /// Whoever holds the archive.
    pub holder: Holder,
    /// Who reads the keys, unless an editor does.
    pub keyboard: terminal::Keyboard,
    /// The command that edits a file.
    pub editor: String,
    /// What stands before the terminal, through which some things must be said in another way.
    pub multiplexer: Option<Multiplexer>,
    /// How many colours the terminal has.
    pub colours: u32,
    /// Programs of the desktop that fill the clipboard.
    pub clipboard: terminal::Programs,
    /// Where the queries are kept that were typed.
    pub history: PathBuf,
    /// Where the tabs are kept that were saved from the screen.
    pub tabs: PathBuf,
    /// What the user is called before others.
    pub user: String,
    /// Where the quick replies are.
    pub quick_replies: PathBuf,
    /// What `~` is in a path that is typed.
    pub home: PathBuf,
    /// How voices are read and played.
    pub voice: voice::VoiceSettings,
    /// What rings by the terminal.
    pub ringing: TerminalAlerts,
    /// Ends the loop.
    pub stop: CancellationToken,
}

/// What stays on the user's terminal: what came, where it is, and what to do with it.
pub(super) fn goodbye(config: &Config, traffic: &Traffic) -> io::Result<()> {
    let language = config.language.value;
    let directory = config.data_dir.value.display();
    let Traffic { stored, repeated, refused, .. } = *traffic;
    say(&commands::BYE_COUNTS.with(language, &[&stored, &repeated, &refused]))?;
    say(&commands::BYE_ARCHIVE.with(language, &[&directory]))?;
    say(&commands::BYE_FILES.with(language, &[&config.data_dir.value.join("media").display()]))?;
    say(commands::BYE_NEXT.of(language))
}

/// Shows what a holder receives on the terminal, until the user leaves or the process is asked to stop.
pub(super) async fn show(
    config: &Config,
    holder: Holder,
    standing: Standing,
    signals: &mut StopSignals,
) -> anyhow::Result<Left> {
    let stop = CancellationToken::new();
    let mut screen = Screen::enter()?;
    let looped = async {
        let size = terminal::size()?;
        let Looked { canvas, name, typed } = graphics(config);
        let (state, effects) = State::new(setup(config, &holder, standing, canvas), size, clock::now());
        let sources = sources(config, holder, stop.clone(), name.as_deref());
        let inputs = sources.keyboard.inputs(typed);
        // On the heap: it is too large for the stacks of those who wait for it.
        let left = Box::pin(Loop::new(sources, state)?.run(screen.terminal(), inputs, effects)).await;
        anyhow::Ok(left.unwrap_or_else(|error| Left::HungUp(Some(error))))
    };
    // Whoever called has an archive to close, whatever breaks here.
    let looped = AssertUnwindSafe(looped).catch_unwind();
    let (ended, signal) = super::until_asked(looped, &stop, signals).await;
    drop(screen);
    let left = ended.unwrap_or_else(|_reported| Err(Broken::new(config, start::SCREEN_BROKE_OFF).into()))?;
    Ok(left.after(signal))
}

/// The loop.
pub struct Loop {
    sources: Sources,
    state: State,
    reader: Arc<Mutex<Reader>>,
    news: DashboardNews,
    /// The archive's version when it was last read or looked at.
    version: Arc<AtomicI64>,
    events_tx: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
    voices: Voices,
    pictures: Pictures,
    /// What the terminal is sent when there is nothing else to do.
    unsent: Unsent,
    /// The process that is to go on listening, while it starts.
    successor: Option<JoinHandle<Result<Successor, Reason>>>,
    due: Due,
}

/// What the loop is to do once it has done what it is at.
#[derive(Debug, Default)]
struct Due {
    left: Option<Left>,
    /// Whether the terminal has a title of ours.
    has_title: bool,
    /// Whether what is on the screen is not what was drawn last.
    is_spoilt: bool,
    /// What is to be edited.
    editing: Option<Editing>,
}

impl Loop {
    /// Prepares the loop.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub fn new(sources: Sources, state: State) -> anyhow::Result<Self> {
        let reader = sources.holder.readers.open()?;
        let version = Arc::new(AtomicI64::new(reader.version()?));
        let reader = Arc::new(Mutex::new(reader));
        let news = DashboardNews::new(&sources.holder);
        let (events_tx, events) = mpsc::channel(QUEUE);
        let voices = Voices::new(sources.voice.clone(), events_tx.clone());
        let pictures = Pictures::new(sources.voice.max_bytes, sources.holder.orders.clone(), events_tx.clone());
        Ok(Self {
            sources,
            state,
            reader,
            news,
            version,
            events_tx,
            events,
            voices,
            pictures,
            unsent: Unsent::default(),
            successor: None,
            due: Due::default(),
        })
    }

    /// Runs until the user leaves, `stop` is cancelled, or the terminal is gone.
    ///
    /// # Errors
    ///
    /// When the terminal cannot be drawn on.
    pub async fn run(
        mut self,
        terminal: &mut Tty,
        mut inputs: impl Stream<Item = Input> + Unpin,
        effects: Vec<Effect>,
    ) -> io::Result<Left> {
        let Sources { ringing, holder, stop, .. } = &self.sources;
        ringing::start(ringing, holder, self.events_tx.clone(), stop.clone());
        self.carry_out(effects);
        let ended = self.until_left(terminal, &mut inputs).await;
        if self.due.has_title {
            self.told(terminal::give_title_back(&mut io::stdout()));
        }
        self.remember();
        ended.map(|()| self.due.left.unwrap_or(Left::Quit))
    }

    /// Keeps what the screen is. Whoever cannot keep it begins anew.
    fn remember(&self) {
        let memory = self.state.memory(self.sources.holder.watches.committed.borrow().seq);
        if let Err(error) = history::write_screen(&self.sources.history, &memory) {
            tracing::warn!(%error, "what the screen is could not be kept");
        }
    }

    /// The first frame comes before the news, and says already whether there is a token and how it goes with the bots.
    fn begin(&mut self) {
        let watches = self.sources.holder.watches.clone();
        self.update(Event::Downloads(watches.board.borrow().clone()));
        self.update(Event::Targets(watches.targets.borrow().clone()));
        self.update(Event::Claims(watches.claims.borrow().clone()));
        self.update(Event::Cluster(watches.cluster.borrow().clone()));
    }

    async fn until_left(
        &mut self,
        terminal: &mut Tty,
        inputs: &mut (impl Stream<Item = Input> + Unpin),
    ) -> io::Result<()> {
        self.begin();
        let mut is_dirty = true;
        let mut has_news = false;
        let mut pace = Pace::new(Instant::now());
        while self.due.left.is_none() {
            let tick = self.state.next_tick().map(|at| (at - clock::now()).to_std().unwrap_or_default());
            // Keys before frames before news, or a flood of news starves the keys and the screen.
            tokio::select! {
                biased;
                () = self.sources.stop.cancelled() => break,
                input = inputs.next() => self.take(input, terminal)?,
                () = tokio::time::sleep_until(pace.next_frame), if is_dirty => {
                    pace.drawing(Instant::now());
                    self.draw(terminal)?;
                    is_dirty = false;
                    continue;
                }
                started = started(&mut self.successor) => self.leave_to(started),
                Some(event) = self.events.recv() => {
                    if matches!(event, Event::Page(_)) {
                        pace.read(Instant::now());
                    }
                    self.update(event);
                }
                () = tokio::time::sleep_until(pace.next_look), if has_news => {
                    has_news = false;
                    let (events, n_messages) = self.news.take();
                    pace.looked(Instant::now(), n_messages);
                    for event in events {
                        self.update(event);
                    }
                    if self.state.is_loading() {
                        // The page is drawn when it is here; a frame before it would only make it wait.
                        continue;
                    }
                }
                () = self.news.came(), if !has_news => {
                    has_news = true;
                    continue;
                }
                () = sleep(tick) => self.tick(pace.is_quiet(Instant::now())),
                () = std::future::ready(()), if !self.unsent.is_empty() => {
                    // One at a time, because the line to the terminal may be slow, and keys come before.
                    self.send_piece();
                    continue;
                }
            }
            for _ in 0..DRAIN {
                let Ok(event) = self.events.try_recv() else { break };
                self.update(event);
            }
            if let Some(editing) = self.due.editing.take() {
                self.edit(editing, terminal).await?;
            }
            is_dirty = true;
        }
        self.forget_pictures();
        Ok(())
    }

    /// A terminal may keep them beyond its screen.
    fn forget_pictures(&mut self) {
        self.unsent.break_off();
        let effects = self.state.forget_pictures();
        self.carry_out(effects);
        while !self.unsent.is_empty() {
            self.send_piece();
        }
    }

    /// Takes what was typed, or done to the terminal.
    fn take(&mut self, input: Option<Input>, terminal: &mut Tty) -> io::Result<()> {
        if let Some(presence) = &self.sources.holder.presence {
            presence.notify_one();
        }
        match input {
            Some(Input::Key(key)) => {
                self.update(Event::Key(key));
                self.look_for_changes();
            }
            Some(Input::Pasted(text)) => self.update(Event::Pasted(text)),
            Some(Input::Clicked(column, row)) => self.update(Event::Clicked(column, row)),
            Some(Input::Scrolled(rows)) => self.update(Event::Scrolled(rows)),
            Some(Input::Focused(has_focus)) => self.update(Event::Focused(has_focus)),
            Some(Input::Resized(size)) => {
                terminal.autoresize()?;
                self.update(Event::Resized(size));
            }
            Some(Input::Gone(reason)) => return Err(io::Error::other(reason)),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(())
    }

    fn leave_to(&mut self, successor: Result<Successor, Reason>) {
        match successor {
            Ok(successor) => self.due.left = Some(Left::Detached(Box::new(successor))),
            Err(reason) => self.update(Event::Failed(reason)),
        }
    }

    fn update(&mut self, event: Event) {
        let mut effects = self.state.update(Event::Tick(clock::now()));
        effects.extend(self.state.update(event));
        self.carry_out(effects);
    }
}

/// What became of the process that is to go on listening, once that is known.
async fn started(successor: &mut Option<JoinHandle<Result<Successor, Reason>>>) -> Result<Successor, Reason> {
    let Some(starting) = successor else { return std::future::pending().await };
    let started = starting.await.unwrap_or_else(|_reported| Err(files::FAULT.into()));
    *successor = None;
    started
}
