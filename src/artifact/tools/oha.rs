//! oha: `--output-format json` (`-j` in older versions). Its text summary is read by `hey`, whose layout it follows.
//!
//! Seconds and bytes throughout; a percentile that no request reached is null. The percentiles are of all responses, those of
//! successful and failed ones stand beside them. Histograms are no metrics; responses of each status and failures are counted.
//! Source: <https://github.com/hatoo/oha#json-output>.

use serde_json::Value;

use super::JsonTool;
use super::paths::at;
use crate::artifact::field::{self, Field, higher, lower, neutral};
use crate::artifact::format::Source;
use crate::artifact::format::json_tables::step;
use crate::artifact::infer::names;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct OhaJson;

const FIGURES: &[Field] = &[
    higher("summary.successRate", "success_rate", "ratio"),
    lower("summary.total", "total_time", "s"),
    lower("summary.slowest", "response_time", "s").stat("max"),
    lower("summary.fastest", "response_time", "s").stat("min"),
    lower("summary.average", "response_time", "s"),
    higher("summary.requestsPerSec", "requests_per_second", "req/s"),
    neutral("summary.totalData", "total_data", "bytes"),
    neutral("summary.sizePerRequest", "size_per_request", "bytes"),
    higher("summary.sizePerSec", "transfer", "bytes/s"),
    lower("details.DNSDialup.average", "dns_dialup", "s"),
    lower("details.DNSDialup.fastest", "dns_dialup", "s").stat("min"),
    lower("details.DNSDialup.slowest", "dns_dialup", "s").stat("max"),
    lower("details.DNSLookup.average", "dns_lookup", "s"),
    lower("details.DNSLookup.fastest", "dns_lookup", "s").stat("min"),
    lower("details.DNSLookup.slowest", "dns_lookup", "s").stat("max"),
    higher("rps.mean", "rps", "req/s"),
    higher("rps.stddev", "rps", "req/s").stat("std"),
    higher("rps.min", "rps", "req/s").stat("min"),
    higher("rps.max", "rps", "req/s").stat("max"),
];
/// Objects of percentiles, what they are of, and which way is good.
const PERCENTILES: &[(&str, &str, &str, Direction)] = &[
    ("latencyPercentiles", "response_time", "s", Direction::Lower),
    ("latencyPercentilesSuccessful", "response_time_successful", "s", Direction::Lower),
    ("latencyPercentilesNotSuccessful", "response_time_not_successful", "s", Direction::Lower),
    ("rps.percentiles", "rps", "req/s", Direction::Higher),
    ("firstBytePercentiles", "first_byte_time", "s", Direction::Lower),
];

impl JsonTool for OhaJson {
    fn name(&self) -> &'static str {
        "oha"
    }

    fn recognises(&self, value: &Value) -> bool {
        value.pointer("/summary/requestsPerSec").is_some() && value.get("latencyPercentiles").is_some()
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        for field in FIGURES {
            if let Some(found) = at(value, field.key).and_then(Value::as_f64) {
                sheet.put_json(&mut record, &format!(".{}", field.key), field, Cell::Number(found));
            }
        }
        for (key, base, unit, direction) in PERCENTILES {
            for (name, found) in at(value, key).and_then(Value::as_object).into_iter().flatten() {
                let Some(found) = found.as_f64() else { continue };
                let role = field::metric(base, name, unit, *direction);
                let path = format!("{key}.{name}");
                sheet.put_json_as(&mut record, &format!(".{key}{}", step(name)), &path, role, Cell::Number(found));
            }
        }
        errors(&mut sheet, &mut record, value);
        sheet.push_at(record, RowAt::Json("$".to_owned()), Some(1));
        sheet.finish(self.name())
    }
}

/// How many responses had each status, and how many requests failed in which way.
fn errors(sheet: &mut Sheet, record: &mut Record, value: &Value) {
    for (distribution, base) in [("statusCodeDistribution", "responses"), ("errorDistribution", "errors")] {
        for (name, found) in value.get(distribution).and_then(Value::as_object).into_iter().flatten() {
            let Some(found) = found.as_f64() else { continue };
            let named = format!("{base}_{}", names::snake(name));
            // As in the text: answers are a number of things done, unless they are failures.
            let is_failure = base == "errors" || name.starts_with(['4', '5']);
            let role = match is_failure {
                true => field::metric(&named, "", "count", Direction::Lower),
                false => field::counted(&named),
            };
            let path = format!(".{distribution}{}", step(name));
            sheet.put_json_as(record, &path, &format!("{distribution} {name}"), role, Cell::Number(found));
        }
    }
}
