//! Suggestions for a query that finds nothing. A suggestion is requested once per query, one at a time, and does not
//! block anything else.

use crate::dashboard::Effect;
use crate::dashboard::over::{ScreenReply, Wish};
use crate::query::Query;

use super::List;

/// The last request and its answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Suggestions {
    /// The query of the last request.
    asked: Query,
    is_under_way: bool,
    /// The suggested query.
    meant: Option<Query>,
}

impl List {
    /// Requests a suggestion if the search found nothing.
    pub(in crate::dashboard) fn want_suggestion(&mut self) -> Option<Effect> {
        let filter = self.inbox.filter();
        let is_new = self.suggestions.asked != *filter && !self.suggestions.is_under_way;
        let has_slips = || filter.terms.iter().any(|term| !term.is_not && term.test.has_slips());
        if !is_new || !self.inbox.has_found_nothing() || !has_slips() {
            return None;
        }
        self.suggestions = Suggestions { asked: filter.clone(), is_under_way: true, meant: None };
        Some(Effect::Suggest(self.suggestions.asked.clone()))
    }

    pub(in crate::dashboard) fn learn_suggestion(&mut self, of: Query, meant: Option<Query>) {
        self.suggestions = Suggestions { asked: of, is_under_way: false, meant };
    }

    /// Returns the suggestion for the current search, if the search found nothing.
    pub fn suggestion(&self) -> Option<&Query> {
        let is_asked = self.suggestions.asked == *self.inbox.filter() && self.inbox.has_found_nothing();
        self.suggestions.meant.as_ref().filter(|_| is_asked)
    }

    pub(super) fn find_suggestion(&self) -> ScreenReply {
        let Some(meant) = self.suggestion() else { return ScreenReply::done() };
        ScreenReply::wish(Wish::Find(meant.clone())).and_wish(Wish::KeepSearch(meant.to_string()))
    }
}
