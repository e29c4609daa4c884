//! Damaged archives: they are set aside, readable data is saved at the start or while running, and the result is
//! reported.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use portable_pty::CommandBuilder;
use weibox::archive::{Archive, ForwardedBatch};
use weibox::reason::{Reason, answers};
use weibox::record::Record;
use weibox::record::forwarded::{ForwardState, Forwarded};
use weibox::record::media::Stage;
use weibox::record::outgoing::{Composed, Draft, SendState};
use weibox::record::page::{Mark, Selection};
use weibox::record::people::{KnownSender, Labelled, Relabel};
use weibox::record::target::TargetPause;
use weibox::weibo::active::ReplyForm;
use weibox::weibo::{FileId, UserId};

use crate::pty::Pty;
use crate::support::{Connection, Home, Serve, message, wait_for};

mod deleted;
mod lost;
mod numbers;

/// The number of messages in the damaged archive.
const MESSAGES: usize = 400;
/// The sender of the messages.
const FAN: u64 = 2_489_518_277;

/// Creates an archive with marks and with messages of every length, some longer than a page; returns its home,
/// its file and its messages.
fn archive() -> (Home, PathBuf, BTreeMap<String, Record>) {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    for number in 0..MESSAGES {
        let words = format!("{number:03} {}", "字".repeat(number * number / 60));
        wait_for(&words, || serve.post(message(&words)).status == 200);
    }
    assert_eq!(serve.post(message("000 ")).status, 200);
    serve.stop();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = weibox::archive::Archive::open(&home.data_dir()).unwrap();
        let now = weibox::run::clock::now();
        archive.mark(Selection::Seqs(vec![3, 5]), Mark::Starred, now).await.unwrap();
        archive.mark(Selection::Seqs(vec![4, 5]), Mark::Read, now).await.unwrap();
        archive.settle(FileId(7), medium()).await.unwrap();
        archive.mute(UserId(7), true, now).await.unwrap();
        // A row of the same shape as that of a bookmark.
        archive.keep_nickname(UserId(7), "mybot".to_owned(), now).await.unwrap();
        archive.settle(FileId(8), Stage::Failed { reason: Reason::other("it is gone") }).await.unwrap();
        keep_people(&archive).await;
        archive.close().await.unwrap();
    });
    execute(&home, "UPDATE media SET account = 'shop' WHERE fid = 8");
    let records = home.records().into_iter().map(|record| (record.message.text.clone(), record)).collect();
    let file = home.data_dir().join("weibox.db");
    (home, file, records)
}

/// Changes the archive directly with SQL.
fn execute(home: &Home, sql: &str) {
    rusqlite::Connection::open(home.data_dir().join("weibox.db")).unwrap().execute_batch(sql).unwrap();
}

/// Returns the stage of a medium in the archive.
fn medium() -> Stage {
    Stage::Done { file: "2026/7.jpg".to_owned(), bytes: 9, sha256: Some("0f".repeat(32)) }
}

/// Returns a text longer than a page of the archive.
fn long() -> String {
    "长".repeat(3_000)
}

/// Returns a draft in an unusual form.
fn draft(text: String) -> Draft {
    Draft { form: ReplyForm::Articles, text }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200 + seconds, 0).unwrap()
}

