//! TABLE: faults that last for a while, and their ends.

codes! {
    DISK_FULL: "the disk is full: messages are not kept, and Weibo is told to ask again; `weibox prune` makes room", "磁盘已满：消息无法保存，已请微博稍后重试；可用 `weibox prune` 腾出空间";
    ARCHIVE_FAILING: "the archive cannot be written: messages are not kept, and Weibo is told to ask again; the log says why", "存档无法写入：消息无法保存，已请微博稍后重试；原因见日志";
    ARCHIVE_DAMAGED_NOW: "the archive is damaged: messages are not kept, and Weibo is told to ask again", "存档已损坏：消息无法保存，已请微博稍后重试";
    WAY_IN_BROKEN: "Weibo cannot reach weibox: its handshake with `{}` fails: {}; `weibox doctor --public` with that URL says more", "微博无法连到 weibox：与 `{}` 的握手失败：{}；用 `weibox doctor --public` 加该 URL 可查看详情";
    WAY_IN_OPEN: "Weibo can reach weibox again", "微博已能连到 weibox";
    NO_SECRET_FOR_SELF_TEST: "the way in cannot be tested without an app secret", "未设 App Secret，无法自测外网入口";
    WRITER_STUCK: "the archive's writer does not answer: messages are not kept", "存档写入线程无响应：消息无法保存";
    ARCHIVE_UNREADABLE: "the archive cannot be read: {}", "存档无法读取：{}";
    CALLS_MISSED: "no call came for {} minute{s}, and calls should come now: Weibo may not reach weibox", "已有 {} 分钟没有收到请求，而此时应当有：微博可能无法连到 weibox";
    CALLS_AGAIN: "calls come again", "又开始收到请求";
    TOKEN_DEAD: "Weibo refuses the access token: {}; downloads, names and replies wait for another", "微博拒绝访问令牌：{}；下载、昵称与回复等待新令牌";
    TOKEN_DEAD_OF: "Weibo refuses the access token of `{}`: {}; its downloads, names and replies wait for another", "微博拒绝 `{}` 的访问令牌：{}；其下载、昵称与回复等待新令牌";
    TOKEN_NEW: "a new access token is in use: downloads, names and replies go on", "已换用新的访问令牌：下载、昵称与回复继续";
    KEPT_AGAIN: "messages are kept again", "消息已恢复保存";
    CLOCK_AHEAD: "the clock says {}, but nothing else says more than {}: only what was too old by then is removed", "时钟显示 {}，但其他依据最多只到 {}：只清理到那时已过期的消息";
    CLOCK_BEHIND: "the clock says {}, but it was {} already: nothing that was kept since is removed by age", "时钟显示 {}，但此前已到 {}：此后的消息不按时间清理";
    CLOCK_UNKNOWN: "the clock says {}, and nothing else does: nothing is removed by age", "时钟显示 {}，但没有其他依据：不按时间清理";
    CLOCK_CONFIRMED: "the clock is confirmed: messages are removed by age again", "时钟已得到印证：恢复按时间清理";

    // The user's bots
    TARGET_DOWN: "the bot `{}` does not work: {} {message waits|messages wait} for it", "机器人 `{}` 故障：{} 条消息等待发送";
    TARGET_ENDED: "the bot `{}` answered 410 and is sent nothing more until you resume it in the dashboard", "机器人 `{}` 应答了 410：在界面中恢复之前不再发送";
    TARGET_FAILS: "the bot `{}` does not work: its messages wait", "机器人 `{}` 故障：消息等待发送";
    TARGET_WORKS: "the bot `{}` works again", "机器人 `{}` 已恢复";
    TARGET_LATE: "the bot `{}` lags: {} {message waits|messages wait} for it", "机器人 `{}` 落后：{} 条消息等待发送";
    TOKEN_REFUSED_FOR: "{}: {}", "{}：{}";
}
