//! TLS for those who have no proxy before weibox: one certificate from files, read again when they change.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The files are looked at with the first connection after so long, so that an idle weibox does nothing and a renewed
/// certificate is in force as good as at once.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read `{path}` for TLS: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has nothing of what it should have.
    #[error("cannot use `{path}` for TLS: {source}")]
    Pem {
        /// Which.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// The two do not belong together, or are of a kind that is not known.
    #[error("cannot use the certificate `{certificate}` with its key: {source}")]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "name files that you may read with `--tls-cert` and `--tls-key`",
            Self::Pem { .. } => "both files are PEM: the chain, own certificate first, and its private key",
            Self::Pair { .. } => "name the key that the certificate was made for with `--tls-key`",
        }
    }
}

/// A certificate in force.
#[derive(Debug)]
pub struct Tls {
    files: Files,
    current: Mutex<Current>,
}

#[derive(Debug, Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    stamp: Stamp,
    checked_at: Instant,
}

/// What tells a changed file: its number, length and time of change, of certificate and key.
type Stamp = [(u64, u64, i64, i64); 2];

impl Tls {
    /// Reads a certificate chain and its private key, both PEM. It blocks.
    ///
    /// # Errors
    ///
    /// When one of them cannot be read, or they do not belong together.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Self, Error> {
        let files = Files { certificate, key };
        let (stamp, config) = (files.stamp()?, files.load()?);
        Ok(Self { files, current: Mutex::new(Current { config, stamp, checked_at: Instant::now() }) })
    }

    /// Shakes hands. Bound it with a timeout.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = self.newest().await;
        TlsAcceptor::from(config).accept(stream).await
    }

    /// What is in force, looked at again if that was long ago. Files that cannot be used, such as a certificate whose key
    /// is not there yet, leave the old ones in force.
    async fn newest(&self) -> Arc<ServerConfig> {
        let (config, stamp) = {
            let mut current = self.current();
            if current.checked_at.elapsed() < CHECK_EVERY {
                return Arc::clone(&current.config);
            }
            current.checked_at = Instant::now();
            (Arc::clone(&current.config), current.stamp)
        };
        let files = self.files.clone();
        let look = move || {
            let found = files.stamp()?;
            Ok(if found == stamp { None } else { Some((found, files.load())) })
        };
        let looked: Result<_, Error> = match tokio::task::spawn_blocking(look).await {
            Ok(looked) => looked,
            Err(_stopping) => return config,
        };
        match looked {
            Ok(None) => config,
            Ok(Some((stamp, loaded))) => self.renew(stamp, loaded),
            Err(error) => {
                tracing::warn!(%error, "the old certificate stays");
                config
            }
        }
    }

    fn renew(&self, stamp: Stamp, loaded: Result<Arc<ServerConfig>, Error>) -> Arc<ServerConfig> {
        let mut current = self.current();
        // Noted either way, so that what cannot be used is complained about once.
        current.stamp = stamp;
        match loaded {
            Ok(config) => {
                tracing::info!("the certificate was read again");
                current.config = config;
            }
            Err(error) => tracing::warn!(%error, "the old certificate stays"),
        }
        Arc::clone(&current.config)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn stamp(&self) -> Result<Stamp, Error> {
        let stamp = |path: &Path| {
            let metadata = fs::metadata(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
            Ok((metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec()))
        };
        Ok([stamp(&self.certificate)?, stamp(&self.key)?])
    }

    fn load(&self) -> Result<Arc<ServerConfig>, Error> {
        let read = |path: &Path| fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source });
        let failed = |path: &Path, source| Error::Pem { path: path.to_owned(), source };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(&self.certificate)?)
            .collect::<Result<_, _>>()
            .map_err(|source| failed(&self.certificate, source))?;
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?).map_err(|source| failed(&self.key, source))?;
        let pair = |source| Error::Pair { certificate: self.certificate.clone(), source };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config.map_err(pair)?.with_no_client_auth().with_single_cert(chain, key).map_err(pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
