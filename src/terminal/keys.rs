//! crossterm's events → our keys. The dashboard's table says which action a key has.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crossterm::event::{
    Event, EventStream, KeyCode as TerminalCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use futures_util::{Stream, StreamExt as _, future, stream};
use secrecy::zeroize::Zeroizing;

use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::Size;

/// Rows per notch of the wheel: as many as the arrow keys that terminals send for it while the mouse is theirs.
const WHEEL: isize = 3;

/// Input from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats because it is held.
    Key(Key),
    /// Text was pasted. It is as foreign as the text of strangers, and wiped because it may be a secret.
    Pasted(Zeroizing<String>),
    /// The left button of the mouse was pressed at this column and row.
    Clicked(u16, u16),
    /// The wheel was turned by this many rows, down being positive, with the mouse at this column and row.
    Scrolled(isize, u16, u16),
    /// The terminal got the focus, or lost it.
    Focused(bool),
    /// The size of the terminal has changed.
    Resized(Size),
    /// The terminal cannot be read any more; the text is for users. Nothing comes after it.
    Gone(String),
}

/// The reader of the keys. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Keyboard(Arc<Mutex<Option<EventStream>>>);

impl Keyboard {
    /// Returns the input from now on, after what was `typed` before. Use one stream at a time, because two would
    /// share the keys. Releases of keys are left out, and all of the mouse but clicks and the wheel.
    ///
    /// When the terminal goes away, crossterm may neither end nor fail, so the caller must also wait for
    /// [`StopSignals`](super::StopSignals) and treat a failing draw as the end.
    pub fn inputs(&self, typed: Vec<Input>) -> impl Stream<Item = Input> + Unpin + use<> {
        self.listen();
        let keyboard = self.clone();
        let events = stream::poll_fn(move |context| keyboard.poll(context))
            .scan(false, |gone, event| {
                let input = match event {
                    // After an error, the same error comes as fast as it can be asked for.
                    _ if *gone => return future::ready(None),
                    Ok(event) => input(event),
                    Err(error) => {
                        *gone = true;
                        Some(Input::Gone(error.to_string()))
                    }
                };
                future::ready(Some(input))
            })
            .filter_map(future::ready);
        stream::iter(typed).chain(events)
    }

    /// Stops reading keys until [`Self::listen`] is called, because another program has the terminal.
    pub fn ignore(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Starts reading keys.
    pub fn listen(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(EventStream::new());
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<io::Result<Event>>> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(events) => events.poll_next_unpin(context),
            None => Poll::Pending,
        }
    }
}

/// Returns the input of the terminal for a single reader: see [`Keyboard::inputs`].
pub fn inputs(typed: Vec<Input>) -> impl Stream<Item = Input> + Unpin {
    Keyboard::default().inputs(typed)
}

/// TABLE: keys that send a sequence (xterm), without `ESC`, as far as a hasty user types them before there is a
/// screen.
const SEQUENCES: &[(&[u8], KeyCode)] = &[
    (b"[A", KeyCode::Up),
    (b"OA", KeyCode::Up),
    (b"[B", KeyCode::Down),
    (b"OB", KeyCode::Down),
    (b"[C", KeyCode::Right),
    (b"OC", KeyCode::Right),
    (b"[D", KeyCode::Left),
    (b"OD", KeyCode::Left),
    (b"[H", KeyCode::Home),
    (b"OH", KeyCode::Home),
    (b"[F", KeyCode::End),
    (b"OF", KeyCode::End),
    (b"[1~", KeyCode::Home),
    (b"[7~", KeyCode::Home),
    (b"[4~", KeyCode::End),
    (b"[8~", KeyCode::End),
    (b"[Z", KeyCode::BackTab),
    (b"[3~", KeyCode::Delete),
    (b"[5~", KeyCode::PageUp),
    (b"[6~", KeyCode::PageDown),
    (b"OP", KeyCode::F(1)),
    (b"OQ", KeyCode::F(2)),
    (b"OR", KeyCode::F(3)),
    (b"OS", KeyCode::F(4)),
    (b"[15~", KeyCode::F(5)),
    (b"[17~", KeyCode::F(6)),
    (b"[18~", KeyCode::F(7)),
    (b"[19~", KeyCode::F(8)),
    (b"[20~", KeyCode::F(9)),
    (b"[21~", KeyCode::F(10)),
    (b"[23~", KeyCode::F(11)),
    (b"[24~", KeyCode::F(12)),
];

