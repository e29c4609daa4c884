//! Running weibox as a service: status, metrics and health.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use weibox::archive::{Archive, Arrival};
use weibox::record::outgoing::Composed;
use weibox::run::clock;
use weibox::weibo::UserId;
use weibox::weibo::active::ReplyForm;

use crate::support::{Answer, Connection, Home, SECRET, Serve, message, wait_for};

fn status(home: &Home) -> (Json, Option<i32>) {
    let output = home.output(&["status", "--json"], &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    (serde_json::from_str(&text).unwrap_or_else(|_| Json::from(text)), output.status.code())
}

/// Sends a request to the metrics address.
fn get(address: SocketAddr, path: &str) -> Answer {
    Connection::to(address).unwrap().call("GET", path, b"").unwrap()
}

/// Starts `weibox serve` with metrics; returns it and their address.
fn measured(home: &Home) -> (Serve, SocketAddr) {
    let args = ["--metrics", "127.0.0.1:0", "--bookmark", "bot"];
    let mut serve = Serve::start(home, &args, &[("WEIBOX_APP_SECRET", SECRET)]);
    let told = serve.running.told("metrics on http://");
    (serve, told.split('/').next().unwrap().parse().unwrap())
}

#[test]
fn the_status_has_the_keys_that_scripts_rely_on() {
    let home = Home::new();
    let (nobody, code) = status(&home);
    assert_eq!((nobody["serving"].as_bool(), nobody["pid"].is_null(), code), (Some(false), true, Some(3)));
    let (mut serve, _) = measured(&home);
    assert_eq!(serve.post(message("one")).status, 200);
    serve.lines(1);
    wait_for("the follower", || status(&home).0["followers"][0]["lag"] == 0);
    let (told, code) = status(&home);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(told["serving"], true);
    assert_eq!(told["pid"], serve.running.id());
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert!(told["since"].as_str().unwrap().ends_with('Z') && told["last_call_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(told["listen"], serde_json::json!([serve.url]));
    assert_eq!((&told["seq"], &told["attached"]), (&Json::from(1), &Json::from(0)));
    assert_eq!(told["followers"], serde_json::json!([{"name": "bot", "seq": 1, "lag": 0}]));
    assert_eq!(told["troubles"], serde_json::json!([]));
    serve.stop();
    let (told, code) = status(&home);
    assert_eq!((told["serving"].as_bool(), told["seq"].as_u64(), code), (Some(false), Some(1), Some(3)));
    assert_eq!(told["followers"][0]["name"], "bot", "what the archive says is told all the same");
}

#[test]
fn a_holder_that_does_not_answer_is_a_trouble() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    // A file in the place of the socket is not removed.
    let socket = home.data_dir().join("weibox.sock");
    fs::write(home.path("file"), "").unwrap();
    fs::rename(home.path("file"), &socket).unwrap();
    let (told, code) = status(&home);
    assert_eq!((told["serving"].as_bool(), code), (Some(true), Some(1)), "{told}");
    assert!(told["troubles"][0]["words"].is_string(), "{told}");
    drop(serve);
}

#[test]
fn people_read_the_status_in_their_language() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    serve.post(message("one"));
    let english = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    assert!(
        english.contains("listening on") && english.contains("weibox serve, process") && english.contains(" +00:00\n"),
        "{english}"
    );
    let chinese = String::from_utf8(home.output(&["status"], &[("LANG", "zh_CN.UTF-8")]).stdout).unwrap();
    assert!(chinese.contains("监听") && chinese.contains("上次推送"), "{chinese}");
    assert!(
        chinese.contains("已保存 1 条，最新 #1；最近一分钟 1 条") && chinese.contains("等待 0，被拒 0，结果未知 0"),
        "{chinese}"
    );
    let second = home.output(&["serve", "--listen", "127.0.0.1:0"], &[("LANG", "zh_CN.UTF-8")]);
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(told.contains(&format!("正被 进程 {}（weibox serve） 使用", serve.running.id())), "{told}");
}

#[test]
fn files_and_replies_that_wait_are_told_when_nobody_serves() {
    let home = Home::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        let image = message("").replace("\"text\",", "\"image\",").replace("{}", "{\"tovfid\":7}");
        let arrival = Arrival { is_file_wanted: true, ..Arrival::new(image, clock::now()) };
        archive.insert(arrival).await.unwrap();
        for key in ["one", "two"] {
            let (key, account, text) = (key.to_owned(), String::new(), "hello".to_owned());
            let composed =
                Composed { key, account, fan: UserId(7), seq: None, form: ReplyForm::Text, text, after: None };
            archive.compose(composed, clock::now()).await.unwrap();
        }
        assert!(archive.withdraw(1, clock::now()).await.unwrap());
        archive.close().await.unwrap();
    });
    let (told, _) = status(&home);
    assert_eq!(told["downloads"], serde_json::json!({"running": 0, "queued": 1, "failed": 0, "done": 0}));
    assert_eq!(told["replies"], serde_json::json!({"waiting": 1, "failed": 0, "unknown": 0}), "one was withdrawn");
    assert_eq!((&told["messages"], &told["seq"]), (&Json::from(1), &Json::from(1)));
    let words = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    assert!(words.contains("1 waiting, 0 of them running") && words.contains("1 waiting, 0 refused"), "{words}");
}

