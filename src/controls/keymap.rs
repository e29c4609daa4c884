//! Which key asks for what: the keys of the action table, and those that the user gave to actions instead.

use super::action::{self, Action};
use super::key::{Key, UnknownKey};
use crate::reason::{Reason, config};

/// Keys and the actions they ask for, in the order of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<(Action, Key)>,
}

/// Why a binding is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misbound {
    /// There is no such action.
    Action {
        /// What was written.
        name: String,
    },
    /// There is no such key.
    Key(UnknownKey),
    /// Two actions want it.
    Twice {
        /// Which key.
        key: Key,
        /// The action above.
        first: &'static str,
        /// The action below.
        second: &'static str,
    },
}

impl Misbound {
    /// Why, for people.
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
    /// Gives an action these keys in place of its own; an action that had one of them by the table loses it.
    ///
    /// `bound` holds the actions that were given keys before and keep them.
    ///
    /// # Errors
    ///
    /// [`Misbound`]; the keymap is then as it was.
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

    /// What a key asks for. Full-width forms, which an input method sends, count as their ASCII twins.
    pub fn action(&self, key: Key) -> Option<Action> {
        let key = key.folded();
        self.bindings.iter().find(|(_, bound)| *bound == key).map(|(action, _)| *action)
    }

    /// The keys of an action, the shortest way first; none when the user took them all away.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Key> {
        self.bindings.iter().filter(move |(owner, _)| *owner == action).map(|(_, key)| *key)
    }

    /// The keys of an action for people: `j ↓`.
    pub fn text(&self, action: Action) -> String {
        self.keys(action).map(|key| key.to_string()).collect::<Vec<_>>().join(" ")
    }

    /// The first key of an action for people; its name when it has no key.
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