/// Begin and end of what is pasted, without the `ESC` of the begin.
const PASTE: (&str, &str) = ("[200~", "\u{1b}[201~");

/// Returns the input that sent these bytes, which crossterm cannot get any more because they were read already. What
/// tmux says of the focus is among them, and may be what the user pastes. Other sequences are no keys of ours.
pub(super) fn typed(bytes: &[u8]) -> Vec<Input> {
    let mut inputs = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let mut text = chunk.valid();
        while let Some(first) = text.chars().next() {
            let rest = text.get(first.len_utf8()..).unwrap_or_default();
            let sequence = sequence(rest).filter(|_| first == '\u{1b}');
            let (input, after) = sequence.unwrap_or_else(|| (Some(Input::Key(key_of(first))), rest));
            inputs.extend(input);
            text = after;
        }
    }
    inputs
}

/// Returns the input of the sequence at the beginning, which follows an `ESC`, and the text after it. Returns `None`
/// if there is no sequence, so that Esc itself was typed.
fn sequence(text: &str) -> Option<(Option<Input>, &str)> {
    if let Some(pasted) = text.strip_prefix(PASTE.0) {
        let (pasted, after) = pasted.split_once(PASTE.1).unwrap_or((pasted, ""));
        return Some((Some(Input::Pasted(Zeroizing::new(pasted.to_owned()))), after));
    }
    let length = match text.as_bytes() {
        [b'[', body @ ..] => 2 + body.iter().position(|byte| (0x40..=0x7e).contains(byte))?,
        [b'O', b'A'..=b'Z' | b'a'..=b'z', ..] => 2,
        _ => return None,
    };
    let (sent, after) = text.split_at_checked(length)?;
    let input = match sent {
        "[I" => Some(Input::Focused(true)),
        "[O" => Some(Input::Focused(false)),
        _ => {
            let known = SEQUENCES.iter().find(|(key, _)| *key == sent.as_bytes());
            known.map(|(_, code)| Input::Key(Key::plain(*code)))
        }
    };
    Some((input, after))
}

/// Returns whether the end of what is pasted is not among these bytes yet.
pub(super) fn is_pasting(bytes: &[u8]) -> bool {
    let last = |text: &str| bytes.windows(text.len()).rposition(|window| window == text.as_bytes());
    last(&format!("\u{1b}{}", PASTE.0)).is_some_and(|begun| last(PASTE.1).is_none_or(|ended| ended < begun))
}

/// Returns the key that types a character, control characters included.
fn key_of(char: char) -> Key {
    match char {
        '\r' | '\n' => Key::plain(KeyCode::Enter),
        '\t' => Key::plain(KeyCode::Tab),
        '\u{7f}' | '\u{8}' => Key::plain(KeyCode::Backspace),
        '\u{1b}' => Key::plain(KeyCode::Esc),
        // Ctrl clears the upper bits of the letter.
        '\u{1}'..='\u{1a}' => u8::try_from(char).map_or(Key::char(char), |byte| Key::ctrl(char::from(byte | 0x60))),
        _ => Key::char(char),
    }
}

fn input(event: Event) -> Option<Input> {
    match event {
        Event::Key(event) if event.kind != KeyEventKind::Release => key(event).map(Input::Key),
        Event::Paste(text) => Some(Input::Pasted(Zeroizing::new(text))),
        Event::Mouse(MouseEvent { kind, column, row, .. }) => match kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Input::Clicked(column, row)),
            MouseEventKind::ScrollDown => Some(Input::Scrolled(WHEEL, column, row)),
            MouseEventKind::ScrollUp => Some(Input::Scrolled(-WHEEL, column, row)),
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => None,
        },
        Event::Resize(width, height) => Some(Input::Resized(Size { width, height })),
        Event::FocusGained => Some(Input::Focused(true)),
        Event::FocusLost => Some(Input::Focused(false)),
        Event::Key(_) => None,
    }
}

