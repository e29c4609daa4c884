//! TABLE: the words of answering.

use super::Words;

words! {
    REPLY_TO: "Reply to {}", "回复 {}";
    POSITION_TO: "Position to {}", "发送位置给 {}";
    ARTICLES_TO: "Articles to {}", "发送图文给 {}";
    WRITE_TEXT: "a text", "文字";
    WRITE_POSITION: "a position: latitude,longitude", "位置：纬度,经度";
    WRITE_ARTICLES: "articles: headline, summary, link and picture, a line each; an empty line between two", "图文：标题、摘要、链接、图片各占一行，两篇之间空一行";
    SENT_POSITION: "position {}", "位置 {}";
    SENT_ARTICLES: "articles {}", "图文 {}";
    KEY_FORM: "Ctrl-T position, articles", "Ctrl-T 位置、图文";
    TIME_LEFT: "{} left", "剩余 {}";
    WINDOW_OVER: "the reply window has closed", "回复时限已过";
    HOURS_MINUTES: "{} h {} min", "{} 小时 {} 分";
    MINUTES: "{} min", "{} 分钟";
    SECONDS: "{} s", "{} 秒";
    KEY_SEND: "Enter send", "Enter 发送";
    KEY_CLOSE: "Esc close", "Esc 收起";
    KEY_LINE: "Alt-Enter new line", "Alt-Enter 换行";
    KEY_UNDO: "Ctrl-/ undo", "Ctrl-/ 撤销";
    KEY_HELP: "F1 keys", "F1 按键";
    KEY_QUICK: "Ctrl-R quick reply", "Ctrl-R 快捷回复";
    HELP_QUICK: "Insert a quick reply", "插入快捷回复";
    HELP_FORM: "Change the form: text, position, articles", "切换形式：文字、位置、图文";
    HELP_LINE: "Begin a new line", "换行";
    HELP_UNDO: "Undo the last change", "撤销上一步";
    HELP_TAKE_BACK: "Take back the reply that waits to be sent", "撤回等待发送的回复";
    HELP_SEND: "Send the reply", "发送";
    HELP_CLOSE: "Close; the draft is kept", "收起，草稿保留";
    HELP_WORD: "Delete the word before the cursor", "删除光标前的词";
    HELP_LINE_BEFORE: "Delete to the start of the line", "删除到行首";
    HELP_LINE_AFTER: "Delete to the end of the line", "删除到行尾";
    HELP_LINE_START: "Go to the start of the line", "移到行首";
    HELP_LINE_END: "Go to the end of the line", "移到行尾";
    HELP_WORD_LEFT: "Go back one word", "左移一个词";
    HELP_WORD_RIGHT: "Go on one word", "右移一个词";
    // Keys of other prompts
    HELP_LINE_WHOLE: "Delete the whole line", "删除整行";
    HELP_EARLIER: "Recall an earlier query", "上一条查询";
    HELP_LATER: "Recall a later query", "下一条查询";
    HELP_ALL: "Take the suggestion, or search all messages", "采用建议，或在全部消息中查找";
    HELP_FOUND: "Go to the messages found", "进入查找结果";
    HELP_BEFORE: "Show what was shown before", "恢复之前的列表";
    HELP_COMPLETE: "Complete the path", "补全路径";
    HELP_OTHER_LINE: "Go to the other line", "切换到另一行";
    HELP_LABEL: "Choose the label, or not", "勾选或取消标签";
    HELP_BEARER: "Go to the labels of the sender, or of the messages", "切换发送者与消息的标签";
    HELP_KEYS: "Show the keys", "显示按键";
    HELP_LAST: "Delete the last character", "删除最后一个字符";
    HELP_KEEP: "Save it for you alone", "保存（仅本人可读）";
    HELP_DISCARD: "Discard it", "放弃";
    HELP_DONE: "Done", "完成";
    HELP_BACK: "Back", "返回";

    COMPOSED: "the reply to {} is on its way", "给 {} 的回复正在发送";
    HANDING_OVER: "it is being handed over", "正在提交";
    COORDINATES: "lat,lon", "纬度,经度";
    STILL_READING: "what was written before is being read", "正在读取草稿";
    PART_PASTED: "only a part of it fits", "内容过长，只保留了一部分";
    STILL_WAITS: "the last reply still waits to be sent; {} takes it back", "上一条回复尚未发出，按 {} 撤回修改";
    TAKEN_BACK: "the reply is taken back and will not be sent", "回复已撤回，不会发出";
    NOT_TAKEN_BACK: "the reply cannot be taken back any more", "回复已无法撤回";
    DRAFT_KEPT: "the draft is kept; {} goes on with it", "草稿已保留，按 {} 继续写";
    DRAFT: "draft", "草稿";
    DRAFT_LEFT: "Draft", "草稿";
    DRAFT_LOST: "the draft cannot be kept: {}", "草稿无法保存：{}";
    NO_WINDOW: "the reply window of this sender is closed", "该发送者的回复时限已过";
    SAMPLE_SENDER: "nobody sent this sample", "样例消息没有可回复的发送者";

    // Who answers
    CLAIMED_BY: "claimed by {}", "{} 正在回复";
    ANSWERED_MEANWHILE: "this sender was answered {} ago; Enter again sends yours, too", "{}前已有人回复该发送者；再按 Enter 仍要发送";
    ANSWERED_MEANWHILE_BY: "{} answered {} ago; Enter again sends yours, too", "{} 在 {}前已回复；再按 Enter 仍要发送";
    MENTION_ANSWERED: "this mention was answered {} ago, and Weibo takes one reply; Enter again sends yours, too", "{}前已有人回复这条 @，微博只接受一次回复；再按 Enter 仍要发送";
    CLAIMED_ALREADY: "{} is on it; {} again answers, too", "{} 正在回复；再按 {} 仍要回复";

    // Quick replies
    QUICK_TITLE: "Quick replies", "快捷回复";
    QUICK_HELP: "Enter takes it, Tab takes more, : edits it, Esc closes", "Enter 填入，Tab 连续填入，: 编辑，Esc 关闭";
    QUICK_HELP_SHORT: "Enter take, Tab more, : edit", "Enter 填入，: 编辑";
    QUICK_OTHERS: "for other kinds of messages", "适用于其他类型的消息";
    QUICK_READING: "they are being read", "正在读取";
    QUICK_NONE: "There is none yet: each is a file NAME.toml in {}. Press : to write the first.", "还没有快捷回复：每条是 {} 中的一个 .toml 文件。按 : 新建。";
    QUICK_LEFT_OUT: "left out, because nobody knows it here: {}", "信息未知，已略去：{}";

    // Questions
    ASK_ALLOW: "Replies speak for the account. Let them be sent until weibox ends?", "回复以账号名义发出。允许发送，直到 weibox 退出？";
    ASK_ALLOW_HOW: "For good: `[answers] enabled = true` in the config file", "长期允许：在配置文件中设置 `[answers] enabled = true`";
    ASK_AGAIN: "These words may have been sent already. Send them again?", "这段内容可能已经发出。再发一次？";
    ASK_AGAIN_WHY: "Nobody knows what became of them: {}", "结果不明：{}";

    // Outcome of a reply
    REPLY_SENT: "the reply to {} was sent", "给 {} 的回复已发送";
    REPLY_WAITS: "the reply to {} waits: {}", "给 {} 的回复等待发送：{}";
    REPLY_REFUSED: "the reply to {} was not sent: {}", "给 {} 的回复未发送：{}";
    REPLY_UNKNOWN: "the reply to {} may have been sent: {}", "给 {} 的回复可能已发送：{}";
    OURS: "Answered", "已回复";
    OURS_UNSENT: "Reply", "回复";
    WAITING: "waiting to be sent", "等待发送";
    SENDING: "sending", "发送中";
    SENT: "sent", "已发送";
    REFUSED: "not sent", "未发送";
    UNKNOWN: "perhaps sent", "可能已发送";
    STATE_WHY: "{}: {}", "{}：{}";
    TAKE_BACK: "{} and then {} take it back", "先按 {} 再按 {} 可撤回修改";
    EDIT_AGAIN: "{} edits it and sends it again", "按 {} 修改后重发";
}