/// Stores replies, drafts, names, notes, labels, and the results of messages at a paused target.
async fn keep_people(archive: &Archive) {
    let fan = UserId(FAN);
    for (key, seq) in [("a", Some(3)), ("b", None)] {
        let text = format!("reply {key}");
        let form = ReplyForm::Position;
        let composed = Composed { key: key.to_owned(), account: String::new(), fan, seq, form, text, after: None };
        archive.compose(composed, at(0)).await.unwrap();
    }
    let sent = archive.reader().unwrap().outgoing_of("b").unwrap().unwrap();
    assert!(archive.withdraw(sent.id, at(1)).await.unwrap());
    for (fan, text) in [(FAN, "one line".to_owned()), (FAN + 1, long())] {
        archive.keep_draft("shop".to_owned(), UserId(fan), draft(text), at(2)).await.unwrap();
    }
    archive.keep_nickname(fan, "橙子".to_owned(), at(3)).await.unwrap();
    archive.keep_profile(fan, "老王".to_owned(), "要发票".to_owned(), at(4)).await.unwrap();
    let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
    for (of, add) in [(Labelled::Sender(fan), &["VIP"]), (Labelled::Messages(vec![3, 300]), &["退款"])] {
        archive.relabel(Relabel { of, add: labels(add), remove: Vec::new() }, at(5)).await.unwrap();
    }
    let row = |seq, state| Forwarded {
        seq,
        state,
        attempts: 9,
        tried_at: at(6),
        took: Duration::from_millis(12),
        status: Some(500),
        answer: None,
        reason: Some(Reason::other("it is broken")),
        differences: None,
    };
    let rows = vec![row(4, ForwardState::Aside), row(5, ForwardState::Waits(at(7))), row(300, ForwardState::Aside)];
    let bookmark = Some(("forward:crm".to_owned(), 301));
    let pause = Some(TargetPause { at: at(8), reason: Some(Reason::other("410")) });
    archive.record_forwarded(ForwardedBatch { target: "crm".to_owned(), bookmark, rows, pause }).await.unwrap();
}

/// Checks that all of that is there; the outcome of a reply that was not sent is unknown.
#[track_caller]
fn assert_people(home: &Home) {
    let reader = home.reader();
    let [a, b] = ["a", "b"].map(|key| reader.outgoing_of(key).unwrap().unwrap());
    assert_eq!((a.state, a.composed.seq, a.composed.text.as_str()), (SendState::Unknown, Some(3), "reply a"));
    assert_eq!(a.reason.unwrap().code, answers::ANSWER_SALVAGED);
    assert_eq!(a.composed.form, ReplyForm::Position);
    assert_eq!((b.state, b.reason.unwrap().code), (SendState::Refused, answers::ANSWER_WITHDRAWN));
    assert_eq!(reader.draft("shop", UserId(FAN)).unwrap(), draft("one line".to_owned()));
    assert_eq!(reader.draft("shop", UserId(FAN + 1)).unwrap(), draft(long()));
    let text = str::to_owned;
    let mut known = [reader.record(300).unwrap().unwrap()];
    reader.fill(&mut known).unwrap();
    let (nickname, name, note) = (text("橙子"), text("老王"), text("要发票"));
    let sender = KnownSender { nickname, name, note, labels: vec![text("VIP")], ..KnownSender::default() };
    assert_eq!((&known[0].sender, &known[0].marks.labels), (&sender, &vec![text("退款")]));
    assert_eq!(reader.person(UserId(FAN)).unwrap().unwrap().asked_at, at(3));
    assert_eq!(reader.bookmarks().unwrap().iter().map(|bookmark| &bookmark.name).collect::<Vec<_>>(), ["forward:crm"]);
    let aside: Vec<u64> = reader.forwarded_aside("crm").unwrap().iter().map(|row| row.seq).collect();
    assert_eq!(aside, [4, 300]);
    let waits = reader.forwarded_to(5).unwrap();
    assert!(matches!(waits.as_slice(), [(_, row)] if row.state == ForwardState::Waits(at(7)) && row.attempts == 9));
    assert_eq!(reader.target_memory("crm").unwrap().pause.map(|pause| pause.at), Some(at(8)));
}

/// Returns whether an SQL query finds a row.
fn has(home: &Home, sql: &str) -> bool {
    rusqlite::Connection::open(home.data_dir().join("weibox.db")).unwrap().prepare(sql).unwrap().exists([]).unwrap()
}

