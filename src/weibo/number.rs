//! Parsing of whole numbers in any notation, digit by digit, without floating point.

/// Parses an unsigned JSON number that is whole and fits 64 bits: `2489518277`, `2489518277.0` and `2.489518277E9`
/// are equal. Leading zeros are allowed.
pub fn whole(text: &str) -> Option<u64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, self::exponent(exponent)?),
        None => (text, 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(before) || !is_digits(after) {
        return None;
    }
    // The exponent moves the point: digits before it count, digits after it must be zeros.
    let mut n_whole = i64::try_from(before.len()).ok()?.checked_add(exponent)?;
    let mut number: u64 = 0;
    for digit in before.bytes().chain(after.bytes()).map(|byte| u64::from(byte - b'0')) {
        if n_whole > 0 {
            number = number.checked_mul(10)?.checked_add(digit)?;
        } else if digit != 0 {
            return None;
        }
        n_whole -= 1;
    }
    if number == 0 { Some(0) } else { number.checked_mul(10_u64.checked_pow(u32::try_from(n_whole.max(0)).ok()?)?) }
}

/// Parses the digits after `E`; `None` for an exponent that no 64-bit number can have.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_exact_in_every_spelling_and_nothing_else_is_one() {
        for (text, expected) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("2489518277", Some(2_489_518_277)),
            ("2489518277.0", Some(2_489_518_277)),
            ("2.489518277E9", Some(2_489_518_277)),
            ("2.4895182770e+9", Some(2_489_518_277)),
            ("24895182770e-1", Some(2_489_518_277)),
            ("5.326071353316787E15", Some(5_326_071_353_316_787)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("9.007199254740993e15", Some(9_007_199_254_740_993)),
            ("1.8446744073709551615E19", Some(u64::MAX)),
            ("1.8446744073709551616E19", None),
            ("0e99999999999", Some(0)),
            ("1e20", None),
            ("1e999999999999999999", None),
            ("1e99999999999999999999", None),
            ("1.5", None),
            ("2.489518277E8", None),
            ("15e-1", None),
            ("1e-999999999", None),
            ("-1", None),
            ("+1", None),
            ("1.", None),
            (".5", None),
            ("1e", None),
            ("1e+", None),
            ("0x10", None),
            ("1 ", None),
            ("", None),
        ] {
            assert_eq!(whole(text), expected, "{text}");
        }
    }
}
