//! What is wrong for a while, told once when it begins and once when it ends: in the log, in the lock file, where
//! `weibox doctor` reads it, and through a channel to stderr or the screen. What became of a damaged archive, and
//! that something broke off, is told the same way.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::archive::{Damage, Lock, Salvaged};
use crate::reason::{Reason, alarms, archive, files};
use crate::record::traffic::{Traffic, Trouble};

/// How often it is looked at what is wrong.
const LOOK: Duration = Duration::from_millis(500);
/// How long nothing must be wrong for an alarm to be over, and how long another thing must be wrong to be told. A disk that is nearly
/// full takes one message and refuses the next.
const CALM: Duration = Duration::from_secs(3);

/// Where it is seen that something is wrong.
pub(super) struct Signs {
    /// Whether callbacks are kept.
    pub(super) traffic: watch::Receiver<Traffic>,
    /// Why nothing is removed by age.
    pub(super) clock: watch::Receiver<Option<Reason>>,
    /// What becomes of a damaged archive.
    pub(super) damage: watch::Receiver<Option<Damage>>,
    /// Why Weibo cannot reach the listener.
    pub(super) way_in: watch::Receiver<Option<Reason>>,
    /// Counts panics that weibox goes on after.
    pub(super) panics: watch::Receiver<u64>,
    pub(super) data_dir: PathBuf,
}

impl Signs {
    /// Resolves when something has happened, and leaves it to be seen.
    async fn something(&mut self) {
        tokio::select! {
            Ok(()) = self.damage.changed() => self.damage.mark_changed(),
            Ok(()) = self.panics.changed() => self.panics.mark_changed(),
            Ok(()) = self.traffic.changed() => {}
            Ok(()) = self.clock.changed() => {}
            Ok(()) = self.way_in.changed() => {}
            else => std::future::pending().await,
        }
    }
}

/// Something that may be wrong.
struct Alarm {
    /// What was told; `None` while all is well.
    told: Option<Reason>,
    /// When it was last seen as it was told.
    seen_at: Instant,
    over: Reason,
}

impl Alarm {
    fn new(over: impl Into<Reason>) -> Self {
        Self { told: None, seen_at: Instant::now(), over: over.into() }
    }

    /// What there is to tell of it now.
    fn look(&mut self, found: Option<Reason>) -> Option<Reason> {
        if found == self.told {
            self.seen_at = Instant::now();
            return None;
        }
        if self.told.is_some() && self.seen_at.elapsed() < CALM {
            return None;
        }
        self.seen_at = Instant::now();
        self.told.clone_from(&found);
        let Some(reason) = found else {
            tracing::info!("{}", self.over);
            return Some(self.over.clone());
        };
        tracing::error!("{reason}");
        Some(reason)
    }
}

/// Looks until `stop`; what there is to tell comes through the receiver.
pub(super) fn start(signs: Signs, stop: CancellationToken) -> watch::Receiver<Option<Reason>> {
    let (told_tx, told_rx) = watch::channel(None);
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = keep_telling(signs, &told_tx) => {}
        }
    });
    told_rx
}

async fn keep_telling(mut signs: Signs, told: &watch::Sender<Option<Reason>>) {
    let mut alarms = [alarms::KEPT_AGAIN, alarms::CLOCK_CONFIRMED, alarms::WAY_IN_OPEN].map(Alarm::new);
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // While all is well there is nothing to look at before something happens.
        if alarms.iter().all(|alarm| alarm.told.is_none()) {
            signs.something().await;
        }
        tokio::select! {
            Ok(()) = signs.damage.changed() => {
                let damage = signs.damage.borrow_and_update().as_ref().map(damage);
                told.send_replace(damage);
                continue;
            }
            Ok(()) = signs.panics.changed() => {
                told.send_replace(Some(files::FAULT.into()));
                continue;
            }
            _ = looks.tick() => {}
        }
        let trouble = signs.traffic.borrow().trouble.map(Trouble::reason);
        let found = [trouble, signs.clock.borrow().clone(), signs.way_in.borrow().clone()];
        let news: Vec<Reason> = alarms.iter_mut().zip(found).filter_map(|(alarm, found)| alarm.look(found)).collect();
        if !news.is_empty() {
            let wrong: Vec<Reason> = alarms.iter().filter_map(|alarm| alarm.told.clone()).collect();
            if let Err(error) = Lock::announce(&signs.data_dir, &wrong) {
                tracing::warn!(%error, "the lock file could not be written");
            }
        }
        for reason in news {
            told.send_replace(Some(reason));
            // Whoever tells takes one at a time.
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// What became of a damaged archive.
pub(super) fn damage(damage: &Damage) -> Reason {
    match damage {
        Damage::Found => archive::SALVAGING.into(),
        Damage::Saved(Salvaged { aside, messages, media, broken, pages, known: _ }) => {
            let saved = archive::SALVAGED.with(*messages).with(*media);
            saved.with(*broken).with(*pages).with(aside.display())
        }
        Damage::LogRemoved => archive::LOG_REMOVED.into(),
        Damage::Left(cause) => archive::NOT_SALVAGED.with(cause.clone()),
    }
}
