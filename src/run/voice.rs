//! Voices for the dashboard: its orders carried out off the loop's thread, one decoding and one player at a time.

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

/// How voices are read and played.
#[derive(Debug, Clone)]
pub struct VoiceSettings {
    /// See [`Playing::start`].
    pub player: String,
    /// No longer file is read, in bytes.
    pub max_bytes: u64,
}

/// A decoded voice and the file it is in.
type Heard = Option<(PathBuf, Arc<Voice>)>;

/// Carries out orders. Dropping it ends the player.
pub(super) struct Voices {
    settings: VoiceSettings,
    events: Sender<Event>,
    /// Cancels the decoding that runs.
    decoding: Option<DropGuard>,
    /// Ends the player, and the task that waits for it.
    playing: Option<(DropGuard, JoinHandle<()>)>,
    /// The voice that was heard last, so that seeking does not decode it again.
    heard: Arc<Mutex<Heard>>,
}

impl Voices {
    pub(super) fn new(settings: VoiceSettings, events: Sender<Event>) -> Self {
        Self { settings, events, decoding: None, playing: None, heard: Arc::default() }
    }

    /// Begins to carry out an order; what comes of it is sent as [`Event::Voice`].
    pub(super) fn carry_out(&mut self, order: VoiceOrder) {
        match order {
            VoiceOrder::Decode { file, path } => self.decode(file, path),
            VoiceOrder::Play { run, path, from } => self.play(run, path, from),
            VoiceOrder::Stop => self.playing = None,
        }
    }

    fn decode(&mut self, file: String, path: PathBuf) {
        let stop = CancellationToken::new();
        // The one before is no longer wanted.
        self.decoding = Some(stop.clone().drop_guard());
        let (max_bytes, events) = (self.settings.max_bytes, self.events.clone());
        tokio::spawn(async move {
            let wanted = stop.clone();
            let decode = move || load(&path, max_bytes, &wanted).map(|voice| voice.summary());
            let summary = in_background(decode).await;
            if !stop.is_cancelled() {
                // Nobody listens any more when the loop has ended.
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
                // Some sound devices take one player at a time. A task that failed has ended as well.
                drop(before.await);
            }
            let wanted = stop.clone();
            let start = move || start(&settings, &heard, path, from, &wanted);
            let ended = match in_background(start).await {
                Ok(mut playing) => {
                    drop(events.send(Event::Voice(VoiceAnswer::Started { run })).await);
                    // Asked first, because it may have been cancelled before the player started.
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

/// Does something that takes long. A panic of a decoder is a file that cannot be decoded: strangers wrote it.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Reason> + Send + 'static,
) -> Result<T, Reason> {
    spawn_blocking(work).await.unwrap_or_else(|_reported| Err(files::DECODER_FAILED.with(files::BROKE_OFF)))
}

/// Starts a player on what is heard already, or is decoded now.
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

/// Reads and decodes a file.
pub(super) fn load(path: &Path, max_bytes: u64, stop: &CancellationToken) -> Result<Voice, Reason> {
    let bytes = super::file::read(path, max_bytes)?;
    voice::decode(&bytes, &super::budget::of_this_thread(stop)).map_err(|error| error.reason())
}
