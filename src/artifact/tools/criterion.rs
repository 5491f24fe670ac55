//! Criterion.rs: the files below `target/criterion`.
//!
//! `GROUP/FUNCTION/VALUE/{new,base,NAME}/estimates.json` holds the estimates of one case in nanoseconds for one iteration. Which case it
//! is stands in the path alone: the directories between `criterion` (or the root of the tree) and the last one. `new` is the latest run;
//! when a run is saved as baseline, `base` becomes a copy of it. Both are one case, and equal content counts once, so neither is
//! preferred here. `change/estimates.json` compares two runs (ratios computed from both, no measurements); `benchmark.json` describes
//! the case, `tukey.json` holds fences for outliers, `sample.json` the raw totals from which the estimates were made: none of them
//! gives a series. Source: <https://bheisler.github.io/criterion.rs/book/user_guide/csv_output.html>,
//! `src/estimate.rs` and `src/benchmark.rs` of the crate.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{self, Field, case, lower, neutral};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::artifact::display_bytes;
use crate::domain::series::Direction;

/// `estimates.json`.
pub(super) struct Estimates;
/// The files beside it that hold no results.
pub(super) struct Beside;

const NAME: Field = case("case");
const ESTIMATES: &[Field] = &[
    lower("mean.point_estimate", "time", "ns").stat("mean"),
    lower("median.point_estimate", "time", "ns").stat("p50"),
    lower("slope.point_estimate", "time_slope", "ns"),
    neutral("std_dev.point_estimate", "time", "ns").stat("std"),
    neutral("median_abs_dev.point_estimate", "time", "ns").stat("other"),
];
const SPREADS: &[&str] = &["confidence_interval.lower_bound", "confidence_interval.upper_bound", "standard_error"];

impl JsonTool for Estimates {
    fn name(&self) -> &'static str {
        "criterion"
    }

    fn recognises(&self, value: &Value) -> bool {
        let estimate = |key: &str| value.get(key).is_some_and(|e| e.get("point_estimate").is_some());
        estimate("mean") && estimate("median")
    }

    fn read(&self, value: &Value, source: &Source<'_>) -> Document {
        let (case, place) = place(source);
        let mut sheet = Sheet::default();
        if place.as_deref() == Some("change") || value.get("std_dev").is_none() {
            let mut document = sheet.finish(self.name());
            document.warnings.push("relative changes against a baseline: no measurements".to_owned());
            return document;
        }
        let mut record = Record::default();
        sheet.put_json(&mut record, "", &NAME, case.map_or(Cell::Missing, Cell::Text));
        for field in ESTIMATES {
            let name = field.key.split('.').next().unwrap_or_default();
            let Some(estimate) = value.get(name).filter(|estimate| estimate.is_object()) else { continue };
            let point = estimate.get("point_estimate").map(scalar_cell).unwrap_or_default();
            sheet.put_json_as(&mut record, &format!(".{}", field.key), field.key, field.role(field.key), point);
            for spread in SPREADS {
                let pointer = format!("/{}", spread.replace('.', "/"));
                let key = format!("{name}.{spread}");
                let role = field::metric("time", "other", "ns", Direction::Neutral);
                let cell = estimate.pointer(&pointer).map(scalar_cell).unwrap_or_default();
                sheet.put_json_as(&mut record, &format!(".{key}"), &key, role, cell);
            }
        }
        sheet.push_at(record, RowAt::Json("$".to_owned()), Some(1));
        sheet.finish(self.name())
    }
}

/// The case that the path of the file tells, and the directory that the file stands in.
fn place(source: &Source<'_>) -> (Option<String>, Option<String>) {
    let path = display_bytes(source.path.as_bytes());
    let mut steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    steps.pop();
    let last = steps.pop().map(str::to_owned);
    let start = steps.iter().rposition(|step| *step == "criterion").map_or(0, |at| at + 1);
    let case = steps.get(start..).unwrap_or_default().join("/");
    (Some(case).filter(|case| !case.is_empty()), last)
}

impl JsonTool for Beside {
    fn name(&self) -> &'static str {
        "criterion"
    }

    fn recognises(&self, value: &Value) -> bool {
        let has = |keys: &[&str]| keys.iter().all(|key| value.get(key).is_some());
        let tukey = value.as_array().is_some_and(|a| a.len() == 4 && a.iter().all(Value::is_number));
        has(&["group_id", "function_id", "full_id"]) || has(&["sampling_mode", "iters", "times"]) || tukey
    }

    fn read(&self, _value: &Value, _source: &Source<'_>) -> Document {
        let mut document = Sheet::default().finish(self.name());
        document.warnings.push("a companion of estimates.json, which holds the results".to_owned());
        document
    }
}
