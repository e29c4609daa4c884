//! TLS for installations without a proxy in front: one certificate from files, read again when they change.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use secrecy::zeroize::Zeroizing;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::pem::{self, PemRole};
use crate::reason::{Code, Fault, tls};

/// The interval of checking the files, on the next connection. So an idle weibox does nothing, and a renewed
/// certificate is in force almost at once.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// The maximum length of a file in bytes; a chain has some thousand.
const LONGEST: u64 = 1 << 20;

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
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Self, Fault> {
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

    fn renew(&self, stamp: Option<Stamp>, loaded: Result<Arc<ServerConfig>, Fault>) -> Arc<ServerConfig> {
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

    fn stamp(&self) -> Result<Stamp, Fault> {
        let stamp = |(role, path): (PemRole, &PathBuf)| {
            let metadata = fs::metadata(path).map_err(|error| unread(role, path, error))?;
            Ok::<_, Fault>((metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec()))
        };
        let [certificate, key] = self.each();
        Ok([stamp(certificate)?, stamp(key)?])
    }

    fn load(&self) -> Result<Arc<ServerConfig>, Fault> {
        let [certificate, key] = self.each();
        let chain = load(certificate, pem::chain)?;
        let key = load(key, pem::key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config =
            config.map_err(|_no_byte_of_it_is_told| tls::TLS_UNSUPPORTED.hinted(tls::PROXY_TLS))?.with_no_client_auth();
        let mut config = config.with_single_cert(chain, key).map_err(|error| self.unusable(&error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Determines which file is at fault; the library's own message is dropped in any case.
    fn unusable(&self, error: &rustls::Error) -> Fault {
        let Self { certificate, key } = self;
        if let rustls::Error::InconsistentKeys(_) = error {
            let reason = tls::TLS_UNUSABLE.with(key.display()).with(tls::TLS_NO_PAIR.with(certificate.display()));
            reason.hinted(tls::KEY_OF_CERTIFICATE.with(certificate.display()))
        } else if let rustls::Error::InvalidCertificate(_) = error {
            unusable(PemRole::Certificate, certificate, tls::PEM_BAD_CERTIFICATE)
        } else {
            unusable(PemRole::Key, key, tls::PEM_BAD_KEY)
        }
    }
}

/// Returns the fault of a file that could not be read.
fn unread(role: PemRole, path: &Path, error: io::Error) -> Fault {
    let flag = match role {
        PemRole::Certificate => "--tls-cert",
        PemRole::Key => "--tls-key",
    };
    tls::TLS_UNREAD.with(path.display()).with(&error).hinted(tls::READABLE_TLS.with(flag)).caused_by(error)
}

/// Returns the fault of a file that does not hold what it should.
fn unusable(role: PemRole, path: &Path, fault: Code) -> Fault {
    let hint = match (fault, role) {
        (tls::PEM_UTF16 | tls::PEM_BOM, _) => tls::SAVE_PLAIN,
        (tls::PEM_BINARY, PemRole::Certificate) => tls::CONVERT_CERTIFICATE,
        (tls::PEM_BINARY, PemRole::Key) => tls::CONVERT_KEY,
        (tls::PEM_JOINED_LINES | tls::PEM_INDENTED | tls::PEM_DAMAGED, _) => tls::COPY_AGAIN,
        (tls::PEM_ENCRYPTED, _) => tls::DECRYPT_KEY,
        (tls::PEM_OPENSSH, _) => tls::KEY_OF_A_CERTIFICATE,
        (_, PemRole::Certificate) => tls::NAME_CERTIFICATE,
        (_, PemRole::Key) => tls::NAME_KEY,
    };
    tls::TLS_UNUSABLE.with(path.display()).with(fault).hinted(hint.with(path.display()))
}

/// Reads a file and parses it with a function of [`pem`]; its bytes are wiped afterwards.
fn load<T>((role, path): (PemRole, &PathBuf), parse: fn(&[u8]) -> Result<T, Code>) -> Result<T, Fault> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    let length = read.map_err(|error| unread(role, path, error))?;
    let parsed = if length as u64 > LONGEST { Err(tls::PEM_TOO_LONG) } else { parse(&bytes) };
    parsed.map_err(|fault| unusable(role, path, fault))
}
