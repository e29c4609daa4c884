//! Dispatch of keys, clicks and actions to screens, and execution of their replies. The keymap maps keys to actions.

use crate::controls::action::{Action, Scope, row_of};
use crate::controls::key::{Key, KeyCode};
use crate::controls::looks::Theme;
use crate::language::{Words, attach, words};
use crate::record::media::Weight;
use crate::record::page::Selection;

use super::list::checklist::snippets;
use super::orders::ArchiveChange;
use super::over::composer::Composer;
use super::over::prompt::LinePrompt;
use super::over::question::Question;
use super::over::{Over, Responder as _, ScreenInput, ScreenReply, Wish};
use super::{Cell, Effect, Next, State, Tone, World, load};

mod mouse;
mod notices;
pub(super) mod replies;

impl State {
    /// Asks whether to download files. Counting them may take a while; a screen that was opened meanwhile keeps its
    /// keys, and a notice is shown instead.
    pub(super) fn ask_to_download(&mut self, selection: Selection, weight: Weight) {
        if !self.stack.is_empty() {
            let files = words::FILES.with(self.world.language(), &[&weight.new]);
            let key = self.world.key(Action::DownloadAll);
            return self.say(Tone::Warning, words::FILES_COUNTED, &[&files, &key]);
        }
        self.notice = None;
        self.stack.push(Question::Download { selection, weight }.into());
    }

    /// Gives the key to the top screen, or else runs the action that the key is bound to.
    pub(super) fn key(&mut self, key: Key) -> Vec<Effect> {
        self.notice = None;
        let action = self.world.setup.keymap.action(key);
        if action == Some(Action::Quit) {
            return vec![Effect::Quit];
        }
        if action != Some(Action::Reply) {
            self.detail.attention.warned_of = None;
        }
        if action != Some(Action::Suspend) {
            self.is_suspend_meant = false;
        }
        let is_asking = self.is_asking();
        let is_typed = matches!(key, Key { code: KeyCode::Char(_), ctrl: false, alt: false });
        let is_done_here = |action: &Action| match row_of(*action).scope {
            Scope::Anywhere => !(is_asking && is_typed),
            Scope::Screens => !is_asking,
            Scope::List | Scope::Downloads => false,
        };
        if let Some(action) = action.filter(is_done_here) {
            return self.act_below(action);
        }
        let input = ScreenInput::Key(key);
        if let Some(top) = self.stack.last_mut() {
            let mut reply = top.press(key, &self.world);
            if let Some(action) = action.filter(|_| reply.is_pass() && !is_asking) {
                reply = top.screen_mut().act(ScreenInput::Action(action), &self.world);
            }
            if !reply.is_pass() {
                return self.carry_out(reply);
            }
            if top.traits().is_closed_by(action) {
                self.stack.pop();
            } else {
                self.no_such_key(key);
            }
            return Vec::new();
        }
        let mut reply = ScreenReply::pass();
        if !self.world.has_checklist {
            reply = self.list.act(input, &self.world);
        }
        if reply.is_pass() {
            reply = self.detail.act(input, &self.world);
        }
        match action {
            _ if !reply.is_pass() => self.carry_out(reply),
            Some(action) => self.act_below(action),
            None => {
                self.no_such_key(key);
                Vec::new()
            }
        }
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        let over = self.stack.last_mut();
        let reply = over.map(|over| over.screen_mut().act(ScreenInput::Text(text), &self.world));
        if let Some(reply) = reply.filter(|reply| !reply.is_pass()) {
            return self.carry_out(reply);
        }
        if self.stack.is_empty() {
            let [reply, search] = [Action::Reply, Action::Search].map(|action| self.world.key(action));
            self.say(Tone::Dim, words::PASTED_IN_LIST, &[&reply, &search]);
        } else {
            self.say(Tone::Dim, words::PASTED_NOWHERE, &[]);
        }
        Vec::new()
    }

    /// Runs an action in the open screen if the screen handles it, and otherwise in the list.
    fn act_here(&mut self, action: Action) -> Vec<Effect> {
        if let Some(over) = self.stack.last_mut()
            && (over.is_asking() || over.hints().iter().any(|(here, _)| *here == action))
        {
            let reply = over.screen_mut().act(ScreenInput::Action(action), &self.world);
            return self.carry_out(reply);
        }
        if matches!(row_of(action).scope, Scope::List | Scope::Downloads) {
            self.stack.clear();
        }
        self.act_below(action)
    }

