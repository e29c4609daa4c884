//! Reports of troubles that last a while, once when one begins and once when it ends: in the log, in the lock
//! file, where `weibox doctor` reads them, and through a channel to stderr or the screen. What happened to a
//! damaged archive, and internal faults, are reported the same way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::archive::{self as archive_room, Archive, Damage, Lock, Salvaged};
use crate::attach::Watches;
use crate::config::Config;
use crate::notify::silence::SilenceWatch;
use crate::reason::{Reason, alarms, alerts, archive, files};
use crate::record::media::{Board, Queue};
use crate::record::target::{SilentChannel, TargetState, TargetStatus};
use crate::record::traffic::Trouble;

use super::clock;

/// The interval between two looks for troubles.
const LOOK: Duration = Duration::from_millis(500);
/// How long nothing must be wrong for an alarm to end, and how long a different trouble must last to be
/// reported. A disk that is nearly full takes one message and refuses the next.
const CALM: Duration = Duration::from_secs(3);
/// The longest sleep before the clock is read again, because it may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// The sources of troubles.
pub(super) struct Signs {
    /// What dashboards see: callbacks, access tokens, bots and channels.
    pub(super) watches: Watches,
    /// Why nothing is removed by age.
    pub(super) clock: watch::Receiver<Option<Reason>>,
    /// What happens to a damaged archive.
    pub(super) damage: watch::Receiver<Option<Damage>>,
    /// Why Weibo cannot reach the listener.
    pub(super) way_in: watch::Receiver<Option<Reason>>,
    /// Whether callbacks are missing, if that is to be reported.
    pub(super) calls: Option<SilenceWatch>,
    /// The number of panics that weibox recovered from.
    pub(super) panics: watch::Receiver<u64>,
    pub(super) data_dir: PathBuf,
    pub(super) now: fn() -> DateTime<Utc>,
}

/// A kind of trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sign {
    /// Messages are not stored.
    Keeping,
    /// Nothing is removed by age.
    Clock,
    /// Weibo cannot reach the listener.
    WayIn,
    /// No callback comes.
    Calls,
    /// Weibo refuses the access token of an account.
    Token(String),
    /// A bot does not work.
    Target(String),
    /// The alert does not reach the channel.
    Channel(String, String),
}

impl Sign {
    /// Returns what to report when the trouble ends.
    fn over(&self) -> Reason {
        match self {
            Self::Keeping => alarms::KEPT_AGAIN.into(),
            Self::Clock => alarms::CLOCK_CONFIRMED.into(),
            Self::WayIn => alarms::WAY_IN_OPEN.into(),
            Self::Calls => alarms::CALLS_AGAIN.into(),
            Self::Token(_) => alarms::TOKEN_NEW.into(),
            Self::Target(name) => alarms::TARGET_WORKS.with(name),
            Self::Channel(alert, channel) => alerts::CHANNEL_WORKS.with(alert).with(channel),
        }
    }

    /// Returns whether to write it to the lock file. The state of tokens and bots can be queried elsewhere.
    const fn is_announced(&self) -> bool {
        !matches!(self, Self::Token(_) | Self::Target(_))
    }
}

impl Signs {
    /// Collects the sources: what dashboards see, and what only this process knows.
    pub(super) fn new(
        config: &Config,
        archive: &Archive,
        watches: &Watches,
        clock: watch::Receiver<Option<Reason>>,
        way_in: watch::Receiver<Option<Reason>>,
        panics: watch::Receiver<u64>,
    ) -> Self {
        let calls = config.watch_silence.value.map(|expected| SilenceWatch::new(expected, clock::now()));
        let (damage, data_dir) = (archive.damage(), config.data_dir.value.clone());
        Self { watches: watches.clone(), clock, damage, way_in, calls, panics, data_dir, now: clock::now }
    }

    /// Resolves when something has happened. Damage and panics stay news.
    async fn something(&mut self) {
        let now = (self.now)();
        let due_in = self.calls.as_ref().map(|calls| (calls.due_at(now) - now).to_std().unwrap_or_default());
        let due_in = due_in.map(|due_in| due_in.min(LONGEST_SLEEP));
        tokio::select! {
            Ok(()) = self.damage.changed() => self.damage.mark_changed(),
            Ok(()) = self.panics.changed() => self.panics.mark_changed(),
            Ok(()) = self.clock.changed() => {}
            Ok(()) = self.way_in.changed() => {}
            () = self.watches.changed() => drop(self.watches.take()),
            () = tokio::time::sleep(due_in.unwrap_or_default()), if due_in.is_some() => {}
        }
    }

