//! Publishes to the stream what it has not confirmed, again and again until it comes back from the stream into
//! this archive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

use super::Node;
use super::board::TroubleKind;
use super::envelope::{Envelope, FORMAT, VERSION};
use super::event::{CopyLine, StreamEvent};
use super::kept;
use super::link::StreamLink;
use super::stream::{MARKS, subject};
use crate::archive::{Error, KeptReader, Reader, Untold, UntoldDeed};
use crate::reason::cluster;
use crate::record::Seq;
use crate::record::cluster::ClusterStanding;

/// Interval at which the archive is searched for what the stream does not have.
const LOOK: Duration = Duration::from_secs(1);
/// The minimum time between two searches when a change or a nudge comes before that.
const PACE: Duration = Duration::from_millis(100);
/// The maximum number of messages that are published at once, and their maximum size in bytes.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 8 << 20;
/// The maximum number of deeds that are read at once.
const DEEDS: usize = 256;
/// The maximum time that the stream may take to confirm an event.
const PATIENCE: Duration = Duration::from_secs(2);
/// A confirmed event comes back through the stream within a moment; if not, it is published again after this
/// time.
const AGAIN: Duration = Duration::from_secs(5);
/// Time after which an event that the stream already had is published again.
const DUPLICATE_AGAIN: Duration = Duration::from_millis(500);
/// Time after which messages are sent directly to the other nodes once more.
const ONCE_MORE: Duration = Duration::from_secs(3);

/// Publishes to the stream what it does not have.
pub(super) struct Teller {
    node: Arc<Node>,
    reader: KeptReader,
    link: StreamLink,
    /// Messages that the stream has confirmed but this archive has not read there yet, with the time at which
    /// each is published again.
    confirmed: BTreeMap<Seq, Instant>,
    /// Number of the last deed that the stream has confirmed, with the time at which deeds are published again.
    confirmed_deed: Option<(i64, Instant)>,
    /// Messages that are longer than the servers allow.
    too_long: BTreeSet<Seq>,
    /// Subject on which the other nodes hear of the messages that are kept here.
    kept: String,
    /// Progress of telling the other nodes.
    announced: KeptToldOf,
}

/// Progress of sending kept messages directly to the other nodes: the connection, the last message that was
/// sent once, the last that was sent twice, and the time at which those after it are sent again, for nodes that
/// were just reconnecting to another server.
#[derive(Default)]
struct KeptToldOf {
    connection: u64,
    once: Seq,
    twice: Seq,
    again_at: Option<Instant>,
}

/// Result of publishing an event.
enum Told {
    /// The stream has the event. `is_duplicate` if it already had it, perhaps from another node, which did not
    /// say that this one had it too.
    Confirmed {
        is_duplicate: bool,
    },
    TooLong,
    InVain,
}

impl Teller {
    /// Creates a teller that has published nothing yet.
    pub(super) fn new(node: &Arc<Node>, link: &StreamLink) -> Self {
        Self {
            node: Arc::clone(node),
            reader: KeptReader::new(&node.archive),
            link: link.clone(),
            confirmed: BTreeMap::new(),
            confirmed_deed: None,
            too_long: BTreeSet::new(),
            kept: kept::subject(&node.settings.stream),
            announced: KeptToldOf::default(),
        }
    }

    /// Publishes until it is dropped.
    pub(super) async fn run(&mut self) {
        let mut committed = self.node.archive.committed();
        loop {
            let began_at = Instant::now();
            if let Err(error) = self.round().await {
                tracing::error!(%error, "the stream cannot be told what is new");
            }
            let is_alone = self.node.board.standing() != ClusterStanding::Whole;
            tokio::select! {
                () = tokio::time::sleep(if is_alone { LOOK / 4 } else { LOOK }) => {}
                () = self.node.board.nudge.notified(), if !is_alone => {}
                // A deed must be on all nodes within a moment.
                Ok(()) = committed.changed(), if !is_alone => {}
            }
            committed.mark_unchanged();
            tokio::time::sleep(PACE.saturating_sub(began_at.elapsed())).await;
        }
    }

