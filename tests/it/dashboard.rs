//! The state of the dashboard, driven by keys, with a plain list as the archive.

use chrono::{DateTime, TimeDelta, Utc};
use weibox::controls::key::script;
use weibox::controls::layout::Size;
use weibox::dashboard::orders::ArchiveChange;
use weibox::dashboard::over::search::SearchPrompt;
use weibox::dashboard::{Cell, Effect, Event, FilePlaces, Over, Setup, State};
use weibox::query::{Flag, Query, Test};
use weibox::record::media::{Board, Job, Queue, Stage};
use weibox::record::outgoing::Outgoing;
use weibox::record::page::{Anchor, ArchiveState, Counts, Page, Request, Selection, Total};
use weibox::record::people::KnownSender;
use weibox::record::traffic::Traffic;
use weibox::record::{Record, Seq};
use weibox::weibo::{Kind, SAMPLE_RECEIVER};

mod answering;
mod anywhere;
pub(crate) mod composer;
mod confirm;
mod finding;
mod first_run;
mod frozen;
mod handing_over;
mod jobs;
mod memory;
mod mouse;
mod people;
mod policy;
mod position;
mod refresh;
mod ringing;
mod saving;
mod sorting;
mod tabs;
mod targets;
mod urgent;
mod waiting;

/// A session without a screen: a list of records, and a state that reads pages of it.
pub(crate) struct Session {
    pub(crate) records: Vec<Record>,
    pub(crate) replies: Vec<(Seq, Vec<Outgoing>)>,
    pub(crate) state: State,
    pub(crate) effects: Vec<Effect>,
    pub(crate) indexed_again: Option<u8>,
}

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

pub(crate) fn record(seq: Seq, kind: &str, text: &str, data: &str) -> Record {
    let body = format!(
        r#"{{"type":"{kind}","receiver_id":1902538057,"sender_id":{},"created_at":"Mon Nov 23 12:00:{:02} +0800 2026","text":{},"data":{data}}}"#,
        2_489_518_000 + seq,
        seq % 60,
        serde_json::to_string(text).unwrap(),
    );
    Record { sender: KnownSender::until(noon() + TimeDelta::hours(47)), ..Record::new(seq, noon(), body.into_bytes()) }
}

/// Evaluates a query, as far as these tests need it.
fn finds(query: &Query, record: &Record) -> bool {
    query.terms.iter().all(|term| {
        let holds = if let Test::Kind(kinds) = &term.test {
            kinds.contains(&record.message.kind())
        } else if let Test::From(senders) = &term.test {
            record.message.sender_id.is_some_and(|sender| senders.contains(&sender))
        } else if let Test::Words(words) = &term.test {
            words.iter().any(|word| record.message.text.contains(&word.typed))
        } else if matches!(term.test, Test::Is(Flag::Unread)) {
            !record.marks.is_read
        } else {
            // All windows are open for 47 hours here, so nothing is due.
            false
        };
        holds != term.is_not
    })
}

impl Session {
    pub(crate) fn new(size: (u16, u16), records: Vec<Record>) -> Self {
        let setup = Setup {
            url: "http://127.0.0.1:8080/weibo".to_owned(),
            is_signed: true,
            files: FilePlaces { media_dir: "/data/media".into(), ..FilePlaces::default() },
            ..Setup::default()
        };
        Self::with(setup, size, records)
    }

    pub(crate) fn with(setup: Setup, size: (u16, u16), records: Vec<Record>) -> Self {
        let size = Size { width: size.0, height: size.1 };
        let (state, effects) = State::new(setup, size, noon());
        let mut session = Self { records, state, effects: Vec::new(), indexed_again: None, replies: Vec::new() };
        session.carry_out(effects);
        session
    }

    /// Creates a session with `n` texts, numbered in order.
    fn texts(n: Seq) -> Self {
        Self::new((80, 24), (1..=n).map(|seq| record(seq, "text", &format!("text {seq}"), "{}")).collect())
    }

