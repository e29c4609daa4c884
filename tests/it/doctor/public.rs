//! The public URL: Weibo's handshake with real servers, each with one fault, and the message for it.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::{Asked, answer, answering, serve};
use super::{doctor, line};
use crate::support::{Home, SECRET, Serve};

const SIGNED: [(&str, &str); 1] = [("WEIBOX_APP_SECRET", SECRET)];

/// Returns what the doctor says about a URL.
fn said(url: &str) -> (i32, String) {
    doctor(&Home::new(), &["--public", url], &SIGNED)
}

#[track_caller]
fn is_explained(url: &str, words: &str, hint: &str) {
    let (code, text) = said(url);
    assert_eq!(code, 1, "{text}");
    let found = line(&text, "handshake");
    assert!(found.contains("✗") && found.contains(words), "{words}:\n{text}");
    assert!(text.contains(&format!("> {hint}")), "{hint}:\n{text}");
    assert!(!text.replace("signature=[signature]", "").contains("signature="), "{text}");
}

#[test]
fn weibox_itself_is_answered_right_and_refuses_a_forged_call() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let (code, text) = said(&serve.url);
    assert_eq!(code, 0, "{text}");
    assert!(line(&text, "handshake").contains("✓ handshake    answered as Weibo wants it"), "{text}");
    assert!(line(&text, "forged call").contains("refused, as it should be"), "{text}");
    assert!(line(&text, "clock").contains("matches 127.0.0.1"), "{text}");
}

#[test]
fn another_secret_another_path_and_a_strict_clock_are_told_apart() {
    let home = Home::new();
    let serve = Serve::start(&home, &[], &[("WEIBOX_APP_SECRET", "another-secret")]);
    is_explained(&serve.url, "the signature was refused: the other side has another app secret", "compare the secrets");
    let elsewhere = serve.url.replace("/weibo", "/webo");
    is_explained(&elsewhere, "path not found (404): the callback path is `/weibo`", "the path must be that of");
    let stale = |_: &Asked| {
        answer(
            "403 Forbidden",
            "Weibox-Reason: STALE_SIGNATURE\r\n",
            "the signature's timestamp is not of the last 60 s\n",
        )
    };
    is_explained(&format!("http://{}/", answering(stale)), "refused as too old", "message times");
}

#[test]
fn who_echoes_without_looking_is_dangerous() {
    let careless = answering(|asked| answer("200 OK", "", &asked.echostr));
    let (code, text) = said(&format!("http://{careless}/weibo?r=own"));
    assert_eq!(code, 1, "{text}");
    assert!(line(&text, "handshake").contains("✓"), "{text}");
    assert!(line(&text, "forged call").contains("✗ forged call  answered like a real call"), "{text}");
    assert!(text.contains(&format!("http://{careless}/weibo\n")), "the query is left out: {text}");
}

/// How a server changes the echo, what is said about it, and how the hint begins.
type Spoilt = (fn(&Asked) -> String, &'static str, &'static str);

const SPOILT: [Spoilt; 18] = [
    (
        |_| answer("200 OK", "Content-Type: text/html\r\n", "<html><title>Log in\x1b[2J first</title>"),
        "an HTML page came back (200): Log in[2J first",
        "a page of a proxy",
    ),
    (
        |asked| answer("403 Forbidden", "", &format!("<h1>Blocked: {}</h1>", asked.target)),
        "an HTML page came back (403): <h1>Blocked: /weibo?",
        "a page of a proxy",
    ),
    (
        |asked| answer("200 OK", "", &format!("\"{}\"", asked.echostr)),
        "in quotes",
        "something turns the answer into JSON",
    ),
    (|asked| answer("200 OK", "", &asked.echostr.replace('+', " ")), "`+` became a space", "a proxy decodes"),
    (|asked| answer("200 OK", "", &asked.echostr.replace('+', "%2B")), "percent-encoded", "the answer must be"),
    (|asked| answer("200 OK", "", &format!("{}\n", asked.echostr)), "blanks or line breaks", "the answer must be"),
    (|asked| answer("200 OK", "", &format!("\u{feff}{}", asked.echostr)), "byte order mark", "the answer must be"),
    (
        |asked| answer("200 OK", "", &format!("ok {}", asked.echostr)),
        "more than the echo came back: ok dnPd+",
        "the answer must be",
    ),
    (|_| answer("200 OK", "", ""), "the answer is empty", "the answer must be"),
    (|_| answer("200 OK", "", "success"), "something else came back: success", "the answer must be"),
    (
        |_| answer("301 Moved", "Location: https://example.org/weibo/?token=x\r\n", ""),
        "redirected (301) to https://example.org/weibo/",
        "give Weibo the final URL",
    ),
    (|_| answer("502 Bad Gateway", "", "<html>nginx</html>"), "cannot reach weibox (502)", "start weibox"),
    (|_| answer("401 Unauthorized", "", "who are you"), "refused (401): who are you", "a firewall"),
    (|_| answer("404 Not Found", "", "no tunnel"), "path not found (404): no tunnel", "the path must be"),
    (|_| answer("500 Oops", "", "at line 3"), "answered 500 instead of 200: at line 3", "Weibo accepts only 200"),
    (|asked| answer("201 Created", "", &asked.echostr), "answered 201 instead of 200", "Weibo accepts only 200"),
    (|_| String::new(), "closed without an answer", "the proxy or tunnel runs"),
    (|_| "SSH-2.0-OpenSSH_9\r\n".to_owned(), "the answer is not HTTP", "does the port expect `https`"),
];

#[test]
fn the_first_difference_is_explained_in_plain_words() {
    for (reply, words, hint) in SPOILT {
        is_explained(&format!("http://{}/weibo", answering(reply)), words, hint);
    }
}

#[test]
fn who_cannot_be_reached_is_told_from_who_does_not_answer() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // The kernel accepts the connection, but nothing ever reads from it.
    is_explained(&format!("http://{address}/weibo"), "no answer within 5 s", "a firewall may drop the call");
    drop(socket);
    is_explained(&format!("http://{address}/weibo"), "nothing listens there", "start the proxy or tunnel");
    // A name that never exists (RFC 6761).
    is_explained("http://weibox.invalid/weibo", "no address is known for `weibox.invalid`", "check the DNS records");
}

#[test]
fn tls_that_is_not_good_is_told_from_none() {
    let plain = answering(|asked| answer("200 OK", "", &asked.echostr));
    is_explained(&format!("https://{plain}/weibo"), "it does not speak TLS", "the URL begins with `https`");
    let self_signed = speaking_tls();
    is_explained(&format!("https://{self_signed}/weibo"), "TLS failed: ", "the certificate must come");
    is_explained(&format!("http://{self_signed}/weibo"), "the answer is not HTTP", "does the port expect `https`");
}

/// Starts a server with an unknown certificate.
fn speaking_tls() -> std::net::SocketAddr {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap());
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        for stream in socket.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            serve(StreamOwned::new(connection, stream.unwrap()), |asked| answer("200 OK", "", &asked.echostr));
        }
    });
    address
}

#[test]
fn without_a_secret_there_is_nothing_to_sign_with() {
    let (code, text) = doctor(&Home::new(), &["--public", "http://127.0.0.1:1/"], &[]);
    assert_eq!(code, 1);
    assert!(line(&text, "handshake").contains("✗ handshake  not tried: without the app secret"), "{text}");
}
