//! A fault of ours in the dashboard: the terminal is given back, the user is told, and the archive is closed in order.

use super::{Disk, dashboard, post};
use crate::support::message;

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
    // Broken where the terminal ends.
    let screen = pty.screen_text().replace('\n', "");
    assert!(screen.contains("error: the screen broke off by a fault of weibox; every message is kept"), "{screen}");
    let log = disk.home.data_dir().join("log");
    assert!(screen.contains(&format!("the last lines of the log in `{}`", log.display())), "{screen}");
    let logged = disk.log();
    assert!(logged.contains("panicked at") && logged.contains("stopped"), "{logged}");
    assert!(!disk.home.data_dir().join("weibox.db-wal").exists(), "the archive was not closed");
    assert_eq!(disk.home.records().len(), 1);
}
