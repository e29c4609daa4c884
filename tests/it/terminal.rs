//! The terminal module on a real pseudo-terminal: however a program ends, the terminal is restored.
//!
//! The program on the terminal is this test program itself, which plays one scene (see [`child`]).

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use futures_util::StreamExt as _;
use portable_pty::CommandBuilder;
use ratatui::widgets::Paragraph;
use weibox::controls::layout::Size;
use weibox::controls::multiplexer::Multiplexer;
use weibox::terminal::{self, Error, Input, Screen};

use crate::pty::Pty;

/// The variable with the scene of the child.
const SCENE: &str = "WEIBOX_TEST_SCENE";
/// The variable with a directory for the scene.
const DIR: &str = "WEIBOX_TEST_DIR";

fn play(scene: &str, dir: &Path) -> Pty {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "terminal::child", "--nocapture", "--test-threads=1"]);
    command.env(SCENE, scene);
    command.env(DIR, dir);
    command.env("RUST_BACKTRACE", "0");
    Pty::spawn(command, 160, 20)
}

fn play_nowhere(scene: &str) -> Pty {
    play(scene, Path::new("/"))
}

/// Not a test: the program on the pseudo-terminal. Does nothing unless a scene is named.
#[test]
fn child() {
    #[expect(clippy::disallowed_methods, reason = "this is how a test program is told that it is the child")]
    let (Ok(scene), Ok(dir)) = (std::env::var(SCENE), std::env::var(DIR)) else { return };
    let dir = Path::new(&dir);
    match scene.as_str() {
        "leave" => {
            let mut screen = entered();
            draw(&mut screen, "on screen");
            wait_for_key();
            drop(screen);
            say("back again");
        }
        "panic here" => {
            let _screen = entered();
            panic!("the owner fell");
        }
        "panic there" => {
            log_to(&dir.join("log"));
            let mut screen = entered();
            draw(&mut screen, "before");
            let fallen = std::thread::Builder::new().name("helper".to_owned()).spawn(|| panic!("a helper fell"));
            assert!(fallen.unwrap().join().is_err());
            draw(&mut screen, "unharmed");
            wait_for_key();
        }
        "panic after" => {
            drop(entered());
            let fallen = std::thread::spawn(|| panic!("nothing to spoil any more"));
            assert!(fallen.join().is_err());
        }
        "signal" => {
            say(&format!("asked by {}", wait_for_signal()));
        }
        "early error" => {
            say(&fail_early().unwrap_err().to_string());
        }
        "twice" => {
            drop(entered());
            let mut screen = entered();
            draw(&mut screen, "second time");
            wait_for_key();
        }
        "keys" => type_back(),
        "copy" => {
            terminal::copy(&mut io::stdout(), "私信", Some(Multiplexer::Tmux)).unwrap();
            say("copied");
        }
        "open" => {
            let told = terminal::open(&dir.join("a b; 图.png"), &[])
                .map_err(|error| (error.to_string(), error.hint().map(|hint| hint.to_string())));
            say(&format!("{told:?}"));
        }
        "browse" => {
            let is_taken = ["file:///etc/passwd", "Https://t.cn/a"].map(|link| terminal::browse(link, &[]).is_ok());
            say(&format!("{is_taken:?}"));
        }
        other => panic!("there is no scene {other}"),
    }
}

fn wait_for_signal() -> terminal::StopSignal {
    let mut screen = entered();
    runtime().block_on(async {
        let mut stop = terminal::StopSignals::new().unwrap();
        draw(&mut screen, "waiting");
        stop.next().await
    })
}

fn fail_early() -> Result<(), io::Error> {
    let _screen = entered();
    Err(io::Error::other("no archive"))
}

fn entered() -> Screen {
    Screen::enter().unwrap()
}

fn draw(screen: &mut Screen, text: &str) {
    screen.terminal().draw(|frame| frame.render_widget(Paragraph::new(text), frame.area())).unwrap();
}

