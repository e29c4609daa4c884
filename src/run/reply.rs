//! `weibox reply`: sends one reply, through the process that holds the archive, or alone if there is none.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::archive::Reader;
use crate::attach::{self, Order, Outcome, client};
use crate::cli::{ReplyTo, ReplyWords};
use crate::config::Config;
use crate::language::{Language, answers as outcome, commands as words};
use crate::query::{Query, Term, Test};
use crate::reason::{Reason, answers, command, files, hints};
use crate::record::outgoing::{Composed, Draft, Outgoing, SendState};
use crate::text;
use crate::web::AccountToken;
use crate::weibo::UserId;
use crate::weibo::active::{self, ReplyForm};
use crate::weibo::reply::Article;

use super::report::stdout;
use super::{clock, cluster, key, receive, say};

/// How long to wait for the outcome: longer than a request may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// The interval between two looks at the archive.
const LOOK: Duration = Duration::from_millis(20);
/// The maximum number of bytes that are read of a file; more is too long anyway.
const LONGEST: u64 = 64 << 10;

/// Sends the reply and prints the outcome; 0 only if it was sent.
pub(super) async fn run(config: &Config, words: ReplyWords) -> anyhow::Result<ExitCode> {
    let (to, json) = (words.to, words.json);
    let draft = draft(words)?;
    let language = config.language.value;
    match send(config, to, draft).await? {
        Ok(outgoing) => tell(&outgoing, json, language),
        Err(refused) if json => {
            let refused = refused.to_string();
            let object = json!({ "id": null, "state": SendState::Refused.name(), "reason": refused });
            writeln!(stdout(), "{}", text::json(object.to_string()))?;
            Ok(ExitCode::FAILURE)
        }
        Err(refused) => {
            let hint = (refused.code == answers::ANSWERS_OFF).then(|| hints::ENABLE_ANSWERS.into());
            Err(refused.with_hint(hint).into())
        }
    }
}

/// Returns the content of the reply.
fn draft(words: ReplyWords) -> Result<Draft, Reason> {
    let ReplyWords { text, file, position, articles, .. } = words;
    let form = match (&position, &articles) {
        (Some(_), _) => ReplyForm::Position,
        (None, Some(_)) => ReplyForm::Articles,
        (None, None) => ReplyForm::Text,
    };
    let text = match (text.or(position), file, articles) {
        (Some(text), ..) => text,
        (None, Some(file), _) => read(&file)?,
        (None, None, Some(file)) => {
            let list: Vec<Article> = serde_json::from_str(&read(&file)?)
                .map_err(|error| answers::ANSWER_NO_ARTICLES.with(file.display()).with(error.to_string()))?;
            active::text_of(&list)
        }
        (None, None, None) => String::new(),
    };
    Ok(Draft { form, text })
}

/// Sends the reply and returns the outcome; the inner error is the reason why it was not even stored.
async fn send(config: &Config, to: ReplyTo, draft: Draft) -> anyhow::Result<Result<Outgoing, Reason>> {
    if let Err(refused) = active::check(draft.form, &draft.text) {
        return Ok(Err(refused));
    }
    let data_dir = &config.data_dir.value;
    let composed = match composed(&Reader::open(data_dir)?, to, draft)? {
        Ok(composed) => composed,
        Err(refused) => return Ok(Err(refused)),
    };
    let key = composed.key.clone();
    match client::ask(data_dir, Order::Reply(composed.clone())).await {
        Ok(Outcome::Composed(_)) => Ok(Ok(followed(data_dir, &key).await?)),
        Ok(Outcome::Failed(refused)) => Ok(Err(refused)),
        Ok(_) => Err(attach::Error::Silent.into()),
        Err(attach::Error::NobodyThere { .. }) => alone(config, composed).await,
        // The archive knows whether the reply was stored before the other process ended.
        Err(error) => match Reader::open(data_dir)?.outgoing_of(&key)? {
            Some(outgoing) => Ok(Ok(outgoing)),
            None => Err(error.into()),
        },
    }
}

