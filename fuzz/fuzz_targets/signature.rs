//! Fuzzes [`weibox_fuzz::signature`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::signature(bytes));
