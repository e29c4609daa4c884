//! Voices for the dashboard: carries out its orders off the loop's thread, with one decoding and one player at a
//! time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config;
use crate::dashboard::Event;
use crate::dashboard::orders::{VoiceAnswer, VoiceOrder};
use crate::media::voice::{self, Voice};
use crate::player::Playing;
use crate::reason::{Reason, files};

/// Settings for reading and playing voices.
#[derive(Debug, Clone)]
pub struct VoiceSettings {
    /// See [`Playing::start`].
    pub player: String,
    /// The maximum size of a file, in bytes.
    pub max_bytes: u64,
}

/// A decoded voice and the path of its file.
type Heard = Option<(PathBuf, Arc<Voice>)>;

/// Carries out voice orders. Dropping it stops the player.
pub(super) struct Voices {
    settings: VoiceSettings,
    events: Sender<Event>,
    /// Guard that cancels the running decoding.
    decoding: Option<DropGuard>,
    /// Guard that stops the player, and the task that waits for it.
    playing: Option<(DropGuard, JoinHandle<()>)>,
    /// The voice that was played last, so that seeking does not decode it again.
    heard: Arc<Mutex<Heard>>,
}

impl Voices {
    pub(super) fn new(settings: VoiceSettings, events: Sender<Event>) -> Self {
        Self { settings, events, decoding: None, playing: None, heard: Arc::default() }
    }

    /// Starts to carry out an order; the outcome is sent as [`Event::Voice`].
    pub(super) fn carry_out(&mut self, order: VoiceOrder) {
        match order {
            VoiceOrder::Decode { file, path } => self.decode(file, path),
            VoiceOrder::Play { run, path, from } => self.play(run, path, from),
            VoiceOrder::Stop => self.playing = None,
        }
    }

    fn decode(&mut self, file: String, path: PathBuf) {
        let stop = CancellationToken::new();
        // Cancels the previous decoding.
        self.decoding = Some(stop.clone().drop_guard());
        let (max_bytes, events) = (self.settings.max_bytes, self.events.clone());
        tokio::spawn(async move {
            let wanted = stop.clone();
            let decode = move || load(&path, max_bytes, &wanted).map(|voice| voice.summary());
            let summary = in_background(decode).await;
            if !stop.is_cancelled() {
                // The loop may have ended.
                drop(events.send(Event::Voice(VoiceAnswer::Decoded { file, summary })).await);
            }
        });
    }

    fn play(&mut self, run: u64, path: PathBuf, from: Duration) {
        let stop = CancellationToken::new();
        let before = self.playing.take().map(|(guard, task)| {
            drop(guard);
            task
        });
        let (settings, events, heard) = (self.settings.clone(), self.events.clone(), Arc::clone(&self.heard));
        let guard = stop.clone().drop_guard();
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                // Some sound devices accept one player at a time. A task that failed has ended as well.
                drop(before.await);
            }
            let wanted = stop.clone();
            let start = move || start(&settings, &heard, path, from, &wanted);
            let ended = match in_background(start).await {
                Ok(mut playing) => {
                    drop(events.send(Event::Voice(VoiceAnswer::Started { run })).await);
                    // Checked first, because the token may have been cancelled before the player started.
                    let ended = tokio::select! {
                        biased;
                        () = stop.cancelled() => None,
                        ended = playing.end() => Some(ended),
                    };
                    let Some(ended) = ended else { return playing.stop().await };
                    ended
                }
                Err(reason) => Err(reason),
            };
            if !stop.is_cancelled() {
                drop(events.send(Event::Voice(VoiceAnswer::Ended { run, result: ended })).await);
            }
        });
        self.playing = Some((guard, task));
    }
}

/// Runs slow work on a blocking thread. A panic of a decoder is reported as an invalid file, because files come from
/// strangers.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Reason> + Send + 'static,
) -> Result<T, Reason> {
    spawn_blocking(work).await.unwrap_or_else(|_reported| Err(files::DECODER_FAILED.with(files::BROKE_OFF)))
}

/// Starts a player for the voice, which is decoded unless it was played last.
fn start(
    settings: &VoiceSettings,
    heard: &Mutex<Heard>,
    path: PathBuf,
    from: Duration,
    stop: &CancellationToken,
) -> Result<Playing, Reason> {
    let lock = || heard.lock().unwrap_or_else(PoisonError::into_inner);
    let known = lock().as_ref().filter(|(file, _)| *file == path).map(|(_, voice)| Arc::clone(voice));
    let voice = match known {
        Some(voice) => voice,
        None => Arc::new(load(&path, settings.max_bytes, stop)?),
    };
    *lock() = Some((path, Arc::clone(&voice)));
    Playing::start(&settings.player, &voice, from, &config::secret_variables())
}

pub(super) fn load(path: &Path, max_bytes: u64, stop: &CancellationToken) -> Result<Voice, Reason> {
    let bytes = super::file::read(path, max_bytes)?;
    voice::decode(&bytes, &super::budget::of_this_thread(stop)).map_err(|error| error.reason())
}
