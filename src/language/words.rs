//! TABLE: the words of the screen. Those of actions stand in the action table.

use super::Words;

/// Names the words and lists them, so that none lacks a language.
macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        $(#[doc = concat!("`", $en, "`")] pub const $name: Words = Words { en: $en, zh: $zh };)*
        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[Words] = &[$($name),*];
    };
}

words! {
    // Header and tabs
    LIVE: "LIVE", "正常";
    QUIET_MINUTES: "QUIET {} min", "静默 {} 分钟";
    QUIET_HOURS: "QUIET {} h", "静默 {} 小时";
    FROZEN: "FROZEN ({})", "已冻结（{}）";
    NO_SECRET: "NO SECRET", "未设密钥";
    TOKEN_REFUSED: "TOKEN REFUSED", "令牌被拒";
    ARCHIVE_FULL: "ARCHIVE FULL", "磁盘已满";
    ARCHIVE_FAILING: "ARCHIVE FAILING", "存档故障";
    DEMO: "DEMO", "演示";
    A_MINUTE: "{}/min", "{} 条/分";
    MESSAGES: "{} messages", "{} 条消息";
    REPEATED: "{} repeated", "重复 {}";
    REFUSED: "{} refused", "拒绝 {}";
    NOT_KEPT: "{} not kept", "未存 {}";
    N_NEW: "{} new", "新 {}";
    SIGNED: "signed", "已验签";
    NOT_SIGNED: "not signed", "未验签";
    NO_TOKEN: "no token", "无令牌";
    DOWNLOADS_PAUSED: "downloads paused", "下载暂停";
    ENLARGE: "enlarge for the list", "放大窗口可见列表";
    ALL_TAB: "All", "全部";
    TEXT_TAB: "Text", "文字";
    POSITION_TAB: "Position", "位置";
    VOICE_TAB: "Voice", "语音";
    IMAGE_TAB: "Image", "图片";
    OTHER_TAB: "Other", "其他";
    DUE_TAB: "Due <4h", "将过期";
    UNREAD: "● {} unread", "● {} 未读";
    FOLLOWING: "FOLLOW", "跟随";
    PAUSED: "PAUSED ({})", "已暂停（{}）";
    PAUSED_NEW: "PAUSED +{} new ({})", "已暂停 +{} 新（{}）";

    // List
    TIME_COLUMN: "TIME", "时间";
    KIND_COLUMN: "T", "T";
    SENDER_COLUMN: "SENDER", "发送者";
    MESSAGE_COLUMN: "MESSAGE", "消息";
    FILE_COLUMN: "FILE", "文件";
    WINDOW_COLUMN: "WIN", "时限";
    NOW: "now", "刚刚";
    EXPIRED: "exp", "过期";
    UNKNOWN_TYPE: "type {}", "类型 {}";
    UNREADABLE: "unreadable: {}", "无法解析：{}";
    SAVED: "saved", "已存";
    FAILED: "failed", "失败";
    VOICE_LENGTH: "[voice] {}  {}", "[语音] {} {}";
    TOKEN_WANTED: "token?", "缺令牌";
    QUEUED_SHORT: "queued", "排队";
    NEW: "new", "未下";
    SEARCH_FOUND: "{} of {}", "{} / {}";
    SEARCH_HELP: "type:image from:ID since:2h is:unread \"words\" -word; Enter keeps, Esc leaves", "type:image from:ID since:2h is:unread \"原文\" -排除；Enter 保留，Esc 取消";
    NOTHING_MATCHES: "Nothing matches. Esc shows everything again.", "没有匹配的消息。Esc 显示全部。";
    NONE_OF_THIS_KIND: "No message of this kind yet.", "还没有这类消息。";

    // Detail
    KIND_TEXT: "text", "文字";
    KIND_POSITION: "position", "位置";
    KIND_VOICE: "voice", "语音";
    KIND_IMAGE: "image", "图片";
    KIND_EVENT: "event", "事件";
    KIND_MENTION: "mention", "提及";
    KIND_UNKNOWN: "unknown", "未知";
    KIND_UNREADABLE: "unreadable", "无法解析";
    VIEW_MESSAGE: "message", "内容";
    VIEW_JSON: "json", "JSON";
    VIEW_ARRIVAL: "arrival", "接收情况";
    MORE_LINES: "{} more lines: {}", "还有 {} 行：{}";
    TO: "to {}", "发给 {}";
    CREATED_AT: "created_at", "created_at";
    NO_TIME: "{} is no time", "{} 不是时间";
    SIGNATURE: "signature", "签名";
    SIGNED_BY_WEIBO: "signed by Weibo", "微博签名有效";
    UNVERIFIED: "UNVERIFIED, not signed", "未验证（无签名）";
    DELIVERIES: "deliveries", "投递次数";
    REPLIED: "replied", "已回复";
    RECEIVED: "received", "接收时间";
    SEQ: "seq", "序号";
    DELAY: "delay", "延迟";
    ANSWERED: "answered", "应答";
    EMPTY: "(empty)", "（空）";
    BYTES: "bytes", "字节数";
    LATITUDE: "latitude", "纬度";
    LONGITUDE: "longitude", "经度";
    AS_SENT: "as sent", "原始值";
    COORDINATES: "longitude {}, latitude {}", "经度 {}，纬度 {}";
    DATUM: "datum", "坐标系";
    DATUM_UNKNOWN: "not documented, likely GCJ-02", "官方未说明，应为 GCJ-02";
    OUT_OF_RANGE: "{} (out of range)", "{}（超出范围）";
    MISSING: "missing", "缺失";
    NOT_A_NUMBER: "{} (not a number)", "{}（不是数字）";
    EVENT: "event", "事件";
    EVENT_KEY: "key", "键值";
    TICKET: "ticket", "ticket";
    PUBLIC: "public", "公开";
    STATUS_ID: "id", "ID";
    WINDOW: "answer by", "回复期限";
    LEFT_HOURS: "{} h", "{} 小时";
    LEFT_MINUTES: "{} min", "{} 分钟";
    WINDOW_OPEN: "{} ({} left)", "{}（还剩 {}）";
    WINDOW_CLOSED: "the 48 hours have passed", "48 小时已过";
    REASON: "reason", "原因";
    KEPT_AS_THEY_CAME: "Types that weibox does not know are kept as they came.", "weibox 不认识的类型按原样保存。";
    TOVFID: "tovfid", "tovfid";
    VFID: "vfid", "vfid";
    FILE: "file", "文件";
    PATH: "path", "路径";
    NO_TOVFID: "there is no `tovfid`, so that it cannot be downloaded", "缺少 `tovfid`，无法下载";
    NOT_SAVED: "not saved; {} downloads it", "未保存；按 {} 下载";
    SAVED_SIZE: "saved, {}; {} opens it", "已保存，{}；按 {} 打开";
    FAILED_BECAUSE: "failed: {}; {} tries again", "失败：{}；按 {} 重试";
    DOWNLOADING: "downloading, {}%", "下载中，{}%";
    WAITS_FOR_TOKEN: "waits for an access token", "等待访问令牌";
    WAITS_FOR_OTHER_TOKEN: "waits for another access token: {}", "等待新的访问令牌：{}";
    WAITS_PAUSED: "waits, Weibo asked for a pause: {}", "等待中，微博要求暂停：{}";
    LAST_TRY: "last try", "上次尝试";
    TRIES_FAILED: "{} failed, the last: {}", "失败 {} 次，最近一次：{}";

    // A voice in the detail
    VOICE: "voice", "语音";
    DECODING: "decoding", "解码中";
    PICTURE: "picture", "预览";
    PICTURE_CUT: "scroll to see the picture", "滚动后可见图片";
    MONO: "mono", "单声道";
    STEREO: "stereo", "立体声";
    CHANNELS: "{} channels", "{} 声道";
    TOO_LONG: "longer than {}, the rest is left out", "长于 {}，其余未解码";
    BROKEN_AT: "broken at {} s: {}", "{} 秒处损坏：{}";
    PLAYING: "playing {} of {}; {} pauses, ← → seek", "播放中 {}，共 {}；{} 暂停，← → 快退快进";
    PAUSED_AT: "paused {} of {}; {} goes on", "已暂停 {}，共 {}；{} 继续";
    LOUDNESS: "loudness; {} plays, {} saves a WAV", "音量；{} 播放，{} 存为 WAV";
    LOUDNESS_ONLY: "loudness; no sound over SSH, {} saves a WAV", "音量；SSH 下无法播放，{} 存为 WAV";

    // Downloads
    DOWNLOADS: "Downloads", "下载";
    N_QUEUED: "{} queued", "排队 {}";
    N_FAILED: "{} failed", "失败 {}";
    N_SAVED: "{} saved", "已存 {}";
    NO_DOWNLOADS: "none", "无";
    WAITING_FOR_TOKEN: "waiting for an access token", "等待访问令牌";
    TOKEN_REFUSED_BECAUSE: "token refused: {}", "令牌被拒：{}";
    PAUSED_UNTIL: "paused until {}: {}", "暂停到 {}：{}";

    // What just happened
    COPIED: "copied {} bytes to the clipboard (OSC 52)", "已复制 {} 字节到剪贴板（OSC 52）";
    OPENED: "opened {}", "已打开 {}";
    ONE_FILE: "{} file", "{} 个文件";
    FILES: "{} files", "{} 个文件";
    QUEUED: "{} queued", "{}已排队";
    NOTHING_TO_DOWNLOAD: "nothing to download, all files here are saved or on their way", "没有要下载的：文件都已保存或正在下载";
    QUEUED_NO_TOKEN: "{} queued, waiting for an access token: set WEIBOX_ACCESS_TOKEN and start again", "{}已排队，等待访问令牌：设置 WEIBOX_ACCESS_TOKEN 后重新启动";
    QUEUED_TOKEN_REFUSED: "{} queued, waiting for another access token: {}", "{}已排队，等待新的访问令牌：{}";
    QUEUED_PAUSED: "{} queued, paused: {}", "{}已排队，暂停中：{}";
    KEY_DOES_NOTHING: "{} does nothing here, {} shows all keys", "{} 在这里没有作用，{} 显示全部按键";
    MARKED: "{} messages marked", "已标记 {} 条消息";
    NO_MORE_HITS: "no more hits in this direction", "这个方向没有更多结果";
    NO_SEARCH_YET: "nothing was looked for yet: {} finds messages", "还没有查找过：按 {} 查找消息";
    NO_SENDER: "this message names no sender", "这条消息没有发送者";
    NO_MESSAGE_SELECTED: "no message is selected", "没有选中消息";
    NO_FILE: "this message has no file", "这条消息没有文件";
    NO_LINKS: "there is no link in this message", "这条消息里没有链接";
    SAVED_ALREADY: "the file is saved already", "文件已经保存";
    NOT_DOWNLOADED_YET: "the file is not downloaded yet: d downloads it", "文件尚未下载：按 d 下载";
    STILL_DOWNLOADING: "the file is still being downloaded", "文件仍在下载";
    DOWNLOAD_FAILED: "the download failed: d tries again", "下载失败：按 d 重试";
    NO_VOICE: "this message is no voice", "这条消息不是语音";
    MUTE: "over SSH nothing is heard here: s saves a WAV, which scp fetches (or set voice.player)", "SSH 下听不到声音：按 s 存为 WAV 再用 scp 取回（或设置 voice.player）";
    CANNOT_PLAY: "cannot be played: {}", "无法播放：{}";
    WAV_SAVED: "the WAV is {} (scp HOST:{} .)", "WAV 已存到 {}（scp HOST:{} .）";
    SUSPEND_WARNING: "the listener would stop, too, and Weibo's messages with it: {} again to suspend", "监听会一起停止，期间收不到微博消息：再按 {} 挂起";
    OLDEST_FIRST: "oldest on top", "最早在上";
    NEWEST_FIRST: "newest on top", "最新在上";
    MOUSE_ON: "the mouse is weibox's: click, wheel; Shift selects text", "鼠标已启用：点击、滚轮；按住 Shift 选择文字";
    MOUSE_OFF: "the mouse is the terminal's", "鼠标已交还终端";
    THEME: "theme {}", "主题 {}";
    THEME_WITHOUT_COLOUR: "NO_COLOR is set: theme {}", "已设置 NO_COLOR：主题 {}";
    ARRANGE_AUTO: "panes by the size of the screen", "按屏幕大小布局";
    ARRANGE_SIDE_BY_SIDE: "panes side by side", "左右布局";
    ARRANGE_STACKED: "panes stacked", "上下布局";
    ARRANGE_SINGLE: "one pane at a time", "单窗格布局";

    // Menus
    KEYS: "keys", "按键";
    PALETTE: "do", "执行";
    COPY_MENU: "copy", "复制";
    LINKS: "links", "链接";
    TYPE_TO_FILTER: "type to filter", "输入以筛选";
    MENU_HELP: "↑↓ Enter does it, Esc closes", "↑↓ 选择，Enter 执行，Esc 关闭";
    NOTHING_FOUND: "nothing found", "没有找到";
    COPY_TEXT: "text", "文字";
    COPY_COORDINATES: "coordinates", "坐标";
    COPY_GEO_URI: "geo: URI", "geo: URI";
    COPY_GEOJSON: "GeoJSON", "GeoJSON";
    COPY_SENDER: "sender id", "发送者 ID";
    COPY_RECEIVER: "receiver id", "接收者 ID";
    COPY_FILE_ID: "file id", "文件 ID";
    COPY_PATH: "path", "路径";
    COPY_JSON: "JSON as received", "收到的 JSON";
    COPY_LINE: "JSON as exported", "导出的 JSON";
    COPY_CURL: "curl that sends it again", "重新发送的 curl 命令";
    OPEN_LINK: "open link {}", "打开链接 {}";
    COPY_LINK: "copy link {}", "复制链接 {}";

    // Request log
    REQUESTS: "handshakes and refused calls", "握手与被拒请求";
    REQUESTS_HELP: "↑↓ move, Esc closes", "↑↓ 移动，Esc 关闭";
    NO_REQUESTS: "No handshake and no refused call yet.", "还没有握手，也没有被拒的请求。";
    WHO_COLUMN: "WHO", "来源";
    WHAT_COLUMN: "WHAT", "请求";
    WHY_COLUMN: "WHY", "原因";
    SAME_CALLER: "{} of these calls came from {}.", "其中 {} 次请求来自 {}。";
    ADVICE_HANDSHAKE: "Weibo has accepted this address once it says so in its console.", "以微博开放平台页面显示成功为准。";
    ADVICE_SECRET: "Is it the app secret of this very app? Compare both ends of it with Weibo's console.", "App Secret 是这个应用的吗？请与开放平台核对首尾几位。";
    ADVICE_SPACE: "A space or line break copied along with the secret changes it; weibox trims line breaks only.", "复制密钥时多带的空格会使签名不符；weibox 只去掉换行。";
    ADVICE_PROXY: "A proxy on the way must pass the query on unchanged: `+` must not become a space.", "中间的代理必须原样转发查询串：`+` 不能变成空格。";
    ADVICE_STRANGER: "Calls without signature come from strangers that scan the internet; they do no harm.", "没有签名的请求多来自互联网扫描，不会造成影响。";
    ADVICE_ALLOW: "Nobody else may call by `allow`. Behind a proxy, `trusted_proxies` must name it, or all calls seem to be its own.", "`allow` 不允许该地址。若前面有代理，请在 `trusted_proxies` 中写明，否则来源都会显示为代理。";
    ADVICE_AGE: "Is the clock right? A repeat of Weibo's may be old, too: `signature.max_age` sets how old.", "本机时钟准确吗？微博的重发也可能较旧：期限由 `signature.max_age` 设置。";
    ADVICE_AMBIGUOUS: "This is no HTTP, or two readers could read it as two requests. A proxy that sends such is at fault.", "这不是合法的 HTTP，或者可被解读成两个请求。若来自代理，是代理的问题。";
    ADVICE_PATH: "Is this the URL that was entered at Weibo? A proxy may add or cut a part of the path.", "这是在微博填写的 URL 吗？代理可能增删了路径。";
    ADVICE_METHOD: "Weibo sends GET for the handshake and POST for messages only.", "微博只用 GET 握手、用 POST 发送消息。";
    ADVICE_TOO_LARGE: "Weibo's messages have a few hundred bytes; `body_limit` sets what is taken.", "微博消息只有几百字节；上限由 `body_limit` 设置。";
    ADVICE_SLOW: "The caller sent its body too slowly; Weibo itself gives up after 5 s.", "对方发送太慢；微博自身 5 秒超时。";
    ADVICE_BUSY: "The message was not kept and Weibo was told to ask again. See the log for the cause.", "消息未保存，已通知微博重发。原因见日志。";

    // Statistics
    STATISTICS: "statistics", "统计";
    ESC_CLOSES: "any key closes", "任意键关闭";
    COUNTING: "counting …", "正在统计……";
    BY_MINUTE: "last hour, by minute: {} messages, at most {} a minute", "最近一小时（每分钟）：{} 条，峰值每分钟 {} 条";
    BY_HOUR: "last day, by hour: {} messages, at most {} an hour", "最近一天（每小时）：{} 条，峰值每小时 {} 条";
    BY_DAY: "last fourteen days, by day: {} messages, at most {} a day", "最近十四天（每天）：{} 条，峰值每天 {} 条";
    KIND_HEADING: "kind", "类型";
    IN_AN_HOUR: "hour", "一小时";
    IN_A_DAY: "day", "一天";
    IN_TWO_WEEKS: "14 days", "十四天";
    COUNTED_A_MILLION: "the newest million messages were counted", "只统计最新一百万条";
    LATENCY: "answered within {} (half), {} (99 %); Weibo waits 5 s", "应答时间：一半在 {} 内，99% 在 {} 内；微博等待 5 秒";
    TRAFFIC: "since the start: {} stored, {} repeated, {} refused, {} not kept", "启动以来：保存 {}，重复 {}，拒绝 {}，未存 {}";
    BUSIEST: "busiest senders", "最活跃的发送者";

    // After the screen
    BYE_COUNTS: "weibox: {} messages came, {} repeated, {} calls refused", "weibox：收到 {} 条消息，重复 {}，拒绝请求 {}";
    BYE_ARCHIVE: "archive: {}", "存档：{}";
    BYE_FILES: "files: {}", "文件：{}";
    BYE_NEXT: "next: `weibox export --query 'since:1d'`, or `weibox serve` to receive without a screen", "接着：weibox export --query 'since:1d'，或 weibox serve 在无界面下接收";
    BYE_DEMO: "weibox: {} messages came; the demo's archive is thrown away. The real thing: weibox --help", "weibox：收到 {} 条消息；演示存档已丢弃。正式使用：weibox --help";

    // Empty screen
    STEP_LISTENER: "Listener is up", "监听已启动";
    STEP_SECRET: "App secret", "App Secret";
    STEP_SECRET_SET: "set, calls are checked", "已设置，请求会验签";
    STEP_SECRET_MISSING: "not set: only this machine may call; WEIBOX_APP_SECRET or --app-secret-file", "未设置：只接受本机请求；用 WEIBOX_APP_SECRET 或 --app-secret-file";
    STEP_TOKEN: "Access token", "访问令牌";
    STEP_TOKEN_SET: "set, files can be downloaded", "已设置，可下载文件";
    STEP_TOKEN_MISSING: "not set: downloads wait; WEIBOX_ACCESS_TOKEN or --access-token-file", "未设置：下载会等待；用 WEIBOX_ACCESS_TOKEN 或 --access-token-file";
    STEP_ADDRESS: "Public address", "公网地址";
    STEP_ADDRESS_HOW: "Weibo needs a public URL: {} copies a snippet (nginx, Caddy, frp, cpolar, ssh -R)", "微博需要公网 URL：按 {} 复制配置（nginx、Caddy、frp、cpolar、ssh -R）";
    STEP_HANDSHAKE: "Weibo's handshake", "微博握手";
    STEP_HANDSHAKE_SEEN: "seen {} times; enter the URL in Weibo's console", "收到 {} 次；请在开放平台填写 URL";
    STEP_MESSAGE: "First message", "第一条私信";
    STEP_MESSAGE_HOW: "send the account a private message from a phone", "用手机给账号发一条私信";
    STEP_TRY: "{} sends one message of each kind through the listener, {} copies a curl command", "{} 经监听器发送每种消息各一条，{} 复制 curl 命令";
    PUBLIC_ADDRESS: "public address", "公网地址";
    SAMPLE_CURL: "curl that sends a text", "发送一条文字的 curl 命令";
    SAMPLING: "sending one message of each kind …", "正在发送每种消息各一条……";
    WAITING: "Waiting for the first message from Weibo.", "还没有收到私信。";
}
