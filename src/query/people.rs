//! Search for names of senders, notes and labels: all are compared by their folded form, names and labels also by
//! their pinyin.

use std::fmt;

use super::folding::fold;
use super::pinyin;
use super::slips::{is_homophone, is_slip_of};
use super::words;

/// A part of a name, or a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoughtName {
    /// The text as typed; `_` stands for a space.
    pub typed: String,
    /// Whether Latin letters may be pinyin.
    pub has_pinyin: bool,
}

/// Formats the text as a user would type it.
impl fmt::Display for SoughtName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl SoughtName {
    /// Returns a function that tests whether a name matches.
    pub fn matcher(&self) -> impl Fn(&str) -> bool + use<> {
        let (is_in, letters) = (part(&self.typed), self.letters());
        move |name| is_in(name) || letters.as_ref().is_some_and(|letters| pinyin::is_read_as(name, letters))
    }

    /// Returns a function that tests whether a name or label may be meant when nothing matches: it continues the
    /// typed text, differs by one letter, or sounds the same.
    pub fn guess(&self) -> impl Fn(&str) -> bool + use<> {
        let (is_in, typed, has_pinyin) = (self.matcher(), form(&self.typed), self.has_pinyin);
        move |name| {
            let name_form = form(name);
            let sounds_same = || has_pinyin && is_homophone(&name_form, &typed);
            is_in(name) || (typed.is_ascii() && typed.len() > 1 && is_slip_of(&name_form, &typed)) || sounds_same()
        }
    }

    /// Returns a function that finds the part of a note that may be meant when no note matches: a word that differs
    /// by one letter, or characters that sound the same or have this pinyin.
    pub fn guess_part(&self) -> impl Fn(&str) -> Option<String> + use<> {
        let (typed, letters, has_pinyin) = (form(&self.typed), self.letters(), self.has_pinyin);
        move |note| {
            let folded = fold(note);
            let read = letters.as_ref().and_then(|letters| words::sound_marks(note, letters).into_iter().next());
            if let Some(read) = read.and_then(|mark| note.get(mark)) {
                return Some(read.to_owned());
            }
            if typed.is_ascii() {
                let mut words = folded.split(|char: char| !char.is_alphanumeric());
                return words.find(|word| typed.len() > 1 && is_slip_of(word, &typed)).map(str::to_owned);
            }
            let chars: Vec<char> = folded.chars().collect();
            let mut windows = chars.windows(typed.chars().count().max(1)).map(String::from_iter);
            windows.find(|window: &String| has_pinyin && is_homophone(window, &typed))
        }
    }

    /// Returns the typed text in lower case if it may be pinyin.
    fn letters(&self) -> Option<String> {
        let letters = self.typed.to_ascii_lowercase();
        (self.has_pinyin && letters.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(letters)
    }
}

/// Returns a function that tests whether a name matches one of these.
pub fn any_name(names: &[SoughtName]) -> impl Fn(&str) -> bool + use<> {
    let are: Vec<_> = names.iter().map(SoughtName::matcher).collect();
    move |name| are.iter().any(|is_it| is_it(name))
}

/// Returns a function that tests whether a text contains one of these as spelled.
pub fn any_part(parts: &[SoughtName]) -> impl Fn(&str) -> bool + use<> {
    let are: Vec<_> = parts.iter().map(|sought| part(&sought.typed)).collect();
    move |text| are.iter().any(|is_in| is_in(text))
}

/// Returns a function that tests whether a text contains a part, typed with `_` for a space.
fn part(typed: &str) -> impl Fn(&str) -> bool + use<> {
    let sought = form(typed);
    move |text| form(text).contains(&sought)
}

/// Returns a function that tests whether a label is one of these.
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

    #[test]
    fn of_a_note_the_part_is_found_that_may_be_meant() {
        let note = "要发票，寄到 Xidan office";
        for (typed, has_pinyin, found) in [
            ("fapiao", true, Some("发票")),
            ("发飘", true, Some("发票")),
            ("ofice", true, Some("office")),
            ("offcie", false, Some("office")),
            ("发飘", false, None),
            ("fapiao", false, None),
            ("收据", true, None),
            ("x", true, None),
        ] {
            let sought = SoughtName { typed: typed.to_owned(), has_pinyin };
            assert_eq!(sought.guess_part()(note).as_deref(), found, "{typed}");
        }
    }
}
