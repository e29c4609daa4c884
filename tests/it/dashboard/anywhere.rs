//! Keys that work on every screen.

use weibox::dashboard::over::Wish;
use weibox::dashboard::{Effect, Event, Over};

use super::Session;

/// Keys of screens over the list without text input.
const SCREENS: [&str; 5] = ["E", "i", "w", "M", "B"];

fn is_open(session: &Session, screen: &str) -> bool {
    match session.state.stack().last() {
        Some(Over::RequestLog(_)) => screen == "E",
        Some(Over::StatisticsCharts { .. }) => screen == "i",
        Some(Over::DownloadList(_)) => screen == "w",
        Some(Over::PositionMap(_)) => screen == "M",
        Some(Over::TargetList(_)) => screen == "B",
        Some(Over::Menu(_)) => screen == "?",
        Some(
            Over::Composer(_)
            | Over::QuickPicker(_)
            | Over::PictureViewer(_)
            | Over::SecretPrompt(_)
            | Over::SavePrompt(_)
            | Over::LinePrompt(_)
            | Over::ProfileForm(_)
            | Over::LabelPicker(_)
            | Over::SearchPrompt(_)
            | Over::SendScreen(_)
            | Over::Question(_),
        )
        | None => false,
    }
}

#[test]
fn the_language_the_mask_and_the_help_are_there_on_every_screen() {
    for screen in SCREENS {
        let mut session = Session::texts(3);
        session.keys(screen);
        assert!(is_open(&session, screen), "{screen}");
        let before = session.state.world().looks.language;
        session.keys("<f10>P");
        assert!(session.state.world().looks.language != before && session.state.world().looks.is_masked, "{screen}");
        // A map reveals a place, so it closes when messages are masked.
        assert_eq!(is_open(&session, screen), screen != "M", "{screen}");
        session.keys("?");
        assert!(is_open(&session, "?"), "{screen}");
    }
}

#[test]
fn where_something_is_typed_letters_are_text() {
    for screen in ["/", ":", "?"] {
        let mut session = Session::texts(3);
        let before = session.state.world().looks.language;
        session.keys(screen);
        session.keys("P?<f10><f1>");
        assert!(!session.state.world().looks.is_masked && session.state.world().looks.language == before, "{screen}");
        session.effects.clear();
        session.keys("<ctrl-l>");
        assert_eq!(session.effects, [Effect::Redraw], "{screen}");
    }
}

