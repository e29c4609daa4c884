//! Refused settings, with their messages and hints.

use std::fs;

use weibox::config;

use super::{SECRET, User};

use weibox::language::Language;

#[test]
fn values_that_break_the_rules_are_refused_with_the_rule() {
    let flags = [
        (config::LISTEN, ["8080", "localhost", "example.com:80", ":99999", "", "127.0.0.1"].as_slice()),
        (config::PATH, &["weibo", "", "/a b", "/a/微博", "/a\n"]),
        (config::DOWNLOAD_AUTO, &["yes", "", "ALL"]),
        (config::MEDIA_URL, &["upload.api.weibo.com", "ftp://a/b", "", "https://"]),
    ];
    for (name, values) in flags {
        for value in values {
            let flag = name.flag.unwrap();
            let (text, hint) = User::new().refusal(&[flag, value], &[]);
            assert_eq!(text, format!("`{value}` is not a valid value for `{}` (flag {flag})", name.name));
            assert_eq!(hint, format!("it takes {}", name.takes.of(Language::English)));
        }
    }
    let in_file = [
        (config::BODY_LIMIT, "body_limit = ", ["0", "-1", "1023", "16777217"].as_slice()),
        (config::DOWNLOAD_CONCURRENCY, "download.concurrency = ", &["0", "-4", "65"]),
        (config::DOWNLOAD_MAX_BYTES, "download.max_bytes = ", &["0", "-1"]),
        (config::SIGNATURE_MAX_AGE, "signature.max_age = ", &["-1", "86401"]),
    ];
    for (name, key, values) in in_file {
        for value in values {
            let (text, hint) = User::with_config(&format!("{key}{value}")).refusal(&[], &[]);
            let place = "file ~/.config/weibox/config.toml, line 1";
            assert_eq!(text, format!("`{value}` is not a valid value for `{}` ({place})", name.name));
            assert_eq!(hint, format!("it takes {}", name.takes.of(Language::English)));
        }
    }
    for name in [config::TRUSTED_PROXIES, config::ALLOW] {
        for value in ["localhost", "10.0.0.0/33", "10.0.0", ""] {
            let config = format!("{} = ['192.0.2.0/24', '{value}']", name.name);
            let (text, hint) = User::with_config(&config).refusal(&[], &[]);
            let place = "file ~/.config/weibox/config.toml, line 1";
            assert_eq!(text, format!("`{value}` is not a valid value for `{}` ({place})", name.name));
            assert_eq!(hint, format!("it takes {}", name.takes.of(Language::English)));
        }
    }
    let (text, hint) = User::with_config("download.path = '{date}/{fdi}.{ext}'").refusal(&[], &[]);
    let place = "file ~/.config/weibox/config.toml, line 1";
    assert_eq!(
        text,
        format!("`{{date}}/{{fdi}}.{{ext}}` is not a valid value for `download.path` ({place}): `{{fdi}}` is no field")
    );
    assert_eq!(hint, format!("it takes {}", config::DOWNLOAD_PATH.takes.of(Language::English)));
    let (text, hint) = User::with_config("download.types = ['image', 'text']").refusal(&[], &[]);
    assert_eq!(text, "`text` is not a valid value for `download.types` (file ~/.config/weibox/config.toml, line 1)");
    assert_eq!(hint, format!("it takes {}", config::DOWNLOAD_TYPES.takes.of(Language::English)));
    let (text, hint) = User::new().refusal(&[], &[("WEIBOX_LOG", "loud")]);
    assert_eq!(text, "`loud` is not a valid value for `log` (environment WEIBOX_LOG)");
    assert_eq!(hint, "it takes a level of the log: one of off, error, warn, info, debug, trace");
}

#[test]
fn only_a_wrong_flag_is_a_usage_error() {
    assert!(User::new().load(&["--listen", "x"], &[]).unwrap_err().is_usage());
    assert!(!User::new().load(&[], &[("WEIBOX_LISTEN", "x")]).unwrap_err().is_usage());
    assert!(!User::with_config("listen = 'x'").load(&[], &[]).unwrap_err().is_usage());
}

#[test]
fn a_config_file_without_an_end_is_read_no_further_than_any_is_long() {
    let (text, hint) = User::new().refusal(&["--config", "/dev/zero"], &[]);
    assert_eq!(text, "cannot read the config file `/dev/zero`: it is longer than 262144 bytes");
    assert!(hint.contains("--config"), "{hint}");
}