/// Returns our name for a key; `None` for one that no action could have, such as Caps Lock or a volume key.
fn key(event: KeyEvent) -> Option<Key> {
    let held = |modifier| event.modifiers.contains(modifier);
    let (ctrl, alt) = (held(KeyModifiers::CONTROL), held(KeyModifiers::ALT));
    let code = match event.code {
        TerminalCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
        TerminalCode::Char(c) => KeyCode::Char(c),
        TerminalCode::Enter => KeyCode::Enter,
        TerminalCode::Esc => KeyCode::Esc,
        TerminalCode::Tab if held(KeyModifiers::SHIFT) => KeyCode::BackTab,
        TerminalCode::Tab => KeyCode::Tab,
        TerminalCode::BackTab => KeyCode::BackTab,
        TerminalCode::Backspace => KeyCode::Backspace,
        TerminalCode::Delete => KeyCode::Delete,
        TerminalCode::Up => KeyCode::Up,
        TerminalCode::Down => KeyCode::Down,
        TerminalCode::Left => KeyCode::Left,
        TerminalCode::Right => KeyCode::Right,
        TerminalCode::Home => KeyCode::Home,
        TerminalCode::End => KeyCode::End,
        TerminalCode::PageUp => KeyCode::PageUp,
        TerminalCode::PageDown => KeyCode::PageDown,
        TerminalCode::F(number) => KeyCode::F(number),
        TerminalCode::Insert
        | TerminalCode::Null
        | TerminalCode::CapsLock
        | TerminalCode::ScrollLock
        | TerminalCode::NumLock
        | TerminalCode::PrintScreen
        | TerminalCode::Pause
        | TerminalCode::Menu
        | TerminalCode::KeypadBegin
        | TerminalCode::Media(_)
        | TerminalCode::Modifier(_) => return None,
    };
    Some(Key { code, ctrl, alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_before_there_was_a_screen_is_not_lost() {
        let keys = typed("j你\u{1b}[A\r\u{4}\u{1b}".as_bytes());
        let expected = [
            Key::char('j'),
            Key::char('你'),
            Key::plain(KeyCode::Up),
            Key::plain(KeyCode::Enter),
            Key::ctrl('d'),
            Key::plain(KeyCode::Esc),
        ];
        assert_eq!(keys, expected.map(Input::Key));
        assert!(typed(b"\xff").is_empty());
        // tmux and the console of Linux have these, and rxvt the others.
        let keys = typed(b"\x1b[1~\x1b[4~\x1b[7~\x1b[8~");
        let expected = [KeyCode::Home, KeyCode::End, KeyCode::Home, KeyCode::End];
        assert_eq!(keys, expected.map(Key::plain).map(Input::Key));
    }

    /// tmux says whether its pane has the focus as soon as it is asked to, so before there is a screen. `Esc`, `[` and
    /// `I` went to the tab on the left and opened its pictures.
    #[test]
    fn a_sequence_before_there_is_a_screen_is_never_taken_for_the_keys_it_is_made_of() {
        assert_eq!(typed(b"\x1b[Ij\x1b[O"), [Input::Focused(true), Input::Key(Key::char('j')), Input::Focused(false)]);
        let pasted = |text: &str| Input::Pasted(Zeroizing::new(text.to_owned()));
        assert_eq!(
            typed("\u{1b}[200~删除 D\r\u{1b}[201~k".as_bytes()),
            [pasted("删除 D\r"), Input::Key(Key::char('k'))]
        );
        assert_eq!(typed(b"\x1b[200~half of it"), [pasted("half of it")]);
        assert!(typed(b"\x1b[1;5D\x1b[<0;4;5M\x1bOw").is_empty(), "no key of ours has these");
        assert_eq!(typed(b"\x1b\x1b[A"), [KeyCode::Esc, KeyCode::Up].map(Key::plain).map(Input::Key));
    }
}
