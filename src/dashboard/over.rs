//! Screens and how they talk: what a screen is given, what it answers, and those that lie over the panes.
//!
//! Every screen has one way in, [`Responder::act`]. It sees its own fields and the [`World`]; what it wishes of others stands in
//! its [`ScreenReply`], which the state carries out.

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

/// What a screen is given.
#[derive(Debug, Clone, Copy)]
pub enum ScreenInput<'a> {
    /// A key as it was pressed. A screen that does not take it is given the action that the key stands for.
    Key(Key),
    /// An action: by a key, or chosen from a menu.
    Action(Action),
    /// Pasted text.
    Text(&'a str),
    /// A click at this column and row.
    Click(u16, u16),
    /// The wheel was turned by this number of rows; down is positive.
    Scroll(isize),
}

/// What a screen answers.
#[derive(Debug, Default)]
pub struct ScreenReply {
    /// Orders to the shell.
    pub(super) effects: Vec<Effect>,
    /// What the user is told.
    pub(super) notice: Option<Cell>,
    /// What other screens are to do, in this order.
    pub(super) wishes: Vec<Wish>,
    /// What becomes of the screen.
    pub(super) next: Next,
}

/// What becomes of a screen that answered.
#[derive(Debug, Default)]
pub(super) enum Next {
    /// It stays.
    #[default]
    Stay,
    /// It stays, and the input was not for it.
    Pass,
    /// It closes.
    Close,
    /// Another one opens over it.
    Open(Box<Over>),
}

/// What a screen wishes that is not its own to do. Choosing an entry of a menu is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// An action, in the screen that is open or else in the list.
    Act(Action),
    /// An order to the shell.
    Do(Effect),
    /// The list in another order.
    Sort(SortKey),
    /// The screen in other looks.
    Look(Looks),
    /// Other panes.
    Show(Pane),
    /// What a query finds in the tab.
    Find(Query),
    /// This tab, counted from the left.
    ShowTab(usize),
    /// The tabs in another way.
    ChangeTab(TabChange),
    /// The query that was typed is kept, and is the last search.
    KeepSearch(String),
    /// This message in the list.
    GoTo(Seq),
    /// This message: in the list if it is loaded there, otherwise among all messages.
    GoToAnywhere(Seq),
    /// The next message of the list that has a picture, down the screen or up it.
    Picture {
        /// Whether down.
        is_down: bool,
    },
    /// An action on the selected message, whatever lies over the panes.
    ActOnSelected(Action),
    /// A question.
    Ask(Question),
    /// These words in the reply that is being written, on a line of their own.
    Write(String),
    /// From when on the target of this name is to have the messages.
    AskDate(String),
    /// Which public URL is to be tried.
    AskUrl,
    /// The files of these messages. They are not picked any more.
    Download(Selection),
}

impl ScreenReply {
    /// The input is dealt with.
    pub(super) fn done() -> Self {
        Self::default()
    }

    /// The input is not for this screen.
    pub(super) fn pass() -> Self {
        Self { next: Next::Pass, ..Self::default() }
    }

    /// The screen closes.
    pub(super) fn close() -> Self {
        Self { next: Next::Close, ..Self::default() }
    }

    /// Another screen opens over this one.
    pub(super) fn open(over: impl Into<Over>) -> Self {
        Self { next: Next::Open(Box::new(over.into())), ..Self::default() }
    }

    /// An order to the shell.
    pub(super) fn effect(effect: Effect) -> Self {
        Self { effects: vec![effect], ..Self::default() }
    }

    /// A page, if one is asked for.
    pub(super) fn load(request: Option<Request>) -> Self {
        Self { effects: request.map(Effect::Load).into_iter().collect(), ..Self::default() }
    }

    /// The user is told something.
    pub(super) fn say(world: &World, tone: Tone, words: Words, values: &[&dyn Display]) -> Self {
        Self { notice: Some(world.say(tone, words, values)), ..Self::default() }
    }

    /// Another screen is to do something.
    pub(super) fn wish(wish: Wish) -> Self {
        Self { wishes: vec![wish], ..Self::default() }
    }

    /// The same, and an order to the shell after the others.
    pub(super) fn and(mut self, effect: impl IntoIterator<Item = Effect>) -> Self {
        self.effects.extend(effect);
        self
    }

    /// The same, and another screen is to do something.
    pub(super) fn and_wish(mut self, wish: Wish) -> Self {
        self.wishes.push(wish);
        self
    }

    /// The same, and the user is told something.
    pub(super) fn and_say(self, world: &World, tone: Tone, words: Words, values: &[&dyn Display]) -> Self {
        Self { notice: Some(world.say(tone, words, values)), ..self }
    }

    /// The user is told why something cannot be done.
    pub(super) fn tell(world: &World, reason: &Reason) -> Self {
        Self { notice: Some(Cell::new(Tone::Bad, reason.of(world.language()))), ..Self::default() }
    }

    /// The user is told in these words why something is not done.
    pub(super) fn warn(words: impl Into<String>) -> Self {
        Self { notice: Some(Cell::new(Tone::Warning, words)), ..Self::default() }
    }

    /// Whether the input was not for this screen.
    pub(super) const fn is_pass(&self) -> bool {
        matches!(self.next, Next::Pass)
    }
}

/// An action and what it does in a screen, in the words of that screen.
pub type Hint = (Action, Words);

