//! Sending messages to a bot at once: the choice of the bot, optional editing of the JSON, and the answers.

use std::time::Duration;

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::over::prompt::Prompt;
use crate::dashboard::over::{Responder, ScreenReply};
use crate::dashboard::{Cell, Effect, Event, Tone, World};
use crate::language::{Words, forward as words};
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::target::{BUDGET, SendOrder, SentAnswer, TargetStatus};

/// The maximum number of messages to send this way; `weibox replay` sends more.
pub const MOST: usize = 100;
/// The time after which Weibo hangs up.
const WEIBO: Duration = Duration::from_secs(5);
/// The width in cells of the bar that stands for Weibo's timeout.
const BAR: u128 = 10;

/// The screen while it is open.
#[derive(Debug, Clone)]
pub struct SendScreen {
    /// The messages, in the order in which they are sent.
    pub seqs: Vec<Seq>,
    /// The names of the targets.
    pub choices: Vec<String>,
    /// The index of the row with the cursor; the row of the address follows the targets.
    pub selected: usize,
    /// The text input for the address.
    pub prompt: Prompt,
    /// The edited JSON, and the reason if it cannot be sent.
    draft: Option<(String, Option<Reason>)>,
    /// The receiver; `None` until sending begins.
    to: Option<String>,
    /// The answers to the messages sent so far.
    answers: Vec<SentAnswer>,
}

impl SendScreen {
    /// Creates the screen for these messages, with the first target selected.
    pub(in crate::dashboard) fn of(seqs: Vec<Seq>, world: &World) -> Self {
        Self {
            seqs,
            choices: names(&world.colleagues.targets),
            selected: 0,
            prompt: Prompt::default(),
            draft: None,
            to: None,
            answers: Vec::new(),
        }
    }

    /// Returns whether an address is being typed.
    pub fn is_typing(&self) -> bool {
        self.selected >= self.choices.len() && self.to.is_none()
    }

    /// Returns the help for the current keys.
    pub fn help(&self) -> Words {
        match &self.to {
            Some(_) if self.is_busy() => words::SEND_WAITS,
            Some(_) => words::SEND_DONE,
            None if self.is_typing() => words::SEND_ADDRESS_HELP,
            None => words::SEND_HELP,
        }
    }

    /// Returns the results so far, line by line.
    pub fn lines(&self, world: &World) -> Vec<Cell> {
        let language = world.language();
        let mut lines: Vec<Cell> = self.answers.iter().map(|answer| told(answer, world)).collect();
        if let Some(to) = self.to.as_ref().filter(|_| self.is_busy()) {
            let number = self.answers.len() + 1;
            let line = words::SENDING.with(language, &[&number, &self.seqs.len(), &to]);
            lines.push(Cell::new(Tone::Dim, line));
        }
        if self.draft.is_some() && self.to.is_some() {
            lines.push(Cell::new(Tone::Dim, words::SENT_DERIVED.of(language)));
        }
        lines
    }

    fn meant(&self) -> String {
        self.choices.get(self.selected).map_or_else(|| self.prompt.text().trim(), String::as_str).to_owned()
    }

    /// Sends the first message. Each answer sends the next one.
    fn begin(&mut self, world: &World) -> ScreenReply {
        let to = self.meant();
        if to.is_empty() {
            return ScreenReply::say(world, Tone::Warning, words::NO_ADDRESS, &[]);
        }
        if let Some((_, Some(reason))) = &self.draft {
            return ScreenReply::warn(reason.of(world.language()));
        }
        if let Some(words) = world.setup.standing.why_unchanged() {
            return ScreenReply::say(world, Tone::Warning, words, &[]);
        }
        self.to = Some(to);
        ScreenReply::done().and(self.order().map(Effect::SendTo))
    }

    /// Returns the order for the message that is sent next or is being sent, or `None` once all are answered.
    fn order(&self) -> Option<SendOrder> {
        let (seq, to) = self.seqs.get(self.answers.len()).zip(self.to.as_ref())?;
        Some(SendOrder { to: to.clone(), seq: *seq, body: self.drafted() })
    }

    fn drafted(&self) -> Option<String> {
        self.draft.as_ref().map(|(draft, _)| draft.clone())
    }

    /// Returns whether a message is being sent.
    fn is_busy(&self) -> bool {
        self.order().is_some()
    }

