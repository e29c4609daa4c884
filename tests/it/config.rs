//! The settings, with real files: which layer wins, and what `config` shows.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use weibox::cli::Cli;
use weibox::config::{self, Config, Environment, Options, SettingRow, Source};
use weibox::controls::action::Action;
use weibox::reason::Fault;
use weibox::run;

mod refused;
mod secrets;

/// A secret that must never be visible.
const SECRET: &str = "0123456789abcdefSECRET0123456789";

/// A user: a home directory, optionally with a config file and secrets.
struct User {
    home: TempDir,
}

impl User {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn with_config(toml: &str) -> Self {
        let user = Self::new();
        user.write(".config/weibox/config.toml", toml);
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Loads the config with these flags and variables.
    fn load(&self, flags: &[&str], variables: &[(&str, &str)]) -> Result<Config, Fault> {
        let options = Cli::parse_from([&["weibox"], flags].concat()).options;
        Config::load(&options, &Environment::new(self.home.path(), variables))
    }

    /// Returns the text and the hint of the error, with the home directory written as `~`.
    fn refusal(&self, flags: &[&str], variables: &[(&str, &str)]) -> (String, String) {
        let error = self.load(flags, variables).unwrap_err();
        assert!(!format!("{error:?} {error}").contains(SECRET), "{error:?}");
        let home = self.home.path().to_str().unwrap();
        (error.to_string().replace(home, "~"), error.hint().map(|hint| hint.to_string()).unwrap_or_default())
    }
}

/// Returns the output of `weibox config`: name, value and source.
fn rows(config: &Config) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    run::settings::run(&mut out, config, false).unwrap();
    let text = String::from_utf8(out).unwrap();
    let cells =
        |line: &str| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect();
    text.lines()
        .map(|line| {
            let cells: Vec<String> = cells(line);
            let [name, value, source] = cells.try_into().unwrap();
            (name, value, source)
        })
        .collect()
}

fn row(config: &Config, name: &str) -> (String, String) {
    let (_, value, source) = rows(config).into_iter().find(|(found, ..)| found == name).unwrap();
    (value, source)
}

/// Returns a default as it is shown when nothing sets the language.
fn in_force(name: &SettingRow) -> Option<&'static str> {
    if name == config::LANGUAGE { Some("en") } else { name.default.filter(|default| !default.starts_with('$')) }
}

#[test]
fn the_screen_speaks_the_language_of_the_locale_unless_told() {
    let user = User::with_config("[dashboard]\nlanguage = 'auto'");
    for (variables, language) in [
        (&[("LANG", "zh_CN.UTF-8")][..], "zh"),
        (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], "en"),
        (&[("LC_MESSAGES", "zh_TW"), ("LANG", "en_US")], "zh"),
        (&[("LANG", "zh_CN.UTF-8"), ("WEIBOX_LANGUAGE", "en")], "en"),
    ] {
        assert_eq!(row(&user.load(&[], variables).unwrap(), "dashboard.language").0, language, "{variables:?}");
    }
}

#[test]
fn no_color_holds_unless_the_file_asks_for_a_theme() {
    let no_color = [("NO_COLOR", "1")];
    let plain = User::new().load(&[], &no_color).unwrap();
    assert_eq!(row(&plain, "dashboard.theme"), ("none".to_owned(), "environment NO_COLOR".to_owned()));
    let dark = User::with_config("[dashboard]\ntheme = 'dark'").load(&[], &no_color).unwrap();
    assert_eq!(row(&dark, "dashboard.theme").0, "dark");
}

#[test]
fn keys_of_the_file_take_the_place_of_those_of_the_table() {
    let config = User::with_config("[keys]\ndownload = ['x', 'ctrl-x']\ncopy = []").load(&[], &[]).unwrap();
    let keymap = &config.keymap.value;
    assert_eq!(keymap.text(Action::Download), "x Ctrl-X");
    assert_eq!((keymap.text(Action::Copy).as_str(), keymap.text(Action::Down).as_str()), ("", "j ↓"));
    assert_eq!(row(&config, "keys").0, "changed");
}

