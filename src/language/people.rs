//! TABLE: the words of people: names, notes and labels.

use super::Words;

words! {
    // The form
    PROFILE: "Name and note", "备注名与备注";
    NAME: "Name", "备注名";
    NOTE: "Note", "备注";
    NOTED: "note", "备注";
    PROFILE_HELP: "Enter save  Tab other line  Esc back", "Enter 保存，Tab 切换，Esc 返回";
    PROFILE_HELP_SHORT: "Enter save  Esc back", "Enter 保存，Esc 返回";
    PROFILE_EMPTY: "both lines emptied remove it", "两项都清空即删除";
    PROFILE_NEW: "kept here; Weibo is told nothing of it", "只保存在这里，不会告诉微博";
    PROFILE_KEPT: "name and note are kept", "备注名与备注已保存";
    TOO_LONG: "at most {} characters", "最多 {} 个字";

    // The labels
    LABELS_COLUMN: "LABELS", "标签";
    LABELS: "labels", "标签";
    LABELS_OF_ONE: "Labels of the message", "消息的标签";
    LABELS_OF_MESSAGES: "Labels of {} message{s}", "{} 条消息的标签";
    LABELS_OF_SENDER: "Labels of {}", "{} 的标签";
    SENDER_LABELS: "sender's", "发送者标签";
    LABELS_HELP: "Space choose  Enter done  Tab sender's  Esc back", "空格勾选，Enter 完成，Tab 发送者，Esc 返回";
    LABELS_HELP_SENDER: "Space choose  Enter done  Tab message's  Esc back", "空格勾选，Enter 完成，Tab 消息，Esc 返回";
    LABELS_HELP_SHORT: "Space choose  Enter done", "空格勾选，Enter 完成";
    LABELS_PROMPT: "type to find or to make one", "输入以查找或新建";
    NO_LABELS: "No label yet: type one.", "还没有标签，直接输入即可新建。";
    NEW_LABEL: "new label", "新标签";
    STILL_READING: "the labels are being read", "正在读取标签";
    ONE_MESSAGE: "a sender gets labels from one message with a sender", "只选一条有发送者的消息时，才能给发送者加标签";
    RELABELLED_MESSAGES: "labels: {} ({} message{s})", "标签：{}（{} 条消息）";
    RELABELLED_SENDER: "labels: {} (the sender)", "标签：{}（发送者）";
    LABELS_SAME: "no label changed", "标签没有变化";
}
