//! What is stored of Weibo's callbacks, and the replies to them.

use std::sync::Barrier;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::support::{Home, SECRET, Serve, message, signed_query, target, wait_for};

/// The number of concurrent callers.
const CALLERS: usize = 40;

fn photo(data: &str) -> String {
    format!(
        r#"{{"type":"image","receiver_id":1902538057,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"发了一张图片","data":{data}}}"#
    )
}

/// Returns the deliveries of each message.
fn deliveries(home: &Home) -> Vec<u64> {
    home.records().iter().map(|record| record.deliveries).collect()
}

#[test]
fn the_same_message_from_many_callers_at_once_is_one_row() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let body = message("always the same");
    let start = Barrier::new(CALLERS);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let call = || {
            let mut connection = serve.connect();
            start.wait();
            connection.call("POST", &target(SECRET), body.as_bytes()).unwrap().status
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200; CALLERS]);
    assert_eq!(deliveries(&home), [CALLERS as u64]);
    assert_eq!(serve.lines(1).len(), 1);
}

#[test]
fn two_photos_of_one_second_are_two_rows() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    assert_eq!(serve.post(photo(r#"{"vfid":821804459,"tovfid":821804469}"#)).status, 200);
    assert_eq!(serve.post(photo(r#"{"vfid":821804460,"tovfid":821804470}"#)).status, 200);
    assert_eq!(deliveries(&home), [1, 1]);
}

#[test]
fn messages_of_one_second_that_differ_in_what_weibox_does_not_read_are_two_rows() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let plain = message("hello");
    let with = |more: &[u8]| [b"{", more, plain.strip_prefix('{').unwrap().as_bytes()].concat();
    let saying = |text: &[u8]| {
        let (before, after) = plain.split_once("\"hello\"").unwrap();
        [before.as_bytes(), text, after.as_bytes()].concat()
    };
    let from = |sender: &str| plain.replace("2489518277", sender).into_bytes();
    let bodies = [
        with(b"\"id\":1211260020031346,"),
        with(b"\"id\":1211260020031347,"),
        with(b"\"text\":\"A\","),
        with(b"\"text\":\"B\","),
        saying(b"\"\\ud83d\""),
        saying(b"\"\\ud83e\""),
        saying(b"\"\xe9\""),
        saying(b"\"\xea\""),
        saying(b"1"),
        saying(b"\"1\""),
        from("\"abc\""),
        from("\"def\""),
        from("18446744073709551617"),
        from("null"),
        from("-11"),
    ];
    for (n_before, body) in bodies.iter().enumerate() {
        for n_after in [n_before + 1; 2] {
            assert_eq!(serve.post(body).status, 200);
            assert_eq!(home.records().len(), n_after, "{}", String::from_utf8_lossy(body));
        }
    }
    let again: Value = serde_json::from_slice(&bodies[0]).unwrap();
    assert_eq!(serve.post(serde_json::to_string_pretty(&again).unwrap()).status, 200);
    assert_eq!(deliveries(&home), [vec![3], vec![2; bodies.len() - 1]].concat());
    assert!(home.records().iter().zip(bodies).all(|(record, body)| record.raw == body));
}

#[test]
fn a_repeat_that_is_spelled_differently_is_the_same_row() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let plain = message("hello");
    let quoted = plain.replace("1902538057", "\"1902538057\"").replace("2489518277", "\"2489518277\"");
    let spaced = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&plain).unwrap()).unwrap();
    let bare = plain.replace(r#","data":{}"#, "");
    let spelled = |data: &str| plain.replace("{}", data);
    for body in [plain.clone(), quoted, spaced, bare, spelled("\"\""), spelled("[]"), spelled("null")] {
        assert_eq!(serve.post(&body).status, 200, "{body}");
        assert_eq!(home.records().len(), 1, "{body}");
    }
    assert_eq!(deliveries(&home), [7]);
    for data in [r#"{"vfid":1,"tovfid":2}"#, r#"{"tovfid":"2","vfid":"1"}"#, r#""{\"vfid\":1,\"tovfid\":2}""#] {
        assert_eq!(serve.post(photo(data)).status, 200, "{data}");
    }
    assert_eq!(deliveries(&home), [7, 3]);
}

#[test]
fn without_a_secret_only_readable_messages_are_taken_and_none_is_verified() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    let handshake = format!("{}&echostr=1", target(SECRET));
    let answer = serve.connect().call("GET", &handshake, b"").unwrap();
    assert_eq!(answer.status, 403);
    assert!(answer.body.starts_with("no app secret is set"), "{}", answer.body);
    for body in ["", "<xml>", "[1]", "{\"type\":"] {
        let answer = serve.post(body);
        assert_eq!(answer.status, 400, "{body:?}");
        assert!(answer.body.trim().len() > 5, "{body:?} is refused with a reason, not {:?}", answer.body);
    }
    assert_eq!(serve.post(message("hello")).status, 200);
    let line: Value = serde_json::from_str(&serve.lines(1)[0]).unwrap();
    assert_eq!((&line["text"], &line["verified"]), (&json!("hello"), &json!(false)));
    assert_eq!(home.records().len(), 1);
}

#[test]
fn a_web_page_posts_nothing_unless_it_knows_the_secret() {
    let post = |serve: &Serve, header: &str| {
        let body = message(header);
        let head = format!("POST {} HTTP/1.1\r\nHost: evil.example\r\n{header}\r\n", target(SECRET));
        let mut connection = serve.connect();
        connection.send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).unwrap();
        connection.answer().unwrap()
    };
    let headers =
        ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "sec-fetch-mode: cors"];
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    for header in headers {
        let answer = post(&serve, header);
        assert_eq!(answer.status, 403, "{header}");
        assert!(answer.body.starts_with("the call comes from a web page (`"), "{}", answer.body);
    }
    assert_eq!(post(&serve, "Referer: https://evil.example/").status, 200);
    let reader = home.reader();
    wait_for("the refusals in the request log", || reader.calls(10).unwrap().len() == headers.len());
    drop(serve);
    let serve = Serve::signed(&home);
    assert!(headers.iter().all(|header| post(&serve, header).status == 200));
}

