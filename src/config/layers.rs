//! The layers: of flag, environment, file and default the first that says something wins.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::environment::Environment;
use super::error::Error;
use super::names::{self, Name};
use super::secret;
use crate::controls::keymap::Keymap;
use crate::reason::{Reason, config};

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value, checked.
    pub value: T,
    /// Who said so.
    pub source: Source,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// The config file.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// A flag on the command line.
    Flag(&'static str),
    /// A file in which weibox keeps what was typed on the screen.
    Kept(PathBuf),
}

impl Source {
    /// Its words.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Default => config::BY_DEFAULT.into(),
            Self::File(path) => config::BY_FILE.with(path.display()),
            Self::Environment(name) => config::BY_VARIABLE.with(*name),
            Self::Flag(name) => config::BY_FLAG.with(*name),
            Self::Kept(path) => config::BY_KEPT.with(path.display()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

/// What the layers below the flags have to say.
pub(super) struct Layers<'a> {
    environment: &'a Environment,
    /// The config file's path.
    pub(super) file: Setting<PathBuf>,
    /// What was noticed on the way.
    pub(super) warnings: Vec<Reason>,
}

impl<'a> Layers<'a> {
    /// Finds out which config file is meant; it is not opened.
    pub(super) fn new(flag: Option<PathBuf>, environment: &'a Environment) -> Self {
        let default = environment.config_dir.join("weibox").join("config.toml");
        let file = Setting { value: default, source: Source::Default };
        let mut layers = Self { environment, file, warnings: Vec::new() };
        if let Some(file) = layers.first(names::FILE, flag, None, Into::into) {
            layers.file = file;
        }
        layers
    }

