//! The copied command that sends a message again: run in a shell, it signs as the account that received the
//! message.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::home;
use crate::pty::Pty;
use crate::support::{Connection, Home, SECRET, message, signed_query};

/// Runs the command that the dashboard copies for a message posted to a path, in a shell with the same variables,
/// up to the request. Returns the address that it would call.
fn called(weibox: &mut Command, address: SocketAddr, path: &str, secret: &str) -> String {
    let mut pty = Pty::start(weibox.args(["--listen", &address.to_string()]), 120, 36);
    pty.wait_for_text("q quit");
    let target = format!("{path}?{}", signed_query(secret));
    let body = message("it's first");
    assert_eq!(Connection::to(address).unwrap().call("POST", &target, body.as_bytes()).unwrap().status, 200);
    pty.wait_for_text("it's first");
    pty.send("Y");
    pty.wait_for_text("curl");
    pty.send("curl\r");
    pty.wait_for_raw("\u{1b}]52;c;");
    pty.wait_for_text("q quit");
    let raw = String::from_utf8(pty.raw()).unwrap();
    let copied = raw.rsplit_once("\u{1b}]52;c;").unwrap().1.split('\u{1b}').next().unwrap();
    let command = String::from_utf8(BASE64_STANDARD.decode(copied).unwrap()).unwrap();
    assert!(!command.contains(secret), "{command}");
    // A curl that only prints its last argument.
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("curl() {{ for last; do :; done; echo \"$last\"; }}\n{command}")]);
    shell.env_clear().envs(weibox.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let url = String::from_utf8(shell.env("PATH", "/usr/bin:/bin").output().unwrap().stdout).unwrap();
    let (_, target) = url.trim_end().split_once(&address.to_string()).unwrap();
    // With `signature.max_age`, timestamps must be in milliseconds.
    let timestamp = target.split_once("timestamp=").unwrap().1.split('&').next().unwrap();
    assert_eq!(timestamp.len(), "1397022061823".len(), "{command}");
    let again = message("sent again");
    assert_eq!(
        Connection::to(address).unwrap().call("POST", target, again.as_bytes()).unwrap().status,
        200,
        "{command}"
    );
    pty.wait_for_text("sent again");
    pty.send("q");
    assert!(pty.wait().success());
    target.to_owned()
}

#[test]
fn a_copied_curl_signs_with_the_secret_of_the_account_wherever_it_is() {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (path, secret) in [("/weibo/news", "secret-of-news"), ("/weibo/shop", "secret-of-shop")] {
        let home = home("");
        let target = called(&mut home.weibox(&[]), free(), path, secret);
        assert!(target.starts_with(path), "{target}");
    }
    let home = Home::new();
    called(home.weibox(&[]).env("WEIBOX_APP_SECRET", SECRET), free(), "/weibo", SECRET);
    // A secret typed on the screen, and one in a file whose name has special characters of the shell.
    std::fs::create_dir_all(home.path(".config/weibox")).unwrap();
    std::fs::write(home.path(".config/weibox/app_secret"), "typed-secret\n").unwrap();
    called(&mut home.weibox(&[]), free(), "/weibo", "typed-secret");
    let file = home.path("it's $HOME `id`");
    std::fs::write(&file, "secret-of-a-file\r\n").unwrap();
    called(home.weibox(&["--app-secret-file"]).arg(&file), free(), "/weibo", "secret-of-a-file");
}
