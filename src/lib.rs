//! weibox, the terminal inbox of a verified Weibo account.
//!
//! A callback becomes a row before Weibo gets its answer; the row rings a bell; whoever shows, prints or downloads pulls
//! pages from the archive at its own pace. So a slow reader is late, never wrong, and nothing acknowledged is ever lost.
//!
//! # Flow
//!
//! ```text
//!  Weibo / simulator
//!     │  POST, answered within 4.5 s (Weibo hangs up at 5 s and asks again)
//!     ▼
//!  listener ── a seat for each connection ── full: the idlest of whoever holds the most is closed
//!     │  answer: caller → path → method → signature → body → wire::parse → Archive::insert
//!     ▼
//!  bounded mpsc of requests ────────── full for as long as the answer may wait: 503 (Weibo asks again)
//!     ▼
//!  archive writer thread (the only writing connection of this process; SQLite WAL, synchronous=FULL)
//!     │ 1 commit      one fsync for all that waited: group commit
//!     │ 2 ring   ──► watch<Committed>: highest seq and number of changes (one slot: cannot fill, cannot lag)
//!     │ 3 answer ──► oneshot ──► 200, new or repeated
//!     │ 4 nudge  ──► indexer thread: every 4,096 messages a block of the search index, written between two turns;
//!     │              until then searches look at the messages themselves
//!     │ 5 fold   ──► a thread for as long as it takes: every 4,000 pages the log goes into the file, beside the turns;
//!     │               at 16,000 the writer waits for it
//!     │
//!     ├─► dashboard  Event → State::update → Effect → Event; view → a frame every 7 ms at most, 60 a second in a flood, none when nothing changed
//!     ├─► feed       bookmark + query → batches in order of seq, from memory when it has caught up, else from the file
//!     │               ├─► serve    one JSON line a message on stdout; a pipe that is blocked or gone stops only itself
//!     │               ├─► forward  a POST a message to each of the user's bots, in order for each sender; what one answers in
//!     │               │            time is the answer to Weibo
//!     │               └─► notify   messages of an alert gather until it rings: one JSON to a robot or a webhook, or a program
//!     ├─► cluster    the stream is told before the answer, or again later; what it tells comes in by the writer
//!     ├─► outbox     replies that wait are rows: take one → send it once → settle the row by Weibo's answer alone
//!     └─► download   queued media are rows: lock the file id → fetch → check → fsync, rename → settle the row
//!  archive readers: read-only connections on threads of their own, so that reading never delays an answer
//! ```
//!
//! The order *commit, ring, answer* matters: a caller that got its 200 and looks finds its message shown. The bell rings for
//! this process alone; the dashboard looks for what others wrote (`import`, `prune`) when it wakes anyway.
//!
//! # Queues, and what happens when they are full
//!
//! | queue | bound | when full |
//! |---|---|---|
//! | connections | [`listener::CONNECTIONS`] | the idlest of the address with the most is closed; none that has a verified call |
//! | long bodies of callbacks, all together | [`listener::BODIES`] | 503 |
//! | changes for the archive writer | [`archive::QUEUE`] | an answer waits its patience, then 503; a log entry is dropped and counted |
//! | a nudge to the search index | 1 | it has been told already and looks for everything |
//! | search entries of messages that are not indexed | 32,768, 24 MB | they are read again when a search wants them |
//! | messages in memory for feeds | 4,096, and 8 MB of bodies | the oldest go, and whoever still wants them reads the file |
//! | messages on their way to a target | [`forward::PENDING`] | its feed waits, and reads on later; so does what is taken back of what was set aside |
//! | messages that an alert has not told of | counts of the last sixty minutes, and the words of one | the older are counted together |
//! | what is wrong with weibox, and that it is over, to be told in one way | 64 | it stands in the log alone |
//! | programs that tell of alerts | 4, for 30 s | the next alert waits |
//! | orders for a target | [`forward::ORDERS`] | whoever asks waits |
//! | calls whose messages are on their way to a target | 1,024 | the oldest go: their messages are signed anew |
//! | keys, and events from effects, to the dashboard | [`run::dashboard::QUEUE`] | the sender waits; nothing is dropped |
//! | what is typed while quick replies are read, or a name is being kept | 1,000 | the next keys are lost |
//! | bell, download board, listener traffic | 1 (`watch`) | the newest value replaces the one before |
//! | blocks of `import`, batches of `export` | sixteen a worker, four a worker | the thread that deals them out waits |
//! | lines for the log file | [`log::LINES`] | lines are lost |
//! | voices to be decoded, and to be heard | 1 each | the newest order cancels the one before |
//! | pictures to be drawn | 1 | the newest order cancels the one before |
//! | pictures, piece by piece to the terminal | 1, and the frames of those that are kept | keys, events and the screen come before; the next is not drawn before |
//! | events that a stream is asked for | 2,000 | the servers wait |
//! | deleted messages that a node of a cluster remembers | 1,000,000 | the oldest are forgotten, and what is older is not asked of others |
//! | messages on their way to a stream, told again | 256, and 8 MB of bodies | the others wait: they are rows |
//! | what was done here, on its way to a stream | 1, in its order | the others wait: they are rows |
//! | replies that wait to be sent | none: they are rows, and one of an account is under way | whoever orders one is told why it waits |
//! | senders whose names are wanted | [`names::WAITING`] | the next are not asked for, and wanted again when somebody looks |
//! | heads of callbacks | [`listener::HEADS`] | the oldest go |
//! | callers while the listener goes into another process | the kernel's queue of the listening socket, 4,096 | the caller tries again after 1 s |
//! | attached dashboards | [`attach::server::DASHBOARDS`] | the next is told so and closed |
//! | who asks something over the socket and goes, or has not said who it is | [`attach::server::GUESTS`], and the places of dashboards that are not there | as above |
//! | news for an attached dashboard | 1 of each | the newest value replaces the one before; one that takes none for 10 s is closed |
//! | claims on senders | 1,000 | the oldest goes |
//! | orders of an attached dashboard | [`attach::server::ORDERS`] | it is not listened to until one is done |
//! | callers of the metrics | 16 | the others wait to be accepted |
//! | request log on disk | [`archive::REQUESTS_KEPT`] rows | the oldest go |
//!
//! # Panics
//!
//! Each is written to the log and told on the screen or on stderr ([`terminal::panics`]).
//!
//! | who goes on for as long as weibox runs | what a panic costs it |
//! |---|---|
//! | listener, accepting | that connection; it accepts the next |
//! | listener, a connection | that connection |
//! | archive's writer | its turn, which is answered 503; it goes on with the next |
//! | archive's indexer | nothing: it takes the block again when it is next told of one |
//! | watching whether the archive's files are in their places | itself: the next turn finds out |
//! | a look at an archive that is suspected of damage | that look; whatever meets the fault again asks for another |
//! | folding of the archive's log | nothing: the next one folds more |
//! | a queue of downloads, the board of several | what was under way, which is fetched again; it starts again after 1 s |
//! | a target's messages | what was under way, which is sent again; it starts again after 1 s |
//! | an alert, one of its ways | what was under way, which is told again; it starts again after 1 s |
//! | a download | one of its tries |
//! | sending of replies | what was being sent, of which nobody knows; it starts again after 1 s |
//! | asking for names | those that it was at, which are wanted again when somebody looks; it starts again after 1 s |
//! | retention | its round; it starts again after 1 s |
//! | the presence of a node | what it was at; it starts again after 1 s |
//! | the cluster, following and telling | what was under way, which is told again; it starts again after 1 s |
//! | an attached dashboard, at the holder | that connection; the dashboard comes back |
//! | feeding the watchdog of systemd | itself: systemd starts weibox anew |
//! | the self-test, the rate, the line for systemd | itself: what was told last stays |
//! | a caller of the metrics | that connection |
//! | log | a line |
//! | dashboard | itself: the terminal is given back, the archive closed in order, exit 1 |
//! | printing of `serve` | itself: the archive is closed in order, exit 1 |
//! | an order of the dashboard: page, file, voice, picture … | that order, which has failed |
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
//! | room | knows of the other rooms | of libraries |
//! |---|---|---|
//! | [`weibo`] the protocol | reason | serde, chrono, sha1, subtle, url, percent-encoding |
//! | [`reason`] why something was refused or failed: codes and their words | language | `serde_json` |
//! | [`record`] what is kept of a message and its medium | language, place, query, reason, text, weibo | serde, chrono |
//! | [`media`] what bytes are, how a voice sounds and a picture looks | reason | `codec_core`, symphonia, `opus_decoder`, image, png, gif, `image_webp`, `jpeg_decoder`, `icy_sixel` |
//! | [`query`] the one query language, and the one form of each spelling | language, place, reason, weibo | chrono, `icu_normalizer`, `icu_properties`, unicode-segmentation |
//! | [`place`] datum, nearest place, map and links of a point | text | nucleo, serde, url |
//! | [`language`] the words of the screen | | |
//! | [`text`] foreign text made drawable, cell widths | | unicode-width, unicode-segmentation |
//! | [`controls`] keys, actions, tabs, looks, where the regions of a screen lie | language, query, reason, weibo | chrono |
//! | [`dashboard`] `State`, `Event`, `Effect`, `update` | controls, language, media, place, query, reason, record, text, weibo | chrono, serde, tui-input, nucleo |
//! | [`view`] state → frame | controls, dashboard, language, media, query, record, text, weibo | chrono, ratatui |
//! | [`cli`] the command line | config, reason | clap, chrono, url |
//! | [`config`] defaults < file < environment < flags | cluster, controls, forward, language, media, names, notify, place, query, reason, record, weibo | clap, hyper, toml, secrecy, etcetera, ipnet |
//! | [`archive`] messages, media states and request log on disk; the only SQL | place, query, reason, record, weibo | rusqlite |
//! | [`attach`] dashboards beside the process that holds the archive: its socket | archive, dashboard, language, reason, record, weibo | `serde_json`, `tokio_util` |
//! | [`web`] calls to Weibo's servers: the client, the token, and words of others made fit to be kept | reason | reqwest, rustls, secrecy, tokio, url |
//! | [`worker`] what goes on after a panic | | tokio |
//! | [`cluster`] other nodes, by a stream that several servers keep | archive, reason, record, weibo, worker | `async_nats`, reqwest, rustls, secrecy, tokio, url |
//! | [`listener`] Weibo's calls and their answers | archive, cluster, forward, reason, record, weibo | hyper, ipnet, rustls |
//! | [`feed`] following the archive in order, with bookmarks | archive, query, record | tokio |
//! | [`forward`] the user's bots, which get the messages and may answer | archive, feed, query, reason, record, web, weibo, worker | hyper, reqwest, rustls, secrecy, url |
//! | [`notify`] alerts: saved queries that ring, and who is told | archive, feed, forward, language, query, reason, record, text, weibo, worker | reqwest, ring, secrecy, `serde_json`, sha2, tokio |
//! | [`download`] the queue's workers | archive, media, reason, record, web, weibo, worker | reqwest, sha2 |
//! | [`names`] the names of senders, asked for at Weibo | archive, reason, record, web, weibo, worker | reqwest, secrecy, tokio, url |
//! | [`outbox`] replies on their way to Weibo | archive, reason, record, web, weibo, worker | reqwest, secrecy, url |
//! | [`player`] the program or the device that makes sound | media, reason | tokio, tempfile, rodio |
//! | [`terminal`] raw mode, keys, colours, what shows pictures, clipboard, panics | controls, media, reason, text | crossterm, ratatui, rustix, terminfo |
//! | [`simulator`] Weibo's side of the wire | reason, web, weibo | hyper, reqwest, rustls |
//! | [`log`] tracing to a file | reason, text | tracing |
//! | [`run`] opens, spawns, joins; one file a command | archive, attach, cli, cluster, config, controls, dashboard, download, feed, forward, language, listener, log, media, names, notify, outbox, place, player, query, reason, record, simulator, terminal, text, view, web, weibo, worker | all |
//!
//! A test reads the `use` lines and keeps this table true.
//!
//! # Words
//!
//! *message*: what Weibo sent; *callback*: the HTTP request that carried it; *delivery*: one arrival of a message;
//! *deed*: what somebody did with messages or senders on a node, as the nodes of a cluster tell each other;
//! *record*: a message as the archive keeps it; *seq*: its number there, which alone orders the archive; *medium*: a
//! voice or image file; *event* (in [`dashboard`]): something that happened; *action*: a wish of the user; *effect*: an
//! order to the shell.

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