#[test]
fn without_anything_the_defaults_hold() {
    let user = User::new();
    let config = user.load(&[], &[]).unwrap();
    for name in config::ALL {
        let (value, source) = row(&config, name.name);
        assert_eq!(source, "default", "{}", name.name);
        if let Some(default) = in_force(name) {
            assert_eq!(value, default, "{}", name.name);
        }
    }
    assert_eq!(config.data_dir.value, user.path(".local/share/weibox"));
    assert_eq!(config.file.value, user.path(".config/weibox/config.toml"));
    assert!(!config.file_found && config.replies.value.is_empty() && config.warnings.is_empty());
    assert!(config.app_secret.value.is_none() && config.access_token.value.is_none());
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let user = User::new();
    let secret_by_file = user.write("by-file", "byfile");
    let secret_by_flag = user.write("by-flag", "by-the-flag");
    // The setting, its values in file, environment and flag, and how each is shown.
    let table = [
        (config::LISTEN, ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"], ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]),
        (config::PATH, ["/a", "/b", "/c"], ["/a", "/b", "/c"]),
        (config::DATA_DIR, ["/d/a", "/d/b", "/d/c"], ["/d/a", "/d/b", "/d/c"]),
        (config::DOWNLOAD_AUTO, ["off", "selected", "all"], ["off", "selected", "all"]),
        (config::MEDIA_URL, ["http://a/x", "http://b/x", "http://c/x"], ["http://a/x", "http://b/x", "http://c/x"]),
        (
            config::APP_SECRET,
            [&secret_by_file, "by-env", &secret_by_flag],
            ["set, 6 characters", "set, 6 characters", "set, 11 characters"],
        ),
        (
            config::ACCESS_TOKEN,
            [&secret_by_file, "by-variable", &secret_by_flag],
            ["set, 6 characters", "set, 11 characters", "set, 11 characters"],
        ),
    ];
    for (name, [in_file, in_environment, by_flag], shown) in table {
        let (flag, variable) = (name.flag.unwrap(), name.variable.unwrap());
        let file = user.write(".config/weibox/config.toml", &format!("{} = {in_file:?}", name.key.unwrap()));
        let with = |flags: &[&str], variables: &[(&str, &str)]| row(&user.load(flags, variables).unwrap(), name.name);
        assert_eq!(with(&[], &[]), (shown[0].into(), format!("file {file}")));
        assert_eq!(with(&[], &[(variable, in_environment)]), (shown[1].into(), format!("environment {variable}")));
        assert_eq!(with(&[flag, by_flag], &[(variable, in_environment)]), (shown[2].into(), format!("flag {flag}")));
        assert_eq!(with(&[], &[(variable, "")]), (shown[0].into(), format!("file {file}")), "an empty one is not set");
    }
}

#[test]
fn what_has_no_variable_comes_from_flag_or_file() {
    let user = User::with_config("insecure_accept_unsigned = true\nbody_limit = 2048\n[download]\nconcurrency = 2");
    let config = user.load(&[], &[("WEIBOX_LOG", "debug")]).unwrap();
    let file = Source::File(user.path(".config/weibox/config.toml"));
    assert_eq!((config.insecure_accept_unsigned.value, &config.insecure_accept_unsigned.source), (true, &file));
    assert_eq!((config.body_limit.value, &config.body_limit.source), (2048, &file));
    assert_eq!((config.download_concurrency.value, &config.download_concurrency.source), (2, &file));
    assert_eq!((config.download_max_bytes.value, &config.download_max_bytes.source), (67_108_864, &Source::Default));
    assert_eq!(row(&config, "log"), ("debug".into(), "environment WEIBOX_LOG".into()));
    let config = User::new().load(&["--insecure-accept-unsigned"], &[]).unwrap();
    assert_eq!(config.insecure_accept_unsigned.source, Source::Flag("--insecure-accept-unsigned"));
}

#[test]
fn the_config_file_is_named_by_flag_or_variable_and_must_then_exist() {
    let user = User::new();
    let one = user.write("one.toml", "path = '/one'");
    let two = user.write("two.toml", "path = '/two'");
    let config = user.load(&[], &[("WEIBOX_CONFIG", &one)]).unwrap();
    assert_eq!(config.path.value, "/one");
    let config = user.load(&["--config", &two], &[("WEIBOX_CONFIG", &one)]).unwrap();
    assert_eq!((config.path.value.as_str(), config.file_found), ("/two", true));
    let gone = user.path("gone.toml");
    for (flags, variables) in
        [(vec!["--config", gone.to_str().unwrap()], vec![]), (vec![], vec![("WEIBOX_CONFIG", gone.to_str().unwrap())])]
    {
        let (text, hint) = user.refusal(&flags, &variables);
        assert_eq!(text, "cannot read the config file `~/gone.toml`: No such file or directory (os error 2)");
        assert_eq!(hint, "name a file that you may read with `--config`");
    }
}

#[test]
fn paths_in_the_file_begin_at_home_or_where_the_file_is() {
    for (written, meant) in [
        ("~/d", "d"),
        ("~", ""),
        ("d", ".config/weibox/d"),
        ("../d", ".config/weibox/../d"),
        ("~d", ".config/weibox/~d"),
    ] {
        let user = User::with_config(&format!("data_dir = '{written}'"));
        assert_eq!(user.load(&[], &[]).unwrap().data_dir.value, user.path(meant), "{written}");
    }
    let user = User::with_config("data_dir = '/d'\napp_secret_file = '~/s'");
    user.write("s", SECRET);
    let config = user.load(&[], &[]).unwrap();
    assert_eq!(config.data_dir.value, Path::new("/d"));
    assert_eq!(config.app_secret.value.unwrap().expose_secret(), SECRET);
}

#[test]
fn addresses_may_be_short() {
    for (written, meant) in [
        (":8080", "0.0.0.0:8080"),
        ("localhost:0", "127.0.0.1:0"),
        ("[::1]:8080", "[::1]:8080"),
        ("192.0.2.1:80", "192.0.2.1:80"),
    ] {
        let config = User::new().load(&["--listen", written], &[]).unwrap();
        assert_eq!(config.listen.value.to_string(), meant, "{written}");
    }
}

#[test]
fn settings_are_lines_of_json_without_secrets_and_in_english_whatever_the_language() {
    let user = User::with_config("dashboard.language = 'zh'");
    let config = user.load(&["--listen", "127.0.0.1:1"], &[("WEIBOX_APP_SECRET", "swordfish")]).unwrap();
    let mut out = Vec::new();
    run::settings::run(&mut out, &config, true).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), config::ALL.len());
    let line = |setting: &str| lines.iter().find(|line| line["setting"] == setting).unwrap();
    for (setting, value, source) in [
        ("listen", "127.0.0.1:1", "flag --listen"),
        ("app_secret", "set, 9 characters", "environment WEIBOX_APP_SECRET"),
        ("access_token", "not set", "default"),
        ("reply", "0 rules", "default"),
    ] {
        assert_eq!(*line(setting), serde_json::json!({"setting": setting, "value": value, "source": source}));
    }
    assert!(!text.contains("swordfish"));
    assert_eq!(row(&config, "access_token"), ("未设置".to_owned(), "默认值".to_owned()));
}

