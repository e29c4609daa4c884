//! A full disk: a real file system of a few megabytes if this process may mount one, and otherwise the library
//! that fails writes.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use portable_pty::CommandBuilder;

use super::{ANSWER, Disk, dashboard, post, start};
use crate::download::saved;
use crate::forward::bot::{Bot, Manner};
use crate::pace::Pace;
use crate::pty::{PATIENCE, Pty};
use crate::support::{message, wait_for};

/// Size of the file system in bytes.
const SIZE: usize = 24 << 20;
/// The part of it that weibox reserves for a full disk.
const RESERVE: u64 = 4 << 20;
/// Size of a photo in bytes.
const PHOTO: usize = 3 << 20;

/// A file system in the place of the data directory, visible to one dashboard only and gone with it.
struct Small {
    disk: Disk,
    pty: Pty,
    address: SocketAddr,
    /// The data directory, seen from outside.
    inside: PathBuf,
}

impl Small {
    /// Returns `None` if nothing can be mounted.
    fn start(arguments: &[&str]) -> Option<Self> {
        Self::on(Disk::new(), &format!("-t tmpfs -o mode=700,size={SIZE} tmpfs"), arguments)
    }

    /// Starts it with other arguments of `mount`.
    fn on(disk: Disk, what: &str, arguments: &[&str]) -> Option<Self> {
        fs::create_dir_all(disk.home.data_dir()).unwrap();
        let directory = disk.home.data_dir().display().to_string();
        let mount = format!("mount {what} '{directory}'");
        let user = ["-m", "-Urm"].into_iter().find(|flags| {
            let tried = Command::new("unshare").args([flags, "sh", "-c", &mount]).output();
            tried.is_ok_and(|tried| tried.status.success())
        });
        let Some(user) = user else {
            // `.ci/run` has the rights.
            let mut stderr = io::stderr();
            writeln!(stderr, "not tried: nothing can be mounted here, by `{mount}`").unwrap();
            return None;
        };
        let mut command = CommandBuilder::new("unshare");
        command.args([user, "sh", "-c", &format!("{mount} && exec \"$@\""), "sh", env!("CARGO_BIN_EXE_weibox")]);
        command.args(arguments);
        let (pty, address) = start(command, &disk);
        let inside = PathBuf::from(format!("/proc/{}/root{directory}", pty.id()));
        // Waits for the whole reserve before the test takes the remaining space.
        let reserve = inside.join("weibox.reserve");
        wait_for("room to be kept", || reserve.metadata().is_ok_and(|reserve| reserve.len() >= RESERVE));
        Some(Self { disk, pty, address, inside })
    }

    /// Leaves this many bytes free.
    fn fill(&self, free: usize) {
        let disk = rustix::fs::statvfs(&self.inside).unwrap();
        let all = usize::try_from(disk.f_bavail * disk.f_frsize).unwrap();
        fs::write(self.inside.join("filler"), vec![0; all - free]).unwrap();
    }

    fn empty(&self) {
        fs::remove_file(self.inside.join("filler")).unwrap();
    }

    /// Runs another command in the namespace with this file system.
    fn run(&self, command: &str) -> Output {
        let mut inside = Command::new("nsenter");
        inside.args(["-t", &self.pty.id().to_string(), "-m"]);
        if !rustix::process::geteuid().is_root() {
            inside.args(["-U", "--preserve-credentials"]);
        }
        inside.arg(env!("CARGO_BIN_EXE_weibox")).arg(command).arg("--data-dir").arg(self.disk.home.data_dir());
        inside.env("HOME", self.disk.home.path("")).output().unwrap()
    }

    /// Returns the texts of all stored messages.
    fn kept(&self) -> Vec<String> {
        let lines = String::from_utf8(self.run("export").stdout).unwrap();
        let words = |line: &str| {
            let message: serde_json::Value = serde_json::from_str(line).unwrap();
            message["text"].as_str().unwrap().split(' ').next().unwrap().to_owned()
        };
        lines.lines().map(words).collect()
    }
}

