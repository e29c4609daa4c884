//! The token and the clock: one request to a server that judges the token and reports its time.

use super::server::{answer, answering};
use super::{doctor, line};
use crate::support::Home;

const TOKEN: &str = "2.00abcdefghijklmnopqrstuvwxyz01";

/// Returns what the doctor says when the media server answers like this.
fn said(status: &'static str, headers: &'static str, body: &'static str) -> (i32, String) {
    let server = answering(move |asked| {
        assert!(asked.target.starts_with("/2/mss/msget?access_token=2.00"), "{}", asked.target);
        answer(status, headers, body)
    });
    let url = format!("http://{server}/");
    doctor(&Home::new(), &["--token", "--media-url", &url], &[("WEIBOX_ACCESS_TOKEN", TOKEN)])
}

#[test]
fn a_token_is_accepted_refused_or_nobody_knows() {
    for (status, body, code, words) in [
        ("200 OK", r#"{"error":"file not exist","error_code":20404}"#, 0, "✓ token  accepted by 127.0.0.1"),
        (
            "403 Forbidden",
            r#"{"error":"expired_token","error_code":21327}"#,
            1,
            "✗ token  refused: the access token expired",
        ),
        ("400 Bad", r#"{"error":"x","error_code":"26406"}"#, 1, "✗ token  refused: developer mode is off"),
        ("403 Forbidden", r#"{"error":"limit","error_code":10022}"#, 0, "! token  unclear: this IP address made"),
        ("503 Busy", "", 0, "! token  unclear: Weibo answered 503"),
        ("401 No", "", 1, "✗ token  refused: Weibo answered 401"),
        ("200 OK", "<html>a login</html>", 0, "! token  unclear: Weibo answered with text"),
    ] {
        let (found, text) = said(status, "", body);
        assert!(line(&text, "token").contains(words), "{words}:\n{text}");
        assert_eq!(found, code, "{text}");
    }
}

#[test]
fn a_server_that_repeats_the_token_is_not_repeated() {
    let (_, text) = said("500 Oops", "", "no such token: 2.00abcdefghijklmnopqrstuvwxyz01");
    assert!(line(&text, "token").contains("no such token: [access token]"), "{text}");
}

#[test]
fn the_clock_is_compared_with_that_of_the_server_that_was_asked() {
    let (code, text) = said("503 Busy", "Date: Wed, 09 Apr 2014 05:41:01 GMT\r\n", "");
    assert_eq!(code, 1, "{text}");
    let clock = line(&text, "clock");
    assert!(clock.contains("✗ clock") && clock.contains(" s ahead of 127.0.0.1"), "{text}");
    let (code, text) = said("503 Busy", "Date: Fri, 01 Jan 2100 00:00:00 GMT\r\n", "");
    assert!(code == 1 && line(&text, "clock").contains(" s behind 127.0.0.1"), "{text}");
    let (code, text) = said("503 Busy", "Date: soon\r\n", "");
    assert!(code == 0 && line(&text, "clock").contains("no server gave the time"), "{text}");
}

#[test]
fn without_a_token_nothing_is_asked() {
    let server = answering(|_| panic!("nobody should call"));
    let (code, text) = doctor(&Home::new(), &["--token", "--media-url", &format!("http://{server}/")], &[]);
    assert!(code == 1 && line(&text, "token").contains("✗ token  cannot be tried: no token is set"), "{text}");
}