    pub(crate) fn event(&mut self, event: Event) {
        let effects = self.state.update(event);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Load(request) = &effect {
                let page = self.page(request);
                self.event(Event::Page(page));
            } else if let Effect::Find { query, from, is_older } = &effect {
                let hits = self.records.iter().filter(|record| finds(query, record)).map(|record| record.seq);
                let found =
                    if *is_older { hits.filter(|seq| seq < from).max() } else { hits.filter(|seq| seq > from).min() };
                self.event(Event::Found(*from, found));
            } else if let Effect::CountTabs(queries) = &effect {
                let counted = queries.iter().map(|query| (query.clone(), self.n_found(query)));
                self.event(Event::Counted(Some(counted.collect())));
            } else {
                self.effects.push(effect);
            }
        }
    }

    fn n_found(&self, query: &Query) -> Total {
        Total { n: self.records.iter().filter(|record| finds(query, record)).count() as u64, is_more: false }
    }

    /// Answers as the archive does: see `archive::Reader::page`.
    fn page(&self, request: &Request) -> Page {
        let is_found = |record: &Record| finds(&request.query, record);
        let is_kept = |record: &Record| request.keep.contains(&record.seq) && !is_found(record);
        let kept = self.records.iter().rev().filter(|record| is_kept(record)).map(|record| record.seq).collect();
        let mut all: Vec<_> = self.records.iter().rev().filter(|record| is_found(record) || is_kept(record)).collect();
        let n_all = all.len();
        let n_newer = match request.anchor {
            Anchor::Newest => 0,
            Anchor::Oldest => all.len().saturating_sub(request.limit),
            Anchor::Around(seq) => all.iter().take_while(|r| r.seq > seq).count().saturating_sub(request.limit / 2),
        };
        let records: Vec<_> = all.drain(n_newer..).take(request.limit).cloned().collect();
        let mut counts = Counts::default();
        for kind in Kind::ALL {
            counts.set(kind, self.records.iter().filter(|r| r.message.kind() == kind).count() as u64);
        }
        let of_account = |name: &str| self.records.iter().filter(|record| record.account == name).count();
        let exactly = |n: usize| Total { n: n as u64, is_more: false };
        Page {
            request: request.clone(),
            replies: self.replies.clone(),
            kept,
            by_account: request.accounts.iter().map(|name| (name.clone(), exactly(of_account(name)))).collect(),
            wider: request.wider.as_ref().map(|wider| self.n_found(wider)),
            newer: exactly(n_newer),
            total: exactly(n_all),
            has_older: n_newer + records.len() < n_all,
            records,
            counts,
            unread: self.records.iter().filter(|record| !record.marks.is_read).count() as u64,
            archive: ArchiveState {
                is_first_run: self.records.iter().all(|record| record.message.receiver_id == Some(SAMPLE_RECEIVER)),
                indexed_again: self.indexed_again,
            },
        }
    }

    fn arrive(&mut self, kind: &str) {
        let seq = self.records.last().map_or(0, |record| record.seq) + 1;
        self.records.push(record(seq, kind, &format!("text {seq}"), "{}"));
        self.event(Event::Committed);
    }

    pub(crate) fn keys(&mut self, keys: &str) {
        for key in script(keys) {
            self.event(Event::Key(key));
        }
    }

    fn selected(&self) -> Seq {
        self.state.list().inbox.selected().map_or(0, |record| record.seq)
    }

    /// Returns the lines of the open question.
    pub(crate) fn question(&self) -> Option<Vec<Cell>> {
        let (mut stack, world) = (self.state.stack().iter().rev(), self.state.world());
        stack.find_map(|over| if let Over::Question(question) = over { Some(question.lines(world)) } else { None })
    }

    /// Returns the prompt in which a query is typed.
    pub(crate) fn search(&self) -> Option<&SearchPrompt> {
        let mut stack = self.state.stack().iter().rev();
        stack.find_map(|over| if let Over::SearchPrompt(prompt) = over { Some(prompt) } else { None })
    }

    /// Returns the cells for a download.
    pub(crate) fn job(&self, job: &Job) -> [Cell; 3] {
        let world = self.state.world();
        world.downloads.job(job, world.now, world.language())
    }

    fn notice(&self) -> &str {
        self.state.notice().map_or("", |notice| &notice.text)
    }
}