/// Starts weibox on the archive in its current state; returns its output and its messages.
fn start(home: &Home) -> (String, Vec<Record>) {
    let mut serve = Serve::unsigned(home);
    assert_eq!(serve.post(message("afterwards")).status, 200, "it takes messages again");
    let records = home.records();
    wait_for("the index", || !home.output(&["export", "--query", "afterwards"], &[]).stdout.is_empty());
    serve.stop();
    (serve.running.stderr().join("\n"), records)
}

/// Checks that the saved messages equal the original ones, byte by byte, in order and with marks; returns their
/// number.
fn assert_true(saved: &[Record], before: &BTreeMap<String, Record>) -> usize {
    let known: Vec<&Record> = saved.iter().filter(|record| record.message.text != "afterwards").collect();
    for record in &known {
        let original = &before[&record.message.text];
        assert_eq!((&record.raw, record.deliveries), (&original.raw, original.deliveries));
        assert_eq!(
            (record.marks.is_read, record.marks.is_starred),
            (original.marks.is_read, original.marks.is_starred),
            "{record:?}"
        );
        assert_eq!((record.seq, record.received_at), (original.seq, original.received_at));
    }
    known.len()
}

#[test]
fn without_its_first_page_an_archive_is_saved_whole() {
    for damaged in [100, 4096] {
        let (home, file, before) = archive();
        let mut bytes = fs::read(&file).unwrap();
        bytes[..damaged].fill(0);
        fs::write(&file, &bytes).unwrap();
        let (said, saved) = start(&home);
        assert_eq!(assert_true(&saved, &before), MESSAGES);
        assert!(said.contains("the archive was damaged. Saved from it: 400 messages, 2 files"), "{said}");
        assert_eq!(home.reader().stage(FileId(7)).unwrap(), Some(medium()));
        assert_people(&home);
        assert!(has(&home, "SELECT 1 FROM muted WHERE fan = 7") && !has(&home, "SELECT 1 FROM muted WHERE fan = 8"));
        assert!(has(&home, "SELECT 1 FROM media WHERE fid = 8 AND account = 'shop'"), "whose token fetches it");
        let (_, aside) = said.split_once("The damaged one is in ").unwrap();
        let aside = PathBuf::from(aside.lines().next().unwrap()).join("weibox.db");
        assert_eq!(fs::read(aside).unwrap(), bytes, "the damaged one is kept as it was");
        let (said, again) = start(&home);
        assert!(!said.contains("damaged"), "{said}");
        assert_eq!(assert_true(&again, &before), MESSAGES);
    }
}

#[test]
fn of_a_cut_and_of_a_holed_archive_is_saved_what_is_left() {
    let (home, file, before) = archive();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() * 2 / 3]).unwrap();
    let (said, saved) = start(&home);
    let n_saved = assert_true(&saved, &before);
    assert!((MESSAGES / 3..MESSAGES).contains(&n_saved), "{n_saved}: {said}");
    assert!(said.contains(&format!("Saved from it: {n_saved} messages")), "{said}");

    let (home, file, before) = archive();
    let mut bytes = fs::read(&file).unwrap();
    for hole in (5000..bytes.len() - 40).step_by(60_000) {
        bytes[hole..hole + 40].fill(0x5a);
    }
    fs::write(&file, &bytes).unwrap();
    let (said, saved) = start(&home);
    let n_saved = assert_true(&saved, &before);
    assert!((MESSAGES / 2..=MESSAGES).contains(&n_saved), "{n_saved}: {said}");
    assert!(said.contains(&format!("Saved from it: {n_saved} messages")), "{said}");
}

#[test]
fn what_only_the_log_had_is_saved_as_well() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    for number in 0..20 {
        assert_eq!(serve.post(message(&format!("{number}"))).status, 200);
    }
    serve.running.signal("KILL");
    drop(serve);
    fs::write(home.data_dir().join("weibox.db"), "").unwrap();
    let (said, saved) = start(&home);
    assert_eq!(saved.len(), 21, "{said}");
}

