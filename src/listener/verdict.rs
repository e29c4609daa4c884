//! What a request comes to, and what it is counted as.

use hyper::StatusCode;
use secrecy::ExposeSecret as _;

use super::{Context, ListenerAccount};
use crate::archive::Stored;
use crate::reason::Reason;
use crate::record::traffic::Traffic;
use crate::weibo::signature::{Parameters, Refusal};

/// What a request comes to.
pub(super) enum Verdict {
    /// A handshake of Weibo's.
    Handshake {
        /// The account that it is for.
        account: String,
        /// What is answered.
        echostr: String,
    },
    /// A message that is on disk.
    Kept(Kept),
    /// Not taken; the reason is told to the caller and logged.
    Refused(StatusCode, Reason),
    /// Not signed as Weibo does: the caller is told in short, the log in full.
    Forged(Refusal),
    /// Not taken for now; Weibo asks again.
    Busy(Reason),
}

/// A message that is on disk.
pub(super) struct Kept {
    /// What became of it.
    pub(super) stored: Stored,
    /// Whether it was signed.
    pub(super) is_signed: bool,
    /// Whether anybody can read it.
    pub(super) is_readable: bool,
}

impl Verdict {
    /// Whether a message came that was not there before.
    pub(super) const fn is_news(&self) -> bool {
        matches!(self, Self::Kept(Kept { stored: Stored { deliveries: 1, .. }, is_readable: true, .. }))
    }
}

/// Changes the numbers of the traffic.
pub(super) fn count(context: &Context, change: impl FnOnce(&mut Traffic)) {
    context.traffic.send_modify(change);
}

/// Whether Weibo has signed this query, and lately enough where that was asked for; `None` while there is no secret to tell
/// by.
pub(super) fn verify(context: &Context, account: &ListenerAccount, query: &str) -> Option<Result<Parameters, Refusal>> {
    let secret = account.app_secret.borrow();
    let secret = secret.as_ref()?;
    let verified = || {
        let parameters = Parameters::from_query(query)?;
        parameters.verify(secret.expose_secret())?;
        if let Some(max_age) = context.settings.max_age {
            parameters.verify_age((context.settings.now)(), max_age)?;
        }
        Ok(parameters)
    };
    Some(verified())
}
