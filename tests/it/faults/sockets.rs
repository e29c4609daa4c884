//! A data directory on a file system without sockets: the socket is elsewhere, or dashboards cannot attach and
//! are told why. Callbacks are answered in either case.

use weibox::attach::socket::place;

use super::Disk;
use crate::support::message;

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn without_sockets_in_the_data_directory_calls_are_answered_and_who_cannot_attach_is_told_why() {
    let disk = Disk::new();
    disk.fails("sockets");
    let mut serve = disk.serve();
    assert!(!place(&disk.home.data_dir()).starts_with(disk.home.data_dir()), "it lies elsewhere");
    let status = disk.home.output(&["status"], &[]);
    assert_eq!(status.status.code(), Some(0), "{}", text(status.stdout));
    serve.stop();

    disk.fails("nosockets");
    let mut serve = disk.serve();
    serve.running.told("dashboards cannot attach: no socket in");
    assert_eq!(serve.post(message("all the same")).status, 200);
    let holder = format!("process {} (weibox serve) holds the archive and has no socket", serve.running.id());
    let told = text(disk.home.output(&["attach"], &[]).stderr);
    assert!(told.contains(&holder) && !told.contains("start `weibox`"), "{told}");
    let status = disk.home.output(&["status"], &[]);
    let told = text(status.stdout);
    assert!(status.status.code() == Some(1) && told.contains(&holder), "{told}");
    serve.stop();
    assert_eq!(disk.home.records().len(), 1);
}
