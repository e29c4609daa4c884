//! Our environment variables and the user's directories. Only this module reads them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::near::near;
use super::{ALL, LANGUAGE, check};
use crate::controls::multiplexer::Multiplexer;
use crate::controls::ssh::SshHost;
use crate::language::Language;
use crate::reason::{Fault, config, hints};

/// Prefix of our variables. Other variables are read only if they are listed below.
const PREFIX: &str = "WEIBOX_";
/// The variable with which a shell asks for completions; its value names the shell.
pub const COMPLETE: &str = "WEIBOX_COMPLETE";
/// Beginnings of what Kubernetes sets for a service that is called `weibox`, after our prefix.
const OF_KUBERNETES: [&str; 2] = ["PORT", "SERVICE_"];
/// Set by tmux for programs in it.
const TMUX: &str = "TMUX";
/// Set by GNU screen for programs in it.
const SCREEN: &str = "STY";
/// Set by terminals with 24 bits of colour.
const COLORTERM: &str = "COLORTERM";
/// Set by sshd for programs of its sessions.
const SSH: &str = "SSH_CONNECTION";
/// The login name (POSIX, 8.3, and the name that shells give it).
const USER: [&str; 2] = ["LOGNAME", "USER"];
/// The socket of Wayland, to which programs of the desktop connect.
const WAYLAND: &str = "WAYLAND_DISPLAY";
/// The display of X11, to which programs of the desktop connect.
const X11: &str = "DISPLAY";
/// Type of the terminal, and name and version of the program that draws it.
const TERM: [&str; 3] = ["TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"];
/// Turns colours off, whatever else is set (<https://no-color.org>).
const NO_COLOR: &str = "NO_COLOR";
/// Value of `TERM` for a terminal that can only print.
const DUMB: &str = "dumb";
/// The socket of a service manager for status notifications.
const SERVICE: &str = "NOTIFY_SOCKET";
/// Directory for the user's sockets, which exists while the user is logged in.
const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// Directories of programs.
const PATH: &str = "PATH";
/// Commands that edit a file on the terminal (POSIX, 8.3 and `more`); the first is for terminals that draw.
const EDITOR: [&str; 2] = ["VISUAL", "EDITOR"];
/// The editor that every system has (POSIX).
const DEFAULT_EDITOR: &str = "vi";
/// The locale of messages; the first that is set wins (POSIX, 8.2).
const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// A desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Desktop {
    Mac,
    Wayland,
    X11,
}

/// Properties of the terminal, from the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The multiplexer between weibox and the terminal.
    pub multiplexer: Option<Multiplexer>,
    /// This machine, if the user reached it over SSH.
    pub ssh: Option<SshHost>,
    /// The desktop that the terminal is on; `None` over SSH, because that desktop is on the user's machine.
    pub desktop: Option<Desktop>,
    /// Whether the user wants no colours.
    pub no_color: bool,
    /// Type of the terminal; empty if unset.
    pub term: String,
    /// Program that draws the terminal; empty if unset.
    pub term_program: String,
    /// Colours that the terminal claims to have; empty if unset.
    pub colorterm: String,
    /// Language of the locale.
    pub language: Language,
    /// Whether a service manager has started weibox and wants status notifications.
    pub is_service: bool,
    /// Directory for the user's sockets.
    pub runtime_dir: Option<PathBuf>,
    /// Command that edits a file.
    pub editor: String,
    /// Login name of the user.
    pub user: Option<String>,
}

/// The variables and directories that settings can come from.
///
/// Not printable, because some of the variables are secrets.
pub struct Environment {
    variables: HashMap<String, String>,
    pub(super) home: PathBuf,
    pub(super) config_dir: PathBuf,
    pub(super) data_dir: PathBuf,
}

impl Surroundings {
    /// Whether the terminal can only print.
    pub fn is_dumb(&self) -> bool {
        self.term == DUMB
    }
}

