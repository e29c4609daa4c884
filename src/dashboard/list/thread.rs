//! Conversations: all messages from one sender, the oldest on top. The replies are below each message, so that both
//! sides read in order.

use crate::controls::layout::Pane;
use crate::dashboard::World;
use crate::dashboard::over::{ScreenReply, Wish};
use crate::dashboard::sorting::{SortKey, SortOrder};
use crate::query::{Query, Term, Test};
use crate::record::Seq;
use crate::record::outgoing::Outgoing;
use crate::record::page::Request;
use crate::weibo::UserId;

use super::List;

/// The index of the tab with every message.
const ALL: usize = 0;
const OLDEST_FIRST: SortOrder = SortOrder { by: SortKey::Time, is_reversed: true };

/// A conversation that the user opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conversation {
    with: UserId,
    /// The order that the list does not have now: while the conversation is shown, the order from before; otherwise
    /// the conversation's own order.
    other_order: SortOrder,
    /// The tab in which the conversation was opened.
    tab: usize,
}

impl Conversation {
    fn is_in(&self, query: &Query) -> bool {
        query.terms.contains(&Term { is_not: false, test: Test::From(vec![self.with]) })
    }
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRow<'a> {
    /// The message with this index among those on the screen.
    Message(usize),
    /// A reply of the user to the message above.
    Ours(&'a Outgoing),
    /// The body with which a rule or a bot answered the message.
    Automatic(&'a str),
}

impl List {
    /// Returns the conversation while it is shown.
    fn conversation(&self) -> Option<&Conversation> {
        self.conversation.as_ref().filter(|conversation| conversation.is_in(self.inbox.filter()))
    }

    /// Returns the order of the list; in a conversation, the order from before.
    pub(in crate::dashboard) fn order(&self) -> SortOrder {
        self.conversation().map_or(self.inbox.order(), |conversation| conversation.other_order)
    }

    /// Shows all messages from the selected sender, in any tab. Leaves the grid, which has no room for text.
    pub(super) fn converse(&mut self, world: &World) -> ScreenReply {
        let Some(with) = self.selected().and_then(|record| record.message.sender_id) else {
            return ScreenReply::done();
        };
        let tab = self.conversation().map_or(self.inbox.shown(), |conversation| conversation.tab);
        self.conversation = Some(Conversation { with, other_order: self.order(), tab });
        let query = Query { terms: vec![Term { is_not: false, test: Test::From(vec![with]) }] };
        self.last_search = query.clone();
        let requests = [self.inbox.show(ALL), self.inbox.look_for(query), self.inbox.sort(OLDEST_FIRST)];
        let reply = ScreenReply::load(requests.into_iter().flatten().next());
        if world.pane == Pane::Sheet { reply.and_wish(Wish::Show(Pane::Both)) } else { reply }
    }

    /// Searches the tab. Switches the order of the list if this enters or leaves a conversation.
    pub(in crate::dashboard) fn look_for(&mut self, query: Query) -> Option<Request> {
        let was_shown = self.conversation().is_some();
        let found = self.inbox.look_for(query);
        if was_shown == self.conversation().is_some() {
            return found;
        }
        let order = self.inbox.order();
        let other = self.conversation.as_mut().map(|it| std::mem::replace(&mut it.other_order, order));
        found.or(other.and_then(|order| self.inbox.sort(order)))
    }

    /// Shows the messages of the tab that match a query, around this message. The query before is not run again for it.
    pub(in crate::dashboard) fn look_around(&mut self, query: Query, seq: Seq) -> Option<Request> {
        if query == *self.inbox.filter() {
            return self.inbox.go_to(seq);
        }
        self.inbox.stand_on(seq);
        self.look_for(query)
    }

    /// Ends the search. After a conversation, shows the tab in which it was opened.
    pub(super) fn look_for_nothing(&mut self) -> ScreenReply {
        let tab = self.conversation().filter(|_| self.inbox.shown() == ALL).map(|conversation| conversation.tab);
        let found = self.look_for(Query::default());
        self.conversation = None;
        ScreenReply::load(found.or(tab.and_then(|tab| self.inbox.show_again(tab))))
    }

    /// Returns the rows on the screen, from top to bottom. The selected message and its replies are among them.
    pub fn rows(&self, world: &World) -> Vec<ListRow<'_>> {
        let (records, selected) = self.inbox.visible();
        let mut rows = Vec::new();
        let (mut first, height) = (0, self.inbox.rows().max(1));
        for (index, record) in records.iter().enumerate() {
            let start = rows.len();
            rows.push(ListRow::Message(index));
            if self.is_conversation() {
                // Screenshots must not show private text; the text of a rule tells whom it answers.
                let automatic = record.reply.as_deref().filter(|_| !world.looks.is_masked);
                rows.extend(automatic.map(ListRow::Automatic));
                rows.extend(self.inbox.replies_to(record.seq).iter().map(ListRow::Ours));
            }
            if selected == Some(index) {
                first = rows.len().saturating_sub(height).min(start);
            }
        }
        rows.drain(..first);
        rows.truncate(height);
        rows
    }

    /// Returns whether the search is for one sender and the oldest message is on top.
    fn is_conversation(&self) -> bool {
        let is_sender = |term: &Term| !term.is_not && matches!(&term.test, Test::From(one) if one.len() == 1);
        self.inbox.is_ascending() && self.inbox.filter().terms.iter().any(is_sender)
    }
}
