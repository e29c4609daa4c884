//! Finding messages in a real archive: by words, kinds, senders, times, marks, files and reply windows.

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use weibox::archive::{Archive, Arrival, Reader};
use weibox::place::datum::{Assumed, Datum};
use weibox::query::{Query, Understanding, parse};
use weibox::reason::Reason;
use weibox::record::media::Stage;
use weibox::record::page::{Anchor, Counts, Mark, Page, Request, Selection};
use weibox::record::statistics::BusySender;
use weibox::record::{Record, Seq};
use weibox::weibo::{FileId, SAMPLE_RECEIVER, UserId};

use crate::index::check_index;
use crate::support::wait_for;

mod pages;
mod pinyin;
mod suggestion;
mod words;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

/// An archive whose messages arrive an hour apart.
struct Kept {
    home: tempfile::TempDir,
    archive: Archive,
    n: i32,
}

impl Kept {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let archive = Archive::open(home.path()).unwrap();
        Self { home, archive, n: 0 }
    }

    fn now(&self) -> DateTime<Utc> {
        start() + TimeDelta::hours(1) * self.n
    }

    async fn keep(&mut self, kind: &str, sender: u64, text: &str, data: &str) {
        self.keep_for(UserId(1), kind, sender, text, data).await;
    }

    async fn keep_for(&mut self, receiver: UserId, kind: &str, sender: u64, text: &str, data: &str) {
        let sent_at = self.now().with_timezone(&weibox::weibo::created_at::china()).format("%a %b %d %H:%M:%S %z %Y");
        let text = serde_json::to_string(text).unwrap();
        let raw = format!(
            r#"{{"type":"{kind}","receiver_id":{receiver},"sender_id":{sender},"created_at":"{sent_at}","text":{text},"data":{data}}}"#
        );
        let arrival = Arrival { verified: kind != "video", ..Arrival::new(raw, self.now()) };
        self.archive.insert(arrival).await.unwrap();
        self.n += 1;
    }

    fn page(&self, query: &str, anchor: Anchor, limit: usize) -> Page {
        let request = Request { query: parse(query).unwrap(), anchor, limit, ..Request::default() };
        let readers = [Reader::open(self.home.path()), self.archive.reader()];
        let [page, beside_the_writer] = readers.map(|reader| reader.unwrap().page(&request, self.now()).unwrap());
        assert_eq!(beside_the_writer, page, "with what the writer remembers and without");
        page
    }

    /// Returns the numbers of the found messages, newest first, after checking that all ways of reading agree.
    fn found(&self, query: &str) -> Vec<Seq> {
        let numbers = |page: &Page| page.records.iter().map(|record| record.seq).collect::<Vec<_>>();
        let whole = self.page(query, Anchor::Newest, 500);
        let found = numbers(&whole);
        assert_eq!((whole.total.n, whole.total.is_more), (found.len() as u64, false), "{query}");
        assert_eq!(numbers(&self.page(query, Anchor::Oldest, 500)), found, "{query}");
        for (index, seq) in found.iter().enumerate() {
            let page = self.page(query, Anchor::Around(*seq), 3);
            let first = numbers(&page)[0];
            assert!(numbers(&page).contains(seq), "{query}");
            assert_eq!(
                usize::try_from(page.newer.n).unwrap(),
                found.iter().position(|other| *other == first).unwrap(),
                "{query} {index}"
            );
            let last = *numbers(&page).last().unwrap();
            assert_eq!(page.has_older, found.last() != Some(&last), "{query} {index}");
        }
        found
    }
}

