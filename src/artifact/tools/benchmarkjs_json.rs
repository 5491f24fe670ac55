//! Benchmark.js as JSON: scripts write its `Benchmark` objects with `JSON.stringify`, alone, in lists, or under names of their own.
//!
//! Times are seconds, `hz` is operations a second, `rme` the relative margin of error in percent. Options, `count` and `cycles` say how
//! it was measured. Where an object stands under keys, they are part of the case.
//! Source: <https://benchmarkjs.com/docs#stats>.

use serde_json::{Map, Value};

use super::JsonTool;
use crate::artifact::field::{self, Field, case, higher, lower, neutral};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct BenchmarkJsJson;

const NAME: Field = case("name");
const FIELDS: &[Field] = &[
    higher("hz", "ops_per_second", "ops/s"),
    lower("stats.mean", "time", "s").stat("mean"),
    neutral("stats.deviation", "time", "s").stat("std"),
    neutral("stats.moe", "time", "s").stat("other"),
    neutral("stats.sem", "time", "s").stat("other"),
    neutral("stats.variance", "time", "s").stat("other"),
    neutral("stats.rme", "time", "percent").stat("other"),
];
/// Keys that only hold the results together.
const STRUCTURE: &[&str] = &["benchmarks", "results", "suites", "benches"];
/// How deep and how many values are looked through for the first object.
const DEPTH: usize = 6;
const LOOK: usize = 1000;

impl JsonTool for BenchmarkJsJson {
    fn name(&self) -> &'static str {
        "benchmarkjs"
    }

    fn recognises(&self, value: &Value) -> bool {
        Objects::of(value).take(LOOK).any(|(_, _, object)| is_benchmark(object))
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (path, keys, object) in Objects::of(value).filter(|(_, _, object)| is_benchmark(object)) {
            let mut record = Record::default();
            let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
            let case: Vec<&str> = keys.into_iter().chain([name]).filter(|step| !step.is_empty()).collect();
            sheet.put_json(&mut record, ".name", &NAME, Cell::Text(case.join("/")));
            let get = |key: &str| {
                object
                    .get("stats")
                    .filter(|_| key.contains('.'))
                    .map_or_else(|| object.get(key), |stats| stats.get(key.trim_start_matches("stats.")))
            };
            for field in FIELDS {
                if let Some(number) = get(field.key).filter(|number| number.is_number()) {
                    sheet.put_json(&mut record, &format!(".{}", field.key), field, scalar_cell(number));
                }
            }
            let sample = get("stats.sample").and_then(Value::as_array).into_iter().flatten().enumerate();
            let sample: Vec<(usize, f64)> = sample.filter_map(|(i, value)| Some((i, value.as_f64()?))).collect();
            if !sample.is_empty() {
                let role = field::metric("time", "", "s", Direction::Lower);
                sheet.put_list(&mut record, "stats.sample", role, sample);
            }
            sheet.push_at(record, RowAt::Json(path), Some(1));
        }
        sheet.finish(self.name())
    }
}

fn is_benchmark(object: &Map<String, Value>) -> bool {
    let inner = |block: &str, key: &str| object.get(block).is_some_and(|block| block.get(key).is_some());
    object.contains_key("hz") && inner("stats", "rme") && inner("times", "cycle")
}

/// The objects of a document with their paths and the names above them, in order, without descending into what was found.
struct Objects<'v> {
    open: Vec<(String, Vec<&'v str>, &'v Value)>,
}

impl<'v> Objects<'v> {
    fn of(value: &'v Value) -> Self {
        Self { open: vec![("$".to_owned(), Vec::new(), value)] }
    }
}

impl<'v> Iterator for Objects<'v> {
    type Item = (String, Vec<&'v str>, &'v Map<String, Value>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (path, keys, value) = self.open.pop()?;
            match value {
                Value::Array(items) => {
                    for (i, item) in items.iter().enumerate().rev().filter(|(_, item)| item.is_object()) {
                        self.open.push((format!("{path}[{i}]"), keys.clone(), item));
                    }
                }
                Value::Object(object) => {
                    if !is_benchmark(object) && keys.len() < DEPTH {
                        for (key, inner) in object.iter().rev().filter(|(_, v)| v.is_object() || v.is_array()) {
                            let mut keys = keys.clone();
                            keys.push(if STRUCTURE.contains(&key.as_str()) { "" } else { key });
                            self.open.push((format!("{path}[{}]", Value::String(key.clone())), keys, inner));
                        }
                    }
                    return Some((path, keys, object));
                }
                _ => {}
            }
        }
    }
}