/// A screen, and the one way in.
pub(super) trait Responder: Debug {
    /// Takes an input. Screens in which something is typed leave this as it is, and say what becomes of keys and text.
    fn act(&mut self, input: ScreenInput<'_>, world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) => self.type_key(key, world),
            ScreenInput::Text(text) => self.paste(text, world),
            ScreenInput::Action(action) => self.choose(action, world),
            ScreenInput::Click(..) | ScreenInput::Scroll(_) => ScreenReply::pass(),
        }
    }

    /// Takes a key as it was pressed.
    fn type_key(&mut self, _key: Key, _world: &World) -> ScreenReply {
        ScreenReply::pass()
    }

    /// Takes pasted text.
    fn paste(&mut self, _text: &str, _world: &World) -> ScreenReply {
        ScreenReply::pass()
    }

    /// Takes an action, which a key that it did not take stands for, or a click.
    fn choose(&mut self, _action: Action, _world: &World) -> ScreenReply {
        ScreenReply::pass()
    }

    /// Takes note of an event, before the world does.
    fn take(&mut self, _event: &Event, _world: &World) -> ScreenReply {
        ScreenReply::done()
    }
}

/// What a screen over the panes is like, whatever it shows.
#[derive(Debug)]
pub(super) struct Traits {
    /// What actions do here. The line below the screen and the help, which has them first, show them.
    hints: &'static [Hint],
    /// Whether something is typed, chosen or confirmed, so that characters are text or an answer.
    pub(super) is_asking: bool,
    /// Whether the panes below are out of sight.
    pub(super) covers_panes: bool,
    /// Whether nothing would be left of it with private things hidden.
    pub(super) is_private: bool,
    /// The actions that close it when it does not take them; where there are none, every key does.
    closed_by: &'static [Action],
}

impl Traits {
    /// Whether a key that it did not take closes it.
    pub(super) fn is_closed_by(&self, action: Option<Action>) -> bool {
        !self.is_asking && (self.closed_by.is_empty() || action.is_some_and(|action| self.closed_by.contains(&action)))
    }
}

/// A screen that shows something.
const SHOWS: Traits = Traits {
    hints: &[],
    is_asking: false,
    covers_panes: true,
    is_private: false,
    closed_by: &[Action::Back, Action::Close],
};
/// A screen that asks something.
const ASKS: Traits = Traits { is_asking: true, ..SHOWS };
/// The same, of what is private.
const ASKS_PRIVATELY: Traits = Traits { is_private: true, ..ASKS };
/// A screen that asks something and leaves the panes in sight.
const BESIDE_PANES: Traits = Traits { covers_panes: false, ..ASKS };

/// Names the screens that can lie over the panes, one row a screen: what it is like, and the actions that open it anywhere.
macro_rules! overs {
    ($($(#[$doc:meta])* $module:ident::$name:ident like $($traits:ident)::+ $(by $($action:ident $open:ident),+)?;)*) => {
        $(use $module::$name;)*

        /// A screen over the panes.
        #[derive(Debug, Clone)]
        pub enum Over {
            $($(#[$doc])* $name($name),)*
        }

        impl Over {
            /// What it is like.
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

            /// Opens the screen that an action is for; `None` of other actions.
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
    /// The downloads.
    downloads::DownloadList like downloads::TRAITS by Jobs open;
    /// The request log.
    requests::RequestLog like requests::TRAITS by Requests open;
    /// A picture.
    viewer::PictureViewer like viewer::TRAITS;
    /// Every position of the list.
    map::PositionMap like map::TRAITS;
    /// The targets.
    targets::TargetList like targets::TRAITS by Targets open;
    /// Where messages go that are sent at once.
    targets::SendScreen like BESIDE_PANES;
    /// Statistics.
    statistics::StatisticsCharts like statistics::TRAITS by Statistics open;
    /// The line in which the path for a file is typed.
    saving::SavePrompt like ASKS;
    /// The line in which the name of a tab, a date or a URL is typed.
    prompt::LinePrompt like ASKS;
    /// The form for what a sender is called.
    naming::ProfileForm like ASKS_PRIVATELY;
    /// The labels to choose from.
    naming::LabelPicker like ASKS_PRIVATELY;
    /// The line in which a secret is typed.
    secret::SecretPrompt like ASKS by AppSecret for_app_secret, AccessToken for_access_token;
    /// The line in which a query is typed, in the place of the tabs.
    search::SearchPrompt like BESIDE_PANES;
    /// What is being written to a sender.
    composer::Composer like BESIDE_PANES;
    /// The quick replies that it may be written with.
    composer::QuickPicker like BESIDE_PANES;
    /// A question before something is done.
    question::Question like BESIDE_PANES;
}

impl Over {
    /// When what it shows changes by time alone.
    pub(super) fn next_tick(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if let Self::Composer(composer) = self { composer.next_tick(now) } else { None }
    }

    /// Whether a key would mean something else than a moment later: what is chosen from is still being read, or what was typed is
    /// being kept, after which the screen closes.
    pub(super) const fn is_waiting(&self) -> bool {
        match self {
            Self::QuickPicker(picker) => picker.is_reading(),
            Self::ProfileForm(form) => form.is_busy(),
            _ => false,
        }
    }

    /// What actions do here.
    pub fn hints(&self) -> &'static [Hint] {
        self.traits().hints
    }

    /// Whether something is typed, chosen or confirmed, so that characters are text or an answer.
    pub fn is_asking(&self) -> bool {
        self.traits().is_asking
    }
}
