//! Sound without another program: the machine's own device, on a thread of its own that ends with the sound. Compiled with
//! the feature `playback` only.

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io;
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::mpsc::{self, SyncSender};
use std::thread;

use rodio::buffer::SamplesBuffer;
use rodio::source::EmptyCallback;
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, Player};

/// A sound that is heard. Dropping it ends the sound.
#[derive(Debug)]
pub struct Sound {
    /// Whatever comes here ends the thread.
    stop: SyncSender<()>,
    /// Closed at its end; nothing comes through it.
    ended: tokio::sync::mpsc::Receiver<Infallible>,
}

impl Sound {
    /// Begins to play one channel of samples. Blocks until the device is open.
    pub(super) fn start(samples: &[i16], rate: u32) -> Result<Self, DeviceSinkError> {
        let rate = NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
        let samples: Vec<f32> = samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        let (opened_tx, opened) = mpsc::sync_channel(1);
        let (stop, stopped) = mpsc::sync_channel(1);
        let (ended_tx, ended) = tokio::sync::mpsc::channel(1);
        let finish = stop.clone();
        // A stream of some systems must not leave the thread that opened it.
        thread::spawn(move || {
            let sink = match open() {
                Ok(sink) => sink,
                Err(error) => return drop(opened_tx.send(Err(error))),
            };
            let player = Player::connect_new(sink.mixer());
            player.append(SamplesBuffer::new(NonZeroU16::MIN, rate, samples));
            player.append(EmptyCallback::new(Box::new(move || send(&finish))));
            drop(opened_tx.send(Ok(())));
            // The end of the samples, or of whoever listens.
            let _ = stopped.recv();
            drop((player, sink));
            drop(ended_tx);
        });
        // A thread that panicked has no device.
        opened.recv().unwrap_or(Err(DeviceSinkError::NoDevice))?;
        Ok(Self { stop, ended })
    }

    /// Waits until all of it was heard. May be dropped and called again.
    pub(super) async fn end(&mut self) {
        let _closed = self.ended.recv().await;
    }

    /// Ends it, and waits until the device is free.
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

/// Ends the thread, if it is still there and was not told before.
fn send(stop: &SyncSender<()>) {
    let _ = stop.try_send(());
}

/// The default device. ALSA writes what it misses to stderr, which is the screen; meanwhile it is nowhere.
fn open() -> Result<MixerDeviceSink, DeviceSinkError> {
    let hidden = hide_stderr();
    let opened = DeviceSinkBuilder::open_default_sink();
    if let Ok(stderr) = hidden {
        // What was there a moment ago can be had again.
        let _ = rustix::stdio::dup2_stderr(stderr);
    }
    let mut sink = opened?;
    sink.log_on_drop(false);
    Ok(sink)
}

/// Leads stderr nowhere; returns where it led.
fn hide_stderr() -> io::Result<rustix::fd::OwnedFd> {
    let before = rustix::io::dup(io::stderr())?;
    rustix::stdio::dup2_stderr(OpenOptions::new().write(true).open("/dev/null")?)?;
    Ok(before)
}
