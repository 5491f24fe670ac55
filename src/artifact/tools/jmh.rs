//! JMH: `-rf json`, `-rf csv` and `-rf scsv`; the table it prints stands in [`super::jmh_text`].
//!
//! The mode decides which way is good: throughput (`thrpt`) is a rate, all other modes (`avgt`, `sample`, `ss`) are times. `scoreError` is
//! half the width of the confidence interval. `rawData` are the iterations, a list for each fork. Secondary metrics come from profilers
//! (`gc.alloc.rate.norm` in `B/op`) and from the members of a group; those in the unit of the primary one share its direction. Numbers
//! of CSV follow the locale of the machine: the header then says `Score Error (99,9%)`.
//! Source: <https://github.com/openjdk/jmh>, `jmh-core/…/results/format/`.

use serde_json::{Map, Value};

use super::JsonTool;
use super::quantity::{self, Told};
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, param, samples};
use crate::artifact::format::{Format, Source, Stop, scalar_cell};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct Json;
pub(super) struct Csv;

pub(super) const BENCHMARK: Field = case("benchmark");
pub(super) const MODE: Field = param("mode", "mode");
pub(super) const THREADS: Field = param("threads", "threads");
pub(super) const SAMPLES: Field = samples("samples");

/// What a score is: by the mode, in its unit.
pub(super) fn score(mode: &str, unit: &str) -> Told {
    let mut told = quantity::by_unit(unit);
    let mode = mode.to_ascii_lowercase();
    let rate = matches!(mode.as_str(), "thrpt" | "throughput");
    if rate && unit.contains('/') {
        told.direction = Direction::Higher;
        // One name whatever the unit of time: `ops/s`, `ops/min`.
        "throughput".clone_into(&mut told.base);
    } else if matches!(mode.as_str(), "avgt" | "sample" | "ss" | "average" | "singleshot") {
        told.direction = Direction::Lower;
    }
    told
}

/// What a secondary metric is; `primary` is the unit and quantity of the benchmark's own score.
pub(super) fn secondary(name: &str, unit: &str, primary: (&str, &Told)) -> Told {
    let base = quantity::named(name.trim_start_matches('·'), None).base;
    if unit == primary.0 {
        return Told { base: format!("{base}_{}", primary.1.base), ..primary.1.clone() };
    }
    let by_unit = quantity::by_unit(unit);
    match unit {
        // What a profiler says of allocation and collection: less is better, in whatever unit.
        _ if base.starts_with("gc_") => Told { base, direction: Direction::Lower, ..by_unit },
        _ => Told { base, ..by_unit },
    }
}

impl JsonTool for Json {
    fn name(&self) -> &'static str {
        "jmh"
    }

    fn recognises(&self, value: &Value) -> bool {
        let first = value.get(0);
        first.is_some_and(|r| {
            r.get("benchmark").is_some() && r.get("mode").is_some() && r.pointer("/primaryMetric/scoreUnit").is_some()
        })
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (i, result) in value.as_array().into_iter().flatten().enumerate() {
            let Some(result) = result.as_object() else { continue };
            let at = RowAt::Json(format!("$[{i}]"));
            let record = record(&mut sheet, result);
            sheet.push_at(record, at, Some(1));
        }
        sheet.finish(self.name())
    }
}

fn record(sheet: &mut Sheet, result: &Map<String, Value>) -> Record {
    let mut record = Record::default();
    for field in [BENCHMARK, MODE, THREADS] {
        let cell = result.get(field.key).map(scalar_cell).unwrap_or_default();
        sheet.put_json(&mut record, &format!(".{}", field.key), &field, cell);
    }
    for (name, value) in result.get("params").and_then(Value::as_object).into_iter().flatten() {
        let role = param("*", "*").role(name);
        sheet.put_json_as(&mut record, &format!(".params.{name}"), name, role, scalar_cell(value));
    }
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mode = result.get("mode").and_then(Value::as_str).unwrap_or_default();
    let Some(primary) = result.get("primaryMetric") else { return record };
    let unit = text(primary, "scoreUnit");
    let told = score(mode, &unit);
    metric(sheet, &mut record, "primaryMetric", primary, &told);
    for (name, value) in result.get("secondaryMetrics").and_then(Value::as_object).into_iter().flatten() {
        let told = secondary(name, &text(value, "scoreUnit"), (&unit, &told));
        metric(sheet, &mut record, &format!("secondaryMetrics[{}]", Value::String(name.clone())), value, &told);
    }
    record
}

