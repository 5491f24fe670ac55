//! Delimited text.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chimera_insight_fuzz::check_one(data, &["a.csv", "a.tsv"]));
