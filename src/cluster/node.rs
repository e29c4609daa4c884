//! Runs a node: it connects, opens the stream, follows it and publishes. Each step that breaks off begins
//! again.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Node;
use super::board::TroubleKind;
use super::follower::StreamFollower;
use super::gaps::GapSearch;
use super::kept;
use super::link::{StreamLink, connect};
use super::presence::Presence;
use super::stream::{self, REPLICAS};
use super::teller::Teller;
use crate::reason::{Fault, cluster};
use crate::record::cluster::ClusterStanding;

/// Pause after a step broke off.
const PAUSE: Duration = Duration::from_millis(250);
/// A fault that ends within this time is not reported.
const MOMENT: Duration = Duration::from_secs(2);
/// A stream that this archive has followed is created again when it has been missing for this long.
const GONE: Duration = Duration::from_secs(5);

impl Node {
    /// Runs the node until `stop`.
    pub(super) async fn run(self: &Arc<Self>, stop: &CancellationToken) {
        let instance = RandomState::new().hash_one(&self.settings.node);
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.work(instance) => {}
        }
        self.link.send_replace(None);
    }

    async fn work(self: &Arc<Self>, instance: u64) {
        let link = loop {
            match connect(&self.settings).await {
                Ok(link) => break link.impatient(),
                Err(error) => self.say(TroubleKind::Link, Some(&error)),
            }
            self.board.stand(ClusterStanding::Alone);
            self.count_untold().await;
            sleep(PAUSE).await;
        };
        self.say(TroubleKind::Link, None);
        let (limit, max_payload) = (self.settings.body_limit, link.client.max_payload());
        let too_high = (limit > max_payload).then(|| cluster::BODY_LIMIT_HIGH.with(limit).with(max_payload));
        self.board.trouble(
            TroubleKind::BodyLimit,
            too_high.map(|reason| reason.with_hint(Some(cluster::BODY_LIMIT_HINT.into()))),
        );
        let presence = Presence { node: Arc::clone(self), instance, link: link.clone() };
        let gaps = GapSearch { node: Arc::clone(self), instance, link: link.clone() };
        let stop = CancellationToken::new();
        // The future is boxed because it is large.
        let searched = crate::worker::keep_running("the search for gaps", &stop, || Box::pin(gaps.clone().run()));
        let present = crate::worker::keep_running("the presence of this node", &stop, || presence.clone().run());
        let hear = || kept::hear(Arc::clone(self), link.clone());
        let heard = crate::worker::keep_running("what others keep", &stop, hear);
        tokio::join!(present, searched, heard, Box::pin(self.follow_for_ever(&link)));
    }

    async fn follow_for_ever(self: &Arc<Self>, link: &StreamLink) {
        let (mut gone_since, mut workers): (_, Option<(StreamFollower, Teller)>) = (None, None);
        loop {
            let opening = self.open(link, &mut gone_since);
            let opened = match &workers {
                Some((follower, _)) => follower.meanwhile(opening).await,
                None => opening.await,
            };
            let error = match opened {
                Ok(stream) => {
                    gone_since = None;
                    self.say(TroubleKind::Stream, None);
                    self.link.send_replace(Some(link.clone()));
                    self.follow(link, stream, &mut workers).await
                }
                Err(error) => error,
            };
            if error.is(cluster::FOLLOWING_BROKE_OFF) {
                // The servers have elected another leader; following begins again at once.
                tracing::info!(%error, "the stream is followed anew");
            } else {
                self.say(TroubleKind::Stream, Some(&error));
                self.board.stand(ClusterStanding::Alone);
                self.count_untold().await;
                if let Some(workers) = &mut workers {
                    Self::do_without(workers).await;
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Announces and reads what is possible without a leader of the stream.
    async fn do_without((follower, teller): &mut (StreamFollower, Teller)) {
        if let Err(error) = teller.announce().await {
            tracing::error!(%error, "the other nodes cannot be told what is kept here");
        }
        follower.catch_up().await;
    }

    /// Opens the stream. One that was there before and is gone is created again.
    async fn open(
        &self,
        link: &StreamLink,
        gone_since: &mut Option<Instant>,
    ) -> Result<async_nats::jetstream::stream::Stream, Fault> {
        let error = match stream::open(link, &self.settings).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        if !error.is(cluster::STREAM_MISSING) {
            *gone_since = None;
            return Err(error);
        }
        let since = *gone_since.get_or_insert_with(Instant::now);
        let was_there = self.archive.read(|reader| reader.stream_position()).await?.is_some();
        if !was_there || since.elapsed() < GONE {
            return Err(error);
        }
        tracing::error!(stream = self.settings.stream, "the stream is gone, and is made again from the archives");
        match stream::make(link, &self.settings, REPLICAS).await {
            // A single server keeps only one copy.
            Err(fault) if fault.is(cluster::FEW_REPLICAS) && is_alone(link) => {
                stream::make(link, &self.settings, 1).await
            }
            made => made,
        }
    }

    /// Follows the stream and publishes until one of them breaks off; returns the reason.
    async fn follow(
        self: &Arc<Self>,
        link: &StreamLink,
        stream: async_nats::jetstream::stream::Stream,
        workers: &mut Option<(StreamFollower, Teller)>,
    ) -> Fault {
        let follower = StreamFollower { node: Arc::clone(self), stream, streams: link.streams.clone() };
        let teller = workers.take().map_or_else(|| Teller::new(self, link), |(_, teller)| teller);
        if self.board.standing() == ClusterStanding::Joining {
            self.board.stand(ClusterStanding::Alone);
        }
        let (follower, teller) = workers.insert((follower, teller));
        if let Err(error) = follower.meanwhile(follower.recognise()).await {
            return error;
        }
        tokio::select! {
            error = follower.run() => error,
            error = self.doubt(link) => error,
            () = teller.run() => cluster::FOLLOWING_BROKE_OFF.with("the teller ended").into(),
        }
    }

    /// Returns the reason why the stream takes nothing, if that lasts longer than a moment. A server may go on
    /// sending its events while there is no leader.
    async fn doubt(&self, link: &StreamLink) -> Fault {
        loop {
            self.board.fails().await;
            sleep(MOMENT).await;
            if self.board.standing() == ClusterStanding::Alone
                && let Err(error) = stream::open(link, &self.settings).await
            {
                return error;
            }
        }
    }

    /// Records how much this node still has to publish, while the stream takes nothing.
    async fn count_untold(&self) {
        if let Ok(n_untold) = self.archive.read(|reader| reader.n_untold()).await {
            self.board.change(|status| status.untold = n_untold);
        }
    }

    fn say(&self, kind: TroubleKind, error: Option<&Fault>) {
        self.board.trouble(kind, error.map(|error| error.reason().with_hint(error.hint())));
    }
}

/// Returns whether the server belongs to no cluster of servers.
fn is_alone(link: &StreamLink) -> bool {
    link.client.server_info().cluster.is_none()
}
