//! TABLE: the words of `weibox doctor`.

use super::Words;

words! {
    // Headings
    VERSIONS: "Versions", "版本";
    SETTINGS: "Settings", "设置";
    TERMINAL: "Terminal", "终端";
    DISK: "Disk", "磁盘";
    NETWORK: "Network", "网络";
    PUBLIC: "Public URL", "公网 URL";
    CLUSTER: "Cluster", "集群";
    ALL_WELL: "Nothing is wrong.", "没有发现问题。";
    WELL_WITH_NOTES: "Nothing is wrong. {} {thing deserves|things deserve} a look (!).", "没有发现问题，有 {} 处值得留意（!）。";
    SOME_WRONG: "{} {thing is|things are} wrong.", "发现 {} 个问题。";

    // Versions
    SYSTEM: "system", "系统";

    // Settings
    CONFIG_FILE: "config file", "配置文件";
    NOT_THERE: "{} (not there)", "{}（不存在）";
    OTHERS_WRITE: "others can write to it", "其他用户可写";
    OTHERS_READ: "others can read it; it holds no secrets", "其他用户可读；其中没有密钥";
    CHMOD: "run `chmod {} {}`", "执行 chmod {} {}";
    CONFIG_UNUSABLE: "config", "配置";
    ACCOUNT: "account", "账号";
    APP_SECRET: "app secret", "App Secret";
    ACCESS_TOKEN: "access token", "访问令牌";
    SET: "set, {} character{s} ({})", "已设置，{} 个字符（{}）";
    NOT_SET: "not set", "未设置";
    SECRET_SHORT: "Weibo's app secrets have 32 characters; is all of it there?", "微博的 App Secret 有 32 个字符；是否完整？";
    SECRET_MISSING: "without it nothing shows that messages are Weibo's; `--app-secret-file` names its file", "无法确认消息来自微博；请用 --app-secret-file 指定密钥文件";
    TOKEN_MISSING_OF: "voices and images wait for it; `access_token_file` in the [[account]] of {} names its file", "暂不下载语音和图片；请在账号 {} 的 [[account]] 中用 access_token_file 指定令牌文件";
    TOKEN_MISSING: "voices and images wait for it; `--access-token-file` names its file", "暂不下载语音和图片；请用 --access-token-file 指定令牌文件";
    QUICK_REPLIES: "quick replies", "快捷回复";
    QUICK_THERE: "{} in {}", "{} 个，位于 {}";
    WARNING: "warning", "警告";
    LISTENER: "listener", "监听";
    TLS_PAIR: "the certificate {} and the key {} belong together", "证书 {} 与私钥 {} 成对";
    SIGNED_ONLY: "{}, signed calls only", "{}，只接受已签名的请求";
    UNSIGNED: "{}, unsigned calls too", "{}，也接受未签名的请求";

    // Terminal
    TERM: "terminal", "终端";
    UNKNOWN_TERM: "unknown", "未知";
    SIZE: "size", "大小";
    CELLS: "{} x {} cells", "{} x {}";
    NO_TERMINAL: "standard output is not a terminal", "标准输出不是终端";
    COLOURS: "colours", "颜色";
    COLOURS_TRUE: "16.7 million (24 bits)", "1670 万（24 位）";
    COLOURS_SOME: "{}", "{} 种";
    COLOURS_NONE: "none, NO_COLOR is set", "无，已设置 NO_COLOR";
    WIDTHS: "character widths", "字符宽度";
    WIDTHS_RIGHT: "as expected: {}", "与预期一致：{}";
    WIDTHS_WRONG: "{} has width {} here, {} was expected", "{} 在这里占 {} 列，预期 {} 列";
    WIDTHS_HINT: "columns and frames may be misaligned; check the terminal's setting for ambiguous or emoji width", "列和边框可能不齐；请检查终端的歧义宽度或 emoji 宽度设置";
    WIDTHS_SILENT: "the terminal does not report its cursor position", "终端不报告光标位置";
    PICTURES: "pictures", "图片";
    PICTURES_BY: "{} (dashboard.images: {})", "{}（dashboard.images：{}）";
    PICTURES_HINT: "`tmux set -g allow-passthrough on` lets tmux pass better ones on", "执行 tmux set -g allow-passthrough on 后 tmux 可转发更好的图片";
    CLIPBOARD: "clipboard", "剪贴板";
    OSC_52: "OSC 52, if the terminal allows it", "OSC 52，需终端允许";
    OSC_52_SCREEN: "OSC 52 through GNU screen, if the terminal around it allows it", "经 GNU screen 的 OSC 52，需外层终端允许";
    OSC_52_TMUX: "OSC 52 through tmux: set-clipboard {}, allow-passthrough {}", "经 tmux 的 OSC 52：set-clipboard {}，allow-passthrough {}";
    OSC_52_BLOCKED: "tmux keeps it: set-clipboard {}, allow-passthrough {}", "tmux 不转发：set-clipboard {}，allow-passthrough {}";
    ALERTS: "alerts", "提醒";
    ALERTS_PASS: "tmux passes notifications on (allow-passthrough {})", "tmux 会转发通知（allow-passthrough {}）";
    ALERTS_HELD: "tmux holds notifications back (allow-passthrough {}), so that only the bell rings", "tmux 不转发通知（allow-passthrough {}），只会响铃";
    ALERTS_HINT: "`tmux set -g allow-passthrough on` passes them on", "执行 tmux set -g allow-passthrough on 后即可转发";
    OSC_52_HINT: "`tmux set -g set-clipboard on` passes copies on", "执行 tmux set -g set-clipboard on 后即可复制";
    SSH: "no audio over SSH unless `voice.player` is set, and `o` has no desktop to open files with", "经 SSH：没有声音（除非设置 voice.player），o 没有桌面可打开文件";

    // Disk
    DATA_DIR: "data", "数据目录";
    MEDIA_DIR: "media", "媒体目录";
    LOG_DIR: "log", "日志目录";
    ROOM: "room", "磁盘空间";
    FREE: "{} free", "剩余 {}";
    FREE_HINT: "remove something from this disk, or have `weibox prune` make room", "请清理该磁盘，或用 `weibox prune` 腾出空间";
    RUNNING: "running weibox", "运行中的 weibox";
    RETENTION: "retention", "自动清理";
    OPEN_FILES: "open files", "打开文件数";
    ENOUGH: "enough", "足够";
    ARCHIVE_FILE: "archive file", "存档文件";
    NOT_YET: "{} (not there yet; the first start creates it)", "{}（尚不存在，首次启动时创建）";
    MINE_ALONE: "{}, yours alone", "{}，仅自己可用";
    OTHERS_ENTER: "{}: others can open it", "{}：其他用户可访问";
    NOT_MINE: "{} belongs to another user", "{} 属于其他用户";
    NOT_WRITABLE: "{}: {}", "{}：{}";
    WRITABLE_HINT: "choose a writable directory with `--data-dir`", "请用 --data-dir 指定可写的目录";
    ARCHIVE: "archive", "存档";
    INTACT: "intact; {}, {} of media", "完好；{}，媒体 {}";
    DAMAGED: "damaged: {}", "已损坏：{}";
    ASIDE: "put aside", "移到一旁";
    ASIDE_OF: "{}, {}: a damaged archive of which another was made", "{}，{}：已损坏的存档，已据此重建";
    ASIDE_HINT: "`weibox import DIR` reads it again; remove it when nothing is missing", "weibox import 该目录 可再次读取；确认无缺失后可删除";
    DAMAGED_HINT: "stop weibox and copy the whole data directory before anything else", "请先停止 weibox，并完整备份数据目录";
    INDEX: "search index", "搜索索引";
    CHECKING_INDEX: "comparing the search index with the messages", "正在逐条核对搜索索引";
    INDEX_RIGHT: "matches the messages; {} block{s}", "与消息一致；{} 块";
    INDEX_WRONG: "differs from the messages: {} of {} block{s}, time spans of {}, places of {}, {} count{s}, {} reply window{s}", "与消息不一致：索引 {} 块（共 {} 块），时间范围 {} 块，位置 {} 块，计数 {} 项，回复时限 {} 个";
    INDEX_HINT: "`weibox reindex` rebuilds it from the messages", "用 weibox reindex 根据消息重建";
    INDEX_REBUILDING: "{} % rebuilt; a running weibox continues it", "已重建 {} %；运行中的 weibox 会继续完成";
    CHECKING: "checking the archive ({})", "正在检查存档（{}）";

    // Network
    PORT: "port", "端口";
    PORT_FREE: "{} is free", "{} 空闲";
    PORT_OURS: "{} is held by weibox, {}", "{} 由 weibox 占用，{}";
    PORT_TAKEN: "{} is held by {}", "{} 被 {} 占用";
    ANOTHER_PROGRAM: "another program", "其他程序";
    PORT_TAKEN_HINT: "stop that program, or choose another port with `--listen`", "结束该程序，或用 --listen 换一个端口";
    PORT_DENIED: "{} cannot be used: {}", "{} 无法使用：{}";
    PORT_DENIED_HINT: "ports below 1024 usually need root, and the address must belong to this machine", "1024 以下的端口一般需要 root；地址必须属于本机";
    CLOCK: "clock", "时钟";
    CLOCK_NOT_ASKED: "not compared; `--token` and `--public URL` ask a server", "未核对；--token 和 --public URL 会询问服务器";
    CLOCK_NO_DATE: "not compared; no server gave the time", "未核对；服务器没有给出时间";
    CLOCK_RIGHT: "matches {}", "与 {} 一致";
    CLOCK_AHEAD: "{} s ahead of {}", "快 {} 秒，对照 {}";
    CLOCK_BEHIND: "{} s behind {}", "慢 {} 秒，对照 {}";
    CLOCK_HINT: "message times and `signature.max_age` depend on it; turn time synchronisation (NTP) on", "消息时间和 signature.max_age 都以此为准；请开启系统对时（NTP）";
    TOKEN_CALL: "token", "令牌";
    TOKEN_NOT_ASKED: "not tried; `--token` makes one harmless call", "未尝试；--token 会发出一次无害的请求";
    TOKEN_NOTHING: "cannot be tried: no token is set", "无法尝试：未设置令牌";
    TOKEN_ACCEPTED: "accepted by {}", "{} 已接受";
    TOKEN_OF: "token of {}", "{} 的令牌";
    TOKEN_REFUSED: "refused: {}", "被拒绝：{}";
    TOKEN_REFUSED_HINT: "get a new one from Weibo's console; a token is good for a year", "请到开放平台取新令牌；令牌有效期一年";
    TOKEN_UNCLEAR: "unclear: {}", "无法判断：{}";
    TOKEN_UNCLEAR_HINT: "try again later, and compare `media_url` with its default", "稍后再试，并核对 media_url 是否为默认值";

    // Cluster
    SERVERS: "servers", "服务器";
    SERVERS_AT: "nats-server {}, at {}", "nats-server {}，位于 {}";
    CREDENTIALS: "credentials", "凭据";
    USER_IS: "user {}, with a password", "用户 {}，有密码";
    OWN_CERTIFICATE: "a certificate of this node", "本节点的证书";
    NO_CREDENTIALS: "none, and none are needed", "无，也不需要";
    STREAM_KEEPS: "{}: {} event{s}, kept for {}", "{}：{} 个事件，保留 {}";
    ONE_COPY: "one alone: without its server nothing gets to other nodes, and without its disk the nodes tell it again", "仅一份：其服务器停止时无法同步，磁盘丢失时由各节点补发";
    POWER_CUT: "power cut", "断电";
    SYNC_ALWAYS: "costs nothing: {} {server writes before it answers|servers write before they answer}", "无损失：{} 台服务器均先落盘再应答";
    SYNC_HINT: "`sync_interval: always` in `jetstream` makes them write before they answer, from nats-server 2.10 on", "nats-server 2.10 起，在 jetstream 中设置 sync_interval: always 即可先落盘再应答";
    BODY_LIMIT: "body limit", "正文上限";
    NODES: "nodes", "节点";
    NO_NODES: "none is heard; this one is called {}", "没有听到其他节点；本节点名为 {}";
    CLOCKS_TOGETHER: "at most {} ms from those of {} node{s}", "相差不超过 {} 毫秒，共听到 {} 个节点";

    // Public URL
    PUBLIC_NOT_ASKED: "not tried; `--public URL` does Weibo's handshake with it", "未尝试；--public URL 会像微博一样握手";
    PUBLIC_NO_SECRET: "not tried: without the app secret nothing can be signed", "未尝试：没有 App Secret 无法签名";
    HANDSHAKE: "handshake", "握手";
    SIGNED_AS: "signed as", "签名账号";
    HANDSHAKE_GOOD: "answered as Weibo wants it, in {} ms", "应答符合微博要求，用时 {} 毫秒";
    FORGED: "forged call", "伪造请求";
    FORGED_REFUSED: "refused, as it should be", "已拒绝，正确";
    FORGED_ANSWERED: "answered like a real call: anyone could post messages", "当作真请求应答：任何人都能投递消息";
    FORGED_HINT: "what answers there does not check signatures; is it weibox, with the app secret set?", "应答方没有验签；那是 weibox 吗？设置了 App Secret 吗？";
    UNKNOWN_HOST_HINT: "check the DNS records; new ones take a while to spread", "核对域名解析记录；新记录需要时间生效";
    REFUSED_HINT: "start the proxy or tunnel, and compare the port", "请启动代理或隧道，并核对端口";
    TIMED_OUT_HINT: "a firewall may drop the call, or the proxy waits for a weibox that does not run; some networks cannot reach their own public address, so try from elsewhere", "可能被防火墙丢弃，或代理在等待未运行的 weibox；有的网络无法访问自己的公网地址，请从别处再试";
    HUNG_UP_HINT: "the proxy or tunnel runs, and what is behind it does not; start weibox there", "代理或隧道正常，后面的程序没有运行；请在那里启动 weibox";
    NO_TLS_HINT: "the URL begins with `https`; use `http`, or give the proxy a certificate", "URL 以 https 开头；请改用 http，或给代理配置证书";
    TLS_HINT: "the certificate must come from a known authority, be for this very name, and not have expired", "证书须由受信任机构签发、域名一致且未过期";
    NO_HTTP_HINT: "does the port expect `https`, or belong to another program?", "该端口需要 https 吗？还是属于别的程序？";
    REDIRECTED_HINT: "give Weibo the final URL, down to the last slash; Weibo may not follow redirects", "请把最终应答的 URL（包括末尾斜杠）填给微博；微博不一定跟随重定向";
    HTML_HINT: "a page of a proxy, a login or a tunnel's warning answers instead of weibox", "是代理、登录页或隧道的提示页在应答，而不是 weibox";
    WRONG_SECRET_HINT: "compare the secrets on both sides; `E` in the dashboard shows what was compared", "核对两边的密钥；界面中按 E 可查看比较的内容";
    DENIED_HINT: "a firewall, a login or `allow` blocks strangers, and Weibo too", "防火墙、登录或 allow 挡住了外人，也挡住了微博";
    NOT_FOUND_OF_HINT: "the path must be `path` of its [[account]], here `{}`, unless the proxy changes it", "路径须与其 [[account]] 的 path 一致（这里是 `{}`），除非代理会改写";
    NOT_FOUND_HINT: "the path must be that of `--path`, here `{}`, unless the proxy changes it", "路径须与 --path 一致（这里是 `{}`），除非代理会改写";
    GATEWAY_HINT: "start weibox, and compare the address it listens on with that of the proxy", "请启动 weibox，并核对它的监听地址与代理配置";
    STATUS_HINT: "Weibo accepts only 200; see the log of what answers there", "微博只认 200；请查看应答方的日志";
    ECHO_HINT: "the answer must be the decoded `echostr` and nothing else", "应答必须只是解码后的 echostr，不多不少";
    QUOTED_HINT: "something turns the answer into JSON; it must be plain text", "应答被转成了 JSON；必须是纯文本";
    PLUS_HINT: "a proxy decodes the query without encoding it again; it must pass the query on unchanged", "代理解码查询串后没有重新编码；必须原样转发";
}
