//! The user's names, notes and labels: stored in the archive, set over the socket, shown, found, exported and
//! imported.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use weibox::archive::{Archive, Arrival, PruneBatch};
use weibox::record::outgoing::Draft;
use weibox::record::people::{KnownSender, LabelBoard, Labelled, Relabel};
use weibox::weibo::active::ReplyForm;
use weibox::weibo::{UserId, created_at};

use crate::dashboard::noon;
use crate::pty::{PATIENCE, Pty};
use crate::support::{Home, Running, SECRET, Serve, wait_for};

const FAN: u64 = 2_489_518_277;

fn message(sender: u64, words: &str) -> String {
    serde_json::json!({
        "type": "text", "receiver_id": 1_902_538_057_u64, "sender_id": sender,
        "created_at": "Mon Jul 16 18:09:20 +0800 2012", "text": words, "data": {},
    })
    .to_string()
}

fn sender(home: &Home) -> KnownSender {
    let mut records = home.records();
    home.reader().fill(&mut records).unwrap();
    records.into_iter().find(|record| record.message.sender_id == Some(UserId(FAN))).unwrap().sender
}

fn board(home: &Home, seqs: &[u64]) -> LabelBoard {
    home.reader().label_board(seqs, Some(UserId(FAN))).unwrap()
}

/// Returns the texts of the messages that a query finds.
fn found(home: &Home, query: &str) -> Vec<String> {
    let exported = String::from_utf8(home.output(&["export", "--query", query], &[]).stdout).unwrap();
    let text =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned();
    exported.lines().map(text).collect()
}

#[track_caller]
fn is_on_a_line(pty: &Pty, words: [&str; 2]) {
    let is_there = |screen: &str| screen.lines().any(|line| words.iter().all(|word| line.contains(word)));
    pty.wait_for(|screen| is_there(&screen.contents()), PATIENCE);
}

#[test]
fn a_name_a_note_and_labels_are_shown_found_exported_and_read_back() {
    let home = Home::new();
    let mut serve = Serve::signed(&home);
    for (sender, words) in [(FAN, "first words"), (FAN + 1, "of another"), (FAN, "last words")] {
        serve.keep(message(sender, words));
    }
    let mut pty = Pty::start(&home.weibox(&["attach"]), 120, 30);
    is_on_a_line(&pty, ["2489518277", "last words"]);
    pty.send("b");
    pty.wait_for_text("Name and note");
    pty.send("老王\t要发票，\u{1b}[200~寄北京\u{1b}[201~\r");
    is_on_a_line(&pty, ["老王", "last words"]);
    is_on_a_line(&pty, ["老王", "first words"]);
    pty.wait_for_text("老王 2489518277");
    is_on_a_line(&pty, ["note", "要发票，寄北京"]);
    pty.send("#");
    pty.wait_for_text("No label yet");
    pty.send("退款 after");
    pty.wait_for_text("new label");
    pty.send(" \tVIP\r");
    is_on_a_line(&pty, ["after,退", "last words"]);
    is_on_a_line(&pty, ["VIP", "first words"]);
    is_on_a_line(&pty, ["labels", "退款"]);
    assert_eq!(board(&home, &[3]).of_messages.keys().collect::<Vec<_>>(), ["after", "退款"]);
    assert_eq!(board(&home, &[]).of_sender, ["VIP"]);
    // A label similar to the unknown one is one key away.
    pty.send("/label:退");
    pty.wait_for_text("label:退款");
    pty.send("\t");
    pty.wait_for(|screen| !screen.contents().contains("first words"), PATIENCE);
    is_on_a_line(&pty, ["老王", "last words"]);
    pty.send("\u{1b}");
    is_on_a_line(&pty, ["2489518278", "of another"]);
    pty.send("/label:VIP name:laowang");
    pty.wait_for(|screen| !screen.contents().contains("of another"), PATIENCE);
    pty.send("\u{1b}");
    is_on_a_line(&pty, ["2489518278", "of another"]);
    pty.send("P");
    pty.wait_for(
        |screen| !["老王", "要发票", "退款", "VIP"].iter().any(|own| screen.contents().contains(own)),
        PATIENCE,
    );
    pty.send("P");
    pty.wait_for_text("要发票");
    drop(pty);
    serve.stop();

    for (query, expected) in [
        ("label:退款", vec!["last words"]),
        ("label:vip", vec!["first words", "last words"]),
        ("name:老王 -label:退款", vec!["first words"]),
        ("note:发票", vec!["first words", "last words"]),
        ("-name:老王", vec!["of another"]),
    ] {
        assert_eq!(found(&home, query), expected, "{query}");
    }
    check_export(&home);
}

