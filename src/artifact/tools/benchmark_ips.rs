//! benchmark-ips of Ruby, as it prints.
//!
//! ```text
//! Warming up --------------------------------------
//!               encode    11.498k i/100ms
//! Calculating -------------------------------------
//!               encode    117.614k (± 3.5%) i/s    (8.50 μs/i) -    597.896k in   5.090119s
//!       a name that is long
//!                         3.000M (±10.1%) i/s -    115.064M
//!
//! Comparison:
//!               encode:   117614.2 i/s
//! ```
//!
//! Rates have SI prefixes; behind `±` stands their relative deviation. Newer releases add the time of one iteration. Warming up and
//! the comparison below repeat or prepare the same figures. Lines may stand behind comment marks.
//! Source: <https://github.com/evanphx/benchmark-ips>.

use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, higher, neutral};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct BenchmarkIps;

const NAME: Field = case("name");
const RATE: Field = higher("i/s", "ops_per_second", "ops/s");
const DEVIATION: Field = neutral("±%", "ops_per_second", "percent").stat("other");

impl Format for BenchmarkIps {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["benchmark-ips"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.contains("Calculating ---") && head.lines().any(|line| result(bare(line)).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut previous = "";
        for (number, line) in source.lines() {
            let line = bare(line);
            if let Some(found) = result(line) {
                let mut record = Record::default();
                let name = if found.name.is_empty() { previous } else { found.name };
                sheet.put(&mut record, number, &NAME, name);
                sheet.put(&mut record, number, &RATE, &scaled(found.rate));
                sheet.put(&mut record, number, &DEVIATION, found.deviation);
                if let Some((time, unit)) = found.time {
                    let role = quantity::by_unit(unit).role("");
                    sheet.put_as(&mut record, number, &format!("{unit}/i"), role, Cell::Text(time.to_owned()));
                }
                sheet.push_at(record, RowAt::Line(number), Some(1));
            }
            previous = line;
        }
        Ok(sheet.finish("benchmark-ips"))
    }
}

fn bare(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '#']).trim_end()
}

struct Found<'l> {
    name: &'l str,
    rate: &'l str,
    deviation: &'l str,
    /// Of one iteration, with its unit.
    time: Option<(&'l str, &'l str)>,
}

fn result(line: &str) -> Option<Found<'_>> {
    let (before, after) = line.split_once("(±")?;
    let (deviation, after) = after.split_once("%) i/s")?;
    let before = before.trim_end();
    let (name, rate) = before.rsplit_once(char::is_whitespace).unwrap_or(("", before));
    deviation.trim().parse::<f64>().ok()?;
    scaled(rate).parse::<f64>().ok()?;
    let time = after.split_once('(').and_then(|(_, time)| time.split_once("/i)")?.0.trim().split_once(' '));
    Some(Found { name: name.trim(), rate, deviation: deviation.trim(), time })
}

/// A number with an SI prefix in digits that parse.
fn scaled(text: &str) -> String {
    let prefixes = [('k', 3), ('M', 6), ('B', 9), ('G', 9), ('T', 12), ('Q', 15)];
    let found = prefixes.iter().find_map(|(prefix, power)| Some((text.strip_suffix(*prefix)?, power)));
    found.map_or_else(|| text.to_owned(), |(digits, power)| format!("{digits}e{power}"))
}
