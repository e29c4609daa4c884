//! TLS for installations without a proxy in front: one certificate from files, read again when they change.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use secrecy::zeroize::Zeroizing;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::pem::{self, PemFault, PemRole};
use crate::reason::{Reason, tls};

/// The interval of checking the files, on the next connection. So an idle weibox does nothing, and a renewed
/// certificate is in force almost at once.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// The maximum length of a file in bytes; a chain has some thousand.
const LONGEST: u64 = 1 << 20;

/// The reason why TLS cannot be used. It holds no byte of the files.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
#[error("{}", self.reason())]
pub enum Error {
    /// A file could not be read.
    Read {
        path: PathBuf,
        /// The purpose for which the file is configured.
        role: PemRole,
        source: io::Error,
    },
    /// A file does not hold what it should.
    Pem {
        path: PathBuf,
        /// The purpose for which the file is configured.
        role: PemRole,
        /// The fault of the file.
        fault: PemFault,
    },
    /// Both files can be read, but the key belongs to another certificate.
    Pair {
        /// Path of the certificate.
        certificate: PathBuf,
        /// Path of the key.
        key: PathBuf,
    },
    /// The TLS library failed for a reason other than the files.
    Unsupported,
}

impl Error {
    /// Returns the reason in words for the user.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Read { path, source, .. } => tls::TLS_UNREAD.with(path.display()).with(source),
            Self::Pem { path, fault, .. } => tls::TLS_UNUSABLE.with(path.display()).with(fault.code()),
            Self::Pair { certificate, key } => {
                tls::TLS_UNUSABLE.with(key.display()).with(tls::TLS_NO_PAIR.with(certificate.display()))
            }
            Self::Unsupported => tls::TLS_UNSUPPORTED.into(),
        }
    }

    /// Returns what the user can do about it, with the name of the faulty file.
    pub fn hint(&self) -> Reason {
        let (path, role, fault) = match self {
            Self::Read { role: PemRole::Certificate, .. } => return tls::READABLE_TLS.with("--tls-cert"),
            Self::Read { role: PemRole::Key, .. } => return tls::READABLE_TLS.with("--tls-key"),
            Self::Pair { certificate, .. } => return tls::KEY_OF_CERTIFICATE.with(certificate.display()),
            Self::Unsupported => return tls::PROXY_TLS.into(),
            Self::Pem { path, role, fault } => (path.display(), role, fault),
        };
        let code = match (fault, role) {
            (PemFault::Utf16 | PemFault::Bom, _) => tls::SAVE_PLAIN,
            (PemFault::Binary, PemRole::Certificate) => tls::CONVERT_CERTIFICATE,
            (PemFault::Binary, PemRole::Key) => tls::CONVERT_KEY,
            (PemFault::JoinedLines | PemFault::IndentedLines | PemFault::Damaged, _) => tls::COPY_AGAIN,
            (PemFault::Encrypted, _) => tls::DECRYPT_KEY,
            (PemFault::OpenSsh, _) => tls::KEY_OF_A_CERTIFICATE,
            (_, PemRole::Certificate) => tls::NAME_CERTIFICATE,
            (_, PemRole::Key) => tls::NAME_KEY,
        };
        code.with(path)
    }
}

/// The certificate in force.
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
    /// The stamp of the files that were checked last; `None` if they could not be.
    stamp: Option<Stamp>,
    checked_at: Instant,
}

/// The values that reveal a change: inode, length and modification time of certificate and key.
type Stamp = [(u64, u64, i64, i64); 2];

impl Tls {
    /// Reads a certificate chain and its private key, both in PEM. Blocks the thread.
    ///
    /// # Errors
    ///
    /// When one of them cannot be read, or they do not belong together.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Self, Error> {
        let files = Files { certificate, key };
        let (stamp, config) = (Some(files.stamp()?), files.load()?);
        Ok(Self { files, current: Mutex::new(Current { config, stamp, checked_at: Instant::now() }) })
    }

    /// Performs the handshake. The caller must set a timeout.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = self.newest().await;
        TlsAcceptor::from(config).accept(stream).await
    }

    /// Returns the current configuration after checking the files if that is due. Files that cannot be used, such
    /// as a certificate whose key is not written yet, leave the old configuration in force.
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
            let (found, fault) = files.stamp().map_or_else(|error| (None, Some(error)), |found| (Some(found), None));
            (found != stamp).then(|| (found, fault.map_or_else(|| files.load(), Err)))
        };
        match tokio::task::spawn_blocking(look).await {
            Ok(Some((stamp, loaded))) => self.renew(stamp, loaded),
            Ok(None) | Err(_) => config,
        }
    }

    fn renew(&self, stamp: Option<Stamp>, loaded: Result<Arc<ServerConfig>, Error>) -> Arc<ServerConfig> {
        let mut current = self.current();
        // Stored in either case, so that unusable files are logged once.
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
    const fn each(&self) -> [(PemRole, &PathBuf); 2] {
        [(PemRole::Certificate, &self.certificate), (PemRole::Key, &self.key)]
    }

    fn stamp(&self) -> Result<Stamp, Error> {
        let stamp = |(role, path): (PemRole, &PathBuf)| {
            let metadata = fs::metadata(path).map_err(|source| Error::Read { path: path.clone(), role, source })?;
            Ok((metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec()))
        };
        let [certificate, key] = self.each();
        Ok([stamp(certificate)?, stamp(key)?])
    }

    fn load(&self) -> Result<Arc<ServerConfig>, Error> {
        let [certificate, key] = self.each();
        let chain = load(certificate, pem::chain)?;
        let key = load(key, pem::key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|_no_byte_of_it_is_told| Error::Unsupported)?.with_no_client_auth();
        let mut config = config.with_single_cert(chain, key).map_err(|error| self.unusable(&error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Determines which file is at fault; the library's own message is dropped in any case.
    fn unusable(&self, error: &rustls::Error) -> Error {
        let Self { certificate, key } = self.clone();
        if let rustls::Error::InconsistentKeys(_) = error {
            Error::Pair { certificate, key }
        } else if let rustls::Error::InvalidCertificate(_) = error {
            Error::Pem { path: certificate, role: PemRole::Certificate, fault: PemFault::BadCertificate }
        } else {
            Error::Pem { path: key, role: PemRole::Key, fault: PemFault::BadKey }
        }
    }
}

/// Reads a file and parses it with a function of [`pem`]; its bytes are wiped afterwards.
fn load<T>((role, path): (PemRole, &PathBuf), parse: fn(&[u8]) -> Result<T, PemFault>) -> Result<T, Error> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    let length = read.map_err(|source| Error::Read { path: path.clone(), role, source })?;
    let parsed = if length as u64 > LONGEST { Err(PemFault::TooLong) } else { parse(&bytes) };
    parsed.map_err(|fault| Error::Pem { path: path.clone(), role, fault })
}
