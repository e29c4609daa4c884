//! Nodes: weibox processes beside servers, each in its own home.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::servers::Servers;
use crate::support::{DEADLINE, Home, Running, SECRET, Serve, wait_for};

/// Some nodes on one stream.
pub(super) struct Cluster {
    homes: Vec<Home>,
    arguments: Vec<Vec<String>>,
    listeners: Vec<Option<Serve>>,
    others: Vec<Option<Running>>,
}

/// Returns the cluster status of a node.
pub(super) fn status(home: &Home) -> Value {
    let output = home.output(&["status", "--json"], &[]);
    serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default()["cluster"].take()
}

/// Returns the archive of a node line by line, in an order common to all nodes, without node-specific data.
pub(super) fn lines(home: &Home) -> Vec<String> {
    let mut lines: Vec<String> = home
        .records()
        .into_iter()
        .map(|record| {
            let mut line: Value = serde_json::from_str(&record.to_json()).unwrap();
            line["seq"].take();
            format!("{line} read {} starred {}", record.marks.is_read, record.marks.is_starred)
        })
        .collect();
    lines.sort();
    lines
}

impl Cluster {
    /// Creates the stream, and adds nodes that listen.
    pub(super) fn join(servers: &Servers, n: usize) -> Self {
        let mut cluster = Self { homes: Vec::new(), arguments: Vec::new(), listeners: Vec::new(), others: Vec::new() };
        for _ in 0..n {
            cluster.add(servers, &[]);
        }
        cluster
    }

    /// Adds a node. The first one creates the stream.
    pub(super) fn add(&mut self, servers: &Servers, arguments: &[&str]) -> usize {
        self.add_to(&servers.urls(), arguments, "")
    }

    /// Adds a node with more lines in its config file.
    pub(super) fn add_as(&mut self, servers: &Servers, arguments: &[&str], config: &str) -> usize {
        self.add_to(&servers.urls(), arguments, config)
    }

    /// Adds a node that connects to servers at these addresses.
    pub(super) fn add_at(&mut self, servers: &[String], arguments: &[&str]) -> usize {
        self.add_to(servers, arguments, "")
    }

    fn add_to(&mut self, servers: &[String], arguments: &[&str], config: &str) -> usize {
        let (home, index) = (Home::new(), self.homes.len());
        let urls: Vec<String> = servers.iter().map(|url| format!("{url:?}")).collect();
        home.configure(&format!("{config}\n[cluster]\nurl = [{}]\nnode = \"node{index}\"\n", urls.join(", ")));
        if index == 0 {
            let replicas = servers.len().to_string();
            wait_for("the stream", || home.output(&["cluster", "init", "--replicas", &replicas], &[]).status.success());
        }
        self.homes.push(home);
        self.arguments.push(arguments.iter().map(|&argument| argument.to_owned()).collect());
        self.listeners.push(None);
        self.others.push(None);
        self.go_on(index);
        self.wait_until_whole(index);
        index
    }

    /// Adds lines to the config of a node, for its next start.
    pub(super) fn configure(&self, index: usize, more: &str) {
        let home = &self.homes[index];
        let before = std::fs::read_to_string(home.path(".config/weibox/config.toml")).unwrap();
        home.configure(&format!("{more}\n{before}"));
    }

    pub(super) fn home(&self, index: usize) -> &Home {
        &self.homes[index]
    }

    /// Starts a node again.
    pub(super) fn go_on(&mut self, index: usize) {
        let home = &self.homes[index];
        if self.arguments[index].is_empty() {
            let variables = [("WEIBOX_APP_SECRET", SECRET), ("WEIBOX_ACCESS_TOKEN", "2.00Token")];
            self.listeners[index] = Some(Serve::start(home, &[], &variables));
            return;
        }
        let arguments: Vec<&str> = self.arguments[index].iter().map(String::as_str).collect();
        let mut command = home.weibox(&[&["serve"], arguments.as_slice()].concat());
        let mut running = Running::start(command.env("WEIBOX_APP_SECRET", SECRET));
        running.told("receiving nothing here");
        self.others[index] = Some(running);
    }

    pub(super) fn wait_until_whole(&self, index: usize) {
        wait_for("a node that is whole", || status(&self.homes[index])["standing"] == "whole");
    }

    pub(super) fn signal(&self, index: usize, name: &str) {
        let listener = self.listeners[index].as_ref().map(|serve| &serve.running);
        listener.or(self.others[index].as_ref()).unwrap().signal(name);
    }

    pub(super) fn kill(&mut self, index: usize) {
        self.signal(index, "KILL");
        (self.listeners[index], self.others[index]) = (None, None);
    }

    /// Posts a message, which must be stored; returns the time of the answer.
    pub(super) fn post(&self, index: usize, body: &str) -> Duration {
        let began_at = Instant::now();
        self.ask(index, body);
        began_at.elapsed()
    }

    /// Posts a message, which must be stored; returns the answer to Weibo.
    pub(super) fn ask(&self, index: usize, body: &str) -> String {
        let answer = self.listeners[index].as_ref().unwrap().post(body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Posts a message as Weibo does, with retries at other nodes, at most three times. Returns whether it was
    /// stored.
    pub(super) fn try_post(&self, first: usize, body: &str) -> bool {
        (0..3).any(|n| {
            let listener = self.listeners[(first + n) % self.listeners.len()].as_ref();
            listener.and_then(|serve| serve.try_post(body.as_bytes()).ok()).is_some_and(|answer| answer.status == 200)
        })
    }

    /// Waits until all archives are equal line by line and have this many messages; returns the lines.
    pub(super) fn wait_until_equal(&self, n: usize) -> Vec<String> {
        let began_at = Instant::now();
        loop {
            let mut found: Vec<Vec<String>> = self.homes.iter().map(lines).collect();
            if found.iter().all(|lines| lines.len() == n && *lines == found[0]) {
                return found.swap_remove(0);
            }
            let is_late = began_at.elapsed() >= DEADLINE;
            let counts: Vec<_> = found.iter().map(Vec::len).collect();
            let mut differ = found.iter().flatten().filter(|line| !found.iter().all(|lines| lines.contains(line)));
            assert!(!is_late, "not {n} equal messages: {counts:?}, such as {:?}", differ.next());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until all archives have the same messages, this many, and returns how long that took. Comparing
    /// thousands of lines would take longer.
    pub(super) fn equal_after(&self, n: usize) -> Duration {
        let began_at = Instant::now();
        wait_for("equal archives", || {
            let mut known =
                self.homes.iter().map(|home| home.reader().known(&[], &[0xff; 25], usize::MAX >> 1).unwrap());
            let first = known.next().unwrap();
            first.len() == n && known.all(|other| other == first)
        });
        began_at.elapsed()
    }
}
