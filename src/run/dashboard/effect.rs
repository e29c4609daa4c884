//! Carries out the effects of the dashboard: reads pages, writes orders, and uses the terminal and the
//! desktop. Slow work runs beside the loop and sends back an event.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

mod apart;
mod changes;
mod replies;

use super::editor::Editing;
use super::{Left, Loop, tabs};
use crate::archive::{Error, Reader};
use crate::attach::{Order, Outcome};
use crate::config::{self, quick_replies};
use crate::controls::multiplexer::Multiplexer;
use crate::dashboard::orders::{ArchiveChange, SaveAnswer};
use crate::dashboard::over::requests;
use crate::dashboard::world;
use crate::dashboard::{Effect, Event};
use crate::forward::target::bookmark_of;
use crate::reason::{Reason, files};
use crate::record::outgoing::Draft;
use crate::record::page::{Request, Selection};
use crate::record::place::SPOTS;
use crate::record::target::SendOrder;
use crate::run::handover::Successor;
use crate::run::orders::Orders;
use crate::run::{clock, history, save};
use crate::{terminal, worker};

impl Loop {
    #[expect(clippy::too_many_lines, reason = "one arm an effect")]
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Quit => self.due.left = Some(Left::Quit),
                Effect::Detach => {
                    let data_dir = self.sources.holder.data_dir.clone();
                    let start = || tokio::task::spawn_blocking(move || Successor::start(&data_dir));
                    self.successor.get_or_insert_with(start);
                }
                Effect::Copy(text) => self.copy(text),
                Effect::CopyOver(text) => {
                    let multiplexer = self.sources.multiplexer;
                    let way = match multiplexer {
                        Some(Multiplexer::Tmux) => "OSC 52, tmux",
                        Some(Multiplexer::Screen) => "OSC 52, screen",
                        None => "OSC 52",
                    };
                    let copied = terminal::copy(&mut io::stdout(), &text, multiplexer);
                    self.answer(copied.map_or_else(|error| failed(&error), |bytes| Event::Copied(bytes, way)));
                }
                Effect::Open(path) => {
                    self.hand_over(path.display().to_string(), move |hidden| terminal::open(&path, hidden));
                }
                Effect::Browse(address) => {
                    self.hand_over(address.clone(), move |hidden| terminal::browse(&address, hidden));
                }
                Effect::Mouse(is_ours) => self.told(terminal::mouse(is_ours)),
                Effect::Sample => self.order(Order::Sample, |_sent| None),
                Effect::Simulate(is_wanted) => self.order(Order::Simulate(is_wanted), |_ended| None),
                Effect::Remember(queries) => {
                    // A few hundred bytes. The search works without them as well.
                    if let Err(error) = history::write(&self.sources.history, &queries) {
                        tracing::warn!(%error, "the queries could not be kept");
                    }
                }
                Effect::KeepTabs(tabs) => {
                    if let Err(reason) = tabs::write(&self.sources.tabs, &tabs) {
                        self.answer(Event::Failed(reason));
                    }
                }
                Effect::Keep(hidden) => {
                    let secret = hidden.secret;
                    self.order(Order::Keep(secret, hidden.into_secret()), move |outcome| {
                        if let Outcome::Kept(file) = outcome { Some(Event::Kept(secret, file)) } else { None }
                    });
                }
                Effect::Try(trial, language) => {
                    self.order(Order::Try(trial.clone(), language), move |outcome| {
                        if let Outcome::Tried(result) = outcome { Some(Event::Tried(trial, result)) } else { None }
                    });
                }
                Effect::Ring { title, words } => {
                    let (form, multiplexer) = (self.sources.ringing.form, self.sources.multiplexer);
                    self.told(terminal::ring(&mut io::stdout(), form, (&title, &words), multiplexer));
                }
                Effect::Title(n_unseen) => {
                    let title = if n_unseen == 0 { "weibox".to_owned() } else { format!("weibox ● {n_unseen}") };
                    self.told(terminal::set_title(&mut io::stdout(), &title, !self.due.has_title));
                    self.due.has_title = true;
                }
                Effect::Redraw => self.due.is_spoilt = true,
                Effect::Suspend => {
                    self.told(terminal::suspend());
                    self.due.is_spoilt = true;
                }
                Effect::Complete(typed) => {
                    let home = self.sources.home.clone();
                    self.save(move || save::complete(&typed, &home));
                }
                Effect::Save(order) => {
                    let (home, max_bytes) = (self.sources.home.clone(), self.sources.voice.max_bytes);
                    let readers = self.sources.holder.readers.clone();
                    self.save(move || save::save(order, &home, max_bytes, || readers.open()));
                }
                Effect::Voice(order) => self.voices.carry_out(order),
                Effect::Picture(order) => self.pictures.order(order, self.unsent.has_picture()),
                Effect::NoPicture => self.pictures.stop(),
                Effect::Send(pieces) => self.unsent.pictures.push_back(pieces),
                Effect::SendFrames(frames) => self.unsent.frames.extend(frames),
                Effect::LoadHead(seq) => self.order(Order::Head(seq), move |outcome| {
                    if let Outcome::Head(head) = outcome {
                        Some(Event::Head(seq, head.map(|head| *head)))
                    } else {
                        None
                    }
                }),
                Effect::LoadForwarded(seq) => {
                    self.read(move |reader| reader.forwarded_to(seq).map(|outcomes| Event::Forwarded(seq, outcomes)));
                }
                Effect::CountLeap(target, place) => self.read(move |reader| {
                    let leap = reader.leap(&bookmark_of(&target), &place, clock::now())?;
                    Ok(Event::Leap(place.clone(), leap))
                }),
                Effect::LoadCalls => self.read(|reader| reader.calls(requests::SHOWN).map(Event::Calls)),
                Effect::LoadStatistics => {
                    self.read(|reader| reader.statistics(clock::now()).map(Event::Statistics));
                }
                Effect::LoadPlaces(query) => {
                    self.read(move |reader| reader.places(&query, SPOTS, clock::now()).map(Event::Places));
                }
                Effect::Load(request) => self.load(request),
                Effect::Find { query, from, is_older } => {
                    self.read(move |reader| {
                        let found = reader.find(&query, from, is_older, clock::now())?;
                        Ok(Event::Found(from, found))
                    });
                }
                Effect::Suggest(query) => self.suggest(query),
                Effect::CountTabs(queries) => self.count_tabs(queries),
                Effect::Change(change) => self.change(change),
                Effect::Weigh(selection) => self.weigh(selection),
                Effect::Prefetch(seq) => {
                    let download = ArchiveChange::Download(Selection::Seqs(vec![seq]));
                    self.order(Order::Change(download), |_queued| Some(Event::Committed));
                }
                Effect::Names(people) => self.order(Order::Names(people), |_done| None),
                Effect::LoadAnswers { account, fan } => self.load_answers(account, fan),
                Effect::KeepDraft { account, fan, draft: Draft { form, text }, at } => {
                    let order = Order::Draft { account: account.clone(), fan, form, text, at };
                    self.ask(order, move |outcome| Some(Event::DraftKept(account, fan, outcome.failed())));
                }
                Effect::Claim { account, fan, session } => {
                    let user = self.sources.user.clone();
                    self.tell_holder(Order::Claim { account, fan, user, session });
                }
                Effect::Release(session) => self.tell_holder(Order::Release(session)),
                Effect::Reply { composed, is_allowed } => self.reply(composed, is_allowed),
                Effect::LoadOutgoing(ids) => self.load_outgoing(ids),
                Effect::Withdraw(id) => self.order(Order::Withdraw(id), move |outcome| {
                    if let Outcome::Count(n) = outcome { Some(Event::Withdrawn(id, n > 0)) } else { None }
                }),
                Effect::LoadLabels(seqs, fan) => {
                    self.read(move |reader| reader.label_board(&seqs, fan).map(Event::Labels));
                }
                Effect::LoadJobs => self.read(|reader| reader.jobs(world::downloads::SHOWN).map(Event::Jobs)),
                Effect::SendTo(order) => self.send_at_once(order),
                Effect::Edit(seq, draft) => self.due.editing = Some(Editing::Message(seq, draft)),
                Effect::LoadQuickReplies => {
                    let directory = self.sources.quick_replies.clone();
                    self.beside(move || Event::QuickReplies(Box::new(quick_replies::read(&directory))), Event::Failed);
                }
                Effect::EditQuickReply(file) => self.due.editing = Some(Editing::QuickReply(file)),
            }
        }
    }

    /// Runs work that may block beside the loop, and sends back its event; after a panic, the event from
    /// `broken`.
    fn beside(
        &self,
        work: impl FnOnce() -> Event + Send + 'static,
        broken: impl FnOnce(Reason) -> Event + Send + 'static,
    ) {
        let work: Box<dyn FnOnce() -> Event + Send> = Box::new(work);
        let done = tokio::task::spawn_blocking(work);
        self.answer_later(Box::pin(
            async move { Some(done.await.unwrap_or_else(|_reported| broken(files::FAULT.into()))) },
        ));
    }

    fn load(&self, request: Request) {
        let (orders, reader) = (self.sources.holder.orders.clone(), Arc::clone(&self.reader));
        let version = Arc::clone(&self.version);
        let page = move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let page = refreshed(&mut reader, |reader| {
                // Before the page, so that writes after this are looked for once more.
                version.store(reader.version()?, Ordering::Relaxed);
                reader.page(&request, clock::now())
            });
            page.map_or_else(|error| Event::PageFailed(told(&orders, &error)), Event::Page)
        };
        self.beside(page, Event::PageFailed);
    }

    fn read(&self, read: impl Fn(&mut Reader) -> Result<Event, Error> + Send + 'static) {
        let (orders, reader) = (self.sources.holder.orders.clone(), Arc::clone(&self.reader));
        let work = move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let event = refreshed(&mut reader, read);
            event.unwrap_or_else(|error| Event::Failed(told(&orders, &error)))
        };
        self.beside(work, Event::Failed);
    }

    /// Sends an order to the holder of the archive, and reports when it is done, or why it failed.
    fn order(&self, order: Order, told: impl FnOnce(Outcome) -> Option<Event> + Send + 'static) {
        self.ask(order, |outcome| {
            if let Outcome::Failed(reason) = outcome { Some(Event::Failed(reason)) } else { told(outcome) }
        });
    }

    /// Has the holder of the archive carry out a change, and reports when it is done, or why it failed.
    fn change(&self, change: ArchiveChange) {
        self.order(Order::Change(change.clone()), |outcome| {
            let n = if let Outcome::Count(n) = outcome { n } else { 1 };
            Some(Event::Changed(change, n))
        });
    }

    /// Sends an order whose failure does not matter, for example because an older holder does not know it.
    fn tell_holder(&self, order: Order) {
        self.ask(order, |_done| None);
    }

    /// Sends an order to the holder of the archive, and reports its outcome, success or failure.
    fn ask(&self, order: Order, told: impl FnOnce(Outcome) -> Option<Event> + Send + 'static) {
        let (orders, told) = (self.sources.holder.orders.clone(), Box::new(told));
        let find_change = order.is_change().then(|| self.change_finder());
        self.answer_later(Box::pin(async move {
            let outcome = orders.carry_out(order).await;
            if let Some(find_change) = find_change {
                tokio::task::spawn_blocking(find_change);
            }
            told(outcome)
        }));
    }

    fn answer_later(&self, work: BoxFuture<'static, Option<Event>>) {
        answer_later(self.events_tx.clone(), work);
    }

    /// Sends a message to a bot. The caller sends one after the other and waits for each result, also for a
    /// failure.
    fn send_at_once(&self, order: SendOrder) {
        self.ask(Order::Send(order.clone()), |outcome| {
            let answer = if let Outcome::Sent(answer) = outcome {
                Ok(answer)
            } else {
                Err(outcome.failed().unwrap_or_else(|| files::FAULT.into()))
            };
            Some(Event::Sent(order, answer))
        });
    }

    /// Runs work with a file to be exported. A panic is taken for that of a decoder, since strangers wrote
    /// the file.
    fn save(&self, work: impl FnOnce() -> SaveAnswer + Send + 'static) {
        let broken = |_fault| Event::Saving(SaveAnswer::Saved(Err(files::DECODER_FAILED.with(files::BROKE_OFF))));
        self.beside(|| Event::Saving(work()), broken);
    }

    /// Copies text. Programs of the desktop run beside the loop, since they may be slow; only the loop writes
    /// to the terminal.
    fn copy(&mut self, text: String) {
        let programs = self.sources.clipboard;
        if programs.is_empty() {
            return self.answer(Event::NotCopied(text));
        }
        let copy = move || match terminal::copy_natively(programs, &text, &config::secret_variables()) {
            Some(program) => Event::Copied(text.len(), program),
            None => Event::NotCopied(text),
        };
        self.beside(copy, Event::Failed);
    }

    /// Lets the desktop open something, which may take a moment.
    fn hand_over(&self, what: String, open: impl FnOnce(&[&str]) -> Result<(), terminal::Error> + Send + 'static) {
        let open = || open(&config::secret_variables()).map_or_else(|error| failed(&error), |()| Event::Opened(what));
        self.beside(open, Event::Failed);
    }

    /// Sends the terminal the next piece of a picture. The line may be slow, and an outdated picture should not delay
    /// the next one: therefore a picture begins only after the previous one is complete.
    pub(super) fn send_piece(&mut self) {
        if let Some(piece) = self.unsent.next() {
            self.told(terminal::send(&mut io::stdout(), &piece));
        }
        if !self.unsent.has_picture() {
            self.pictures.begin();
        }
    }

    pub(super) fn told(&mut self, outcome: Result<(), terminal::Error>) {
        if let Err(error) = outcome {
            self.answer(failed(&error));
        }
    }

    /// Effects of these events do not lead back here.
    fn answer(&mut self, event: Event) {
        let effects = self.state.update(event);
        self.carry_out(effects);
    }
}

