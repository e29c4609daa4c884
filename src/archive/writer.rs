//! The thread that owns the writing connection. It does not read for anyone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, ffi, params};
use tokio::sync::{mpsc, oneshot, watch};

use crate::query::{Flag, Query, Term, Test};
use crate::record::Seq;
use crate::record::media::Stage;
use crate::record::page::{Mark, Selection};
use crate::record::traffic::Call;
use crate::weibo::{FileId, identity};

use super::index::blocks::{self as index, CountChanges};
use super::index::entry::SearchEntry;
use super::index::indexer::Indexer;
use super::index::places;
use super::index::plan::{SearchPlan, SeqRange};
use super::index::unindexed::Unindexed;
use super::mender::Mender;
use super::reader::media::{settle, want};
use super::reader::retention::{self, PruneBatch, Pruned};
use super::salvage;
use super::schema;
use super::{Arrival, Committed, Error, REQUESTS_KEPT, Stored};

/// One turn takes at most so many requests, so that the first of them does not wait long for its answer.
const TURN: usize = 256;

/// Where an answer goes: the value, or why nothing was written.
pub(super) type Answer<T> = oneshot::Sender<Result<T, Error>>;

/// What the writer is asked for.
pub(super) enum Request {
    Insert {
        new: Box<New>,
        answer: Answer<Stored>,
    },
    Log(Call),
    Want {
        wanted: Selection,
        now: DateTime<Utc>,
        answer: Answer<u64>,
    },
    Mark {
        which: Selection,
        mark: Mark,
        now: DateTime<Utc>,
        answer: Answer<u64>,
    },
    Settle {
        fid: FileId,
        stage: Stage,
        answer: Answer<()>,
    },
    Prune {
        batch: PruneBatch,
        answer: Answer<Pruned>,
    },
    Index {
        part: index::BlockPart,
        file: Option<schema::FileIdentity>,
        answer: Answer<()>,
    },
    /// Somebody who reads found the archive damaged.
    Mend,
    Close(oneshot::Sender<()>),
}

/// A message to be kept, and what is kept beside it.
pub(super) struct New {
    pub(super) identity: [u8; identity::LENGTH],
    pub(super) search: Arc<SearchEntry>,
    pub(super) arrival: Arrival,
}

/// What a request came to, kept back until the turn is on disk.
enum Outcome {
    Insert(Stored),
    Changed(u64),
    Prune(Pruned),
    Done,
}

/// What does a turn and returns the requests that met damage: mostly [`take_turn`].
pub(super) type TakeTurn = fn(&mut Connection, Vec<Request>, &Listeners) -> Vec<Request>;

/// Who is told of what was committed.
pub(super) struct Listeners {
    bell: watch::Sender<Committed>,
    unindexed: Arc<Unindexed>,
    indexer: Indexer,
    directory: PathBuf,
    /// The archive's file when it was opened.
    file: Option<schema::FileIdentity>,
}

/// Starts the thread, which does its turns by `take_turn`; it ends with [`Request::Close`] or when nobody can ask any more. A
/// panic costs the turn that it happens in, whose requests get no answer.
pub(super) fn start(
    connection: Connection,
    requests: mpsc::Receiver<Request>,
    indexer: Indexer,
    unindexed: Arc<Unindexed>,
    directory: PathBuf,
    mender: Mender,
    take_turn: TakeTurn,
) -> Result<watch::Receiver<Committed>, Error> {
    let seq = connection.query_row("SELECT coalesce(max(seq), 0) FROM messages", [], |row| row.get(0))?;
    let (bell, committed) = watch::channel(Committed { seq, ..Committed::default() });
    let file = schema::file_of(&directory);
    let told = Listeners { bell, unindexed, indexer, directory, file };
    let spawned = thread::Builder::new()
        .name("archive".to_owned())
        .spawn(move || run(connection, requests, told, mender, take_turn));
    spawned.map_err(|source| Error::Thread { source })?;
    Ok(committed)
}

