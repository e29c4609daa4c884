//! How the archive scales: import, export, first page, jump and search at 10 thousand, 100 thousand and 1 million
//! messages, and at one more size with `WEIBOX_BENCH_MESSAGES=10000000`. Prints a table, and a line for each cost
//! that says how it grows.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use weibox::archive::Reader;
use weibox::query::{self, Query};
use weibox::record::page::{Anchor, Request};

mod machine;
mod shared;

/// The sizes that are always measured.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// The number of times that a page is read; the slowest hundredth is ignored.
const TRIES: usize = 200;
/// The number of messages on a screen.
const PAGE: usize = 60;
/// The queries.
const SEARCHES: [(&str, &str); 17] = [
    ("common word", "什么"),
    ("rare pair of common characters", "好的"),
    ("word of three", "演唱会"),
    ("words of four", "请问发货"),
    ("words of five", "演唱会门票"),
    ("words of six", "老师你好今天"),
    ("one character", "好"),
    ("Latin prefix", "iph"),
    ("phrase", "\"北京 上海\""),
    ("word, kind and time", "退款 type:text since:30d"),
    ("pinyin", "yanchanghui"),
    ("pinyin of two words", "bei jing"),
    ("pinyin, begun", "tuik"),
    ("two first letters", "tk"),
    ("four first letters", "ychz"),
    ("pinyin of nothing", "zenggao"),
    ("Latin word that may be pinyin", "refund"),
];

/// The results at one size.
struct Row {
    messages: u64,
    import: Duration,
    export: Duration,
    /// The peak memory of `export` in bytes.
    resident: u64,
    first_page: Duration,
    jump: Duration,
    /// Time of the first page of each search, and its count.
    searches: Vec<(Duration, String)>,
    /// Size of the archive's file relative to the output of `export`.
    size: f64,
}

fn main() {
    let more = std::env::vars().find(|(name, _)| name == "WEIBOX_BENCH_MESSAGES").map(|(_, n)| n.parse().unwrap());
    println!("archive, {}", machine::line());
    println!(
        "{:>10} {:>11} {:>11} {:>10} {:>14} {:>12} {:>10}",
        "messages", "import /s", "export /s", "its memory", "first page p99", "jump p99", "disk/JSON"
    );
    let rows: Vec<Row> = SIZES.into_iter().chain(more).map(measure).collect();
    println!();
    grows("import, a message", &rows, |row| per_message(row.import, row));
    grows("export, a message", &rows, |row| per_message(row.export, row));
    grows("export, its memory", &rows, |row| row.resident as f64);
    grows("disk, a message", &rows, |row| row.size);
    grows("first page", &rows, |row| row.first_page.as_secs_f64());
    grows("jump", &rows, |row| row.jump.as_secs_f64());
    println!("\nsearch: first page and count, p99");
    for (index, (what, query)) in SEARCHES.iter().enumerate() {
        let cells: Vec<String> = rows
            .iter()
            .filter_map(|row| row.searches.get(index))
            .map(|(p99, found)| format!("{:>9.2} ms ({found:>6})", p99.as_secs_f64() * 1e3))
            .collect();
        println!("{what:32} {query:28} {}", cells.join(" "));
    }
}

fn per_message(duration: Duration, row: &Row) -> f64 {
    duration.as_secs_f64() / row.messages as f64
}

/// Creates an archive of this many messages and measures it.
fn measure(messages: u64) -> Row {
    let home = tempfile::tempdir().unwrap();
    let (data, lines) = (home.path().join("data"), home.path().join("messages.jsonl"));
    let mut out = BufWriter::new(File::create(&lines).unwrap());
    for body in shared::Messages::new(1).take(usize::try_from(messages).unwrap()) {
        writeln!(out, "{body}").unwrap();
    }
    out.flush().unwrap();
    let (import, _) = timed(weibox(&data).arg("import").arg(&lines));
    let exported = home.path().join("exported.jsonl");
    let (export, resident) = timed(weibox(&data).arg("export").stdout(File::create(&exported).unwrap()));
    let bytes = |path: &Path| fs::metadata(path).unwrap().len() as f64;
    let size = bytes(&data.join("weibox.db")) / bytes(&exported);
    let mut reader = Reader::open(&data).unwrap();
    let mut page = |anchor: Anchor| {
        let started_at = Instant::now();
        let page = reader
            .page(
                &Request { query: Query::default(), anchor, limit: PAGE, ..Request::default() },
                weibox::run::clock::now(),
            )
            .unwrap();
        assert!(!page.records.is_empty());
        started_at.elapsed()
    };
    let mut first_pages: Vec<_> = (0..TRIES).map(|_| page(Anchor::Newest)).collect();
    // Multiples of a prime are spread over the whole archive.
    let mut jumps: Vec<_> =
        (0..TRIES).map(|number| page(Anchor::Around(number as u64 * 7_919_791 % messages + 1))).collect();
    let first_page = shared::percentile(&mut first_pages, 99);
    let jump = shared::percentile(&mut jumps, 99);
    let searches = SEARCHES.map(|(_, query)| search(&mut reader, query)).to_vec();
    let row = Row { messages, import, export, resident, first_page, jump, searches, size };
    println!(
        "{:>10} {:>11.0} {:>11.0} {:>7.1} MB {:>11.2} ms {:>9.2} ms {:>10.2}",
        messages,
        messages as f64 / import.as_secs_f64(),
        messages as f64 / export.as_secs_f64(),
        resident as f64 / 1e6,
        first_page.as_secs_f64() * 1e3,
        jump.as_secs_f64() * 1e3,
        row.size
    );
    row
}

/// Returns the 99th percentile of the time for the first page of a search, and the number of results.
fn search(reader: &mut Reader, query: &str) -> (Duration, String) {
    let request =
        Request { query: query::parse(query).unwrap(), anchor: Anchor::Newest, limit: PAGE, ..Request::default() };
    // The time within the made-up account, which starts at a fixed date.
    let newest = reader.page(&Request { limit: 1, ..Request::default() }, weibox::run::clock::now()).unwrap();
    let now = newest.records[0].received_at;
    let mut found = String::new();
    let mut durations: Vec<_> = (0..TRIES)
        .map(|_| {
            let started_at = Instant::now();
            found = reader.page(&request, now).unwrap().total.to_string();
            started_at.elapsed()
        })
        .collect();
    (shared::percentile(&mut durations, 99), found)
}

fn weibox(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weibox"));
    command.arg("--data-dir").arg(data).stderr(Stdio::null());
    command
}

/// Runs a command to its end; returns its duration and its peak memory in bytes.
fn timed(command: &mut Command) -> (Duration, u64) {
    let started_at = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut resident = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        resident = peak.map_or(resident, |kilobytes| kilobytes.parse::<u64>().unwrap() * 1024);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    (started_at.elapsed(), resident)
}

/// Prints how a cost grew from the smallest to the largest size. A logarithmic cost may double with ten times the
/// messages; a cost per message within that bound is linear in total.
fn grows(what: &str, rows: &[Row], cost: impl Fn(&Row) -> f64) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
    let messages = last.messages as f64 / first.messages as f64;
    let factor = cost(last) / cost(first);
    let word = match factor {
        ..1.5 => "constant",
        factor if factor <= 2_f64.powf(messages.log10()) => "log n",
        _ => "faster than log n",
    };
    println!("{what:20} × {factor:.2} for × {messages:.0} messages: {word}");
}
