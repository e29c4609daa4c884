//! Which accounts' media: the part of the download queue that one account's token fetches.

/// The accounts whose media are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AccountFilter {
    /// Everyone's.
    #[default]
    All,
    /// One account's.
    Of(String),
    /// Everyone's but these accounts'.
    NotOf(Vec<String>),
}

impl AccountFilter {
    /// What is done with the token of one of several accounts: its own, and the first one's what belongs to none of them, such
    /// as what came before there were several.
    pub fn of_several(names: &[String], index: usize) -> Self {
        match (names, index) {
            ([_only], _) => Self::All,
            ([_first, others @ ..], 0) => Self::NotOf(others.to_vec()),
            (names, index) => Self::Of(names.get(index).cloned().unwrap_or_default()),
        }
    }

    /// The condition on rows of a table with accounts, as `AND …`.
    pub(in crate::archive) fn condition(&self) -> String {
        let quoted = |name: &String| format!("'{}'", name.replace('\'', "''"));
        match self {
            Self::All => String::new(),
            Self::Of(name) => format!("AND account = {}", quoted(name)),
            Self::NotOf(names) => {
                format!("AND account NOT IN ({})", names.iter().map(quoted).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_nobody_is_the_first_ones() {
        let names = ["news", "shop"].map(str::to_owned);
        assert_eq!(AccountFilter::of_several(&names, 0), AccountFilter::NotOf(vec!["shop".to_owned()]));
        assert_eq!(AccountFilter::of_several(&names, 1), AccountFilter::Of("shop".to_owned()));
        assert_eq!(AccountFilter::of_several(&[String::new()], 0), AccountFilter::All);
    }
}
