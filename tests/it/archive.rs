//! The archive beside another process, and in a directory that others can enter.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use weibox::archive::{Archive, Error, Lock, REQUESTS_KEPT, Reader};
use weibox::reason::{Reason, downloads};
use weibox::record::media::Stage;
use weibox::record::traffic::Call;
use weibox::run::clock;
use weibox::weibo::FileId;

use crate::support::{Home, Running, SECRET, Serve, message, mode, wait_for};

#[test]
fn a_second_listener_on_an_archive_is_refused_and_told_who_has_it() {
    let home = Home::new();
    let mut first = Serve::unsigned(&home);
    for args in [["serve", "--listen", "127.0.0.1:0"].as_slice(), &["--listen", "127.0.0.1:0"]] {
        let refused = home.output(args, &[]);
        let words = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{words}");
        assert!(words.contains(&format!("is in use by process {} (weibox serve)", first.running.id())), "{words}");
        assert!(words.contains("hint: `weibox attach` shows it; or stop that process"), "{words}");
        assert_eq!(refused.stdout, b"");
    }
    assert_eq!(first.post(message("still there")).status, 200);
    first.stop();
    let second = Serve::unsigned(&home);
    assert_eq!(second.post(message("now here")).status, 200);
    assert_eq!(home.records().len(), 2);
}

#[test]
fn a_second_listener_is_refused_also_when_somebody_removed_the_lock_file() {
    let home = Home::new();
    let first = Serve::unsigned(&home);
    fs::remove_file(home.data_dir().join("weibox.lock")).unwrap();
    for _ in 0..2 {
        let refused = home.output(&["serve", "--listen", "127.0.0.1:0"], &[]);
        let words = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{words}");
        assert!(words.contains("is in use by another process"), "{words}");
    }
    assert_eq!(first.post(message("still there")).status, 200);
}

#[test]
fn few_open_files_are_warned_of_and_how_many_callers_that_makes() {
    let home = Home::new();
    let weibox = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 256 && exec \"$0\" \"$@\""]).arg(weibox.get_program()).args(weibox.get_args());
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path("")).stdin(Stdio::null());
    let mut serve = Serve::of(Running::start(&mut command), None);
    let callers: Vec<_> = (0..60).map(|_| serve.connect()).collect();
    assert_eq!(serve.post(message("beside them")).status, 200);
    drop(callers);
    serve.stop();
    let words = "only 256 files may be open, so that 28 callers are served at once instead of 2048";
    let told = serve.running.stderr();
    assert!(told.contains(&format!("warning: {words}")), "{told:?}");
    assert!(
        told.iter()
            .any(|line| line.starts_with("hint: the limit of open files is too low: raise it with `ulimit -n 4296`")),
        "{told:?}"
    );
    assert!(home.log().contains(words), "{}", home.log());
    let mut doctor = Command::new("sh");
    doctor.args(["-c", "ulimit -n 256 && exec \"$0\" doctor --listen 127.0.0.1:0"]).arg(weibox.get_program());
    let text = doctor.env_clear().env("HOME", home.path("")).stdin(Stdio::null()).output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(words), "{text}");
}

#[test]
fn a_start_that_cannot_open_its_files_says_how_to_allow_more() {
    for files in [12, 16, 20, 24] {
        let home = Home::new();
        let weibox = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")]);
        command.arg(weibox.get_program()).args(weibox.get_args());
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path("")).stdin(Stdio::null());
        let mut running = Running::start(&mut command);
        assert_eq!(running.wait().code(), Some(1));
        let told = running.stderr().pop().unwrap();
        assert!(told.starts_with("hint: the limit of open files is too low: raise it with `ulimit -n"), "{told}");
    }
}

/// Checks that every file is 0600, every directory 0700, and nothing is a link.
fn assert_private(home: &Home) {
    for path in home.kept() {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{} has mode {:o}", path.display(), mode(&path));
    }
}

#[tokio::test]
async fn a_reason_is_kept_as_a_code_with_its_values_beside_words_and_what_an_older_weibox_kept_has_its_words() {
    let home = Home::new();
    let archive = Archive::open(&home.data_dir()).unwrap();
    let full = std::io::Error::from_raw_os_error(28);
    let reason = downloads::GIVEN_UP.with(downloads::UNWRITABLE.with(&full)).with(5_u32);
    archive.settle(FileId(7), Stage::Failed { reason: reason.clone() }).await.unwrap();
    let path = home.data_dir().join("weibox.db");
    let stage = || archive.reader().unwrap().stage(FileId(7)).unwrap();
    assert_eq!(stage(), Some(Stage::Failed { reason: reason.clone() }));
    let other = rusqlite::Connection::open(path).unwrap();
    let words: String = other.query_row("SELECT reason FROM media", [], |row| row.get(0)).unwrap();
    assert_eq!(words, reason.to_string());
    other.execute("UPDATE media SET reason_json = NULL", []).unwrap();
    assert_eq!(stage(), Some(Stage::Failed { reason: Reason::other(words) }));
}

