//! A limit of file sizes, which the system enforces with a signal.

use std::process::{Command, Stdio};

use crate::support::{Home, Running, Serve, message, wait_for};

#[test]
fn at_the_limit_of_file_sizes_messages_are_refused_and_none_that_was_acknowledged_is_lost() {
    let home = Home::new();
    let weibox = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    // 2 or 4 MB, as the shell counts blocks.
    command.args(["-c", "ulimit -f 4096 && exec \"$0\" \"$@\""]).arg(weibox.get_program()).args(weibox.get_args());
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path("")).stdin(Stdio::null());
    let mut serve = Serve::of(Running::start(&mut command), None);
    let mut answered = Vec::new();
    let mut number = 0;
    wait_for("the limit", || {
        let words = format!("{number} {}", "x".repeat(20_000));
        number += 1;
        let status = serve.post(message(&words)).status;
        if status == 200 {
            answered.push(words);
        }
        status == 503
    });
    serve.running.told("the archive cannot be written: messages are not kept");
    serve.stop();
    let kept: Vec<String> = home.records().into_iter().map(|record| record.message.text).collect();
    assert!(answered.iter().all(|words| kept.contains(words)), "{} of {}", kept.len(), answered.len());
    let mut serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("afterwards")).status, 200);
    serve.stop();
}
