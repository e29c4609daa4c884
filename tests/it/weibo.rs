//! Every documented and defensive payload, read, and arbitrary bytes, survived.

use std::path::Path;

use proptest::prelude::*;
use weibox::record::Record;
use weibox::run::clock;
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
