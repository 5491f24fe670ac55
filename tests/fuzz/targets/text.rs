//! Markdown, and text that people read on a terminal.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chimera_insight_fuzz::check_one(data, &["a.md", "a.txt", "a.log"]));