/// Sends the reply from this process.
async fn alone(config: &Config, composed: Composed) -> anyhow::Result<Result<Outgoing, Reason>> {
    if !config.answers_enabled.value {
        return Ok(Err(answers::ANSWERS_OFF.into()));
    }
    let (archive, key) = (cluster::open(config)?, composed.key.clone());
    archive.compose(composed, clock::now()).await?;
    let stop = CancellationToken::new();
    let tokens = config
        .all_accounts()
        .into_iter()
        .map(|account| AccountToken::new(account.name, watch::channel(account.access_token).1));
    let (outbox, _answers) = receive::start_outbox(&archive, config, &tokens.collect::<Vec<_>>(), &stop);
    let outgoing = followed(&config.data_dir.value, &key).await;
    outbox.end().await;
    archive.close().await?;
    Ok(Ok(outgoing?))
}

/// Determines the recipient and the account of a reply.
fn composed(reader: &Reader, to: ReplyTo, Draft { form, text }: Draft) -> anyhow::Result<Result<Composed, Reason>> {
    let record = match to {
        ReplyTo::Message(seq) => match reader.record(seq)? {
            Some(record) => Some(record),
            None => return Ok(Err(command::NO_MESSAGE.with(seq))),
        },
        ReplyTo::Fan(fan) => {
            let of_fan = Query { terms: vec![Term { is_not: false, test: Test::From(vec![UserId(fan)]) }] };
            let newest = reader.find(&of_fan, u64::MAX >> 1, true, clock::now())?;
            newest.map(|seq| reader.record(seq)).transpose()?.flatten()
        }
    };
    let (account, seq) = record.as_ref().map(|record| (record.account.clone(), record.seq)).unzip();
    let fan = match (to, &record) {
        (_, Some(record)) if record.message.is_sample() => {
            return Ok(Err(answers::ANSWER_TO_SAMPLE.with(record.seq)));
        }
        (ReplyTo::Fan(fan), _) => UserId(fan),
        (ReplyTo::Message(seq), record) => match record.as_ref().and_then(|record| record.message.sender_id) {
            Some(fan) => fan,
            None => return Ok(Err(answers::ANSWER_TO_NOBODY.with(seq))),
        },
    };
    Ok(Ok(Composed { key: key::new(), account: account.unwrap_or_default(), fan, seq, form, text, after: None }))
}

/// Waits until the reply is settled or waits for a stated reason, at most [`PATIENCE`].
async fn followed(data_dir: &Path, key: &str) -> anyhow::Result<Outgoing> {
    let (mut reader, until) = (Reader::open(data_dir)?, Instant::now() + PATIENCE);
    loop {
        reader.refresh();
        if let Some(outgoing) = reader.outgoing_of(key)? {
            let is_waiting = outgoing.state == SendState::Waiting && outgoing.reason.is_some();
            if outgoing.state.is_settled() || is_waiting || Instant::now() > until {
                return Ok(outgoing);
            }
        }
        sleep(LOOK).await;
    }
}

fn tell(outgoing: &Outgoing, is_json: bool, language: Language) -> anyhow::Result<ExitCode> {
    let Outgoing { id, state, reason, .. } = outgoing;
    if is_json {
        // A reply that is still being sent after this wait has an unknown outcome.
        let state = if *state == SendState::Sending { SendState::Unknown } else { *state };
        let object = json!({ "id": id, "state": state.name(), "reason": reason.as_ref().map(ToString::to_string) });
        writeln!(stdout(), "{}", text::json(object.to_string()))?;
    } else {
        let why =
            reason.as_ref().map_or_else(|| words::REPLY_NOT_SENT_YET.of(language).to_owned(), |why| why.of(language));
        say(&match state {
            SendState::Sent => words::REPLY_SENT.with(language, &[id]),
            SendState::Waiting => outcome::REPLY_WAITS.with(language, &[id, &why]),
            SendState::Refused => outcome::REPLY_REFUSED.with(language, &[id, &why]),
            SendState::Sending | SendState::Unknown => outcome::REPLY_UNKNOWN.with(language, &[id, &why]),
        })?;
    }
    Ok(if *state == SendState::Sent { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads the content of a file, without the line break at its end.
fn read(path: &PathBuf) -> Result<String, Reason> {
    let unread = |error: io::Error| files::FILE_UNREAD.with(path.display()).with(&error);
    let mut text = String::new();
    let done = if path.as_os_str() == "-" {
        io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    done.map_err(unread)?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
