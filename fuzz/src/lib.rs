//! Properties that must hold for any bytes. The fuzz targets and the property tests (`tests/it/properties.rs`)
//! call these functions.
//!
//! Each function takes bytes and panics when its property does not hold.

use std::cell::OnceCell;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use weibox::attach::protocol::{Heard, ToHolder, line_of};
use weibox::config::{self, Config, Environment, Options};
use weibox::controls::key::Key;
use weibox::controls::keymap::Keymap;
use weibox::media::budget::Budget;
use weibox::media::picture::{self, MOST_ZOOM, Viewport, drawing};
use weibox::media::{self, voice};
use weibox::query;
use weibox::record::{Record, line};
use weibox::weibo::identity::identity;
use weibox::weibo::signature::{Parameters, Refusal, sign};
use weibox::weibo::{created_at, wire};

/// Returns a fixed time.
fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_342_411_200, 0).expect("a moment")
}

/// A callback: it is parsed, its repeat is recognized, and its JSON is a single line that reads back as the same
/// record.
pub fn wire(bytes: &[u8]) {
    let message = wire::parse(bytes);
    assert_eq!(identity(&message, bytes), identity(&wire::parse(bytes), bytes), "a repeat is known");
    let exported = Record::new(1, noon(), bytes.to_vec()).to_json();
    assert!(!exported.contains('\n'), "{exported}");
    let imported = line::read(exported.as_bytes(), noon()).expect("an exported line can be imported");
    assert_eq!(imported.to_json(), exported);
}

/// A query: a valid one is written as the same query, and an invalid one has an error with a position.
pub fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match query::parse(&text) {
        Ok(query) => {
            let written = query.to_string();
            assert_eq!(query::parse(&written).map(|query| query.to_string()), Ok(written));
        }
        Err(wrong) => assert!(text.get(wrong.at.clone()).is_some() && !wrong.hint.to_string().is_empty(), "{wrong:?}"),
    }
}

/// A line on the socket for dashboards: a valid one is written as the same message.
pub fn socket(bytes: &[u8]) {
    let understood = |line: &str| if let Heard::Said(said) = ToHolder::read(line) { Some(said) } else { None };
    let Some(said) = understood(&String::from_utf8_lossy(bytes)) else { return };
    let written = line_of(&said);
    assert!(!written.contains('\n'), "{written}");
    assert_eq!(understood(&written).map(|said| line_of(&said)), Some(written));
}

/// A time: one that is parsed and can be written is parsed as the same time again.
pub fn created_at(bytes: &[u8]) {
    let Some(time) = created_at::parse(&String::from_utf8_lossy(bytes)) else { return };
    // Only whole seconds and offsets of whole minutes can be written.
    if time.offset().local_minus_utc() % 60 == 0 {
        let again = created_at::parse(&created_at::format(time)).map(|time| (time.timestamp(), *time.offset()));
        assert_eq!(again, Some((time.timestamp(), *time.offset())));
    }
}

/// A query string: only the right signature passes, and no refusal shows the secret.
pub fn signature(bytes: &[u8]) {
    const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let text = String::from_utf8_lossy(bytes);
    let Ok(parameters) = Parameters::from_query(&text) else { return };
    let [timestamp, nonce] = [&parameters.timestamp, &parameters.nonce].map(|part| part.clone().unwrap_or_default());
    let right = sign(SECRET, &timestamp, &nonce);
    match parameters.verify(SECRET) {
        Ok(()) => assert!(parameters.signature.is_some_and(|signature| signature.eq_ignore_ascii_case(&right))),
        Err(refusal @ Refusal::Mismatch(_)) => {
            let told = refusal.reason_in_full().to_string();
            assert!(text.contains(SECRET) || !told.contains(SECRET), "{told}");
            assert!(text.contains(&right) || !told.contains(&right), "{told}");
            let signed = Parameters { signature: Some(right), ..parameters };
            assert_eq!(signed.verify(SECRET), Ok(()), "the right one passes");
        }
        Err(Refusal::Missing(_) | Refusal::Duplicate(_) | Refusal::Stale(_)) => {}
    }
}

/// The first bytes of a file: only these matter, and the extension cannot lead out of a directory.
pub fn sniff(bytes: &[u8]) {
    let head = bytes.get(..media::HEAD).unwrap_or(bytes);
    assert_eq!(media::sniff(bytes), media::sniff(head));
    if let Some(format) = media::sniff(bytes) {
        assert!(format.extension.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{}", format.extension);
    }
}

/// A voice: it is refused, or not longer than allowed, and its WAV has all of it.
pub fn voice(bytes: &[u8]) {
    let Ok(voice) = voice::decode(bytes, &|| Budget::Left) else { return };
    assert!(voice.duration() <= voice::LONGEST && voice.channels > 0);
    assert!(voice::bars(&voice.summary().shape, 58, 7).iter().all(|level| *level <= 7));
    assert_eq!(voice.wav(std::time::Duration::ZERO).len(), 44 + 2 * voice.samples.len());
}

/// A picture: it is refused, or not larger than its viewport, and every protocol can send it. Decoding ends soon,
/// because its time depends on bytes, not on pixels.
pub fn picture(bytes: &[u8]) {
    const MOST: (u32, u32) = (64, 48);
    // The last bytes select a part.
    let byte = |from_end: usize| bytes.iter().rev().nth(from_end).copied().unwrap_or_default();
    let centre = [1, 2].map(|from_end| u16::from(byte(from_end)) * 5);
    for part in [Viewport::WHOLE, Viewport { zoom: byte(0) % (MOST_ZOOM + 1), centre: (centre[0], centre[1]) }] {
        let Ok(picture) = picture::decode(bytes, MOST, part, &|| Budget::Left) else { return };
        let (width, height) = picture.pixels.dimensions();
        assert!((1..=MOST.0).contains(&width) && (1..=MOST.1).contains(&height), "{width}×{height}");
        for protocol in drawing::Protocol::ALL {
            let canvas = drawing::Canvas { protocol, cell: (8, 16), is_in_tmux: byte(0) % 2 == 0 };
            drawing::draw(&picture, canvas, 1).expect("it is small");
        }
    }
}

thread_local! {
    /// A home directory for config files, one per thread.
    static HOME: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
}

fn home() -> PathBuf {
    HOME.with(|home| home.get_or_init(|| tempfile::tempdir().expect("a directory")).path().to_owned())
}

/// A config file: it is refused with a reason, or all its settings can be shown.
pub fn config(bytes: &[u8]) {
    let file = home().join("config.toml");
    std::fs::write(&file, bytes).expect("a file");
    let options = Options::default().with(config::FILE, Some(file));
    match Config::load(&options, &Environment::new(home(), &[])) {
        Ok(config) => {
            let mut shown = Vec::new();
            weibox::run::settings::run(&mut shown, &config, false).expect("a vector takes everything");
            assert!(config.all_accounts().iter().all(|account| account.path.starts_with('/')));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A key binding, `action key key`: it is refused and changes nothing, or its keys trigger its action and no
/// other.
pub fn keys(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut words = text.split_whitespace().map(str::to_owned);
    let (name, keys): (_, Vec<String>) = (words.next().unwrap_or_default(), words.collect());
    let before = Keymap::default();
    let (mut keymap, mut bound) = (before.clone(), Vec::new());
    if keymap.bind(&name, &keys, &mut bound).is_err() {
        assert_eq!(keymap, before);
        return;
    }
    for key in &keys {
        let key: Key = key.parse().expect("it was bound");
        assert_eq!(keymap.action(key), bound.first().copied(), "{key}");
        assert_eq!(key.folded().folded(), key.folded());
    }
}
