//! Finds the account of a callback path. Paths that are equivalent by RFC 3986 §6.2.2 are the same, with any
//! percent-encoding of a letter and with any dot segments.

use percent_encoding::percent_decode_str;

use crate::reason::{Reason, calls};

use super::ListenerAccount;

/// Returns the account with this path, or the reason why there is none.
pub(super) fn account<'a>(accounts: &'a [ListenerAccount], path: &str) -> Result<&'a ListenerAccount, Reason> {
    let same = |account: &&ListenerAccount| account.path == path || normal(&account.path) == normal(path);
    if let Some(account) = accounts.iter().find(same) {
        return Ok(account);
    }
    let has_slash = path.len() > 1 && (path.ends_with('/') || path.contains("//"));
    Err(match (accounts, has_slash) {
        ([only], true) => calls::WRONG_PATH_SLASH.with(&only.path),
        ([only], false) => calls::WRONG_PATH.with(&only.path),
        // The message must not reveal the paths of other accounts.
        (_, true) => calls::NOBODYS_PATH_SLASH.into(),
        (_, false) => calls::NOBODYS_PATH.into(),
    })
}

/// Normalizes a path: decodes escapes of letters, digits, `-`, `.`, `_` and `~`, writes other escapes in
/// capitals, and removes `.` and `..`.
fn normal(path: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    let mut is_open = false;
    for segment in path.split('/') {
        let segment = unescaped(segment);
        is_open = matches!(segment.as_str(), "." | "..");
        match segment.as_str() {
            ".." if kept.len() > 1 => drop(kept.pop()),
            "." | ".." => {}
            _ => kept.push(segment),
        }
    }
    // A path that ends in a dot segment names a directory.
    kept.extend(is_open.then(String::new));
    kept.join("/")
}

fn unescaped(segment: &str) -> String {
    let mut pieces = segment.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (escape, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        let decoded: Vec<u8> = percent_decode_str(&format!("%{escape}")).collect();
        match decoded.as_slice() {
            [byte] if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) => text.push(char::from(*byte)),
            _ => {
                text.push('%');
                text.push_str(&escape.to_ascii_uppercase());
            }
        }
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_are_the_same_by_the_standard_are_the_same() {
        for (path, expected) in [
            ("/weibo", "/weibo"),
            ("/%77eibo", "/weibo"),
            ("/we%69%62o", "/weibo"),
            ("/./weibo", "/weibo"),
            ("/a/../weibo", "/weibo"),
            ("/../weibo", "/weibo"),
            ("/%2e%2E/weibo", "/weibo"),
            ("/weibo/.", "/weibo/"),
            ("/weibo/", "/weibo/"),
            ("//weibo", "//weibo"),
            ("/Weibo", "/Weibo"),
            ("/weibo%2fa", "/weibo%2Fa"),
            ("/%e5%BE%ae", "/%E5%BE%AE"),
            ("/weibo%", "/weibo%"),
            ("/weibo%7", "/weibo%7"),
            ("/weibo%zz", "/weibo%ZZ"),
            ("/", "/"),
        ] {
            assert_eq!(normal(path), expected, "{path}");
        }
    }
}
