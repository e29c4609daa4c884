//! Tells the user something outside the screen: by a notification of the terminal, its bell, and its title. Each is
//! one sequence that ends where we end it, whatever text is in it.

use std::io::Write;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::clipboard::wrapped;
use super::{Error, send};
use crate::controls::multiplexer::Multiplexer;
use crate::text;

named! {
    /// A form of notification that a terminal knows.
    pub enum RingForm {
        /// iTerm2's, with words alone.
        Osc9 "OSC 9",
        /// kitty's, with title and words in Base64.
        Osc99 "OSC 99",
        /// rxvt's, with title and words.
        Osc777 "OSC 777",
        /// None: the bell.
        Bell "BEL",
    }
}

/// TABLE: the beginnings of terminals' names, as they answer (XTVERSION) or as `TERM` and `TERM_PROGRAM` say, and
/// the form that each knows.
const KNOWN: &[(&str, RingForm)] = &[
    ("kitty", RingForm::Osc99),
    ("xterm-kitty", RingForm::Osc99),
    ("foot", RingForm::Osc777),
    ("ghostty", RingForm::Osc777),
    ("xterm-ghostty", RingForm::Osc777),
    ("WezTerm", RingForm::Osc777),
    ("wezterm", RingForm::Osc777),
    ("contour", RingForm::Osc777),
    ("rxvt-unicode", RingForm::Osc777),
    ("VTE", RingForm::Osc777),
    ("iTerm", RingForm::Osc9),
];

/// Saves the title (xterm's stack of titles).
const KEEP_TITLE: &str = "\u{1b}[22;2t";
/// Restores the saved title.
const OLD_TITLE: &str = "\u{1b}[23;2t";
/// End of a string, which GNU screen does not take for an end of its own.
const END: &str = "\u{7}";

impl RingForm {
    /// Returns the form that a terminal knows: by its answer if that is known, else by what the environment says.
    pub fn of(answered: Option<&str>, term: &str, program: &str) -> Self {
        let of = |name: &str| KNOWN.iter().find(|(start, _)| name.starts_with(start)).map(|(_, form)| *form);
        answered.and_then(of).or_else(|| of(term)).or_else(|| of(program)).unwrap_or(Self::Bell)
    }

    /// The sequence, for the terminal itself; none for the bell.
    fn sequence(self, title: &str, words: &str) -> Option<String> {
        // Removes from both whatever a terminal would obey, and from the title `;`, which would end it.
        let (title, words) = (text::line(title).replace(';', ","), text::line(words));
        match self {
            Self::Osc9 => Some(format!("\u{1b}]9;{title}: {words}{END}")),
            Self::Osc777 => Some(format!("\u{1b}]777;notify;{title};{words}{END}")),
            Self::Osc99 => {
                let [title, words] = [title.as_str(), &words].map(|said| BASE64_STANDARD.encode(said));
                Some(format!("\u{1b}]99;i=weibox:d=0:e=1;{title}{END}\u{1b}]99;i=weibox:e=1:p=body;{words}{END}"))
            }
            Self::Bell => None,
        }
    }
}

/// Makes the terminal notify the user. In a multiplexer the sequence is passed through to the terminal around it,
/// and the bell rings as well: it marks the window there, and arrives even where nothing is let through.
///
/// # Errors
///
/// [`Error::Send`] when `out` fails.
pub fn ring(
    out: &mut impl Write,
    form: RingForm,
    (title, words): (&str, &str),
    multiplexer: Option<Multiplexer>,
) -> Result<(), Error> {
    let sequence = form.sequence(title, words);
    let said = match (&sequence, multiplexer) {
        (None, _) => END.to_owned(),
        (Some(sequence), None) => sequence.clone(),
        (Some(sequence), Some(beyond)) => wrapped(sequence, beyond) + END,
    };
    send(out, &said)
}

/// Sets the terminal's title; the first time it saves the title before.
///
/// # Errors
///
/// [`Error::Send`] when `out` fails.
pub fn set_title(out: &mut impl Write, title: &str, is_first: bool) -> Result<(), Error> {
    let keep = if is_first { KEEP_TITLE } else { "" };
    send(out, &format!("{keep}\u{1b}]2;{}{END}", text::line(title)))
}

