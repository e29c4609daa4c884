//! Translates clap's errors into reasons: from the error's kind and context, never from its text.

use std::error::Error as _;
use std::num::{IntErrorKind, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::reason::{Reason, command};

/// Returns the reason of an error, and hints at what the user may have meant.
#[expect(clippy::wildcard_enum_match_arm, reason = "clap may add kinds")]
pub(super) fn told(error: &clap::Error) -> (Reason, Vec<Reason>) {
    let said = |kind| error.get(kind).map(words).unwrap_or_default();
    let (argument, value) = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue));
    let reason = match error.kind() {
        ErrorKind::UnknownArgument => command::UNKNOWN_ARGUMENT.with(argument),
        ErrorKind::InvalidSubcommand => command::UNKNOWN_COMMAND.with(said(ContextKind::InvalidSubcommand)),
        ErrorKind::InvalidValue if value.is_empty() => command::VALUE_MISSING.with(argument),
        ErrorKind::InvalidValue => command::WRONG_VALUE.with(value).with(argument),
        ErrorKind::ValueValidation => match error.source() {
            Some(source) => command::WRONG_VALUE_WHY.with(value).with(argument).with(why(source)),
            None => command::WRONG_VALUE.with(value).with(argument),
        },
        ErrorKind::TooManyValues => command::VALUE_TOO_MANY.with(value).with(argument),
        ErrorKind::ArgumentConflict => match said(ContextKind::PriorArg) {
            prior if prior == argument => command::ARGUMENT_TWICE.with(argument),
            prior => command::ARGUMENTS_CONFLICT.with(argument).with(prior),
        },
        ErrorKind::MissingRequiredArgument => command::ARGUMENTS_MISSING.with(argument),
        ErrorKind::InvalidUtf8 => command::ARGUMENT_NOT_UTF8.into(),
        _ => Reason::other(error.kind()),
    };
    let tips = [
        (ContextKind::ValidValue, command::POSSIBLE_VALUES),
        (ContextKind::SuggestedArg, command::SIMILAR_ARGUMENT),
        (ContextKind::SuggestedSubcommand, command::SIMILAR_COMMAND),
        (ContextKind::SuggestedValue, command::SIMILAR_VALUE),
    ];
    let tips = tips.into_iter().filter_map(|(kind, code)| Some(code.with(words(error.get(kind)?))));
    (reason, tips.collect())
}

/// Returns a context value of clap as text.
#[expect(clippy::wildcard_enum_match_arm, reason = "clap may add kinds")]
fn words(found: &ContextValue) -> String {
    match found {
        ContextValue::Strings(several) => several.join(", "),
        other => other.to_string(),
    }
}

/// Returns the reason why a value is invalid.
fn why(source: &(dyn std::error::Error + 'static)) -> Reason {
    if let Some(ours) = source.downcast_ref::<Reason>() {
        return ours.clone();
    }
    match source.downcast_ref::<ParseIntError>().map(ParseIntError::kind) {
        Some(IntErrorKind::Empty) => command::NUMBER_MISSING.into(),
        Some(IntErrorKind::PosOverflow | IntErrorKind::NegOverflow) => command::NUMBER_TOO_LARGE.into(),
        Some(_) => command::NO_NUMBER.into(),
        None => Reason::other(source),
    }
}
