//! The data that all screens may read and only the state changes: time, size, looks, settings, and the state of
//! downloads, traffic, voices and pictures.

use std::borrow::Cow;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::controls::action::Action;
use crate::controls::layout::{Layout, Pane, Size};
use crate::controls::looks::Looks;
use crate::language::{Language, Words, accounts, words};
use crate::media::picture::Viewport;
use crate::query::Query;
use crate::record::Record;
use crate::record::media::{self, Queue};
use crate::record::people;
use crate::record::traffic::{Traffic, Trouble};
use crate::weibo::{Kind, UserId};

use super::orders::{PictureOrigin, PictureRequest};
use super::{Cell, Tone};

pub mod claims;
pub mod cluster;
pub mod downloads;
pub mod mask;
pub mod pictures;
pub mod rate;
pub mod setup;
pub mod targets;
pub mod voices;

use claims::Colleagues;
use downloads::KnownDownloads;
use pictures::{KnownPictures, saved_image};
use rate::{Life, Rate};
use setup::Setup;

/// The data that every screen may read.
#[derive(Debug, Clone)]
pub struct World {
    /// Facts that hardly change.
    pub setup: Setup,
    /// The looks of the screen.
    pub looks: Looks,
    /// The time.
    pub now: DateTime<Utc>,
    /// The size of the screen.
    pub size: Size,
    /// The panes that the user chose.
    pub pane: Pane,
    /// Whether the checklist of the first run replaces the list.
    pub has_checklist: bool,
    /// Whether the screen is frozen.
    pub is_frozen: bool,
    /// The downloads.
    pub downloads: KnownDownloads,
    /// The traffic of the listener.
    pub traffic: Traffic,
    /// Bots, other users and nodes that work on the messages.
    pub colleagues: Colleagues,
    /// The recent rate of messages.
    pub rate: Rate,
    /// The drawings of pictures.
    pub pictures: KnownPictures,
}

impl World {
    /// Advances the time.
    pub(super) fn tick(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.rate.advance(now);
    }

    pub(super) fn new(setup: Setup, size: Size, now: DateTime<Utc>) -> Self {
        Self {
            looks: setup.start.memory.looks(setup.start.looks, setup.start.is_language_set),
            setup,
            now,
            size,
            pane: Pane::Both,
            has_checklist: true,
            is_frozen: false,
            downloads: KnownDownloads::default(),
            traffic: Traffic::default(),
            colleagues: Colleagues::default(),
            rate: Rate::new(now),
            pictures: KnownPictures::default(),
        }
    }

    /// Returns the language of the screen.
    pub const fn language(&self) -> Language {
        self.looks.language
    }

    /// Returns the first key of an action, as text.
    pub fn key(&self, action: Action) -> String {
        self.setup.keymap.first(action)
    }

    /// Returns words in the language of the screen.
    pub fn say(&self, tone: Tone, words: Words, values: &[&dyn std::fmt::Display]) -> Cell {
        Cell::new(tone, words.with(self.language(), values))
    }

    /// Returns the visible panes: only the list while the checklist replaces it.
    pub const fn shown_pane(&self) -> Pane {
        if self.has_checklist { Pane::List } else { self.pane }
    }

    /// Returns the layout of the screen.
    pub fn layout(&self) -> Layout {
        Layout::new(self.size, self.looks.arrangement, self.shown_pane())
    }

    /// Returns whether the selected message takes the whole screen.
    pub fn is_reading(&self) -> bool {
        self.pane == Pane::Detail
    }

    pub(super) fn learn_traffic(&mut self, traffic: &Traffic) {
        self.rate.note(self.now, traffic.stored.saturating_sub(self.traffic.stored));
        if let Some(at) = traffic.last_call_at {
            self.rate.note_call(at);
        }
        self.traffic = traffic.clone();
    }

    /// Returns the overall state.
    pub fn life(&self) -> Life {
        if self.setup.standing.is_gone() {
            return Life::Unserved;
        }
        match self.traffic.trouble {
            Some(Trouble::Full) => return Life::ArchiveFull,
            Some(Trouble::Damaged) => return Life::ArchiveDamaged,
            Some(Trouble::Failing) => return Life::ArchiveFailing,
            None => {}
        }
        if self.traffic.is_unreachable {
            Life::Unreachable
        } else if self.is_frozen {
            Life::Frozen
        } else if !self.setup.is_signed {
            Life::NoSecret
        } else if matches!(self.downloads.board.queue, Queue::TokenRefused(_)) {
            Life::TokenRefused
        } else {
            match self.rate.silence(self.now) {
                None => Life::Live,
                Some((passed, false)) => Life::Quiet(passed),
                Some((passed, true)) => Life::Stopped(passed),
            }
        }
    }

