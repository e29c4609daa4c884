//! The steps to the first message.

use weibox::dashboard::{Effect, Setup};

use super::Session;

#[test]
fn what_is_copied_speaks_as_the_listener_does() {
    for origin in ["http://127.0.0.1:8080", "https://127.0.0.1:8080"] {
        let url = format!("{origin}/weibo");
        let mut session = Session::with(Setup { url, ..Setup::default() }, (80, 24), Vec::new());
        session.keys("y<enter>tnginx<enter>tcloudflared<enter>");
        let text = |effect: &Effect| if let Effect::Copy(text) = effect { text.clone() } else { String::new() };
        let copied: Vec<String> = session.effects.iter().map(text).filter(|text| !text.is_empty()).collect();
        assert_eq!(copied.len(), 4, "{copied:?}");
        assert!(copied[0].starts_with("curl") && copied[0].ends_with(&format!(" {origin}/weibo")), "{copied:?}");
        assert_eq!(copied[0].contains("curl -k"), origin.starts_with("https"));
        assert_eq!(copied[1], format!("{origin}/weibo"));
        assert!(copied[2].contains(&format!("proxy_pass {origin};")), "{copied:?}");
        assert_eq!(copied[3], format!("cloudflared tunnel --url {origin}"));
    }
}