fn run(
    mut connection: Connection,
    mut requests: mpsc::Receiver<Request>,
    mut told: Listeners,
    mut mender: Mender,
    take_turn: TakeTurn,
) {
    let mut closed = None;
    while let Some(first) = requests.blocking_recv() {
        let mut turn = vec![first];
        while turn.len() < TURN
            && let Ok(next) = requests.try_recv()
        {
            turn.push(next);
        }
        let closing = turn.iter().position(|request| matches!(request, Request::Close(_)));
        let last = closing.map(|at| turn.split_off(at)).and_then(|rest| rest.into_iter().next());
        // The connection is whole afterwards: unwinding rolls the transaction back.
        let done = catch_unwind(AssertUnwindSafe(|| {
            let left = take_turn(&mut connection, turn, &told);
            if !left.is_empty() {
                mend(&mut connection, left, &mut told, &mut mender);
            }
        }));
        if done.is_err() {
            tracing::error!("the archive's writer broke off; it goes on with the next turn");
        }
        if let Some(Request::Close(answer)) = last {
            closed = Some(answer);
            break;
        }
    }
    drop(requests);
    told.indexer.finish();
    // Failing to fold the log loses nothing: the next start does it.
    drop(connection.pragma_update(None, "wal_checkpoint", "truncate"));
    drop((connection, mender));
    // Whoever asked may have gone.
    let _gone = closed.map(|answer| answer.send(()));
}

impl Listeners {
    /// Rings, and has the entries of what is new found, before anybody gets an answer.
    fn tell(&self, turn: &[Request], outcomes: &[Outcome]) {
        let entries = turn.iter().zip(outcomes).filter_map(|(request, outcome)| match (request, outcome) {
            (Request::Insert { new, .. }, Outcome::Insert(Stored { seq, deliveries: 1, .. })) => {
                Some((*seq, Arc::clone(&new.search)))
            }
            _ => None,
        });
        let entries: Vec<_> = entries.collect();
        let highest = entries.iter().map(|(seq, _)| *seq).max().unwrap_or_default();
        self.unindexed.push(entries);
        let before = self.bell.borrow().seq;
        self.bell.send_modify(|committed| {
            committed.seq = committed.seq.max(highest);
            committed.changes += 1;
        });
        if index::has_filled(before, highest) {
            self.indexer.nudge();
        }
    }
}

/// Has a damaged archive replaced, and then does what met the damage. What still cannot be done is answered so.
fn mend(connection: &mut Connection, left: Vec<Request>, told: &mut Listeners, mender: &mut Mender) {
    let highest = told.bell.borrow().seq;
    let mut left: Vec<_> = left.into_iter().filter(|request| !matches!(request, Request::Mend)).collect();
    if let Some(mended) = mender.mend(connection, &told.directory, highest) {
        *connection = mended;
        told.file = schema::file_of(&told.directory);
        told.unindexed.forget_before(Seq::MAX);
        told.bell.send_modify(|committed| committed.changes += 1);
        left = take_turn(connection, left, told);
    }
    for request in left {
        answer(request, Err(Error::Damaged));
    }
}

/// Does a turn; if that fails, each request of it by itself, so that one bad request does not take the others along. Returns
/// those that met damage.
pub(super) fn take_turn(connection: &mut Connection, mut turn: Vec<Request>, told: &Listeners) -> Vec<Request> {
    // What was made of a file that has been replaced since.
    turn.retain(|request| !matches!(request, Request::Index { file, .. } if *file != told.file));
    if turn.is_empty() {
        return turn;
    }
    match commit(connection, &turn, told) {
        Ok(outcomes) => {
            told.tell(&turn, &outcomes);
            for (request, outcome) in turn.into_iter().zip(outcomes) {
                answer(request, Ok(outcome));
            }
            Vec::new()
        }
        Err(error) if turn.len() == 1 => {
            tracing::error!(%error, "the archive could not be written");
            if salvage::is_damage(&error) {
                return turn;
            }
            if let Some(request) = turn.into_iter().next() {
                answer(request, Err(Error::Write(error)));
            }
            Vec::new()
        }
        Err(_) => turn.into_iter().flat_map(|request| take_turn(connection, vec![request], told)).collect(),
    }
}

fn commit(connection: &mut Connection, turn: &[Request], told: &Listeners) -> rusqlite::Result<Vec<Outcome>> {
    let unindexed = &*told.unindexed;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut counts = CountChanges::default();
    let outcomes =
        turn.iter().map(|request| apply(&transaction, unindexed, request, &mut counts)).collect::<Result<_, _>>()?;
    counts.store(&transaction)?;
    if turn.iter().any(|request| matches!(request, Request::Log(_))) {
        transaction
            .prepare_cached("DELETE FROM calls WHERE seq <= (SELECT max(seq) FROM calls) - ?1")?
            .execute([REQUESTS_KEPT])?;
    }
    // A file that was deleted or moved away takes every write, and nobody would find it there.
    if schema::file_of(&told.directory) != told.file {
        return Err(rusqlite::Error::InvalidPath(told.directory.join(schema::FILE)));
    }
    transaction.commit()?;
    Ok(outcomes)
}

