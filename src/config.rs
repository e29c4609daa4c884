//! TABLE: the settings. Precedence: defaults < file < environment < flags. Each value is checked once and knows its
//! source.
//!
//! A setting is one row of the table below and an entry in `assets/config.toml`. The row yields its field in
//! [`Config`], its flag, variable and key, its help in both languages, its line in `weibox config` and its row in
//! README; tests compare what is not generated. A row has, in this order: the constant and the field, the type, how
//! it is read (a method of [`layers::Layers`], with a check from `check`), how it is shown, and its names in each
//! place.
//!
//! This is the only room that reads environment variables. It opens the config file, the files of the secrets and
//! the quick replies, nothing else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use ipnet::IpNet;
use secrecy::SecretString;
use tracing::level_filters::LevelFilter;
use url::Url;

use crate::cluster::AckMode;
use crate::controls::keymap::Keymap;
use crate::controls::looks::{Glyphs, Theme};
use crate::controls::tab::Tab;
use crate::forward::target::Target;
use crate::language::Language;
use crate::media::picture::drawing::Images;
use crate::names::NamePolicy;
use crate::notify::alert::{Alert, Channel};
use crate::notify::silence::ExpectedCalls;
use crate::place::datum::Assumed;
use crate::reason::{Fault, Reason};
use crate::record::policy::Auto;
use crate::record::template::Template;
use crate::weibo::Kind;
use crate::weibo::reply::Rule;

mod account;
mod check;
mod environment;
mod fault;
mod file;
mod layers;
mod near;
mod node;
mod options;
mod row;
mod secret;
mod short;
mod show;
mod source;
mod whole;

pub use account::Account;
pub use check::{OnHangup, age, local_address};
pub use environment::{COMPLETE, Desktop, Environment, Surroundings};
pub use file::quick_replies;
pub use options::Options;
pub use row::{SettingRow, secret_variables};
pub use secret::{keep, write};
pub use show::ShownValue;
pub use source::{Setting, Source};

use layers::Layers;
use row::{setting, settings};

