//! Stores drafts of replies, orders replies, and withdraws those that still wait.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::reason::{Reason, answers};
use crate::record::outgoing::{Composed, Draft, OutgoingId, session_of};
use crate::record::page::{Mark, Selection};
use crate::weibo::UserId;

use super::{Turn, mark};

impl Archive {
    /// Stores the draft for a sender in place of an earlier one; an empty draft counts as none.
    pub async fn keep_draft(
        &self,
        account: String,
        fan: UserId,
        draft: Draft,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write(move |turn| {
            // Orders of a dashboard may arrive out of order, and a draft that was sent must not come back. One
            // with a time more than a minute ahead was written before the clock was set back.
            let keep = "INSERT INTO drafts (account, fan, text, edited_at, form) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (account, fan) DO UPDATE SET text = ?3, form = ?5, edited_at = ?4
                WHERE edited_at <= ?4 OR edited_at > ?4 + 60000000";
            let Draft { form, text } = &draft;
            let values = params![account, fan.0.cast_signed(), text, now.timestamp_micros(), form.name()];
            turn.run(keep, values).map(drop)
        })
        .await
    }

    /// Stores a reply that is to be sent, and returns its number. The draft for its sender is cleared, because
    /// the reply is that draft, and the message that it answers counts as read. The same order changes nothing the
    /// second time. Stores nothing and returns `None` if the order comes after a reply that its author was not shown.
    pub async fn compose(&self, composed: Composed, now: DateTime<Utc>) -> Result<Option<OutgoingId>, Error> {
        self.write(move |turn| {
            let Composed { key, account, fan, seq, form, text, after: _ } = &composed;
            let find = "SELECT id FROM outbox WHERE key = ?1";
            if let Some(stored) = turn.find(find, [key], |row| row.get(0))? {
                return Ok(Some(stored));
            }
            if is_too_late(turn, &composed)? {
                return Ok(None);
            }
            let (edited_at, made_at, fan) = (now.timestamp_micros(), now.timestamp_millis(), fan.0.cast_signed());
            let insert = "INSERT INTO outbox (key, account, fan, seq, text, state, made_at, changed_at, form)
                VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6, ?7)";
            let values = params![key, account, fan, seq, text, made_at, form.name()];
            turn.run(insert, values)?;
            // A row also without a draft, because an earlier draft may arrive later than the reply.
            let forget = "INSERT INTO drafts (account, fan, text, form, edited_at) VALUES (?1, ?2, '', 'text', ?3)
                ON CONFLICT (account, fan) DO UPDATE SET text = '', form = 'text', edited_at = max(edited_at, ?3)";
            turn.run(forget, params![account, fan, edited_at])?;
            mark::set(turn, &Selection::Seqs(seq.iter().copied().collect()), Mark::Read, now)?;
            turn.value(find, [key]).map(Some)
        })
        .await
    }

    /// Withdraws a reply and returns whether it still waited.
    pub async fn withdraw(&self, id: OutgoingId, now: DateTime<Utc>) -> Result<bool, Error> {
        self.write(move |turn| {
            let reason = Reason::from(answers::ANSWER_WITHDRAWN);
            let sql = "UPDATE outbox SET state = 'refused', reason = ?2, reason_json = ?3, changed_at = ?4
                WHERE id = ?1 AND state = 'waiting'";
            let values = params![id, reason.to_string(), reason.to_json(), now.timestamp_millis()];
            Ok(turn.run(sql, values)? > 0)
        })
        .await
    }
}

/// Returns whether the recipient got a reply, or is to get one, that the author of this order was not shown. A reply of
/// the same composer is no news to its author. All orders go through one writer, so that of two authors who send at the
/// same moment the second one is too late.
fn is_too_late(turn: &Turn<'_>, composed: &Composed) -> rusqlite::Result<bool> {
    let Some(after) = composed.after else { return Ok(false) };
    let own = session_of(&composed.key).map(|session| format!("{session}-")).unwrap_or_default();
    let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE fan = ?1 AND id > ?2 AND account = ?3 AND state <> 'refused'
        AND (?4 = '' OR substr(key, 1, length(?4)) <> ?4))";
    let values = params![composed.fan.0.cast_signed(), after, composed.account, own];
    turn.value(sql, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weibo::active::ReplyForm;

    #[tokio::test]
    async fn a_reply_after_one_that_its_author_was_not_shown_is_not_stored_and_changes_nothing() {
        let (directory, now) = (tempfile::tempdir().unwrap(), DateTime::UNIX_EPOCH);
        let archive = Archive::open(directory.path()).unwrap();
        let to = |key: &str, (account, fan): (&str, u64), after| {
            let (key, account, fan, text) = (key.to_owned(), account.to_owned(), UserId(fan), key.to_owned());
            archive.compose(Composed { key, account, fan, seq: None, form: ReplyForm::Text, text, after }, now)
        };
        let fan = ("", 7);
        let both = tokio::join!(to("wang-1", fan, Some(0)), to("li-1", fan, Some(0)));
        assert!(matches!(both, (Ok(Some(1)), Ok(None)) | (Ok(None), Ok(Some(1)))), "{both:?}");
        let first = archive.reader().unwrap().outgoing(1).unwrap().unwrap().composed.key;
        let (first, second) = if first == "wang-1" { ("wang", "li") } else { ("li", "wang") };
        let draft = Draft { text: "kept".to_owned(), ..Draft::default() };
        archive.keep_draft(String::new(), UserId(7), draft.clone(), now + chrono::TimeDelta::seconds(1)).await.unwrap();
        let key = |session: &str, n: u32| format!("{session}-{n}");
        for (key, to_whom, after, stored) in [
            (key(second, 1), fan, Some(0), None),
            (key(first, 1), fan, Some(0), Some(1)),
            (key(second, 2), ("", 8), Some(0), Some(2)),
            (key(second, 3), ("other", 7), Some(0), Some(3)),
        ] {
            assert_eq!(to(&key, to_whom, after).await.unwrap(), stored, "{key}");
        }
        assert_eq!(archive.reader().unwrap().draft("", UserId(7)).unwrap(), draft, "its text is still a draft");
        // Of the same composer, by one who has seen it, and without a look.
        assert_eq!(to(&key(first, 2), fan, Some(0)).await.unwrap(), Some(4));
        assert_eq!(to(&key(second, 4), fan, Some(1)).await.unwrap(), None);
        assert_eq!(to(&key(second, 4), fan, Some(4)).await.unwrap(), Some(5));
        assert_eq!(to("command", fan, None).await.unwrap(), Some(6));
        // What was withdrawn answers nobody.
        assert!(archive.withdraw(6, now).await.unwrap());
        assert_eq!(to(&key(first, 3), fan, Some(5)).await.unwrap(), Some(7));
    }
}