fn say(text: &str) {
    let mut out = io::stdout();
    writeln!(out, "{text}").unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn wait_for_key() {
    runtime().block_on(async { std::pin::pin!(terminal::inputs(Vec::new())).next().await });
}

/// Shows every input until `q`.
fn type_back() {
    let mut screen = entered();
    draw(&mut screen, "ready");
    runtime().block_on(async {
        let mut keys = std::pin::pin!(terminal::inputs(Vec::new()));
        let mut shown = Vec::new();
        while let Some(input) = keys.next().await {
            let name = match input {
                Input::Key(key) if key.to_string() == "q" => return,
                Input::Key(key) => format!("[{}]", key.folded()),
                Input::Resized(Size { width, height }) => {
                    shown.clear();
                    format!("[{width}x{height}]")
                }
                Input::Pasted(text) => format!("[pasted {}]", *text),
                Input::Clicked(column, row) => format!("[click {column},{row}]"),
                Input::Scrolled(rows, ..) => format!("[wheel {rows}]"),
                Input::Focused(has_focus) => format!("[focus {has_focus}]"),
                Input::Gone(reason) => format!("[gone: {reason}]"),
            };
            shown.push(name);
            draw(&mut screen, &shown.concat());
        }
    });
}

fn log_to(path: &Path) {
    let file = std::fs::File::create(path).unwrap();
    tracing_subscriber::fmt().with_ansi(false).with_writer(std::sync::Mutex::new(file)).init();
}

#[test]
fn leaving_gives_the_terminal_back() {
    let mut pty = play_nowhere("leave");
    pty.wait_for(|screen| screen.alternate_screen() && screen.hide_cursor(), crate::pty::PATIENCE);
    pty.wait_for_text("on screen");
    assert!(pty.is_raw());
    pty.send("x");
    assert!(pty.wait().success());
    pty.assert_whole();
    assert!(pty.screen_text().contains("back again"), "{}", pty.screen_text());
    assert!(!pty.screen_text().contains("on screen"));
}

#[test]
fn a_panic_of_the_owner_is_read_on_the_normal_screen() {
    let mut pty = play_nowhere("panic here");
    assert!(!pty.wait().success());
    pty.assert_whole();
    assert!(pty.screen_text().contains("the owner fell"), "{}", pty.screen_text());
}

#[test]
fn a_panic_of_another_thread_leaves_the_screen_alone_and_is_logged() {
    let dir = tempfile::tempdir().unwrap();
    let mut pty = play("panic there", dir.path());
    pty.wait_for_text("unharmed");
    pty.wait_for(vt100::Screen::alternate_screen, crate::pty::PATIENCE);
    assert_eq!(pty.screen_text().trim(), "unharmed");
    pty.send("x");
    assert!(pty.wait().success());
    pty.assert_whole();
    assert!(!String::from_utf8_lossy(&pty.raw()).contains("a helper fell"));
    let log = std::fs::read_to_string(dir.path().join("log")).unwrap();
    assert!(log.contains("ERROR") && log.contains("a helper fell") && log.contains("helper"), "{log}");
}

#[test]
fn a_panic_after_the_screen_is_reported_as_ever() {
    let mut pty = play_nowhere("panic after");
    assert!(pty.wait().success());
    pty.assert_whole();
    assert!(pty.screen_text().contains("nothing to spoil any more"));
}

#[test]
fn a_signal_ends_the_program_with_the_terminal_whole() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut pty = play_nowhere("signal");
        pty.wait_for_text("waiting");
        pty.kill(signal);
        assert!(pty.wait().success());
        pty.assert_whole();
        assert!(pty.screen_text().contains(&format!("asked by SIG{signal}")), "{}", pty.screen_text());
    }
}

#[test]
fn an_early_error_gives_the_terminal_back() {
    let mut pty = play_nowhere("early error");
    assert!(pty.wait().success());
    pty.assert_whole();
    assert!(pty.screen_text().contains("no archive"));
}

#[test]
fn the_screen_can_be_taken_again() {
    let mut pty = play_nowhere("twice");
    pty.wait_for_text("second time");
    assert!(pty.is_raw());
    pty.send("x");
    assert!(pty.wait().success());
    pty.assert_whole();
}

#[test]
fn keys_and_sizes_arrive_under_our_names() {
    let mut pty = play_nowhere("keys");
    pty.wait_for_text("ready");
    pty.send("jG？");
    pty.wait_for_text("[j][G][?]");
    pty.send("\x1b[A\x1b[5~\x1b[15~\x1b[Z\r\x04 \t");
    pty.wait_for_text("[↑][PgUp][F5][Shift-Tab][Enter][Ctrl-D][Space][Tab]");
    pty.send("\x1b[200~qqq\x1b[201~k");
    pty.wait_for_text("[Tab][pasted qqq][k]");
    pty.send("\x1b[<0;5;3M\x1b[<0;5;3m\x1b[<65;5;3M\x1b[<64;5;3M");
    pty.wait_for_text("[click 4,2][wheel 3][wheel -3]");
    pty.resize(50, 18);
    pty.wait_for_text("[50x18]");
    pty.send("q");
    assert!(pty.wait().success());
    pty.assert_whole();
}

#[test]
fn copying_shows_nothing() {
    let mut pty = play_nowhere("copy");
    assert!(pty.wait().success());
    assert!(String::from_utf8_lossy(&pty.raw()).contains("\u{1b}]52;c;56eB5L+h\u{1b}\\"));
    assert!(!pty.screen_text().contains("56eB5L+h"), "{}", pty.screen_text());
}

#[test]
fn without_a_terminal_there_is_no_screen() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "terminal::child", "--nocapture"])
        .envs([(SCENE, "leave"), (DIR, "/")])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("NoTerminal"));
    assert!(!output.stdout.contains(&0x1b));
    assert!(Error::NoTerminal.hint().is_some());
}

/// Creates a desktop whose `xdg-open` records its arguments and then runs the script.
fn open_with(scene: &str, script: Option<&str>) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a b; 图.png"), "").unwrap();
    if let Some(script) = script {
        let program = dir.path().join("xdg-open");
        std::fs::write(
            &program,
            format!("#!/bin/sh\nfor a in \"$@\"; do echo \"<$a>\"; done > \"${DIR}/told\"\n{script}\n"),
        )
        .unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "terminal::child", "--nocapture"])
        .envs([(SCENE, scene.as_ref()), (DIR, dir.path().as_os_str()), ("PATH", dir.path().as_os_str())])
        .output()
        .unwrap();
    let told = std::fs::read_to_string(dir.path().join("told")).unwrap_or_default();
    (String::from_utf8_lossy(&output.stdout).into_owned(), told)
}

#[test]
fn a_file_is_handed_over_as_one_argument() {
    let (said, told) = open_with("open", Some("exit 0"));
    assert!(said.contains("Ok(())"), "{said}");
    assert!(told.starts_with("</") && told.ends_with("/a b; 图.png>\n") && told.lines().count() == 1, "{told}");
}

#[test]
fn a_web_address_is_handed_over_in_any_case_and_no_other_is() {
    let (said, told) = open_with("browse", Some("exit 0"));
    assert!(said.contains("[false, true]"), "{said}");
    assert_eq!(told, "<Https://t.cn/a>\n");
}

#[test]
fn where_nothing_opens_files_the_error_says_what_was_tried() {
    for script in [None, Some("exit 3")] {
        let (said, _) = open_with("open", script);
        assert!(said.contains("with any of xdg-open, gio") && said.contains("over ssh"), "{script:?}: {said}");
    }
}
