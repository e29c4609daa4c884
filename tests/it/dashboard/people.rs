//! Names, notes and labels, driven by keys: the input, the selection, and the resulting orders.

use weibox::dashboard::orders::ArchiveChange;
use weibox::dashboard::over::naming::{Bearers, LabelPicker};
use weibox::dashboard::{Effect, Event, Over, Setup, Standing};
use weibox::query::{Understanding, parse};
use weibox::reason::{Reason, attach};
use weibox::record::people::{KnownSender, LONGEST_NAME, LabelBoard, Labelled, Relabel};
use weibox::weibo::UserId;

use super::{Session, record};

/// The sender of the newest of three texts.
const FAN: UserId = UserId(2_489_518_003);

fn session() -> Session {
    let mut session = Session::texts(3);
    let (nickname, name) = ("橙子".to_owned(), "老王".to_owned());
    session.records[2].sender = KnownSender { nickname, name, ..session.records[2].sender.clone() };
    session.event(Event::Committed);
    session
}

fn last(session: &Session) -> &Effect {
    session.effects.last().unwrap()
}

fn kept(name: &str, note: &str) -> ArchiveChange {
    ArchiveChange::Profile { fan: FAN, name: name.to_owned(), note: note.to_owned() }
}

#[test]
fn a_name_and_a_note_are_typed_kept_and_emptied() {
    let mut session = session();
    session.keys("b<ctrl-u>小王<tab>要发票<enter>");
    assert_eq!(*last(&session), Effect::Change(kept("小王", "要发票")));
    // The input stays until it is saved.
    session.event(Event::Failed(Reason::other("the disk is full")));
    assert!(matches!(session.state.stack(), [Over::ProfileForm(form)] if form.note.text() == "要发票"));
    session.keys("<enter>#");
    assert!(matches!(session.state.stack(), [Over::ProfileForm(_)]), "what is typed meanwhile waits");
    session.event(Event::Changed(kept("", ""), 1));
    assert!(matches!(session.state.stack(), [Over::LabelPicker(_)]));
    session.keys("<esc>");
    assert!(session.state.stack().is_empty());
    session.keys("b<ctrl-u><enter>");
    assert_eq!(*last(&session), Effect::Change(kept("", "")));
    session.event(Event::Changed(kept("", ""), 1));

    let n = session.effects.len();
    session.keys(&format!("b<ctrl-u>{}<enter>", "长".repeat(LONGEST_NAME + 1)));
    assert_eq!((session.notice(), session.effects.len()), ("at most 40 characters", n));
    session.keys("<esc>P");
    assert!(session.state.stack().is_empty());
    session.keys("b");
    assert_eq!((session.notice(), session.state.stack().len()), ("it would show what is masked (P)", 0));
    session.keys("PbP");
    assert!(matches!(session.state.stack(), [Over::ProfileForm(form)] if form.name.text() == "老王P"));
}

fn picker(session: &Session) -> &LabelPicker {
    let picker =
        session.state.stack().last().map(|over| if let Over::LabelPicker(picker) = over { Some(picker) } else { None });
    picker.flatten().unwrap()
}

fn labels(session: &Session) -> Vec<(String, Bearers)> {
    picker(session).rows().0.into_iter().map(|row| (row.label, row.bearers)).collect()
}

fn board() -> LabelBoard {
    LabelBoard {
        all: vec![("退款".to_owned(), 7), ("VIP".to_owned(), 3), ("急".to_owned(), 1)],
        of_messages: [("退款".to_owned(), 1)].into(),
        of_sender: vec!["VIP".to_owned()],
    }
}

fn relabel(of: Labelled, add: &[&str], remove: &[&str]) -> Effect {
    let [add, remove] = [add, remove].map(|labels| labels.iter().map(|label| (*label).to_owned()).collect());
    Effect::Change(ArchiveChange::Relabel(Relabel { of, add, remove }))
}

