//! Changes on one node reach all nodes: labels, names, notes, replies, claims, deletions, and the answers to
//! Weibo; also those made on both sides of a cut, published twice, or lost by the stream.

use std::time::{Duration, Instant};

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use weibox::archive::{Archive, PruneBatch};
use weibox::attach::client::Remote;
use weibox::attach::{Order, Outcome};
use weibox::dashboard::orders::ArchiveChange;
use weibox::record::outgoing::{Composed, SendState};
use weibox::record::page::{Mark, Selection};
use weibox::record::people::{Labelled, Relabel};
use weibox::run::clock;
use weibox::weibo::UserId;
use weibox::weibo::active::ReplyForm;

use super::nodes::{Cluster, status};
use super::order;
use super::servers::Servers;
use crate::forward::bot::{self, Bot};
use crate::outbox::server::{Manner, ReplyServer};
use crate::support::{Home, message, wait_for};

/// The sender of [`message`].
const FAN: UserId = UserId(2_489_518_277);

/// Returns everything that nodes share, line by line, in an order common to all nodes.
fn all_of(home: &Home) -> Vec<String> {
    let reader = home.reader();
    let mut records = home.records();
    reader.fill(&mut records).unwrap();
    let mut lines = Vec::new();
    for record in &records {
        let mut line: Value = serde_json::from_str(&record.to_json()).unwrap();
        line["seq"].take();
        lines.push(format!("{line} read {} starred {}", record.marks.is_read, record.marks.is_starred));
    }
    for reply in reader.outgoing_to(FAN).unwrap() {
        let answered = records.iter().find(|record| Some(record.seq) == reply.composed.seq);
        let answered = answered.map(|record| &record.message.text);
        lines.push(format!("reply {} {:?} to {answered:?}", reply.composed.text, reply.state));
    }
    lines.sort();
    lines
}

/// Waits until all nodes are the same and as expected.
fn wait_until_all(cluster: &Cluster, n: usize, what: &str, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    wait_for(what, || {
        found = (0..n).map(|node| all_of(cluster.home(node))).collect();
        let is_same = found.windows(2).all(|pair| pair[0] == pair[1]);
        is_same && is_so(&found[0])
    });
    found.swap_remove(0)
}

fn seq(home: &Home, text: &str) -> u64 {
    home.records().iter().find(|record| record.message.text == text).unwrap().seq
}

fn label(home: &Home, of: Labelled, add: &[&str], remove: &[&str]) {
    let [add, remove] = [add, remove].map(|some| some.iter().map(|&label| label.to_owned()).collect());
    assert_eq!(order(home, Order::Change(ArchiveChange::Relabel(Relabel { of, add, remove }))), Outcome::Count(1));
}

fn name(home: &Home, name: &str, note: &str) {
    let profile = Order::Change(ArchiveChange::Profile { fan: FAN, name: name.to_owned(), note: note.to_owned() });
    assert_eq!(order(home, profile), Outcome::Done);
}

fn mark(home: &Home, text: &str, mark: Mark) {
    let marked = order(home, Order::Change(ArchiveChange::Mark(Selection::Seqs(vec![seq(home, text)]), mark)));
    assert_eq!(marked, Outcome::Count(1));
}

fn has(line: &str) -> impl Fn(&[String]) -> bool {
    move |lines| lines.iter().any(|found| found.contains(line))
}

