//! Saving a copy of a file: the prompt, its completion, and the questions.

use weibox::dashboard::orders::{SaveAnswer, SaveOrder, SaveSource};
use weibox::dashboard::{Effect, Event, FilePlaces, Over, Setup};
use weibox::reason::Reason;
use weibox::record::Record;
use weibox::record::media::Stage;

use super::{Session, record};

/// Creates a session with the saved file of a message of this kind.
fn session(kind: &str, file: &str) -> Session {
    let setup = Setup {
        files: FilePlaces {
            media_dir: "/data/media".into(),
            save_dir: "~/Downloads/".to_owned(),
            ..FilePlaces::default()
        },
        ..Setup::default()
    };
    let saved = Some(Stage::Done { file: file.to_owned(), bytes: 9, sha256: None });
    Session::with(setup, (80, 24), vec![Record { medium: saved, ..record(1, kind, "", r#"{"tovfid":7}"#) }])
}

/// Returns the typed path and its completions.
fn line(session: &Session) -> (String, Vec<String>) {
    match session.state.stack().last() {
        Some(Over::SavePrompt(saving)) => {
            (saving.prompt.text().to_owned(), saving.names().map(str::to_owned).collect())
        }
        _ => ("the line is closed".to_owned(), Vec::new()),
    }
}

fn news(session: &mut Session, news: SaveAnswer) {
    session.event(Event::Saving(news));
}

fn order(to: &str, from: &str, is_voice: bool) -> SaveOrder {
    SaveOrder { from: SaveSource::Medium { path: from.into(), is_voice }, to: to.to_owned(), may_replace: false }
}

#[test]
fn the_line_proposes_a_path_and_for_a_voice_that_of_a_wav() {
    for (kind, file, proposed, is_voice) in [
        ("image", "2026-11-23/7.jpg", "~/Downloads/7.jpg", false),
        ("voice", "7.amr", "~/Downloads/7.wav", true),
        ("video", "7.mp4", "~/Downloads/7.mp4", false),
    ] {
        let mut session = session(kind, file);
        session.effects.clear();
        session.keys("s<f9>");
        assert_eq!(line(&session).0, proposed);
        assert_eq!(session.notice(), "F9 does nothing here, Esc closes");
        session.keys("<enter><enter>");
        let wanted = order(proposed, &format!("/data/media/{file}"), is_voice);
        assert_eq!(session.effects, [Effect::Save(wanted)], "once, while it is being written");
        news(&mut session, SaveAnswer::Saved(Ok("/home/u/7".into())));
        assert!(session.state.stack().is_empty());
        assert_eq!(session.notice(), "saved as /home/u/7");
    }
}

#[test]
fn tab_goes_on_as_far_as_all_that_is_found_agrees() {
    let mut session = session("image", "7.jpg");
    session.effects.clear();
    session.keys("s<ctrl-u>~/D<tab>");
    assert_eq!(session.effects, [Effect::Complete("~/D".to_owned())]);
    let completed = |typed: &str, found: &[&str]| SaveAnswer::Completed {
        typed: typed.to_owned(),
        found: found.iter().map(|path| (*path).to_owned()).collect(),
    };
    news(&mut session, completed("~/D", &["~/Do a/", "~/Do b"]));
    assert_eq!(line(&session), ("~/Do ".to_owned(), vec!["Do a/".to_owned(), "Do b".to_owned()]));
    news(&mut session, completed("~/D", &["~/Dx"]));
    assert_eq!(line(&session).0, "~/Do ", "an answer to what is typed no more");
    session.keys("a");
    news(&mut session, completed("~/Do a", &["~/Do a/"]));
    assert_eq!(line(&session), ("~/Do a/".to_owned(), vec![]));
    news(&mut session, completed("~/Do a/", &[]));
    assert_eq!(session.notice(), "no file or directory begins with this");
    session.event(Event::Pasted("x\ny".to_owned().into()));
    assert_eq!(line(&session).0, "~/Do a/x↵y");
    session.keys("<esc>");
    assert!(session.state.stack().is_empty());
}

#[test]
fn what_is_there_is_replaced_only_after_a_yes_and_errors_leave_the_line_open() {
    let mut session = session("image", "7.jpg");
    session.keys("s<enter>");
    let asked = order("~/Downloads/7.jpg", "/data/media/7.jpg", false);
    news(&mut session, SaveAnswer::Taken(asked.clone()));
    let question = session.question().unwrap();
    assert_eq!(question[0].text, "`~/Downloads/7.jpg` already exists. Replace it?");
    session.effects.clear();
    session.keys("n");
    assert_eq!((session.effects.len(), line(&session).0.as_str()), (0, "~/Downloads/7.jpg"));
    session.keys("<enter>");
    news(&mut session, SaveAnswer::Taken(asked.clone()));
    session.keys("y");
    assert_eq!(session.effects.last(), Some(&Effect::Save(SaveOrder { may_replace: true, ..asked })));
    news(&mut session, SaveAnswer::Saved(Err(Reason::other("there is no directory `/x`"))));
    assert_eq!(session.notice(), "there is no directory `/x`");
    assert_eq!(line(&session).0, "~/Downloads/7.jpg");
}
