//! crossterm's events → our keys. Which action a key means is the dashboard's table.

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

/// One notch of the wheel, in rows: what terminals send as arrow keys where the mouse is theirs.
const WHEEL: isize = 3;

/// What comes from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats because it is held.
    Key(Key),
    /// Text was pasted; it is as foreign as what strangers write, and wiped because it may be a secret.
    Pasted(Zeroizing<String>),
    /// A button of the mouse was pressed at this column and row.
    Clicked(u16, u16),
    /// The wheel was turned by this many rows, down being positive.
    Scrolled(isize),
    /// The terminal got the focus, or lost it.
    Focused(bool),
    /// The terminal has another size now.
    Resized(Size),
    /// The terminal cannot be read any more; in words for people. Nothing comes after it.
    Gone(String),
}

/// Who reads the keys. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Keyboard(Arc<Mutex<Option<EventStream>>>);

impl Keyboard {
    /// What is typed, from now on, after what was `typed` before. One stream at a time: two would share the keys. The release of
    /// keys and all of the mouse but clicks and the wheel are left out.
    ///
    /// When the terminal goes away, crossterm may neither end nor fail, so the caller also waits for
    /// [`StopSignals`](super::StopSignals) and takes a failing draw for the end.
    pub fn inputs(&self, typed: Vec<Input>) -> impl Stream<Item = Input> + Unpin + use<> {
        self.listen();
        let keyboard = self.clone();
        let events = stream::poll_fn(move |context| keyboard.poll(context))
            .scan(false, |gone, event| {
                let input = match event {
                    // What comes after an error is the same error, as fast as it can be asked for.
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

    /// Reads no keys until it is to listen again: another program has the terminal.
    pub fn ignore(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Reads keys.
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

/// The keys of the terminal, read by nobody else: see [`Keyboard::inputs`].
pub fn inputs(typed: Vec<Input>) -> impl Stream<Item = Input> + Unpin {
    Keyboard::default().inputs(typed)
}

/// TABLE: the keys that send a sequence (xterm), without `ESC`, as far as a hasty user types them before there is a
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

/// The keys that sent these bytes: what crossterm cannot be given any more, because it was read already.
pub(super) fn typed(bytes: &[u8]) -> Vec<Input> {
    let mut keys = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let mut text = chunk.valid();
        while let Some(first) = text.chars().next() {
            let rest = text.get(first.len_utf8()..).unwrap_or_default();
            let sequence = SEQUENCES.iter().find(|(sent, _)| first == '\u{1b}' && rest.as_bytes().starts_with(sent));
            text = sequence.and_then(|(sent, _)| rest.get(sent.len()..)).unwrap_or(rest);
            keys.push(Input::Key(sequence.map_or_else(|| key_of(first), |(_, code)| Key::plain(*code))));
        }
    }
    keys
}

/// The key that types a character, control characters included.
fn key_of(char: char) -> Key {
    match char {
        '\r' | '\n' => Key::plain(KeyCode::Enter),
        '\t' => Key::plain(KeyCode::Tab),
        '\u{7f}' | '\u{8}' => Key::plain(KeyCode::Backspace),
        '\u{1b}' => Key::plain(KeyCode::Esc),
        // Ctrl takes the letter's upper bits away.
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
            MouseEventKind::ScrollDown => Some(Input::Scrolled(WHEEL)),
            MouseEventKind::ScrollUp => Some(Input::Scrolled(-WHEEL)),
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

/// Our name for a key; `None` for those that no action could have, such as Caps Lock or a volume key.
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
    }
}
