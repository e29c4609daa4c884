//! Secrets: their sources, which ones are refused, and that nothing shows them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use secrecy::ExposeSecret as _;

use super::{SECRET, User, row, rows};

use weibox::reason::Reason;

fn told(warnings: &[Reason]) -> Vec<String> {
    warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_token_pasted_into_an_address_is_not_repeated() {
    for value in [
        format!("https://a.example/msget?access_token={SECRET}"),
        format!("https://a.example/msget#{SECRET}"),
        format!("https://user:{SECRET}@a.example/msget"),
        format!("https://{SECRET}@a.example/msget"),
    ] {
        let (text, _) = User::new().refusal(&["--media-url", &value], &[]);
        assert!(text.contains("a.example/msget` is not a valid value for `media_url`"), "{text}");
    }
    let unclear = format!("https://user:{SECRET}?more@a.example/msget");
    let (text, _) = User::new().refusal(&["--media-url", &unclear], &[]);
    assert!(text.contains("`…` is not a valid value"), "nobody knows where the password ends: {text}");
}

#[test]
fn secrets_in_the_config_file_are_refused_and_not_repeated() {
    for (key, words) in [("app_secret", "app secret"), ("access_token", "access token")] {
        let (text, hint) = User::with_config(&format!("\n{key} = '{SECRET}'")).refusal(&[], &[]);
        let file = "the config file `~/.config/weibox/config.toml`";
        assert_eq!(text, format!("{file} holds the {words} in line 2: config files get shown and copied"));
        assert_eq!(hint, format!("move it to a file that only you can read, and name that with `{key}_file`"));
    }
    for broken in [
        format!("app_secret = {SECRET}"),
        format!("app_secret = '{SECRET}"),
        format!("app_secret: {SECRET}"),
        format!("access_token = ['{SECRET}'"),
        format!("app_secret_file = {SECRET}"),
    ] {
        let (text, _) = User::with_config(&broken).refusal(&[], &[]);
        assert!(text.contains("line 1: "), "{text}");
    }
}

#[test]
fn a_secret_in_the_place_of_a_table_is_not_repeated() {
    for text in
        [format!("tls = '{SECRET}'"), format!("download = '{SECRET}'"), format!("[[reply]]\narticles = '{SECRET}'")]
    {
        let (told, _) = User::with_config(&text).refusal(&[], &[]);
        assert!(told.contains("invalid type: string, expected") && !told.contains(SECRET), "{told}");
    }
}

#[test]
fn secrets_lose_their_line_ending_and_nothing_else() {
    for ending in ["", "\n", "\r\n", "\n\n"] {
        let user = User::new();
        let file = user.write("s", &format!("{SECRET}{ending}"));
        let config = user.load(&["--app-secret-file", &file], &[]).unwrap();
        assert_eq!(config.app_secret.value.unwrap().expose_secret(), SECRET);
        assert!(config.warnings.is_empty());
    }
}

#[test]
fn what_can_be_no_secret_is_refused_without_repeating_it() {
    for (text, problem) in [
        (String::new(), "is empty"),
        ("\n".to_owned(), "is empty"),
        (format!(" {SECRET}"), "starts or ends with a space"),
        (format!("{SECRET}\t\n"), "starts or ends with a space"),
        (format!("{SECRET} {SECRET}"), "has a space or a line ending in it"),
        (format!("{SECRET}\n{SECRET}\n"), "has a space or a line ending in it"),
        (format!("{SECRET}微"), "has a character that is not printable ASCII"),
        (format!("{SECRET}\u{1b}"), "has a character that is not printable ASCII"),
        ("x".repeat(5000), "is too long"),
    ] {
        let user = User::new();
        let file = user.write("s", &text);
        let refused = user.refusal(&["--app-secret-file", &file], &[]);
        assert_eq!(
            refused,
            (format!("the app secret in `~/s` {problem}"), "it takes the app secret alone, on one line".into())
        );
        if !text.is_empty() && problem != "is empty" && text.len() < 5000 {
            let (text, _) = user.refusal(&[], &[("WEIBOX_ACCESS_TOKEN", &text)]);
            assert_eq!(text, format!("the access token in `WEIBOX_ACCESS_TOKEN` {problem}"));
        }
    }
    let user = User::new();
    let refused = user.refusal(&["--access-token-file", user.path("gone").to_str().unwrap()], &[]);
    assert_eq!(refused.0, "cannot read the access token in `~/gone`: No such file or directory (os error 2)");
    assert_eq!(refused.1, "name a file that you may read with `--access-token-file`");
}

#[test]
fn a_file_that_cannot_be_used_is_told_of_by_what_it_holds_and_by_the_key_that_names_it() {
    let address = "url = 'https://example.org/'";
    let cluster = "[cluster]\nurl = ['nats://127.0.0.1:1']\nnode = 'n'\nuser = 'u'";
    let account = "[[account]]\nname = 'a'\npath = '/a'";
    for (settings, what, key) in [
        ("", "app secret", "app_secret_file"),
        ("", "access token", "access_token_file"),
        (cluster, "password of the cluster", "password_file"),
        (&format!("[[forward]]\nname = 'a'\n{address}"), "secret of the target", "secret_file"),
        (&format!("[[channel]]\nname = 'a'\nkind = 'feishu'\n{address}"), "secret of the channel", "secret_file"),
        ("[[channel]]\nname = 'a'\nkind = 'wecom'", "address of the channel", "url_file"),
        (account, "app secret", "app_secret_file"),
        (&format!("{account}\napp_secret_file = '~/fine'"), "access token", "access_token_file"),
    ] {
        let user = User::with_config(&format!("{settings}\n{key} = '~/s'"));
        user.write("fine", SECRET);
        let takes = what.split(" of the ").next().unwrap();
        let named_by = if settings.starts_with("[cluster]") { format!("cluster.{key}") } else { key.to_owned() };
        let unreadable = format!("name a file that you may read with `{named_by}`");
        let assert_refused = |problem: &str, hint: &str| {
            let (text, hinted) = user.refusal(&[], &[]);
            assert!(text.ends_with(&format!("the {what} in `~/s`{problem}")) && hinted == hint, "{text}\n{hinted}");
        };
        assert_refused(": No such file or directory (os error 2)", &unreadable);
        fs::create_dir(user.path("s")).unwrap();
        assert_refused(": Is a directory (os error 21)", &unreadable);
        fs::remove_dir(user.path("s")).unwrap();
        for (text, problem) in [
            (String::new(), " is empty"),
            ("two\nlines".to_owned(), " has a space or a line ending in it"),
            ("a\0b".to_owned(), " has a character that is not printable ASCII"),
            ("x".repeat(5000), " is too long"),
        ] {
            user.write("s", &text);
            assert_refused(problem, &format!("it takes the {takes} alone, on one line"));
        }
    }
}

#[test]
fn secrets_that_others_can_read_work_with_a_warning() {
    let user = User::new();
    let file = user.write("s", SECRET);
    for (mode, is_open) in [(0o600, false), (0o400, false), (0o640, true), (0o644, true)] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let config = user.load(&["--app-secret-file", &file], &[]).unwrap();
        let words = format!("others can open the file of the app secret; `chmod 600 {file}` keeps it yours");
        assert_eq!(told(&config.warnings), if is_open { vec![words] } else { vec![] }, "{mode:o}");
        assert!(config.app_secret.value.is_some());
    }
}

