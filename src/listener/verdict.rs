//! The outcome of a request, and how it is counted.

use hyper::StatusCode;
use secrecy::ExposeSecret as _;

use super::{Context, ListenerAccount};
use crate::archive::Stored;
use crate::reason::Reason;
use crate::record::traffic::Traffic;
use crate::weibo::signature::{Parameters, Refusal};

/// The outcome of a request.
pub(super) enum Verdict {
    /// A handshake of Weibo's.
    Handshake {
        /// The account that the handshake is for.
        account: String,
        /// The answer.
        echostr: String,
    },
    /// A message that is on disk.
    Kept(Kept),
    /// Refused; the caller is told the reason, which is also logged.
    Refused(StatusCode, Reason),
    /// Not signed by Weibo; the caller is told the reason in short, and the log has it in full.
    Forged(Refusal),
    /// Not accepted for now; Weibo retries.
    Busy(Reason),
}

/// A message that is on disk.
pub(super) struct Kept {
    /// The result of the insertion.
    pub(super) stored: Stored,
    /// Whether the request was signed.
    pub(super) is_signed: bool,
    /// Whether the message could be parsed.
    pub(super) is_readable: bool,
}

impl Verdict {
    /// Returns whether a message arrived for the first time.
    pub(super) const fn is_news(&self) -> bool {
        matches!(self, Self::Kept(Kept { stored: Stored { deliveries: 1, .. }, is_readable: true, .. }))
    }
}

/// Updates the traffic counters.
pub(super) fn count(context: &Context, change: impl FnOnce(&mut Traffic)) {
    context.traffic.send_modify(change);
}

/// Verifies that Weibo signed this query, and recently enough if a maximum age is set. Returns `None` if there is
/// no secret to verify with.
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