#[test]
fn the_help_begins_with_the_keys_of_the_view_and_leads_back_to_it() {
    for screen in ["E", "w", "M"] {
        let mut session = Session::texts(3);
        session.keys(screen);
        let hints = session.state.hints();
        session.keys("?");
        let Some(Over::Menu(menu)) = session.state.stack().last() else { panic!("{screen}") };
        let first = menu.found().0.into_iter().take(hints.len()).map(|entry| entry.wish.clone());
        let wanted = hints.iter().map(|(action, _)| Wish::Act(*action));
        assert_eq!(first.collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{screen}");
        session.keys("<esc>");
        assert!(is_open(&session, screen), "{screen}");
    }
}

#[test]
fn what_is_chosen_over_a_view_is_done_in_it_and_all_else_in_the_list() {
    let mut session = Session::texts(3);
    session.keys("w?folder<enter>");
    assert_eq!(session.effects.last(), Some(&Effect::Open("/data/media".into())));
    assert!(is_open(&session, "w"));
    session.keys(":statistics<enter>");
    assert!(is_open(&session, "i"));
    session.keys(":next_tab<enter>");
    assert!(session.state.stack().is_empty() && session.state.list().inbox.shown() == 1);
}

#[test]
fn in_the_list_the_keys_of_the_downloads_say_whose_they_are() {
    let mut session = Session::texts(3);
    for key in ["x", "X", "O"] {
        session.keys(key);
        assert_eq!(session.notice(), "only works in the downloads: w opens them");
    }
}

#[test]
fn a_key_whose_effect_is_not_on_the_screen_says_what_it_did() {
    let mut session = Session::texts(3);
    for (screen, words) in [("E", "hidden"), ("i", "shown"), ("w", "hidden")] {
        session.keys(screen);
        session.keys("P");
        assert!(session.state.notice().unwrap().text.contains(words), "{screen}");
        session.keys("<esc>");
    }
    // Changing the view of a message that is not completely visible opens it.
    let mut session = Session::new((60, 20), Session::texts(3).records);
    assert_eq!(session.state.world().layout().detail.height, 0);
    session.keys("v");
    assert!(session.state.world().layout().detail.height > 0);
}

#[test]
fn where_something_is_typed_a_key_that_types_nothing_says_so() {
    for screen in ["/", ":", ",", "t", "<alt-t>"] {
        let mut session = Session::texts(3);
        session.keys(screen);
        for (key, name) in [("<f9>", "F9"), ("<ctrl-x>", "Ctrl-X"), ("<alt-q>", "Alt-q"), ("<f10>", "F10")] {
            session.keys(key);
            assert_eq!(session.notice(), format!("{name} does nothing here, Esc closes"), "{screen}");
        }
        // A prompt has more keys than those that insert text.
        for key in ["z", "<backspace>", "<ctrl-u>"] {
            session.keys(key);
            assert_eq!(session.notice(), "", "{screen} {key}");
        }
        if screen != "<alt-t>" {
            session.keys("<left><end><ctrl-k>");
            assert_eq!(session.notice(), "", "{screen}");
        }
    }
}

#[test]
fn while_a_message_is_read_what_is_marked_is_said_for_the_list_is_not_there() {
    let mut session = Session::texts(3);
    for mode in ["", "v", "v"] {
        session.keys("<esc><enter>");
        session.keys(mode);
        for (key, words) in
            [("*", "starred"), ("u", "marked as read"), ("<space>", "1 picked"), ("<space>", "2 picked")]
        {
            session.keys(key);
            assert_eq!(session.notice(), words, "{mode} {key}");
        }
        session.keys("U");
        assert_eq!(session.notice(), "marked as read");
        session.keys("g");
    }
    for record in &mut session.records {
        (record.marks.is_starred, record.marks.is_read) = (true, true);
    }
    session.event(Event::Committed);
    for (key, words) in [("*", "star removed"), ("u", "marked as unread")] {
        session.keys(key);
        assert_eq!(session.notice(), words);
    }
    session.keys("<esc>*");
    assert_eq!(session.notice(), "", "the list shows it");
}

#[test]
fn the_palette_knows_what_people_call_it_and_says_what_is_done_elsewhere() {
    for (typed, label) in [
        ("export", "Export the picked messages or the list, as JSON lines or CSV"),
        ("导出", "Export the picked messages or the list, as JSON lines or CSV"),
        ("搜索", "Find messages: words, type:, from:, since:, is: …"),
        ("filter", "Find messages: words, type:, from:, since:, is: …"),
        ("save", "Export the picked messages or the list, as JSON lines or CSV"),
        ("收藏", "Toggle star"),
        ("reply", "Reply to the sender; Enter sends, Esc keeps the draft"),
        ("回复", "Reply to the sender; Enter sends, Esc keeps the draft"),
        ("forward", "Send the message or the picked ones to a bot; e edits first"),
        ("转发", "Send the message or the picked ones to a bot; e edits first"),
    ] {
        let mut session = Session::texts(1);
        session.keys(":");
        session.event(Event::Pasted(typed.to_owned().into()));
        let Some(Over::Menu(menu)) = session.state.stack().last() else { panic!("{typed}") };
        let found: Vec<&str> = menu.found().0.iter().map(|entry| entry.label.as_str()).collect();
        assert_eq!(found.first(), Some(&label), "{typed}: {found:?}");
    }
    let mut session = Session::texts(1);
    session.keys(":block<enter>");
    assert!(session.notice().contains("`-from:ID` in a search"), "{}", session.notice());
    session.keys("<ctrl-u>teleport");
    let Some(Over::Menu(menu)) = session.state.stack().last() else { panic!() };
    assert_eq!(menu.found().0, Vec::<&weibox::dashboard::over::menu::MenuEntry>::new());
}

#[test]
fn a_prompt_shows_its_keys_and_leaves_the_text_alone() {
    for (open, keys) in
        [("/好", &["Ctrl-A", "↑", "Tab", "Enter"][..]), ("/text<enter>a好", &["Ctrl-A", "Ctrl-U", "Enter", "Esc"])]
    {
        let mut session = Session::texts(1);
        session.keys(open);
        session.keys("<f1>");
        let Some(Over::Menu(menu)) = session.state.stack().last() else { panic!("{:?}", session.state.stack()) };
        for key in keys {
            assert!(menu.entries().iter().any(|entry| entry.note == *key), "{key} in {open}");
        }
        let typed = |session: &Session| match session.state.stack().last() {
            Some(Over::SearchPrompt(search)) => search.prompt.text().to_owned(),
            Some(Over::LinePrompt(line)) => line.prompt.text().to_owned(),
            other => panic!("{other:?}"),
        };
        session.keys("<enter>很");
        assert_eq!(typed(&session), "很好", "the first entry goes to the start of the line");
        session.keys("<f1>whole<enter>");
        assert_eq!(typed(&session), "", "{open}");
        session.keys("<f1><esc><esc>");
        assert!(session.state.stack().is_empty());
    }
}

#[test]
fn the_list_of_labels_and_the_prompt_for_a_secret_show_their_keys() {
    let keys = |session: &Session| match session.state.stack().last() {
        Some(Over::Menu(menu)) => menu.entries().iter().map(|entry| entry.note.clone()).collect(),
        _ => Vec::new(),
    };
    let mut session = Session::texts(1);
    session.keys("#ab<f1>");
    assert_eq!(keys(&session), ["Ctrl-A", "Ctrl-E", "Ctrl-W", "Ctrl-K", "Ctrl-U", "Space", "Tab", "Enter", "Esc"]);
    session.keys("<enter>c");
    let Some(Over::LabelPicker(picker)) = session.state.stack().last() else { panic!("{:?}", session.state.stack()) };
    assert_eq!(picker.prompt.text(), "cab", "the first entry goes to the start of the line");
    let mut session = Session::texts(1);
    session.keys("<alt-s>hush<f1>");
    assert_eq!(keys(&session), ["F1", "Backspace", "Ctrl-U", "Enter", "Esc"]);
    let n_typed = |session: &Session| match session.state.stack().last() {
        Some(Over::SecretPrompt(prompt)) => prompt.typed.len(),
        other => panic!("{other:?}"),
    };
    session.keys("<enter>");
    assert_eq!(keys(&session).len(), 5, "the first entry is F1 itself");
    session.keys("<esc>");
    assert_eq!(n_typed(&session), 4, "and it leaves the text alone");
    session.keys("<f1>last<enter>");
    assert_eq!(n_typed(&session), 3);
    session.keys("<f1>discard<enter>");
    assert!(session.state.stack().is_empty());
}

#[test]
fn the_composer_shows_its_keys_and_leaves_the_text_alone() {
    let mut session = super::composer::composing("您好", Vec::new());
    session.keys("<f1>");
    let keys = |session: &Session| match session.state.stack().last() {
        Some(Over::Menu(menu)) => menu.entries().iter().map(|entry| entry.note.clone()).collect(),
        _ => Vec::new(),
    };
    for key in ["Enter", "Esc", "Alt-Enter", "Ctrl-R", "Ctrl-T", "Ctrl-X", "Ctrl-/", "Ctrl-W"] {
        assert!(keys(&session).iter().any(|shown| shown == key), "{key}: {:?}", keys(&session));
    }
    session.keys("<esc>！");
    assert_eq!(super::composer::text(&session).as_deref(), Some("您好！"));
    // As in the other help, Enter runs what is selected; what is selected first sends nothing.
    session.keys("<f1><enter>");
    assert!(matches!(session.state.stack().last(), Some(Over::QuickPicker(_))), "{:?}", session.state.stack().last());
    session.event(super::composer::quick(&[], Vec::new()));
    session.keys("<esc><f1>undo<enter>");
    assert_eq!(super::composer::text(&session).as_deref(), Some("您好"));
    assert!(super::composer::handed_over(&session).is_empty());
    session.keys("<f1>close<enter>");
    assert!(session.state.stack().is_empty());
}

#[test]
fn a_text_that_is_pasted_where_no_text_goes_is_not_dropped_without_a_word() {
    let mut session = Session::texts(3);
    let paste = |session: &mut Session| session.event(Event::Pasted("退货\n地址".to_owned().into()));
    paste(&mut session);
    let nowhere = "nothing here takes the pasted text";
    assert_eq!((session.selected(), session.notice()), (3, &*format!("{nowhere}; r replies, / searches")));
    session.keys("E");
    paste(&mut session);
    assert_eq!(session.notice(), nowhere, "these keys do nothing on this screen");
    session.keys("<esc>/");
    paste(&mut session);
    assert_eq!(session.notice(), "");
    assert!(session.state.search().is_some());
}
