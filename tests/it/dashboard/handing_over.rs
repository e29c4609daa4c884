//! A text between the composer and the outbox: what was sent never comes back as a draft, and what was not accepted is
//! never lost.

use weibox::dashboard::{Effect, Event};
use weibox::reason::{answers, attach};
use weibox::record::outgoing::{Composed, Outgoing, SendState};

use super::composer::{FAN, composing, drafts, handed_over, learn, outgoing, text};
use super::{Session, record};

/// Returns the last text that was handed over.
fn composed(session: &Session) -> Composed {
    let mut effects = session.effects.iter().rev();
    effects.find_map(|it| if let Effect::Reply { composed, .. } = it { Some(composed.clone()) } else { None }).unwrap()
}

/// Creates a session in which a text was sent and the composer was closed at once, while its first character is being
/// kept as a draft.
fn sent_and_closed() -> (Session, Composed) {
    let mut session = composing("", Vec::new());
    session.keys("十点开门<enter><esc>");
    let composed = composed(&session);
    assert_eq!((text(&session), composed.text.as_str(), drafts(&session)), (None, "十点开门", vec!["十".to_owned()]));
    (session, composed)
}

#[test]
fn a_text_that_was_sent_is_no_draft_though_the_composer_was_closed_at_once() {
    let (mut session, composed) = sent_and_closed();
    assert_eq!(session.notice(), "it is being handed over");
    session.event(Event::Composed(7, composed.key));
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert_eq!((drafts(&session).len(), session.notice()), (1, "the reply to 2489518001 is on its way"));
    session.keys("r");
    assert_eq!(text(&session).as_deref(), Some(""));
}

#[test]
fn nobody_claims_the_sender_whose_composer_is_closed_though_a_draft_is_still_being_kept() {
    let (mut session, composed) = sent_and_closed();
    session.event(Event::Composed(7, composed.key));
    session.effects.clear();
    session.event(Event::Committed);
    assert!(session.effects.contains(&Effect::LoadAnswers { account: String::new(), fan: FAN }));
    learn(&mut session, "", Vec::new());
    assert!(!session.effects.iter().any(|effect| matches!(effect, Effect::Claim { .. })), "{:?}", session.effects);
}

#[test]
fn a_text_that_was_sent_is_no_draft_whatever_becomes_of_the_draft_that_was_being_kept() {
    for kept in [None, Some(None), Some(Some(attach::NOBODY_LISTENS.into()))] {
        let (mut session, composed) = sent_and_closed();
        session.event(Event::Composed(7, composed.key));
        if let Some(fault) = kept.clone() {
            session.event(Event::DraftKept(String::new(), FAN, fault));
        }
        session.event(Event::Holder(None));
        assert_eq!(drafts(&session), ["十"], "{kept:?}");
        session.keys("r");
        assert_eq!(text(&session).as_deref(), Some(""), "{kept:?}");
    }
}

#[test]
fn a_text_that_was_not_accepted_becomes_the_draft_though_the_composer_was_closed_at_once() {
    let (mut session, composed) = sent_and_closed();
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert_eq!(drafts(&session).len(), 1);
    session.event(Event::NotComposed(composed, attach::NOBODY_LISTENS.into()));
    assert_eq!(drafts(&session), ["十", "十点开门"]);
}

#[test]
fn a_draft_for_the_same_sender_of_another_account_says_nothing_of_this_one() {
    let (mut session, composed) = sent_and_closed();
    session.event(Event::NotComposed(composed, attach::NOBODY_LISTENS.into()));
    session.event(Event::DraftKept("other".to_owned(), FAN, None));
    assert_eq!(drafts(&session), ["十"], "this one is still being kept");
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert_eq!(drafts(&session), ["十", "十点开门"]);
}

#[test]
fn a_closed_text_that_cannot_be_kept_is_there_when_the_composer_is_opened_again() {
    let (mut session, composed) = sent_and_closed();
    session.event(Event::NotComposed(composed, attach::NOBODY_LISTENS.into()));
    session.event(Event::DraftKept(String::new(), FAN, Some(attach::NOBODY_LISTENS.into())));
    session.event(Event::DraftKept(String::new(), FAN, Some(attach::NOBODY_LISTENS.into())));
    session.keys("r");
    assert_eq!(text(&session).as_deref(), Some("十点开门"));
    session.keys("！<esc>");
    assert_eq!((text(&session), drafts(&session).last().map(String::as_str)), (None, Some("十点开门！")));
    session.event(Event::DraftKept(String::new(), FAN, Some(attach::NOBODY_LISTENS.into())));
    session.effects.clear();
    session.event(Event::Holder(None));
    assert_eq!(drafts(&session), ["十点开门！"], "the process that listens now is asked again");
    assert!(!session.effects.iter().any(|effect| matches!(effect, Effect::Claim { .. })), "nobody is writing");
}

#[test]
fn a_composer_that_is_opened_again_during_the_handing_over_goes_on_with_it() {
    let (mut session, composed) = sent_and_closed();
    session.effects.clear();
    session.keys("r");
    assert_eq!(text(&session).as_deref(), Some("十点开门"));
    assert!(session.effects.iter().any(|effect| matches!(effect, Effect::Claim { .. })), "others see who writes");
    session.keys("x<enter>");
    assert_eq!((text(&session).as_deref(), handed_over(&session).len()), (Some("十点开门"), 0));
    session.event(Event::NotComposed(composed.clone(), answers::ANSWERS_OFF.into()));
    session.keys("n！");
    assert_eq!(text(&session).as_deref(), Some("十点开门！"), "it is asked whether replies may be sent");

    let (mut session, composed) = sent_and_closed();
    session.keys("r");
    session.event(Event::Composed(7, composed.key));
    assert_eq!((text(&session), drafts(&session).len()), (None, 1));
}

