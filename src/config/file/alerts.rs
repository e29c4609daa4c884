//! The alerts, `[[alert]]`, and the channels that they are sent to, `[[channel]]`.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use serde::Deserialize;
use url::Url;

use crate::config::layers::{Layers, check_name};
use crate::config::row::setting;
use crate::config::{Config, Setting, SettingRow};
use crate::forward::target;
use crate::notify::alert::{Alert, Channel, EVERY, Means, Way, WebHook};
use crate::notify::gather::RingPace;
use crate::notify::notice::Show;
use crate::notify::quiet::QuietHours;
use crate::notify::robot::{ROBOTS, RobotRow};
use crate::notify::template::{BodyTemplate, BodyTemplateError, FIELDS};
use crate::query::{self, Flag, Moment, Query, Term, Test};
use crate::reason::{Code, Fault, alerts, config, hints};

/// Kind of a channel that starts a program instead of calling a URL.
const PROGRAM: &str = "program";
/// Units of a pause, in seconds.
const UNITS: [(char, i64); 3] = [('h', 3_600), ('m', 60), ('s', 1)];

/// The address of a channel, as its file is read.
const ADDRESS: &SettingRow = &setting("url_file")
    .secret("address of the channel", "渠道的网址")
    .takes("the address alone, on one line", "单独一行的网址");
/// The secret of a channel, as its file is read.
const SECRET: &SettingRow = &setting("secret_file")
    .secret("secret of the channel", "渠道的密钥")
    .takes("the secret alone, on one line", "单独一行的密钥");

/// One `[[alert]]`, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAlert {
    name: String,
    query: Option<String>,
    #[serde(default)]
    trouble: bool,
    by: Vec<String>,
    quiet: Option<String>,
    every: Option<String>,
    show: Option<String>,
}

/// One `[[channel]]`, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChannel {
    name: String,
    kind: String,
    url: Option<String>,
    url_file: Option<PathBuf>,
    secret_file: Option<PathBuf>,
    template: Option<String>,
    program: Option<Vec<String>>,
    #[serde(default)]
    insecure_http: bool,
}

/// Codes for a bad name and a taken name, and the hint for both.
const NAME: [Code; 3] = [alerts::NO_NAME, alerts::TWICE, hints::NAME_OF_ITS_OWN];