/// Overwrites everything but the first pages under a running process, so that the next write finds the damage.
fn spoil(file: &Path) {
    let length = usize::try_from(fs::metadata(file).unwrap().len()).unwrap();
    let noise: Vec<u8> = (0..length - 8192).map(|index| u8::try_from(index * 7 % 251).unwrap()).collect();
    fs::OpenOptions::new().write(true).open(file).unwrap().write_all_at(&noise, 8192).unwrap();
}

#[test]
fn damage_that_is_found_on_the_way_is_mended_on_the_way_and_who_waits_is_kept() {
    let (home, file, before) = archive();
    let mut serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("early")).status, 200);
    spoil(&file);
    for number in 0..50 {
        let words = format!("late {number:02}");
        // Retries, as Weibo does.
        wait_for(&words, || serve.post(message(&words)).status == 200);
    }
    let said = serve.running.told("the archive was damaged. Saved from it: ");
    let lines = serve.lines(51);
    serve.stop();
    let words = |number: usize| format!("late {number:02}");
    for (line, words) in lines.iter().zip(std::iter::once("early".to_owned()).chain((0..50).map(words))) {
        assert!(line.contains(&format!("\"{words}\"")), "`{words}` is not printed once and in its order: {line}");
    }
    let (saved, log) = (home.records(), home.log());
    let known = |record: &&Record| before.contains_key(&record.message.text);
    let n_saved =
        saved.iter().filter(|record| record.message.text == "early").count() + saved.iter().filter(known).count();
    assert!(said.starts_with(&format!("{n_saved} message")), "{n_saved}: {said}");
    assert!(log.contains("a damaged archive was saved"), "{log}");
    let late: Vec<_> = saved.iter().filter(|record| record.message.text.starts_with("late")).collect();
    assert_eq!(
        late.iter().map(|record| record.message.text.clone()).collect::<Vec<_>>(),
        (0..50).map(words).collect::<Vec<_>>()
    );
    assert!(late.iter().all(|record| record.seq > MESSAGES as u64), "a number was given twice");
    assert_eq!(saved.len(), n_saved + late.len());
    let (said, again) = start(&home);
    assert!(!said.contains("damaged"), "{said}");
    assert_eq!(again.len(), saved.len() + 1);
    assert!(!home.data_dir().join("saved").exists() && !home.data_dir().join("weibox.db.damaged").exists());
}

fn screen(home: &Home) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()]);
    command.env_clear();
    command.env("HOME", home.path(""));
    let pty = Pty::spawn(command, 200, 40);
    pty.address();
    pty
}

#[test]
fn what_is_found_damaged_by_looking_at_it_is_mended_without_a_message() {
    let (home, file, _) = archive();
    let mut pty = screen(&home);
    spoil(&file);
    pty.send("G");
    pty.wait_for_text("the archive was damaged. Saved from it: ");
    pty.send("q");
    assert!(pty.wait().success());
}

#[test]
fn the_screen_says_that_an_archive_is_mended_and_shows_the_new_one() {
    let (home, file, _) = archive();
    let mut pty = screen(&home);
    let address = pty.address();
    spoil(&file);
    let post = || Connection::to(address).unwrap().call("POST", "/weibo", message("late").as_bytes()).unwrap().status;
    wait_for("the archive to be mended", || post() == 200);
    pty.wait_for_text("the archive was damaged. Saved from it: ");
    pty.send("g");
    pty.wait_for_text("late");
    pty.send("q");
    assert!(pty.wait().success());
}

