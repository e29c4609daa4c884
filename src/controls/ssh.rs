//! The machine that weibox runs on, as seen from the other end of an SSH connection.

/// The parts of an `scp` command that lead to this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshHost {
    /// Address, with the user's name if it is known: `me@203.0.113.7`.
    name: String,
    /// Port; `None` for the usual one.
    port: Option<u16>,
}

impl SshHost {
    /// The usual port of SSH.
    const PORT: u16 = 22;

    /// Reads `SSH_CONNECTION`: address and port of the client, then of the server, in four words. Missing parts are
    /// left for the user to fill in.
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

    /// Returns the command that fetches a file into the directory where it is run.
    pub fn scp(&self, path: &str) -> String {
        let port = self.port.map(|port| format!("-P {port} ")).unwrap_or_default();
        format!("scp {port}{} .", quoted(&format!("{}:{path}", self.name)))
    }
}

/// Quotes a word for a shell, if it needs quotes.
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
