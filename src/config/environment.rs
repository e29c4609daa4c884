//! What the machine says: our environment variables and the user's directories. The one place that asks.

use std::collections::HashMap;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use super::Error;

/// So begin our variables; of the others only these are our business.
const PREFIX: &str = "WEIBOX_";
/// tmux sets it for what runs in it.
const TMUX: &str = "TMUX";
/// sshd sets it for what runs at its end.
const SSH: &str = "SSH_CONNECTION";
/// They name the character set, the first that is set.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// What the terminal is, as far as the environment tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// It is tmux's.
    pub tmux: bool,
    /// It is at the other end of an SSH connection.
    pub ssh: bool,
    /// Its character set is said to be ASCII.
    pub ascii: bool,
}

/// The variables and directories that settings can come from.
///
/// Not printable: two of the variables are secrets.
pub struct Environment {
    variables: HashMap<String, String>,
    pub(super) home: PathBuf,
    pub(super) config_dir: PathBuf,
    pub(super) data_dir: PathBuf,
}

/// Whether a variable is looked at.
fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX) || [TMUX, SSH].contains(&name) || LOCALE.contains(&name)
}

impl Environment {
    /// That of this process, directories by the XDG rules.
    ///
    /// # Errors
    ///
    /// [`Error::NoHome`], and [`Error::NotUnicode`] for a variable of ours.
    pub fn of_process() -> Result<Self, Error> {
        let directories = etcetera::base_strategy::Xdg::new().map_err(|source| Error::NoHome { source })?;
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| is_ours(name))
            .map(|(name, value)| match value.into_string() {
                Ok(value) => Ok((name, value)),
                // The value stays out of the error: it may be a secret.
                Err(_) => Err(Error::NotUnicode { name }),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            variables,
            home: directories.home_dir().to_owned(),
            config_dir: directories.config_dir(),
            data_dir: directories.data_dir(),
        })
    }

    /// A made-up one: these variables, and a home directory with everything in its usual place.
    #[must_use]
    pub fn new(home: impl Into<PathBuf>, variables: &[(&str, &str)]) -> Self {
        let home = home.into();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { variables, config_dir: home.join(".config"), data_dir: home.join(".local/share"), home }
    }

    /// What the terminal is.
    pub(super) fn surroundings(&self) -> Surroundings {
        let locale = LOCALE.iter().find_map(|name| self.get(name));
        Surroundings {
            tmux: self.get(TMUX).is_some(),
            ssh: self.get(SSH).is_some(),
            ascii: locale.is_some_and(|locale| matches!(locale, "C" | "POSIX")),
        }
    }

    /// The value of a variable; one that is empty counts as not set.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
