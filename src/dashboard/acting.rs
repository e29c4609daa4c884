//! What keys, pastes and clicks do to the state. Which key asks for what is the keymap's to say.

use crate::language::words;
use crate::record::media::Stage;
use crate::record::page::{Anchor, Selection};
use crate::record::place::point;

use super::cell::{Cell, Tone};
use super::requests::Requests;
use super::secret::Secret;
use super::statistics::Shown;
use super::{Effect, Overlay, State, detail, load};
use crate::controls::action::{Action, Scope, row_of};
use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::{Layout, Pane};
use crate::controls::looks::Theme;

impl State {
    pub(super) fn key(&mut self, key: Key) -> Vec<Effect> {
        self.notice = None;
        let action = self.setup.keymap.action(key);
        if action == Some(Action::Quit) {
            return vec![Effect::Quit];
        }
        if action != Some(Action::Suspend) {
            self.is_suspend_meant = false;
        }
        let is_typed = matches!(key, Key { code: KeyCode::Char(_), ctrl: false, alt: false });
        let is_asking = self.is_asking();
        let is_done_here = |action: &Action| match row_of(*action).scope {
            Scope::Anywhere => !(is_asking && is_typed),
            Scope::Screens => !is_asking,
            Scope::List | Scope::Downloads => false,
        };
        if let Some(action) = action.filter(is_done_here) {
            return self.wish(action);
        }
        if self.question.is_some() {
            return self.answer_key(key);
        }
        if self.search.is_some() {
            return self.search_key(key);
        }
        if let Some(effects) = self.overlay_key(key, action) {
            return effects;
        }
        if let Some(effects) = self.sheet_key(key).or_else(|| self.seek(key)) {
            return effects;
        }
        let Some(action) = action else {
            self.no_such_key(key);
            return Vec::new();
        };
        self.wish(action)
    }

    /// Takes a key for what lies over the panes; `None` when nothing does.
    pub(super) fn overlay_key(&mut self, key: Key, action: Option<Action>) -> Option<Vec<Effect>> {
        Some(match self.overlay.as_mut()? {
            Overlay::Menu(menu) => {
                let rows = usize::from(self.size.height).saturating_sub(4);
                let outcome = menu.key(key, rows);
                self.menu_did(key, outcome)
            }
            Overlay::Requests(requests) => {
                if requests.act(action, usize::from(self.size.height)) {
                    return Some(Vec::new());
                }
                self.leave_by(key, action, Action::Requests)
            }
            Overlay::Picture(_) => self.viewer_key(key, action),
            Overlay::Statistics(statistics) => {
                if statistics.act(action) {
                    return Some(Vec::new());
                }
                self.leave_by(key, action, Action::Statistics)
            }
            Overlay::Jobs => self.act_on_jobs(key, action),
            Overlay::Map(_) => self.chart_key(key, action),
            Overlay::Hidden(_) => self.hidden_key(key),
            Overlay::Saving(_) => self.saving_key(key),
        })
    }

    /// Closes the view over the list by the keys that do so anywhere and by that of its own; others have nothing to do here.
    pub(super) fn leave_by(&mut self, key: Key, action: Option<Action>, own: Action) -> Vec<Effect> {
        if action.is_some_and(|action| [Action::Back, Action::Close, own].contains(&action)) {
            self.overlay = None;
        } else {
            self.no_such_key(key);
        }
        Vec::new()
    }

    pub(super) fn no_such_key(&mut self, key: Key) {
        if self.is_asking() {
            // The key of the help may be text here.
            self.say(Tone::Dim, words::KEY_TYPES_NOTHING, &[&key]);
            return;
        }
        let help = self.setup.keymap.first(Action::Help);
        self.say(Tone::Dim, words::KEY_DOES_NOTHING, &[&key, &help]);
    }

