//! TABLE: what is wrong with an alert, its settings, or the place it was sent to.

codes! {
    ROBOT_REFUSED: "it answered {}: {}", "它应答 {}：{}";
    ROBOT_SAID_NOTHING: "its answer is no JSON with `{}`", "它的应答不是含 `{}` 的 JSON";
    PROGRAM_SLOW: "`{}` did not end within {} s", "`{}` 在 {} 秒内没有结束";
    PROGRAM_FAILED: "`{}` ended with {}: {}", "`{}` 以 {} 结束：{}";
    CHANNEL_SILENT: "the alert `{}` has not reached `{}` since {}: {}", "提醒 `{}` 无法经 `{}` 送达，自 {} 起：{}";
    CHANNEL_WORKS: "the alert `{}` reaches `{}` again", "提醒 `{}` 已可经 `{}` 送达";

    // Settings
    NO_ALERT: "there is no alert `{}`", "没有提醒 `{}`";
    NO_NAME: "`{}` is no name for an alert or a channel", "`{}` 不能作为提醒或渠道的名称";
    TWICE: "there is `{}` already", "已有 `{}`";
    NO_KIND: "`{}` is no kind of channel", "`{}` 不是渠道类型";
    NO_CHANNEL: "there is no channel `{}`", "没有渠道 `{}`";
    NOWHERE: "the alert `{}` has nothing in `by`", "提醒 `{}` 的 `by` 为空";
    NOTHING_TO_TELL: "the alert `{}` has neither `query` nor `trouble`", "提醒 `{}` 既没有 `query` 也没有 `trouble`";
    NO_QUIET: "`{}` are no quiet hours", "`{}` 不是免打扰时段";
    NO_EVERY: "`{}` is no pause from 1s to 24h", "`{}` 不是 1s 到 24h 的间隔";
    NO_SHOW: "`{}` is none of count, name and all", "`{}` 不是 count、name 或 all";
    NO_ADDRESS: "the channel `{}` needs an address", "渠道 `{}` 需要网址";
    TWO_ADDRESSES: "the channel `{}` has an address twice", "渠道 `{}` 有两个网址";
    WRONG_ADDRESS: "the address of the channel `{}` is not a web address, or has a user, a password or a fragment", "渠道 `{}` 的网址无效，或含有用户、密码、片段";
    UNENCRYPTED: "the channel `{}` is beyond private networks, and alerts would go there unencrypted", "渠道 `{}` 在内网之外，提醒会以明文发送";
    NOT_FOR_KIND: "`{}` is not for a channel of the kind `{}`", "`{}` 不用于 `{}` 类型的渠道";
    NO_PROGRAM: "the channel `{}` needs `program`, a list whose first entry is the program", "渠道 `{}` 需要 `program`：列表，第一项为程序";
    NO_ALERT_TEMPLATE: "the template of the channel `{}` is no JSON: {}", "渠道 `{}` 的模板不是 JSON：{}";
    NO_ALERT_FIELD: "the template of the channel `{}` has `{}`, which nothing can be put in for", "渠道 `{}` 的模板含有 `{}`，没有对应的内容";
    PASSES: "the query of the alert `{}` has `{}`, which changes without a message", "提醒 `{}` 的查询含有 `{}`，它会在没有新消息时变化";
}
