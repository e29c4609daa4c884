//! Fuzzes [`weibox_fuzz::picture`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::picture(bytes));
