//! Signature of handshakes and pushes, which shows that a call comes from Weibo (protocol §1).
//!
//! The signature proves that the caller knows the app secret. It does not cover the body, and has no documented
//! expiry.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

use crate::reason::{Reason, calls};

use super::hex;

pub mod explain;

/// The parameters of a call's query string, decoded once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    /// 40 hex digits; upper case is accepted.
    pub signature: Option<String>,
    /// Kept as a string because its unit is not documented.
    pub timestamp: Option<String>,
    /// A random value.
    pub nonce: Option<String>,
    /// The string that a handshake expects back.
    pub echostr: Option<String>,
}

/// The reason why a call is not accepted as Weibo's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A parameter is missing or empty.
    Missing(&'static str),
    /// A parameter appears twice, so two readers could read different values (trap T13).
    Duplicate(&'static str),
    /// The signature does not match the app secret.
    Mismatch(Compared),
    /// The timestamp is not in milliseconds, or differs from the current time by more than this number of seconds.
    Stale(u64),
}

impl Refusal {
    /// Returns the reason for the caller, without anything private.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Missing(name) => calls::PARAMETER_MISSING.with(*name),
            Self::Duplicate(name) => calls::PARAMETER_TWICE.with(*name),
            Self::Mismatch(_) => calls::WRONG_SIGNATURE.into(),
            Self::Stale(seconds) => calls::STALE_SIGNATURE.with(*seconds),
        }
    }

    /// Returns the reason with the compared values, for the request log.
    pub fn reason_in_full(&self) -> Reason {
        let Self::Mismatch(Compared { timestamp, nonce, wanted, got }) = self else { return self.reason() };
        let has_space = timestamp.contains(' ') || nonce.contains(' ');
        let code = if has_space { calls::WRONG_SIGNATURE_OF_SPACES } else { calls::WRONG_SIGNATURE_OF };
        code.with(timestamp).with(nonce).with(wanted).with(got)
    }
}

impl Parameters {
    /// Parses a query string: percent-decoded once, `+` as a space, other parameters ignored.
    ///
    /// # Errors
    ///
    /// [`Refusal::Duplicate`] when one of the four parameters appears twice.
    pub fn from_query(query: &str) -> Result<Self, Refusal> {
        let mut parameters = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let (name, place) = match name.as_ref() {
                "signature" => ("signature", &mut parameters.signature),
                "timestamp" => ("timestamp", &mut parameters.timestamp),
                "nonce" => ("nonce", &mut parameters.nonce),
                "echostr" => ("echostr", &mut parameters.echostr),
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(Refusal::Duplicate(name));
            }
        }
        Ok(parameters)
    }

    /// Checks the signature in constant time.
    ///
    /// # Errors
    ///
    /// [`Refusal::Missing`] or [`Refusal::Mismatch`].
    pub fn verify(&self, app_secret: &str) -> Result<(), Refusal> {
        let signature = required(self.signature.as_ref(), "signature")?.to_ascii_lowercase();
        let timestamp = required(self.timestamp.as_ref(), "timestamp")?;
        let nonce = required(self.nonce.as_ref(), "nonce")?;
        let expected = sign(app_secret, timestamp, nonce);
        if bool::from(signature.as_bytes().ct_eq(expected.as_bytes())) {
            return Ok(());
        }
        let start = |text: &str, length| text.chars().take(length).collect::<String>();
        Err(Refusal::Mismatch(Compared {
            timestamp: start(timestamp, SHOWN),
            nonce: start(nonce, SHOWN),
            wanted: start(&expected, PREFIX),
            got: start(&signature, PREFIX),
        }))
    }

    /// Checks that the timestamp is at most `max_age` before or after `now`, because clocks differ. It counts as
    /// milliseconds, as all that are known from Weibo are. The signature covers the joined parameters, so that an old
    /// call with its nonce as the timestamp has the same signature, and many a nonce could be a time in seconds.
    ///
    /// Until then a call can be replayed with any body (§1.4), and a repeat may carry the old timestamp (trap T14).
    ///
    /// # Errors
    ///
    /// [`Refusal::Stale`].
    pub fn verify_age(&self, now: DateTime<Utc>, max_age: Duration) -> Result<(), Refusal> {
        let age = self.signed_at().map(|signed_at| now.timestamp_millis().unsigned_abs().abs_diff(signed_at));
        let is_fresh = age.is_some_and(|age| u128::from(age) <= max_age.as_millis());
        if is_fresh { Ok(()) } else { Err(Refusal::Stale(max_age.as_secs())) }
    }

    /// Returns the timestamp in milliseconds.
    fn signed_at(&self) -> Option<u64> {
        self.timestamp.as_deref()?.parse().ok()
    }
}

fn required<'a>(value: Option<&'a String>, name: &'static str) -> Result<&'a str, Refusal> {
    value.map(String::as_str).filter(|value| !value.is_empty()).ok_or(Refusal::Missing(name))
}

