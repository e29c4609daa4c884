//! Text → value, for each setting that has rules; `None` when it breaks them. What they are stands in the table.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use ipnet::IpNet;
use url::Url;

use crate::controls::looks::{Glyphs, Theme};
use crate::language::Language;
use crate::media::picture::drawing::{Images, Protocol};
use crate::record::policy::Policy;
use crate::weibo::Kind;

/// Below, Weibo's own messages would not fit; above, the connections together could fill the memory.
const BODY_LIMITS: RangeInclusive<usize> = 1024..=16 << 20;
/// Weibo's limits on calls make more pointless.
const CONCURRENCIES: RangeInclusive<usize> = 1..=64;

/// The units of a size, the largest first, in bytes. Decimal, as disks are sold.
pub(super) const UNITS: [(&str, u64); 4] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)];

/// Longer than a day is no window, but a mistake of the unit.
const MAX_AGES: RangeInclusive<u64> = 0..=86_400;

/// What becomes of the listener when the terminal of its dashboard has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnHangup {
    /// It goes on in the background.
    Detach,
    /// It stops.
    Stop,
}

impl OnHangup {
    /// What the config calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detach => "detach",
            Self::Stop => "stop",
        }
    }

    /// What a name means.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Detach, Self::Stop].into_iter().find(|on_hangup| on_hangup.name() == name)
    }
}

pub(super) fn listen(text: &str) -> Option<SocketAddr> {
    let on = |ip: Ipv4Addr, port: &str| Some(SocketAddr::from((ip, port.parse::<u16>().ok()?)));
    match text.rsplit_once(':')? {
        ("", port) => on(Ipv4Addr::UNSPECIFIED, port),
        // Not looked up: a name that leads elsewhere must not open the listener.
        ("localhost", port) => on(Ipv4Addr::LOCALHOST, port),
        _ => text.parse().ok(),
    }
}

/// As [`listen`], but nobody beyond this machine is let in unless that is said.
pub fn local_address(text: &str) -> Option<SocketAddr> {
    let is_port_alone = text.starts_with(':');
    listen(text).map(|address| if is_port_alone { (Ipv4Addr::LOCALHOST, address.port()).into() } else { address })
}

pub(super) fn minutes(text: &str) -> Option<Duration> {
    text.parse().ok().filter(|minutes| (1..=1440).contains(minutes)).map(Duration::from_mins)
}

pub(super) fn path(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#'));
    (text.starts_with('/') && is_plain).then(|| text.to_owned())
}

pub(super) fn plain_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    // What is asked becomes the query; a user or a token here would be a secret in plain sight.
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    (is_web && is_plain).then_some(url)
}

/// Where a server of a cluster is. Unencrypted only on this machine.
pub(super) fn nats_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let is_private = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
    let is_encrypted = match url.scheme() {
        "tls" => true,
        "nats" => is_private,
        _ => return None,
    };
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    (is_encrypted && is_plain).then_some(url)
}

/// A name that can be a part of a subject.
pub(super) fn nats_name(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (is_plain && (1..=32).contains(&text.len())).then(|| text.to_owned())
}

/// A network, or an address that is one by itself.
pub(super) fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// `None` inside for no limit.
#[expect(clippy::option_option, reason = "the outer one says whether it is a value, as in all checks here")]
pub(super) fn max_age(text: &str) -> Option<Option<Duration>> {
    let seconds = within(text, &MAX_AGES)?;
    Some((seconds > 0).then(|| Duration::from_secs(seconds)))
}

pub(super) fn body_limit(text: &str) -> Option<usize> {
    within(text, &BODY_LIMITS)
}

pub(super) fn concurrency(text: &str) -> Option<usize> {
    within(text, &CONCURRENCIES)
}

pub(super) fn max_bytes(text: &str) -> Option<u64> {
    within(text, &(1..=u64::MAX))
}

pub(super) fn language(text: &str, of_locale: Language) -> Option<Language> {
    let named = || [Language::English, Language::Chinese].into_iter().find(|language| language.name() == text);
    if text == "auto" { Some(of_locale) } else { named() }
}

pub(super) fn theme(text: &str) -> Option<Theme> {
    [Theme::Terminal, Theme::Dark, Theme::Light, Theme::None].into_iter().find(|theme| theme.name() == text)
}

pub(super) fn glyphs(text: &str) -> Option<Glyphs> {
    [Glyphs::Unicode, Glyphs::Ascii].into_iter().find(|glyphs| glyphs.name() == text)
}

pub(super) fn images(text: &str) -> Option<Images> {
    let all = Protocol::ALL.into_iter().map(Images::By).chain([Images::Auto, Images::Off]);
    all.into_iter().find(|images| images.name() == text)
}

pub(super) fn player(text: &str) -> Option<String> {
    let words = text.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

/// A kind of message that can have a file.
pub(super) fn kind_with_file(text: &str) -> Option<Kind> {
    Policy::KINDS.into_iter().find(|kind| kind.name() == text)
}

/// A whole number of a unit, above 0.
pub(super) fn size(text: &str) -> Option<u64> {
    let (digits, unit) = UNITS.into_iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    digits.parse::<u64>().ok().filter(|count| *count > 0)?.checked_mul(unit)
}

/// An age: days or hours, from one, as in `90d` and `36h`. `None` for anything else.
pub fn age(text: &str) -> Option<TimeDelta> {
    let hours = match text.strip_suffix('d') {
        Some(days) => days.parse::<u32>().ok().map(|days| i64::from(days) * 24),
        None => text.strip_suffix('h')?.parse::<u32>().ok().map(i64::from),
    };
    hours.filter(|hours| *hours > 0).and_then(TimeDelta::try_hours)
}

fn within<T: FromStr + PartialOrd>(text: &str, range: &RangeInclusive<T>) -> Option<T> {
    text.parse().ok().filter(|number| range.contains(number))
}
