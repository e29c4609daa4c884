//! Download settings from the config.

use crate::config::Config;
use crate::download::{self, DownloadSettings};

/// Returns the settings to start downloads with.
pub(super) fn download_settings(config: &Config) -> DownloadSettings {
    DownloadSettings {
        media_url: config.media_url.value.clone(),
        concurrency: config.download_concurrency.value,
        max_bytes: config.download_max_bytes.value,
        bandwidth: config.download_bandwidth.value,
        template: config.download_path.value.clone(),
        backoff: download::BACKOFF,
    }
}
