//! `deno bench --json`: `{version, runtime, cpu, benches: [{origin, group, name, baseline, results: [{ok: {…}}]}]}`.
//!
//! All times are nanoseconds for one iteration, `n` is how many there were. A result that failed has `failed` instead of `ok`.
//! The printed table is mitata's. Source: <https://docs.deno.com/runtime/reference/cli/bench/>, `cli/tools/bench`.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{Field, case, error, lower, samples};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct DenoBench;

const GROUP: Field = case("group");
const NAME: Field = case("name");
const FAILURE: Field = error("failed");
const FIELDS: &[Field] = &[
    samples("n"),
    lower("avg", "time", "ns").stat("mean"),
    lower("min", "time", "ns").stat("min"),
    lower("max", "time", "ns").stat("max"),
    lower("p75", "time", "ns").stat("p75"),
    lower("p99", "time", "ns").stat("p99"),
    lower("p995", "time", "ns").stat("p99.5"),
    lower("p999", "time", "ns").stat("p99.9"),
];

impl JsonTool for DenoBench {
    fn name(&self) -> &'static str {
        "deno-bench"
    }

    fn recognises(&self, value: &Value) -> bool {
        let first = value.pointer("/benches/0");
        value.get("runtime").is_some() && first.is_some_and(|b| b.get("origin").is_some() && b.get("results").is_some())
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let mut sheet = Sheet::default();
        for (b, bench) in list(value, "benches").iter().enumerate() {
            for (r, result) in list(bench, "results").iter().enumerate() {
                let mut record = Record::default();
                for field in [GROUP, NAME] {
                    let text = bench.get(field.key).filter(|text| text.is_string());
                    sheet.put_json(&mut record, "", &field, text.map(scalar_cell).unwrap_or_default());
                }
                if let Some(failure) = result.get("failed") {
                    let text = failure.get("jsError").and_then(|e| e.get("message")).unwrap_or(failure);
                    let text = text.as_str().unwrap_or("failed").to_owned();
                    sheet.put_json(&mut record, ".failed", &FAILURE, Cell::Text(text));
                }
                for field in FIELDS {
                    if let Some(number) = result.pointer(&format!("/ok/{}", field.key)).filter(|n| n.is_number()) {
                        sheet.put_json(&mut record, &format!(".ok.{}", field.key), field, scalar_cell(number));
                    }
                }
                sheet.push_at(record, RowAt::Json(format!("$.benches[{b}].results[{r}]")), Some(1));
            }
        }
        let mut document = sheet.finish(self.name());
        document.constants.extend(value.get("cpu").map(|cpu| (vec!["cpu_name".to_owned()], scalar_cell(cpu))));
        document
    }
}