settings! {
    /// Path of the config file, which need not exist.
    FILE file: PathBuf = config_file(), show::path,
        setting("config").without_key().flag("--config", "FILE").variable("WEIBOX_CONFIG")
            .default("$XDG_CONFIG_HOME/weibox/config.toml").takes("a file", "文件").help("Config file", "配置文件");

    /// Address to listen on; port 0 picks any free port.
    LISTEN listen: SocketAddr = text(check::listen), ToString::to_string,
        setting("listen").flag("--listen", "ADDR").variable("WEIBOX_LISTEN").default("127.0.0.1:8080")
            .takes("an IP address and a port, such as `127.0.0.1:8080`, `:8080` for every address or `localhost:8080`",
                   "IP 地址与端口，例如 `127.0.0.1:8080`；`:8080` 表示所有地址；或 `localhost:8080`")
            .help("Address to listen on; port 0 picks any free one", "监听地址；端口 0 为任意空闲端口");

    /// The only path that the listener answers, beginning with `/`.
    PATH path: String = text(check::path), Clone::clone,
        setting("path").flag("--path", "PATH").variable("WEIBOX_PATH").default("/weibo")
            .takes("a path that begins with `/`, without spaces, query and fragment", "以 `/` 开头的路径，不含空格、查询串与片段")
            .help("Path that Weibo calls", "微博请求的路径");

    /// Directory for messages, media and the log.
    DATA_DIR data_dir: PathBuf = data_dir(), show::path,
        setting("data_dir").flag("--data-dir", "DIR").variable("WEIBOX_DATA_DIR").default("$XDG_DATA_HOME/weibox")
            .takes("a directory", "目录").help("Directory for messages and media", "消息和媒体文件的目录");

    /// URL that media are downloaded from (protocol §7.1): http or https, without user, query and fragment.
    MEDIA_URL media_url: Url = text(check::plain_url), ToString::to_string,
        setting("media_url").flag("--media-url", "URL").variable("WEIBOX_MEDIA_URL")
            .default("https://upload.api.weibo.com/2/mss/msget")
            .takes("an address that begins with `https://` or `http://`, without user, query and fragment",
                   "以 `https://` 或 `http://` 开头的网址，不含用户名、查询串与片段")
            .help("Address to download media from", "下载媒体文件的地址");

    /// App secret, with which Weibo signs: printable ASCII. Only the variable holds the secret itself; flag and key
    /// name a file.
    APP_SECRET app_secret: Option<SecretString> = secret(), show::masked,
        setting("app_secret").key("app_secret_file").flag("--app-secret-file", "FILE").variable("WEIBOX_APP_SECRET")
            .secret("app secret", "App Secret").takes("the app secret alone, on one line", "单独一行的 App Secret")
            .help("File with the app secret, which verifies Weibo's calls", "含 App Secret 的文件，用于验证微博的签名");

    /// Access token, which downloads, names and replies need: printable ASCII. Only the variable holds the token itself; flag and key
    /// name a file.
    ACCESS_TOKEN access_token: Option<SecretString> = secret(), show::masked,
        setting("access_token").key("access_token_file").flag("--access-token-file", "FILE").variable("WEIBOX_ACCESS_TOKEN")
            .secret("access token", "访问令牌").takes("the access token alone, on one line", "单独一行的访问令牌")
            .help("File with the access token, which downloads, names and replies need", "含访问令牌的文件，下载、查询昵称与回复都需要");

    /// Whether unsigned messages may come from beyond this machine. It has no variable, because it should be
    /// visible where weibox is started or set up.
    INSECURE_ACCEPT_UNSIGNED insecure_accept_unsigned: bool = truth(), ToString::to_string,
        setting("insecure_accept_unsigned").flag("--insecure-accept-unsigned", "").default("false")
            .takes("`true` or `false`", "`true` 或 `false`")
            .help("Listen beyond this machine without an app secret: anyone can then post messages",
                  "没有 App Secret 也对外监听：任何人都能投递消息");

    /// Maximum size of a callback's body in bytes; Weibo's have a few hundred. With a larger limit, all connections
    /// together could fill the memory.
    BODY_LIMIT body_limit: usize = number(|text| check::within(text, 1024..=16 << 20)), ToString::to_string,
        setting("body_limit").default("1048576").takes("a number of bytes from 1024 to 16777216", "1024 到 16777216 字节");

    /// Proxies that are trusted to name the client.
    TRUSTED_PROXIES trusted_proxies: Vec<IpNet> = list(check::network), |networks| show::list(networks),
        setting("trusted_proxies").default("[]")
            .takes("networks, such as `[\"127.0.0.1\", \"10.0.0.0/8\"]`", "网段，例如 `[\"127.0.0.1\", \"10.0.0.0/8\"]`");

    /// Networks that may call; empty for all.
    ALLOW allow: Vec<IpNet> = list(check::network), |networks| show::list(networks),
        setting("allow").default("[]")
            .takes("networks, such as `[\"192.0.2.7\", \"2001:db8::/32\"]`", "网段，例如 `[\"192.0.2.7\", \"2001:db8::/32\"]`");

    /// What happens to the listener when its dashboard's terminal hangs up.
    ON_HANGUP on_hangup: OnHangup = text(OnHangup::from_name), |on_hangup| on_hangup.name().to_owned(),
        setting("on_hangup").variable("WEIBOX_ON_HANGUP").default("detach").takes("one of detach, stop", "detach、stop 之一");

    /// File of the TLS certificate chain; when it is set, the listener speaks only TLS.
    TLS_CERT tls_cert: Option<PathBuf> = pem(), show::optional_path,
        setting("tls.cert").flag("--tls-cert", "FILE").variable("WEIBOX_TLS_CERT").pem()
            .takes("a PEM file with the certificate chain, together with `tls.key`", "证书链的 PEM 文件，与 `tls.key` 一起设置")
            .help("Certificate chain for TLS, PEM; it is read again when it changes", "TLS 证书链，PEM；文件变化时重新读取");

    /// File of the certificate's private key; set together with the chain.
    TLS_KEY tls_key: Option<PathBuf> = pem(), show::optional_path,
        setting("tls.key").flag("--tls-key", "FILE").variable("WEIBOX_TLS_KEY").pem()
            .takes("a PEM file with the certificate's private key, together with `tls.cert`",
                   "证书私钥的 PEM 文件，与 `tls.cert` 一起设置")
            .help("Private key of the certificate, PEM", "证书的私钥，PEM");

    /// Maximum difference between a signature's timestamp and now; `None` for no limit. Weibo promises nothing
    /// about timestamps (protocol T14).
    SIGNATURE_MAX_AGE signature_max_age: Option<Duration> = number(check::max_age), show::seconds,
        setting("signature.max_age").default("0")
            .takes("a number of seconds from 1 to 86400, or 0 for no limit", "1 到 86400 秒，0 表示不限");

    /// When media are downloaded automatically.
    DOWNLOAD_AUTO download_auto: Auto = text(Auto::from_name), |auto| auto.name().to_owned(),
        setting("download.auto").flag("--download-auto", "WHAT").variable("WEIBOX_DOWNLOAD_AUTO").default("off")
            .takes("one of off, selected, all", "off、selected、all 之一")
            .help("Automatic downloads: off, selected (the message being viewed) or all",
                  "自动下载：off 关闭，selected 正在查看的，all 全部");

    /// Kinds of messages whose media are downloaded automatically; empty for every kind.
    DOWNLOAD_TYPES download_types: Vec<Kind> = list(check::kind_with_file), show::kinds,
        setting("download.types").default("[]")
            .takes("kinds of messages with files, such as `[\"image\", \"voice\", \"unknown\"]`",
                   "带文件的消息类型，例如 `[\"image\", \"voice\", \"unknown\"]`");

    /// Layout of the files below the media directory.
    DOWNLOAD_PATH download_path: Template = template(), |template| template.text().to_owned(),
        setting("download.path").default(Template::DEFAULT)
            .takes("a path below the media directory of words and `{date}`, `{time}`, `{sender}`, `{fid}`, `{type}`, `{ext}`",
                   "媒体目录下的路径，由文字与 `{date}`、`{time}`、`{sender}`、`{fid}`、`{type}`、`{ext}` 组成");

    /// Maximum number of concurrent downloads. More are pointless under Weibo's limits on calls.
    DOWNLOAD_CONCURRENCY download_concurrency: usize = number(|text| check::within(text, 1..=64)), ToString::to_string,
        setting("download.concurrency").default("4").takes("a number from 1 to 64", "1 到 64 的数");

    /// Maximum bandwidth of all downloads together, in bytes per second; `None` for no limit.
    DOWNLOAD_BANDWIDTH download_bandwidth: Option<u64> = limit(check::size), show::size,
        setting("download.bandwidth").default("off")
            .takes("`off`, or a size such as `500KB` or `2MB`", "`off`，或大小，例如 `500KB` 或 `2MB`");

    /// Maximum size of a file that is kept, in bytes.
    DOWNLOAD_MAX_BYTES download_max_bytes: u64 = number(|text| check::within(text, 1..)), ToString::to_string,
        setting("download.max_bytes").default("67108864").takes("a number of bytes, at least 1", "字节数，至少 1");

    /// Age since receipt at which messages are removed; `None` for never.
    RETENTION_MAX_AGE retention_max_age: Option<TimeDelta> = limit(check::age), show::age,
        setting("retention.max_age").default("off")
            .takes("`off`, or a number of days or hours such as `90d` or `36h`", "`off`，或天数、小时数，例如 `90d` 或 `36h`");

    /// Maximum size of the archive in bytes, beyond which the oldest messages are removed; `None` for no limit.
    RETENTION_MAX_SIZE retention_max_size: Option<u64> = limit(check::size), show::size,
        setting("retention.max_size").default("off")
            .takes("`off`, or a size such as `500MB` or `10GB`", "`off`，或大小，例如 `500MB` 或 `10GB`");

    /// Maximum size of all media in bytes, beyond which the oldest files are removed; `None` for no limit.
    RETENTION_MEDIA_MAX_SIZE retention_media_max_size: Option<u64> = limit(check::size), show::size,
        setting("retention.media_max_size").default("off")
            .takes("`off`, or a size such as `500MB` or `10GB`", "`off`，或大小，例如 `500MB` 或 `10GB`");

    /// Address for metrics (Prometheus); `None` for none. A port alone listens on this machine only.
    METRICS_LISTEN metrics_listen: Option<SocketAddr> = limit(check::local_address), show::optional,
        setting("metrics.listen").flag("--metrics", "ADDR").variable("WEIBOX_METRICS").default("off")
            .takes("`off`, or an IP address and a port, such as `127.0.0.1:9184`; `:9184` is reached from this machine only",
                   "`off`，或 IP 地址与端口，例如 `127.0.0.1:9184`；`:9184` 仅限本机")
            .help("Address for metrics (OpenMetrics) and `/healthz`; `:9184` is reached from this machine only",
                  "指标（OpenMetrics）与 `/healthz` 的地址；`:9184` 仅限本机");

    /// Public URL of the self-test, which does Weibo's handshake every few minutes; `None` for no test.
    WATCH_SELF_TEST watch_self_test: Option<Url> = limit(check::plain_url), show::optional,
        setting("watch.self_test").default("off")
            .takes("`off`, or the URL that was entered at Weibo, such as `https://example.org/weibo`",
                   "`off`，或填写在微博的 URL，例如 `https://example.org/weibo`");

    /// Pause between two self-tests.
    WATCH_EVERY watch_every: Duration = number(check::minutes), |pause| (pause.as_secs() / 60).to_string(),
        setting("watch.every").default("5").takes("a number of minutes from 1 to 1440", "1 到 1440 分钟");

    /// How long calls may pause, and at which hours, before weibox reports it; `None` for no report.
    WATCH_SILENCE watch_silence: Option<ExpectedCalls> = limit(ExpectedCalls::parse), show::optional,
        setting("watch.silence").default("off")
            .takes("`off`, or a time such as `30m`, with hours of the day `30m 09:00-22:00`",
                   "`off`，或时长，例如 `30m`，可加时段 `30m 09:00-22:00`");

    /// Player of voices: `auto`, or a program with its arguments.
    VOICE_PLAYER voice_player: String = text(check::player), Clone::clone,
        setting("voice.player").default("auto")
            .takes("`auto`, or a program with its arguments, such as `mpv --no-video`",
                   "`auto`，或带参数的程序，例如 `mpv --no-video`");

    /// Whether a search word in Latin letters also matches pinyin.
    SEARCH_PINYIN search_pinyin: bool = truth(), ToString::to_string,
        setting("search.pinyin").default("true").takes("`true` or `false`", "`true` 或 `false`");

    /// Datum that positions are assumed to have (protocol §10).
    POSITION_DATUM position_datum: Assumed = text(Assumed::from_name), |assumed| assumed.name().to_owned(),
        setting("position.datum").default("auto").takes("one of auto, gcj02, wgs84, bd09", "auto、gcj02、wgs84、bd09 之一");

    /// Language of the screen.
    LANGUAGE language: Language = language(), |language| language.name().to_owned(),
        setting("dashboard.language").variable("WEIBOX_LANGUAGE").default("auto")
            .takes("one of auto (that of the locale), en, zh", "auto（按区域设置）、en、zh 之一");

    /// Colours of the screen; [`Theme::None`] where `NO_COLOR` is set and no layer sets a theme.
    THEME theme: Theme = theme(), |theme| theme.name().to_owned(),
        setting("dashboard.theme").default("terminal")
            .takes("one of terminal, dark, light, none", "terminal、dark、light、none 之一");

    /// What frames, bars and marks are made of.
    GLYPHS glyphs: Glyphs = text(Glyphs::from_name), |glyphs| glyphs.name().to_owned(),
        setting("dashboard.glyphs").default("unicode").takes("one of unicode, ascii", "unicode、ascii 之一");

    /// How pictures are shown.
    IMAGES images: Images = text(check::images), |images| images.name().to_owned(),
        setting("dashboard.images").variable("WEIBOX_IMAGES").default("auto")
            .takes("one of auto (the best that the terminal can), kitty, iterm2, sixel, halfblocks, off",
                   "auto（终端支持的最佳方式）、kitty、iterm2、sixel、halfblocks、off 之一");

    /// Whether the mouse is captured at the start.
    MOUSE mouse: bool = truth(), ToString::to_string,
        setting("dashboard.mouse").default("false").takes("`true` or `false`", "`true` 或 `false`");

    /// Name that others who look at the same archive see.
    USER user: String = user(), Clone::clone,
        setting("dashboard.user").flag("--as", "NAME").variable("WEIBOX_USER").default("$USER")
            .takes("a name, which others see while you answer a sender", "名称，你回复某个发送者时其他人会看到")
            .help("Your name, which others see while you answer a sender: `claimed by NAME`", "你的名称，其他界面据此显示“NAME 正在回复”");

    /// Keys of each action; the source is the file as soon as it binds one.
    KEYS keymap: Keymap = keymap(), show::keymap,
        setting("keys").takes("actions and lists of keys", "操作与按键列表");

    /// Saved queries as tabs, to the right of the built-in ones.
    TABS tabs: Vec<Tab> = tabs(), show::tabs,
        setting("tab").takes("tabs with a name and a query", "标签页，各有名称与查询");

    /// Several accounts, each with a path, a secret and a token of its own; empty when the settings above are the
    /// only account.
    ACCOUNT accounts: Vec<Account> = accounts(), |accounts| show::accounts(accounts),
        setting("account").takes("accounts with a name, a path and the files of their secrets", "账号，各有名称、路径与密钥文件");

    /// Targets: the user's bots, which get the messages.
    FORWARD targets: Vec<Target> = targets(), |targets| show::targets(targets),
        setting("forward").flag("--forward", "URL").variable("WEIBOX_FORWARD")
            .takes("the address of your bot, such as `http://127.0.0.1:5000/weibo`, without user, password and fragment; beyond private networks `https`",
                   "机器人的地址，例如 `http://127.0.0.1:5000/weibo`，不含用户、密码、片段；内网之外须用 `https`")
            .help("Address of your bot, which is called `bot`: it gets each message, and what it answers in time is the answer to Weibo",
                  "机器人的地址，其名称为 `bot`：每条消息都会转发给它，它及时的应答就是给微博的应答");

    /// Channels that alerts are sent to.
    CHANNEL channels: Vec<Arc<Channel>> = channels(), |channels| show::channels(channels),
        setting("channel").takes("channels with a name, a kind, and an address or a program", "渠道，各有名称、类型，以及网址或程序");

    /// Alerts: what rings, and where.
    ALERT alerts: Vec<Alert> = alerts(&channels.value), |alerts| show::alerts(alerts),
        setting("alert").takes("alerts with a name, a query, and how they are told", "提醒，各有名称、查询与送达方式");

    /// Whether replies may be sent, which speak for the account.
    ANSWERS_ENABLED answers_enabled: bool = truth(), ToString::to_string,
        setting("answers.enabled").flag("--answers", "").variable("WEIBOX_ANSWERS").default("false")
            .takes("`true` or `false`", "`true` 或 `false`")
            .help("Allow replies, which are sent in the name of the account", "允许发送回复：以账号的名义发出");

    /// URL that replies are sent to (protocol §6): http or https, without user, query and fragment.
    ANSWERS_URL answers_url: Url = text(check::plain_url), ToString::to_string,
        setting("answers.url").flag("--reply-url", "URL").variable("WEIBOX_REPLY_URL")
            .default("https://m.api.weibo.com/2/messages/reply.json")
            .takes("an address that begins with `https://` or `http://`, without user, query and fragment",
                   "以 `https://` 或 `http://` 开头的网址，不含用户名、查询串与片段")
            .help("Address to send replies to", "发送回复的地址");

    /// The senders whose names weibox looks up, given an access token.
    NAMES names: NamePolicy = text(NamePolicy::from_name), |policy| policy.name().to_owned(),
        setting("names").flag("--names", "WHAT").variable("WEIBOX_NAMES").default("shown")
            .takes("one of off, shown, all", "off、shown、all 之一")
            .help("Names of senders: off, shown (of those on the screen; needs an access token) or all",
                  "发送者昵称：off 不查询，shown 查询屏幕上的（需访问令牌），all 查询全部");

    /// URL for looking up names (protocol §8.1): http or https, without user, query and fragment.
    NAMES_URL names_url: Url = text(check::plain_url), ToString::to_string,
        setting("names_url").flag("--names-url", "URL").variable("WEIBOX_NAMES_URL")
            .default("https://api.weibo.com/2/eps/user/info.json")
            .takes("an address that begins with `https://` or `http://`, without user, query and fragment",
                   "以 `https://` 或 `http://` 开头的网址，不含用户名、查询串与片段")
            .help("Address to ask for names", "查询昵称的地址");

    /// URLs of the NATS servers that carry messages to other nodes; empty for no cluster.
    CLUSTER_URL cluster_url: Vec<Url> = list(check::nats_url), |urls| show::list(urls),
        setting("cluster.url").default("[]")
            .takes("addresses that begin with `tls://`, or with `nats://` on this machine, such as `[\"tls://n1.example.org:4222\"]`",
                   "以 `tls://` 开头的地址，本机可用 `nats://`，例如 `[\"tls://n1.example.org:4222\"]`");

    /// Name of the stream.
    CLUSTER_STREAM cluster_stream: String = text(check::nats_name), Clone::clone,
        setting("cluster.stream").default("WEIBOX").takes("letters, digits, `-` and `_`, at most 32", "字母、数字、`-`、`_`，最多 32 个");

    /// Name of this node.
    CLUSTER_NODE cluster_node: String = node(), Clone::clone,
        setting("cluster.node").variable("WEIBOX_CLUSTER_NODE").default("$HOSTNAME").takes("letters, digits, `-` and `_`, at most 32", "字母、数字、`-`、`_`，最多 32 个");

    /// What the answer to Weibo waits for.
    CLUSTER_ACK cluster_ack: AckMode = text(AckMode::from_name), |ack| ack.name().to_owned(),
        setting("cluster.ack").default("quorum").takes("one of quorum, local", "quorum、local 之一");

    /// How long the stream keeps its events.
    CLUSTER_KEEP cluster_keep: TimeDelta = text(check::age), |keep| show::age(&Some(*keep)),
        setting("cluster.keep").default("30d").takes("a number of days or hours such as `30d` or `36h`", "天数、小时数，例如 `30d` 或 `36h`");

    /// User at the NATS servers.
    CLUSTER_USER cluster_user: Option<String> = optional(check::nats_name), show::optional,
        setting("cluster.user").takes("letters, digits, `-` and `_`, at most 32", "字母、数字、`-`、`_`，最多 32 个");

    /// Password of that user: printable ASCII. Only the variable holds it; the key names a file.
    CLUSTER_PASSWORD cluster_password: Option<SecretString> = secret(), show::masked,
        setting("cluster_password").key("cluster.password_file").variable("WEIBOX_CLUSTER_PASSWORD")
            .secret("password of the cluster", "集群密码").takes("the password alone, on one line", "单独一行的密码");

    /// File of the certificate authorities that verify the servers; without it the system's authorities do.
    CLUSTER_TLS_CA cluster_tls_ca: Option<PathBuf> = pem(), show::optional_path,
        setting("cluster.tls_ca").pem().takes("a PEM file with the certificates of authorities", "含 CA 证书的 PEM 文件");

    /// File of the certificate chain that this node presents to the servers.
    CLUSTER_TLS_CERT cluster_tls_cert: Option<PathBuf> = pem(), show::optional_path,
        setting("cluster.tls_cert").pem().takes("a PEM file with a certificate chain, together with `cluster.tls_key`", "证书链的 PEM 文件，与 `cluster.tls_key` 一起设置");

    /// File of that certificate's private key; set together with the chain.
    CLUSTER_TLS_KEY cluster_tls_key: Option<PathBuf> = pem(), show::optional_path,
        setting("cluster.tls_key").pem().takes("a PEM file with the private key, together with `cluster.tls_cert`", "私钥的 PEM 文件，与 `cluster.tls_cert` 一起设置");

    /// Monitoring URLs of the servers, which report how they store the stream.
    CLUSTER_MONITOR cluster_monitor: Vec<Url> = list(check::plain_url), |urls| show::list(urls),
        setting("cluster.monitor").default("[]")
            .takes("addresses of the servers' monitoring, such as `[\"http://127.0.0.1:8222\"]`", "服务器监控地址，例如 `[\"http://127.0.0.1:8222\"]`");

    /// Rules of the passive reply; the source is the file as soon as it has one.
    REPLY replies: Vec<Rule> = replies(), show::rules,
        setting("reply").takes("reply rules", "回复规则");

    /// Level of the log.
    LOG log: LevelFilter = text(|text| text.parse().ok()), ToString::to_string,
        setting("log").variable("WEIBOX_LOG").default("info")
            .takes("a level of the log: one of off, error, warn, info, debug, trace", "日志级别：off、error、warn、info、debug、trace 之一");
}
