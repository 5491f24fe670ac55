//! ClickBench: the result file of one system on one machine.
//!
//! `result` is a matrix without names: a row for each of the 43 queries, a column for each try; the first runs on cold caches, the others
//! on warm ones, so a try is a parameter and not a sample. `null` is a query that failed. Times are seconds, sizes bytes.
//! Source: <https://github.com/ClickHouse/ClickBench#rules-and-contribution>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{Field, case, hardware, lower, param, time};
use crate::artifact::format::Source;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct ClickBench;

const SYSTEM: Field = param("system", "system");
const NODES: Field = param("cluster_size", "cluster_size");
const MACHINE: Field = hardware("machine");
const DATE: Field = time("date");
const LOAD: Field = lower("load_time", "load_time", "s");
const SIZE: Field = lower("data_size", "data_size", "bytes");
const RESULT: Field = lower("result", "time", "s");

impl JsonTool for ClickBench {
    fn name(&self) -> &'static str {
        "ClickBench"
    }

    fn recognises(&self, value: &Value) -> bool {
        ["system", "machine", "load_time", "data_size"].iter().all(|key| value.get(key).is_some())
            && value.pointer("/result/0").is_some_and(Value::is_array)
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        let mut load = about(&mut sheet, value);
        for field in [LOAD, SIZE] {
            if let Some(number) = value.get(field.key).and_then(Value::as_f64) {
                sheet.put_json(&mut load, &format!(".{}", field.key), &field, Cell::Number(number));
            }
        }
        sheet.push_at(load, RowAt::Json("$".to_owned()), Some(1));
        for (query, tries) in value.get("result").and_then(Value::as_array).into_iter().flatten().enumerate() {
            for (i, seconds) in tries.as_array().into_iter().flatten().enumerate() {
                let mut record = about(&mut sheet, value);
                sheet.put_json(&mut record, "", &case("query"), Cell::Text(format!("Q{query}")));
                sheet.put_json(&mut record, "", &param("try", "try"), Cell::Text((i + 1).to_string()));
                sheet.put_json(&mut record, "", &RESULT, seconds.as_f64().map_or(Cell::Empty, Cell::Number));
                sheet.push_at(record, RowAt::Json(format!("$.result[{query}][{i}]")), Some(1));
            }
        }
        sheet.finish(self.name())
    }
}

fn about(sheet: &mut Sheet, value: &Value) -> Record {
    let mut record = Record::default();
    for field in [SYSTEM, NODES, MACHINE, DATE] {
        let cell = match value.get(field.key) {
            Some(Value::String(text)) => Cell::Text(text.clone()),
            Some(Value::Number(n)) => n.as_f64().map_or(Cell::Missing, Cell::Number),
            _ => continue,
        };
        sheet.put_json(&mut record, &format!(".{}", field.key), &field, cell);
    }
    record
}
