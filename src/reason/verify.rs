//! TABLE: the likely faults of a signature.

use super::{Code, Row};
use crate::language::Words;

codes! {
    NOT_40_DIGITS: "a signature has 40 hex digits; this one has {} character{s}", "签名应为 40 位十六进制数字；这个有 {} 个字符";
    NOT_SORTED: "the three strings were joined without being sorted byte by byte", "三个字符串未按字节排序就拼接了";
    SECRET_WITH_SPACE: "the app secret was used with a space or a line ending around it", "使用的 App Secret 前后带有空格或换行";
    PLUS_BECAME_SPACE: "a `+` of the query became a space; `%2B` stays one", "查询串里的 `+` 变成了空格；应写作 `%2B`";
    OTHER_SECRET: "it was made with another app secret, or timestamp or nonce were changed on the way", "使用了别的 App Secret，或 timestamp、nonce 在途中被改动";
    NO_SECRET: "there is no app secret to check with", "没有可用来验证的 App Secret";
}
