//! Asks the terminal how it can show pictures, because no environment variable goes through SSH. Keys that are
//! typed meanwhile are kept.
//!
//! Terminals ignore unknown questions that are control sequences (`CSI`). kitty's is a string (`APC`), which tmux
//! takes for a title and GNU screen for its status line, so only a terminal that has told its name is asked.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::controls::multiplexer::Multiplexer;
use crate::media::picture::drawing::{Canvas, Images, Protocol};

use super::clipboard::wrapped;
use super::keys::{self, Input};
use super::send;

/// Timeout for the answers. Every terminal answers the last question, most in a few milliseconds; one at the end of
/// a slow link needs longer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Timeout for the terminal around tmux, which answers only where `allow-passthrough` is on.
const PATIENCE_BEYOND_TMUX: Duration = Duration::from_millis(250);
/// Asks whether the terminal would take a picture of one pixel by kitty's protocol.
const CAN_KITTY: &str = "\u{1b}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\\";
/// Asks for name and version (XTVERSION).
const WHO: &str = "\u{1b}[>q";
/// Asks for the size of a cell in pixels (xterm).
const CELL_SIZE: &str = "\u{1b}[16t";
/// Asks for capabilities (DA1). Every terminal answers this question, so it is the last.
const WHAT: &str = "\u{1b}[c";
/// TABLE: names of terminals that take iTerm2's pictures. Some of them claim kitty's protocol as well, but lack its
/// placeholders.
const TAKE_ITERM2: &[&str] = &["iTerm2", "WezTerm", "mintty"];
/// TABLE: names that multiplexers answer in place of the terminal around them. The next questions depend on which
/// one it is.
const STAND_BEFORE: &[(&str, Multiplexer)] = &[("tmux", Multiplexer::Tmux), ("screen", Multiplexer::Screen)];
/// Name of a terminal that claims kitty's protocol but lacks its placeholders.
const LACKS_PLACEHOLDERS: &str = "Konsole";
/// Size of a cell in pixels for a terminal that does not tell it.
const USUAL_CELL: (u16, u16) = (8, 16);

/// What is known about the terminal after asking.
#[derive(Debug, Default)]
pub struct Looked {
    /// What pictures are drawn for; `None` without pictures.
    pub canvas: Option<Canvas>,
    /// Name of the terminal, if it was asked and answered.
    pub name: Option<String>,
    /// Keys that were typed meanwhile.
    pub typed: Vec<Input>,
}

/// The answers of the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Answers {
    is_kitty: bool,
    is_sixel: bool,
    name: Option<String>,
    cell: Option<(u16, u16)>,
    /// How often the last question was answered.
    n_complete: usize,
}

/// Returns the canvas for pictures, and the keys that were typed while the terminal was asked. There is no canvas
/// if the terminal has no pictures or the user wants none. Half-blocks need colours and more than ASCII:
/// `has_blocks`. Call it after entering the screen and before [`inputs`](super::inputs).
pub fn graphics(images: Images, has_blocks: bool, multiplexer: Option<Multiplexer>) -> Looked {
    let canvas = |protocol, cell: Option<(u16, u16)>, multiplexer| {
        let is_in_tmux = multiplexer == Some(Multiplexer::Tmux);
        Some(Canvas { protocol, cell: cell.or_else(measured).unwrap_or(USUAL_CELL), is_in_tmux })
    };
    match images {
        Images::Off => Looked::default(),
        Images::By(protocol) => Looked { canvas: canvas(protocol, None, multiplexer), ..Looked::default() },
        Images::Auto => {
            let (answers, multiplexer, typed) = ask(multiplexer);
            let protocol = best(&answers).or(has_blocks.then_some(Protocol::HalfBlocks));
            tracing::info!(?answers, ?multiplexer, ?protocol, "the terminal's pictures");
            let canvas = protocol.and_then(|protocol| canvas(protocol, answers.cell, multiplexer));
            Looked { canvas, name: answers.name, typed }
        }
    }
}