async fn inbox() -> Kept {
    let mut kept = Kept::new();
    kept.keep("text", 7, "请问退货怎么办？Refund please", "{}").await; // 1
    kept.keep("image", 7, "发了一张图片", r#"{"tovfid":20}"#).await; // 2
    kept.keep("voice", 8, "发了一段语音", r#"{"tovfid":30}"#).await; // 3
    kept.keep("position", 8, "我在这里", r#"{"longitude":"116.3","latitude":"39.9"}"#).await; // 4
    kept.keep("event", 9, "扫描二维码", r#"{"subtype":"scan_follow","key":"QR_SCENE_42"}"#).await; // 5
    kept.keep("video", 9, "ＲＥＦＵＮＤ 已收货，退了", "{}").await; // 6
    kept.keep("event", 8, "取消关注事件消息", r#"{"subtype":"unfollow"}"#).await; // 7
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn every_term_of_the_language_finds_what_it_says() {
    let kept = inbox().await;
    for (query, expected) in [
        ("", &[7, 6, 5, 4, 3, 2, 1][..]),
        ("退货", &[1]),
        ("退", &[6, 1]),
        ("货", &[6, 1]),
        ("了", &[6, 3, 2]),
        ("发了一", &[3, 2]),
        ("ref", &[6, 1]),
        ("refund", &[6, 1]),
        ("efund", &[]),
        ("\"ref\"", &[]),
        ("\"refund please\"", &[1]),
        ("\"please refund\"", &[]),
        ("退货 please", &[1]),
        ("退 -refund", &[]),
        ("发 -图片", &[3]),
        ("-发", &[7, 6, 5, 4, 1]),
        ("scan_follow", &[5]),
        ("qr_scene_42", &[5]),
        ("type:image,voice", &[3, 2]),
        ("-type:image,voice", &[7, 6, 5, 4, 1]),
        ("type:unknown", &[6]),
        ("from:8", &[7, 4, 3]),
        ("from:8 发", &[3]),
        ("-from:8 has:file", &[2]),
        ("has:file", &[3, 2]),
        ("is:unverified", &[6]),
        ("is:verified 退", &[1]),
        ("since:2h", &[7, 6]),
        ("until:2h", &[5, 4, 3, 2, 1]),
        ("since:4h until:2h", &[5, 4]),
        ("-since:2h type:event", &[5]),
        ("type:text since:1s", &[]),
        ("since:2026-11-24T00:00 until:2026-11-24T02:00", &[6, 5]),
        ("state:new", &[3, 2]),
        ("，", &[6]),
        ("退货怎么办?", &[1]),
        ("，。！", &[]),
    ] {
        assert_eq!(kept.found(query), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_are_kept_found_and_counted() {
    let kept = inbox().await;
    assert_eq!(kept.page("", Anchor::Newest, 9).unread, 7);
    let mark = async |selection, mark| kept.archive.mark(selection, mark, kept.now()).await.unwrap();
    assert_eq!(mark(Selection::Seqs(vec![2, 3, 99]), Mark::Read).await, 2);
    assert_eq!(mark(Selection::Seqs(vec![2]), Mark::Read).await, 0, "it is already");
    assert_eq!(mark(Selection::Seqs(vec![3, 5]), Mark::Starred).await, 2);
    assert_eq!(kept.found("is:unread"), [7, 6, 5, 4, 1]);
    assert_eq!(kept.found("is:unread -type:text since:30d"), kept.found("is:unread -type:text"));
    assert_eq!(
        kept.found("is:unread type:text,image"),
        kept.found("is:unread -type:position,voice,event,mention,unknown")
    );
    assert_eq!(kept.found("is:read is:starred"), [3]);
    assert_eq!(kept.found("is:starred -type:voice"), [5]);
    assert_eq!(mark(Selection::Query(parse("from:9").unwrap()), Mark::Read).await, 2);
    assert_eq!(kept.page("", Anchor::Newest, 9).unread, 3);
    assert_eq!(mark(Selection::Query(Query::default()), Mark::Unread).await, 4);
    assert_eq!(kept.page("", Anchor::Newest, 9).unread, 7);
    let record = kept.page("", Anchor::Around(5), 1).records.remove(0);
    assert!(record.marks.is_starred && !record.marks.is_read);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_are_marked_in_steps() {
    let mut kept = Kept::new();
    for number in 0..2_500 {
        kept.keep("text", 7, &format!("number {number}"), "{}").await;
    }
    let marked = kept.archive.mark(Selection::Query(Query::default()), Mark::Read, kept.now()).await.unwrap();
    assert_eq!((marked, kept.page("", Anchor::Newest, 1).unread), (2_500, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_found_by_how_far_they_are() {
    let kept = inbox().await;
    assert_eq!(kept.archive.want(Selection::Query(parse("type:image").unwrap()), kept.now()).await.unwrap(), 1);
    assert_eq!((kept.found("state:queued"), kept.found("state:new")), (vec![2], vec![3]));
    kept.archive.settle(FileId(20), Stage::Failed { reason: Reason::other("no") }).await.unwrap();
    assert_eq!((kept.found("state:failed"), kept.found("-state:failed has:file")), (vec![2], vec![3]));
    assert_eq!((kept.found("state:failed,new"), kept.found("state:saved,queued")), (vec![3, 2], vec![]));
    assert_eq!(kept.found("-state:failed,new"), [7, 6, 5, 4, 1]);
    assert_eq!(kept.found("-state:failed"), [7, 6, 5, 4, 3, 1], "no file is none that failed");
    kept.archive.settle(FileId(20), Stage::Done { file: "20.jpg".to_owned(), bytes: 1, sha256: None }).await.unwrap();
    assert_eq!(kept.found("state:saved"), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reply_window_follows_the_last_message_of_a_sender() {
    let mut kept = inbox().await;
    let until = |record: &Record| record.sender.window_until;
    let window = |kept: &Kept, seq| until(&kept.page("", Anchor::Around(seq), 1).records[0]);
    assert_eq!(window(&kept, 1), Some(start() + TimeDelta::hours(1 + 48)), "the picture pushed it further");
    assert_eq!(window(&kept, 4), None, "who does not follow any more cannot be answered");
    assert_eq!(window(&kept, 5), Some(start() + TimeDelta::hours(5 + 48)));
    // The window of sender 7 closes 49 h after the start, that of sender 9 after 53 h.
    kept.n = 46;
    assert_eq!((kept.found("due:<4h"), kept.found("due:<8h")), (vec![2], vec![6, 2]));
    kept.n = 50;
    assert_eq!(kept.found("due:<4h"), [6], "the other one has closed");
    let found = ["due:<48h", "waiting:>0m"].map(|query| kept.found(query));
    kept.keep_for(SAMPLE_RECEIVER, "text", 7, "a sample", "{}").await;
    assert_eq!(["due:<48h", "waiting:>0m"].map(|query| kept.found(query)), found, "nobody can answer a sample");
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_count_by_time_kind_and_sender() {
    let kept = inbox().await;
    let (fan, name) = (weibox::weibo::UserId(8), "老王".to_owned());
    kept.archive.keep_profile(fan, name.clone(), String::new(), kept.now()).await.unwrap();
    let reader = kept.archive.reader().unwrap();
    let statistics = reader.statistics(kept.now()).unwrap();
    let [minutes, hours, days] = statistics.scales.map(|times| {
        let total = |counts: &Counts| counts.sum(&weibox::weibo::Kind::ALL);
        times.iter().map(total).collect::<Vec<_>>()
    });
    // The last message came an hour ago, the first one seven.
    assert_eq!((minutes.len(), minutes.iter().sum::<u64>()), (60, 0));
    assert_eq!(hours[16..], [1, 1, 1, 1, 1, 1, 1, 0][..]);
    assert_eq!((days.len(), days[13]), (14, 7));
    assert_eq!(statistics.senders[0], BusySender { fan, name: Some(name), n: 3 });
    assert_eq!(statistics.senders[1].name, None);
    assert_eq!(statistics.senders.len(), 3);
}

/// Creates an archive with positions around Tiananmen: on it, 1.1 km north, in Shenzhen, in London, and invalid
/// coordinates.
async fn places() -> Kept {
    let mut kept = Kept::new();
    for (latitude, longitude) in
        [("39.910634", "116.403672"), ("39.920634", "116.403672"), ("22.5431", "114.0579"), ("51.5007", "-0.1246")]
    {
        let data = format!(r#"{{"longitude":"{longitude}","latitude":"{latitude}"}}"#);
        kept.keep("position", 7, "我在这里", &data).await; // 1 to 4
    }
    kept.keep("position", 8, "我在这里", r#"{"longitude":"70","latitude":"154.2"}"#).await; // 5
    kept.keep("text", 8, "天安门", "{}").await; // 6
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_found_by_where_they_are() {
    let kept = places().await;
    for (query, found) in [
        ("near:39.910634,116.403672<1m", vec![1]),
        ("near:39.910634,116.403672<1.2km", vec![2, 1]),
        ("near:39.910634,116.403672<1.1km", vec![1]),
        ("near:22.55,114.05<2km", vec![3]),
        ("near:51.5,0<10km", vec![4]),
        ("near:xianggang<60km", vec![3]),
        ("near:51.5,179.9<20000km", vec![4, 3, 2, 1]),
        ("near:-90,0<20038km", vec![4, 3, 2, 1]),
        ("near:深圳<30km", vec![3]),
        ("near:shenzhen<30km near:22.55,114.05<2km", vec![3]),
        ("near:北京<3km -near:39.91,116.40<500m", vec![2]),
        ("-near:深圳<30km", vec![6, 5, 4, 2, 1]),
        ("我在这里 near:北京<3km", vec![2, 1]),
        ("from:8 near:北京<3km", vec![]),
        ("type:position -near:51.5,0<10km", vec![5, 3, 2, 1]),
        ("near:北京<3km since:5h", vec![2]),
    ] {
        assert_eq!(kept.found(query), found, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_read_for_the_map_newest_first() {
    let kept = places().await;
    let mut reader = Reader::open(kept.home.path()).unwrap();
    let mut read = |query: &str, limit| {
        let spots = reader.places(&parse(query).unwrap(), limit, kept.now()).unwrap();
        spots.into_iter().map(|spot| (spot.seq, spot.point.to_string())).collect::<Vec<_>>()
    };
    let all = read("", 9);
    assert_eq!(all.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_eq!(all[1].1, "22.5431,114.0579");
    assert_eq!(read("", 2), all[..2]);
    assert_eq!(read("near:北京<3km", 9), all[2..]);
    assert_eq!(read("我在这里", 9), all);
    assert_eq!(read("from:7", 9), all);
    assert_eq!(read("type:text", 9), []);
    assert_eq!(read("天安门", 9), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_place_is_looked_for_in_the_datum_of_the_positions() {
    // Beijing in the table is 550 m from the first position in GPS coordinates, if that one is in GCJ-02.
    let kept = places().await;
    let found = |assumed| {
        let query = parse("near:beijing<400m")
            .unwrap()
            .understood(Understanding { datum: assumed, ..Understanding::default() });
        let request = Request { query, anchor: Anchor::Newest, limit: 9, ..Request::default() };
        let page = Reader::open(kept.home.path()).unwrap().page(&request, kept.now()).unwrap();
        page.records.iter().map(|record| record.seq).collect::<Vec<_>>()
    };
    assert_eq!(found(Assumed::Auto), [1]);
    assert_eq!(found(Assumed::Always(Datum::Gcj02)), [1]);
    assert_eq!(found(Assumed::Always(Datum::Wgs84)), [0; 0]);
    assert_eq!(found(Assumed::Always(Datum::Bd09)), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_position_is_found_no_more() {
    let kept = places().await;
    let connection = rusqlite::Connection::open(kept.home.path().join("weibox.db")).unwrap();
    let places = || connection.query_row("SELECT count(*) FROM places", [], |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!(places(), 4);
    connection.execute("DELETE FROM messages WHERE seq <= 3", []).unwrap();
    assert_eq!(places(), 1);
    assert_eq!(kept.found("near:51.5,179.9<20000km"), [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_not_noted_twice() {
    let mut kept = Kept::new();
    kept.keep("text", 7, "退货", "{}").await;
    kept.n -= 1;
    kept.keep("text", 7, "退货", "{}").await;
    assert_eq!(kept.found("退货"), [1]);
    assert_eq!(
        (
            kept.page("", Anchor::Newest, 9).counts.sum(&weibox::weibo::Kind::ALL),
            kept.page("", Anchor::Newest, 9).unread
        ),
        (1, 1)
    );
}

/// Waits until the derived data of an older archive is rebuilt, and checks it.
fn wait_until_rebuilt(data_dir: &Path) {
    let is_done = || Reader::open(data_dir).unwrap().check_index(|_, _| ()).unwrap().indexed_again.is_none();
    wait_for("the index", is_done);
    check_index(data_dir);
}

/// Creates the archive of a fixture in a new directory.
fn of_version(fixture: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(home.path().join("weibox.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.execute_batch(&fs::read_to_string(format!("tests/fixtures/archives/{fixture}")).unwrap()).unwrap();
    home
}

#[test]
fn the_positions_of_an_archive_of_the_second_version_are_found_afterwards() {
    let home = of_version("2.sql");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let archive = runtime.block_on(async { Archive::open(home.path()).unwrap() });
    wait_until_rebuilt(home.path());
    let mut reader = archive.reader().unwrap();
    for (query, expected) in [("near:深圳<30km", vec![2]), ("type:position", vec![3, 2]), ("你好", vec![1])] {
        let request = Request { query: parse(query).unwrap(), anchor: Anchor::Newest, limit: 9, ..Request::default() };
        let page = reader.page(&request, start()).unwrap();
        assert_eq!(page.records.iter().map(|record| record.seq).collect::<Vec<_>>(), expected, "{query}");
        assert_eq!((page.counts.sum(&weibox::weibo::Kind::ALL), page.unread), (3, 3));
    }
}

#[test]
fn an_archive_of_the_first_version_is_searchable_afterwards() {
    let home = of_version("1.sql");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let archive = runtime.block_on(async { Archive::open(home.path()).unwrap() });
    wait_until_rebuilt(home.path());
    let mut reader = archive.reader().unwrap();
    let mut found = |query: &str| {
        let request = Request { query: parse(query).unwrap(), anchor: Anchor::Newest, limit: 9, ..Request::default() };
        let page = reader.page(&request, start()).unwrap();
        (
            page.records.iter().map(|record| record.seq).collect::<Vec<_>>(),
            page.counts.sum(&weibox::weibo::Kind::ALL),
            page.unread,
        )
    };
    assert_eq!(found(""), (vec![3, 2, 1], 3, 0));
    assert_eq!(found("退货").0, [1]);
    assert_eq!(found("state:failed from:2489518278").0, [2]);
    assert_eq!(found("due:<49h").0, [2, 1]);
}
