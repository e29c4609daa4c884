//! A row of the table of settings: what one is called in every place where it can be set, its default, and its words.

use crate::language::{Language, Words};

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingRow {
    /// What `weibox config` and errors call it.
    pub name: &'static str,
    /// The key in the config file, with its table.
    pub key: Option<&'static str>,
    /// The flag, with its dashes.
    pub flag: Option<&'static str>,
    /// What the flag takes, as the help writes it; empty for a switch.
    pub(super) value_name: &'static str,
    /// The environment variable.
    pub variable: Option<&'static str>,
    /// The default as one would write it, with `$XDG_…` where it depends on the machine.
    pub default: Option<&'static str>,
    /// What it takes, to continue "it takes".
    pub takes: Words,
    /// What the help says of the flag.
    pub(super) help: Words,
    /// What people call the secret, where it is one: then flag and key name a file, and the variable is the secret.
    pub secret: Option<Words>,
    /// Whether it names a PEM file. What may stand in its place begins with hyphens.
    pub(super) is_pem: bool,
}

const NONE: Words = Words::new("", "");

/// A setting with a key of its name, and nothing else yet.
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

    /// What people call the secret; empty for what is none.
    pub(super) fn words(&self) -> Words {
        self.secret.unwrap_or(NONE)
    }

    /// Whether the flag takes nothing.
    pub fn is_switch(&self) -> bool {
        self.flag.is_some() && self.value_name.is_empty()
    }

    /// Whether the flag names a file or a directory.
    pub fn names_file(&self) -> bool {
        matches!(self.value_name, "FILE" | "DIR")
    }

    /// The flag without its dashes.
    pub fn id(&self) -> Option<&'static str> {
        self.flag.and_then(|flag| flag.strip_prefix("--"))
    }

    /// What the help says of the flag, with the variable and the default.
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

/// The variables that are secrets themselves, which nothing that is started gets to see.
pub fn secret_variables() -> Vec<&'static str> {
    super::ALL.iter().filter(|row| row.secret.is_some()).filter_map(|row| row.variable).collect()
}

/// Makes the constants, the struct and its reading from the table.
macro_rules! settings {
    ($($(#[doc = $doc:literal])* $NAME:ident $field:ident: $type:ty = $how:ident($($check:expr)?), $show:expr, $row:expr;)*) => {
        $($(#[doc = $doc])* pub const $NAME: &SettingRow = &$row;)*

        /// Every setting, in the order in which people read them.
        pub const ALL: &[&SettingRow] = &[$($NAME),*];

        /// Everything that can be set, checked.
        #[derive(Debug, Clone)]
        pub struct Config {
            $($(#[doc = $doc])* pub $field: Setting<$type>,)*
            /// Whether the config file is there; only the default one may be missing.
            pub file_found: bool,
            /// The file of the one account's app secret, or where it is kept when it is typed; `None` where the environment
            /// has it.
            pub app_secret_file: Option<PathBuf>,
            /// The user's home directory.
            pub home: PathBuf,
            /// What the terminal is.
            pub surroundings: Surroundings,
            /// What works but should not stay so, in words for people.
            pub warnings: Vec<Reason>,
        }

        impl Config {
            /// Reads every setting, in the order of the table.
            fn read(mut layers: Layers<'_>) -> Result<Self, Error> {
                $(let $field = layers.$how($NAME $(, $check)?)?;)*
                let (home, surroundings) = (layers.environment.home.clone(), layers.environment.surroundings());
                let app_secret_file = layers.secret_path(APP_SECRET)?;
                let Layers { file_found, warnings, .. } = layers;
                Ok(Self { $($field,)* file_found, app_secret_file, home, surroundings, warnings })
            }

            /// Each setting with its value for people and where that came from. Of a secret only the length is shown.
            pub fn shown(&self) -> Vec<(&'static SettingRow, String, &Source)> {
                fn shown<T>(setting: &Setting<T>, show: fn(&T) -> String) -> (String, &Source) {
                    (show(&setting.value), &setting.source)
                }
                let shown = [$(shown(&self.$field, $show)),*];
                ALL.iter().zip(shown).map(|(row, (value, source))| (*row, value, source)).collect()
            }
        }
    };
}

pub(super) use settings;
