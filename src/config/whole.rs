//! Loads the settings, and checks them together for faults that single values cannot show.

use std::net::SocketAddr;

use super::layers::Layers;
use super::{CLUSTER_TLS_CERT, CLUSTER_TLS_KEY, Config, Environment, Options, TLS_CERT, TLS_KEY, check, file};
use crate::forward::target;
use crate::query::Understanding;
use crate::reason::{Fault, config as reasons, forward, hints};
use crate::record::policy::{Auto, Policy};

impl Config {
    /// Reads the config file and the files of the secrets, and checks every value.
    ///
    /// # Errors
    ///
    /// Fails on the first file that cannot be read and the first value that cannot be used.
    pub fn load(options: &Options, environment: &Environment) -> Result<Self, Fault> {
        let file = Layers::file(options, environment);
        let text = file::read(&file)?;
        let toml = file::parse(text.as_ref().map_or("", |text| text.as_str()), &file.value)?;
        let file_found = text.is_some();
        let unknown = environment.unknown().into_iter().map(|(name, near)| {
            reasons::UNKNOWN_VARIABLE.with(name).with_hint(near.map(|near| hints::DID_YOU_MEAN.with(near)))
        });
        let warnings = unknown.collect();
        let layers = Layers { options, environment, file, file_found, toml, is_private: false, warnings };
        Self::read(layers)?.checked()
    }

    /// Returns which media are downloaded automatically, and when.
    pub fn download_policy(&self) -> Policy {
        Policy { auto: self.download_auto.value, kinds: self.download_types.value.clone() }
    }

    /// Checks an address before the listener is bound to it: without app secrets only this machine may call,
    /// unless the user has allowed otherwise, and no target may be at the address.
    ///
    /// # Errors
    ///
    /// [`reasons::OPEN_LISTENER`], [`forward::TARGET_IS_WEIBOX`].
    pub fn check_listener(&self, address: SocketAddr) -> Result<(), Fault> {
        if let Some(target) = self.targets.value.iter().find(|target| target::is_at(&target.url, address)) {
            return Err(forward::TARGET_IS_WEIBOX.with(&target.name).with(address).hinted(hints::TARGET_URL));
        }
        // Canonical, because `::ffff:127.0.0.1` is loopback too.
        let is_private = address.ip().to_canonical().is_loopback();
        let is_signed = self.all_accounts().iter().all(|account| account.app_secret.is_some());
        if is_private || is_signed || self.insecure_accept_unsigned.value {
            return Ok(());
        }
        Err(reasons::OPEN_LISTENER.with(address).hinted(hints::SET_SECRET))
    }

    /// Returns the scheme that callers must speak: `https` with a certificate, else `http`.
    pub const fn scheme(&self) -> &'static str {
        if self.tls_cert.value.is_some() { "https" } else { "http" }
    }

    /// Returns how queries are understood.
    pub const fn understanding(&self) -> Understanding {
        Understanding { datum: self.position_datum.value, has_pinyin: self.search_pinyin.value }
    }

    /// Checks the settings together, and collects warnings.
    fn checked(mut self) -> Result<Self, Fault> {
        self.check_tls()?;
        let understanding = self.understanding();
        for tab in &mut self.tabs.value {
            tab.query = std::mem::take(&mut tab.query).understood(understanding);
        }
        self.check_accounts()?;
        self.check_targets()?;
        self.check_alerts()?;
        self.warn_of_open_tokens();
        self.warn_of_waiting_files();
        Ok(self)
    }

    /// Requires that each TLS certificate is set together with its key.
    fn check_tls(&self) -> Result<(), Fault> {
        let pairs = [
            [(TLS_CERT, &self.tls_cert), (TLS_KEY, &self.tls_key)],
            [(CLUSTER_TLS_CERT, &self.cluster_tls_cert), (CLUSTER_TLS_KEY, &self.cluster_tls_key)],
        ];
        for [(cert, chain), (key, private)] in pairs {
            let (missing, other) = match (&chain.value, &private.value) {
                (None, Some(_)) => (cert, private),
                (Some(_), None) => (key, chain),
                (None, None) | (Some(_), Some(_)) => continue,
            };
            let hint = hints::NAME_WITH.with(missing.flag.or(missing.key).unwrap_or_default());
            return Err(reasons::HALF_TLS.with(missing.name).hinted(hint).of_usage(other.source.is_flag()));
        }
        Ok(())
    }

    /// Warns if media are to be downloaded without a token: without a screen nobody would see why no file comes.
    fn warn_of_waiting_files(&mut self) {
        let auto = self.download_auto.value;
        let has_token = self.all_accounts().iter().any(|account| account.access_token.is_some());
        if auto != Auto::Off && !has_token {
            self.warnings.push(reasons::NO_TOKEN.with(auto.name()));
        }
    }

    /// Warns of an access token over plain http, which everyone on the way can read; connections to this machine
    /// are exempt.
    fn warn_of_open_tokens(&mut self) {
        if self.all_accounts().iter().all(|account| account.access_token.is_none()) {
            return;
        }
        let urls = [&self.media_url.value, &self.answers_url.value, &self.names_url.value];
        let open = urls.into_iter().filter(|url| url.scheme() == "http" && !check::is_on_this_machine(url));
        self.warnings.extend(open.map(|url| reasons::TOKEN_UNENCRYPTED.with(url.as_str())));
    }
}
