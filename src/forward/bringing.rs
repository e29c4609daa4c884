//! Forwards messages to one target: reads them from the feed, sends them, and writes the results.
//!
//! Results are on disk a moment later, together with the bookmark: the last message up to which the target
//! has everything. So a kill costs only a repeat of the calls in flight.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::courier::Courier;
use super::orders::{Moving, TargetCommand};
use super::round::Round;
use crate::archive::Error;
use crate::feed::{self, Feed};

/// Works until `stop`, and then until the calls in flight have ended, which takes 2 s at most. When the user
/// moves the bookmark, starts again from there.
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

/// Works from the bookmark on. Returns the order to move the bookmark if one ended the round.
async fn go_round(
    courier: Arc<Courier>,
    commands: &mut mpsc::Receiver<TargetCommand>,
    stop: &CancellationToken,
) -> Result<Option<Moving>, Error> {
    let (name, query) = (courier.target.bookmark(), courier.target.query.clone());
    courier.archive.begin_bookmark(&name, courier.begin).await?;
    // The feed ends with the round.
    let over = stop.child_token();
    let feed = Feed::open(&courier.archive, Some(name), query, courier.now, over.clone()).await?;
    let mut round = Round::begin(courier, feed.position())?;
    let moving = round.go(feed::ahead(feed), commands, stop).await;
    over.cancel();
    round.end().await;
    moving
}