#[test]
fn a_signed_message_that_cannot_be_read_is_kept_as_it_came() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let bodies: [&[u8]; 3] = [b"<xml>\xff", b"", b"{\"type\":"];
    for body in bodies {
        let answer = serve.post(body);
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{body:?}");
    }
    let lines = serve.lines(bodies.len());
    for (line, raw) in lines.iter().zip(["<xml>\u{fffd}", "", "{\"type\":"]) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["type"], &line["raw"]), (&json!("unreadable"), &json!(raw)));
        assert_eq!(line["verified"], json!(true));
    }
    assert!(home.records().iter().zip(bodies).all(|(record, body)| record.raw == body));
}

#[test]
fn a_reply_rule_answers_the_sender_and_a_repeat_gets_the_same() {
    let home = Home::new();
    home.configure("[[reply]]\nkind = 'text'\nwords = ['几点', 'Hours']\ntext = '10:00 – 22:00，欢迎 \"您\"'");
    let serve = Serve::signed(&home);
    let asked = serve.post(message("请问几点开门"));
    assert_eq!((asked.status, asked.header("content-type")), (200, Some("application/json; charset=utf-8")));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let data = body["data"].as_str().unwrap();
    let expected = json!({"result": true, "receiver_id": 2_489_518_277_u64, "sender_id": 1_902_538_057, "type": "text", "data": data});
    assert_eq!(body, expected);
    assert!(data.starts_with("%7B%22text%22%3A%22"), "{data}");
    let said: Value = serde_json::from_str(&percent_decode_str(data).decode_utf8().unwrap()).unwrap();
    assert_eq!(said, json!({"text": "10:00 – 22:00，欢迎 \"您\""}));

    assert_eq!(serve.post(message("请问几点开门")).body, asked.body);
    assert_eq!(serve.post(message("what are your HOURS?")).status, 200);
    assert_eq!(serve.post(message("nothing to say")).body, "");
    assert_eq!(serve.post(photo("{}")).body, "", "another kind");
    let replies: Vec<_> = home.records().into_iter().map(|record| record.reply.is_some()).collect();
    assert_eq!(replies, [true, true, false, false]);
}

#[test]
fn a_repeat_gets_the_old_reply_after_the_rules_have_changed() {
    let home = Home::new();
    home.configure("[[reply]]\ntext = 'old'");
    let first = Serve::signed(&home).post(message("hello"));
    home.configure("[[reply]]\ntext = 'new'");
    let serve = Serve::signed(&home);
    assert_eq!(serve.post(message("hello")).body, first.body);
    assert_ne!(serve.post(message("good bye")).body, first.body);
}

#[test]
fn calls_that_are_no_message_are_logged_with_their_head_and_without_secrets() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let signed = signed_query(SECRET);
    for (method, target) in [
        ("GET", format!("/weibo?{signed}&echostr=1")),
        ("POST", "/weibo?signature=private".to_owned()),
        ("POST", format!("/private-not/{}?{signed}", "x".repeat(1000))),
        ("PUT", format!("/weibo?{signed}")),
    ] {
        serve.connect().call(method, &target, b"private body").unwrap();
    }
    assert_eq!(serve.post(message("not logged")).status, 200);
    let reader = home.reader();
    wait_for("the request log", || reader.calls(10).unwrap().len() == 4);
    let calls = reader.calls(10).unwrap();
    let seen: Vec<_> = calls.iter().rev().map(|call| (call.method.as_str(), call.status)).collect();
    assert_eq!(seen, [("GET", 200), ("POST", 403), ("POST", 404), ("PUT", 405)]);
    let signature = signed.split(['=', '&']).nth(1).unwrap();
    for call in &calls {
        assert_eq!(call.remote, "127.0.0.1");
        assert!(call.path.len() <= 256 && !call.path.contains('?'), "{}", call.path);
        let all = format!("{call:?}");
        assert!(!all.contains(signature) && !all.contains("private body"), "{all}");
        assert_eq!(call.header("host"), Some("weibox"), "{all}");
    }
    let first = calls.last().unwrap().head.lines().next().unwrap();
    let (start, rest) = (signature.get(..8).unwrap(), signed.split_once('&').unwrap().1);
    assert_eq!(first, format!("GET /weibo?signature={start}…&{rest}&echostr=1 HTTP/1.1"));
}

