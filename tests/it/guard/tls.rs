//! TLS: the protocol with a certificate, its renewal, and refused files.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use weibox::attach::{Order, Outcome, client};

use super::{CUT_OFF, IN_TIME, logged};
use crate::pace::Pace;
use crate::support::{DEADLINE, Home, SECRET, Serve, message, target, wait_for};

/// Creates a certificate and its key, both as PEM, and the certificate for the client.
pub(crate) fn certificate() -> (String, String, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem(), cert.der().clone())
}

pub(crate) fn write(home: &Home, certificate: &str, key: &str) {
    std::fs::write(home.path("chain.pem"), certificate).unwrap();
    std::fs::write(home.path("key.pem"), key).unwrap();
}

fn start(home: &Home) -> Serve {
    let files = [home.path("chain.pem"), home.path("key.pem")].map(|path| path.to_str().unwrap().to_owned());
    Serve::start(home, &["--tls-cert", &files[0], "--tls-key", &files[1]], &[("WEIBOX_APP_SECRET", SECRET)])
}

/// Posts a message over TLS to a server with this certificate; returns the first line of the answer.
fn post(serve: &Serve, trusted: &CertificateDer<'static>, words: &str) -> Result<String, std::io::Error> {
    post_to(serve.address, trusted, words)
}

/// The same to whoever listens at this address.
pub(crate) fn post_to(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    words: &str,
) -> Result<String, std::io::Error> {
    let body = message(words);
    finish(begin(address, trusted, body.len())?, &body)
}

/// A call that is under way.
pub(crate) type Call = StreamOwned<ClientConnection, TcpStream>;

/// Says the head of a call.
pub(crate) fn begin(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    length: usize,
) -> Result<Call, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let connection = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut call = StreamOwned::new(connection, stream);
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: ", target(SECRET));
    call.write_all(format!("{head}{length}\r\n\r\n").as_bytes())?;
    Ok(call)
}

/// Says the rest of it, and returns the first line of the answer.
pub(crate) fn finish(mut call: Call, body: &str) -> Result<String, std::io::Error> {
    call.write_all(body.as_bytes())?;
    let mut answer = String::new();
    call.read_to_string(&mut answer)?;
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

    let n_told = || logged(&home).matches("the old certificate stays").count();
    let told = n_told();
    std::fs::remove_file(home.path("key.pem")).unwrap();
    wait_for("a complaint about a key that is away", || {
        assert_eq!(post(&serve, &second, "three").unwrap(), "HTTP/1.1 200 OK");
        n_told() > told
    });
    // The files are checked every second.
    let told_at = Instant::now();
    while told_at.elapsed() < Duration::from_millis(2500) {
        assert_eq!(post(&serve, &second, "three").unwrap(), "HTTP/1.1 200 OK");
    }
    assert_eq!(n_told(), told + 1, "once is enough");
    serve.stop();
}

#[tokio::test]
async fn samples_come_through_the_listener_whoever_its_certificate_is_for() {
    let home = Home::new();
    let (chain, key, _) = certificate();
    write(&home, &chain, &key);
    let serve = start(&home);
    assert_eq!(client::ask(&home.data_dir(), Order::Sample).await.unwrap(), Outcome::Done);
    assert!(!home.records().is_empty());
    drop(serve);
}

#[test]
fn who_does_not_shake_hands_is_closed_and_keeps_nobody_waiting() {
    let home = Home::new();
    let (chain, key, certificate) = certificate();
    write(&home, &chain, &key);
    let serve = start(&home);
    let pace = Pace::of(serve.running.id());
    let mut silent: Vec<_> = (0..50).map(|_| serve.connect()).collect();
    let mut plain = serve.connect();
    plain.send(format!("POST {} HTTP/1.1\r\n\r\n", target(SECRET))).unwrap();
    let asked = Pace::of(serve.running.id());
    assert_eq!(post(&serve, &certificate, "beside").unwrap(), "HTTP/1.1 200 OK");
    asked.assert_within(IN_TIME, "beside");
    // A TLS alert or nothing, but no HTTP.
    assert!(plain.rest().is_ok_and(|rest| !rest.starts_with(b"HTTP")));
    for connection in &mut silent {
        drop(connection.rest());
    }
    pace.assert_within(CUT_OFF, "who does not shake hands");
}

