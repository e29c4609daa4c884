//! crossterm's events → our keys. Which action a key means is the dashboard's table.

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use futures_util::{Stream, StreamExt as _, future};

use crate::dashboard::key::{Code, Key};
use crate::dashboard::layout::Size;

/// One notch of the wheel, in rows: what terminals send as arrow keys where the mouse is theirs.
const WHEEL: isize = 3;

/// What comes from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats because it is held.
    Key(Key),
    /// Text was pasted; it is as foreign as what strangers write.
    Pasted(String),
    /// A button of the mouse was pressed at this column and row.
    Clicked(u16, u16),
    /// The wheel was turned by so many rows, down being positive.
    Scrolled(isize),
    /// The terminal has another size now.
    Resized(Size),
    /// The terminal cannot be read any more; in words for people. Nothing comes after it.
    Gone(String),
}

/// What is typed, from now on. One stream at a time: two would share the keys. Focus, the release of
/// keys and all of the mouse but clicks and the wheel are left out.
///
/// When the terminal goes away, crossterm may neither end nor fail, so the caller also waits for
/// [`asked_to_stop`](super::asked_to_stop) and takes a failing draw for the end.
pub fn inputs() -> impl Stream<Item = Input> + Unpin {
    EventStream::new()
        .scan(false, |gone, event| {
            let input = match event {
                // What comes after an error is the same error, as fast as it can be asked for.
                _ if *gone => return future::ready(None),
                Ok(event) => input(&event),
                Err(error) => {
                    *gone = true;
                    Some(Input::Gone(error.to_string()))
                }
            };
            future::ready(Some(input))
        })
        .filter_map(future::ready)
}

fn input(event: &Event) -> Option<Input> {
    match *event {
        Event::Key(event) if event.kind != KeyEventKind::Release => key(event).map(Input::Key),
        Event::Paste(ref text) => Some(Input::Pasted(text.clone())),
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
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

/// Our name for a key; `None` for those that no action could have, such as Caps Lock or a volume key.
fn key(event: KeyEvent) -> Option<Key> {
    let held = |modifier| event.modifiers.contains(modifier);
    let (ctrl, alt) = (held(KeyModifiers::CONTROL), held(KeyModifiers::ALT));
    let code = match event.code {
        KeyCode::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab if held(KeyModifiers::SHIFT) => Code::BackTab,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::F(number),
        KeyCode::Insert
        | KeyCode::Null
        | KeyCode::CapsLock
        | KeyCode::ScrollLock
        | KeyCode::NumLock
        | KeyCode::PrintScreen
        | KeyCode::Pause
        | KeyCode::Menu
        | KeyCode::KeypadBegin
        | KeyCode::Media(_)
        | KeyCode::Modifier(_) => return None,
    };
    Some(Key { code, ctrl, alt })
}
