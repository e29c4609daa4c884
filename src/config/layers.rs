//! The layers of settings: flag, environment, file and default, the first of which that has a value wins.
//! Each way of reading a setting is one method.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::node::{Lined, Toml, TomlFault};
use super::{Environment, FILE, Options, Setting, SettingRow, Source, check, fault, secret};
use crate::controls::looks::Theme;
use crate::language::Language;
use crate::reason::{Code, Fault, Reason, config, hints};
use crate::record::template::Template;

/// Maximum length of a name in characters, because it stands in a column.
const NAME_LIMIT: usize = 32;

/// Checks a name: letters, digits, `-` and `_`, and not that of another. The codes say that the name is bad, that
/// it is taken, and what to do about the latter.
pub(super) fn check_name<'a>(
    name: &str,
    mut others: impl Iterator<Item = &'a str>,
    [no_name, taken, each]: [Code; 3],
) -> Result<(), Fault> {
    let is_plain = name.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_'));
    if !is_plain || name.is_empty() || name.chars().count() > NAME_LIMIT {
        return Err(no_name.with(name).hinted(hints::IT_TAKES.with(hints::ACCOUNT_NAME.with(NAME_LIMIT))));
    }
    if others.any(|other| other == name) {
        return Err(taken.with(name).hinted(each));
    }
    Ok(())
}

/// The layers that settings are read from.
pub(super) struct Layers<'a> {
    pub(super) options: &'a Options,
    pub(super) environment: &'a Environment,
    /// The config file's path.
    pub(super) file: Setting<PathBuf>,
    /// Whether the config file exists.
    pub(super) file_found: bool,
    /// Contents of the config file.
    pub(super) toml: Toml<'a>,
    /// Whether the config file holds something private, such as a header or the address of a robot.
    pub(super) is_private: bool,
    /// Warnings for the user, collected while reading.
    pub(super) warnings: Vec<Reason>,
}

/// Permission bits to write of users who are neither the owner nor root.
const WRITE: u32 = 0o022;
/// Their permission bits to read.
const READ: u32 = 0o044;

/// Returns a name for the user if no variable has one, as in a container.
fn unnamed() -> String {
    format!("user {}", rustix::process::getuid().as_raw())
}

/// Returns the host name, reduced to what the name of a node may hold.
fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let name = name.split('.').next().unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = name.chars().map(plain).take(NAME_LIMIT).collect();
    if name.is_empty() { "weibox".to_owned() } else { name }
}

/// Returns the value of a setting's flag, or else of its variable.
fn said<'a>(row: &SettingRow, options: &'a Options, environment: &'a Environment) -> Option<Setting<&'a OsStr>> {
    let by_flag = row.flag.and_then(|flag| Some(Setting { value: options.get(row)?, source: Source::Flag(flag) }));
    by_flag.or_else(|| {
        let variable = row.variable?;
        Some(Setting { value: environment.get(variable)?.as_ref(), source: Source::Environment(variable) })
    })
}

