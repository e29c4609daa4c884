//! What is taken for granted of the active reply and of names and cannot be checked without an account: one line each, with the
//! section of the protocol. A scenario of the simulator, and a test, has each of them fall either way.

use super::reply;

/// §6 gives no limit, so that of the passive reply (§5) holds: a text has fewer characters. `too-long`
pub const TEXT_LIMIT: usize = reply::TEXT_LIMIT;
/// §6, T34: the window of 48 h counts from the sender's last message. `window-closed`
pub const WINDOW_HOURS: i64 = 48;
/// §6 does not show the answer of success: a JSON object with a status of 2xx and without `error` is one. `bare`, `false`
pub const SUCCESS_HAS_NO_ERROR: bool = true;
/// §9.3: what Weibo refuses with an error of its own was not delivered, but for these, after which nobody knows. `system`
pub const UNKNOWN_AFTER: [u32; 4] = [10001, 10003, 10010, 10011];
/// §9.3: a status of 4xx was not delivered, whatever the page with it says; of 5xx nobody knows. `page`, `page-400`, `page-502`
pub const CLIENT_ERRORS_ARE_REFUSALS: bool = true;
/// §9.2: calls are counted by the hour of the clock, so that a limit is over at the next full one. `limit`
pub const LIMITS_END_WITH_HOUR: bool = true;
/// §8.1: the answer has the number of who was asked for, so that with another one the name is somebody else's. `9989`
pub const NAME_HAS_ITS_NUMBER: bool = true;
/// §6: the reply is listed among the account's own messages at Weibo, too.
pub const SAVE_SENDER_BOX: &str = "1";
