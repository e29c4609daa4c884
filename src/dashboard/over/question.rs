//! A question before an action on many things or one that cannot be undone. It takes every key.

use chrono::{DateTime, Utc};

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::list::columns::{self, CellContext, RowRoom};
use crate::dashboard::orders::{ArchiveChange, SaveOrder, Trial, UNDO};
use crate::dashboard::world::mask;
use crate::dashboard::{Cell, Effect, Event, Tone, World};
use crate::language::{Words, answers, forward, list, steps, words};
use crate::query::{Query, Term, Test};
use crate::reason::Reason;
use crate::record::media::{Job, Stage, Weight};
use crate::record::outgoing::Composed;
use crate::record::page::Selection;
use crate::record::target::{BookmarkPlace, Leap, TargetOrder};
use crate::record::{Record, Seq};
use crate::text;
use crate::weibo::created_at::china;

use super::{Responder, ScreenInput, ScreenReply, Wish};

/// A question, with the data that its action needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Whether to download the files of many messages.
    Download {
        /// The messages.
        selection: Selection,
        /// The number of files by state.
        weight: Weight,
    },
    /// Whether to remove a saved file.
    Remove(Job),
    /// Whether to delete messages.
    Delete {
        /// The messages.
        seqs: Vec<Seq>,
        /// The only one of them, if it is loaded.
        only: Option<Box<Record>>,
    },
    /// Whether to overwrite an existing file.
    Replace(SaveOrder),
    /// Whether to make up messages in an archive with real ones; the effect makes them.
    MakeUp(Effect),
    /// Whether to try the access token.
    TryToken,
    /// Whether to allow replies at all, starting with this one.
    AllowReplies(Composed),
    /// Whether to send a text again that may have been sent already.
    SendAgain {
        /// The reply.
        composed: Composed,
        /// The reason why the outcome of the earlier reply is unknown.
        why: Option<Reason>,
    },
    /// Whether to move the bookmark of a target.
    MoveBookmark {
        /// The name of the target.
        target: String,
        /// The new place of the bookmark.
        place: BookmarkPlace,
        /// The number of messages that the move skips or repeats; `None` until they are counted.
        leap: Option<Leap>,
    },
}

impl Question {
    /// Returns the question, and below it the details.
    pub fn lines(&self, world: &World) -> Vec<Cell> {
        let (ask, details) = self.words(world);
        let details = details.into_iter().map(|words| Cell::new(Tone::Plain, words));
        std::iter::once(Cell::new(Tone::Strong, ask)).chain(details).collect()
    }

    fn words(&self, world: &World) -> (String, Vec<String>) {
        let language = world.language();
        let said = |words: Words| words.of(language).to_owned();
        match self {
            Self::Download { weight: Weight { new, coming, saved, saved_bytes }, .. } => {
                let files = words::FILES.with(language, &[new]);
                let saved = (*saved > 0).then(|| words::ASK_SAVED.with(language, &[saved, &text::size(*saved_bytes)]));
                let coming = (*coming > 0).then(|| words::ASK_COMING.with(language, &[coming]));
                let details = [Some(said(words::ASK_NO_SIZE)), saved, coming];
                (words::ASK_DOWNLOAD.with(language, &[&files]), details.into_iter().flatten().collect())
            }
            Self::Remove(Job { stage, fid, .. }) => {
                let (file, bytes) = match stage {
                    Stage::Done { file, bytes, .. } => (file.clone(), *bytes),
                    Stage::Queued { .. } | Stage::Failed { .. } => (fid.to_string(), 0),
                };
                let file = if world.looks.is_masked { mask::number(&file) } else { file };
                let ask = words::ASK_REMOVE.with(language, &[&file, &text::size(bytes)]);
                (ask, vec![said(words::ASK_REMOVE_STAYS)])
            }
            Self::Delete { seqs, only } => deletion(seqs, only.as_deref(), world),
            Self::MakeUp(_) => (said(steps::ASK_SAMPLES), vec![said(steps::SAMPLES_GO)]),
            Self::TryToken => (said(steps::ASK_TRY_TOKEN), vec![said(steps::TRY_TOKEN_HOW)]),
            Self::AllowReplies(_) => (said(answers::ASK_ALLOW), vec![said(answers::ASK_ALLOW_HOW)]),
            Self::SendAgain { why, .. } => {
                let why = why.as_ref().map(|why| answers::ASK_AGAIN_WHY.with(language, &[&why.of(language)]));
                (said(answers::ASK_AGAIN), why.into_iter().collect())
            }
            Self::MoveBookmark { target, place, leap } => {
                let ask = match place {
                    BookmarkPlace::End => forward::ASK_END.with(language, &[target]),
                    BookmarkPlace::Start => forward::ASK_START.with(language, &[target]),
                    BookmarkPlace::Before(query) => {
                        forward::ASK_DATE.with(language, &[target, &time(query, world.now)])
                    }
                };
                let follows = match leap {
                    None => said(forward::COUNTING),
                    Some(Leap::Skips(0)) => said(forward::NOTHING_BETWEEN),
                    Some(Leap::Skips(n)) => forward::SKIPS.with(language, &[n]),
                    Some(Leap::Repeats(n)) => forward::REPEATS.with(language, &[n]),
                };
                (ask, vec![follows])
            }
            Self::Replace(order) => (words::ASK_REPLACE.with(language, &[&order.to]), Vec::new()),
        }
    }