#[test]
fn an_archive_on_a_small_disk_says_when_it_is_full_and_goes_on_when_there_is_room() {
    // If nothing can be mounted, the failing library does the same (see `faults`).
    let Some(mut small) = Small::start(&[]) else { return };
    small.fill(2 << 20);
    let mut answered = Vec::new();
    let long = "long ".repeat(10_000);
    let refused = loop {
        let words = format!("{}", answered.len());
        let pace = Pace::of(small.pty.id());
        let status = post(small.address, &message(&format!("{words} {long}")));
        pace.assert_within(ANSWER, "an answer");
        if status != 200 {
            assert_eq!(status, 503);
            break words;
        }
        answered.push(words);
        assert!(answered.len() < 1000, "it is never full");
    };
    assert!(answered.len() > 5, "{answered:?}");
    small.pty.wait_for_text("ARCHIVE FULL");
    small.empty();
    let body = message(&format!("{refused} {long}"));
    wait_for("the archive to go on", || post(small.address, &body) == 200);
    answered.push(refused);
    small.pty.wait_for(|screen| !screen.contents().contains("ARCHIVE"), PATIENCE);
    assert_eq!(small.kept(), answered);
    small.pty.send("q");
    assert!(small.pty.wait().success());
}

#[test]
fn prune_makes_room_on_a_full_disk_and_the_log_says_that_it_was_full() {
    let disk = Disk::new();
    disk.home.configure("[retention]\nmax_size = '1MB'");
    let Some(mut small) = Small::on(disk, &format!("-t tmpfs -o mode=700,size={SIZE} tmpfs"), &[]) else { return };
    // Several times the limit, in whichever of the archive's files it is when the disk is full.
    small.fill(8 << 20);
    let long = "long ".repeat(10_000);
    let mut n_kept = 0;
    while post(small.address, &message(&format!("{n_kept} {long}"))) == 200 {
        n_kept += 1;
        assert!(n_kept < 1000, "it is never full");
    }
    small.pty.wait_for_text("ARCHIVE FULL");
    let logged = || {
        let files = fs::read_dir(small.inside.join("log")).unwrap();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect::<String>()
    };
    wait_for("the log to say so", || logged().contains("the disk is full"));
    let pruned = small.run("prune");
    let words = String::from_utf8_lossy(&pruned.stderr);
    assert!(pruned.status.success() && !words.starts_with("0 messages"), "{words}");
    let last = message(&format!("{n_kept} {long}"));
    wait_for("the archive to go on", || post(small.address, &last) == 200);
    small.pty.wait_for(|screen| !screen.contents().contains("ARCHIVE"), PATIENCE);
    let kept = small.kept();
    assert!(kept.len() < n_kept && kept.last() == Some(&n_kept.to_string()), "{kept:?} of {n_kept}");
    small.pty.send("q");
    assert!(small.pty.wait().success());
}

