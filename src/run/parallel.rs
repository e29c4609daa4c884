//! Parallel work with results in order, as `import` and `export` need it.

use std::num::NonZero;
use std::sync::mpsc::sync_channel;
use std::thread;

/// The maximum number of workers; more would wait for the one thread that reads or writes the archive.
const WORKERS: usize = 4;

/// Returns how many workers are useful: one for each core, at most four.
pub(super) fn n_workers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(WORKERS)
}

/// Distributes the items over the workers, each on a thread of its own, and passes their results to `done` on
/// this thread, in the order of the items. At most `under_way` items of each worker are in progress, so that
/// memory does not grow with the number of items. Stops at the first error, of an item or of `done`.
pub(super) fn in_order<I, O, W>(
    workers: Vec<W>,
    under_way: usize,
    items: impl Iterator<Item = anyhow::Result<I>>,
    mut done: impl FnMut(O) -> anyhow::Result<()>,
) -> anyhow::Result<()>
where
    I: Send,
    O: Send,
    W: FnMut(I) -> O + Send,
{
    thread::scope(|scope| {
        let lanes: Vec<_> = workers
            .into_iter()
            .map(|mut worker| {
                let (items_tx, items_rx) = sync_channel(under_way);
                let (results_tx, results_rx) = sync_channel(under_way);
                // The thread ends when either channel is closed.
                scope.spawn(move || items_rx.into_iter().try_for_each(|item| results_tx.send(worker(item))));
                (items_tx, results_rx)
            })
            .collect();
        let mut free = lanes.iter().map(|(items_tx, _)| items_tx).cycle();
        let mut results = lanes.iter().map(|(_, results_rx)| results_rx).cycle();
        let mut n_under_way = 0;
        let mut take = |n_under_way: &mut usize| -> anyhow::Result<()> {
            *n_under_way -= 1;
            results.next().map_or(Ok(()), |lane| done(lane.recv()?))
        };
        for item in items {
            let item = item?;
            // Each queue has room for that many, so that no send blocks while there is a result to take.
            if n_under_way == under_way * lanes.len() {
                take(&mut n_under_way)?;
            }
            if let Some(lane) = free.next() {
                // Fails when the worker panicked, which the scope reports.
                drop(lane.send(item));
                n_under_way += 1;
            }
        }
        while n_under_way > 0 {
            take(&mut n_under_way)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_however_many_workers() {
        for n_workers in 1..6 {
            let workers = (0..n_workers).map(|_| |number: u64| number * 2).collect();
            let mut results = Vec::new();
            let collected = in_order(workers, 16, (0..100).map(Ok), |result| {
                results.push(result);
                Ok(())
            });
            assert!(collected.is_ok());
            assert_eq!(results, (0..100).map(|number| number * 2).collect::<Vec<_>>(), "{n_workers} workers");
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        let workers = || vec![|number: u64| number; 2];
        let by_a_result = in_order(workers(), 16, (0..).map(Ok), |number| {
            anyhow::ensure!(number < 50, "enough");
            Ok(())
        });
        assert_eq!(by_a_result.unwrap_err().to_string(), "enough");
        let items = (0..).map(|number| if number < 50 { Ok(number) } else { Err(anyhow::anyhow!("no more")) });
        assert_eq!(in_order(workers(), 16, items, |_| Ok(())).unwrap_err().to_string(), "no more");
    }
}
