//! Alerts through the terminal: they start with the screen, whichever process holds the archive. This module
//! finds what to notify of; the state decides whether to notify.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::archive::{Committed, Reader};
use crate::config::Config;
use crate::dashboard::Event;
use crate::dashboard::ringing::Rung;
use crate::language::Language;
use crate::notify::alert::{Alert, Way};
use crate::notify::closing::ComingQuiet;
use crate::notify::gather::Gather;
use crate::notify::notice::{Notice, Occasion};
use crate::notify::told;
use crate::query::Query;
use crate::reason::Reason;
use crate::record::{Record, Seq};
use crate::run::clock;
use crate::run::holder::Holder;
use crate::terminal::RingForm;

/// The number of messages that are examined at once.
const BATCH: usize = 500;
/// The longest sleep before the clock is read again.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// The alerts that notify through the terminal, and how.
#[derive(Debug, Clone)]
pub struct TerminalAlerts {
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// The escape sequence that the terminal understands.
    pub form: RingForm,
}

impl TerminalAlerts {
    /// Returns the alerts of the settings, for a terminal that answered with this name.
    pub(super) fn of(config: &Config, answered: Option<&str>) -> Self {
        let is_by_terminal = |alert: &&Alert| alert.by.iter().any(|way| matches!(way, Way::Terminal));
        Self {
            alerts: config.alerts.value.iter().filter(is_by_terminal).cloned().collect(),
            form: RingForm::of(answered, &config.surroundings.term, &config.surroundings.term_program),
        }
    }
}

/// The gathered messages of each alert.
struct TerminalRinger {
    gathers: Vec<(Alert, Gather)>,
    reader: Option<Reader>,
    /// The last quiet hours of each alert before which it warned of closing windows.
    warned: BTreeMap<String, u64>,
    /// The last message that was examined.
    position: Seq,
    committed: watch::Receiver<Committed>,
    told: watch::Receiver<Option<Reason>>,
    events: mpsc::Sender<Event>,
}

/// Runs until `stop`, or until the receiver is gone.
pub(super) fn start(alerts: &TerminalAlerts, holder: &Holder, events: mpsc::Sender<Event>, stop: CancellationToken) {
    if alerts.alerts.is_empty() {
        return;
    }
    let mut told = holder.watches.told.clone();
    // Reports from before the screen opened are already on it.
    told.mark_unchanged();
    let committed = holder.watches.committed.clone();
    let position = committed.borrow().seq;
    let gathers = alerts.alerts.iter().map(|alert| (alert.clone(), Gather::new(alert.pace))).collect();
    let reader = holder.readers.open().map_err(|error| tracing::error!(%error, "no alert rings by the terminal"));
    let (reader, warned) = (reader.ok(), BTreeMap::new());
    let mut ringer = TerminalRinger { gathers, reader, warned, position, committed, told, events };
    tokio::spawn(async move { stop.run_until_cancelled(ringer.run()).await });
}

impl TerminalRinger {
    async fn run(&mut self) -> Option<()> {
        loop {
            let now = clock::now();
            let due_at = self.gathers.iter_mut().filter_map(|(_, gather)| gather.due_at(now)).min();
            let quiet = self.gathers.iter().filter_map(|(alert, _)| alert.pace.quiet);
            let due_at = due_at.into_iter().chain(quiet.map(|quiet| ComingQuiet::next_at(&quiet, now))).min();
            let pause = due_at.map(|due_at| (due_at - now).to_std().unwrap_or_default().min(LONGEST_SLEEP));
            tokio::select! {
                changed = self.committed.changed() => changed.ok()?,
                changed = self.told.changed() => {
                    changed.ok()?;
                    self.tell_trouble().await?;
                }
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
            tokio::task::block_in_place(|| self.look());
            self.ring().await?;
            self.warn().await?;
        }
    }

    /// Gathers the new messages.
    fn look(&mut self) {
        let (to, now) = (self.committed.borrow_and_update().seq, clock::now());
        let Some(reader) = &mut self.reader else { return };
        while self.position < to {
            reader.refresh();
            let Ok(Some(last)) = reader.end_of_batch(self.position, BATCH) else { return };
            for (alert, gather) in &mut self.gathers {
                let Some(query) = alert.query.as_ref() else { continue };
                let found = find(reader, query, self.position, last);
                for record in found.into_iter().filter(|record| !record.sender.is_muted) {
                    gather.take(told(&record, record.sender.called()), record.received_at, now);
                }
            }
            self.position = last;
        }
    }

    /// Sends the notifications that are due; `None` when the receiver is gone.
    async fn ring(&mut self) -> Option<()> {
        let now = clock::now();
        for (alert, gather) in &mut self.gathers {
            let pace = gather.pace;
            let Some(count) = gather.ring(now).map(|mut gathered| gathered.count(&pace, now)) else { continue };
            let (n, newest) = (count.n_new + count.n_away + count.n_quiet, count.latest.as_ref().map(|told| told.seq));
            let rung = rung(alert, Occasion::Messages(count));
            self.events.send(Event::Rang(Rung { n, newest, ..rung })).await.ok()?;
        }
        Some(())
    }

    /// Warns once before quiet hours of the windows that close in them; `None` when the receiver is gone.
    async fn warn(&mut self) -> Option<()> {
        let now = clock::now();
        let Some(reader) = &mut self.reader else { return Some(()) };
        for (alert, gather) in &self.gathers {
            let coming = gather.pace.quiet.and_then(|quiet| Some((quiet, ComingQuiet::of(&quiet, now)?)));
            let (Some((quiet, coming)), Some(query)) = (coming, alert.query.as_ref()) else { continue };
            if self.warned.insert(alert.name.clone(), coming.number()) == Some(coming.number()) {
                continue;
            }
            let n = tokio::task::block_in_place(|| coming.n_closing(reader, query, now));
            let n = n.unwrap_or_else(|error| {
                tracing::error!(%error, "an alert could not look for what closes");
                0
            });
            if n > 0 {
                let closing = Occasion::Closing { n, until: quiet.local_time(coming.end) };
                // The notification concerns no message that could be on the screen.
                self.events.send(Event::Rang(Rung { n, newest: Some(0), ..rung(alert, closing) })).await.ok()?;
            }
        }
        Some(())
    }

    /// Notifies of troubles of weibox itself; `None` when the receiver is gone.
    async fn tell_trouble(&mut self) -> Option<()> {
        let Some(reason) = self.told.borrow_and_update().clone() else { return Some(()) };
        for (alert, _) in self.gathers.iter().filter(|(alert, _)| alert.has_trouble) {
            let rung = rung(alert, Occasion::Trouble(reason.clone()));
            self.events.send(Event::Rang(rung)).await.ok()?;
        }
        Some(())
    }
}

/// Returns the messages with what is known of their senders. If that cannot be read, no sender counts as
/// muted.
fn find(reader: &Reader, query: &Query, after: Seq, last: Seq) -> Vec<Record> {
    let mut found = reader.find_between(query, after, last, clock::now()).unwrap_or_else(|error| {
        tracing::error!(%error, "an alert could not look for its messages");
        Vec::new()
    });
    if let Err(error) = reader.fill(&mut found) {
        tracing::error!(%error, "an alert cannot tell who is muted");
    }
    found
}

fn rung(alert: &Alert, occasion: Occasion) -> Rung {
    let notice = Notice { id: String::new(), alert: alert.name.clone(), occasion };
    let words = [Language::English, Language::Chinese].map(|language| notice.words(alert.show, language));
    Rung { title: notice.title(), words, n: 1, newest: None }
}
