//! Pictures for the dashboard: its orders carried out off the loop's thread, one at a time, the newest first.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::dashboard::Event;
use crate::dashboard::picture::{News, Order};
use crate::media::picture::{self, Error, Part, Picture, drawing};

/// No picture is decoded for longer: the largest that is allowed takes a second or two.
const LONGEST: Duration = Duration::from_secs(10);

/// Carries out orders. Dropping it cancels the one that runs.
pub(super) struct Pictures {
    /// No longer file is read, in bytes.
    max_bytes: u64,
    events: Sender<Event>,
    /// Cancels the order that runs.
    running: Option<DropGuard>,
    /// Whoever has it works; a cancelled order gives it back soon.
    turn: Arc<Mutex<()>>,
    /// Of the last drawing.
    id: u32,
}

impl Pictures {
    pub(super) fn new(max_bytes: u64, events: Sender<Event>) -> Self {
        // Other programs in the same terminal, such as another weibox beside it in tmux, number theirs as well.
        let id = std::process::id() << 8;
        Self { max_bytes, events, running: None, turn: Arc::default(), id }
    }

    /// Begins to carry out an order instead of the one before; what comes of it is sent as [`Event::Picture`].
    pub(super) fn carry_out(&mut self, order: Order) {
        let stop = CancellationToken::new();
        self.running = Some(stop.clone().drop_guard());
        self.id = self.id.wrapping_add(1);
        let (id, max_bytes, events) = (self.id, self.max_bytes, self.events.clone());
        let turn = Arc::clone(&self.turn);
        tokio::spawn(async move {
            let _turn = turn.lock().await;
            if stop.is_cancelled() {
                return;
            }
            let Order { ask, path, canvas } = order;
            let (wanted, most) = (stop.clone(), canvas.pixels((ask.most.width, ask.most.height)));
            let part = ask.part;
            let draw = move || {
                let picture = decoded(&path, max_bytes, most, part, &wanted)?;
                drawing::draw(&picture, canvas, id).map_err(|error| error.to_string())
            };
            // A panic of a decoder is a picture that cannot be decoded: strangers made it.
            let drawn = spawn_blocking(draw).await.unwrap_or_else(|error| Err(format!("the decoder failed: {error}")));
            if !stop.is_cancelled() {
                // Nobody listens any more when the loop has ended.
                drop(events.send(Event::Picture(News { ask, drawn: drawn.map(Arc::new) })).await);
            }
        });
    }
}

/// Reads and decodes a file, in words for people if that cannot be.
fn decoded(
    path: &Path,
    max_bytes: u64,
    most: (u32, u32),
    part: Part,
    stop: &CancellationToken,
) -> Result<Picture, String> {
    let started = Instant::now();
    let mut bytes = Vec::new();
    // One more than is taken tells a file that is too long.
    let read = File::open(path).and_then(|file| file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    if bytes.len() as u64 > max_bytes {
        return Err(format!("`{}` is longer than {max_bytes} bytes", path.display()));
    }
    let is_wanted = || !stop.is_cancelled() && started.elapsed() < LONGEST;
    picture::decode(&bytes, most, part, &is_wanted).map_err(|error| match error {
        Error::Cancelled => format!("it took longer than {} s to decode", LONGEST.as_secs()),
        Error::Unknown | Error::NoDecoder(_) | Error::TooLarge { .. } | Error::Unreadable(_) | Error::Encode(_) => {
            error.to_string()
        }
    })
}