    fn found(&mut self) -> Vec<(Sign, Reason)> {
        let traffic = self.watches.traffic.borrow();
        let trouble = traffic.trouble.map(Trouble::reason);
        let now = (self.now)();
        let missed = self.calls.as_mut().and_then(|calls| {
            let is_missed = calls.look(traffic.last_call_at, now);
            is_missed.then(|| alarms::CALLS_MISSED.with(calls.within().num_minutes()))
        });
        drop(traffic);
        let (clock, way_in) = (self.clock.borrow().clone(), self.way_in.borrow().clone());
        let always = [(Sign::Keeping, trouble), (Sign::Clock, clock), (Sign::WayIn, way_in), (Sign::Calls, missed)];
        let mut found: Vec<_> = always.into_iter().filter_map(|(sign, reason)| Some((sign, reason?))).collect();
        found.extend(tokens(&self.watches.board.borrow()));
        found.extend(self.watches.targets.borrow().iter().filter_map(target));
        found.extend(self.watches.channels.borrow().iter().map(channel));
        found
    }

    /// Returns whether the user ended the trouble by pausing its target; its end is not reported then.
    fn is_paused(&self, sign: &Sign) -> bool {
        let Sign::Target(name) = sign else { return false };
        let targets = self.watches.targets.borrow();
        targets.iter().any(|target| target.name == *name && matches!(target.state, TargetState::Paused(_)))
    }
}

/// Returns the access tokens that Weibo refuses.
fn tokens(board: &Board) -> Vec<(Sign, Reason)> {
    let refused = |queue: &Queue| if let Queue::TokenRefused(reason) = queue { Some(reason.clone()) } else { None };
    if board.by_account.is_empty() {
        let of_one = refused(&board.queue).map(|reason| (Sign::Token(String::new()), alarms::TOKEN_DEAD.with(reason)));
        return of_one.into_iter().collect();
    }
    let of_account = |(name, queue): &(String, Queue)| {
        Some((Sign::Token(name.clone()), alarms::TOKEN_DEAD_OF.with(name).with(refused(queue)?)))
    };
    board.by_account.iter().filter_map(of_account).collect()
}

/// Returns the trouble of a bot, without the number of waiting messages, which changes with each message.
fn target(target: &TargetStatus) -> Option<(Sign, Reason)> {
    let reason = match target.state {
        TargetState::Down(_) => alarms::TARGET_FAILS.with(&target.name),
        TargetState::Gone(_) => alarms::TARGET_ENDED.with(&target.name),
        TargetState::Working | TargetState::Paused(_) => return None,
    };
    Some((Sign::Target(target.name.clone()), reason))
}

fn channel(silent: &SilentChannel) -> (Sign, Reason) {
    let SilentChannel { alert, channel, since, reason } = silent;
    let since = since.with_timezone(&Local).format("%Y-%m-%d %H:%M %:z").to_string();
    let reason = alerts::CHANNEL_SILENT.with(alert).with(channel).with(since).with(reason.clone());
    (Sign::Channel(alert.clone(), channel.clone()), reason)
}

/// A trouble that is being watched.
struct Alarm {
    sign: Sign,
    /// What was reported; `None` while nothing is wrong.
    told: Option<Reason>,
    /// When the trouble was last seen as reported.
    seen_at: Instant,
}

impl Alarm {
    /// Returns what to report now. A trouble that only changes its values, such as the answer of a channel, is no
    /// news.
    fn look(&mut self, found: Option<Reason>, now: Instant) -> Option<Reason> {
        let code = |reason: &Option<Reason>| reason.as_ref().map(|reason| reason.code);
        if code(&found) == code(&self.told) {
            (self.told, self.seen_at) = (found, now);
            return None;
        }
        if self.told.is_some() && now.saturating_duration_since(self.seen_at) < CALM {
            return None;
        }
        self.seen_at = now;
        self.told.clone_from(&found);
        let Some(reason) = found else {
            let over = self.sign.over();
            tracing::info!("{over}");
            return Some(over);
        };
        tracing::error!("{reason}");
        Some(reason)
    }
}

/// The troubles that are being watched.
#[derive(Default)]
struct Alarms(Vec<Alarm>);

impl Alarms {
    /// Returns what to report about the current troubles; nothing about the end of a trouble whose target the
    /// user paused.
    fn look(&mut self, found: &[(Sign, Reason)], is_paused: impl Fn(&Sign) -> bool, now: Instant) -> Vec<Reason> {
        self.0.retain(|alarm| !is_paused(&alarm.sign));
        for (sign, _) in found {
            if self.0.iter().all(|alarm| alarm.sign != *sign) {
                self.0.push(Alarm { sign: sign.clone(), told: None, seen_at: now });
            }
        }
        let of = |alarm: &Alarm| found.iter().find(|(sign, _)| *sign == alarm.sign).map(|(_, reason)| reason.clone());
        let news = self.0.iter_mut().filter_map(|alarm| alarm.look(of(alarm), now)).collect();
        self.0.retain(|alarm| alarm.told.is_some());
        news
    }