#[test]
fn the_followers_in_the_status_are_those_that_run() {
    let home = Home::new();
    home.configure(
        "[[channel]]\nname = \"team\"\nkind = \"program\"\nprogram = [\"true\"]\n\
         [[alert]]\nname = \"refunds\"\nquery = \"退款\"\nby = [\"team\"]\nquiet = \"23:00-08:00\"\n",
    );
    let followers = |home: &Home| {
        let told = status(home).0["followers"].clone();
        told.as_array()
            .unwrap()
            .iter()
            .map(|follower| follower["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (mut serve, _) = measured(&home);
    serve.post(message("one"));
    wait_for("both", || followers(&home) == ["alert:refunds:team", "bot"]);
    let words = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    assert!(words.contains("alert refunds to team: at #"), "{words}");
    assert!(!words.contains("alert:") && !words.contains("closing"), "{words}");
    serve.stop();
    assert_eq!(followers(&home), ["alert:refunds:team", "bot"], "the settings and the archive tell");
    home.configure("");
    let mut serve = Serve::signed(&home);
    assert_eq!(followers(&home), [""; 0]);
    serve.stop();
    assert_eq!(followers(&home), ["bot"]);
    let bookmarks = String::from_utf8(home.output(&["bookmarks"], &[]).stdout).unwrap();
    assert!(bookmarks.contains("alert:refunds:team") && bookmarks.contains("bot"), "{bookmarks}");
}

#[test]
fn callers_that_send_half_a_head_keep_the_health_check_from_nobody() {
    let home = Home::new();
    let (_serve, address) = measured(&home);
    let half = || {
        let mut caller = Connection::to(address).unwrap();
        caller.send("GET /healthz HTTP/1.1\r\n").unwrap();
        caller
    };
    let mut callers: Vec<_> = (0..40).map(|_| half()).collect();
    let begun_at = Instant::now();
    for path in ["/healthz", "/metrics"] {
        assert_eq!(get(address, path).status, 200, "{path}");
    }
    assert!(begun_at.elapsed() < Duration::from_secs(2), "{:?}", begun_at.elapsed());
    // Those that nobody replaced are closed soon.
    let mut last = callers.pop().unwrap();
    assert_eq!(last.rest().unwrap(), b"");
    let waited = begun_at.elapsed();
    assert!(waited < Duration::from_secs(8), "{waited:?}");
}

#[test]
fn the_metrics_tell_what_came_and_the_alerts_and_panels_ask_for_nothing_else() {
    let home = Home::new();
    let (serve, address) = measured(&home);
    assert_eq!(serve.post(message("one")).status, 200);
    assert_eq!(serve.post(message("one")).status, 200);
    assert_eq!(serve.connect().call("POST", "/weibo", b"{}").unwrap().status, 403);
    let answer = get(address, "/metrics");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let text = answer.body;
    for line in [
        "weibox_callbacks_total{verdict=\"stored\"} 1",
        "weibox_callbacks_total{verdict=\"repeated\"} 1",
        "weibox_callbacks_total{verdict=\"refused\"} 1",
        "weibox_answer_seconds_count 2",
        "weibox_answer_seconds_bucket{le=\"+Inf\"} 2",
        "weibox_archive_seq 1",
        "weibox_downloads{state=\"waiting\"} 0",
        "# EOF",
    ] {
        assert!(text.lines().any(|told| told == line), "`{line}` is missing:\n{text}");
    }
    // The refused request may not be logged yet.
    for name in [
        "weibox_archive_queue ",
        "weibox_disk_free_bytes ",
        "weibox_follower_lag{name=\"bot\"} ",
        "weibox_last_call_time_seconds ",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "`{name}` is missing:\n{text}");
    }
    let commits = text.lines().find_map(|line| line.strip_prefix("weibox_archive_commit_seconds_count ")).unwrap();
    assert!(commits.parse::<u64>().unwrap() > 0, "{text}");
    // Every metric named in the assets exists; there are no troubles now.
    let kinds: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    for file in ["alerts.yml", "grafana.json"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/monitoring").join(file);
        let asked = fs::read_to_string(path).unwrap();
        let rules = asked.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
        rules.for_each(|rule| assert!(has_like_sides(&text, rule), "`{rule}` is never true"));
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for name in asked.split(|c| !is_name(c)).filter(|word| word.starts_with("weibox_")) {
            let kind = ["_total", "_bucket"].into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(kinds.contains(kind), "{file} asks for `{name}`, which there is not");
        }
    }
}

/// Returns whether both sides of `and` somewhere have the same labels, except an ignored one, as Prometheus
/// requires.
fn has_like_sides(text: &str, rule: &str) -> bool {
    let Some((one, rest)) = rule.split_once(" and ") else { return true };
    let ignored = rest.strip_prefix("ignoring(").and_then(|rest| rest.split_once(')'));
    let (ignored, other) = ignored.unwrap_or(("none", rest));
    let labels = |side: &str| -> BTreeSet<Vec<String>> {
        let asked = side.split(['(', '[', ' ']).find(|word| word.starts_with("weibox_")).unwrap().trim_end_matches('}');
        let found = text.lines().filter(|line| line.starts_with(asked));
        let labels = found.map(|line| line.split(['{', '}']).nth(1).unwrap_or_default().split(','));
        let is_counted = |label: &&str| !label.is_empty() && !label.starts_with(ignored);
        labels.map(|labels| labels.filter(is_counted).map(str::to_owned).collect()).collect()
    };
    !labels(one).is_disjoint(&labels(other))
}

#[test]
fn the_dashboard_of_grafana_is_json_with_queries() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/monitoring/grafana.json");
    let dashboard: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() >= 10);
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    assert!(panels.iter().all(|panel| panel["targets"][0]["expr"].as_str().unwrap().contains("weibox_")));
}

