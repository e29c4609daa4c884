//! What can be copied of a message, and the links in it. Control characters are replaced, because what is copied is pasted
//! into shells.

use crate::language::words;
use crate::record::Record;
use crate::record::media::Stage;
use crate::record::place::point;
use crate::text;
use crate::weibo::{Content, Kind};

use super::menu::{Choice, Entry};
use super::{Effect, Setup, State, detail};

impl State {
    /// What `copy` copies of the selected message.
    pub(super) fn copy(&self) -> Option<Effect> {
        self.inbox.selected().map(|record| Effect::Copy(portable(&main(record))))
    }

    /// Everything that can be copied of the selected message.
    pub(super) fn copies(&self) -> Vec<Entry> {
        let Some(record) = self.inbox.selected() else { return Vec::new() };
        let language = self.language();
        let id = |id: Option<crate::weibo::UserId>| id.map(|id| id.to_string()).unwrap_or_default();
        let is_position = record.message.kind() == Kind::Position;
        let coordinates = if is_position { main(record) } else { String::new() };
        let path = match &record.medium {
            Some(Stage::Done { file, .. }) => self.media_path(file).to_string_lossy().into_owned(),
            Some(Stage::Queued { .. } | Stage::Failed { .. }) | None => String::new(),
        };
        let scp = |path: &str| self.setup.host.as_ref().filter(|_| !path.is_empty()).map(|host| host.scp(path));
        let fetch = scp(&path).unwrap_or_default();
        let fetch_last = self.saved_last.as_deref().and_then(scp).unwrap_or_default();
        let forms = point(&record.message).map(|point| self.forms(point)).unwrap_or_default();
        let first = [(words::COPY_TEXT, record.message.text.clone()), (words::COPY_COORDINATES, coordinates)];
        let others = [
            (words::COPY_SENDER, id(record.message.sender_id)),
            (words::COPY_RECEIVER, id(record.message.receiver_id)),
            (words::COPY_FILE_ID, record.message.attachment().map(|fid| fid.to_string()).unwrap_or_default()),
            (words::COPY_PATH, path),
            (words::COPY_SCP, fetch),
            (words::COPY_SCP_LAST, fetch_last),
            (words::COPY_JSON, detail::raw_json(&record.raw)),
            (words::COPY_LINE, record.to_json()),
            (words::COPY_CURL, curl(&self.setup, &String::from_utf8_lossy(&record.raw))),
        ];
        let all = first.into_iter().chain(forms).chain(others);
        all.filter(|(_, value)| !value.is_empty())
            .map(|(label, value)| {
                let choice = Choice::Do(Effect::Copy(portable(&value)));
                Entry::new(text::line(&value), label.of(language), choice).also(label.of(language.other()))
            })
            .collect()
    }

    /// The links of the selected message: each can be opened and copied.
    pub(super) fn links(&self) -> Vec<Entry> {
        let language = self.language();
        let text = self.inbox.selected().map(|record| record.message.text.as_str()).unwrap_or_default();
        let found = text::links(text);
        let entries = |label: crate::language::Words, choice: fn(String) -> Effect| {
            found.iter().zip(1..).map(move |(link, number)| {
                let [note, also] = [language, language.other()].map(|language| label.with(language, &[&number]));
                Entry::new(text::line(link), note, Choice::Do(choice((*link).to_owned()))).also(also)
            })
        };
        entries(words::OPEN_LINK, Effect::Browse)
            .chain(entries(words::COPY_LINK, |link| Effect::Copy(portable(&link))))
            .collect()
    }
}

/// The text; of a position the coordinates; of what has no text, the bytes.
fn main(record: &Record) -> String {
    match &record.message.content {
        Content::Position { longitude, latitude } => format!("{latitude},{longitude}"),
        Content::Unreadable { .. } => detail::raw_json(&record.raw),
        Content::Text
        | Content::Voice(_)
        | Content::Image(_)
        | Content::Event { .. }
        | Content::Mention { .. }
        | Content::Unknown(_) => record.message.text.clone(),
    }
}

fn portable(value: &str) -> String {
    text::portable(value).into_owned()
}

/// A command that sends a body. It signs with the app secret of the environment, so that no secret is in the clipboard
/// (protocol §1). The certificate is that of the public name, which this machine's address is not.
pub(super) fn curl(setup: &Setup, body: &str) -> String {
    let (url, body) = (&setup.url, body.replace('\'', r"'\''"));
    let curl = if url.starts_with("https") { "curl -k" } else { "curl" };
    let curl = format!("{curl} -H 'Content-Type: application/json' --data-binary '{body}'");
    if !setup.is_signed {
        return format!("{curl} {url}");
    }
    format!(
        "t=$(date +%s) n=$$; s=$(printf '%s\\n' \"$WEIBOX_APP_SECRET\" $t $n | LC_ALL=C sort | tr -d '\\n' | sha1sum | cut -c1-40); \
         {curl} \"{url}?signature=$s&timestamp=$t&nonce=$n\""
    )
}
