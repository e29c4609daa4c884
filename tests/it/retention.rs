//! Retention and `weibox prune`: what is removed, what stays, that its space is freed, and that answers are not
//! delayed.

use std::fs;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use weibox::archive::{Archive, Import, ImportEntry};
use weibox::query::Query;
use weibox::record::line;
use weibox::record::media::Stage;
use weibox::record::page::{Anchor, Mark, Request, Selection};
use weibox::run::clock;
use weibox::weibo::{FileId, Kind, created_at};

use crate::index::check_index;
use crate::pace::Pace;
use crate::support::{Home, Serve, message, wait_for};

/// Returns a message sent and received this many days ago, with or without a file.
fn body(days: i64, number: u64, fid: Option<u64>) -> String {
    let time = created_at::format((clock::now() - TimeDelta::days(days)).with_timezone(&created_at::china()));
    let (kind, data) = fid.map_or(("text", "{}".to_owned()), |fid| ("image", format!("{{\"tovfid\":{fid}}}")));
    let words = "很长的话".repeat(40);
    format!(
        r#"{{"type":"{kind}","receiver_id":1,"sender_id":{number},"created_at":"{time}","text":"{number} {words}","data":{data}}}"#
    )
}

fn fill(home: &Home, bodies: impl Iterator<Item = String>) {
    let mut import = Import::open(&home.data_dir()).unwrap();
    let entries: Vec<_> =
        bodies.map(|body| ImportEntry::new(line::read(body.as_bytes(), clock::now()).unwrap())).collect();
    import.write(&entries).unwrap();
    import.finish().unwrap();
}

/// Stores a file of this many bytes in the media directory.
fn save(home: &Home, fid: u64, bytes: u64) {
    save_as(home, fid, format!("{fid}.jpg"), bytes);
}

fn save_as(home: &Home, fid: u64, file: String, bytes: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        fs::write(archive.media_dir().join(&file), vec![0; usize::try_from(bytes).unwrap()]).unwrap();
        archive.want(Selection::Query(Query::default()), clock::now()).await.unwrap();
        archive.settle(FileId(fid), Stage::Done { file, bytes, sha256: None }).await.unwrap();
        archive.close().await.unwrap();
    });
}

fn has_file(home: &Home, fid: u64) -> bool {
    home.path(&format!("data/media/{fid}.jpg")).exists()
}

/// Runs `weibox prune`; returns its output.
fn prune(home: &Home, args: &[&str]) -> String {
    let output = home.output(&[&["prune"], args].concat(), &[]);
    check_index(&home.data_dir());
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{words}");
    words
}

fn size(home: &Home) -> u64 {
    fs::metadata(home.path("data/weibox.db")).unwrap().len()
}

#[test]
fn what_is_too_old_goes_with_its_files_and_its_space_and_nothing_else() {
    let home = Home::new();
    // 10 shares its file with 2999, which is young.
    let fid = |number| match number {
        3 => Some(300),
        10 | 2999 => Some(301),
        _ => None,
    };
    fill(&home, (0..3000).map(|number| body(if number < 2000 { 100 } else { 10 }, number, fid(number))));
    save(&home, 300, 10);
    save(&home, 301, 20);
    let wav = home.data_dir().join("media/300.wav");
    fs::write(&wav, "saved for another program").unwrap();
    let before = size(&home);

    let told = prune(&home, &["--older-than", "90d", "--dry-run"]);
    assert!(told.starts_with("2000 messages and 1 file (10 B) from before "), "{told}");
    assert_eq!((home.records().len(), size(&home), has_file(&home, 300)), (3000, before, true));

    assert_eq!(prune(&home, &["--older-than", "90d"]), "2000 messages and 1 file (10 B) removed\n");
    let left = home.records();
    assert_eq!((left.len(), left.first().unwrap().message.sender_id.unwrap().0), (1000, 2000));
    assert_eq!((has_file(&home, 300), has_file(&home, 301), wav.exists()), (false, true, false));
    let page = home
        .reader()
        .page(
            &Request { query: Query::default(), anchor: Anchor::Newest, limit: 1, ..Request::default() },
            clock::now(),
        )
        .unwrap();
    assert_eq!(page.counts.sum(&Kind::ALL), 1000);
    assert!(size(&home) * 2 < before, "{} of {before}", size(&home));

    assert_eq!(prune(&home, &["--older-than", "5d"]), "1000 messages and 1 file (20 B) removed\n");
    assert!(!has_file(&home, 301));
    let seq = left.last().unwrap().seq;
    fill(&home, std::iter::once(body(0, 1, None)));
    assert_eq!(home.records().first().unwrap().seq, seq + 1, "a number is never used again");
}

