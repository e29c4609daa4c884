//! Who is not let in or comes too late is told why, and what the socket's holder cannot say is told without it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use super::screens::screen_with;
use crate::support::{Home, Serve};

/// What a command says on stderr.
fn told(home: &Home, args: &[&str]) -> String {
    String::from_utf8(home.output(args, &[]).stderr).unwrap()
}

#[test]
fn a_weibox_that_may_not_listen_here_attaches_to_the_one_that_does() {
    let home = Home::new();
    let _serve = Serve::signed(&home);
    home.configure("listen = '0.0.0.0:0'\n[tls]\ncert = '/nowhere/c.pem'\nkey = '/nowhere/k.pem'");
    let pty = screen_with(&home, &[], &[]);
    pty.wait_for_text("weibox attached");
    let refused = told(&home, &["serve"]);
    assert!(refused.contains("is in use by") && refused.contains("hint: `weibox attach` shows it"), "{refused}");
}

#[test]
#[expect(clippy::print_stderr, reason = "whoever runs the tests should know what could not be tried")]
fn another_user_is_not_told_that_nobody_serves() {
    let home = Home::new();
    let _serve = Serve::signed(&home);
    fs::set_permissions(home.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    for args in [&["status"][..], &["attach"], &["export"]] {
        let mut command = home.weibox(args);
        let started = command.uid(65_534).gid(65_534).output();
        let Ok(output) = started else { return eprintln!("not tried: no other user can be had, or start weibox") };
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("Permission denied") && told.contains("be the user whose archive it is"), "{told}");
    }
}
