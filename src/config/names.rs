//! The table of settings: what each is called in every place where it can be set, its default, and what it takes.
//!
//! The config, its errors, `weibox config` and the tests read it; the help text of a flag repeats it, and a test compares.

use crate::language::Words;

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// What `weibox config` and errors call it.
    pub name: &'static str,
    /// The key in the config file, with its table.
    pub key: Option<&'static str>,
    /// The flag, with its dashes.
    pub flag: Option<&'static str>,
    /// The environment variable.
    pub variable: Option<&'static str>,
    /// The default as one would write it; `None` where it depends on the machine, or there is none.
    pub default: Option<&'static str>,
    /// What it takes, to continue "it takes".
    pub takes: Words,
}

/// What most settings have none of.
const BLANK: Name = Name { name: "", key: None, flag: None, variable: None, default: None, takes: Words::new("", "") };

/// The config file.
pub const FILE: &Name = &Name {
    name: "config",
    flag: Some("--config"),
    variable: Some("WEIBOX_CONFIG"),
    takes: Words::new("a file", "文件"),
    ..BLANK
};
/// Where to listen.
pub const LISTEN: &Name = &Name {
    name: "listen",
    key: Some("listen"),
    flag: Some("--listen"),
    variable: Some("WEIBOX_LISTEN"),
    default: Some("127.0.0.1:8080"),
    takes: Words::new(
        "an IP address and a port, such as `127.0.0.1:8080`, `:8080` for every address or `localhost:8080`",
        "IP 地址与端口，例如 `127.0.0.1:8080`；`:8080` 表示所有地址；或 `localhost:8080`",
    ),
};
/// The path Weibo calls.
pub const PATH: &Name = &Name {
    name: "path",
    key: Some("path"),
    flag: Some("--path"),
    variable: Some("WEIBOX_PATH"),
    default: Some("/weibo"),
    takes: Words::new(
        "a path that begins with `/`, without spaces, query and fragment",
        "以 `/` 开头的路径，不含空格、查询串与片段",
    ),
};
/// Where everything is kept.
pub const DATA_DIR: &Name = &Name {
    name: "data_dir",
    key: Some("data_dir"),
    flag: Some("--data-dir"),
    variable: Some("WEIBOX_DATA_DIR"),
    takes: Words::new("a directory", "目录"),
    ..BLANK
};
/// Where media come from (protocol §7.1).
pub const MEDIA_URL: &Name = &Name {
    name: "media_url",
    key: Some("media_url"),
    flag: Some("--media-url"),
    variable: Some("WEIBOX_MEDIA_URL"),
    default: Some("https://upload.api.weibo.com/2/mss/msget"),
    takes: Words::new(
        "an address that begins with `https://` or `http://`, without user, query and fragment",
        "以 `https://` 或 `http://` 开头的网址，不含用户名、查询串与片段",
    ),
};
/// What Weibo signs with. Only the variable holds the secret itself; flag and key name a file.
pub const APP_SECRET: &Name = &Name {
    name: "app_secret",
    key: Some("app_secret_file"),
    flag: Some("--app-secret-file"),
    variable: Some("WEIBOX_APP_SECRET"),
    takes: Words::new("the app secret alone, on one line", "单独一行的 App Secret"),
    ..BLANK
};
/// What downloads need. Only the variable holds the token itself; flag and key name a file.
pub const ACCESS_TOKEN: &Name = &Name {
    name: "access_token",
    key: Some("access_token_file"),
    flag: Some("--access-token-file"),
    variable: Some("WEIBOX_ACCESS_TOKEN"),
    takes: Words::new("the access token alone, on one line", "单独一行的访问令牌"),
    ..BLANK
};
/// Several accounts.
pub const ACCOUNT: &Name = &Name {
    name: "account",
    key: Some("account"),
    takes: Words::new("accounts with a name, a path and the files of their secrets", "账号，各有名称、路径与密钥文件"),
    ..BLANK
};
/// Whether anyone may post. No variable: it should be visible where weibox is started or set up.
pub const INSECURE_ACCEPT_UNSIGNED: &Name = &Name {
    name: "insecure_accept_unsigned",
    key: Some("insecure_accept_unsigned"),
    flag: Some("--insecure-accept-unsigned"),
    default: Some("false"),
    takes: Words::new("`true` or `false`", "`true` 或 `false`"),
    ..BLANK
};
/// Proxies that say for whom they speak.
pub const TRUSTED_PROXIES: &Name = &Name {
    name: "trusted_proxies",
    key: Some("trusted_proxies"),
    default: Some("[]"),
    takes: Words::new(
        "networks, such as `[\"127.0.0.1\", \"10.0.0.0/8\"]`",
        "网段，例如 `[\"127.0.0.1\", \"10.0.0.0/8\"]`",
    ),
    ..BLANK
};
/// Who may call.
pub const ALLOW: &Name = &Name {
    name: "allow",
    key: Some("allow"),
    default: Some("[]"),
    takes: Words::new(
        "networks, such as `[\"192.0.2.7\", \"2001:db8::/32\"]`",
        "网段，例如 `[\"192.0.2.7\", \"2001:db8::/32\"]`",
    ),
    ..BLANK
};
/// How old a signature may be; Weibo promises nothing about timestamps (protocol T14).
pub const SIGNATURE_MAX_AGE: &Name = &Name {
    name: "signature.max_age",
    key: Some("signature.max_age"),
    default: Some("0"),
    takes: Words::new("a number of seconds from 1 to 86400, or 0 for no limit", "1 到 86400 秒，0 表示不限"),
    ..BLANK
};
/// The certificate chain for TLS.
pub const TLS_CERT: &Name = &Name {
    name: "tls.cert",
    key: Some("tls.cert"),
    flag: Some("--tls-cert"),
    variable: Some("WEIBOX_TLS_CERT"),
    takes: Words::new(
        "a PEM file with the certificate chain, together with `tls.key`",
        "证书链的 PEM 文件，与 `tls.key` 一起设置",
    ),
    ..BLANK
};
/// The private key for TLS.
pub const TLS_KEY: &Name = &Name {
    name: "tls.key",
    key: Some("tls.key"),
    flag: Some("--tls-key"),
    variable: Some("WEIBOX_TLS_KEY"),
    takes: Words::new(
        "a PEM file with the certificate's private key, together with `tls.cert`",
        "证书私钥的 PEM 文件，与 `tls.cert` 一起设置",
    ),
    ..BLANK
};
/// The longest body; Weibo's have a few hundred bytes.
pub const BODY_LIMIT: &Name = &Name {
    name: "body_limit",
    key: Some("body_limit"),
    default: Some("1048576"),
    takes: Words::new("a number of bytes from 1024 to 16777216", "1024 到 16777216 字节"),
    ..BLANK
};
/// What is downloaded without being asked for.
pub const DOWNLOAD_AUTO: &Name = &Name {
    name: "download.auto",
    key: Some("download.auto"),
    flag: Some("--download-auto"),
    variable: Some("WEIBOX_DOWNLOAD_AUTO"),
    default: Some("off"),
    takes: Words::new("one of off, selected, all", "off、selected、all 之一"),
};
/// The kinds for which that holds.
pub const DOWNLOAD_TYPES: &Name = &Name {
    name: "download.types",
    key: Some("download.types"),
    default: Some("[]"),
    takes: Words::new(
        "kinds of messages with files, such as `[\"image\", \"voice\", \"unknown\"]`",
        "带文件的消息类型，例如 `[\"image\", \"voice\", \"unknown\"]`",
    ),
    ..BLANK
};
/// Where files are put.
pub const DOWNLOAD_PATH: &Name = &Name {
    name: "download.path",
    key: Some("download.path"),
    default: Some("{date}/{time}-{sender}-{fid}.{ext}"),
    takes: Words::new(
        "a path below the media directory of words and `{date}`, `{time}`, `{sender}`, `{fid}`, `{type}`, `{ext}`",
        "媒体目录下的路径，由文字与 `{date}`、`{time}`、`{sender}`、`{fid}`、`{type}`、`{ext}` 组成",
    ),
    ..BLANK
};
/// Downloads at once.
pub const DOWNLOAD_CONCURRENCY: &Name = &Name {
    name: "download.concurrency",
    key: Some("download.concurrency"),
    default: Some("4"),
    takes: Words::new("a number from 1 to 64", "1 到 64 的数"),
    ..BLANK
};
/// How fast all downloads together may be, in bytes a second.
pub const DOWNLOAD_BANDWIDTH: &Name = &Name {
    name: "download.bandwidth",
    key: Some("download.bandwidth"),
    default: Some("off"),
    takes: Words::new("`off`, or a size such as `500KB` or `2MB`", "`off`，或大小，例如 `500KB` 或 `2MB`"),
    ..BLANK
};
/// The longest medium.
pub const DOWNLOAD_MAX_BYTES: &Name = &Name {
    name: "download.max_bytes",
    key: Some("download.max_bytes"),
    default: Some("67108864"),
    takes: Words::new("a number of bytes, at least 1", "字节数，至少 1"),
    ..BLANK
};
/// How old messages may get.
pub const RETENTION_MAX_AGE: &Name = &Name {
    name: "retention.max_age",
    key: Some("retention.max_age"),
    default: Some("off"),
    takes: Words::new(
        "`off`, or a number of days or hours such as `90d` or `36h`",
        "`off`，或天数、小时数，例如 `90d` 或 `36h`",
    ),
    ..BLANK
};
/// How large the archive may get.
pub const RETENTION_MAX_SIZE: &Name = &Name {
    name: "retention.max_size",
    key: Some("retention.max_size"),
    default: Some("off"),
    takes: Words::new("`off`, or a size such as `500MB` or `10GB`", "`off`，或大小，例如 `500MB` 或 `10GB`"),
    ..BLANK
};
/// How large all media together may get.
pub const RETENTION_MEDIA_MAX_SIZE: &Name = &Name {
    name: "retention.media_max_size",
    key: Some("retention.media_max_size"),
    default: Some("off"),
    takes: Words::new("`off`, or a size such as `500MB` or `10GB`", "`off`，或大小，例如 `500MB` 或 `10GB`"),
    ..BLANK
};
/// The language of the screen.
pub const LANGUAGE: &Name = &Name {
    name: "dashboard.language",
    key: Some("dashboard.language"),
    variable: Some("WEIBOX_LANGUAGE"),
    default: Some("auto"),
    takes: Words::new("one of auto (that of the locale), en, zh", "auto（按区域设置）、en、zh 之一"),
    ..BLANK
};
/// The colours of the screen.
pub const THEME: &Name = &Name {
    name: "dashboard.theme",
    key: Some("dashboard.theme"),
    default: Some("terminal"),
    takes: Words::new("one of terminal, dark, light, none", "terminal、dark、light、none 之一"),
    ..BLANK
};
/// What frames, bars and marks are made of.
pub const GLYPHS: &Name = &Name {
    name: "dashboard.glyphs",
    key: Some("dashboard.glyphs"),
    default: Some("unicode"),
    takes: Words::new("one of unicode, ascii", "unicode、ascii 之一"),
    ..BLANK
};
/// What pictures are shown with.
pub const IMAGES: &Name = &Name {
    name: "dashboard.images",
    key: Some("dashboard.images"),
    variable: Some("WEIBOX_IMAGES"),
    default: Some("auto"),
    takes: Words::new(
        "one of auto (the best that the terminal can), kitty, iterm2, sixel, halfblocks, off",
        "auto（终端支持的最佳方式）、kitty、iterm2、sixel、halfblocks、off 之一",
    ),
    ..BLANK
};
/// Whether the mouse is taken at the start.
pub const MOUSE: &Name = &Name {
    name: "dashboard.mouse",
    key: Some("dashboard.mouse"),
    default: Some("false"),
    takes: Words::new("`true` or `false`", "`true` 或 `false`"),
    ..BLANK
};
/// Saved queries as tabs.
pub const TABS: &Name = &Name {
    name: "tab",
    key: Some("tab"),
    takes: Words::new("tabs with a name and a query", "标签页，各有名称与查询"),
    ..BLANK
};
/// Which key asks for what.
pub const KEYS: &Name = &Name {
    name: "keys",
    key: Some("keys"),
    takes: Words::new("actions and lists of keys", "操作与按键列表"),
    ..BLANK
};
/// What plays voices.
pub const VOICE_PLAYER: &Name = &Name {
    name: "voice.player",
    key: Some("voice.player"),
    default: Some("auto"),
    takes: Words::new(
        "`auto`, or a program with its arguments, such as `mpv --no-video`",
        "`auto`，或带参数的程序，例如 `mpv --no-video`",
    ),
    ..BLANK
};
/// The datum that positions are taken to have (protocol §10).
pub const POSITION_DATUM: &Name = &Name {
    name: "position.datum",
    key: Some("position.datum"),
    default: Some("auto"),
    takes: Words::new("one of auto, gcj02, wgs84, bd09", "auto、gcj02、wgs84、bd09 之一"),
    ..BLANK
};
/// The rules of the passive reply.
pub const REPLY: &Name =
    &Name { name: "reply", key: Some("reply"), takes: Words::new("reply rules", "回复规则"), ..BLANK };
