//! What a callback holds besides the fields of its message: members that weibox does not use, and values that a field
//! cannot hold.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;
use sha1::{Digest as _, Sha1};

use super::bounded::is_bounded;
use crate::weibo::identity::{canonical_value, update};
use crate::weibo::message::Remainder;

/// Returns a digest of these members of a callback, `None` if there are none but nulls. Their order and spelling do
/// not matter, unless the callback holds more values than Weibo's do: then the digest covers its bytes.
pub(super) fn of(callback: &[u8], mut members: Vec<(Cow<'static, str>, &RawValue)>) -> Option<Remainder> {
    members.retain(|(_, json)| json.get() != "null");
    if members.is_empty() {
        return None;
    }
    if !is_bounded(callback) {
        return Some(Sha1::digest(callback).into());
    }
    // Members with the same name keep their order, because the last one counts.
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut hash = Sha1::new();
    for (name, json) in members {
        update(&mut hash, &name);
        // An escape of a lone surrogate is no error in a member that is not used, and has no canonical form.
        match serde_json::from_str::<Value>(json.get()) {
            Ok(value) => update(&mut hash, &canonical_value(&value).to_string()),
            Err(_) => update(&mut hash, json.get()),
        }
    }
    Some(hash.finalize().into())
}
