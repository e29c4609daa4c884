//! The composer, driven by keys: typed keys are text, no text is lost, and nothing is sent unintentionally.

use chrono::TimeDelta;
use weibox::dashboard::orders::SenderAnswers;
use weibox::dashboard::{Effect, Event, Over};
use weibox::reason::{Reason, answers, attach};
use weibox::record::Record;
use weibox::record::outgoing::{Composed, Draft, Outgoing, SendState};
use weibox::record::people::KnownSender;
use weibox::record::quick_reply::{QuickReplies, QuickReply, QuickWords};
use weibox::weibo::active::ReplyForm;
use weibox::weibo::{Kind, UserId};

use super::{Session, noon, record};

pub(super) const FAN: UserId = UserId(2_489_518_001);

/// Creates a session in which a reply is being written, with the data about its sender.
pub(super) fn composing(draft: &str, outgoing: Vec<Outgoing>) -> Session {
    let records = vec![record(1, "text", "几点开门？", "{}"), record(2, "text", "在吗", "{}")];
    compose(records, draft, outgoing)
}

/// Creates the same for the second of these messages from the top.
pub(super) fn compose(records: Vec<Record>, draft: &str, outgoing: Vec<Outgoing>) -> Session {
    let mut session = Session::new((80, 24), records);
    session.keys("jr");
    assert!(session.effects.contains(&Effect::LoadAnswers { account: String::new(), fan: FAN }));
    learn(&mut session, draft, outgoing);
    session.effects.clear();
    session
}

pub(super) fn learn(session: &mut Session, draft: &str, outgoing: Vec<Outgoing>) {
    let answers = SenderAnswers {
        fan: FAN,
        key: "key".to_owned(),
        draft: Draft { form: ReplyForm::Text, text: draft.to_owned() },
        outgoing,
    };
    session.event(Event::Answers(Box::new(answers)));
}

pub(crate) fn outgoing(text: &str, state: SendState) -> Outgoing {
    let composed = Composed {
        key: text.to_owned(),
        account: String::new(),
        fan: FAN,
        seq: Some(1),
        form: ReplyForm::Text,
        text: text.to_owned(),
        after: None,
    };
    let reason = (state != SendState::Sent).then(|| Reason::other("why"));
    Outgoing { id: 1, composed, state, reason, made_at: noon(), changed_at: noon() }
}

/// Returns the text in the composer; `None` if it is closed.
pub(super) fn text(session: &Session) -> Option<String> {
    session.state.stack().iter().find_map(|over| {
        if let Over::Composer(composer) = over { Some(composer.editor.text().to_owned()) } else { None }
    })
}

/// Returns the text of each submitted reply, and whether sending was allowed just then.
pub(super) fn handed_over(session: &Session) -> Vec<(String, bool)> {
    let replies = session.effects.iter().filter_map(|effect| {
        if let Effect::Reply { composed, is_allowed } = effect {
            Some((composed.text.clone(), *is_allowed))
        } else {
            None
        }
    });
    replies.collect()
}

pub(super) fn drafts(session: &Session) -> Vec<String> {
    let drafts = session.effects.iter().filter_map(|effect| {
        if let Effect::KeepDraft { draft, fan: FAN, .. } = effect { Some(draft.text.clone()) } else { None }
    });
    drafts.collect()
}

#[test]
fn keys_are_text_while_a_reply_is_written_and_never_act_on_the_list() {
    let mut session = composing("", Vec::new());
    let selected = session.state.list().selected().unwrap().seq;
    let every: String =
        weibox::controls::action::TABLE.iter().flat_map(|row| row.keys).map(ToString::to_string).collect();
    let typed: String = every.chars().filter(|char| char.is_ascii_graphic() && *char != '<').collect();
    session.keys(&typed);
    assert_eq!(text(&session), Some(typed));
    session.keys("<up><down><pgdn><tab><f5><f9><alt-s>");
    assert_eq!(session.state.list().selected().unwrap().seq, selected);
    assert_eq!(session.state.stack().len(), 1);
    assert!(session.effects.iter().all(|effect| matches!(effect, Effect::KeepDraft { .. })), "{:?}", session.effects);
}