#[test]
fn a_token_that_would_travel_in_the_open_is_warned_of() {
    for (url, is_open) in [
        ("http://media.example/get", true),
        ("http://127.0.0.1:1/get", false),
        ("http://localhost/get", false),
        ("http://[::1]/get", false),
        ("https://media.example/get", false),
    ] {
        for flag in ["--media-url", "--reply-url", "--names-url"] {
            let config = User::new().load(&[flag, url], &[("WEIBOX_ACCESS_TOKEN", SECRET)]).unwrap();
            assert_eq!(config.warnings.len(), usize::from(is_open), "{flag} {url}: {:?}", config.warnings);
            assert!(!told(&config.warnings).concat().contains(SECRET));
        }
    }
}

#[test]
fn secrets_are_shown_by_their_length_alone() {
    let user = User::new();
    let variables = [("WEIBOX_APP_SECRET", SECRET), ("WEIBOX_ACCESS_TOKEN", SECRET)];
    let config = user.load(&[], &variables).unwrap();
    assert_eq!(row(&config, "app_secret"), ("set, 32 characters".into(), "environment WEIBOX_APP_SECRET".into()));
    assert_eq!(row(&config, "access_token"), ("set, 32 characters".into(), "environment WEIBOX_ACCESS_TOKEN".into()));
    assert!(!format!("{:?} {config:?}", rows(&config)).contains(SECRET));
}

#[test]
fn a_config_file_that_others_can_write_or_that_shows_them_something_private_is_warned_of() {
    let channel = "[[channel]]\nname = 'duty'\nkind = 'webhook'\n";
    for (toml, is_private) in [
        (String::new(), false),
        ("[[forward]]\nname = 'bot'\nurl = 'http://127.0.0.1:1/'".to_owned(), false),
        ("[[forward]]\nname = 'bot'\nurl = 'http://127.0.0.1:1/?key=k'".to_owned(), true),
        ("[[forward]]\nname = 'bot'\nurl = 'http://127.0.0.1:1/'\nheaders = { a = 'b' }".to_owned(), true),
        (format!("{channel}url = 'https://example.org/k'"), true),
        (format!("{channel}url_file = 'url'"), false),
    ] {
        let user = User::with_config(&toml);
        user.write(".config/weibox/url", "https://example.org/k");
        let file = user.path(".config/weibox/config.toml");
        let words = format!("others can open the config file; `chmod 600 {}` keeps it yours", file.display());
        for (mode, is_open) in
            [(0o600, false), (0o700, false), (0o604, is_private), (0o644, is_private), (0o664, true), (0o602, true)]
        {
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            let config = user.load(&[], &[]).unwrap();
            assert_eq!(told(&config.warnings), if is_open { vec![words.clone()] } else { vec![] }, "{mode:o}\n{toml}");
        }
    }
    assert_eq!(told(&User::new().load(&["--config", "/dev/null"], &[]).unwrap().warnings), [""; 0]);
}

#[test]
fn a_secret_is_read_from_a_file_without_an_end_no_further_than_any_is_long() {
    let (text, _) = User::new().refusal(&["--app-secret-file", "/dev/zero"], &[]);
    assert_eq!(text, "the app secret in `/dev/zero` is too long");
}

#[test]
fn files_that_are_wanted_but_have_no_token_to_come_with_are_warned_of() {
    let warnings = |config: &str, variables: &[(&str, &str)]| {
        told(&User::with_config(config).load(&[], variables).unwrap().warnings)
    };
    assert_eq!(
        warnings("download.auto = 'all'", &[]),
        ["`download.auto` is `all` and there is no access token: files wait"]
    );
    assert!(warnings("download.auto = 'all'", &[("WEIBOX_ACCESS_TOKEN", SECRET)]).is_empty());
    assert!(warnings("download.auto = 'off'", &[]).is_empty());
}