    /// Runs an action in the screens below the stack, or says why it is not possible.
    fn act_below(&mut self, action: Action) -> Vec<Effect> {
        let input = ScreenInput::Action(action);
        if self.world.has_checklist {
            let reply = self.checklist.act(input, &self.world);
            if !reply.is_pass() {
                return self.carry_out(reply);
            }
        }
        if let Some(reason) = self.why_not(action) {
            self.show(Cell::new(Tone::Warning, reason));
            return Vec::new();
        }
        let mut reply = self.detail.act(input, &self.world);
        if reply.is_pass() {
            reply = self.list.act(input, &self.world);
        }
        if reply.is_pass() {
            reply = self.act(action);
        }
        self.carry_out(reply)
    }

    /// Carries out the reply of a screen.
    fn carry_out(&mut self, reply: ScreenReply) -> Vec<Effect> {
        let ScreenReply { mut effects, notice, wishes, next } = reply;
        if let Some(notice) = notice {
            self.show(notice);
        }
        match next {
            Next::Stay | Next::Pass => {}
            Next::Close => {
                if let Some(Over::Composer(composer)) = self.stack.pop() {
                    if composer.leaves_draft() {
                        // The next reply goes on with it.
                        self.list.inbox.stay();
                    }
                    self.replies.closed.add(composer);
                }
            }
            Next::Open(over) => {
                let over = match *over {
                    Over::Composer(new) => {
                        let (composer, claim) = self.replies.closed.reopen(new, &self.world);
                        effects.extend(claim);
                        composer.into()
                    }
                    other => other,
                };
                self.stack.push(over);
            }
        }
        let mut effects = self.noted(effects);
        effects.extend(self.sync());
        for wish in wishes {
            effects.extend(self.carry_out_wish(wish));
        }
        effects
    }

    fn carry_out_wish(&mut self, wish: Wish) -> Vec<Effect> {
        let reply = match wish {
            Wish::Act(action) => return self.act_here(action),
            Wish::ActOnSelected(action) => return self.act_below(action),
            Wish::GoToAnywhere(seq) => self.list.go_to_anywhere(seq),
            Wish::Picture { is_down } => self.list.go_to_picture(is_down, &self.world),
            Wish::Do(effect) => ScreenReply::effect(effect),
            Wish::Sort(by) => self.list.sort_by(by, &self.world),
            Wish::Look(looks) => {
                self.world.looks = looks;
                ScreenReply::done()
            }
            Wish::Show(pane) => {
                self.world.pane = pane;
                self.detail.rewind();
                ScreenReply::done()
            }
            Wish::Find(query) => ScreenReply::load(self.list.look_for(query)),
            Wish::FindAround(query, seq) => ScreenReply::load(self.list.look_around(query, seq)),
            Wish::ChangeTab(change) => self.list.change_tab(change, &self.world),
            Wish::MoveBookmark(target, place) => {
                let count = Effect::CountLeap(target.clone(), place.clone());
                ScreenReply::open(Question::MoveBookmark { target, place, leap: None }).and([count])
            }
            Wish::AskLine(purpose) => ScreenReply::open(LinePrompt::of(purpose)),
            Wish::Write(text) => self.compose(|composer, world| composer.write(&text, world)),
            Wish::Press(key) => match self.stack.last_mut() {
                Some(over) if over.is_asking() => over.press(key, &self.world),
                _ => ScreenReply::done(),
            },
            Wish::ShowTab(tab) if tab != self.list.inbox.shown() => ScreenReply::load(self.list.inbox.show_again(tab)),
            Wish::ShowTab(_) => ScreenReply::done(),
            Wish::KeepSearch(typed) => {
                let kept = self.list.keep_search(typed);
                ScreenReply::effect(kept).and(load(self.list.inbox.run_again()))
            }
            Wish::Hold(seq) => ScreenReply::load(self.list.inbox.hold(seq)),
            Wish::GoTo(seq) => ScreenReply::load(self.list.inbox.go_to(seq)),
            Wish::Download(selection) => {
                self.list.unpick();
                ScreenReply::effect(ArchiveChange::Download(selection))
            }
        };
        self.carry_out(reply)
    }

    /// Does something in the reply that is being written.
    fn compose(&mut self, act: impl FnOnce(&mut Composer, &World) -> ScreenReply) -> ScreenReply {
        let mut stack = self.stack.iter_mut().rev();
        let composer = stack.find_map(|over| if let Over::Composer(composer) = over { Some(composer) } else { None });
        composer.map(|composer| act(composer, &self.world)).unwrap_or_default()
    }

