//! Secrets do not leak: after a session with faults of every kind, everything that weibox has written, printed,
//! sent and started is searched for the app secret and the access token.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::thread;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use portable_pty::CommandBuilder;

use crate::pty::{PATIENCE, Pty};
use crate::support::{Connection, Home, message, signed_query, target, wait_for};
use crate::voice::fixture;

/// Both contain characters that are escaped in a URL.
const SECRET: &str = "app/secret+of=the~tests";
const TOKEN: &str = "2.00token+of/the=tests";

/// Returns all ways in which a secret may be spelled.
fn spellings() -> Vec<Vec<u8>> {
    let forms = |secret: &str| {
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let json = serde_json::to_string(secret).unwrap().trim_matches('"').replace('/', "\\/");
        let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        [secret.to_owned(), form, percent, json, hex]
    };
    [forms(SECRET), forms(TOKEN)].concat().into_iter().map(String::into_bytes).collect()
}

#[track_caller]
fn is_free_of_secrets(what: &str, bytes: &[u8]) {
    for spelling in spellings() {
        let found = bytes.windows(spelling.len()).any(|window| window == spelling);
        let (spelling, bytes) = (String::from_utf8_lossy(&spelling), String::from_utf8_lossy(bytes));
        assert!(!found, "{what} has `{spelling}`:\n{bytes}");
    }
}

/// The heads of the requests to a server.
type Heads = Arc<Mutex<Vec<String>>>;

/// Starts a server that answers the head of a request.
fn serving(reply: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (SocketAddr, Heads) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let heads = Heads::default();
    let seen = Arc::clone(&heads);
    thread::spawn(move || {
        for stream in socket.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap_or_default() > 0 {}
            // Before the answer, so that the caller finds it there.
            seen.lock().unwrap().push(head.clone());
            drop(stream.get_mut().write_all(&reply(&head)));
        }
    });
    (address, heads)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Starts a media store that repeats the token wherever it can.
