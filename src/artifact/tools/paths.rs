//! Tools whose JSON is one object of figures at fixed places: a table of paths says all about them.
//!
//! A field's key is the dotted path from the root. What is not there is simply absent.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{Field, case, count, higher, lower, neutral, param, time};
use crate::artifact::format::Source;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

/// One tool.
pub(super) struct Paths {
    tool: &'static str,
    /// Only this tool's output has all of these.
    requires: &'static [&'static str],
    fields: &'static [Field],
}

impl JsonTool for Paths {
    fn name(&self) -> &'static str {
        self.tool
    }

    fn recognises(&self, value: &Value) -> bool {
        self.requires.iter().all(|path| at(value, path).is_some())
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        for field in self.fields {
            let cell = match at(value, field.key) {
                Some(Value::Number(number)) => number.as_f64().map_or(Cell::NotANumber, Cell::Number),
                Some(Value::String(text)) => Cell::Text(text.clone()),
                Some(Value::Bool(flag)) => Cell::Text(flag.to_string()),
                _ => continue,
            };
            sheet.put_json(&mut record, &format!(".{}", field.key), field, cell);
        }
        sheet.push_at(record, RowAt::Json("$".to_owned()), Some(1));
        sheet.finish(self.tool)
    }
}

/// The value at a dotted path.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, step| value.get(step))
}

/// vegeta, `report -type=json`: times in nanoseconds. Rate is what was sent, throughput what succeeded.
/// Source: <https://github.com/tsenart/vegeta#report-command>.
pub(super) const VEGETA: Paths = Paths {
    tool: "vegeta",
    requires: &["latencies.mean", "latencies.99th", "bytes_in.total", "throughput", "success", "status_codes"],
    fields: &[
        time("earliest"),
        lower("latencies.mean", "latency", "ns"),
        lower("latencies.min", "latency", "ns").stat("min"),
        lower("latencies.max", "latency", "ns").stat("max"),
        lower("latencies.50th", "latency", "ns").stat("p50"),
        lower("latencies.90th", "latency", "ns").stat("p90"),
        lower("latencies.95th", "latency", "ns").stat("p95"),
        lower("latencies.99th", "latency", "ns").stat("p99"),
        neutral("duration", "duration", "ns"),
        neutral("wait", "wait", "ns"),
        count("requests", "requests"),
        neutral("rate", "rate", "req/s"),
        higher("throughput", "throughput", "req/s"),
        higher("success", "success", "ratio"),
        neutral("bytes_in.mean", "bytes_in", "bytes"),
        neutral("bytes_out.mean", "bytes_out", "bytes"),
    ],
};

/// autocannon, `--json`: latencies in milliseconds, requests and bytes in each second.
/// Source: <https://github.com/mcollina/autocannon#autocannonopts-cb>.
pub(super) const AUTOCANNON: Paths = Paths {
    tool: "autocannon",
    requires: &["latency.p97_5", "requests.average", "throughput.average", "connections", "pipelining"],
    fields: &[
        case("title"),
        case("url"),
        param("connections", "connections"),
        param("pipelining", "pipelining"),
        param("workers", "workers"),
        time("start"),
        lower("latency.mean", "latency", "ms"),
        lower("latency.stddev", "latency", "ms").stat("std"),
        lower("latency.min", "latency", "ms").stat("min"),
        lower("latency.max", "latency", "ms").stat("max"),
        lower("latency.p1", "latency", "ms").stat("*"),
        lower("latency.p2_5", "latency", "ms").stat("*"),
        lower("latency.p10", "latency", "ms").stat("*"),
        lower("latency.p25", "latency", "ms").stat("*"),
        lower("latency.p50", "latency", "ms").stat("*"),
        lower("latency.p75", "latency", "ms").stat("*"),
        lower("latency.p90", "latency", "ms").stat("*"),
        lower("latency.p97_5", "latency", "ms").stat("*"),
        lower("latency.p99", "latency", "ms").stat("*"),
        lower("latency.p99_9", "latency", "ms").stat("*"),
        lower("latency.p99_99", "latency", "ms").stat("*"),
        lower("latency.p99_999", "latency", "ms").stat("*"),
        higher("requests.mean", "requests_per_second", "req/s"),
        higher("requests.stddev", "requests_per_second", "req/s").stat("std"),
        higher("requests.min", "requests_per_second", "req/s").stat("min"),
        higher("requests.max", "requests_per_second", "req/s").stat("max"),
        higher("requests.p1", "requests_per_second", "req/s").stat("*"),
        higher("requests.p2_5", "requests_per_second", "req/s").stat("*"),
        higher("requests.p50", "requests_per_second", "req/s").stat("*"),
        higher("requests.p97_5", "requests_per_second", "req/s").stat("*"),
        higher("requests.p99", "requests_per_second", "req/s").stat("*"),
        count("requests.total", "requests"),
        count("requests.sent", "requests_sent"),
        higher("throughput.mean", "throughput", "bytes/s"),
        higher("throughput.stddev", "throughput", "bytes/s").stat("std"),
        higher("throughput.min", "throughput", "bytes/s").stat("min"),
        higher("throughput.max", "throughput", "bytes/s").stat("max"),
        higher("throughput.p50", "throughput", "bytes/s").stat("*"),
        lower("errors", "errors", "count"),
        lower("timeouts", "timeouts", "count"),
        lower("mismatches", "mismatches", "count"),
        lower("non2xx", "failed_responses", "count"),
        lower("resets", "resets", "count"),
        count("2xx", "responses_2xx"),
        lower("4xx", "responses_4xx", "count"),
        lower("5xx", "responses_5xx", "count"),
        neutral("duration", "duration", "s"),
    ],
};

/// iperf3, `--json`: the sums at the end of a test; intervals are moments of it. TCP has a sender's and a receiver's sum, UDP one.
/// Source: <https://software.es.net/iperf/invoking.html>.
pub(super) const IPERF3: Paths = Paths {
    tool: "iperf3",
    requires: &["start.test_start.protocol", "intervals", "end"],
    fields: &[
        param("start.test_start.protocol", "protocol"),
        param("start.test_start.num_streams", "streams"),
        param("start.test_start.blksize", "block_size"),
        param("start.test_start.reverse", "reverse"),
        param("start.connecting_to.host", "server"),
        time("start.timestamp.timesecs"),
        higher("end.sum_sent.bits_per_second", "sent", "bits/s"),
        higher("end.sum_received.bits_per_second", "received", "bits/s"),
        higher("end.sum.bits_per_second", "rate", "bits/s"),
        lower("end.sum_sent.retransmits", "retransmits", "count"),
        lower("end.sum.jitter_ms", "jitter", "ms"),
        lower("end.sum.lost_packets", "lost_packets", "count"),
        lower("end.sum.lost_percent", "lost", "percent"),
        count("end.sum.packets", "packets"),
        neutral("end.cpu_utilization_percent.host_total", "host_cpu", "percent"),
        neutral("end.cpu_utilization_percent.remote_total", "remote_cpu", "percent"),
    ],
};