#[test]
fn everything_kept_is_for_its_owner_alone() {
    let secrets = [("WEIBOX_APP_SECRET", SECRET), ("WEIBOX_ACCESS_TOKEN", "2.00test-token")];
    for was_there in [false, true] {
        let home = Home::new();
        if was_there {
            fs::create_dir(home.data_dir()).unwrap();
            fs::set_permissions(home.data_dir(), Permissions::from_mode(0o755)).unwrap();
        }
        let mut serve = Serve::start(&home, &[], &secrets);
        let url = serve.url.clone();
        let mut weibo = home.weibox(&["simulate", "--url", &url, "--media-listen", "127.0.0.1:0"]);
        let mut weibo = Running::start(weibo.envs(secrets));
        let files = format!("http://{}", weibo.told("serving files on http://"));
        weibo.told("serving files until");
        assert_private(&home);
        // It would also try the queued media at Weibo's own address, and sometimes before the command below.
        serve.stop();
        let fetched = home.output(&["download", "--all", "--media-url", &files], &secrets);
        assert!(String::from_utf8_lossy(&fetched.stderr).contains(" saved in "), "{fetched:?}");
        assert_eq!(home.output(&["export"], &[]).status.code(), Some(0));
        assert_private(&home);

        let kept = home.kept();
        let below = |name: &str| kept.iter().filter(|path| path.parent() == Some(&home.path(name))).count();
        assert!(kept.contains(&home.path("data/weibox.db")) && kept.contains(&home.path("data/weibox.lock")));
        assert!(below("data/media") > 0 && below("data/log") > 0, "{kept:?}");
    }
}

#[test]
fn a_directory_of_something_else_keeps_its_permissions() {
    let home = Home::new();
    fs::create_dir(home.data_dir()).unwrap();
    fs::write(home.path("data/notes"), "mine").unwrap();
    fs::set_permissions(home.data_dir(), Permissions::from_mode(0o755)).unwrap();
    let serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("hello")).status, 200);
    assert_eq!(mode(&home.data_dir()), 0o755);
    assert_eq!(mode(&home.path("data/weibox.db")), 0o600);
}

#[test]
fn the_request_log_holds_so_many_calls_and_the_newest_of_them() {
    let home = Home::new();
    let archive = Archive::open(&home.data_dir()).unwrap();
    let reader = home.reader();
    let all = usize::try_from(REQUESTS_KEPT).unwrap();
    let sent = all + 700;
    for number in 0..sent {
        let call = Call {
            at: clock::now(),
            remote: "192.0.2.1".to_owned(),
            method: "POST".to_owned(),
            path: "/weibo".to_owned(),
            status: 403,
            reason: Reason::other(number),
            head: String::new(),
        };
        wait_for("room in the queue", || archive.log(call.clone()));
        if number % 500 == 0 {
            assert!(reader.calls(2 * all).unwrap().len() <= all);
        }
    }
    let newest = || reader.calls(1).unwrap().first().map(|call| call.reason.clone());
    wait_for("the last call", || newest() == Some(Reason::other(sent - 1)));
    let calls = reader.calls(2 * all).unwrap();
    assert_eq!(calls.len(), all);
    assert_eq!(calls.last().unwrap().reason, Reason::other(sent - all));
}

/// Returns the version of an archive's file.
fn version(path: &Path) -> i64 {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn an_archive_of_a_later_weibox_is_refused_and_left_alone() {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("hello")).status, 200);
    serve.stop();
    let path = home.path("data/weibox.db");
    let known = version(&path);
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();

    assert!(matches!(Archive::open(&home.data_dir()), Err(Error::Version { found: 99, .. })));
    assert!(matches!(Reader::open(&home.data_dir()), Err(Error::Version { found: 99, .. })));
    for args in [["serve", "--listen", "127.0.0.1:0"].as_slice(), &["export"], &["download", "--all"]] {
        let refused = home.output(args, &[]);
        let words = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{words}");
        assert!(words.contains(&format!("has version 99, this weibox knows up to {known}")), "{words}");
        assert!(words.contains("hint: use the weibox that wrote it"), "{words}");
    }
    assert_eq!(version(&path), 99);
}

#[test]
fn who_only_reads_an_archive_of_an_earlier_weibox_is_told_how_it_becomes_one_of_this() {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("hello")).status, 200);
    serve.stop();
    let path = home.path("data/weibox.db");
    let known = version(&path);
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let refused = home.output(&["export"], &[]);
    let words = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains(&format!("has version 7, this weibox reads {known}")), "{words}");
    assert!(words.contains("hint: start `weibox` once, which brings it to this version"), "{words}");
}

#[test]
fn where_there_is_no_archive_nothing_is_made() {
    let home = Home::new();
    let missing = home.output(&["export"], &[]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stderr).unwrap().contains("hint: start `weibox` once"));
    assert!(!home.data_dir().exists(), "reading makes nothing");
}

#[test]
fn whoever_looks_who_has_the_lock_keeps_nobody_from_taking_it() {
    let directory = tempfile::tempdir().unwrap();
    drop(Lock::acquire(directory.path(), "weibox serve").unwrap());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _whoever = Lock::holder(directory.path());
            }
        });
        let taken: Vec<_> = (0..500).map(|_| Lock::acquire(directory.path(), "weibox serve").map(drop)).collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(taken.iter().all(Result::is_ok), "{taken:?}");
    });
}

#[test]
fn who_opens_an_archive_while_another_brings_it_to_this_version_waits_for_that() {
    for _ in 0..10 {
        let directory = tempfile::tempdir().unwrap();
        let open = || Archive::open(directory.path()).map(drop);
        thread::scope(|scope| {
            let openers: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            for opener in openers {
                opener.join().unwrap().unwrap();
            }
        });
    }
}