/// Returns the ways in which a file can be wrong: its name, its bytes, and the message.
fn unusable(chain: &str, key: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let joined = |with: &str| key.trim_end().replace('\n', with).into_bytes();
    let utf16 = |mark: &[u16]| mark.iter().copied().chain(key.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let der: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, der).unwrap();
    let relabelled = |label: &str| key.replace("PRIVATE KEY", label).into_bytes();
    let indented = format!("    {}\n", key.trim_end().replace('\n', "\n    "));
    let middle = key.len() / 2;
    let cut = key.get(..middle).unwrap();
    let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    vec![
        ("key", joined(""), "its PEM has lost its line breaks"),
        ("key", joined(" "), "its PEM has lost its line breaks"),
        ("key", joined("\\n"), "its PEM has lost its line breaks"),
        ("key", format!("\"{key}\"").into_bytes(), "its PEM has lost its line breaks"),
        ("key", indented.into_bytes(), "the lines of its PEM are indented"),
        ("key", cut.as_bytes().to_vec(), "its PEM is cut off or damaged"),
        ("key", key.replace('M', "*").into_bytes(), "its PEM is cut off or damaged"),
        ("key", Vec::new(), "it is empty"),
        ("key", b" \n\n".to_vec(), "it is empty"),
        ("key", format!("\u{feff}{key}").into_bytes(), "it begins with a byte order mark (BOM)"),
        ("key", utf16(&[0xFEFF]), "it is UTF-16, not plain text"),
        ("key", utf16(&[]), "it is UTF-16, not plain text"),
        ("key", der, "it is binary (DER or PKCS #12), not PEM"),
        ("key", key.lines().nth(1).unwrap().into(), "there is no PEM in it"),
        ("key", relabelled("ENCRYPTED PRIVATE KEY"), "its private key is encrypted"),
        ("key", legacy.into(), "its private key is encrypted"),
        ("key", chain.into(), "it holds a certificate where the private key belongs"),
        ("key", relabelled("PUBLIC KEY"), "it holds a public key, not a private one"),
        ("key", relabelled("OPENSSH PRIVATE KEY"), "it holds a key in the format of OpenSSH"),
        ("key", relabelled("EC PARAMETERS"), "there is no private key in it"),
        ("key", relabelled("RSA PRIVATE KEY"), "its private key is neither RSA, ECDSA (P-256, P-384) nor Ed25519"),
        ("key", vec![b'-'; (1 << 20) + 1], "it is longer than 1 MiB"),
        ("chain", key.into(), "it holds a private key where the certificate belongs"),
        ("chain", key.replace('\n', " ").into(), "its PEM has lost its line breaks"),
        ("chain", Vec::new(), "it is empty"),
        (
            "chain",
            chain.replace("CERTIFICATE", "CERTIFICATE REQUEST").into(),
            "it holds a certificate request, not a certificate",
        ),
        ("chain", relabelled("CERTIFICATE"), "its certificate cannot be read"),
        ("chain", relabelled("PKCS7"), "there is no certificate in it"),
        ("chain", format!("\u{feff}{chain}").into(), "it begins with a byte order mark (BOM)"),
    ]
}

/// Checks that the text has the key in no form in which a library may quote it: verbatim, or as bytes in decimal
/// or hexadecimal.
#[track_caller]
fn is_free_of_the_key(key: &str, words: &str, told: &str) {
    let body = key.lines().filter(|line| !line.starts_with('-'));
    for piece in body.flat_map(|line| line.as_bytes().windows(6)).chain(b"-----BEGIN".windows(6)) {
        let decimal = piece.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let hex = piece.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        for form in [String::from_utf8_lossy(piece).into_owned(), decimal, hex] {
            assert!(!told.contains(&form), "{words}: `{form}` in {told}");
        }
    }
}

