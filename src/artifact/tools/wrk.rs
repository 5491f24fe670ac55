//! wrk and wrk2: their summary, one or many in a file.
//!
//! ```text
//! Running 30s test @ http://127.0.0.1:8080/
//!   12 threads and 400 connections
//!   Thread Stats   Avg      Stdev     Max   +/- Stdev
//!     Latency   635.91us    0.89ms  12.92ms   93.69%
//!     Req/Sec    56.20k     8.07k   62.00k    86.54%
//!   22464657 requests in 30.00s, 17.76GB read
//!   Socket errors: connect 0, read 3, write 0, timeout 12
//!   Non-2xx or 3xx responses: 9
//! Requests/sec: 748868.53
//! Transfer/sec:    606.33MB
//! ```
//!
//! Every latency names its unit. `Req/Sec` is the rate of one thread, `Requests/sec` that of all. The share within one standard
//! deviation is no measurement of the server. wrk2 keeps to a rate and prints two distributions: the recorded latency counts from
//! when a request was due, the uncorrected one from when it was sent; the spectrum below them repeats the first.
//! Sources: <https://github.com/wg/wrk#basic-usage>, <https://github.com/giltene/wrk2#basic-usage>.

use super::blocks::{Block, Tool, after, rank};
use crate::artifact::field::{Field, case, count, higher, lower, param};
use crate::domain::series::Direction;

pub(super) struct Wrk;

const URL: Field = case("url");
const THREADS: Field = param("threads", "threads");
const CONNECTIONS: Field = param("connections", "connections");
const LATENCY: &[Field] = &[
    lower("Latency Avg", "latency", ""),
    lower("Latency Stdev", "latency", "").stat("std"),
    lower("Latency Max", "latency", "").stat("max"),
];
const PER_THREAD: &[Field] = &[
    higher("Req/Sec Avg", "thread_requests_per_second", "req/s"),
    higher("Req/Sec Stdev", "thread_requests_per_second", "req/s").stat("std"),
    higher("Req/Sec Max", "thread_requests_per_second", "req/s").stat("max"),
];
const DONE: Field = count("requests", "requests");
const REQUESTS: Field = higher("Requests/sec", "requests_per_second", "req/s");
const TRANSFER: Field = higher("Transfer/sec", "transfer", "");
const REFUSED: Field = lower("Non-2xx or 3xx responses", "failed_responses", "count");
const SOCKET_ERRORS: &[Field] = &[
    lower("Socket errors connect", "connect_errors", "count"),
    lower("Socket errors read", "read_errors", "count"),
    lower("Socket errors write", "write_errors", "count"),
    lower("Socket errors timeout", "timeouts", "count"),
];

const UNCORRECTED: &str = "uncorrected";
const SPECTRUM: &str = "spectrum";

impl Tool for Wrk {
    fn name(&self) -> &'static str {
        "wrk"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("Thread Stats") && head.contains("Running ") && head.contains(" test @ ")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("Running ") && line.contains(" test @ ")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim_start();
        if let Some((_, url)) = line.strip_prefix("Running ").and_then(|l| l.split_once(" test @ ")) {
            block.put(number, &URL, url);
        } else if let Some((threads, connections)) =
            line.strip_suffix(" connections").and_then(|l| l.split_once(" threads and "))
        {
            block.put(number, &THREADS, threads);
            block.put(number, &CONNECTIONS, connections);
        } else if line.starts_with("Latency Distribution") {
            block.section = if line.contains("Uncorrected") { UNCORRECTED } else { "" };
        } else if line.contains("Percentile spectrum:") {
            block.section = SPECTRUM;
        } else {
            figures(block, number, line);
        }
    }
}

fn figures(block: &mut Block, number: u32, line: &str) {
    let columns = [("Latency ", LATENCY), ("Req/Sec ", PER_THREAD)];
    if let Some((texts, fields)) = columns.iter().find_map(|(label, fields)| Some((line.strip_prefix(label)?, fields)))
    {
        for (field, text) in fields.iter().zip(texts.split_whitespace()) {
            block.put(number, field, text);
        }
    } else if let Some(rate) = after(line, "Requests/sec") {
        block.put(number, &REQUESTS, rate);
    } else if let Some(rate) = after(line, "Transfer/sec") {
        block.put(number, &TRANSFER, &format!("{rate}/s"));
    } else if let Some(responses) = after(line, REFUSED.key) {
        block.put(number, &REFUSED, responses);
    } else if let Some(errors) = after(line, "Socket errors") {
        for (field, text) in SOCKET_ERRORS.iter().zip(errors.split(',')) {
            block.put(number, field, text.trim().rsplit(' ').next().unwrap_or_default());
        }
    } else if let Some((done, _)) = line.split_once(" requests in ") {
        block.put(number, &DONE, done);
    } else if let Some((name, text)) = line.split_once('%')
        && block.section != SPECTRUM
        && let Some(rank) = rank(name)
    {
        let base = if block.section == UNCORRECTED { "uncorrected_latency" } else { "latency" };
        block.figure(number, &format!("{name}%"), (base, &rank, "", Direction::Lower), text);
    }
}