#[test]
fn labels_are_found_made_and_given_to_messages_and_to_their_sender() {
    let mut session = session();
    session.keys("#");
    assert_eq!(*last(&session), Effect::LoadLabels(vec![3], Some(FAN)));
    session.event(Event::Labels(board()));
    let of = |label: &str, bearers| (label.to_owned(), bearers);
    let all = [of("退款", Bearers::All), of("VIP", Bearers::None), of("急", Bearers::None)];
    assert_eq!(labels(&session), all);
    session.keys("tui");
    let (rows, _) = picker(&session).rows();
    assert_eq!(
        rows.iter().map(|row| (row.label.as_str(), row.is_new)).collect::<Vec<_>>(),
        [("退款", false), ("tui", true)]
    );
    // Space selects a label and continues; Enter applies all.
    session.keys("<ctrl-u>急 ");
    assert_eq!(picker(&session).prompt.text(), "");
    session.keys("投诉 退款 <tab>");
    assert_eq!(labels(&session).iter().filter(|(_, bearers)| *bearers == Bearers::All).count(), 1, "of the sender");
    session.keys("vip <enter>");
    let n = session.effects.len();
    assert_eq!(
        session.effects[n - 2..],
        [
            relabel(Labelled::Messages(vec![3]), &["急", "投诉"], &["退款"]),
            relabel(Labelled::Sender(FAN), &[], &["VIP"]),
        ]
    );
    assert!(session.state.stack().is_empty());

    // The shortcut: text and Enter.
    session.keys("#");
    session.event(Event::Labels(board()));
    session.keys("急<enter>");
    assert_eq!(*last(&session), relabel(Labelled::Messages(vec![3]), &["急"], &[]));
    for (of, n, notice) in [
        (Labelled::Messages(vec![1, 3]), 2, "labels: +急 +投诉 -退款 (2 messages)"),
        (Labelled::Sender(FAN), 1, "labels: +急 +投诉 -退款 (the sender)"),
        (Labelled::Sender(FAN), 0, "no label changed"),
    ] {
        let Effect::Change(ArchiveChange::Relabel(change)) = relabel(of, &["急", "投诉"], &["退款"]) else {
            panic!()
        };
        session.event(Event::Changed(ArchiveChange::Relabel(change), n));
        assert_eq!(session.notice(), notice);
    }
}

#[test]
fn labels_are_found_by_pinyin_unless_that_is_off() {
    for (has_pinyin, expected) in [(true, &["退款", "tui"][..]), (false, &["tui"])] {
        let setup =
            Setup { understanding: Understanding { has_pinyin, ..Understanding::default() }, ..Setup::default() };
        let mut session = Session::with(setup, (80, 24), vec![record(1, "text", "hello", "{}")]);
        session.keys("#");
        session.event(Event::Labels(board()));
        session.keys("tui");
        assert_eq!(labels(&session).into_iter().map(|(label, _)| label).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_label_that_finds_nothing_is_asked_about_and_taken_with_one_key() {
    let mut session = session();
    session.keys("/label:退");
    let asked = parse("label:退").unwrap();
    // One request at a time: the first letter also found nothing.
    session.event(Event::Suggested(parse("l").unwrap(), None));
    assert_eq!(*last(&session), Effect::Suggest(asked.clone()));
    session.event(Event::Suggested(asked, Some(parse("label:退款").unwrap())));
    session.keys("<tab>");
    assert_eq!(session.search().unwrap().prompt.text(), "label:退款");
    assert_eq!(session.state.list().inbox.filter().to_string(), "label:退款");
}

#[test]
fn picked_messages_get_labels_together_and_are_picked_until_then() {
    let mut session = session();
    session.keys("  #");
    assert_eq!(*last(&session), Effect::LoadLabels(vec![2, 3], None));
    session.event(Event::Labels(board()));
    assert_eq!(labels(&session)[0].1, Bearers::Some);
    session.keys("<tab>");
    assert_eq!(session.notice(), "a sender gets labels from one message with a sender");
    session.keys("<esc>");
    assert!(session.state.list().is_picked(3), "nothing was done");
    session.keys("#");
    session.event(Event::Labels(board()));
    session.keys("<enter>");
    assert_eq!(*last(&session), relabel(Labelled::Messages(vec![2, 3]), &["退款"], &[]));
    assert!(!session.state.list().is_picked(3));
}

#[test]
fn a_name_that_cannot_be_kept_because_nobody_listens_is_typed_on() {
    let standing = Standing::Attached { is_read_only: false, is_gone: false };
    let mut session = Session::with(Setup { standing, ..Setup::default() }, (80, 24), session().records);
    session.keys("b<ctrl-u>小王");
    session.event(Event::Holder(Some(attach::HOLDER_GONE.into())));
    session.keys("<enter>x");
    let typed = |session: &Session| match session.state.stack() {
        [Over::ProfileForm(form)] => form.name.text().to_owned(),
        _ => String::new(),
    };
    assert_eq!(typed(&session), "小王x");
    session.event(Event::Holder(None));
    session.keys("<enter>");
    assert!(matches!(last(&session), Effect::Change(ArchiveChange::Profile { .. })));
}
