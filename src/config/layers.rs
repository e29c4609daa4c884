//! What each layer says about a setting, and which wins.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use crate::cli::Options;
use crate::weibo::reply::{RawRule, Rule};

use super::{Environment, Error, Setting, Source, secret};

/// The config file as it is spelled.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Spelled {
    pub(super) listen: Option<String>,
    pub(super) path: Option<String>,
    pub(super) data_dir: Option<String>,
    pub(super) media_url: Option<String>,
    pub(super) app_secret_file: Option<String>,
    pub(super) access_token_file: Option<String>,
    pub(super) insecure_accept_unsigned: Option<bool>,
    pub(super) body_limit: Option<usize>,
    pub(super) download: Download,
    pub(super) reply: Vec<RawRule>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Download {
    pub(super) concurrency: Option<usize>,
    pub(super) max_bytes: Option<u64>,
}

/// A setting that every layer may name.
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) flag: &'static str,
    pub(super) variable: &'static str,
    pub(super) option: fn(&Options) -> &Option<String>,
    pub(super) key: fn(&Spelled) -> &Option<String>,
}

/// TABLE: what each layer calls a setting. Of the last two, flag and key name a file.
pub(super) const LISTEN: Spec = Spec {
    name: "listen",
    flag: "--listen",
    variable: "WEIBOX_LISTEN",
    option: |options| &options.listen,
    key: |file| &file.listen,
};
pub(super) const PATH: Spec = Spec {
    name: "path",
    flag: "--path",
    variable: "WEIBOX_PATH",
    option: |options| &options.path,
    key: |file| &file.path,
};
pub(super) const DATA_DIR: Spec = Spec {
    name: "data_dir",
    flag: "--data-dir",
    variable: "WEIBOX_DATA_DIR",
    option: |options| &options.data_dir,
    key: |file| &file.data_dir,
};
pub(super) const MEDIA_URL: Spec = Spec {
    name: "media_url",
    flag: "--media-url",
    variable: "WEIBOX_MEDIA_URL",
    option: |options| &options.media_url,
    key: |file| &file.media_url,
};
pub(super) const APP_SECRET: Spec = Spec {
    name: "app secret",
    flag: "--app-secret-file",
    variable: "WEIBOX_APP_SECRET",
    option: |options| &options.app_secret_file,
    key: |file| &file.app_secret_file,
};
pub(super) const ACCESS_TOKEN: Spec = Spec {
    name: "access token",
    flag: "--access-token-file",
    variable: "WEIBOX_ACCESS_TOKEN",
    option: |options| &options.access_token_file,
    key: |file| &file.access_token_file,
};

/// What flags, environment and file say; the first that says something wins.
pub(super) struct Layers<'a> {
    pub(super) options: &'a Options,
    pub(super) environment: &'a Environment,
    pub(super) file: Spelled,
    /// Where the file is.
    pub(super) path: PathBuf,
    pub(super) home: Option<PathBuf>,
}

impl Layers<'_> {
    /// The winning text, if any layer has one.
    fn pick(&self, spec: &Spec) -> Option<Setting<String>> {
        let flag = (spec.option)(self.options).clone().map(|value| (value, Source::Flag(spec.flag)));
        let variable = || Some((self.environment.get(spec.variable)?.clone(), Source::Environment(spec.variable)));
        let key = || (spec.key)(&self.file).clone().map(|value| (value, Source::File(self.path.clone())));
        flag.or_else(variable).or_else(key).map(|(value, source)| Setting { value, source })
    }

    /// The winning text, read; the default if there is none.
    pub(super) fn read<T>(
        &self,
        spec: &Spec,
        default: impl FnOnce() -> Result<T, Error>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Setting<T>, Error> {
        let Some(Setting { value, source }) = self.pick(spec) else {
            return Ok(Setting { value: default()?, source: Source::Default });
        };
        match parse(&value) {
            Ok(value) => Ok(Setting { value, source }),
            Err(reason) => Err(Error::Value { name: spec.name, value, from: source, reason }),
        }
    }

    /// A secret: the text of the environment, or the contents of the file that another layer names.
    pub(super) fn secret(
        &self,
        spec: &Spec,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Setting<SecretString>>, Error> {
        let picked = self.pick(spec).map(|setting| match setting.source {
            Source::Environment(_) => secret::check(spec.name, &setting.value, setting.source.clone(), &setting.source),
            Source::Flag(_) | Source::File(_) | Source::Default => {
                secret::read(spec.name, &self.place(&setting.value), setting.source, warnings)
            }
        });
        picked.transpose()
    }

    /// A setting that only the file has.
    pub(super) fn key<T>(&self, value: Option<T>, default: T) -> Setting<T> {
        match value {
            Some(value) => Setting { value, source: Source::File(self.path.clone()) },
            None => Setting { value: default, source: Source::Default },
        }
    }

    /// Where a path leads that may begin with `~/`.
    pub(super) fn place(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            (Some(_), None) | (None, _) => PathBuf::from(text),
        }
    }

    pub(super) fn rules(&self) -> Result<Vec<Rule>, Error> {
        let check = |(index, raw): (usize, &RawRule)| {
            let failed =
                |reason| Error::File { path: self.path.clone(), reason: format!("reply rule {}: {reason}", index + 1) };
            Rule::check(raw.clone()).map_err(failed)
        };
        self.file.reply.iter().enumerate().map(check).collect()
    }
}

/// Reads the config file; one that nobody named may be missing.
pub(super) fn read_file(path: &Path, is_named: bool) -> Result<Spelled, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text)
            .map_err(|error| Error::File { path: path.to_owned(), reason: error.to_string().trim_end().to_owned() }),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound && !is_named => Ok(Spelled::default()),
        Err(source) => Err(Error::Read { what: "the config file", path: path.to_owned(), source }),
    }
}
