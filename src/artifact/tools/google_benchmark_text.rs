//! Google Benchmark as it is printed: the console table, one or many in a log, and `--benchmark_format=csv`.
//!
//! ```text
//! 2025-02-08T17:17:07+00:00
//! Running ./bench
//! Run on (24 X 2600 MHz CPU s)
//! -----------------------------------------------------------------------
//! Benchmark              Time             CPU   Iterations UserCounters...
//! -----------------------------------------------------------------------
//! BM_Copy/8           12.1 ns         12.0 ns     57934271 bytes_per_second=1.40165G/s
//! BM_Sort/1024   ERROR OCCURRED: 'no memory'
//! ```
//!
//! Names may hold blanks, so a row is told by its two times. Counters have SI or binary prefixes. A table printed again for other
//! counters goes on with the same run; a new `Run on`, or a header above cases that were already there, begins another.

use std::collections::HashSet;

use super::google_benchmark::{self as json, ERROR, NAME, REPETITIONS};
use crate::artifact::Settings;
use crate::artifact::field::{self, Field};
use crate::artifact::format::{Format, Lines, Source, Stop};
use crate::artifact::infer::time;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct Console;
pub(super) struct Csv;

const DATE: Field = field::time("date");
const CSV_HEADER: &str = "name,iterations,real_time,cpu_time,time_unit";

impl Format for Console {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["google-benchmark"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| header(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let names: HashSet<&str> = source.lines().filter_map(|(_, line)| Some(row(line)?.name)).collect();
        let mut reader = Reader { names, ..Reader::default() };
        for (number, line) in source.lines() {
            reader.line(number, line);
        }
        Ok(reader.sheet.finish("google-benchmark"))
    }
}

/// The names of tabular counters when the line is a header.
fn header(line: &str) -> Option<Vec<&str>> {
    let mut words = line.trim_end().strip_prefix("Benchmark ")?.split_whitespace();
    let fixed = words.next() == Some("Time") && words.next() == Some("CPU") && words.next() == Some("Iterations");
    fixed.then(|| words.filter(|word| *word != "UserCounters...").collect())
}

/// A row of the table, taken apart.
struct Row<'l> {
    name: &'l str,
    real: (&'l str, &'l str),
    cpu: (&'l str, &'l str),
    iterations: &'l str,
    /// What stands behind: counters.
    rest: Vec<&'l str>,
}

fn row(line: &str) -> Option<Row<'_>> {
    let tokens: Vec<&str> = line.split_whitespace().take(512).collect();
    let is_time = |pair: &[&str]| match pair {
        [value, unit] => value.parse::<f64>().is_ok() && matches!(*unit, "ns" | "us" | "ms" | "s" | "%"),
        _ => false,
    };
    let at = (1..tokens.len()).find(|&i| {
        let (real, cpu) = (tokens.get(i..i + 2), tokens.get(i + 2..i + 4));
        real.is_some_and(is_time) && cpu.is_some_and(is_time)
    })?;
    let [real, real_unit, cpu, cpu_unit, rest @ ..] = tokens.get(at..)? else { return None };
    let (iterations, rest) = rest.split_first()?;
    iterations.parse::<u64>().ok()?;
    let start = offset(line, real)?;
    let name = line.get(..start)?.trim();
    Some(Row { name, real: (real, real_unit), cpu: (cpu, cpu_unit), iterations, rest: rest.to_vec() })
}

/// Where a part of `line` stands in it. Bytes.
fn offset(line: &str, part: &str) -> Option<usize> {
    (part.as_ptr() as usize).checked_sub(line.as_ptr() as usize)
}

#[derive(Default)]
struct Reader<'l> {
    sheet: Sheet,
    names: HashSet<&'l str>,
    counters: Vec<&'l str>,
    /// The run, and whether rows of it were read.
    part: u32,
    rows: bool,
    /// Cases of this run, for a header that comes again.
    seen: HashSet<&'l str>,
    under_header: bool,
    time: Option<&'l str>,
    next_time: Option<&'l str>,
}