fn mark(home: &Home, seq: u64, mark: Mark) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        archive.mark(Selection::Seqs(vec![seq]), mark, clock::now()).await.unwrap();
        archive.close().await.unwrap();
    });
}

#[test]
fn a_starred_message_stays_with_its_file() {
    let home = Home::new();
    fill(&home, (0..3).map(|number| body(100, number, Some(300 + number))));
    save(&home, 301, 2000);
    save(&home, 302, 10);
    mark(&home, 2, Mark::Starred);
    let told = prune(&home, &["--older-than", "90d", "--dry-run"]);
    assert!(told.starts_with("2 messages and 1 file (10 B)"), "{told}");
    assert_eq!(prune(&home, &["--older-than", "90d"]), "2 messages and 1 file (10 B) removed\n");
    assert_eq!(home.records().iter().map(|record| record.seq).collect::<Vec<_>>(), [2]);
    assert_eq!((has_file(&home, 301), has_file(&home, 302)), (true, false));
    home.configure("[retention]\nmax_size = \"1KB\"\nmedia_max_size = \"1KB\"");
    prune(&home, &[]);
    assert_eq!((home.records().len(), has_file(&home, 301)), (1, true));
}

#[test]
fn a_file_that_several_media_share_is_counted_once_and_when_the_last_of_them_goes() {
    for (ages, removals) in [
        (vec![100, 10], vec![("90d", "1 message and 0 files (0 B)"), ("5d", "1 message and 1 file (10 B)")]),
        (vec![100, 100], vec![("90d", "2 messages and 1 file (10 B)")]),
    ] {
        let home = Home::new();
        fill(&home, (300..).zip(ages).map(|(number, age)| body(age, number, Some(number))));
        for fid in [300, 301] {
            save_as(&home, fid, "300.jpg".to_owned(), 10);
        }
        for (age, removal) in removals {
            assert!(has_file(&home, 300));
            let told = prune(&home, &["--older-than", age, "--dry-run"]);
            assert!(told.starts_with(removal), "{told}");
            assert_eq!(prune(&home, &["--older-than", age]), format!("{removal} removed\n"));
        }
        assert!(!has_file(&home, 300));
    }
}

#[test]
fn an_archive_that_is_too_large_loses_its_oldest() {
    let home = Home::new();
    fill(&home, (0..4000).map(|number| body(4000 - i64::try_from(number).unwrap(), number, None)));
    home.configure("[retention]\nmax_size = \"1MB\"");
    let told = prune(&home, &["--dry-run"]);
    assert!(told.starts_with("archive: ") && told.contains(" would be removed"), "{told}");
    prune(&home, &[]);
    let left = home.records();
    assert!(size(&home) <= 1_100_000 && left.len() > 500, "{} bytes, {} messages", size(&home), left.len());
    assert_eq!(left.last().unwrap().message.sender_id.unwrap().0, 3999);
}

#[test]
fn too_many_media_lose_the_oldest_files_and_keep_their_messages() {
    let home = Home::new();
    fill(&home, (0..4).map(|number| body(10 - i64::try_from(number).unwrap(), number, Some(number + 1))));
    for fid in 1..5 {
        save(&home, fid, 1000);
    }
    home.configure("[retention]\nmedia_max_size = \"2KB\"");
    assert!(prune(&home, &[]).starts_with("0 messages and 2 files"));
    assert_eq!([1, 2, 3, 4].map(|fid| has_file(&home, fid)), [false, false, true, true]);
    let stages: Vec<_> = home.records().iter().map(|record| record.medium.is_some()).collect();
    assert_eq!(stages, [false, false, true, true], "as if never asked for");
}

