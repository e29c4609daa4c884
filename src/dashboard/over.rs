//! Screens and how they communicate: the input of a screen, its reply, and the screens that lie over the panes.
//!
//! Every screen has one entry point, [`Responder::act`]. It sees its own fields and the [`World`]. Its wishes for
//! other screens go into its [`ScreenReply`], which the state carries out.

use std::fmt::{Debug, Display};

use chrono::{DateTime, Utc};

use crate::controls::action::Action;
use crate::controls::key::Key;
use crate::controls::layout::Pane;
use crate::controls::looks::Looks;
use crate::controls::tab::TabChange;
use crate::language::Words;
use crate::query::Query;
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::page::{Request, Selection};
use crate::record::target::BookmarkPlace;

use super::sorting::SortKey;
use super::{Cell, Effect, Event, Tone, World};

pub mod composer;
mod cursor;
pub mod downloads;
pub mod map;
pub mod menu;
pub mod naming;
pub mod prompt;
pub mod question;
pub mod requests;
pub mod saving;
pub mod search;
pub mod secret;
pub mod statistics;
pub mod targets;
pub mod viewer;

use prompt::LinePurpose;
use prompt::keys::{self, KeyHelp};

/// The input of a screen.
#[derive(Debug, Clone, Copy)]
pub enum ScreenInput<'a> {
    /// A key as it was pressed. If the screen does not handle it, the screen gets the action that the key is bound to.
    Key(Key),
    /// An action, from a key or a menu.
    Action(Action),
    /// Pasted text.
    Text(&'a str),
    /// A click at this column and row.
    Click(u16, u16),
    /// The number of rows that the wheel was turned; down is positive.
    Scroll(isize),
}

/// The reply of a screen.
#[derive(Debug, Default)]
pub struct ScreenReply {
    /// Effects for the shell to carry out.
    pub(super) effects: Vec<Effect>,
    /// A notice for the user.
    pub(super) notice: Option<Cell>,
    /// Wishes that other screens carry out, in this order.
    pub(super) wishes: Vec<Wish>,
    /// The next state of the screen.
    pub(super) next: Next,
}

/// The next state of a screen after its reply.
#[derive(Debug, Default)]
pub(super) enum Next {
    /// The screen stays open.
    #[default]
    Stay,
    /// The screen stays open, and the input was not for it.
    Pass,
    /// The screen closes.
    Close,
    /// Another screen opens on top of it.
    Open(Box<Over>),
}

/// A wish that the state or another screen carries out. Choosing an entry of a menu makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Runs an action in the open screen, or else in the list.
    Act(Action),
    /// Gives an effect to the shell.
    Do(Effect),
    /// Sorts the list by this key.
    Sort(SortKey),
    /// Changes the look of the screen.
    Look(Looks),
    /// Shows other panes.
    Show(Pane),
    /// Shows the messages of the tab that match a query.
    Find(Query),
    /// Shows them around this message.
    FindAround(Query, Seq),
    /// Shows this tab, counted from the left.
    ShowTab(usize),
    /// Changes the tabs.
    ChangeTab(TabChange),
    /// Remembers a query that was typed, and makes it the last search.
    KeepSearch(String),
    /// Goes to this message in the list.
    GoTo(Seq),
    /// Goes to this message in the list until the reply or the picture that is being opened is closed.
    Hold(Seq),
    /// Goes to this message: in the list if it is loaded there, otherwise in the tab of all messages.
    GoToAnywhere(Seq),
    /// Goes to the next message of the list that has a picture.
    Picture {
        /// Whether to search downwards rather than upwards.
        is_down: bool,
    },
    /// Runs an action on the selected message, whatever lies over the panes.
    ActOnSelected(Action),
    /// Asks whether to move the bookmark of the target of this name.
    MoveBookmark(String, BookmarkPlace),
    /// Inserts this text into the reply that is being written, on a line of its own.
    Write(String),
    /// Asks for a line of text for this purpose.
    AskLine(LinePurpose),
    /// Presses a key in the screen whose help shows it.
    Press(Key),
    /// Downloads the files of these messages and clears the picks.
    Download(Selection),
}

impl ScreenReply {
    /// Returns the reply of a screen that has handled the input.
    pub(super) fn done() -> Self {
        Self::default()
    }

    /// Returns the reply of a screen that does not handle the input.
    pub(super) fn pass() -> Self {
        Self { next: Next::Pass, ..Self::default() }
    }

    /// Returns the reply that closes the screen.
    pub(super) fn close() -> Self {
        Self { next: Next::Close, ..Self::default() }
    }

    /// Returns the reply that opens another screen on top of this one.
    pub(super) fn open(over: impl Into<Over>) -> Self {
        Self { next: Next::Open(Box::new(over.into())), ..Self::default() }
    }

    pub(super) fn effect(effect: impl Into<Effect>) -> Self {
        Self { effects: vec![effect.into()], ..Self::default() }
    }

