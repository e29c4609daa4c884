//! What the keys do that work on every screen.

use weibox::dashboard::{Effect, Overlay};

use super::Session;

/// Screens over the list where nothing is typed, by their key.
const SCREENS: [&str; 4] = ["E", "i", "w", "M"];

fn is_open(session: &Session, screen: &str) -> bool {
    match session.state.overlay() {
        Some(Overlay::Requests(_)) => screen == "E",
        Some(Overlay::Statistics { .. }) => screen == "i",
        Some(Overlay::Jobs) => screen == "w",
        Some(Overlay::Map(_)) => screen == "M",
        Some(Overlay::Menu(_)) => screen == "?",
        Some(Overlay::Picture(_) | Overlay::Hidden(_) | Overlay::Saving(_)) | None => false,
    }
}

#[test]
fn the_language_the_mask_and_the_help_are_there_on_every_screen() {
    for screen in SCREENS {
        let mut session = Session::texts(3);
        session.keys(screen);
        assert!(is_open(&session, screen), "{screen}");
        let before = session.state.looks().language;
        session.keys("<f10>P");
        assert!(session.state.looks().language != before && session.state.looks().is_masked, "{screen}");
        assert!(is_open(&session, screen), "{screen}: it closed");
        session.keys("?");
        assert!(is_open(&session, "?"), "{screen}");
    }
}

#[test]
fn where_something_is_typed_letters_are_text() {
    for screen in ["/", ":", "?"] {
        let mut session = Session::texts(3);
        let before = session.state.looks().language;
        session.keys(screen);
        session.keys("P?<f10><f1>");
        assert!(!session.state.looks().is_masked && session.state.looks().language == before, "{screen}");
        session.effects.clear();
        session.keys("<ctrl-l>");
        assert_eq!(session.effects, [Effect::Redraw], "{screen}");
    }
}