#[test]
fn every_change_is_kept_one_after_the_other_and_a_draft_goes_on() {
    let mut session = composing("您好", Vec::new());
    assert_eq!(text(&session).as_deref(), Some("您好"));
    session.keys("abc");
    assert_eq!(drafts(&session), ["您好a"], "the next waits until this one is kept");
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert_eq!(drafts(&session), ["您好a", "您好abc"]);
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert_eq!(drafts(&session).len(), 2, "it is as it is kept");
    session.keys("d");
    session.event(Event::DraftKept(String::new(), FAN, Some(attach::NOBODY_LISTENS.into())));
    assert!(session.notice().contains("draft cannot be kept"));
    session.keys("<esc>");
    assert_eq!(drafts(&session).last().map(String::as_str), Some("您好abcd"), "closing tries once more");
    assert_eq!(text(&session), None);
}

#[test]
fn undoing_takes_back_the_last_words_and_not_all_that_was_typed() {
    let mut session = composing("", Vec::new());
    session.keys("您好，十点开门。再见");
    for left in ["您好，十点开门。", "您好，", ""] {
        session.keys("<ctrl-7>");
        assert_eq!(text(&session).as_deref(), Some(left));
    }
}

#[test]
fn what_is_typed_before_the_draft_is_read_stands_behind_it() {
    let mut session = Session::new((80, 24), vec![record(1, "text", "在吗", "{}")]);
    session.keys("rabc<enter>");
    assert!(handed_over(&session).is_empty() && drafts(&session).is_empty());
    learn(&mut session, "您好 ", Vec::new());
    assert_eq!(text(&session).as_deref(), Some("您好 abc"));
    assert_eq!(drafts(&session), ["您好 abc"]);
}

#[test]
fn enter_hands_it_over_once_and_the_first_time_asks() {
    let mut session = composing("", Vec::new());
    session.keys("十点<alt-enter>开门<enter><enter>x");
    assert_eq!(handed_over(&session), [("十点\n开门".to_owned(), false)]);
    let Some(Effect::Reply { composed, .. }) =
        session.effects.iter().find(|effect| matches!(effect, Effect::Reply { .. })).cloned()
    else {
        unreachable!("it was handed over")
    };
    assert_eq!((composed.seq, composed.fan), (Some(1), FAN));
    session.event(Event::NotComposed(composed.clone(), answers::ANSWERS_OFF.into()));
    session.keys("<enter>");
    assert_eq!(handed_over(&session).len(), 1, "Enter that was pressed twice is no answer");
    session.keys("n");
    assert_eq!(handed_over(&session).len(), 1, "no is no");
    assert_eq!(text(&session).as_deref(), Some("十点\n开门"), "and no word is lost");
    session.keys("<enter>");
    session.event(Event::NotComposed(composed.clone(), answers::ANSWERS_OFF.into()));
    session.keys("y");
    assert_eq!(handed_over(&session).last(), Some(&("十点\n开门".to_owned(), true)));
    session.event(Event::Composed(7, "key-1".to_owned()));
    assert_eq!((text(&session), session.notice()), (None, "the reply to 2489518001 is on its way"));

    let mut session = composing("十点", Vec::new());
    session.keys("<enter><esc>/");
    session.event(Event::NotComposed(composed, answers::ANSWERS_OFF.into()));
    assert!(session.question().is_none(), "something else is typed by now");
}

#[test]
fn the_same_words_handed_over_again_are_the_same_reply_and_others_are_not() {
    let mut session = composing("", Vec::new());
    let mut keys = Vec::new();
    for script in ["a<enter>", "<enter>", "b<enter>"] {
        session.effects.clear();
        session.keys(script);
        let composed = session
            .effects
            .iter()
            .find_map(|effect| if let Effect::Reply { composed, .. } = effect { Some(composed.clone()) } else { None });
        keys.push(composed.clone().unwrap().key);
        session.event(Event::NotComposed(composed.unwrap(), attach::NOBODY_LISTENS.into()));
    }
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[1], keys[2]);
}

#[test]
fn what_failed_is_edited_and_sent_again_and_what_nobody_knows_is_asked_about() {
    let mut session = composing("", vec![outgoing("refused words", SendState::Refused)]);
    assert_eq!(text(&session).as_deref(), Some("refused words"));
    session.keys("<enter>");
    assert_eq!(handed_over(&session), [("refused words".to_owned(), false)]);

    let mut session = composing("", vec![outgoing("unknown words", SendState::Unknown)]);
    session.keys("<enter>");
    assert!(handed_over(&session).is_empty(), "not without being asked");
    session.keys("n<enter>y");
    assert_eq!(handed_over(&session), [("unknown words".to_owned(), false)]);

    let session = composing("", vec![outgoing("sent words", SendState::Sent)]);
    assert_eq!(text(&session).as_deref(), Some(""));
}

