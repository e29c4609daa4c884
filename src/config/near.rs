//! Finds the known word that was probably meant.

use strsim::levenshtein;

/// Returns the known word that is nearest to `word`, if it is near enough to be a slip.
pub(crate) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // One slip, and one more for every four letters; beyond that it is another word.
    let slips = 1 + word.chars().count() / 4;
    let nearest = known.iter().min_by_key(|known| levenshtein(word, known))?;
    (levenshtein(word, nearest) <= slips).then_some(*nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_far_off_is_another_word() {
        assert_eq!(near("shp", &["news", "shop"]), Some("shop"));
        assert_eq!(near("kiosk", &["news", "shop"]), None);
        assert_eq!(near("路", &["路径", "news"]), Some("路径"), "a letter may have several bytes");
        assert_eq!(near("shop", &[]), None);
    }
}
