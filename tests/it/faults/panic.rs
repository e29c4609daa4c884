//! A panic in the dashboard: the terminal is restored, the user is told, and the archive is closed cleanly. A
//! panic elsewhere is also reported, and its work continues.

use super::{Disk, dashboard, post};
use crate::support::{Connection, message};

#[test]
fn a_panic_of_the_dashboard_gives_the_terminal_back_says_where_the_log_is_and_closes_the_archive() {
    let disk = Disk::new();
    let (mut pty, address) = dashboard(&disk, &[]);
    assert_eq!(post(address, &message("before")), 200);
    pty.wait_for_text("before");
    disk.fails("broken");
    pty.send("j");
    let status = pty.wait();
    pty.assert_whole();
    assert_eq!(status.exit_code(), 1);
    // Lines are wrapped at the width of the terminal.
    let screen = pty.screen_text().replace('\n', "");
    assert!(screen.contains("error: the screen broke off by a fault of weibox; every message is kept"), "{screen}");
    let log = disk.home.data_dir().join("log");
    assert!(screen.contains(&format!("the last lines of the log in `{}`", log.display())), "{screen}");
    let logged = disk.log();
    assert!(logged.contains("panicked at") && logged.contains("stopped"), "{logged}");
    assert!(!disk.home.data_dir().join("weibox.db-wal").exists(), "the archive was not closed");
    assert_eq!(disk.home.records().len(), 1);
}

#[test]
fn a_panic_of_the_listener_costs_one_connection_and_is_shown() {
    let disk = Disk::new();
    let (mut pty, address) = dashboard(&disk, &[]);
    disk.fails("accept");
    let mut broken = Connection::to(address).unwrap();
    assert!(broken.call("POST", "/weibo", message("lost").as_bytes()).is_err(), "it did not break");
    pty.wait_for_text("broke off by a fault of weibox");
    assert_eq!(post(address, &message("asked again")), 200);
    pty.wait_for_text("asked again");
    pty.send("q");
    assert!(pty.wait().success());
    let logged = disk.log();
    assert!(logged.contains("panicked at") && logged.contains("a connection could not be accepted"), "{logged}");
}

#[test]
fn without_a_screen_a_panic_is_told_as_well() {
    let disk = Disk::new();
    let mut serve = disk.serve();
    disk.fails("accept");
    assert!(serve.try_post(message("lost").as_bytes()).is_err(), "it did not break");
    assert_eq!(serve.post(message("asked again")).status, 200);
    serve.stop();
    let (told, logged) = (serve.running.stderr().join("\n"), disk.log());
    assert!(told.contains("panicked at") && logged.contains("panicked at"), "{told}\n{logged}");
}
