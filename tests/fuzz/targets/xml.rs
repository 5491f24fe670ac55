//! XML, and HTML within other texts.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chimera_insight_fuzz::check_one(data, &["a.xml", "a.md", "a"]));