#[test]
fn a_config_file_that_cannot_be_used_says_where_and_what_was_meant() {
    let file = "cannot use the config file `~/.config/weibox/config.toml`: line";
    let known = "expected one of `listen`, `path`, `data_dir`, `media_url`, `app_secret_file`, `access_token_file`, \
                 `insecure_accept_unsigned`, `body_limit`, `trusted_proxies`, `allow`, `on_hangup`, `tls`, `signature`, `download`, \
                 `retention`, `metrics`, `watch`, `voice`, `search`, `position`, `dashboard`, `keys`, `tab`, `account`, `forward`, `channel`, `alert`, `answers`, `names`, `names_url`, `cluster`, `reply`, `log`";
    for (toml, words, hint) in [
        ("\nlisen = 'x'", format!("{file} 2: unknown field `lisen`, {known}"), "did you mean `listen`?"),
        ("body-limit = 1", format!("{file} 1: unknown field `body-limit`, {known}"), "did you mean `body_limit`?"),
        ("colour = 1", format!("{file} 1: unknown field `colour`, {known}"), ""),
        (
            "# x\n[download]\nmax_byte = 1",
            format!(
                "{file} 3: unknown field `max_byte`, expected one of `auto`, `types`, `path`, `concurrency`, `bandwidth`, `max_bytes`"
            ),
            "did you mean `max_bytes`?",
        ),
        ("[[reply]]\ntexts = 'x'", format!("{file} 2: unknown field `texts`, expected one of"), "did you mean `text`?"),
        (
            "[keys]\ncopy = ['y']\ndownlod = ['x']",
            "cannot use the keys in `~/.config/weibox/config.toml`, line 3: `downlod` is no action".to_owned(),
            "did you mean `download`?",
        ),
        (
            "\n[[tab]]\nname = 'x'\nquery = 'typ:text'",
            "cannot use the tab in `~/.config/weibox/config.toml`, line 2: `typ:text`: `typ:` is no field".to_owned(),
            "did you mean `type:`?",
        ),
        (
            "[keys]\ncopy = ['ctlr-y']",
            "cannot use the keys in `~/.config/weibox/config.toml`, line 2: `ctlr-y` is no key; keys are".to_owned(),
            "did you mean `ctrl-y`?",
        ),
        (
            "[keys]\ncopy = ['PgUpp']",
            "cannot use the keys in `~/.config/weibox/config.toml`, line 2: `PgUpp` is no key; keys are".to_owned(),
            "did you mean `pgup`?",
        ),
        (
            "[keys]\nopen = ['x']\ncopy = ['x']",
            "cannot use the keys in `~/.config/weibox/config.toml`, line 3: `x` is bound to `open` and to `copy`"
                .to_owned(),
            "",
        ),
        (
            "\n[[reply]]\ntext = 'a'\n\n[[reply]]\ntext = ''",
            "cannot use the reply rule in `~/.config/weibox/config.toml`, line 5: `text` is empty".to_owned(),
            "",
        ),
    ] {
        let (text, hinted) = User::with_config(toml).refusal(&[], &[]);
        assert!(text.starts_with(&words), "{toml}\n{text}");
        assert_eq!(hinted, hint, "{toml}");
    }
}

#[test]
fn a_value_of_another_type_says_how_it_is_written() {
    let body_limit = "it takes a number of bytes from 1024 to 16777216";
    let list = "write a list, such as `[\"one\", \"two\"]`";
    for (toml, words, hint) in [
        (
            "path = '/'\nlisten = 8080",
            "line 2: `listen`: invalid type: integer `8080`, expected a string",
            "write it in quotes",
        ),
        ("[keys]\ncopy = 'y'", "line 2: `copy`: invalid type: string, expected a sequence", list),
        ("allow = '::1'", "line 1: `allow`: invalid type: string, expected a sequence", list),
        (
            "dashboard.mouse = 1",
            "line 1: `dashboard.mouse`: invalid type: integer `1`, expected a boolean",
            "it takes `true` or `false`",
        ),
        ("body_limit = '1MB'", "line 1: `body_limit`: invalid type: string, expected an integer", body_limit),
        (
            "[watch]\nevery = '5m'",
            "line 2: `watch.every`: invalid type: string, expected an integer",
            "it takes a number of minutes from 1 to 1440",
        ),
        (
            "[[forward]]\nname = 'bot'\nurl = 'http://127.0.0.1'\ntimeout = '5s'",
            "line 4: `timeout`: invalid type: string, expected an integer",
            "",
        ),
    ] {
        let (text, hinted) = User::with_config(toml).refusal(&[], &[]);
        assert!(text.ends_with(words), "{toml}\n{text}");
        assert_eq!(hinted, hint, "{toml}");
    }
}

