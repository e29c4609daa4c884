//! Several accounts on one listener: the account of a callback, who may send it, whose token fetches its files,
//! and how its messages are found.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use portable_pty::CommandBuilder;

use crate::pty::Pty;
use crate::support::{Connection, Home, Serve, message, signed_query, wait_for};

mod copied;

/// Two accounts, each with its own secret and token.
const TWO: &str = "
[[account]]
name = 'news'
path = '/weibo/news'
app_secret_file = 'news-secret'
access_token_file = 'news-token'

[[account]]
name = '客服'
path = '/weibo/shop'
app_secret_file = 'shop-secret'
access_token_file = 'shop-token'
";

/// Creates a home with two accounts, and these lines before them in its config.
fn home(before: &str) -> Home {
    let home = Home::new();
    home.configure(&format!("{before}\n{TWO}"));
    for (file, text) in [
        ("news-secret", "secret-of-news"),
        ("shop-secret", "secret-of-shop"),
        ("news-token", "2.00news"),
        ("shop-token", "2.00shop"),
    ] {
        fs::write(home.path(".config/weibox").join(file), text).unwrap();
    }
    home
}

fn post(serve: &Serve, path: &str, secret: &str, body: &str) -> u16 {
    let target = format!("{path}?{}", signed_query(secret));
    Connection::to(serve.address).unwrap().call("POST", &target, body.as_bytes()).unwrap().status
}

fn image(fid: u64) -> String {
    message("a photo").replace("\"text\",\"rec", "\"image\",\"rec").replace("{}", &format!("{{\"tovfid\":{fid}}}"))
}

#[test]
fn the_path_tells_whom_a_call_is_for_and_its_secret_alone_opens_it() {
    let home = home("");
    let mut serve = Serve::start(&home, &[], &[]);
    let listening: Vec<String> = serve.running.stderr().into_iter().filter(|line| line.contains("listening")).collect();
    assert!(serve.url.ends_with("/weibo/news for news"), "{listening:?}");
    wait_for("the other address", || serve.running.stderr().iter().any(|line| line.ends_with("/weibo/shop for 客服")));
    for (path, secret, status) in [
        ("/weibo/news", "secret-of-news", 200),
        ("/weibo/shop", "secret-of-shop", 200),
        ("/weibo/news", "secret-of-shop", 403),
        ("/weibo/shop", "secret-of-news", 403),
        ("/weibo", "secret-of-news", 404),
        ("/", "secret-of-news", 404),
    ] {
        assert_eq!(post(&serve, path, secret, &message(&format!("{path} {secret}"))), status, "{path} {secret}");
    }
    let target = format!("/weibo/shop?{}&echostr=abc", signed_query("secret-of-shop"));
    assert_eq!(serve.connect().call("GET", &target, b"").unwrap().body, "abc");
    let refused = serve.connect().call("GET", "/weibo/x", b"").unwrap();
    assert!(!refused.body.contains("/weibo"), "whose paths there are is nobody's business: {}", refused.body);
    let lines = serve.lines(2).join("\n");
    assert!(lines.contains("\"account\":\"news\"") && lines.contains("\"account\":\"客服\""), "{lines}");
    serve.stop();
}