    /// Publishes everything that is due now.
    async fn round(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        self.confirmed.retain(|_, again_at| *again_at > now);
        // While the stream cannot be reached, everything is due: only its confirmation shows that it can be
        // again.
        let was_alone = self.node.board.standing() == ClusterStanding::Alone;
        let due = if was_alone { DateTime::<Utc>::MAX_UTC } else { (self.node.now)() };
        if was_alone {
            self.announce().await?;
        }
        let (mut after, mut is_told) = (0, true);
        while is_told {
            let untold = self.untold(after, due).await?;
            let Some(last) = untold.last() else { break };
            after = last.record.seq;
            is_told = self.tell(untold).await;
        }
        if !is_told || !self.tell_deeds().await? {
            self.node.board.stand(ClusterStanding::Alone);
        } else if was_alone {
            self.node.board.stand(ClusterStanding::Whole);
        }
        self.count().await
    }

    /// Records how much the stream does not have.
    async fn count(&self) -> Result<(), Error> {
        let n_untold = self.reader.read(|reader| reader.n_untold()).await?;
        self.node.board.change(|status| status.untold = n_untold);
        let limit = self.link.client.max_payload();
        let too_long =
            (!self.too_long.is_empty()).then(|| cluster::TOLD_TOO_LONG.with(self.too_long.len()).with(limit));
        self.node.board.trouble(TroubleKind::TooLong, too_long);
        Ok(())
    }

    /// Sends messages that the stream cannot take directly to the other nodes: once over each connection, and
    /// once more after [`ONCE_MORE`].
    pub(super) async fn announce(&mut self) -> Result<(), Error> {
        let connection = self.link.client.statistics().connects.load(Ordering::Relaxed);
        if self.announced.connection != connection {
            self.announced = KeptToldOf { connection, ..KeptToldOf::default() };
        }
        if self.announced.again_at.is_none_or(|again_at| again_at <= Instant::now()) {
            let KeptToldOf { once, twice, .. } = self.announced;
            (self.announced.once, self.announced.twice) = (twice, once);
            self.announced.again_at = Some(Instant::now() + ONCE_MORE);
        }
        while self.link.is_connected() {
            let after = self.announced.once;
            let kept = self.reader.read(move |reader| reader.untold(after, DateTime::<Utc>::MAX_UTC, BATCH)).await?;
            let Some(last) = kept.last() else { return Ok(()) };
            self.announced.once = last.record.seq;
            for untold in kept.iter().filter(|untold| !untold.is_there) {
                let Envelope { headers, body, .. } = Envelope::of_untold(untold);
                if let Err(error) = self.link.client.publish_with_headers(self.kept.clone(), headers, body).await {
                    tracing::debug!(%error, "the other nodes were not told what is kept here");
                }
            }
        }
        Ok(())
    }

    /// Returns the next messages after a seq that are due by `due` and were not published a moment ago.
    async fn untold(&self, mut after: Seq, due: DateTime<Utc>) -> Result<Vec<Untold>, Error> {
        loop {
            let found = self.reader.read(move |reader| reader.untold(after, due, BATCH)).await?;
            let Some(last) = found.last() else { return Ok(found) };
            after = last.record.seq;
            let is_wanted = |seq: &Seq| !self.confirmed.contains_key(seq) && !self.too_long.contains(seq);
            let wanted: Vec<_> = found.into_iter().filter(|untold| is_wanted(&untold.record.seq)).collect();
            if !wanted.is_empty() {
                return Ok(wanted);
            }
        }
    }

    /// Publishes messages, and returns whether the stream has confirmed all of them.
    async fn tell(&mut self, untold: Vec<Untold>) -> bool {
        let (lines, messages): (Vec<_>, Vec<_>) = untold.into_iter().partition(|untold| untold.is_there);
        let mut is_done = true;
        let mut rest = messages.as_slice();
        while !rest.is_empty() && is_done {
            let mut n_bytes = 0;
            let n = rest.iter().take_while(|untold| {
                n_bytes += untold.record.raw.len();
                n_bytes <= BATCH_BYTES
            });
            let (some, others) = rest.split_at(n.count().max(1));
            let telling = some.iter().map(|untold| async {
                let envelope = Envelope::of_untold(untold);
                (untold.record.seq, self.publish(envelope.subject.clone(), envelope.message()).await)
            });
            for (seq, told) in join_all(telling).await {
                is_done &= self.note(seq, &told);
            }
            rest = others;
        }
        let mut by_account: BTreeMap<&str, Vec<&Untold>> = BTreeMap::new();
        for line in &lines {
            by_account.entry(&line.record.account).or_default().push(line);
        }
        for (account, lines) in by_account {
            is_done &= self.tell_copies(account, &lines).await;
        }
        is_done
    }

