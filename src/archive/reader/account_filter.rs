//! Selects media by account: the part of the download queue that one account's token fetches.

/// A set of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AccountFilter {
    /// All accounts.
    #[default]
    All,
    /// One account.
    Of(String),
    /// All accounts but these.
    NotOf(Vec<String>),
}

impl AccountFilter {
    /// Returns the accounts served with the token of the account at `index`. The first account also serves media
    /// of no configured account, such as those received before there were several.
    pub fn of_several(names: &[String], index: usize) -> Self {
        match (names, index) {
            ([_only], _) => Self::All,
            ([_first, others @ ..], 0) => Self::NotOf(others.to_vec()),
            (names, index) => Self::Of(names.get(index).cloned().unwrap_or_default()),
        }
    }

    /// Returns the SQL condition for a table with accounts, as `AND …`.
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