impl Layers<'_> {
    /// Returns the path of the config file without opening it.
    pub(super) fn file(options: &Options, environment: &Environment) -> Setting<PathBuf> {
        let default = || environment.config_dir.join("weibox").join("config.toml");
        match said(FILE, options, environment) {
            Some(Setting { value, source }) => Setting { value: value.into(), source },
            None => Setting { value: default(), source: Source::Default },
        }
    }

    /// Warns if others can write the config file, which names programs to start, or can read one that holds something
    /// private. A device or a pipe is nobody's to close.
    pub(super) fn warn_of_an_open_file(&mut self) {
        let bits = if self.is_private { READ | WRITE } else { WRITE };
        let is_open = |found: Metadata| found.is_file() && found.mode() & bits != 0;
        if self.file_found && self.file.value.metadata().is_ok_and(is_open) {
            self.warnings.push(config::OTHERS_READ_CONFIG.with(self.file.value.display()));
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "as all ways of reading")]
    pub(super) fn config_file(&self, _: &'static SettingRow) -> Result<Setting<PathBuf>, Fault> {
        Ok(self.file.clone())
    }

    /// Reads a value from the file, unchecked.
    pub(super) fn in_file<T: DeserializeOwned>(&self, row: &SettingRow) -> Result<Option<T>, Fault> {
        let Some(key) = row.key else { return Ok(None) };
        self.toml.get(key).map_err(|fault| {
            let hint =
                fault.hint.or_else(|| (fault.key.as_deref() == Some(key)).then(|| hints::IT_TAKES.with(row.takes)));
            fault::unusable(&self.file.value, TomlFault { hint, ..fault })
        })
    }

    /// Reads tables, `[[…]]`, each with its line.
    fn tables_in_file<R: DeserializeOwned>(&self, row: &SettingRow) -> Result<Vec<Lined<R>>, Fault> {
        let Some(key) = row.key else { return Ok(Vec::new()) };
        let tables = self.toml.get(key).map_err(|fault| {
            let hint = if fault.key.as_deref() == Some(key) { Some(hints::WRITE_TABLES.with(key)) } else { fault.hint };
            fault::unusable(&self.file.value, TomlFault { hint, ..fault })
        });
        Ok(tables?.unwrap_or_default())
    }

    /// Returns the source of a wrong value, with the line if it is the file.
    fn blamed(&self, row: &SettingRow, source: Source) -> Source {
        match (source, row.key.and_then(|key| self.toml.line(key))) {
            (Source::File(path), Some(line)) => Source::Line(path, line),
            (source, _) => source,
        }
    }

    pub(super) fn by_file(&self) -> Source {
        Source::File(self.file.value.clone())
    }

    /// Returns the value of the first layer above the default that has one.
    fn first<T>(
        &self,
        row: &'static SettingRow,
        of_text: impl FnOnce(&OsStr) -> T,
        in_file: Option<T>,
    ) -> Option<Setting<T>> {
        let said = said(row, self.options, self.environment);
        let said = said.map(|Setting { value, source }| Setting { value: of_text(value), source });
        said.or_else(|| in_file.map(|value| Setting { value, source: self.by_file() }))
    }

    fn checked<T>(
        &self,
        row: &'static SettingRow,
        in_file: Option<String>,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<T>, Fault> {
        let default = || Setting { value: row.default.unwrap_or_default().to_owned(), source: Source::Default };
        let found = self.first(row, |text| text.to_string_lossy().into_owned(), in_file);
        let Setting { value: text, source } = found.unwrap_or_else(default);
        match check(&text) {
            Some(value) => Ok(Setting { value, source }),
            None => Err(fault::invalid(row, &text, &self.blamed(row, source))),
        }
    }

    /// Reads a value that is text in every layer.
    pub(super) fn text<T>(
        &self,
        row: &'static SettingRow,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<T>, Fault> {
        self.checked(row, self.in_file(row)?, check)
    }

    /// Reads a value that is text if a flag, a variable or a string in the file sets it; `None` otherwise,
    /// because the file may hold something other than a string.
    pub(super) fn text_said<T>(
        &self,
        row: &'static SettingRow,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<Setting<T>>, Fault> {
        let in_file = self.in_file(row).ok().flatten();
        let is_said = in_file.is_some() || said(row, self.options, self.environment).is_some();
        is_said.then(|| self.checked(row, in_file, check)).transpose()
    }

    /// Reads a number. In the file it is signed, so that our own error refuses a negative one.
    pub(super) fn number<T>(
        &self,
        row: &'static SettingRow,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<T>, Fault> {
        self.checked(row, self.in_file::<i64>(row)?.map(|number| number.to_string()), check)
    }

    /// Reads a value that is true or false.
    pub(super) fn truth(&self, row: &'static SettingRow) -> Result<Setting<bool>, Fault> {
        self.checked(row, self.in_file::<bool>(row)?.map(|value| value.to_string()), |text| text.parse().ok())
    }

    /// Reads a limit; `off` is `None`.
    pub(super) fn limit<T>(
        &self,
        row: &'static SettingRow,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<Option<T>>, Fault> {
        self.text(row, |text| if text == "off" { Some(None) } else { check(text).map(Some) })
    }

    pub(super) fn optional<T>(
        &self,
        row: &'static SettingRow,
        check: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<Option<T>>, Fault> {
        self.text(row, |text| if text.is_empty() { Some(None) } else { check(text).map(Some) })
    }

    /// Reads the name of a node; the default is the host name.
    pub(super) fn node(&self, row: &'static SettingRow) -> Result<Setting<String>, Fault> {
        self.text(row, |text| match text {
            text if text.is_empty() || Some(text) == row.default => Some(host_name()),
            text => check::nats_name(text),
        })
    }

    /// Reads the language; the default is that of the locale.
    pub(super) fn language(&self, row: &'static SettingRow) -> Result<Setting<Language>, Fault> {
        self.text(row, |text| check::language(text, self.environment.surroundings().language))
    }

    /// Reads the name of the user; the default is the login name.
    pub(super) fn user(&self, row: &'static SettingRow) -> Result<Setting<String>, Fault> {
        let user = self.text(row, |text| (!text.trim().is_empty()).then(|| text.to_owned()))?;
        let known = self.environment.surroundings().user.unwrap_or_else(unnamed);
        Ok(if user.source == Source::Default { Setting { value: known, ..user } } else { user })
    }

    /// Reads the theme. `NO_COLOR`, which users set for all programs, counts only if no layer sets a theme.
    pub(super) fn theme(&self, row: &'static SettingRow) -> Result<Setting<Theme>, Fault> {
        let theme = self.text(row, Theme::from_name)?;
        let is_plain = self.environment.surroundings().no_color && theme.source == Source::Default;
        Ok(if is_plain { Setting { value: Theme::None, source: Source::Environment("NO_COLOR") } } else { theme })
    }

    /// Reads the layout of files, which has an error of its own.
    pub(super) fn template(&self, row: &'static SettingRow) -> Result<Setting<Template>, Fault> {
        let Setting { value: text, source } = self.text(row, |text| Some(text.to_owned()))?;
        match Template::parse(&text) {
            Ok(value) => Ok(Setting { value, source }),
            Err(wrong) => {
                let place = self.blamed(row, source).reason();
                let reason = config::NO_TEMPLATE.with(text).with(row.name).with(place).with(wrong);
                Err(reason.hinted(hints::IT_TAKES.with(row.takes)))
            }
        }
    }

    fn path(&self, row: &'static SettingRow) -> Result<Option<Setting<PathBuf>>, Fault> {
        let in_file = self.in_file::<PathBuf>(row)?.map(|path| self.resolve(&path));
        Ok(self.first(row, |text| text.into(), in_file))
    }

    /// Reads our data directory; the default is in the user's data directory.
    pub(super) fn data_dir(&self, row: &'static SettingRow) -> Result<Setting<PathBuf>, Fault> {
        let default = || Setting { value: self.environment.data_dir.join("weibox"), source: Source::Default };
        Ok(self.path(row)?.unwrap_or_else(default))
    }

    /// Reads the path of an optional PEM file.
    pub(super) fn pem(&self, row: &'static SettingRow) -> Result<Setting<Option<PathBuf>>, Fault> {
        match self.path(row)? {
            Some(Setting { value, source }) if value.to_string_lossy().contains("-----BEGIN") => {
                let fault = config::PEM_FOR_FILE.with(row.name).hinted(hints::IT_TAKES.with(row.takes));
                Err(fault.of_usage(source.is_flag()))
            }
            Some(Setting { value, source }) => Ok(Setting { value: Some(value), source }),
            None => Ok(Setting { value: None, source: Source::Default }),
        }
    }

    /// Returns the place of a secret: flag and file name another file that holds it, and the variable holds
    /// the secret itself. If no layer sets it, the secret may have been typed on the screen and kept beside
    /// the config file.
    fn place_of(&self, row: &'static SettingRow) -> Result<Setting<PathBuf>, Fault> {
        let kept = || {
            let path = secret::place(&self.file.value, row);
            Setting { value: path.clone(), source: Source::Kept(path) }
        };
        Ok(self.path(row)?.unwrap_or_else(kept))
    }

    pub(super) fn secret(&mut self, row: &'static SettingRow) -> Result<Setting<Option<SecretString>>, Fault> {
        let Setting { value: place, source } = self.place_of(row)?;
        let value = match &source {
            Source::Environment(variable) => {
                secret::check(row, &place.to_string_lossy(), Some((*variable).to_owned()))?
            }
            Source::Kept(_) if !place.exists() => return Ok(Setting { value: None, source: Source::Default }),
            Source::Default | Source::Flag(_) | Source::File(_) | Source::Line(..) | Source::Kept(_) => {
                let is_by_key = matches!(source, Source::File(_) | Source::Line(..));
                let named_by = row.flag.filter(|_| !is_by_key).or(row.key).unwrap_or_default();
                secret::read(row, named_by, &place, &mut self.warnings)?
            }
        };
        Ok(Setting { value: Some(value), source })
    }

    /// Returns the file that holds a secret or would keep a typed one; `None` where the environment holds the
    /// secret itself.
    pub(super) fn secret_path(&self, row: &'static SettingRow) -> Result<Option<PathBuf>, Fault> {
        let Setting { value, source } = self.place_of(row)?;
        Ok((!matches!(source, Source::Environment(_))).then_some(value))
    }

    /// Reads a secret from a file that a table of the config file names with the key of `row`.
    pub(super) fn secret_file(&mut self, row: &'static SettingRow, in_file: &Path) -> Result<SecretString, Fault> {
        secret::read(row, row.key.unwrap_or_default(), &self.resolve(in_file), &mut self.warnings)
    }

    /// Reads a list, which only the file has, and checks every entry.
    pub(super) fn list<T>(
        &self,
        row: &'static SettingRow,
        check: impl Fn(&str) -> Option<T>,
    ) -> Result<Setting<Vec<T>>, Fault> {
        let Some(entries) = self.in_file::<Vec<Lined<String>>>(row)? else {
            return Ok(Setting { value: Vec::new(), source: Source::Default });
        };
        let place = |line| Source::Line(self.file.value.clone(), line);
        let checked = |Lined { line, value }: &Lined<String>| {
            check(value).ok_or_else(|| fault::invalid(row, value, &place(*line)))
        };
        let value = entries.iter().map(checked).collect::<Result<_, _>>()?;
        Ok(Setting { value, source: self.by_file() })
    }

    /// Reads tables, `[[…]]`, which only the file has. `check` gets the path of the file and the line of the table.
    pub(super) fn tables<R: DeserializeOwned, T>(
        &self,
        row: &'static SettingRow,
        check: impl Fn(&Path, usize, R) -> Result<T, Fault>,
    ) -> Result<Setting<Vec<T>>, Fault> {
        let tables =
            self.tables_in_file(row)?.into_iter().map(|Lined { line, value }| check(&self.file.value, line, value));
        Ok(self.in_file_only(tables.collect::<Result<_, _>>()?))
    }

    /// Reads the tables of a setting in order. `read` gets the entries before each; `code` is for a table that
    /// cannot be used.
    pub(super) fn named_tables<R: DeserializeOwned, T>(
        &mut self,
        row: &'static SettingRow,
        read: impl Fn(&mut Self, R, &[T]) -> Result<T, Fault>,
        code: Code,
    ) -> Result<Setting<Vec<T>>, Fault> {
        let mut entries: Vec<T> = Vec::new();
        for Lined { line, value } in self.tables_in_file(row)? {
            let entry = read(self, value, &entries);
            let unusable = |fault: Fault| fault::in_file(code, &self.file.value, line, fault.reason(), fault.hint());
            entries.push(entry.map_err(unusable)?);
        }
        Ok(self.in_file_only(entries))
    }

    /// Returns a list that only the file has, with its source.
    pub(super) fn in_file_only<T>(&self, list: Vec<T>) -> Setting<Vec<T>> {
        let source = if list.is_empty() { Source::Default } else { self.by_file() };
        Setting { value: list, source }
    }

    /// Resolves a path in the file: `~` is the home directory, and a relative path begins at the file's directory,
    /// because weibox may be started from anywhere.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        if let Ok(rest) = path.strip_prefix("~") {
            return self.environment.home.join(rest);
        }
        self.file.value.parent().map_or_else(|| path.to_owned(), |directory| directory.join(path))
    }
}
