//! JMeter: sample logs (`.jtl`), the dashboard's `statistics.json`, and the aggregate and summary reports as CSV.
//!
//! A sample log has a row for each request of one execution: rows of one label are samples, threads and response codes describe
//! them. A request that failed took its time too, and JMeter's own reports count it, so its row is read as any other. In
//! `statistics.json` pct1, pct2 and pct3 are the 90th, 95th and 99th percentile unless the report generator was set otherwise
//! (`aggregate_rpt_pct1` …), which the file does not tell. `Total` is the sum of the other transactions and a case of its own. Times are
//! milliseconds, throughput is per second.
//! Sources: <https://jmeter.apache.org/usermanual/listeners.html#csvlogformat>,
//! <https://jmeter.apache.org/usermanual/generating-dashboard.html>, <https://jmeter.apache.org/usermanual/component_reference.html#Aggregate_Report>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{Field, case, count, higher, lower, neutral, time};
use crate::artifact::format::Source;
use crate::artifact::format::json_tables::step;
use crate::artifact::schema::{Rest, Rows, Schema};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

const SAMPLE: &[Field] = &[
    time("timeStamp"),
    case("label"),
    lower("elapsed", "elapsed", "ms"),
    lower("Latency", "latency", "ms"),
    lower("Connect", "connect", "ms"),
    neutral("IdleTime", "idle_time", "ms"),
    neutral("bytes", "response_size", "bytes"),
    neutral("sentBytes", "request_size", "bytes"),
];
/// Logs can leave the label out: then the address says what was asked for.
const UNLABELLED: &[Field] = &[
    time("timeStamp"),
    case("URL"),
    lower("elapsed", "elapsed", "ms"),
    lower("Latency", "latency", "ms"),
    lower("Connect", "connect", "ms"),
    neutral("IdleTime", "idle_time", "ms"),
    neutral("bytes", "response_size", "bytes"),
    neutral("sentBytes", "request_size", "bytes"),
];

const REPORT: &[Field] = &[
    case("Label"),
    case("sampler_label"),
    count("# Samples", "samples"),
    count("aggregate_report_count", "samples"),
    lower("Average", "response_time", "ms"),
    lower("Median", "response_time", "ms").stat("p50"),
    lower("aggregate_report_median", "response_time", "ms").stat("p50"),
    lower("90% Line", "response_time", "ms").stat("p90"),
    lower("95% Line", "response_time", "ms").stat("p95"),
    lower("99% Line", "response_time", "ms").stat("p99"),
    lower("aggregate_report_90%_line", "response_time", "ms").stat("p90"),
    lower("aggregate_report_95%_line", "response_time", "ms").stat("p95"),
    lower("aggregate_report_99%_line", "response_time", "ms").stat("p99"),
    lower("Min", "response_time", "ms").stat("min"),
    lower("aggregate_report_min", "response_time", "ms").stat("min"),
    lower("Max", "response_time", "ms").stat("max"),
    lower("aggregate_report_max", "response_time", "ms").stat("max"),
    lower("Std. Dev.", "response_time", "ms").stat("std"),
    lower("aggregate_report_stddev", "response_time", "ms").stat("std"),
    lower("Error %", "error_rate", "percent"),
    lower("aggregate_report_error%", "error_rate", "percent"),
    higher("Throughput", "requests_per_second", "req/s"),
    higher("aggregate_report_rate", "requests_per_second", "req/s"),
    higher("Received KB/sec", "received", "KB/s"),
    higher("KB/sec", "received", "KB/s"),
    higher("aggregate_report_bandwidth", "received", "KB/s"),
    higher("Sent KB/sec", "sent", "KB/s"),
    neutral("Avg. Bytes", "response_size", "bytes"),
];

pub(super) const SCHEMAS: &[Schema] = &[
    Schema {
        tool: "jmeter",
        requires: &["timeStamp", "elapsed", "label", "responseCode|success|threadName|Latency"],
        fields: SAMPLE,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "jmeter",
        requires: &["timeStamp", "elapsed", "URL", "responseCode|success|threadName|Latency"],
        fields: UNLABELLED,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "jmeter",
        requires: &["Label", "# Samples", "Average", "Error %", "Throughput"],
        fields: REPORT,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "jmeter",
        requires: &["sampler_label", "aggregate_report_count", "average", "aggregate_report_min"],
        fields: REPORT,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
];

const TRANSACTION: &[Field] = &[
    case("transaction"),
    count("sampleCount", "samples"),
    lower("errorCount", "errors", "count"),
    lower("errorPct", "error_rate", "percent"),
    lower("meanResTime", "response_time", "ms"),
    lower("medianResTime", "response_time", "ms").stat("p50"),
    lower("minResTime", "response_time", "ms").stat("min"),
    lower("maxResTime", "response_time", "ms").stat("max"),
    lower("pct1ResTime", "response_time", "ms").stat("p90"),
    lower("pct2ResTime", "response_time", "ms").stat("p95"),
    lower("pct3ResTime", "response_time", "ms").stat("p99"),
    higher("throughput", "requests_per_second", "req/s"),
    higher("receivedKBytesPerSec", "received", "KB/s"),
    higher("sentKBytesPerSec", "sent", "KB/s"),
];

/// `statistics.json`.
pub(super) struct Statistics;

impl JsonTool for Statistics {
    fn name(&self) -> &'static str {
        "jmeter"
    }

    fn recognises(&self, value: &Value) -> bool {
        let known =
            |entry: &Value| ["transaction", "sampleCount", "meanResTime"].iter().all(|key| entry.get(key).is_some());
        value.as_object().and_then(|map| map.values().next()).is_some_and(known)
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (name, transaction) in value.as_object().into_iter().flatten() {
            let mut record = Record::default();
            for field in TRANSACTION {
                let cell = match transaction.get(field.key) {
                    Some(Value::String(text)) => Cell::Text(text.clone()),
                    Some(Value::Number(number)) => number.as_f64().map_or(Cell::NotANumber, Cell::Number),
                    _ => continue,
                };
                sheet.put_json(&mut record, &format!(".{}", field.key), field, cell);
            }
            sheet.push_at(record, RowAt::Json(format!("${}", step(name))), Some(1));
        }
        sheet.finish(self.name())
    }
}