#[test]
fn a_text_that_came_after_the_reply_of_another_stays_and_goes_out_when_the_user_who_was_told_sends_it_again() {
    let theirs = || {
        let reply = outgoing("theirs", SendState::Sent);
        Outgoing { id: 7, composed: Composed { key: "wangs-1".to_owned(), ..reply.composed }, ..reply }
    };
    let before = || Outgoing { id: 4, ..outgoing("before", SendState::Sent) };
    let mut session = composing("", vec![before()]);
    session.keys("十点开门");
    session.event(Event::DraftKept(String::new(), FAN, None));
    session.event(Event::DraftKept(String::new(), FAN, None));
    session.keys("<enter>");
    let first = composed(&session);
    assert_eq!(first.after, Some(4), "the outbox knows what the user has seen");
    session.effects.clear();
    session.event(Event::NotComposed(first, answers::ANSWERED_FIRST.into()));
    assert_eq!(session.effects, [Effect::LoadAnswers { account: String::new(), fan: FAN }]);
    assert_eq!(text(&session).as_deref(), Some("十点开门"));
    assert!(session.notice().starts_with("somebody else answered"), "{}", session.notice());
    // An earlier read may come first, and an Enter before the right one is refused again.
    learn(&mut session, "", vec![before()]);
    session.keys("<enter>");
    assert_eq!(composed(&session).after, Some(4));
    session.event(Event::NotComposed(composed(&session), answers::ANSWERED_FIRST.into()));
    learn(&mut session, "", vec![before(), theirs()]);
    assert_eq!(session.notice(), "this sender was answered 1 s ago; Enter again sends yours, too");
    // They are told of one more reply when they press Enter, as ever.
    session.effects.clear();
    learn(&mut session, "", vec![before(), theirs(), Outgoing { id: 9, ..theirs() }]);
    session.keys("<enter>");
    assert!(!session.effects.iter().any(|effect| matches!(effect, Effect::Reply { .. })), "{:?}", session.effects);
    session.keys("<enter>");
    assert_eq!((composed(&session).after, composed(&session).text.as_str()), (Some(9), "十点开门"));

    // A closed one becomes the draft.
    let (mut session, composed) = sent_and_closed();
    session.event(Event::DraftKept(String::new(), FAN, None));
    session.event(Event::NotComposed(composed, answers::ANSWERED_FIRST.into()));
    assert_eq!(drafts(&session), ["十", "十点开门"]);
}

/// Leaves the dashboard, and returns whether it waits for a text.
fn leave(session: &mut Session) -> bool {
    let effects = session.state.leave();
    session.effects.extend(effects);
    session.state.are_texts_under_way()
}

#[test]
fn a_dashboard_that_is_left_waits_until_the_text_is_kept() {
    let mut session = composing("", Vec::new());
    session.keys("十点");
    assert!(leave(&mut session));
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert_eq!(
        (drafts(&session), session.state.are_texts_under_way()),
        (vec!["十".to_owned(), "十点".to_owned()], true)
    );
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert!(!session.state.are_texts_under_way());

    // What could not be kept is tried once more.
    let mut session = composing("", Vec::new());
    session.keys("十");
    session.event(Event::DraftKept(String::new(), FAN, Some(attach::NOBODY_LISTENS.into())));
    assert!(leave(&mut session));
    assert_eq!(drafts(&session), ["十", "十"]);
    session.event(Event::DraftKept(String::new(), FAN, Some(attach::NOBODY_LISTENS.into())));
    assert!(!session.state.are_texts_under_way());

    // What was typed before the draft was read goes after it, and nobody is seen to write.
    let mut session = Session::new((80, 24), vec![record(1, "text", "几点开门？", "{}")]);
    session.keys("r点");
    assert!(leave(&mut session));
    learn(&mut session, "十", Vec::new());
    assert_eq!((drafts(&session), session.state.are_texts_under_way()), (vec!["十点".to_owned()], true));
    assert!(!session.effects.iter().any(|effect| matches!(effect, Effect::Claim { .. })), "{:?}", session.effects);
    session.event(Event::DraftKept(String::new(), FAN, None));
    assert!(!session.state.are_texts_under_way());
    assert!(!leave(&mut composing("十点", Vec::new())), "this draft is kept");
}

#[test]
fn a_text_that_goes_out_after_a_question_is_no_draft_either() {
    let unknown = outgoing("您好", SendState::Unknown);
    for (is_allowed, replies) in [(false, vec![unknown]), (true, Vec::new())] {
        let mut session = composing("您好", replies);
        session.keys("<enter>");
        if is_allowed {
            let composed = composed(&session);
            session.event(Event::NotComposed(composed, answers::ANSWERS_OFF.into()));
        }
        session.keys("yx<esc>");
        assert_eq!(handed_over(&session).last(), Some(&("您好".to_owned(), is_allowed)));
        let composed = composed(&session);
        session.event(Event::Composed(7, composed.key));
        assert_eq!((drafts(&session), text(&session)), (Vec::<String>::new(), None));
    }
}
