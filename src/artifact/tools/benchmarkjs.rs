//! Benchmark.js: the text of `String(event.target)`, one line a benchmark.
//!
//! ```text
//! encode#64 x 1,431,759 ops/sec ±0.74% (93 runs sampled)
//! decode: Error: no such codec
//! Fastest is encode#64
//! ```
//!
//! Behind `±` stands the relative margin of error. Names may hold ` x ` themselves: the last one before the rate counts.
//! Source: <https://benchmarkjs.com/docs#prototype_toString>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, higher, neutral, samples};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Document, RowAt};

pub(super) struct BenchmarkJs;

const NAME: Field = case("name");
const RATE: Field = higher("ops/sec", "ops_per_second", "ops/s");
const MARGIN: Field = neutral("±%", "ops_per_second", "percent").stat("other");
const RUNS: Field = samples("runs sampled");

impl Format for BenchmarkJs {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["benchmarkjs"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| result(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        for (number, line) in source.lines() {
            if let Some([name, rate, margin, runs]) = result(line) {
                let mut record = Record::default();
                sheet.put(&mut record, number, &NAME, name);
                sheet.put(&mut record, number, &RATE, &rate.replace(',', ""));
                sheet.put(&mut record, number, &MARGIN, margin);
                sheet.put(&mut record, number, &RUNS, runs);
                sheet.push_at(record, RowAt::Line(number), Some(1));
            }
        }
        Ok(sheet.finish("benchmarkjs"))
    }
}

/// Name, rate, margin and number of runs.
fn result(line: &str) -> Option<[&str; 4]> {
    let (before, after) = line.split_once(" ops/sec ±")?;
    let (name, rate) = before.rsplit_once(" x ")?;
    let (margin, rest) = after.split_once("% (")?;
    let runs = rest.split_once(" run")?.0;
    let number = |text: &str| text.replace(',', "").parse::<f64>().is_ok();
    (number(rate) && number(margin) && number(runs)).then(|| [name.trim(), rate.trim(), margin, runs])
}
