//! Which key triggers which action: the keys of the action table, and those that the user bound in their place.

use super::action::{self, Action};
use super::key::{Key, UnknownKey};
use crate::reason::{Reason, config};

/// Keys and their actions, in the order of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<(Action, Key)>,
}

/// Why a binding is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misbound {
    /// There is no such action.
    Action {
        /// The name as written.
        name: String,
    },
    /// There is no such key.
    Key(UnknownKey),
    /// Two actions claim the same key.
    Twice {
        /// The key.
        key: Key,
        /// The action that was bound first.
        first: &'static str,
        /// The action that was bound second.
        second: &'static str,
    },
}

impl Misbound {
    /// Returns the reason, for users.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Action { name } => config::NO_ACTION.with(name),
            Self::Key(unknown) => unknown.reason(),
            Self::Twice { key, first, second } => {
                config::KEY_BOUND_TWICE.with(key.to_string()).with(*first).with(*second)
            }
        }
    }
}

impl Default for Keymap {
    fn default() -> Self {
        let bindings = action::TABLE.iter().flat_map(|row| row.keys.iter().map(|key| (row.action, *key))).collect();
        Self { bindings }
    }
}

impl Keymap {
    /// Binds keys to an action in place of its own; an action that has one of them by default loses it.
    ///
    /// `bound` holds the actions that were bound before and keep their keys.
    ///
    /// # Errors
    ///
    /// [`Misbound`]; the keymap is then unchanged.
    pub fn bind(&mut self, name: &str, keys: &[String], bound: &mut Vec<Action>) -> Result<(), Misbound> {
        let row = action::TABLE.iter().find(|row| row.name == name);
        let row = row.ok_or_else(|| Misbound::Action { name: name.to_owned() })?;
        let keys = keys.iter().map(|key| key.parse::<Key>()).collect::<Result<Vec<_>, _>>().map_err(Misbound::Key)?;
        let taken = self.bindings.iter().find(|(owner, key)| bound.contains(owner) && keys.contains(key));
        if let Some((owner, key)) = taken {
            let first = action::row_of(*owner).name;
            return Err(Misbound::Twice { key: *key, first, second: row.name });
        }
        self.bindings.retain(|(owner, key)| *owner != row.action && !keys.contains(key));
        self.bindings.extend(keys.into_iter().map(|key| (row.action, key)));
        bound.push(row.action);
        Ok(())
    }

    /// Returns the action of a key. Full-width forms, which an input method sends, count as their ASCII twins.
    pub fn action(&self, key: Key) -> Option<Action> {
        let key = key.folded();
        self.bindings.iter().find(|(_, bound)| *bound == key).map(|(action, _)| *action)
    }

    /// Returns the keys of an action, the quickest first; none if the user removed them all.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Key> {
        self.bindings.iter().filter(move |(owner, _)| *owner == action).map(|(_, key)| *key)
    }

    /// Returns the keys of an action as text: `j ↓`.
    pub fn text(&self, action: Action) -> String {
        self.keys(action).map(|key| key.to_string()).collect::<Vec<_>>().join(" ")
    }

    /// Returns the first key of an action as text, or its name in the palette if it has no key.
    pub fn first(&self, action: Action) -> String {
        self.keys(action).next().map_or_else(|| format!(": {}", action::row_of(action).name), |key| key.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_key_given_to_another_action_leaves_the_first() {
        let mut keymap = Keymap::default();
        let mut bound = Vec::new();
        keymap.bind("download", &keys(&["x", "j"]), &mut bound).unwrap();
        assert_eq!(keymap.action(Key::char('x')), Some(Action::Download));
        assert_eq!(keymap.action(Key::char('j')), Some(Action::Download));
        assert_eq!(keymap.action(Key::char('d')), None);
        assert_eq!(keymap.text(Action::Down), "↓");
        assert_eq!(keymap.action(Key::char('ｘ')), Some(Action::Download));
    }

    #[test]
    fn a_bad_binding_changes_nothing_and_says_why() {
        let mut keymap = Keymap::default();
        let mut bound = Vec::new();
        keymap.bind("download", &keys(&["x"]), &mut bound).unwrap();
        let before = keymap.clone();
        for (name, key, reason) in [
            ("downlod", "x", "`downlod` is no action"),
            ("copy", "ctlr-y", "`ctlr-y` is no key"),
            ("copy", "x", "`x` is bound to `download` and to `copy`"),
        ] {
            let error = keymap.bind(name, &keys(&[key]), &mut bound).unwrap_err().reason().to_string();
            assert!(error.starts_with(reason), "{error}");
        }
        assert_eq!(keymap, before);
    }

    #[test]
    fn an_action_without_keys_is_named_for_the_palette() {
        let mut keymap = Keymap::default();
        keymap.bind("copy", &[], &mut Vec::new()).unwrap();
        assert_eq!(keymap.first(Action::Copy), ": copy");
    }
}
