//! Shell completions: values from settings and archive, with every split and quote that a shell knows.

use std::fs;
use std::path::Path;
use std::process::Command;

use weibox::archive::{Archive, Arrival};
use weibox::record::people::{Labelled, Relabel};
use weibox::weibo::UserId;

use crate::dashboard::noon;
use crate::pty::Pty;
use crate::support::{Home, message};

const SETTINGS: &str = "
[[account]]
name = 'shop'
path = '/weibo/shop'
app_secret_file = 'secret'

[[account]]
name = 'news'
path = '/weibo/news'
app_secret_file = 'secret'

[[tab]]
name = '急'
query = 'type:text -退货'

[[forward]]
name = 'bot'
url = 'http://127.0.0.1:5000/weibo?key=secret'

[[alert]]
name = 'refunds'
query = '退款'
by = ['terminal']
";

/// Creates a home with settings, a saved tab, labels, senders with names and a bookmark.
async fn home() -> Home {
    let home = Home::new();
    home.configure(SETTINGS);
    fs::write(home.path(".config/weibox/secret"), "secret").unwrap();
    fs::write(home.path(".config/weibox/tabs.toml"), "[[tab]]\nname = 'due'\nquery = 'due:<4h'\n").unwrap();
    let archive = Archive::open(&home.data_dir()).unwrap();
    let raw = message("words").into_bytes();
    let arrival = Arrival::new(raw, noon());
    archive.insert(arrival).await.unwrap();
    let add = ["退款", "VIP"].map(str::to_owned).to_vec();
    let order = Relabel { of: Labelled::Messages(vec![1]), add, remove: Vec::new() };
    archive.relabel(order, noon()).await.unwrap();
    for (fan, name) in [(1, "Mr Wang"), (2, "橙子"), (3, "Mr\u{202e}Wang"), (4, "橙子")] {
        archive.keep_nickname(UserId(fan), name.to_owned(), noon()).await.unwrap();
    }
    archive.keep_profile(UserId(1), "Mrs Wang".to_owned(), String::new(), noon()).await.unwrap();
    archive.open_bookmark("nightly").await.unwrap();
    archive.open_bookmark("forward:bot").await.unwrap();
    archive.close().await.unwrap();
    home
}

/// Returns a program that finds weibox and this home.
fn in_home(home: &Home, program: &str) -> Command {
    let directory = Path::new(env!("CARGO_BIN_EXE_weibox")).parent().unwrap();
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home.path("")).env("XDG_CONFIG_HOME", home.path(".config"));
    command.env("PATH", format!("{}:/usr/bin:/bin", directory.display())).env("WEIBOX_DATA_DIR", home.data_dir());
    command.env("LC_ALL", "C.UTF-8").current_dir(home.path(""));
    command
}

fn lines(mut command: Command) -> Vec<String> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Returns the completions for fish, which passes the words and shows a description of each value.
fn told(home: &Home, words: &[&str]) -> Vec<String> {
    let mut weibox = in_home(home, env!("CARGO_BIN_EXE_weibox"));
    weibox.env("WEIBOX_COMPLETE", "fish").arg("--").arg("weibox").args(words);
    lines(weibox)
}

