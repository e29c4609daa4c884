//! The properties of the fuzz targets (`fuzz/`), checked with proptest: arbitrary bytes, and seeds that are
//! changed, cut and joined. Each run tries a few hundred new cases; the fuzzer runs as long as wanted.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, clippy::expect_used, reason = "it is the library of the fuzzer, too")]
mod invariants;

/// Returns the files of a directory below the root, without its README.
fn seeds(directory: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut files: Vec<_> = directory.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_none_or(|extension| extension != "md"));
    files.sort();
    assert!(!files.is_empty(), "no seeds in {}", directory.display());
    files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// A change of bytes.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Cut(Index),
    Drop(Index, usize),
    Repeat(Index, usize),
}

impl Change {
    fn apply(self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        let at = |index: Index| index.index(length.max(1)).min(length);
        match self {
            Self::Set(index, byte) => bytes.iter_mut().skip(at(index)).take(1).for_each(|place| *place = byte),
            Self::Insert(index, new) => drop(bytes.splice(at(index)..at(index), new)),
            Self::Cut(index) => bytes.truncate(at(index)),
            Self::Drop(index, n) => drop(bytes.drain(at(index)..(at(index) + n).min(length))),
            Self::Repeat(index, n) => {
                let part = bytes[at(index)..(at(index) + n).min(length)].to_vec();
                drop(bytes.splice(at(index)..at(index), part));
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let interesting = prop::sample::select(b"\0\x01\x7f\x80\xff\"'\\{}[]<>:,&=%+-#. \n".to_vec());
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(index, byte)| Change::Set(index, byte)),
        (any::<Index>(), interesting).prop_map(|(index, byte)| Change::Set(index, byte)),
        (any::<Index>(), any::<String>()).prop_map(|(index, text)| Change::Insert(index, text.into_bytes())),
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), 1_usize..64).prop_map(|(index, n)| Change::Drop(index, n)),
        (any::<Index>(), 1_usize..64).prop_map(|(index, n)| Change::Repeat(index, n)),
    ]
}

/// Returns arbitrary bytes or a changed seed.
fn bytes(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let changed =
        (prop::sample::select(seeds), prop::collection::vec(change(), 0..6)).prop_map(|(mut seed, changes)| {
            for change in changes {
                change.apply(&mut seed);
            }
            seed
        });
    prop_oneof![1 => any::<Vec<u8>>(), 4 => changed]
}

proptest! {
    #[test]
    fn a_callback_is_read_and_comes_back_from_its_line(bytes in bytes(seeds("tests/fixtures/payloads"))) {
        invariants::wire(&bytes);
    }

    #[test]
    fn a_query_is_written_as_it_was_read(bytes in bytes(seeds("fuzz/seeds/query"))) {
        invariants::query(&bytes);
    }

    #[test]
    fn a_time_is_understood_as_it_was_written(bytes in bytes(seeds("fuzz/seeds/created_at"))) {
        invariants::created_at(&bytes);
    }

    #[test]
    fn only_the_right_signature_passes(bytes in bytes(seeds("fuzz/seeds/signature"))) {
        invariants::signature(&bytes);
    }

    #[test]
    fn a_file_is_known_by_its_first_bytes_alone(bytes in bytes(seeds("fuzz/seeds/sniff"))) {
        invariants::sniff(&bytes);
    }

    #[test]
    fn a_config_file_is_refused_in_words_or_can_be_shown(bytes in bytes(seeds("fuzz/seeds/config"))) {
        invariants::config(&bytes);
    }

    #[test]
    fn a_line_at_the_socket_is_written_as_it_was_understood(bytes in bytes(seeds("fuzz/seeds/socket"))) {
        invariants::socket(&bytes);
    }

    #[test]
    fn a_binding_is_refused_or_in_force(bytes in bytes(seeds("fuzz/seeds/keys"))) {
        invariants::keys(&bytes);
    }
}

proptest! {
    // Each case is decoded completely.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_picture_is_refused_or_no_larger_than_what_it_is_shown_in(bytes in bytes(seeds("fuzz/seeds/picture"))) {
        invariants::picture(&bytes);
    }

    #[test]
    fn a_voice_is_refused_or_within_limits(bytes in bytes(seeds("tests/fixtures/voice"))) {
        invariants::voice(&bytes);
    }
}
