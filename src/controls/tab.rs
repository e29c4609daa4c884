//! The tabs: queries that stay at hand. Six are built in for the kinds, one for answers that will soon be impossible; the
//! config adds others.

use chrono::TimeDelta;

use crate::language::{Language, Words, words};
use crate::query::{Query, Term, Test};
use crate::weibo::Kind;

/// Answers that are possible for less than this stand in a tab of their own.
const SOON: TimeDelta = TimeDelta::hours(4);

/// A tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Its title.
    pub title: TabTitle,
    /// What it shows.
    pub query: Query,
    /// Whether its oldest message stands on top: what is due soonest.
    pub is_ascending: bool,
}

/// What a tab is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabTitle {
    /// Words of ours.
    Ours(Words),
    /// A name that the user gave it.
    Own(String),
}

impl TabTitle {
    /// The title in a language.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match self {
            Self::Ours(words) => words.of(language),
            Self::Own(name) => name,
        }
    }
}

/// The tabs that are always there, from left to right.
#[must_use]
pub fn built_in() -> Vec<Tab> {
    let due = Query { terms: vec![Term { is_not: false, test: Test::Due(SOON) }] };
    let single = [
        (words::TEXT_TAB, Kind::Text),
        (words::POSITION_TAB, Kind::Position),
        (words::VOICE_TAB, Kind::Voice),
        (words::IMAGE_TAB, Kind::Image),
    ];
    let others: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| single.iter().all(|(_, own)| own != kind)).collect();
    let single = single.into_iter().map(|(title, kind)| (title, Query::of_kinds(&[kind]), false));
    let all = std::iter::once((words::ALL_TAB, Query::default(), false));
    all.chain(single)
        .chain([(words::OTHER_TAB, Query::of_kinds(&others), false), (words::DUE_TAB, due, true)])
        .map(|(title, query, is_ascending)| Tab { title: TabTitle::Ours(title), is_ascending, query })
        .collect()
}
