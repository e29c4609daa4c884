//! How a sender's name, a note and a label are looked for: by what they fold to, and names and labels by their pinyin as well.

use super::folding::fold;
use super::pinyin;
use super::slips::{is_homophone, is_slip_of};

/// A part of a name, or a label.
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
        let (is_in, letters) = (part(&self.typed), self.letters());
        move |name| is_in(name) || letters.as_ref().is_some_and(|letters| pinyin::is_read_as(name, letters))
    }

    /// What tells whether a name may be meant where none is found, or a label: it goes on, or one letter slipped, or it sounds
    /// the same.
    pub fn guess(&self) -> impl Fn(&str) -> bool + use<> {
        let (is_in, typed, has_pinyin) = (self.matcher(), form(&self.typed), self.has_pinyin);
        move |name| {
            let name_form = form(name);
            let sounds_same = || has_pinyin && is_homophone(&name_form, &typed);
            is_in(name) || (typed.is_ascii() && typed.len() > 1 && is_slip_of(&name_form, &typed)) || sounds_same()
        }
    }

    /// What may be pinyin.
    fn letters(&self) -> Option<String> {
        let letters = self.typed.to_ascii_lowercase();
        (self.has_pinyin && letters.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(letters)
    }
}

/// What tells whether a text has a part, which is typed with `_` for a space.
pub fn part(typed: &str) -> impl Fn(&str) -> bool + use<> {
    let sought = form(typed);
    move |text| form(text).contains(&sought)
}

/// What tells whether a label is one of these.
pub fn one_of(labels: &[SoughtName]) -> impl Fn(&str) -> bool + use<> {
    let sought: Vec<_> = labels.iter().map(|label| (form(&label.typed), label.letters())).collect();
    move |label| {
        let label_form = form(label);
        let is_read =
            |letters: &Option<String>| letters.as_ref().is_some_and(|letters| pinyin::is_all_read_as(label, letters));
        sought.iter().any(|(typed, letters)| *typed == label_form || is_read(letters))
    }
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
        let labels = |typed: &[&str], has_pinyin| {
            let sought = |typed: &&str| SoughtName { typed: (*typed).to_owned(), has_pinyin };
            one_of(&typed.iter().map(sought).collect::<Vec<_>>())
        };
        let both = labels(&["退款", "VIP"], true);
        assert!(both("退款") && both("退款") && both("vip") && both("ＶＩＰ") && !both("退"));
        let read = labels(&["tuikuan", "tk"], true);
        assert!(read("退款") && read("TK") && !read("要退款") && !read("退款单") && !read("退"));
        assert!(!labels(&["tuikuan", "tk"], false)("退款"));
        let guess = |typed: &str, has_pinyin| SoughtName { typed: typed.to_owned(), has_pinyin }.guess();
        assert!(guess("退", true)("退款") && guess("tui", true)("退款") && guess("腿款", true)("退款"));
        assert!(guess("VPI", true)("VIP") && !guess("退单", true)("退款") && !guess("腿款", false)("退款"));
        assert!(!guess("退", true)("急") && !guess("tui", false)("退款"));
    }
}