    /// Returns a record for display: masked if private parts are hidden.
    pub fn shown<'a>(&self, record: &'a Record) -> Cow<'a, Record> {
        if self.looks.is_masked { Cow::Owned(mask::masked(record)) } else { Cow::Borrowed(record) }
    }

    /// Returns a query for display: masked if private parts are hidden.
    pub fn shown_query(&self, query: &Query) -> String {
        if self.looks.is_masked { mask::query(query) } else { query.to_string() }
    }

    /// Returns a short form of a sender for display: the name or else the id; a made-up id if private parts are hidden.
    pub fn short_name(&self, id: Option<UserId>, name: Option<&str>) -> String {
        people::short_name(id.map(|id| self.number(id)), name.filter(|_| !self.looks.is_masked))
    }

    /// Returns a sender for display with name and id.
    pub fn full_name(&self, id: Option<UserId>, name: Option<&str>) -> String {
        people::full_name(id.map(|id| self.number(id)), name.filter(|_| !self.looks.is_masked))
    }

    fn number(&self, id: UserId) -> String {
        if self.looks.is_masked { mask::number(&id.to_string()) } else { id.to_string() }
    }

    /// Returns the notice about files that were queued.
    pub fn queued(&self, n_queued: u64) -> Cell {
        if n_queued == 0 {
            return self.say(Tone::Dim, words::NOTHING_TO_DOWNLOAD, &[]);
        }
        let language = self.language();
        let files = words::FILES.with(language, &[&n_queued]);
        match &self.downloads.board.queue {
            Queue::Open => self.say(Tone::Good, words::QUEUED, &[&files]),
            Queue::NoToken if !self.setup.accounts.is_empty() => {
                let name = self.account_without_token().unwrap_or_default();
                self.say(Tone::Warning, accounts::QUEUED_NO_TOKEN, &[&files, &name])
            }
            Queue::NoToken => {
                self.say(Tone::Warning, words::QUEUED_NO_TOKEN, &[&files, &self.key(Action::AccessToken)])
            }
            Queue::TokenRefused(why) => self.say(Tone::Bad, words::QUEUED_TOKEN_REFUSED, &[&files, &why.of(language)]),
            Queue::Paused { reason, .. } => {
                self.say(Tone::Warning, words::QUEUED_PAUSED, &[&files, &reason.of(language)])
            }
        }
    }

    /// Returns the first account without a token, if there are several accounts.
    pub fn account_without_token(&self) -> Option<&str> {
        let by_account = &self.downloads.board.by_account;
        by_account.iter().find(|(_, queue)| *queue == Queue::NoToken).map(|(name, _)| name.as_str())
    }

    /// Returns the account whose token fetches the file of a message, or the first one if the message belongs to none.
    pub fn account_of<'a>(&'a self, record: &'a Record) -> &'a str {
        let is_known = self.setup.accounts.iter().any(|known| known.name == record.account);
        let first = self.setup.accounts.first().map(|known| known.name.as_str());
        first.filter(|_| !is_known).unwrap_or(&record.account)
    }

    /// Returns the path of a saved file.
    pub fn media_path(&self, file: &str) -> PathBuf {
        media::path(&self.setup.files.media_dir, file)
    }

    /// Returns the request for the picture of a message, at most this large. `None` if there is none, if the terminal
    /// shows no pictures, or if private parts are hidden.
    pub fn picture_of(&self, record: &Record, most: Size) -> Option<PictureRequest> {
        let file = saved_image(record).filter(|_| self.shows_pictures())?;
        let origin = PictureOrigin::File(self.media_path(file));
        Some(PictureRequest { origin, most, part: Viewport::WHOLE, motion_of: None })
    }

    /// Returns the same, or the request for a thumbnail if the file is not saved. A thumbnail requires that the
    /// policy fetches files of messages that are looked at and that the queue is open.
    pub fn preview_of(&self, record: &Record, most: Size) -> Option<PictureRequest> {
        let is_allowed = self.setup.policy.wants_shown(record) && self.downloads.board.queue == Queue::Open;
        let is_image = record.message.kind() == Kind::Image && record.medium.is_none();
        let fid = record.message.attachment().filter(|_| is_image && is_allowed && self.shows_pictures());
        let Some(fid) = fid else { return self.picture_of(record, most) };
        let origin = PictureOrigin::Thumbnail { account: record.account.clone(), fid };
        Some(PictureRequest { origin, most, part: Viewport::WHOLE, motion_of: None })
    }

    /// Returns whether the picture of a message is saved and can be shown.
    pub fn has_picture(&self, record: &Record) -> bool {
        saved_image(record).is_some() && self.shows_pictures()
    }

    /// Returns whether the terminal shows pictures and nothing private is hidden.
    pub const fn shows_pictures(&self) -> bool {
        self.setup.canvas.is_some() && !self.looks.is_masked
    }
}
