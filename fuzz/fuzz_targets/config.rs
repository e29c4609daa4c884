//! Fuzzes [`weibox_fuzz::config`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::config(bytes));
