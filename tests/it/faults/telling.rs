//! A disk that takes no messages is reported once when the trouble begins and once when it ends, in every place.

use super::{Disk, insist};
use crate::support::{message, wait_for};

/// Returns what `weibox doctor` says about the data directory, and its exit code.
fn doctor(disk: &Disk) -> (String, Option<i32>) {
    let output = disk.home.output(&["doctor", "--listen", "127.0.0.1:0"], &[]);
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn a_failing_disk_is_told_of_once_when_it_begins_and_once_when_it_ends() {
    for (how, words) in [("full", "the disk is full: messages are not kept"), ("sync", "the archive cannot be written")]
    {
        let disk = Disk::new();
        let mut serve = disk.serve();
        assert_eq!(serve.post(message("before")).status, 200);
        let (text, code) = doctor(&disk);
        assert!(code == Some(0) && text.contains("Nothing is wrong."), "{how}: {text}");
        disk.fails(how);
        let told = |words: &str| serve.running.stderr().iter().filter(|line| line.contains(words)).count();
        assert_eq!(serve.post(message("during")).status, 503);
        wait_for("it to be told", || told(words) == 1);
        for _ in 0..20 {
            assert_eq!(serve.post(message("during")).status, 503);
        }
        let (text, code) = doctor(&disk);
        assert!(code == Some(1) && text.contains(words) && !text.contains("Nothing is wrong"), "{how}: {text}");
        disk.fails("");
        insist(&serve, "during");
        wait_for("the end to be told", || told("messages are kept again") == 1);
        let (text, code) = doctor(&disk);
        assert!(code == Some(0) && text.contains("Nothing is wrong."), "{how}: {text}");
        serve.stop();
        let (told, log) = (serve.running.stderr(), disk.log());
        assert_eq!(told.iter().filter(|line| line.contains(words)).count(), 1, "{told:?}");
        for once in
            [words, "the archive could not be written", "messages are kept again", "the archive is written again"]
        {
            assert_eq!(log.matches(once).count(), 1, "{how}, `{once}`: {log}");
        }
    }
}