/// Restores the title that the terminal showed before.
///
/// # Errors
///
/// [`Error::Send`] when `out` fails.
pub fn give_title_back(out: &mut impl Write) -> Result<(), Error> {
    send(out, OLD_TITLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a;b\u{7}\u{1b}]0;x\u{1b}\\\u{9c}\u{9d}52;c;eA==\u{7}\r\nend";

    fn rung(form: RingForm, words: &str, multiplexer: Option<Multiplexer>) -> String {
        let mut out = Vec::new();
        ring(&mut out, form, ("weibox · 退款;x", words), multiplexer).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_terminal_gets_the_form_that_it_knows() {
        for (answered, term, program, form) in [
            (Some("kitty(0.42.0)"), "xterm-256color", "", RingForm::Osc99),
            (None, "xterm-kitty", "", RingForm::Osc99),
            (Some("WezTerm 20240203"), "xterm-256color", "", RingForm::Osc777),
            (None, "foot-extra", "", RingForm::Osc777),
            (Some("iTerm2 3.5.0"), "xterm-256color", "", RingForm::Osc9),
            (None, "xterm-256color", "iTerm.app", RingForm::Osc9),
            (Some("tmux 3.3a"), "tmux-256color", "tmux", RingForm::Bell),
            (None, "xterm-256color", "", RingForm::Bell),
            (None, "linux", "", RingForm::Bell),
        ] {
            assert_eq!(RingForm::of(answered, term, program), form, "{answered:?} {term}");
        }
    }

    #[test]
    fn the_bytes_are_those_that_terminals_know() {
        assert_eq!(rung(RingForm::Bell, "1 new", None), "\u{7}");
        assert_eq!(rung(RingForm::Osc9, "1 new", None), "\u{1b}]9;weibox · 退款,x: 1 new\u{7}");
        assert_eq!(rung(RingForm::Osc777, "1 new", None), "\u{1b}]777;notify;weibox · 退款,x;1 new\u{7}");
        assert_eq!(
            rung(RingForm::Osc99, "1 new", None),
            "\u{1b}]99;i=weibox:d=0:e=1;d2VpYm94IMK3IOmAgOasvix4\u{7}\u{1b}]99;i=weibox:e=1:p=body;MSBuZXc=\u{7}"
        );
        assert_eq!(
            rung(RingForm::Osc9, "1 new", Some(Multiplexer::Tmux)),
            "\u{1b}Ptmux;\u{1b}\u{1b}]9;weibox · 退款,x: 1 new\u{7}\u{1b}\\\u{7}"
        );
        assert_eq!(
            rung(RingForm::Osc9, "1 new", Some(Multiplexer::Screen)),
            "\u{1b}P\u{1b}]9;weibox · 退款,x: 1 new\u{7}\u{1b}\\\u{7}"
        );
    }

    #[test]
    fn long_words_reach_the_terminal_around_gnu_screen_whole() {
        for n in 80..90 {
            let words = ["a".repeat(n), "退款".repeat(100)].concat();
            let said = rung(RingForm::Osc9, &words, Some(Multiplexer::Screen));
            assert!(said.split("\u{1b}\\").all(|piece| piece.len() <= 256), "{said:?}");
            let passed = said.replace("\u{1b}P", "").replace("\u{1b}\\", "");
            assert_eq!(passed, format!("\u{1b}]9;weibox · 退款,x: {words}\u{7}\u{7}"));
        }
    }

    #[test]
    fn what_a_sender_wrote_ends_no_sequence() {
        for form in [RingForm::Osc9, RingForm::Osc99, RingForm::Osc777] {
            let said = rung(form, HOSTILE, None);
            let sequences = if form == RingForm::Osc99 { 2 } else { 1 };
            for (end, n) in [('\u{7}', sequences), ('\u{1b}', sequences), ('\u{9c}', 0), ('\u{9d}', 0), ('\n', 0)] {
                assert_eq!(said.matches(end).count(), n, "{form:?}: {said:?}");
            }
            assert!(said.ends_with('\u{7}'));
        }
        let mut out = Vec::new();
        set_title(&mut out, HOSTILE, true).unwrap();
        let said = String::from_utf8(out).unwrap();
        assert!(said.starts_with("\u{1b}[22;2t\u{1b}]2;a;b") && said.matches('\u{7}').count() == 1, "{said:?}");
    }
}
