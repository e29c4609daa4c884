//! TABLE: reasons. They are made far from the screen and kept in the archive, the log and scripts in English; on a Chinese
//! screen they are told again in Chinese.

use std::borrow::Cow;

use super::Language;
use super::help::HELP;
use super::refusals::REFUSALS;

/// Inside of a reason another may stand, and in that one more.
const DEPTH: usize = 3;

impl Language {
    /// A reason in this language: that of the table whose words it has, with what stands in its places, which may be
    /// reasons again. What is not in the table, such as an answer of Weibo's, stays as it is.
    #[must_use]
    pub fn retell(self, reason: &str) -> Cow<'_, str> {
        match self {
            Self::English => Cow::Borrowed(reason),
            Self::Chinese => Cow::Owned(retell(reason, DEPTH)),
        }
    }
}

fn retell(reason: &str, depth: usize) -> String {
    if depth == 0 {
        return reason.to_owned();
    }
    let found = rows().find_map(|(en, zh)| Some((values(en, reason)?, zh)));
    let Some((values, zh)) = found else { return reason.to_owned() };
    let mut told = String::new();
    let mut values = values.into_iter();
    for (index, words) in zh.split("{}").enumerate() {
        if index > 0 {
            told.push_str(&values.next().map(|value| retell(value, depth - 1)).unwrap_or_default());
        }
        told.push_str(words);
    }
    told
}

/// What stands in the places of a pattern when a text has its words; `None` when it has not. The last place takes all that
/// is left.
fn values<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut words = pattern.split("{}");
    let mut rest = text.strip_prefix(words.next()?)?;
    let words: Vec<&str> = words.collect();
    let Some((last, between)) = words.split_last() else { return rest.is_empty().then(Vec::new) };
    let mut values = Vec::new();
    for words in between {
        let (value, after) = rest.split_once(words)?;
        values.push(value);
        rest = after;
    }
    values.push(rest.strip_suffix(last)?);
    Some(values)
}

/// All tables, in their order.
fn rows() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    HELP.iter().chain(REASONS).chain(REFUSALS)
}

