//! Brings one target its messages: takes them from the feed, sends them, and writes down what became of them.
//!
//! What a target has is on disk a moment later, together with its bookmark: the last message before which it has all. So a
//! kill costs a repeat of what was under way, and nothing else.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::courier::Courier;
use super::orders::{Moving, TargetCommand};
use super::round::Round;
use crate::archive::Error;
use crate::feed::{self, Feed};

/// Works until `stop`, and then until what is under way has ended, which takes 2 s at most. Where the bookmark is moved by
/// hand, it begins anew.
///
/// # Errors
///
/// When the archive cannot be read.
pub(super) async fn bring(courier: Arc<Courier>, stop: CancellationToken) -> Result<(), Error> {
    let mut commands = courier.commands.lock().await;
    while let Some(moving) = go_round(Arc::clone(&courier), &mut commands, &stop).await? {
        let (name, bookmark) = (&courier.target.name, (courier.target.bookmark(), moving.seq));
        let moved = courier.archive.move_target(name, bookmark, (courier.now)()).await;
        moving.done(moved.map_err(|error| error.reason()));
    }
    Ok(())
}

/// From the bookmark on; returns where it is to be moved, if it is.
async fn go_round(
    courier: Arc<Courier>,
    commands: &mut mpsc::Receiver<TargetCommand>,
    stop: &CancellationToken,
) -> Result<Option<Moving>, Error> {
    let (name, query) = (courier.target.bookmark(), courier.target.query.clone());
    courier.archive.begin_bookmark(&name, courier.begin).await?;
    // A round that ends takes its feed along.
    let over = stop.child_token();
    let feed = Feed::open(&courier.archive, Some(name), query, courier.now, over.clone()).await?;
    let mut round = Round::begin(courier, feed.position())?;
    let moving = round.go(feed::ahead(feed), commands, stop).await;
    over.cancel();
    round.end().await;
    moving
}
