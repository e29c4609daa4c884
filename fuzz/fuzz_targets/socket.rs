//! Fuzzes [`weibox_fuzz::socket`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::socket(bytes));