/// Returns the best protocol of the terminal, half-blocks aside.
fn best(answers: &Answers) -> Option<Protocol> {
    let is_named = |start: &str| answers.name.as_ref().is_some_and(|name| name.starts_with(start));
    if TAKE_ITERM2.iter().any(|name| is_named(name)) {
        Some(Protocol::Iterm2)
    } else if answers.is_kitty && !is_named(LACKS_PLACEHOLDERS) {
        Some(Protocol::Kitty)
    } else {
        // Sixels are measured in pixels, and would overlap cells of another size.
        (answers.is_sixel && (answers.cell.is_some() || measured().is_some())).then_some(Protocol::Sixel)
    }
}

/// Returns the size of a cell in pixels, as the kernel knows it.
fn measured() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let (width, height) = (size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?);
    (width > 0 && height > 0).then_some((width, height))
}

/// Asks, and waits for the answers; also finds the multiplexer, if its variables did not come along.
fn ask(known: Option<Multiplexer>) -> (Answers, Option<Multiplexer>, Vec<Input>) {
    let mut received = Vec::new();
    let read = exchange(&[WHO, CELL_SIZE, WHAT].concat(), &mut received, PATIENCE, |answers| answers.n_complete > 0);
    let name = read.answers.name.clone().unwrap_or_default();
    let stands_before = STAND_BEFORE.iter().find(|(start, _)| name.starts_with(start)).map(|(_, what)| *what);
    let multiplexer = stands_before.or(known);
    let read = match multiplexer {
        // tmux has cells of its own and draws sixels itself, so the terminal around it is asked only for its name
        // and for kitty.
        Some(Multiplexer::Tmux) => {
            received.clear();
            let questions = wrapped(&[CAN_KITTY, WHO].concat(), Multiplexer::Tmux);
            let mut beyond = exchange(&questions, &mut received, PATIENCE_BEYOND_TMUX, |answers| {
                answers.is_kitty && answers.name.is_some()
            });
            beyond.answers = Answers { name: beyond.answers.name, is_kitty: beyond.answers.is_kitty, ..read.answers };
            beyond.typed.splice(..0, read.typed);
            beyond
        }
        None if read.answers.name.is_some() => {
            exchange(&[CAN_KITTY, WHAT].concat(), &mut received, PATIENCE, |answers| answers.n_complete > 1)
        }
        Some(Multiplexer::Screen) | None => read,
    };
    (read.answers, multiplexer, keys::typed(&read.typed))
}

/// Asks, and reads into `received` until `is_all` or the timeout. A paste that has begun is read to its end, because
/// the rest of it would be taken for keys.
fn exchange(questions: &str, received: &mut Vec<u8>, patience: Duration, is_all: fn(&Answers) -> bool) -> Read {
    // A failure here counts as a missing answer.
    if !io::stdin().is_terminal() || send(&mut io::stdout(), questions).is_err() {
        return Read::of(received);
    }
    let deadline = Instant::now() + patience;
    let mut read = Read::of(received);
    while receive(received, deadline) {
        read = Read::of(received);
        if is_all(&read.answers) && !keys::is_pasting(&read.typed) {
            break;
        }
    }
    read
}

/// Appends available input; returns false when none arrives before the deadline, or never will.
fn receive(received: &mut Vec<u8>, deadline: Instant) -> bool {
    let stdin = io::stdin();
    let left = deadline.saturating_duration_since(Instant::now());
    let Ok(timeout) = Timespec::try_from(left) else { return false };
    let is_ready = poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&timeout)).is_ok_and(|n_ready| n_ready > 0);
    if !is_ready {
        return false;
    }
    let mut buffer = [0; 1024];
    // Not through the standard library, whose buffer would keep keys from the next reader.
    match rustix::io::read(&stdin, &mut buffer) {
        Ok(n_read) if n_read > 0 => {
            received.extend_from_slice(buffer.get(..n_read).unwrap_or_default());
            true
        }
        Ok(_) | Err(_) => false,
    }
}

/// The input, split into answers and what was typed in between.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Read {
    answers: Answers,
    typed: Vec<u8>,
}

