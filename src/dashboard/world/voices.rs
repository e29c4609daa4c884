//! What is known of voices: their summaries, and which one is being decoded. The sound itself never comes here.

use std::collections::VecDeque;

use crate::media::voice::VoiceSummary;
use crate::reason::Reason;
use crate::record::Record;
use crate::record::media::Stage;
use crate::weibo::Kind;

/// The latest summaries are kept, this many of them. Each takes about 2 KB.
const KEPT: usize = 256;

/// Summaries of voices, by file name.
#[derive(Debug, Clone, Default)]
pub struct KnownVoices {
    /// The latest last.
    known: VecDeque<(String, Result<VoiceSummary, Reason>)>,
    decoding: Option<String>,
}

impl KnownVoices {
    /// What is known of the voice in a file, or why it cannot be decoded; `None` while nobody looked.
    pub fn summary(&self, file: &str) -> Option<&Result<VoiceSummary, Reason>> {
        self.known.iter().rev().find(|(known, _)| known == file).map(|(_, summary)| summary)
    }

    /// The same of the voice of a message.
    pub fn of(&self, record: &Record) -> Option<&Result<VoiceSummary, Reason>> {
        self.summary(saved_voice(record)?)
    }

    /// Takes what a decoder found out.
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

    /// The file to decode now: the selected voice, which waits for no other, and after it those on the screen, one at a time.
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

/// The file of a voice that is saved.
pub fn saved_voice(record: &Record) -> Option<&str> {
    match &record.medium {
        Some(Stage::Done { file, .. }) if record.message.kind() == Kind::Voice => Some(file),
        Some(Stage::Done { .. } | Stage::Queued { .. } | Stage::Failed { .. }) | None => None,
    }
}
