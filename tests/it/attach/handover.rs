//! Handover of the listener to another process: neither the listener nor a request to stop may be lost.

use std::fs;
use std::net::SocketAddr;

use rustls::pki_types::CertificateDer;
use weibox::archive::Lock;

use super::detach::{listening, without_successor};
use super::screens::screen_with;
use super::{Peer, socket};
use crate::guard::tls::{begin, certificate, finish, post_to, write};
use crate::pty::Pty;
use crate::support::{Connection, Home, SECRET, message, target, wait_for};

/// Starts `weibox` with a certificate; returns its terminal, its address and the certificate for the client.
fn with_certificate(home: &Home) -> (Pty, SocketAddr, CertificateDer<'static>) {
    let (chain, key, trusted) = certificate();
    write(home, &chain, &key);
    let files = [home.path("chain.pem"), home.path("key.pem")].map(|path| path.to_str().unwrap().to_owned());
    let args = ["--listen", "127.0.0.1:0", "--tls-cert", &files[0], "--tls-key", &files[1]];
    let pty = screen_with(home, &args, &[("WEIBOX_APP_SECRET", SECRET)]);
    let address = pty.address();
    (pty, address, trusted)
}

#[test]
fn without_the_files_of_its_certificate_the_listener_goes_on_where_it_is() {
    let home = Home::new();
    let (mut pty, address, trusted) = with_certificate(&home);
    fs::remove_file(home.path("chain.pem")).unwrap();
    pty.send("Q");
    pty.wait_for_text("nobody goes on listening in the background: cannot read");
    assert_eq!(post_to(address, &trusted, "on the screen").unwrap(), "HTTP/1.1 200 OK");
    pty.wait_for_text("on the screen");
    pty.kill("HUP");
    wait_for("the log", || home.log().contains("it goes on in the process whose terminal has gone"));
    assert_eq!(post_to(address, &trusted, "without a screen").unwrap(), "HTTP/1.1 200 OK");
    pty.kill("TERM");
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(home.records().len(), 2);
}

#[test]
fn a_certificate_that_went_while_the_listener_went_over_is_still_in_force() {
    let home = Home::new();
    let (mut pty, address, trusted) = with_certificate(&home);
    // This call keeps the old process busy after the successor has read the certificate.
    let body = message("said in two parts");
    let call = begin(address, &trusted, body.len()).unwrap();
    let mut attached = Peer::attach(&socket(&home), 1);
    let _taken = without_successor(&home);
    pty.send("Q");
    assert!(attached.farewell().contains("goes on listening in the background"));
    fs::remove_file(home.path("chain.pem")).unwrap();
    assert_eq!(finish(call, &body).unwrap(), "HTTP/1.1 200 OK");
    pty.wait_for_text("nobody goes on listening in the background: cannot");
    assert_eq!(post_to(address, &trusted, "all the same").unwrap(), "HTTP/1.1 200 OK");
}

/// Sends part of a call, so that the listener does not end before this is dropped.
fn call_in_part(address: SocketAddr) -> Connection {
    let mut call = Connection::to(address).unwrap();
    let body = message("said in part");
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n", target(SECRET), body.len());
    call.send(head.as_bytes()).unwrap();
    call
}

/// Asks the process to stop while it is handing the listener over.
fn stop_while_it_goes_over(home: &Home, pty: &mut Pty, address: SocketAddr) {
    let mut call = call_in_part(address);
    // A peer on the socket hears when the handover begins.
    let mut attached = Peer::attach(&socket(home), 1);
    pty.send("Q");
    assert!(attached.farewell().contains("goes on listening in the background"));
    pty.kill("TERM");
    call.send(message("said in part")).unwrap();
    assert_eq!(call.answer().unwrap().status, 200);
}

#[test]
fn who_asks_it_to_stop_while_it_goes_over_stops_the_one_that_goes_on() {
    let home = Home::new();
    let (mut pty, address) = listening(&home, &[]);
    stop_while_it_goes_over(&home, &mut pty, address);
    pty.wait();
    wait_for("its end", || Lock::holder(&home.data_dir()).is_none());
    assert!(Connection::to(address).is_err());
    assert_eq!(home.records().len(), 1);
}

#[test]
fn who_asks_it_to_stop_while_nobody_can_take_over_stops_the_one_before() {
    let home = Home::new();
    let (mut pty, address) = listening(&home, &[]);
    let _taken = without_successor(&home);
    stop_while_it_goes_over(&home, &mut pty, address);
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(Lock::holder(&home.data_dir()), None);
    assert!(Connection::to(address).is_err());
}

#[test]
fn who_asks_it_to_stop_right_after_its_terminal_has_gone_is_heard() {
    let home = Home::new();
    let (mut pty, address) = listening(&home, &[]);
    pty.kill("HUP");
    pty.kill("TERM");
    pty.wait();
    wait_for("its end", || Lock::holder(&home.data_dir()).is_none());
    assert!(Connection::to(address).is_err());
}

#[test]
fn a_secret_that_was_typed_is_in_force_where_nobody_can_take_over() {
    let home = Home::new();
    let mut pty = screen_with(&home, &["--listen", "127.0.0.1:0"], &[]);
    pty.wait_for_text("[ ] App secret");
    pty.send("\u{1b}s");
    pty.wait_for_text("Enter saves it");
    pty.send(SECRET);
    pty.wait_for_text(&format!("{} characters, hidden", SECRET.len()));
    pty.send("\r");
    pty.wait_for_text("[✓] App secret");
    let address = pty.address();
    let _taken = without_successor(&home);
    pty.send("Q");
    pty.wait_for_text("nobody goes on listening in the background: cannot");
    let status = |target: &str| {
        Connection::to(address).unwrap().call("POST", target, message("hello").as_bytes()).unwrap().status
    };
    assert_eq!((status("/weibo"), status(&target(SECRET))), (403, 200));
}
