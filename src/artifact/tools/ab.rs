//! ApacheBench (`ab`): its report.
//!
//! ```text
//! Concurrency Level:      1000
//! Requests per second:    4176.91 [#/sec] (mean)
//! Time per request:       239.411 [ms] (mean)
//! Time per request:       0.239 [ms] (mean, across all concurrent requests)
//! Connection Times (ms)
//!               min  mean[+/-sd] median   max
//! Connect:        0    0   2.5      0      41
//! Percentage of the requests served within a certain time (ms)
//!   50%    238
//!  100%    274 (longest request)
//! ```
//!
//! The second time per request is the first over the concurrency. Source: <https://httpd.apache.org/docs/current/programs/ab.html>.

use super::blocks::{Block, Tool, after, rank};
use crate::artifact::field::{Field, case, count, higher, lower, neutral, param};
use crate::domain::series::Direction;

pub(super) struct ApacheBench;

const FIELDS: &[Field] = &[
    case("Document Path"),
    param("Server Hostname", "server"),
    param("Server Port", "port"),
    param("Concurrency Level", "concurrency"),
    lower("Time taken for tests", "total_time", "s"),
    count("Complete requests", "requests"),
    count("Keep-Alive requests", "keep_alive_requests"),
    lower("Failed requests", "failed_requests", "count"),
    lower("Write errors", "write_errors", "count"),
    lower("Non-2xx responses", "failed_responses", "count"),
    neutral("Total transferred", "total_transferred", "bytes"),
    neutral("HTML transferred", "html_transferred", "bytes"),
    higher("Requests per second", "requests_per_second", "req/s"),
    higher("Transfer rate", "transfer", "KB/s"),
];
const TIME: Field = lower("Time per request", "time_per_request", "ms");
const SHARED_TIME: Field = lower("Time per request", "time_per_request_across_all", "ms");
const PHASES: &[(&str, &str)] =
    &[("Connect", "connect"), ("Processing", "processing"), ("Waiting", "waiting"), ("Total", "connection_time")];
const STATS: &[(&str, &str)] = &[("min", "min"), ("mean", "mean"), ("sd", "std"), ("median", "p50"), ("max", "max")];

const TIMES: &str = "times";
const SERVED: &str = "served";

impl Tool for ApacheBench {
    fn name(&self) -> &'static str {
        "ab"
    }

    fn recognises(&self, head: &str) -> bool {
        ["Concurrency Level:", "Time taken for tests:", "Complete requests:"].iter().all(|line| head.contains(line))
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("Server Software:")
    }

    fn resumes(&self, line: &str) -> bool {
        line.starts_with("Concurrency Level:")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if line.starts_with("Connection Times (ms)") {
            block.section = TIMES;
        } else if line.starts_with("Percentage of the requests served") {
            block.section = SERVED;
        } else if block.section == TIMES {
            phases(block, number, line);
        } else if block.section == SERVED {
            if let Some((name, time)) = line.split_once('%')
                && let Some(rank) = rank(name)
            {
                block.figure(number, &format!("{name}%"), ("response_time", &rank, "ms", Direction::Lower), time);
            }
        } else if let Some(text) = after(line, TIME.key) {
            let field = if text.contains("across all") { &SHARED_TIME } else { &TIME };
            block.put(number, field, first(text));
        } else if let Some((field, text)) = FIELDS.iter().find_map(|field| Some((field, after(line, field.key)?))) {
            block.put(number, field, first(text));
        }
    }
}

fn phases(block: &mut Block, number: u32, line: &str) {
    let Some((texts, label, base)) = PHASES.iter().find_map(|(label, base)| Some((after(line, label)?, label, base)))
    else {
        return;
    };
    for ((name, stat), text) in STATS.iter().zip(texts.split_whitespace()) {
        block.figure(number, &format!("{label} {name}"), (base, stat, "ms", Direction::Lower), text);
    }
}

fn first(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}
