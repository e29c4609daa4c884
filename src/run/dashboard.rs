//! `weibox`: the loop between terminal, dashboard and the rest.
//!
//! It waits for one event, takes all that are ready, and draws once if something changed, at the pace of [`pace`].

use std::io;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{FutureExt as _, Stream, StreamExt as _};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::archive::Reader;
use crate::config::Config;
use crate::controls::multiplexer::Multiplexer;
use crate::dashboard::{Effect, Event, Standing, State};
use crate::language::{Language, commands};
use crate::reason::{Code, Fault, Reason, files, hints, start};
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

/// The maximum number of effects' events that wait for the loop; senders wait while there are more.
pub const QUEUE: usize = 64;
/// The maximum number of events that are taken before a due frame is drawn.
const DRAIN: usize = 64;
/// The maximum time for which the end of the dashboard waits for the texts of replies.
const KEEPING: Duration = Duration::from_secs(3);

/// Returns the error for a fault of weibox itself that ended the screen, or the output of `serve`.
pub(super) fn broken(config: &Config, code: Code) -> Fault {
    code.hinted(hints::REPORT_LOG.with(config.data_dir.value.join("log").display()))
}

/// What the loop reads from, and the settings it needs.
pub struct Sources {
    /// The holder of the archive.
    pub holder: Holder,
    /// Reader of the keys, which pauses while an editor runs.
    pub keyboard: terminal::Keyboard,
    /// Command that edits a file.
    pub editor: String,
    /// Multiplexer around the terminal, through which some sequences must be sent in another form.
    pub multiplexer: Option<Multiplexer>,
    /// Number of colours of the terminal.
    pub colours: u32,
    /// Desktop programs that fill the clipboard.
    pub clipboard: terminal::Programs,
    /// Path of the file that keeps the typed queries.
    pub history: PathBuf,
    /// Path of the file that keeps the tabs saved from the screen.
    pub tabs: PathBuf,
    /// Name under which others see the user.
    pub user: String,
    /// Directory of the quick replies.
    pub quick_replies: PathBuf,
    /// Directory that `~` stands for in a typed path.
    pub home: PathBuf,
    /// Settings for reading and playing voices.
    pub voice: voice::VoiceSettings,
    /// Alerts that ring through the terminal.
    pub ringing: TerminalAlerts,
    /// Token that ends the loop.
    pub stop: CancellationToken,
}

/// Prints the lines that stay on the user's terminal: the counts of callbacks, the place of the archive, and what to
/// do with it.
pub(super) fn goodbye(config: &Config, traffic: &Traffic, language: Language) -> io::Result<()> {
    let directory = config.data_dir.value.display();
    let Traffic { stored, repeated, refused, .. } = *traffic;
    say(&commands::BYE_COUNTS.with(language, &[&stored, &repeated, &refused]))?;
    say(&commands::BYE_ARCHIVE.with(language, &[&directory]))?;
    say(&commands::BYE_FILES.with(language, &[&config.data_dir.value.join("media").display()]))?;
    say(commands::BYE_NEXT.of(language))
}

/// Shows what a holder receives on the terminal, until the user leaves or the process is asked to stop. Returns
/// how the user left, and the language of the screen then.
pub(super) async fn show(
    config: &Config,
    holder: Holder,
    standing: Standing,
    signals: &mut StopSignals,
) -> anyhow::Result<(Left, Language)> {
    let stop = CancellationToken::new();
    let mut screen = Screen::enter()?;
    let looped = async {
        let size = terminal::size()?;
        let Looked { canvas, name, typed } = graphics(config);
        let (state, effects) = State::new(setup(config, &holder, standing, canvas), size, clock::now());
        let sources = sources(config, holder, stop.clone(), name.as_deref());
        let inputs = sources.keyboard.inputs(typed);
        // On the heap, because the future is too large for the stacks of its callers.
        let left = Box::pin(Loop::new(sources, state)?.run(screen.terminal(), inputs, effects)).await;
        anyhow::Ok(left.unwrap_or_else(|error| (Left::HungUp(Some(error)), config.language.value)))
    };
    // The caller must close its archive even if the screen panics.
    let looped = AssertUnwindSafe(looped).catch_unwind();
    let (ended, signal) = super::until_asked(looped, &stop, signals).await;
    drop(screen);
    let (left, language) = ended.unwrap_or_else(|_reported| Err(broken(config, start::SCREEN_BROKE_OFF).into()))?;
    Ok((left.after(signal), language))
}