#[test]
fn a_body_in_gbk_is_read_and_its_bytes_outlive_export_and_import() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let json = message("GBK: 你好");
    let (before, after) = json.split_once("你好").unwrap();
    let gbk = [before.as_bytes(), b"\xc4\xe3\xba\xc3", after.as_bytes()].concat();
    for (content_type, body) in [
        ("text/plain; charset=GBK", gbk.as_slice()),
        ("text/plain", b"<\xc4\xe3\0>"),
        ("text/plain", b"{\"type\":\"text\",\"text\":\"\xff\",\"more\":1}"),
    ] {
        let (target, length) = (target(SECRET), body.len());
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: w\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut connection = serve.connect();
        connection.send([head.as_bytes(), body].concat()).unwrap();
        assert_eq!(connection.answer().unwrap().status, 200, "{content_type}");
    }
    let exported = home.output(&["export"], &[]).stdout;
    assert_eq!(serve.lines(3).join("\n") + "\n", String::from_utf8(exported.clone()).unwrap());
    let first: Value = serde_json::from_slice(exported.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!((&first["text"], &first["charset"]), (&json!("GBK: 你好"), &json!("GBK")));
    let other = Home::new();
    std::fs::write(other.path("lines"), &exported).unwrap();
    let imported = other.output(&["import", other.path("lines").to_str().unwrap()], &[]);
    assert_eq!(imported.status.code(), Some(0));
    assert_eq!(other.output(&["export"], &[]).stdout, exported);
    let bytes = |home: &Home| home.records().into_iter().map(|record| record.raw).collect::<Vec<_>>();
    assert_eq!(bytes(&other), bytes(&home));
}

/// Turns an archive into one of an older weibox, which did not know samples and took them for signed messages.
fn forget_samples(archive: &rusqlite::Connection) {
    /// The last version without samples.
    const BEFORE: u32 = 12;
    // Objects of later versions come after those of this one.
    let later = "SELECT format('DROP %s IF EXISTS %s', type, name) FROM sqlite_master WHERE sql IS NOT NULL AND rowid >= \
                 (SELECT rowid FROM sqlite_master WHERE name = 'messages_samples') ORDER BY type DESC";
    let later: Vec<String> =
        archive.prepare(later).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    archive.execute_batch(&later.join(";")).unwrap();
    archive.execute_batch("ALTER TABLE messages DROP COLUMN is_sample; UPDATE messages SET verified = 1").unwrap();
    archive.pragma_update(None, "user_version", BEFORE).unwrap();
}

#[test]
fn what_weibox_made_up_is_a_sample_and_goes_alone() {
    let home = Home::new();
    let mut serve = Serve::signed(&home);
    let sample = message("made up").replace("1902538057", "9007199254740991");
    for body in [&message("real"), &sample] {
        assert_eq!(serve.post(body).status, 200);
    }
    serve.stop();
    let lines = |args: &[&str]| -> Vec<Value> {
        let exported = String::from_utf8(home.output(args, &[]).stdout).unwrap();
        exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = lines(&["export"]);
    assert_eq!((&all[0]["verified"], &all[0]["sample"]), (&json!(true), &Value::Null));
    assert_eq!((&all[1]["verified"], &all[1]["sample"]), (&json!(false), &json!(true)));
    assert_eq!(lines(&["export", "--query", "is:sample"]), all[1..]);
    assert_eq!(lines(&["export", "--query", "-is:sample"]), all[..1]);

    forget_samples(&rusqlite::Connection::open(home.data_dir().join("weibox.db")).unwrap());
    let told = home.output(&["prune", "--samples", "--dry-run"], &[]);
    assert_eq!(told.status.code(), Some(1), "it is not of this version yet");
    Serve::signed(&home).stop();
    assert_eq!(lines(&["export"]), all);

    let told = home.output(&["prune", "--samples", "--dry-run"], &[]);
    assert_eq!(String::from_utf8(told.stderr).unwrap(), "1 sample would be removed\n");
    assert_eq!(home.output(&["prune", "--samples"], &[]).status.code(), Some(0));
    assert_eq!(lines(&["export"]), all[..1]);
}
