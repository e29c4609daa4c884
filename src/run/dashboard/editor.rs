//! Opens the JSON of a message or the file of a quick reply in the user's editor. The editor has the terminal
//! meanwhile, and the listener goes on.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Loop;
use crate::archive::Error;
use crate::config::{self, quick_replies};
use crate::dashboard::Event;
use crate::dashboard::detail::raw_json;
use crate::reason::{Reason, files, forward};
use crate::record::Seq;
use crate::terminal::{self, Tty};

/// The text that the user wrote, or the reason why nothing is sent, with text to continue from.
type Edited = Result<String, (Reason, Option<String>)>;

/// What the user edits.
#[derive(Debug)]
pub(super) enum Editing {
    /// JSON of a message, or the text that an earlier edit left of it.
    Message(Seq, Option<String>),
    /// File of a quick reply, which need not exist.
    QuickReply(PathBuf),
}

/// Content of a new quick reply.
const NEW: &str = "name = \"\"\ntext = \"\"\"\n\n\"\"\"\n\
    # {name} {text} {date} {place}\n\
    # kinds = [\"text\", \"image\"]\n\
    # labels = [\"\"]\n";

impl Loop {
    /// Lets the user edit something and updates the state with the outcome.
    pub(super) async fn edit(&mut self, what: Editing, terminal: &mut Tty) -> io::Result<()> {
        // The terminal may keep pictures after its screen is cleared.
        self.forget_pictures();
        self.sources.keyboard.ignore();
        let stop = self.sources.stop.clone();
        let edited = async {
            match what {
                Editing::Message(seq, draft) => Event::Edited(self.written(seq, draft).await),
                Editing::QuickReply(file) => self.quick_reply(&file).await.map_or_else(Event::Failed, |()| {
                    Event::QuickReplies(Box::new(quick_replies::read(&self.sources.quick_replies)))
                }),
            }
        };
        let edited = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            edited = edited => edited,
        };
        self.sources.keyboard.listen();
        self.due.is_spoilt = true;
        if self.state.world().looks.has_mouse {
            self.told(terminal::mouse(true));
        }
        // The size of the terminal may have changed.
        terminal.autoresize()?;
        if let Ok(size) = terminal::size() {
            self.update(Event::Resized(size));
        }
        self.update(edited);
        Ok(())
    }

    /// Lets the user edit the file of a quick reply. Removes a new file if nothing was written into it.
    async fn quick_reply(&self, file: &Path) -> Result<(), Reason> {
        let unwritten = |error: io::Error| files::FILE_UNWRITTEN.with(file.display()).with(&error);
        fs::create_dir_all(&self.sources.quick_replies).map_err(unwritten)?;
        match fs::File::create_new(file) {
            Ok(mut new) => new.write_all(NEW.as_bytes()).map_err(unwritten)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritten(error)),
        }
        let ended = terminal::edit(&self.sources.editor, file, &config::secret_variables()).await;
        if fs::read(file).is_ok_and(|text| text == NEW.as_bytes()) {
            // A file that cannot be removed is reported as a quick reply that cannot be used.
            drop(fs::remove_file(file));
        }
        if !ended.map_err(|error| error.reason())?.success() {
            return Err(forward::EDITOR_FAILED.with(&self.sources.editor));
        }
        Ok(())
    }

    async fn written(&self, seq: Seq, draft: Option<String>) -> Edited {
        let unread = |error: Error| (error.reason(), None);
        let record = self.sources.holder.readers.read(move |reader| reader.record(seq)).await.map_err(unread)?;
        let before =
            record.map(|record| raw_json(&record.raw)).ok_or_else(|| (forward::NO_SUCH_MESSAGE.with(seq), None))?;
        let failed = |error: &io::Error| (Reason::other(error), None);
        let name = format!("weibox-{seq}-");
        let mut file =
            tempfile::Builder::new().prefix(&name).suffix(".json").tempfile().map_err(|error| failed(&error))?;
        let text = draft.as_ref().unwrap_or(&before);
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(|error| failed(&error))?;
        let ended = terminal::edit(&self.sources.editor, file.path(), &config::secret_variables()).await;
        let ended = ended.map_err(|error| (error.reason(), draft.clone()))?;
        if !ended.success() {
            return Err((forward::EDITOR_FAILED.with(&self.sources.editor), draft));
        }
        // Read by its path, because many editors replace the file.
        let after = std::fs::read_to_string(file.path()).map_err(|error| failed(&error))?;
        if after.trim() == before.trim() {
            return Err((forward::NOTHING_EDITED.into(), None));
        }
        match serde_json::from_str::<serde_json::Value>(&after) {
            Ok(_) => Ok(after.trim_end().to_owned()),
            Err(error) => Err((forward::EDITED_NOT_JSON.with(error.to_string()), Some(after))),
        }
    }
}