    fn edit(&self, world: &World) -> ScreenReply {
        match self.seqs.as_slice() {
            [seq] if !self.meant().is_empty() => ScreenReply::effect(Effect::Edit(*seq, self.drafted())),
            [_] => ScreenReply::say(world, Tone::Warning, words::NO_ADDRESS, &[]),
            _ => ScreenReply::say(world, Tone::Warning, words::EDIT_ONE, &[]),
        }
    }

    /// Handles a key: Enter sends, `e` edits first, the arrows choose, and text goes to the address.
    fn choose_key(&mut self, key: Key, world: &World) -> ScreenReply {
        let is_typing = self.is_typing();
        let is_letter = |char| !is_typing && key == Key::char(char);
        match key {
            Key { code: KeyCode::Enter, .. } => self.begin(world),
            _ if key.code == KeyCode::Up || is_letter('k') => {
                self.selected = self.selected.saturating_sub(1);
                ScreenReply::done()
            }
            _ if key.code == KeyCode::Down || is_letter('j') => {
                self.selected = (self.selected + 1).min(self.choices.len());
                ScreenReply::done()
            }
            _ if key == Key::alt('e') || is_letter('e') => self.edit(world),
            _ if is_typing => {
                let _is_text = self.prompt.key(key);
                ScreenReply::done()
            }
            _ => ScreenReply::pass(),
        }
    }
}

impl Responder for SendScreen {
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Esc, .. } => ScreenReply::close(),
            _ if self.to.is_none() => self.choose_key(key, world),
            Key { code: KeyCode::Enter, .. } if !self.is_busy() => ScreenReply::close(),
            _ => ScreenReply::done(),
        }
    }

    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        if self.is_typing() {
            self.prompt.paste(text);
        }
        ScreenReply::done()
    }

    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        match event {
            Event::Targets(targets) if self.to.is_none() => {
                let was_typing = self.is_typing() && !self.prompt.text().is_empty();
                self.choices = names(targets);
                if was_typing {
                    self.selected = self.choices.len();
                }
                ScreenReply::done()
            }
            // The answer to an earlier screen, since closed, may arrive late.
            Event::Sent(order, answer) if self.order().as_ref() == Some(order) => match answer {
                Ok(answer) => {
                    self.answers.push(answer.clone());
                    ScreenReply::done().and(self.order().map(Effect::SendTo))
                }
                Err(reason) => {
                    self.to = None;
                    ScreenReply::warn(reason.of(world.language()))
                }
            },
            Event::Edited(Ok(draft)) => {
                self.draft = Some((draft.clone(), None));
                self.begin(world)
            }
            Event::Edited(Err((reason, draft))) => {
                // A failed editor leaves the draft as it was.
                if self.drafted() != *draft {
                    self.draft = draft.clone().map(|draft| (draft, Some(reason.clone())));
                }
                ScreenReply::warn(reason.of(world.language()))
            }
            _ => ScreenReply::done(),
        }
    }
}

fn names(targets: &[TargetStatus]) -> Vec<String> {
    targets.iter().map(|target| target.name.clone()).collect()
}

/// Describes a bot's answer, with a bar for the share of Weibo's timeout that it took.
fn told(answer: &SentAnswer, world: &World) -> Cell {
    let language = world.language();
    let SentAnswer { seq, status, took, said, reason } = answer;
    let filled = (took.as_millis() * BAR).div_ceil(WEIBO.as_millis()).clamp(1, BAR);
    let bar: String = (1..=BAR).map(|cell| if cell <= filled { '█' } else { '░' }).collect();
    let status = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let line = words::ANSWERED.with(language, &[seq, &status, &took.as_millis(), &bar]);
    let tone = match reason {
        Some(_) => Tone::Bad,
        None if *took >= BUDGET => Tone::Warning,
        None => Tone::Good,
    };
    let said = if world.looks.is_masked || said.is_empty() { None } else { Some(said.clone()) };
    let late = match *took {
        took if took > WEIBO => Some(words::WEIBO_HUNG_UP.of(language).to_owned()),
        took if took >= BUDGET => Some(words::NOT_WAITED.with(language, &[&BUDGET.as_secs_f64()])),
        _ => None,
    };
    let rest = [reason.as_ref().map(|reason| reason.of(language)), late, said];
    let rest: Vec<String> = rest.into_iter().flatten().collect();
    Cell::new(tone, format!("{line}  {}", rest.join("  ")).trim_end().to_owned())
}
