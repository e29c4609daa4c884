//! The values that completion offers: the parts of queries, and names from the settings and the archive.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::{Arg, Command, CommandFactory as _, FromArgMatches as _};
use clap_complete::{ArgValueCompleter, CompletionCandidate};

use crate::archive::Reader;
use crate::cli::Cli;
use crate::config::{Config, Environment, Options};
use crate::language::Language;
use crate::names::NamePolicy;
use crate::notify::alert::Alert;
use crate::query::{FIELDS, FileState, Flag};
use crate::record::policy::Auto;
use crate::run::dashboard::tabs;
use crate::run::help;
use crate::simulator::bot::BotManner;
use crate::simulator::scenario::Scenario;
use crate::text;
use crate::weibo::Kind;

/// TABLE: command, argument, and the function that returns its offers. An empty command stands for all commands.
const OFFERED: &[(&str, &str, Offers)] = &[
    ("serve", "query", query),
    ("serve", "bookmark", bookmarks),
    ("replay", "query", query),
    ("replay", "to", targets),
    ("replay", "compare", targets),
    ("export", "query", query),
    ("alert", "name", alerts),
    ("simulate", "account", accounts),
    ("simulate", "scenario", scenarios),
    ("", "names", |_, _| bare(NamePolicy::ALL.map(NamePolicy::name))),
    ("", "download-auto", |_, _| bare(Auto::ALL.map(Auto::name))),
];

/// The maximum number of names that are offered.
const NAMES: usize = 200;

/// A value, and its description; empty for none.
type Offer = (String, String);

/// A function that returns the offers for a value, given the part of it that is typed.
type Offers = fn(&Typed, &str) -> Vec<Offer>;

/// The command line typed so far, which says where the settings and the archive are.
struct Typed {
    environment: Environment,
    language: Language,
    words: Vec<OsString>,
}

/// Returns the command with completers for its values.
pub(super) fn command(environment: Environment, words: &[OsString]) -> Command {
    let language = environment.language();
    let typed = Arc::new(Typed { environment, language, words: words.to_owned() });
    OFFERED.iter().fold(help::command(language), |command, (name, id, offers)| {
        let typed = Arc::clone(&typed);
        let completer = ArgValueCompleter::new(move |word: &OsStr| candidates(*offers, &typed, word));
        let add = |arg: Arg| if arg.get_id() == id { arg.add(completer.clone()) } else { arg };
        let command = if name.is_empty() { command.mut_args(add) } else { command };
        let is_meant = |command: &Command| name.is_empty() || command.get_name() == *name;
        command.mut_subcommands(|command| if is_meant(&command) { command.mut_args(add) } else { command })
    })
}

fn candidates(offers: Offers, typed: &Typed, word: &OsStr) -> Vec<CompletionCandidate> {
    let Some(word) = word.to_str() else { return Vec::new() };
    let offers = offers(typed, word).into_iter();
    // Shells read one offer per line and print it, so names of strangers must not contain control characters.
    let is_plain = |value: &str| !value.contains(char::is_control) && text::portable(value) == value;
    let fit = offers.filter(|(value, _)| value.starts_with(word) && is_plain(value));
    fit.map(|(value, about)| CompletionCandidate::new(value).help((!about.is_empty()).then(|| about.into()))).collect()
}

impl Typed {
    fn config(&self) -> Option<Config> {
        let matches = Cli::command().ignore_errors(true).try_get_matches_from(&self.words).ok()?;
        Config::load(&Options::from_arg_matches(&matches).ok()?, &self.environment).ok()
    }

    /// Reads something from the archive; the default value if there is no archive.
    fn of_archive<T: Default>(&self, wanted: impl FnOnce(Reader) -> Option<T>) -> T {
        let reader = self.config().and_then(|config| Reader::open(&config.data_dir.value).ok());
        reader.and_then(wanted).unwrap_or_default()
    }
}

