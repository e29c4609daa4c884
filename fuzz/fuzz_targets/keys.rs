//! Fuzzes [`weibox_fuzz::keys`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::keys(bytes));
