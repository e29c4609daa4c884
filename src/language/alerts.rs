//! TABLE: what alerts say.

use super::Words;

words! {
    TEST: "this is a test: alerts arrive here", "这是一条测试：提醒会发到这里";
    NEW: "{} new in {}", "新消息 {} 条（{}）";
    AWAY: "{} in {} while you were away", "离开期间 {} 条（{}）";
    QUIET: "{} in {} in the quiet hours", "免打扰时段 {} 条（{}）";
    CLOSING: "{} in {} can be answered until {} only, and the quiet hours begin soon", "{} 条（{}）须在 {} 前回复，免打扰时段即将开始";
    CHANNEL_FAILS: "alerts to {} fail since {}", "提醒无法送达 {}（{} 起）";
    SEPARATOR: ", ", "，";
    LAST_FROM: "{}, the last from {}", "{}，最近一条来自 {}";
    LAST_SAYS: "{}, the last from {}: {}", "{}，最近一条来自 {}：{}";

    // `weibox alert test`
    CAME_BACK: "{} by {}: {}", "{}，{}：{}";
    TAKEN: "taken", "已送达";
    TAKEN_SAYING: "taken, and it said {}", "已送达，对方应答 {}";
    RUNG_HERE: "rung in this terminal ({})", "已在此终端提醒（{}）";
    NOT_RUNG: "not tried: standard output is not a terminal", "未尝试：标准输出不是终端";
}
