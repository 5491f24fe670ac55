//! JMH: the table at the end of what it prints, and `-rf text`.
//!
//! ```text
//! Benchmark                       (size)   Mode  Cnt      Score     Error   Units
//! Codec.encode                        64  thrpt    5  50129,298 ± 153,925   ops/s
//! Codec.encode:gc.alloc.rate.norm     64  thrpt    5     16,001 ±   0,001    B/op
//! Codec.encode:p0.90                  64 sample           5,200             us/op
//! Codec.tiny                         N/A   avgt    5     ≈ 10⁻³             us/op
//! ```
//!
//! Scores are printed with three decimals and no separators between thousands, in the locale of the machine: a comma is the decimal mark.
//! A score too small for that is printed as a power of ten and is no number here. Columns are aligned to the right but the first;
//! parameters hold no blanks.

use super::jmh::{self, BENCHMARK, MODE, SAMPLES};
use crate::artifact::Settings;
use crate::artifact::field::param;
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct JmhText;

const MODES: &[&str] = &["thrpt", "avgt", "sample", "ss"];

impl Format for JmhText {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["jmh"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| header(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut params: Option<Vec<&str>> = None;
        let mut part = 0;
        for (number, line) in source.lines() {
            if let Some(found) = header(line) {
                (params, part) = (Some(found), part + 1);
            } else if let Some(row) = params.as_ref().and_then(|params| row(line, params)) {
                let record = record(&mut sheet, number, &row);
                sheet.push_at(record, RowAt::Line(number), Some(part));
            }
        }
        Ok(sheet.finish("jmh"))
    }
}

/// The parameters in a header.
fn header(line: &str) -> Option<Vec<&str>> {
    let line = log_line(line);
    let words: Vec<&str> = line.strip_prefix("Benchmark ")?.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "Mode")?;
    let (params, fixed) = words.split_at(at);
    let known = matches!(fixed, ["Mode", "Cnt" | "Samples", "Score", .., "Units"] | ["Mode", "Score", .., "Units"]);
    let names: Option<Vec<&str>> = params.iter().map(|word| word.strip_prefix('(')?.strip_suffix(')')).collect();
    names.filter(|_| known)
}

/// A line without what a build tool puts before it (`[INFO] `).
fn log_line(line: &str) -> &str {
    line.strip_prefix("[INFO] ").unwrap_or(line)
}

struct Row<'l> {
    name: &'l str,
    params: Vec<(&'l str, &'l str)>,
    mode: &'l str,
    count: &'l str,
    score: &'l str,
    error: &'l str,
    unit: &'l str,
}

fn row<'l>(line: &'l str, params: &[&'l str]) -> Option<Row<'l>> {
    let words: Vec<&str> = log_line(line).split_whitespace().collect();
    let at = words.iter().skip(params.len() + 1).position(|word| MODES.contains(word))? + params.len() + 1;
    let (before, after) = words.split_at(at);
    let (mode, mut figures) = after.split_first()?;
    let (unit, rest) = figures.split_last()?;
    figures = rest;
    let mut error = "";
    if let [rest @ .., "±", last] | [rest @ .., "+-", last] = figures {
        (figures, error) = (rest, last);
    }
    let (score, count) = match figures {
        [count, "≈", _] => ("≈", *count),
        ["≈", _] => ("≈", ""),
        [count, score] => (*score, *count),
        [score] => (*score, ""),
        _ => return None,
    };
    let names_at = before.len().checked_sub(params.len())?;
    let (name, values) = before.split_at(names_at);
    let [name] = name else { return None };
    let params = params.iter().copied().zip(values.iter().copied()).collect();
    (unit.contains(|c: char| c.is_alphabetic() || c == '#')).then_some(Row {
        name,
        params,
        mode,
        count,
        score,
        error,
        unit,
    })
}

fn record(sheet: &mut Sheet, line: u32, row: &Row<'_>) -> Record {
    let mut record = Record::default();
    let primary = jmh::score(row.mode, row.unit);
    let (case, metric) = row.name.split_once(':').unwrap_or((row.name, ""));
    // `encode:encode·p0.90` and `encode:p0.90` are percentiles of the time of `encode`.
    let rank = metric.rsplit('·').next().and_then(|last| last.strip_prefix('p')?.parse::<f64>().ok());
    let stat = rank.map(|rank| format!("p{}", (rank * 1e6).round() / 1e4));
    let told = match &stat {
        None if !metric.is_empty() => jmh::secondary(metric, row.unit, ("", &primary)),
        _ => primary,
    };
    sheet.put(&mut record, line, &BENCHMARK, case);
    sheet.put(&mut record, line, &MODE, row.mode);
    if !row.count.is_empty() {
        sheet.put(&mut record, line, &SAMPLES, row.count);
    }
    for (name, value) in row.params.iter().filter(|(_, value)| *value != "N/A") {
        sheet.put_as(&mut record, line, name, param("*", "*").role(name), Cell::Text((*value).to_owned()));
    }
    let number = |text: &str| match text {
        "≈" => Cell::NotANumber,
        text => Cell::Text(text.replace(',', ".")),
    };
    let stat = match stat.as_deref() {
        Some("p0") => "min",
        Some("p100") => "max",
        Some(rank) => rank,
        None => "mean",
    };
    sheet.put_as(&mut record, line, "Score", told.role(stat), number(row.score));
    if !row.error.is_empty() && row.error != "NaN" {
        sheet.put_as(&mut record, line, "Error", told.role("other"), number(row.error));
    }
    record
}
