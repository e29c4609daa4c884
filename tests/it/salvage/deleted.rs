//! What the user deleted from an archive that is damaged later.

use std::fs;

use chrono::TimeDelta;
use weibox::archive::Archive;
use weibox::query::Query;
use weibox::run::clock;

use super::{MESSAGES, archive, start};
use crate::support::Home;

/// Returns the numbers of the messages that are shown.
fn shown(home: &Home) -> Vec<u64> {
    let found = home.reader().find_between(&Query::default(), 0, u64::MAX >> 1, clock::now()).unwrap();
    found.iter().map(|record| record.seq).collect()
}

/// Restores what was deleted last, and returns the number of messages.
fn restore(home: &Home) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        let n_restored = archive.restore(TimeDelta::hours(1), clock::now()).await.unwrap();
        archive.close().await.unwrap();
        n_restored
    })
}

#[test]
fn what_was_deleted_a_moment_ago_stays_deleted_and_can_still_be_restored() {
    let (home, file, _) = archive();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        archive.discard(vec![6, 7], clock::now() + TimeDelta::hours(1)).await.unwrap();
        archive.close().await.unwrap();
    });
    let mut bytes = fs::read(&file).unwrap();
    bytes[..4096].fill(0);
    fs::write(&file, &bytes).unwrap();
    let (said, _) = start(&home);
    assert!(said.contains("the archive was damaged. Saved from it: 400 messages"), "{said}");
    let is_deleted = |seq: &u64| [6, 7].contains(seq);
    assert_eq!((shown(&home).len(), shown(&home).iter().any(is_deleted)), (MESSAGES - 1, false));
    assert_eq!(restore(&home), 2);
    // The damaged one says that they are deleted, and what was restored since stays.
    let aside = said.split_once("The damaged one is in ").unwrap().1.lines().next().unwrap();
    assert_eq!(home.output(&["import", aside], &[]).status.code(), Some(0));
    assert_eq!(shown(&home).len(), MESSAGES + 1);
}
