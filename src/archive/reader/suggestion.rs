//! Suggests a query in place of one without results: the same query with a word that the archive has.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::archive::Error;
use crate::archive::index::{SearchPlan, SeqRange, most_frequent, similar_words};
use crate::archive::row::{COLUMNS, record};
use crate::query::folding::fold;
use crate::query::people::SoughtName;
use crate::query::{COMMAS, Query, SoughtWord, Term, Test, WordForm, slips, words};
use crate::record::Seq;

use super::Reader;
use super::people::{labels_like, names_like, note_parts_like};

/// The maximum time for a suggestion.
const PATIENCE: Duration = Duration::from_millis(300);
/// The maximum number of terms tried.
const TERMS: usize = 4;
/// The number of names or labels tried for each typed one.
const GUESSES: usize = 4;
/// The number of newest messages searched for characters with the same sound.
const HEARD: usize = 30;

impl Reader {
    /// Returns the query with one word replaced so that it finds something, for a query that finds nothing;
    /// `None` if there is no similar word, or none was found in time. A Latin word may have one typing slip, or
    /// be pinyin with one; a Chinese word may be replaced by one that sounds the same. The same holds for
    /// names, labels and notes; a name or a label may also be longer than the typed text.
    pub fn suggestion(&self, query: &Query, now: DateTime<Utc>) -> Result<Option<Query>, Error> {
        let deadline = Instant::now() + PATIENCE;
        let guessable = query.terms.iter().enumerate().filter(|(_, term)| !term.is_not && term.test.has_slips());
        for (at, term) in guessable.take(TERMS) {
            for test in self.meant(&term.test, now, deadline)? {
                let mut meant = query.clone();
                if let Some(term) = meant.terms.get_mut(at) {
                    term.test = test;
                }
                if self.finds(&meant, now)? {
                    return Ok(Some(meant));
                }
                if Instant::now() >= deadline {
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    fn finds(&self, query: &Query, now: DateTime<Utc>) -> Result<bool, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let plan = SearchPlan::new(&transaction, &self.unindexed, query, now)?;
        Ok(plan.count(SeqRange::Before(Seq::MAX >> 1), 1)? > 0)
    }

    /// Returns the tests that a test may have meant, most likely first. Of several words one is replaced.
    fn meant(&self, test: &Test, now: DateTime<Utc>, deadline: Instant) -> Result<Vec<Test>, Error> {
        let Some(words) = test.words() else { return Ok(self.people_meant(test)?) };
        let mut meant = Vec::new();
        for (at, word) in words.iter().enumerate() {
            for found in self.words_meant(word, now, deadline)? {
                let mut words = words.to_vec();
                words.splice(at..=at, [word.with(found)]);
                meant.push(Test::Words(words));
            }
        }
        Ok(meant)
    }

    /// Returns the words that may have been meant, most likely first.
    fn words_meant(&self, word: &SoughtWord, now: DateTime<Utc>, deadline: Instant) -> Result<Vec<String>, Error> {
        let SoughtWord { typed, form } = word;
        let mut meant = Vec::new();
        if *form != WordForm::Sounds {
            let transaction = self.connection.unchecked_transaction()?;
            meant.extend(similar_words(&transaction, &self.unindexed, typed, deadline)?);
            drop(transaction);
            meant.extend(self.homophones(typed, now, deadline)?);
        }
        if matches!(form, WordForm::Word | WordForm::Sounds) {
            meant.extend(slips::pinyin_like(typed));
        }
        Ok(meant)
    }

    /// Returns the tests that a test of a name, a note or labels may have meant: the most used ones that are
    /// similar.
    fn people_meant(&self, test: &Test) -> rusqlite::Result<Vec<Test>> {
        let connection = &self.connection;
        if let Test::Name(names) = test {
            one_replaced(names, Test::Name, |name| names_like(connection, name.guess()))
        } else if let Test::Note(parts) = test {
            one_replaced(parts, Test::Note, |part| note_parts_like(connection, part.guess_part()))
        } else if let Test::Label(labels) = test {
            one_replaced(labels, Test::Label, |label| labels_like(connection, label.guess()))
        } else {
            Ok(Vec::new())
        }
    }

    /// Returns words in messages that sound like a word of ideographs, most frequent first.
    fn homophones(&self, typed: &str, now: DateTime<Utc>, deadline: Instant) -> Result<Vec<String>, Error> {
        let typed = fold(typed);
        let mut n_by_word: HashMap<String, usize> = HashMap::new();
        for letters in slips::spellings(&typed) {
            if Instant::now() >= deadline {
                break;
            }
            let heard = SoughtWord { typed: letters.clone(), form: WordForm::Sounds };
            let query = Query { terms: vec![Term { is_not: false, test: Test::Words(vec![heard]) }] };
            let transaction = self.connection.unchecked_transaction()?;
            let plan = SearchPlan::new(&transaction, &self.unindexed, &query, now)?;
            let newest = SeqRange::Before(Seq::MAX >> 1);
            for record in plan.rows(COLUMNS, newest, HEARD, record)? {
                let text = &record.message.text;
                let heard = words::sound_marks(text, &letters).into_iter().filter_map(|mark| text.get(mark)).map(fold);
                for word in heard.filter(|word| slips::is_homophone(word, &typed)) {
                    *n_by_word.entry(word).or_default() += 1;
                }
            }
        }
        Ok(most_frequent(n_by_word).collect())
    }
}

/// Returns the tests with one of the values replaced by one that may have been meant. A found value is cut at a comma,
/// which would separate two.
fn one_replaced(
    values: &[SoughtName],
    test: fn(Vec<SoughtName>) -> Test,
    meant: impl Fn(&SoughtName) -> rusqlite::Result<Vec<String>>,
) -> rusqlite::Result<Vec<Test>> {
    let mut tests = Vec::new();
    for (at, value) in values.iter().enumerate() {
        for found in meant(value)?.iter().take(GUESSES) {
            let Some(found) = found.split(COMMAS).map(str::trim).find(|part| !part.is_empty()) else { continue };
            let mut values = values.to_vec();
            values.splice(at..=at, [SoughtName { typed: found.replace(' ', "_"), ..value.clone() }]);
            tests.push(test(values));
        }
    }
    Ok(tests)
}
