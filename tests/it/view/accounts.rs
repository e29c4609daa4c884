//! Several accounts on the screen: how their messages are distinguished, how much room that takes, and what each
//! account lacks.

use chrono::TimeDelta;
use weibox::controls::tab::{Tab, TabTitle};
use weibox::dashboard::orders::ArchiveChange;
use weibox::dashboard::world::setup::{KnownAccount, StartScreen};
use weibox::dashboard::{Effect, Event, Setup};
use weibox::query::Query;
use weibox::reason::Reason;
use weibox::record::Record;
use weibox::record::media::{Board, Queue, Stage};
use weibox::record::page::Selection;
use weibox::record::traffic::Traffic;

use super::draw;
use crate::dashboard::{Session, noon, record};

const LONG: &str = "收到货少了一件，订单尾号八八四一，麻烦看一下，谢谢，另外想问一问周末的活动还能不能报名";

fn records() -> Vec<Record> {
    let queued = Some(Stage::Queued { attempts: 0, next_try_at: noon() + TimeDelta::hours(1), reason: None });
    let of = |account: &str, record: Record| Record { account: account.to_owned(), ..record };
    vec![
        of("news", record(1, "text", LONG, "{}")),
        of("news", record(2, "text", "hello", "{}")),
        of("客服", Record { medium: queued, ..record(3, "image", LONG, r#"{"tovfid":3}"#) }),
    ]
}

fn session(size: (u16, u16), names: &[&str]) -> Session {
    let accounts = names.iter().map(|name| (*name).to_owned()).zip(1..);
    let known = |(name, n)| KnownAccount { name, path: format!("/weibo/{n}"), app_secret_file: None };
    let known = accounts.clone().map(known).collect();
    let tabs = accounts.map(|(name, _)| Tab {
        query: Query::of_account(&name),
        title: TabTitle::Own(name),
        is_ascending: false,
        is_saved: false,
    });
    let setup = Setup {
        url: "http://127.0.0.1:8080/weibo/1".to_owned(),
        accounts: known,
        is_signed: true,
        start: StartScreen { tabs: tabs.collect(), ..StartScreen::default() },
        ..Setup::default()
    };
    Session::with(setup, size, records())
}

fn row(session: &Session, size: (u16, u16), words: &str) -> String {
    draw(session, size).lines().find(|line| line.contains(words)).unwrap_or_default().to_owned()
}

#[test]
fn the_account_costs_four_cells_where_there_is_room_and_nothing_where_there_is_none() {
    for (size, cost) in [((120, 36), 4), ((80, 24), 4), ((100, 24), 4), ((60, 20), 0), ((44, 12), 0)] {
        let [without, with] = [&[][..], &["news", "客服"]].map(|names| session(size, names));
        let title = |session: &Session| {
            let screen = draw(session, size);
            let titles = screen.lines().find(|line| line.contains("SENDER")).map(|line| line.find("SENDER"));
            titles.unwrap_or_default().unwrap_or_default()
        };
        assert_eq!(title(&with), title(&without) + cost, "{size:?}");
        let words = |session: &Session| {
            let row = row(session, size, "收到货");
            row.chars().filter(|char| LONG.contains(*char)).count()
        };
        // A Chinese character has two cells.
        assert!(words(&with) * 2 + cost + 1 >= words(&without) * 2, "{size:?}");
        assert_eq!(row(&with, size, "hello").contains(" new "), cost > 0, "{size:?}");
    }
}

#[test]
fn accounts_that_begin_alike_have_tags_of_their_own() {
    let tags = |names: &[&str]| {
        let session = session((80, 24), names);
        names.iter().map(|name| session.state.world().setup.tag(name)).collect::<Vec<_>>()
    };
    assert_eq!(tags(&["news", "客服"]), ["new", "客"]);
    assert_eq!(tags(&["shop-a", "shop-b", "x"]), ["sh1", "sh2", "x"]);
    assert_eq!(tags(&["客服一", "客服二"]), ["客1", "客2"]);
}

#[test]
fn each_account_has_a_tab_with_its_count() {
    let size = (120, 36);
    let mut session = session(size, &["news", "客服"]);
    let tabs = |session: &Session| draw(session, size).lines().nth(1).unwrap_or_default().to_owned();
    assert!(tabs(&session).contains("9 news 2  10 客服 1"), "{}", tabs(&session));
    session.keys("9");
    assert!(tabs(&session).contains("[9 news 2]"), "{}", tabs(&session));
    assert!(draw(&session, size).contains("127.0.0.1:8080  "), "the address that they share");
}

#[test]
fn the_steps_and_the_hints_say_what_each_account_lacks_and_where_it_is_set() {
    let size = (120, 36);
    let mut session = session(size, &["news", "客服"]);
    session.event(Event::Traffic(Traffic { handshakes: [("news".to_owned(), 2)].into(), ..Traffic::default() }));
    let board = |queue: &Queue| Board {
        queue: queue.clone(),
        queued: 1,
        by_account: vec![("news".to_owned(), Queue::Open), ("客服".to_owned(), queue.clone())],
        ..Board::default()
    };
    session.event(Event::Downloads(board(&Queue::NoToken)));
    let screen = draw(&session, size);
    assert!(screen.contains("waiting: account 客服 needs"), "the message and the downloads: {screen}");
    assert!(screen.contains("`access_token_file`"), "{screen}");
    session.event(Event::Changed(ArchiveChange::Download(Selection::Seqs(vec![1])), 1));
    assert!(draw(&session, size).contains("1 file queued, waiting: account 客服 needs `access_token_file`"));
    for (key, setting) in [("<alt-t>", "access_token_file"), ("<alt-s>", "app_secret_file")] {
        session.keys(key);
        assert!(session.state.stack().is_empty(), "there is nobody whose it would be");
        assert!(row(&session, size, "each account has its own").contains(setting), "{key}");
    }
    session.keys("<f9>");
    let screen = draw(&session, size);
    for step in [
        "[✓] news                /weibo/1 · secret set · token set · handshake answered 2× · messages: 2",
        "[ ] 客服                /weibo/2 · secret set · no token: set `access_token_file` · no handshake yet",
    ] {
        assert!(screen.contains(step), "{step}: {screen}");
    }
    session.keys("jj<enter>");
    assert_eq!(session.effects.last(), Some(&Effect::Copy("http://127.0.0.1:8080/weibo/2".to_owned())));
    session.keys("t<enter>");
    let Some(Effect::Copy(nginx)) = session.effects.last() else { panic!("{:?}", session.effects) };
    assert!(nginx.contains("location = /weibo/1 {") && nginx.contains("location = /weibo/2 {"), "{nginx}");
    session.keys("<esc><esc>");
    session.event(Event::Downloads(board(&Queue::TokenRefused(Reason::other("expired")))));
    assert!(draw(&session, size).contains("the token in"), "{}", draw(&session, size));
}