fn apply(
    transaction: &Transaction<'_>,
    unindexed: &Unindexed,
    request: &Request,
    counts: &mut CountChanges,
) -> rusqlite::Result<Outcome> {
    match request {
        Request::Insert { new, .. } => insert(transaction, unindexed, new, counts).map(Outcome::Insert),
        Request::Log(call) => log(transaction, call).map(|()| Outcome::Done),
        Request::Want { wanted, now, .. } => want(transaction, unindexed, wanted, *now).map(Outcome::Changed),
        Request::Mark { which, mark, now, .. } => {
            set_mark(transaction, unindexed, which, *mark, *now).map(Outcome::Changed)
        }
        Request::Settle { fid, stage, .. } => settle(transaction, *fid, stage).map(|()| Outcome::Done),
        Request::Prune { batch, .. } => retention::prune(transaction, batch).map(Outcome::Prune),
        Request::Index { part, .. } => part.store(transaction).map(|()| Outcome::Done),
        Request::Mend => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None)),
        Request::Close(_) => Ok(Outcome::Done),
    }
}

/// Gives everyone their answer. Who stopped waiting has been told 503 already; the message is kept all the same.
fn answer(request: Request, outcome: Result<Outcome, Error>) {
    match (request, outcome) {
        (Request::Insert { answer, .. }, Ok(Outcome::Insert(stored))) => drop(answer.send(Ok(stored))),
        (Request::Insert { answer, .. }, Err(error)) => drop(answer.send(Err(error))),
        (Request::Want { answer, .. } | Request::Mark { answer, .. }, Ok(Outcome::Changed(changed))) => {
            drop(answer.send(Ok(changed)));
        }
        (Request::Want { answer, .. } | Request::Mark { answer, .. }, Err(error)) => drop(answer.send(Err(error))),
        (Request::Prune { answer, .. }, Ok(Outcome::Prune(pruned))) => drop(answer.send(Ok(pruned))),
        (Request::Prune { answer, .. }, Err(error)) => drop(answer.send(Err(error))),
        (Request::Settle { answer, .. } | Request::Index { answer, .. }, outcome) => {
            drop(answer.send(outcome.map(|_done| ())));
        }
        (
            Request::Insert { .. }
            | Request::Want { .. }
            | Request::Mark { .. }
            | Request::Prune { .. }
            | Request::Log(_)
            | Request::Mend
            | Request::Close(_),
            _,
        ) => {}
    }
}

fn insert(
    transaction: &Transaction<'_>,
    unindexed: &Unindexed,
    new: &New,
    counts: &mut CountChanges,
) -> rusqlite::Result<Stored> {
    let New { identity, search, arrival } = new;
    let message = &arrival.message;
    // An upsert with `RETURNING` says all of it at once, and opens a table of its own for each row: three times the work.
    let inserted = transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO messages (identity, kind, received_at, verified, fid, reply, raw, account, is_read)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
        )?
        .execute(params![
            identity,
            message.kind().name(),
            arrival.received_at.timestamp_millis(),
            arrival.verified,
            message.attachment().map(|fid| fid.0.cast_signed()),
            arrival.reply,
            arrival.raw,
            arrival.account,
        ])?;
    if inserted == 1 {
        let seq = transaction.last_insert_rowid().cast_unsigned();
        counts.add(seq, search, true);
        places::insert(transaction, seq, search.point)?;
        if arrival.is_file_wanted {
            want(transaction, unindexed, &Selection::Seqs(vec![seq]), arrival.received_at)?;
        }
        return Ok(Stored { seq, deliveries: 1, reply: arrival.reply.clone() });
    }
    transaction
        .prepare_cached(
            "UPDATE messages SET deliveries = deliveries + 1 WHERE identity = ?1 RETURNING seq, deliveries, reply",
        )?
        .query_row([identity], |row| Ok(Stored { seq: row.get(0)?, deliveries: row.get(1)?, reply: row.get(2)? }))
}