    /// Publishes which nodes had messages, in as few events as the servers allow; returns whether the stream
    /// has confirmed all of them.
    async fn tell_copies(&mut self, account: &str, lines: &[&Untold]) -> bool {
        let (mut is_done, mut rest) = (true, vec![lines]);
        while let Some(lines) = rest.pop() {
            let event = StreamEvent::Copies(lines.iter().map(|untold| CopyLine::of(untold)).collect());
            let told = self.publish_event(account, &event, None).await;
            if matches!(told, Told::TooLong) && lines.len() > 1 {
                let (some, others) = lines.split_at(lines.len() / 2);
                rest.extend([others, some]);
                continue;
            }
            for line in lines {
                is_done &= self.note(line.record.seq, &told);
            }
        }
        is_done
    }

    /// Records the result of publishing a message; returns whether the message is done for now.
    fn note(&mut self, seq: Seq, told: &Told) -> bool {
        match told {
            Told::Confirmed { is_duplicate } => {
                self.node.board.count(|status| status.confirmed += 1);
                let soon = if *is_duplicate { DUPLICATE_AGAIN } else { AGAIN };
                self.confirmed.insert(seq, Instant::now() + soon);
            }
            Told::TooLong => {
                self.too_long.insert(seq);
            }
            Told::InVain => return false,
        }
        true
    }

    /// Publishes the deeds of this node in order, and returns whether the stream has confirmed all that it may
    /// have now.
    async fn tell_deeds(&mut self) -> Result<bool, Error> {
        let confirmed = self.confirmed_deed.filter(|(_, again_at)| *again_at > Instant::now());
        let mut after = confirmed.map_or(i64::MIN, |(number, _)| number);
        loop {
            let but_for = self.too_long.clone();
            let read = move |reader: &mut Reader| {
                let deeds = reader.untold_deeds(after, DEEDS)?;
                let first_unknown = if deeds.is_empty() { None } else { reader.first_unknown(&but_for)? };
                Ok((deeds, first_unknown))
            };
            let (deeds, first_unknown) = self.reader.read(read).await?;
            let n_deeds = deeds.len();
            for UntoldDeed { number, epoch, seq, account, deed } in deeds {
                // A node that applies a deed must have its messages.
                if seq.is_some_and(|seq| first_unknown.is_some_and(|first| first <= seq)) {
                    return Ok(true);
                }
                if let Some(deed) = deed {
                    let id = format!("{}:{epoch}:{number}", self.node.settings.node);
                    let event = StreamEvent::Done { node: self.node.settings.node.clone(), epoch, number, deed };
                    if matches!(self.publish_event(&account, &event, Some(id)).await, Told::InVain) {
                        return Ok(false);
                    }
                }
                after = number;
                self.confirmed_deed = Some((number, Instant::now() + AGAIN));
            }
            if n_deeds < DEEDS {
                return Ok(true);
            }
        }
    }

    async fn publish_event(&self, account: &str, event: &StreamEvent, id: Option<String>) -> Told {
        let mut headers = HeaderMap::new();
        headers.insert(FORMAT, VERSION);
        if let Some(id) = id {
            headers.insert(NATS_MESSAGE_ID, id);
        }
        let message = PublishMessage::build().headers(headers).payload(event.to_json().into());
        self.publish(subject(MARKS, account), message).await
    }

    async fn publish(&self, subject: String, message: PublishMessage) -> Told {
        let published = async { self.link.streams.send_publish(subject, message).await?.await };
        let is_alone = self.node.board.standing() == ClusterStanding::Alone;
        if is_alone && !self.link.is_connected() {
            return Told::InVain;
        }
        match timeout(if is_alone { PATIENCE / 4 } else { PATIENCE }, published).await {
            Ok(Ok(ack)) => {
                self.node.board.see(ack.sequence);
                Told::Confirmed { is_duplicate: ack.duplicate }
            }
            Ok(Err(error)) if error.kind() == PublishErrorKind::MaxPayloadExceeded => Told::TooLong,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the stream was told in vain");
                Told::InVain
            }
            Err(_elapsed) => Told::InVain,
        }
    }
}
