//! Records the deeds of this node for the other nodes of a cluster, in the same turn as the deeds themselves. A
//! record stays while a stream keeps the deed, so that it can be published again to a stream that has lost it.
//! Writes nothing without a cluster.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use crate::archive::connection::statements::Statements as _;
use crate::record::Seq;
use crate::record::cluster::Deed;
use crate::weibo::identity::MessageId;

use super::Turn;

/// Records a deed for an account, to be published to the other nodes. They must have the message `seq`, to
/// which it was done, first.
pub(super) fn tell(
    turn: &Turn<'_>,
    (account, seq): (&str, Option<Seq>),
    deed: &Deed,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let Some(node) = turn.node else { return Ok(()) };
    // The number grows also after the clock was set back, and in an archive that has lost its deeds.
    let tell = "INSERT INTO deeds (number, seq, account, deed, epoch) VALUES (
        max(?1, 1 + coalesce((SELECT max(number) FROM deeds), 0),
            1 + coalesce((SELECT number FROM heard WHERE node = ?2), 0)),
        ?3, ?4, ?5, 0)";
    let values = params![now.timestamp_micros(), node, seq, account, deed.to_json()];
    turn.run(tell, values).map(drop)
}

/// Records a deed to several messages: one deed for each account, and for each group of a bounded size.
pub(super) fn tell_of(
    turn: &Turn<'_>,
    seqs: &[Seq],
    deed: impl Fn(Vec<MessageId>) -> Deed,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    if turn.node.is_none() {
        return Ok(());
    }
    let mut by_account: BTreeMap<String, Vec<(Seq, MessageId)>> = BTreeMap::new();
    let mut statement = turn.transaction.prepare_cached("SELECT account, identity FROM messages WHERE seq = ?1")?;
    for seq in seqs {
        let found = statement.query_row([seq], |row| Ok((row.get(0)?, MessageId(row.get(1)?)))).optional()?;
        if let Some((account, id)) = found {
            by_account.entry(account).or_default().push((*seq, id));
        }
    }
    for (account, messages) in by_account {
        for some in messages.chunks(Deed::MOST) {
            let last = some.iter().map(|(seq, _)| *seq).max();
            tell(turn, (&account, last), &deed(some.iter().map(|(_, id)| *id).collect()), now)?;
        }
    }
    Ok(())
}
