//! The screens over the panes, from the lowest to the top one.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::controls::layout::Shape;
use crate::dashboard::{Over, State};

use super::parts::{self, Scene};

mod composer;
mod downloads;
mod line;
mod map;
mod menu;
mod naming;
mod question;
mod requests;
mod saving;
pub(super) mod search;
mod secret;
mod sending;
mod statistics;
mod targets;
mod viewer;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>) {
    let (world, notice) = (state.world(), state.notice());
    for (depth, over) in state.stack().iter().enumerate() {
        let is_top = depth + 1 == state.stack().len();
        let scene = Scene { world, over, notice };
        match over {
            Over::Menu(menu) => menu::draw(menu, scene, frame),
            Over::DownloadList(list) => downloads::draw(list, scene, frame),
            Over::RequestLog(log) => requests::draw(log, scene, frame),
            Over::PictureViewer(viewer) => viewer::draw(viewer, is_top, scene, frame),
            Over::PositionMap(map) => map::draw(map, scene, frame),
            Over::TargetList(list) => targets::draw(list, scene, frame),
            Over::SendScreen(screen) => sending::draw(screen, scene, frame),
            Over::StatisticsCharts(charts) => statistics::draw(charts, scene, frame),
            Over::SavePrompt(prompt) => saving::draw(prompt, world, frame),
            Over::LinePrompt(prompt) => line::draw(prompt, scene, frame),
            Over::ProfileForm(form) => naming::profile::draw(form, scene, frame),
            Over::LabelPicker(picker) => naming::labels::draw(picker, scene, frame),
            Over::SecretPrompt(prompt) => secret::draw(prompt, world.language(), frame),
            Over::SearchPrompt(prompt) => search::draw(prompt, state, frame, search_line(state, frame)),
            Over::Composer(composer) => composer::draw(composer, is_top, scene, frame),
            Over::QuickPicker(picker) => composer::picker::draw(picker, is_top, scene, frame),
            Over::Question(question) => question::draw(question, world, frame),
        }
    }
}

/// Returns the place of the search prompt: over the tabs, or in the second line if the layout is a single line.
fn search_line(state: &State, frame: &Frame<'_>) -> Rect {
    let layout = state.world().layout();
    if layout.shape != Shape::Line {
        return parts::rect(layout.tabs);
    }
    let screen = frame.area();
    Rect { y: 1, height: screen.height.saturating_sub(1).min(1), ..screen }.intersection(screen)
}