#[test]
fn a_message_keeps_its_account_through_queries_export_and_import() {
    let mine = home("");
    let serve = Serve::start(&mine, &[], &[]);
    assert_eq!(post(&serve, "/weibo/news", "secret-of-news", &message("one")), 200);
    assert_eq!(post(&serve, "/weibo/shop", "secret-of-shop", &message("two")), 200);
    let export = |home: &Home, args: &[&str]| {
        let output = home.output(&[&["export"], args].concat(), &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    for (query, words) in [("account:news", "one"), ("-account:news", "two"), ("account:客服 two", "two")] {
        let found = export(&mine, &["--query", query]);
        assert!(found.lines().count() == 1 && found.contains(&format!("\"text\":\"{words}\"")), "{query}: {found}");
    }
    for (query, n) in [("account:news,客服", 2), ("-account:news,客服", 0), ("account:客服,news two", 1)] {
        assert_eq!(export(&mine, &["--query", query]).lines().count(), n, "{query}");
    }
    let csv = export(&mine, &["--format", "csv"]);
    assert!(csv.lines().next().unwrap().contains(",deliveries,account,sender_name,"), "{csv}");
    assert!(csv.lines().nth(2).unwrap().ends_with(",1,客服,,,,,,false"), "{csv}");
    let all = export(&mine, &[]);
    fs::write(mine.path("all.jsonl"), &all).unwrap();
    let elsewhere = Home::new();
    let imported = elsewhere.output(&["import", mine.path("all.jsonl").to_str().unwrap()], &[]);
    assert!(imported.status.success(), "{imported:?}");
    assert_eq!(export(&elsewhere, &[]), all);
    assert_eq!(export(&elsewhere, &["--query", "account:客服"]).lines().count(), 1);
    assert!(!export(&elsewhere, &["--format", "csv"]).contains("account"), "one account needs no column");
}

#[test]
fn an_account_that_is_not_there_is_named_with_the_one_that_was_meant() {
    let home = home("");
    for args in
        [&["export", "--query", "account:new"][..], &["simulate", "--url", "http://127.0.0.1:1/", "--account", "new"]]
    {
        let output = home.output(args, &[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("there is no account `new`\nhint: did you mean `news`?"), "{told}");
    }
    let output = Home::new().output(&["simulate", "--url", "http://127.0.0.1:1/", "--account", "x"], &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the config file has no `[[account]]`"), "{told}");
}

#[test]
fn the_simulator_signs_as_the_account_of_the_path_or_as_the_one_that_is_named() {
    let home = home("");
    let serve = Serve::start(&home, &[], &[]);
    let shop = format!("http://{}/weibo/shop", serve.address);
    for (args, code) in [(&[][..], 0), (&["--account", "客服"], 0), (&["--account", "news"], 1)] {
        let simulate = ["simulate", "--url", &shop, "--count", "1"];
        let output = home.output(&[&simulate, args].concat(), &[]);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    }
    let records = home.records();
    assert!(!records.is_empty() && records.iter().all(|record| record.account == "客服"), "{records:?}");
}

/// Starts a media store that accepts one token, and records its requests.
fn store() -> (String, Arc<Mutex<Vec<String>>>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in socket.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let length = stream.read(&mut head).unwrap_or_default();
            let target = String::from_utf8_lossy(&head[..length]).split(' ').nth(1).unwrap_or_default().to_owned();
            let body: &[u8] = if target.contains("2.00shop") {
                b"\xff\xd8\xff\xe0 a photo"
            } else {
                br#"{"error":"expired_token","error_code":21327}"#
            };
            seen.lock().unwrap().push(target);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            drop(stream.write_all(&[head.as_bytes(), body].concat()));
        }
    });
    (url, asked)
}

#[test]
fn files_are_fetched_with_the_token_of_their_account_and_a_dead_one_stops_its_own_queue_alone() {
    let (url, asked) = store();
    let home = home(&format!("media_url = '{url}'\n[download]\nconcurrency = 1\n"));
    let mut serve = Serve::start(&home, &[], &[]);
    for fid in [901, 902, 903] {
        assert_eq!(post(&serve, "/weibo/news", "secret-of-news", &image(fid)), 200);
    }
    for fid in [904, 905] {
        assert_eq!(post(&serve, "/weibo/shop", "secret-of-shop", &image(fid)), 200);
    }
    serve.stop();
    let output = home.output(&["download", "--all"], &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("2 saved in") && told.contains("3 waiting"), "{told}");
    assert!(told.contains("wait for another access token: news: the access token expired"), "{told}");
    let asked = asked.lock().unwrap().clone();
    let with = |token: &str| asked.iter().filter(|target| target.contains(token)).count();
    assert_eq!((with("2.00news"), with("2.00shop")), (1, 2), "{asked:?}");
    assert!(
        asked.iter().all(|target| target.contains("2.00shop") == (target.contains("904") || target.contains("905")))
    );
}

#[test]
fn accounts_that_cannot_be_told_apart_or_have_no_secret_are_refused_with_their_line() {
    let account =
        |name: &str, path: &str, rest: &str| format!("[[account]]\nname = '{name}'\npath = '{path}'\n{rest}\n");
    let secret = "app_secret_file = 'news-secret'";
    let one = account("news", "/a", secret);
    for (toml, words, hint) in [
        (
            format!("{one}{}", account("shop", "/a", secret)),
            "line 5: `/a` is the path of `news`, too",
            "the path tells",
        ),
        (
            format!("{one}{}", account("news", "/b", secret)),
            "line 5: there is another `news`",
            "give each account a name",
        ),
        (account("news", "/a", ""), "line 1: `news` has no app secret", "name the file that holds it"),
        (account("a b", "/a", secret), "line 1: `a b` is no name", "it takes up to 32 letters"),
        (account("", "/a", secret), "line 1: `` is no name", "it takes up to 32 letters"),
        (account("news", "a", secret), "line 1: `a` is no path", "it takes a path that begins with `/`"),
        (
            account("news", "/a", "app_secret_file = 'gone'"),
            "line 1: cannot read the app secret in",
            "name a file that you may read with `app_secret_file`",
        ),
        (
            account("news", "/a", "app_secret_file = 'news-secret'\naccess_token_file = 'gone'"),
            "line 1: cannot read the access token in",
            "name a file that you may read with `access_token_file`",
        ),
        (account("news", "/a", "app_secret = 'x'"), "holds the app secret in line", "move it to a file"),
        (format!("path = '/x'\n{one}"), "`path` (file ", "move it into the `[[account]]`"),
        (format!("app_secret_file = 'news-secret'\n{one}"), "`app_secret` (file ", "move it into the `[[account]]`"),
        (
            format!("{one}[[tab]]\nname = 't'\nquery = 'account:nes'"),
            "there is no account `nes`",
            "did you mean `news`?",
        ),
    ] {
        let home = home("");
        home.configure(&toml);
        let output = home.output(&["config"], &[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{toml}: {told}");
        assert!(told.contains(words) && told.contains(&format!("\nhint: {hint}")), "{toml}: {told}");
    }
    let output = home("").output(&["config"], &[("WEIBOX_ACCESS_TOKEN", "2.00x")]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("`access_token` (environment WEIBOX_ACCESS_TOKEN) is nobody's"), "{told}");
}

#[test]
fn doctor_and_config_look_at_every_account() {
    let home = home("");
    let output = home.output(&["config"], &[]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("news at /weibo/news, 客服 at /weibo/shop"), "{told}");
    let serve = Serve::start(&home, &[], &[]);
    let shop = format!("http://{}/weibo/shop", serve.address);
    let output = home.output(&["doctor", "--listen", "127.0.0.1:0", "--public", &shop], &[]);
    let told = String::from_utf8(output.stdout).unwrap();
    for words in ["/weibo/news (news)", "/weibo/shop (客服)", "signed as    客服", "answered as Weibo wants it"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("secret-of") && !told.contains("2.00"), "{told}");
}

#[test]
fn what_lacks_a_token_names_the_setting_of_its_account() {
    let home = Home::new();
    home.configure(&TWO.replace("access_token_file = 'shop-token'", ""));
    for (file, text) in
        [("news-secret", "secret-of-news"), ("shop-secret", "secret-of-shop"), ("news-token", "2.00news")]
    {
        fs::write(home.path(".config/weibox").join(file), text).unwrap();
    }
    let mut serve = Serve::start(&home, &[], &[]);
    assert_eq!(post(&serve, "/weibo/shop", "secret-of-shop", &image(906)), 200);
    serve.stop();
    let output = home.output(&["download", "--all"], &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("set `access_token_file` in the [[account]] of 客服"), "{told}");
    let output = home.output(&["doctor", "--listen", "127.0.0.1:0"], &[]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.contains("`access_token_file` in the [[account]] of 客服") && !told.contains("--access-token"),
        "{told}"
    );
}

#[test]
fn the_dashboard_shows_two_accounts_that_are_called_at_once() {
    let home = home("");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", &port.to_string(), "--data-dir", home.data_dir().to_str().unwrap()]);
    command.env_clear();
    for (name, value) in [("HOME", home.path("").to_str().unwrap()), ("PATH", "/usr/bin:/bin")] {
        command.env(name, value);
    }
    let mut pty = Pty::spawn(command, 120, 36);
    pty.wait_for_text("no handshake yet · messages: 0");
    let call = |method: &str, path: &str, secret: &str, query: &str, body: &str| {
        let target = format!("{path}?{}{query}", signed_query(secret));
        Connection::to(port).unwrap().call(method, &target, body.as_bytes()).unwrap().status
    };
    assert_eq!(call("GET", "/weibo/shop", "secret-of-shop", "&echostr=a", ""), 200);
    pty.wait_for_text("/weibo/shop · secret set · token set · handshake answered 1×");
    for (path, secret, words) in [
        ("/weibo/news", "secret-of-news", "first"),
        ("/weibo/shop", "secret-of-shop", "second"),
        ("/weibo/shop", "secret-of-shop", "third"),
    ] {
        assert_eq!(call("POST", path, secret, "", &message(words)), 200);
    }
    pty.wait_for_text("9 news 1  10 客服 2");
    pty.send("9");
    pty.wait_for(|screen| !screen.contents().contains("third"), crate::pty::PATIENCE);
    assert!(pty.screen_text().contains("first"), "{}", pty.screen_text());
    pty.send("q");
    assert!(pty.wait().success());
}
