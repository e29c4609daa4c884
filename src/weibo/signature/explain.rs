//! Explanation of a signature: the sorted strings, the result, and the likely fault. The app secret stays hidden.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::{PREFIX, Parameters, Refusal, joined, required, sign};
use crate::reason::{Reason, verify};

/// The explanation of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The three strings in the order in which they are joined; `None` stands for the app secret.
    pub sorted: [Option<String>; 3],
    /// The first digits of the expected signature.
    pub wanted: String,
    /// The first digits of the received signature.
    pub got: String,
    /// Time at which it was made, if its timestamp is valid.
    pub signed_at: Option<DateTime<Utc>>,
    /// The escape that replaced `&` in the pasted text; a listener would not undo it.
    pub escape: Option<&'static str>,
    /// The likely fault; `None` when the signature is right.
    pub fault: Option<Reason>,
}

/// The parameters by which the query of a call is recognized.
const NAMES: [&str; 3] = ["signature", "timestamp", "nonce"];

/// Explains the signature in a URL or a query, which may be surrounded by other text, as in a line of a log
/// or a curl command.
///
/// # Errors
///
/// When a parameter is missing from the query, or appears twice.
pub fn explain(pasted: &str, app_secret: &str) -> Result<Explained, Reason> {
    let mut read: Vec<(Result<Parameters, Refusal>, Option<&'static str>)> =
        forms(pasted).map(|(form, escape)| (whole(&form), escape)).collect();
    let is_right = |read: &Result<Parameters, Refusal>| read.as_ref().is_ok_and(|it| it.verify(app_secret).is_ok());
    let best = read.iter().position(|(read, _)| is_right(read));
    let best = best.or_else(|| read.iter().position(|(read, _)| read.is_ok())).unwrap_or_default();
    let (read, escape) = read.swap_remove(best);
    let is_right = is_right(&read);
    let parameters = read.map_err(|refusal| {
        // In a shell, a URL without quotes ends at the first `&`.
        let is_cut = matches!(refusal, Refusal::Missing(_)) && !pasted.contains('&');
        let is_cut = is_cut && NAMES.iter().any(|name| pasted.contains(name));
        refusal.reason().with_hint(is_cut.then(|| verify::CUT_AT_AMPERSAND.into()))
    })?;
    let of = |value: &Option<String>| value.clone().unwrap_or_default();
    let (signature, timestamp, nonce) = (of(&parameters.signature), of(&parameters.timestamp), of(&parameters.nonce));
    let mut parts = [(app_secret, None), (&timestamp, Some(&timestamp)), (&nonce, Some(&nonce))];
    parts.sort_by_key(|(value, _)| *value);
    let wanted = sign(app_secret, &timestamp, &nonce);
    let got = signature.to_ascii_lowercase();
    let fault = (!is_right).then(|| fault(&got, app_secret, &timestamp, &nonce));
    let signed_at = parameters.signed_at().and_then(|millis| i64::try_from(millis).ok());
    let start = |text: &str| text.chars().take(PREFIX).collect();
    Ok(Explained {
        sorted: parts.map(|(_, shown)| shown.cloned()),
        wanted: start(&wanted),
        got: start(&got),
        signed_at: signed_at.and_then(DateTime::from_timestamp_millis),
        escape,
        fault,
    })
}

/// Returns the URL or query in a pasted text, without quotes and surrounding text.
pub fn call_in(pasted: &str) -> &str {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    let mut words = pasted.split(is_around);
    words.find(|word| NAMES.iter().any(|name| word.contains(name))).unwrap_or(pasted.trim())
}

/// Returns the possible readings of a pasted text, each with the escape that replaced `&`.
fn forms(pasted: &str) -> impl Iterator<Item = (Cow<'_, str>, Option<&'static str>)> {
    let call = call_in(pasted);
    let once = || percent_encoding::percent_decode_str(call).decode_utf8_lossy();
    [
        (Cow::Borrowed(call), None),
        (call.replace("&amp;", "&").into(), Some("&amp;")),
        (call.replace("\\u0026", "&").into(), Some("\\u0026")),
        (call.replace('\\', "").into(), Some("\\&")),
        (once(), Some("%26")),
        // A space may be part of a value.
        (Cow::Borrowed(pasted.trim()), None),
    ]
    .into_iter()
}

/// Returns the parameters of a URL or a query, if all three are present.
fn whole(url_or_query: &str) -> Result<Parameters, Refusal> {
    let query = url_or_query.split_once('?').map_or(url_or_query, |(_, query)| query);
    let parameters = Parameters::from_query(query.split('#').next().unwrap_or_default())?;
    for (value, name) in [&parameters.signature, &parameters.timestamp, &parameters.nonce].into_iter().zip(NAMES) {
        required(value.as_ref(), name)?;
    }
    Ok(parameters)
}

/// Finds the mistake that produces this signature.
fn fault(got: &str, secret: &str, timestamp: &str, nonce: &str) -> Reason {
    let is_hex = got.bytes().all(|byte| byte.is_ascii_hexdigit());
    match got.len() {
        40 if is_hex => {}
        32 if is_hex => return verify::OTHER_DIGEST.with(32_u32).with("MD5"),
        64 if is_hex => return verify::OTHER_DIGEST.with(64_u32).with("SHA-256"),
        _ => return verify::NOT_40_DIGITS.with(got.chars().count()),
    }
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
    let is_with = |other: &String| sign(other, timestamp, nonce) == got;
    let with_space = [format!("{secret}\n"), format!("{secret}\r\n"), format!("{secret} "), format!(" {secret}")];
    if with_space.iter().any(is_with) {
        return verify::SECRET_WITH_SPACE.into();
    }
    let in_quotes = [format!("\"{secret}\""), format!("'{secret}'"), format!("\u{feff}{secret}")];
    if in_quotes.iter().any(is_with) {
        return verify::SECRET_IN_QUOTES.into();
    }
    if is_with(&secret.trim_matches(['"', '\'']).to_owned()) {
        return verify::OWN_SECRET_IN_QUOTES.into();
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
    use sha1::{Digest as _, Sha1};

    use super::*;
    use crate::weibo::hex;

    const SECRET: &str = "9abcdef0123456789abcdef012345678";

    fn of(signature: &str, nonce: &str) -> Explained {
        let url = format!("https://a.example/weibo?signature={signature}&timestamp=1639017506000&nonce={nonce}");
        explain(&url, SECRET).unwrap()
    }

    #[test]
    fn a_right_signature_is_explained_without_the_secret() {
        let explained = of("dc343ae50fa2ddb56663f6ac1824c01a7854891d", "88");
        assert_eq!(explained.sorted.each_ref().map(Option::as_deref), [Some("1639017506000"), Some("88"), None]);
        assert_eq!((explained.wanted.as_str(), explained.got.as_str()), ("dc343ae5", "dc343ae5"));
        assert_eq!(explained.fault, None);
        assert!(!format!("{explained:?}").contains(SECRET));
    }

    #[test]
    fn what_is_likely_wrong_is_found_by_trying() {
        let unsorted = hex(&Sha1::digest(format!("{SECRET}163901750600088")));
        let with_line = sign(&format!("{SECRET}\n"), "1639017506000", "88");
        let with_plus = sign(SECRET, "1639017506000", "8+8");
        let in_quotes = sign(&format!("\"{SECRET}\""), "1639017506000", "88");
        let with_mark = sign(&format!("\u{feff}{SECRET}"), "1639017506000", "88");
        let other = sign("another", "1639017506000", "88");
        for (signature, nonce, fault) in [
            (unsorted, "88", verify::NOT_SORTED),
            (with_line, "88", verify::SECRET_WITH_SPACE),
            (with_plus, "8+8", verify::PLUS_BECAME_SPACE),
            (in_quotes, "88", verify::SECRET_IN_QUOTES),
            (with_mark, "88", verify::SECRET_IN_QUOTES),
            (other, "88", verify::OTHER_SECRET),
            ("ab".repeat(32), "88", verify::OTHER_DIGEST),
            ("ab".repeat(16), "88", verify::OTHER_DIGEST),
            ("abc".to_owned(), "88", verify::NOT_40_DIGITS),
        ] {
            assert_eq!(of(&signature, nonce).fault.map(|reason| reason.code), Some(fault), "{signature}");
        }
        let missing = explain("timestamp=1&nonce=2", SECRET).unwrap_err();
        assert_eq!(missing, Refusal::Missing("signature").reason());
        let with_own = format!("signature={}&timestamp=1639017506000&nonce=88", sign(SECRET, "1639017506000", "88"));
        let own_in_quotes = explain(&with_own, &format!("'{SECRET}'")).unwrap();
        assert_eq!(own_in_quotes.fault.map(|reason| reason.code), Some(verify::OWN_SECRET_IN_QUOTES));
    }

    #[test]
    fn a_call_is_found_in_what_it_is_pasted_with() {
        let query = "signature=dc343ae50fa2ddb56663f6ac1824c01a7854891d&timestamp=1639017506000&nonce=88";
        let url = format!("https://a.example/weibo?{query}");
        for (pasted, escape) in [
            (query.to_owned(), None),
            (format!("'{url}'"), None),
            (format!("1.2.3.4 - - [09/Dec/2021] \"POST /weibo?{query} HTTP/1.1\" 200 5"), None),
            (format!("curl -X POST '{url}' -d '{{}}'"), None),
            (format!("{url}#part"), None),
            (url.replace('&', "&amp;"), Some("&amp;")),
            (url.replace('&', "\\&"), Some("\\&")),
            (format!("{{\"uri\":\"{}\"}}", url.replace('&', "\\u0026")), Some("\\u0026")),
            (url.replace('?', "%3F").replace('=', "%3D").replace('&', "%26"), Some("%26")),
        ] {
            let explained = explain(&pasted, SECRET).unwrap();
            assert_eq!((explained.fault, explained.escape), (None, escape), "{pasted}");
        }
        let wrong = explain(&format!("GET /weibo?{} HTTP/1.1", query.replace("nonce=88", "nonce=89")), SECRET).unwrap();
        assert_eq!(wrong.fault, Some(verify::OTHER_SECRET.into()));
        assert!(wrong.sorted.contains(&Some("89".to_owned())), "{wrong:?}");
        let cut = explain(url.split('&').next().unwrap(), SECRET).unwrap_err().to_string();
        assert!(cut.contains("`timestamp` is missing") && cut.contains("quotes"), "{cut}");
    }
}