    /// Whether something is typed, chosen or confirmed: characters are text or an answer.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        match &self.overlay {
            Some(Overlay::Menu(_) | Overlay::Hidden(_) | Overlay::Saving(_)) => true,
            Some(
                Overlay::Requests(_) | Overlay::Picture(_) | Overlay::Statistics(_) | Overlay::Jobs | Overlay::Map(_),
            )
            | None => self.question.is_some() || self.search.is_some(),
        }
    }

    /// Does an action, or says why not.
    pub(super) fn wish(&mut self, action: Action) -> Vec<Effect> {
        if let Some(effects) = self.act_on_steps(action) {
            return effects;
        }
        if let Some(reason) = self.why_not(action) {
            self.notice = Some(Cell::new(Tone::Warning, reason));
            return Vec::new();
        }
        if action != Action::Suspend {
            return self.act(action);
        }
        if std::mem::take(&mut self.is_suspend_meant) {
            let mut effects = self.forget_pictures();
            effects.push(Effect::Suspend);
            return effects;
        }
        self.is_suspend_meant = true;
        let key = self.setup.keymap.first(Action::Suspend);
        self.say(Tone::Warning, words::SUSPEND_WARNING, &[&key]);
        Vec::new()
    }

    #[expect(clippy::too_many_lines, reason = "one arm an action")]
    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.turn(1, 1),
            Action::PageUp => self.turn(-1, 1),
            Action::HalfDown => self.turn(1, 2),
            Action::HalfUp => self.turn(-1, 2),
            Action::Top => self.jump(self.ends()[0]),
            Action::Bottom => self.jump(self.ends()[1]),
            Action::Sort => self.choose_order(),
            Action::Show(index) => load(self.inbox.show(usize::from(index))),
            Action::PreviousTab => load(self.inbox.turn(self.inbox.tabs().len() - 1)),
            Action::NextTab => load(self.inbox.turn(1)),
            Action::Search => self.open_search(),
            Action::NextHit => self.hit(true),
            Action::PreviousHit => self.hit(false),
            Action::Conversation => self.conversation(),
            Action::Star => self.star(),
            Action::Unread => self.toggle_unread(),
            Action::AllRead => self.read_all(),
            Action::Pick => self.pick(),
            Action::Read | Action::Zoom if self.pane == Pane::Sheet => {
                if !self.open_viewer()
                    && let Some(reason) = self.why_not(Action::OpenFile)
                {
                    self.notice = Some(Cell::new(Tone::Warning, reason));
                }
                Vec::new()
            }
            Action::Read if self.pane == Pane::Detail && self.open_viewer() => Vec::new(),
            Action::Sheet => self.toggle_sheet(),
            Action::Read => self.show_pane(if self.pane == Pane::Detail { Pane::Both } else { Pane::Detail }),
            Action::Follow => {
                self.scroll = 0;
                load(self.inbox.toggle_follow())
            }
            Action::Freeze => {
                self.is_frozen = !self.is_frozen;
                if self.is_frozen { Vec::new() } else { load(self.inbox.load()) }
            }
            Action::View => {
                self.mode = self.mode.next();
                self.scroll = 0;
                // Where the list is alone, what was asked for is shown.
                if self.layout().detail.height == 0 { self.show_pane(Pane::Detail) } else { Vec::new() }
            }
            Action::Download => {
                let seqs = self.inbox.selected().map(|record| record.seq).into_iter().collect();
                vec![Effect::Download(Selection::Seqs(seqs))]
            }
            Action::DownloadAll => self.download_all(),
            Action::OpenFile => match self.inbox.selected().and_then(|record| point(&record.message)) {
                Some(point) => self.choose(words::OPEN_PLACE, self.services(point)),
                None => self.open().into_iter().collect(),
            },
            Action::Copy => self.copy().into_iter().collect(),
            Action::Play => self.play_or_pause(),
            Action::SaveAs => self.save_as(),
            Action::CopyMenu => self.choose(words::COPY_MENU, self.copies()),
            Action::Links => self.choose(words::LINKS, self.links()),
            Action::Snippets => self.choose(words::PUBLIC_ADDRESS, self.snippets()),
            Action::Sample => {
                self.say(Tone::Dim, words::SAMPLING, &[]);
                vec![Effect::Sample]
            }
            Action::Simulate => {
                self.is_simulating = !self.is_simulating;
                let words = if self.is_simulating { words::SIMULATING } else { words::NOT_SIMULATING };
                self.say(Tone::Dim, words, &[&self.setup.keymap.first(Action::Simulate)]);
                vec![Effect::Simulate(self.is_simulating)]
            }
            Action::Setup => {
                self.steps.wish = Some(true);
                self.fit()
            }
            Action::AppSecret => self.ask_for(Secret::AppSecret),
            Action::AccessToken => self.ask_for(Secret::AccessToken),
            Action::Palette => self.offer(words::PALETTE, [self.actions(), self.settings()].concat()),
            Action::Help => self.offer(words::KEYS, [self.actions(), vec![self.credits()]].concat()),
            Action::Jobs => self.open_jobs(),
            Action::Requests => {
                self.overlay = Some(Overlay::Requests(Requests::default()));
                vec![Effect::LoadCalls]
            }
            Action::Statistics => {
                self.overlay = Some(Overlay::Statistics(Shown::default()));
                vec![Effect::LoadStatistics]
            }
            Action::Arrange => self.arrange(),
            Action::Zoom if self.pane != Pane::List && self.open_viewer() => Vec::new(),
            Action::Zoom => self.show_pane(if self.pane == Pane::List { Pane::Both } else { Pane::List }),
            Action::Map => self.turn_map(),
            Action::ZoomIn => self.zoom_map(true),
            Action::ZoomOut => self.zoom_map(false),
            Action::Mask => {
                self.looks.is_masked = !self.looks.is_masked;
                // Nothing would be left of them.
                if self.looks.is_masked && matches!(self.overlay, Some(Overlay::Map(_) | Overlay::Picture(_))) {
                    self.overlay = None;
                }
                self.say(Tone::Dim, if self.looks.is_masked { words::MASKED } else { words::NOT_MASKED }, &[]);
                Vec::new()
            }
            Action::Theme => self.next_theme(),
            Action::Language => {
                self.looks.language = self.looks.language.other();
                Vec::new()
            }
            Action::Mouse => self.toggle_mouse(),
            Action::Redraw => {
                let mut effects = self.forget_pictures();
                effects.push(Effect::Redraw);
                effects
            }
            Action::Back => self.leave_layer().unwrap_or_default(),
            // The first three belong to the downloads; `wish` suspends.
            Action::Cancel | Action::Remove | Action::Reveal | Action::Suspend => Vec::new(),
            Action::Close => self.leave_layer().unwrap_or_else(|| vec![Effect::Quit]),
            Action::Quit => vec![Effect::Quit],
        }
    }

    fn arrange(&mut self) -> Vec<Effect> {
        self.looks.arrangement = self.looks.arrangement.next();
        self.say(Tone::Dim, self.looks.arrangement.words(), &[]);
        self.fit()
    }

    fn next_theme(&mut self) -> Vec<Effect> {
        self.looks.theme = self.looks.theme.next();
        let is_without = self.looks.theme == Theme::None;
        let words = if is_without { words::THEME_WITHOUT_COLOUR } else { words::THEME };
        self.say(Tone::Dim, words, &[&self.looks.theme.words().of(self.looks.language)]);
        Vec::new()
    }

    fn toggle_mouse(&mut self) -> Vec<Effect> {
        self.looks.has_mouse = !self.looks.has_mouse;
        let words = if self.looks.has_mouse { words::MOUSE_ON } else { words::MOUSE_OFF };
        self.say(Tone::Dim, words, &[]);
        vec![Effect::Mouse(self.looks.has_mouse)]
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        if self.search.is_some() {
            return self.search_paste(text);
        }
        self.hidden_paste(text);
        match &mut self.overlay {
            Some(Overlay::Menu(menu)) => menu.paste(text),
            Some(Overlay::Saving(saving)) => saving.prompt.paste(text),
            _ => {}
        }
        Vec::new()
    }

    /// A click selects the message or the tab it hits.
    pub(super) fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if self.question.take().is_some() {
            return Vec::new();
        }
        if self.overlay.is_some() {
            self.overlay = self.under.take();
            return Vec::new();
        }
        let Layout { tabs, .. } = self.layout();
        if tabs.contains(column, row) {
            return self.tab_at(column).map(|index| load(self.inbox.show(index))).unwrap_or_default();
        }
        match self.clicked(column, row) {
            None => Vec::new(),
            Some(0) => self.wish(Action::Read),
            Some(steps) => self.step(steps),
        }
    }

    pub(super) fn step(&mut self, rows: isize) -> Vec<Effect> {
        self.scroll = 0;
        load(self.inbox.step(rows))
    }

    /// What stands at the top and at the bottom of the list.
    fn ends(&self) -> [Anchor; 2] {
        if self.inbox.is_ascending() { [Anchor::Oldest, Anchor::Newest] } else { [Anchor::Newest, Anchor::Oldest] }
    }

    fn jump(&mut self, anchor: Anchor) -> Vec<Effect> {
        self.scroll = 0;
        load(self.inbox.jump(anchor))
    }

    /// Turns a page, or a part of one: of the text while reading, of the list otherwise.
    fn turn(&mut self, direction: isize, part: usize) -> Vec<Effect> {
        let rows_of = |rows: usize| (rows.saturating_sub(1) / part).max(1).cast_signed();
        if self.pane != Pane::Detail {
            return self.step(direction * rows_of(self.inbox.rows()));
        }
        let Layout { detail: pane, .. } = self.layout();
        let n_lines =
            self.inbox.selected().map_or(0, |record| detail::page(self, record, usize::from(pane.width)).lines.len());
        let rows = usize::from(pane.height);
        self.scroll = self.scroll.saturating_add_signed(direction * rows_of(rows)).min(n_lines.saturating_sub(rows));
        Vec::new()
    }

    pub(super) fn show_pane(&mut self, pane: Pane) -> Vec<Effect> {
        self.pane = pane;
        self.scroll = 0;
        self.fit()
    }

    fn open(&self) -> Option<Effect> {
        match &self.inbox.selected()?.medium {
            Some(Stage::Done { file, .. }) => Some(Effect::Open(self.media_path(file))),
            Some(Stage::Queued { .. } | Stage::Failed { .. }) | None => None,
        }
    }
}