/// Score, error, interval, percentiles and raw data of one metric.
fn metric(sheet: &mut Sheet, record: &mut Record, path: &str, value: &Value, told: &Told) {
    let mut put = |key: String, role: ColumnRole, value: &Value| {
        sheet.put_json_as(record, &format!(".{path}.{key}"), &format!("{path}.{key}"), role, scalar_cell(value));
    };
    let get = |key: &str| value.get(key).unwrap_or(&Value::Null);
    put("score".to_owned(), told.role("mean"), get("score"));
    if get("scoreError").is_number() {
        put("scoreError".to_owned(), told.role("other"), get("scoreError"));
    }
    for (rank, value) in get("scorePercentiles").as_object().into_iter().flatten() {
        let stat = match rank.as_str() {
            "0.0" => "min",
            "100.0" => "max",
            rank => rank,
        };
        put(format!("scorePercentiles[{}]", Value::String(rank.clone())), told.role(stat), value);
    }
    for (fork, iterations) in get("rawData").as_array().into_iter().flatten().enumerate() {
        let list: Vec<(usize, f64)> = iterations
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
            .filter_map(|(i, v)| Some((i, v.as_f64()?)))
            .collect();
        if !list.is_empty() {
            sheet.put_list(record, &format!("{path}.rawData[{fork}]"), told.role(""), list);
        }
    }
}

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["jmh"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().take(50).any(|line| delimiter(line).is_some())
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut header: Option<(u8, Vec<String>)> = None;
        let mut part = 0;
        let mut comma = false;
        for (number, line) in source.lines() {
            if let Some(delimiter) = delimiter(line) {
                let names = cells(line, delimiter);
                if names.len() > settings.max_columns {
                    return Err(Stop::Rejected(format!("line {number}: more than {} columns", settings.max_columns)));
                }
                comma = names.iter().any(|name| name.starts_with("Score Error (") && name.contains(','));
                (header, part) = (Some((delimiter, names)), part + 1);
            } else if let Some((delimiter, names)) = &header
                && !line.trim().is_empty()
            {
                let row = cells(line, *delimiter);
                if row.len() != names.len() {
                    continue;
                }
                let record = csv_record(&mut sheet, number, names, &row, comma);
                sheet.push_at(record, RowAt::Line(number), Some(part));
            }
        }
        Ok(sheet.finish("jmh"))
    }
}

/// The delimiter of a header.
fn delimiter(line: &str) -> Option<u8> {
    let plain: String = line.trim_start_matches('\u{feff}').chars().filter(|c| *c != '"').collect();
    let delimiter = plain.strip_prefix("Benchmark")?.bytes().next().filter(|d| matches!(d, b',' | b';' | b'\t'))?;
    let start =
        ["Benchmark", "Mode", "Threads", "Samples", "Score", "Score Error ("].join(&char::from(delimiter).to_string());
    plain.starts_with(&start).then_some(delimiter)
}

fn cells(line: &str, delimiter: u8) -> Vec<String> {
    let mut reader =
        ::csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok);
    record.map(|record| record.iter().map(|cell| cell.trim().to_owned()).collect()).unwrap_or_default()
}

fn csv_record(sheet: &mut Sheet, line: u32, names: &[String], row: &[String], comma: bool) -> Record {
    let cell = |name: &str| {
        names.iter().position(|n| n == name).and_then(|at| row.get(at)).map(String::as_str).unwrap_or_default()
    };
    let mut record = Record::default();
    let (name, mode, unit) = (cell("Benchmark"), cell("Mode"), cell("Unit"));
    let told = score(mode, unit);
    // A secondary metric is a row of its own, `benchmark:metric`, under the settings of its benchmark.
    let (case, told) = match name.split_once(':') {
        Some((case, metric)) => (case, secondary(metric, unit, ("", &told))),
        None => (name, told),
    };
    sheet.put(&mut record, line, &BENCHMARK, case);
    for (field, column) in [(MODE, "Mode"), (THREADS, "Threads"), (SAMPLES, "Samples")] {
        sheet.put(&mut record, line, &field, cell(column));
    }
    for (name, text) in names.iter().zip(row) {
        let number = || Cell::Text(if comma { text.replace(',', ".") } else { text.clone() });
        if name == "Score" {
            sheet.put_as(&mut record, line, name, told.role("mean"), number());
        } else if name.starts_with("Score Error") && !text.eq_ignore_ascii_case("NaN") {
            // Two samples or fewer have no interval.
            sheet.put_as(&mut record, line, name, told.role("other"), number());
        } else if name.starts_with("Param: ") && !text.is_empty() {
            let role = param("Param: *", "*").role(name);
            sheet.put_as(&mut record, line, name, role, Cell::Text(text.clone()));
        }
    }
    record
}
