//! Reads the PEM files of TLS and diagnoses those that cannot be used.
//!
//! A private key must never be repeated. Errors of libraries quote the line that they could not read, so none of
//! them leaves this file. Faults are reported as codes, which hold no byte of a file.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::reason::{Code, tls};

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// The purpose for which a file is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PemRole {
    /// The certificate chain.
    Certificate,
    /// The private key.
    Key,
}

/// Reads the certificates of a chain, the server's own first.
pub(super) fn chain(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, Code> {
    check_encoding(bytes)?;
    match CertificateDer::pem_slice_iter(bytes).collect::<Result<Vec<_>, _>>() {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        // The error quotes the file.
        Ok(_) | Err(_) => Err(fault(bytes, PemRole::Certificate)),
    }
}

/// Reads the first private key.
pub(super) fn key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, Code> {
    check_encoding(bytes)?;
    // The error quotes the file.
    PrivateKeyDer::from_pem_slice(bytes).map_err(|_quotes_the_key| fault(bytes, PemRole::Key))
}

/// Refuses encodings that would hide the first section, which is the key or the server's own certificate.
fn check_encoding(bytes: &[u8]) -> Result<(), Code> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Err(tls::PEM_BOM),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'-', 0, ..] | [0, b'-', ..] => Err(tls::PEM_UTF16),
        _ if bytes.trim_ascii().is_empty() => Err(tls::PEM_EMPTY),
        _ => Ok(()),
    }
}

/// Returns the most likely reason why a file could not be read.
fn fault(bytes: &[u8], role: PemRole) -> Code {
    let begins: Vec<usize> = find(bytes, BEGIN).collect();
    if begins.is_empty() {
        return if is_text(bytes) { tls::PEM_NONE } else { tls::PEM_BINARY };
    }
    if role == PemRole::Key && find(bytes, b"ENCRYPTED").next().is_some() {
        return tls::PEM_ENCRYPTED;
    }
    if let Some(fault) = begins.iter().find_map(|begin| layout_fault(bytes, *begin)) {
        return fault;
    }
    let labels: Vec<&[u8]> = begins.iter().filter_map(|begin| label(bytes, *begin)).collect();
    let has = |label: &[u8]| labels.contains(&label);
    let has_key = has(b"PRIVATE KEY") || has(b"RSA PRIVATE KEY") || has(b"EC PRIVATE KEY");
    let has_certificate = has(b"CERTIFICATE");
    match role {
        PemRole::Certificate if has_certificate => tls::PEM_DAMAGED,
        PemRole::Certificate if has_key => tls::PEM_KEY_FOR_CERTIFICATE,
        PemRole::Certificate if has(b"CERTIFICATE REQUEST") || has(b"NEW CERTIFICATE REQUEST") => tls::PEM_REQUEST,
        PemRole::Certificate => tls::PEM_NO_CERTIFICATE,
        PemRole::Key if has_key => tls::PEM_DAMAGED,
        PemRole::Key if has(b"OPENSSH PRIVATE KEY") => tls::PEM_OPENSSH,
        PemRole::Key if has_certificate => tls::PEM_CERTIFICATE_FOR_KEY,
        PemRole::Key if has(b"PUBLIC KEY") => tls::PEM_PUBLIC_KEY,
        PemRole::Key => tls::PEM_NO_KEY,
    }
}

/// Returns the fault of the line that begins a section; it must hold nothing else.
fn layout_fault(bytes: &[u8], begin: usize) -> Option<Code> {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let (before, rest) = bytes.split_at_checked(begin)?;
    let before = before.rsplit(is_break).next().unwrap_or_default();
    let line = rest.split(is_break).next().unwrap_or_default().trim_ascii_end();
    let is_alone = find(line, DASHES).count() == 2 && line.ends_with(DASHES);
    match before {
        _ if !is_alone => Some(tls::PEM_JOINED_LINES),
        [] => None,
        _ if before.trim_ascii().is_empty() => Some(tls::PEM_INDENTED),
        _ => Some(tls::PEM_JOINED_LINES),
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