fn bare(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<Offer> {
    names.into_iter().map(|name| (name.into(), String::new())).collect()
}

fn bookmarks(typed: &Typed, _: &str) -> Vec<Offer> {
    let found = typed.of_archive(|reader| reader.bookmarks().ok());
    // The other bookmarks belong to targets and alerts.
    let own = found.into_iter().filter(|bookmark| !bookmark.name.contains(':'));
    own.map(|bookmark| (bookmark.name, format!("#{}", bookmark.seq))).collect()
}

fn targets(typed: &Typed, _: &str) -> Vec<Offer> {
    let targets = typed.config().map(|config| config.targets.value).unwrap_or_default();
    targets.into_iter().map(|target| (target.name.clone(), target.place())).collect()
}

fn alerts(typed: &Typed, _: &str) -> Vec<Offer> {
    let alerts = typed.config().map(|config| config.alerts.value).unwrap_or_default();
    let about = |alert: &Alert| alert.query.as_ref().map(ToString::to_string).unwrap_or_default();
    alerts.into_iter().map(|alert| (alert.name.clone(), about(&alert))).collect()
}

fn accounts(typed: &Typed, _: &str) -> Vec<Offer> {
    let accounts = typed.config().map(|config| config.accounts.value).unwrap_or_default();
    accounts.into_iter().map(|account| (account.name, account.path)).collect()
}

fn scenarios(typed: &Typed, _: &str) -> Vec<Offer> {
    let is_bot = typed.words.iter().any(|word| word.to_string_lossy().starts_with("--as-bot"));
    if is_bot { bare(BotManner::ALL.map(BotManner::name)) } else { bare(Scenario::names()) }
}

/// Completes the last term of a query; if it is the only one, offers the queries of the tabs as well.
fn query(typed: &Typed, query: &str) -> Vec<Offer> {
    let term = query.rsplit(char::is_whitespace).next().unwrap_or_default();
    let before = query.strip_suffix(term).unwrap_or_default();
    // An alternative is a word.
    if before.trim_end().ends_with(['|', '｜']) || before.split_whitespace().next_back() == Some("OR") {
        return Vec::new();
    }
    let (minus, term) = term.strip_prefix('-').map_or(("", term), |term| ("-", term));
    let mut offers = terms(typed, term);
    for (value, _) in &mut offers {
        value.insert_str(0, &format!("{before}{minus}"));
    }
    if before.is_empty() {
        offers.extend(of_tabs(typed));
    }
    offers
}

/// Returns the fields that begin with the term; if only one does, or a colon follows it, the values of that field.
fn terms(typed: &Typed, term: &str) -> Vec<Offer> {
    if let Some((field, value)) = term.split_once(':') {
        return values(typed, field, value);
    }
    let fields = FIELDS.iter().filter(|(field, _)| field.starts_with(term));
    let fields: Vec<_> =
        fields.map(|(field, takes)| (format!("{field}:"), takes.of(typed.language).to_owned())).collect();
    match fields.as_slice() {
        [(only, _)] => {
            Some(values(typed, only.trim_end_matches(':'), "")).filter(|values| !values.is_empty()).unwrap_or(fields)
        }
        _ => fields,
    }
}

/// Returns the values of a field; none if they are free text.
fn values(typed: &Typed, field: &str, value: &str) -> Vec<Offer> {
    let (before, last) = value.split_at(value.rfind(',').map_or(0, |comma| comma + 1));
    let values = match field {
        "type" => bare(Kind::ALL.map(Kind::name)),
        "label" => {
            let board = typed.of_archive(|reader| reader.label_board(&[], None).ok());
            board.all.into_iter().map(|(label, n)| (label, format!("×{n}"))).collect()
        }
        "name" => names(typed, last),
        "account" => accounts(typed, last),
        "has" if before.is_empty() => bare(["file"]),
        "is" if before.is_empty() => bare(Flag::ALL.map(Flag::name)),
        "state" => bare(FileState::ALL.map(FileState::name)),
        _ => return Vec::new(),
    };
    values.into_iter().map(|(name, about)| (format!("{field}:{before}{name}"), about)).collect()
}

/// Returns the names of senders that begin with `begin`, with `_` in place of spaces.
fn names(typed: &Typed, begin: &str) -> Vec<Offer> {
    let names = typed.of_archive(|reader| reader.sender_names().ok());
    let names = names.into_iter().map(|name| name.replace(' ', "_"));
    // A set, because two senders may share a name, and the user and Weibo may give one sender the same name.
    let names: BTreeSet<String> =
        names.filter(|name| name.starts_with(begin) && !name.contains(char::is_whitespace)).collect();
    bare(names.into_iter().take(NAMES))
}

/// Returns the queries of the tabs that the user has made.
fn of_tabs(typed: &Typed) -> Vec<Offer> {
    let Some(config) = typed.config() else { return Vec::new() };
    let saved = tabs::read(&tabs::place(&config.file.value)).unwrap_or_default();
    let tabs = config.tabs.value.iter().chain(&saved);
    tabs.map(|tab| (tab.query.to_string(), tab.title.of(typed.language).to_owned())).collect()
}