#[tokio::test]
async fn values_come_from_the_settings_and_the_archive() {
    let home = home().await;
    for (words, offered) in [
        (&["export", "--query", "type:v"][..], &["type:voice"][..]),
        (&["export", "--query", "type:text,v"], &["type:text,voice"]),
        (&["export", "--query", "-is:un"], &["-is:unread", "-is:unverified", "-is:unsent"]),
        (
            &["export", "--query", "退货 sta"],
            &["退货 state:new", "退货 state:queued", "退货 state:saved", "退货 state:failed"],
        ),
        (&["export", "--query", "'退货 has"], &["退货 has:file"]),
        (&["export", "--query", "退货 OR 退款 has"], &["退货 OR 退款 has:file"]),
        (&["export", "--query", "label:"], &["label:VIP\t×1", "label:退款\t×1"]),
        (&["export", "--query", "-name:"], &["-name:Mr_Wang", "-name:Mrs_Wang", "-name:橙子"]),
        (&["export", "--query", "name:Mrs"], &["name:Mrs_Wang"]),
        (&["export", "--query", "name:橙子,Mrs"], &["name:橙子,Mrs_Wang"]),
        (&["export", "--query", "account:shop,n"], &["account:shop,news\t/weibo/news"]),
        (&["export", "--query", "state:new,sa"], &["state:new,saved"]),
        (&["serve", "--query", "account:"], &["account:shop\t/weibo/shop", "account:news\t/weibo/news"]),
        (&["replay", "--query", "type:text -"], &[]),
        (&["serve", "--query=due:"], &["--query=due:<4h\tdue"]),
        (&["serve", "--bookmark", ""], &["nightly\t#1"]),
        (&["replay", "--to", ""], &["bot\thttp://127.0.0.1:5000/weibo"]),
        (&["replay", "--compare", "b"], &["bot\thttp://127.0.0.1:5000/weibo"]),
        (&["alert", "test", "r"], &["refunds\t退款"]),
        (&["simulate", "--account", "s"], &["shop\t/weibo/shop"]),
        (&["simulate", "--as-bot", ":0", "--scenario", "f"], &["flaky", "fails"]),
        (&["simulate", "--scenario", "host"], &["hostile"]),
        (&["serve", "--names", "s"], &["shown"]),
        (&["--download-auto", ""], &["off", "selected", "all"]),
        (&["export", "--format", "c"], &["csv\tComma-separated values with a header"]),
    ] {
        let told = told(&home, words);
        match offered {
            [] => assert!(told.len() > 10, "every field: {told:?}"),
            offered => assert_eq!(told, offered, "{words:?}"),
        }
    }
    for after in ["退货 OR t", "退货 | ", "退货|t"] {
        assert_eq!(told(&home, &["export", "--query", after]), [""; 0], "an alternative is a word");
    }
    let told = told(&home, &["export", "--query", ""]);
    assert!(told.contains(&"type:text -退货\t急".to_owned()) && told.contains(&"due:<4h\tdue".to_owned()), "{told:?}");
    assert!(told.contains(&"from:\ta sender's id, or several with commas".to_owned()), "{told:?}");
}

#[tokio::test]
async fn bash_replaces_what_readline_replaces() {
    let home = home().await;
    let script = home.output(&["completions", "bash"], &[]).stdout;
    fs::write(home.path("script"), script).unwrap();
    for (line, replaced, replies) in [
        ("weibox export --query type:im", "im", &["image"][..]),
        ("weibox export --query 'type:text is:r", "type:text is:r", &["type:text is:read"]),
        ("weibox export --query fro", "fro", &["from:"]),
        ("weibox export --query 'fro", "fro", &["from:", "from:…"]),
        ("weibox export --query=label:V", "V", &["VIP"]),
        ("weibox export --query type:te", "te", &["text", "text\\ -退货"]),
        ("weibox serve --query due", "due", &["due:", "due:\\<4h"]),
        ("weibox replay --to ", "", &["bot"]),
        ("weibox --names ", "", &["off", "shown", "all"]),
        ("weibox repl", "repl", &["replay", "reply"]),
        ("weibox --config scr", "scr", &["script"]),
    ] {
        let ask = "source ./script; COMP_LINE=$1 COMP_POINT=${#1}; _weibox weibox \"$2\" ''; printf '%s\\n' \"${COMPREPLY[@]}\"";
        let mut bash = in_home(&home, "bash");
        bash.args(["--norc", "-c", ask, "bash", line, replaced]);
        assert_eq!(lines(bash), replies, "{line}");
    }
}

#[tokio::test]
async fn a_tab_in_a_real_bash_completes_a_value() {
    let home = home().await;
    fs::write(home.path("script"), home.output(&["completions", "bash"], &[]).stdout).unwrap();
    let mut bash = in_home(&home, "bash");
    bash.args(["--norc", "--noprofile", "-i"]).env("PS1", "ready> ");
    let mut pty = Pty::start(&bash, 100, 20);
    pty.wait_for_text("ready>");
    pty.send("source ./script; echo sour''ced\r");
    pty.wait_for_text("sourced");
    pty.send("weibox export --query 'label:V\t");
    pty.wait_for_text("'label:VIP'");
    pty.send("\u{15}weibox export --query type:vo\t--form\tcs\t");
    pty.wait_for_text("type:voice --format csv ");
    pty.send("\u{15}exit\r");
    pty.wait();
}
