//! pyperf: the JSON of `pyperf timeit -o`, and of suites such as pyperformance.
//!
//! `benchmarks[].runs[].values` are seconds per loop unless `unit` says otherwise. Runs that only calibrate or warm up have no
//! values; warm-ups are `[loops, value]` pairs and no measurements. What all runs share stands in `metadata` at the root or of the
//! benchmark. Source: <https://pyperf.readthedocs.io/en/latest/api.html#pyperf-json-format>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{self, case, host, time};
use crate::artifact::format::Source;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct Pyperf;

impl JsonTool for Pyperf {
    fn name(&self) -> &'static str {
        "pyperf"
    }

    fn recognises(&self, value: &Value) -> bool {
        let runs = value.pointer("/benchmarks/0/runs/0");
        runs.is_some_and(|run| ["values", "warmups", "metadata"].iter().any(|key| run.get(key).is_some()))
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        let shared = value.get("metadata");
        for (b, benchmark) in value.get("benchmarks").and_then(Value::as_array).into_iter().flatten().enumerate() {
            for (r, run) in benchmark.get("runs").and_then(Value::as_array).into_iter().flatten().enumerate() {
                let known = [run.get("metadata"), benchmark.get("metadata"), shared];
                let Some(record) = record(&mut sheet, run, known) else { continue };
                sheet.push_at(record, RowAt::Json(format!("$.benchmarks[{b}].runs[{r}]")), Some(1));
            }
        }
        sheet.finish(self.name())
    }
}

/// The record of one process; `None` when it measured nothing.
fn record(sheet: &mut Sheet, run: &Value, known: [Option<&Value>; 3]) -> Option<Record> {
    let values: Vec<(usize, f64)> =
        run.get("values")?.as_array()?.iter().enumerate().filter_map(|(i, v)| Some((i, v.as_f64()?))).collect();
    let text = |key: &str| known.iter().flatten().find_map(|m| m.get(key)?.as_str()).map(str::to_owned);
    let mut record = Record::default();
    for (path, field) in [(".name", case("name")), (".hostname", host("hostname")), (".date", time("date"))] {
        if let Some(text) = text(field.key) {
            sheet.put_json(&mut record, path, &field, Cell::Text(text));
        }
    }
    let unit = match text("unit").as_deref() {
        Some("byte") => "bytes",
        Some("integer") => "-",
        _ => "s",
    };
    let role = field::metric("value", "", unit, Direction::Lower);
    sheet.put_list(&mut record, "values", role, values);
    Some(record)
}
