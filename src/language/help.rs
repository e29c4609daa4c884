//! TABLE: the help of the command line (`--help`), which is written in English where the flags are. It is told like the
//! reasons.

/// English and Chinese, with the places of values in the same order. The first that fits is taken.
pub(super) const HELP: &[(&str, &str)] = &[
    ("The terminal inbox of a verified Weibo account", "微博认证账号的终端收件箱"),
    (
        "The terminal inbox of a verified Weibo account\n\nReceives Weibo's message callbacks, keeps every one, shows them, and downloads their media. Without a command it listens and shows the dashboard.",
        "微博认证账号的终端收件箱\n\n接收微博的消息推送，全部保存并显示，可下载其中的媒体文件。不带命令时监听并显示界面。",
    ),
    // Commands
    (
        "Listen without a screen: one JSON line on stdout for each new message",
        "无界面监听：每条新消息在 stdout 输出一行 JSON",
    ),
    (
        "List the bookmarks of `serve`: name, last message printed, and how many came after it",
        "列出 `serve` 的书签：名称、最后输出的消息、其后还有多少条",
    ),
    (
        "Show the dashboard with a simulated Weibo: no account, no network, nothing kept",
        "用模拟的微博演示界面：不需要账号和网络，不留数据",
    ),
    ("Call any callback address as Weibo would", "像微博那样请求任意回调地址"),
    ("Print the archive, oldest message first", "输出存档，最早的消息在前"),
    (
        "Put into the archive what `export` or `serve` wrote, or bodies of callbacks, one a line",
        "把 `export` 或 `serve` 输出的消息，或每行一个的推送请求体，导入存档",
    ),
    (
        "Remove the oldest messages and files, by the retention settings or by age",
        "按保留设置或时间移除最早的消息和文件",
    ),
    ("Download media without a screen", "无界面下载媒体文件"),
    ("Print the completions of a shell", "输出 shell 的补全脚本"),
    ("Print the manual page", "输出手册页（英文）"),
    (
        "Look for what is wrong with this machine and these settings, as text to be pasted; 1 if something is",
        "检查本机与设置的问题，输出便于粘贴；有问题时退出码为 1",
    ),
    ("Print the effective settings and where each comes from; secrets stay hidden", "输出生效的设置及其来源，不含密钥"),
    ("Print this message or the help of the given subcommand(s)", "显示本帮助，或某个命令的帮助"),
    // Flags of one command
    ("Print only what a query finds; everything is kept", "只输出查询到的消息；所有消息照常保存"),
    (
        "End after so many messages; without it, listen until stopped, whoever reads the lines",
        "输出这么多条后结束；不指定时一直监听，不论是否有人读取输出",
    ),
    (
        "Go on after the last message that was printed under this name, also after a crash; a new name begins with what comes from now on",
        "从此名称上次输出的最后一条消息之后继续，崩溃后也一样；新名称从此刻起的消息开始",
    ),
    ("As JSON, one object a line", "JSON 格式，每行一个对象"),
    ("How", "格式：jsonl（每行一个 JSON 对象，默认）或 csv（带表头的逗号分隔值）"),
    ("Only what a query finds: {}", "只要查询到的：{}"),
    (
        "Files of JSON lines; `-` is stdin; a directory is that of an archive that was put aside",
        "每行一个 JSON 的文件；`-` 为标准输入；目录则为已移走的存档所在目录",
    ),
    ("Which", "bash、elvish、fish、powershell 或 zsh"),
    ("The callback address to call", "要请求的回调地址"),
    (
        "Sign as one of several accounts; without it, as the one whose path the address has",
        "用多个账号中的哪一个签名；不指定时按地址的路径",
    ),
    ("So many messages; without it, each of the scenario once", "消息条数；不指定时场景中每条各一次"),
    ("So many messages a second; without it, as fast as they are answered", "每秒条数；不指定时收到应答即发下一条"),
    ("Which messages to send", "发送哪个场景的消息"),
    ("Serve the media of the messages there, for `--media-url`", "在此地址提供消息的媒体文件，供 `--media-url` 使用"),
    (
        "Messages received longer ago than this, whatever the settings say: {} or {}",
        "移除早于此的消息，不论设置如何：{} 或 {}",
    ),
    ("Say what would be removed, and remove nothing", "只说明会移除什么，不实际移除"),
    ("Every medium that is not there yet", "所有尚未下载的文件"),
    ("The media of these messages, by their number", "这些序号的消息的文件"),
    (
        "Do Weibo's own handshake with the URL that was given to Weibo, and explain the first difference",
        "对填写在微博后台的 URL 做一次微博的握手，并解释第一处差异",
    ),
    (
        "Ask Weibo for a file that nobody has, to see whether it takes the access token",
        "向微博请求一个不存在的文件，检查访问令牌是否有效",
    ),
    (
        "Show messages as lines of text, without a screen: for screen readers and simple terminals",
        "逐行显示消息，无界面：供读屏软件和简单终端使用",
    ),
    ("Print help", "显示帮助"),
    ("Print help (see more with '--help')", "显示帮助（'--help' 更详细）"),
    ("Print help (see a summary with '-h')", "显示帮助（'-h' 为摘要）"),
    ("Print help for the subcommand(s)", "显示这些命令的帮助"),
    ("Print version", "显示版本"),
    // Settings
    ("Where to listen; port 0 takes any free one", "监听地址；端口 0 为任意空闲端口"),
    ("The one path that Weibo calls", "微博请求的路径"),
    ("Where messages and media are kept", "消息和媒体文件的目录"),
    ("The config file", "配置文件"),
    ("Where media come from", "媒体文件的来源"),
    (
        "A file with the app secret, which signs Weibo's calls (env {}: the secret itself)",
        "含 App Secret 的文件，用于验证微博的签名（环境变量 {}：密钥本身）",
    ),
    (
        "A file with the access token, which downloads need (env {}: the token itself)",
        "含访问令牌的文件，下载时需要（环境变量 {}：令牌本身）",
    ),
    (
        "What to download unasked: off, selected (what is looked at) or all",
        "自动下载：off 关闭，selected 正在看的，all 全部",
    ),
    (
        "Speak TLS with this certificate chain, PEM, read again when it changes",
        "以此 PEM 证书链使用 TLS，文件变化时重新读取",
    ),
    ("The private key of the certificate, PEM", "证书的私钥，PEM"),
    (
        "Listen beyond this machine without an app secret: anyone can then post messages",
        "没有 App Secret 也对外监听：任何人都能投递消息",
    ),
    ("{} (env {}, default {})", "{}（环境变量 {}，默认 {}）"),
    ("{} (env {})", "{}（环境变量 {}）"),
    ("{} (default {})", "{}（默认 {}）"),
    // What stands below
    (
        "It listens until it is stopped, also when its output cannot be written: messages are kept, and their lines come\nonce they can. In a script, `--count` ends it.",
        "一直监听到停止为止，输出写不出去时也一样：消息照常保存，恢复后继续输出。脚本中可用 `--count` 结束。",
    ),
    (
        "Examples:\n{}\n\nPlaces: {}; map: Natural Earth, public domain",
        "示例：\n{}\n\n地名：{}；地图：Natural Earth，公有领域",
    ),
    (
        "What is there already is left alone, and lines that cannot be read are named and skipped.",
        "已有的消息不变；读不懂的行会指出并跳过。",
    ),
    (
        "No server is asked unless a flag says so, and no secret is printed.",
        "除非参数指明，不请求任何服务器；不输出密钥。",
    ),
    ("{}\n\nExamples:\n{}", "{}\n\n示例：\n{}"),
    ("Examples:\n{}", "示例：\n{}"),
    ("Example:\n{}", "示例：\n{}"),
];
