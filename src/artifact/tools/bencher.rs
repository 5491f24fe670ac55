//! Bencher Metric Format: `{benchmark: {measure: {value, lower_value?, upper_value?}}}`.
//!
//! The file names no units; Bencher's built-in measures have theirs by definition. Other measures are taken by their name. The bounds
//! are what the tool gave for the value's scatter. Source: <https://bencher.dev/docs/reference/bencher-metric-format/>.

use serde_json::Value;

use super::JsonTool;
use super::quantity::{self, Told};
use crate::artifact::field::{Field, case};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction::{self, Higher, Lower};

pub(super) struct Bencher;

const NAME: Field = case("benchmark");
/// Built-in measures: slug, unit, direction.
const MEASURES: &[(&str, &str, Direction)] = &[
    ("latency", "ns", Lower),
    ("throughput", "ops/s", Higher),
    ("build-time", "s", Lower),
    ("file-size", "bytes", Lower),
    ("score", "-", Higher),
];

impl JsonTool for Bencher {
    fn name(&self) -> &'static str {
        "bencher"
    }

    fn recognises(&self, value: &Value) -> bool {
        let metric = |(slug, metric): (&String, &Value)| {
            metric.as_object().is_some_and(|map| {
                let bounds = map.contains_key("lower_value") || map.contains_key("upper_value");
                let known = bounds || MEASURES.iter().any(|(measure, _, _)| measure == slug);
                let only = map.keys().all(|key| matches!(key.as_str(), "value" | "lower_value" | "upper_value"));
                known && only && map.get("value").is_some_and(Value::is_number)
            })
        };
        let benchmark =
            |measures: &Value| measures.as_object().is_some_and(|map| !map.is_empty() && map.iter().all(metric));
        value.as_object().is_some_and(|map| !map.is_empty() && map.values().take(100).all(benchmark))
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (name, measures) in value.as_object().into_iter().flatten() {
            let mut record = Record::default();
            sheet.put_json(&mut record, "", &NAME, Cell::Text(name.clone()));
            for (measure, metric) in measures.as_object().into_iter().flatten() {
                let told = told(measure);
                for (key, stat) in [("value", ""), ("lower_value", "other"), ("upper_value", "other")] {
                    let Some(number) = metric.get(key).filter(|number| number.is_number()) else { continue };
                    let field = if stat.is_empty() { measure.clone() } else { format!("{measure}.{key}") };
                    let path = format!("[{}].{key}", Value::String(measure.clone()));
                    sheet.put_json_as(&mut record, &path, &field, told.role(stat), scalar_cell(number));
                }
            }
            sheet.push_at(record, RowAt::Json(format!("$[{}]", Value::String(name.clone()))), Some(1));
        }
        sheet.finish(self.name())
    }
}

fn told(measure: &str) -> Told {
    let by_name = quantity::named(measure, None);
    match MEASURES.iter().find(|(slug, _, _)| *slug == measure) {
        Some((_, unit, direction)) => Told { unit: (*unit).to_owned(), direction: *direction, ..by_name },
        None => by_name,
    }
}
