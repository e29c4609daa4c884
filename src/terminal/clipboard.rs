//! The clipboard: set by a program of the desktop if there is one, else by OSC 52, which asks the terminal to set
//! it and also works over SSH. Nothing here cleans the text.

use std::io::Write;
use std::process::{Command, Stdio};

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

use super::{Error, hide, send};
use crate::controls::multiplexer::Multiplexer;

/// Maximum number of bytes that are copied. xterm and its successors take 100,000 bytes for the whole sequence,
/// hterm and older tmux 74,994 bytes of Base64, which has four bytes for three.
pub const COPY_LIMIT: usize = 74_994 / 4 * 3;

/// Maximum number of bytes in a string for GNU screen, less what surrounds them (MAXSTR is 768, and was 256).
const PIECE: usize = 240;

/// Programs that put standard input into the clipboard, by name and arguments, the best first.
pub type Programs = &'static [(&'static str, &'static [&'static str])];

/// TABLE: the programs of a Wayland desktop; those of X11 reach it through Xwayland.
pub const WAYLAND: Programs = &[("wl-copy", &[]), X11[0], X11[1]];
/// TABLE: the programs of an X11 desktop.
pub const X11: Programs = &[("xclip", &["-selection", "clipboard"]), ("xsel", &["--clipboard", "--input"])];
/// TABLE: the program of macOS.
pub const MAC: Programs = &[("pbcopy", &[])];

/// Puts `text` into the clipboard by a program of the desktop, and returns the name of the one that succeeded;
/// `None` if none did. Unlike a terminal, a program reports success, and takes a text of any length. It does not
/// get the environment variables in `hidden`, because it may run as long as the clipboard has the text. Blocks
/// until it has taken the text.
pub fn copy_natively(programs: Programs, text: &str, hidden: &[&str]) -> Option<&'static str> {
    programs.iter().find_map(|(name, arguments)| {
        let mut command = Command::new(name);
        hide(&mut command, hidden);
        command.args(*arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        // Dropping it closes the pipe, which ends the text.
        let is_given = child.stdin.take().is_some_and(|mut stdin| stdin.write_all(text.as_bytes()).is_ok());
        let is_taken = child.wait().is_ok_and(|status| status.success());
        (is_given && is_taken).then_some(*name)
    })
}

/// Asks the terminal to put `text` into the clipboard, and returns the number of its bytes. Whether the terminal
/// did it cannot be known.
///
/// In tmux the request is made twice, because with tmux 3.3 either form may be the one that arrives: as it is
/// (needs `set-clipboard on`), and wrapped to be passed through (needs `allow-passthrough on`). In GNU screen it is
/// made as it is, because what calls itself screen over SSH may be tmux, and in pieces that are passed through. A
/// form that does not arrive leaves no trace on the screen, and setting the clipboard twice does no harm.
///
/// # Errors
///
/// [`Error::TooLong`] beyond [`COPY_LIMIT`]; nothing is written then. [`Error::Send`] when `out` fails.
pub fn copy(out: &mut impl Write, text: &str, multiplexer: Option<Multiplexer>) -> Result<usize, Error> {
    if text.len() > COPY_LIMIT {
        return Err(Error::TooLong { bytes: text.len() });
    }
    let mut sequence = String::new();
    // Writing to a string does not fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
    let passed = multiplexer.map(|multiplexer| match multiplexer {
        Multiplexer::Tmux => wrapped(&sequence, multiplexer),
        // Ended by BEL, because the usual end would also end the piece that contains it.
        Multiplexer::Screen => wrapped(&sequence.replace("\u{1b}\\", "\u{7}"), multiplexer),
    });
    send(out, &(sequence + &passed.unwrap_or_default()))?;
    Ok(text.len())
}

/// Wraps a sequence so that a multiplexer passes it to its terminal: for GNU screen in pieces short enough for it.
pub(super) fn wrapped(sequence: &str, multiplexer: Multiplexer) -> String {
    if multiplexer == Multiplexer::Tmux {
        return format!("\u{1b}Ptmux;{}\u{1b}\\", sequence.replace('\u{1b}', "\u{1b}\u{1b}"));
    }
    let (mut said, mut rest) = (String::new(), sequence);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        said += &["\u{1b}P", piece, "\u{1b}\\"].concat();
        rest = after;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, multiplexer: Option<Multiplexer>) -> String {
        let mut out = Vec::new();
        assert_eq!(copy(&mut out, text, multiplexer).unwrap(), text.len());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_program_of_the_desktop_takes_the_text_and_sees_no_secret() {
        // Any variable that is set stands for a secret.
        const WITHOUT_HOME: Programs =
            &[("no-such-program", &[]), ("sh", &["-c", "test -z \"$HOME\" && test \"$(cat)\" = text"])];
        assert_eq!(copy_natively(WITHOUT_HOME, "text", &["HOME"]), Some("sh"));
        assert_eq!(copy_natively(WITHOUT_HOME, "other", &["HOME"]), None);
        assert_eq!(copy_natively(WITHOUT_HOME, "text", &[]), None, "it is there unless it is hidden");
    }

    #[test]
    fn the_text_goes_out_as_base64() {
        assert_eq!(written("hello", None), "\u{1b}]52;c;aGVsbG8=\u{1b}\\");
    }

    #[test]
    fn in_tmux_it_goes_both_ways() {
        let plain = "\u{1b}]52;c;56eB5L+h\u{1b}\\";
        let passed = "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;56eB5L+h\u{1b}\u{1b}\\\u{1b}\\";
        assert_eq!(written("私信", Some(Multiplexer::Tmux)), [plain, passed].concat());
    }

    #[test]
    fn in_gnu_screen_it_goes_through_in_pieces() {
        let said = written(&"私信".repeat(200), Some(Multiplexer::Screen));
        let plain = written(&"私信".repeat(200), None);
        let passed = said.strip_prefix(&plain).unwrap();
        let pieces: Vec<&str> = passed.split("\u{1b}\\").filter(|piece| !piece.is_empty()).collect();
        assert!(pieces.len() > 5 && pieces.iter().all(|piece| piece.len() <= 256), "{pieces:?}");
        let inner: String = pieces.iter().map(|piece| piece.strip_prefix("\u{1b}P").unwrap()).collect();
        assert_eq!(inner, plain.replace("\u{1b}\\", "\u{7}"));
    }

    #[test]
    fn what_terminals_would_cut_is_refused_whole() {
        let mut out = Vec::new();
        let error = copy(&mut out, &"x".repeat(COPY_LIMIT + 1), None).unwrap_err();
        assert!(matches!(error, Error::TooLong { bytes } if bytes == COPY_LIMIT + 1));
        assert!(out.is_empty());
        assert!(written(&"x".repeat(COPY_LIMIT), None).len() <= 74_994 + 16);
    }
}
