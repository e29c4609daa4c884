//! The compose file of three servers and three nodes: the files that it names exist, and its servers and nodes
//! accept their settings.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::nodes::status;
use super::servers::{Servers, program};
use crate::support::{Home, Serve, message, mode, wait_for};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/cluster")
}

fn read(name: &str) -> String {
    fs::read_to_string(directory().join(name)).unwrap()
}

#[test]
fn what_the_compose_file_names_is_there() {
    let compose = read("compose.yaml");
    for mount in compose.split(['"', ' ']).filter(|word| word.starts_with("./") && word.contains(':')) {
        let (file, _) = mount.split_once(':').unwrap();
        assert!(directory().join(file).is_file(), "{file}");
    }
    assert!(compose.contains("dockerfile: packaging/Containerfile"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = ["docs/en/src/settings.md", "assets/config.toml"];
    let settings = settings.map(|file| fs::read_to_string(root.join(file)).unwrap()).concat();
    let names = compose.lines().filter_map(|line| line.trim().split_once(": ")).map(|(name, _)| name);
    let mut variables = names.filter(|name| name.starts_with("WEIBOX_")).peekable();
    assert!(variables.peek().is_some());
    for name in variables {
        assert!(settings.contains(name), "{name}");
    }
}

#[test]
fn its_servers_and_nodes_take_their_settings() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let made = Command::new("sh").arg(self::directory().join("make-certificates")).arg(at("")).output().unwrap();
    assert!(made.status.success(), "openssl is needed: {made:?}");
    let certificates = ["ca.pem", "server.pem", "server-key.pem", "node.pem", "node-key.pem"];
    assert!(certificates.iter().all(|name| directory.path().join(name).is_file()), "{made:?}");

    // Servers of version 2.9 do not know the keyword.
    let version = Command::new(program()).arg("--version").output().unwrap();
    let is_old = String::from_utf8(version.stdout).unwrap().contains("v2.9.");
    let mut config = read("server.conf").replace("/certificates", directory.path().to_str().unwrap());
    assert!(config.contains("sync_interval: always"));
    if is_old {
        config = config.replace("sync_interval: always", "");
    }
    let servers = Servers::start_like(3, &config);
    let [n1, n2, n3] = servers.urls().try_into().unwrap();
    let monitors = servers.monitors();
    let home = Home::new();
    let mut settings = read("weibox.toml").replace("/certificates", directory.path().to_str().unwrap());
    for (name, url, monitor) in [("n1", n1, &monitors[0]), ("n2", n2, &monitors[1]), ("n3", n3, &monitors[2])] {
        settings = settings
            .replace(&format!("tls://{name}:4222"), &url.replace("nats:", "tls:"))
            .replace(&format!("http://{name}:8222"), monitor);
    }
    home.configure(&settings);
    let here = [("WEIBOX_CLUSTER_NODE", "node1")];
    wait_for("the stream", || home.output(&["cluster", "init"], &here).status.success());
    let serve = Serve::start(&home, &[], &[here[0], ("WEIBOX_APP_SECRET", crate::support::SECRET)]);
    wait_for("a node that is whole", || status(&home)["standing"] == "whole");
    assert_eq!(status(&home)["node"], "node1");
    assert_eq!(serve.post(message("through the cluster of the compose file")).status, 200);
    wait_for("the message", || status(&home)["confirmed"] == 1);
    let found = home.output(&["doctor", "--listen", "127.0.0.1:0"], &here);
    let text = String::from_utf8(found.stdout).unwrap();
    assert!(text.contains("3 of 3 up to date: n1, n2, n3"), "{text}");
    let cost = if is_old { "after 120 s" } else { "costs nothing: 3 servers write before they answer" };
    assert!(text.contains(cost), "{text}");
}

#[test]
fn certificates_that_were_cut_short_are_made_anew_and_no_key_is_open_meanwhile() {
    let script = directory().join("make-certificates");
    for last in ["openssl", "rm", "chmod", "chown", "mv"] {
        let (directory, programs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let deadly = programs.path().join(last);
        fs::write(&deadly, "#!/bin/sh\nkill -KILL \"$PPID\"\n").unwrap();
        fs::set_permissions(&deadly, fs::Permissions::from_mode(0o700)).unwrap();
        let make = |programs: &Path| {
            // The first program in the path is run.
            let in_path = "PATH=$0:$PATH exec sh \"$1\" \"$2\"";
            Command::new("sh").args(["-c", in_path]).args([programs, &script, directory.path()]).status().unwrap()
        };
        assert!(!make(programs.path()).success(), "{last} is the end of it");
        let is_key = |path: &PathBuf| path.to_str().unwrap().ends_with("-key.pem");
        let keys = || fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path()).filter(is_key);
        assert!(keys().all(|key| mode(&key) == 0o600), "{last}");
        assert!(make(Path::new("/nowhere")).success());
        assert!(keys().count() == 3 && keys().all(|key| mode(&key) == 0o600), "{last}");
        for public in ["ca.pem", "server.pem", "node.pem"] {
            assert_eq!(mode(&directory.path().join(public)), 0o644, "{public} after {last}");
        }
    }
}
