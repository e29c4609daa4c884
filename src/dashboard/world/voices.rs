//! Summaries of voices, and the voice that is being decoded. The sound is not kept.

use std::collections::VecDeque;

use crate::media::voice::VoiceSummary;
use crate::reason::Reason;
use crate::record::Record;
use crate::weibo::Kind;

/// The maximum number of summaries; the oldest are dropped. Each takes about 2 KB.
const KEPT: usize = 256;

/// Summaries of voices, by file name.
#[derive(Debug, Clone, Default)]
pub struct KnownVoices {
    /// The summaries, the latest last.
    known: VecDeque<(String, Result<VoiceSummary, Reason>)>,
    decoding: Option<String>,
}

impl KnownVoices {
    /// Returns the summary of the voice in a file, or the reason why it cannot be decoded. `None` until it is known.
    pub fn summary(&self, file: &str) -> Option<&Result<VoiceSummary, Reason>> {
        self.known.iter().rev().find(|(known, _)| known == file).map(|(_, summary)| summary)
    }

    /// Returns the summary of the voice of a message.
    pub fn of(&self, record: &Record) -> Option<&Result<VoiceSummary, Reason>> {
        self.summary(saved_voice(record)?)
    }

    /// Records the result of a decoder.
    pub(in crate::dashboard) fn learn(&mut self, file: String, summary: Result<VoiceSummary, Reason>) {
        if self.decoding.as_ref() == Some(&file) {
            self.decoding = None;
        }
        self.known.retain(|(known, _)| *known != file);
        self.known.push_back((file, summary));
        if self.known.len() > KEPT {
            self.known.pop_front();
        }
    }

    /// Returns the file to decode now: the selected voice first, then those on the screen, one at a time.
    pub(in crate::dashboard) fn decode_next<'a>(
        &mut self,
        selected: Option<&'a Record>,
        visible: impl IntoIterator<Item = &'a Record>,
    ) -> Option<String> {
        let is_new = |file: &&str| self.summary(file).is_none();
        let selected = selected.and_then(saved_voice).filter(is_new);
        let file = match (&self.decoding, selected) {
            (Some(decoding), Some(selected)) if decoding != selected => selected,
            (Some(_), _) => return None,
            (None, Some(selected)) => selected,
            (None, None) => visible.into_iter().filter_map(saved_voice).find(is_new)?,
        };
        self.decoding = Some(file.to_owned());
        self.decoding.clone()
    }
}

/// Returns the file of a voice that is saved.
pub fn saved_voice(record: &Record) -> Option<&str> {
    record.saved_file().filter(|_| record.message.kind() == Kind::Voice)
}
