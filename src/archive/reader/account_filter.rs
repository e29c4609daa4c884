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
    /// The condition on rows of `media`, as `AND …`.
    pub(super) fn condition(&self) -> String {
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
