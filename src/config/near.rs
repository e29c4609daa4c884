//! Finds the known word that was probably meant.

/// Returns the known word that is nearest to `word`, if it is near enough to be a slip.
pub(crate) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // One slip, and one more for every four letters; beyond that it is another word.
    let slips = 1 + word.chars().count() / 4;
    let nearest = known.iter().min_by_key(|known| distance(word, known))?;
    (distance(word, nearest) <= slips).then_some(*nearest)
}

/// Returns how many letters have to be added, dropped or changed to get from one word to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut next = vec![above + 1];
        for ((costs, other), left) in row.windows(2).zip(to.chars()).zip(1..) {
            let &[diagonal, up] = costs else { continue };
            let before = next.get(left - 1).copied().unwrap_or(up);
            next.push((diagonal + usize::from(letter != other)).min(up + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted_in_letters() {
        for (from, to, slips) in [("", "", 0), ("listen", "listen", 0), ("lisen", "listen", 1), ("路径", "path", 4)] {
            assert_eq!(distance(from, to), slips, "{from} {to}");
        }
    }

    #[test]
    fn what_is_too_far_off_is_another_word() {
        assert_eq!(near("shp", &["news", "shop"]), Some("shop"));
        assert_eq!(near("kiosk", &["news", "shop"]), None);
        assert_eq!(near("shop", &[]), None);
    }
}
