//! NATS servers, each with its own store, as one cluster.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use async_nats::jetstream::stream::Info;
use tempfile::TempDir;

use crate::support::wait_for;

/// The variable with another server program than the installed one.
const SERVER: &str = "WEIBOX_TEST_NATS_SERVER";

/// Some servers of one cluster.
pub(super) struct Servers {
    directory: TempDir,
    ports: Vec<u16>,
    /// Where they listen for each other; empty for a single server.
    routes: Vec<u16>,
    monitors: Vec<u16>,
    running: Vec<Option<Child>>,
}

/// Returns the server program.
pub(super) fn program() -> String {
    std::env::vars().find(|(name, _)| name == SERVER).map_or("nats-server".to_owned(), |(_, it)| it)
}

fn free_ports(n: usize) -> Vec<u16> {
    let sockets: Vec<_> = (0..n).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    sockets.iter().map(|socket| socket.local_addr().unwrap().port()).collect()
}

impl Servers {
    pub(super) fn start(n: usize) -> Self {
        Self::start_with(n, "")
    }

    /// Starts servers with more lines in their configs.
    pub(super) fn start_with(n: usize, more: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let free = free_ports(2 * n);
        let (ports, routes) = (free[..n].to_vec(), free[n..].to_vec());
        for (index, (port, route)) in ports.iter().zip(&routes).enumerate() {
            let store = directory.path().join(format!("store{index}"));
            let all: Vec<String> = routes.iter().map(|port| format!("nats-route://127.0.0.1:{port}")).collect();
            let cluster = format!("cluster {{ name: c, listen: \"127.0.0.1:{route}\", routes: [{}] }}", all.join(", "));
            let cluster = if n > 1 { cluster } else { String::new() };
            let config = format!(
                "server_name: n{index}\nlisten: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\" }}\n{cluster}\n{more}\n",
                store.display()
            );
            fs::write(directory.path().join(format!("{index}.conf")), config).unwrap();
        }
        let routes = if n > 1 { routes } else { Vec::new() };
        let running = (0..n).map(|_| None).collect();
        let mut servers = Self { directory, ports, routes, monitors: Vec::new(), running };
        (0..n).for_each(|index| servers.go_on(index));
        servers
    }

    /// Starts servers with the config of the package, except for addresses and stores.
    pub(super) fn start_like(n: usize, config: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ports = free_ports(3 * n);
        let [ports, routes, monitors] = [0, 1, 2].map(|of| ports[of * n..][..n].to_vec());
        for index in 0..n {
            let here = |port: u16| format!("127.0.0.1:{port}");
            let mut config = config
                .replace("0.0.0.0:4222", &here(ports[index]))
                .replace("0.0.0.0:6222", &here(routes[index]))
                .replace("0.0.0.0:8222", &here(monitors[index]))
                .replace("/data", directory.path().join(format!("store{index}")).to_str().unwrap());
            for (other, route) in routes.iter().enumerate() {
                config = config.replace(&format!("n{}:6222", other + 1), &here(*route));
            }
            fs::write(directory.path().join(format!("{index}.conf")), format!("server_name: n{}\n{config}", index + 1))
                .unwrap();
        }
        let mut servers = Self { directory, ports, routes, monitors, running: (0..n).map(|_| None).collect() };
        (0..n).for_each(|index| servers.go_on(index));
        servers
    }

    /// Returns the monitoring addresses, of servers like those of the package.
    pub(super) fn monitors(&self) -> Vec<String> {
        self.monitors.iter().map(|port| format!("http://127.0.0.1:{port}")).collect()
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.ports.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect()
    }

    /// Removes everything from the stream, which weibox's streams allow in no other way.
    pub(super) fn purge(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let streams = async_nats::jetstream::new(async_nats::connect(self.urls()).await.unwrap());
            let mut config = streams.get_stream("WEIBOX").await.unwrap().cached_info().config.clone();
            // The servers would reject messages that they had recently.
            config.duplicate_window = std::time::Duration::from_millis(100);
            for most in [1, -1] {
                config.max_messages = most;
                streams.update_stream(config.clone()).await.unwrap();
            }
        });
    }

    /// Returns what the leader says about the stream, once there is a leader.
    pub(super) fn info(&self) -> Info {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut info = None;
        wait_for("a leader", || {
            info = runtime.block_on(async {
                let streams = async_nats::jetstream::new(async_nats::connect(self.urls()).await.ok()?);
                let info = streams.get_stream("WEIBOX").await.ok()?.cached_info().clone();
                info.cluster.as_ref()?.leader.as_ref()?;
                Some(info)
            });
            info.is_some()
        });
        info.unwrap()
    }

    /// Returns the leader of the stream.
    pub(super) fn leader(&self) -> usize {
        self.info().cluster.unwrap().leader.unwrap().strip_prefix('n').unwrap().parse().unwrap()
    }

    /// Starts a server again. It ends at once if another test has its port just then, and is started once more.
    pub(super) fn go_on(&mut self, index: usize) {
        let ports: Vec<u16> =
            [Some(&self.ports[index]), self.routes.get(index)].into_iter().flatten().copied().collect();
        wait_for("a server of NATS that has its ports", || {
            let mut child = self.spawn(index);
            let mut has_ended = false;
            wait_for("a server of NATS", || {
                has_ended = child.try_wait().unwrap().is_some();
                has_ended || ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok())
            });
            self.running[index] = Some(child).filter(|_| !has_ended);
            !has_ended
        });
    }

    fn spawn(&self, index: usize) -> Child {
        let log = fs::File::create(self.directory.path().join(format!("{index}.log"))).unwrap();
        let started = Command::new(program())
            .arg("-c")
            .arg(self.directory.path().join(format!("{index}.conf")))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        assert!(started.is_ok(), "nats-server is needed: `apt-get install nats-server`");
        started.unwrap()
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

    /// Saves the current store of a server, which must be stopped.
    pub(super) fn remember(&self, index: usize) {
        let [store, kept] = [self.store(index), self.kept(index)];
        let copied = Command::new("cp").arg("-r").arg(store).arg(kept).status().unwrap();
        assert!(copied.success());
    }

    /// Restores the saved store of a killed server, as after a power cut that leaves what was on disk.
    pub(super) fn go_back(&self, index: usize) {
        self.forget(index);
        fs::rename(self.kept(index), self.store(index)).unwrap();
    }

    /// Deletes the store of a killed server, as a lost disk does.
    pub(super) fn forget(&self, index: usize) {
        fs::remove_dir_all(self.store(index)).unwrap();
    }

    fn store(&self, index: usize) -> PathBuf {
        self.directory.path().join(format!("store{index}"))
    }

    fn kept(&self, index: usize) -> PathBuf {
        self.directory.path().join(format!("kept{index}"))
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
