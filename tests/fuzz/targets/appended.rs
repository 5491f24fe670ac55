//! A file that grows: what is new in it, and nothing else, is told.
#![no_main]

use chimera_insight::artifact::appended;
use chimera_insight_fuzz::{Input, Outcome, Parsed, RelPath, Settings, named, parse, settings};

const NAMES: &[&str] = &["a.csv", "a.jsonl", "a.md", "a.log", "a.json"];

fn parsed(path: &RelPath, bytes: &[u8], settings: &Settings) -> Option<Parsed> {
    match parse(&Input { path, bytes }, settings) {
        Outcome::Parsed(parsed) => Some(parsed),
        _ => None,
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&at, data)) = data.split_last() else { return };
    let Some((path, whole)) = named(data, NAMES) else { return };
    let settings = settings();
    // Behind the line end nearest to where the file is cut.
    let at = usize::from(at) * whole.len() / 256;
    let cut = whole[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let Some(all) = parsed(&path, whole, &settings) else { return };
    let Some(before) = parsed(&path, &whole[..cut], &settings) else { return };
    let new = appended(&before, all.clone());
    let place = |parsed: &Parsed| -> Vec<_> {
        parsed.readings.iter().map(|reading| (reading.at.clone(), reading.field.clone())).collect()
    };
    let (old, added) = (place(&before), place(&new));
    assert!(added.iter().all(|place| !old.contains(place)), "told again");
    assert!(place(&all).iter().all(|place| old.contains(place) || added.contains(place)), "not told");
    for reading in &new.readings {
        let told = all.readings.iter().find(|r| r.at == reading.at && r.field == reading.field && r.value == reading.value);
        let told = told.expect("a reading of the whole file");
        assert_eq!(new.runs.get(reading.run), all.runs.get(told.run), "{reading:?}");
    }
    assert!(appended(&all, all.clone()).readings.is_empty(), "nothing new, and yet told");
});
