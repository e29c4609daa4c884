//! How files are downloaded: the settings of the table `[download]`.

use super::layers::{Layers, Setting};
use super::{Error, check, file, names, retention};
use crate::record::policy::{Auto, Policy};
use crate::record::template::Template;
use crate::weibo::Kind;

/// The settings of the downloads.
#[derive(Debug)]
pub struct Download {
    /// What is downloaded without being asked for.
    pub auto: Setting<Auto>,
    /// The kinds of messages for which that holds; empty for every kind.
    pub types: Setting<Vec<Kind>>,
    /// Where files are put below the media directory.
    pub path: Setting<Template>,
    /// How many run at once.
    pub concurrency: Setting<usize>,
    /// The most bytes a second that all of them take together; `None` for no limit.
    pub bandwidth: Setting<Option<u64>>,
    /// The longest file that is kept, in bytes.
    pub max_bytes: Setting<u64>,
}

impl Download {
    pub(super) fn of(layers: &Layers<'_>, auto: Option<String>, file: file::Download) -> Result<Self, Error> {
        let kind = |text: &str| Policy::KINDS.into_iter().find(|kind| kind.name() == text);
        Ok(Self {
            auto: layers.value(names::DOWNLOAD_AUTO, auto, file.auto, Auto::from_name)?,
            types: layers.list(names::DOWNLOAD_TYPES, file.types, kind)?,
            path: template(layers, file.path)?,
            concurrency: layers.unflagged(names::DOWNLOAD_CONCURRENCY, file.concurrency, check::concurrency)?,
            bandwidth: layers.limit(names::DOWNLOAD_BANDWIDTH, file.bandwidth, retention::size)?,
            max_bytes: layers.unflagged(names::DOWNLOAD_MAX_BYTES, file.max_bytes, check::max_bytes)?,
        })
    }

    /// What is downloaded without being asked for.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy { auto: self.auto.value, kinds: self.types.value.clone() }
    }
}

/// The layout of files, which says itself what is wrong with it.
fn template(layers: &Layers<'_>, in_file: Option<String>) -> Result<Setting<Template>, Error> {
    let written = layers.unflagged(names::DOWNLOAD_PATH, in_file, |text| Some(text.to_owned()))?;
    let Setting { value: text, source } = written;
    match Template::parse(&text) {
        Ok(value) => Ok(Setting { value, source }),
        Err(wrong) => Err(Error::Template { name: names::DOWNLOAD_PATH, text, place: source, wrong }),
    }
}