#[test]
fn a_file_that_makes_no_tls_is_named_with_what_is_wrong_and_none_of_it_is_repeated() {
    let home = Home::new();
    let (chain, key, _) = certificate();
    let [chain_file, key_file] = ["chain.pem", "key.pem"].map(|name| home.path(name).to_str().unwrap().to_owned());
    let files = ["--listen", "127.0.0.1:0", "--tls-cert", &chain_file, "--tls-key", &key_file];
    for (wrong, bytes, fault) in unusable(&chain, &key) {
        write(&home, &chain, &key);
        let file = home.path(&format!("{wrong}.pem"));
        std::fs::write(&file, bytes).unwrap();
        let started = home.output(&[&["serve"], files.as_slice()].concat(), &[]);
        let told = String::from_utf8(started.stderr).unwrap();
        assert_eq!(started.status.code(), Some(1), "{fault}: {told}");
        let said = format!("error: cannot use `{}` for TLS: {fault}\nhint: ", file.display());
        let hint = told.strip_prefix(&said).unwrap_or_else(|| panic!("{fault}: {told}"));
        let other = if wrong == "key" { &chain_file } else { &key_file };
        assert!(hint.contains(file.to_str().unwrap()) && !hint.contains(other), "{fault}: {told}");
        for (of_fault, of_hint) in [
            ("is encrypted", "without its passphrase"),
            ("it is binary", " -inform der "),
            ("format of OpenSSH", "made for a certificate"),
        ] {
            assert_eq!(fault.contains(of_fault), hint.contains(of_hint), "{told}");
        }
        is_free_of_the_key(&key, fault, &told);
        let looked = home.output(&[&["doctor"], files.as_slice()].concat(), &[]);
        let report = String::from_utf8(looked.stdout).unwrap();
        assert_eq!(looked.status.code(), Some(1), "{report}");
        assert!(report.contains(fault), "{fault}: {report}");
        is_free_of_the_key(&key, fault, &report);
    }
}

#[test]
fn a_key_that_breaks_while_weibox_runs_is_not_in_the_log() {
    let home = Home::new();
    let (chain, key, first) = certificate();
    write(&home, &chain, &key);
    let mut serve = start(&home);
    write(&home, &chain, &key.replace('\n', " "));
    wait_for("a complaint about the key", || {
        assert_eq!(post(&serve, &first, "words").unwrap(), "HTTP/1.1 200 OK");
        logged(&home).contains("has lost its line breaks")
    });
    serve.stop();
    is_free_of_the_key(&key, "the log", &logged(&home));
}

#[test]
fn a_key_that_stands_where_its_file_is_named_is_refused_without_being_repeated() {
    let home = Home::new();
    let (chain, key, _) = certificate();
    write(&home, &chain, &key);
    let chain_file = home.path("chain.pem").to_str().unwrap().to_owned();
    let config = home.path("config.toml");
    std::fs::write(&config, format!("[tls]\ncert = \"{chain_file}\"\nkey = \"\"\"{key}\"\"\"\n")).unwrap();
    let by_flag = ["--tls-cert", &chain_file, "--tls-key", &key];
    let by_file = ["--config", config.to_str().unwrap()];
    let by_variable = [("WEIBOX_TLS_KEY", key.as_str()), ("WEIBOX_TLS_CERT", &chain_file)];
    for (args, env) in [(&by_flag[..], &[][..]), (&by_file, &[]), (&[], &by_variable)] {
        for command in ["serve", "doctor", "config"] {
            let output = home.output(&[&[command, "--listen", "127.0.0.1:0"], args].concat(), env);
            let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(!output.status.success(), "{command}: {told}");
            assert!(told.contains("`tls.key` holds a key itself"), "{command}: {told}");
            is_free_of_the_key(&key, command, &told);
        }
    }
}

#[test]
fn a_doctor_pairs_certificate_and_key() {
    let home = Home::new();
    let (chain, key, _) = certificate();
    let (_, other_key, _) = certificate();
    let [chain_file, key_file] = ["chain.pem", "key.pem"].map(|name| home.path(name).to_str().unwrap().to_owned());
    let files = ["--listen", "127.0.0.1:0", "--tls-cert", &chain_file, "--tls-key", &key_file];
    let report = |key: &str| {
        write(&home, &chain, key);
        String::from_utf8(home.output(&[&["doctor"], files.as_slice()].concat(), &[]).stdout).unwrap()
    };
    assert!(report(&key).contains("belong together"), "{}", report(&key));
    let report = report(&other_key);
    assert!(
        report.contains("it is not the key of the certificate") && !report.contains("Nothing is wrong."),
        "{report}"
    );
    let started = home.output(&[&["serve"], files.as_slice()].concat(), &[]);
    let told = String::from_utf8(started.stderr).unwrap();
    let expected = format!(
        "error: cannot use `{key_file}` for TLS: it is not the key of the certificate `{chain_file}`\nhint: name the key that `{chain_file}` was made for with `--tls-key`\n"
    );
    assert_eq!((started.status.code(), told), (Some(1), expected));
}

#[test]
fn a_certificate_without_a_key_is_refused() {
    let home = Home::new();
    let chain_file = home.path("chain.pem").to_str().unwrap().to_owned();
    let half = home.output(&["serve", "--tls-cert", &chain_file], &[]);
    let told = String::from_utf8(half.stderr).unwrap();
    assert!(told.contains("`tls.key` is missing") && told.contains("hint: name it with `--tls-key`"), "{told}");
}
