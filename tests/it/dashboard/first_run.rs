//! The steps to the first message.

use weibox::dashboard::world::setup::StartScreen;
use weibox::dashboard::{Effect, Setup};

use weibox::weibo::{SAMPLE_RECEIVER, wire};

use super::{Session, record};

#[test]
fn what_is_copied_speaks_as_the_listener_does() {
    for origin in ["http://127.0.0.1:8080", "https://127.0.0.1:8080"] {
        let url = format!("{origin}/weibo");
        let mut session = Session::with(Setup { url, ..Setup::default() }, (80, 24), Vec::new());
        session.keys("y<enter>tnginx<enter>tcloudflared<enter>");
        let text = |effect: &Effect| if let Effect::Copy(text) = effect { text.clone() } else { String::new() };
        let copied: Vec<String> = session.effects.iter().map(text).filter(|text| !text.is_empty()).collect();
        assert_eq!(copied.len(), 4, "{copied:?}");
        assert!(copied[0].starts_with("curl") && copied[0].ends_with(&format!(" {origin}/weibo")), "{copied:?}");
        assert_eq!(copied[0].contains("curl -k"), origin.starts_with("https"));
        assert_eq!(copied[1], format!("{origin}/weibo"));
        assert!(copied[2].contains(&format!("proxy_pass {origin};")), "{copied:?}");
        assert_eq!(copied[3], format!("cloudflared tunnel --url {origin}"));
    }
}

fn has_steps(session: &Session) -> bool {
    session.state.world().has_checklist
}

#[test]
fn the_copied_curl_sends_a_sample() {
    let mut session = Session::with(Setup::default(), (80, 24), Vec::new());
    session.keys("y");
    let Some(Effect::Copy(curl)) = session.effects.last() else { panic!("{:?}", session.effects) };
    let body = curl.split('\'').find(|part| part.starts_with("{\"type\"")).unwrap();
    assert_eq!(wire::parse(body.as_bytes()).receiver_id, Some(SAMPLE_RECEIVER));
}

#[test]
fn steps_that_were_closed_stay_closed_after_a_restart() {
    let mut sample = record(1, "text", "a sample", "{}");
    sample.message.receiver_id = Some(SAMPLE_RECEIVER);
    let mut session = Session::with(Setup::default(), (100, 30), vec![sample.clone()]);
    assert!(has_steps(&session));
    session.keys("<esc>");
    let memory = session.state.memory(1);
    let session = Session::with(
        Setup { start: StartScreen { memory, ..StartScreen::default() }, ..Setup::default() },
        (100, 30),
        vec![sample],
    );
    assert!(!has_steps(&session));
}

#[test]
fn only_what_is_real_ends_the_steps_for_good() {
    let sample = |seq| {
        let mut sample = record(seq, "text", "a sample", "{}");
        sample.message.receiver_id = Some(SAMPLE_RECEIVER);
        sample
    };
    let mut session = Session::with(Setup::default(), (100, 30), vec![sample(1), sample(2)]);
    assert!(has_steps(&session));
    // Messages behind the steps are not downloaded, starred or read.
    for keys in ["*", "d", "v", " "] {
        session.effects.clear();
        session.keys(keys);
        assert!(session.effects.is_empty() && has_steps(&session), "{keys}");
    }
    for keys in ["<esc>", "2", "/", "G"] {
        let mut session = Session::with(Setup::default(), (100, 30), vec![sample(1), sample(2)]);
        session.keys(keys);
        assert!(!has_steps(&session), "{keys}");
        session.keys("<esc><f9>");
        assert!(has_steps(&session), "{keys}");
        session.arrive("text");
        assert!(!has_steps(&session), "{keys}: a real message came");
    }
}
