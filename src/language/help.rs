//! TABLE: the help of the command line. Its English text is in the doc comments of the flags; the Chinese text is
//! here by command and flag, as are the notes below the help in both languages.

use super::Words;

/// The help of a command besides its flags.
#[derive(Debug)]
pub struct CommandHelp {
    /// The command; `weibox` for the program itself.
    pub command: &'static str,
    /// Its description, in Chinese.
    pub about: &'static str,
    /// A note on what else to know; empty for none.
    pub note: Words,
    /// Example command lines, one on each line.
    pub examples: &'static str,
    /// The flags of the settings that matter to the command; the others work but are not listed. `None` for all.
    pub settings: Option<&'static [&'static str]>,
}

impl CommandHelp {
    /// Returns whether the command takes settings that do not matter to it.
    pub fn takes_all(&self) -> bool {
        // The listener's settings are not for a process that attaches to it.
        self.command != "attach" && self.settings.is_some_and(|settings| !settings.is_empty())
    }

    const fn note(self, en: &'static str, zh: &'static str) -> Self {
        Self { note: Words::new(en, zh), ..self }
    }

    const fn examples(self, examples: &'static str) -> Self {
        Self { examples, ..self }
    }

    /// Returns whether the help lists a setting, given its flag.
    pub fn lists(&self, flag: &str) -> bool {
        self.settings.is_none_or(|settings| settings.contains(&flag))
    }
}

/// Only the settings that locate the archive.
const ARCHIVE: Option<&[&str]> = Some(&["--data-dir", "--config"]);
/// The settings of commands that listen.
const LISTENER: Option<&[&str]> = None;
/// The note below a help that lists only some settings.
pub const ALL_SETTINGS: Words = Words::new(
    "`weibox --help` lists all settings; they work here, too.",
    "全部设置见 `weibox --help`，在这里同样有效。",
);

