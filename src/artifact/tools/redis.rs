//! redis-benchmark: its text, the short text of `-q`, and `--csv`.
//!
//! ```text
//! ====== SET ======
//!   100000 requests completed in 1.02 seconds
//!   50 parallel clients
//!   3 bytes payload
//! Summary:
//!   throughput summary: 98039.22 requests per second
//!   latency summary (msec):
//!           avg       min       p50       p95       p99       max
//!         0.277     0.088     0.271     0.415     0.503     1.503
//! ```
//!
//! One execution runs many commands, each a case; a command that comes again begins another execution. Up to version 6.0 a section
//! ends in `98039.22 requests per second` without a summary. `-q` prints `SET: 98039.22 requests per second, p50=0.271 msec`.
//! Source: <https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/benchmarks/>.

use super::blocks::{Block, Tool, after};
use crate::artifact::field::{Field, case, higher, lower, param};
use crate::artifact::schema::{Rest, Rows, Schema};
use crate::domain::series::Direction;

pub(super) struct RedisBenchmark;

const TEST: Field = case("test");
const CLIENTS: Field = param("parallel clients", "clients");
const PAYLOAD: Field = param("bytes payload", "payload");
const RATE: Field = higher("requests per second", "requests_per_second", "req/s");
const TIME: Field = lower("completed in", "total_time", "s");

const LATENCY: &str = "latency";

impl Tool for RedisBenchmark {
    fn name(&self) -> &'static str {
        "redis-benchmark"
    }

    fn recognises(&self, head: &str) -> bool {
        let sections =
            head.contains("====== ") && head.contains(" requests completed in ") && head.contains("parallel clients");
        let quiet = |line: &str| line.contains(" requests per second, p50=") && line.trim_end().ends_with("msec");
        sections || head.split(['\n', '\r']).any(quiet)
    }

    fn begins(&self, _line: &str) -> bool {
        false
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        // Progress is overwritten in place: the last text of a line counts.
        let line = line.rsplit('\r').next().unwrap_or_default().trim();
        if let Some(test) = line.strip_prefix("====== ").and_then(|l| l.strip_suffix(" ======")) {
            begin(block, number, test);
        } else if let Some((test, figures)) = line.split_once(": ").filter(|(_, f)| f.contains(" requests per second"))
        {
            if !test.starts_with("throughput summary") {
                begin(block, number, test);
            }
            block.put(number, &RATE, figures.split_whitespace().next().unwrap_or_default());
            if let Some((_, median)) = figures.split_once("p50=") {
                block.figure(
                    number,
                    "p50",
                    ("latency", "p50", "ms", Direction::Lower),
                    median.trim_end_matches(" msec"),
                );
            }
        } else if let Some(rate) = line.strip_suffix(" requests per second") {
            block.put(number, &RATE, rate);
        } else if let Some((_, time)) = line.split_once(" requests completed in ") {
            block.put(number, &TIME, time.trim_end_matches(" seconds"));
        } else if let Some(clients) = line.strip_suffix(" parallel clients") {
            block.put(number, &CLIENTS, clients);
        } else if let Some(size) = line.strip_suffix(" bytes payload") {
            block.put(number, &PAYLOAD, size);
        } else if after(line, "latency summary (msec)").is_some() {
            block.section = LATENCY;
        } else if block.section == LATENCY {
            latencies(block, number, line);
        }
    }
}

fn begin(block: &mut Block, number: u32, test: &str) {
    let test = test.trim();
    if block.seen.contains(test) {
        block.begin();
    } else {
        block.row();
    }
    block.section = "";
    block.seen.insert(test.to_owned());
    block.put(number, &TEST, test);
}

/// Names, then figures below them.
fn latencies(block: &mut Block, number: u32, line: &str) {
    const NAMES: [(&str, &str); 6] =
        [("avg", "mean"), ("min", "min"), ("p50", "p50"), ("p95", "p95"), ("p99", "p99"), ("max", "max")];
    if line.starts_with("avg") {
        return;
    }
    block.section = "";
    for ((name, stat), text) in NAMES.iter().zip(line.split_whitespace()) {
        block.figure(number, name, ("latency", stat, "ms", Direction::Lower), text);
    }
}

pub(super) const SCHEMAS: &[Schema] = &[Schema {
    tool: "redis-benchmark",
    requires: &["test", "rps", "avg_latency_ms", "p50_latency_ms"],
    fields: &[
        case("test"),
        higher("rps", "requests_per_second", "req/s"),
        lower("avg_latency_ms", "latency", "ms"),
        lower("min_latency_ms", "latency", "ms").stat("min"),
        lower("p50_latency_ms", "latency", "ms").stat("p50"),
        lower("p95_latency_ms", "latency", "ms").stat("p95"),
        lower("p99_latency_ms", "latency", "ms").stat("p99"),
        lower("max_latency_ms", "latency", "ms").stat("max"),
    ],
    rest: Rest::Infer,
    rows: Rows::OneRun,
}];