impl Environment {
    /// Reads the environment of this process, with directories by the XDG rules.
    ///
    /// # Errors
    ///
    /// [`config::NO_HOME`], and [`config::VARIABLE_NOT_UTF8`] for a variable of ours.
    pub fn of_process() -> Result<Self, Fault> {
        let directories = etcetera::base_strategy::Xdg::new()
            .map_err(|error| config::NO_HOME.with(error.to_string()).hinted(hints::SET_HOME))?;
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| {
                name.starts_with(PREFIX)
                    || [TMUX, SCREEN, SSH, WAYLAND, X11, NO_COLOR, COLORTERM, SERVICE, RUNTIME_DIR, PATH]
                        .contains(&name.as_str())
                    || LOCALE.contains(&name.as_str())
                    || USER.contains(&name.as_str())
                    || TERM.contains(&name.as_str())
                    || EDITOR.contains(&name.as_str())
            })
            .map(|(name, value)| match value.into_string() {
                Ok(value) => Ok((name, value)),
                // The value stays out of the error: it may be a secret.
                Err(_) if name.starts_with(PREFIX) => Err(Fault::from(config::VARIABLE_NOT_UTF8.with(name))),
                // Other variables may hold anything.
                Err(value) => Ok((name, value.to_string_lossy().into_owned())),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            variables,
            home: directories.home_dir().to_owned(),
            config_dir: directories.config_dir(),
            data_dir: directories.data_dir(),
        })
    }

    /// Makes an environment of these variables and a home directory with everything in its usual place.
    pub fn new(home: impl Into<PathBuf>, variables: &[(&str, &str)]) -> Self {
        let home = home.into();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { variables, config_dir: home.join(".config"), data_dir: home.join(".local/share"), home }
    }

    /// Returns the language to use before the config is read: that of `WEIBOX_LANGUAGE`, else that of the locale.
    pub fn language(&self) -> Language {
        let of_locale = self.surroundings().language;
        let named = LANGUAGE.variable.and_then(|name| self.get(name));
        named.and_then(|text| check::language(text, of_locale)).unwrap_or(of_locale)
    }

    /// Describes the terminal.
    pub fn surroundings(&self) -> Surroundings {
        let locale = LOCALE.into_iter().find_map(|name| self.get(name)).unwrap_or_default();
        let term = self.get(TERM[0]).unwrap_or_default();
        let user = USER.into_iter().find_map(|name| self.get(name));
        Surroundings {
            multiplexer: Multiplexer::of(self.get(TMUX), self.get(SCREEN), term),
            ssh: self.get(SSH).map(|connection| SshHost::of_connection(connection, user)),
            desktop: self.desktop(),
            no_color: self.get(NO_COLOR).is_some(),
            term: term.to_owned(),
            term_program: self.get(TERM[1]).unwrap_or_default().to_owned(),
            colorterm: self.get(COLORTERM).unwrap_or_default().to_owned(),
            language: Language::of_locale(locale),
            is_service: self.get(SERVICE).is_some(),
            runtime_dir: self.get(RUNTIME_DIR).map(PathBuf::from),
            editor: EDITOR.into_iter().find_map(|name| self.get(name)).unwrap_or(DEFAULT_EDITOR).to_owned(),
            user: user.map(str::to_owned),
        }
    }

    fn desktop(&self) -> Option<Desktop> {
        if self.get(SSH).is_some() {
            None
        } else if cfg!(target_os = "macos") {
            Some(Desktop::Mac)
        } else if self.get(WAYLAND).is_some() {
            Some(Desktop::Wayland)
        } else {
            self.get(X11).map(|_| Desktop::X11)
        }
    }

    /// Returns the terminal's name for itself, such as `xterm-256color, tmux 3.3a`; `None` if it has none.
    pub fn term(&self) -> Option<String> {
        let [term, program, version] = TERM.map(|name| self.get(name).unwrap_or_default());
        let program = [program, version].join(" ");
        let said = [term, program.trim()].into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>();
        (!said.is_empty()).then(|| said.join(", "))
    }

    /// Returns the user's home directory.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Returns this environment with the terminal, the locale and the home directory of another.
    pub fn in_terminal_of(mut self, other: &Self) -> Self {
        let others = other.variables.iter().filter(|(name, _)| !name.starts_with(PREFIX));
        self.home.clone_from(&other.home);
        self.variables.extend(others.map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// Returns the variables with our prefix that weibox does not know, each with the one that was probably meant.
    pub(super) fn unknown(&self) -> Vec<(&str, Option<String>)> {
        let settings = ALL.iter().filter_map(|row| row.variable);
        let known: Vec<_> = settings.chain([COMPLETE]).filter_map(|name| name.strip_prefix(PREFIX)).collect();
        let names = self.variables.keys().filter_map(|name| Some((name.as_str(), name.strip_prefix(PREFIX)?)));
        let names =
            names.filter(|(_, rest)| !known.contains(rest) && !OF_KUBERNETES.iter().any(|of| rest.starts_with(of)));
        let mut unknown: Vec<_> =
            names.map(|(name, rest)| (name, near(rest, &known).map(|near| format!("{PREFIX}{near}")))).collect();
        unknown.sort_unstable();
        unknown
    }

    /// Returns the value of a variable; `None` where it is unset, empty, or not one that weibox reads.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
