//! `cargo bench` with the standard harness, and what imitates it (Criterion's and Divan's `--output-format bencher`, bencher).
//!
//! ```text
//! test codec::encode ... bench:       3,161 ns/iter (+/- 975) = 323 MB/s
//! test codec::decode ... bench:          12.50 us/iter (+/- 0.30)
//! ```
//!
//! What stands behind `+/-` is the distance between the fastest and the slowest sample: a spread, but no standard deviation.
//! Source: <https://doc.rust-lang.org/nightly/unstable-book/library-features/test.html>, `library/test/src/bench.rs`.

use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct Libtest;

const NAME: Field = case("test");

impl Format for Libtest {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["cargo-bench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| result(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        for (number, line) in source.lines() {
            if let Some((name, figures)) = result(line) {
                let mut record = Record::default();
                sheet.put(&mut record, number, &NAME, name);
                read(&mut sheet, &mut record, number, figures);
                sheet.push_at(record, RowAt::Line(number), Some(1));
            }
        }
        Ok(sheet.finish("cargo-bench"))
    }
}

/// Name and figures of a benchmark's line.
fn result(line: &str) -> Option<(&str, &str)> {
    let (name, figures) = line.trim().strip_prefix("test ")?.split_once("... bench:")?;
    (figures.contains("/iter") && figures.contains("(+/-")).then(|| (name.trim(), figures.trim()))
}

fn read(sheet: &mut Sheet, record: &mut Record, line: u32, figures: &str) {
    let number = |text: &str| Cell::Text(text.trim().replace(',', ""));
    let Some((value, rest)) = figures.split_once(' ') else { return };
    let Some((unit, rest)) = rest.split_once("(+/-") else { return };
    let Some((range, rest)) = rest.split_once(')') else { return };
    let unit = unit.trim();
    let told = quantity::by_unit(unit);
    sheet.put_as(record, line, unit, told.role(""), number(value));
    sheet.put_as(record, line, "+/-", told.role("other"), number(range));
    if let Some((value, unit)) = rest.trim().strip_prefix("= ").and_then(|rate| rate.split_once(' ')) {
        sheet.put_as(record, line, unit.trim(), quantity::by_unit(unit).role(""), number(value));
    }
}
