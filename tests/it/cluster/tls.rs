//! Servers that require TLS, a certificate and a password.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

use super::nodes::{lines, status};
use super::servers::Servers;
use crate::support::{Home, Serve, message, wait_for};

const PASSWORD: &str = "correct-horse-battery";

/// Writes the certificates of an authority, a server and a node, with the keys of the latter two.
fn write_certificates(directory: &Path) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, "an authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    fs::write(directory.join("ca.pem"), authority.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(authority, key);
    for (name, purpose) in
        [("server", ExtendedKeyUsagePurpose::ServerAuth), ("node", ExtendedKeyUsagePurpose::ClientAuth)]
    {
        let mut signed = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        signed.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        fs::write(directory.join(format!("{name}.pem")), signed.signed_by(&key, &issuer).unwrap().pem()).unwrap();
        let file = directory.join(format!("{name}-key.pem"));
        fs::write(&file, key.serialize_pem()).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Creates a home with some of the settings that the servers require.
fn home(servers: &Servers, node: &str, certificates: &Path, keys: &[&str]) -> Home {
    let home = Home::new();
    let of = |file: &str| certificates.join(file).display().to_string();
    let mut config = format!("[cluster]\nurl = [{:?}]\nnode = \"{node}\"\n", servers.urls()[0].replace("nats", "tls"));
    for key in keys {
        let more = match *key {
            "user" => "user = \"weibox\"\npassword_file = \"password\"\n".to_owned(),
            "tls_ca" => format!("tls_ca = {:?}\n", of("ca.pem")),
            _ => format!("tls_cert = {:?}\ntls_key = {:?}\n", of("node.pem"), of("node-key.pem")),
        };
        config.push_str(&more);
    }
    home.configure(&config);
    let password = home.path(".config/weibox/password");
    fs::write(&password, PASSWORD).unwrap();
    fs::set_permissions(password, fs::Permissions::from_mode(0o600)).unwrap();
    home
}

/// Returns the output of `weibox cluster status`, after checking that it lacks the password.
fn told(home: &Home) -> String {
    let output = home.output(&["cluster", "status"], &[]);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!text.contains(PASSWORD), "{text}");
    text
}

#[test]
fn nodes_join_with_certificates_and_a_password_that_nobody_reads() {
    let certificates = tempfile::tempdir().unwrap();
    write_certificates(certificates.path());
    let of = |file: &str| certificates.path().join(file).display().to_string();
    let servers = Servers::start_with(
        1,
        &format!(
            "authorization {{ user: weibox, password: \"{PASSWORD}\" }}\n\
             tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify: true, timeout: 10 }}",
            of("server.pem"),
            of("server-key.pem"),
            of("ca.pem")
        ),
    );
    let all = ["user", "tls_ca", "identity"];
    let nodes = ["a", "b"].map(|node| home(&servers, node, certificates.path(), &all));
    let made = nodes[0].output(&["cluster", "init", "--replicas", "1"], &[]);
    assert!(made.status.success(), "{made:?}");
    let listeners = nodes.each_ref().map(Serve::signed);
    for (index, home) in nodes.iter().enumerate() {
        wait_for("a node that is whole", || status(home)["standing"] == "whole");
        assert_eq!(listeners[index].post(message(&format!("to {index}"))).status, 200);
    }
    wait_for("both on both", || nodes.iter().all(|home| lines(home).len() == 2));
    let text = String::from_utf8(nodes[0].output(&["doctor", "--listen", "127.0.0.1:0"], &[]).stdout).unwrap();
    assert!(text.contains("user weibox, with a password, a certificate of this node"), "{text}");
    let config = nodes[0].output(&["config"], &[]);
    for said in [text, nodes[0].log(), status(&nodes[0]).to_string(), String::from_utf8(config.stdout).unwrap()] {
        assert!(!said.contains(PASSWORD), "{said}");
    }
    told(&nodes[0]);

    // A node without one of them is told which one.
    for (keys, words) in [
        (["user", "identity"].as_slice(), "no TLS with the cluster's servers"),
        (&["user", "tls_ca"], "no TLS with the cluster's servers"),
        (&["tls_ca", "identity"], "refuse the user or the password"),
    ] {
        let stranger = home(&servers, "stranger", certificates.path(), keys);
        let text = told(&stranger);
        assert!(text.contains(words), "{keys:?}: no `{words}` in\n{text}");
    }
}
