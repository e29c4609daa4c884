//! weibox, the terminal inbox of a verified Weibo account.
//!
//! A callback becomes a row before Weibo gets its answer, and the commit rings a bell. The tasks that show, print or
//! download messages then pull pages from the archive at their own pace. So a slow reader is late but never wrong, and
//! no acknowledged message is ever lost.
//!
//! # Flow
//!
//! ```text
//!  Weibo / simulator
//!     │  POST, answered within 4.5 s (Weibo hangs up at 5 s and retries)
//!     ▼
//!  listener ── a seat for each connection ── full: the idlest connection of the address with the most is closed
//!     │  answer: caller → path → method → signature → body → wire::parse → Archive::insert
//!     ▼
//!  bounded mpsc of requests ────────── full until the answer is due: 503 (Weibo retries)
//!     ▼
//!  archive writer thread (the only writing connection of this process; SQLite WAL, synchronous=FULL)
//!     │ 1 commit      one fsync for all waiting changes: group commit
//!     │ 2 ring   ──► watch<Committed>: highest seq and number of changes (one slot: never fills, never lags)
//!     │ 3 answer ──► oneshot ──► 200, new or repeated
//!     │ 4 nudge  ──► indexer thread: a block of the search index for every 4,096 messages, written between two turns;
//!     │              until then searches read the messages themselves
//!     │ 5 fold   ──► a short-lived thread: every 4,000 pages it moves the log into the file while turns go on;
//!     │               at 16,000 pages the writer waits for it
//!     │
//!     ├─► dashboard  Event → State::update → Effect → Event; view → at most a frame every 7 ms,
//!     │              60 a second in a flood, none without a change
//!     ├─► feed       bookmark + query → batches in order of seq, from memory once it has caught up, else from the file
//!     │               ├─► serve    one JSON line for each message on stdout; a blocked or closed pipe stops only serve
//!     │               ├─► forward  a POST for each message to each of the user's bots, in order for each sender;
//!     │               │            an answer in time becomes the answer to Weibo
//!     │               └─► notify   messages of an alert are collected until it rings: one JSON to a robot
//!     │                            or a webhook, or a program
//!     ├─► cluster    publishes to the stream before the answer, or again later; its events go through the writer
//!     ├─► outbox     waiting replies are rows: take one → send it once → only Weibo's answer settles the row
//!     └─► download   queued media are rows: lock the file id → fetch → check → fsync, rename → settle the row
//!  archive readers: read-only connections on their own threads, so that reading never delays an answer
//! ```
//!
//! The order *commit, ring, answer* matters: a caller that has its 200 finds its message on the screen. The bell only
//! rings within this process; the dashboard checks for writes of other processes (`import`, `prune`) whenever it wakes.
//!
//! # Queues, and their behaviour when full
//!
//! | queue | bound | when full |
//! |---|---|---|
//! | connections | [`listener::CONNECTIONS`] | the idlest connection of the address with the most is closed, but none with a verified call |
//! | long bodies of callbacks, in total | [`listener::BODIES`] | 503 |
//! | changes for the archive writer | [`archive::QUEUE`] | an answer waits for its time limit, then 503; a log entry is dropped and counted |
//! | nudges of the search indexer | 1 | nothing: the pending nudge covers all messages |
//! | search entries of messages that are not indexed yet | 32,768, 24 MB | a search reads the messages again |
//! | messages in memory for feeds | 4,096, and 8 MB of bodies | the oldest go; feeds that still need them read the file |
//! | messages on their way to a target | [`forward::PENDING`] | its feed waits and reads on later; so do retried messages that were set aside |
//! | answers of a shadow under comparison | [`forward::COMPARISONS`] | the next are not compared |
//! | messages of an alert that has not rung | counts of the last sixty minutes, and the text of one message | older ones are counted together |
//! | beginnings and ends of faults, for each way of an alert | 64 | only the log has them |
//! | programs that deliver alerts | 4, for 30 s | the next alert waits |
//! | orders for a target | [`forward::ORDERS`] | the caller waits |
//! | calls whose messages are on their way to a target | 1,024 | the oldest go; their messages are signed again |
//! | keys, and events from effects, to the dashboard | [`run::dashboard::QUEUE`] | the sender waits; nothing is dropped |
//! | keys typed while a read is to tell what they refer to, or a name is saved | 1,000 | the next keys are lost |
//! | bell, download board, listener traffic | 1 (`watch`) | the newest value replaces the one before |
//! | blocks of `import`, batches of `export` | sixteen a worker, four a worker | the thread that distributes them waits |
//! | lines for the log file | [`log::LINES`] | lines are lost |
//! | voices to decode, and to play | 1 each | the newest order cancels the one before |
//! | pictures to draw | 1 | the newest order cancels the one before |
//! | pictures sent to the terminal in pieces | 1, and the frames of kept ones | keys, events and the screen have priority; the next picture is not drawn until this one is sent |
//! | the marking of several messages that can be undone | the last one | the one before is forgotten |
//! | events requested from a stream at once | 2,000 | the servers wait |
//! | deleted messages that a node of a cluster remembers | 1,000,000 | the oldest are forgotten, and messages older than those are not requested from other nodes |
//! | messages being sent to a stream again | 256, and 8 MB of bodies | the others wait as rows |
//! | deeds being sent to a stream | 1, in order | the others wait as rows |
//! | replies that wait to be sent | none: they are rows, and each account sends one at a time | the user is told why the reply waits |
//! | senders whose names are wanted | [`names::WAITING`] | the next are not requested until somebody looks at them again |
//! | heads of callbacks | [`listener::HEADS`] | the oldest go |
//! | connections while the listener moves to another process | the kernel's queue of the listening socket, 4,096 | the caller retries after 1 s |
//! | attached dashboards | [`attach::server::DASHBOARDS`] | the next gets an error and is closed |
//! | connections to the socket that only ask something, or have not said hello | [`attach::server::GUESTS`], and the free places of dashboards | as above |
//! | news for an attached dashboard | 1 of each | the newest value replaces the one before; a dashboard that takes none for 10 s is closed |
//! | claims on senders | 1,000 | the oldest goes |
//! | orders of an attached dashboard | [`attach::server::ORDERS`] | no more are read from it until one is done |
//! | metrics connections | 16 | as connections, but none is closed whose request is being answered |
//! | request log on disk | [`archive::REQUESTS_KEPT`] rows | the oldest go |
//!
//! # Panics
//!
//! Each panic is logged and reported on the screen or on stderr ([`terminal::panics`]).
//!
//! | task | effect of a panic |
//! |---|---|
//! | listener, accepting | that connection is lost; it accepts the next |
//! | listener, a connection | that connection is lost |
//! | archive's writer | its turn is answered 503; it goes on with the next |
//! | archive's indexer | nothing is lost: it repeats the block at the next nudge |
//! | watching the paths of the archive's files | it ends; the next turn checks the files |
//! | a check of an archive that may be damaged | that check ends; the next fault starts another |
//! | folding of the archive's log | nothing is lost: the next one folds more |
//! | a download queue, the board of several | current downloads are fetched again; it restarts after 1 s |
//! | a target's messages | current messages are sent again; it restarts after 1 s |
//! | an alert, one of its ways | the current notice is sent again; it restarts after 1 s |
//! | a download | that try fails |
//! | sending of replies | the outcome of the current reply is unknown; it restarts after 1 s |
//! | requests for names | the current names are requested again when somebody looks; it restarts after 1 s |
//! | retention | its round ends; it restarts after 1 s |
//! | the presence of a node | its current step is lost; it restarts after 1 s |
//! | the cluster, following and telling | current events are sent again; it restarts after 1 s |
//! | an attached dashboard, at the holder | that connection is lost; the dashboard reconnects |
//! | feeding the watchdog of systemd | it ends; systemd restarts weibox |
//! | the self-test, the rate, the line for systemd | it ends; its last value stays |
//! | a metrics connection | that connection is lost |
//! | log | a line is lost |
//! | dashboard | it ends: the terminal is restored, the archive closed cleanly, exit 1 |
//! | printing of `serve` | it ends: the archive is closed cleanly, exit 1 |
//! | an order of the dashboard: page, file, voice, picture … | that order fails |
//!
//! # Rooms
//!
//! ```text
//!  main → run → listener, archive, attach, cluster, feed, forward, download, names, outbox, terminal, player, simulator, web, worker, log     shell: I/O, tokio
//!               │
//!               ├─► view ─► dashboard ─► controls, record, media, place, text       pure: no clock, no files, no async
//!               └──────────────────────────► weibo                                  pure
//! ```
//!
//! | room | rooms that it uses | libraries |
//! |---|---|---|
//! | [`weibo`] the protocol | reason | serde, chrono, sha1, subtle, url, percent-encoding |
//! | [`reason`] why something was refused or failed: codes and their words | language | `serde_json` |
//! | [`record`] what is kept of a message and its medium | language, place, query, reason, text, weibo | serde, chrono |
//! | [`media`] what bytes are, how a voice sounds and a picture looks | reason | `codec_core`, symphonia, `opus_decoder`, image, png, gif, `image_webp`, `jpeg_decoder`, `icy_sixel` |
//! | [`query`] the one query language, and the one form of each spelling | language, place, reason, weibo | chrono, `icu_normalizer`, `icu_properties`, unicode-segmentation |
//! | [`place`] datum, nearest place, map and links of a point | text | nucleo, serde, url |
//! | [`language`] the words of the screen | | |
//! | [`named`] enums whose values have names | | |
//! | [`text`] foreign text made drawable, cell widths | | `icu_properties`, unicode-segmentation, unicode-width |
//! | [`controls`] keys, actions, tabs, looks, layout of the screen | language, query, reason, weibo | chrono |
//! | [`dashboard`] `State`, `Event`, `Effect`, `update` | controls, language, media, place, query, reason, record, text, weibo | chrono, serde, tui-input, nucleo |
//! | [`view`] state → frame | controls, dashboard, language, media, query, record, text, weibo | chrono, ratatui |
//! | [`cli`] the command line | config, reason, weibo | clap, chrono, url |
//! | [`config`] defaults < file < environment < flags | cluster, controls, forward, language, media, names, notify, place, query, reason, record, weibo | clap, hyper, toml, secrecy, strsim, etcetera, ipnet |
//! | [`archive`] messages, media states and request log on disk; the only SQL | place, query, reason, record, weibo | rusqlite |
//! | [`attach`] dashboards beside the process that holds the archive: its socket | archive, dashboard, language, reason, record, weibo, worker | `serde_json`, `tokio_util` |
//! | [`web`] calls to Weibo's servers: the client, the token, and words of others made fit to be kept; answers for other callers than Weibo; who may stay connected | reason | hyper, reqwest, rustls, secrecy, tokio, url |
//! | [`worker`] what goes on after a panic, and what begins in order | | tokio |
//! | [`cluster`] other nodes, by a stream that several servers keep | archive, reason, record, weibo, worker | `async_nats`, reqwest, rustls, secrecy, tokio, url |
//! | [`listener`] Weibo's calls and their answers | archive, cluster, forward, reason, record, web, weibo | hyper, ipnet, rustls |
//! | [`feed`] following the archive in order, with bookmarks | archive, query, record | tokio |
//! | [`forward`] the user's bots, which receive the messages and may answer | archive, feed, query, reason, record, web, weibo, worker | hyper, reqwest, rustls, secrecy, url |
//! | [`notify`] alerts: saved queries that ring, and their delivery | archive, feed, forward, language, query, reason, record, text, web, weibo, worker | reqwest, ring, secrecy, `serde_json`, sha2, tokio |
//! | [`download`] the workers of the download queue | archive, media, reason, record, web, weibo, worker | reqwest, sha2 |
//! | [`names`] the names of senders, requested from Weibo | archive, reason, record, web, weibo, worker | reqwest, secrecy, tokio, url |
//! | [`outbox`] replies on their way to Weibo | archive, reason, record, web, weibo, worker | reqwest, secrecy, url |
//! | [`player`] the program or device that plays sound | media, reason | tokio, tempfile, rodio |
//! | [`terminal`] raw mode, keys, colours, picture protocols, clipboard, panics | controls, media, reason, text | crossterm, ratatui, rustix, terminfo |
//! | [`simulator`] Weibo's side of the wire | reason, text, web, weibo | hyper, reqwest, rustls |
//! | [`log`] tracing to a file | reason, text | tracing |
//! | [`run`] opens, spawns, joins; one file for each command | archive, attach, cli, cluster, config, controls, dashboard, download, feed, forward, language, listener, log, media, names, notify, outbox, place, player, query, reason, record, simulator, terminal, text, view, web, weibo, worker | all |
//!
//! A test compares this table with the `use` lines.
//!
//! # Words
//!
//! *message*: a message that Weibo sent; *callback*: the HTTP request that carried it; *delivery*: one arrival of a
//! message; *deed*: an action on messages or senders at a node, as the nodes of a cluster tell each other; *record*:
//! a message as the archive stores it; *seq*: the number of a record, which alone orders the archive; *medium*: a
//! voice or image file; *event* (in [`dashboard`]): something that happened; *action*: a wish of the user; *effect*:
//! an order to the shell.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[macro_use]
pub mod named;

pub mod archive;
pub mod attach;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod controls;
pub mod dashboard;
pub mod download;
pub mod feed;
pub mod forward;
pub mod language;
pub mod listener;
pub mod log;
pub mod media;
pub mod names;
pub mod notify;
pub mod outbox;
pub mod place;
pub mod player;
pub mod query;
pub mod reason;
pub mod record;
pub mod run;
pub mod simulator;
pub mod terminal;
pub mod text;
pub mod view;
pub mod web;
pub mod weibo;
pub mod worker;