#[test]
fn labels_names_and_notes_of_one_node_are_on_all_within_a_second() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 2);
    let silent = cluster.add(&servers, &["--no-listen"]);
    cluster.post(0, &message("one"));
    cluster.post(1, &message("two"));
    cluster.wait_until_equal(2);

    // On a shared machine a single try may take longer.
    let mut fastest = Duration::MAX;
    for round in 0..5 {
        let (word, home) = (format!("label{round}"), cluster.home(silent));
        let began_at = Instant::now();
        label(home, Labelled::Messages(vec![seq(home, "one")]), &[&word], &[]);
        wait_until_all(&cluster, 3, "the label", has(&word));
        fastest = fastest.min(began_at.elapsed());
    }
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");

    label(cluster.home(1), Labelled::Messages(vec![seq(cluster.home(1), "one")]), &["退款"], &["label0"]);
    label(cluster.home(0), Labelled::Sender(FAN), &["vip"], &[]);
    name(cluster.home(0), "老王", "");
    assert_eq!(order(cluster.home(1), Order::Change(ArchiveChange::Mute(FAN, true))), Outcome::Done);
    wait_until_all(&cluster, 3, "the sender known", |lines| {
        ["退款", "vip", "老王", "muted"].iter().all(|word| has(word)(lines)) && !has("label0")(lines)
    });
    name(cluster.home(1), "老王", "买过两次");
    wait_until_all(&cluster, 3, "the note", |lines| has("买过两次")(lines) && has("老王")(lines));
    name(cluster.home(0), "", "");
    assert_eq!(order(cluster.home(0), Order::Change(ArchiveChange::Mute(FAN, false))), Outcome::Done);
    wait_until_all(&cluster, 3, "nothing of them", |lines| !has("老王")(lines) && !has("买过两次")(lines));
}

#[test]
fn what_is_deleted_on_one_node_goes_on_all_and_no_stream_brings_it_back() {
    let mut servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 2);
    for text in ["one", "two"] {
        cluster.post(0, &message(text));
    }
    cluster.wait_until_equal(2);
    label(cluster.home(1), Labelled::Messages(vec![seq(cluster.home(1), "one")]), &["退款"], &[]);
    let gone = seq(cluster.home(0), "two");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&cluster.home(0).data_dir()).unwrap();
        archive.replicate_as("node0");
        archive.discard(vec![gone], clock::now()).await.unwrap();
        archive.prune(PruneBatch { messages: vec![gone], ..PruneBatch::default() }).await.unwrap();
        archive.close().await.unwrap();
    });
    wait_until_all(&cluster, 2, "the message gone", |lines| lines.len() == 1);
    servers.kill(0);
    servers.forget(0);
    servers.go_on(0);
    cluster.wait_until_whole(0);
    let late = cluster.add(&servers, &["--no-listen"]);
    cluster.post(0, &message("three"));
    let lines = wait_until_all(&cluster, late + 1, "two messages", |lines| lines.len() == 2);
    assert!(has("退款")(&lines), "the new node knows the label as well: {lines:?}");
}

#[test]
fn a_reply_of_one_node_stands_on_the_others_and_is_sent_once() {
    let servers = Servers::start(1);
    let weibo = ReplyServer::start(|number, _| if number == 0 { Manner::taken() } else { Manner::Cut });
    let mut cluster = Cluster::join(&servers, 0);
    let config = format!("[answers]\nenabled = true\nurl = \"{}\"\n", weibo.url);
    let nodes = [0, 1].map(|_| cluster.add_as(&servers, &[], &config));
    for text in ["几点开门？", "在吗"] {
        cluster.post(0, &message(text));
    }
    cluster.wait_until_equal(2);
    let reply = |node: usize, text: &str, words: &str| {
        let home = cluster.home(node);
        let (seq, account, words) = (Some(seq(home, text)), String::new(), words.to_owned());
        let (key, form) = (words.clone(), ReplyForm::Text);
        let composed = Composed { key, account, fan: FAN, seq, form, text: words, after: None };
        assert!(matches!(order(home, Order::Reply(composed)), Outcome::Composed(_)));
    };
    reply(nodes[0], "几点开门？", "十点");
    let sent = format!("reply 十点 {:?} to {:?}", SendState::Sent, Some("几点开门？"));
    wait_until_all(&cluster, 2, "the reply", has(&sent));
    // The outcome of a reply whose connection broke is unknown, and no other node sends it again.
    reply(nodes[1], "在吗", "在");
    wait_until_all(&cluster, 2, "the other reply", has(&format!("reply 在 {:?}", SendState::Unknown)));
    let answered = cluster.home(nodes[1]).output(&["export", "--query", "is:answered"], &[]).stdout;
    let answered = String::from_utf8(answered).unwrap();
    assert!(answered.lines().count() == 1 && answered.contains("几点开门？"), "{answered}");
    assert_eq!(weibo.texts(), ["十点", "在"]);
}