#[test]
fn every_setting_is_shown_in_the_order_of_the_table_and_in_line() {
    let user = User::with_config("data_dir = '/微博'\n[[reply]]\ntext = 'hi'");
    let config = user.load(&[], &[]).unwrap();
    let shown: Vec<_> = rows(&config).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(shown, config::ALL.iter().map(|name| name.name).collect::<Vec<_>>());
    assert_eq!(row(&config, "reply").0, "1 rule");
    let mut out = Vec::new();
    run::settings::run(&mut out, &config, false).unwrap();
    let text = String::from_utf8(out).unwrap();
    let columns: Vec<_> =
        text.lines().map(|line| unicode_width::UnicodeWidthStr::width(line.rsplit_once("  ").unwrap().0)).collect();
    assert!(columns.iter().all(|column| Some(column) == columns.first()), "{text}");
}

/// Returns the default config as delivered.
fn default_config() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/config.toml")).unwrap()
}

/// Uncomments settings, which are `#key`; words are `# word`.
fn uncommented(text: &str) -> String {
    text.lines()
        .map(|line| {
            line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| !c.is_whitespace())).unwrap_or(line)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_default_config_has_every_key_with_its_default() {
    let asset = default_config();
    let plain = User::with_config(&asset).load(&[], &[]).unwrap();
    assert!(rows(&plain).iter().all(|(.., source)| source == "default"), "{:?}", rows(&plain));

    let spelt_out = uncommented(&asset);
    for name in config::ALL {
        let Some(key) =
            name.key.filter(|key| !["reply", "keys", "tab", "account", "forward", "channel", "alert"].contains(key))
        else {
            continue;
        };
        let key = key.rsplit('.').next().unwrap();
        assert!(spelt_out.lines().any(|line| line.starts_with(&format!("{key} = "))), "{key}");
    }
    let user = User::with_config(&spelt_out);
    user.write(".config/weibox/app-secret", SECRET);
    user.write(".config/weibox/access-token", SECRET);
    user.write(".config/weibox/cluster-password", SECRET);
    let config = user.load(&[], &[]).unwrap();
    for (name, default) in config::ALL.iter().filter_map(|name| Some((name.name, in_force(name)?))) {
        assert_eq!(row(&config, name).0, default, "{name}");
    }
    assert_eq!(config.data_dir.value, user.path(".local/share/weibox"));
    assert!(config.app_secret.value.is_some() && config.access_token.value.is_some());
}

#[test]
fn the_reply_rule_shown_in_the_default_config_works() {
    let asset = default_config();
    let (_, rule) = asset.split_once("# [[reply]]").unwrap();
    let rule: String = rule.lines().map(|line| line.trim_start_matches("# ").to_owned() + "\n").collect();
    let config = User::with_config(&format!("[[reply]]{rule}")).load(&[], &[]).unwrap();
    assert_eq!(config.replies.value.len(), 1);
}

#[test]
fn a_machine_without_flags_is_that_of_the_process() {
    // Whatever the environment of the tests: it can be read, and a made-up home is not the real one.
    assert!(Environment::of_process().is_ok());
    let options = Options::default();
    let home = tempfile::tempdir().unwrap();
    let config = Config::load(&options, &Environment::new(home.path(), &[])).unwrap();
    assert!(config.data_dir.value.starts_with(home.path()));
}

#[test]
fn networks_are_networks_or_addresses() {
    let user = User::with_config("allow = ['192.0.2.7', '2001:db8::/32']\ntrusted_proxies = ['10.0.0.0/8']");
    let config = user.load(&[], &[]).unwrap();
    assert_eq!(row(&config, "allow").0, "[192.0.2.7/32, 2001:db8::/32]");
    assert_eq!(row(&config, "trusted_proxies").0, "[10.0.0.0/8]");
    assert!(row(&config, "allow").1.starts_with("file "));
}
