//! Copies parts of a message, and lists its links. Control characters are replaced, because copied text is
//! pasted into shells.

use crate::dashboard::over::map::services::forms;
use crate::dashboard::over::menu::{Menu, MenuEntry};
use crate::dashboard::over::{ScreenReply, Wish};
use crate::dashboard::{Effect, World};
use crate::language::{Words, words};
use crate::record::Record;
use crate::record::place::point;
use crate::text;
use crate::weibo::{Content, Kind, UserId};

use super::Detail;
use super::lines::raw_json;

impl Detail {
    /// Copies the main part of a message.
    pub(super) fn copy(record: &Record) -> ScreenReply {
        ScreenReply::effect(Effect::Copy(portable(&main(record))))
    }

    /// Opens a menu of everything that can be copied of a message.
    pub(super) fn copies(&self, record: &Record, world: &World) -> ScreenReply {
        let language = world.language();
        let id = |id: Option<UserId>| id.map(|id| id.to_string()).unwrap_or_default();
        let is_position = record.message.kind() == Kind::Position;
        let coordinates = if is_position { main(record) } else { String::new() };
        let path = record.saved_file().map(|file| world.media_path(file).to_string_lossy().into_owned());
        let path = path.unwrap_or_default();
        let scp = |path: &str| world.setup.files.host.as_ref().filter(|_| !path.is_empty()).map(|host| host.scp(path));
        let fetch = scp(&path).unwrap_or_default();
        let fetch_last = self.saved_last.as_deref().and_then(scp).unwrap_or_default();
        let forms = point(&record.message).map(|point| forms(point, world)).unwrap_or_default();
        let first = [(words::COPY_TEXT, record.message.text.clone()), (words::COPY_COORDINATES, coordinates)];
        let others = [
            (words::COPY_SENDER, id(record.message.sender_id)),
            (words::COPY_RECEIVER, id(record.message.receiver_id)),
            (words::COPY_FILE_ID, record.message.attachment().map(|fid| fid.to_string()).unwrap_or_default()),
            (words::COPY_PATH, path),
            (words::COPY_SCP, fetch),
            (words::COPY_SCP_LAST, fetch_last),
            (words::COPY_JSON, raw_json(&record.raw)),
            (words::COPY_LINE, record.to_json()),
            (words::COPY_CURL, world.setup.curl(&String::from_utf8_lossy(&record.raw), &record.account)),
        ];
        let all = first.into_iter().chain(forms).chain(others).filter(|(_, value)| !value.is_empty());
        let entries = all.map(|(label, value)| {
            let wish = Wish::Do(Effect::Copy(portable(&value)));
            MenuEntry::new(text::line(&value), label.of(language), wish).also(label.of(language.other()))
        });
        ScreenReply::open(Menu::new(words::COPY_MENU, entries.collect()))
    }

    /// Opens a menu of the links of a message, each to be opened or copied.
    pub(super) fn links(record: &Record, world: &World) -> ScreenReply {
        let language = world.language();
        let found = text::links(&record.message.text);
        let entries = |label: Words, order: fn(String) -> Effect| {
            found.iter().zip(1..).map(move |(link, number)| {
                let [note, also] = [language, language.other()].map(|language| label.with(language, &[&number]));
                MenuEntry::new(text::line(link), note, Wish::Do(order((*link).to_owned()))).also(also)
            })
        };
        let opened = entries(words::OPEN_LINK, Effect::Browse);
        let copied = entries(words::COPY_LINK, |link| Effect::Copy(portable(&link)));
        ScreenReply::open(Menu::new(words::LINKS, opened.chain(copied).collect()))
    }
}

/// Returns the text of a message, the coordinates of a position, or the bytes of an unreadable message.
fn main(record: &Record) -> String {
    if let Content::Position { longitude, latitude } = &record.message.content {
        return format!("{latitude},{longitude}");
    }
    if record.message.kind() == Kind::Unreadable { raw_json(&record.raw) } else { record.message.text.clone() }
}

fn portable(value: &str) -> String {
    text::portable(value).into_owned()
}