#[test]
fn a_claim_of_one_node_is_seen_on_another_until_it_or_its_node_ends() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 2);
    cluster.post(0, &message("几点开门？"));
    cluster.wait_until_equal(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let attach = |node: usize| {
        let data_dir = cluster.home(node).data_dir();
        runtime.block_on(Remote::attach(&data_dir, false)).unwrap()
    };
    let [here, beside, there] = [0, 0, 1].map(attach);
    let claim = |remote: &Remote, user: &str| {
        let (user, session) = (user.to_owned(), format!("session of {user}"));
        let claim = Order::Claim { account: String::new(), fan: FAN, user, session };
        assert_eq!(runtime.block_on(remote.orders().ask(claim)), Outcome::Done);
    };
    let seen = |remote: &Remote, users: &[&str]| {
        wait_for(&format!("{users:?}"), || {
            let mut found: Vec<String> =
                remote.watches.claims.borrow().iter().map(|claim| claim.user.clone()).collect();
            found.sort();
            found == users
        });
    };
    claim(&here, "wang");
    seen(&there, &["wang"]);
    seen(&beside, &["wang"]);
    claim(&there, "li");
    for remote in [&here, &beside, &there] {
        seen(remote, &["li", "wang"]);
    }
    assert_eq!(runtime.block_on(here.orders().ask(Order::Release("session of wang".to_owned()))), Outcome::Done);
    for remote in [&here, &beside, &there] {
        seen(remote, &["li"]);
    }
    claim(&here, "wang");
    seen(&there, &["li", "wang"]);
    drop(here);
    seen(&there, &["li"]);
    claim(&beside, "zhao");
    seen(&there, &["li", "zhao"]);
    cluster.kill(0);
    seen(&there, &["li"]);
}

#[test]
fn what_both_sides_of_a_cut_did_ends_the_same_and_what_is_told_twice_changes_nothing() {
    let mut servers = Servers::start(1);
    let cluster = Cluster::join(&servers, 2);
    for text in ["one", "two"] {
        cluster.post(0, &message(text));
    }
    cluster.wait_until_equal(2);
    let [a, b] = [0, 1].map(|node| cluster.home(node));
    label(a, Labelled::Sender(FAN), &["old"], &[]);
    wait_until_all(&cluster, 2, "the label", has("old"));
    servers.kill(0);
    wait_for("both alone", || [a, b].iter().all(|home| status(home)["standing"] == "alone"));
    mark(a, "one", Mark::Starred);
    mark(b, "one", Mark::Read);
    mark(b, "one", Mark::Starred);
    mark(b, "one", Mark::Unstarred);
    label(a, Labelled::Messages(vec![seq(a, "two")]), &["north"], &[]);
    label(b, Labelled::Messages(vec![seq(b, "two")]), &["south"], &[]);
    label(b, Labelled::Sender(FAN), &[], &["old"]);
    name(a, "老王", "");
    name(b, "", "买过两次");
    wait_for("what is kept here counted", || status(a)["untold"].as_u64() >= Some(3));
    servers.go_on(0);
    for node in [0, 1] {
        cluster.wait_until_whole(node);
    }
    let told = |node: usize| status(cluster.home(node))["untold"] == 0;
    wait_for("everything told", || told(0) && told(1));
    let before = wait_until_all(&cluster, 2, "both the same", |lines| {
        ["north", "south", "老王", "买过两次"].iter().all(|word| has(word)(lines)) && !has("old")(lines)
    });

    // Everything is published once more, the old label last.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let last = runtime.block_on(async {
        let context = jetstream::new(async_nats::connect(servers.urls()).await.unwrap());
        let stream = context.get_stream("WEIBOX").await.unwrap();
        let config = OrderedConfig { filter_subject: "weibox.marks.>".to_owned(), ..OrderedConfig::default() };
        let events = stream.create_consumer(config).await.unwrap();
        let n_events = usize::try_from(events.cached_info().num_pending).unwrap();
        assert!(n_events >= 9, "{n_events}");
        let events: Vec<_> = events.messages().await.unwrap().take(n_events).collect().await;
        let mut last = 0;
        for event in events.into_iter().rev().map(Result::unwrap) {
            let format = event.headers.as_ref().unwrap().get("Weibox-Format").unwrap().clone();
            let mut headers = async_nats::HeaderMap::new();
            headers.insert("Weibox-Format", format);
            let again = context.publish_with_headers(event.subject.clone(), headers, event.payload.clone());
            last = again.await.unwrap().await.unwrap().sequence;
        }
        last
    });
    wait_for("all of it read", || [a, b].iter().all(|home| status(home)["cursor"].as_u64() >= Some(last)));
    for home in [a, b] {
        assert_eq!(all_of(home), before);
        assert_eq!(status(home)["strange"], 0);
    }
}