#[test]
fn it_follows_the_newest_until_the_cursor_moves() {
    let mut session = Session::texts(5);
    assert_eq!(session.selected(), 5);
    session.arrive("text");
    assert_eq!((session.selected(), session.state.list().inbox.n_new()), (6, 0));
    session.keys("j");
    assert!(!session.state.list().inbox.is_following());
    session.arrive("text");
    session.arrive("image");
    assert_eq!((session.selected(), session.state.list().inbox.n_new()), (5, 2), "the selection stays on its message");
    session.keys("F");
    assert_eq!((session.selected(), session.state.list().inbox.n_new()), (8, 0));
}

#[test]
fn moving_where_nothing_is_does_not_end_following() {
    let mut session = Session::texts(1);
    session.keys("kjg");
    assert!(session.state.list().inbox.is_following());
}

#[test]
fn every_message_is_reached_through_pages() {
    let mut session = Session::texts(3000);
    for expected in (1..3000).rev() {
        session.keys("j");
        assert_eq!(session.selected(), expected);
        let (rows, selected) = session.state.list().inbox.visible();
        assert_eq!(rows[selected.unwrap()].seq, expected, "the selected row is on the screen");
    }
    session.keys("j");
    assert_eq!((session.selected(), session.state.list().inbox.place().map(|place| place.n)), (1, Some(3000)));
    session.keys("g");
    assert_eq!((session.selected(), session.state.list().inbox.place().map(|place| place.n)), (3000, Some(1)));
    session.keys("G");
    assert_eq!((session.selected(), session.state.list().inbox.place().map(|place| place.n)), (1, Some(3000)));
    session.keys("<pgup>");
    assert!(session.selected() > 1);
    session.keys("<pgdn>");
    assert_eq!(session.selected(), 1);
}

#[test]
fn a_key_that_cannot_act_says_why() {
    let mut session = Session::texts(1);
    for (key, words) in [("d", "no file"), ("o", "no file"), ("9", "no such tab"), ("W", "W does nothing here")] {
        session.keys(key);
        assert!(session.notice().contains(words), "{key}: {}", session.notice());
    }
    // With an input method on, its composed text arrives instead of keys.
    session.keys("你");
    assert!(session.notice().starts_with("你 comes from an input method"), "{}", session.notice());
    session.keys("é");
    assert!(session.notice().contains("é does nothing here"), "{}", session.notice());
    let mut empty = Session::texts(0);
    empty.keys("d");
    assert!(empty.notice().contains("no message"), "{}", empty.notice());
    assert_eq!((session.effects.len(), empty.effects.len()), (0, 0));
}

