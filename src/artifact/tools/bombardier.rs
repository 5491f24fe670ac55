//! bombardier: its report.
//!
//! ```text
//! Bombarding http://localhost:5000/api with 5000000 request(s) using 125 connection(s)
//! Statistics        Avg      Stdev        Max
//!   Reqs/sec     31532.63   10360.09     259792
//!   Latency        3.99ms     2.32ms   297.21ms
//!   Latency Distribution
//!      50%     3.10ms
//!   HTTP codes:
//!     1xx - 0, 2xx - 5000000, 3xx - 0, 4xx - 0, 5xx - 0
//!     others - 0
//!   Throughput:     6.89MB/s
//! ```
//!
//! Source: <https://github.com/codesenberg/bombardier#examples>.

use super::blocks::{Block, Tool, after, rank};
use crate::artifact::field::{Field, case, count, higher, lower, param};
use crate::domain::series::Direction;

pub(super) struct Bombardier;

const URL: Field = case("url");
const CONNECTIONS: Field = param("connections", "connections");
const RATE: &[Field] = &[
    higher("Reqs/sec Avg", "requests_per_second", "req/s"),
    higher("Reqs/sec Stdev", "requests_per_second", "req/s").stat("std"),
    higher("Reqs/sec Max", "requests_per_second", "req/s").stat("max"),
];
const LATENCY: &[Field] = &[
    lower("Latency Avg", "latency", ""),
    lower("Latency Stdev", "latency", "").stat("std"),
    lower("Latency Max", "latency", "").stat("max"),
];
const CODES: &[Field] = &[
    count("1xx", "responses_1xx"),
    count("2xx", "responses_2xx"),
    count("3xx", "responses_3xx"),
    lower("4xx", "responses_4xx", "count"),
    lower("5xx", "responses_5xx", "count"),
    lower("others", "failed_requests", "count"),
];
const THROUGHPUT: Field = higher("Throughput", "throughput", "");

impl Tool for Bombardier {
    fn name(&self) -> &'static str {
        "bombardier"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("Reqs/sec") && head.contains("HTTP codes:") && head.contains("Statistics")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("Bombarding ")
    }

    fn resumes(&self, line: &str) -> bool {
        line.starts_with("Statistics") && line.contains("Stdev")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("Bombarding ") {
            block.put(number, &URL, rest.split_whitespace().next().unwrap_or_default());
            let using = rest.rsplit_once(" using ").and_then(|(_, text)| text.split_whitespace().next());
            block.put(number, &CONNECTIONS, using.unwrap_or_default());
        } else if let Some(texts) = line.strip_prefix("Reqs/sec") {
            columns(block, number, RATE, texts);
        } else if let Some(texts) = line.strip_prefix("Latency ").filter(|rest| !rest.starts_with("Distribution")) {
            columns(block, number, LATENCY, texts);
        } else if let Some(rate) = after(line, THROUGHPUT.key) {
            block.put(number, &THROUGHPUT, rate);
        } else if let Some((name, time)) = line.split_once('%')
            && let Some(rank) = rank(name)
        {
            block.figure(number, &format!("{name}%"), ("latency", &rank, "", Direction::Lower), time);
        } else if line.starts_with("1xx - ") || line.starts_with("others - ") {
            for (code, text) in line.split(',').filter_map(|pair| pair.split_once(" - ")) {
                if let Some(field) = CODES.iter().find(|field| field.key == code.trim()) {
                    block.put(number, field, text);
                }
            }
        }
    }
}

fn columns(block: &mut Block, number: u32, fields: &[Field], texts: &str) {
    for (field, text) in fields.iter().zip(texts.split_whitespace()) {
        block.put(number, field, text);
    }
}
