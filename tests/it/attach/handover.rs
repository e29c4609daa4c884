//! What must not be lost while the listener goes into another process: the listener itself, and that it is asked to stop.

use std::fs;
use std::net::TcpListener;

use super::screens::screen_with;
use super::{Peer, socket};
use crate::guard::tls::{begin, certificate, finish, post_to, write};
use crate::support::{Home, SECRET, message, wait_for};

#[test]
fn without_the_files_of_its_certificate_the_listener_goes_on_where_it_is() {
    let home = Home::new();
    let (chain, key, trusted) = certificate();
    write(&home, &chain, &key);
    let files = [home.path("chain.pem"), home.path("key.pem")].map(|path| path.to_str().unwrap().to_owned());
    let args = ["--listen", "127.0.0.1:0", "--tls-cert", &files[0], "--tls-key", &files[1]];
    let mut pty = screen_with(&home, &args, &[("WEIBOX_APP_SECRET", SECRET)]);
    let address = pty.address();
    fs::remove_file(&files[0]).unwrap();
    pty.send("Q");
    pty.wait_for_text("nobody goes on listening in the background: cannot read");
    assert_eq!(post_to(address, &trusted, "on the screen").unwrap(), "HTTP/1.1 200 OK");
    pty.wait_for_text("on the screen");
    pty.kill("HUP");
    wait_for("the log", || home.log().contains("it goes on in the process whose terminal has gone"));
    assert_eq!(post_to(address, &trusted, "without a screen").unwrap(), "HTTP/1.1 200 OK");
    write(&home, &chain, &key);
    pty.kill("TERM");
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(home.records().len(), 2);
}

#[test]
fn a_certificate_that_went_while_the_listener_went_over_is_still_in_force() {
    let home = Home::new();
    let (chain, key, trusted) = certificate();
    write(&home, &chain, &key);
    let files = [home.path("chain.pem"), home.path("key.pem")].map(|path| path.to_str().unwrap().to_owned());
    let args = ["--listen", "127.0.0.1:0", "--tls-cert", &files[0], "--tls-key", &files[1]];
    let mut pty = screen_with(&home, &args, &[("WEIBOX_APP_SECRET", SECRET)]);
    let address = pty.address();
    // It holds the process before up once the successor has read the certificate.
    let body = message("said in two parts");
    let call = begin(address, &trusted, body.len()).unwrap();
    let mut attached = Peer::attach(&socket(&home), 1);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    home.configure(&format!("[metrics]\nlisten = '{}'", taken.local_addr().unwrap()));
    pty.send("Q");
    assert!(attached.farewell().contains("goes on listening in the background"));
    fs::remove_file(&files[0]).unwrap();
    assert_eq!(finish(call, &body).unwrap(), "HTTP/1.1 200 OK");
    pty.wait_for_text("nobody goes on listening in the background: cannot");
    assert_eq!(post_to(address, &trusted, "all the same").unwrap(), "HTTP/1.1 200 OK");
}
