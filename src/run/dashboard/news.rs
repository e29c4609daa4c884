//! News from the holder of the archive while the loop runs: says that there is some, and hands it over when asked.

use tokio::sync::watch;

use crate::attach::{Link, News, Watches};
use crate::dashboard::Event;
use crate::record::Seq;
use crate::run::holder::Holder;

/// Everything that may have news.
pub(super) struct DashboardNews {
    watches: Watches,
    link: Option<watch::Receiver<Link>>,
    /// The highest sequence number that was handed over.
    seq: Seq,
}

impl DashboardNews {
    pub(super) fn new(holder: &Holder) -> Self {
        let (watches, link) = (holder.watches.clone(), holder.link.clone());
        let seq = watches.committed.borrow().seq;
        Self { watches, link, seq }
    }

    /// Resolves when there is news, without taking it.
    pub(super) async fn came(&mut self) {
        let link = async {
            if let Some(link) = &mut self.link
                && link.changed().await.is_ok()
            {
                return link.mark_changed();
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.watches.changed() => {}
            () = link => {}
        }
    }

    /// Takes the news since the last call, with the number of new messages.
    pub(super) fn take(&mut self) -> (Vec<Event>, Seq) {
        let News { committed, traffic, board, targets, channels, claims, cluster, is_signed, told } =
            self.watches.take();
        let link = self.link.as_mut().filter(|link| link.has_changed().unwrap_or(false));
        let link = link.map(|link| match &*link.borrow_and_update() {
            Link::Up(_) => Event::Holder(None),
            Link::Down(reason) => Event::Holder(Some(reason.clone())),
        });
        let events = [
            link,
            traffic.map(Event::Traffic),
            committed.map(|_| Event::Committed),
            board.map(Event::Downloads),
            targets.map(Event::Targets),
            channels.map(Event::Channels),
            claims.map(Event::Claims),
            cluster.map(Event::Cluster),
            is_signed.map(Event::Signed),
            told.flatten().map(Event::Failed),
        ];
        let before = self.seq;
        self.seq = committed.map_or(before, |committed| committed.seq);
        (events.into_iter().flatten().collect(), self.seq.saturating_sub(before))
    }
}
