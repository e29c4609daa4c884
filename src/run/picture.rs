//! Carries out the dashboard's orders for pictures off the loop's thread, one at a time, the newest first.

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

/// How long after its order a picture that is sent whole waits: a user who moves through a list faster would
/// wait for pictures that are outdated before they arrive.
const REST: Duration = Duration::from_millis(50);

/// The nice value of a decoder, so that threads that answer keys, store messages and answer Weibo do not wait
/// for it when they wake.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Carries out orders. Dropping it cancels the one that runs.
pub(super) struct Pictures {
    /// The maximum size of a file, in bytes.
    max_bytes: u64,
    events: Sender<Event>,
    /// The newest order, while it has to wait.
    next: Option<PictureOrder>,
    /// Cancels the order that runs.
    running: Option<DropGuard>,
    /// Held by the running order; a cancelled one releases it soon.
    turn: Arc<Mutex<Orders>>,
    /// Id of the last drawing.
    id: u32,
}

impl Pictures {
    pub(super) fn new(max_bytes: u64, orders: Orders, events: Sender<Event>) -> Self {
        // Other programs in the same terminal, such as a second weibox in tmux, number their pictures as
        // well.
        let id = std::process::id() << 8;
        Self { max_bytes, events, next: None, running: None, turn: Arc::new(Mutex::new(orders)), id }
    }

    /// Cancels the newest order.
    pub(super) fn stop(&mut self) {
        (self.next, self.running) = (None, None);
    }

    /// Replaces the last order by this one, and starts it unless it has to wait for [`begin`](Self::begin).
    pub(super) fn order(&mut self, order: PictureOrder, has_to_wait: bool) {
        self.next = Some(order);
        if !has_to_wait {
            self.begin();
        }
    }

    /// Starts the newest order; the result is sent as [`Event::Picture`].
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
                // After the end of the loop there is no receiver.
                drop(events.send(Event::Picture(PictureAnswer { request, drawn: drawn.map(Arc::new) })).await);
            }
        });
    }
}

async fn thumbnail(orders: &Orders, account: String, fid: FileId) -> Result<Vec<u8>, Reason> {
    let outcome = orders.carry_out(Order::Thumbnail { account, fid }).await;
    if let Outcome::Bytes(bytes) = outcome {
        return STANDARD.decode(bytes).map_err(Reason::other);
    }
    Err(outcome.failed().unwrap_or_else(|| files::FAULT.into()))
}

/// Runs work on a thread of low priority. `None` when no thread can be started, or when it panics, as a
/// decoder of strangers' files may.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done_tx, done) = oneshot::channel();
    let work = move || {
        // Affects only this thread, which only Linux supports. Without it the thread has normal priority.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(NICE);
        drop(done_tx.send(work()));
    };
    thread::Builder::new().name("picture".to_owned()).spawn(work).ok()?;
    done.await.ok()
}

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
