//! Robots are called in their own format and their answers are understood; wrong settings are reported.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::forward::bot::{Bot, Manner};
use crate::support::{Home, SECRET, Serve, message, wait_for};

use super::{configure, json};

/// Configures a channel for each robot and an alert that rings at all of them.
fn configure_robots(home: &Home, bot: &Bot) {
    fs::create_dir_all(home.path(".config/weibox")).unwrap();
    for (file, text) in [("url", bot.url() + "?access_token=swordfish"), ("secret", "SECdemo".to_owned())] {
        let path = home.path(".config/weibox").join(file);
        fs::write(&path, text + "\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let channel = |kind: &str, secret: &str| {
        format!("[[channel]]\nname = \"a-{kind}\"\nkind = \"{kind}\"\nurl_file = \"url\"\n{secret}\n")
    };
    let secret = "secret_file = \"secret\"";
    home.configure(&format!(
        "{}{}{}{}[[alert]]\nname = \"all\"\nquery = \"\"\nby = [\"a-feishu\", \"a-dingtalk\", \"a-wecom\", \"a-webhook\"]\n",
        channel("feishu", secret),
        channel("dingtalk", secret),
        channel("wecom", ""),
        channel("webhook", "template = '{\"chat_id\": 7, \"text\": \"{title}: {text}\"}'"),
    ));
}

/// The size of the longest answer that is read, in bytes.
const LONGEST: usize = 64 << 10;

#[test]
fn a_test_says_what_each_robot_answered() {
    let home = Home::new();
    let bot = Bot::start(|_, n| match n {
        0 => Manner::says(200, r#"{"code":0,"msg":"success"}"#),
        1 => Manner::says(200, r#"{"errcode":310000,"errmsg":"sign not match"}"#),
        2 => Manner::says(200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#),
        3 => Manner::says(403, "no"),
        n => Manner::says(200, "x".repeat(LONGEST + n % 2)),
    });
    configure_robots(&home, &bot);
    let tried = home.output(&["alert", "test", "all"], &[]);
    assert_eq!(tried.status.code(), Some(1), "{tried:?}");
    let said = String::from_utf8(tried.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            r#"all by a-feishu: taken, and it said {"code":0,"msg":"success"}"#,
            "all by a-dingtalk: it answered 310000: sign not match",
            "all by a-wecom: it answered 45009: api freq out of limit",
            "all by a-webhook: it answered 403",
        ]
    );
    let calls = bot.calls();
    let body = json(&calls[0]);
    assert_eq!((&body["msg_type"], body["sign"].as_str().map(str::len)), (&"text".into(), Some(44)));
    assert_eq!(body["content"]["text"], "weibox · all\nthis is a test: alerts arrive here");
    assert!(calls[1].target.contains("access_token=swordfish&timestamp=") && calls[1].target.contains("&sign="));
    assert_eq!(json(&calls[1])["at"]["isAtAll"], false);
    assert_eq!((calls[2].query(), &json(&calls[2])["msgtype"]), ("access_token=swordfish", &"text".into()));
    assert_eq!(calls[3].body, r#"{"chat_id":7,"text":"weibox · all: this is a test: alerts arrive here"}"#);
    let config = home.output(&["config"], &[]);
    for said in [&said, &String::from_utf8(config.stdout).unwrap(), &String::from_utf8(tried.stderr).unwrap()] {
        assert!(!said.contains("swordfish") && !said.contains("SECdemo"), "{said}");
    }
    let answered = home.output(&["alert", "test", "all"], &[]);
    let said = String::from_utf8(answered.stdout).unwrap();
    let is_long = said.lines().map(|line| line.contains("its answer has more than 65536 bytes")).collect::<Vec<_>>();
    assert_eq!(is_long, [false, true, false, true], "{said:.300}");
    let nobody = home.output(&["alert", "test", "al"], &[]);
    let told = String::from_utf8(nobody.stderr).unwrap();
    assert!(
        nobody.status.code() == Some(1) && told.contains("there is no alert `al`") && told.contains("all"),
        "{told}"
    );
}

#[test]
fn trouble_of_weibox_itself_rings_as_well() {
    let home = Home::new();
    // The first call fails, so the others wait and are sent later.
    let bot = Bot::start(|_, n| Manner::says(if n == 0 { 500 } else { 200 }, ""));
    let gone = Bot::start(|_, _| Manner::says(410, ""));
    let media = Bot::start(|_, _| Manner::says(400, r#"{"error":"expired_token","error_code":21327}"#));
    let more = format!(
        "trouble = true\n[watch]\nself_test = \"http://127.0.0.1:1/weibo\"\n[download]\nauto = \"all\"\n\
         [[forward]]\nname = \"shop\"\nurl = \"{}\"\n",
        gone.url()
    );
    configure(&home, &bot, &more);
    let variables = [("WEIBOX_APP_SECRET", SECRET), ("WEIBOX_ACCESS_TOKEN", "swordfish")];
    let mut serve = Serve::start(&home, &["--media-url", &media.url()], &variables);
    serve.post(
        r#"{"type":"image","receiver_id":1,"sender_id":2,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"","data":{"tovfid":7}}"#,
    );
    let calls = bot.called(4);
    let told = |name: &str| calls.iter().map(json).filter(|told| told["trouble"] == name).collect::<Vec<_>>();
    for (name, n, words) in [
        ("WAY_IN_BROKEN", 1, "Weibo cannot reach weibox"),
        ("TOKEN_DEAD", 1, "Weibo refuses the access token"),
        ("TARGET_ENDED", 1, "the bot `shop` answered 410"),
    ] {
        let told = told(name);
        let ids: std::collections::BTreeSet<_> = told.iter().map(|told| told["id"].to_string()).collect();
        assert_eq!(ids.len(), n, "{name}: {calls:?}");
        assert!(told.iter().all(|told| told["text"].as_str().unwrap().starts_with(words)), "{told:?}");
    }
    assert!(calls.iter().all(|call| !call.body.contains("swordfish")), "{calls:?}");
    serve.stop();
}

#[test]
fn a_token_that_dies_by_a_name_or_by_a_reply_rings_as_well() {
    let dead = r#"{"error":"expired_token","error_code":21327}"#;
    for is_by_reply in [false, true] {
        let (home, bot) = (Home::new(), Bot::silent());
        let weibo = Bot::start(move |_, _| Manner::says(400, dead));
        configure(&home, &bot, "trouble = true\n");
        let (names, url) = (if is_by_reply { "off" } else { "all" }, weibo.url());
        let args = ["--names", names, "--names-url", &url, "--reply-url", &url, "--answers"];
        let mut serve = Serve::start(&home, &args, &[("WEIBOX_ACCESS_TOKEN", "swordfish")]);
        serve.keep(message("几点开门"));
        if is_by_reply {
            assert_eq!(home.output(&["reply", "--to", "1", "--text", "十点"], &[]).status.code(), Some(1));
        }
        let told = json(&bot.called(1)[0]);
        assert_eq!(told["trouble"], "TOKEN_DEAD");
        let words = told["text"].as_str().unwrap();
        assert!(
            words.contains("expired") && words.ends_with("downloads, names and replies wait for another"),
            "{told}"
        );
        let status = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
        assert!(status.contains("the access token expired"), "{status}");
        serve.stop();
        assert_eq!(weibo.calls().len(), 1, "nothing is asked with a dead token");
    }
    // A token without the permission for names still works for everything else.
    let home = Home::new();
    let weibo = Bot::start(|_, _| Manner::says(403, r#"{"error":"permission","error_code":10014}"#));
    let args = ["--names", "all", "--names-url", &weibo.url()];
    let mut serve = Serve::start(&home, &args, &[("WEIBOX_ACCESS_TOKEN", "swordfish")]);
    serve.keep(message("几点开门"));
    wait_for("the refusal", || home.log().contains("no names with this token"));
    let status = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    assert!(!status.contains("token"), "{status}");
    serve.stop();
}

#[test]
fn what_is_wrong_with_an_alert_is_said_with_its_line() {
    let channel = "[[channel]]\nname = \"team\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\n";
    for (toml, wrong) in [
        ("[[alert]]\nname = \"a\"\nquery = \"x\"\nby = []\n", "line 1: the alert `a` has nothing in `by`"),
        ("[[alert]]\nname = \"a\"\nby = [\"team\"]\n", "has neither `query` nor `trouble`"),
        ("[[alert]]\nname = \"a\"\nquery = \"x\"\nby = [\"tem\"]\n", "there is no channel `tem`"),
        ("[[alert]]\nname = \"a\"\nquery = \"due:<4h\"\nby = [\"terminal\"]\n", "has `due:<4h`, which changes"),
        ("[[alert]]\nname = \"a\"\nquery = \"waiting:>2h\"\nby = [\"terminal\"]\n", "has `waiting:>2h`, which changes"),
        (
            "[[alert]]\nname = \"a\"\nquery = \"退 is:starred\"\nby = [\"terminal\"]\n",
            "has `is:starred`, which changes",
        ),
        ("[[alert]]\nname = \"a\"\nquery = \"-is:unread\"\nby = [\"terminal\"]\n", "has `-is:unread`, which changes"),
        ("[[alert]]\nname = \"a\"\nquery = \"until:2h\"\nby = [\"terminal\"]\n", "has `until:2h`, which changes"),
        ("[[alert]]\nname = \"a\"\nquery = \"is:unsent\"\nby = [\"terminal\"]\n", "has `is:unsent`, which changes"),
        (
            "[[alert]]\nname = \"a\"\nquery = \"-since:today\"\nby = [\"terminal\"]\n",
            "has `-since:today`, which changes",
        ),
        (
            "[[alert]]\nname = \"a\"\nquery = \"due:<4h\"\nby = [\"terminal\"]\nquiet = \"22:00-8:00\"\n",
            "has `due:<4h`, which changes",
        ),
        (
            "[[alert]]\nname = \"a\"\nquery = \"x\"\nby = [\"terminal\"]\nquiet = \"late\"\n",
            "`late` are no quiet hours",
        ),
        ("[[alert]]\nname = \"a\"\nquery = \"x\"\nby = [\"terminal\"]\nevery = \"0s\"\n", "`0s` is no pause"),
        ("[[alert]]\nname = \"a\"\nquery = \"x\"\nby = [\"terminal\"]\nshow = \"words\"\n", "`words` is none of"),
        ("[[channel]]\nname = \"c\"\nkind = \"slack\"\n", "`slack` is no kind of channel"),
        ("[[channel]]\nname = \"c\"\nkind = \"wecom\"\n", "the channel `c` needs an address"),
        ("[[channel]]\nname = \"c\"\nkind = \"wecom\"\nurl = \"ftp://swordfish\"\n", "the address of the channel `c`"),
        ("[[channel]]\nname = \"c\"\nkind = \"wecom\"\nurl = \"http://example.org/swordfish\"\n", "unencrypted"),
        ("[[channel]]\nname = \"c\"\nkind = \"program\"\nprogram = []\n", "needs `program`"),
        ("[[channel]]\nname = \"c\"\nkind = \"program\"\nurl = \"x\"\n", "`url` is not for a channel"),
        ("[[channel]]\nname = \"terminal\"\nkind = \"wecom\"\n", "there is `terminal` already"),
        (
            "[[channel]]\nname = \"c\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1/\"\ntemplate = \"{text}\"\n",
            "the template of the channel `c` is no JSON",
        ),
    ] {
        let home = Home::new();
        home.configure(&format!("{toml}{channel}"));
        let refused = home.output(&["config"], &[]);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && told.contains(wrong) && told.contains("hint: "), "{toml}: {told}");
        assert!(!told.contains("swordfish"), "{told}");
    }
}

#[test]
fn an_alert_takes_what_holds_for_a_message_as_it_comes_and_with_quiet_hours_what_holds_later() {
    for (query, quiet) in [
        ("is:unread -is:starred -is:answered since:2h -until:2h until:2036-11-01", ""),
        ("is:starred -is:unread until:2h", "quiet = \"22:00-8:00\"\n"),
    ] {
        let home = Home::new();
        home.configure(&format!("[[alert]]\nname = \"a\"\nquery = \"{query}\"\nby = [\"terminal\"]\n{quiet}"));
        let taken = home.output(&["config"], &[]);
        assert!(taken.status.success(), "{query}: {taken:?}");
    }
}

#[test]
fn a_file_of_a_channel_that_cannot_be_read_is_named_by_its_own_key() {
    let wecom = "[[channel]]\nname = \"c\"\nkind = \"wecom\"\nurl_file = \"address\"\n";
    let feishu = "[[channel]]\nname = \"c\"\nkind = \"feishu\"\nurl = \"http://127.0.0.1/\"\nsecret_file = \"key\"\n";
    for (toml, key) in [(wecom, "url_file"), (feishu, "secret_file")] {
        let home = Home::new();
        home.configure(toml);
        let refused = home.output(&["config"], &[]);
        let told = String::from_utf8(refused.stderr).unwrap();
        let hint = told.lines().find(|line| line.starts_with("hint: ")).unwrap_or_default();
        assert!(!refused.status.success() && hint.contains(&format!("`{key}`")), "{told}");
        assert!(!told.contains("--app-secret-file"), "{told}");
    }
}