#[test]
fn what_the_stream_has_lost_is_told_again_to_a_node_that_was_away() {
    let mut servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 2);
    cluster.post(0, &message("one"));
    cluster.wait_until_equal(1);
    cluster.kill(1);
    let home = cluster.home(0);
    label(home, Labelled::Messages(vec![seq(home, "one")]), &["退款"], &[]);
    name(home, "老王", "");
    mark(home, "one", Mark::Starred);
    wait_for("everything told", || status(home)["untold"] == 0);
    servers.kill(0);
    servers.forget(0);
    servers.go_on(0);
    cluster.wait_until_whole(0);
    cluster.go_on(1);
    wait_until_all(&cluster, 2, "the label, the name and the star", |lines| {
        ["退款", "老王", "starred true"].iter().all(|word| has(word)(lines))
    });
}

#[test]
fn a_repeat_at_another_node_gets_the_same_answer() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 0);
    for node in 0..2 {
        cluster.add_as(&servers, &[], &format!("[[reply]]\ntext = \"of node{node}\"\n"));
    }
    // Either node may be first, also before the other one has heard of the message.
    for number in 0..20 {
        let body = message(&format!("number {number}"));
        let (cluster, body) = (&cluster, &body);
        let answers = std::thread::scope(|scope| {
            [0, 1].map(|node| scope.spawn(move || cluster.ask(node, body))).map(|asked| asked.join().unwrap())
        });
        assert_eq!(answers[0], answers[1]);
        assert!(answers[0].contains("of%20node") || answers[0].contains("of+node"), "{answers:?}");
        assert_eq!(cluster.ask(number % 2, body), answers[0]);
    }
    cluster.wait_until_equal(20);
}

#[test]
fn what_a_bot_answers_is_known_on_all_nodes_though_it_comes_later_than_its_message() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 1);
    let said = |call: &bot::BotCall, _: usize| {
        let body: Value = serde_json::from_str(&call.body).unwrap();
        let data = "%7B%22text%22%3A%22bot%22%7D";
        let answer = json!({
            "result": true, "receiver_id": body["sender_id"], "sender_id": body["receiver_id"], "type": "text", "data": data,
        });
        bot::Manner::says(200, answer.to_string())
    };
    let bot = Bot::start(said);
    let config = format!("[[forward]]\nname = \"bot\"\nurl = \"{}\"\nmode = \"answer\"\n", bot.url());
    let behind = cluster.add_as(&servers, &[], &config);
    let body = message("to the bot");
    let answer = cluster.ask(behind, &body);
    assert!(answer.contains("bot"), "{answer}");
    let began_at = Instant::now();
    wait_for("the bot's answer on another node", || {
        cluster.home(0).records().iter().any(|record| record.reply.as_deref() == Some(&answer))
    });
    assert_eq!(cluster.ask(0, &body), answer);
    assert_eq!(cluster.ask(behind, &body), answer);
    cluster.wait_until_equal(1);
    // No wait lasted as long as the servers remember message ids, which is two minutes.
    assert!(began_at.elapsed() < Duration::from_mins(1), "{:?}", began_at.elapsed());
}

#[test]
fn who_had_which_of_many_messages_is_told_though_it_takes_more_than_one_event() {
    let mut servers = Servers::start_with(1, "max_payload: 8192");
    let cluster = Cluster::join(&servers, 2);
    servers.kill(0);
    for number in 0..100 {
        for node in 0..2 {
            cluster.post(node, &message(&format!("number {number}")));
        }
    }
    servers.go_on(0);
    let lines = cluster.wait_until_equal(100);
    assert!(lines.iter().all(|line| line.contains(r#""deliveries":2"#)), "{lines:?}");
    assert!((0..2).all(|node| !status(cluster.home(node)).to_string().contains("TOLD_TOO_LONG")));
}
