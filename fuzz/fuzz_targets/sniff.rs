//! Fuzzes [`weibox_fuzz::sniff`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::sniff(bytes));
