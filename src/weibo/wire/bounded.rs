//! A limit on the values in a JSON text, checked before it is parsed.
//!
//! A value of two bytes takes about a hundred bytes once parsed, so a body of 1 MB would take 70 MB.

/// The maximum number of values in a member. Weibo's members hold ten.
pub(super) const VALUES: usize = 1_000;
/// The maximum nesting depth. Weibo's members have one level.
const DEPTH: usize = 32;

/// Returns whether a JSON text stays within both limits. The check looks at each byte once.
pub(super) fn is_bounded(json: impl AsRef<[u8]>) -> bool {
    let (mut n_values, mut depth) = (1, 0_usize);
    let (mut is_in_string, mut is_escaped) = (false, false);
    for &byte in json.as_ref() {
        if is_in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => is_in_string = true,
            b'{' | b'[' => {
                depth += 1;
                n_values += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => n_values += 1,
            _ => {}
        }
        if n_values > VALUES || depth > DEPTH {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_levels_are_counted_and_not_what_stands_in_strings() {
        for (json, expected) in [
            ("1".to_owned(), true),
            (format!("[{}1]", "1,".repeat(VALUES - 3)), true),
            (format!("[{}1]", "1,".repeat(VALUES)), false),
            (format!("[{}{{}}]", r#"{"":1},"#.repeat(VALUES / 2)), false),
            (format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)), true),
            (format!("{}{}", "[".repeat(DEPTH + 1), "]".repeat(DEPTH + 1)), false),
            (format!("\"{}\"", "[,".repeat(VALUES)), true),
            (format!(r#""\"{}""#, "[,".repeat(VALUES)), true),
            (format!(r#""\\",{}"#, "[,".repeat(VALUES)), false),
        ] {
            assert_eq!(is_bounded(&json), expected, "{json}");
        }
    }
}