#[test]
fn health_is_told_and_so_is_what_is_wrong() {
    let home = Home::new();
    let (serve, address) = measured(&home);
    assert_eq!(get(address, "/healthz"), Answer { body: "ok\n".to_owned(), ..get(address, "/healthz") });
    assert_eq!((get(address, "/").status, get(address, "/healthz").status), (404, 200));
    // An archive that was replaced takes no messages.
    fs::copy(home.data_dir().join("weibox.db"), home.path("copy")).unwrap();
    fs::rename(home.path("copy"), home.data_dir().join("weibox.db")).unwrap();
    assert_eq!(serve.post(message("lost")).status, 503);
    wait_for("the trouble", || get(address, "/healthz").body.contains("messages are not kept"));
    assert_eq!(get(address, "/healthz").status, 503);
    let (told, code) = status(&home);
    assert_eq!(code, Some(1));
    assert!(told["troubles"].to_string().contains("messages are not kept"), "{told}");
    assert_eq!(home.output(&["status", "--health"], &[]).status.code(), Some(1));
    serve.running.signal("KILL");
}

#[test]
fn what_is_wrong_outside_is_told_and_does_not_make_weibox_unwell() {
    let home = Home::new();
    home.configure("[cluster]\nurl = [\"nats://127.0.0.1:1\"]\nnode = \"n1\"");
    let (serve, address) = measured(&home);
    wait_for("the trouble", || status(&home).0["troubles"].to_string().contains("NO_SERVER"));
    assert_eq!(serve.post(message("kept alone")).status, 200);
    assert_eq!(status(&home).1, Some(1));
    assert_eq!((get(address, "/healthz").status, get(address, "/healthz").body.as_str()), (200, "ok\n"));
    assert_eq!(home.output(&["status", "--health"], &[]).status.code(), Some(0));
    drop(serve);
    assert_eq!(home.output(&["status", "--health"], &[]).status.code(), Some(3));
}