/// Returns the help of a command without a note and examples.
const fn command(command: &'static str, settings: Option<&'static [&'static str]>, about: &'static str) -> CommandHelp {
    CommandHelp { command, about, note: Words::new("", ""), examples: "", settings }
}

/// TABLE: the commands.
pub const COMMANDS: &[CommandHelp] = &[
    command("weibox", LISTENER, "微博认证账号的终端收件箱\n\n接收微博的消息推送，全部保存并显示，可下载其中的媒体文件。不带命令时监听并显示界面。")
        .examples("  weibox demo\n  weibox --listen :8080 --app-secret-file ~/.weibo-secret"),
    command("serve", LISTENER, "无界面监听，每条新消息输出一行 JSON")
        .note(
            "It listens until it is stopped, also when its output cannot be written: messages are kept, and their lines come once they can. In a script, `--count` ends it.",
            "一直监听到停止为止，输出写不出去时也一样：消息照常保存，恢复后继续输出。脚本中可用 `--count` 结束。",
        )
        .examples("  weibox serve --listen :8080 --app-secret-file ~/.weibo-secret | jq .text\n  weibox serve --query 'type:image -from:2489518277'\n  weibox serve --count 1 | jq .text\n  weibox serve --bookmark bot | ./bot"),
    command("attach", Some(&["--data-dir", "--config", "--as"]), "打开正在监听的 weibox 的界面")
        .note(
            "Several dashboards may be attached at once, each with its own view; a mark made in one is seen in all. When the weibox that listens ends, they can still read, and they go on when it is back. Where one listens already, `weibox` attaches, too.",
            "可同时连接多个界面，各有各的视图，标记互相可见。监听的 weibox 结束后仍可阅读，恢复后自动继续。已有 weibox 在监听时，直接运行 `weibox` 也会连接。",
        )
        .examples("  weibox attach\n  ssh -t host weibox attach --read-only"),
    command("bookmarks", ARCHIVE, "列出 `serve` 的书签：名称、最后输出的消息、其后还有多少条")
        .examples("  weibox bookmarks --json | jq 'select(.lag > 1000)'"),
    command("demo", Some(&["--listen", "--path", "--download-auto"]), "用模拟消息演示界面：不需要账号和网络，不保留数据")
        .note(
            "Unless flags say otherwise, it listens on any free port and downloads all files. It reads neither the config file nor weibox's environment variables.",
            "默认监听任意空闲端口，并自动下载全部文件，可用选项更改；不读取配置文件，也不读取 weibox 的环境变量。",
        )
        .examples("  weibox demo"),
    command("simulate", Some(&["--config", "--app-secret-file"]), "像微博那样向任意回调地址发送消息，或扮演机器人")
        .note(
            "With `--from` it exits 0 when every answer is the same, 1 when one differs, failed or is missing, 2 when nothing could be compared.",
            "使用 `--from` 时，应答全部相同退出码为 0；有不同、失败或缺失时为 1；无法比较时为 2。",
        )
        .examples("  weibox simulate --url http://127.0.0.1:8080/weibo --count 100 --rate 20\n  weibox simulate --as-bot 127.0.0.1:5000 --scenario flaky"),
    command("replay", Some(&["--data-dir", "--config", "--app-secret-file", "--forward"]), "把存档中的消息再次发给机器人，并与另一个机器人的应答比较")
        .note(
            "Each message goes once, signed anew and marked with `X-Weibox-Replay`. Exits 1 if something failed or differs, or if it was stopped.",
            "每条消息发送一次，重新签名并带 `X-Weibox-Replay`。有失败、不同或被中止时退出码为 1。",
        )
        .examples("  weibox replay --to bot --query 'since:1d type:text' --dry-run\n  weibox replay --to http://127.0.0.1:5001/ --compare bot --json"),
    command("cluster", ARCHIVE, "创建集群的流，或显示服务器、流与节点的状况")
        .examples("  weibox cluster init\n  weibox cluster status"),
    command("alert", Some(&["--config"]), "发送一条提醒测试，并显示对方的应答")
        .note(
            "Alerts are tables `[[alert]]` and `[[channel]]` of the config file. Nothing is archived by a test.",
            "提醒写在配置文件的 `[[alert]]` 与 `[[channel]]` 表中。测试不会写入存档。",
        )
        .examples("  weibox alert test refunds"),
    command("verify", Some(&["--config", "--app-secret-file"]), "解释一次请求的签名：排序了什么、结果是什么、可能错在哪里")
        .note(
            "The app secret is not shown. Exits 1 if the signature is wrong.",
            "不显示 App Secret。签名错误时退出码为 1。",
        )
        .examples("  weibox verify 'https://example.org/weibo?signature=…&timestamp=…&nonce=…' --app-secret-file app-secret"),
    command("export", ARCHIVE, "输出存档，最早的消息在前")
        .examples("  weibox export --format csv > messages.csv\n  weibox export --query 'since:7d 退货 -is:read'"),
    command("import", ARCHIVE, "导入 `export`、`serve` 的输出，或每行一个的推送请求体")
        .note(
            "Messages that are there already stay as they are. Lines that cannot be read are named and skipped.",
            "已有的消息不变；无法读取的行会指出并跳过。",
        )
        .examples("  weibox import messages.jsonl\n  ssh old-host weibox export | weibox import -"),
    command("prune", ARCHIVE, "按保留设置或时间清理最早的消息和文件")
        .examples("  weibox prune --older-than 90d --dry-run\n  weibox prune"),
    command("reindex", ARCHIVE, "根据消息重建搜索索引和所有计数")
        .note(
            "Use it when `weibox doctor --deep` says so. Another weibox may listen meanwhile. If it is interrupted, the next start continues.",
            "在 `weibox doctor --deep` 提示时使用，期间其他 weibox 可照常监听。中断后下次启动会继续。",
        )
        .examples("  weibox reindex"),
    command("download", Some(&["--data-dir", "--config", "--media-url", "--access-token-file"]), "无界面下载语音和图片文件")
        .examples("  weibox download --all\n  weibox download 17 23"),
    command("reply", Some(&["--data-dir", "--config", "--answers", "--reply-url", "--access-token-file"]), "回复发送者；只有微博收下时退出码才为 0")
        .note(
            "The weibox that listens sends the reply; where none listens, this command does. Either needs `answers.enabled`. The reply is kept first: one that waits is sent later, and one of which nobody knows whether it was sent is never repeated by itself.",
            "由正在监听的 weibox 发送；没有在监听的，就由本命令发送。须设置 `answers.enabled`。发送前先保存：等待中的，能发送时自动发出；结果不明的，不会自动重发。",
        )
        .examples("  weibox reply --to 17 --text '您好，已为您补发'\n  weibox reply --to uid:2489518277 --file answer.txt --json"),
    command("status", ARCHIVE, "显示存档由哪个进程使用、状况如何；有故障时退出码为 1，没有运行时为 3")
        .examples("  weibox status\n  weibox status --json | jq .troubles"),
    command("service", LISTENER, "输出本程序与当前设置的 systemd 单元，或写入目录")
        .note(
            "systemd holds the port, so that a restart refuses no call. Settings that are given as flags are written into the unit.",
            "端口由 systemd 持有，重启时不会拒绝请求。其他选项中的设置会写进单元。",
        )
        .examples("  weibox service --system\n  weibox --listen :8080 --app-secret-file ~/.weibo-secret service --user ~/.config/systemd/user\n  systemctl --user daemon-reload\n  systemctl --user enable --now weibox.socket weibox.service"),
    command("completions", Some(&[]), "输出 shell 补全脚本")
        .note(
            "Values are completed as well: queries with their fields, labels, senders' names, accounts and the tabs of your own; targets, alerts and bookmarks.",
            "取值也能补全：查询的字段、标签、发送者名字、账号与自己的标签页，以及转发目标、提醒和书签。",
        )
        .examples("  weibox completions bash > ~/.local/share/bash-completion/completions/weibox\n  weibox completions zsh > ~/.zfunc/_weibox\n  weibox completions fish > ~/.config/fish/completions/weibox.fish"),
    command("man", Some(&[]), "输出手册页").examples("  weibox man | man -l -"),
    command("doctor", LISTENER, "检查本机与设置，输出便于粘贴的报告；有问题时退出码为 1")
        .note(
            "It asks a server only when a flag says so, and prints no secret.",
            "只在选项指明时才请求服务器；不输出密钥。",
        )
        .examples("  weibox doctor\n  weibox doctor --token --public https://example.org/weibo"),
    command("config", LISTENER, "输出生效的设置及其来源，不含密钥").examples("  WEIBOX_LISTEN=:9000 weibox config"),
    command("help", Some(&[]), "显示本帮助，或某个命令的帮助"),
];

/// TABLE: command, flag and its Chinese text; the table of settings has the text of settings. An empty command stands
/// for all commands.
pub const FLAGS: &[(&str, &str, &str)] = &[
    ("", "help", "显示帮助"),
    ("", "version", "显示版本"),
    ("weibox", "plain", "逐行输出消息，不显示界面：供读屏软件和简单终端使用"),
    ("serve", "query", "只输出匹配的消息；所有消息照常保存"),
    ("serve", "count", "输出这么多条后结束；不指定时一直监听，不论是否有人读取输出"),
    ("serve", "no_listen", "不监听：作为集群的节点，只保留存档并供界面连接"),
    ("serve", "take_over", "接管启动它的 weibox，套接字经标准输入传入"),
    ("serve", "bookmark", "从此名称上次输出到的位置继续，崩溃后也一样；新名称从此刻之后的消息开始"),
    ("attach", "read_only", "不修改任何内容：不加标记、不下载、不改密钥"),
    ("bookmarks", "json", "每行输出一个 JSON 对象"),
    ("config", "json", "每行输出一个 JSON 对象"),
    ("status", "health", "仅在消息无法保存时退出码才为 1，与 `/healthz` 的 503 一致；外部故障不计"),
    ("status", "json", "输出一个 JSON 对象"),
    ("service", "user", "用户服务（默认）"),
    ("service", "system", "系统服务，以数据目录的所有者身份运行"),
    ("service", "directory", "把 `weibox.service` 与 `weibox.socket` 写入此目录；不指定时输出到屏幕"),
    ("simulate", "url", "要请求的回调地址；可多次指定，每次请求换下一个，如同经过负载均衡"),
    (
        "simulate",
        "as_bot",
        "改为在此地址扮演机器人；`--scenario` 为 answers、silent、slow、flaky、fails、hangs、wrong、huge 或 half",
    ),
    ("simulate", "from", "改为发送录下的推送：`export` 的输出，或每行一个请求体"),
    ("simulate", "expect", "录下的应答，与机器人的应答比较"),
    ("simulate", "record", "不比较，而是把机器人的应答写入 `--expect` 的文件"),
    (
        "simulate",
        "ignore",
        "应答 JSON 中可以不同的位置及其下级，例如 `/data/time`；`*` 表示列表或对象的任意成员，例如 `/data/articles/*/url`；可多次指定",
    ),
    ("simulate", "account", "以哪个账号签名；不指定时按地址的路径"),
    ("simulate", "count", "消息条数；不指定时场景中每条各一次"),
    ("simulate", "rate", "每秒条数；不指定时收到应答即发下一条"),
    ("simulate", "scenario", "发送哪个场景的消息：every-kind、demo、hostile、repeats、faults 或 load"),
    ("simulate", "media_listen", "在此地址提供消息的媒体文件，供 `--media-url` 使用"),
    ("replay", "to", "设置中的目标名称，或任意机器人的地址"),
    ("replay", "query", "只发送匹配的消息"),
    ("replay", "rate", "每秒条数；不指定时收到应答即发下一条"),
    ("replay", "dry_run", "不发送，只显示将发送多少条"),
    ("replay", "compare", "与另一个机器人的应答或录下的应答比较；另一个机器人自己每次都变的内容不计"),
    ("replay", "set_aside", "发送为该目标搁置的消息，并记录它接收了哪些"),
    ("replay", "json", "以一个 JSON 对象输出汇总"),
    ("cluster", "what", "`init` 在流不存在时创建，`status` 显示状况；有故障时退出码为 1"),
    ("cluster", "replicas", "由多少台服务器保存流的副本，用于 `init`；三台时可宕机一台"),
    ("cluster", "json", "输出一个 JSON 对象，用于 `status`"),
    ("alert", "what", "`test` 按该提醒的每种方式各发一条测试，并显示对方的应答；有失败时退出码为 1"),
    ("alert", "name", "提醒的名称"),
    ("verify", "url", "请求的 URL、其查询串，或含有它的一行日志；请加引号，否则 shell 会在 `&` 处截断"),
    ("export", "format", "格式：jsonl（每行一个 JSON 对象，默认）或 csv（带表头）"),
    ("export", "csv_raw", "CSV 单元格保持原样，供程序使用（表格软件会执行形似公式的内容）"),
    ("export", "query", "只输出匹配的消息"),
    ("import", "files", "每行一个 JSON 的文件；`-` 为标准输入；也可以是移到一旁的损坏存档的目录"),
    ("prune", "older_than", "清理早于此的消息，不论设置如何：`90d` 或 `36h`"),
    ("prune", "samples", "只清理 weibox 自己生成的样例消息"),
    ("prune", "dry_run", "只显示将清理什么，不实际清理"),
    ("download", "all", "所有尚未下载的文件"),
    ("download", "seqs", "要下载文件的消息序号"),
    ("reply", "to", "要回复的消息序号，或 `uid:` 加发送者编号"),
    ("reply", "text", "回复内容，少于 300 字"),
    ("reply", "file", "含回复内容的文件；`-` 为标准输入"),
    ("reply", "position", "改为发送位置：纬度与经度"),
    (
        "reply",
        "articles",
        "改为发送图文：JSON 列表文件，1 到 8 项，各有 display_name、summary、url、image；`-` 为标准输入",
    ),
    ("reply", "json", "输出一个 JSON 对象：`id`、`state`（waiting、sent、refused 或 unknown）、`reason`"),
    ("completions", "shell", "bash、elvish、fish、powershell 或 zsh"),
    ("doctor", "deep", "逐条消息核对搜索索引和所有计数：一百万条约 20 秒"),
    ("doctor", "public", "像微博那样与填写在微博的 URL 握手，并解释第一处差异"),
    ("doctor", "token", "向微博请求一个不存在的文件，检查访问令牌是否有效"),
];
