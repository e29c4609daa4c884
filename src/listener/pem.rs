//! Reads the PEM files of TLS and diagnoses those that cannot be used.
//!
//! A private key must never be repeated. Errors of libraries quote the line that they could not read, so none of
//! them leaves this file. Faults are reported as [`PemFault`], which holds no byte of a file.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::reason::{Code, tls};

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// The purpose for which a file is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PemRole {
    /// The certificate chain.
    Certificate,
    /// The private key.
    Key,
}

/// The fault of a PEM file, without any of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PemFault {
    /// The file has only white space.
    Empty,
    /// The file is longer than any chain.
    TooLong,
    /// The file is UTF-16, as Windows writes text.
    Utf16,
    /// A byte order mark before the first line hides that line.
    Bom,
    /// The file is DER or a format based on it.
    Binary,
    /// No line begins a section.
    NoPem,
    /// Lines were joined by copying.
    JoinedLines,
    /// Lines are indented, as if copied from another file.
    IndentedLines,
    /// A section has no end, or something in it is not base64.
    Damaged,
    /// The key is encrypted, and nobody can type its passphrase.
    Encrypted,
    /// A certificate is configured as the key.
    CertificateForKey,
    /// A key is configured as the certificate.
    KeyForCertificate,
    /// The file is a certificate request, which belongs to the authority.
    Request,
    /// The file has a public key instead of the private one.
    PublicKey,
    /// The key is in the format of `ssh-keygen`.
    OpenSsh,
    /// The file has no section with a certificate.
    NoCertificate,
    /// The file has no section with a key.
    NoKey,
    /// The PEM is valid, but the certificate in it is not.
    BadCertificate,
    /// The PEM is valid, but the key in it is not.
    BadKey,
}

impl PemFault {
    /// Returns the reason code for this fault.
    pub const fn code(self) -> Code {
        match self {
            Self::Empty => tls::PEM_EMPTY,
            Self::TooLong => tls::PEM_TOO_LONG,
            Self::Utf16 => tls::PEM_UTF16,
            Self::Bom => tls::PEM_BOM,
            Self::Binary => tls::PEM_BINARY,
            Self::NoPem => tls::PEM_NONE,
            Self::JoinedLines => tls::PEM_JOINED_LINES,
            Self::IndentedLines => tls::PEM_INDENTED,
            Self::Damaged => tls::PEM_DAMAGED,
            Self::Encrypted => tls::PEM_ENCRYPTED,
            Self::CertificateForKey => tls::PEM_CERTIFICATE_FOR_KEY,
            Self::KeyForCertificate => tls::PEM_KEY_FOR_CERTIFICATE,
            Self::Request => tls::PEM_REQUEST,
            Self::PublicKey => tls::PEM_PUBLIC_KEY,
            Self::OpenSsh => tls::PEM_OPENSSH,
            Self::NoCertificate => tls::PEM_NO_CERTIFICATE,
            Self::NoKey => tls::PEM_NO_KEY,
            Self::BadCertificate => tls::PEM_BAD_CERTIFICATE,
            Self::BadKey => tls::PEM_BAD_KEY,
        }
    }
}

/// Reads the certificates of a chain, the server's own first.
pub(super) fn chain(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemFault> {
    check_encoding(bytes)?;
    match CertificateDer::pem_slice_iter(bytes).collect::<Result<Vec<_>, _>>() {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        // The error quotes the file.
        Ok(_) | Err(_) => Err(fault(bytes, PemRole::Certificate)),
    }
}

/// Reads the first private key.
pub(super) fn key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, PemFault> {
    check_encoding(bytes)?;
    // The error quotes the file.
    PrivateKeyDer::from_pem_slice(bytes).map_err(|_quotes_the_key| fault(bytes, PemRole::Key))
}

/// Refuses encodings that would hide the first section, which is the key or the server's own certificate.
fn check_encoding(bytes: &[u8]) -> Result<(), PemFault> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Err(PemFault::Bom),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'-', 0, ..] | [0, b'-', ..] => Err(PemFault::Utf16),
        _ if bytes.trim_ascii().is_empty() => Err(PemFault::Empty),
        _ => Ok(()),
    }
}

/// Returns the most likely reason why a file could not be read.
fn fault(bytes: &[u8], role: PemRole) -> PemFault {
    let begins: Vec<usize> = find(bytes, BEGIN).collect();
    if begins.is_empty() {
        return if is_text(bytes) { PemFault::NoPem } else { PemFault::Binary };
    }
    if role == PemRole::Key && find(bytes, b"ENCRYPTED").next().is_some() {
        return PemFault::Encrypted;
    }
    if let Some(fault) = begins.iter().find_map(|begin| layout_fault(bytes, *begin)) {
        return fault;
    }
    let labels: Vec<&[u8]> = begins.iter().filter_map(|begin| label(bytes, *begin)).collect();
    let has = |label: &[u8]| labels.contains(&label);
    let has_key = has(b"PRIVATE KEY") || has(b"RSA PRIVATE KEY") || has(b"EC PRIVATE KEY");
    let has_certificate = has(b"CERTIFICATE");
    match role {
        PemRole::Certificate if has_certificate => PemFault::Damaged,
        PemRole::Certificate if has_key => PemFault::KeyForCertificate,
        PemRole::Certificate if has(b"CERTIFICATE REQUEST") || has(b"NEW CERTIFICATE REQUEST") => PemFault::Request,
        PemRole::Certificate => PemFault::NoCertificate,
        PemRole::Key if has_key => PemFault::Damaged,
        PemRole::Key if has(b"OPENSSH PRIVATE KEY") => PemFault::OpenSsh,
        PemRole::Key if has_certificate => PemFault::CertificateForKey,
        PemRole::Key if has(b"PUBLIC KEY") => PemFault::PublicKey,
        PemRole::Key => PemFault::NoKey,
    }
}

/// Returns the fault of the line that begins a section; it must hold nothing else.
fn layout_fault(bytes: &[u8], begin: usize) -> Option<PemFault> {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let (before, rest) = bytes.split_at_checked(begin)?;
    let before = before.rsplit(is_break).next().unwrap_or_default();
    let line = rest.split(is_break).next().unwrap_or_default().trim_ascii_end();
    let is_alone = find(line, DASHES).count() == 2 && line.ends_with(DASHES);
    match before {
        _ if !is_alone => Some(PemFault::JoinedLines),
        [] => None,
        _ if before.trim_ascii().is_empty() => Some(PemFault::IndentedLines),
        _ => Some(PemFault::JoinedLines),
    }
}

/// Returns the label of a section.
fn label(bytes: &[u8], begin: usize) -> Option<&[u8]> {
    let rest = bytes.get(begin + BEGIN.len()..)?;
    rest.get(..find(rest, DASHES).next()?)
}

/// Finds all positions of a byte string in another, without overlaps.
fn find<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + bytes.get(from..)?.windows(wanted.len()).position(|window| window == wanted)?;
        from = at + wanted.len();
        Some(at)
    })
}

fn is_text(bytes: &[u8]) -> bool {
    let is_control = |char: char| char.is_control() && !char.is_ascii_whitespace();
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(is_control))
}