    /// Returns a reply that loads a page if there is a request for one.
    pub(super) fn load(request: Option<Request>) -> Self {
        Self { effects: request.map(Effect::Load).into_iter().collect(), ..Self::default() }
    }

    /// Returns a reply with a notice for the user.
    pub(super) fn say(world: &World, tone: Tone, words: Words, values: &[&dyn Display]) -> Self {
        Self { notice: Some(world.say(tone, words, values)), ..Self::default() }
    }

    pub(super) fn wish(wish: Wish) -> Self {
        Self { wishes: vec![wish], ..Self::default() }
    }

    /// Adds effects after the others.
    pub(super) fn and(mut self, effect: impl IntoIterator<Item = Effect>) -> Self {
        self.effects.extend(effect);
        self
    }

    pub(super) fn and_wish(mut self, wish: Wish) -> Self {
        self.wishes.push(wish);
        self
    }

    pub(super) fn and_say(self, world: &World, tone: Tone, words: Words, values: &[&dyn Display]) -> Self {
        Self { notice: Some(world.say(tone, words, values)), ..self }
    }

    /// Returns a reply that tells the user why an action is not possible.
    pub(super) fn tell(world: &World, reason: &Reason) -> Self {
        Self { notice: Some(Cell::new(Tone::Bad, reason.of(world.language()))), ..Self::default() }
    }

    /// Returns a reply that warns the user with these words that an action was not carried out.
    pub(super) fn warn(words: impl Into<String>) -> Self {
        Self { notice: Some(Cell::new(Tone::Warning, words)), ..Self::default() }
    }

    /// Returns whether the input was not for this screen.
    pub(super) const fn is_pass(&self) -> bool {
        matches!(self.next, Next::Pass)
    }
}

/// An action, and what it does in a screen in that screen's words.
pub type Hint = (Action, Words);

/// A screen and its entry point.
pub(super) trait Responder: Debug {
    /// Handles an input. The default passes it to `type_key`, `paste` or `choose`, and ignores the mouse.
    fn act(&mut self, input: ScreenInput<'_>, world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) => self.type_key(key, world),
            ScreenInput::Text(text) => self.paste(text, world),
            ScreenInput::Action(action) => self.choose(action, world),
            ScreenInput::Click(..) | ScreenInput::Scroll(_) => ScreenReply::pass(),
        }
    }

    /// Handles a key as it was pressed.
    fn type_key(&mut self, _key: Key, _world: &World) -> ScreenReply {
        ScreenReply::pass()
    }

    fn paste(&mut self, _text: &str, _world: &World) -> ScreenReply {
        ScreenReply::pass()
    }

    /// Handles an action, from a menu, a click, or a key that `type_key` did not handle.
    fn choose(&mut self, _action: Action, _world: &World) -> ScreenReply {
        ScreenReply::pass()
    }

    /// Handles an event before the world does.
    fn take(&mut self, _event: &Event, _world: &World) -> ScreenReply {
        ScreenReply::done()
    }
}

