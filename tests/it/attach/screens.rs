//! Attached dashboards, each on its own terminal: they see each other's marks, outlive the listener, and block
//! nobody.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::sync::mpsc;

use serde_json::json;

use crate::pty::{PATIENCE, Pty};
use crate::support::{Home, Running, SECRET, Serve, message, wait_for};

/// Starts `weibox ARGS` on a terminal.
pub(crate) fn screen(home: &Home, args: &[&str]) -> Pty {
    screen_with(home, args, &[])
}

/// Starts it with additional variables.
pub(crate) fn screen_with(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> Pty {
    let mut command = home.weibox(args);
    command.envs(variables.iter().copied());
    // An editor finds its programs there.
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    Pty::start(&command, 120, 30)
}

/// Starts a listener on an address, which may be used again.
fn listener(home: &Home, address: &str) -> Serve {
    let mut command = home.weibox(&["serve", "--listen", address]);
    Serve::of(Running::start(command.env("WEIBOX_APP_SECRET", SECRET)), Some(SECRET))
}

#[test]
fn marks_of_one_are_seen_by_all_and_each_has_its_own_view() {
    let home = Home::new();
    let serve = listener(&home, "127.0.0.1:0");
    let mut one = screen(&home, &["attach"]);
    let two = screen(&home, &[]);
    one.wait_for_text(&format!("attached to process {} (weibox serve)", serve.running.id()));
    two.wait_for_text("weibox attached");
    for words in ["the first", "the second"] {
        assert_eq!(serve.post(message(words)).status, 200);
    }
    for pty in [&one, &two] {
        pty.wait_for_text("the second");
    }
    assert!(!two.screen_text().contains("* starred"));
    one.send("*");
    for pty in [&one, &two] {
        pty.wait_for_text("* starred");
    }
    one.send("q");
    assert_eq!(one.wait().exit_code(), 0);
    assert!(one.screen_text().contains("goes on listening"), "{}", one.screen_text());
    assert_eq!(serve.post(message("the third")).status, 200);
    two.wait_for_text("the third");
}

#[test]
fn a_secret_that_is_typed_on_one_screen_is_known_on_the_others() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    let (mut one, two) = (screen(&home, &["attach"]), screen(&home, &["attach"]));
    for pty in [&one, &two] {
        pty.wait_for_text("NO SECRET");
    }
    one.send("\u{1b}s");
    one.wait_for_text("Enter saves it");
    one.send(SECRET);
    one.wait_for_text(&format!("{} characters, hidden", SECRET.len()));
    one.send("\r");
    for pty in [&one, &two] {
        pty.wait_for(|screen| !screen.contents().contains("NO SECRET"), PATIENCE);
        pty.wait_for_text("[✓] App secret");
    }
    assert_eq!(serve.post(message("unsigned")).status, 403);
}

#[test]
fn a_killed_listener_is_missed_at_once_and_found_again() {
    let home = Home::new();
    let serve = listener(&home, "127.0.0.1:0");
    let address = serve.address.to_string();
    let mut pty = screen(&home, &["attach"]);
    assert_eq!(serve.post(message("the first")).status, 200);
    pty.wait_for_text("the first");
    serve.running.signal("KILL");
    pty.wait_for_text("NOBODY LISTENS");
    pty.send("*");
    pty.wait_for_text("nobody listens: not done");
    assert!(pty.screen_text().contains("the first"), "it reads on");
    drop(serve);
    let serve = listener(&home, &address);
    pty.wait_for_text("listening again");
    assert_eq!(serve.post(message("the second")).status, 200);
    pty.wait_for_text("the second");
    pty.send("*");
    pty.wait_for_text("* starred");
}

#[test]
fn a_listener_that_is_stopped_is_told_of_keeps_the_place_and_is_there_again_when_it_goes_on() {
    let home = Home::new();
    let serve = listener(&home, "127.0.0.1:0");
    let mut pty = screen(&home, &["attach"]);
    for words in ["the first", "the second", "the third"] {
        assert_eq!(serve.post(message(words)).status, 200);
        pty.wait_for_text(words);
    }
    pty.send("jj");
    pty.wait_for_text("3/3");
    serve.running.signal("STOP");
    pty.wait_for_text("NOBODY LISTENS");
    pty.wait_for_text(&format!("`kill -CONT {}`", serve.running.id()));
    pty.send("*");
    pty.wait_for_text("nobody listens: not done");
    serve.running.signal("CONT");
    pty.wait_for_text("listening again");
    assert_eq!(serve.post(message("the fourth")).status, 200);
    pty.wait_for_text("the fourth");
    assert!(pty.screen_text().contains("4/4"), "it keeps its place");
    pty.send("*");
    pty.wait_for_text("* starred");
    assert_eq!(
        home.records().iter().map(|record| record.marks.is_starred).collect::<Vec<_>>(),
        [true, false, false, false]
    );
}

