//! Several commands beside a listener at once: its answers are in time, none is 503, and the commands also end in
//! time.

use std::fs;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use weibox::archive::{Import, ImportEntry};
use weibox::record::line;
use weibox::run::clock;
use weibox::weibo::created_at;

use crate::index::check_index;
use crate::pace::Pace;
use crate::support::{Home, Running, SECRET, Serve, message, signed_query};

/// The number of old messages, and of messages imported from each of two files.
const OLD: usize = 6_000;
const IMPORTED: usize = 6_000;
/// The number of concurrent callers.
const CALLERS: usize = 2;

/// Returns a message that was sent this many days ago, every third with a file.
fn body(words: &str, number: usize, days: i64) -> String {
    let time = created_at::format((clock::now() - TimeDelta::days(days)).with_timezone(&created_at::china()));
    let body = message(words).replace("Mon Jul 16 18:09:20 +0800 2012", &time);
    if number.is_multiple_of(3) {
        body.replace("\"text\",\"rec", "\"image\",\"rec").replace("{}", &format!("{{\"tovfid\":{}}}", number + 1))
    } else {
        body
    }
}

fn start(home: &Home, args: &[&str]) -> Child {
    home.weibox(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Runs a command repeatedly until `is_over`.
fn repeat(home: &Home, args: &[&str], is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        start(home, args).wait().unwrap();
    }
}

/// Creates a home with old messages, and files with newer ones to import.
fn filled<const N: usize>(names: [&str; N]) -> (Home, [String; N]) {
    let home = Home::new();
    let mut import = Import::open(&home.data_dir()).unwrap();
    let old = (0..OLD).map(|number| body(&format!("old {number}"), number, 100));
    let old: Vec<_> = old.map(|body| ImportEntry::new(line::read(body.as_bytes(), clock::now()).unwrap())).collect();
    import.write(&old).unwrap();
    import.finish().unwrap();
    let files = names.map(|name| {
        let lines: String = (0..IMPORTED).map(|number| body(&format!("{name} {number}"), number, 1) + "\n").collect();
        fs::write(home.path(name), lines).unwrap();
        home.path(name).to_str().unwrap().to_owned()
    });
    (home, files)
}

#[test]
fn answers_are_in_time_while_every_command_works_on_the_archive() {
    let (home, files) = filled(["one", "two"]);
    let serve = Serve::signed(&home);
    let is_over = AtomicBool::new(false);
    let pace = Pace::of(serve.running.id());
    let (slowest, n_posted) = std::thread::scope(|scope| {
        let (home, serve, is_over) = (&home, &serve, &is_over);
        for args in [["export"].as_slice(), &["download", "--all"]] {
            scope.spawn(move || repeat(home, args, is_over));
        }
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn(move || {
                    let (mut slowest, mut n_posted) = (Duration::ZERO, 0);
                    while !is_over.load(Ordering::Relaxed) {
                        let asked_at = Instant::now();
                        let body = body(&format!("caller {caller} number {n_posted}"), 1, 0);
                        serve.keep(body);
                        slowest = slowest.max(asked_at.elapsed());
                        n_posted += 1;
                    }
                    (slowest, n_posted)
                })
            })
            .collect();
        let commands = [["import", files[0].as_str()], ["import", &files[1]], ["prune", "--older-than=90d"]];
        let mut commands = commands.map(|args| start(home, &args));
        let ended = commands.iter_mut().map(|command| command.wait().unwrap().success());
        let ended: Vec<_> = ended.collect();
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(ended, [true; 3]);
        let answered = callers.into_iter().map(|caller| caller.join().unwrap());
        answered.fold((Duration::ZERO, 0), |sum, one| (sum.0.max(one.0), sum.1 + one.1))
    });
    // A caller that is answered 503 retries, which takes longer than promised.
    pace.assert_took(slowest, Duration::from_secs(1), &format!("one of {n_posted} answers"));
    pace.assert_within(Duration::from_mins(2), "all commands");
    assert_eq!(home.records().len(), 2 * IMPORTED + n_posted);
    check_index(&home.data_dir());
    assert_eq!(serve.post(message(SECRET)).status, 200);
}

#[test]
fn answers_are_there_within_a_second_beside_one_command_of_each_kind() {
    let (home, [file]) = filled(["one"]);
    let mut bot = Running::start(&mut home.weibox(&["simulate", "--as-bot", "127.0.0.1:0"]));
    let bot = format!("http://{}", bot.told("http://").split(';').next().unwrap());
    let serve = Serve::signed(&home);
    let url = format!("http://{}/weibo", serve.address);
    let signed = format!("{url}?{}", signed_query(SECRET));
    // Whether it succeeds: commands without a token or the right to reply fail.
    let commands: [(&[&str], bool); 17] = [
        (&["export"], true),
        (&["export", "--format", "csv"], true),
        (&["export", "--query", "old type:text"], true),
        (&["import", &file], true),
        (&["reindex"], true),
        (&["download", "--all"], false),
        (&["download", "1"], false),
        (&["replay", "--to", &bot], true),
        (&["doctor", "--deep"], true),
        (&["status"], true),
        (&["bookmarks"], true),
        (&["verify", &signed], true),
        (&["config"], true),
        (&["reply", "--to", "1", "--text", "hello"], false),
        (&["simulate", "--url", &url, "--count", "20"], true),
        (&["prune", "--older-than=90d", "--dry-run"], true),
        (&["prune", "--older-than=90d"], true),
    ];
    let mut n_posted = 0;
    for (args, ends_well) in commands {
        let mut command = home.weibox(args);
        command.env("WEIBOX_APP_SECRET", SECRET).stdout(Stdio::null()).stderr(Stdio::null());
        let pace = Pace::of(serve.running.id());
        let command = std::thread::spawn(move || command.status().unwrap());
        let (mut slowest, before) = (Duration::ZERO, n_posted);
        while !command.is_finished() || n_posted < before + 3 {
            let asked_at = Instant::now();
            let answer = serve.post(body(&format!("number {n_posted}"), 1, 0));
            assert_eq!(answer.status, 200, "beside {args:?}");
            slowest = slowest.max(asked_at.elapsed());
            n_posted += 1;
        }
        assert_eq!(command.join().unwrap().success(), ends_well, "{args:?}");
        pace.assert_took(slowest, Duration::from_secs(1), &format!("an answer beside {args:?}"));
    }
    check_index(&home.data_dir());
}
