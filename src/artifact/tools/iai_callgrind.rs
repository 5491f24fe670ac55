//! iai-callgrind (Gungraun) and iai: instruction counts as they are printed.
//!
//! ```text
//! codec::group::encode small:64
//!   Instructions:                1734|1730                 (+0.23121%) [+1.00231x]
//!   L1 Hits:                     2359|N/A                  (*********)
//!   Estimated Cycles:            3043|3043                 (No change)
//! ```
//!
//! What stands behind the bar is the earlier run, in parentheses the change: only the first number was measured now. iai prints
//! the same without a bar. Hits at each level of the cache are counts whose sum is fixed; instructions, misses in RAM and estimated cycles
//! tell better from worse. Source: <https://docs.rs/iai-callgrind>, <https://github.com/bheisler/iai>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, lower, neutral};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::Document;

pub(super) struct IaiCallgrind;

const NAME: Field = case("benchmark");
const FIELDS: &[Field] = &[
    lower("Instructions", "instructions", "count"),
    neutral("L1 Hits", "l1_hits", "count"),
    neutral("L2 Hits", "l2_hits", "count"),
    neutral("LL Hits", "ll_hits", "count"),
    lower("RAM Hits", "ram_hits", "count"),
    neutral("L1 Accesses", "l1_accesses", "count"),
    neutral("L2 Accesses", "l2_accesses", "count"),
    lower("RAM Accesses", "ram_accesses", "count"),
    neutral("Total read+write", "total_read_write", "count"),
    lower("Estimated Cycles", "estimated_cycles", "count"),
    lower("Total bytes", "total_bytes", "bytes"),
    lower("Total blocks", "total_blocks", "count"),
    lower("At t-gmax bytes", "peak_bytes", "bytes"),
    lower("At t-gmax blocks", "peak_blocks", "count"),
    lower("At t-end bytes", "end_bytes", "bytes"),
    lower("At t-end blocks", "end_blocks", "count"),
    neutral("Reads bytes", "reads_bytes", "bytes"),
    neutral("Writes bytes", "writes_bytes", "bytes"),
];

impl Format for IaiCallgrind {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["iai-callgrind"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let has = |key: &str| source.head().lines().any(|line| figure(line).is_some_and(|(f, _)| f.key == key));
        has("Instructions") && has("Estimated Cycles")
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        for (number, line) in source.lines() {
            if let Some((field, value)) = figure(line) {
                sheet.put(&mut record, number, field, value);
            } else if !line.starts_with(char::is_whitespace) && !line.trim().is_empty() {
                sheet.push(std::mem::take(&mut record), Some(1));
                sheet.put(&mut record, number, &NAME, line.trim());
            }
        }
        sheet.push(record, Some(1));
        Ok(sheet.finish("iai-callgrind"))
    }
}

/// The field of an indented line, and what was counted now.
fn figure(line: &str) -> Option<(&'static Field, &str)> {
    let (name, rest) = line.strip_prefix(' ')?.split_once(':')?;
    let field = FIELDS.iter().find(|field| field.key == name.trim())?;
    let value = rest.split_whitespace().next()?.split('|').next()?;
    value.bytes().all(|b| b.is_ascii_digit()).then_some((field, value)).filter(|(_, value)| !value.is_empty())
}
