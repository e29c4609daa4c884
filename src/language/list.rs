//! TABLE: the words of the list: searches in it, and actions on it as a whole.

use super::Words;

words! {
    FOUND_OF: "{} of {}", "{} / {}";
    FOUND: "{} found", "找到 {} 条";
    IN_ALL: "{} in All ({})", "全部中有 {} 条（{}）";
    EXPORT: "Export {} message{s}", "导出 {} 条消息";
    EXPORT_HOW: ".jsonl for `weibox import`, .csv for spreadsheets", ".jsonl 可用 `weibox import` 导入，.csv 可用表格软件打开";
    NAME_TAB: "Name of the tab", "标签页名称";
    NAME_TAB_HELP: "Enter saves, Esc back", "Enter 保存，Esc 返回";
    TAB_FINDS: "finds: {}", "查找：{}";
    NOTHING_TO_SAVE: "nothing is searched for yet: {} searches, then {} saves it as a tab", "尚未查找：先按 {} 查找，再按 {} 保存为标签页";
    EVERYTHING: "everything", "全部";
    TAB_SAVED: "saved as tab {}; {} renames, moves or removes it", "已保存为标签页“{}”，按 {} 可重命名、移动或删除";
    TAB_NAME_TAKEN: "there is a tab of this name", "已有同名标签页";
    NO_OWN_TAB: "only a tab saved with {} can be renamed, moved or removed", "只有用 {} 保存的标签页可以重命名、移动或删除";
    EDIT_TAB: "Tab", "标签页";
    RENAME: "Rename", "重命名";
    MOVE_LEFT: "Move to the left", "左移";
    MOVE_RIGHT: "Move to the right", "右移";
    REMOVE_TAB: "Remove the tab; its messages stay", "删除标签页，消息保留";
    TAB_REMOVED: "the tab is removed; its messages stay", "标签页已删除，消息保留";
    ASK_DELETE_ONE: "Delete this message from {}?", "删除 {} 的这条消息？";
    ASK_DELETE: "Delete {} picked message{s}?", "删除选中的 {} 条消息？";
    ASK_DELETE_FILES: "Files of no other message go, too.", "所删消息独有的文件也会一并删除。";
    ASK_DELETE_UNDO: "This can be undone for {} s.", "{} 秒内可以撤销。";
    DELETED: "{} deleted; {} brings back, for 30 s", "已删除 {} 条，30 秒内按 {} 撤销";
    RESTORED: "undone for {} message{s}", "已撤销，涉及 {} 条消息";
    NOTHING_TO_RESTORE: "there is nothing to undo from the last 30 s", "最近 30 秒内没有可撤销的操作";
    READ_SEVERAL: "{} messages are read now; {} undoes it, for 30 s", "{} 条消息已标为已读，30 秒内按 {} 撤销";
    UNREAD_SEVERAL: "{} messages are unread now; {} undoes it, for 30 s", "{} 条消息已标为未读，30 秒内按 {} 撤销";
    STARRED_SEVERAL: "{} messages are starred now; {} undoes it, for 30 s", "{} 条消息已加星标，30 秒内按 {} 撤销";
    UNSTARRED_SEVERAL: "{} messages have no star now; {} undoes it, for 30 s", "{} 条消息已取消星标，30 秒内按 {} 撤销";
    HERE: "Here", "当前界面";
    SEARCH_HELP: "type:image from:ID name:CALLED label:WORD since:2h is:unread due:<4h one|other \"exact words\" -word", "type:image from:ID name:名字 label:标签 since:2h is:unread due:<4h 退款|退货 \"原文\" -排除";
    SEARCH_KEYS: "Enter keep  Esc leave  Tab look in All  ↑ ↓ earlier queries", "Enter 保留，Esc 取消，Tab 在全部中查找，↑ ↓ 以前的查询";
    SENDER_MUTED: "muted: no alerts, no automatic downloads; {} unmutes", "已静音：不再提醒、不自动下载；按 {} 取消";
    SENDER_UNMUTED: "not muted any more; {} mutes again", "已取消静音，按 {} 可再次静音";
    INDEXED_AGAIN: "older messages: {} % indexed", "旧消息索引已更新 {} %";
    DID_YOU_MEAN: "Did you mean {}? ({})", "是否要找：{}（{}）";
    NO_SUGGESTION: "nothing is suggested here", "这里没有建议";
    NOTHING_MATCHES: "Nothing matches. Esc shows everything again.", "没有匹配的消息。Esc 显示全部。";
    NOTHING_MATCHES_HERE: "Nothing matches in {}.", "“{}”中没有匹配的消息。";
    NOBODY_IS_DUE: "No reply window closes soon.", "没有即将超时的会话。";
    NOBODY_WAITS: "Nobody waits for an answer.", "没有人在等待回复。";
    NONE_OF_THIS_KIND: "No message of this kind yet.", "还没有这类消息。";
    MINUTES_AGO: "{}m", "{}分钟";
    HOURS_AGO: "{}h", "{}小时";
    DAYS_AGO: "{}d", "{}天";
    NONE_HERE: "No message here.", "这里没有消息。";
}
