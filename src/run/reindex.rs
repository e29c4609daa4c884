//! `weibox reindex`: rebuilds the search index and all counts from the messages, also while another weibox
//! listens for the archive.

use std::process::ExitCode;

use crate::archive::reindex;
use crate::config::Config;
use crate::language::commands as words;

use super::report::bar;
use super::say;

pub(super) fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let bar = bar(Some(0), words::BAR_OF_MESSAGES.of(config.language.value));
    let n_messages = reindex(&config.data_dir.value, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    say(&words::REINDEXED.with(config.language.value, &[&n_messages]))?;
    Ok(ExitCode::SUCCESS)
}