/// The traits of a screen over the panes, whatever it shows.
#[derive(Debug)]
pub(super) struct Traits {
    /// The actions that the screen handles. The line below the screen shows them, and the help lists them first.
    hints: &'static [Hint],
    /// The keys that the help of a screen shows that takes text.
    pub(super) keys: [&'static [KeyHelp]; 2],
    /// Whether the screen takes text, a choice or a confirmation, so that characters are text or an answer.
    pub(super) is_asking: bool,
    /// Whether the screen hides the panes below.
    pub(super) covers_panes: bool,
    /// Whether the screen would be empty with private data masked.
    pub(super) is_private: bool,
    /// The actions that close the screen if it does not handle them.
    closed_by: &'static [Action],
}

impl Traits {
    /// Returns whether a key that the screen did not handle closes it.
    pub(super) fn is_closed_by(&self, action: Option<Action>) -> bool {
        !self.is_asking && action.is_some_and(|action| self.closed_by.contains(&action))
    }
}

/// The traits of a screen that shows something.
const SHOWS: Traits = Traits {
    hints: &[],
    keys: [&[], &[]],
    is_asking: false,
    covers_panes: true,
    is_private: false,
    closed_by: &[Action::Back, Action::Close],
};
/// The traits of a screen that asks for input.
const ASKS: Traits = Traits { is_asking: true, ..SHOWS };
/// The traits of a screen that asks for private input.
const ASKS_PRIVATELY: Traits = Traits { is_private: true, ..ASKS };
/// The traits of a screen that asks for input and leaves the panes visible.
const BESIDE_PANES: Traits = Traits { covers_panes: false, ..ASKS };
const ASKS_FOR_LINE: Traits = Traits { keys: [keys::EDIT, keys::LINE], ..ASKS };
const ASKS_FOR_PATH: Traits = Traits { keys: [keys::EDIT, keys::PATH], ..ASKS };
const ASKS_FOR_NAME: Traits = Traits { keys: [keys::EDIT, keys::FORM], ..ASKS_PRIVATELY };
const ASKS_FOR_LABELS: Traits = Traits { keys: [keys::EDIT, keys::LABELS], ..ASKS_PRIVATELY };
const ASKS_FOR_SECRET: Traits = Traits { keys: [keys::SECRET, &[]], ..ASKS };
const ASKS_FOR_QUERY: Traits = Traits { keys: [keys::EDIT, keys::QUERY], ..BESIDE_PANES };
const COMPOSES: Traits = Traits { keys: [composer::KEYS, keys::EDIT], ..BESIDE_PANES };

/// Defines the screens that can lie over the panes, one per row: its traits, and the actions that open it from
/// anywhere.
macro_rules! overs {
    ($($(#[$doc:meta])* $module:ident::$name:ident like $($traits:ident)::+ $(by $($action:ident $open:ident),+)?;)*) => {
        $(use $module::$name;)*

        /// A screen over the panes.
        #[derive(Debug, Clone)]
        pub enum Over {
            $($(#[$doc])* $name($name),)*
        }

        impl Over {
            pub(super) const fn traits(&self) -> &'static Traits {
                match self {
                    $(Self::$name(_) => &$($traits)::+,)*
                }
            }

            pub(super) fn screen_mut(&mut self) -> &mut dyn Responder {
                match self {
                    $(Self::$name(screen) => screen,)*
                }
            }

            /// Opens the screen of an action, or returns `None` if the action has none.
            pub(super) fn open(action: Action, world: &mut World) -> Option<ScreenReply> {
                match action {
                    $($($(Action::$action => Some($name::$open(world)),)+)?)*
                    _ => None,
                }
            }
        }

        $(impl From<$name> for Over {
            fn from(screen: $name) -> Self {
                Self::$name(screen)
            }
        })*
    };
}

overs! {
    /// A list to choose from.
    menu::Menu like ASKS;
    /// The list of downloads.
    downloads::DownloadList like downloads::TRAITS by Jobs open;
    /// The request log.
    requests::RequestLog like requests::TRAITS by Requests open;
    /// A full-screen picture.
    viewer::PictureViewer like viewer::TRAITS;
    /// The map with every position of the list.
    map::PositionMap like map::TRAITS;
    /// The list of targets.
    targets::TargetList like targets::TRAITS by Targets open;
    /// The choice of a target for messages that are sent at once.
    targets::SendScreen like BESIDE_PANES;
    /// Charts and statistics.
    statistics::StatisticsCharts like statistics::TRAITS by Statistics open;
    /// The prompt for the path of a file.
    saving::SavePrompt like ASKS_FOR_PATH;
    /// The prompt for the name of a tab, a date or a URL.
    prompt::LinePrompt like ASKS_FOR_LINE;
    /// The form for a sender's name and note.
    naming::ProfileForm like ASKS_FOR_NAME;
    /// The list of labels to choose from.
    naming::LabelPicker like ASKS_FOR_LABELS;
    /// The prompt for a secret.
    secret::SecretPrompt like ASKS_FOR_SECRET by AppSecret for_app_secret, AccessToken for_access_token;
    /// The prompt for a query, in the place of the tabs.
    search::SearchPrompt like ASKS_FOR_QUERY;
    /// The reply that is being written to a sender.
    composer::Composer like COMPOSES;
    /// The list of quick replies for the composer.
    composer::QuickPicker like BESIDE_PANES;
    /// A question that needs an answer before an action.
    question::Question like BESIDE_PANES;
}

impl Over {
    /// Presses a key. A screen that takes text has a help of its keys.
    pub(super) fn press(&mut self, key: Key, world: &World) -> ScreenReply {
        let keys = self.traits().keys;
        let reply = self.screen_mut().act(ScreenInput::Key(key), world);
        let is_help = reply.is_pass() && key == keys::HELP && !keys[0].is_empty();
        if is_help { ScreenReply::open(keys::help(keys, world)) } else { reply }
    }

    /// Returns the time at which the screen changes without any input.
    pub(super) fn next_tick(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if let Self::Composer(composer) = self { composer.next_tick(now) } else { None }
    }

    /// Returns whether the meaning of a key is about to change: the quick replies are still loading, or the form is
    /// being saved and closes afterwards.
    pub(super) const fn is_waiting(&self) -> bool {
        match self {
            Self::QuickPicker(picker) => picker.is_reading(),
            Self::ProfileForm(form) => form.is_busy(),
            _ => false,
        }
    }

    /// Returns the actions that the screen handles.
    pub fn hints(&self) -> &'static [Hint] {
        self.traits().hints
    }

    /// Returns whether the screen takes text, a choice or a confirmation, so that characters are text or an answer.
    pub fn is_asking(&self) -> bool {
        self.traits().is_asking
    }
}
