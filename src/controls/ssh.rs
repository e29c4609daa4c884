//! The machine that weibox runs on, as the user at the other end of an SSH connection calls it.

/// What `scp` needs to find this machine again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshHost {
    /// With the user's name, if that is known: `me@203.0.113.7`.
    name: String,
    /// `None` for the usual one.
    port: Option<u16>,
}

impl SshHost {
    /// The usual port of SSH.
    const PORT: u16 = 22;

    /// What `SSH_CONNECTION` says: addresses and ports of client and server, four words in this order. Whatever it does not
    /// say is left for the user to fill in.
    pub fn of_connection(connection: &str, user: Option<&str>) -> Self {
        let mut server = connection.split_whitespace().skip(2);
        let address = match server.next() {
            // Without brackets scp would take it for a host and a file.
            Some(address) if address.contains(':') => format!("[{address}]"),
            Some(address) => address.to_owned(),
            None => "HOST".to_owned(),
        };
        let name = user.map_or_else(|| address.clone(), |user| format!("{user}@{address}"));
        let port = server.next().and_then(|port| port.parse().ok()).filter(|port| *port != Self::PORT);
        Self { name, port }
    }

    /// The command that fetches a file to where it is given.
    pub fn scp(&self, path: &str) -> String {
        let port = self.port.map(|port| format!("-P {port} ")).unwrap_or_default();
        format!("scp {port}{} .", quoted(&format!("{}:{path}", self.name)))
    }
}

/// One word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "@%+=:,./-_".contains(char);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted() {
        let plain = "198.51.100.4 51234 203.0.113.7 22";
        for (connection, user, path, expected) in [
            (plain, Some("me"), "/data/7.wav", "scp me@203.0.113.7:/data/7.wav ."),
            (plain, None, "/图/7.jpg", "scp 203.0.113.7:/图/7.jpg ."),
            ("::1 51234 2001:db8::7 2222", Some("me"), "/a", "scp -P 2222 'me@[2001:db8::7]:/a' ."),
            (plain, None, "/it's; rm -rf ~", r"scp '203.0.113.7:/it'\''s; rm -rf ~' ."),
            ("from somewhere", Some("me"), "/a", "scp me@HOST:/a ."),
            ("a b c d", None, "/a", "scp c:/a ."),
        ] {
            assert_eq!(SshHost::of_connection(connection, user).scp(path), expected);
        }
    }
}