impl Layers<'_> {
    pub(in crate::config) fn channels(
        &mut self,
        row: &'static SettingRow,
    ) -> Result<Setting<Vec<Arc<Channel>>>, Fault> {
        let read = |layers: &mut Self, raw: RawChannel, channels: &[Arc<Channel>]| {
            let others = channels.iter().map(|channel| channel.name.as_str()).chain(Way::BUILT_IN);
            check_name(&raw.name, others, NAME)?;
            layers.channel(raw).map(Arc::new)
        };
        self.named_tables(row, read, config::ALERT_UNUSABLE)
    }

    fn channel(&mut self, raw: RawChannel) -> Result<Channel, Fault> {
        let RawChannel { name, kind, url, url_file, secret_file, template, program, insecure_http } = raw;
        let robot = RobotRow::from_name(&kind);
        if robot.is_none() && kind != PROGRAM {
            let kinds = ROBOTS.iter().map(|robot| robot.name).chain([PROGRAM]).collect::<Vec<_>>().join(", ");
            return Err(alerts::NO_KIND.with(&kind).hinted(hints::THERE_ARE.with(kinds)));
        }
        // Each key, whether it is there, and whether the kind takes it.
        let keys = [
            ("program", program.is_some(), robot.is_none()),
            ("url", url.is_some(), robot.is_some()),
            ("url_file", url_file.is_some(), robot.is_some()),
            ("secret_file", secret_file.is_some(), robot.is_some_and(RobotRow::takes_secret)),
            ("template", template.is_some(), robot.is_some_and(RobotRow::is_webhook)),
        ];
        if let Some((key, ..)) = keys.into_iter().find(|(_, is_there, is_taken)| *is_there && !is_taken) {
            return Err(alerts::NOT_FOR_KIND.with(key).with(&kind).hinted(hints::CHANNEL_KEYS));
        }
        let Some(robot) = robot else {
            let argv = program.filter(|argv| argv.first().is_some_and(|program| !program.is_empty()));
            let argv = argv.ok_or_else(|| alerts::NO_PROGRAM.with(&name).hinted(hints::CHANNEL_PROGRAM))?;
            return Ok(Channel { name, means: Means::Program(argv) });
        };
        let url = self.address(&name, url, url_file, insecure_http)?;
        let secret = secret_file.map(|file| self.secret_file(SECRET, &file)).transpose()?;
        let template = template.map(|text| BodyTemplate::parse(&text)).transpose().map_err(|wrong| match wrong {
            BodyTemplateError::Json(words) => {
                alerts::NO_ALERT_TEMPLATE.with(&name).with(words).hinted(hints::CHANNEL_TEMPLATE)
            }
            BodyTemplateError::Field(field) => {
                let reason = alerts::NO_ALERT_FIELD.with(&name).with(format!("{{{field}}}"));
                reason.hinted(hints::THERE_ARE.with(FIELDS.join(", ")))
            }
        })?;
        Ok(Channel { name, means: Means::Web(WebHook { robot, url, secret, template }) })
    }

    /// Returns the address of a channel, which is in the config file or in a file of its own.
    fn address(
        &mut self,
        name: &str,
        url: Option<String>,
        url_file: Option<PathBuf>,
        insecure_http: bool,
    ) -> Result<Url, Fault> {
        use secrecy::ExposeSecret as _;
        self.is_private |= url.is_some();
        let text = match (url, url_file) {
            (Some(url), None) => url,
            (None, Some(file)) => self.secret_file(ADDRESS, &file)?.expose_secret().to_owned(),
            (None, None) => return Err(alerts::NO_ADDRESS.with(name).hinted(hints::CHANNEL_URL)),
            (Some(_), Some(_)) => return Err(alerts::TWO_ADDRESSES.with(name).hinted(hints::CHANNEL_URL)),
        };
        // The address may be a secret, so no error repeats it.
        let url = Url::parse(&text).ok().filter(target::is_address);
        let url = url.ok_or_else(|| alerts::WRONG_ADDRESS.with(name).hinted(hints::CHANNEL_URL))?;
        if url.scheme() != "https" && !target::is_private(&url) && !insecure_http {
            return Err(alerts::UNENCRYPTED.with(name).hinted(hints::TARGET_HTTPS));
        }
        Ok(url)
    }

    pub(in crate::config) fn alerts(
        &mut self,
        row: &'static SettingRow,
        channels: &[Arc<Channel>],
    ) -> Result<Setting<Vec<Alert>>, Fault> {
        let read = |_: &mut Self, raw: RawAlert, alerts: &[Alert]| {
            check_name(&raw.name, alerts.iter().map(|alert| alert.name.as_str()), NAME)?;
            alert(raw, channels)
        };
        self.named_tables(row, read, config::ALERT_UNUSABLE)
    }
}

