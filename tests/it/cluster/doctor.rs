//! Problems of a cluster in words: `weibox doctor`, `weibox cluster init` and `weibox cluster status`.

use std::process::Output;

use async_nats::jetstream::stream::Config;

use super::nodes::{Cluster, status};
use super::servers::Servers;
use crate::support::{Home, wait_for};

/// The password of the tests, which must never be visible anywhere.
const PASSWORD: &str = "correct-horse-battery";

/// Creates a home whose config names servers.
fn home(urls: &[String], more: &str) -> Home {
    home_of(urls, "here", more)
}

fn home_of(urls: &[String], node: &str, more: &str) -> Home {
    let home = Home::new();
    let urls: Vec<String> = urls.iter().map(|url| format!("{url:?}")).collect();
    home.configure(&format!("[cluster]\nurl = [{}]\nnode = \"{node}\"\n{more}", urls.join(", ")));
    home
}

/// Returns what a command prints on stdout and stderr, after checking that it has no secret.
fn said(output: &Output) -> String {
    let text = [output.stdout.clone(), output.stderr.clone()].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains(PASSWORD), "{text}");
    text
}

/// Checks that `weibox doctor` finds this fault, and `weibox cluster status` as well.
#[track_caller]
fn assert_wrong(home: &Home, name: &str, words: &str) {
    let output = home.output(&["doctor", "--listen", "127.0.0.1:0"], &[]);
    let text = said(&output);
    let found = text.lines().find(|line| line.trim_start().starts_with(&format!("✗ {name} ")));
    assert!(found.is_some_and(|line| line.contains(words)), "no `{name}`: `{words}` in\n{text}");
    assert_eq!(output.status.code(), Some(1), "{text}");
}

#[track_caller]
fn assert_status(home: &Home, words: &str) {
    let output = home.output(&["cluster", "status"], &[]);
    let text = said(&output);
    assert!(text.contains(words), "no `{words}` in\n{text}");
    assert_eq!(output.status.code(), Some(1), "{text}");
}

