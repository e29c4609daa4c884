//! Selects the parts of a bench to measure.

/// Returns whether a part was named, or none was.
pub(crate) fn is_wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}
