//! `weibox alert test`: sends a test alert and prints the answers. Also creates the sender of alerts for all
//! commands.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use crate::config::{self, Config};
use crate::language::alerts;
use crate::notify::alert::{Alert, Way};
use crate::notify::delivery::AlertSender;
use crate::notify::notice::{Notice, Occasion};
use crate::reason::Reason;
use crate::terminal::{self, RingForm};
use crate::text;

use super::clock;

/// Creates the sender of alerts that the settings describe.
pub(super) fn sender(config: &Config) -> Result<AlertSender, Reason> {
    AlertSender::new(config.language.value, config::secret_variables(), clock::now)
}

/// Notifies through this terminal, if stdout is one, and says in which form.
fn ring(config: &Config, alert: &Alert) -> anyhow::Result<String> {
    let (language, surroundings) = (config.language.value, &config.surroundings);
    if !io::stdout().is_terminal() {
        return Ok(alerts::NOT_RUNG.of(language).to_owned());
    }
    // The terminal is not asked for its name, because nothing here reads its answer.
    let form = RingForm::of(None, &surroundings.term, &surroundings.term_program);
    let notice = Notice { id: String::new(), alert: alert.name.clone(), occasion: Occasion::Test };
    let said = (notice.title(), notice.words(alert.show, language));
    terminal::ring(&mut io::stdout(), form, (&said.0, &said.1), surroundings.multiplexer)?;
    Ok(alerts::RUNG_HERE.with(language, &[&form.name()]))
}

/// Sends a test of the alert by each of its ways; 1 when one of them failed.
pub(super) async fn test(config: &Config, name: &str) -> anyhow::Result<ExitCode> {
    let alert = config.alert(name)?;
    let (language, sender) = (config.language.value, sender(config)?);
    let mut is_well = true;
    for way in &alert.by {
        let said = match sender.test(alert, way).await {
            _ if matches!(way, Way::Terminal) => ring(config, alert)?,
            Ok(said) if said.is_empty() => alerts::TAKEN.of(language).to_owned(),
            Ok(said) => alerts::TAKEN_SAYING.with(language, &[&said]),
            Err(reason) => {
                is_well = false;
                reason.of(language)
            }
        };
        let line = alerts::CAME_BACK.with(language, &[&alert.name, &way.name(), &said]);
        writeln!(io::stdout().lock(), "{}", text::line(&line))?;
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
