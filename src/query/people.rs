//! How a sender's name, a note and a label are looked for: by what they fold to, and a name by its pinyin as well.

use super::folding::fold;
use super::pinyin;

/// A part of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoughtName {
    /// As it was typed; `_` stands for a space.
    pub typed: String,
    /// Whether Latin letters may be pinyin.
    pub has_pinyin: bool,
}

impl SoughtName {
    /// What tells whether a name is meant.
    pub fn matcher(&self) -> impl Fn(&str) -> bool + use<> {
        let is_in = part(&self.typed);
        let letters = self.typed.to_ascii_lowercase();
        let is_pinyin = self.has_pinyin && letters.bytes().all(|byte| byte.is_ascii_lowercase());
        move |name| is_in(name) || (is_pinyin && pinyin::is_read_as(name, &letters))
    }
}

/// What tells whether a text has a part, which is typed with `_` for a space.
pub fn part(typed: &str) -> impl Fn(&str) -> bool + use<> {
    let sought = form(typed);
    move |text| form(text).contains(&sought)
}

/// What tells whether a label is one of these.
pub fn one_of(labels: &[String]) -> impl Fn(&str) -> bool + use<> {
    let sought: Vec<String> = labels.iter().map(|label| form(label)).collect();
    move |label| sought.contains(&form(label))
}

fn form(text: &str) -> String {
    fold(text).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_a_part_and_by_its_pinyin_unless_that_is_off() {
        let name = |typed: &str, has_pinyin| SoughtName { typed: typed.to_owned(), has_pinyin }.matcher();
        for (typed, found, is_found) in [
            ("橙", "小橙子", true),
            ("橙汁", "小橙子", false),
            ("chengzi", "小橙子", true),
            ("cz", "小橙子", true),
            ("wang", "老王", true),
            ("WANG", "Mr wang", true),
            ("mr_w", "Mr wang", true),
            ("無印", "无印良品", true),
        ] {
            assert_eq!(name(typed, true)(found), is_found, "{typed} in {found}");
        }
        assert!(!name("chengzi", false)("小橙子"));
        let labels = one_of(&["退款".to_owned(), "VIP".to_owned()]);
        assert!(labels("退款") && labels("vip") && labels("ＶＩＰ") && !labels("退"));
    }
}
