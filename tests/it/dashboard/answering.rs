//! Answering together with others: what leaves the machine, what became of a reply, and what others answered.

use chrono::TimeDelta;
use weibox::controls::layout::Size;
use weibox::dashboard::{Effect, Event, Setup};
use weibox::reason::{Reason, answers};
use weibox::record::Record;
use weibox::record::media::{Board, Queue};
use weibox::record::outgoing::{Composed, Outgoing, SendState};
use weibox::record::people::{KnownSender, SenderClaim};
use weibox::weibo::UserId;

use super::composer::{FAN, compose, composing, handed_over, learn, outgoing, quick, text};
use super::{Session, noon, record};

fn with_id(id: u64, outgoing: Outgoing) -> Outgoing {
    Outgoing { id, ..outgoing }
}

fn claim(user: &str, session: &str) -> SenderClaim {
    SenderClaim {
        account: String::new(),
        fan: FAN,
        user: user.to_owned(),
        session: session.to_owned(),
        until: noon() + TimeDelta::minutes(10),
    }
}

#[test]
fn the_name_that_the_user_gave_a_sender_never_goes_to_the_sender() {
    for (nickname, sent) in [("橙子", "橙子，您好"), ("", "，您好")] {
        let first = record(1, "text", "几点开门？", "{}");
        let sender =
            KnownSender { name: "难缠投诉户".to_owned(), nickname: nickname.to_owned(), ..first.sender.clone() };
        let records = vec![Record { sender, ..first }, record(2, "text", "在吗", "{}")];
        let mut session = compose(records, "", Vec::new());
        session.keys("<ctrl-r>");
        session.event(quick(&[("hello", "{name}，您好", &[])], Vec::new()));
        session.keys("<enter>");
        let missing = session.state.notice().is_some_and(|notice| notice.text.contains("{name}"));
        session.keys("<enter>");
        assert_eq!(handed_over(&session), [(sent.to_owned(), false)]);
        assert_eq!(missing, nickname.is_empty(), "what nobody knows is told");
    }
}

#[test]
fn a_failed_reply_comes_back_only_for_the_message_that_it_answers() {
    let to = |seq, state| {
        let failed = outgoing("refused words", state);
        Outgoing { composed: Composed { seq: Some(seq), ..failed.composed }, ..failed }
    };
    let session = composing("", vec![to(9, SendState::Refused)]);
    assert_eq!(text(&session).as_deref(), Some(""), "it answers an earlier message");
    let session = composing("", vec![with_id(1, to(1, SendState::Refused)), with_id(2, to(9, SendState::Sent))]);
    assert_eq!(text(&session).as_deref(), Some("refused words"), "this message has no other answer");
}

#[test]
fn a_reply_of_somebody_else_meanwhile_is_told_before_one_goes_out_too() {
    let before = with_id(1, outgoing("before", SendState::Sent));
    let of = |id, key: &str, account: &str, state| {
        let reply = outgoing("theirs", state);
        let made_at = noon() + TimeDelta::seconds(8);
        let composed = Composed { key: key.to_owned(), account: account.to_owned(), ..reply.composed };
        Outgoing { id, composed, made_at, ..reply }
    };
    let mut session = composing("", vec![before.clone()]);
    session.event(Event::Claims(vec![claim("wang", "wangs"), claim("me", "key")]));
    session.keys("hello");
    session.event(Event::Claims(vec![claim("me", "key")]));
    session.event(Event::Tick(noon() + TimeDelta::seconds(10)));
    learn(&mut session, "", vec![before.clone(), of(2, "wangs-1", "", SendState::Waiting)]);
    session.keys("<enter>");
    assert_eq!(session.notice(), "wang answered 2 s ago; Enter again sends yours, too");
    assert!(handed_over(&session).is_empty());
    session.keys("<enter>");
    assert_eq!(handed_over(&session), [("hello".to_owned(), false)]);

    for (reply, warning) in [
        (of(2, "unknown", "", SendState::Sent), "this sender was answered 2 s ago"),
        (of(2, "unknown", "", SendState::Refused), ""),
        (of(2, "unknown", "other account", SendState::Sent), ""),
        (of(2, "key-1", "", SendState::Waiting), ""),
    ] {
        let mut session = composing("", vec![before.clone()]);
        session.event(Event::Tick(noon() + TimeDelta::seconds(10)));
        learn(&mut session, "", vec![before.clone(), reply]);
        session.keys("hello<enter>");
        assert!(session.notice().starts_with(warning), "{}", session.notice());
        assert_eq!(handed_over(&session).is_empty(), !warning.is_empty(), "{warning}");
    }
}

