//! What the machine says: our environment variables and the user's directories. The one place that asks.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::{Error, LANGUAGE, check};
use crate::controls::multiplexer::Multiplexer;
use crate::controls::ssh::SshHost;
use crate::language::Language;

/// So begin our variables; of the others only those below are our business.
const PREFIX: &str = "WEIBOX_";
/// tmux sets it for what runs in it.
const TMUX: &str = "TMUX";
/// GNU screen does, too.
const SCREEN: &str = "STY";
/// Terminals with 24 bits of colour say so there.
const COLORTERM: &str = "COLORTERM";
/// sshd sets it for what runs at its end.
const SSH: &str = "SSH_CONNECTION";
/// Who is logged in (POSIX, 8.3, and what shells have made of it).
const USER: [&str; 2] = ["LOGNAME", "USER"];
/// Wayland's socket, which a program of the desktop talks to.
const WAYLAND: &str = "WAYLAND_DISPLAY";
/// X11's display, likewise.
const X11: &str = "DISPLAY";
/// What the terminal says it is, and which program draws it with which version.
const TERM: [&str; 3] = ["TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"];
/// No colours, whatever else is set (<https://no-color.org>).
const NO_COLOR: &str = "NO_COLOR";
/// A terminal that can nothing but print.
const DUMB: &str = "dumb";
/// Where a service manager is told how it goes.
const SERVICE: &str = "NOTIFY_SOCKET";
/// Where a user's sockets are, for as long as the user is logged in.
const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// Which program edits a file on the terminal (POSIX, 8.3 and `more`); the first is for terminals that draw.
const EDITOR: [&str; 2] = ["VISUAL", "EDITOR"];
/// It is everywhere (POSIX).
const DEFAULT_EDITOR: &str = "vi";
/// The locale of messages, the first that is set (POSIX, 8.2).
const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// A desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Desktop {
    Mac,
    Wayland,
    X11,
}

/// What the terminal is, as far as the environment tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// What stands before it.
    pub multiplexer: Option<Multiplexer>,
    /// This machine, if it is at the other end of an SSH connection.
    pub ssh: Option<SshHost>,
    /// The desktop that it stands on; none at the other end of an SSH connection, whose desktop is the user's.
    pub desktop: Option<Desktop>,
    /// Its user wants no colours.
    pub no_color: bool,
    /// What it calls itself; empty when it says nothing.
    pub term: String,
    /// The program that draws it; empty when it says nothing.
    pub term_program: String,
    /// What it says of its colours.
    pub colorterm: String,
    /// The language of its locale.
    pub language: Language,
    /// Whether a service manager has started weibox and wants to be told how it goes.
    pub is_service: bool,
    /// Where the user's sockets are.
    pub runtime_dir: Option<PathBuf>,
    /// The command that edits a file.
    pub editor: String,
    /// What the machine calls its user.
    pub user: Option<String>,
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

impl Surroundings {
    /// Whether it can nothing but print.
    pub fn is_dumb(&self) -> bool {
        self.term == DUMB
    }
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
            .filter(|(name, _)| {
                name.starts_with(PREFIX)
                    || [TMUX, SCREEN, SSH, WAYLAND, X11, NO_COLOR, COLORTERM, SERVICE, RUNTIME_DIR]
                        .contains(&name.as_str())
                    || LOCALE.contains(&name.as_str())
                    || USER.contains(&name.as_str())
                    || TERM.contains(&name.as_str())
                    || EDITOR.contains(&name.as_str())
            })
            .map(|(name, value)| match value.into_string() {
                Ok(value) => Ok((name, value)),
                // The value stays out of the error: it may be a secret.
                Err(_) if name.starts_with(PREFIX) => Err(Error::NotUnicode { name }),
                // Others' may hold anything.
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

    /// A made-up one: these variables, and a home directory with everything in its usual place.
    pub fn new(home: impl Into<PathBuf>, variables: &[(&str, &str)]) -> Self {
        let home = home.into();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { variables, config_dir: home.join(".config"), data_dir: home.join(".local/share"), home }
    }

    /// The language in which to speak before the config is read: that of `WEIBOX_LANGUAGE`, else of the locale.
    pub fn language(&self) -> Language {
        let of_locale = self.surroundings().language;
        let named = LANGUAGE.variable.and_then(|name| self.get(name));
        named.and_then(|text| check::language(text, of_locale)).unwrap_or(of_locale)
    }

    /// What the terminal is.
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

    /// What the terminal calls itself: `xterm-256color, tmux 3.3a`; `None` when it says nothing.
    pub fn term(&self) -> Option<String> {
        let [term, program, version] = TERM.map(|name| self.get(name).unwrap_or_default());
        let program = [program, version].join(" ");
        let said = [term, program.trim()].into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>();
        (!said.is_empty()).then(|| said.join(", "))
    }

    /// The user's home directory.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The same, in the terminal, with the locale and in the home directory of another.
    pub fn in_terminal_of(mut self, other: &Self) -> Self {
        let others = other.variables.iter().filter(|(name, _)| !name.starts_with(PREFIX));
        self.home.clone_from(&other.home);
        self.variables.extend(others.map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// What a variable says; `None` where it is not set, empty, or of no interest to weibox.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
