//! sysbench: its report, of versions 0.4, 0.5 and 1.x, one or many in a file.
//!
//! ```text
//! sysbench 1.0.20 (using system LuaJIT 2.1.0-beta3)
//! Number of threads: 4
//! SQL statistics:
//!     transactions:                        712    (11.83 per sec.)
//! Latency (ms):
//!          min:                                    4.05
//!          95th percentile:                      224.40
//! ```
//!
//! A rate stands in parentheses behind what was counted. Latencies name their unit up to 0.5, later the heading does. Lines in
//! brackets (`[ 10s ] thds: 4 tps: …`) are moments of the run and no runs; how fairly threads were treated is no result.
//! Source: <https://github.com/akopytov/sysbench#usage>.

use super::blocks::{Block, Tool, after, labelled};
use crate::artifact::field::{Field, case, count, higher, lower, neutral, param};
use crate::domain::series::Direction;

pub(super) struct Sysbench;

const TEST: Field = case("test");
/// Lines that tell the kind of test, whichever comes first.
const TESTS: &[(&str, &str)] = &[
    ("Doing OLTP test", "oltp"),
    ("OLTP test statistics:", "oltp"),
    ("SQL statistics:", "oltp"),
    ("Doing CPU performance benchmark", "cpu"),
    ("Prime numbers limit:", "cpu"),
    ("Doing memory operations speed test", "memory"),
    ("Running memory speed test", "memory"),
    ("Doing thread subsystem performance test", "threads"),
    ("Doing mutex performance test", "mutex"),
    ("Extra file open flags:", "fileio"),
];
const SETTINGS: &[Field] = &[
    param("Number of threads", "threads"),
    param("Prime numbers limit", "prime_limit"),
    param("Maximum prime number checked in CPU test", "prime_limit"),
    param("block size", "block_size"),
    param("Memory block size", "block_size"),
    param("operation", "operation"),
    param("Memory operations type", "operation"),
];
const MODE: Field = param("mode", "mode");
const BLOCK: Field = param("Block size", "block_size");

/// What is counted with a rate in parentheses: label, quantity, which way the rate is good.
const RATES: &[(&str, &str, Direction)] = &[
    ("transactions", "transactions", Direction::Higher),
    ("deadlocks", "deadlocks", Direction::Lower),
    ("read/write requests", "read_write_requests", Direction::Higher),
    ("other operations", "other_operations", Direction::Higher),
    ("queries", "queries", Direction::Higher),
    ("ignored errors", "ignored_errors", Direction::Lower),
    ("reconnects", "reconnects", Direction::Lower),
    ("Operations performed", "operations", Direction::Higher),
    ("Total operations", "operations", Direction::Higher),
];
const FIGURES: &[Field] = &[
    lower("total time", "total_time", "s"),
    count("total number of events", "events"),
    neutral("total time taken by event execution", "event_time", "s"),
    higher("events per second", "events_per_second", "ops/s"),
    lower("min", "latency", "ms").stat("min"),
    lower("avg", "latency", "ms"),
    lower("max", "latency", "ms").stat("max"),
    higher("reads/s", "reads_per_second", "ops/s"),
    higher("writes/s", "writes_per_second", "ops/s"),
    higher("fsyncs/s", "fsyncs_per_second", "ops/s"),
    higher("read, MiB/s", "read", "MiB/s"),
    higher("written, MiB/s", "written", "MiB/s"),
    count("read", "read_queries"),
    count("write", "write_queries"),
    count("other", "other_queries"),
    count("total", "all_queries"),
];
const TRANSFERRED: Field = higher("transferred", "transfer", "");
const EXECUTED: Field = higher("Requests/sec executed", "requests_per_second", "req/s");

const OPTIONS: &str = "Running the test with following options:";
const RESULTS: &str = "results";

impl Tool for Sysbench {
    fn name(&self) -> &'static str {
        "sysbench"
    }

    fn recognises(&self, head: &str) -> bool {
        let header = head.lines().any(|line| self.begins(line.trim()));
        let report = ["total number of events:", "Threads started!", "Threads fairness:", "General statistics:"];
        header || head.contains(OPTIONS) && report.iter().any(|line| head.contains(line))
    }

    fn begins(&self, line: &str) -> bool {
        let version = line.strip_prefix("sysbench ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        version && (line.ends_with("benchmark") || line.contains("(using "))
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        // A report whose first line was cut off.
        if line == OPTIONS && block.section == RESULTS {
            block.begin();
        }
        if let Some((_, test)) = TESTS.iter().find(|(text, _)| line.starts_with(text))
            && block.name.is_empty()
        {
            (*test).clone_into(&mut block.name);
            block.put(number, &TEST, &format!("sysbench {test}"));
        }
        if let Some(size) = line.strip_prefix("Block size ") {
            block.put(number, &BLOCK, size);
        } else if block.name == "fileio"
            && let Some(mode) = line.strip_prefix("Doing ").and_then(|l| l.strip_suffix(" test"))
        {
            block.put(number, &MODE, mode);
        } else if !line.starts_with('[') {
            labelled(block, number, line, SETTINGS);
            figures(block, number, line);
        }
    }
}

fn figures(block: &mut Block, number: u32, line: &str) {
    if line == "Threads fairness:" || line.ends_with("statistics:") || line == "Latency (ms):" {
        block.section = RESULTS;
        return;
    }
    if let Some((percent, text)) = percentile(line) {
        let key = line.split(':').next().unwrap_or_default();
        block.figure(number, key, ("latency", percent, "ms", Direction::Lower), text);
    } else if let Some((_, rate)) = line.split_once("transferred (").or_else(|| transferred(line)) {
        block.put(number, &TRANSFERRED, &rate.trim_end_matches(')').replace("/sec", "/s"));
    } else if let Some(rate) = line.strip_suffix(EXECUTED.key) {
        block.put(number, &EXECUTED, rate);
    } else if let Some((label, base, good, text)) =
        RATES.iter().find_map(|(label, base, good)| Some((label, base, *good, after(line, label)?)))
    {
        counted(block, number, label, (base, good), text);
    } else {
        labelled(block, number, line, FIGURES);
    }
}

/// `712    (11.83 per sec.)`, `104857600 (2162880.32 ops/sec)`.
fn counted(block: &mut Block, number: u32, label: &str, of: (&str, Direction), text: &str) {
    let Some((_, rate)) = text.split_once('(') else { return };
    let Some(rate) = rate.split_whitespace().next() else { return };
    let base = format!("{}_per_second", of.0);
    block.figure(number, &format!("{label} per sec"), (&base, "", "ops/s", of.1), rate);
}

/// `Read 9Mb  Written 6Mb  Total transferred 15Mb  (1.5Mb/sec)` of a file test.
fn transferred(line: &str) -> Option<(&str, &str)> {
    line.contains("Total transferred ").then(|| line.split_once('('))?
}

/// `approx.  95 percentile: 224.40ms` or `95th percentile: 224.40`.
fn percentile(line: &str) -> Option<(&str, &str)> {
    let (label, text) = line.split_once(':')?;
    let rank = label.strip_suffix(" percentile")?.trim_start_matches("approx.").trim().trim_end_matches("th");
    rank.parse::<f64>().is_ok().then_some((rank, text))
}
