//! Support for bash, which passes the whole line and replaces only a part of its last word.

use std::ffi::OsString;
use std::io::{self, Write};

use clap_complete::CompletionCandidate;

use super::words;

/// The completion script. Readline splits words at `:` and `=`, so the script passes the whole line. No space
/// follows a word that may continue. Compatible with bash 3.2, which macOS has.
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

/// Writes the candidates for the part that is replaced, quoted for the open quote if there is one.
pub(super) fn write(
    found: &[CompletionCandidate],
    word: Option<&OsString>,
    (replaced, quote): (&str, Option<char>),
    out: &mut impl Write,
) -> io::Result<()> {
    let word = word.map(|word| word.to_string_lossy()).unwrap_or_default();
    // After a quote bash passes the unquoted text, elsewhere the text as typed.
    let meant = words::split(replaced).0.concat();
    let stays = word.strip_suffix(replaced).or_else(|| word.strip_suffix(meant.as_str())).unwrap_or_default();
    let values = found.iter().map(|offer| offer.get_value().to_string_lossy());
    let rests: Vec<_> = values.filter_map(|value| Some(words::quoted(value.strip_prefix(stays)?, quote))).collect();
    for rest in &rests {
        writeln!(out, "{rest}")?;
    }
    match rests.as_slice() {
        // Readline closes the quote after a single candidate; a second one keeps it open for a field of a
        // query.
        [only] if quote.is_some() && only.ends_with(':') => writeln!(out, "{only}…"),
        _ => Ok(()),
    }
}
