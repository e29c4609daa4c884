//! Hostile text passes through every field to a real terminal, and changes nothing of it but cells.
//!
//! `text` tests the display of single characters; this tests the program as a whole: what it draws, prints and
//! logs.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use portable_pty::CommandBuilder;

use crate::pty::{PATIENCE, Pty};
use crate::support::{Connection, Home, Running, SECRET, Serve, message, target, wait_for};

/// Sequences that terminals obey or that deceive people, each as the content of a JSON string.
const TRICKS: [&str; 30] = [
    r"\u001b[2J\u001b[H\u001b[31;1mred",
    r"\u001b]0;title\u0007\u001b]2;title\u001b\\",
    r"\u001b]52;c;aGFja2Vk\u0007",
    r"\u001b]52;c;aGFja2Vk\u001b\\",
    r"\u001b]9;notify\u0007\u001b]777;notify;a;b\u0007",
    r"\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007",
    r"\u001b[?1049l\u001b[?25h\u001b[?1000l\u001b[?2004l",
    r"\u001b[?1h\u001b=\u001b[4h\u001b[20h",
    r"\u001b[3;5r\u001b[?6h",
    r"\u001b[5 q\u001b[0 q",
    r"\u001bc\u001b[!p",
    r"\u001b#8\u001b(0lqqk\u001b(B",
    r"\u001bP$q q\u001b\\\u001bPtmux;\u001b\u001b]0;x\u0007\u001b\\",
    r"\u001b_Gf=24,s=1,v=1;AAAA\u001b\\\u001b^private\u001b\\\u001bXstart\u001b\\",
    r"\u001b[6n\u001b[c\u001b[>c\u001b]10;?\u0007\u001b[21t",
    r"\u009b2J\u009d0;title\u009c\u0090x\u009c\u009fG\u009c\u0085\u008d",
    r"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\u000b\f\u000e\u000f\u0010\u0018\u001a\u007f",
    r"a\rb\nc\r\nd\te\u2028f\u2029g",
    r"\u202egpj.exe\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    r"z\u200be\u200cr\u200do\u2060w\ufeffi\u00add\u034ft\u180eh",
    r"Z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030d\u030e\u030f\u0310\u0311\u0312",
    r"\u0336\u0336\u20dd\u20e3\u0489\u1abe\ufe20",
    r"\ud83c\udff4\udb40\udc67\udb40\udc62\udb40\udc7f\udb40\udc01",
    r"\ud800\ud83d\udc00x\udfff\ud83d",
    r"\ud83d\udc69\u200d\ud83d\udcbb\ud83d\udc4d\ud83c\udffd\u2764\ufe0f\u2764\ufe0e1\ufe0f\u20e3",
    r"\ud83c\udde8\ud83c\uddf3\ud83c\udde8\u3000\u3164\uffa0\u115f\u1160\u1161",
    r"\ue000\uf8ff\udbff\udffd\ufdd0\uffff\ufffe\ufff9\ufffa\ufffb",
    r"\ufdfd\ua9c5\u12031\u0e33\u0eb3\u0643\u0644\u0627\u0929\u094d\u0937\u093f",
    r"../../../etc/passwd\u0000.jpg;$(id)`id`|&'\\\u0022",
    r"%1b[2J%00%n%s\\x1b[2J\\e[2J&#27;[2J",
];

/// Messages with every text field, with `@` in place of the sequence.
const FORMS: [&str; 9] = [
    r#"{"type":"text","receiver_id":1,"sender_id":2,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"@","data":{}}"#,
    r#"{"type":"event","receiver_id":1,"sender_id":2,"created_at":"@","text":"@","data":{"subtype":"click","key":"@","ticket":"@"}}"#,
    r#"{"type":"event","receiver_id":1,"sender_id":2,"created_at":"","text":"@","data":{"subtype":"@","key":"@"}}"#,
    r#"{"type":"mention","receiver_id":1,"sender_id":2,"created_at":"","text":"@","data":{"subtype":"@","key":"@"}}"#,
    r#"{"type":"position","receiver_id":1,"sender_id":2,"created_at":"","text":"@","data":{"longitude":"@","latitude":"@"}}"#,
    r#"{"type":"image","receiver_id":1,"sender_id":2,"created_at":"","text":"@","data":{"vfid":78,"tovfid":77,"name":"@"}}"#,
    r#"{"type":"@","receiver_id":1,"sender_id":2,"created_at":"","text":"@","data":{"@":"@"}}"#,
    r#"{"type":"text","receiver_id":"@","sender_id":"@","created_at":"@","text":"@","data":"@"}"#,
    r"@ is no JSON",
];

