//! Voices in the dashboard's state: what is decoded when, what the keys do, and what the detail shows.

use std::time::Duration;

use chrono::TimeDelta;
use weibox::controls::key::{Key, KeyCode};
use weibox::dashboard::orders::{VoiceAnswer, VoiceOrder};
use weibox::dashboard::{Effect, Event};
use weibox::media::budget::Budget;
use weibox::media::voice::{self, VoiceSummary};
use weibox::reason::Reason;
use weibox::record::media::Stage;
use weibox::record::people::KnownSender;
use weibox::record::{Marks, Record, Seq};

use super::fixture;
use crate::dashboard::{Session, record};

fn voice_message(seq: Seq) -> Record {
    let medium = Some(Stage::Done { file: format!("{seq}.amr"), bytes: 4963, sha256: None });
    // Already read and without a reply window, so that nothing else on the screen changes with time.
    Record {
        medium,
        marks: Marks { is_read: true, ..Marks::default() },
        sender: KnownSender::default(),
        ..record(seq, "voice", "发了一条语音", &format!(r#"{{"tovfid":{seq}}}"#))
    }
}

/// Returns the summary of a voice of 3.36 s.
fn summary() -> VoiceSummary {
    voice::decode(&fixture("nb-12.2.amr"), &|| Budget::Left).unwrap().summary()
}

fn decode(seq: Seq) -> Effect {
    let file = format!("{seq}.amr");
    Effect::Voice(VoiceOrder::Decode { path: format!("/data/media/{file}").into(), file })
}

fn play(run: u64, seq: Seq, millis: u64) -> Effect {
    let path = format!("/data/media/{seq}.amr").into();
    Effect::Voice(VoiceOrder::Play { run, path, from: Duration::from_millis(millis) })
}

/// Creates a session with two voices, the newer one selected and decoded.
fn session() -> Session {
    let mut session = Session::new((80, 24), vec![voice_message(1), voice_message(2)]);
    session.event(Event::Voice(VoiceAnswer::Decoded { file: "2.amr".to_owned(), summary: Ok(summary()) }));
    session.effects.clear();
    session
}

fn press(session: &mut Session, code: KeyCode) {
    session.event(Event::Key(Key::plain(code)));
}

fn later(session: &mut Session, millis: i64) {
    let now = session.state.world().now + TimeDelta::milliseconds(millis);
    session.event(Event::Tick(now));
}

/// Returns whether the next tick is for the play head.
fn is_moving(session: &Session) -> bool {
    session.state.next_tick() == Some(session.state.world().now + TimeDelta::milliseconds(100))
}

fn shown(session: &Session) -> String {
    let record = session.state.list().inbox.selected().unwrap();
    let lines = session.state.page_of(record, 58).lines;
    lines.iter().map(|line| line.iter().map(|cell| cell.text.as_str()).collect::<String>() + "\n").collect()
}

#[test]
fn the_selected_voice_is_decoded_first_then_those_on_the_screen_each_once() {
    let mut session = Session::new((80, 24), vec![voice_message(1), voice_message(2), voice_message(3)]);
    assert_eq!(session.effects, [decode(3)], "the newest is selected");
    session.keys("jj");
    assert_eq!(session.effects, [decode(3), decode(2), decode(1)], "it does not wait for one that is passed by");
    session.effects.clear();
    for (file, next) in [("1.amr", Some(decode(3))), ("3.amr", Some(decode(2))), ("2.amr", None)] {
        session.event(Event::Voice(VoiceAnswer::Decoded { file: file.to_owned(), summary: Ok(summary()) }));
        assert_eq!(session.effects.drain(..).next(), next, "after {file}");
    }
    session.event(Event::Committed);
    assert_eq!(session.effects, []);
}

#[test]
fn a_voice_plays_pauses_seeks_and_ends() {
    let mut session = session();
    session.keys("p");
    assert_eq!(session.effects, [play(1, 2, 0)]);
    assert!(!is_moving(&session), "nothing moves before the player runs");
    session.event(Event::Voice(VoiceAnswer::Started { run: 1 }));
    assert!(is_moving(&session));
    later(&mut session, 1500);
    assert!(shown(&session).contains("playing 0:01 of 0:03"), "{}", shown(&session));
    press(&mut session, KeyCode::Left);
    press(&mut session, KeyCode::Right);
    session.keys("p");
    assert_eq!(session.effects[1..], [play(2, 2, 0), play(3, 2, 2000), Effect::Voice(VoiceOrder::Stop)]);
    assert!(shown(&session).contains("paused 0:02 of 0:03"), "{}", shown(&session));
    assert!(!is_moving(&session));
    press(&mut session, KeyCode::Left);
    assert!(shown(&session).contains("paused 0:00 of 0:03"), "{}", shown(&session));
    press(&mut session, KeyCode::Right);
    assert_eq!(session.effects.len(), 4, "nothing is heard of it before it goes on");
    session.keys("p");
    assert_eq!(session.effects.last(), Some(&play(4, 2, 2000)));
    session.event(Event::Voice(VoiceAnswer::Ended { run: 3, result: Err(Reason::other("late")) }));
    assert!(session.state.notice().is_none(), "what an ended player says is no news");
    session.event(Event::Voice(VoiceAnswer::Started { run: 4 }));
    later(&mut session, 9000);
    assert!(shown(&session).contains("playing 0:03 of 0:03"), "the head stays within the voice");
    session.event(Event::Voice(VoiceAnswer::Ended { run: 4, result: Ok(()) }));
    assert!(shown(&session).contains("p plays"), "{}", shown(&session));
    press(&mut session, KeyCode::Right);
    assert!(session.state.list().inbox.selected().is_none(), "the arrows are the tabs' again: there is no text");
}

#[test]
fn another_voice_takes_the_player_over() {
    let mut session = session();
    session.keys("pjp");
    assert_eq!(session.effects.last(), Some(&play(2, 1, 0)));
    session.keys("k");
    assert!(!shown(&session).contains("playing"), "{}", shown(&session));
}

#[test]
fn a_player_that_fails_and_a_file_that_is_broken_are_said() {
    let mut session = session();
    session.keys("p");
    session.event(Event::Voice(VoiceAnswer::Ended { run: 1, result: Err(Reason::other("no player is there")) }));
    assert_eq!(session.state.notice().unwrap().text, "no player is there");
    session.event(Event::Voice(VoiceAnswer::Decoded {
        file: "2.amr".to_owned(),
        summary: Err(Reason::other("of no known format")),
    }));
    session.effects.clear();
    session.keys("p");
    assert_eq!(session.effects, []);
    assert!(session.state.notice().unwrap().text.contains("of no known format"));
    let mut cut = fixture("nb-12.2.amr");
    cut.truncate(1020);
    let summary = voice::decode(&cut, &|| Budget::Left).unwrap().summary();
    session.event(Event::Voice(VoiceAnswer::Decoded { file: "2.amr".to_owned(), summary: Ok(summary) }));
    assert!(shown(&session).contains("broken at 0.6 s: "), "{}", shown(&session));
}

#[test]
fn what_cannot_be_heard_or_saved_says_why() {
    let unsaved = Record { medium: None, ..voice_message(2) };
    let mut session = Session::new((80, 24), vec![record(1, "text", "t", "{}"), unsaved]);
    session.keys("p");
    assert!(session.state.notice().unwrap().text.contains("not downloaded yet"));
    session.keys("s");
    assert!(session.state.notice().unwrap().text.contains("not downloaded yet"));
    session.keys("jp");
    assert!(session.state.notice().unwrap().text.contains("not a voice"));
    session.keys("s");
    assert!(session.state.notice().unwrap().text.contains("no file"));
    assert_eq!(session.effects, []);
}

#[test]
fn the_waveform_is_as_wide_as_the_pane_and_nothing_jumps_when_it_comes() {
    let mut session = session();
    let decoded = shown(&session);
    assert!(decoded.contains("0:03 · AMR-NB 12.2 kbit/s · 8 kHz mono\n"), "{decoded}");
    let wave = decoded.lines().find(|line| line.contains('█')).unwrap();
    assert_eq!(wave.chars().count(), 58, "{decoded}");
    session.keys("p");
    session.event(Event::Voice(VoiceAnswer::Started { run: 1 }));
    later(&mut session, 1680);
    let playing = shown(&session);
    assert!(playing.contains(&format!("{}▲{}", "─".repeat(29), "─".repeat(28))), "{playing}");
    session.keys("j");
    let waiting = shown(&session);
    assert!(waiting.contains("decoding"), "{waiting}");
    let n_lines = [&decoded, &playing, &waiting].map(|shown| shown.lines().count());
    assert_eq!(n_lines, [n_lines[0]; 3]);
}

#[test]
fn a_voice_fits_every_width_whatever_is_known_of_it() {
    let mut session = session();
    session.keys("p");
    session.event(Event::Voice(VoiceAnswer::Started { run: 1 }));
    later(&mut session, 99_000);
    for known in
        [Ok(summary()), Ok(VoiceSummary { shape: Vec::new(), ..summary() }), Err(Reason::other("of no known format"))]
    {
        session.event(Event::Voice(VoiceAnswer::Decoded { file: "2.amr".to_owned(), summary: known }));
        for width in 1..150 {
            let record = session.state.list().inbox.selected().unwrap();
            for line in session.state.page_of(record, width).lines {
                let cells: usize = line.iter().map(|cell| weibox::text::width(cell.text.trim_end())).sum();
                assert!(cells <= usize::from(width).max(2), "{width}: {line:?}");
            }
        }
    }
}
