//! Every number of a report is a fact, and every fact can be found again: in the fixtures of all formats, and in the real trees of
//! `$CHIMERA_CORPUS` (which are not part of the repository; without the variable these tests say so and pass).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chimera_insight::artifact::cell::Cells;
use chimera_insight::artifact::{self, Outcome};
use chimera_insight::domain::artifact::RelPath;
use harness::files_below;

/// Text of a file that is looked at. Bytes.
const LONGEST: u64 = 64 << 20;

/// The files of the fixtures, without what `explain` says of them.
fn fixtures() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    files_below(&dir).into_iter().filter(|file| !file.to_string_lossy().ends_with(".explain.txt")).collect()
}

/// The files of a tree of the corpus; `None` where there is none.
fn corpus(name: &str) -> Option<Vec<PathBuf>> {
    let Some(dir) = std::env::var_os("CHIMERA_CORPUS") else {
        println!("skipped: CHIMERA_CORPUS is not set");
        return None;
    };
    let files = files_below(&Path::new(&dir).join(name));
    Some(files.into_iter().filter(|file| !file.to_string_lossy().ends_with(".expected.json")).collect())
}

/// How many of the numbers that are read from these files stand where their locators say; and the others.
fn found_again(files: &[PathBuf]) -> (usize, BTreeMap<String, String>) {
    let (mut found, mut lost) = (0, BTreeMap::new());
    for file in files {
        let path = RelPath::from_path(&Path::new("reports").join(file.file_name().unwrap()));
        let bytes = fs::read(file).unwrap();
        let outcome = artifact::read(&path, &mut bytes.as_slice(), &artifact::Settings::default()).unwrap();
        let Outcome::Parsed(parsed) = outcome else { continue };
        if parsed.readings.is_empty() {
            continue;
        }
        let cells = Cells::read(&mut File::open(file).unwrap(), LONGEST).unwrap();
        for reading in &parsed.readings {
            let at = reading.at.to_string();
            let told = match cells.at(&at) {
                Ok(there) if there.holds(reading.value, &reading.unit) => {
                    found += 1;
                    continue;
                }
                Ok(there) => format!("{there:?}"),
                Err(why) => why.to_string(),
            };
            lost.insert(format!("{}: {at}", file.display()), format!("{} {}: {told}", reading.value, reading.unit));
        }
    }
    (found, lost)
}

#[track_caller]
fn all_are_found_again(files: &[PathBuf], least: usize) {
    let (found, lost) = found_again(files);
    println!("{found} numbers found again, {} not", lost.len());
    let some: Vec<String> = lost.iter().map(|(at, why)| format!("{at}: {why}")).collect();
    assert!(lost.is_empty(), "{} of {} are not where they should be:\n{}", lost.len(), found, some.join("\n"));
    assert!(found >= least, "only {found}");
}

#[test]
fn every_number_of_the_fixtures_stands_where_its_locator_says() {
    all_are_found_again(&fixtures(), 1000);
}

#[test]
fn every_number_of_the_real_trees_stands_where_its_locator_says() {
    for (name, least) in [("banterhearts", 2000), ("formats", 30_000)] {
        if let Some(files) = corpus(name) {
            all_are_found_again(&files, least);
        }
    }
}