#[test]
fn a_change_that_was_interrupted_is_finished_by_the_next_start() {
    let (home, file, before) = archive();
    // The new archive is complete, and the damaged one is half out of the way.
    let saved = home.data_dir().join("saved");
    fs::create_dir(&saved).unwrap();
    fs::rename(&file, saved.join("weibox.db")).unwrap();
    fs::write(home.data_dir().join("weibox.db-wal"), "of the damaged one").unwrap();
    fs::write(home.data_dir().join("weibox.db.damaged"), "").unwrap();
    let (_, records) = start(&home);
    assert_eq!(assert_true(&records, &before), MESSAGES);
    assert!(!saved.exists());
    // The new archive is complete, and nothing was replaced yet.
    fs::create_dir(&saved).unwrap();
    fs::write(saved.join("weibox.db"), "made of an archive that has gone on since").unwrap();
    let (_, records) = start(&home);
    assert_eq!(assert_true(&records, &before), MESSAGES);
}

#[test]
fn another_command_says_what_to_do_about_a_damaged_archive() {
    let (home, file, _) = archive();
    fs::write(&file, "this is no archive at all, and was one").unwrap();
    let told = home.output(&["export"], &[]);
    let words = String::from_utf8(told.stderr).unwrap();
    assert_eq!(told.status.code(), Some(1));
    assert!(words.contains("hint: start `weibox` again: it puts the archive aside"), "{words}");
}

#[test]
fn what_was_put_aside_is_merged_back_and_nothing_is_doubled_or_marked_anew() {
    let (home, file, before) = archive();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let (said, saved) = start(&home);
    let n_saved = assert_true(&saved, &before);
    assert!(n_saved < MESSAGES, "{said}");
    assert!(said.contains("`weibox import DIR` reads it again. The damaged one is in "), "{said}");
    let aside = said.split_once("The damaged one is in ").unwrap().1.lines().next().unwrap();
    let doctor = String::from_utf8(home.output(&["doctor", "--listen", "127.0.0.1:0"], &[]).stdout).unwrap();
    let name = Path::new(aside).file_name().unwrap().to_str().unwrap();
    let listed = doctor.lines().find(|line| line.contains("put aside")).unwrap_or_default();
    assert!(listed.contains(name) && doctor.contains("`weibox import DIR` reads it again"), "{doctor}");
    // What a repaired disk returns.
    fs::write(Path::new(aside).join("weibox.db"), &whole).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = weibox::archive::Archive::open(&home.data_dir()).unwrap();
        archive.mark(Selection::Seqs(vec![4]), Mark::Unread, weibox::run::clock::now()).await.unwrap();
        archive.close().await.unwrap();
    });
    let words = format!("{} imported, {n_saved} there already\n", MESSAGES - n_saved);
    let merged = home.output(&["import", aside], &[]);
    assert_eq!(String::from_utf8(merged.stderr).unwrap(), words);
    let records = home.records();
    assert_eq!(records.len(), MESSAGES + 1);
    for record in records.iter().filter(|record| record.message.text != "afterwards") {
        let original = &before[&record.message.text];
        assert_eq!((&record.raw, record.deliveries), (&original.raw, original.deliveries));
        let is_read = original.marks.is_read && record.seq != 4;
        assert_eq!((record.marks.is_read, record.marks.is_starred), (is_read, original.marks.is_starred), "{record:?}");
    }
    // Restored messages have other numbers.
    let query = weibox::query::parse("label:退款").unwrap();
    let labelled = home.reader().find_between(&query, 0, u64::MAX >> 1, weibox::run::clock::now()).unwrap();
    let mut labelled: Vec<&str> =
        labelled.iter().map(|record| record.message.text.split(' ').next().unwrap()).collect();
    labelled.sort_unstable();
    assert_eq!(labelled, ["002", "299"]);
    assert_eq!(home.reader().outgoing_of("a").unwrap().unwrap().composed.seq, Some(3));
    assert_eq!(home.reader().draft("shop", UserId(FAN + 1)).unwrap(), draft(long()));
    let again = home.output(&["import", aside], &[]);
    assert_eq!(String::from_utf8(again.stderr).unwrap(), format!("0 imported, {MESSAGES} there already\n"));
    let own = home.output(&["import", home.data_dir().to_str().unwrap()], &[]);
    assert!(String::from_utf8(own.stderr).unwrap().contains("is the archive itself"));
}