/// The maximum number of characters of a caller's parameter in the log.
const SHOWN: usize = 40;
/// Number of digits of a signature that are shown: enough to tell whether it is right, too few to use it.
const PREFIX: usize = 8;

/// The compared values without the secret: for the user's own log, never for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    timestamp: String,
    nonce: String,
    wanted: String,
    got: String,
}

/// Returns the signature of a call: the three strings sorted by bytes, joined, hashed with SHA-1, in lower-case hex
/// (§1.2).
pub fn sign(app_secret: &str, timestamp: &str, nonce: &str) -> String {
    let mut parts = [app_secret, timestamp, nonce];
    parts.sort_unstable();
    joined(parts)
}

/// Returns the SHA-1 of strings in this order, in lower-case hex.
fn joined(parts: [&str; 3]) -> String {
    hex(&parts.into_iter().fold(Sha1::new(), Sha1::chain_update).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weibo's published vector first, then those of protocol §1.2, each of which catches a typical bug.
    #[test]
    fn known_answers() {
        for (secret, timestamp, nonce, expected) in [
            ("xyz123xyz", "1397022061823", "57155157", "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"),
            (
                "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "1397022061823",
                "57155157",
                "00038ba5a9f51b7ae52333e33f56c5b2517afbdd",
            ),
            (
                "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "1639017506000",
                "1000000007",
                "5a7ff1e9a66444cf01cd6a22ab4884888e4c3651",
            ),
            ("9abcdef0123456789abcdef012345678", "1639017506000", "88", "dc343ae50fa2ddb56663f6ac1824c01a7854891d"),
            ("2abcdef0123456789abcdef012345678", "1639017506000", "9", "1d2f0c1d30a9c8f50aa483ce801271ed367407d1"),
            ("ABCdef", "1416794721093", "abc", "8ad8e8f03918a91199eb2448b501294a644450b4"),
        ] {
            assert_eq!(sign(secret, timestamp, nonce), expected, "{secret} {timestamp} {nonce}");
        }
    }

    fn verify(query: &str) -> Result<(), Refusal> {
        Parameters::from_query(query)?.verify("xyz123xyz")
    }

    #[test]
    fn only_the_right_signature_passes() {
        let right = "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1";
        let rest = "timestamp=1397022061823&nonce=57155157";
        assert_eq!(verify(&format!("{rest}&signature={right}")), Ok(()));
        assert_eq!(verify(&format!("r=weibo&signature={}&{rest}", right.to_uppercase())), Ok(()));
        // The unsorted concatenation, a prefix, one digit off, and an empty one.
        for wrong in
            ["5dc129ad17c52fa89cee391a93a82e995e22a3e0", "90e4c22c", "90e4c22c90a58f26526c2dd5b6c56c8822edeaa2"]
        {
            let refusal = verify(&format!("{rest}&signature={wrong}")).unwrap_err();
            assert_eq!(refusal.reason().to_string(), "the signature does not match the app secret", "{wrong}");
            let full = refusal.reason_in_full().to_string();
            assert!(full.contains("nonce `57155157`: wanted 90e4c22c…, got ") && !full.contains("xyz123"), "{full}");
        }
        assert_eq!(verify(&format!("{rest}&signature=")), Err(Refusal::Missing("signature")));
        assert_eq!(verify(&format!("signature={right}&nonce=57155157")), Err(Refusal::Missing("timestamp")));
        assert_eq!(verify(&format!("signature={right}&timestamp=1397022061823")), Err(Refusal::Missing("nonce")));
    }

    #[test]
    fn a_parameter_that_stands_there_twice_is_refused() {
        assert_eq!(verify("nonce=1&timestamp=2&nonce=1&signature=3"), Err(Refusal::Duplicate("nonce")));
    }

    #[test]
    fn an_age_counts_in_both_directions_and_in_milliseconds_only() {
        let now = "2014-04-09T05:41:01.823Z".parse().unwrap();
        let max_age = Duration::from_mins(1);
        for (timestamp, is_fresh) in [
            ("1397022061823", true),
            ("1397022061", false),
            ("1397022001823", true),
            ("1397022001822", false),
            ("1397022121823", true),
            ("1397022121824", false),
            ("0", false),
            ("99999999999999999999", false),
            ("18446744073709551615", false),
            ("-1397022061823", false),
            ("soon", false),
            ("", false),
        ] {
            let parameters = Parameters::from_query(&format!("timestamp={timestamp}")).unwrap();
            assert_eq!(parameters.verify_age(now, max_age).is_ok(), is_fresh, "{timestamp}");
        }
    }

    #[test]
    fn values_are_decoded_once() {
        let parameters = Parameters::from_query("echostr=a%2Bb+c%2525").unwrap();
        assert_eq!(parameters.echostr.as_deref(), Some("a+b c%25"));
    }
}
