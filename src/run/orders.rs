//! Orders that only the process that holds the archive can carry out, for its own dashboard and for attached ones
//! alike.

use std::io;
use std::sync::{Arc, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use tokio::sync::{Mutex, watch};
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use crate::archive::{self, Archive, PruneBatch, StoredFile};
use crate::attach::client;
use crate::attach::server::Caller;
use crate::attach::{ClaimBoard, Order, Outcome};
use crate::config::Config;
use crate::dashboard::orders::{ArchiveChange, Secret, UNDO};
use crate::download::{self, Thumbnails};
use crate::forward::TargetOrders;
use crate::listener::Heads;
use crate::names::NameDoor;
use crate::reason::{Reason, answers, downloads, start};
use crate::record::media::{Job, Stage};
use crate::record::outgoing::{Composed, Draft, OutgoingId};
use crate::record::page::Selection;
use crate::record::people::{LONGEST_NAME, LONGEST_NOTE, Relabel, label, tidied};
use crate::record::target::{BookmarkPlace, TargetOrder};
use crate::simulator::{self, Plan};
use crate::weibo::{UserId, active};

use super::secret::Secrets;
use super::{clock, trial};

/// Made-up messages per second: slow enough to read along.
const STEADY: f64 = 0.5;

/// What carrying out orders needs.
pub struct Desk {
    /// The archive.
    pub archive: Archive,
    /// Heads of the last callbacks.
    pub heads: Arc<Heads>,
    /// Sender of orders for targets.
    pub targets: TargetOrders,
    /// Secrets that the user may change.
    pub secrets: Secrets,
    /// Settings of this process.
    pub config: Config,
    /// Plan for samples, which are signed with the current secret. `None` if nothing is received.
    pub samples: Option<Plan>,
    /// Fetcher of thumbnails for files that are not saved.
    pub thumbnails: Mutex<Thumbnails>,
    /// Queue for names to look up.
    pub names: NameDoor,
    /// Whether replies may be sent.
    pub answers: watch::Sender<bool>,
    /// Claims on senders.
    pub claims: ClaimBoard,
    /// Token that ends ongoing work.
    pub stop: CancellationToken,
}

impl Desk {
    /// Carries out an order of a caller, except [`Order::Status`]. Up to its first wait it runs on the loop of the
    /// dashboard, so orders that make a client, which reads the certificates of the machine, wait before that.
    pub(super) async fn carry_out(&self, order: Order, caller: &Caller) -> Outcome {
        match order {
            Order::Change(change) => self.change(change).await,
            Order::Head(seq) => Outcome::Head(self.heads.of(seq).map(Box::new)),
            Order::Keep(secret, typed) => self.keep(secret, typed).await.map_or_else(Outcome::Failed, Outcome::Kept),
            Order::Try(trial, language) => {
                yield_now().await;
                let tried = trial::run(&self.config, trial, &self.secrets, language).await;
                tried.map_or_else(Outcome::Failed, Outcome::Tried)
            }
            Order::Sample => self.send(self.samples.clone(), self.stop.clone()).await,
            Order::Simulate(is_wanted) => self.simulate(is_wanted, caller).await,
            Order::Distrust => {
                self.archive.distrust();
                Outcome::Done
            }
            Order::Thumbnail { account, fid } => {
                let fetched = self.thumbnails.lock().await.fetch(&account, fid).await;
                fetched.map_or_else(Outcome::Failed, |bytes| Outcome::Bytes(STANDARD.encode(bytes)))
            }
            Order::Send(order) => self.targets.send(order).await.map_or_else(Outcome::Failed, Outcome::Sent),
            Order::Status => Outcome::Done,
            Order::Names(people) => {
                self.names.want(people);
                Outcome::Done
            }
            Order::Reply(composed) => self.reply(composed).await.map_or_else(Outcome::Failed, Outcome::Composed),
            Order::Withdraw(id) => counted(self.archive.withdraw(id, clock::now()).await.map(u64::from)),
            Order::Draft { account, fan, form, text, at } => {
                done(self.archive.keep_draft(account, fan, Draft { form, text }, at).await)
            }
            Order::AllowReplies => {
                tracing::info!("replies may be sent from now on");
                self.answers.send_replace(true);
                Outcome::Done
            }
            Order::Claim { account, fan, user, session } => {
                self.claims.claim((account, fan), (user, session), clock::now(), &caller.gone);
                Outcome::Done
            }
            Order::Release(session) => {
                self.claims.release(&session);
                Outcome::Done
            }
        }
    }

    /// Carries out a change of what is kept.
    async fn change(&self, change: ArchiveChange) -> Outcome {
        match change {
            ArchiveChange::Download(selection) => counted(self.archive.want(self.meant(selection), clock::now()).await),
            ArchiveChange::Mark(selection, mark) => {
                counted(self.archive.mark(self.meant(selection), mark, clock::now()).await)
            }
            ArchiveChange::Mute(fan, is_muted) => done(self.archive.mute(fan, is_muted, clock::now()).await),
            ArchiveChange::Discard(seqs) => counted(self.archive.discard(seqs, clock::now() + UNDO).await),
            ArchiveChange::Restore => counted(self.archive.restore(UNDO, clock::now()).await),
            ArchiveChange::Cancel(fid) => {
                let cancelled = Stage::Failed { reason: downloads::CANCELLED.into() };
                done(self.archive.settle(fid, cancelled).await)
            }
            ArchiveChange::Remove(job) => self.remove(*job).await.map_or_else(Outcome::Failed, |()| Outcome::Done),
            ArchiveChange::Target(name, order) => {
                let done = self.targets.carry_out(&name, self.meant_order(order)).await;
                done.map_or_else(Outcome::Failed, Outcome::Count)
            }
            ArchiveChange::Profile { fan, name, note } => done(self.keep_profile(fan, &name, &note).await),
            ArchiveChange::Relabel(relabel) => counted(self.relabel(relabel).await),
        }
    }

    async fn keep(&self, secret: Secret, typed: SecretString) -> Result<String, Reason> {
        let secrets = self.secrets.clone();
        let kept = tokio::task::spawn_blocking(move || secrets.keep(secret, &typed)).await;
        kept.unwrap_or_else(|error| Err(Reason::other(error)))
    }

    async fn keep_profile(&self, fan: UserId, name: &str, note: &str) -> Result<(), crate::archive::Error> {
        let (name, note) = (tidied(name, LONGEST_NAME), tidied(note, LONGEST_NOTE));
        self.archive.keep_profile(fan, name, note, clock::now()).await
    }

    async fn relabel(&self, Relabel { of, add, remove }: Relabel) -> Result<u64, crate::archive::Error> {
        let add = add.iter().filter_map(|typed| label(typed)).collect();
        self.archive.relabel(Relabel { of, add, remove }, clock::now()).await
    }

    /// Stores a reply for the outbox to send.
    async fn reply(&self, composed: Composed) -> Result<OutgoingId, Reason> {
        if !*self.answers.borrow() {
            return Err(answers::ANSWERS_OFF.into());
        }
        active::check(composed.form, &composed.text)?;
        let stored = self.archive.compose(composed, clock::now()).await.map_err(|error| error.reason())?;
        stored.ok_or_else(|| answers::ANSWERED_FIRST.into())
    }

    /// Adds the settings of this process to a query that came as text.
    fn meant(&self, selection: Selection) -> Selection {
        match selection {
            Selection::Query(query) => Selection::Query(query.understood(self.config.understanding())),
            Selection::Seqs(_) => selection,
        }
    }

    fn meant_order(&self, order: TargetOrder) -> TargetOrder {
        match order {
            TargetOrder::Move(BookmarkPlace::Before(query)) => {
                TargetOrder::Move(BookmarkPlace::Before(query.understood(self.config.understanding())))
            }
            TargetOrder::Pause | TargetOrder::GoOn | TargetOrder::Retry | TargetOrder::Move(_) => order,
        }
    }

    /// Removes the file before its row: after a kill in between, the row is found again.
    async fn remove(&self, job: Job) -> Result<(), Reason> {
        let (archive, fid) = (self.archive.clone(), job.fid);
        let file = match job.stage {
            Stage::Done { file, .. } => Some(file),
            Stage::Queued { .. } | Stage::Failed { .. } => None,
        };
        let remove = move || {
            let gone = [StoredFile { fid, file, bytes: 0 }];
            let shared = download::shared(&archive.reader()?, &gone)?;
            let [StoredFile { file, .. }] = &gone;
            Ok::<_, archive::Error>(download::remove(archive.media_dir(), fid, file.as_deref(), &shared))
        };
        let unremoved = |error: io::Error| downloads::UNREMOVED.with(&error);
        let removed = tokio::task::spawn_blocking(remove).await.map_err(|error| unremoved(io::Error::other(error)))?;
        removed.map_err(|error| error.reason())?.map_err(unremoved)?;
        let batch = PruneBatch { media: vec![fid], ..PruneBatch::default() };
        self.archive.prune(batch).await.map(drop).map_err(|error| error.reason())
    }

    /// Starts or stops the steady flow of samples.
    async fn simulate(&self, is_wanted: bool, caller: &Caller) -> Outcome {
        let simulation = caller.gone.child_token();
        {
            let mut current = caller.simulation.lock().unwrap_or_else(PoisonError::into_inner);
            current.cancel();
            *current = simulation.clone();
        }
        if !is_wanted {
            return Outcome::Done;
        }
        let samples = self.samples.clone();
        let steady = samples.map(|samples| Plan { count: Some(u64::MAX), rate: Some(STEADY), ..samples });
        tokio::select! {
            () = self.stop.cancelled() => Outcome::Done,
            sent = self.send(steady, simulation) => sent,
        }
    }

    /// Sends samples through the listener as Weibo would. Reports only errors; the dashboard shows the rest.
    async fn send(&self, plan: Option<Plan>, stop: CancellationToken) -> Outcome {
        let Some(plan) = plan else { return Outcome::Failed(start::NO_LISTENER.into()) };
        yield_now().await;
        let app_secret = self.secrets.app_secret.borrow().clone();
        let reason = match simulator::push(Plan { app_secret, ..plan }, stop).await {
            Ok(summary) if summary.lost == 0 => return Outcome::Done,
            Ok(summary) => start::SAMPLES_LOST.with(summary.lost).with(summary.sent),
            Err(reason) => reason,
        };
        Outcome::Failed(reason)
    }
}

/// Destination of a dashboard's orders.
#[derive(Clone)]
pub enum Orders {
    /// This process carries them out.
    Here(Arc<Desk>, Arc<Caller>),
    /// The holder of the archive carries them out, over the socket.
    There(client::OrderSender),
}

impl Orders {
    /// Creates the destination for the only dashboard of this process.
    pub(super) fn here(desk: Arc<Desk>) -> Self {
        let caller = Caller { gone: desk.stop.child_token(), ..Caller::default() };
        Self::Here(desk, Arc::new(caller))
    }

    /// Carries out an order, here or there.
    pub(super) async fn carry_out(&self, order: Order) -> Outcome {
        match self {
            Self::Here(desk, caller) => desk.carry_out(order, caller).await,
            Self::There(orders) => orders.ask(order).await,
        }
    }
}

fn done(done: Result<(), crate::archive::Error>) -> Outcome {
    done.map_or_else(|error| Outcome::Failed(error.reason()), |()| Outcome::Done)
}

fn counted(done: Result<u64, crate::archive::Error>) -> Outcome {
    done.map_or_else(|error| Outcome::Failed(error.reason()), Outcome::Count)
}
