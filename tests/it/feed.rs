//! Following the archive: a bookmark survives every end of its follower, and a feed from memory equals one read
//! from disk.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use weibox::archive::{Archive, Arrival, Stored};
use weibox::feed::Feed;
use weibox::query::{Query, parse};
use weibox::record::Seq;
use weibox::run::clock;

use crate::support::{Connection, Home, SECRET, Serve, message, target, wait_for};

fn followed(home: &Home, args: &[&str]) -> Serve {
    Serve::start(home, &[&["--bookmark", "bot"], args].concat(), &[("WEIBOX_APP_SECRET", SECRET)])
}

/// Returns the numbers of lines. The last line may be incomplete if its writer was killed.
fn seqs(lines: &[String]) -> Vec<Seq> {
    let seq = |line: &String| serde_json::from_str::<Value>(line).ok()?["seq"].as_u64();
    let seqs: Vec<Seq> = lines.iter().filter_map(seq).collect();
    assert!(seqs.len() + 1 >= lines.len(), "{lines:?}");
    seqs
}

/// Returns the output of `weibox bookmarks` on stdout and stderr.
fn listed(home: &Home, args: &[&str]) -> (String, String) {
    let listed = home.output(&[&["bookmarks"], args].concat(), &[]);
    assert!(listed.status.success());
    (String::from_utf8(listed.stdout).unwrap(), String::from_utf8(listed.stderr).unwrap())
}

/// Returns name, position and lag of each bookmark.
fn bookmarks(home: &Home) -> Vec<(String, Seq, u64)> {
    let row = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["name"].as_str().unwrap().to_owned(), line["seq"].as_u64().unwrap(), line["lag"].as_u64().unwrap())
    };
    listed(home, &["--json"]).0.lines().map(row).collect()
}

