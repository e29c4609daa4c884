//! TABLE: the query language, as the book and the manual page explain it.

use super::Words;

const fn term(written: &'static str, en: &'static str, zh: &'static str) -> (&'static str, Words) {
    (written, Words::new(en, zh))
}

/// The terms of the query language, and what each finds.
pub const TERMS: &[(&str, Words)] = &[
    term(
        "`退货`, `refund`, `C++`, `👍`",
        "the word or symbol in the text; Chinese, Thai and other scripts without spaces of any length from one character, Latin words from their start; width, case, traditional or simplified, composed or decomposed make no difference",
        "文本中的词或符号；中文、泰文等不用空格的文字从一个字起任意长度，拉丁字母的词从词首起；全半角、大小写、繁简、组合形式不影响结果",
    ),
    term(
        "`tuihuo`, `tui huo`, `thuo`, `th`",
        "退货 as well as the word: a word of Latin letters may be pinyin, in whole syllables or first letters, and every reading of a character counts; `search.pinyin = false` turns it off",
        "除该词外也找到退货：拉丁字母的词也可以是拼音，整个音节或首字母均可，多音字的每个读音都算；`search.pinyin = false` 可关闭",
    ),
    term("`py:tuihuo`", "by pinyin alone", "只按拼音"),
    term("`\"exact words\"`", "these words in this order, never by pinyin", "按此顺序连续出现的词，不按拼音"),
    term(
        "`退款|退货`, `退款 OR \"exact words\"`",
        "any of these words, phrases and `py:`; `-` before the first excludes all of them",
        "含有其中任一个词、短语或 `py:`；第一个前面加 `-` 表示全部排除",
    ),
    term(
        "`type:image,voice`",
        "kinds: text, position, voice, image, event, mention, unknown, unreadable",
        "类型：text 文字、position 位置、voice 语音、image 图片、event 事件、mention @我的、unknown 未知、unreadable 无法解析",
    ),
    term("`from:2489518277`, `from:2489518277,2489518278`", "from one of these senders", "来自其中任一发送者"),
    term(
        "`name:橙子`, `name:chengzi`, `name:new_york,橙子`",
        "senders whose name, yours or Weibo's, has one of these parts; Latin letters may be pinyin, `_` is a space",
        "名字（备注名或微博昵称）含有其中任一内容的发送者；拉丁字母可以是拼音，空格写作 `_`",
    ),
    term(
        "`label:退款`, `label:退款,VIP`",
        "with one of these labels, the message or its sender; Latin letters may be its pinyin",
        "消息或其发送者带有其中任一标签；拉丁字母可以是标签的拼音",
    ),
    term(
        "`note:老客户`, `note:老客户,发票`",
        "senders of whom your note has one of these words",
        "备注中含有其中任一内容的发送者",
    ),
    term(
        "`account:shop`, `account:shop,news`",
        "messages to one of these accounts, if there are several",
        "有多个账号时，发给其中任一账号的消息",
    ),
    term(
        "`since:2h`, `since:yesterday`, `since:周一`, `until:2026-11-01`, `since:2026-11-01T08:30`",
        "when it was received: s m h d w before now, the beginning of a day (today, yesterday, 前天, the last monday …), or a time of China's clock",
        "接收时间：距今 s 秒 m 分 h 时 d 天 w 周，或某天的零点（今天、昨天、前天、周一……），或北京时间的时刻",
    ),
    term(
        "`has:file`, `state:new,failed`",
        "with a file; the file is in one of these states: new, queued, saved, failed",
        "带文件；文件处于其中任一状态：new 未下载、queued 排队中、saved 已保存、failed 失败",
    ),
    term(
        "`is:unread`",
        "marks: unread, read, starred, unverified, verified, sample, answered, unsent (the reply waits, was refused or may be lost), muted",
        "标记：unread 未读、read 已读、starred 星标、unverified 未验签、verified 已验签、sample 样例、answered 已回复、unsent 回复未发出或结果不明、muted 已静音",
    ),
    term(
        "`due:<4h`",
        "the last message of each sender who can be answered for less than that",
        "回复时限剩余不足此值的发送者，各取最后一条消息",
    ),
    term(
        "`waiting:>2h`",
        "the last message of each sender who has waited longer than that for an answer, and can be answered",
        "等待回复超过此时长且仍可回复的发送者，各取最后一条消息",
    ),
    term(
        "`near:39.98,116.31<2km`, `near:深圳<30km`",
        "positions around coordinates, in the datum of the messages, or around a town, in Chinese, pinyin or English; `_` for a space",
        "某坐标（与消息同一坐标系）或某城镇（中文、拼音、英文均可，空格写作 `_`）周围的位置",
    ),
];
