//! The web addresses in a text.

/// The web addresses in a text. Chinese runs into them without a space, so one ends at the first character that is not
/// of an address; closing punctuation at its end belongs to the sentence.
#[must_use]
pub fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = ["http://", "https://"].into_iter().filter_map(|scheme| rest.find(scheme)).min() {
        let tail = rest.get(start..).unwrap_or_default();
        let end =
            tail.find(|char: char| !char.is_ascii_graphic() || "\"<>\\^`{|}".contains(char)).unwrap_or(tail.len());
        let (link, after) = tail.split_at_checked(end).unwrap_or((tail, ""));
        let link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']);
        if link.len() > "https://".len() && !found.contains(&link) {
            found.push(link);
        }
        rest = after;
    }
    found
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
            ("http:// https://\u{1b}[2J", vec![]),
            ("没有链接 t.cn/x", vec![]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }
}