/// Returns the sequence in this form; its text begins with a word to wait for.
fn body(form: &str, trick: &str, word: &str) -> String {
    form.replace(r#""text":"@""#, &format!(r#""text":"{word} {trick}""#)).replace('@', trick)
}

/// Returns messages with all kinds of characters, eighty per line: all special ones and a sample of the others.
fn characters() -> Vec<String> {
    let is_special = |c: &u32| matches!(c, 0..=0x36f | 0x200b..=0x20ff | 0xfe00..=0xfe0f | 0xfff0..=0xffff);
    let points = (0..=0x10_ffff_u32).filter(|c| is_special(c) || c % 97 == 0 || (0xe_0000..0xe_0080).contains(c));
    let all: Vec<char> = points.filter_map(char::from_u32).collect();
    all.chunks(80).map(|line| line.iter().collect()).collect()
}

/// Checks that everything is text, cursor movement, colours, or a sequence that the program itself may send.
#[track_caller]
fn assert_harmless(written: &[u8]) {
    let text = std::str::from_utf8(written).unwrap();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() || is_trick(c)) {
        let from = rest.get(at..).unwrap();
        let sequence = from.strip_prefix("\u{1b}[").unwrap_or_default();
        let end = sequence.find(|c: char| ('@'..='~').contains(&c)).unwrap_or_default();
        let is_ours = match sequence.get(..=end).unwrap_or_default() {
            "?25l" | "?25h" | "?2026h" | "?2026l" | "2J" => true,
            other => other.strip_suffix(['H', 'm']).is_some_and(|p| p.chars().all(|c| matches!(c, '0'..='9' | ';'))),
        };
        let shown: String = from.chars().take(40).collect();
        assert!(is_ours, "{shown:?} reached the terminal");
        rest = sequence.get(end + 1..).unwrap();
    }
}

/// Returns everything before the last control sequence, which may be incomplete.
fn whole(written: &[u8]) -> &[u8] {
    let last = written.iter().rposition(|byte| *byte == 0x1b).unwrap();
    &written[..last]
}

/// Returns whether a character changes how others are drawn.
const fn is_trick(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Starts the dashboard; returns it and the address of the listener.
fn dashboard(home: &Home, arguments: &[&str]) -> (Pty, SocketAddr) {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()]);
    command.args(arguments);
    command.env_clear();
    let home = home.path("");
    for (name, value) in [("HOME", home.to_str().unwrap()), ("PATH", "/usr/bin:/bin"), ("WEIBOX_APP_SECRET", SECRET)] {
        command.env(name, value);
    }
    command.env("WEIBOX_ACCESS_TOKEN", "2.00test-token");
    let pty = Pty::spawn(command, 120, 36);
    pty.wait_for_text("/weibo");
    let screen = pty.screen_text();
    let address = screen.split_whitespace().find_map(|word| word.rsplit('/').nth(1)?.parse().ok()).unwrap();
    (pty, address)
}

/// Posts until the message is stored: on a busy machine a long body may take too long, and Weibo retries, too.
#[track_caller]
fn post(address: SocketAddr, body: &str) {
    wait_for("a message to be kept", || {
        let answer = Connection::to(address).unwrap().call("POST", &target(SECRET), body.as_bytes()).unwrap();
        assert!(matches!(answer.status, 200 | 503), "{}: {body}", answer.status);
        answer.status == 200
    });
}

/// Returns the modes of the terminal besides its cells.
fn modes(screen: &vt100::Screen) -> String {
    let mouse = (screen.mouse_protocol_mode(), screen.mouse_protocol_encoding());
    let keys = (screen.application_keypad(), screen.application_cursor(), screen.bracketed_paste());
    format!("{mouse:?} {keys:?} {} {}", screen.alternate_screen(), screen.hide_cursor())
}

/// Starts a file server that answers with errors in hostile words.
fn hostile_files() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            // The request does not matter.
            drop(stream.read(&mut [0; 4096]));
            let trick = TRICKS[number % TRICKS.len()];
            let body = format!(r#"{{"error":"refused {trick}","error_code":20101,"request":"{trick}"}}"#);
            let head = "HTTP/1.1 400 \u{9b}2J\r\nContent-Type: application/json\r\nConnection: close\r\n";
            let name = "Content-Disposition: attachment; filename=\"\u{9b}2J../../x\"\r\n";
            drop(write!(stream, "{head}{name}Content-Length: {}\r\n\r\n{body}", body.len()));
        }
    });
    url
}

/// Opens the newest message in the detail, shows every view of it, and goes back.
fn look_at_every_side(pty: &mut Pty) {
    let is_read = |screen: &vt100::Screen| screen.contents().contains("Esc back");
    pty.send("\r");
    pty.wait_for(is_read, PATIENCE);
    for _ in 0..3 {
        let before = pty.raw().len();
        pty.send("v");
        wait_for("a frame", || pty.raw().len() > before);
    }
    pty.send("\u{1b}");
    pty.wait_for(|screen| !is_read(screen), PATIENCE);
}

