//! The accounts: one by the settings themselves, or several by the tables `[[account]]`, each with a path, a secret and a
//! token of its own.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::layers::{EntryFault, Layers, check_name};
use super::near::near;
use super::{ACCESS_TOKEN, APP_SECRET, Config, Error, PATH, Setting, SettingRow, Source, check};
use crate::query::Query;
use crate::reason::{config, hints};

/// An account that messages come for.
#[derive(Debug, Clone)]
pub struct Account {
    /// What the user calls it: letters, digits, `-` and `_`. Empty where there is one account alone, which needs no name.
    pub name: String,
    /// The path that Weibo calls for it, beginning with `/`.
    pub path: String,
    /// What Weibo signs its calls with; always there where there are several accounts.
    pub app_secret: Option<SecretString>,
    /// The file that it is in; of one account alone also the one that it would be kept in if it were typed, and `None` where
    /// the environment has it.
    pub app_secret_file: Option<PathBuf>,
    /// What its files are fetched with.
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
    /// All accounts, at least one: those of the tables, or the one that the settings are.
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

    /// The account that is called at a path; the first when a proxy calls it by another, or when it is nobody's.
    pub fn account_at(&self, path: &str) -> Account {
        let mut accounts = self.all_accounts();
        let index = accounts.iter().position(|account| account.path == path).unwrap_or_default();
        // There is at least one.
        accounts.swap_remove(index)
    }

    /// The account with a name.
    ///
    /// # Errors
    ///
    /// [`Error::NoAccount`], with the one that was probably meant.
    pub fn account(&self, name: &str) -> Result<&Account, Error> {
        let accounts = &self.accounts.value;
        accounts.iter().find(|account| account.name == name).ok_or_else(|| {
            let known: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
            let near = near(name, &known).map(str::to_owned);
            let known = known.into_iter().map(str::to_owned).collect();
            Error::NoAccount { name: name.to_owned(), known, near }
        })
    }

    /// Whether the accounts that a query looks for are there. Without the tables nobody knows: messages may come from
    /// elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::NoAccount`].
    pub fn check_query(&self, query: &Query) -> Result<(), Error> {
        let is_known = |name| self.account(name).map(drop);
        if self.accounts.value.is_empty() { Ok(()) } else { query.accounts().try_for_each(is_known) }
    }

    /// Several accounts have no room for a secret or a path that is nobody's. What was typed on the screen for the one
    /// account before is left where it is.
    pub(super) fn check_accounts(&mut self) -> Result<(), Error> {
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
                return Err(Error::Nobodys { name, place: source.clone() });
            }
        }
        (self.app_secret.value, self.access_token.value) = (None, None);
        self.tabs.value.iter().try_for_each(|tab| self.check_query(&tab.query))
    }
}

impl Layers<'_> {
    /// Reads the secrets of the accounts, and checks that each account can be told from the others.
    pub(super) fn accounts(&mut self, row: &'static SettingRow) -> Result<Setting<Vec<Account>>, Error> {
        self.named_tables(row, Self::account, config::ACCOUNT_UNUSABLE)
    }

    fn account(&mut self, raw: RawAccount, others: &[Account]) -> Result<Account, EntryFault> {
        let RawAccount { name, path, app_secret_file, access_token_file } = raw;
        let names = others.iter().map(|other| other.name.as_str());
        check_name(&name, names, [config::ACCOUNT_NO_NAME, config::ACCOUNT_TWICE, hints::NAME_FOR_EACH])?;
        let Some(path) = check::path(&path) else {
            return Err((config::ACCOUNT_NO_PATH.with(path), hints::IT_TAKES.with(PATH.takes)));
        };
        if let Some(other) = others.iter().find(|other| other.path == path) {
            let reason = config::ACCOUNT_SAME_PATH.with(path).with(&other.name);
            return Err((reason, hints::PATH_FOR_EACH.into()));
        }
        let Some(app_secret_file) = app_secret_file else {
            return Err((config::ACCOUNT_NO_SECRET.with(name), hints::NAME_SECRET_FILE.into()));
        };
        let unusable = |error: Error| {
            // Flags are not for accounts.
            let hint = if let Error::SecretFile { name, .. } = &error {
                Some(hints::READABLE_SECRET.with(name.key.unwrap_or_default()))
            } else {
                error.hint()
            };
            (error.reason(), hint.unwrap_or_else(|| hints::FILE_OF_YOUR_OWN.into()))
        };
        let app_secret = Some(self.secret_file(APP_SECRET, &app_secret_file).map_err(unusable)?);
        let app_secret_file = Some(self.resolve(&app_secret_file));
        let access_token = access_token_file.map(|file| self.secret_file(ACCESS_TOKEN, &file));
        let access_token = access_token.transpose().map_err(unusable)?;
        Ok(Account { name, path, app_secret, app_secret_file, access_token })
    }
}
