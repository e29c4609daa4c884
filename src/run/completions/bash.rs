//! What bash needs, which gets the line and replaces a part of its last word only.

use std::ffi::OsString;
use std::io::{self, Write};

use clap_complete::CompletionCandidate;

use super::words;

/// Completes `weibox` by asking it. Readline cuts words where they have `:` and `=`, so that it is asked with the whole line; a word
/// that goes on gets no space. Good for bash 3.2, too, which macOS has.
pub(super) const SCRIPT: &str = r#"_weibox() {
    COMPREPLY=()
    local word
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(WEIBOX_COMPLETE=bash weibox -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:/,] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -o bashdefault -F _weibox weibox 2>/dev/null || complete -o bashdefault -F _weibox weibox
"#;

/// Writes what may stand in the place of the part that is replaced, behind an open quote if there is one.
///
/// # Errors
///
/// When `out` does not take it.
pub(super) fn write(
    found: &[CompletionCandidate],
    word: Option<&OsString>,
    (replaced, quote): (&str, Option<char>),
    out: &mut impl Write,
) -> io::Result<()> {
    let word = word.map(|word| word.to_string_lossy()).unwrap_or_default();
    // Behind a quote bash says what is meant, elsewhere what is typed.
    let meant = words::split(replaced).0.concat();
    let stays = word.strip_suffix(replaced).or_else(|| word.strip_suffix(meant.as_str())).unwrap_or_default();
    let values = found.iter().map(|offer| offer.get_value().to_string_lossy());
    let rests: Vec<_> = values.filter_map(|value| Some(words::quoted(value.strip_prefix(stays)?, quote))).collect();
    for rest in &rests {
        writeln!(out, "{rest}")?;
    }
    match rests.as_slice() {
        // Readline closes the quote behind the only one, where a field of a query goes on.
        [only] if quote.is_some() && only.ends_with(':') => writeln!(out, "{only}…"),
        _ => Ok(()),
    }
}
