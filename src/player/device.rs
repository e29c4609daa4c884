//! Sound without another program: the machine's own device, on a thread that ends with the sound. Compiled only
//! with the feature `playback`.

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io;
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::mpsc::{self, SyncSender};
use std::thread;

use rodio::buffer::SamplesBuffer;
use rodio::source::EmptyCallback;
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, Player};

/// A sound that is playing. Dropping it ends the sound.
#[derive(Debug)]
pub struct Sound {
    /// A message here ends the thread.
    stop: SyncSender<()>,
    /// Closed when the sound ends; carries no messages.
    ended: tokio::sync::mpsc::Receiver<Infallible>,
}

impl Sound {
    /// Starts to play one channel of samples. Blocks until the device is open.
    pub(super) fn start(samples: &[i16], rate: u32) -> Result<Self, DeviceSinkError> {
        let rate = NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
        let samples: Vec<f32> = samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        let (opened_tx, opened) = mpsc::sync_channel(1);
        let (stop, stopped) = mpsc::sync_channel(1);
        let (ended_tx, ended) = tokio::sync::mpsc::channel(1);
        let finish = stop.clone();
        // On some systems a stream must stay on the thread that opened it.
        thread::spawn(move || {
            let sink = match open() {
                Ok(sink) => sink,
                Err(error) => return drop(opened_tx.send(Err(error))),
            };
            let player = Player::connect_new(sink.mixer());
            player.append(SamplesBuffer::new(NonZeroU16::MIN, rate, samples));
            player.append(EmptyCallback::new(Box::new(move || send(&finish))));
            drop(opened_tx.send(Ok(())));
            // Received when the samples end, or when the sound is stopped or dropped.
            let _ = stopped.recv();
            drop((player, sink));
            drop(ended_tx);
        });
        // If the thread panicked, there is no device.
        opened.recv().unwrap_or(Err(DeviceSinkError::NoDevice))?;
        Ok(Self { stop, ended })
    }

    /// Waits until the sound has been played. The future may be dropped, and the method called again.
    pub(super) async fn end(&mut self) {
        let _closed = self.ended.recv().await;
    }

    /// Ends the sound, and waits until the device is free.
    pub(super) async fn stop(mut self) {
        send(&self.stop);
        self.end().await;
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        send(&self.stop);
    }
}

/// Ends the thread, unless it has ended or was told already.
fn send(stop: &SyncSender<()>) {
    let _ = stop.try_send(());
}

/// Opens the default device. ALSA writes complaints to stderr, which is the screen, so stderr is `/dev/null`
/// meanwhile.
fn open() -> Result<MixerDeviceSink, DeviceSinkError> {
    let hidden = hide_stderr();
    let opened = DeviceSinkBuilder::open_default_sink();
    if let Ok(stderr) = hidden {
        // A descriptor that was open a moment ago can be restored.
        let _ = rustix::stdio::dup2_stderr(stderr);
    }
    let mut sink = opened?;
    sink.log_on_drop(false);
    Ok(sink)
}

/// Redirects stderr to `/dev/null`; returns where it led before.
fn hide_stderr() -> io::Result<rustix::fd::OwnedFd> {
    let before = rustix::io::dup(io::stderr())?;
    rustix::stdio::dup2_stderr(OpenOptions::new().write(true).open("/dev/null")?)?;
    Ok(before)
}