impl Read {
    fn of(mut bytes: &[u8]) -> Self {
        let mut read = Self::default();
        while let Some((&first, rest)) = bytes.split_first() {
            bytes = if let Some((body, after)) = answer(bytes) {
                if !read.answers.note(body) {
                    read.typed.extend_from_slice(bytes.get(..bytes.len() - after.len()).unwrap_or_default());
                }
                after
            } else {
                read.typed.push(first);
                rest
            };
        }
        read
    }
}

/// Returns the control sequence or string at the beginning, without `ESC` and without the end of a string, and the
/// bytes after it.
fn answer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = bytes.strip_prefix(b"\x1b")?;
    let (end, skipped) = match body.first()? {
        b'[' => (body.iter().skip(1).position(|byte| (0x40..=0x7e).contains(byte))? + 2, 0),
        b'_' | b'P' => (body.windows(2).position(|pair| pair == b"\x1b\\")?, 2),
        _ => return None,
    };
    Some((body.get(..end)?, body.get(end + skipped..)?))
}

impl Answers {
    /// Records an answer; returns false if it is not one.
    fn note(&mut self, body: &[u8]) -> bool {
        let Ok(body) = std::str::from_utf8(body) else { return false };
        if let Some(said) = body.strip_prefix("_G") {
            self.is_kitty |= said == "i=31;OK";
        } else if let Some(name) = body.strip_prefix("P>|") {
            // In tmux the name of the terminal around it comes first.
            self.name.get_or_insert_with(|| name.to_owned());
        } else if let Some(can) = body.strip_prefix("[?").and_then(|rest| rest.strip_suffix('c')) {
            self.is_sixel |= can.split(';').any(|number| number == "4");
            self.n_complete += 1;
        } else if let Some(size) = body.strip_prefix("[6;").and_then(|rest| rest.strip_suffix('t')) {
            let (height, width) = size.split_once(';').unwrap_or_default();
            self.cell = width.parse().ok().zip(height.parse().ok()).filter(|cell| cell.0 > 0 && cell.1 > 0);
        } else {
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_from_keys() {
        let read = Read::of(
            b"j\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.42.0)\x1b\\k\x1b[A\x1b[6;20;10t\xe4\xbd\xa0\x1b[?62;4;22c\x1b",
        );
        let expected = Answers {
            is_kitty: true,
            is_sixel: true,
            name: Some("kitty(0.42.0)".to_owned()),
            cell: Some((10, 20)),
            n_complete: 1,
        };
        assert_eq!(read.answers, expected);
        assert_eq!(read.typed, b"jk\x1b[A\xe4\xbd\xa0\x1b");
        assert_eq!(
            Read::of(b"\x1b_Gi=31;ENOTSUP:x\x1b\\\x1b[?1;2c").answers,
            Answers { n_complete: 1, ..Answers::default() }
        );
    }

    #[test]
    fn the_best_protocol_is_taken_and_false_claims_are_known() {
        let answers = |name: &str, is_kitty, is_sixel| Answers {
            is_kitty,
            is_sixel,
            name: Some(name.to_owned()),
            cell: Some((8, 16)),
            n_complete: 1,
        };
        for (answers, protocol) in [
            (answers("kitty(0.42.0)", true, false), Some(Protocol::Kitty)),
            (answers("ghostty 1.2", true, false), Some(Protocol::Kitty)),
            (answers("WezTerm 20240203", true, true), Some(Protocol::Iterm2)),
            (answers("iTerm2 3.5.0", false, true), Some(Protocol::Iterm2)),
            (answers("Konsole 24", true, true), Some(Protocol::Sixel)),
            (answers("foot(1.16.2)", false, true), Some(Protocol::Sixel)),
            (answers("VTE(7600)", false, false), None),
            (Answers::default(), None),
        ] {
            assert_eq!(best(&answers), protocol, "{answers:?}");
        }
    }

    #[test]
    fn no_bytes_break_the_reading() {
        for bytes in [b"\x1b".as_slice(), b"\x1b[", b"\x1b_G", b"\x1bP", b"\x1b[6;;t", b"\x1b[?c", b"\xff\xfe\x1b[\xff"]
        {
            assert_eq!(Read::of(bytes).answers.cell, None);
        }
    }
}
