//! Rows that stand beside the messages, told by their shape: bookmarks, and what is known of media.

use crate::archive::import::SalvagedMedium;

use super::carve::{CarvedRow, CarvedValue};
use super::rows::CENTURY;

/// The row as a bookmark: its name, and the last message that its follower has. The row of a nickname has the same shape, with
/// a time where the number is, which is larger than any number: a nickname must not pass for the name of a follower.
pub(super) fn bookmark((_id, values): &CarvedRow) -> Option<(String, i64)> {
    match values.as_slice() {
        [CarvedValue::Null, CarvedValue::Text(name), CarvedValue::Integer(seq @ 0..CENTURY)] => {
            Some((name.clone(), *seq))
        }
        _ => None,
    }
}

/// The row as what is known of a medium.
pub(super) fn medium((fid, values): CarvedRow) -> Option<SalvagedMedium> {
    let mut values = values.into_iter();
    let (
        CarvedValue::Null,
        CarvedValue::Text(state),
        CarvedValue::Integer(_attempts),
        CarvedValue::Integer(_next_try_at),
    ) = (values.next()?, values.next()?, values.next()?, values.next()?)
    else {
        return None;
    };
    let mut text = || match values.next() {
        Some(CarvedValue::Text(text)) => Some(Some(text)),
        Some(CarvedValue::Null) => Some(None),
        _ => None,
    };
    let (reason, file) = (text()?, text()?);
    let bytes = match values.next() {
        Some(CarvedValue::Integer(bytes)) => Some(bytes.max(0)),
        _ => None,
    };
    // Older versions have none of these.
    let mut later = || match values.next() {
        Some(CarvedValue::Text(text)) => Some(text),
        _ => None,
    };
    let (account, sha256, reason_json) = (later().unwrap_or_default(), later(), later());
    Some(SalvagedMedium { fid, state, reason, file, bytes, account, sha256, reason_json })
}