/// So many messages are marked in one turn: some milliseconds.
pub(super) const MARKED_AT_ONCE: u64 = 1000;

/// Marks messages that are not marked so yet, at most [`MARKED_AT_ONCE`], and returns how many those were.
fn set_mark(
    transaction: &Transaction<'_>,
    unindexed: &Unindexed,
    which: &Selection,
    mark: Mark,
    now: DateTime<Utc>,
) -> rusqlite::Result<u64> {
    let (column, value, other) = match mark {
        Mark::Read => ("is_read", 1, Flag::Unread),
        Mark::Unread => ("is_read", 0, Flag::Read),
        Mark::Starred => ("is_starred", 1, Flag::Starred),
        Mark::Unstarred => ("is_starred", 0, Flag::Starred),
    };
    let seqs = match which {
        Selection::Seqs(seqs) => seqs.clone(),
        Selection::Query(query) => {
            // Those that are marked already would be found again and again.
            let term = Term { is_not: mark == Mark::Starred, test: Test::Is(other) };
            let unmarked = query.and(&Query { terms: vec![term] });
            let limit = usize::try_from(MARKED_AT_ONCE).unwrap_or(usize::MAX);
            let newest = SeqRange::Before(Seq::MAX >> 1);
            SearchPlan::new(transaction, unindexed, &unmarked, now)?.rows(
                transaction,
                "messages.seq",
                newest,
                limit,
                |row| row.get(0),
            )?
        }
    };
    let sql = format!("UPDATE messages SET {column} = {value} WHERE seq = ?1 AND {column} <> {value}");
    let mut statement = transaction.prepare_cached(&sql)?;
    seqs.iter().map(|seq| statement.execute([seq]).map(|changed| changed as u64)).sum()
}

fn log(transaction: &Transaction<'_>, call: &Call) -> rusqlite::Result<()> {
    let Call { at, remote, method, path, status, reason } = call;
    transaction
        .prepare_cached("INSERT INTO calls (at, remote, method, path, status, reason, reason_json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![at.timestamp_millis(), remote, method, path, status, reason.to_string(), reason.to_json()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::schema;

    /// Breaks off in the middle of a transaction for those who want what cannot be.
    fn fragile(connection: &mut Connection, turn: Vec<Request>, told: &Listeners) -> Vec<Request> {
        let is_bomb = |request: &Request| matches!(request, Request::Want { wanted: Selection::Seqs(seqs), .. } if *seqs == [Seq::MAX]);
        if turn.iter().any(is_bomb) {
            let transaction = connection.transaction().unwrap();
            transaction.execute("DELETE FROM counts", []).unwrap();
            panic!("in the middle of a turn");
        }
        take_turn(connection, turn, told)
    }

    #[test]
    fn a_panic_costs_its_own_turn_alone() {
        let directory = tempfile::tempdir().unwrap();
        let connection = schema::open(directory.path()).unwrap();
        let (requests, received) = mpsc::channel(8);
        let unindexed = Arc::<Unindexed>::default();
        let indexer = Indexer::start(directory.path(), Arc::clone(&unindexed), requests.downgrade()).unwrap();
        let (path, mender) = (directory.path().to_owned(), Mender::new(None));
        let committed = start(connection, received, indexer, unindexed, path, mender, fragile).unwrap();
        let ask = |wanted| {
            let (answer, answered) = oneshot::channel();
            requests.blocking_send(Request::Want { wanted, now: DateTime::UNIX_EPOCH, answer }).ok().unwrap();
            answered.blocking_recv()
        };
        assert!(ask(Selection::Seqs(vec![Seq::MAX])).is_err(), "nobody is told that it was done");
        assert_eq!(ask(Selection::Seqs(vec![])).unwrap().unwrap(), 0);
        assert_eq!(committed.borrow().changes, 1);
        let reader = Connection::open(directory.path().join(schema::FILE)).unwrap();
        let counts: u64 = reader.query_row("SELECT count(*) FROM counts", [], |row| row.get(0)).unwrap();
        assert!(counts > 0, "what the broken turn had done is undone");
        let (closed_tx, closed) = oneshot::channel();
        requests.blocking_send(Request::Close(closed_tx)).ok().unwrap();
        closed.blocking_recv().unwrap();
    }
}
