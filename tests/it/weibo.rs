//! Every documented and defensive payload is parsed, and arbitrary bytes do no harm.

use std::path::Path;

use proptest::prelude::*;
use weibox::record::Record;
use weibox::run::clock;
use weibox::weibo::charset::Charset;
use weibox::weibo::created_at;
use weibox::weibo::identity::identity;
use weibox::weibo::signature::Parameters;
use weibox::weibo::wire;

fn payloads() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads");
    let files = directory.read_dir().unwrap().map(|file| file.unwrap().path());
    let read = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
    };
    let mut payloads: Vec<_> = files.map(read).collect();
    payloads.sort();
    payloads
}

#[test]
fn every_payload_is_read_as_the_snapshot_says() {
    let lines: Vec<String> = payloads()
        .into_iter()
        .map(|(name, body)| {
            let message = wire::parse(&body);
            let attachment = message.attachment().map(|fid| fid.to_string()).unwrap_or_default();
            let data = serde_json::Value::Object(message.data.clone());
            format!(
                "{name}\n  {} from {:?} to {:?} at {:?}\n  text {:?}\n  data {data}\n  {:?}\n  attachment {attachment}",
                message.type_name,
                message.sender_id.map(|id| id.0),
                message.receiver_id.map(|id| id.0),
                message.sent_at.map(|time| time.to_rfc3339()),
                message.text,
                message.content,
            )
        })
        .collect();
    assert!(lines.len() >= 19, "the fixtures are not there");
    insta::assert_snapshot!(lines.join("\n"));
}

/// Returns the lines of a file of samples.
fn samples(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/callbacks").join(name);
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn ids_that_are_written_as_floats_are_exact() {
    let senders_and_files: Vec<_> = samples("ids-as-floats.jsonl")
        .iter()
        .map(|body| wire::parse(body.as_bytes()))
        .map(|message| (message.sender_id.unwrap().0, message.attachment().map(|fid| fid.0)))
        .collect();
    let person = 2_489_518_277;
    let files = [(1, Some(5_326_071_353_316_787)), (1, Some(821_804_469))];
    assert_eq!(senders_and_files, [[(person, None); 3].as_slice(), &files].concat());
}

#[test]
fn what_cannot_be_a_time_of_sending_counts_as_unknown_and_opens_no_longer_window() {
    let received_at: chrono::DateTime<chrono::Utc> = "2026-11-28T23:00:00Z".parse().unwrap();
    let sent_at: Vec<_> = samples("times-far-away.jsonl")
        .iter()
        .map(|body| Record::new(1, received_at, body.clone().into_bytes()))
        .map(|record| (record.dated_at().is_some(), record.sent_at().to_rfc3339()))
        .collect();
    let known = (true, "2012-07-16T10:09:20.123456+00:00".to_owned());
    let unknown = (false, "2026-11-29T07:00:00+08:00".to_owned());
    assert_eq!(sent_at, [vec![known; 2], vec![unknown; 4]].concat());
}

#[test]
fn a_body_that_holds_more_than_weibos_is_kept_as_text_and_its_envelope_is_read() {
    let n_values = 150_000;
    for (data, expected) in [
        (format!("[{}0]", r#"{"":1},"#.repeat(n_values)), 1),
        (format!("{}{}", "[".repeat(n_values), "]".repeat(n_values)), 1),
        (format!(r#"{{"a":[{}0]}}"#, "0,".repeat(n_values)), 1),
        (serde_json::to_string(&format!("[{}0]", "0,".repeat(n_values))).unwrap(), 1),
    ] {
        let body = format!(r#"{{"type":"text","sender_id":7,"text":"hello","data":{data},"more":{data}}}"#);
        let message = wire::parse(body.as_bytes());
        assert_eq!((message.type_name.as_str(), message.text.as_str()), ("text", "hello"));
        assert_eq!((message.sender_id.map(|id| id.0), message.data.len()), (Some(7), expected));
        assert!(message.data.values().all(serde_json::Value::is_string) && message.is_abridged);
        let line = Record::new(1, clock::now(), body.clone().into_bytes()).to_json();
        assert_eq!(weibox::record::line::read(line.as_bytes(), clock::now()).unwrap().raw, body.as_bytes());
    }
}

#[test]
fn a_body_in_another_encoding_is_read_as_it_says() {
    let json = r#"{"type":"text","sender_id":7,"text":"你好，世界","data":{}}"#;
    let utf_16: Vec<u8> = json.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_16_be: Vec<u8> = [0xfeff].into_iter().chain(json.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let [before, after] = json.split("你好，世界").collect::<Vec<_>>().try_into().unwrap();
    let gbk = [before.as_bytes(), b"\xc4\xe3\xba\xc3\xa3\xac\xca\xc0\xbd\xe7", after.as_bytes()].concat();
    for (charset, body) in
        [("gbk", &gbk), ("GB18030", &gbk), ("gb2312", &gbk), ("utf-16le", &utf_16), ("", &utf_16), ("", &utf_16_be)]
    {
        let message = wire::parse_as(body, Charset::of(&format!("text/plain; charset={charset}"), body));
        assert_eq!(message.text, "你好，世界", "{charset}");
        assert!(message.is_abridged, "{charset}: the line needs the bytes");
    }
}

fn survive(bytes: &[u8]) {
    let message = wire::parse(bytes);
    let _identity = identity(&message, bytes);
    let line = Record::new(1, clock::now(), bytes.to_vec()).to_json();
    assert!(!line.contains('\n') && serde_json::from_str::<serde_json::Value>(&line).is_ok(), "{line}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_and_always_make_one_json_line(bytes in any::<Vec<u8>>()) {
        survive(&bytes);
    }

    #[test]
    fn cut_and_flipped_payloads_never_panic(index in 0_usize..19, cut in any::<usize>(), flip in any::<(usize, u8)>()) {
        let (_, mut body) = payloads().swap_remove(index);
        let at = flip.0 % body.len();
        body[at] ^= flip.1;
        survive(&body);
        body.truncate(cut % body.len());
        survive(&body);
    }

    #[test]
    fn arbitrary_times_and_queries_never_panic(text in any::<String>()) {
        let _time = created_at::parse(&text);
        let _refusal = Parameters::from_query(&text).and_then(|parameters| parameters.verify("secret"));
    }
}
