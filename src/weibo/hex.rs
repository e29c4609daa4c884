//! Bytes as lower-case hex digits.

/// Returns two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    // Formatting each byte would cost more than the digest of a signature.
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
    let mut digits = String::with_capacity(2 * bytes.len());
    digits.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]));
    digits
}