fn alert(raw: RawAlert, channels: &[Arc<Channel>]) -> Result<Alert, Fault> {
    let RawAlert { name, query, trouble, by, quiet, every, show } = raw;
    let query = query.as_deref().map(query::parse).transpose();
    let query = query.map_err(|unclear| unclear.reason.hinted(unclear.hint))?;
    if query.is_none() && !trouble {
        return Err(alerts::NOTHING_TO_TELL.with(name).hinted(hints::ALERT_QUERY));
    }
    if let Some(test) = query.as_ref().and_then(|query| passing(query, quiet.is_some())) {
        return Err(alerts::PASSES.with(name).with(test).hinted(hints::ALERT_ARRIVES));
    }
    if by.is_empty() {
        return Err(alerts::NOWHERE.with(name).hinted(hints::ALERT_BY));
    }
    let by = by.iter().map(|by| way(by, channels)).collect::<Result<_, _>>()?;
    let quiet = quiet
        .map(|text| QuietHours::parse(&text).ok_or_else(|| alerts::NO_QUIET.with(text).hinted(hints::ALERT_QUIET)));
    let every = every.map(|text| pause(&text).ok_or_else(|| alerts::NO_EVERY.with(text).hinted(hints::ALERT_EVERY)));
    let show = show.map(|text| {
        let show = Show::from_name(&text);
        show.ok_or_else(|| alerts::NO_SHOW.with(text).hinted(hints::ALERT_SHOW))
    });
    let pace = RingPace { quiet: quiet.transpose()?, every: every.transpose()?.unwrap_or(EVERY) };
    Ok(Alert { name, query, has_trouble: trouble, by, pace, show: show.transpose()?.unwrap_or_default() })
}

/// Returns the term of a query that becomes true without a message, so that nothing would ring for it: no message
/// waits, is marked or is old as it arrives. With quiet hours, an alert rings for earlier messages as well.
fn passing(query: &Query, has_quiet: bool) -> Option<String> {
    let is_passing = |Term { is_not, test }: &&Term| {
        let is_later = if *is_not {
            matches!(test, Test::Is(Flag::Unread) | Test::Since(Moment::Ago(_) | Moment::Of(_)))
        } else {
            let is_marked = matches!(test, Test::Is(Flag::Read | Flag::Starred | Flag::Answered | Flag::Unsent));
            is_marked || matches!(test, Test::Until(Moment::Ago(_) | Moment::Of(_)))
        };
        (is_later && !has_quiet) || matches!(test, Test::Due(_) | Test::Waiting(_) | Test::State(_))
    };
    let term = query.terms.iter().find(is_passing)?.clone();
    Some(Query { terms: vec![term] }.to_string())
}

fn way(by: &str, channels: &[Arc<Channel>]) -> Result<Way, Fault> {
    match by {
        "terminal" => Ok(Way::Terminal),
        "desktop" => Ok(Way::Desktop),
        _ => channels.iter().find(|channel| channel.name == by).cloned().map(Way::Channel).ok_or_else(|| {
            let known = Way::BUILT_IN.into_iter().chain(channels.iter().map(|channel| channel.name.as_str()));
            alerts::NO_CHANNEL.with(by).hinted(hints::THERE_ARE.with(known.collect::<Vec<_>>().join(", ")))
        }),
    }
}

fn pause(text: &str) -> Option<TimeDelta> {
    let (digits, unit) = UNITS.into_iter().find_map(|(letter, unit)| Some((text.strip_suffix(letter)?, unit)))?;
    let seconds = digits.parse::<u32>().ok().map(|n| i64::from(n) * unit)?;
    (1..=86_400).contains(&seconds).then(|| TimeDelta::seconds(seconds))
}

impl Config {
    /// Applies the settings for queries to the alerts, and checks that the accounts in their queries exist.
    pub(in crate::config) fn check_alerts(&mut self) -> Result<(), Fault> {
        let understanding = self.understanding();
        for query in self.alerts.value.iter_mut().filter_map(|alert| alert.query.as_mut()) {
            *query = std::mem::take(query).understood(understanding);
        }
        self.alerts.value.iter().filter_map(|alert| alert.query.as_ref()).try_for_each(|query| self.check_query(query))
    }

    /// Returns the alert with this name.
    ///
    /// # Errors
    ///
    /// A reason, and a hint with the names of all alerts.
    pub fn alert(&self, name: &str) -> Result<&Alert, Fault> {
        self.alerts.value.iter().find(|alert| alert.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.alerts.value.iter().map(|alert| alert.name.as_str()).collect();
            let hint =
                if known.is_empty() { hints::ALERT_TABLE.into() } else { hints::THERE_ARE.with(known.join(", ")) };
            alerts::NO_ALERT.with(name).hinted(hint)
        })
    }
}