#[test]
fn of_too_many_media_a_shared_file_counts_once_and_is_as_young_as_its_newest_message() {
    let home = Home::new();
    fill(&home, (0..4).map(|number| body(10 - i64::try_from(number).unwrap(), number, Some(number + 1))));
    for (fid, file) in [(1, "4.jpg"), (2, "2.jpg"), (3, "3.jpg"), (4, "4.jpg")] {
        save_as(&home, fid, file.to_owned(), 2000);
    }
    let stages = || home.records().iter().map(|record| record.medium.is_some()).collect::<Vec<_>>();
    for (limit, first, told, left) in [
        ("6KB", Mark::Unstarred, "0 messages and 0 files", [true, true, true, true]),
        ("4KB", Mark::Unstarred, "0 messages and 1 file (", [true, false, true, true]),
        ("1KB", Mark::Starred, "0 messages and 1 file (", [true, false, false, true]),
        ("1KB", Mark::Unstarred, "0 messages and 1 file (", [false, false, false, false]),
    ] {
        mark(&home, 1, first);
        home.configure(&format!("[retention]\nmedia_max_size = \"{limit}\""));
        let words = prune(&home, &[]);
        assert!(words.starts_with(told), "{limit}: {words}");
        assert_eq!(stages(), left, "{limit}");
    }
}

#[test]
fn nothing_goes_unless_it_was_set() {
    let home = Home::new();
    fill(&home, (0..3).map(|number| body(4000, number, None)));
    let refused = home.output(&["prune"], &[]);
    let words = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("nothing is to be removed"), "{words}");
    let mut serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("hello")).status, 200);
    serve.stop();
    assert_eq!(home.records().len(), 4);
}

#[test]
fn a_listener_keeps_within_its_limits_and_answers_meanwhile() {
    let home = Home::new();
    fill(&home, (0..3000).map(|number| body(100, number, None)));
    home.configure("[retention]\nmax_age = \"90d\"");
    let mut serve = Serve::unsigned(&home);
    let pace = Pace::of(serve.running.id());
    let (mut slowest, mut n_posted) = (Duration::ZERO, 0);
    wait_for("the old ones to go", || {
        let started_at = Instant::now();
        serve.keep(message(&format!("posted {n_posted}")));
        slowest = slowest.max(started_at.elapsed());
        n_posted += 1;
        home.records().len() == n_posted
    });
    pace.assert_took(slowest, Duration::from_secs(1), "the slowest answer");
    serve.stop();
    assert_eq!(home.records().len(), n_posted);
}

#[test]
fn a_file_stays_for_as_long_as_any_medium_has_it() {
    let home = Home::new();
    let days = |number| if number < 2 { 100 } else { 10 };
    fill(&home, (0..4).map(|number| body(days(number), number, Some(300 + number))));
    let media = home.data_dir().join("media");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        // Equal bytes are stored once, and the last name is the one under which the voice would be saved.
        for (fid, name) in [(300, "7.amr"), (301, "7.amr"), (302, "7.amr"), (303, "7.wav")] {
            fs::write(media.join(name), name).unwrap();
            let stage = Stage::Done { file: name.to_owned(), bytes: 5, sha256: None };
            archive.settle(FileId(fid), stage).await.unwrap();
        }
        archive.close().await.unwrap();
    });
    let are_there = || ["7.amr", "7.wav"].map(|name| media.join(name).exists());
    assert!(prune(&home, &["--older-than", "90d"]).starts_with("2 messages and 0 files"));
    assert_eq!((are_there(), home.records().len()), ([true, true], 2));
    prune(&home, &["--older-than", "5d"]);
    assert_eq!((are_there(), home.records().len()), ([false, false], 0));
}
