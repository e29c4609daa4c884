//! TABLE: the words of the user's bots on the screen.

use super::Words;

words! {
    TARGET: "bot", "机器人";
    TARGET_HAS_IT: "{}: {} in {} ms at {}, attempt {}", "{}：{}，{} 毫秒，{}，第 {} 次";
    TOO_LATE: "Weibo did not get this: it came too late", "未发给微博：应答太晚";
    TARGET_DIFFERS: "it differs: {}", "应答不同：{}";
    TARGET_WAITS: "{}: {}; attempt {} at {}", "{}：{}；第 {} 次尝试：{}";
    TARGET_PUT_ASIDE: "{}: set aside after {} attempt{s}: {}", "{}：尝试 {} 次后搁置：{}";

    // State of a bot
    TARGETS: "your bots", "机器人";
    NO_TARGETS: "No bot gets the messages. `weibox --forward URL` passes them on to one, `[[forward]]` in the config file to several.", "还没有转发目标。`weibox --forward URL` 转给一个机器人，配置文件中的 `[[forward]]` 可转给多个。";
    TARGET_WORKS: "up", "正常";
    TARGET_RETRIED: "retry", "重试中";
    TARGET_BEHIND: "behind", "落后";
    TARGET_DOWN: "down", "故障";
    TARGET_PAUSED: "paused", "已暂停";
    TARGET_GONE: "410", "410";
    N_BEHIND: "{} behind", "落后 {}";
    WAITS_UNTIL: "waits until {}", "等到 {}";
    NAME_COLUMN: "bot", "机器人";
    STATE_COLUMN: "state", "状态";
    BEHIND_COLUMN: "behind", "落后";
    WAITS_COLUMN: "waits", "等待";
    RATE_COLUMN: "/min", "条/分";
    TIMES_COLUMN: "p50/p99 ms", "p50/p99 毫秒";
    ASIDE_COLUMN: "aside", "搁置";
    ERROR_COLUMN: "last error", "最近错误";
    SECONDS: "{} s", "{} 秒";
    MODE_ANSWER: "answers Weibo", "负责应答微博";
    MODE_COPY: "gets a copy", "接收副本";
    MODE_SHADOW: "compared with {}", "与 {} 比较";
    COMPARED: "since the start {} answer{s} compared, {} different from {}", "启动以来比较了 {} 条应答，{} 条与 {} 不同";
    HAS_ALL: "Nothing waits to be sent.", "没有待发送的消息。";
    SENT_AT: "What it lacks waits: nothing is sent before {}. To send it now, pause and resume with {}.", "缺少的消息在等待：{} 之前不发送。按两次 {}（暂停再继续）立即发送。";
    IS_SENT: "It is being sent what it lacks.", "正在补发。";
    LEFT_ALONE: "It failed again and again: nothing is sent until {}, and then one message finds out.", "连续失败：{} 之前不再发送，之后先用一条消息试探。";
    BEING_TRIED: "It failed again and again: one message is finding out whether it works.", "连续失败：正用一条消息试探。";
    GONE_SINCE: "It answered 410 at {}: it wants no more messages. {} resumes it anyway.", "它在 {} 应答 410：不再接收消息。按 {} 仍可继续发送。";
    PAUSED_SINCE: "Paused since {}; {} resumes.", "已暂停，自 {} 起；按 {} 继续。";
    LAG: "{} message{s} behind, the oldest waits for {}; the bookmark is at #{}", "落后 {} 条，最早的已等待 {}；书签在 #{}";
    BOOKMARK_AT: "the bookmark is at #{}", "书签在 #{}";
    DELIVERED: "since the start {} delivered, {} attempt{s} failed; {} in the last minute", "启动以来送达 {} 条，失败 {} 次；最近一分钟 {} 条";
    ANSWERS_IN: "half of its answers took at most {} ms, 99 % at most {} ms", "半数应答不超过 {} 毫秒，99% 不超过 {} 毫秒";
    ASIDE: "{} set aside; {} tries them again", "搁置 {} 条；按 {} 重试";
    LAST_ERROR: "last error: {} #{}: {}", "最近错误：{} #{}：{}";

    // Actions on a bot
    TARGET_MENU: "Bot", "机器人";
    HINT_DO: "choose", "操作";
    HINT_PAUSE: "pause/resume", "暂停/继续";
    HINT_RETRY: "retry set aside", "重试搁置的";
    PAUSE: "Pause: send nothing until you resume", "暂停：不再发送，直到继续";
    GO_ON: "Resume", "继续";
    RETRY_ASIDE: "Try again what was set aside", "重试搁置的消息";
    MOVE_TO_END: "Move the bookmark to the end: skip what it lacks", "书签移到末尾：跳过未发送的消息";
    MOVE_TO_DATE: "Move the bookmark to a date", "书签移到某个时间";
    MOVE_TO_START: "Move the bookmark to the start: send everything again", "书签移到开头：全部重新发送";
    NOTHING_ASIDE: "nothing is set aside for {}", "{} 没有搁置的消息";
    ASK_END: "Move the bookmark of {} to the end?", "把 {} 的书签移到末尾？";
    ASK_START: "Move the bookmark of {} to the start?", "把 {} 的书签移到开头？";
    ASK_DATE: "Move the bookmark of {} to {}?", "把 {} 的书签移到 {}？";
    COUNTING: "counting the messages …", "正在统计其间的消息……";
    NOTHING_BETWEEN: "No message lies between.", "其间没有消息。";
    SKIPS: "{} message{s} will be skipped, except what the bot has already.", "其间的 {} 条消息中尚未发送的不再发送。";
    REPEATS: "{} message{s} will be sent again.", "其间的 {} 条消息会再次发送。";
    DATE_TITLE: "Since when", "从何时起";
    DATE_HELP: "Enter continues, Esc back", "Enter 继续，Esc 返回";
    DATE_HOW: "2026-11-29, 2026-11-29T18:00, or ago: 2h, 3d", "2026-11-29、2026-11-29T18:00，或多久以前：2h、3d";
    DONE_PAUSED: "{} is paused, also after a restart", "{} 已暂停，重启后仍然有效";
    DONE_GOES_ON: "{} is resumed", "{} 继续接收";
    DONE_RETRIED: "{}: {} {message is|messages are} tried again", "{}：重试 {} 条消息";
    DONE_MOVED: "the bookmark of {} is moved", "已移动 {} 的书签";

    // Messages that are sent at once
    SEND_TITLE: "Send {} message{s} to a bot", "把 {} 条消息发给机器人";
    SEND_ONE: "Send message #{} to a bot", "把消息 #{} 发给机器人";
    SEND_HELP: "Enter sends  e edits the JSON first  ↑ ↓  Esc back", "Enter 发送，e 先编辑 JSON，↑ ↓ 选择，Esc 返回";
    SEND_ADDRESS_HELP: "Enter sends  Alt-e edits the JSON first  ↑ ↓  Esc back", "Enter 发送，Alt-e 先编辑 JSON，↑ ↓ 选择，Esc 返回";
    SEND_WAITS: "Esc stops", "Esc 停止";
    SEND_DONE: "Enter or Esc back", "Enter 或 Esc 返回";
    SEND_ADDRESS: "address: ", "地址：";
    SENDING: "sending {} of {} to {} …", "正在发送 {}/{} 到 {}……";
    ANSWERED: "#{}  {}  {} ms  {} of 5 s", "#{}：{}，{} 毫秒 {}（限 5 秒）";
    WEIBO_HUNG_UP: "Weibo would have hung up", "微博会先挂断";
    NOT_WAITED: "too late: weibox answers Weibo after {} s", "太晚：weibox 在 {} 秒后就应答微博";
    SENT_DERIVED: "the JSON was edited: it went marked as derived", "JSON 已编辑，发送时带有派生标记";
    NO_ADDRESS: "type the address of a bot", "请输入机器人的地址";
    EDIT_ONE: "only one message can be edited", "只能编辑一条消息";
    TOO_MANY_TO_SEND: "at most {} messages are sent so; `weibox replay` sends more", "最多发送 {} 条；更多请用 `weibox replay`";
}
