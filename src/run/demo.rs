//! `weibox demo`: shows the dashboard on a temporary archive, with the simulator sending real signed HTTP requests.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::Archive;
use crate::attach::ClaimBoard;
use crate::config::{self, Config, Environment, Options, quick_replies};
use crate::dashboard::Standing;
use crate::language::commands;
use crate::reason::start;
use crate::record::Seq;
use crate::simulator::bot::BotManner;
use crate::simulator::scenario::Scenario;
use crate::simulator::{self, Plan, media};
use crate::terminal::StopSignals;

use super::handover::Inherited;
use super::receive::Receiver;
use super::serve::{Form, Printing};
use super::{clock, dashboard, say, serve};

/// Messages per second: one every five seconds shows life and leaves time to read.
const RATE: f64 = 0.2;
/// Alerts of the demo.
const ALERTS: &str = "[[alert]]\nname = \"退货\"\nquery = \"退货\"\nby = [\"terminal\"]\nshow = \"all\"\n";

/// Sequence number of the message whose sender a colleague answers: a text whose reply window closes soon.
const CLAIMED: Seq = 5;
/// Name of the colleague.
const COLLEAGUE: &str = "小王";
/// TABLE: file names and contents of the demo's quick replies.
const QUICK_REPLIES: [(&str, &str); 3] = [
    ("1-hours.toml", "name = \"营业时间\"\ntext = \"您好{name}，我们每天 10:00–22:00 营业。\"\nlabels = [\"售前\"]\n"),
    (
        "2-return.toml",
        "name = \"退货流程\"\ntext = \"\"\"\n非常抱歉给您添麻烦了。请把订单号和照片发给我们，\n我们会在 24 小时内为您办理退货。\"\"\"\n\
         kinds = [\"text\", \"image\"]\nlabels = [\"售后\"]\n",
    ),
    (
        "3-place.toml",
        "name = \"收到位置\"\ntext = \"您好，您在{place}对吗？我们为您查最近的门店。\"\nkinds = [\"position\"]\nlabels = [\"门店\"]\n",
    ),
];

/// Runs the demo until the user leaves, then removes everything it made.
pub(super) async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let directory = tempfile::Builder::new().prefix("weibox-demo-").tempdir();
    let directory = directory.map_err(|error| start::NO_DEMO_DIRECTORY.with(&error))?;
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let socket = TcpListener::bind(loopback).await.map_err(|error| start::NO_DEMO_PORT.with(&error))?;
    let weibo = socket.local_addr()?;
    let bot = TcpListener::bind(loopback).await.map_err(|error| start::NO_DEMO_PORT.with(&error))?;
    let bot_url = format!("http://{}/weibo", bot.local_addr()?);
    // Uses nothing of the user's: no config file, variables, secrets or directories.
    let environment = Environment::new(
        directory.path(),
        &[("WEIBOX_APP_SECRET", "demo-app-secret"), ("WEIBOX_ACCESS_TOKEN", "demo-access-token")],
    )
    .in_terminal_of(&Environment::of_process()?);
    let mine = Options::default()
        .with(config::LISTEN, Some(loopback.to_string()))
        .with(config::MEDIA_URL, Some(format!("http://{weibo}/2/mss/msget")))
        .with(config::ANSWERS_URL, Some(format!("http://{weibo}/2/messages/reply.json")))
        .with(config::NAMES_URL, Some(format!("http://{weibo}/2/eps/user/info.json")))
        .with(config::ANSWERS_ENABLED, Some("true".to_owned()))
        .with(config::FORWARD, Some(bot_url))
        .with(config::LISTEN, options.get(config::LISTEN))
        .with(config::PATH, options.get(config::PATH))
        .with(config::DOWNLOAD_AUTO, Some("all".to_owned()))
        .with(config::DOWNLOAD_AUTO, options.get(config::DOWNLOAD_AUTO));
    settings(directory.path())?;
    let config = Config::load(&mine, &environment)?;
    let receiver = Receiver::start(&config, "weibox demo", Inherited::default())?;
    tokio::spawn(media::serve(socket, receiver.stop.child_token()));
    tokio::spawn(claim(receiver.archive.clone(), receiver.desk.claims.clone(), receiver.stop.child_token()));
    tokio::spawn(simulator::bot::serve(bot, BotManner::Answers, receiver.stop.child_token()));
    let plan = Plan {
        urls: vec![Url::parse(&receiver.url(&config))?],
        app_secret: config.app_secret.value.clone(),
        is_own: true,
        scenario: Scenario::named("demo")?,
        has_handshake: true,
        count: Some(u64::MAX),
        rate: Some(RATE),
        now: clock::now,
    };
    tokio::spawn(simulator::push(plan, receiver.stop.child_token()));
    if io::stdout().is_terminal() {
        let shown = dashboard::show(&config, receiver.holder(), Standing::Demo, &mut StopSignals::new()?).await;
        let stored = receiver.traffic().borrow().stored;
        receiver.close().await?;
        let (left, language) = shown?;
        left.or_broken()?;
        say(&commands::BYE_DEMO.with(language, &[&stored]))?;
    } else {
        say(commands::AS_SERVE.of(config.language.value))?;
        let printing = Printing { ends_with_reader: true, ..Printing::all(Form::Json) };
        serve::print_until_stopped(&config, receiver, printing).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Plays a colleague who answers the sender of the message [`CLAIMED`] once it arrives.
async fn claim(archive: Archive, claims: ClaimBoard, stop: CancellationToken) {
    let mut committed = archive.committed();
    tokio::select! {
        () = stop.cancelled() => return,
        came = async { committed.wait_for(|committed| committed.seq >= CLAIMED).await.is_ok() } => if !came { return },
    }
    if let Ok(Some(record)) = archive.read(|reader| reader.record(CLAIMED)).await
        && let Some(fan) = record.message.sender_id
    {
        claims.claim((record.account, fan), (COLLEAGUE.to_owned(), "demo".to_owned()), clock::now(), &stop);
    }
}

/// Writes the config and the quick replies of the demo into its home directory.
fn settings(home: &Path) -> io::Result<()> {
    let file = home.join(".config/weibox/config.toml");
    let quick = quick_replies::place(&file);
    fs::create_dir_all(&quick)?;
    for (name, text) in QUICK_REPLIES {
        fs::write(quick.join(name), text)?;
    }
    fs::write(&file, ALERTS)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))
}
