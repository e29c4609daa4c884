//! Servers of NATS, each with a store of its own, as one cluster.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::wait_for;

/// Another server than the one that is installed.
const SERVER: &str = "WEIBOX_TEST_NATS_SERVER";

/// Some servers that are one cluster.
pub(super) struct Servers {
    directory: TempDir,
    ports: Vec<u16>,
    running: Vec<Option<Child>>,
}

fn free_ports(n: usize) -> Vec<u16> {
    let sockets: Vec<_> = (0..n).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    sockets.iter().map(|socket| socket.local_addr().unwrap().port()).collect()
}

impl Servers {
    pub(super) fn start(n: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (ports, routes) = (free_ports(n), free_ports(n));
        for (index, (port, route)) in ports.iter().zip(&routes).enumerate() {
            let store = directory.path().join(format!("store{index}"));
            let all: Vec<String> = routes.iter().map(|port| format!("nats-route://127.0.0.1:{port}")).collect();
            let cluster = format!("cluster {{ name: c, listen: \"127.0.0.1:{route}\", routes: [{}] }}", all.join(", "));
            let cluster = if n > 1 { cluster } else { String::new() };
            let config = format!(
                "server_name: n{index}\nlisten: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\" }}\n{cluster}\n",
                store.display()
            );
            fs::write(directory.path().join(format!("{index}.conf")), config).unwrap();
        }
        let mut servers = Self { directory, ports, running: (0..n).map(|_| None).collect() };
        (0..n).for_each(|index| servers.go_on(index));
        servers
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.ports.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect()
    }

    /// Starts one, again.
    pub(super) fn go_on(&mut self, index: usize) {
        let program = std::env::vars().find(|(name, _)| name == SERVER).map_or("nats-server".to_owned(), |(_, it)| it);
        let log = fs::File::create(self.directory.path().join(format!("{index}.log"))).unwrap();
        let started = Command::new(program)
            .arg("-c")
            .arg(self.directory.path().join(format!("{index}.conf")))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        assert!(started.is_ok(), "nats-server is needed: `apt-get install nats-server`");
        let child = started.unwrap();
        let port = self.ports[index];
        self.running[index] = Some(child);
        wait_for("a server of NATS", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    }

    pub(super) fn kill(&mut self, index: usize) {
        let mut child = self.running[index].take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Sends a signal: `STOP`, `CONT`.
    pub(super) fn signal(&self, index: usize, name: &str) {
        let id = self.running[index].as_ref().unwrap().id();
        let sent = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Forgets everything, as a disk that is gone. Only of one that was killed.
    pub(super) fn forget(&self, index: usize) {
        let store: PathBuf = self.directory.path().join(format!("store{index}"));
        fs::remove_dir_all(store).unwrap();
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in self.running.iter_mut().flatten() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