/// The loop between the terminal, the dashboard and the holder of the archive.
pub struct Loop {
    sources: Sources,
    state: State,
    reader: Arc<Mutex<Reader>>,
    news: DashboardNews,
    /// Version of the archive when it was last read or checked.
    version: Arc<AtomicI64>,
    events_tx: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
    voices: Voices,
    pictures: Pictures,
    /// Bytes that are sent to the terminal when there is nothing else to do.
    unsent: Unsent,
    /// The process that is to go on listening, while it starts.
    successor: Option<JoinHandle<Result<Successor, Reason>>>,
    due: Due,
}

/// What the loop does once it has handled the current event.
#[derive(Debug, Default)]
struct Due {
    left: Option<Left>,
    /// Whether weibox has set the terminal's title.
    has_title: bool,
    /// Whether the screen may show something other than the last frame.
    is_spoilt: bool,
    /// The text or file to edit.
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
    ) -> io::Result<(Left, Language)> {
        let Sources { ringing, holder, stop, .. } = &self.sources;
        ringing::start(ringing, holder, self.events_tx.clone(), stop.clone());
        self.carry_out(effects);
        let ended = self.until_left(terminal, &mut inputs).await;
        self.keep_texts().await;
        if self.due.has_title {
            self.told(terminal::give_title_back(&mut io::stdout()));
        }
        self.remember();
        ended.map(|()| (self.due.left.unwrap_or(Left::Quit), self.state.world().language()))
    }

    /// Waits until the texts of replies are kept as drafts or in the outbox, which takes a few milliseconds unless the
    /// holder of the archive is busy or gone.
    async fn keep_texts(&mut self) {
        let effects = self.state.leave();
        self.carry_out(effects);
        let kept = async {
            while self.state.are_texts_under_way()
                && let Some(event) = self.events.recv().await
            {
                self.update(event);
            }
        };
        drop(timeout(KEEPING, kept).await);
    }

    /// Saves the state of the screen for the next start. A failure is only logged.
    fn remember(&self) {
        let memory = self.state.memory(self.sources.holder.watches.committed.borrow().seq);
        if let Err(error) = history::write_screen(&self.sources.history, &memory) {
            tracing::warn!(%error, "what the screen is could not be kept");
        }
    }

    /// Applies the current state of downloads, targets, channels, claims and the cluster, because the first frame is
    /// drawn before any news arrives.
    fn begin(&mut self) {
        let watches = self.sources.holder.watches.clone();
        self.update(Event::Downloads(watches.board.borrow().clone()));
        self.update(Event::Targets(watches.targets.borrow().clone()));
        self.update(Event::Channels(watches.channels.borrow().clone()));
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
            // Keys come before frames, and frames before news; otherwise a flood of news starves keys and screen.
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
                        // A frame is drawn when the page has loaded; one before would only delay it.
                        continue;
                    }
                }
                () = self.news.came(), if !has_news => {
                    has_news = true;
                    continue;
                }
                () = sleep(tick) => self.tick(pace.is_quiet(Instant::now())),
                () = std::future::ready(()), if !self.unsent.is_empty() => {
                    // One piece at a time, because the line to the terminal may be slow, and keys come first.
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

    /// Removes the pictures from the terminal, which may keep them after its screen is cleared.
    fn forget_pictures(&mut self) {
        self.unsent.break_off();
        let effects = self.state.forget_pictures();
        self.carry_out(effects);
        while !self.unsent.is_empty() {
            self.send_piece();
        }
    }

    /// Handles a key or another input of the terminal.
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
            Some(Input::Scrolled(rows, column, row)) => self.update(Event::Scrolled(rows, column, row)),
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

/// Waits until the process that is to go on listening has started or failed; forever if there is none.
async fn started(successor: &mut Option<JoinHandle<Result<Successor, Reason>>>) -> Result<Successor, Reason> {
    let Some(starting) = successor else { return std::future::pending().await };
    let started = starting.await.unwrap_or_else(|_reported| Err(files::FAULT.into()));
    *successor = None;
    started
}
