//! k6: the JSON of `--summary-export` and of `handleSummary`.
//!
//! `metrics` maps a metric, with the tags of a sub-metric in braces, to its figures: flat in an export, under `values` beside `type`
//! and `contains` in what `handleSummary` is given. A trend has avg, med, min, max and percentiles; a rate has how many passed and
//! failed and the share of non-zero values; a counter has a count and a rate in a second; a gauge has its last value. k6 measures
//! times in milliseconds and data in bytes. An export does not say what a custom metric contains, so its name decides.
//! Thresholds are judgements, groups and checks only names; virtual users are the load and no result.
//! Sources: <https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/>,
//! <https://grafana.com/docs/k6/latest/using-k6/metrics/reference/>.

use serde_json::{Map, Value};

use super::JsonTool;
use crate::artifact::field::{self, Field, case, count};
use crate::artifact::format::Source;
use crate::artifact::format::json_tables::step;
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::infer::{directions, names};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct K6;

const METRIC: Field = case("metric");
/// Metrics of k6 itself, two of which are in any summary.
const BUILT_IN: &[&str] = &[
    "iteration_duration",
    "iterations",
    "vus",
    "vus_max",
    "data_received",
    "data_sent",
    "http_reqs",
    "http_req_duration",
    "http_req_failed",
    "checks",
];

impl JsonTool for K6 {
    fn name(&self) -> &'static str {
        "k6"
    }

    fn recognises(&self, value: &Value) -> bool {
        let Some(metrics) = value.get("metrics").and_then(Value::as_object) else { return false };
        let known = BUILT_IN.iter().filter_map(|name| figures(metrics.get(*name)?));
        known.filter(|found| ["avg", "count", "value", "rate"].iter().any(|key| found.contains_key(*key))).count() > 1
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (name, metric) in value.get("metrics").and_then(Value::as_object).into_iter().flatten() {
            let Some(found) = figures(metric) else { continue };
            let what = What::of(name, metric, found);
            let mut record = Record::default();
            sheet.put_json(&mut record, "", &METRIC, Cell::Text(name.clone()));
            let nested = if metric.get("values").is_some() { ".values" } else { "" };
            for (key, figure) in found {
                if let (Some(figure), Some(role)) = (figure.as_f64(), what.role(key)) {
                    sheet.put_json_as(&mut record, &format!("{nested}{}", step(key)), key, role, Cell::Number(figure));
                }
            }
            sheet.push_at(record, RowAt::Json(format!("$.metrics{}", step(name))), Some(1));
        }
        sheet.finish(self.name())
    }
}

fn figures(metric: &Value) -> Option<&Map<String, Value>> {
    metric.get("values").unwrap_or(metric).as_object()
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Trend,
    Rate,
    Counter,
    Gauge,
}

/// What a metric measures.
struct What {
    kind: Kind,
    /// `time` where that is what it contains.
    base: &'static str,
    /// Of the values of a trend or gauge.
    unit: &'static str,
    /// What a counter's rate counts in a second.
    rate_unit: &'static str,
    direction: Direction,
    /// The load that the test made.
    load: bool,
}

impl What {
    fn of(name: &str, metric: &Value, figures: &Map<String, Value>) -> Self {
        let plain = name.split('{').next().unwrap_or(name);
        let kind = match metric.get("type").and_then(Value::as_str) {
            Some("trend") => Kind::Trend,
            Some("rate") => Kind::Rate,
            Some("counter") => Kind::Counter,
            Some("gauge") => Kind::Gauge,
            _ if figures.contains_key("avg") => Kind::Trend,
            _ if figures.contains_key("passes") => Kind::Rate,
            _ if figures.contains_key("count") => Kind::Counter,
            _ => Kind::Gauge,
        };
        let data = matches!(plain, "data_received" | "data_sent");
        let (unit, is_time) = match metric.get("contains").and_then(Value::as_str) {
            Some("time") => ("ms", true),
            Some("data") => ("bytes", false),
            _ if data => ("bytes", false),
            Some(_) => ("", false),
            None if kind == Kind::Trend && direction(plain) == Direction::Lower => ("ms", true),
            None => ("", false),
        };
        let (rate_unit, good) = match plain {
            "http_reqs" | "grpc_reqs" => ("req/s", Direction::Higher),
            "iterations" => ("iterations/s", Direction::Higher),
            "data_received" | "data_sent" => ("bytes/s", Direction::Higher),
            "checks" => ("", Direction::Higher),
            _ if is_time => ("", Direction::Lower),
            _ => ("", direction(plain)),
        };
        let base = if is_time { "time" } else { "value" };
        Self { kind, base, unit, rate_unit, direction: good, load: matches!(plain, "vus" | "vus_max") }
    }

    /// What the figure under `key` is; `None` for what is no figure of the metric.
    fn role(&self, key: &str) -> Option<ColumnRole> {
        let counted = |base| Some(count("", base).role(key));
        match (self.kind, key) {
            _ if self.load => matches!(key, "value" | "min" | "max").then(|| count("", "virtual_users").role(key)),
            (Kind::Trend, "count") => counted("count"),
            (Kind::Trend, key) => Some(field::metric(self.base, key, self.unit, self.direction)),
            (Kind::Rate, "passes") => counted("passes"),
            (Kind::Rate, "fails") => counted("fails"),
            (Kind::Rate, "value" | "rate") => Some(field::metric("share", "", "ratio", self.direction)),
            (Kind::Counter, "count") if self.direction == Direction::Lower => {
                Some(field::metric("count", "", "count", self.direction))
            }
            (Kind::Counter, "count") => counted("count"),
            (Kind::Counter, "rate") => Some(field::metric("rate", "", self.rate_unit, self.direction)),
            (Kind::Gauge, "value") => Some(field::metric(self.base, "", self.unit, self.direction)),
            (Kind::Gauge, "min" | "max") => Some(field::metric(self.base, key, self.unit, self.direction)),
            _ => None,
        }
    }
}

/// Which way is good, by the words of a metric's name.
pub(super) fn direction(name: &str) -> Direction {
    let words = names::words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if any(&["error", "errors", "failed", "failure", "failures", "fail", "fails", "dropped", "timeout", "timeouts"]) {
        Direction::Lower
    } else if any(&["success", "successes", "successful", "succeeded", "ok", "passed"]) {
        Direction::Higher
    } else if any(&["blocked", "connecting", "handshaking", "sending", "receiving", "waiting"]) {
        Direction::Lower
    } else {
        directions::lookup(&words, None).unwrap_or_default()
    }
}
