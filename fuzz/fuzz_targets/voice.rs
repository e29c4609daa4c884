//! Fuzzes [`weibox_fuzz::voice`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::voice(bytes));
