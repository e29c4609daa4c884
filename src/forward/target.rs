//! The definition of a target, which is one of the user's bots.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use secrecy::SecretString;
use url::{Host, Url};

use crate::query::Query;
use crate::record::target::{TargetMode, TargetStatus};

/// Default timeout of a call.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// Default for the maximum number of concurrent calls to a target.
pub const CONCURRENCY: usize = 64;

/// One of the user's bots.
#[derive(Debug, Clone)]
pub struct Target {
    /// The user's name for it, which its bookmark is named after.
    pub name: String,
    /// Its URL: http or https, without user, password and fragment.
    pub url: Url,
    /// The query that selects its messages.
    pub query: Query,
    /// Its purpose.
    pub mode: TargetMode,
    /// Name of the target that its answers are compared with.
    pub compare: Option<String>,
    /// Timeout of a call.
    pub timeout: Duration,
    /// The maximum number of concurrent calls.
    pub concurrency: usize,
    /// Secret that signs its calls; `None` for the app secret of the account.
    pub secret: Option<SecretString>,
    /// Headers that are added to each call. Their values are marked sensitive, so that they are never
    /// printed.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Account whose messages it gets; `None` for all.
    pub account: Option<String>,
    /// Whether the messages of claimed senders wait.
    pub respects_claims: bool,
}

impl Target {
    /// Creates a target with a name and a URL, and defaults for the rest.
    pub fn new(name: &str, url: Url) -> Self {
        Self {
            name: name.to_owned(),
            url,
            query: Query::default(),
            mode: TargetMode::Answer,
            compare: None,
            timeout: TIMEOUT,
            concurrency: CONCURRENCY,
            secret: None,
            headers: Vec::new(),
            account: None,
            respects_claims: false,
        }
    }

    /// Returns the name of its bookmark, which no follower of `serve` can have.
    pub fn bookmark(&self) -> String {
        bookmark_of(&self.name)
    }

    /// Returns its status before anything was sent.
    pub fn status(&self) -> TargetStatus {
        TargetStatus {
            name: self.name.clone(),
            place: self.place(),
            mode: self.mode,
            compare: self.compare.clone(),
            ..TargetStatus::default()
        }
    }

    /// Returns its URL for people and logs, without the query, which may hold a secret.
    pub fn place(&self) -> String {
        place(&self.url)
    }
}

/// Returns the name of a target's bookmark.
pub fn bookmark_of(target: &str) -> String {
    format!("forward:{target}")
}

/// Returns a URL without its query.
pub fn place(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

/// Returns what the user typed as a URL, without the parts that may be secret: user, password, query and
/// fragment.
pub fn printable(text: &str) -> String {
    if !text.contains('@') {
        return text.split(['?', '#']).next().unwrap_or_default().to_owned();
    }
    match Url::parse(text) {
        Ok(mut url) if url.has_host() => {
            url.set_fragment(None);
            // These cannot fail for a URL with a host.
            let _removed = [url.set_username(""), url.set_password(None)];
            place(&url)
        }
        // It is unclear where a password ends.
        Ok(_) | Err(_) => "…".to_owned(),
    }
}

/// Whether a URL is valid for a target: http or https, without user and password, which would be printed, and
/// without fragment, which would not be sent.
pub fn is_address(url: &Url) -> bool {
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    is_web && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// Whether messages may be sent to a URL unencrypted: to this machine, to a private address, or to a name
/// that only a private network resolves.
pub fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_private_ip(ip.into()),
        Some(Host::Ipv6(ip)) => is_private_ip(ip.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let ends = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];
            !name.contains('.') || ends.iter().any(|end| name.ends_with(end))
        }
        None => false,
    }
}

/// Whether a URL leads to a listening socket of this machine.
pub fn is_at(url: &Url, socket: SocketAddr) -> bool {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::from(ip),
        Some(Host::Ipv6(ip)) => ip.into(),
        Some(Host::Domain(name)) if name.trim_end_matches('.') == "localhost" => Ipv4Addr::LOCALHOST.into(),
        Some(Host::Domain(_)) | None => return false,
    };
    let (ip, listening) = (ip.to_canonical(), socket.ip().to_canonical());
    // A socket that listens on all addresses is reached at more of them than are known here.
    let is_there = ip == listening || listening.is_unspecified() && ip.is_loopback();
    is_there && url.port_or_known_default() == Some(socket.port())
}

fn is_private_ip(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_at_home_may_go_unencrypted() {
        for (url, is_home) in [
            ("http://127.0.0.1:5000/", true),
            ("http://localhost/", true),
            ("http://10.1.2.3/", true),
            ("http://192.168.1.4/", true),
            ("http://172.31.0.1/", true),
            ("http://[::1]/", true),
            ("http://[fd00::1]/", true),
            ("http://[::ffff:10.0.0.1]/", true),
            ("http://bot:5000/", true),
            ("http://bot.internal/", true),
            ("http://8.8.8.8/", false),
            ("http://172.32.0.1/", false),
            ("http://bot.example.org/", false),
            ("http://[2001:db8::1]/", false),
        ] {
            assert_eq!(is_private(&Url::parse(url).unwrap()), is_home, "{url}");
        }
    }

    #[test]
    fn weibox_is_known_by_its_own_address() {
        for (url, socket, is_so) in [
            ("http://127.0.0.1:8080/weibo", "127.0.0.1:8080", true),
            ("http://localhost:8080/", "127.0.0.1:8080", true),
            ("http://localhost:8080/", "0.0.0.0:8080", true),
            ("http://[::1]:8080/", "[::]:8080", true),
            ("http://[::ffff:127.0.0.1]:8080/", "127.0.0.1:8080", true),
            ("http://10.0.0.1/", "10.0.0.1:80", true),
            ("http://127.0.0.1:5000/weibo", "127.0.0.1:8080", false),
            ("http://10.0.0.2:8080/", "0.0.0.0:8080", false),
            ("http://bot:8080/", "0.0.0.0:8080", false),
        ] {
            assert_eq!(is_at(&Url::parse(url).unwrap(), socket.parse().unwrap()), is_so, "{url} {socket}");
        }
    }

    #[test]
    fn no_password_and_no_query_of_what_was_typed_is_printed() {
        for (typed, printed) in [
            ("http://u:hunter2@host/bot?token=hunter2#hunter2", "http://host/bot"),
            ("http://u:hun?ter2@host/", "…"),
            ("u:hunter2@host", "…"),
            ("http://host?token=hunter2", "http://host"),
            ("bit#hunter2", "bit"),
            ("missing.jsonl", "missing.jsonl"),
        ] {
            assert_eq!(printable(typed), printed, "{typed}");
        }
    }

    #[test]
    fn what_is_said_of_a_target_has_no_query() {
        let target = Target::new("bot", Url::parse("https://bot.example.org/weibo?token=swordfish").unwrap());
        assert_eq!(target.place(), "https://bot.example.org/weibo");
    }
}