impl<'l> Reader<'l> {
    fn line(&mut self, number: u32, line: &'l str) {
        let trimmed = line.trim();
        if let Some(counters) = header(line) {
            self.counters = counters;
            self.under_header = true;
        } else if trimmed.starts_with("Run on (") {
            if self.rows {
                self.begin();
            }
        } else if trimmed.len() >= 16 && time::of_text(trimmed).is_some() {
            let slot = if self.rows { &mut self.next_time } else { &mut self.time };
            *slot = Some(trimmed);
        } else if let Some((name, message)) = failure(trimmed) {
            let mut record = self.record(number, name, name);
            self.sheet.put(&mut record, number, &ERROR, message);
            self.sheet.push_at(record, RowAt::Line(number), Some(self.part));
        } else if let Some(row) = row(line) {
            self.row(number, &row);
        }
    }

    fn begin(&mut self) {
        self.part += 1;
        self.rows = false;
        self.seen.clear();
        self.time = self.next_time.take();
    }

    fn record(&mut self, number: u32, name: &'l str, case: &str) -> Record {
        if self.under_header && self.seen.contains(name) {
            self.begin();
        }
        self.under_header = false;
        self.rows = true;
        self.seen.insert(name);
        let mut record = Record::default();
        self.sheet.put(&mut record, number, &NAME, case);
        if let Some(time) = self.time {
            self.sheet.put(&mut record, number, &DATE, time);
        }
        record
    }

    fn row(&mut self, number: u32, row: &Row<'l>) {
        let Some((case, stat)) = json::by_name(row.name, &self.names) else { return };
        let mut record = self.record(number, row.name, case);
        if !stat.is_empty() {
            self.sheet.put(&mut record, number, &REPETITIONS, row.iterations);
        }
        for (key, base, (value, unit)) in [("Time", "real_time", row.real), ("CPU", "cpu_time", row.cpu)] {
            let role = json::time(base, stat, unit);
            self.sheet.put_as(&mut record, number, key, role, Cell::Text(value.to_owned()));
        }
        let tabular = self.counters.iter().copied().zip(row.rest.iter().copied());
        let named = row.rest.iter().filter_map(|text| text.split_once('='));
        let counters: Vec<(&str, &str)> =
            if self.counters.len() == row.rest.len() { tabular.collect() } else { named.collect() };
        for (name, text) in counters {
            self.counter(&mut record, number, name, text, stat);
        }
        self.sheet.push_at(record, RowAt::Line(number), Some(self.part));
    }

    fn counter(&mut self, record: &mut Record, number: u32, name: &str, text: &str, stat: &str) {
        let Some((cell, unit)) = prefixed(text) else { return };
        let mut told = json::counter(name);
        match unit {
            "%" => "percent".clone_into(&mut told.unit),
            "s" => "s".clone_into(&mut told.unit),
            "/s" if told.unit == "-" => {
                "1/s".clone_into(&mut told.unit);
                told.direction = Direction::Higher;
            }
            _ => {}
        }
        self.sheet.put_as(record, number, name, told.role(stat), cell);
    }
}

/// Name and message of a row that failed.
fn failure(line: &str) -> Option<(&str, &str)> {
    let (name, message) = line.split_once(" ERROR OCCURRED: ")?;
    (!name.trim().is_empty()).then(|| (name.trim(), message.trim_matches('\'')))
}

