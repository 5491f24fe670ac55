//! Gatling: `stats.json` and `global_stats.json` of a report.
//!
//! A request or group has its figures under `stats`, each for all, the good (`ok`) and the failed (`ko`) responses; `contents` holds what is
//! inside a group. `percentiles1` to `4` are the 50th, 75th, 95th and 99th unless the configuration chose others, which the file does not
//! tell. Times are milliseconds; a figure of responses that there were not is zero or `-`.
//! Source: <https://docs.gatling.io/reference/stats/reports/oss/>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{Field, case, count, higher, lower, param};
use crate::artifact::format::Source;
use crate::artifact::format::json_tables::step;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct Gatling;

const NAME: Field = case("name");
const GROUP: Field = param("type", "type");
/// Figures that have a total, ok and ko.
const FIGURES: &[(&str, Field, Field)] = &[
    ("numberOfRequests", count("total", "requests"), lower("ko", "failed_requests", "count")),
    ("meanNumberOfRequestsPerSecond", RATE, lower("ko", "failed_requests_per_second", "req/s")),
    ("meanResponseTime", time("mean"), failed("mean")),
    ("minResponseTime", time("min"), failed("min")),
    ("maxResponseTime", time("max"), failed("max")),
    ("standardDeviation", time("std"), failed("std")),
    ("percentiles1", time("p50"), failed("p50")),
    ("percentiles2", time("p75"), failed("p75")),
    ("percentiles3", time("p95"), failed("p95")),
    ("percentiles4", time("p99"), failed("p99")),
];
const RATE: Field = higher("total", "requests_per_second", "req/s");

const fn time(stat: &'static str) -> Field {
    lower("total", "response_time", "ms").stat(stat)
}

const fn failed(stat: &'static str) -> Field {
    lower("ko", "failed_response_time", "ms").stat(stat)
}

impl JsonTool for Gatling {
    fn name(&self) -> &'static str {
        "gatling"
    }

    fn recognises(&self, value: &Value) -> bool {
        let stats = value.get("stats").unwrap_or(value);
        ["numberOfRequests", "meanResponseTime", "percentiles1"].iter().all(|key| stats.get(key).is_some())
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        // Groups hold requests and groups; what is still to be read stands on a list, the last first.
        let mut waiting = vec![("$".to_owned(), value)];
        while let Some((path, value)) = waiting.pop() {
            let (stats, place) = value.get("stats").map_or((value, ""), |stats| (stats, ".stats"));
            let mut record = Record::default();
            name(&mut sheet, &mut record, value, stats);
            for (key, all, ko) in FIGURES {
                let failures = count_of(stats, "numberOfRequests", "ko").unwrap_or(0.0);
                for field in [Some(all), Some(ko).filter(|_| failures > 0.0 || *key == "numberOfRequests")] {
                    let Some((field, number)) = field.and_then(|f| Some((f, count_of(stats, key, f.key)?))) else {
                        continue;
                    };
                    let column = if field.key == "total" { (*key).to_owned() } else { format!("{key}.{}", field.key) };
                    let path = format!("{place}.{key}.{}", field.key);
                    sheet.put_json_as(&mut record, &path, &column, field.role(field.key), Cell::Number(number));
                }
            }
            sheet.push_at(record, RowAt::Json(path.clone()), Some(1));
            let contents = value.get("contents").and_then(Value::as_object);
            let inner = contents.into_iter().flatten();
            let mut inner: Vec<_> =
                inner.map(|(key, value)| (format!("{path}.contents{}", step(key)), value)).collect();
            inner.reverse();
            waiting.extend(inner);
        }
        sheet.finish(self.name())
    }
}

/// A request is told by its path through the groups.
fn name(sheet: &mut Sheet, record: &mut Record, value: &Value, stats: &Value) {
    let path = value.get("path").and_then(Value::as_str).filter(|path| !path.is_empty());
    let name = path.or_else(|| stats.get("name")?.as_str()).or_else(|| value.get("name")?.as_str());
    if let Some(name) = name {
        sheet.put_json(record, ".name", &NAME, Cell::Text(name.to_owned()));
    }
    if value.get("type").and_then(Value::as_str) == Some("GROUP") {
        sheet.put_json(record, ".type", &GROUP, Cell::Text("group".to_owned()));
    }
}

/// Numbers are text in older versions; `-` is none.
fn count_of(stats: &Value, key: &str, side: &str) -> Option<f64> {
    let value = stats.get(key)?.get(side)?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite())
}
