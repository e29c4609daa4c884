//! What comes into the dashboard and what goes out of it: closed enums of plain data.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use secrecy::zeroize::Zeroizing;

use crate::language::Language;
use crate::query::Query;
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::cluster::ClusterStatus;
use crate::record::forwarded::Forwarded;
use crate::record::media::{Board, Job, Weight};
use crate::record::outgoing::{Composed, Draft, OutgoingId};
use crate::record::page::{Mark, Page, Request, Selection};
use crate::record::people::SenderClaim;
use crate::record::people::{LabelBoard, Relabel};
use crate::record::place::Spot;
use crate::record::quick_reply::QuickReplies;
use crate::record::statistics::Statistics;
use crate::record::target::{BookmarkPlace, Leap, SendOrder, SentAnswer, TargetOrder, TargetStatus};
use crate::record::traffic::{Call, Head, Traffic};

use crate::weibo::{FileId, UserId};

use super::orders::{
    PictureAnswer, PictureOrder, SaveAnswer, SaveOrder, Secret, SenderAnswers, Trial, TrialResult, TypedSecret,
    VoiceAnswer, VoiceOrder,
};
use super::ringing::Rung;
use crate::controls::key::Key;
use crate::controls::layout::Size;
use crate::controls::tab::Tab;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Pasted(Zeroizing<String>),
    /// The mouse was clicked at this column and row.
    Clicked(u16, u16),
    /// The wheel was turned by this number of rows; down is positive.
    Scrolled(isize),
    /// The terminal got the focus, or lost it.
    Focused(bool),
    /// The screen has this size now.
    Resized(Size),
    /// It is this time now. The loop sends it before other events, and when [`State::next_tick`](super::State::next_tick) says so.
    Tick(DateTime<Utc>),
    /// The archive changed.
    Committed,
    /// A page that was asked for.
    Page(Page),
    /// The newest entries of the request log, newest first.
    Calls(Vec<Call>),
    /// The head with which a message came last, if it is still known.
    Head(Seq, Option<Head>),
    /// What each target made of a message, by name.
    Forwarded(Seq, Vec<(String, Forwarded)>),
    /// What was counted.
    Statistics(Statistics),
    /// What is said to a sender.
    Answers(Box<SenderAnswers>),
    /// The quick replies, as their files are now.
    QuickReplies(Box<QuickReplies>),
    /// The reply with this key is in the outbox, under this number.
    Composed(OutgoingId, String),
    /// A reply is not, and why.
    NotComposed(Composed, Reason),
    /// A draft is kept, or is not and why.
    DraftKept(Option<Reason>),
    /// The media that were asked for.
    Jobs(Vec<Job>),
    /// Where the newest positions are that were asked for, newest first.
    Places(Vec<Spot>),
    /// The downloads changed.
    Downloads(Board),
    /// How it goes with the cluster; `None` without one.
    Cluster(Option<ClusterStatus>),
    /// How it goes with the targets, in the order of the config.
    Targets(Vec<TargetStatus>),
    /// Who answers whom.
    Claims(Vec<SenderClaim>),
    /// What was wished of a target is done, to this number of messages.
    TargetDone(String, TargetOrder, u64),
    /// What a bot answered to a message that was sent to it so, or why it could not be sent.
    Sent(SendOrder, Result<SentAnswer, Reason>),
    /// The JSON as it was edited; otherwise why nothing is sent, and what was written, if that can be gone on with.
    Edited(Result<String, (Reason, Option<String>)>),
    /// Calls came.
    Traffic(Traffic),
    /// How far the files of these messages are.
    Weighed(Selection, Weight),
    /// What lies between the bookmark of a target and this place.
    Leap(BookmarkPlace, Leap),
    /// The labels there are, for who chooses some.
    Labels(LabelBoard),
    /// What the user calls a sender is kept.
    ProfileKept,
    /// Of this number of messages or senders the labels changed.
    Relabelled(u64),
    /// This number of attachments was queued.
    Queued(u64),
    /// This number of messages was marked.
    Marked(u64),
    /// A sender is muted, or not any more.
    Muted(UserId, bool),
    /// This number of messages was deleted.
    Discarded(u64),
    /// This number of messages came back.
    Restored(u64),
    /// A download was given up.
    Cancelled,
    /// A download was taken out of the list.
    Removed,
    /// What was found, if anything was.
    Found(Option<Seq>),
    /// What may be meant by a query that finds nothing, if anything is known.
    Suggested(Query, Option<Query>),
    /// This number of bytes went to the clipboard, by this program or way.
    Copied(usize, &'static str),
    /// No program of the desktop took a text for the clipboard.
    NotCopied(String),
    /// A file or a link was handed to the desktop.
    Opened(String),
    /// What came of an order about a voice.
    Voice(VoiceAnswer),
    /// What came of a wish to save a file elsewhere.
    Saving(SaveAnswer),
    /// What came of an order about a picture.
    Picture(PictureAnswer),
    /// A secret is in force, and kept in this file.
    Kept(Secret, String),
    /// What came of what was tried.
    Tried(Trial, TrialResult),
    /// Whether calls are checked with an app secret, wherever it was typed.
    Signed(bool),
    /// The process that listens has gone, and why; or it is back. See [`Standing::Attached`](super::Standing::Attached).
    Holder(Option<Reason>),
    /// An alert rang.
    Rang(Rung),
    /// A page could not be read.
    PageFailed(Reason),
    /// Another effect failed.
    Failed(Reason),
}

