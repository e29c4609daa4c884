//! Identifies the caller: the address of the connection, or the address that a trusted proxy reports.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{FORWARDED, HeaderMap, HeaderName};
use ipnet::IpNet;

/// Introduced by Squid and used by nearly every proxy, but not part of any standard.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns whether an address is in one of the networks.
pub(super) fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// Returns the caller of a request. If the peer is a trusted proxy, its headers are read from the end, where the
/// proxy writes, up to the first address that is not a trusted proxy. The caller can forge everything before
/// that.
///
/// A proxy writes one of the two headers and may pass on the other one as the caller sent it. When they disagree,
/// neither can be trusted and the proxy counts as the caller.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let x_forwarded_for = headers.contains_key(X_FORWARDED_FOR).then(|| {
        let hops = entries(headers, &X_FORWARDED_FOR).map(|entry| address(entry.trim()));
        walk(peer, hops, trusted)
    });
    let forwarded = headers.contains_key(FORWARDED).then(|| {
        let hops = entries(headers, &FORWARDED).map(|entry| forwarded_for(entry).and_then(address));
        walk(peer, hops, trusted)
    });
    match (x_forwarded_for, forwarded) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    }
}

/// Returns the entries of a list header, last first.
fn entries<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
    let values: Vec<_> = headers.get_all(name).iter().collect();
    // A value that is not text becomes an entry without an address.
    values.into_iter().rev().flat_map(|value| value.to_str().unwrap_or_default().rsplit(','))
}

fn walk(peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer;
    for hop in hops {
        if !is_in(trusted, client) {
            break;
        }
        let Some(hop) = hop else { break };
        client = hop;
    }
    client
}

/// Returns the `for` parameter of one element of `Forwarded` (RFC 7239 §4):
/// `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| value.trim_matches('"'))
    })
}

/// Parses an address, with or without port and brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port).map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn who(peer: &str, headers: &[(&str, &str)]) -> String {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8:9::/48"].map(|network| network.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        client(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(who("192.0.2.1", &[("x-forwarded-for", "203.0.113.7")]), "192.0.2.1");
        assert_eq!(who("127.0.0.1", &[("x-forwarded-for", "203.0.113.7")]), "203.0.113.7");
        assert_eq!(who("::ffff:127.0.0.1", &[("x-forwarded-for", "203.0.113.7")]), "203.0.113.7");
        assert_eq!(who("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn the_last_address_that_is_no_proxy_is_the_caller() {
        for (value, client) in [
            ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
            ("198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
            ("203.0.113.7:4711", "203.0.113.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("10.0.0.1", "10.0.0.1"),
            ("203.0.113.7, unknown", "127.0.0.1"),
            ("203.0.113.7, unknown, 10.0.0.1", "10.0.0.1"),
            ("", "127.0.0.1"),
        ] {
            assert_eq!(who("127.0.0.1", &[("x-forwarded-for", value)]), client, "{value}");
        }
        let lines = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.7")];
        assert_eq!(who("127.0.0.1", &lines), "203.0.113.7", "several lines are one list");
    }

    #[test]
    fn the_standard_header_says_the_same() {
        for (value, client) in [
            ("for=203.0.113.7", "203.0.113.7"),
            ("For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1", "2001:db8::7"),
            ("for=198.51.100.1, for=203.0.113.7, for=10.9.9.9", "203.0.113.7"),
            ("proto=https", "127.0.0.1"),
            ("for=_hidden", "127.0.0.1"),
        ] {
            assert_eq!(who("127.0.0.1", &[("forwarded", value)]), client, "{value}");
        }
    }

    #[test]
    fn headers_that_disagree_name_nobody() {
        let both = |one, other| who("127.0.0.1", &[("x-forwarded-for", one), ("forwarded", other)]);
        assert_eq!(both("203.0.113.7", "for=203.0.113.7"), "203.0.113.7");
        assert_eq!(both("203.0.113.7", "for=198.51.100.1"), "127.0.0.1");
    }
}