#[test]
fn a_listener_that_hangs_is_told_of_when_somebody_is_at_the_screen() {
    let home = Home::new();
    let mut serve = listener(&home, "127.0.0.1:0");
    assert_eq!(serve.post(message("the first")).status, 200);
    serve.stop();
    // It accepts every connection, and does nothing until the test lets it answer.
    let hanging = UnixListener::bind(home.data_dir().join("weibox.sock")).unwrap();
    let (answer_tx, answer) = mpsc::sync_channel::<()>(1);
    std::thread::spawn(move || {
        let (stream, _) = hanging.accept().unwrap();
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let said =
            json!({"welcome": {"protocol": 1, "version": "x", "pid": std::process::id(), "command": "weibox serve"}});
        assert!(lines.next().unwrap().contains("hello"));
        writeln!(&stream, "{said}\n{}", json!({"news": {"committed": {"seq": 1, "changes": 1}}})).unwrap();
        answer.recv().unwrap();
        writeln!(&stream, "\"pong\"").unwrap();
        // Reads until the screen has gone.
        lines.for_each(drop);
    });
    let mut pty = screen(&home, &["attach"]);
    pty.wait_for_text("the first");
    pty.send("j");
    pty.wait_for_text("has not answered for a second");
    answer_tx.send(()).unwrap();
    pty.wait_for_text("answers again");
    pty.send("q");
    assert_eq!(pty.wait().exit_code(), 0);
}

#[test]
fn what_is_read_only_changes_nothing_and_says_so() {
    let home = Home::new();
    let serve = listener(&home, "127.0.0.1:0");
    let mut pty = screen(&home, &["attach", "--read-only"]);
    // This is also shown on the page of steps, which then offers no step that would do nothing.
    pty.wait_for_text("read-only: nothing can be changed from here");
    let steps = pty.screen_text();
    assert!(!steps.contains("sends one sample") && !steps.contains("send samples"), "{steps}");
    assert_eq!(serve.post(message("look at me")).status, 200);
    pty.wait_for_text("look at me");
    for key in ["*", "u", "U", "\x1bs", "S"] {
        pty.send(key);
        pty.wait_for_text("read-only: nothing can be changed from here");
        pty.send("\x1b");
        pty.wait_for(|screen| !screen.contents().contains("nothing can be changed"), PATIENCE);
    }
    for (cols, rows) in [(60, 20), (38, 8)] {
        pty.resize(cols, rows);
        pty.wait_for(|screen| screen.rows(0, cols).next().is_some_and(|row| row.contains("read-only")), PATIENCE);
    }
    let record = home.records().remove(0);
    assert!(!record.marks.is_starred && !record.marks.is_read);
}

#[test]
fn a_stopped_dashboard_holds_neither_the_listener_nor_another_one_up() {
    let home = Home::new();
    let mut serve = listener(&home, "127.0.0.1:0");
    let (stopped, other) = (screen(&home, &["attach"]), screen(&home, &["attach"]));
    for pty in [&stopped, &other] {
        pty.wait_for_text("weibox attached");
    }
    stopped.kill("STOP");
    for number in 0..300 {
        assert_eq!(serve.post(message(&format!("number {number}"))).status, 200);
    }
    other.wait_for_text("number 299");
    stopped.kill("CONT");
    stopped.wait_for_text("number 299");
    serve.stop();
}

/// Returns the number of dashboards of the holder.
fn n_attached(home: &Home) -> u64 {
    let status = home.output(&["status", "--json"], &[]).stdout;
    serde_json::from_slice::<serde_json::Value>(&status).unwrap()["attached"].as_u64().unwrap()
}

