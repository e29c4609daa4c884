//! Finds the web addresses in a message. It opens none and does not check whether they exist.

const SCHEMES: [&str; 2] = ["http://", "https://"];
/// Printable characters that are not part of an address (RFC 3986).
const ENDS: &str = "\"<>\\^`{|}";
/// Characters at the end of an address that belong to the sentence.
const SENTENCE: [char; 10] = ['.', ',', ';', ':', '!', '?', '\'', '*', '(', '['];
/// Characters before an address that make it part of the surrounding one: `…/?url=https://…`.
const JOINTS: [char; 6] = ['/', '=', ':', '?', '&', '#'];
/// The host of Weibo's short links, which consist of letters and digits: an `@` after one begins a user's name.
const SHORT: &str = "t.cn";

/// Returns the web addresses in a text, each once, in order.
///
/// Chinese text may touch an address without a space, so an address ends at the first character that cannot be part
/// of one, and before a mention (`https://t.cn/Aaa@小王`) or the next address. Closing punctuation at its end belongs
/// to the sentence, and a closing bracket to the address only if it was opened there.
pub fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((start, scheme)) = scheme_in(rest) {
        let (_, tail) = rest.split_at_checked(start).unwrap_or_default();
        let (scheme, after_scheme) = tail.split_at_checked(scheme).unwrap_or_default();
        let length = length(after_scheme);
        let link = tail.get(..scheme.len() + length).unwrap_or_default();
        if length > 0 && !found.contains(&link) {
            found.push(link);
        }
        rest = after_scheme.get(length..).unwrap_or_default();
    }
    found
}

/// Returns the start of the first address and the length of its scheme, which is matched in any case.
fn scheme_in(text: &str) -> Option<(usize, usize)> {
    let begins = |at: usize| {
        let tail = text.get(at..)?;
        let is_here = |scheme: &&&str| tail.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        SCHEMES.iter().find(is_here).map(|scheme| (at, scheme.len()))
    };
    text.match_indices(['h', 'H']).find_map(|(at, _)| begins(at))
}

/// Returns the number of bytes after the scheme that belong to the address; 0 when there is no host.
fn length(text: &str) -> usize {
    let end = text.find(|char: char| !char.is_ascii_graphic() || ENDS.contains(char)).unwrap_or(text.len());
    let mut link = text.get(..end).unwrap_or_default();
    let mut from = 0;
    while let Some((at, scheme)) = scheme_in(link.get(from..).unwrap_or_default()) {
        let (before, _) = link.split_at_checked(from + at).unwrap_or_default();
        if !before.ends_with(JOINTS) {
            link = before;
            break;
        }
        from += at + scheme;
    }
    if let Some(mention) = link.match_indices('@').map(|(at, _)| at).find(|at| is_mention(text, *at)) {
        link = link.get(..mention).unwrap_or_default();
    }
    loop {
        let shorter = link.trim_end_matches(SENTENCE);
        let is_closed = |open: char, close: char| {
            shorter.ends_with(close) && shorter.matches(close).count() > shorter.matches(open).count()
        };
        let is_bracket = is_closed('(', ')') || is_closed('[', ']');
        let shorter = if is_bracket { shorter.get(..shorter.len() - 1).unwrap_or_default() } else { shorter };
        if shorter.len() == link.len() {
            break;
        }
        link = shorter;
    }
    let has_host = link.starts_with(|char: char| char.is_ascii_alphanumeric() || char == '[');
    if has_host { link.len() } else { 0 }
}

/// Returns whether an `@` begins a user's name. In a path it may be part of the address (`medium.com/@name`,
/// `…/package@1.0`); before the path it would lead the reader to a different host than the one he sees.
fn is_mention(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at_checked(at).unwrap_or_default();
    let Some((host, _path)) = before.split_once('/') else { return true };
    host.eq_ignore_ascii_case(SHORT) || !after.chars().nth(1).is_some_and(|char| char.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_chinese_sentences() {
        for (text, expected) in [
            ("我在这里: http://t.cn/zQgLLYO", vec!["http://t.cn/zQgLLYO"]),
            ("看https://weibo.com/a?b=1，然后(http://t.cn/x)。", vec!["https://weibo.com/a?b=1", "http://t.cn/x"]),
            ("http://t.cn/x http://t.cn/x.", vec!["http://t.cn/x"]),
            ("http:// https://\u{1b}[2J http://) https://@小王", vec![]),
            ("没有链接 t.cn/x", vec![]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }

    #[test]
    fn a_mention_ends_a_link_and_an_at_sign_in_a_path_does_not() {
        for (text, expected) in [
            ("https://t.cn/Aaa@小王", "https://t.cn/Aaa"),
            ("https://t.cn/Aaa@weibo 你看", "https://t.cn/Aaa"),
            ("https://T.CN/Aaa@weibo", "https://T.CN/Aaa"),
            ("https://weibo.com/1/Abc@小王@小李", "https://weibo.com/1/Abc"),
            ("https://weibo.com@evil.example/", "https://weibo.com"),
            ("https://medium.com/@name/post", "https://medium.com/@name/post"),
            ("https://unpkg.com/react@18.2.0/index.js", "https://unpkg.com/react@18.2.0/index.js"),
        ] {
            assert_eq!(links(text), [expected], "{text}");
        }
    }

    #[test]
    fn brackets_of_a_link_are_its_own() {
        for (text, expected) in [
            ("https://en.wikipedia.org/wiki/X_(Y)", "https://en.wikipedia.org/wiki/X_(Y)"),
            ("(https://en.wikipedia.org/wiki/X_(Y))", "https://en.wikipedia.org/wiki/X_(Y)"),
            ("(见https://en.wikipedia.org/wiki/X_(Y)).", "https://en.wikipedia.org/wiki/X_(Y)"),
            ("[链接](https://t.cn/x).", "https://t.cn/x"),
            ("(https://t.cn/x)(https://t.cn/x)", "https://t.cn/x"),
            ("https://a.example/?q[]=1", "https://a.example/?q[]=1"),
            ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ] {
            assert_eq!(links(text), [expected], "{text}");
        }
    }

    #[test]
    fn schemes_are_read_in_any_case_and_links_without_a_space_are_two() {
        assert_eq!(links("Https://t.cn/a HTTP://t.cn/b"), ["Https://t.cn/a", "HTTP://t.cn/b"]);
        assert_eq!(links("http://t.cn/ahttps://t.cn/b"), ["http://t.cn/a", "https://t.cn/b"]);
        assert_eq!(links("https://t.cn/a,Http://t.cn/b"), ["https://t.cn/a", "Http://t.cn/b"]);
        let archived = "https://web.archive.org/web/2026/https://weibo.com/a";
        let redirected = "https://passport.weibo.com/?url=https://weibo.com/a";
        assert_eq!(links(&format!("{archived} {redirected}")), [archived, redirected]);
    }
}
