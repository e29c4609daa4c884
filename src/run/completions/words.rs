//! Parses a line that is being typed as a shell does: its words, and the quote that is open.

use std::ffi::{OsStr, OsString};

/// Returns the words up to the end of a line, the last one as far as it is typed, and the quote that is open
/// there.
pub(super) fn split(line: &str) -> (Vec<String>, Option<char>) {
    let mut before = Vec::new();
    let (mut word, mut has_begun, mut quote) = (String::new(), false, None);
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match (char, quote) {
            (_, None) if char.is_whitespace() => {
                before.extend(has_begun.then(|| std::mem::take(&mut word)));
                has_begun = false;
                continue;
            }
            ('\\', None) => word.extend(chars.next()),
            ('\\', Some('"')) => match chars.next() {
                Some(meant @ ('"' | '\\' | '$' | '`')) => word.push(meant),
                other => word.extend(std::iter::once('\\').chain(other)),
            },
            ('\'' | '"', None) => quote = Some(char),
            (_, Some(open)) if char == open => quote = None,
            _ => word.push(char),
        }
        has_begun = true;
    }
    before.push(word);
    (before, quote)
}

/// Removes the quotes of a word, which zsh and fish pass as typed.
pub(super) fn unquoted(typed: &OsStr) -> OsString {
    let word = typed.to_str().map(split).and_then(|(mut words, _)| words.pop().filter(|_| words.is_empty()));
    word.map_or_else(|| typed.to_owned(), OsString::from)
}

/// Quotes a word for a shell, inside this open quote.
pub(super) fn quoted(word: &str, quote: Option<char>) -> String {
    let mut typed = String::new();
    for (at, char) in word.char_indices() {
        let is_special = match quote {
            // `~` is a directory only where a word begins.
            None => char == '~' && at > 0 || char.is_whitespace() || "'\"\\$`&|;<>()*?[]#{}!".contains(char),
            Some('"') => "\"\\$`".contains(char),
            Some(_) => false,
        };
        match (char, quote) {
            ('\'', Some('\'')) => typed.push_str("'\\'"),
            _ if is_special => typed.push('\\'),
            _ => {}
        }
        typed.push(char);
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_as_a_shell_cuts_it() {
        for (line, words, quote) in [
            ("", &[""][..], None),
            ("weibox export ", &["weibox", "export", ""], None),
            ("weibox  --query 'type:im is:un", &["weibox", "--query", "type:im is:un"], Some('\'')),
            (r#"weibox "a \"b\" \c $"#, &["weibox", r#"a "b" \c $"#], Some('"')),
            (r"weibox a\ b'c'", &["weibox", "a bc"], None),
            ("weibox '' x", &["weibox", "", "x"], None),
        ] {
            assert_eq!(split(line), (words.iter().map(ToString::to_string).collect(), quote), "{line}");
        }
        assert_eq!(unquoted(OsStr::new("'type:i")), "type:i");
        assert_eq!(unquoted(OsStr::new("type:text -退货")), "type:text -退货");
    }

    #[test]
    fn a_word_that_was_quoted_is_the_word() {
        for word in ["due:<4h", "type:text -退货", "it's $HOME", "a\\b\"c", "x~"] {
            for (open, quote) in [("", None), ("'", Some('\'')), ("\"", Some('"'))] {
                let typed = format!("{open}{}", quoted(word, quote));
                assert_eq!(split(&typed), (vec![word.to_owned()], quote), "{typed}");
            }
        }
        assert_eq!(quoted("~/a b", None), "~/a\\ b");
    }
}
