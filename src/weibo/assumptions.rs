//! Assumptions about the active reply and about names that cannot be checked without an account: one line each, with
//! the section of the protocol. For each assumption, a scenario of the simulator and a test cover both outcomes.

use super::reply;

/// §6 gives no limit, so the limit of the passive reply (§5) applies: a text has fewer characters. `too-long`
pub const TEXT_LIMIT: usize = reply::TEXT_LIMIT;
/// §6, T34: the 48-hour window starts at the sender's last message. `window-closed`
pub const WINDOW_HOURS: i64 = 48;
/// §6 does not show a successful answer: any JSON object with a 2xx status and without `error` counts. `bare`,
/// `false`
pub const SUCCESS_HAS_NO_ERROR: bool = true;
/// §9.3: a reply that Weibo refuses with an error of its own was not delivered; after these codes nobody knows.
/// `system`
pub const UNKNOWN_AFTER: [u32; 4] = [10001, 10003, 10010, 10011];
/// §9.3: 4xx means not delivered, whatever the body says; after 5xx nobody knows. `page`, `page-400`, `page-502`
pub const CLIENT_ERRORS_ARE_REFUSALS: bool = true;
/// §9.2: calls are counted by the clock hour, so a limit ends at the next full hour. `limit`
pub const LIMITS_END_WITH_HOUR: bool = true;
/// §8.1: the answer holds the id of the requested user; with a different id the name belongs to somebody else. `9989`
pub const NAME_HAS_ITS_NUMBER: bool = true;
/// §6: the reply is also listed among the account's own messages at Weibo.
pub const SAVE_SENDER_BOX: &str = "1";