#[test]
fn what_strangers_write_changes_nothing_of_the_terminal_but_cells() {
    let home = Home::new();
    let (mut pty, address) = dashboard(&home, &["--media-url", &hostile_files()]);
    post(address, &message("first of all"));
    pty.wait_for_text("first of all");
    // A frame may be incomplete.
    let (begin, before) = (whole(&pty.raw()).len(), pty.look(modes));

    for (number, trick) in TRICKS.iter().enumerate() {
        // The newest message, whose detail is shown, is of another kind each time.
        for turn in 0..FORMS.len() {
            let form = FORMS[(number + turn) % FORMS.len()];
            post(address, &body(form, trick, &format!("form{number}")));
        }
        post(address, &body(FORMS[0], trick, &format!("seen{number}")));
        pty.wait_for_text(&format!("seen{number}"));
        pty.send("g");
        look_at_every_side(&mut pty);
    }
    for (number, line) in characters().iter().enumerate() {
        post(address, &message(&format!("line{number} {line}")));
        if number % 20 == 0 {
            pty.wait_for_text(&format!("line{number}"));
        }
    }
    let long = "\u{202e}\u{9b}31m\u{301}".repeat(100_000);
    post(address, &message(&format!("long {long}")));
    pty.wait_for_text("long");
    look_at_every_side(&mut pty);

    // Files refused in hostile words, and requests to hostile paths with hostile header names.
    pty.send("D");
    pty.wait_for_text("y Enter yes");
    pty.send("y");
    pty.wait_for_text("failed");
    for trick in ["%1b%5b2J%9b2J%c2%9b2J%e2%80%ae", "\u{9b}2J\u{202e}", "x%0d%0aSet-Cookie:%20y"] {
        let head = format!("GET /{trick}?{trick} HTTP/1.1\r\nHost: {trick}\r\nX-{trick}: {trick}\r\n\r\n");
        let mut stranger = Connection::to(address).unwrap();
        stranger.send(head).unwrap();
        // Some are refused without an answer.
        drop(stranger.rest());
    }
    pty.send("E");
    // Not just 404, which may occur in the port.
    pty.wait_for_text(" 404 GET ");
    pty.send("\u{1b}");
    pty.wait_for(|screen| !screen.contents().contains(" 404 GET "), PATIENCE);

    assert_eq!(pty.look(modes), before);
    assert_harmless(whole(&pty.raw()[begin..]));
    pty.send("q");
    assert!(pty.wait().success());
    pty.assert_whole();
    let logged = home.log();
    assert!(!logged.contains(|c: char| c != '\n' && (c.is_control() || is_trick(c))), "{logged:?}");
}

#[test]
fn what_strangers_write_is_printed_as_one_line_without_controls() {
    for arguments in [["--plain"].as_slice(), &["serve"]] {
        let home = Home::new();
        let mut command = home.weibox(&[arguments, &["--listen", "127.0.0.1:0"]].concat());
        let running = Running::start(command.env("WEIBOX_APP_SECRET", SECRET));
        let mut serve = Serve::of(running, Some(SECRET));
        let mut sent = 0;
        for trick in TRICKS {
            for form in FORMS {
                sent += usize::from(serve.post(body(form, trick, "words")).status == 200);
            }
        }
        for line in characters() {
            sent += usize::from(serve.post(message(&line)).status == 200);
        }
        let kept = home.records().len();
        assert!(kept > 400 && kept <= sent, "{kept} of {sent}");
        let lines = serve.lines(kept);
        serve.stop();
        assert_eq!(lines.len(), kept, "{arguments:?}");
        for line in lines {
            // Programs get joiners and similar characters as they were sent.
            let is_foul = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!line.contains(is_foul), "{arguments:?} {line:?}");
        }
    }
}

#[test]
fn what_is_wrong_in_a_config_or_on_a_command_line_is_told_without_controls() {
    let nasty = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{200b}x";
    let home = Home::new();
    let is_told = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = home.output(arguments, variables);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        for told in [output.stderr, output.stdout] {
            let told = String::from_utf8(told).unwrap();
            let is_foul = |c: char| c != '\n' && (c.is_control() || is_trick(c));
            assert!(!told.contains(is_foul), "{arguments:?}: {told:?}");
        }
    };
    is_told(&["export", "--query", nasty], &[]);
    is_told(&["export", "--query", &format!("type:{nasty}")], &[]);
    is_told(&["import", nasty], &[]);
    is_told(&["serve", "--listen", nasty], &[]);
    is_told(&["config"], &[("WEIBOX_LISTEN", nasty)]);
    for config in [
        format!("theme = {nasty:?}"),
        format!("{nasty:?} = 1"),
        format!("theme = \"{nasty}\""),
        format!("[keys]\n{nasty:?} = {nasty:?}"),
        format!("[[tabs]]\nname = {nasty:?}\nquery = {nasty:?}"),
        nasty.to_owned(),
    ] {
        home.configure(&config);
        is_told(&["config"], &[]);
    }
}