#[test]
fn a_follower_that_is_killed_under_load_again_and_again_skips_nothing() {
    const KILLS: u64 = 12;
    const CALLERS: usize = 4;
    let home = Home::new();
    let random = RandomState::new();
    let mut printed: BTreeSet<Seq> = BTreeSet::new();
    // Messages come in order and continue right after the printed ones at the latest.
    let mut take = |lines: &[String]| {
        let seqs = seqs(lines);
        assert!(seqs.is_sorted_by(|one, other| one < other), "{seqs:?}");
        let behind = printed.last().copied().unwrap_or_default() + 1;
        assert!(seqs.first().is_none_or(|first| *first <= behind), "{seqs:?} after {behind}");
        printed.extend(seqs);
    };
    for round in 0..KILLS {
        let mut serve = followed(&home, &[]);
        let n_answered = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                let (address, n_answered) = (serve.address, &n_answered);
                scope.spawn(move || {
                    let mut connection = Connection::to(address).unwrap();
                    for number in 0.. {
                        let body = message(&format!("round {round} caller {caller} number {number}"));
                        if connection.call("POST", &target(SECRET), body.as_bytes()).is_err() {
                            return;
                        }
                        n_answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            wait_for("answers", || n_answered.load(Ordering::Relaxed) > 20);
            std::thread::sleep(Duration::from_micros(random.hash_one(round) % 25_000));
            serve.running.signal("KILL");
        });
        serve.running.wait();
        take(&serve.running.stdout());
    }
    let mut serve = followed(&home, &[]);
    wait_for("the last lines", || bookmarks(&home).iter().all(|(_, _, lag)| *lag == 0));
    serve.stop();
    take(&serve.running.stdout());
    let kept: BTreeSet<Seq> = home.records().iter().map(|record| record.seq).collect();
    assert!(kept.len() > 20 * usize::try_from(KILLS).unwrap());
    assert_eq!(printed, kept, "everything that was kept was printed");
}

#[test]
fn a_new_bookmark_begins_with_what_comes_and_an_old_one_goes_on_without_repeats() {
    let home = Home::new();
    let post = |serve: &Serve, words: &str| assert_eq!(serve.post(message(words)).status, 200);
    let mut serve = Serve::signed(&home);
    post(&serve, "one");
    serve.stop();
    let (stdout, stderr) = listed(&home, &[]);
    assert!(stdout.is_empty() && stderr.contains("no bookmarks yet"), "{stderr}");

    let mut serve = followed(&home, &[]);
    assert_eq!(bookmarks(&home), [("bot".to_owned(), 1, 0)]);
    post(&serve, "two");
    serve.lines(1);
    serve.stop();
    assert_eq!(seqs(&serve.running.stdout()), [2]);
    assert_eq!(bookmarks(&home), [("bot".to_owned(), 2, 0)], "a clean end leaves nothing to be repeated");

    let mut serve = Serve::signed(&home);
    post(&serve, "three");
    post(&serve, "four");
    serve.stop();
    assert_eq!(bookmarks(&home), [("bot".to_owned(), 2, 2)]);
    assert_eq!(listed(&home, &[]).0, "name  seq  lag\nbot   2    2\n");

    for (seq, lag) in [(3, 1), (4, 0)] {
        let mut serve = followed(&home, &["--count", "1"]);
        assert_eq!(serve.running.wait().code(), Some(0));
        assert_eq!(seqs(&serve.running.stdout()), [seq]);
        assert!(serve.running.stderr().iter().any(|line| line.contains("bookmark `bot`: ")));
        assert_eq!(bookmarks(&home), [("bot".to_owned(), seq, lag)], "what was not printed is still to come");
    }
}

#[test]
fn what_a_query_leaves_out_moves_the_bookmark_as_well() {
    let home = Home::new();
    let mut serve = followed(&home, &["--query", "three"]);
    for words in ["one", "two", "three", "four"] {
        assert_eq!(serve.post(message(words)).status, 200);
    }
    wait_for("the bookmark", || bookmarks(&home) == [("bot".to_owned(), 4, 0)]);
    serve.stop();
    assert_eq!(seqs(&serve.running.stdout()), [3]);
}

#[test]
fn a_line_that_was_not_written_comes_after_the_next_start() {
    let home = Home::new();
    let mut command = home.weibox(&["serve", "--listen", "127.0.0.1:0", "--bookmark", "bot"]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut serve = Serve::into_pipe(command.env("WEIBOX_APP_SECRET", SECRET), full, SECRET);
    assert_eq!(serve.post(message("one")).status, 200);
    serve.running.told("cannot print: ");
    serve.running.signal("TERM");
    assert_eq!(serve.running.wait().code(), Some(1), "{:?}", serve.running.stderr());
    let mut serve = followed(&home, &["--count", "1"]);
    assert_eq!(serve.running.wait().code(), Some(0));
    assert_eq!(seqs(&serve.running.stdout()), [1]);
}

#[test]
fn a_bookmark_is_saved_from_a_damaged_archive() {
    let home = Home::new();
    let mut serve = followed(&home, &[]);
    assert_eq!(serve.post(message("one")).status, 200);
    serve.lines(1);
    serve.stop();
    let mut serve = Serve::signed(&home);
    assert_eq!(serve.post(message("two")).status, 200);
    serve.stop();
    let file = fs::OpenOptions::new().write(true).open(home.data_dir().join("weibox.db")).unwrap();
    file.write_all_at(&[0; 100], 0).unwrap();
    let mut serve = followed(&home, &["--count", "1"]);
    assert_eq!(serve.running.wait().code(), Some(0));
    assert!(serve.running.stderr().iter().any(|line| line.contains("damaged")), "{:?}", serve.running.stderr());
    assert_eq!(seqs(&serve.running.stdout()), [2]);
}

#[test]
fn a_name_that_needs_quotes_is_refused() {
    let home = Home::new();
    for name in ["", "a b", "a/b", "a\u{1b}b", &"x".repeat(65)] {
        let refused = home.output(&["serve", "--bookmark", name], &[]);
        assert_eq!(refused.status.code(), Some(2), "{name:?}");
    }
}

const BODIES: [&str; 6] = [
    r#"{"type":"text","receiver_id":1,"sender_id":101,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"退货 please","data":{}}"#,
    r#"{"type":"image","receiver_id":1,"sender_id":102,"text":"","data":{"vfid":11,"tovfid":12}}"#,
    r#"{"type":"position","receiver_id":1,"sender_id":101,"text":"here","data":{"longitude":"116.3","latitude":"39.9"}}"#,
    r#"{"type":"event","receiver_id":1,"sender_id":103,"text":"follow","data":{"subtype":"follow","key":"退货"}}"#,
    "<xml>\u{fffd}",
    r#"{"type":"text","receiver_id":1,"sender_id":102,"text":"退钱","data":{}}"#,
];

/// Inserts a message that is not a repeat.
async fn insert(archive: &Archive, number: usize) -> Stored {
    let body = BODIES[number % BODIES.len()].replace("\"receiver_id\":1", &format!("\"receiver_id\":{number}"));
    let raw = if body.starts_with('<') { format!("{body}{number}") } else { body };
    let arrival = Arrival {
        account: if number.is_multiple_of(5) { "shop".to_owned() } else { String::new() },
        verified: !number.is_multiple_of(3),
        reply: number.is_multiple_of(7).then(|| "hello".to_owned()),
        is_file_wanted: number.is_multiple_of(2),
        ..Arrival::new(raw, clock::now())
    };
    archive.insert(arrival).await.unwrap()
}

#[test]
fn what_comes_from_memory_is_what_is_read() {
    let (home, runtime) = (Home::new(), Runtime::new().unwrap());
    let archive = runtime.block_on(async { Archive::open(&home.data_dir()).unwrap() });
    // The last three test something that only the file knows.
    let queries = [
        "",
        "退货",
        "-退",
        "from:101 type:text,position",
        "退货|here OR py:tuiqian",
        "-退|follow from:101,103",
        "has:file",
        "is:verified",
        "account:shop 退",
    ];
    let unknown = ["is:unread", "since:1h", "near:39.9,116.3<2km"];
    let query = |typed: &&str| parse(typed).unwrap();
    let followers: Vec<_> = queries.iter().map(query).map(|query| (archive.follow(&query), query)).collect();
    runtime.block_on(async {
        for number in 1..=60 {
            insert(&archive, number).await;
        }
    });
    let reader = archive.reader().unwrap();
    for (follower, query) in &followers {
        let read = reader.find_between(query, 10, 50, clock::now()).unwrap();
        let batch = follower.after(10, 40).unwrap();
        assert_eq!(batch.last, 50);
        assert_eq!(batch.records.len(), read.len(), "{query}");
        for (remembered, read) in batch.records.iter().zip(&read) {
            assert_eq!(remembered.to_json(), read.to_json(), "{query}");
        }
        assert!(!read.is_empty(), "{query}");
        assert!(follower.after(60, 1).is_none(), "there is nothing behind the last");
    }
    for typed in &unknown {
        let follower = archive.follow(&query(typed));
        assert!(follower.after(10, 40).is_none(), "{typed}");
    }
    runtime.block_on(archive.close()).unwrap();
}

#[test]
fn a_feed_reads_what_memory_does_not_have_and_keeps_the_order() {
    // More than are kept in memory, some of them before anybody follows.
    const MESSAGES: usize = 6_000;
    let (home, runtime) = (Home::new(), Runtime::new().unwrap());
    let archive = runtime.block_on(async { Archive::open(&home.data_dir()).unwrap() });
    let insert_all = async |numbers: std::ops::Range<usize>| {
        let mut inserting = tokio::task::JoinSet::new();
        for number in numbers {
            let archive = archive.clone();
            inserting.spawn(async move { insert(&archive, number).await });
        }
        inserting.join_all().await;
    };
    let stop = CancellationToken::new();
    let mut feed = runtime.block_on(async {
        let open = || Feed::open(&archive, Some("bot".to_owned()), Query::default(), clock::now, stop.clone());
        drop(open().await.unwrap());
        insert_all(0..500).await;
        let feed = open().await.unwrap();
        assert_eq!(feed.lag().await.unwrap(), 500);
        insert_all(500..MESSAGES).await;
        feed
    });
    stop.cancel();
    let mut delivered = Vec::new();
    runtime.block_on(async {
        while let Some(batch) = feed.next_batch(70).await.unwrap() {
            delivered.extend(batch.records.iter().map(|record| record.seq));
            feed.delivered(&batch).await;
            assert_eq!(feed.lag().await.unwrap(), (MESSAGES - delivered.len()) as u64);
        }
    });
    assert_eq!(delivered, (1..=MESSAGES as Seq).collect::<Vec<_>>());
    assert_eq!(archive.reader().unwrap().bookmarks().unwrap().first().unwrap().seq, MESSAGES as Seq);
    drop(feed);
    runtime.block_on(archive.close()).unwrap();
}