#[test]
fn an_open_listener_needs_a_secret_or_an_express_wish() {
    for (flags, variables, is_allowed) in [
        (vec!["--listen", ":8080"], vec![], false),
        (vec!["--listen", "192.0.2.1:8080"], vec![], false),
        (vec!["--listen", "[::]:8080"], vec![], false),
        (vec!["--listen", ":8080"], vec![("WEIBOX_APP_SECRET", SECRET)], true),
        (vec!["--listen", ":8080", "--insecure-accept-unsigned"], vec![], true),
        (vec!["--listen", "[::1]:8080"], vec![], true),
        (vec!["--listen", "[::ffff:127.0.0.1]:8080"], vec![], true),
        (vec![], vec![], true),
    ] {
        let config = User::new().load(&flags, &variables).unwrap();
        assert_eq!(config.check_listener(config.listen.value).is_ok(), is_allowed, "{flags:?}");
    }
    let config = User::new().load(&["--listen", ":8080"], &[]).unwrap();
    let refused = config.check_listener(config.listen.value).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "refusing to listen on `0.0.0.0:8080` without an app secret: anyone could post messages"
    );
    assert_eq!(
        refused.hint().unwrap().to_string(),
        "set `WEIBOX_APP_SECRET` or `--app-secret-file`; `--insecure-accept-unsigned` takes messages from anyone"
    );
}

#[test]
fn a_pipe_that_nobody_fills_and_a_directory_are_refused() {
    let user = User::new();
    let pipe = user.path("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    let (text, _) = user.refusal(&["--config", pipe.to_str().unwrap()], &[]);
    assert_eq!(text, "cannot read the config file `~/pipe`: nothing came from it for 5 s");
    let (text, _) = user.refusal(&["--config", user.path("").to_str().unwrap()], &[]);
    assert!(text.contains("Is a directory"), "{text}");
    assert!(user.load(&["--config", "/dev/null"], &[]).is_ok(), "nothing is said there, which is no fault");
}

#[test]
fn a_pipe_that_is_filled_is_read_whole() {
    let user = User::new();
    let pipe = user.path("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    let into = pipe.clone();
    let filling = std::thread::spawn(move || {
        let mut into = fs::OpenOptions::new().write(true).open(into).unwrap();
        for words in ["listen = '127.0.0.1:1", "234'\n", &"# and so on\n".repeat(10_000)] {
            std::io::Write::write_all(&mut into, words.as_bytes()).unwrap();
        }
    });
    let config = user.load(&["--config", pipe.to_str().unwrap()], &[]).unwrap();
    filling.join().unwrap();
    assert_eq!(config.listen.value.port(), 1234);
}

#[test]
fn the_line_of_the_last_of_thousands_is_told() {
    let many = "[[tab]]\nname = 'a'\nquery = 'b'\n".repeat(5_000);
    let (text, _) = User::with_config(&format!("{many}[[tab]]\nname = 'a'\nquery = 'type:'\n")).refusal(&[], &[]);
    assert!(text.contains("line 15001"), "{text}");
}

#[test]
fn one_bracket_where_two_are_needed_is_told() {
    for key in ["forward", "channel", "alert", "account", "tab", "reply"] {
        let (text, hint) = User::with_config(&format!("[{key}]\nname = 'x'")).refusal(&[], &[]);
        assert!(text.ends_with(&format!("`{key}`: invalid type: table, expected a sequence")), "{text}");
        assert_eq!(hint, format!("write `[[{key}]]`, with two brackets: there may be several"));
    }
}

#[test]
fn the_line_of_a_wrong_value_is_told_also_within_a_list() {
    for (toml, line) in
        [("\n[download]\nauto = 'yes'", 3), ("allow = [\n'::1',\n'yes',\n]", 3), ("\nlisten = 'yes'", 2)]
    {
        let (text, _) = User::with_config(toml).refusal(&[], &[]);
        assert!(text.ends_with(&format!("(file ~/.config/weibox/config.toml, line {line})")), "{text}");
    }
}

#[test]
fn a_variable_that_weibox_does_not_know_is_warned_of() {
    let warned = |name: &str| {
        let config = User::new().load(&[], &[(name, "x")]).unwrap();
        config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let unknown = |name: &str| format!("weibox has no environment variable `{name}`, so it is ignored");
    assert_eq!(warned("WEIBOX_LISTN"), [format!("{}: did you mean `WEIBOX_LISTEN`?", unknown("WEIBOX_LISTN"))]);
    assert_eq!(warned("WEIBOX_HOMETOWN"), [unknown("WEIBOX_HOMETOWN")]);
    for known in ["WEIBOX_COMPLETE", "WEIBOX_USER", "WEIBOX_PORT_8080_TCP_ADDR", "WEIBOX_SERVICE_HOST", "PATH"] {
        assert_eq!(warned(known), [""; 0], "{known}");
    }
}