/// An order to the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read a page, then [`Event::Page`] or [`Event::PageFailed`].
    Load(Request),
    /// Read the newest entries of the request log, then [`Event::Calls`].
    LoadCalls,
    /// Look up the head of a message's callback, then [`Event::Head`].
    LoadHead(Seq),
    /// Read what the targets made of a message, then [`Event::Forwarded`].
    LoadForwarded(Seq),
    /// Count messages by time, kind and sender, then [`Event::Statistics`].
    LoadStatistics,
    /// Have Weibo asked for the names of these senders, each with the account that knows them.
    Names(Vec<(String, UserId)>),
    /// Read what is said to a sender, then [`Event::Answers`].
    LoadAnswers {
        /// The account that answers.
        account: String,
        /// The sender.
        fan: UserId,
    },
    /// Keep what is being written to a sender, then [`Event::DraftKept`].
    KeepDraft {
        /// The account that answers.
        account: String,
        /// The sender.
        fan: UserId,
        /// All of it.
        draft: Draft,
        /// When it was written: a later one stays.
        at: DateTime<Utc>,
    },
    /// Read the quick replies, then [`Event::QuickReplies`].
    LoadQuickReplies,
    /// Have the file of a quick reply edited, then [`Event::QuickReplies`].
    EditQuickReply(PathBuf),
    /// Claim a sender for the user, or go on doing so.
    Claim {
        /// The account that answers.
        account: String,
        /// The sender.
        fan: UserId,
        /// What tells the composer from all others.
        session: String,
    },
    /// Give up what a composer claims.
    Release(String),
    /// Put a reply into the outbox, then [`Event::Composed`] or [`Event::NotComposed`].
    Reply {
        /// The reply.
        composed: Composed,
        /// Whether the user has said just now that replies may be sent.
        is_allowed: bool,
    },
    /// Read what was asked for, then [`Event::Jobs`].
    LoadJobs,
    /// Give a medium up that waits or is being fetched.
    Cancel(FileId),
    /// Take a settled medium out of the archive, and its file from the disk, then [`Event::Removed`].
    Remove(Job),
    /// Read where the newest [`SPOTS`](crate::record::place::SPOTS) positions are that a query finds, then
    /// [`Event::Places`].
    LoadPlaces(Query),
    /// Count how far the files of messages are, then [`Event::Weighed`].
    Weigh(Selection),
    /// Queue the attachments of messages, then [`Event::Queued`].
    Download(Selection),
    /// Queue the attachment of a message that is being looked at, without a word.
    Prefetch(Seq),
    /// Have something done with a target, by its name, then [`Event::TargetDone`].
    Target(String, TargetOrder),
    /// Count what lies between the bookmark of a target and a place, then [`Event::Leap`].
    CountLeap(String, BookmarkPlace),
    /// Send a message to a bot at once, then [`Event::Sent`].
    SendTo(SendOrder),
    /// Have the JSON of a message edited, or this text that it became, then [`Event::Edited`].
    Edit(Seq, Option<String>),
    /// Mark messages, then [`Event::Marked`].
    Mark(Selection, Mark),
    /// Read the labels there are, and those of messages and of a sender, then [`Event::Labels`].
    LoadLabels(Vec<Seq>, Option<UserId>),
    /// Keep what the user calls a sender and notes of them, then [`Event::ProfileKept`].
    KeepProfile {
        /// The sender.
        fan: UserId,
        /// What they are called.
        name: String,
        /// What is noted.
        note: String,
    },
    /// Give labels and take others away, then [`Event::Relabelled`].
    Relabel(Relabel),
    /// Mute a sender, or end that, then [`Event::Muted`].
    Mute(UserId, bool),
    /// Delete messages, which can be brought back for [`UNDO`](super::orders::UNDO), then [`Event::Discarded`].
    Discard(Vec<Seq>),
    /// Bring back what was deleted last, then [`Event::Restored`].
    Restore,
    /// Find the nearest message that a query finds, then [`Event::Found`].
    Find {
        /// What finds it.
        query: Query,
        /// From here on, this one left out.
        from: Seq,
        /// Towards older messages, or towards newer ones.
        is_older: bool,
    },
    /// Look for what may be meant by a query that finds nothing, then [`Event::Suggested`].
    Suggest(Query),
    /// Open a file with the desktop's program for it, then [`Event::Opened`].
    Open(PathBuf),
    /// Open a web address with the desktop's program for it, then [`Event::Opened`].
    Browse(String),
    /// Have a program of the desktop put text into the clipboard, then [`Event::Copied`] or [`Event::NotCopied`].
    Copy(String),
    /// Have the terminal put text into the clipboard, then [`Event::Copied`].
    CopyOver(String),
    /// Send one message of each kind through the listener.
    Sample,
    /// Send messages through the listener, one after the other, or stop.
    Simulate(bool),
    /// Keep the queries that were typed, the newest first.
    Remember(Vec<String>),
    /// Keep the tabs that were saved from the screen, from left to right.
    KeepTabs(Vec<Tab>),
    /// Keep a secret in a file and use it from now on, then [`Event::Kept`].
    Keep(TypedSecret),
    /// Try something and say in this language what comes of it, then [`Event::Tried`].
    Try(Trial, Language),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Draw everything again.
    Redraw,
    /// Stop the process until the shell goes on with it, and draw everything again then.
    Suspend,
    /// Find out what a path can become, then [`Event::Saving`].
    Complete(String),
    /// Save a file elsewhere, then [`Event::Saving`].
    Save(SaveOrder),
    /// Do something with a voice, then [`Event::Voice`].
    Voice(VoiceOrder),
    /// Draw a picture instead of the one before, then [`Event::Picture`].
    Picture(PictureOrder),
    /// Draw no picture any more.
    NoPicture,
    /// Send the terminal a picture, or what has it forget one, in these pieces, whenever there is nothing else to do.
    Send(Vec<String>),
    /// Send it the frames of a picture that was sent, each in its pieces, whenever there is no picture to send.
    SendFrames(Vec<Vec<String>>),
    /// Have the terminal tell the user of something.
    Ring {
        /// The line above the words.
        title: String,
        /// What is told.
        words: String,
    },
    /// Have the terminal count in its title what rang; 0 when there is nothing to count.
    Title(u64),
    /// Have the listener go on in the background, and leave then.
    Detach,
    /// Leave.
    Quit,
}