#[test]
fn a_second_reply_to_a_mention_is_warned_of_because_weibo_takes_one() {
    let mention = |sender| Record { sender, ..record(1, "mention", "@", r#"{"subtype":"comment","key":"9"}"#) };
    let to = |seq, state| {
        let reply = outgoing("theirs", state);
        Outgoing { composed: Composed { key: "wangs-1".to_owned(), seq: Some(seq), ..reply.composed }, ..reply }
    };
    let once = "this mention was answered 5 min ago, and Weibo takes one reply; Enter again sends yours, too";
    for (reply, is_window_open, warning) in [
        (to(1, SendState::Sent), false, once),
        (to(1, SendState::Waiting), false, once),
        (to(1, SendState::Refused), false, ""),
        (to(9, SendState::Sent), false, ""),
        (to(1, SendState::Sent), true, ""),
    ] {
        let sender = if is_window_open { record(1, "text", "", "{}").sender } else { KnownSender::default() };
        let records = vec![mention(sender), record(2, "text", "在吗", "{}")];
        let mut session = compose(records, "", vec![reply.clone()]);
        session.event(Event::Tick(noon() + TimeDelta::minutes(5)));
        session.keys("<ctrl-u>hello<enter>");
        assert_eq!((session.notice(), handed_over(&session).is_empty()), (warning, !warning.is_empty()), "{reply:?}");
        session.keys("<enter>");
        assert_eq!(handed_over(&session), [("hello".to_owned(), false)]);
    }
    // A later reply to another message neither hides it nor is news.
    for (state, warning) in [(SendState::Sent, once), (SendState::Refused, "")] {
        let replies = vec![to(1, state), with_id(2, to(9, SendState::Sent))];
        let mut session = compose(vec![mention(KnownSender::default()), record(2, "text", "在吗", "{}")], "", replies);
        session.event(Event::Tick(noon() + TimeDelta::minutes(5)));
        session.keys("<ctrl-u>hello<enter>");
        assert_eq!(session.notice(), warning, "{state:?}");
    }
    // One that comes while the user writes is told of in the same way.
    let mut session = compose(vec![mention(KnownSender::default()), record(2, "text", "在吗", "{}")], "", Vec::new());
    learn(&mut session, "", vec![with_id(2, to(1, SendState::Sent))]);
    session.keys("hello<enter>");
    assert!(session.notice().starts_with("this mention was answered"), "{}", session.notice());
}

#[test]
fn the_message_that_is_answered_stays_selected_while_others_arrive() {
    let mut session = Session::new((120, 36), vec![record(1, "text", "几点开门？", "{}")]);
    session.keys("r");
    learn(&mut session, "", Vec::new());
    session.keys("十点");
    session.arrive("text");
    assert_eq!(session.selected(), 1, "the detail shows the message above the reply");
    session.event(Event::DraftKept(String::new(), FAN, None));
    session.event(Event::DraftKept(String::new(), FAN, None));
    session.effects.clear();
    session.keys("<esc>r");
    assert!(session.effects.contains(&Effect::LoadAnswers { account: String::new(), fan: FAN }), "the same sender");
}

#[test]
fn the_list_follows_again_after_a_reply_if_it_followed_before() {
    let open = |keys: &str| {
        let mut session = Session::new((120, 36), vec![record(1, "text", "几点开门？", "{}")]);
        session.keys(keys);
        learn(&mut session, "", Vec::new());
        session.keys("十");
        session.event(Event::DraftKept(String::new(), FAN, None));
        session.arrive("text");
        assert_eq!((session.selected(), session.state.list().inbox.is_following()), (1, false));
        session
    };
    let follows = |session: &Session| (session.state.list().inbox.is_following(), session.selected());
    for closes_at_once in [false, true] {
        let mut session = open("r");
        session.keys(if closes_at_once { "<enter><esc>" } else { "<enter>" });
        assert_eq!(follows(&session), if closes_at_once { (true, 2) } else { (false, 1) });
        session.event(Event::Composed(7, "key-1".to_owned()));
        assert_eq!((follows(&session), text(&session)), ((true, 2), None), "{closes_at_once}");
        session.arrive("text");
        assert_eq!(follows(&session), (true, 3));
    }
    let mut session = open("r");
    session.keys("<ctrl-u><esc>");
    assert_eq!(follows(&session), (true, 2), "nothing was written");
    let mut session = open("r");
    session.keys("<esc>");
    assert_eq!(follows(&session), (false, 1), "`r` goes on with the draft");
    let mut session = open("Fr");
    session.keys("<ctrl-u><esc>");
    assert_eq!((follows(&session), session.state.list().inbox.n_new()), ((false, 1), 1), "it did not follow");
    // Whoever has clicked on another message stays there.
    let mut session = open("r");
    let list = session.state.world().layout().list;
    session.event(Event::Clicked(list.x + 5, list.y));
    session.keys("<ctrl-u><esc>");
    assert_eq!(follows(&session), (false, 2));
}

#[test]
fn a_frozen_list_stays_as_it_is_behind_a_reply_and_follows_on_afterwards() {
    let mut session = Session::new((120, 36), vec![record(1, "text", "几点开门？", "{}")]);
    session.keys("=");
    for _reply in 0..2 {
        session.keys("r");
        learn(&mut session, "", Vec::new());
        session.arrive("text");
        session.keys("<esc>");
        assert_eq!((session.selected(), session.state.list().inbox.total().n), (1, 1), "nothing new in a frozen list");
    }
    session.keys("=");
    assert_eq!((session.selected(), session.state.list().inbox.is_following()), (3, true));
}

#[test]
fn who_writes_learns_of_the_replies_of_others_though_the_list_stands_still() {
    let mut session = Session::new((80, 24), vec![record(1, "text", "几点开门？", "{}")]);
    session.keys("=r");
    learn(&mut session, "", Vec::new());
    session.effects.clear();
    session.event(Event::Committed);
    assert_eq!(session.effects, [Effect::LoadAnswers { account: String::new(), fan: FAN }]);
}

#[test]
fn what_became_of_a_reply_is_told_by_the_name_of_its_receiver() {
    let sent = |state, reason| Outgoing { reason, ..with_id(19, outgoing("hello", state)) };
    let no_token = || Some(answers::ANSWER_WITHOUT_TOKEN.into());
    let asked = |session: &Session| session.effects.iter().filter(|it| **it == Effect::LoadOutgoing(vec![19])).count();
    let mut session = composing("", Vec::new());
    session.keys("hello<enter>");
    session.event(Event::Composed(19, "key-1".to_owned()));
    assert_eq!(asked(&session), 1);
    session.event(Event::Outgoing(vec![sent(SendState::Waiting, None)]));
    assert_eq!(session.notice(), "the reply to 2489518001 is on its way");
    session.event(Event::Committed);
    session.event(Event::Committed);
    assert_eq!(asked(&session), 2, "one read at a time");
    session.event(Event::Outgoing(vec![sent(SendState::Waiting, no_token())]));
    assert_eq!((asked(&session), session.notice()), (3, "the reply to 2489518001 waits: there is no access token"));
    session.keys("j");
    session.event(Event::Outgoing(vec![sent(SendState::Waiting, no_token())]));
    assert_eq!(session.notice(), "", "a reason is told once");
    session.event(Event::Committed);
    session.event(Event::Outgoing(vec![sent(SendState::Refused, Some(Reason::other("Weibo refused it")))]));
    assert_eq!(session.notice(), "the reply to 2489518001 was not sent: Weibo refused it");
    session.event(Event::Committed);
    assert_eq!(asked(&session), 4, "nothing more can happen to it");

    for (state, reason, told) in [
        (SendState::Sent, None, "the reply to 2489518001 was sent"),
        (SendState::Refused, Some(answers::ANSWER_WITHDRAWN.into()), "the reply to 2489518001 is on its way"),
        (SendState::Unknown, Some(Reason::other("why")), "the reply to 2489518001 may have been sent: why"),
    ] {
        let mut session = composing("", Vec::new());
        session.event(Event::Composed(19, "key-1".to_owned()));
        session.event(Event::Outgoing(vec![sent(state, reason)]));
        assert_eq!(session.notice(), told);
    }

    let mut session = composing("", Vec::new());
    session.event(Event::Composed(19, "key-1".to_owned()));
    session.event(Event::Failed(Reason::other("the disk is full")));
    session.event(Event::Outgoing(vec![sent(SendState::Sent, None)]));
    assert_eq!(session.notice(), "the disk is full", "what went well hides nothing that went wrong");
}

#[test]
fn the_name_of_a_receiver_is_harmless_leaves_room_and_is_hidden_with_the_others() {
    let sent = |state, reason| Outgoing { reason, ..with_id(19, outgoing("hello", state)) };
    for (name, to) in [("老\u{202e}王\u{7}", "老⟨202E⟩王␇"), ("", "2489518001")] {
        let first = record(1, "text", "几点开门？", "{}");
        let first = Record { sender: KnownSender { name: name.to_owned(), ..first.sender.clone() }, ..first };
        let mut session = compose(vec![first, record(2, "text", "在吗", "{}")], "", Vec::new());
        session.event(Event::Composed(19, "key-1".to_owned()));
        assert_eq!(session.notice(), format!("the reply to {to} is on its way"));
    }
    let refused = sent(SendState::Refused, Some(Reason::other("Weibo refused it")));
    for (width, reply, end) in
        [(80, refused, "王… was not sent: Weibo refused it"), (38, sent(SendState::Sent, None), "王… was sent")]
    {
        let first = record(1, "text", "几点开门？", "{}");
        let first = Record { sender: KnownSender { name: "王".repeat(40), ..first.sender.clone() }, ..first };
        let mut session = compose(vec![first, record(2, "text", "在吗", "{}")], "", Vec::new());
        session.event(Event::Resized(Size { width, height: 24 }));
        session.event(Event::Composed(19, "key-1".to_owned()));
        session.event(Event::Outgoing(vec![reply]));
        assert!(session.notice().ends_with(end), "{}", session.notice());
        assert!(weibox::text::width(session.notice()) < width.into(), "it has room: {}", session.notice());
    }

    let mut session = composing("", Vec::new());
    session.event(Event::Composed(19, "key-1".to_owned()));
    session.keys("P");
    session.event(Event::Outgoing(vec![sent(SendState::Sent, None)]));
    assert!(session.notice().ends_with(" was sent") && !session.notice().contains("2489518001"), "nobody is named");
}

#[test]
fn a_reply_that_waits_is_taken_back_into_the_text() {
    let waiting = || with_id(7, outgoing("sent too early", SendState::Waiting));
    let mut session = composing("", vec![waiting()]);
    assert_eq!(text(&session).as_deref(), Some(""));
    assert_eq!(session.notice(), "the last reply still waits to be sent; Ctrl-X takes it back");
    session.keys("<ctrl-x>");
    assert!(session.effects.contains(&Effect::Withdraw(7)));
    session.event(Event::Withdrawn(7, true));
    assert_eq!(text(&session).as_deref(), Some("sent too early"));
    assert_eq!(session.notice(), "the reply is taken back and will not be sent");

    let mut session = composing("", vec![waiting()]);
    session.keys("<ctrl-x>");
    session.event(Event::Withdrawn(7, false));
    assert_eq!(text(&session).as_deref(), Some(""));
    assert_eq!(session.notice(), "the reply cannot be taken back any more");

    let mut session = composing("", vec![outgoing("sent words", SendState::Sent)]);
    session.keys("<ctrl-x>");
    assert!(!session.effects.iter().any(|effect| matches!(effect, Effect::Withdraw(_))));
}

#[test]
fn ones_own_claim_is_not_shown_to_oneself() {
    let mut session = composing("", Vec::new());
    session.event(Event::Claims(vec![claim("wang", "key")]));
    let claimed_by = |session: &Session| session.state.world().claimed_by(&session.records[0]);
    assert_eq!(claimed_by(&session), None);
    session.event(Event::Claims(vec![claim("wang", "key"), claim("li", "another")]));
    assert_eq!(claimed_by(&session).as_deref(), Some("li"));
}

#[test]
fn names_are_asked_for_as_soon_as_there_is_a_token() {
    let mut setup = Setup { is_signed: true, ..Setup::default() };
    setup.start.has_names = true;
    let board = |queue| Event::Downloads(Board { queue, ..Board::default() });
    let wanted = |session: &mut Session, event: Event| {
        session.effects.clear();
        session.event(event);
        session.effects.iter().filter(|effect| matches!(effect, Effect::Names(_))).count()
    };
    let mut session = Session::with(setup, (80, 24), vec![record(1, "text", "在吗", "{}")]);
    assert_eq!(session.effects, [Effect::Names(vec![(String::new(), UserId(2_489_518_001))])]);
    assert_eq!(wanted(&mut session, board(Queue::NoToken)), 0);
    assert_eq!(wanted(&mut session, board(Queue::Open)), 1, "the first request reached nobody");
    assert_eq!(wanted(&mut session, Event::Committed), 0);
    assert_eq!(wanted(&mut session, board(Queue::TokenRefused(Reason::other("expired")))), 0);
    assert_eq!(wanted(&mut session, board(Queue::Open)), 1, "there is another token");
}