    /// Returns the troubles for the lock file.
    fn announced(&self) -> Vec<Reason> {
        let announced = self.0.iter().filter(|alarm| alarm.sign.is_announced());
        announced.filter_map(|alarm| alarm.told.clone()).collect()
    }
}

/// Watches until `stop`, and reports through `told`.
pub(super) fn start(signs: Signs, told: watch::Sender<Option<Reason>>, stop: CancellationToken) {
    tokio::spawn(async move { stop.run_until_cancelled(keep_telling(signs, &told)).await });
}

async fn keep_telling(mut signs: Signs, told: &watch::Sender<Option<Reason>>) {
    let (mut alarms, mut announced) = (Alarms::default(), Vec::new());
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // While nothing is wrong, wait until something happens.
        if alarms.0.is_empty() {
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
        let found = signs.found();
        let news = alarms.look(&found, |sign| signs.is_paused(sign), Instant::now());
        let wrong = alarms.announced();
        if wrong != announced {
            if let Err(error) = Lock::announce(&signs.data_dir, &wrong) {
                tracing::warn!(%error, "the lock file could not be written");
            }
            announced = wrong;
        }
        for reason in news {
            told.send_replace(Some(reason));
            // The receiver holds only the latest report.
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Describes what happened to a damaged archive.
pub(super) fn damage(damage: &Damage) -> Reason {
    match damage {
        Damage::Found => archive::SALVAGING.into(),
        Damage::Saved(Salvaged { aside, messages, media, lost, pages, known: _ }) => {
            let saved = archive::SALVAGED.with(*messages).with(*media);
            saved.with(*lost).with(*pages).with(aside.display())
        }
        Damage::LogRemoved => archive::LOG_REMOVED.into(),
        Damage::Moved => archive::FILE_MOVED.into(),
        Damage::NotKept(cause) => archive::NOT_KEPT.with(cause.clone()),
        Damage::FileRemoved => archive::FILE_REMOVED.into(),
        Damage::Replaced => archive::FILE_REPLACED.into(),
        Damage::Added(Salvaged { messages, .. }) => archive::REPLACED_ADDED.with(*messages),
        Damage::NotAdded(cause) => archive::NOT_ADDED.with(cause.clone()),
        Damage::Left(cause) => archive::NOT_SALVAGED.with(cause.clone()),
        Damage::Unopened(cause) => archive::SALVAGED_UNOPENED.with(cause.clone()),
    }
}

/// Returns what is wrong with the archive for as long as it lasts: damage that is not mended, an archive that the last
/// start could not add, and messages that were lost with damaged archives, until the user moves those away.
pub(super) fn standing(damage: Option<&Damage>, data_dir: &Path) -> Vec<Reason> {
    use Damage::{Found, Left, Moved, NotKept, Replaced, Unopened};
    let lasts = |of: &&Damage| matches!(of, Found | Left(_) | Unopened(_) | Moved | NotKept(_) | Replaced);
    // Otherwise it is there for the next start.
    let is_old = !matches!(damage, Some(Moved | Replaced));
    let replaced = is_old.then(|| archive_room::replaced_in(data_dir)).into_iter().flatten();
    let not_added = replaced.map(|replaced| archive::STILL_NOT_ADDED.with(replaced.display()));
    let asides = archive_room::put_aside_before(data_dir).into_iter();
    let lost = asides.filter_map(|aside| lost(&aside));
    damage.filter(lasts).map(self::damage).into_iter().chain(not_added).chain(lost).collect()
}

/// Returns how many messages were lost with a damaged archive that was put aside; `None` if none was.
pub(super) fn lost(aside: &Path) -> Option<Reason> {
    let lost = archive_room::lost_in(aside);
    (lost > 0).then(|| archive::MESSAGES_LOST.with(lost).with(aside.display()))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::archive::Committed;
    use crate::notify::silence::ExpectedCalls;
    use crate::record::traffic::Traffic;

    const BEGAN_AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

    /// The senders of a test's signs.
    struct Makers {
        traffic: watch::Sender<Traffic>,
        board: watch::Sender<Board>,
        targets: watch::Sender<Vec<TargetStatus>>,
        channels: watch::Sender<Vec<SilentChannel>>,
    }

    fn signs() -> (Makers, Signs) {
        let (traffic_tx, traffic) = watch::channel(Traffic::default());
        let (board_tx, board) = watch::channel(Board::default());
        let (targets_tx, targets) = watch::channel(Vec::new());
        let (channels_tx, channels) = watch::channel(Vec::new());
        let (committed, claims) = (watch::channel(Committed::default()).1, watch::channel(Vec::new()).1);
        let (cluster, is_signed, told) = (watch::channel(None).1, watch::channel(true).1, watch::channel(None).1);
        let watches = Watches { committed, traffic, board, targets, channels, claims, cluster, is_signed, told };
        let (clock, way_in) = (watch::channel(None).1, watch::channel(None).1);
        let calls = ExpectedCalls::parse("10m").map(|expected| SilenceWatch::new(expected, BEGAN_AT));
        let (damage, panics) = (watch::channel(None).1, watch::channel(0).1);
        let now = || BEGAN_AT + TimeDelta::minutes(9);
        let data_dir = PathBuf::new();
        let signs = Signs { watches, clock, damage, way_in, calls, panics, data_dir, now };
        (Makers { traffic: traffic_tx, board: board_tx, targets: targets_tx, channels: channels_tx }, signs)
    }

    fn bot(state: TargetState, lag: u64) -> Vec<TargetStatus> {
        vec![TargetStatus { name: "shop".to_owned(), state, lag, ..TargetStatus::default() }]
    }

    #[test]
    fn what_is_wrong_is_told_once_when_it_begins_and_once_when_it_ends() {
        let (makers, mut signs) = signs();
        let (mut alarms, began_at) = (Alarms::default(), Instant::now());
        let mut seconds = 0;
        let mut told = |signs: &mut Signs, passed: u64| {
            seconds += passed;
            let now = began_at + Duration::from_secs(seconds);
            let found = signs.found();
            let news = alarms.look(&found, |sign| signs.is_paused(sign), now);
            news.iter().map(|reason| reason.code.name()).collect::<Vec<_>>()
        };
        assert_eq!(told(&mut signs, 0), Vec::<&str>::new());
        makers.board.send_modify(|board| board.queue = Queue::TokenRefused(Reason::other("expired")));
        assert_eq!(told(&mut signs, 1), ["TOKEN_DEAD"]);
        makers.targets.send_replace(bot(TargetState::Down(BEGAN_AT), 1));
        assert_eq!(told(&mut signs, 1), ["TARGET_FAILS"]);
        for lag in 2..20 {
            makers.targets.send_replace(bot(TargetState::Down(BEGAN_AT), lag));
            assert_eq!(told(&mut signs, 4), Vec::<&str>::new(), "that more wait is no news");
        }
        makers.board.send_modify(|board| board.queue = Queue::Open);
        assert_eq!(told(&mut signs, 1), Vec::<&str>::new(), "it may be wrong again in a moment");
        assert_eq!(told(&mut signs, 3), ["TOKEN_NEW"]);
        makers.targets.send_replace(bot(TargetState::Working, 0));
        assert_eq!(told(&mut signs, 4), ["TARGET_WORKS"]);
        // Only the first answer of a channel is told.
        for (status, expected) in [(500_u16, &["CHANNEL_SILENT"][..]), (502, &[])] {
            let (alert, channel, since) = ("refunds".to_owned(), "team".to_owned(), BEGAN_AT);
            let reason = crate::reason::forward::TARGET_REFUSED.with(status);
            makers.channels.send_replace(vec![SilentChannel { alert, channel, since, reason }]);
            assert_eq!(told(&mut signs, 4), expected);
        }
        makers.channels.send_replace(Vec::new());
        assert_eq!(told(&mut signs, 4), ["CHANNEL_WORKS"]);
        // A trouble that the user ends with a pause is not reported as over.
        for (state, expected) in [
            (TargetState::Gone(BEGAN_AT), &["TARGET_ENDED"][..]),
            (TargetState::Paused(BEGAN_AT), &[]),
            (TargetState::Working, &[]),
        ] {
            makers.targets.send_replace(bot(state, 1));
            assert_eq!(told(&mut signs, 9), expected);
        }
        signs.now = || BEGAN_AT + TimeDelta::minutes(10);
        assert_eq!(told(&mut signs, 9), ["CALLS_MISSED"]);
        makers.traffic.send_modify(|traffic| traffic.last_call_at = Some(BEGAN_AT + TimeDelta::minutes(10)));
        assert_eq!(told(&mut signs, 9), ["CALLS_AGAIN"]);
        assert_eq!(told(&mut signs, 9), Vec::<&str>::new());
    }

    #[test]
    fn of_several_accounts_each_has_its_own_token() {
        let (makers, mut signs) = signs();
        let refused = || Queue::TokenRefused(Reason::other("expired"));
        makers.board.send_modify(|board| {
            board.queue = refused();
            board.by_account = vec![("news".to_owned(), Queue::Open), ("shop".to_owned(), refused())];
        });
        let found = signs.found();
        assert_eq!(found.len(), 1);
        assert!(found[0].1.to_string().contains("access token of `shop`"), "{}", found[0].1);
    }
}