fn treacherous(elsewhere: SocketAddr) -> (SocketAddr, Heads) {
    serving(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let fid = target.rsplit("fid=").next().unwrap_or_default();
        match fid {
            "911" => answer("200 OK", "", &fixture("nb-12.2.amr")),
            "912" => answer("200 OK", "", b"\xff\xd8\xff\xe0 a photo"),
            "913" => answer("500 Oops", "Content-Type: text/plain\r\n", format!("no {target} {TOKEN}").as_bytes()),
            "914" => answer("302 Found", &format!("Location: http://{elsewhere}{target}\r\n"), b""),
            "915" => answer("200 OK", "", format!(r#"{{"error":"no {TOKEN}","error_code":20404}}"#).as_bytes()),
            "917" => answer("302 Found", "Location: /again?fid=918\r\n", b""),
            _ => answer("403 No", "", format!(r#"{{"error":"{TOKEN}","error_code":21332}}"#).as_bytes()),
        }
    })
}

fn medium(kind: &str, fid: u64) -> String {
    let text = message(&format!("{kind} {fid}"));
    text.replace("\"text\",\"rec", &format!("\"{kind}\",\"rec")).replace("{}", &format!("{{\"tovfid\":{fid}}}"))
}

/// Installs a player and an opener that record how they were started.
fn install(home: &Home) {
    fs::create_dir_all(home.path("bin")).unwrap();
    for name in ["mpv", "xdg-open"] {
        let told = home.path(&format!("{name}.told"));
        let script = format!(
            "#!/bin/sh\n{{ env; printf '%s\\n' \"$0\" \"$@\"; }} > '{0}.new'\nmv '{0}.new' '{0}'\n",
            told.display()
        );
        let path = home.path("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
}

/// Starts the dashboard with both secrets in its environment.
fn start(home: &Home, media: SocketAddr) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()]);
    command.args(["--media-url", &format!("http://{media}/")]);
    command.env_clear();
    command.env("HOME", home.path("."));
    command.env("TMPDIR", home.path("."));
    command.env("PATH", format!("{}:/usr/bin:/bin", home.path("bin").display()));
    command.env("WEIBOX_APP_SECRET", SECRET);
    command.env("WEIBOX_ACCESS_TOKEN", TOKEN);
    command.env("WEIBOX_LOG", "trace");
    let pty = Pty::spawn(command, 120, 36);
    pty.wait_for_text("LIVE");
    pty
}

/// Returns the address of the listener in the header.
fn address(pty: &Pty) -> SocketAddr {
    let screen = pty.screen_text();
    let shown = screen.split_whitespace().find_map(|word| word.strip_suffix("/weibo")?.parse().ok());
    assert!(shown.is_some(), "{screen}");
    shown.unwrap()
}

/// Sends requests of every kind: valid, forged, replayed with the secret, malformed.
fn call(address: SocketAddr) {
    let call = |method: &str, target: &str, body: &str| {
        Connection::to(address).unwrap().call(method, target, body.as_bytes()).unwrap()
    };
    let target = target(SECRET);
    for (kind, fid) in [("image", 912), ("image", 913), ("image", 914), ("image", 915), ("image", 917), ("voice", 911)]
    {
        assert_eq!(call("POST", &target, &medium(kind, fid)).status, 200, "{fid}");
    }
    let echo = format!("/weibo?{}&echostr=abc", signed_query(SECRET));
    assert_eq!(call("GET", &echo, "").body, "abc");
    for (method, target, body) in [
        ("POST", "/weibo?signature=00&timestamp=1&nonce=2", "x"),
        ("POST", "/weibo", "x"),
        ("GET", "/elsewhere", ""),
        ("PUT", target.as_str(), ""),
    ] {
        let refused = call(method, target, body);
        is_free_of_secrets("an answer", format!("{refused:?}").as_bytes());
    }
    assert_eq!(call("POST", &target, "<xml>").status, 200);
}

/// Returns the output of a command with both secrets in its environment, after checking it.
fn printed(home: &Home, args: &[&str]) -> String {
    let output = home.output(args, &[("WEIBOX_APP_SECRET", SECRET), ("WEIBOX_ACCESS_TOKEN", TOKEN)]);
    let both = [output.stdout, output.stderr].concat();
    is_free_of_secrets(&format!("`weibox {}`", args.join(" ")), &both);
    String::from_utf8(both).unwrap()
}

#[test]
fn after_a_session_with_faults_no_secret_is_anywhere() {
    let home = Home::new();
    install(&home);
    let (elsewhere, strange) = serving(|_| answer("200 OK", "", b"\xff\xd8\xff\xe0"));
    let (media, asked) = treacherous(elsewhere);
    let mut pty = start(&home, media);
    let process = format!("/proc/{}", weibox_of(&home));
    call(address(&pty));
    pty.wait_for_text("voice 911");
    pty.send("D");
    pty.wait_for_text("y Enter yes");
    pty.send("y");
    let has_asked = |fid: u64| asked.lock().unwrap().iter().any(|head| head.contains(&format!("fid={fid} ")));
    wait_for("all files to be asked for", || [911, 912, 913, 914, 915, 917, 918].into_iter().all(has_asked));
    pty.send("/type:voice\r");
    // Waits for the message to show it, because the download panel shows it earlier.
    let is_saved = |text: &str| !text.contains("image 912") && text.contains("saved, ");
    pty.wait_for(|screen| is_saved(&screen.contents()), PATIENCE);
    pty.send("p");
    wait_for("the player", || home.path("mpv.told").exists());
    pty.send("o");
    wait_for("the opener", || home.path("xdg-open.told").exists());
    pty.send("\u{1b}");
    pty.wait_for_text("image 912");
    pty.send("E");
    pty.wait_for_text("the signature does not match");
    if let Ok(arguments) = fs::read(format!("{process}/cmdline")) {
        is_free_of_secrets("argv", &arguments);
    }
    pty.send("\u{1b}");
    pty.wait_for(|screen| !screen.contents().contains("the signature does not match"), PATIENCE);
    pty.send("q");
    assert!(pty.wait().success());
    is_free_of_secrets("the terminal", &pty.raw());

    for name in ["mpv", "xdg-open"] {
        is_free_of_secrets(name, &fs::read(home.path(&format!("{name}.told"))).unwrap());
    }
    assert!(strange.lock().unwrap().is_empty(), "another host was asked: {strange:?}");
    for head in asked.lock().unwrap().iter() {
        let (_, headers) = head.split_once("\r\n").unwrap();
        is_free_of_secrets("a header", headers.as_bytes());
        assert!(!headers.to_ascii_lowercase().contains("referer"), "{headers}");
    }
    let followed = asked.lock().unwrap().iter().find(|head| head.contains("fid=918")).cloned().unwrap();
    is_free_of_secrets("the target of a redirect", followed.as_bytes());
    everything_kept_is_clean(&home);
    assert!(home.log().contains("a call that is no message"));
}

/// Returns weibox's process id from its lock.
fn weibox_of(home: &Home) -> String {
    let lock = fs::read_to_string(home.data_dir().join("weibox.lock")).unwrap();
    lock.split_whitespace().nth(1).unwrap().to_owned()
}

fn everything_kept_is_clean(home: &Home) {
    for path in home.kept().into_iter().filter(|path| path.is_file()) {
        is_free_of_secrets(&path.display().to_string(), &fs::read(&path).unwrap());
    }
}

#[test]
fn no_command_and_no_error_repeats_a_secret() {
    let home = Home::new();
    let (elsewhere, _) = serving(|_| answer("200 OK", "", b""));
    let (media, _) = treacherous(elsewhere);
    let url = format!("http://{media}/");
    // As pages do that show the address that was not found.
    let (careless, _) = serving(|head| answer("404 No", "Content-Type: text/html\r\n", head.as_bytes()));
    let page = format!("http://{careless}/");
    fs::write(home.path("in.jsonl"), medium("image", 916)).unwrap();
    for (args, words) in [
        (&["import", home.path("in.jsonl").to_str().unwrap()][..], "1 imported"),
        (&["download", "--all", "--media-url", &url], "the access token is not valid (21332 [access token])"),
        (&["export"], "916"),
        (&["export", "--format", "csv"], "916"),
        (&["config"], "set, 22 characters"),
        (&["doctor", "--token", "--media-url", &url, "--public", &page], "set, 23 characters"),
        (&["simulate", "--url", &url, "--count", "1"], "lost       1"),
        (&["simulate", "--url", "http://127.0.0.1:1/", "--count", "1"], "lost       1"),
        (&["--media-url", &format!("{url}?access_token={TOKEN}"), "config"], "is not a valid value for `media_url`"),
        (&["--tls-cert", "/nowhere", "serve"], "`tls.key` is missing"),
    ] {
        let printed = printed(&home, args);
        assert!(printed.contains(words), "{args:?}: {printed}");
    }
    for wrong in [
        format!("app_secret = '{SECRET}'"),
        format!("access_token = '{TOKEN}'\n"),
        format!("listen = '{TOKEN}"),
        format!("{TOKEN} = {SECRET}"),
        format!("[[account]]\nname = 'a'\npath = '/a'\napp_secret = '{SECRET}'"),
    ] {
        home.configure(&wrong);
        let printed = printed(&home, &["config"]);
        assert!(printed.starts_with("error: "), "{wrong}: {printed}");
    }
    everything_kept_is_clean(&home);
}

#[test]
fn a_panic_that_shows_the_settings_shows_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let variables = [("WEIBOX_APP_SECRET", SECRET), ("WEIBOX_ACCESS_TOKEN", TOKEN)];
    let environment = weibox::config::Environment::new(home.path(), &variables);
    let config = weibox::config::Config::load(&weibox::config::Options::default(), &environment).unwrap();
    let panicked = std::panic::catch_unwind(|| {
        let accounts = config.all_accounts();
        let nothing: Option<()> = None;
        assert!(nothing.is_some(), "{config:?} {accounts:?}");
    });
    let text = *panicked.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("app_secret"), "{text}");
    is_free_of_secrets("a panic", text.as_bytes());
}
