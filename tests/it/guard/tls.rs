//! TLS: what is spoken with a certificate, how it is renewed, and what is refused.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{IN_TIME, logged};
use crate::support::{DEADLINE, Home, SECRET, Serve, message, target, wait_for};

/// A certificate with its key: PEM, PEM, and what a client is shown.
fn certificate() -> (String, String, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem(), cert.der().clone())
}

fn write(home: &Home, certificate: &str, key: &str) {
    std::fs::write(home.path("chain.pem"), certificate).unwrap();
    std::fs::write(home.path("key.pem"), key).unwrap();
}

fn start(home: &Home) -> Serve {
    let files = [home.path("chain.pem"), home.path("key.pem")].map(|path| path.to_str().unwrap().to_owned());
    Serve::start(home, &["--tls-cert", &files[0], "--tls-key", &files[1]], &[("WEIBOX_APP_SECRET", SECRET)])
}

/// Posts a message over TLS to whoever has this certificate; returns the first line of the answer.
fn post(serve: &Serve, trusted: &CertificateDer<'static>, words: &str) -> Result<String, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let connection = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect(serve.address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut stream = StreamOwned::new(connection, stream);
    let body = message(words);
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: ", target(SECRET));
    stream.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn a_certificate_is_spoken_with_and_renewed_while_weibox_runs() {
    let home = Home::new();
    let (chain, key, first) = certificate();
    write(&home, &chain, &key);
    let mut serve = start(&home);
    assert!(serve.url.starts_with("https://"), "{}", serve.url);
    assert_eq!(post(&serve, &first, "one").unwrap(), "HTTP/1.1 200 OK");

    let (chain, new_key, second) = certificate();
    write(&home, &chain, &key);
    wait_for("a complaint about a certificate without its key", || {
        assert_eq!(post(&serve, &first, "two").unwrap(), "HTTP/1.1 200 OK", "and nothing changes");
        logged(&home).contains("the old certificate stays")
    });
    write(&home, &chain, &new_key);
    wait_for("the new certificate", || post(&serve, &second, "three").is_ok());
    assert!(post(&serve, &first, "four").is_err());
    assert_eq!(home.records().len(), 3);
    serve.stop();
}

#[test]
fn who_does_not_shake_hands_is_closed_and_keeps_nobody_waiting() {
    let home = Home::new();
    let (chain, key, certificate) = certificate();
    write(&home, &chain, &key);
    let serve = start(&home);
    let started_at = Instant::now();
    let mut silent: Vec<_> = (0..50).map(|_| serve.connect()).collect();
    let mut plain = serve.connect();
    plain.send(format!("POST {} HTTP/1.1\r\n\r\n", target(SECRET))).unwrap();
    let asked_at = Instant::now();
    assert_eq!(post(&serve, &certificate, "beside").unwrap(), "HTTP/1.1 200 OK");
    assert!(asked_at.elapsed() < IN_TIME, "{:?}", asked_at.elapsed());
    // An alert in TLS, or nothing: no HTTP.
    assert!(plain.rest().is_ok_and(|rest| !rest.starts_with(b"HTTP")));
    for connection in &mut silent {
        drop(connection.rest());
    }
    assert!(started_at.elapsed() < Duration::from_secs(4), "{:?}", started_at.elapsed());
}

#[test]
fn files_that_make_no_tls_are_refused_at_start() {
    let home = Home::new();
    let (chain, key, _) = certificate();
    let (_, other_key, _) = certificate();
    let [chain_file, key_file] = ["chain.pem", "key.pem"].map(|name| home.path(name).to_str().unwrap().to_owned());
    for (words, chain, key, reason) in [
        ("a strange key", chain.as_str(), other_key.as_str(), "cannot use the certificate"),
        ("no key", chain.as_str(), "", "cannot use"),
        ("no certificate", "", key.as_str(), "cannot use"),
    ] {
        write(&home, chain, key);
        let args = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &chain_file, "--tls-key", &key_file];
        let refused = home.output(&args, &[]);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{words}: {told}");
        assert!(told.contains(reason) && told.contains("\nhint: ") && !told.contains("PRIVATE"), "{words}: {told}");
    }
    let half = home.output(&["serve", "--tls-cert", &chain_file], &[]);
    let told = String::from_utf8(half.stderr).unwrap();
    assert!(told.contains("there is no `tls.key`") && told.contains("hint: name it with `--tls-key`"), "{told}");
}