#[test]
fn servers_that_are_not_there_or_do_not_know_us_are_told() {
    let nowhere = home(&["nats://127.0.0.1:1".to_owned()], "");
    assert_wrong(&nowhere, "servers", "none of the cluster's servers can be reached (nats://127.0.0.1:1)");
    assert_status(&nowhere, "none of the cluster's servers can be reached");
    // Files of TLS that cannot be read are told first.
    let url = "tls://127.0.0.1:1".to_owned();
    for keys in ["tls_ca = 'no.pem'", "tls_cert = 'no.pem'\ntls_key = 'no.pem'"] {
        let home = home(std::slice::from_ref(&url), keys);
        assert_status(&home, "no.pem` for TLS: No such file");
        assert_status(&home, "see `cluster.tls_ca`, `cluster.tls_cert` and `cluster.tls_key`");
    }

    let servers = Servers::start_with(1, &format!("authorization {{ user: weibox, password: \"{PASSWORD}\" }}"));
    let stranger = home(&servers.urls(), "");
    assert_wrong(&stranger, "credentials", "refuse the user or the password");
    let forgetful = home(&servers.urls(), "user = \"weibox\"\n");
    assert_wrong(&forgetful, "credentials", "there is no password");
    let liar = home(&servers.urls(), "user = \"weibox\"\npassword_file = \"password\"\n");
    let file = liar.path(".config/weibox/password");
    let write = |word: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(&file, format!("{word}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("wrong-horse-battery");
    assert_wrong(&liar, "credentials", "refuse the user or the password");
    assert_status(&liar, "refuse the user or the password");

    write(PASSWORD);
    assert_wrong(&liar, "stream", "there is no stream `WEIBOX`");
    assert_status(&liar, "there is no stream `WEIBOX`");
    let made = liar.output(&["cluster", "init", "--replicas", "1"], &[]);
    assert!(made.status.success() && said(&made).contains("made the stream WEIBOX with 1 copy"), "{made:?}");
    let output = liar.output(&["doctor", "--listen", "127.0.0.1:0"], &[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("user weibox, with a password"), "{text}");
    // Neither the output of `config` nor the log has it.
    said(&liar.output(&["config"], &[]));
    assert!(!liar.log().contains(PASSWORD));
}

#[test]
fn a_stream_of_others_and_too_few_copies_are_told() {
    let servers = Servers::start(1);
    let home = home(&servers.urls(), "");
    let few = home.output(&["cluster", "init"], &[]);
    assert!(!few.status.success() && said(&few).contains("the servers cannot keep 3 copies of the stream"), "{few:?}");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let streams = || async { async_nats::jetstream::new(async_nats::connect(servers.urls()).await.unwrap()) };
    let foreign = Config { name: "WEIBOX".to_owned(), subjects: vec!["orders.>".to_owned()], ..Config::default() };
    runtime.block_on(async { streams().await.create_stream(foreign.clone()).await.unwrap() });
    assert_wrong(&home, "stream", "the stream `WEIBOX` is not weibox's: its description is not");
    assert_status(&home, "the stream `WEIBOX` is not weibox's");
    let refused = home.output(&["cluster", "init", "--replicas", "1"], &[]);
    assert!(!refused.status.success() && said(&refused).contains("is not weibox's"), "{refused:?}");
    runtime.block_on(async {
        streams().await.delete_stream("WEIBOX").await.unwrap();
        let taken = Config { name: "OTHER".to_owned(), subjects: vec!["weibox.in.main".to_owned()], ..foreign };
        streams().await.create_stream(taken).await.unwrap();
    });
    let refused = home.output(&["cluster", "init", "--replicas", "1"], &[]);
    assert!(!refused.status.success() && said(&refused).contains("another stream has the subjects"), "{refused:?}");
    runtime.block_on(async { streams().await.delete_stream("OTHER").await.unwrap() });

    let made = home.output(&["cluster", "init", "--replicas", "1"], &[]);
    assert!(made.status.success(), "{made:?}");
    let fewer = home.output(&["cluster", "init"], &[]);
    let words = "the stream `WEIBOX` is there already with 1 copy, and 3 were asked for";
    assert!(!fewer.status.success() && said(&fewer).contains(words), "{fewer:?}");
}

#[test]
fn doctor_tells_what_a_power_cut_costs_and_finds_bodies_that_are_too_long() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let servers = Servers::start_with(1, &format!("http: \"127.0.0.1:{port}\"\nmax_payload: 65536"));
    let home = home(&servers.urls(), &format!("monitor = [\"http://127.0.0.1:{port}\"]\n"));
    assert!(home.output(&["cluster", "init", "--replicas", "1"], &[]).status.success());
    assert_wrong(&home, "body limit", "`body_limit` is 1048576 bytes and the servers take 65536");
    let serve = crate::support::Serve::signed(&home);
    wait_for("the limit", || status(&home).to_string().contains("BODY_LIMIT_HIGH"));
    drop(serve);
    let config = std::fs::read_to_string(home.path(".config/weibox/config.toml")).unwrap();
    home.configure(&format!("body_limit = 65536\n{config}"));
    let text = said(&home.output(&["doctor", "--listen", "127.0.0.1:0"], &[]));
    let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_default();
    assert!(line("! power cut").contains("after 120 s): a power cut of all of them at once loses"), "{text}");
    assert!(line("! copies").contains("one alone"), "{text}");
    assert!(line("- nodes").contains("none is heard; this one is called here"), "{text}");
    assert!(line("✓ stream").contains(", kept for 30d"), "{text}");
    assert!(text.contains("\nNothing is wrong.") && !text.contains("body limit"), "{text}");
}

#[test]
fn nodes_of_one_name_and_clocks_that_are_apart_are_told() {
    let servers = Servers::start(1);
    let cluster = Cluster::join(&servers, 1);
    let twin = home_of(&servers.urls(), "node0", "");
    assert_wrong(&twin, "nodes", "another node is called `node0` as well: set `cluster.node`");
    // The serving node also reports it.
    let other = crate::support::Serve::signed(&twin);
    wait_for("the twin", || status(cluster.home(0)).to_string().contains("NODE_TWICE"));
    assert_status(cluster.home(0), "another node is called `node0` as well");
    drop(other);

    // A node whose clock is years behind, as others receive it.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let urls = servers.urls();
    let late = runtime.spawn(async move {
        let client = async_nats::connect(urls).await.unwrap();
        loop {
            let said =
                r#"{"node":"late","instance":7,"at":1700000000000,"version":"0","cursor":0,"untold":0,"messages":0}"#;
            client.publish("weibox.nodes.WEIBOX", said.into()).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    });
    wait_for("the late clock", || status(cluster.home(0)).to_string().contains("CLOCKS_APART"));
    assert_status(cluster.home(0), "the clocks of this node and of `late` are ");
    assert_wrong(cluster.home(0), "clock", "of `late` are ");
    late.abort();
}

#[test]
fn what_is_not_encrypted_is_taken_on_this_machine_only() {
    for url in ["nats://n1.example.org:4222", "nats://192.0.2.1:4222", "nats://u:p@127.0.0.1:4222", "http://127.0.0.1"]
    {
        let home = home(&[url.to_owned()], "");
        let output = home.output(&["cluster", "status"], &[]);
        let text = said(&output);
        assert!(!output.status.success() && text.contains("cluster.url"), "{url}: {text}");
        assert!(
            text.contains("addresses that begin with `tls://`, or with `nats://` on this machine"),
            "{url}: {text}"
        );
    }
}
