//! The whole program on a terminal, with players that only record their input.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portable_pty::CommandBuilder;
use weibox::media::budget::Budget;
use weibox::media::voice;
use weibox::weibo::FileId;

use super::fixture;
use crate::pty::Pty;
use crate::support::{Home, home_with_file, mode, wait_for};

/// Creates an archive with one saved voice.
async fn home_with_a_voice() -> Home {
    home_with_file("voice", "7.amr", &fixture("nb-12.2.amr")).await
}

/// Installs a script where weibox looks for players. It stores a copy of its file, its arguments and its process
/// id, then continues with `then`.
fn install(home: &Home, name: &str, then: &str) {
    let kept = home.path("kept");
    fs::create_dir_all(home.path("bin")).unwrap();
    fs::create_dir_all(&kept).unwrap();
    let script = format!(
        "#!/bin/sh\ncd '{}' || exit 9\nfor file; do :; done\ncp -p \"$file\" got.wav\nls -ld \"${{file%/*}}\" > got.directory\n\
         echo $$ > got.id\nenv > got.env\nprintf '%s\\n' \"$0\" \"$@\" > argv.new && mv argv.new argv\n{then}\n",
        kept.display()
    );
    let path = home.path("bin").join(name);
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
}

fn start(home: &Home, variables: &[(&str, &str)]) -> Pty {
    fs::create_dir_all(home.path("tmp")).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()]);
    command.env_clear();
    command.env("HOME", home.path("."));
    command.env("TMPDIR", home.path("tmp"));
    // Only our players, and the programs that their scripts need.
    command.env("PATH", format!("{}:/usr/bin:/bin", home.path("bin").display()));
    for (name, value) in variables {
        command.env(name, value);
    }
    let pty = Pty::spawn(command, 100, 30);
    pty.wait_for_text("[voice] 0:03");
    pty
}

/// Returns the arguments and the WAV of the player once they are there, and removes them.
fn taken(home: &Home) -> (Vec<String>, Vec<u8>) {
    let argv = home.path("kept").join("argv");
    wait_for("the player", || argv.exists());
    let words = fs::read_to_string(&argv).unwrap().lines().map(str::to_owned).collect();
    fs::remove_file(argv).unwrap();
    (words, fs::read(home.path("kept").join("got.wav")).unwrap())
}

fn is_alive(id: &str) -> bool {
    Command::new("kill").args(["-0", id]).stderr(std::process::Stdio::null()).status().unwrap().success()
}

fn temporary(home: &Home) -> Vec<PathBuf> {
    fs::read_dir(home.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_player_gets_the_wav_by_argv_and_is_ended_by_pausing() {
    let home = home_with_a_voice().await;
    install(&home, "mpv", "exec sleep 60");
    let mut pty = start(&home, &[]);
    pty.send("p");
    let (argv, wav) = taken(&home);
    let voice = voice::decode(&fixture("nb-12.2.amr"), &|| Budget::Left).unwrap();
    assert_eq!(wav, voice.wav(Duration::ZERO));
    let file = PathBuf::from(argv.last().unwrap());
    assert_eq!(argv[1..argv.len() - 1], ["--no-video", "--no-terminal"]);
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700), "a private message stays private");
    // Some of it was played.
    pty.wait_for_text("playing 0:01");
    pty.send("p");
    pty.wait_for_text("paused 0:0");
    let id = fs::read_to_string(home.path("kept").join("got.id")).unwrap().trim().to_owned();
    wait_for("the end of the player", || !is_alive(&id));
    wait_for("the file to go", || temporary(&home).is_empty());
    pty.send("p");
    let (_, rest) = taken(&home);
    assert!(wav.ends_with(&rest[44..]) && rest.len() < wav.len(), "it goes on where it was: {}", rest.len());
    pty.wait_for_text("playing 0:0");
    pty.send("q");
    assert!(pty.wait().success());
    let id = fs::read_to_string(home.path("kept").join("got.id")).unwrap().trim().to_owned();
    wait_for("the end of the player", || !is_alive(&id));
    wait_for("the file to go", || temporary(&home).is_empty());
    pty.assert_whole();
}

