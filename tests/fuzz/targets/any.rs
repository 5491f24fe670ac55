//! Any bytes under any name, through the front door: unpacked when packed, refused when binary.
#![no_main]

use chimera_insight::artifact::{benchmark, is_ours, read};
use chimera_insight_fuzz::{Outcome, Settings, invariants, named, settings};

const NAMES: &[&str] = &[
    "a", "a.csv", "a.tsv", "a.json", "a.jsonl", "a.md", "a.txt", "a.log", "a.xml", "a.jtl", "a.js", "a.sql", "a.html",
    "a.csv.gz", "a.json.zst", "2025-10-02T21:21:05/a_20251002.out",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((path, content)) = named(data, NAMES) else { return };
    let settings = Settings { explain: true, ..settings() };
    assert!(!benchmark(&path, &settings).is_empty());
    let _ = is_ours(content);
    invariants::check(&path, content, &settings);
    let mut source = content;
    if let Outcome::Parsed(parsed) = read(&path, &mut source, &settings).expect("bytes in memory can be read") {
        invariants::sound(&parsed, &settings);
    }
});