    /// Applies the local side of effects whose outcome no page may show.
    pub(super) fn noted(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        for effect in &effects {
            match effect {
                Effect::Change(ArchiveChange::Mark(selection, mark)) if self.world.is_frozen => {
                    self.list.inbox.mark(selection, *mark);
                }
                Effect::Change(ArchiveChange::Relabel(_)) => self.list.unpick(),
                Effect::Reply { composed, .. } => self.hand_over(&composed.key),
                Effect::Change(ArchiveChange::Discard(seqs)) => self.list.note_discarded(seqs),
                Effect::Change(ArchiveChange::Remove(job)) => self.detail.attention.removed(job.seq),
                Effect::Simulate(is_on) => self.is_simulating = *is_on,
                _ => {}
            }
        }
        effects
    }

    /// Makes up messages. Asks first if the archive has real ones.
    fn make_up(&self, effect: Effect, words: Words) -> ScreenReply {
        if !self.list.inbox.page().archive.is_first_run {
            return ScreenReply::open(Question::MakeUp(effect));
        }
        let key = self.world.key(Action::Simulate);
        ScreenReply::effect(effect).and_say(&self.world, Tone::Dim, words, &[&key])
    }

    /// Runs an action that belongs to no single screen.
    fn act(&mut self, action: Action) -> ScreenReply {
        let world = &self.world;
        match action {
            Action::Freeze => {
                self.world.is_frozen = !self.world.is_frozen;
                if self.world.is_frozen {
                    return ScreenReply::done();
                }
                self.list.outdate_counts(self.world.now);
                ScreenReply::load(self.list.inbox.load())
            }
            Action::Snippets => snippets(world),
            Action::Sample => self.make_up(Effect::Sample, words::SAMPLING),
            Action::Simulate if self.is_simulating => {
                ScreenReply::effect(Effect::Simulate(false)).and_say(world, Tone::Dim, words::NOT_SIMULATING, &[])
            }
            Action::Simulate => self.make_up(Effect::Simulate(true), words::SIMULATING),
            Action::Setup => {
                self.checklist.show();
                ScreenReply::done()
            }
            Action::Palette => ScreenReply::open(self.palette()),
            Action::Help => ScreenReply::open(self.help()),
            Action::Arrange => {
                self.world.looks.arrangement = world.looks.arrangement.next();
                ScreenReply::say(&self.world, Tone::Dim, self.world.looks.arrangement.words(), &[])
            }
            Action::Mask => self.toggle_mask(),
            Action::Theme => {
                let theme = world.looks.theme.next();
                self.world.looks.theme = theme;
                let words = if theme == Theme::None { words::THEME_WITHOUT_COLOUR } else { words::THEME };
                ScreenReply::say(&self.world, Tone::Dim, words, &[&theme.words().of(self.world.language())])
            }
            Action::Language => {
                self.world.looks.language = world.language().other();
                ScreenReply::done()
            }
            Action::Mouse => {
                let has_mouse = !world.looks.has_mouse;
                self.world.looks.has_mouse = has_mouse;
                let words = if has_mouse { words::MOUSE_ON } else { words::MOUSE_OFF };
                ScreenReply::effect(Effect::Mouse(has_mouse)).and_say(&self.world, Tone::Dim, words, &[])
            }
            Action::Redraw => ScreenReply::done().and(self.forget_pictures()).and([Effect::Redraw]),
            Action::Suspend => self.suspend(),
            Action::Detach => ScreenReply::effect(Effect::Detach).and_say(world, Tone::Dim, attach::DETACHING, &[]),
            Action::Close | Action::Quit => ScreenReply::effect(Effect::Quit),
            other => Over::open(other, &mut self.world).unwrap_or_default(),
        }
    }

    fn toggle_mask(&mut self) -> ScreenReply {
        let is_masked = !self.world.looks.is_masked;
        self.world.looks.is_masked = is_masked;
        if is_masked {
            self.stack.retain(|over| !over.traits().is_private);
        }
        ScreenReply::say(&self.world, Tone::Dim, if is_masked { words::MASKED } else { words::NOT_MASKED }, &[])
    }

    fn suspend(&mut self) -> ScreenReply {
        if std::mem::take(&mut self.is_suspend_meant) {
            return ScreenReply::done().and(self.forget_pictures()).and([Effect::Suspend]);
        }
        self.is_suspend_meant = true;
        let key = self.world.key(Action::Suspend);
        ScreenReply::say(&self.world, Tone::Warning, words::SUSPEND_WARNING, &[&key])
    }
}
