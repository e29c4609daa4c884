//! A row of the table of settings: the setting's names in every place where it can be set, its default, and its
//! texts.

use crate::language::{Language, Words};

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingRow {
    /// Name in `weibox config` and in errors.
    pub name: &'static str,
    /// Key in the config file, with its table.
    pub key: Option<&'static str>,
    /// Flag, with its dashes.
    pub flag: Option<&'static str>,
    /// Name of the flag's value in the help; empty for a switch.
    pub(super) value_name: &'static str,
    /// Environment variable.
    pub variable: Option<&'static str>,
    /// Default as a user would write it, with `$XDG_…` where it depends on the machine.
    pub default: Option<&'static str>,
    /// The values that the setting takes, as the end of a sentence that begins "it takes".
    pub takes: Words,
    /// Help of the flag.
    pub help: Words,
    /// What people call the secret, if it is one: then flag and key name a file, and the variable is the secret.
    pub secret: Option<Words>,
    /// Whether the setting names a PEM file. A PEM text pasted in its place begins with hyphens, which the flag
    /// accepts.
    pub(super) is_pem: bool,
}

const NONE: Words = Words::new("", "");

/// Returns a setting whose key is its name, with nothing else set.
pub(super) const fn setting(name: &'static str) -> SettingRow {
    SettingRow {
        name,
        key: Some(name),
        flag: None,
        value_name: "",
        variable: None,
        default: None,
        takes: NONE,
        help: NONE,
        secret: None,
        is_pem: false,
    }
}

impl SettingRow {
    pub(super) const fn key(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    pub(super) const fn without_key(self) -> Self {
        Self { key: None, ..self }
    }

    pub(super) const fn flag(self, flag: &'static str, value_name: &'static str) -> Self {
        Self { flag: Some(flag), value_name, ..self }
    }

    pub(super) const fn variable(self, variable: &'static str) -> Self {
        Self { variable: Some(variable), ..self }
    }

    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    pub(super) const fn takes(self, english: &'static str, chinese: &'static str) -> Self {
        Self { takes: Words::new(english, chinese), ..self }
    }

    pub(super) const fn help(self, english: &'static str, chinese: &'static str) -> Self {
        Self { help: Words::new(english, chinese), ..self }
    }

    pub(super) const fn secret(self, english: &'static str, chinese: &'static str) -> Self {
        Self { secret: Some(Words::new(english, chinese)), ..self }
    }

    pub(super) const fn pem(self) -> Self {
        Self { is_pem: true, ..self }
    }

    /// Returns what people call the secret; empty if it is not one.
    pub(super) fn words(&self) -> Words {
        self.secret.unwrap_or(NONE)
    }

    /// Whether the flag takes no value.
    pub fn is_switch(&self) -> bool {
        self.flag.is_some() && self.value_name.is_empty()
    }

    /// Whether the flag names a file or a directory.
    pub fn names_file(&self) -> bool {
        matches!(self.value_name, "FILE" | "DIR")
    }

    /// Returns the flag without its dashes.
    pub fn id(&self) -> Option<&'static str> {
        self.flag.and_then(|flag| flag.strip_prefix("--"))
    }

    /// Returns the help of the flag, with the variable and the default.
    pub fn help_words(&self, language: Language) -> String {
        let ([environment, itself, default], separator) = match language {
            Language::English => (["env", ": the value itself", "default"], ", "),
            Language::Chinese => (["环境变量", "：其内容本身", "默认"], "，"),
        };
        let itself = self.secret.map_or("", |_| itself);
        let variable = self.variable.map(|variable| format!("{environment} `{variable}`{itself}"));
        let default = self.default.map(|text| format!("{default} `{text}`"));
        let (words, places) = (self.help.of(language), variable.into_iter().chain(default).collect::<Vec<_>>());
        match (places.join(separator), language) {
            (places, _) if places.is_empty() => words.to_owned(),
            (places, Language::English) => format!("{words} ({places})"),
            (places, Language::Chinese) => format!("{words}（{places}）"),
        }
    }
}

/// Returns the variables that hold secrets, which programs that weibox starts must not see.
pub fn secret_variables() -> Vec<&'static str> {
    super::ALL.iter().filter(|row| row.secret.is_some()).filter_map(|row| row.variable).collect()
}

/// Generates the constants, the struct and its reader from the table.
macro_rules! settings {
    ($($(#[doc = $doc:literal])* $NAME:ident $field:ident: $type:ty = $how:ident($($check:expr)?), $show:expr, $row:expr;)*) => {
        $($(#[doc = $doc])* pub const $NAME: &SettingRow = &$row;)*

        /// Every setting, in the order in which users read them.
        pub const ALL: &[&SettingRow] = &[$($NAME),*];

        /// Every setting, checked.
        #[derive(Debug, Clone)]
        pub struct Config {
            $($(#[doc = $doc])* pub $field: Setting<$type>,)*
            /// Whether the config file exists; only the default one may be missing.
            pub file_found: bool,
            /// File of the single account's app secret, or the file that would keep a typed one; `None` where the
            /// environment holds the secret.
            pub app_secret_file: Option<PathBuf>,
            /// The user's home directory.
            pub home: PathBuf,
            /// Properties of the terminal, from the environment.
            pub surroundings: Surroundings,
            /// Warnings about settings that work but should be changed.
            pub warnings: Vec<Reason>,
        }

        impl Config {
            /// Reads every setting, in the order of the table.
            fn read(mut layers: Layers<'_>) -> Result<Self, Fault> {
                $(let $field = layers.$how($NAME $(, $check)?)?;)*
                let (home, surroundings) = (layers.environment.home.clone(), layers.environment.surroundings());
                let app_secret_file = layers.secret_path(APP_SECRET)?;
                layers.warn_of_an_open_file();
                let Layers { file_found, warnings, .. } = layers;
                Ok(Self { $($field,)* file_found, app_secret_file, home, surroundings, warnings })
            }

            /// Returns each setting with its value as text and its source. Of a secret only the length is shown.
            pub fn shown(&self) -> Vec<(&'static SettingRow, ShownValue, &Source)> {
                fn shown<T, V: Into<ShownValue>>(setting: &Setting<T>, show: fn(&T) -> V) -> (ShownValue, &Source) {
                    (show(&setting.value).into(), &setting.source)
                }
                let shown = [$(shown(&self.$field, $show)),*];
                ALL.iter().zip(shown).map(|(row, (value, source))| (*row, value, source)).collect()
            }
        }
    };
}

pub(super) use settings;