/// Sends back the event of a future. Orders leave in the order of the keys that gave them, and none waits for the end
/// of another. The future is boxed, so that the runtime's code for it is compiled once.
fn answer_later(events: mpsc::Sender<Event>, work: BoxFuture<'static, Option<Event>>) {
    worker::begin(Box::pin(async move {
        if let Some(event) = work.await {
            // After the end of the loop there is no receiver.
            drop(events.send(event).await);
        }
    }));
}

/// Refreshes the reader and reads; reads again if the archive was damaged and has been replaced meanwhile.
fn refreshed<T>(reader: &mut Reader, read: impl Fn(&mut Reader) -> Result<T, Error>) -> Result<T, Error> {
    reader.refresh();
    match read(reader) {
        Err(error) if error.is_damaged() && reader.refresh() => read(reader),
        done => done,
    }
}

/// Returns what to report of an error of the archive. A damaged one is salvaged, and the outcome is reported
/// later.
fn told(orders: &Orders, error: &Error) -> Reason {
    if error.is_damaged() {
        let orders = orders.clone();
        // Reads run on threads of the runtime.
        tokio::spawn(async move { orders.carry_out(Order::Distrust).await });
        return error.reason();
    }
    error.reason().with_hint(error.hint())
}

fn failed(error: &terminal::Error) -> Event {
    Event::Failed(error.reason().with_hint(error.hint()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn orders_leave_in_the_order_of_their_keys_and_wait_for_no_slow_one() {
        let (events_tx, mut events) = mpsc::channel(4);
        answer_later(events_tx.clone(), Box::pin(std::future::pending()));
        for copied in [1, 2] {
            answer_later(events_tx.clone(), Box::pin(async move { Some(Event::Copied(copied, "")) }));
        }
        // Without a pause, in which tasks could run.
        let mut next = || events.try_recv();
        assert!(matches!((next(), next()), (Ok(Event::Copied(1, _)), Ok(Event::Copied(2, _)))));
    }
}
