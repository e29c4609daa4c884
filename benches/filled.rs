//! Archives filled with messages. Nothing is measured here.

use std::path::Path;

use weibox::archive::{Import, ImportEntry};
use weibox::record::line;
use weibox::run::clock;

use crate::shared::Messages;

/// The number of messages per batch.
const TURN: usize = 20_000;

/// Adds this many messages to the archive of a data directory.
pub(crate) fn fill(data_dir: &Path, messages: &mut Messages, count: usize) {
    let mut import = Import::open(data_dir).unwrap();
    let mut left = count;
    while left > 0 {
        let turn = left.min(TURN);
        let entries =
            messages.take(turn).map(|body| ImportEntry::new(line::read(body.as_bytes(), clock::now()).unwrap()));
        import.write(&entries.collect::<Vec<_>>()).unwrap();
        left -= turn;
    }
    import.finish().unwrap();
}
