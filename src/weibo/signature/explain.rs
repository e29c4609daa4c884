//! Explanation of a signature: the sorted strings, the result, and the likely fault. The app secret stays hidden.

use sha1::{Digest as _, Sha1};

use super::{PREFIX, Parameters, Refusal, required, sign};
use crate::reason::{Reason, verify};

/// The explanation of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The three strings in the order in which they are joined; `(app secret)` stands for the secret.
    pub sorted: [String; 3],
    /// The first digits of the expected signature.
    pub wanted: String,
    /// The first digits of the received signature.
    pub got: String,
    /// The likely fault; `None` when the signature is right.
    pub fault: Option<Reason>,
}

/// Explains the signature of a URL or of a bare query string.
///
/// # Errors
///
/// [`Refusal::Missing`] or [`Refusal::Duplicate`].
pub fn explain(url_or_query: &str, app_secret: &str) -> Result<Explained, Refusal> {
    let query = url_or_query.split_once('?').map_or(url_or_query, |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default().trim();
    let parameters = Parameters::from_query(query)?;
    let signature = required(parameters.signature.as_ref(), "signature")?;
    let (timestamp, nonce) =
        (required(parameters.timestamp.as_ref(), "timestamp")?, required(parameters.nonce.as_ref(), "nonce")?);
    let mut parts = [(app_secret, "(app secret)"), (timestamp, timestamp), (nonce, nonce)];
    parts.sort_by_key(|(value, _)| *value);
    let wanted = sign(app_secret, timestamp, nonce);
    let got = signature.to_ascii_lowercase();
    let is_right = parameters.verify(app_secret).is_ok();
    let fault = (!is_right).then(|| fault(&got, app_secret, timestamp, nonce));
    let start = |text: &str| text.chars().take(PREFIX).collect();
    Ok(Explained { sorted: parts.map(|(_, shown)| shown.to_owned()), wanted: start(&wanted), got: start(&got), fault })
}

/// Finds the mistake that produces this signature.
fn fault(got: &str, secret: &str, timestamp: &str, nonce: &str) -> Reason {
    if got.len() != 40 || !got.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return verify::NOT_40_DIGITS.with(got.chars().count());
    }
    let joined = |parts: [&str; 3]| {
        let digest = parts.into_iter().fold(Sha1::new(), Sha1::chain_update).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    };
    let orders = [
        [secret, timestamp, nonce],
        [secret, nonce, timestamp],
        [timestamp, nonce, secret],
        [timestamp, secret, nonce],
        [nonce, timestamp, secret],
        [nonce, secret, timestamp],
    ];
    if orders.into_iter().any(|order| joined(order) == got) {
        return verify::NOT_SORTED.into();
    }
    for secret in [format!("{secret}\n"), format!("{secret}\r\n"), format!("{secret} "), format!(" {secret}")] {
        if sign(&secret, timestamp, nonce) == got {
            return verify::SECRET_WITH_SPACE.into();
        }
    }
    let with_plus = [timestamp, nonce].map(|value| value.replace(' ', "+"));
    let [plus_timestamp, plus_nonce] = &with_plus;
    if sign(secret, plus_timestamp, plus_nonce) == got {
        return verify::PLUS_BECAME_SPACE.into();
    }
    verify::OTHER_SECRET.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "9abcdef0123456789abcdef012345678";

    fn of(signature: &str, nonce: &str) -> Explained {
        let url = format!("https://a.example/weibo?signature={signature}&timestamp=1639017506000&nonce={nonce}");
        explain(&url, SECRET).unwrap()
    }

    #[test]
    fn a_right_signature_is_explained_without_the_secret() {
        let explained = of("dc343ae50fa2ddb56663f6ac1824c01a7854891d", "88");
        assert_eq!(explained.sorted, ["1639017506000", "88", "(app secret)"]);
        assert_eq!((explained.wanted.as_str(), explained.got.as_str()), ("dc343ae5", "dc343ae5"));
        assert_eq!(explained.fault, None);
        assert!(!format!("{explained:?}").contains(SECRET));
    }

    #[test]
    fn what_is_likely_wrong_is_found_by_trying() {
        let unsorted = {
            let digest = Sha1::digest(format!("{SECRET}163901750600088"));
            digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
        };
        let with_line = sign(&format!("{SECRET}\n"), "1639017506000", "88");
        let with_plus = sign(SECRET, "1639017506000", "8+8");
        let other = sign("another", "1639017506000", "88");
        for (signature, nonce, fault) in [
            (unsorted, "88", verify::NOT_SORTED),
            (with_line, "88", verify::SECRET_WITH_SPACE),
            (with_plus, "8+8", verify::PLUS_BECAME_SPACE),
            (other, "88", verify::OTHER_SECRET),
            ("abc".to_owned(), "88", verify::NOT_40_DIGITS),
        ] {
            assert_eq!(of(&signature, nonce).fault.map(|reason| reason.code), Some(fault), "{signature}");
        }
        assert_eq!(explain("timestamp=1&nonce=2", SECRET), Err(Refusal::Missing("signature")));
    }
}
