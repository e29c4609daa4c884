//! TABLE: why the archive could not do something.

codes! {
    NO_DIRECTORY: "cannot make the directory `{}`: {}", "无法创建目录 `{}`：{}";
    NO_ARCHIVE: "there is no archive in `{}`", "`{}` 里没有存档";
    ARCHIVE_UNOPENED: "cannot open the archive `{}`: {}", "无法打开存档 `{}`：{}";
    ARCHIVE_TOO_NEW: "the archive `{}` has version {}, this weibox knows up to {}", "存档 `{}` 的版本是 {}，此 weibox 只认识到 {}";
    ARCHIVE_TOO_OLD: "the archive `{}` has version {}, this weibox reads {}", "存档 `{}` 的版本是 {}，此 weibox 读取 {}";
    HOLDER: "process {} ({})", "进程 {}（{}）";
    ANOTHER_HOLDER: "another process", "另一个进程";
    ARCHIVE_IN_USE: "the archive in `{}` is in use by {}", "`{}` 里的存档正被 {} 使用";
    HOLDER_PAUSED: "process {} holds the archive and is stopped: `kill -CONT {}` lets it go on", "进程 {} 持有存档，但已被暂停：`kill -CONT {}` 可让它继续";
    NO_LOCK: "cannot lock `{}`: {}", "无法锁定 `{}`：{}";
    NO_THREAD: "cannot start a thread for the archive: {}", "无法为存档启动线程：{}";
    ARCHIVE_UNREAD: "cannot read the archive: {}", "无法读取存档：{}";
    ARCHIVE_UNWRITTEN: "cannot write to the archive: {}", "无法写入存档：{}";
    ARCHIVE_SUSPECTED: "the archive could not be read, and is being looked at", "存档无法读取，正在检查";
    MERGED_BADLY: "{}: {} message{s} and {} page{s} could not be read", "{}：{} 条消息、{} 页无法读取";
    ARCHIVE_ITSELF: "`{}` is the archive itself", "`{}` 就是当前存档";
    ARCHIVE_DAMAGED: "the archive is damaged", "存档已损坏";
    WRITER_BROKE_OFF: "the archive's writer broke off", "存档写入线程中断";
    ARCHIVE_CLOSED: "the archive is closed", "存档已关闭";
    SALVAGING: "the archive is damaged: what can be read of it is being saved, and Weibo asks again meanwhile", "存档已损坏：正在抢救可读内容，期间微博会重试";
    LOG_REMOVED: "the archive's log was removed while weibox ran; every message of it is kept", "存档日志在运行中被删除；其中的消息都已保留";
    FILE_REMOVED: "the archive's file was removed while weibox ran; it is in its place again with every message", "存档文件在运行中被删除；已恢复，消息都已保留";
    FILE_MOVED: "the archive's file was removed or replaced while weibox ran: all of it is being copied, and Weibo asks again meanwhile", "存档文件在运行中被删除或替换：正在复制其全部内容，期间微博会重试";
    NOT_KEPT: "the archive's file was removed or replaced while weibox ran, and could not be copied: {}; it is tried again, and its messages are lost if weibox ends before", "存档文件在运行中被删除或替换，复制失败：{}；稍后重试，在此之前若 weibox 结束，其中的消息会丢失";
    NOT_ADDED: "the archive that was replaced while weibox ran could not be added: {}; the next start tries it again", "曾在运行中被替换的存档未能补入：{}；下次启动时重试";
    STILL_NOT_ADDED: "the archive in {} was replaced while weibox ran and has not been added yet; the next start tries it again", "{} 中的存档曾在运行中被替换，尚未补入；下次启动时重试";
    FILE_REPLACED: "the archive's file was replaced while weibox ran: no message is kept until weibox is started again, which adds the messages of the archive before", "存档文件在运行中被替换：重启 weibox 之前无法保存消息，重启时会补入原存档的消息";
    REPLACED_ADDED: "the archive's file was replaced while weibox ran. Added from the archive before: {} message{s}", "存档文件曾在运行中被替换。已从原存档补入 {} 条消息";
    NOT_SALVAGED: "the archive is damaged and could not be saved: {}; it is tried again", "存档已损坏，抢救失败：{}；稍后重试";
    SALVAGED_UNOPENED: "the archive was damaged: what could be read of it is saved, but the new archive could not be opened: {}; it is tried again, and Weibo asks again meanwhile", "存档已损坏：可读内容已抢救，但新存档打开失败：{}；稍后重试，期间微博会重试";
    SALVAGED: "the archive was damaged. Saved from it: {} message{s}, {} file{s}. Missing: {} message{s}. Not readable: {} page{s}. `weibox import DIR` reads it again. The damaged one is in {}", "存档已损坏。已抢救 {} 条消息、{} 个文件；缺失 {} 条消息；{} 页无法读取。可用 `weibox import 目录` 再次导入；损坏的存档在 {}";
    MESSAGES_LOST: "{} message{s} of the damaged archive in {} could not be saved. `weibox import DIR` reads it again; this is reported until it is moved away", "有 {} 条消息未能从损坏的存档中抢救出来，该存档在 {}。可用 `weibox import 目录` 再次导入；移走该目录后不再提示";
    LINE_NOT_A_NUMBER: "`{}` is not a number from {} to {}", "`{}` 不是 {} 到 {} 的数";
    LINE_NOT_A_STRING: "`{}` is not a string", "`{}` 不是字符串";
    LINE_NOT_A_BOOL: "`verified` is not true or false", "`verified` 不是 true 或 false";
    LINE_NOT_BASE64: "`raw_base64`: {}", "`raw_base64`：{}";
    LINE_NO_ARRIVAL: "`received_at` is not a time", "`received_at` 不是时间";
}