/// The log level.
pub const LOG: &Name = &Name {
    name: "log",
    variable: Some("WEIBOX_LOG"),
    default: Some("info"),
    takes: Words::new("one of off, error, warn, info, debug, trace", "off、error、warn、info、debug、trace 之一"),
    ..BLANK
};

/// Those whose variable is the secret itself: no other program gets to see it.
pub const SECRETS: [&Name; 2] = [APP_SECRET, ACCESS_TOKEN];

/// The variables that are secrets themselves, which nothing that is started gets to see.
#[must_use]
pub fn secret_variables() -> Vec<&'static str> {
    SECRETS.iter().filter_map(|name| name.variable).collect()
}

/// Every setting, in the order in which people read them.
pub const ALL: [&Name; 35] = [
    FILE,
    LISTEN,
    PATH,
    DATA_DIR,
    MEDIA_URL,
    APP_SECRET,
    ACCESS_TOKEN,
    ACCOUNT,
    INSECURE_ACCEPT_UNSIGNED,
    TLS_CERT,
    TLS_KEY,
    BODY_LIMIT,
    TRUSTED_PROXIES,
    ALLOW,
    SIGNATURE_MAX_AGE,
    DOWNLOAD_AUTO,
    DOWNLOAD_TYPES,
    DOWNLOAD_PATH,
    DOWNLOAD_CONCURRENCY,
    DOWNLOAD_BANDWIDTH,
    DOWNLOAD_MAX_BYTES,
    RETENTION_MAX_AGE,
    RETENTION_MAX_SIZE,
    RETENTION_MEDIA_MAX_SIZE,
    VOICE_PLAYER,
    POSITION_DATUM,
    LANGUAGE,
    THEME,
    GLYPHS,
    IMAGES,
    MOUSE,
    TABS,
    KEYS,
    REPLY,
    LOG,
];
