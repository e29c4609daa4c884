//! Killed before, during and after sending, repeatedly: nothing is sent twice, and no order or draft is lost.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use weibox::attach::{Order, Outcome, client};
use weibox::record::outgoing::SendState;
use weibox::run::clock;
use weibox::weibo::UserId;
use weibox::weibo::active::ReplyForm;

use super::{Manner, ReplyServer, home, reply, serve};
use crate::support::{Home, Running, wait_for};

/// The variable with the number of kills.
const KILLS: &str = "WEIBOX_TEST_KILLS";
/// The number without the variable.
const USUAL: usize = 30;
/// The maximum time from the order to the kill, in microseconds: a reply takes a few thousand.
const LATEST: u64 = 12_000;

/// Returns the text and the state of each reply. Reads them by number, because `outgoing_to` returns only the
/// newest.
fn outbox(home: &Home) -> BTreeMap<String, SendState> {
    let reader = home.reader();
    let outgoing: Vec<_> = (1..).map_while(|id| reader.outgoing(id).unwrap()).collect();
    let n = outgoing.len();
    let by_text: BTreeMap<_, _> =
        outgoing.into_iter().map(|outgoing| (outgoing.composed.text, outgoing.state)).collect();
    assert_eq!(by_text.len(), n, "an order was kept twice");
    by_text
}

/// Returns the other sender of a round, to whom a draft is written.
fn other(round: usize) -> UserId {
    UserId(1_000 + round as u64)
}

/// Writes a draft word by word until the kill; returns the last acknowledged word.
fn write(data_dir: &Path, fan: UserId) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let keep = |n: usize| {
        let order =
            Order::Draft { account: String::new(), fan, form: ReplyForm::Text, text: n.to_string(), at: clock::now() };
        runtime.block_on(client::ask(data_dir, order))
    };
    let mut n = 0;
    while matches!(keep(n + 1), Ok(Outcome::Done)) {
        n += 1;
    }
    n
}

/// Returns the last stored word of a draft.
fn kept(home: &Home, fan: UserId) -> usize {
    home.reader().draft("", fan).unwrap().text.parse().unwrap_or_default()
}

fn check(home: &Home, server: &ReplyServer) {
    let mut arrived: BTreeMap<String, usize> = BTreeMap::new();
    for text in server.texts() {
        *arrived.entry(text).or_default() += 1;
    }
    assert!(arrived.values().all(|times| *times == 1), "twice: {arrived:?}");
    for (text, state) in outbox(home) {
        match state {
            SendState::Sent => assert!(arrived.contains_key(&text), "`{text}` is told as sent and never arrived"),
            SendState::Waiting => assert!(!arrived.contains_key(&text), "`{text}` waits and has arrived"),
            SendState::Unknown | SendState::Sending => {}
            SendState::Refused => unreachable!("nobody refused `{text}`"),
        }
    }
}

#[test]
fn a_kill_at_any_moment_of_sending_loses_nothing_and_sends_nothing_twice() {
    let asked = std::env::vars().find(|(name, _)| name == KILLS);
    let kills = asked.map_or(USUAL, |(_, times)| times.parse().unwrap());
    let (home, random) = (home(), RandomState::new());
    let server = ReplyServer::start(|_, _| Manner::taken());
    let ordered = Mutex::new(Vec::new());
    let mut written = Vec::new();
    for round in 0..kills {
        let serve = serve(&home, &server);
        let text = format!("round {round}");
        let (data_dir, fan) = (home.data_dir(), other(round));
        let writing = std::thread::spawn(move || write(&data_dir, fan));
        let mut command = home.weibox(&["reply", "--to", "1", "--json", "--text", &text]);
        let mut order = Running::start(&mut command);
        wait_for("the order to be kept", || outbox(&home).contains_key(&text));
        ordered.lock().unwrap().push(text);
        std::thread::sleep(Duration::from_micros(random.hash_one(round) % LATEST));
        serve.running.signal("KILL");
        drop(serve);
        order.signal("KILL");
        order.wait();
        check(&home, &server);
        written.push(writing.join().unwrap());
        assert!(kept(&home, fan) >= written[round], "a draft was lost");
    }
    // Waiting replies are sent; unknown ones stay unknown.
    let mut last = serve(&home, &server);
    assert_eq!(reply(&home, &["--to", "1", "--text", "the last"], &[]).1["state"], "sent");
    last.stop();
    check(&home, &server);
    assert!(written.iter().enumerate().all(|(round, n)| kept(&home, other(round)) >= *n), "a draft was lost later");
    assert!(written.iter().sum::<usize>() >= kills, "too little was written");
    let outbox = outbox(&home);
    assert_eq!(outbox.len(), kills + 1);
    assert!(ordered.into_inner().unwrap().iter().all(|text| outbox.contains_key(text)), "an order was lost");
    assert!(outbox.values().all(|state| matches!(state, SendState::Sent | SendState::Unknown)), "{outbox:?}");
}

#[test]
fn a_kill_while_the_answer_is_awaited_leaves_one_that_is_not_sent_again() {
    let home = home();
    let server = ReplyServer::start(|number, _| if number == 0 { Manner::Never } else { Manner::taken() });
    let first = serve(&home, &server);
    let mut order = Running::start(&mut home.weibox(&["reply", "--to", "1", "--text", "once"]));
    wait_for("the reply to go out", || server.heads().len() == 1);
    first.running.signal("KILL");
    drop(first);
    order.signal("KILL");
    order.wait();
    let mut second = serve(&home, &server);
    assert_eq!(reply(&home, &["--to", "1", "--text", "another"], &[]).1["state"], "sent");
    second.stop();
    assert_eq!(server.texts(), ["once", "another"]);
    assert_eq!(outbox(&home)["once"], SendState::Unknown);
}

#[test]
fn a_kill_before_it_goes_out_leaves_one_that_is_sent_by_the_next() {
    let home = home();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let nobody = ReplyServer::nobody();
    let first = serve(&home, &nobody);
    assert_eq!(reply(&home, &["--to", "1", "--text", "kept"], &[]).1["state"], "waiting");
    first.running.signal("KILL");
    drop(first);
    let mut second = serve(&home, &server);
    wait_for("the reply to be sent", || outbox(&home)["kept"] == SendState::Sent);
    second.stop();
    assert_eq!(server.texts(), ["kept"]);
}