#[test]
fn a_disk_that_turns_read_only_takes_no_acknowledged_message_along() {
    let disk = Disk::new();
    let image = disk.home.path("image");
    fs::File::create(&image).unwrap().set_len(64 << 20).unwrap();
    let formatted = Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image).status();
    let what = format!("-o loop,errors=remount-ro '{}'", image.display());
    let is_formatted = formatted.is_ok_and(|formatted| formatted.success());
    let (is_asked, is_failing) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
    let (asked, failing) = (Arc::clone(&is_asked), Arc::clone(&is_failing));
    let bot = Bot::start(move |call, _| {
        if call.seq() == 20 && !failing.load(Ordering::Relaxed) {
            asked.store(true, Ordering::Relaxed);
            wait_for("the disk to fail", || failing.load(Ordering::Relaxed));
        }
        Manner::says(200, "")
    });
    let arguments = ["--forward", &bot.url()];
    // Only root may mount such a file.
    let Some(small) = is_formatted.then(|| Small::on(disk, &what, &arguments)).flatten() else { return };
    let mut answered = Vec::new();
    for number in 0..19 {
        assert_eq!(post(small.address, &message(&number.to_string())), 200);
        answered.push(number.to_string());
    }
    // The bot's result for this message cannot be written.
    let (address, last) = (small.address, message("19"));
    let last = std::thread::spawn(move || post(address, &last));
    answered.push("19".to_owned());
    wait_for("the bot to be asked", || is_asked.load(Ordering::Relaxed));
    // As when the kernel finds a fault, regardless of open files. The file system is read-only until it is
    // mounted again.
    let mounts = fs::read_to_string(format!("/proc/{}/mounts", small.pty.id())).unwrap();
    let directory = small.disk.home.data_dir().display().to_string();
    let device = mounts.lines().find(|line| line.contains(&directory)).unwrap().split(' ').next().unwrap();
    fs::write(format!("/sys/fs/ext4/{}/trigger_fs_error", device.trim_start_matches("/dev/")), "1").unwrap();
    is_failing.store(true, Ordering::Relaxed);
    assert_eq!(last.join().unwrap(), 200);
    for _ in 0..3 {
        let pace = Pace::of(small.pty.id());
        assert_eq!(post(small.address, &message("during")), 503);
        pace.assert_within(ANSWER, "an answer");
    }
    small.pty.wait_for_text("ARCHIVE FAILING");
    let Small { disk, mut pty, .. } = small;
    pty.send("q");
    pty.wait();
    let mut small = Small::on(disk, &what, &arguments).unwrap();
    wait_for("the bot to have it once more", || bot.calls().iter().filter(|call| call.seq() == 20).count() == 2);
    assert_eq!(post(small.address, &message("afterwards")), 200);
    answered.push("afterwards".to_owned());
    assert_eq!(small.kept(), answered);
    small.pty.send("q");
    assert!(small.pty.wait().success());
}

/// Starts a server of photos.
fn photos() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let photo = [b"\xff\xd8\xff\xe0".as_slice(), &vec![7; PHOTO - 4]].concat();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // The request does not matter.
            drop(stream.read(&mut [0; 4096]));
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {PHOTO}\r\n\r\n");
            drop(stream.write_all(&[head.as_bytes(), &photo].concat()));
        }
    });
    url
}

/// Requests a photo for which there is no space, until there is.
fn goes_on(pty: &mut Pty, address: SocketAddr, give_room: impl FnOnce()) {
    let photo = message("photo").replace("\"text\",\"rec", "\"image\",\"rec").replace("{}", "{\"tovfid\":77}");
    assert!(photo.contains("image"), "{photo}");
    assert_eq!(post(address, &photo), 200);
    pty.wait_for_text("photo");
    pty.send("d");
    pty.wait_for_text("downloads paused");
    pty.wait_for_text("could not be written");
    for number in 0..5 {
        assert_eq!(post(address, &message(&format!("beside {number}"))), 200);
    }
    pty.wait_for_text("beside 4");
    give_room();
    pty.wait_for(|screen| !screen.contents().contains("downloads paused"), PATIENCE);
    pty.wait_for_text("saved");
}

#[test]
fn a_full_media_disk_pauses_the_downloads_until_there_is_room_and_messages_are_kept_meanwhile() {
    let disk = Disk::new();
    let (mut pty, address) = dashboard(&disk, &["--media-url", &photos()]);
    disk.fails("media");
    goes_on(&mut pty, address, || disk.fails(""));
    pty.send("q");
    assert!(pty.wait().success());
    let log = disk.log();
    assert!(log.contains("the downloads pause") && log.contains("No space left"), "{log}");
    assert_eq!(saved(&disk.home.data_dir().join("media"), 77).unwrap().metadata().unwrap().len(), PHOTO as u64);
}

#[test]
fn downloads_leave_the_last_room_of_a_disk_to_messages() {
    let Some(mut small) = Small::start(&["--media-url", &photos()]) else { return };
    // The photo would fit, but nothing after it.
    small.fill(PHOTO + 100_000);
    let inside = small.inside.clone();
    goes_on(&mut small.pty, small.address, || fs::remove_file(inside.join("filler")).unwrap());
    assert_eq!(saved(&small.inside.join("media"), 77).unwrap().metadata().unwrap().len(), PHOTO as u64);
    small.pty.send("q");
    assert!(small.pty.wait().success());
}
