//! Fuzzes [`weibox_fuzz::created_at`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| weibox_fuzz::created_at(bytes));
