//! Catch2: benchmarks in the XML report and on the console.
//!
//! In XML all values are nanoseconds, as a comment in it says; `mean` and `standardDeviation` carry their confidence interval. On the
//! console each of nine numbers over three lines names its unit:
//!
//! ```text
//! benchmark name                       samples       iterations    est run time
//!                                      mean          low mean      high mean
//!                                      std dev       low std dev   high std dev
//! -------------------------------------------------------------------------------
//! encode 64                                      100             3     9.0615 ms
//!                                         30.1 us       30.0 us       30.3 us
//!                                         0.52 us       0.31 us       0.81 us
//! ```
//!
//! Source: <https://github.com/catchorg/Catch2/blob/devel/docs/benchmarks.md>.

use super::markup::{Kind, Tag, tags};
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, lower, neutral, samples};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::Document;

pub(super) struct Xml;
pub(super) struct Console;

const TEST: Field = case("TestCase");
const NAME: Field = case("BenchmarkResults");
const SAMPLES: Field = samples("samples");
const ATTRIBUTES: &[(&str, &str, Field)] = &[
    ("mean", "value", lower("mean.value", "time", "ns").stat("mean")),
    ("mean", "lowerBound", lower("mean.lowerBound", "time", "ns").stat("other")),
    ("mean", "upperBound", lower("mean.upperBound", "time", "ns").stat("other")),
    ("standardDeviation", "value", neutral("standardDeviation.value", "time", "ns").stat("std")),
    ("standardDeviation", "lowerBound", neutral("standardDeviation.lowerBound", "time", "ns").stat("other")),
    ("standardDeviation", "upperBound", neutral("standardDeviation.upperBound", "time", "ns").stat("other")),
];

impl Format for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["catch2"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.trim_start().starts_with('<') && (head.contains("<Catch2TestRun") || head.contains("<Catch "))
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let (mut test, mut sections) = (String::new(), Vec::new());
        for tag in tags(source.text) {
            let name = || tag.attribute("name").unwrap_or_default();
            match (tag.name, tag.kind) {
                ("TestCase", Kind::Open) => test = name(),
                ("Section", Kind::Open) => sections.push(name()),
                ("Section", Kind::Close) => drop(sections.pop()),
                ("BenchmarkResults", Kind::Open) => {
                    let around: Vec<&str> = std::iter::once(&test).chain(&sections).map(String::as_str).collect();
                    sheet.put(&mut record, tag.line, &TEST, &around.join("/"));
                    sheet.put(&mut record, tag.line, &NAME, &name());
                    sheet.put(&mut record, tag.line, &SAMPLES, &tag.attribute("samples").unwrap_or_default());
                }
                ("BenchmarkResults", Kind::Close) => sheet.push(std::mem::take(&mut record), Some(1)),
                _ => figures(&mut sheet, &mut record, &tag),
            }
        }
        sheet.push(record, Some(1));
        Ok(sheet.finish("catch2"))
    }
}

fn figures(sheet: &mut Sheet, record: &mut Record, tag: &Tag<'_>) {
    for (_, attribute, field) in ATTRIBUTES.iter().filter(|(element, _, _)| *element == tag.name) {
        if let Some(value) = tag.attribute(attribute) {
            sheet.put(record, tag.line, field, &value);
        }
    }
}

/// The columns of the second and third line of a benchmark.
const MEAN: &[Field] = &[
    lower("mean", "time", "").stat("mean"),
    lower("low mean", "time", "").stat("other"),
    lower("high mean", "time", "").stat("other"),
];
const DEVIATION: &[Field] = &[
    neutral("std dev", "time", "").stat("std"),
    neutral("low std dev", "time", "").stat("other"),
    neutral("high std dev", "time", "").stat("other"),
];

impl Format for Console {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["catch2"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(is_header)
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let mut expected: &[&[Field]] = &[];
        let mut name = String::new();
        for (number, line) in source.lines() {
            if let Some((rest_of_name, count)) = first_line(line) {
                sheet.push(std::mem::take(&mut record), Some(1));
                // A long name is wrapped over the lines above its figures.
                let name = format!("{} {rest_of_name}", std::mem::take(&mut name));
                sheet.put(&mut record, number, &NAME, name.trim());
                sheet.put(&mut record, number, &SAMPLES, count);
                expected = &[MEAN, DEVIATION];
            } else if let Some((fields, rest)) = expected.split_first() {
                for (field, time) in fields.iter().zip(times(line)) {
                    sheet.put(&mut record, number, field, &time);
                }
                expected = rest;
            } else if line.trim().is_empty() || is_header(line) || line.starts_with([' ', '-', '.', '=']) {
                name.clear();
            } else {
                name = format!("{name} {}", line.trim());
            }
        }
        sheet.push(record, Some(1));
        Ok(sheet.finish("catch2"))
    }
}

fn is_header(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take(8).collect();
    matches!(words.as_slice(), ["benchmark", "name", "samples", "iterations", "est" | "estimated", ..])
}

/// Name and number of samples of the first line of a benchmark: `NAME 100 3 9.0615 ms`.
fn first_line(line: &str) -> Option<(&str, &str)> {
    let (rest, unit) = line.trim_end().rsplit_once(' ')?;
    let (rest, time) = rest.trim_end().rsplit_once(' ')?;
    let (rest, iterations) = rest.trim_end().rsplit_once(' ')?;
    let (name, count) = rest.trim_end().rsplit_once(' ')?;
    let whole = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let timed = time.parse::<f64>().is_ok() && matches!(unit, "ns" | "us" | "µs" | "ms" | "s" | "m" | "h");
    (timed && whole(iterations) && whole(count)).then(|| (name.trim(), count))
}

/// Pairs of number and unit.
fn times(line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.chunks(2).filter(|pair| pair.len() == 2).map(|pair| pair.join(" ")).collect()
}
