//! Fuzzes [`weibox_fuzz::query`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::query(bytes));