/// English and Chinese, with the places of values in the same order. The first that fits is taken.
const REASONS: &[(&str, &str)] = &[
    // Calls (listener, signature)
    ("handshake answered", "已应答握手"),
    ("`{}` is missing from the query", "查询串缺少 `{}`"),
    ("`{}` is twice in the query", "查询串中 `{}` 出现两次"),
    ("the signature does not match the app secret: {}", "签名与 App Secret 不符：{}"),
    ("the signature does not match the app secret", "签名与 App Secret 不符"),
    (
        "SHA-1 of the sorted secret (hidden), timestamp `{}` and nonce `{}`: wanted {}…, got {}…; a space there may have been a `+` before a proxy",
        "对排序后的密钥（已隐藏）、timestamp `{}` 与 nonce `{}` 求 SHA-1：应为 {}…，收到 {}…；其中的空格可能是代理改写的 `+`",
    ),
    (
        "SHA-1 of the sorted secret (hidden), timestamp `{}` and nonce `{}`: wanted {}…, got {}…",
        "对排序后的密钥（已隐藏）、timestamp `{}` 与 nonce `{}` 求 SHA-1：应为 {}…，收到 {}…",
    ),
    ("the signature's timestamp is not of the last {} s", "签名的时间戳不在最近 {} 秒内"),
    ("this address may not call here", "不允许此地址访问"),
    ("the callback path is `{}`", "回调路径应为 `{}`"),
    ("only GET and POST are answered here", "此处只应答 GET 与 POST"),
    ("no app secret is set, so that no handshake can be answered", "未设置 App Secret，无法应答握手"),
    ("the body is longer than {} bytes", "请求体超过 {} 字节"),
    ("the body could not be read: {}", "请求体无法读取：{}"),
    ("the body took too long", "请求体传输过慢"),
    ("the archive is too slow", "存档响应过慢"),
    ("a line of the head ends without a carriage return", "请求头的一行缺少回车符"),
    ("a line of the head has a control character in it", "请求头的一行含有控制字符"),
    ("a header is folded", "请求头字段折行"),
    ("a header has no colon", "请求头字段缺少冒号"),
    ("the name of a header has a space in it", "请求头字段名含有空格"),
    ("`{}` is twice in the head", "请求头中 `{}` 出现两次"),
    ("`transfer-encoding` is not `chunked`", "`transfer-encoding` 不是 `chunked`"),
    (
        "the head has both `content-length` and `transfer-encoding`",
        "请求头同时含有 `content-length` 与 `transfer-encoding`",
    ),
    // Bodies (wire)
    ("the body is empty", "请求体为空"),
    (
        "the body is XML; switch the account's push format to JSON with `eps/push/set_format`",
        "请求体是 XML；请用 `eps/push/set_format` 把推送格式改为 JSON",
    ),
    ("the body is not JSON: {}", "请求体不是 JSON：{}"),
    ("the body is JSON, but not an object", "请求体是 JSON，但不是对象"),
    ("`type` is not a word", "`type` 不是字符串"),
    // Archive
    ("cannot make the directory `{}`: {}", "无法创建目录 `{}`：{}"),
    ("cannot open the archive `{}`: {}", "无法打开存档 `{}`：{}"),
    ("cannot read the archive: {}", "无法读取存档：{}"),
    ("cannot write to the archive: {}", "无法写入存档：{}"),
    (
        "something broke off by a fault of weibox, which goes on; the log says more",
        "weibox 内部故障，某项工作中断；weibox 继续运行，详情见日志",
    ),
    ("the archive's writer broke off", "存档写入线程中断"),
    ("the archive is closed", "存档已关闭"),
    ("Invalid path: {}", "文件不在原处：{}"),
    ("database or disk is full", "磁盘已满"),
    ("database is locked", "数据库被锁定"),
    ("disk I/O error", "磁盘读写错误"),
    ("database disk image is malformed", "数据库已损坏"),
    ("attempt to write a readonly database", "数据库只读"),
    // Downloads
    ("{} (given up after {} tries)", "{}（试了 {} 次后放弃）"),
    ("Weibo answered with nothing", "微博返回空内容"),
    ("Weibo answered with a part of the file that was not asked for", "微博返回了未请求的部分内容"),
    ("{} of {} bytes came", "只收到 {} / {} 字节"),
    ("it is larger than {} bytes", "大于 {} 字节"),
    ("Weibo answered with text instead of a file: {}", "微博返回文字而非文件：{}"),
    ("Weibo answered in an encoding that was not asked for", "微博以未请求的编码应答"),
    ("Weibo answered {}: {}", "微博返回 {}：{}"),
    ("Weibo answered {}", "微博返回 {}"),
    ("Weibo refused it ({})", "微博拒绝（{}）"),
    ("the connection failed: {}", "连接失败：{}"),
    ("cancelled", "已取消"),
    ("it took too long", "超时"),
    ("redirected to another host", "被重定向到其他主机"),
    ("redirected too often", "重定向次数过多"),
    ("the download broke off by a fault of weibox", "weibox 内部故障，下载中断"),
    ("the file could not be written: {}", "文件无法写入：{}"),
    ("the disk is full, what is left is for messages", "磁盘已满，剩余空间留给消息"),
    ("No space left on device (os error {})", "磁盘空间不足（os error {}）"),
    ("Permission denied (os error {})", "没有权限（os error {}）"),
    ("No such file or directory (os error {})", "文件或目录不存在（os error {}）"),
    ("Connection refused (os error {})", "连接被拒绝（os error {}）"),
    ("Connection reset by peer (os error {})", "连接被对方重置（os error {}）"),
    // Weibo's codes (protocol §9.3)
    ("Weibo's system failed ({})", "微博系统错误（{}）"),
    ("the service is unavailable ({})", "服务不可用（{}）"),
    ("a service behind it failed ({})", "后端服务出错（{}）"),
    ("this IP address is not allowed now ({})", "此 IP 目前受限（{}）"),
    ("the app lacks the permission ({})", "应用缺少权限（{}）"),
    ("the access token is missing or not recognised ({})", "访问令牌缺失或无法识别（{}）"),
    ("a parameter is wrong ({})", "参数错误（{}）"),
    ("Weibo is busy ({})", "微博繁忙（{}）"),
    ("Weibo's job expired ({})", "微博任务超时（{}）"),
    ("a remote call inside Weibo failed ({})", "微博内部调用失败（{}）"),
    ("the request is illegal ({})", "非法请求（{}）"),
    ("the account is not a valid Weibo user ({})", "账号不是有效的微博用户（{}）"),
    ("a parameter is missing ({})", "缺少参数（{}）"),
    ("a parameter is out of range ({})", "参数超出范围（{}）"),
    ("this IP address made too many calls ({})", "此 IP 调用过于频繁（{}）"),
    ("this account made too many calls of this kind ({})", "此账号调用该接口过于频繁（{}）"),
    ("this account made too many calls ({})", "此账号调用过于频繁（{}）"),
    ("the authentication failed ({})", "认证失败（{}）"),
    ("the access token was used already ({})", "访问令牌已被使用（{}）"),
    ("the access token expired ({})", "访问令牌已过期（{}）"),
    ("the access token was revoked ({})", "访问令牌已被撤销（{}）"),
    ("the access token was rejected ({})", "访问令牌被拒绝（{}）"),
    ("{} messages indexed again", "已重建 {} 条消息的索引"),
    ("the authorisation was removed ({})", "授权已解除（{}）"),
    ("the service is unavailable for now ({})", "服务暂不可用（{}）"),
    ("the access token is not valid ({})", "访问令牌无效（{}）"),
    ("only the account itself may ask for this ({})", "只有账号本人可以调用（{}）"),
    ("developer mode is off for this account ({})", "此账号未开启开发者模式（{}）"),
    // Queries
    ("`{}:` is no field", "没有 `{}:` 这个字段"),
    ("`{}` is no value for `{}:`", "`{}` 不是 `{}:` 的值"),
    ("did you mean `{}`?", "是否想用 `{}`？"),
    ("fields are {}; in quotes it is a word", "可用字段：{}；加引号则作为文字查找"),
    ("it takes {}", "可填：{}"),
    ("a sender's id", "发送者的 ID"),
    ("a time such as {}", "时间，例如 {}"),
    ("{}, or several with commas", "{}，可用逗号并列"),
    // Voices
    ("the file is of no known format", "文件格式未知"),
    ("there is no decoder for {}", "无法解码 {}"),
    ("the file cannot be read: {}", "文件无法读取：{}"),
    ("decoding was cancelled", "解码已取消"),
    ("cannot write a file for the player: {}", "无法为播放器写入文件：{}"),
    ("no player is there, looked for {}: {}", "没有可用的播放器，找过 {}：{}"),
    ("cannot start `{}`: {}", "无法启动 `{}`：{}"),
    ("cannot wait for `{}`: {}", "无法等待 `{}`：{}"),
    ("`{}` ended with {}", "`{}` 异常退出：{}"),
    ("install one, set `voice.player`, or s saves a WAV", "请安装播放器、设置 `voice.player`，或按 s 存为 WAV"),
    ("s saves a WAV", "按 s 存为 WAV"),
    ("the decoder failed: {}", "解码失败：{}"),
    ("it broke off", "中途出错"),
    ("cannot read `{}`: {}", "无法读取 `{}`：{}"),
    ("`{}` is a directory: name the file in it", "`{}` 是目录：请写上文件名"),
    ("there is no directory `{}`", "没有目录 `{}`"),
    ("a voice is saved as `.wav`, or as received as `.{}`", "语音可存为 `.wav`，或原样存为 `.{}`"),
    ("the file could not be removed: {}", "无法删除文件：{}"),
    ("cannot write `{}`: {}", "无法写入 `{}`：{}"),
    ("`{}` is longer than {} bytes", "`{}` 超过 {} 字节"),
    // Terminal and secrets; with a hint behind it first
    (
        "{}: over ssh there is no desktop to open it; copy it and open it where you are",
        "{}。经 SSH 没有桌面可用：请复制后在您那边打开",
    ),
    ("{}: save the text to a file instead", "{}：请改为保存到文件"),
    ("it ended with {}", "以 {} 结束"),
    (
        "the text is too long for the clipboard: {} bytes, terminals take {}",
        "文字过长，无法复制：{} 字节，终端最多 {} 字节",
    ),
    ("cannot write to the terminal: {}", "无法写入终端：{}"),
    ("cannot open it with any of {}: {}; it is `{}`", "无法打开，试过 {}：{}；要打开的是 `{}`"),
    ("cannot open `{}`: {}", "无法打开 `{}`：{}"),
    ("cannot keep the app secret in `{}`: {}", "无法把 App Secret 保存到 `{}`：{}"),
    ("cannot keep the access token in `{}`: {}", "无法把访问令牌保存到 `{}`：{}"),
    ("the app secret in `what was typed` {}", "输入的 App Secret {}"),
    ("the access token in `what was typed` {}", "输入的访问令牌{}"),
    ("is empty", "为空"),
    ("starts or ends with a space", "首尾有空格"),
    ("has a space or a line ending in it", "含有空格或换行"),
    ("has a character that is not printable ASCII", "含有非 ASCII 可打印字符"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_the_same_places_and_tells_itself() {
        for (index, (en, zh)) in rows().enumerate() {
            assert_eq!(en.matches("{}").count(), zh.matches("{}").count(), "{en}");
            let said = en.replace("{}", "7");
            let told = Language::Chinese.retell(&said);
            assert_eq!(told, zh.replace("{}", "7"), "row {index} is hidden by one above it");
            assert_eq!(Language::English.retell(&said), said);
        }
    }

    #[test]
    fn reasons_stand_in_reasons_and_foreign_words_stay() {
        for (en, zh) in [
            (
                "the file could not be written: the disk is full, what is left is for messages",
                "文件无法写入：磁盘已满，剩余空间留给消息",
            ),
            (
                "the file could not be written: No space left on device (os error 28)",
                "文件无法写入：磁盘空间不足（os error 28）",
            ),
            ("the access token expired (21327 expired_token)", "访问令牌已过期（21327 expired_token）"),
            ("Weibo answered 503 Service Unavailable: busy, later", "微博返回 503 Service Unavailable：busy, later"),
            (
                "Weibo answered 503 Service Unavailable: busy (given up after 5 tries)",
                "微博返回 503 Service Unavailable：busy（试了 5 次后放弃）",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(Language::Chinese.retell(en), zh);
        }
    }
}
