//! TABLE: what commands say on stderr.

use super::Words;

words! {
    ERROR: "error: {}", "错误：{}";
    HINT: "hint: {}", "提示：{}";
    WARNING: "warning: {}", "警告：{}";
    USAGE: "Usage: {}", "用法: {}";
    MORE_HELP: "For more information, try '--help'.", "详情请用 '--help'。";
    AS_SERVE: "stdout is no terminal: running as `weibox serve`", "标准输出不是终端：以 `weibox serve` 运行";
    LISTENING: "listening on {}", "正在监听 {}";
    LISTENING_NOWHERE: "receiving nothing here (--no-listen)", "此处不接收推送（--no-listen）";

    // Files
    DOWNLOADED: "{} saved in {}, {} failed, {} waiting", "已保存 {} 个到 {}，失败 {}，等待 {}";
    SERVING_FILES: "serving files on {}", "正在提供文件：{}";
    SERVING_UNTIL: "serving files until Ctrl-C", "正在提供文件，按 Ctrl-C 结束";

    // `simulate`
    HANDSHAKE: "handshake", "握手";
    HANDSHAKE_ANSWERED: "answered", "已正确应答";
    HANDSHAKE_WRONG: "NOT answered as Weibo wants it", "应答不符合微博的要求";
    NOBODY_ANSWERED: "nobody answered", "无应答";
    HANDSHAKE_NOT_TRIED: "not tried, there is no app secret", "未进行：没有 App Secret";
    SENT: "sent", "已发送";
    ANSWERED: "answered", "已应答";
    REFUSED: "refused", "被拒绝";
    AS_EXPECTED: "{} (as expected)", "{}（符合预期）";
    REPEATED: "repeated", "重发";
    LOST: "lost", "丢失";
    LOST_BECAUSE: "{} ({})", "{}（{}）";
    LOST_SILENT: "nobody answered {}", "无应答 {}";
    LOST_ELSEWHERE: "sent elsewhere with {}: {}", "以 {} 转往别处：{}";
    LOST_FIRST: "the first says \"{}\"", "第一条应答：“{}”";
    REPLIES: "replies", "回复";
    LATENCY: "latency", "耗时";
    PLAYING_BOT: "playing a bot on {}; Ctrl-C ends it", "正在扮演机器人：{}，按 Ctrl-C 结束";

    // `reply`
    REPLY_SENT: "reply {}: sent", "回复 {}：已发送";
    REPLY_NOT_SENT_YET: "it is not sent yet", "尚未发送";

    // `replay` and `verify`
    WOULD_REPLAY: "{} message{s} would be sent", "将发送 {} 条消息";
    REPLAY_FAILED: "message {}: {}", "消息 {}：{}";
    REPLAY_DIFFERS: "message {}: different at {}", "消息 {}：不同之处 {}";
    REPLAY_MORE: "{} more messages failed or differ and are not named", "另有 {} 条失败或不同，未逐一列出";
    REPLAYED: "sent {}, answered {}, failed {}, different {}", "已发送 {}，已应答 {}，失败 {}，不同 {}";
    REPLAYED_HOW: "by status: {}; half within {} ms, 99 % within {} ms", "按状态码：{}；50% 在 {} 毫秒内，99% 在 {} 毫秒内";
    REPLAYED_STATUSES: "by status: {}", "按状态码：{}";
    REPLAYED_SILENT: "no answer: {}", "无应答：{}";
    REPLAY_STOPPED: "stopped before all was sent", "未全部发送就被中止";
    NOTHING_COMPARED: "nothing was sent, so nothing was compared", "没有发送消息，因此未作比较";
    CALLS_UNSIGNED: "there is no app secret, so the calls are not signed; set WEIBOX_APP_SECRET or --app-secret-file", "没有 App Secret，请求不会签名；请设置 WEIBOX_APP_SECRET 或 --app-secret-file";
    CALLS_UNSIGNED_OF: "the account `{}` has no app secret, so its calls are not signed", "账号 `{}` 没有 App Secret，其请求不会签名";
    SECRET_STANDS_HERE: "(app secret)", "（App Secret）";
    SORTED: "sorted byte by byte: {}", "按字节排序：{}";
    COMES_OUT: "their SHA-1 begins with {}; the signature with {}", "其 SHA-1 以 {} 开头；签名以 {} 开头";
    RECORDED: "{} answer{s} recorded in `{}`", "已录下 {} 条应答，写入 `{}`";
    NOT_RECORDED: "{} call{s} failed: nothing was written to `{}`", "{} 次请求失败：未写入 `{}`";
    RECORDED_WITHOUT_CALL: "message {}: an answer was recorded, and there is no such call", "消息 {}：录有应答，却没有这次推送";
    COMPARED: "compared {}, different {}", "已比较 {}，不同 {}";
    NO_ANSWER_RECORDED: "(no answer was recorded)", "（没有录下应答）";
    SIGNED_AT: "signed at {} ({})", "签名时间 {}（{}）";
    SIGNED_LATER: "{} after the time of this machine", "比本机时间晚 {}";
    ESCAPED_AMPERSAND: "taken as a call with `&` where `{}` stands", "已将 `{}` 当作 `&`";
    SIGNATURE_RIGHT: "the signature is right", "签名正确";

    // Progress bars
    BAR_OF_FILES: "{bar:30} {pos}/{len} files  {msg}", "{bar:30} 文件 {pos}/{len} {msg}";
    BAR_OF_BYTES: "{bar:30} {bytes}/{total_bytes}  {msg}  {eta} left", "{bar:30} {bytes}/{total_bytes} {msg}，剩余 {eta}";
    BAR_OF_MESSAGES: "{bar:30} {pos}/{len}  {eta} left", "{bar:30} {pos}/{len}，剩余 {eta}";

    // The archive
    IMPORTING_SLOWLY: "another weibox has this archive: importing slowly, so that its answers are not late", "另一个 weibox 正在使用此存档：放慢导入，以免它应答超时";
    IMPORTED: "{} imported, {} there already", "导入 {} 条，已有 {} 条";
    IMPORTED_REFUSED: "{} imported, {} there already, {} line{s} refused", "导入 {} 条，已有 {} 条，拒绝 {} 行";
    REINDEXED: "{} message{s} indexed again", "已重建 {} 条消息的索引";
    REMOVED: "{} message{s} and {} file{s} ({}) removed", "已清理 {} 条消息与 {} 个文件（{}）";
    SAMPLES_WOULD_GO: "{} sample{s} would be removed", "将清理 {} 条样例";
    WOULD_GO_BY_AGE: "{} message{s} and {} file{s} ({}) from before {} would be removed", "将清理 {} 条消息与 {} 个文件（{}），早于 {}";
    WOULD_GO_OF_ARCHIVE: "archive: {} of {}, {} would be removed", "存档：{} / {}，将清理 {}";
    WOULD_GO_OF_MEDIA: "media: {} of {}, {} would be removed", "媒体文件：{} / {}，将清理 {}";

    // `serve`
    CANNOT_PRINT: "cannot print: {}; messages are received and kept, and printing goes on once it can", "无法输出：{}；消息照常接收并保存，恢复后继续输出";
    CANNOT_PRINT_HINT: "hint: `--count N` ends `weibox serve` after N messages", "提示：`--count N` 让 `weibox serve` 在 N 条消息后结束";
    PRINTING_GOES_ON: "printing goes on", "继续输出";
    GOES_ON_FROM_BOOKMARK: "bookmark `{}`: {} message{s} to print", "书签 `{}`：从上次的位置继续，有 {} 条消息待输出";
    BOOKMARK_NAME: "name", "名称";
    BOOKMARK_SEQ: "seq", "序号";
    BOOKMARK_LAG: "lag", "落后";
    NO_BOOKMARKS: "no bookmarks yet: `weibox serve --bookmark NAME` creates one", "还没有书签：可用 `weibox serve --bookmark NAME` 建立";

    // The service manager
    UNIT_WRITTEN: "written: {}", "已写入 {}";
    METRICS_ON: "metrics on http://{}/metrics", "指标：http://{}/metrics";
    SERVICE_STATUS: "listening, {} msg{s}/min, {} waiting", "监听中，每分钟 {} 条，{} 个文件等待下载";

    // After the screen
    BYE_COUNTS: "weibox: messages {}, repeated {}, refused calls {}", "weibox：收到 {} 条消息，重复 {} 条，拒绝请求 {} 次";
    BYE_ARCHIVE: "archive: {}", "存档：{}";
    BYE_FILES: "files: {}", "文件：{}";
    BYE_NEXT: "next: `weibox export --query 'since:1d'`, or `weibox serve` without a screen", "下一步：`weibox export --query 'since:1d'` 导出，或 `weibox serve` 无界面接收";
    BYE_DEMO: "weibox: messages {}; the demo's archive is deleted. For real use: weibox --help", "weibox：收到 {} 条消息；演示存档已删除。正式使用：weibox --help";
}