#[test]
fn a_dashboard_that_takes_nothing_is_given_up_and_is_there_again_when_it_goes_on() {
    let home = Home::new();
    let serve = listener(&home, "127.0.0.1:0");
    let (stuck, other) = (screen(&home, &["attach"]), screen(&home, &["attach"]));
    for pty in [&stuck, &other] {
        pty.wait_for_text("weibox attached");
    }
    assert_eq!(n_attached(&home), 2);
    stuck.kill("STOP");
    let mut number = 0;
    wait_for("it to be given up", || {
        for _ in 0..50 {
            number += 1;
            assert_eq!(serve.post(message(&format!("number {number}."))).status, 200);
        }
        n_attached(&home) == 1
    });
    other.wait_for_text(&format!("number {number}."));
    stuck.kill("CONT");
    stuck.wait_for_text(&format!("number {number}."));
    wait_for("it to be back", || n_attached(&home) == 2);
    assert_eq!(serve.post(message("afterwards")).status, 200);
    stuck.wait_for_text("afterwards");
}

#[test]
fn a_terminal_that_takes_nothing_holds_nobody_up() {
    let home = Home::new();
    let serve = listener(&home, "127.0.0.1:0");
    let (held, other) = (screen(&home, &["attach"]), screen(&home, &["attach"]));
    for pty in [&held, &other] {
        pty.wait_for_text("weibox attached");
    }
    // The output is not read, as after Ctrl-S.
    held.look(|_| {
        for number in 0..300 {
            assert_eq!(serve.post(message(&format!("number {number}."))).status, 200);
        }
        other.wait_for_text("number 299.");
    });
    held.wait_for_text("number 299.");
}

/// Returns the nice values of the threads of a process.
fn priorities(process: u32) -> Vec<i32> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let stats = threads.filter_map(|thread| std::fs::read_to_string(thread.unwrap().path().join("stat")).ok());
    // The first field after the name in parentheses, which may contain anything, is the state.
    stats.map(|stat| stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap().parse().unwrap()).collect()
}

#[test]
fn who_looks_on_lets_the_listener_go_first() {
    let home = Home::new();
    let serve = listener(&home, "127.0.0.1:0");
    let (attached, led) = (screen(&home, &["attach"]), screen(&home, &[]));
    for pty in [&attached, &led] {
        pty.wait_for_text("attached");
    }
    let usual = priorities(serve.running.id())[0];
    assert!(priorities(serve.running.id()).iter().all(|priority| *priority == usual));
    for pty in [attached, led] {
        let found = priorities(pty.id());
        assert!(found.len() > 1 && found.iter().all(|priority| *priority == usual + 5), "{found:?}");
    }
}

#[test]
fn where_one_listens_already_flags_of_a_listener_are_refused_and_a_second_one_is_led_to_attach() {
    let home = Home::new();
    let _serve = listener(&home, "127.0.0.1:0");
    let mut pty = screen(&home, &["--listen", "127.0.0.1:0"]);
    assert_eq!(pty.wait().exit_code(), 2);
    let told = pty.screen_text();
    assert!(told.contains("`--listen` would do nothing here: ") && told.contains("hint:"), "{told}");
    let second = home.output(&["serve", "--listen", "127.0.0.1:0"], &[]);
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(told.contains("hint: `weibox attach` shows it"), "{told}");
    let mut pty = screen_with(&home, &["--listen", "127.0.0.1:0"], &[("WEIBOX_LANGUAGE", "zh")]);
    assert_eq!(pty.wait().exit_code(), 2);
    let told = pty.screen_text();
    assert!(told.contains("在此不起作用：进程 "), "{told}");
}

#[test]
fn without_a_listener_there_is_nothing_to_attach_to() {
    let home = Home::new();
    let output = home.output(&["attach"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("nobody serves the archive") && told.contains("hint: start `weibox`"), "{told}");
}

#[test]
fn an_archive_that_is_replaced_is_read_anew() {
    let home = Home::new();
    let mut serve = listener(&home, "127.0.0.1:0");
    let address = serve.address.to_string();
    let pty = screen(&home, &["attach"]);
    assert_eq!(serve.post(message("in the old one")).status, 200);
    pty.wait_for_text("in the old one");
    serve.stop();
    pty.wait_for_text("NOBODY LISTENS");
    for name in ["weibox.db", "weibox.db-wal", "weibox.db-shm"] {
        // The log may be gone already.
        drop(std::fs::remove_file(home.data_dir().join(name)));
    }
    let serve = listener(&home, &address);
    assert_eq!(serve.post(message("in the new one")).status, 200);
    pty.wait_for_text("in the new one");
    wait_for("the old one to go", || !pty.screen_text().contains("in the old one"));
}
