//! Artillery: the report of `artillery run --output`.
//!
//! `aggregate` is the whole test, `intermediate` moments of it. Counters count, rates are of a second, summaries and histograms (the same
//! figures under two names) have the statistics of a quantity; its times are milliseconds.
//! Source: <https://www.artillery.io/docs/reference/reported-metrics>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{self, Field, case, count};
use crate::artifact::format::Source;
use crate::artifact::format::json_tables::step;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction::{Higher, Lower, Neutral};

pub(super) struct Artillery;

const METRIC: Field = case("metric");
const COUNT: Field = count("count", "count");
const STATS: &[(&str, &str)] = &[
    ("mean", "mean"),
    ("min", "min"),
    ("max", "max"),
    ("median", "p50"),
    ("p75", "p75"),
    ("p90", "p90"),
    ("p95", "p95"),
    ("p99", "p99"),
    ("p999", "p99.9"),
];

impl JsonTool for Artillery {
    fn name(&self) -> &'static str {
        "artillery"
    }

    fn recognises(&self, value: &Value) -> bool {
        value.pointer("/aggregate/counters").is_some() && value.pointer("/aggregate/summaries").is_some()
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        let Some(aggregate) = value.get("aggregate") else { return sheet.finish(self.name()) };
        for (name, summary) in entries(aggregate, "summaries") {
            let mut record = begin(&mut sheet, name);
            let is_time =
                ["time", "ttfb", "length", "step", "LCP", "FCP", "TTFB", "INP"].iter().any(|w| name.contains(w));
            let (unit, good) = if is_time { ("ms", Lower) } else { ("", Neutral) };
            for (key, stat) in STATS {
                if let Some(number) = summary.get(*key).and_then(Value::as_f64) {
                    let role = field::metric("value", stat, unit, good);
                    sheet.put_json_as(&mut record, &format!(".{key}"), key, role, Cell::Number(number));
                }
            }
            sheet.push_at(record, at("summaries", name), Some(1));
        }
        for (name, rate) in entries(aggregate, "rates") {
            let mut record = begin(&mut sheet, name);
            if let Some(number) = rate.as_f64() {
                let role = field::metric("rate", "", "req/s", Higher);
                sheet.put_json_as(&mut record, "", "rate", role, Cell::Number(number));
            }
            sheet.push_at(record, at("rates", name), Some(1));
        }
        for (name, counter) in entries(aggregate, "counters") {
            let mut record = begin(&mut sheet, name);
            let failure =
                name.contains("error") || name.contains("fail") || name.contains("codes.5") || name.contains("codes.4");
            if let Some(number) = counter.as_f64() {
                let role = if failure { field::metric("count", "", "count", Lower) } else { COUNT.role(COUNT.key) };
                sheet.put_json_as(&mut record, "", "count", role, Cell::Number(number));
            }
            sheet.push_at(record, at("counters", name), Some(1));
        }
        sheet.finish(self.name())
    }
}

fn entries<'v>(aggregate: &'v Value, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    aggregate.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn begin(sheet: &mut Sheet, name: &str) -> Record {
    let mut record = Record::default();
    sheet.put_json(&mut record, "", &METRIC, Cell::Text(name.to_owned()));
    record
}

fn at(key: &str, name: &str) -> RowAt {
    RowAt::Json(format!("$.aggregate.{key}{}", step(name)))
}
