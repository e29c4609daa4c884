//! Reports the versions and the machine, and checks what the terminal can do.

use std::env::consts::{ARCH, OS};

use crate::archive;
use crate::config::{self, Config, Surroundings};
use crate::controls::multiplexer::Multiplexer;
use crate::language::{Language, doctor as words};
use crate::media::picture::drawing::Protocol;
use crate::notify::alert::Way;
use crate::run::dashboard;
use crate::terminal::{self, Looked};
use crate::text;

use super::report::FindingState::{Fine, Note, Skipped};
use super::report::{Finding, Topic};
use crate::run::limits;

/// Texts whose width differs between terminals: a Chinese character, two ambiguous marks that weibox draws, and an
/// emoji. Joined emoji and variation sequences are left out, because weibox draws them in parts (see [`text`]).
const SAMPLES: [&str; 4] = ["微", "●", "…", "😀"];

/// Reports the versions of weibox's parts and the machine it runs on.
pub(super) fn versions(language: Language) -> Vec<Finding> {
    let fine = |name, value: &str| Topic::named(name, language).said(Fine, value);
    let files = Topic::new(words::OPEN_FILES, language);
    vec![
        fine("weibox", env!("CARGO_PKG_VERSION")),
        fine("SQLite", archive::sqlite_version()),
        fine(words::SYSTEM.of(language), &format!("{OS} {ARCH}")),
        match limits::warning() {
            None => files.found(Fine, words::ENOUGH, &[]),
            Some((few, hint)) => files.reason(Note, &few).remedy(Some(&hint)),
        },
    ]
}

/// Reports the terminal's name, its abilities and what passes through it.
pub(super) async fn terminal(
    term: Option<String>,
    surroundings: &Surroundings,
    config: Option<&Config>,
    language: Language,
) -> Vec<Finding> {
    let is_dumb = term.is_none();
    let unknown = || words::UNKNOWN_TERM.of(language).to_owned();
    let mark = if is_dumb { Note } else { Fine };
    let mut findings = vec![
        Topic::new(words::TERM, language).said(mark, term.unwrap_or_else(unknown)),
        size(language),
        colours(surroundings, language),
        widths(language),
    ];
    findings.extend(config.map(|config| pictures(config, language)));
    findings.push(clipboard(surroundings, language).await);
    if let Some(config) = config {
        findings.extend(alerts(config, language).await);
    }
    if surroundings.ssh.is_some() {
        findings.push(Topic::named("SSH", language).found(Note, words::SSH, &[]));
    }
    findings
}

fn size(language: Language) -> Finding {
    let topic = Topic::new(words::SIZE, language);
    match terminal::size().ok().filter(|_| terminal::is_tty()) {
        Some(size) => topic.found(Fine, words::CELLS, &[&size.width, &size.height]),
        None => topic.found(Skipped, words::NO_TERMINAL, &[]),
    }
}

fn colours(surroundings: &Surroundings, language: Language) -> Finding {
    let topic = Topic::new(words::COLOURS, language);
    if surroundings.no_color {
        return topic.found(Fine, words::COLOURS_NONE, &[]);
    }
    match dashboard::colours(surroundings) {
        terminal::TRUE_COLOURS.. => topic.found(Fine, words::COLOURS_TRUE, &[]),
        some => topic.found(Fine, words::COLOURS_SOME, &[&some]),
    }
}

/// Compares the widths that the terminal draws with those that weibox assumes.
fn widths(language: Language) -> Finding {
    let topic = Topic::new(words::WIDTHS, language);
    let widths = match terminal::widths(&SAMPLES) {
        Ok(Some(widths)) => widths,
        Ok(None) => return topic.found(Note, words::WIDTHS_SILENT, &[]),
        Err(_no_terminal) => return topic.found(Skipped, words::NO_TERMINAL, &[]),
    };
    let wrong = SAMPLES.into_iter().zip(widths).find(|(sample, width)| text::width(sample) != usize::from(*width));
    match wrong {
        None => topic.found(Fine, words::WIDTHS_RIGHT, &[&SAMPLES.join(" ")]),
        Some((sample, width)) => {
            let expected = text::width(sample);
            topic.found(Note, words::WIDTHS_WRONG, &[&sample, &width, &expected]).hint(words::WIDTHS_HINT, &[])
        }
    }
}

/// Reports how pictures would be drawn, which needs the same queries as the start of the dashboard.
fn pictures(config: &Config, language: Language) -> Finding {
    let topic = Topic::new(words::PICTURES, language);
    let Ok(Looked { canvas, .. }) = terminal::asked(|| dashboard::graphics(config)) else {
        return topic.found(Skipped, words::NO_TERMINAL, &[]);
    };
    let protocol = canvas.map(|canvas| canvas.protocol);
    let values: [&dyn std::fmt::Display; 2] = [&protocol.map_or("off", Protocol::name), &config.images.value.name()];
    match protocol {
        Some(Protocol::HalfBlocks) if config.surroundings.multiplexer == Some(Multiplexer::Tmux) => {
            topic.found(Note, words::PICTURES_BY, &values).hint(words::PICTURES_HINT, &[])
        }
        Some(_) | None => topic.found(Fine, words::PICTURES_BY, &values),
    }
}

/// Checks whether tmux passes on the notifications of alerts that ring through the terminal.
async fn alerts(config: &Config, language: Language) -> Option<Finding> {
    let is_rung = config.alerts.value.iter().any(|alert| alert.by.iter().any(|way| matches!(way, Way::Terminal)));
    if !is_rung || config.surroundings.multiplexer != Some(Multiplexer::Tmux) {
        return None;
    }
    let topic = Topic::new(words::ALERTS, language);
    let passthrough = tmux("allow-passthrough", language).await;
    if matches!(passthrough.as_str(), "on" | "all") {
        return Some(topic.found(Fine, words::ALERTS_PASS, &[&passthrough]));
    }
    let finding = topic.found(Note, words::ALERTS_HELD, &[&passthrough]);
    Some(finding.hint(words::ALERTS_HINT, &[]))
}

/// Reports how a copy reaches the clipboard, and whether tmux is in the way.
async fn clipboard(surroundings: &Surroundings, language: Language) -> Finding {
    let topic = Topic::new(words::CLIPBOARD, language);
    match surroundings.multiplexer {
        Some(Multiplexer::Tmux) => {}
        Some(Multiplexer::Screen) => return topic.found(Fine, words::OSC_52_SCREEN, &[]),
        None => return topic.found(Fine, words::OSC_52, &[]),
    }
    let set_clipboard = tmux("set-clipboard", language).await;
    let passthrough = tmux("allow-passthrough", language).await;
    let is_let_out = set_clipboard == "on" || matches!(passthrough.as_str(), "on" | "all");
    let values: [&dyn std::fmt::Display; 2] = [&set_clipboard, &passthrough];
    if is_let_out {
        topic.found(Fine, words::OSC_52_TMUX, &values)
    } else {
        topic.found(Note, words::OSC_52_BLOCKED, &values).hint(words::OSC_52_HINT, &[])
    }
}

/// Returns the value of an option of tmux, or words for an unknown one.
async fn tmux(option: &str, language: Language) -> String {
    let value = terminal::tmux_option(option, &config::secret_variables()).await;
    value.filter(|value| !value.is_empty()).unwrap_or_else(|| words::UNKNOWN_TERM.of(language).to_owned())
}
