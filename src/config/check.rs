//! Text → value, for each setting that has rules; `None` when it breaks them. The table of settings states the
//! rules.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeBounds;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use ipnet::IpNet;
use url::Url;

use crate::forward::target;
use crate::language::Language;
use crate::media::picture::drawing::{Images, Protocol};
use crate::record::policy::Policy;
use crate::weibo::Kind;

/// Units of a size in bytes, the largest first. Decimal, as disks are sold.
pub(super) const UNITS: [(&str, u64); 4] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)];

named! {
    /// Says what happens to the listener when the terminal of its dashboard is gone.
    pub enum OnHangup {
        /// It continues in the background.
        Detach "detach",
        /// It stops.
        Stop "stop",
    }
}

pub(super) fn listen(text: &str) -> Option<SocketAddr> {
    let on = |ip: Ipv4Addr, port: &str| Some(SocketAddr::from((ip, port.parse::<u16>().ok()?)));
    match text.rsplit_once(':')? {
        ("", port) => on(Ipv4Addr::UNSPECIFIED, port),
        // Not resolved: a name that points elsewhere must not open the listener.
        ("localhost", port) => on(Ipv4Addr::LOCALHOST, port),
        _ => text.parse().ok(),
    }
}

/// Parses an address as [`listen`] does, except that a port alone means the loopback address.
pub fn local_address(text: &str) -> Option<SocketAddr> {
    let is_port_alone = text.starts_with(':');
    listen(text).map(|address| if is_port_alone { (Ipv4Addr::LOCALHOST, address.port()).into() } else { address })
}

pub(super) fn minutes(text: &str) -> Option<Duration> {
    within(text, 1..=1440).map(Duration::from_mins)
}

pub(super) fn path(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#'));
    (text.starts_with('/') && is_plain).then(|| text.to_owned())
}

/// Parses a URL of HTTP without a query, which requests set. A user or a token would be a secret in plain sight.
pub(super) fn plain_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| target::is_address(url) && url.query().is_none())
}

/// Parses the URL of a NATS server, which must be encrypted unless it is on this machine.
pub(super) fn nats_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    let is_safe = url.scheme() == "tls" || url.scheme() == "nats" && is_on_this_machine(&url);
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    (is_safe && is_plain).then_some(url)
}

/// Returns whether a URL leads to this machine.
pub(super) fn is_on_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Accepts a name that can be part of a NATS subject.
pub(super) fn nats_name(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (is_plain && (1..=32).contains(&text.len())).then(|| text.to_owned())
}

/// Parses a network, or a single address as a network.
pub(super) fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Parses a maximum age in seconds; the inner `None` means no limit. More than a day is most likely a mistake of the
/// unit.
#[expect(clippy::option_option, reason = "the outer one says whether it is a value, as in all checks here")]
pub(super) fn max_age(text: &str) -> Option<Option<Duration>> {
    let seconds = within(text, 0..=86_400)?;
    Some((seconds > 0).then(|| Duration::from_secs(seconds)))
}

pub(super) fn language(text: &str, of_locale: Language) -> Option<Language> {
    if text == "auto" { Some(of_locale) } else { Language::from_name(text) }
}

pub(super) fn images(text: &str) -> Option<Images> {
    let all = Protocol::ALL.into_iter().map(Images::By).chain([Images::Auto, Images::Off]);
    all.into_iter().find(|images| images.name() == text)
}

pub(super) fn player(text: &str) -> Option<String> {
    let words = text.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

/// Returns the kind with this name if its messages can have a file.
pub(super) fn kind_with_file(text: &str) -> Option<Kind> {
    Policy::KINDS.into_iter().find(|kind| kind.name() == text)
}

/// Parses a whole number of a unit, above 0.
pub(super) fn size(text: &str) -> Option<u64> {
    let (digits, unit) = UNITS.into_iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    digits.parse::<u64>().ok().filter(|count| *count > 0)?.checked_mul(unit)
}

/// Parses an age in days or hours, at least one, such as `90d` and `36h`. Returns `None` for anything else.
pub fn age(text: &str) -> Option<TimeDelta> {
    let hours = match text.strip_suffix('d') {
        Some(days) => days.parse::<u32>().ok().map(|days| i64::from(days) * 24),
        None => text.strip_suffix('h')?.parse::<u32>().ok().map(i64::from),
    };
    hours.filter(|hours| *hours > 0).and_then(TimeDelta::try_hours)
}

/// Parses a number of this range.
pub(super) fn within<T: FromStr + PartialOrd>(text: &str, range: impl RangeBounds<T>) -> Option<T> {
    text.parse().ok().filter(|number| range.contains(number))
}
