//! Archives that differ although they have read the same stream: a node publishes again what another one lacks,
//! but nothing that was deleted.

use weibox::archive::{Archive, Arrival, PruneBatch};
use weibox::weibo::identity::former_identity;
use weibox::weibo::wire;

use super::nodes::{Cluster, lines, status};
use super::servers::Servers;
use crate::support::{Home, message, wait_for};

/// Removes messages from an unused archive, as a user or retention does.
fn remove(home: &Home, words: &str) {
    let seqs: Vec<_> = home.records().iter().filter(|record| record.message.text == words).map(|it| it.seq).collect();
    assert_eq!(seqs.len(), 1, "{words}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        archive.prune(PruneBatch { messages: seqs, media: Vec::new() }).await.unwrap();
        archive.close().await.unwrap();
    });
}

/// Adds messages to an unused archive as if it belonged to no cluster.
fn keep(home: &Home, bodies: impl Iterator<Item = String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        let received_at = "2026-01-01T00:00:00Z".parse().unwrap();
        let kept = bodies.map(|body| archive.insert(Arrival::new(body, received_at)));
        for kept in futures_util::future::join_all(kept).await {
            kept.unwrap();
        }
        archive.close().await.unwrap();
    });
}

/// Returns a message that was sent in a certain hour of a day.
fn sent(hour: u32, words: &str) -> String {
    message(words).replace("18:09:20", &format!("{hour:02}:09:20"))
}

fn has(home: &Home, words: &str) -> bool {
    home.records().iter().any(|record| record.message.text == words)
}

#[test]
fn what_was_gone_from_the_stream_comes_from_a_node_that_has_it_and_what_was_deleted_does_not() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 2);
    for words in ["deleted here", "deleted there", "kept"] {
        cluster.post(0, &message(words));
    }
    cluster.wait_until_equal(3);

    // One node is away and deletes something; events published meanwhile leave the stream before it returns.
    cluster.kill(1);
    remove(cluster.home(1), "deleted here");
    for number in 0..60 {
        cluster.post(0, &sent(number % 20, &format!("missed {number}")));
    }
    // More messages than are published at once, all of one hour, and from before the node joined the cluster.
    cluster.kill(0);
    remove(cluster.home(0), "deleted there");
    keep(cluster.home(0), (0..1_200).map(|number| sent(23, &format!("old {number}"))));
    servers.purge();
    cluster.go_on(0);
    cluster.go_on(1);

    wait_for("what was missed", || cluster.home(1).records().len() == 1_262);
    // Nothing is requested any more, and nothing deleted has returned.
    cluster.post(0, &message("the end"));
    wait_for("the end", || has(cluster.home(1), "the end"));
    wait_for("no gaps", || {
        let status = status(cluster.home(1));
        status["gaps"] == 0 && status["untold"] == 0 && !status.to_string().contains("GAPS")
    });
    assert_eq!(cluster.home(0).records().len(), 1_263);
    assert!(!has(cluster.home(1), "deleted here") && has(cluster.home(0), "deleted here"));
    assert!(has(cluster.home(1), "deleted there") && !has(cluster.home(0), "deleted there"));
    let (one, other) = (lines(cluster.home(0)), lines(cluster.home(1)));
    let unlike = one.iter().filter(|line| !other.contains(line)).collect::<Vec<_>>();
    assert_eq!(unlike.len(), 1, "{unlike:?}");
}

#[test]
fn a_repeat_of_what_an_earlier_version_kept_is_one_message_on_all_nodes() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 2);
    let body = sent(7, "of before").replacen('{', r#"{"card":1,"#, 1);
    cluster.kill(0);
    keep(cluster.home(0), std::iter::once(body.clone()));
    let former = former_identity(&wire::parse(body.as_bytes()), body.as_bytes()).unwrap();
    let connection = rusqlite::Connection::open(cluster.home(0).data_dir().join("weibox.db")).unwrap();
    assert_eq!(connection.execute("UPDATE messages SET identity = ?1", [former]).unwrap(), 1);
    drop(connection);
    cluster.go_on(0);
    cluster.wait_until_equal(1);
    cluster.wait_until_whole(0);
    cluster.post(0, &body);
    cluster.post(0, &message("the end"));
    cluster.wait_until_equal(2);
    let deliveries = |index: usize| cluster.home(index).records()[0].deliveries;
    wait_for("the repeat", || deliveries(0) == 2 && deliveries(1) == 2);
}

#[test]
fn what_retention_would_remove_is_not_asked_for() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 2);
    cluster.kill(1);
    let recent = |words: &str| message(words).replace("+0800 2012", "+0800 2096");
    cluster.post(0, &message("of 2012"));
    cluster.post(0, &recent("of later"));
    servers.purge();
    cluster.configure(1, "retention.max_age = '30d'");
    cluster.go_on(1);
    wait_for("what is recent", || has(cluster.home(1), "of later"));
    // One look compares all days.
    wait_for("no gaps", || status(cluster.home(1))["gaps"] == 0);
    assert!(!has(cluster.home(1), "of 2012"));
}

#[test]
fn of_what_was_deleted_so_much_is_remembered_and_nothing_older_is_asked_for() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 2);
    cluster.kill(1);
    let year = |year: &str, words: &str| message(words).replace("+0800 2012", &format!("+0800 {year}"));
    cluster.post(0, &year("2012", "of 2012"));
    cluster.post(0, &year("2096", "of later"));
    servers.purge();
    // A million and one deleted messages of other years, and one without a time.
    let connection = rusqlite::Connection::open(cluster.home(1).data_dir().join("weibox.db")).unwrap();
    let deleted = "INSERT INTO gone VALUES (zeroblob(24));
        WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 1000000)
        INSERT INTO gone SELECT unhex(format('%016X%032X', 1400000000 + n, n)) FROM n";
    connection.execute_batch(deleted).unwrap();
    cluster.go_on(1);
    wait_for("what is recent", || has(cluster.home(1), "of later"));
    // One look compares all days.
    wait_for("no gaps", || status(cluster.home(1))["gaps"] == 0);
    assert!(!has(cluster.home(1), "of 2012"));
    let left = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    // The other node may have told the message before anything was forgotten here.
    wait_for("the oldest to be forgotten", || left("SELECT count(*) FROM gone") == 1_000_001);
    assert_eq!(left("SELECT count(*) FROM gone WHERE identity = zeroblob(24)"), 1);
}