/// Checks that both export formats contain the data about people, and that an import restores it.
fn check_export(home: &Home) {
    let exported = home.output(&["export"], &[]).stdout;
    let line = String::from_utf8(exported.clone()).unwrap();
    let known =
        r#""sender_alias":"老王","sender_note":"要发票，寄北京","sender_labels":["VIP"],"labels":["after","退款"]"#;
    assert!(line.lines().nth(2).unwrap().contains(known), "{line}");
    let csv = String::from_utf8(home.output(&["export", "--format", "csv"], &[]).stdout).unwrap();
    assert!(
        csv.lines()
            .next()
            .unwrap()
            .ends_with("deliveries,sender_name,sender_alias,sender_note,sender_labels,labels,sender_muted")
    );
    assert!(csv.lines().nth(3).unwrap().ends_with(r#",,老王,要发票，寄北京,VIP,"after,退款",false"#), "{csv}");

    let other = Home::new();
    fs::write(other.path("lines.jsonl"), &exported).unwrap();
    for _ in 0..2 {
        assert!(other.output(&["import", other.path("lines.jsonl").to_str().unwrap()], &[]).status.success());
        assert_eq!(String::from_utf8(other.output(&["export"], &[]).stdout).unwrap(), line);
    }
    assert_eq!(found(&other, "label:退款"), ["last words"]);
}

/// Lines of `serve` and of `--plain`, after a sender got a hostile name and labels and was muted.
#[tokio::test(flavor = "multi_thread")]
async fn lines_say_what_is_known_of_a_sender_and_a_name_breaks_out_of_none() {
    let home = Home::new();
    let archive = Archive::open(&home.data_dir()).unwrap();
    let (fan, now) = (UserId(FAN), weibox::run::clock::now());
    archive.keep_nickname(fan, "橙\n\u{1b}]0;x\u{7}\",\"seq\":9".to_owned(), now).await.unwrap();
    let relabel = Relabel { of: Labelled::Sender(fan), add: vec!["VIP".to_owned()], remove: Vec::new() };
    archive.relabel(relabel, now).await.unwrap();
    archive.mute(fan, true, now).await.unwrap();
    archive.close().await.unwrap();
    let mut serve = Serve::signed(&home);
    serve.keep(message(FAN, "first words"));
    serve.keep(message(FAN + 1, "of another"));
    let lines = serve.lines(2);
    serve.stop();
    let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(
        (&line["seq"], &line["sender_labels"][0], &line["sender_muted"]),
        (&1.into(), &"VIP".into(), &true.into())
    );
    assert!(line["sender_name"].as_str().unwrap().starts_with('橙'), "{line}");
    assert!(!lines[0].contains(['\u{1b}', '\u{7}']) && !lines[1].contains("sender_name"), "{lines:?}");
    let exported = home.output(&["export"], &[]).stdout;
    assert_eq!(String::from_utf8(exported).unwrap().lines().collect::<Vec<_>>(), lines);
    let csv = String::from_utf8(home.output(&["export", "--format", "csv"], &[]).stdout).unwrap();
    for end in [",VIP,,true", ",,,,,,false"] {
        assert!(csv.lines().any(|line| line.ends_with(end)), "{end}: {csv}");
    }

    let mut plain = home.weibox(&["--plain", "--listen", "127.0.0.1:0"]);
    let mut plain = Serve::of(Running::start(plain.env("WEIBOX_APP_SECRET", SECRET)), Some(SECRET));
    plain.keep(message(FAN, "last words"));
    let lines = plain.lines(1);
    plain.running.signal("TERM");
    plain.running.wait();
    assert!(lines[0].contains("橙") && lines[0].ends_with("2489518277: last words"), "{lines:?}");
    assert!(!lines[0].contains(['\u{1b}', '\u{7}']), "{lines:?}");
}

#[test]
fn what_is_emptied_is_gone_and_what_is_removed_takes_its_labels_along() {
    let home = Home::new();
    let mut serve = Serve::signed(&home);
    serve.keep(message(FAN, "first words"));
    serve.keep(message(FAN, "last words"));
    let mut pty = Pty::start(&home.weibox(&["attach"]), 60, 20);
    pty.wait_for_text("last words");
    pty.send("b老王\r");
    pty.wait_for_text("name and note are kept");
    assert_eq!(sender(&home).name, "老王");
    pty.wait_for_text("老王 last words");
    pty.send("b\u{15}\r");
    wait_for("no name", || sender(&home) == KnownSender::default());
    pty.wait_for(|screen| !screen.contents().contains("老王"), PATIENCE);
    // Both are selected.
    pty.send("  #");
    pty.wait_for_text("No label yet");
    pty.send("急\r");
    wait_for("the labels", || board(&home, &[1, 2]).of_messages.get("急") == Some(&2));
    pty.wait_for_text("急");
    pty.send("#");
    pty.wait_for_text("[x]");
    pty.send("\r");
    wait_for("one label", || board(&home, &[1, 2]).of_messages.get("急") == Some(&1));
    drop(pty);
    serve.stop();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        archive.prune(PruneBatch { messages: vec![1, 2], media: Vec::new() }).await.unwrap();
        archive.close().await.unwrap();
    });
    assert_eq!(board(&home, &[1, 2]), LabelBoard::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_knows_what_its_sender_is_called() {
    let home = crate::support::home_with_file("image", "7.jpg", b"x").await;
    let archive = Archive::open(&home.data_dir()).unwrap();
    let fan = home.records()[0].message.sender_id.unwrap();
    let name = || archive.reader().unwrap().jobs(9).unwrap().remove(0).origin.unwrap().name;
    assert_eq!(name(), None);
    archive.keep_nickname(fan, "橙子".to_owned(), weibox::run::clock::now()).await.unwrap();
    assert_eq!(name().as_deref(), Some("橙子"));
    archive.keep_profile(fan, "老王".to_owned(), String::new(), weibox::run::clock::now()).await.unwrap();
    assert_eq!(name().as_deref(), Some("老王"), "by the user's name first");
    archive.close().await.unwrap();
}

/// Starts a server that counts connections and never answers.
fn recorder() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let n_calls = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&n_calls);
    std::thread::spawn(move || {
        for _call in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    (url, n_calls)
}

#[test]
fn nothing_leaves_the_machine_while_replies_and_names_are_off() {
    let home = Home::new();
    let (url, n_calls) = recorder();
    let urls = ["--names-url", &url, "--reply-url", &url, "--media-url", &url];
    let args = [&["--names", "off"][..], &urls].concat();
    let mut serve = Serve::start(&home, &args, &[("WEIBOX_ACCESS_TOKEN", "2.00Nothing_Leaves")]);
    let sent_at = weibox::run::clock::now().with_timezone(&created_at::china());
    for sender in [FAN, FAN + 1] {
        let old = message(sender, "hello there");
        serve.keep(old.replace("Mon Jul 16 18:09:20 +0800 2012", &created_at::format(sent_at)));
    }
    let mut pty = Pty::start(&home.weibox(&["attach"]), 80, 24);
    pty.wait_for_text("hello there");
    pty.send("b老王\r");
    pty.wait_for_text("name and note are kept");
    pty.send("#");
    pty.wait_for_text("No label yet");
    pty.send("VIP\r");
    pty.wait_for_text("labels: +VIP (1 message)");
    pty.send("r");
    pty.wait_for_text("0/299");
    pty.send("你好\r");
    pty.wait_for_text("Replies speak for the account");
    pty.send("n");
    pty.wait_for(|screen| !screen.contents().contains("Replies speak for the account"), PATIENCE);
    pty.send("\u{1b}");
    pty.wait_for_text("the draft is kept");
    pty.send("q");
    assert_eq!(pty.wait().exit_code(), 0);
    assert!(home.reader().outgoing_to(UserId(FAN + 1)).unwrap().is_empty());
    serve.stop();
    assert_eq!(n_calls.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_draft_belongs_to_a_sender_of_one_account() {
    let home = Home::new();
    let archive = Archive::open(&home.data_dir()).unwrap();
    let draft = |text: &str| Draft { form: ReplyForm::Text, text: text.to_owned() };
    let messages = [("shop", FAN), ("club", FAN), ("shop", FAN + 1), ("shop", FAN), ("", FAN)];
    for (n, (account, sender)) in messages.into_iter().enumerate() {
        let arrival = Arrival::new(message(sender, &n.to_string()), noon());
        archive.insert(Arrival { account: account.to_owned(), ..arrival }).await.unwrap();
    }
    for (account, text) in [("shop", "from the shop"), ("club", "from the club")] {
        archive.keep_draft(account.to_owned(), UserId(FAN), draft(text), noon()).await.unwrap();
    }
    let mut records = home.records();
    home.reader().fill(&mut records).unwrap();
    let drafts: Vec<_> = records.into_iter().map(|record| record.sender.draft).collect();
    assert_eq!(drafts, ["from the shop", "from the club", "", "from the shop", ""]);
}
