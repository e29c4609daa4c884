//! The accounts: one from the settings themselves, or several from the tables `[[account]]`, each with a path, a
//! secret and a token of its own.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::layers::{Layers, check_name};
use super::near::near;
use super::{ACCESS_TOKEN, APP_SECRET, Config, PATH, Setting, SettingRow, Source, check};
use crate::query::Query;
use crate::reason::{Fault, config, hints};

/// An account that receives messages.
#[derive(Debug, Clone)]
pub struct Account {
    /// Name that the user gives it: letters, digits, `-` and `_`. Empty for a single account, which needs no name.
    pub name: String,
    /// Path that Weibo calls for it, beginning with `/`.
    pub path: String,
    /// App secret, with which Weibo signs its calls; always set when there are several accounts.
    pub app_secret: Option<SecretString>,
    /// File of the app secret. For a single account also the file that would keep a typed secret; `None` where the
    /// environment holds the secret.
    pub app_secret_file: Option<PathBuf>,
    /// Access token, with which its files are fetched.
    pub access_token: Option<SecretString>,
}

/// One `[[account]]`, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAccount {
    name: String,
    path: String,
    app_secret_file: Option<PathBuf>,
    access_token_file: Option<PathBuf>,
}

impl Config {
    /// Returns all accounts, at least one: those of the tables, or the one that the settings describe.
    pub fn all_accounts(&self) -> Vec<Account> {
        if !self.accounts.value.is_empty() {
            return self.accounts.value.clone();
        }
        vec![Account {
            name: String::new(),
            path: self.path.value.clone(),
            app_secret: self.app_secret.value.clone(),
            app_secret_file: self.app_secret_file.clone(),
            access_token: self.access_token.value.clone(),
        }]
    }

    /// Returns the account with this path, or the first account if there is none, as behind a proxy that rewrites
    /// paths.
    pub fn account_at(&self, path: &str) -> Account {
        let mut accounts = self.all_accounts();
        let index = accounts.iter().position(|account| account.path == path).unwrap_or_default();
        // `all_accounts` returns at least one.
        accounts.swap_remove(index)
    }

    /// Returns the account with this name.
    ///
    /// # Errors
    ///
    /// [`config::NO_SUCH_ACCOUNT`], with the one that was probably meant.
    pub fn account(&self, name: &str) -> Result<&Account, Fault> {
        let accounts = &self.accounts.value;
        accounts.iter().find(|account| account.name == name).ok_or_else(|| {
            let known: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
            let hint = match near(name, &known) {
                Some(near) => hints::DID_YOU_MEAN.with(near),
                None if known.is_empty() => hints::NO_ACCOUNTS.into(),
                None => hints::THERE_ARE.with(known.join(", ")),
            };
            config::NO_SUCH_ACCOUNT.with(name).hinted(hint)
        })
    }

    /// Checks that the accounts in a query exist. Without account tables any name passes, because messages may come
    /// from elsewhere.
    ///
    /// # Errors
    ///
    /// [`config::NO_SUCH_ACCOUNT`].
    pub fn check_query(&self, query: &Query) -> Result<(), Fault> {
        let is_known = |name| self.account(name).map(drop);
        if self.accounts.value.is_empty() { Ok(()) } else { query.accounts().try_for_each(is_known) }
    }

    /// Refuses a path, secret or token outside the tables when there are several accounts, and unknown accounts in
    /// tabs. Secrets that were typed for an earlier single account are ignored, and stay in their files.
    pub(super) fn check_accounts(&mut self) -> Result<(), Fault> {
        if self.accounts.value.is_empty() {
            return Ok(());
        }
        let settings = [
            (PATH, &self.path.source),
            (APP_SECRET, &self.app_secret.source),
            (ACCESS_TOKEN, &self.access_token.source),
        ];
        for (name, source) in settings {
            if !matches!(source, Source::Default | Source::Kept(_)) {
                let reason = config::SETTING_NOBODYS.with(name.name).with(source.reason());
                return Err(reason.hinted(hints::MOVE_TO_ACCOUNT));
            }
        }
        (self.app_secret.value, self.access_token.value) = (None, None);
        self.tabs.value.iter().try_for_each(|tab| self.check_query(&tab.query))
    }
}

impl Layers<'_> {
    /// Reads the accounts and their secrets, and checks that names and paths differ.
    pub(super) fn accounts(&mut self, row: &'static SettingRow) -> Result<Setting<Vec<Account>>, Fault> {
        self.named_tables(row, Self::account, config::ACCOUNT_UNUSABLE)
    }

    fn account(&mut self, raw: RawAccount, others: &[Account]) -> Result<Account, Fault> {
        let RawAccount { name, path, app_secret_file, access_token_file } = raw;
        let names = others.iter().map(|other| other.name.as_str());
        check_name(&name, names, [config::ACCOUNT_NO_NAME, config::ACCOUNT_TWICE, hints::NAME_FOR_EACH])?;
        let Some(path) = check::path(&path) else {
            return Err(config::ACCOUNT_NO_PATH.with(path).hinted(hints::IT_TAKES.with(PATH.takes)));
        };
        if let Some(other) = others.iter().find(|other| other.path == path) {
            return Err(config::ACCOUNT_SAME_PATH.with(path).with(&other.name).hinted(hints::PATH_FOR_EACH));
        }
        let Some(app_secret_file) = app_secret_file else {
            return Err(config::ACCOUNT_NO_SECRET.with(name).hinted(hints::NAME_SECRET_FILE));
        };
        let app_secret = Some(self.secret_file(APP_SECRET, &app_secret_file)?);
        let app_secret_file = Some(self.resolve(&app_secret_file));
        let access_token = access_token_file.map(|file| self.secret_file(ACCESS_TOKEN, &file));
        let access_token = access_token.transpose()?;
        Ok(Account { name, path, app_secret, app_secret_file, access_token })
    }
}