#[tokio::test]
async fn a_player_that_ends_leaves_nothing_and_one_that_fails_is_named() {
    let home = home_with_a_voice().await;
    install(&home, "quiet", "exit 0");
    install(&home, "loud", "echo noise; echo noise >&2; exit 3");
    let secrets = [("WEIBOX_APP_SECRET", "app-secret-7"), ("WEIBOX_ACCESS_TOKEN", "access-token-7")];
    home.configure(&format!("[voice]\nplayer = '{} --an \"option\"; $(x)'", home.path("bin/quiet").display()));
    let mut pty = start(&home, &[secrets[0], secrets[1], ("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")]);
    pty.send("p");
    let (argv, _) = taken(&home);
    let environment = fs::read_to_string(home.path("kept").join("got.env")).unwrap();
    let has_secret = secrets.iter().any(|(name, secret)| environment.contains(name) || environment.contains(secret));
    assert!(environment.contains("HOME=") && !has_secret, "no secret goes along: {environment}");
    assert_eq!(argv[1..argv.len() - 1], ["--an", "\"option\";", "$(x)"], "no shell has touched it");
    wait_for("the file to go", || temporary(&home).is_empty());
    pty.send("q");
    assert!(pty.wait().success());
    home.configure("[voice]\nplayer = 'loud'");
    let mut pty = start(&home, &[]);
    pty.send("p");
    pty.wait_for_text("`loud` ended with exit status: 3");
    assert!(!pty.screen_text().contains("noise"));
}

#[tokio::test]
async fn over_ssh_it_says_so_and_saves_a_wav() {
    let home = home_with_a_voice().await;
    install(&home, "mpv", "exit 0");
    let mut pty = start(&home, &[("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22"), ("LOGNAME", "me")]);
    pty.send("p");
    pty.wait_for_text("No audio over SSH: s saves a WAV");
    pty.send("s");
    pty.wait_for_text("~/7.wav");
    pty.send("\r");
    pty.wait_for_text(", Y copies: scp me@192.0.2.2:");
    let copies = |pty: &mut Pty, row: &str, path: &std::path::Path| {
        pty.send(&format!("Y{row}\r"));
        let scp = format!("scp me@192.0.2.2:{} .", path.display());
        pty.wait_for_raw(&format!("\u{1b}]52;c;{}", STANDARD.encode(scp)));
    };
    copies(&mut pty, "scp saved last", &home.path("7.wav"));
    copies(&mut pty, "scp the file", &home.data_dir().join("media/7.amr"));
    let wav = home.path("7.wav");
    let voice = voice::decode(&fixture("nb-12.2.amr"), &|| Budget::Left).unwrap();
    assert_eq!((fs::read(&wav).unwrap(), mode(&wav)), (voice.wav(Duration::ZERO), 0o600));
    assert!(!home.path("kept").join("argv").exists());
}

#[tokio::test]
async fn a_saved_file_is_removed_after_a_yes_and_its_message_stays() {
    let home = home_with_a_voice().await;
    let mut pty = start(&home, &[]);
    pty.send("w");
    // Waits for its row, which comes from the archive; the detail shows the file earlier.
    pty.wait_for_text("saved     V");
    pty.send("X");
    pty.wait_for_text("Remove the file `7.amr`");
    pty.send("y");
    pty.wait_for_text("removed");
    assert!(!home.data_dir().join("media/7.amr").exists());
    wait_for("the archive to forget the file", || home.reader().stage(FileId(7)).unwrap().is_none());
    assert_eq!(home.records().len(), 1);
}

#[tokio::test]
async fn without_a_player_it_names_those_it_looked_for() {
    let home = home_with_a_voice().await;
    home.configure("[voice]\nplayer = 'no-such-player'");
    let mut pty = start(&home, &[]);
    pty.send("p");
    pty.wait_for_text("no player is there, looked for no-such-player");
    pty.send("q");
    assert!(pty.wait().success());
}