    /// The first layer above the default that says something; `of_text` makes a variable's text one of the others.
    fn first<T>(
        &self,
        name: &'static Name,
        flag: Option<T>,
        in_file: Option<T>,
        of_text: impl FnOnce(&'a str) -> T,
    ) -> Option<Setting<T>> {
        let by_flag = flag.zip(name.flag).map(|(value, flag)| Setting { value, source: Source::Flag(flag) });
        let by_variable = || {
            let variable = name.variable?;
            let value = of_text(self.environment.get(variable)?);
            Some(Setting { value, source: Source::Environment(variable) })
        };
        let by_file = || in_file.map(|value| Setting { value, source: self.in_file() });
        by_flag.or_else(by_variable).or_else(by_file)
    }

    fn in_file(&self) -> Source {
        Source::File(self.file.value.clone())
    }

    /// A value that is text everywhere, checked.
    pub(super) fn value<T>(
        &self,
        name: &'static Name,
        flag: Option<String>,
        in_file: Option<String>,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<T>, Error> {
        let default = || Setting { value: name.default.unwrap_or_default().to_owned(), source: Source::Default };
        let Setting { value: text, source } = self.first(name, flag, in_file, str::to_owned).unwrap_or_else(default);
        match check(&text) {
            Some(value) => Ok(Setting { value, source }),
            None => Err(Error::invalid(name, &text, source)),
        }
    }

    /// A value that is true or false.
    pub(super) fn boolean(
        &self,
        name: &'static Name,
        flag: Option<bool>,
        in_file: Option<bool>,
    ) -> Result<Setting<bool>, Error> {
        let text = |value: Option<bool>| value.map(|value| value.to_string());
        self.value(name, text(flag), text(in_file), |text| text.parse().ok())
    }

    /// A value that has no flag, checked.
    pub(super) fn unflagged<T>(
        &self,
        name: &'static Name,
        in_file: Option<impl ToString>,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<T>, Error> {
        self.value(name, None, in_file.map(|value| value.to_string()), check)
    }

    /// A limit, which only the file has and which may be `off`: `None`.
    pub(super) fn limit<T>(
        &self,
        name: &'static Name,
        in_file: Option<String>,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<Option<T>>, Error> {
        let Setting { value: text, source } = self.value(name, None, in_file, |text| Some(text.to_owned()))?;
        if text == "off" {
            return Ok(Setting { value: None, source });
        }
        match check(&text) {
            Some(value) => Ok(Setting { value: Some(value), source }),
            None => Err(Error::invalid(name, &text, source)),
        }
    }

    /// A directory of ours, by default in the user's data directory.
    pub(super) fn path(
        &self,
        name: &'static Name,
        flag: Option<PathBuf>,
        in_file: Option<PathBuf>,
    ) -> Setting<PathBuf> {
        let in_file = in_file.map(|path| self.resolve(&path));
        let default = || Setting { value: self.environment.data_dir.join("weibox"), source: Source::Default };
        self.first(name, flag, in_file, PathBuf::from).unwrap_or_else(default)
    }

    /// The two files of TLS, of which one is nothing without the other.
    pub(super) fn tls(
        &self,
        flags: [Option<PathBuf>; 2],
        in_file: [Option<PathBuf>; 2],
    ) -> Result<[Setting<Option<PathBuf>>; 2], Error> {
        let [flag_cert, flag_key] = flags;
        let [cert, key] = in_file.map(|path| path.map(|path| self.resolve(&path)));
        let cert = self.first(names::TLS_CERT, flag_cert, cert, PathBuf::from);
        let key = self.first(names::TLS_KEY, flag_key, key, PathBuf::from);
        if cert.is_some() != key.is_some() {
            return Err(Error::HalfTls { missing: if cert.is_none() { names::TLS_CERT } else { names::TLS_KEY } });
        }
        for (name, path) in [(names::TLS_CERT, &cert), (names::TLS_KEY, &key)] {
            let is_pem = |path: &PathBuf| path.to_string_lossy().contains("-----BEGIN");
            if path.as_ref().is_some_and(|path| is_pem(&path.value)) {
                return Err(Error::PemForFile { name });
            }
        }
        let absent = || Setting { value: None, source: Source::Default };
        let present = |Setting { value, source }| Setting { value: Some(value), source };
        Ok([cert, key].map(|path| path.map_or_else(absent, present)))
    }

    /// A secret: flag and file name another file that holds it, the variable is it. When nobody says anything, it may have
    /// been typed on the screen and be kept beside the config file.
    pub(super) fn secret(
        &mut self,
        name: &'static Name,
        flag: Option<PathBuf>,
        in_file: Option<PathBuf>,
    ) -> Result<Setting<Option<SecretString>>, Error> {
        enum Place<'a> {
            Here(&'a str),
            In(PathBuf),
        }
        let in_file = in_file.map(|path| Place::In(self.resolve(&path)));
        let Some(Setting { value: place, source }) = self.first(name, flag.map(Place::In), in_file, Place::Here) else {
            let path = secret::place(&self.file.value, name);
            if !path.exists() {
                return Ok(Setting { value: None, source: Source::Default });
            }
            let value = Some(secret::read(name, &path, &mut self.warnings)?);
            return Ok(Setting { value, source: Source::Kept(path) });
        };
        let secret = match place {
            Place::Here(text) => secret::check(name, text, name.variable.map(str::to_owned))?,
            Place::In(path) => secret::read(name, &path, &mut self.warnings)?,
        };
        Ok(Setting { value: Some(secret), source })
    }

    /// A secret in a file that the config file names.
    pub(super) fn secret_file(&mut self, name: &'static Name, in_file: &Path) -> Result<SecretString, Error> {
        secret::read(name, &self.resolve(in_file), &mut self.warnings)
    }

    /// A list, which only the file has; every entry checked.
    pub(super) fn list<T>(
        &self,
        name: &'static Name,
        in_file: Option<Vec<String>>,
        check: impl Fn(&str) -> Option<T>,
    ) -> Result<Setting<Vec<T>>, Error> {
        let Some(entries) = in_file else { return Ok(Setting { value: Vec::new(), source: Source::Default }) };
        let source = self.in_file();
        let checked = |entry: &String| check(entry).ok_or_else(|| Error::invalid(name, entry, source.clone()));
        let value = entries.iter().map(checked).collect::<Result<_, _>>()?;
        Ok(Setting { value, source })
    }

    /// The keymap, which only the file changes.
    pub(super) fn keymap(&self, keymap: Option<Keymap>) -> Setting<Keymap> {
        match keymap {
            Some(value) => Setting { value, source: self.in_file() },
            None => Setting { value: Keymap::default(), source: Source::Default },
        }
    }

    /// A list that only the file has, such as the reply rules.
    pub(super) fn in_file_only<T>(&self, list: Vec<T>) -> Setting<Vec<T>> {
        let source = if list.is_empty() { Source::Default } else { self.in_file() };
        Setting { value: list, source }
    }

    /// A path in the file: `~` is the home directory, and a relative one begins where the file is, because weibox may
    /// be started from anywhere.
    fn resolve(&self, path: &Path) -> PathBuf {
        if let Ok(rest) = path.strip_prefix("~") {
            return self.environment.home.join(rest);
        }
        self.file.value.parent().map_or_else(|| path.to_owned(), |directory| directory.join(path))
    }
}
