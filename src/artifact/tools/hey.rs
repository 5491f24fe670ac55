//! hey, oha and ghz: the text summary that they share.
//!
//! ```text
//! Summary:
//!   Success rate: 100.00%          (oha)
//!   Count:        2000             (ghz)
//!   Total:        4.4720 secs
//!   Slowest:      0.0367 secs
//!   Fastest:      0.0004 secs
//!   Average:      0.0011 secs
//!   Requests/sec: 4472.2547
//! Latency distribution:            (oha: Response time distribution)
//!   50% in 0.0011 secs
//! Details (average, fastest, slowest):
//!   DNS+dialup:   0.0349 secs, 0.0000 secs, 0.7166 secs
//! Status code distribution:
//!   [200] 200 responses
//! Error distribution:
//!   [3] Get "http://…": context deadline exceeded
//! ```
//!
//! Times name their unit, which oha and ghz choose for each line. What a response is large says something about the server's content and
//! is no result. The address is in no output: the command above it, if the text has it, tells what was measured.
//! Sources: <https://github.com/rakyll/hey#usage>, <https://github.com/hatoo/oha#usage>, <https://ghz.sh/docs/output>.

use super::blocks::{Block, Tool, after, labelled, rank};
use crate::artifact::field::{Field, count, higher, lower};
use crate::domain::series::Direction;

/// hey's own, and everything else of this layout.
pub(super) struct Hey;
pub(super) struct Oha;
pub(super) struct Ghz;

const SUMMARY: &[Field] = &[
    higher("Success rate", "success_rate", ""),
    count("Count", "requests"),
    lower("Total", "total_time", "s"),
    lower("Slowest", "response_time", "s").stat("max"),
    lower("Fastest", "response_time", "s").stat("min"),
    lower("Average", "response_time", "s"),
    higher("Requests/sec", "requests_per_second", "req/s"),
];
const SIZE: Field = higher("Size/sec", "transfer", "");
const PHASES: &[(&str, &str)] = &[
    ("DNS+dialup", "dns_dialup"),
    ("DNS-lookup", "dns_lookup"),
    ("req write", "request_write"),
    ("resp wait", "response_wait"),
    ("resp read", "response_read"),
];

const DISTRIBUTION: &str = "distribution";
const DETAILS: &str = "details";
const STATUS: &str = "status";
const ERRORS: &str = "errors";
const OTHER: &str = "other";

fn is_summary(head: &str) -> bool {
    ["Summary:", "Slowest:", "Fastest:", "Average:", "Requests/sec:"].iter().all(|label| head.contains(label))
}

impl Tool for Hey {
    fn name(&self) -> &'static str {
        "hey"
    }

    fn recognises(&self, head: &str) -> bool {
        is_summary(head)
    }

    fn begins(&self, line: &str) -> bool {
        line == "Summary:"
    }

    fn command(&self) -> &'static str {
        "hey"
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        read_line(block, number, line);
    }
}

impl Tool for Oha {
    fn name(&self) -> &'static str {
        "oha"
    }

    fn recognises(&self, head: &str) -> bool {
        is_summary(head) && head.contains("Success rate:")
    }

    fn begins(&self, line: &str) -> bool {
        line == "Summary:"
    }

    fn command(&self) -> &'static str {
        "oha"
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        read_line(block, number, line);
    }
}

impl Tool for Ghz {
    fn name(&self) -> &'static str {
        "ghz"
    }

    fn recognises(&self, head: &str) -> bool {
        is_summary(head) && head.contains("  Count:")
    }

    fn begins(&self, line: &str) -> bool {
        line == "Summary:"
    }

    fn command(&self) -> &'static str {
        "ghz"
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        read_line(block, number, line);
    }
}

fn read_line(block: &mut Block, number: u32, line: &str) {
    let line = line.trim();
    if line.starts_with("Details (") || line.ends_with(':') && !line.starts_with('[') {
        block.section = match line {
            "Summary:" => "",
            "Response time distribution:" | "Latency distribution:" => DISTRIBUTION,
            "Status code distribution:" => STATUS,
            "Error distribution:" => ERRORS,
            _ if line.starts_with("Details (average") => DETAILS,
            _ => OTHER,
        };
        return;
    }
    match block.section {
        "" => match after(line, SIZE.key) {
            Some(text) => block.put(number, &SIZE, &format!("{text}/s")),
            None => labelled(block, number, line, SUMMARY),
        },
        DISTRIBUTION => distribution(block, number, line),
        DETAILS => details(block, number, line),
        STATUS | ERRORS => responses(block, number, line),
        _ => {}
    }
}

/// `50% in 0.0011 secs`; ghz writes `50 % in 1.1 ms`.
fn distribution(block: &mut Block, number: u32, line: &str) {
    if let Some((name, time)) = line.split_once(" in ")
        && let Some(rank) = name.strip_suffix('%').and_then(rank)
    {
        block.figure(number, name, ("response_time", &rank, "s", Direction::Lower), time);
    }
}

/// The average, fastest and slowest of a phase of the requests.
fn details(block: &mut Block, number: u32, line: &str) {
    let Some((texts, label, base)) = PHASES.iter().find_map(|(label, base)| Some((after(line, label)?, label, base)))
    else {
        return;
    };
    for ((stat, name), text) in
        [("mean", "average"), ("min", "fastest"), ("max", "slowest")].iter().zip(texts.split(','))
    {
        block.figure(number, &format!("{label} {name}"), (base, stat, "s", Direction::Lower), text);
    }
}

/// `[503] 12 responses` counts a status, `[3] Get …` the requests that failed in one way.
fn responses(block: &mut Block, number: u32, line: &str) {
    let Some((inner, behind)) = line.strip_prefix('[').and_then(|l| l.split_once(']')) else { return };
    if block.section == ERRORS {
        block.figure(number, "Error distribution", ("failed_requests", "", "count", Direction::Lower), inner);
    } else if let Some(count) = behind.trim().strip_suffix(" responses") {
        let good = inner.starts_with(['2', '3']) || inner == "OK";
        let direction = if good { Direction::Neutral } else { Direction::Lower };
        let base = format!("responses_{}", inner.to_lowercase());
        block.figure(number, &format!("[{inner}] responses"), (&base, "", "count", direction), count);
    }
}
