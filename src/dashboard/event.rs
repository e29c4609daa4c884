//! Input and output of the dashboard: closed enums of plain data.

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
use crate::record::outgoing::{Composed, Draft, Outgoing, OutgoingId};
use crate::record::page::{Page, Request, Selection, Total};
use crate::record::people::{LabelBoard, SenderClaim};
use crate::record::place::Spot;
use crate::record::quick_reply::QuickReplies;
use crate::record::statistics::Statistics;
use crate::record::target::{BookmarkPlace, Leap, SendOrder, SentAnswer, SilentChannel, TargetStatus};
use crate::record::traffic::{Call, Head, Traffic};

use crate::weibo::UserId;

use super::orders::{
    ArchiveChange, PictureAnswer, PictureOrder, SaveAnswer, SaveOrder, Secret, SenderAnswers, Trial, TrialResult,
    TypedSecret, VoiceAnswer, VoiceOrder,
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
    /// The wheel was turned by this number of rows, with the mouse at this column and row; down is positive.
    Scrolled(isize, u16, u16),
    /// The terminal got the focus, or lost it.
    Focused(bool),
    /// The new size of the screen.
    Resized(Size),
    /// The current time. The loop sends it before other events, and when
    /// [`State::next_tick`](super::State::next_tick) says so.
    Tick(DateTime<Utc>),
    /// The archive changed.
    Committed,
    /// A requested page.
    Page(Page),
    /// The newest entries of the request log, newest first.
    Calls(Vec<Call>),
    /// The head of a message's last delivery, if it is still known.
    Head(Seq, Option<Head>),
    /// The outcome of a message at each target, by name.
    Forwarded(Seq, Vec<(String, Forwarded)>),
    /// The statistics.
    Statistics(Statistics),
    /// The conversation with a sender.
    Answers(Box<SenderAnswers>),
    /// The current quick replies, read from their files.
    QuickReplies(Box<QuickReplies>),
    /// A reply is in the outbox: its number there, and its key.
    Composed(OutgoingId, String),
    /// A reply could not be put into the outbox, with the reason.
    NotComposed(Composed, Reason),
    /// The current state of requested replies.
    Outgoing(Vec<Outgoing>),
    /// A reply was taken back; `false` if it was not waiting any more.
    Withdrawn(OutgoingId, bool),
    /// The draft for a sender of an account was stored, or not, with the reason.
    DraftKept(String, UserId, Option<Reason>),
    /// The requested media.
    Jobs(Vec<Job>),
    /// The requested newest positions, newest first.
    Places(Vec<Spot>),
    /// The downloads changed.
    Downloads(Board),
    /// The status of the cluster; `None` without one.
    Cluster(Option<ClusterStatus>),
    /// The status of the targets, in the order of the config.
    Targets(Vec<TargetStatus>),
    /// The channels that do not take their alerts.
    Channels(Vec<SilentChannel>),
    /// The claims that say who is replying to which sender.
    Claims(Vec<SenderClaim>),
    /// A change was carried out, and affected this number of messages, senders or files.
    Changed(ArchiveChange, u64),
    /// The answer of a bot to a message sent at once, or the reason why the message could not be sent.
    Sent(SendOrder, Result<SentAnswer, Reason>),
    /// The edited JSON, or the reason why nothing is sent, with the text if it can be edited further.
    Edited(Result<String, (Reason, Option<String>)>),
    /// The traffic of the listener.
    Traffic(Traffic),
    /// The files of these messages, counted by their stage.
    Weighed(Selection, Weight),
    /// The number of messages that moving the bookmark of a target to this place skips or repeats.
    Leap(BookmarkPlace, Leap),
    /// The existing labels, for the form that assigns them.
    Labels(LabelBoard),
    /// The nearest match that was looked for from the first message, if there is one.
    Found(Seq, Option<Seq>),
    /// The suggestion for a query that finds nothing, if there is one.
    Suggested(Query, Option<Query>),
    /// The number of messages that each query of a tab finds; `None` if they could not be counted.
    Counted(Option<Vec<(Query, Total)>>),
    /// This number of bytes was copied to the clipboard, through this program or method.
    Copied(usize, &'static str),
    /// No program of the desktop accepted a text for the clipboard.
    NotCopied(String),
    /// A file or a link was passed to the desktop.
    Opened(String),
    /// The answer to an order about a voice.
    Voice(VoiceAnswer),
    /// The answer to a request to save a file elsewhere.
    Saving(SaveAnswer),
    /// The answer to an order about a picture.
    Picture(PictureAnswer),
    /// A secret is in use and stored in this file.
    Kept(Secret, String),
    /// The result of a trial.
    Tried(Trial, TrialResult),
    /// Whether callbacks are checked with an app secret, wherever that was entered.
    Signed(bool),
    /// The listening process is gone, with the reason, or it is back. See
    /// [`Standing::Attached`](super::Standing::Attached).
    Holder(Option<Reason>),
    /// An alert rang.
    Rang(Rung),
    /// A page could not be read.
    PageFailed(Reason),
    /// Another effect failed.
    Failed(Reason),
}

/// An order to the shell that runs the dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read a page, then [`Event::Page`] or [`Event::PageFailed`].
    Load(Request),
    /// Read the newest entries of the request log, then [`Event::Calls`].
    LoadCalls,
    /// Look up the head of a message's callback, then [`Event::Head`].
    LoadHead(Seq),
    /// Read the outcome of a message at the targets, then [`Event::Forwarded`].
    LoadForwarded(Seq),
    /// Count messages by time, kind and sender, then [`Event::Statistics`].
    LoadStatistics,
    /// Ask Weibo for the names of these senders, each with the account that knows them.
    Names(Vec<(String, UserId)>),
    /// Read the conversation with a sender, then [`Event::Answers`].
    LoadAnswers {
        /// The account that answers.
        account: String,
        /// The sender.
        fan: UserId,
    },
    /// Store a draft for a sender, then [`Event::DraftKept`].
    KeepDraft {
        /// The account that answers.
        account: String,
        /// The sender.
        fan: UserId,
        /// The whole draft.
        draft: Draft,
        /// The time at which it was written. It does not replace a later draft.
        at: DateTime<Utc>,
    },
    /// Read the quick replies, then [`Event::QuickReplies`].
    LoadQuickReplies,
    /// Open the file of a quick reply in an editor, then [`Event::QuickReplies`].
    EditQuickReply(PathBuf),
    /// Claim a sender for the user, or extend the claim.
    Claim {
        /// The account that answers.
        account: String,
        /// The sender.
        fan: UserId,
        /// Identifies the composer.
        session: String,
    },
    /// Release the claim of a composer.
    Release(String),
    /// Put a reply into the outbox, then [`Event::Composed`] or [`Event::NotComposed`].
    Reply {
        /// The reply.
        composed: Composed,
        /// Whether the user has just confirmed that replies may be sent.
        is_allowed: bool,
    },
    /// Read the state of these replies, then [`Event::Outgoing`].
    LoadOutgoing(Vec<OutgoingId>),
    /// Take back a reply that was not sent yet, then [`Event::Withdrawn`].
    Withdraw(OutgoingId),
    /// Read the requested media, then [`Event::Jobs`].
    LoadJobs,
    /// Read the newest [`SPOTS`](crate::record::place::SPOTS) positions that a query finds, then
    /// [`Event::Places`].
    LoadPlaces(Query),
    /// Count the files of messages by their stage, then [`Event::Weighed`].
    Weigh(Selection),
    /// Change what is kept, then [`Event::Changed`].
    Change(ArchiveChange),
    /// Queue the attachment of a message that is being looked at, without a notice.
    Prefetch(Seq),
    /// Count the messages that moving the bookmark of a target to a place skips or repeats, then [`Event::Leap`].
    CountLeap(String, BookmarkPlace),
    /// Send a message to a bot at once, then [`Event::Sent`].
    SendTo(SendOrder),
    /// Open the JSON of a message, or this edited text of it, in an editor, then [`Event::Edited`].
    Edit(Seq, Option<String>),
    /// Read the existing labels, and those of messages and of a sender, then [`Event::Labels`].
    LoadLabels(Vec<Seq>, Option<UserId>),
    /// Find the nearest message that matches a query, then [`Event::Found`].
    Find {
        /// The query.
        query: Query,
        /// The message to start from, which is not found itself.
        from: Seq,
        /// Whether to search towards older messages.
        is_older: bool,
    },
    /// Look for a suggestion for a query that finds nothing, then [`Event::Suggested`].
    Suggest(Query),
    /// Count the messages that each query of a tab finds, then [`Event::Counted`].
    CountTabs(Vec<Query>),
    /// Open a file with the desktop's program for it, then [`Event::Opened`].
    Open(PathBuf),
    /// Open a web address with the desktop's program for it, then [`Event::Opened`].
    Browse(String),
    /// Copy text to the clipboard with a program of the desktop, then [`Event::Copied`] or
    /// [`Event::NotCopied`].
    Copy(String),
    /// Copy text to the clipboard through the terminal, then [`Event::Copied`].
    CopyOver(String),
    /// Send one message of each kind through the listener.
    Sample,
    /// Start or stop sending messages through the listener, one after the other.
    Simulate(bool),
    /// Store the history of queries, the newest first.
    Remember(Vec<String>),
    /// Store the tabs that were saved on the screen, from left to right.
    KeepTabs(Vec<Tab>),
    /// Store a secret in a file and use it from now on, then [`Event::Kept`].
    Keep(TypedSecret),
    /// Run a trial and report its result in this language, then [`Event::Tried`].
    Try(Trial, Language),
    /// Capture the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Redraw everything.
    Redraw,
    /// Suspend the process until the shell continues it, then redraw everything.
    Suspend,
    /// Complete a path, then [`Event::Saving`].
    Complete(String),
    /// Save a file elsewhere, then [`Event::Saving`].
    Save(SaveOrder),
    /// Carry out an order about a voice, then [`Event::Voice`].
    Voice(VoiceOrder),
    /// Draw a picture instead of the one being drawn, then [`Event::Picture`].
    Picture(PictureOrder),
    /// Stop drawing a picture.
    NoPicture,
    /// Send the terminal these pieces of a picture, or of a command to forget one, while there is nothing else to do.
    Send(Vec<String>),
    /// Send the terminal the frames of a sent picture, each in its pieces, while there is no picture to send.
    SendFrames(Vec<Vec<String>>),
    /// Notify the user through the terminal.
    Ring {
        /// The line above the text.
        title: String,
        /// The text.
        words: String,
    },
    /// Show the number of unseen messages and troubles in the terminal's title; 0 clears it.
    Title(u64),
    /// Move the listener to the background, then quit.
    Detach,
    /// Quit.
    Quit,
}

impl From<ArchiveChange> for Effect {
    fn from(change: ArchiveChange) -> Self {
        Self::Change(change)
    }
}
