//! The tabs: what they show, saving them, and exporting messages from the screen.

use weibox::controls::tab::Tab;
use weibox::dashboard::orders::{SaveAnswer, SaveOrder, SaveSource};
use weibox::dashboard::{Effect, Event, Over};
use weibox::language::Language;
use weibox::query::parse;
use weibox::record::page::Selection;

use super::{Session, record};

/// Returns the titles of the tabs to the right of the built-in ones, and the index of the shown tab.
fn own(session: &Session) -> (Vec<String>, usize) {
    let inbox = &session.state.list().inbox;
    let titles = inbox.tabs().iter().skip(8).map(|tab| tab.title.of(Language::English).to_owned());
    (titles.collect(), inbox.shown())
}

fn kept(session: &Session) -> Vec<Tab> {
    let kept = session
        .effects
        .iter()
        .rev()
        .find_map(|effect| if let Effect::KeepTabs(tabs) = effect { Some(tabs.clone()) } else { None });
    kept.unwrap_or_default()
}

fn saved(name: &str, query: &str) -> Tab {
    Tab::saved(name.to_owned(), parse(query).unwrap())
}

#[test]
fn what_is_looked_for_becomes_a_tab_that_is_named_moved_and_removed() {
    let mut session = Session::texts(30);
    session.keys("R");
    assert!(session.notice().starts_with("only a tab saved with a"), "{}", session.notice());
    session.keys("2/\"text 2\"<enter>aTwos<enter>");
    assert_eq!(own(&session), (vec!["Twos".to_owned()], 8));
    assert_eq!(kept(&session), [saved("Twos", "type:text \"text 2\"")]);
    assert_eq!(session.notice(), "saved as tab Twos; R renames, moves or removes it");
    let inbox = &session.state.list().inbox;
    assert!(inbox.filter().terms.is_empty() && inbox.total().n == 11, "the tab looks for it");
    session.keys("1a");
    assert_eq!(session.notice(), "nothing is searched for yet: / searches, then a saves it as a tab");
    session.keys("2aAll<enter>");
    assert_eq!((session.notice(), own(&session).0.len()), ("there is a tab of this name", 1));
    session.keys("a<enter><esc>2aEvery one<enter>");
    assert_eq!(own(&session), (vec!["Twos".to_owned(), "Every one".to_owned()], 9));
    session.keys("R<lt>");
    assert_eq!(own(&session), (vec!["Every one".to_owned(), "Twos".to_owned()], 8));
    session.keys("R<lt>");
    assert_eq!(own(&session).1, 8, "no further than the other tabs");
    session.keys("R>");
    assert_eq!(own(&session), (vec!["Twos".to_owned(), "Every one".to_owned()], 9));
    session.keys("Rr<ctrl-u>Each<enter>");
    assert_eq!(kept(&session), [saved("Twos", "type:text \"text 2\""), saved("Each", "type:text")]);
    session.keys("9Rx");
    assert_eq!(own(&session), (vec!["Each".to_owned()], 7));
    assert_eq!(kept(&session), [saved("Each", "type:text")]);
    session.keys("9");
    assert_eq!((session.state.list().inbox.total().n, own(&session).1), (30, 8), "no message has gone");
}

#[test]
fn the_list_or_what_is_picked_is_exported_to_a_path() {
    let mut session = Session::texts(9);
    let line = |session: &Session| match session.state.stack().last() {
        Some(Over::SavePrompt(line)) => (line.prompt.text().to_owned(), line.n_messages.n),
        _ => ("the line is closed".to_owned(), 0),
    };
    session.keys("/\"text 2\"<enter>e");
    assert_eq!(line(&session), ("weibox-20261123-200000.jsonl".to_owned(), 1));
    session.keys("<ctrl-u>~/a.csv<enter>");
    let order =
        |selection| SaveOrder { from: SaveSource::Messages(selection), to: "~/a.csv".to_owned(), may_replace: false };
    let query = Selection::Query(parse("\"text 2\"").unwrap());
    assert_eq!(session.effects.last(), Some(&Effect::Save(order(query))));
    session.event(Event::Saving(SaveAnswer::Saved(Ok("/home/u/a.csv".into()))));
    assert_eq!((line(&session).1, session.notice()), (0, "saved as /home/u/a.csv"));
    session.keys("<esc>g  e<ctrl-u>~/a.csv<enter>");
    assert_eq!(session.effects.last(), Some(&Effect::Save(order(Selection::Seqs(vec![8, 9])))));
}

#[test]
fn tabs_show_their_kinds_around_the_selected_message() {
    let mut records: Vec<_> = (1..=9).map(|seq| record(seq, "text", "t", "{}")).collect();
    records[2] = record(3, "position", "p", r#"{"longitude":"116.3","latitude":"39.9"}"#);
    records[6] = record(7, "event", "e", r#"{"subtype":"follow"}"#);
    records[7] = record(8, "video", "v", "{}");
    let mut session = Session::new((80, 24), records);
    session.keys("6");
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (8, 2));
    session.keys("1jjj6");
    assert_eq!(session.selected(), 7, "5 is no event: the place of the nearest one");
    session.keys("3");
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (3, 1));
    session.keys("4");
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (0, 0));
    session.keys("[");
    assert_eq!(session.selected(), 3);
    session.keys("]]]");
    assert_eq!(session.state.list().inbox.total().n, 2);
}
