//! h2load: its report.
//!
//! ```text
//! finished in 7.08s, 141164.80 req/s, 555.33MB/s
//! requests: 1000000 total, 1000000 started, 1000000 done, 1000000 succeeded, 0 failed, 0 errored, 0 timeout
//! status codes: 1000000 2xx, 0 3xx, 0 4xx, 0 5xx
//!                      min         max         mean         sd        +/- sd
//! time for request:    15.31ms    146.85ms     69.78ms      9.26ms    92.43%
//! req/s           :    1412.04     1447.84     1426.52       10.57    63.00%
//! ```
//!
//! Each row of the table is a case. Its `req/s` is the rate of one client. Source: <https://nghttp2.org/documentation/h2load-howto.html>.

use super::blocks::{Block, Tool, after};
use crate::artifact::field::{Field, case, count, higher, lower};
use crate::domain::series::Direction::{self, Higher, Lower};

pub(super) struct H2load;

const MEASURE: Field = case("measure");
const FINISHED: &[Field] = &[
    lower("finished in", "total_time", ""),
    higher("req/s", "requests_per_second", "req/s"),
    higher("transfer", "transfer", ""),
];
const REQUESTS: &[Field] = &[
    count("total", "requests"),
    count("succeeded", "succeeded"),
    lower("failed", "failed_requests", "count"),
    lower("errored", "errored_requests", "count"),
    lower("timeout", "timeouts", "count"),
];
const CODES: &[Field] = &[
    count("2xx", "responses_2xx"),
    count("3xx", "responses_3xx"),
    lower("4xx", "responses_4xx", "count"),
    lower("5xx", "responses_5xx", "count"),
];
const ROWS: &[(&str, &str, &str, Direction)] = &[
    ("time for request", "time", "", Lower),
    ("time for connect", "time", "", Lower),
    ("time to 1st byte", "time", "", Lower),
    ("req/s (client)", "client_requests_per_second", "req/s", Higher),
    ("req/s", "client_requests_per_second", "req/s", Higher),
];
const STATS: &[(&str, &str)] = &[("min", "min"), ("max", "max"), ("mean", "mean"), ("sd", "std")];

impl Tool for H2load {
    fn name(&self) -> &'static str {
        "h2load"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("finished in ") && head.contains("time for request:") && head.contains("+/- sd")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("finished in ") && line.contains(" req/s")
    }

    fn command(&self) -> &'static str {
        "h2load"
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if let Some(texts) = line.strip_prefix("finished in ") {
            for (field, text) in FINISHED.iter().zip(texts.split(", ")) {
                block.put(number, field, text);
            }
        } else if let Some(texts) = after(line, "requests") {
            counted(block, number, REQUESTS, texts);
        } else if let Some(texts) = after(line, "status codes") {
            counted(block, number, CODES, texts);
        } else if let Some((texts, label, base, unit, good)) =
            ROWS.iter().find_map(|(label, base, unit, good)| Some((after(line, label)?, label, base, unit, *good)))
        {
            block.row();
            block.put(number, &MEASURE, label);
            for ((name, stat), text) in STATS.iter().zip(texts.split_whitespace()) {
                block.figure(number, name, (base, stat, unit, good), text);
            }
        }
    }
}

/// `12 total, 12 started, 0 failed`.
fn counted(block: &mut Block, number: u32, fields: &[Field], texts: &str) {
    for (text, name) in texts.split(',').filter_map(|pair| pair.trim().split_once(' ')) {
        if let Some(field) = fields.iter().find(|field| field.key == name) {
            block.put(number, field, text);
        }
    }
}
