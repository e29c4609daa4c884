//! `weibox doctor`: reports what is wrong with this machine and these settings, as text for pasting.
//!
//! It changes nothing and calls no server unless asked: `--token` calls the media server, `--public` calls the URL
//! that Weibo would call. The servers of a cluster are asked if the settings name some. Unusable settings are a
//! finding too; the checks that need them are then left out.

use std::io;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use crate::cli::Doctor;
use crate::config::{Config, Environment, Options};
use crate::controls::looks::Glyphs;
use crate::language::doctor as words;

pub(super) use network::token;
pub(super) use public::{handshake, shown};
use report::Report;

mod cluster;
mod disk;
mod machine;
mod network;
mod port;
mod public;
mod report;
mod settings;

/// The time that a server's clock showed.
pub(super) struct ServerTime {
    /// Time of reading it, by this machine's clock.
    at: DateTime<Utc>,
    date: DateTime<Utc>,
    /// Name of the server.
    by: String,
}

/// Runs every check and prints the report; the exit code is 1 if something is wrong.
pub(super) async fn run(options: &Options, environment: &Environment, asked: &Doctor) -> anyhow::Result<ExitCode> {
    let surroundings = environment.surroundings();
    let config = Config::load(options, environment);
    let looks = |config: &Config| (config.language.value, config.glyphs.value);
    let (language, glyphs) = config.as_ref().map_or((surroundings.language, Glyphs::Unicode), looks);
    let mut report = Report::new(io::stdout(), language, glyphs, environment.home());
    report.section(words::VERSIONS, &machine::versions(language))?;
    let found = match &config {
        Ok(config) => settings::findings(config, language),
        Err(error) => vec![settings::unusable(error, language)],
    };
    report.section(words::SETTINGS, &found)?;
    report.section(
        words::TERMINAL,
        &machine::terminal(environment.term(), &surroundings, config.as_ref().ok(), language).await,
    )?;
    if let Ok(config) = &config {
        report.section(words::DISK, &disk::findings(config, asked.deep, language))?;
        let (mut told, tokens) = network::tokens(config, asked.token, language).await;
        let public = public::findings(config, asked.public.as_ref(), language, &mut told).await;
        let has_asked = asked.token || asked.public.is_some();
        let mut network = vec![network::port(config, language)];
        network.extend(tokens);
        network.push(network::clock(told.as_ref(), has_asked, language));
        report.section(words::NETWORK, &network)?;
        report.section(words::PUBLIC, &public)?;
        let cluster = cluster::findings(config, language).await;
        if !cluster.is_empty() {
            report.section(words::CLUSTER, &cluster)?;
        }
    }
    Ok(if report.end()? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
