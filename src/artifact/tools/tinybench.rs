//! tinybench, and Vitest's `bench --outputJson`, which reports what tinybench measured.
//!
//! All times are milliseconds, `hz` is operations a second. `rme` is the relative margin of error in percent, `moe` the absolute one,
//! `sem` the standard error. tinybench 3 and later keep the same statistics twice, of `latency` and of `throughput`.
//! Source: <https://github.com/tinylibs/tinybench>, <https://vitest.dev/config/#benchmark-outputjson>.

use serde_json::{Map, Value};

use super::JsonTool;
use crate::artifact::field::{self, Field, case, error, samples};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction::{self, Higher, Lower, Neutral};

pub(super) struct Vitest;
/// An array of tasks or of their results, as scripts write it with `JSON.stringify`.
pub(super) struct Tinybench;

const NAME: Field = case("name");
const FAILURE: Field = error("error");
const COUNT: Field = samples("sampleCount");
/// Statistics and what they are of their quantity; the others (`df`, `critical`, `period`) say nothing more.
const STATISTICS: &[(&str, &str)] = &[
    ("mean", "mean"),
    ("min", "min"),
    ("max", "max"),
    ("median", "p50"),
    ("p50", "p50"),
    ("p75", "p75"),
    ("p99", "p99"),
    ("p995", "p99.5"),
    ("p999", "p99.9"),
    ("sd", "std"),
    ("variance", "other"),
    ("sem", "other"),
    ("moe", "other"),
    ("mad", "other"),
    ("aad", "other"),
];

/// What statistics are of.
struct Quantity {
    base: &'static str,
    unit: &'static str,
    direction: Direction,
}

const LATENCY: Quantity = Quantity { base: "time", unit: "ms", direction: Lower };
const THROUGHPUT: Quantity = Quantity { base: "ops_per_second", unit: "ops/s", direction: Higher };

impl JsonTool for Vitest {
    fn name(&self) -> &'static str {
        "vitest-bench"
    }

    fn recognises(&self, value: &Value) -> bool {
        let group = value.pointer("/files/0/groups/0");
        group.is_some_and(|group| group.get("fullName").is_some() && group.get("benchmarks").is_some())
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (f, file) in list(value, "files").enumerate() {
            for (g, group) in list(file, "groups").enumerate() {
                for (b, benchmark) in list(group, "benchmarks").enumerate() {
                    let Some(result) = benchmark.as_object() else { continue };
                    let mut record = Record::default();
                    let group = group.get("fullName").and_then(Value::as_str).unwrap_or_default();
                    let name = result.get("name").and_then(Value::as_str).unwrap_or_default();
                    sheet.put_json(&mut record, ".name", &NAME, Cell::Text(format!("{group} > {name}")));
                    statistics(&mut sheet, &mut record, "", result, &LATENCY);
                    let at = format!("$.files[{f}].groups[{g}].benchmarks[{b}]");
                    sheet.push_at(record, RowAt::Json(at), Some(1));
                }
            }
        }
        sheet.finish(self.name())
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

impl JsonTool for Tinybench {
    fn name(&self) -> &'static str {
        "tinybench"
    }

    fn recognises(&self, value: &Value) -> bool {
        value.get(0).is_some_and(|task| {
            let result = task.get("result").unwrap_or(task);
            let flat = ["hz", "rme", "moe", "sem", "critical"].iter().all(|key| result.get(key).is_some());
            let halves = ["latency", "throughput"].iter().all(|key| result.pointer(&format!("/{key}/rme")).is_some());
            task.get("name").is_some() && (flat || halves)
        })
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (i, task) in value.as_array().into_iter().flatten().enumerate() {
            let mut record = Record::default();
            let name = task.get("name").map(scalar_cell).unwrap_or_default();
            sheet.put_json(&mut record, ".name", &NAME, name);
            let (path, result) = task.get("result").map_or(("", task), |result| (".result", result));
            let Some(result) = result.as_object() else { continue };
            if let Some(message) = result.get("error").filter(|error| !error.is_null()) {
                let text = message.get("message").unwrap_or(message);
                let text = text.as_str().map_or_else(|| "failed".to_owned(), str::to_owned);
                sheet.put_json(&mut record, ".error", &FAILURE, Cell::Text(text));
            }
            let half = |key: &str| result.get(key).and_then(Value::as_object);
            match (half("latency"), half("throughput")) {
                (Some(latency), Some(throughput)) => {
                    statistics(&mut sheet, &mut record, &format!("{path}.latency"), latency, &LATENCY);
                    statistics(&mut sheet, &mut record, &format!("{path}.throughput"), throughput, &THROUGHPUT);
                }
                _ => statistics(&mut sheet, &mut record, path, result, &LATENCY),
            }
            sheet.push_at(record, RowAt::Json(format!("$[{i}]")), Some(1));
        }
        sheet.finish(self.name())
    }
}

/// The statistics in `result`, which stands at `path` of its record.
fn statistics(sheet: &mut Sheet, record: &mut Record, path: &str, result: &Map<String, Value>, of: &Quantity) {
    let key = |name: &str| format!("{path}.{name}").trim_start_matches('.').to_owned();
    let number = |name: &str| result.get(name).filter(|value| value.is_number());
    for (name, stat) in STATISTICS {
        if let Some(value) = number(name) {
            let direction = if matches!(*stat, "std" | "other") { Neutral } else { of.direction };
            let role = field::metric(of.base, stat, of.unit, direction);
            sheet.put_json_as(record, &format!("{path}.{name}"), &key(name), role, scalar_cell(value));
        }
    }
    if let Some(hz) = number("hz") {
        let role = field::metric(THROUGHPUT.base, "", THROUGHPUT.unit, Higher);
        sheet.put_json_as(record, &format!("{path}.hz"), &key("hz"), role, scalar_cell(hz));
    }
    if let Some(rme) = number("rme") {
        let role = field::metric(of.base, "other", "percent", Neutral);
        sheet.put_json_as(record, &format!("{path}.rme"), &key("rme"), role, scalar_cell(rme));
    }
    if let Some(count) = number("sampleCount") {
        sheet.put_json(record, &format!("{path}.sampleCount"), &COUNT, scalar_cell(count));
    }
    let raw = result.get("samples").and_then(Value::as_array).into_iter().flatten().enumerate();
    let raw: Vec<(usize, f64)> = raw.filter_map(|(i, value)| Some((i, value.as_f64()?))).collect();
    if !raw.is_empty() {
        let role = field::metric(of.base, "", of.unit, of.direction);
        sheet.put_list(record, &key("samples"), role, raw);
    }
}