#[test]
fn nothing_is_handed_over_that_weibo_would_not_take() {
    let mut session = composing("", Vec::new());
    session.keys(" <enter>");
    assert_eq!(session.notice(), "there is no text");
    session.event(Event::Pasted("字".repeat(10_000).into()));
    session.keys("<enter>");
    assert!(session.notice().contains("10001 characters"), "{}", session.notice());
    session.keys("<ctrl-u>a");
    session.event(Event::Tick(noon() + TimeDelta::hours(47)));
    session.keys("<enter>");
    assert_eq!(session.notice(), "the reply window has closed");
    assert!(handed_over(&session).is_empty());
    session.keys("<esc>r");
    assert!(session.notice().contains("reply window of this sender is closed"), "{}", session.notice());
    assert_eq!(text(&session), None);
}

#[test]
fn samples_and_messages_of_nobody_have_no_reply() {
    let closed = Record { sender: KnownSender::default(), ..record(1, "text", "late", "{}") };
    let mut session = Session::new((80, 24), vec![closed]);
    session.keys("r");
    assert_eq!(text(&session), None);
    let mention = Record { sender: KnownSender::default(), ..record(1, "mention", "@", r#"{"subtype":"status"}"#) };
    let mut session = Session::new((80, 24), vec![mention]);
    session.keys("r");
    assert!(text(&session).is_some(), "a mention can be answered once");
}

#[test]
fn the_time_left_is_told_to_the_minute_and_at_last_to_the_second() {
    let mut session = composing("", Vec::new());
    let tick = session.state.next_tick().unwrap();
    assert!(tick > noon() && tick <= noon() + TimeDelta::seconds(61));
    session.event(Event::Tick(noon() + TimeDelta::hours(47) - TimeDelta::seconds(90)));
    let tick = session.state.next_tick().unwrap() - session.state.world().now;
    assert!(tick <= TimeDelta::milliseconds(1001), "{tick}");
}

/// Returns the event with quick replies as files would define them.
pub(super) fn quick(replies: &[(&str, &str, &[Kind])], faults: Vec<Reason>) -> Event {
    let reply = |(name, text, kinds): &(&str, &str, &[Kind])| QuickReply {
        file: format!("/replies/{name}.toml").into(),
        name: (*name).to_owned(),
        words: QuickWords::parse(text).unwrap(),
        kinds: kinds.to_vec(),
        labels: vec!["售前".to_owned()],
    };
    let replies = replies.iter().map(reply).collect();
    Event::QuickReplies(Box::new(QuickReplies { directory: "/replies".into(), replies, faults }))
}

#[test]
fn quick_replies_are_found_by_pinyin_filled_in_and_put_below_each_other() {
    let mut session = composing("您好", Vec::new());
    session.keys("<ctrl-r>");
    assert!(session.effects.contains(&Effect::LoadQuickReplies));
    session.event(quick(
        &[
            ("营业时间", "十点开门", &[]),
            ("退货流程", "{name}请寄回，{{{text}}}，{date}", &[Kind::Text]),
            ("其他", "图片", &[Kind::Image]),
        ],
        vec![Reason::other("bad.toml, line 3")],
    ));
    session.keys("yysj<tab>thlc<enter>");
    assert_eq!(text(&session).as_deref(), Some("您好\n十点开门\n请寄回，{几点开门？}，2026-11-23"));
    assert_eq!(session.state.stack().len(), 1, "the composer is left");
    assert!(session.state.notice().unwrap().text.contains("{name}"), "what nobody knows is told");
    assert!(!drafts(&session).is_empty());
    // Each insertion is one step of undo.
    session.keys("<ctrl-7>");
    assert_eq!(text(&session).as_deref(), Some("您好\n十点开门"));
}

#[test]
fn what_is_typed_while_the_quick_replies_are_read_waits_for_them_in_its_order() {
    let read = || quick(&[("营业时间", "十点开门", &[]), ("再见", "再见", &[])], Vec::new());
    let mut session = composing("", Vec::new());
    session.keys("<ctrl-r>zj<enter>，明天<enter>");
    assert_eq!((text(&session).as_deref(), handed_over(&session).len()), (Some(""), 0));
    session.event(read());
    assert_eq!(handed_over(&session), [("再见，明天".to_owned(), false)]);

    let mut session = composing("", Vec::new());
    session.keys("<ctrl-r>zj<enter>x<esc>");
    session.event(read());
    assert_eq!(text(&session).as_deref(), Some(""), "Esc never waits");
    session.keys("y");
    assert_eq!(text(&session).as_deref(), Some("y"));
    session.keys("<ctrl-r>zj<ctrl-c>");
    assert!(session.effects.contains(&Effect::Quit), "nor does the key that leaves");
}

#[test]
fn the_selected_quick_reply_stays_selected_though_another_file_comes_before_it() {
    let mut session = composing("", Vec::new());
    session.keys("<ctrl-r>");
    session.event(quick(&[("b", "two", &[]), ("c", "three", &[])], Vec::new()));
    session.keys("<down>");
    session.event(quick(&[("a", "one", &[]), ("b", "two", &[]), ("c", "three", &[])], Vec::new()));
    session.keys("<enter>");
    assert_eq!(text(&session).as_deref(), Some("three"));
}

#[test]
fn a_reply_that_arrives_in_the_outbox_closes_no_other_composer() {
    let mut session = composing("", Vec::new());
    session.keys("十点<enter><esc>kr");
    let answers = SenderAnswers {
        fan: UserId(2_489_518_002),
        key: "other".to_owned(),
        draft: Draft::default(),
        outgoing: Vec::new(),
    };
    session.event(Event::Answers(Box::new(answers)));
    session.keys("再见");
    assert_eq!(handed_over(&session).len(), 1);
    session.event(Event::Composed(7, "key-1".to_owned()));
    assert_eq!(text(&session).as_deref(), Some("再见"));
}

#[test]
fn a_quick_reply_is_edited_from_the_picker_and_a_new_one_has_the_name_that_was_typed() {
    let mut session = composing("", Vec::new());
    session.keys("<ctrl-r>");
    session.event(quick(&[("hours", "ten", &[])], Vec::new()));
    session.keys(":");
    assert!(session.effects.contains(&Effect::EditQuickReply("/replies/hours.toml".into())));
    session.keys("xyz<alt-e>");
    assert!(session.effects.contains(&Effect::EditQuickReply("/replies/xyz.toml".into())));
    // The file after editing; the typed text stays.
    session.event(quick(&[("hours", "ten", &[]), ("xyz", "new", &[])], Vec::new()));
    session.keys("<enter>");
    assert_eq!(text(&session).as_deref(), Some("new"));
}

#[test]
fn a_position_and_articles_are_written_like_text_and_checked_before_they_go() {
    let mut session = composing("", Vec::new());
    session.keys("39.98<ctrl-t><enter>");
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert!(handed_over(&session).is_empty());
    assert!(session.state.notice().unwrap().text.contains("latitude and longitude"));
    session.keys(",116.3<enter>");
    let composed = |session: &Session| {
        let composed = session.effects.iter().rev().find_map(|effect| {
            if let Effect::Reply { composed, .. } = effect {
                Some((composed.form, composed.text.clone()))
            } else {
                None
            }
        });
        composed.unwrap()
    };
    assert_eq!(composed(&session), (ReplyForm::Position, "39.98,116.3".to_owned()));
    let kept = session
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::KeepDraft { draft, .. } if draft.form == ReplyForm::Position));
    assert!(kept, "the draft knows what it is");
    // A refused reply returns in its form.
    let refused = Outgoing {
        composed: Composed {
            form: ReplyForm::Articles,
            ..outgoing("a\nhttp://e.org/\nhttp://e.org/", SendState::Refused).composed
        },
        ..outgoing("", SendState::Refused)
    };
    let mut session = composing("", vec![refused]);
    session.keys("<enter>");
    assert_eq!(composed(&session).0, ReplyForm::Articles);
}

#[test]
fn what_cannot_be_kept_yet_is_not_said_to_be_kept() {
    let mut session = Session::new((80, 24), vec![record(1, "text", "在吗", "{}")]);
    session.keys("rabc<esc>");
    assert_eq!((text(&session).as_deref(), session.notice()), (Some("abc"), "what was written before is being read"));
    session.event(Event::Failed(Reason::other("the disk does not answer")));
    session.effects.clear();
    session.keys("<esc>");
    assert!(
        session.effects.contains(&Effect::LoadAnswers { account: String::new(), fan: FAN }),
        "it is asked for again"
    );
    learn(&mut session, "", Vec::new());
    assert_eq!(drafts(&session), ["abc"]);
    session.keys("<esc>");
    assert!(text(&session).is_none() && session.notice().contains("draft is kept"), "{}", session.notice());
}
