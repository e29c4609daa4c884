//! Pictures for the dashboard: its orders carried out off the loop's thread, one at a time, the newest first.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Mutex;
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::attach::{Order, Outcome};
use crate::dashboard::Event;
use crate::dashboard::orders::{PictureAnswer, PictureOrder, PictureOrigin};
use crate::media::picture;
use crate::media::picture::animation::animation;
use crate::media::picture::drawing::motion::animate;
use crate::media::picture::drawing::{Drawing, draw};
use crate::reason::{Reason, files};
use crate::weibo::FileId;

use super::orders::Orders;

/// After an order a picture that is sent whole waits until so much has passed: who goes through a list faster would wait for
/// pictures that are gone before they are there.
const REST: Duration = Duration::from_millis(50);

/// How much a decoder gives way to the threads that answer keys, write messages and answer Weibo: one of these that wakes
/// does not wait for it.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Carries out orders. Dropping it cancels the one that runs.
pub(super) struct Pictures {
    /// No longer file is read, in bytes.
    max_bytes: u64,
    events: Sender<Event>,
    /// The newest order, while it has to wait.
    next: Option<PictureOrder>,
    /// Cancels the order that runs.
    running: Option<DropGuard>,
    /// Whoever has it works; a cancelled order gives it back soon.
    turn: Arc<Mutex<Orders>>,
    /// Of the last drawing.
    id: u32,
}

impl Pictures {
    pub(super) fn new(max_bytes: u64, orders: Orders, events: Sender<Event>) -> Self {
        // Other programs in the same terminal, such as another weibox beside it in tmux, number theirs as well.
        let id = std::process::id() << 8;
        Self { max_bytes, events, next: None, running: None, turn: Arc::new(Mutex::new(orders)), id }
    }

    /// Cancels the newest order.
    pub(super) fn stop(&mut self) {
        (self.next, self.running) = (None, None);
    }

    /// Takes an order instead of the one before, and begins to carry it out unless it has to wait for [`begin`](Self::begin).
    pub(super) fn order(&mut self, order: PictureOrder, has_to_wait: bool) {
        self.next = Some(order);
        if !has_to_wait {
            self.begin();
        }
    }

    /// Begins to carry out the newest order; what comes of it is sent as [`Event::Picture`].
    pub(super) fn begin(&mut self) {
        if let Some(order) = self.next.take() {
            self.carry_out(order);
        }
    }

    fn carry_out(&mut self, order: PictureOrder) {
        let stop = CancellationToken::new();
        self.running = Some(stop.clone().drop_guard());
        self.id = self.id.wrapping_add(1);
        let (id, max_bytes, events) = (self.id, self.max_bytes, self.events.clone());
        let turn = Arc::clone(&self.turn);
        let rested_at = tokio::time::Instant::now() + REST;
        tokio::spawn(async move {
            let orders = turn.lock().await;
            if stop.is_cancelled() {
                return;
            }
            let bytes = match order.request.origin.clone() {
                PictureOrigin::File(path) => {
                    let read = spawn_blocking(move || super::file::read(&path, max_bytes));
                    read.await.unwrap_or_else(|_reported| Err(files::FAULT.into()))
                }
                PictureOrigin::Thumbnail { account, fid } => tokio::select! {
                    () = stop.cancelled() => return,
                    fetched = thumbnail(&orders, account, fid) => fetched,
                },
            };
            let (request, is_whole, wanted) = (order.request.clone(), order.canvas.protocol.is_whole(), stop.clone());
            let draw = move || drawn(&order, &bytes?, id, &wanted);
            let drawn = in_background(draw).await.unwrap_or_else(|| Err(files::DECODER_FAILED.with(files::BROKE_OFF)));
            if is_whole {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep_until(rested_at) => {}
                }
            }
            if !stop.is_cancelled() {
                // Nobody listens any more when the loop has ended.
                drop(events.send(Event::Picture(PictureAnswer { request, drawn: drawn.map(Arc::new) })).await);
            }
        });
    }
}

/// The small picture of a file.
async fn thumbnail(orders: &Orders, account: String, fid: FileId) -> Result<Vec<u8>, Reason> {
    match orders.carry_out(Order::Thumbnail { account, fid }).await {
        Outcome::Bytes(bytes) => STANDARD.decode(bytes).map_err(Reason::other),
        Outcome::Failed(reason) => Err(reason),
        Outcome::Done
        | Outcome::Count(_)
        | Outcome::Head(_)
        | Outcome::Kept(_)
        | Outcome::Tried(_)
        | Outcome::Sent(_)
        | Outcome::Status(_)
        | Outcome::Composed(_) => Err(files::FAULT.into()),
    }
}

/// Has a thread of low priority work. `None` when there can be no thread, or when it panics: a decoder may, strangers made
/// what it reads.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done_tx, done) = oneshot::channel();
    let work = move || {
        // Of this thread alone, which only Linux can. What cannot be nice is as fast as the others.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(NICE);
        drop(done_tx.send(work()));
    };
    thread::Builder::new().name("picture".to_owned()).spawn(work).ok()?;
    done.await.ok()
}

/// Decodes and draws a file.
fn drawn(order: &PictureOrder, bytes: &[u8], id: u32, stop: &CancellationToken) -> Result<Drawing, Reason> {
    let PictureOrder { request, canvas } = order;
    let budget = super::budget::of_this_thread(stop);
    let most = canvas.pixels((request.most.width, request.most.height));
    let drawn = match request.motion_of {
        None => picture::decode(bytes, most, request.part, &budget).and_then(|picture| draw(&picture, *canvas, id)),
        Some(first) => {
            animation(bytes, most, request.part, &budget).and_then(|animation| animate(animation, *canvas, first))
        }
    };
    drawn.map_err(|error| error.reason())
}