/// A number with an SI or binary prefix, and the unit behind it: `1.40165G/s`, `2.5Ki`, `1.91163m`.
fn prefixed(text: &str) -> Option<(Cell, &str)> {
    let end = text
        .char_indices()
        .find(|&(i, c)| {
            let exponent = c == 'e' && text.get(i + 1..).is_some_and(|t| t.starts_with(['+', '-']));
            let sign = matches!(c, '+' | '-');
            !(c.is_ascii_digit() || c == '.' || exponent || sign)
        })
        .map_or(text.len(), |(i, _)| i);
    let (digits, rest) = text.split_at(end);
    let value: f64 = digits.parse().ok()?;
    let binary = rest.get(1..2) == Some("i");
    let place = "kMGTPEZY".find(rest.get(..1).map_or("?", |c| if c == "K" { "k" } else { c }));
    let small = "munpfazy".find(rest.get(..1).unwrap_or("?"));
    let power = |place: usize| i32::try_from(place + 1).unwrap_or(1);
    Some(match (place, small) {
        (Some(place), _) if binary => (Cell::Number(value * 1024f64.powi(power(place))), rest.get(2..).unwrap_or("")),
        (Some(place), _) => (Cell::Text(format!("{digits}e{}", 3 * power(place))), rest.get(1..).unwrap_or("")),
        (None, Some(place)) => (Cell::Text(format!("{digits}e-{}", 3 * power(place))), rest.get(1..).unwrap_or("")),
        (None, None) => (Cell::Text(digits.to_owned()), rest),
    })
}

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["google-benchmark"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| line.starts_with(CSV_HEADER))
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let start = source.text.find(CSV_HEADER).unwrap_or(0);
        let skipped = source.text.get(..start).unwrap_or_default().matches('\n').count();
        let skipped = u32::try_from(skipped).unwrap_or(u32::MAX);
        let table = source.text.get(start..).unwrap_or_default();
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table.as_bytes());
        let mut records: Vec<(u32, ::csv::StringRecord)> = Vec::new();
        let mut lines = Lines::default();
        for record in reader.records() {
            let record = record.map_err(|error| Stop::Rejected(error.to_string()))?;
            if record.len() > settings.max_columns {
                return Err(Stop::Rejected(format!("more than {} columns", settings.max_columns)));
            }
            records.push((lines.of(table, &record).saturating_add(skipped), record));
        }
        let names: HashSet<&str> = records.iter().filter_map(|(_, record)| record.get(0)).collect();
        let mut sheet = Sheet::default();
        let (mut part, mut header) = (0, None);
        for (line, record) in &records {
            if record.get(0) == Some("name") && record.get(1) == Some("iterations") {
                (part, header) = (part + 1, Some(record));
            } else if let Some(header) = header.filter(|_| record.len() >= 5) {
                csv_row(&mut sheet, *line, header, record, &names, part);
            }
        }
        let mut document = sheet.finish("google-benchmark");
        let above = source.text.get(..start).unwrap_or_default().lines().map(str::trim);
        let date = above.filter(|line| line.len() >= 16).rfind(|line| time::of_text(line).is_some());
        document.constants.extend(date.map(|date| (vec!["date".to_owned()], Cell::Text(date.to_owned()))));
        Ok(document)
    }
}

fn csv_row(
    sheet: &mut Sheet,
    line: u32,
    header: &::csv::StringRecord,
    row: &::csv::StringRecord,
    names: &HashSet<&str>,
    part: u32,
) {
    let cell = |name: &str| header.iter().position(|h| h == name).and_then(|at| row.get(at)).unwrap_or_default();
    let Some((case, stat)) = json::by_name(cell("name"), names) else { return };
    let mut record = Record::default();
    sheet.put(&mut record, line, &NAME, case);
    if cell("error_occurred") == "true" {
        sheet.put(&mut record, line, &ERROR, cell("error_message"));
    }
    if !stat.is_empty() {
        sheet.put(&mut record, line, &REPETITIONS, cell("iterations"));
    }
    let fixed = ["name", "iterations", "time_unit", "label", "error_occurred", "error_message"];
    for (key, text) in header.iter().zip(row).filter(|(key, text)| !fixed.contains(key) && !text.is_empty()) {
        let ratio = stat == "other";
        let role = match key {
            "real_time" | "cpu_time" => json::time(key, stat, if ratio { "ratio" } else { cell("time_unit") }),
            counter => json::counter(counter).role(stat),
        };
        sheet.put_as(&mut record, line, key, role, Cell::Text(text.to_owned()));
    }
    sheet.push_at(record, RowAt::Line(line), Some(part));
}
