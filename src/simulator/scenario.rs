//! Scenario files: messages as the bytes that Weibo would send. Placeholders are replaced as text and nothing
//! is parsed, so that the bytes do not depend on what weibox understands.

use serde::Deserialize;

use super::media;
use crate::reason::{Reason, start};
use crate::weibo::UserId;

/// TABLE: the built-in scenarios.
const FILES: &[(&str, &str)] = &[
    ("every-kind", include_str!("../../assets/scenarios/every-kind.toml")),
    ("demo", include_str!("../../assets/scenarios/demo.toml")),
    ("hostile", include_str!("../../assets/scenarios/hostile.toml")),
    ("repeats", include_str!("../../assets/scenarios/repeats.toml")),
    ("faults", include_str!("../../assets/scenarios/faults.toml")),
    ("load", include_str!("../../assets/scenarios/load.toml")),
];

/// A sequence of messages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its purpose, in a sentence.
    pub description: String,
    /// Number of senders; 0 means that every message has a sender of its own.
    #[serde(default)]
    pub senders: u64,
    /// Verified account that receives the messages.
    #[serde(skip, default = "documented")]
    pub receiver: UserId,
    /// The messages.
    #[serde(rename = "message")]
    pub messages: Vec<ScenarioMessage>,
}

/// One message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioMessage {
    /// The body, with placeholders `${n}`, `${sender}`, `${receiver}`, `${created_at}`, `${fid}`, `${vfid}`.
    #[serde(default)]
    body: String,
    /// The body in hex, for what TOML cannot hold; no placeholders.
    #[serde(default)]
    body_hex: String,
    /// A second message with the same `created_at`.
    #[serde(default)]
    twin: String,
    /// How it is signed.
    #[serde(default)]
    pub signature: Signature,
    /// Number of deliveries; 0 counts as 1.
    #[serde(default)]
    pub times: u32,
    /// The file or fault behind its file id: a name in [`media::SLOTS`].
    #[serde(default)]
    pub medium: String,
    /// Pause before it in seconds, which replaces the rate; only in the first pass through the scenario.
    #[serde(default)]
    pub pause: Option<f64>,
    /// Its age in minutes, by which `${created_at}` is set back.
    #[serde(default)]
    pub age: i64,
}

/// How a message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// Signed with the app secret.
    #[default]
    Right,
    /// Signed with another secret.
    Wrong,
    /// Not signed.
    Missing,
}

/// The values of placeholders.
#[derive(Debug, Clone)]
pub struct Fill {
    /// Number of the message in the run.
    pub number: u64,
    /// Added to ids, so that those of two runs differ.
    pub base: u64,
    /// The time at which it was sent, as Weibo writes it.
    pub created_at: String,
    /// The same as [`Scenario::senders`].
    pub senders: u64,
    /// The same as [`Scenario::receiver`].
    pub receiver: UserId,
}

/// Returns the verified account in the samples of Weibo's documentation.
const fn documented() -> UserId {
    UserId(1_902_538_057)
}

/// The id of the first sender; ids have ten digits today.
const SENDER: u64 = 2_000_000_000;

impl Scenario {
    /// Returns the scenario with this name.
    ///
    /// # Errors
    ///
    /// When there is none; lists the names.
    pub fn named(name: &str) -> Result<Self, Reason> {
        let (_, text) = FILES.iter().find(|(known, _)| *known == name).ok_or_else(|| {
            let known = Self::names().collect::<Vec<_>>().join(", ");
            start::NO_SCENARIO.with(name).with(known)
        })?;
        toml::from_str(text).map_err(|error| start::WRONG_SCENARIO.with(name).with(error.to_string()))
    }

    /// Returns the names of all scenarios.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(name, _)| *name)
    }
}

impl ScenarioMessage {
    /// Returns the bodies to send: one, or two if it has a twin.
    pub fn bodies(&self, fill: &Fill) -> Vec<Vec<u8>> {
        if !self.body_hex.is_empty() {
            return vec![unhex(&self.body_hex)];
        }
        let twin = (!self.twin.is_empty()).then_some(&self.twin);
        std::iter::once(&self.body).chain(twin).map(|body| self.fill(body, fill).into_bytes()).collect()
    }

    /// Returns the status with which a correct listener answers.
    pub const fn expect(&self) -> u16 {
        match self.signature {
            Signature::Right => 200,
            Signature::Wrong | Signature::Missing => 403,
        }
    }

    fn fill(&self, body: &str, fill: &Fill) -> String {
        let sender = match fill.senders {
            // Ids of two runs in one second differ by the base.
            0 => SENDER + fill.base % 1_000_000 * 1_000 + fill.number,
            pool => SENDER + 489_518_277 + fill.number.wrapping_mul(7919) % pool * 104_729,
        };
        let fid = media::fid(fill.base, fill.number, &self.medium);
        [
            ("${n}", fill.number.to_string()),
            ("${sender}", sender.to_string()),
            ("${receiver}", fill.receiver.to_string()),
            ("${created_at}", fill.created_at.clone()),
            ("${fid}", fid.to_string()),
            ("${vfid}", (fid - 1).to_string()),
        ]
        .iter()
        .fold(body.trim().to_owned(), |body, (name, value)| body.replace(name, value))
    }
}

/// Decodes hex digits, and ignores all other characters.
fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|char| char.to_digit(16)?.try_into().ok()).collect();
    digits.chunks_exact(2).filter_map(|pair| Some(pair.first()? << 4 | pair.last()?)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::weibo::identity::identity;
    use crate::weibo::{Kind, wire};

    const NOON: &str = "Mon Jul 16 12:00:00 +0800 2012";

    fn bodies(name: &str, rounds: u64) -> Vec<Vec<u8>> {
        let scenario = Scenario::named(name).unwrap();
        let n_messages = scenario.messages.len() as u64;
        let each = |number: u64| {
            let Scenario { senders, receiver, .. } = scenario;
            let fill = Fill { number, base: 1_795_000_000_123, created_at: NOON.to_owned(), senders, receiver };
            scenario.messages[usize::try_from(number % n_messages).unwrap()].bodies(&fill)
        };
        (0..n_messages * rounds).flat_map(each).collect()
    }

    #[test]
    fn every_scenario_can_be_read_and_its_placeholders_are_known() {
        for name in Scenario::names() {
            for body in bodies(name, 1) {
                assert!(!String::from_utf8_lossy(&body).contains("${"), "{name}");
            }
            for message in Scenario::named(name).unwrap().messages {
                let is_known = message.medium.is_empty() || media::SLOTS.iter().any(|slot| slot.name == message.medium);
                assert!(is_known, "{name}: {}", message.medium);
            }
        }
    }

    #[test]
    fn every_kind_holds_every_kind() {
        let kinds: HashSet<Kind> = bodies("every-kind", 1).iter().map(|body| wire::parse(body).kind()).collect();
        assert_eq!(kinds.len(), Kind::ALL.len() - 1, "{kinds:?}");
        assert!(!kinds.contains(&Kind::Unreadable));
    }

    #[test]
    fn a_fast_run_has_no_accidental_repeats() {
        for name in ["every-kind", "load"] {
            let all = bodies(name, 300);
            let identities: HashSet<_> = all.iter().map(|body| identity(&wire::parse(body), body)).collect();
            assert_eq!(identities.len(), all.len(), "{name}");
        }
    }
}