#[test]
fn files_are_downloaded_opened_and_said_to_wait_for_a_token() {
    let mut session = Session::new((80, 24), vec![record(1, "image", "i", r#"{"tovfid":7}"#)]);
    session.keys("dDo");
    assert_eq!(
        session.effects,
        [Effect::Change(ArchiveChange::Download(Selection::Seqs(vec![1]))), Effect::Weigh(all())]
    );
    assert!(session.notice().contains("not downloaded yet"));
    session.event(Event::Downloads(Board { queue: Queue::NoToken, ..Board::default() }));
    session.event(Event::Changed(ArchiveChange::Download(Selection::Seqs(vec![1])), 1));
    assert!(session.notice().contains("access token"), "{}", session.notice());
    session.records[0].medium = Some(Stage::Done { file: "7.jpg".to_owned(), bytes: 9, sha256: None });
    session.event(Event::Committed);
    session.effects.clear();
    session.keys("o");
    assert_eq!(session.effects, [Effect::Open("/data/media/7.jpg".into())]);
    session.records[0].medium = Some(Stage::Done { file: "../../etc/passwd".to_owned(), bytes: 9, sha256: None });
    session.event(Event::Committed);
    session.effects.clear();
    session.keys("o");
    assert_eq!(session.effects, [Effect::Open("/data/media/etc/passwd".into())], "below it, whatever the archive says");
}

#[test]
fn copying_takes_the_text_or_the_coordinates_without_control_characters() {
    let position = record(2, "position", "here", r#"{"longitude":"116.308586","latitude":"39.982525"}"#);
    let mut session = Session::new((80, 24), vec![record(1, "text", "rm -rf\u{1b}[A 好", "{}"), position]);
    session.keys("yjy");
    let copied = |text: &str| Effect::Copy(text.to_owned());
    assert_eq!(session.effects, [copied("39.982525,116.308586"), copied("rm -rf␛[A 好")]);
}

#[test]
fn closing_goes_layer_by_layer_and_escape_never_quits() {
    let mut session = Session::texts(2);
    session.keys("<enter>?<esc><esc><esc><esc>");
    assert_eq!(
        (session.state.world().is_reading(), !session.state.stack().is_empty(), session.effects.len()),
        (false, false, 0)
    );
    session.keys("<enter>?<esc>");
    assert_eq!((session.state.world().is_reading(), !session.state.stack().is_empty()), (true, false));
    session.keys("q");
    assert!(!session.state.world().is_reading());
    session.keys("q");
    assert_eq!(session.effects, [Effect::Quit]);
}

#[test]
fn full_width_keys_of_an_input_method_act() {
    let mut session = Session::texts(3);
    session.keys("ｊ？");
    assert_eq!((session.selected(), !session.state.stack().is_empty()), (2, true));
}

#[test]
fn the_rate_counts_the_last_minute_and_asks_for_ticks_only_while_it_changes() {
    let mut session = Session::texts(0);
    assert_eq!(session.state.next_tick(), None);
    session.event(Event::Traffic(Traffic { stored: 12, ..Traffic::default() }));
    assert_eq!(session.state.world().rate.last_minute(), 12);
    let mut ticks = 0;
    while session.state.world().rate.last_minute() > 0 {
        session.event(Event::Tick(session.state.next_tick().unwrap()));
        ticks += 1;
    }
    assert!(ticks <= 11, "{ticks} wake-ups in the minute after a message");
}

#[test]
fn the_palette_does_every_action_and_says_why_one_cannot_be_done() {
    let mut session = Session::texts(3);
    session.keys(":bottom<enter>");
    assert_eq!((session.selected(), !session.state.stack().is_empty()), (1, false));
    session.keys(":顶端<enter>");
    assert_eq!(session.selected(), 3);
    session.keys(":opnsaved<enter>");
    let screen = crate::view::draw(&session, (80, 24));
    assert_eq!(screen.matches("no file").count(), 1, "{screen}");
    assert!(session.notice().contains("no file") && !session.state.stack().is_empty(), "{}", session.notice());
    session.keys("<ctrl-c>");
    assert_eq!(session.effects, [Effect::Quit]);
}

#[test]
fn suspending_is_asked_for_twice() {
    let mut session = Session::texts(1);
    session.keys("<ctrl-z>j<ctrl-z>");
    assert_eq!(session.effects, []);
    assert!(session.notice().contains("listener stops too"), "{}", session.notice());
    session.keys("<ctrl-z>");
    assert_eq!(session.effects, [Effect::Suspend]);
}

#[test]
fn links_are_opened_and_copied_only_when_chosen() {
    let mut session = Session::new((80, 24), vec![record(1, "text", "看 http://t.cn/a 和https://weibo.com/b。", "{}")]);
    session.keys("L");
    assert_eq!(session.effects, []);
    session.keys("<down><enter>");
    assert_eq!(session.effects, [Effect::Browse("https://weibo.com/b".to_owned())]);
    session.keys("Lcopy<enter>");
    assert_eq!(session.effects.last(), Some(&Effect::Copy("http://t.cn/a".to_owned())));
    let mut without = Session::texts(1);
    without.keys("L");
    assert!(without.notice().contains("no link"), "{}", without.notice());
}

#[test]
fn the_copied_curl_carries_the_bytes_and_no_secret() {
    let mut session = Session::new((80, 24), vec![record(1, "text", "it's", "{}")]);
    session.keys("Ycurl<enter>");
    let Some(Effect::Copy(command)) = session.effects.first() else { panic!("{:?}", session.effects) };
    assert!(command.contains(r"it'\''s") && command.contains("$WEIBOX_APP_SECRET"), "{command}");
}

/// Returns the selection of the whole list.
fn all() -> Selection {
    Selection::Query(Query::default())
}
