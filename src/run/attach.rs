//! `weibox attach`: shows the whole dashboard of the process that holds the archive, over its socket.

use std::process::ExitCode;

use crate::archive::{self, Lock, Readers};
use crate::attach::{self, Link, Remote};
use crate::config::{self, Config, Options};
use crate::dashboard::Standing;
use crate::language::attach as words;
use crate::reason::{Fault, attach as reasons, hints};
use crate::terminal::StopSignals;

use super::holder::Holder;
use super::orders::Orders;
use super::{dashboard, history, limits, say};

/// Shows what another process receives, until the user leaves.
pub(super) async fn run(config: &Config, options: &Options, is_read_only: bool) -> anyhow::Result<ExitCode> {
    if let Some(holder) = Lock::look(&config.data_dir.value)? {
        check(options, &holder)?;
    }
    let remote = Remote::attach(&config.data_dir.value, is_read_only).await?;
    show(config, remote, is_read_only).await
}

/// Refuses flags that only a listener takes, because the holder of the archive already listens.
fn check(options: &Options, holder: &str) -> Result<(), Fault> {
    let is_for_all = |flag| [config::DATA_DIR.flag, config::FILE.flag, config::USER.flag].contains(&Some(flag));
    match options.flags().find(|flag| !is_for_all(*flag)) {
        Some(flag) => {
            let reason = reasons::ONLY_FOR_LISTENER.with(flag).with(Lock::words(holder));
            Err(reason.hinted(hints::ATTACH_OR_STOP).of_usage(true))
        }
        None => Ok(()),
    }
}

/// Attaches instead of listening, after listening failed because another process holds the archive.
pub(super) async fn instead(config: &Config, options: &Options, failed: anyhow::Error) -> anyhow::Result<ExitCode> {
    let locked: archive::Error = failed.downcast()?;
    let archive::Error::Locked { holder, .. } = &locked else { return Err(locked.into()) };
    check(options, holder)?;
    match Remote::attach(&config.data_dir.value, false).await {
        Ok(remote) => show(config, remote, false).await,
        // The holder accepts no clients, so the first error stands: the archive is in use.
        Err(attach::Error::NobodyThere { .. } | attach::Error::NoSocket(_)) => Err(locked.into()),
        Err(error) => Err(error.into()),
    }
}

async fn show(config: &Config, remote: Remote, is_read_only: bool) -> anyhow::Result<ExitCode> {
    limits::step_back();
    let link = remote.link.clone();
    let mut welcome = remote.welcome.clone();
    let history = history::place(&config.data_dir.value);
    let readers = Readers::beside(&config.data_dir.value);
    let n_missed = history::read_screen(&history, &readers, remote.watches.committed.borrow().seq).n_missed;
    if welcome.notice.is_none() && n_missed == 0 {
        // A notice that is set already, and the count of missed messages, are more useful.
        welcome.notice = Some(reasons::ATTACHED.with(welcome.pid).with(&welcome.command));
    }
    let holder = Holder {
        readers,
        data_dir: config.data_dir.value.clone(),
        media_dir: archive::media_dir(&config.data_dir.value),
        watches: remote.watches.clone(),
        orders: Orders::There(remote.orders()),
        welcome,
        link: Some(remote.link),
        presence: Some(remote.presence),
    };
    let standing = Standing::Attached { is_read_only, is_gone: false };
    let mut signals = StopSignals::new()?;
    // On the heap, because the future is too large for the stacks of the callers.
    let (left, language) = Box::pin(dashboard::show(config, holder, standing, &mut signals)).await?;
    left.or_broken()?;
    let left = match &*link.borrow() {
        Link::Up(welcome) => words::BYE_ATTACHED.with(language, &[&welcome.pid, &welcome.command]),
        Link::Down(_) => words::BYE_ALONE.of(language).to_owned(),
    };
    say(&left)?;
    Ok(ExitCode::SUCCESS)
}
