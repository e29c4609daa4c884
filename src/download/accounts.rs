//! Several accounts: each has its own queue, which waits, pauses and stops independently, and all share one
//! board.

use futures_util::future::select_all;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::reason::Code;
use crate::record::media::{Board, Queue};
use crate::worker;

/// Merges several boards into one until `stop`, or until none of them changes any more.
pub(super) async fn merge(
    boards: Vec<(String, watch::Receiver<Board>)>,
    merged: watch::Sender<Board>,
    stop: CancellationToken,
) {
    let merge = || stop.run_until_cancelled(merge_all(boards.clone(), &merged));
    worker::keep_running("the board of the downloads", &stop, merge).await;
}

async fn merge_all(mut boards: Vec<(String, watch::Receiver<Board>)>, merged: &watch::Sender<Board>) {
    loop {
        let changes = boards.iter_mut().map(|(_, board)| Box::pin(board.changed()));
        let (first, index, _) = select_all(changes).await;
        if first.is_err() {
            boards.remove(index);
        }
        if boards.is_empty() {
            return;
        }
        merged.send_replace(sum(boards.iter().map(|(name, board)| (name.as_str(), board.borrow().clone()))));
    }
}

/// Returns the sum of all boards. Of several stopped queues it reports the first, with the name of its
/// account.
pub(super) fn sum<'a>(boards: impl Iterator<Item = (&'a str, Board)>) -> Board {
    let mut all = Board::default();
    let mut standing = Queue::Open;
    for (name, board) in boards {
        let Board { queue, running, queued, done, failed, by_account: _ } = board;
        all.by_account.push((name.to_owned(), queue.clone()));
        all.running.extend(running);
        all.queued += queued;
        all.done += done;
        all.failed += failed;
        let is_told = standing != Queue::Open;
        // A missing token matters only to a queue with files to fetch.
        let stands = queue != Queue::NoToken || queued > 0;
        if !is_told && stands {
            standing = named(queue, name);
        }
    }
    all.queue = standing;
    all
}

/// Adds the name of the account to the reason.
fn named(queue: Queue, name: &str) -> Queue {
    if name.is_empty() {
        return queue;
    }
    match queue {
        Queue::TokenRefused(reason) => Queue::TokenRefused(Code::OF_ACCOUNT.with(name).with(reason)),
        Queue::Paused { reason, until } => Queue::Paused { reason: Code::OF_ACCOUNT.with(name).with(reason), until },
        Queue::Open | Queue::NoToken => queue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;

    #[test]
    fn the_first_queue_that_stands_still_is_told_by_its_account() {
        let board = |queue, queued| Board { queue, queued, done: 1, ..Board::default() };
        let refused = Queue::TokenRefused(Reason::other("expired"));
        let boards = [("news", board(Queue::NoToken, 0)), ("shop", board(refused, 2)), ("club", board(Queue::Open, 3))];
        let all = sum(boards.into_iter());
        let Queue::TokenRefused(reason) = &all.queue else { panic!("{:?}", all.queue) };
        assert_eq!(reason.to_string(), "shop: expired");
        assert_eq!((all.queued, all.done), (5, 3));
        let refused = Queue::TokenRefused(Reason::other("expired"));
        let queues = ["news", "shop", "club", "of nobody"].map(|name| all.queue_of(name).clone());
        assert_eq!(queues, [Queue::NoToken, refused, Queue::Open, Queue::NoToken], "each by its own, unnamed");
    }
}
