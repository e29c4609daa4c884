//! TABLE: the words of the list: what is looked for in it, and what is done to it as a whole.

use super::Words;

words! {
    FOUND_OF: "{} of {}", "{} / {}";
    FOUND: "{} found", "找到 {} 条";
    IN_ALL: "{} in All ({})", "全部中有 {} 条（{}）";
    HERE: "Here", "当前界面";
    SEARCH_HELP: "type:image from:ID since:2h has:file is:unread due:<4h \"exact words\" -word", "type:image from:ID since:2h has:file is:unread due:<4h \"原文\" -排除";
    SEARCH_KEYS: "Enter keep  Esc leave  Tab look in All  ↑ ↓ earlier queries", "Enter 保留，Esc 取消，Tab 在全部中查找，↑ ↓ 以前的查询";
    NOTHING_MATCHES: "Nothing matches. Esc shows everything again.", "没有匹配的消息。Esc 显示全部。";
    NOTHING_MATCHES_HERE: "Nothing matches in {}.", "“{}”中没有匹配的消息。";
    NONE_OF_THIS_KIND: "No message of this kind yet.", "还没有这类消息。";
}
