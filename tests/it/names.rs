//! Names of senders: requested once, for visible messages, and never when they are off.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weibox::archive::Archive;
use weibox::names::{self, NamePolicy, NameSettings};
use weibox::run::clock;
use weibox::web::AccountToken;
use weibox::weibo::UserId;

use crate::pty::{PATIENCE, Pty};
use crate::support::{Home, Running, Serve, wait_for};

const TOKEN: &str = "2.00Names_Of_The+Tests/77";

/// A server of names that records its requests.
struct NameServer {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    /// Start and end of each request.
    times: Arc<Mutex<Vec<[Instant; 2]>>>,
}

impl NameServer {
    /// Answers with this status and body.
    fn start(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/2/eps/user/info.json", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&asked);
        let times = Arc::<Mutex<Vec<[Instant; 2]>>>::default();
        let kept_times = Arc::clone(&times);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked_at = Instant::now();
                let mut reader = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
                let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let query = target.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
                let uid = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "uid");
                let uid = uid.map(|(_, uid)| uid.into_owned()).unwrap_or_default();
                let token = url::form_urlencoded::parse(query.as_bytes()).any(|(_, value)| value == TOKEN);
                kept.lock().unwrap().push(if token { uid.clone() } else { target });
                let (status, body) = answer(&uid);
                let head =
                    format!("HTTP/1.1 {status} So\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
                kept_times.lock().unwrap().push([asked_at, Instant::now()]);
                drop(reader.get_mut().write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()));
            }
        });
        Self { url, asked, times }
    }

    fn named() -> Self {
        Self::start(|uid| (200, format!(r#"{{"uid":"{uid}","nickname":"橙子{}","follow":"1"}}"#, uid.len())))
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn message(sender: u64, words: &str) -> String {
    serde_json::json!({
        "type": "text", "receiver_id": 1_902_538_057_u64, "sender_id": sender,
        "created_at": "Mon Jul 16 18:09:20 +0800 2012", "text": words, "data": {},
    })
    .to_string()
}

fn listener(home: &Home, server: &NameServer, args: &[&str], token: &str) -> Serve {
    let variables = [("WEIBOX_ACCESS_TOKEN", token)];
    let variables = if token.is_empty() { &[][..] } else { &variables[..] };
    Serve::start(home, &[&["--names-url", &server.url], args].concat(), variables)
}

fn attach(home: &Home) -> Pty {
    Pty::start(&home.weibox(&["attach"]), 120, 30)
}

#[test]
fn a_sender_on_the_screen_has_a_name_that_is_asked_for_once_and_kept() {
    let home = Home::new();
    let server = NameServer::named();
    let mut serve = listener(&home, &server, &[], TOKEN);
    serve.keep(message(2_489_518_277, "hello there"));
    assert!(server.asked().is_empty(), "nobody looks");
    let mut pty = attach(&home);
    pty.wait_for_text("橙子10 2489518277");
    assert_eq!(server.asked(), ["2489518277"]);
    // The list shows it instead of the number.
    let is_listed = |screen: &str| screen.lines().any(|line| line.contains("橙子10") && line.contains("hello there"));
    pty.wait_for(|screen| is_listed(&screen.contents()), PATIENCE);
    pty.send("P");
    pty.wait_for(|screen| !screen.contents().contains("橙子10") && !screen.contents().contains("2489518277"), PATIENCE);
    drop(pty);
    serve.stop();
    let exported = String::from_utf8(home.output(&["export"], &[]).stdout).unwrap();
    assert!(exported.contains(r#""sender_id":2489518277,"sender_name":"橙子10""#), "{exported}");
    assert!(!home.log().contains(TOKEN));
    let serve = listener(&home, &server, &[], TOKEN);
    serve.keep(message(2_489_518_278, "somebody else"));
    let pty = attach(&home);
    pty.wait_for_text("橙子10 2489518278");
    assert_eq!(server.asked(), ["2489518277", "2489518278"], "what is known is not asked for again");
}

#[test]
fn nobody_is_asked_for_names_where_they_are_off_or_where_there_is_no_token() {
    for (args, token) in [(&["--names", "off"][..], TOKEN), (&[][..], "")] {
        let home = Home::new();
        let server = NameServer::named();
        let serve = listener(&home, &server, args, token);
        serve.keep(message(2_489_518_277, "hello there"));
        let mut pty = attach(&home);
        pty.wait_for_text("hello there");
        pty.send("*");
        pty.wait_for_text("* starred");
        pty.send("q");
        assert_eq!(pty.wait().exit_code(), 0);
        drop(serve);
        assert!(server.asked().is_empty(), "{args:?}");
    }
}

#[test]
fn a_limit_or_a_dead_token_ends_the_asking() {
    for body in [r#"{"error":"limit","error_code":10023}"#, r#"{"error":"expired_token","error_code":21327}"#] {
        let home = Home::new();
        let server = NameServer::start(move |_| (403, body.to_owned()));
        let mut serve = listener(&home, &server, &["--names", "all"], TOKEN);
        for sender in 1..=20 {
            serve.keep(message(sender, "hello"));
        }
        wait_for("a call", || !server.asked().is_empty());
        wait_for("it to be told", || home.log().contains("no names for a while"));
        for sender in 21..=40 {
            serve.keep(message(sender, "hello"));
        }
        serve.stop();
        assert_eq!(server.asked().len(), 1, "{body}");
    }
}

#[test]
fn the_simulator_tells_names_and_does_what_weibo_can_do_wrong() {
    let home = Home::new();
    let mut simulate = home.weibox(&["simulate", "--url", "http://127.0.0.1:9/", "--count", "1"]);
    let mut simulator = Running::start(simulate.args(["--media-listen", "127.0.0.1:0"]));
    let url = simulator.told("serving files on ").replace("mss/msget", "eps/user/info.json");
    for (end, name) in [
        (9981, Some("北漂的猫")),
        (9989, None),
        (9990, Some("")),
        (9991, None),
        (9992, None),
        (9993, None),
        (9994, Some("")),
        (9995, None),
        (9996, Some("⟨202E⟩␛[31mevil")),
        (9997, None),
        (9998, Some("Echo回声")),
    ] {
        let (home, sender) = (Home::new(), 2_489_510_000 + end);
        let args = ["--names", "all", "--names-url", &url];
        let mut serve = Serve::start(&home, &args, &[("WEIBOX_ACCESS_TOKEN", TOKEN)]);
        serve.keep(message(sender, "hello"));
        let known = || home.reader().person(UserId(sender)).unwrap().map(|person| person.nickname);
        wait_for("an answer", || known().is_some() || home.log().contains("no names for a while"));
        assert_eq!(known().as_deref().map(weibox::text::line).as_deref(), name, "{end}");
        serve.stop();
    }
}

#[test]
fn the_names_of_everybody_are_asked_for_without_a_screen_and_what_is_foul_is_drawable() {
    let home = Home::new();
    let server = NameServer::start(|_| (200, "{\"nickname\":\"a\\u001b[31m\u{202e}b\"}".to_owned()));
    let mut serve = listener(&home, &server, &["--names", "all"], TOKEN);
    serve.keep(message(7, "hello"));
    wait_for("the name", || home.reader().person(UserId(7)).unwrap().is_some());
    let pty = attach(&home);
    pty.wait_for_text("a␛[31m");
    assert!(!pty.screen_text().contains('\u{202e}'));
    drop(pty);
    serve.stop();
}

#[test]
fn one_name_a_second_is_asked_for_at_most_and_none_with_a_dead_token_until_the_next_start() {
    let home = Home::new();
    let server = NameServer::start(|uid| match uid {
        "4" => (403, r#"{"error":"expired_token","error_code":21327}"#.to_owned()),
        _ => (200, format!(r#"{{"nickname":"n{uid}"}}"#)),
    });
    let mut serve = listener(&home, &server, &["--names", "all"], TOKEN);
    for sender in 1..=5 {
        serve.keep(message(sender, "hello"));
    }
    wait_for("the dead token", || home.log().contains("no names for a while"));
    let times = server.times.lock().unwrap().clone();
    assert_eq!(times.len(), 4);
    for pair in times.windows(2) {
        assert!(pair[1][0] - pair[0][1] > Duration::from_millis(990), "{times:?}");
    }
    serve.keep(message(6, "hello"));
    serve.stop();
    assert_eq!(server.asked(), ["1", "2", "3", "4"], "nobody is asked for with a dead token");
    let mut serve = listener(&home, &server, &["--names", "all"], TOKEN);
    serve.keep(message(7, "hello"));
    wait_for("another token", || server.asked().len() == 5);
    serve.stop();
}

#[test]
fn a_name_that_repeats_the_token_is_none_and_a_long_one_is_cut() {
    let long = "长".repeat(5_000);
    let told = long.clone();
    let server = NameServer::start(move |uid| {
        let name = if uid == "1" { format!("{}{TOKEN}", "x".repeat(50)) } else { told.clone() };
        (200, serde_json::json!({ "nickname": name }).to_string())
    });
    let home = Home::new();
    let mut serve = listener(&home, &server, &["--names", "all"], TOKEN);
    let known = |sender| home.reader().person(UserId(sender)).unwrap().map(|person| person.nickname);
    for sender in [1, 2] {
        serve.keep(message(sender, "hello"));
        wait_for("an answer", || known(sender).is_some());
    }
    serve.stop();
    assert_eq!(known(1).as_deref(), Some(""));
    assert_eq!(known(2), Some(long.chars().take(64).collect()));
}

/// Panics once when it is armed.
fn fragile(is_armed: &AtomicBool) -> DateTime<Utc> {
    assert!(!is_armed.swap(false, Ordering::SeqCst), "the clock broke");
    clock::now()
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_names_goes_on_after_a_fault_of_ours() {
    static IS_ARMED: AtomicBool = AtomicBool::new(true);
    let (home, server) = (Home::new(), NameServer::named());
    let archive = Archive::open(&home.data_dir()).unwrap();
    let settings = NameSettings {
        policy: NamePolicy::Shown,
        url: server.url.parse().unwrap(),
        tokens: vec![AccountToken::new(String::new(), watch::channel(Some(SecretString::from(TOKEN))).1)],
    };
    let stop = CancellationToken::new();
    let door = names::start(&archive, settings, || fragile(&IS_ARMED), &stop);
    door.want([(String::new(), UserId(7))]);
    wait_for("the fault", || !IS_ARMED.load(Ordering::SeqCst));
    door.want([(String::new(), UserId(8))]);
    wait_for("the name", || archive.reader().unwrap().person(UserId(8)).unwrap().is_some());
    assert_eq!(server.asked(), ["8"]);
    stop.cancel();
    archive.close().await.unwrap();
}
