//! What runs here, and what the terminal is able to.

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

use super::report::{Finding, FindingState};
use crate::run::limits;

/// Texts whose widths terminals disagree about: a Chinese character, marks of our own that are ambiguous, and an emoji.
/// Joined and varied emoji are left out: they are drawn apart (see [`text`]).
const SAMPLES: [&str; 4] = ["微", "●", "…", "😀"];

/// What weibox is made of, and where it runs.
pub(super) fn versions(language: Language) -> Vec<Finding> {
    let fine = |name, value: String| Finding::new(FindingState::Fine, name, value);
    vec![
        fine("weibox", env!("CARGO_PKG_VERSION").to_owned()),
        fine("SQLite", archive::sqlite_version().to_owned()),
        fine(words::SYSTEM.of(language), format!("{OS} {ARCH}")),
        match limits::warning() {
            None => fine(words::OPEN_FILES.of(language), words::ENOUGH.of(language).to_owned()),
            Some((few, hint)) => Finding::new(FindingState::Note, words::OPEN_FILES.of(language), few.of(language))
                .hint(hint.of(language)),
        },
    ]
}

/// What the terminal calls itself, shows and lets through.
pub(super) async fn terminal(
    term: Option<String>,
    surroundings: &Surroundings,
    config: Option<&Config>,
    language: Language,
) -> Vec<Finding> {
    let is_dumb = term.is_none();
    let unknown = || words::UNKNOWN_TERM.of(language).to_owned();
    let mark = if is_dumb { FindingState::Note } else { FindingState::Fine };
    let mut findings = vec![
        Finding::new(mark, words::TERM.of(language), term.unwrap_or_else(unknown)),
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
        findings.push(Finding::new(FindingState::Note, "SSH", words::SSH.of(language)));
    }
    findings
}

fn size(language: Language) -> Finding {
    let name = words::SIZE.of(language);
    match terminal::size().ok().filter(|_| terminal::is_tty()) {
        Some(size) => Finding::new(FindingState::Fine, name, words::CELLS.with(language, &[&size.width, &size.height])),
        None => Finding::new(FindingState::Skipped, name, words::NO_TERMINAL.of(language)),
    }
}

fn colours(surroundings: &Surroundings, language: Language) -> Finding {
    let name = words::COLOURS.of(language);
    if surroundings.no_color {
        return Finding::new(FindingState::Fine, name, words::COLOURS_NONE.of(language));
    }
    match dashboard::colours(surroundings) {
        terminal::TRUE_COLOURS.. => Finding::new(FindingState::Fine, name, words::COLOURS_TRUE.of(language)),
        some => Finding::new(FindingState::Fine, name, words::COLOURS_SOME.with(language, &[&some])),
    }
}

/// Asks the terminal how wide it draws, and compares with how wide we take it to draw.
fn widths(language: Language) -> Finding {
    let name = words::WIDTHS.of(language);
    let widths = match terminal::widths(&SAMPLES) {
        Ok(Some(widths)) => widths,
        Ok(None) => return Finding::new(FindingState::Note, name, words::WIDTHS_SILENT.of(language)),
        Err(_no_terminal) => return Finding::new(FindingState::Skipped, name, words::NO_TERMINAL.of(language)),
    };
    let wrong = SAMPLES.into_iter().zip(widths).find(|(sample, width)| text::width(sample) != usize::from(*width));
    match wrong {
        None => Finding::new(FindingState::Fine, name, words::WIDTHS_RIGHT.with(language, &[&SAMPLES.join(" ")])),
        Some((sample, width)) => {
            let expected = text::width(sample);
            Finding::new(FindingState::Note, name, words::WIDTHS_WRONG.with(language, &[&sample, &width, &expected]))
                .hint(words::WIDTHS_HINT.of(language))
        }
    }
}

/// What pictures would be drawn with: the terminal is asked, as at the start of the dashboard.
fn pictures(config: &Config, language: Language) -> Finding {
    let name = words::PICTURES.of(language);
    let Ok(Looked { canvas, .. }) = terminal::asked(|| dashboard::graphics(config)) else {
        return Finding::new(FindingState::Skipped, name, words::NO_TERMINAL.of(language));
    };
    let protocol = canvas.map(|canvas| canvas.protocol);
    let values: [&dyn std::fmt::Display; 2] = [&protocol.map_or("off", Protocol::name), &config.images.value.name()];
    let value = words::PICTURES_BY.with(language, &values);
    match protocol {
        Some(Protocol::HalfBlocks) if config.surroundings.multiplexer == Some(Multiplexer::Tmux) => {
            Finding::new(FindingState::Note, name, value).hint(words::PICTURES_HINT.of(language))
        }
        Some(_) | None => Finding::new(FindingState::Fine, name, value),
    }
}

/// Whether tmux lets the notifications of alerts that ring by the terminal through.
async fn alerts(config: &Config, language: Language) -> Option<Finding> {
    let is_rung = config.alerts.value.iter().any(|alert| alert.by.iter().any(|way| matches!(way, Way::Terminal)));
    if !is_rung || config.surroundings.multiplexer != Some(Multiplexer::Tmux) {
        return None;
    }
    let name = words::ALERTS.of(language);
    let passthrough = terminal::tmux_option("allow-passthrough", &config::secret_variables()).await;
    let passthrough = passthrough.filter(|value| !value.is_empty());
    let passthrough = passthrough.unwrap_or_else(|| words::UNKNOWN_TERM.of(language).to_owned());
    if matches!(passthrough.as_str(), "on" | "all") {
        return Some(Finding::new(FindingState::Fine, name, words::ALERTS_PASS.with(language, &[&passthrough])));
    }
    let finding = Finding::new(FindingState::Note, name, words::ALERTS_HELD.with(language, &[&passthrough]));
    Some(finding.hint(words::ALERTS_HINT.of(language)))
}

/// By which way a copy gets out, and whether tmux stands in it.
async fn clipboard(surroundings: &Surroundings, language: Language) -> Finding {
    let name = words::CLIPBOARD.of(language);
    match surroundings.multiplexer {
        Some(Multiplexer::Tmux) => {}
        Some(Multiplexer::Screen) => return Finding::new(FindingState::Fine, name, words::OSC_52_SCREEN.of(language)),
        None => return Finding::new(FindingState::Fine, name, words::OSC_52.of(language)),
    }
    let hidden = config::secret_variables();
    let unknown = || words::UNKNOWN_TERM.of(language).to_owned();
    let said = |value: Option<String>| value.filter(|value| !value.is_empty()).unwrap_or_else(unknown);
    let set_clipboard = said(terminal::tmux_option("set-clipboard", &hidden).await);
    let passthrough = said(terminal::tmux_option("allow-passthrough", &hidden).await);
    let is_let_out = set_clipboard == "on" || matches!(passthrough.as_str(), "on" | "all");
    let values: [&dyn std::fmt::Display; 2] = [&set_clipboard, &passthrough];
    if is_let_out {
        Finding::new(FindingState::Fine, name, words::OSC_52_TMUX.with(language, &values))
    } else {
        Finding::new(FindingState::Note, name, words::OSC_52_BLOCKED.with(language, &values))
            .hint(words::OSC_52_HINT.of(language))
    }
}