    /// Returns whether Enter means yes too. It does not for questions that Enter itself opens and that send to a
    /// sender, because Enter is easily pressed twice.
    const fn takes_enter(&self) -> bool {
        !matches!(self, Self::AllowReplies(_) | Self::SendAgain { .. })
    }

    /// Returns the help for the keys.
    pub const fn help(&self) -> Words {
        if self.takes_enter() { words::ASK_HELP } else { words::ASK_HELP_WITHOUT_ENTER }
    }

    fn yes(&self, world: &World) -> ScreenReply {
        match self.clone() {
            Self::Download { selection, .. } => ScreenReply::close().and_wish(Wish::Download(selection)),
            Self::Delete { seqs, .. } => ScreenReply::close().and([ArchiveChange::Discard(seqs).into()]),
            Self::Remove(job) => ScreenReply::close().and([ArchiveChange::Remove(Box::new(job)).into()]),
            Self::MakeUp(effect) => ScreenReply::close().and([effect]),
            Self::TryToken => {
                let trying = ScreenReply::close().and([Effect::Try(Trial::AccessToken, world.language())]);
                trying.and_say(world, Tone::Dim, steps::TRYING, &[])
            }
            Self::AllowReplies(composed) => ScreenReply::close().and([Effect::Reply { composed, is_allowed: true }]),
            Self::SendAgain { composed, .. } => {
                ScreenReply::close().and([Effect::Reply { composed, is_allowed: false }])
            }
            // The number is not shown yet, so the user cannot agree to it.
            Self::MoveBookmark { leap: None, .. } => ScreenReply::done(),
            Self::MoveBookmark { target, place, .. } => {
                ScreenReply::close().and([ArchiveChange::Target(target, TargetOrder::Move(place)).into()])
            }
            Self::Replace(order) => ScreenReply::close().and([Effect::Save(SaveOrder { may_replace: true, ..order })]),
        }
    }
}

/// Returns the question whether to delete messages, and the details, with the first words of the only one.
fn deletion(seqs: &[Seq], only: Option<&Record>, world: &World) -> (String, Vec<String>) {
    /// The maximum number of cells of the first words.
    const MOST: usize = 60;
    let language = world.language();
    let ask = match only {
        Some(record) => {
            let sender = world.short_name(record.message.sender_id, record.sender.called());
            list::ASK_DELETE_ONE.with(language, &[&sender])
        }
        None => list::ASK_DELETE.with(language, &[&seqs.len()]),
    };
    let words = only.map(|record| {
        let context = CellContext { world, room: RowRoom::Full, begins_day: false, claimed_by: None };
        let words = columns::message(&world.shown(record), context).text;
        let room = usize::from(world.size.width).saturating_sub(4).clamp(1, MOST);
        text::cut(&text::line(&words), room).into_owned()
    });
    let files = list::ASK_DELETE_FILES.of(language).to_owned();
    let undo = list::ASK_DELETE_UNDO.with(language, &[&UNDO.num_seconds()]);
    (ask, words.into_iter().chain([files, undo]).collect())
}

/// Returns the start time of the messages that a query finds, in readable form.
fn time(query: &Query, now: DateTime<Utc>) -> String {
    match query.terms.as_slice() {
        [Term { test: Test::Since(moment), .. }] => {
            moment.at(now).with_timezone(&china()).format("%Y-%m-%d %H:%M:%S").to_string()
        }
        _ => query.to_string(),
    }
}

impl Responder for Question {
    /// Handles a key: `y` and mostly Enter mean yes, `n`, `q` and Esc mean no, and all others do nothing.
    fn act(&mut self, input: ScreenInput<'_>, world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) => match key.folded() {
                Key { code: KeyCode::Char('y' | 'Y'), ctrl: false, alt: false } => self.yes(world),
                Key { code: KeyCode::Enter, ctrl: false, alt: false } if self.takes_enter() => self.yes(world),
                Key { code: KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc, ctrl: false, alt: false } => {
                    ScreenReply::close().and_say(world, Tone::Dim, words::NOT_DONE, &[])
                }
                _ => ScreenReply::pass(),
            },
            ScreenInput::Click(..) => ScreenReply::close(),
            _ => ScreenReply::pass(),
        }
    }

    fn take(&mut self, event: &Event, _world: &World) -> ScreenReply {
        if let (Self::MoveBookmark { place, leap, .. }, Event::Leap(of, found)) = (self, event)
            && place == of
        {
            *leap = Some(*found);
        }
        ScreenReply::done()
    }
}
