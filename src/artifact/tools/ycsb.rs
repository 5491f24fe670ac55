//! YCSB: the report that it prints.
//!
//! ```text
//! [OVERALL], RunTime(ms), 10110
//! [OVERALL], Throughput(ops/sec), 98911.96
//! [READ], Operations, 949
//! [READ], 99thPercentileLatency(us), 1230
//! [READ], 99.9PercentileLatency(us), 9001
//! [READ], Return=OK, 949
//! ```
//!
//! Each operation is a case. Histogram buckets (`[READ], 0, 12`) are no metrics; what the collector of garbage did describes the
//! client. Source: <https://github.com/brianfrankcooper/YCSB/wiki/Running-a-Workload>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, count, higher, lower};
use crate::domain::series::Direction;

pub(super) struct Ycsb;

const OPERATION: Field = case("operation");
const FIELDS: &[Field] = &[
    lower("RunTime(ms)", "run_time", "ms"),
    higher("Throughput(ops/sec)", "throughput", "ops/s"),
    count("Operations", "operations"),
    lower("AverageLatency(us)", "latency", "us"),
    lower("MinLatency(us)", "latency", "us").stat("min"),
    lower("MaxLatency(us)", "latency", "us").stat("max"),
    lower("AverageLatency(ms)", "latency", "ms"),
    lower("MinLatency(ms)", "latency", "ms").stat("min"),
    lower("MaxLatency(ms)", "latency", "ms").stat("max"),
];

impl Tool for Ycsb {
    fn name(&self) -> &'static str {
        "ycsb"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("[OVERALL], RunTime(ms), ") && head.contains("[OVERALL], Throughput(ops/sec), ")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("[OVERALL], RunTime(ms), ")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let mut cells = line.trim().splitn(3, ", ");
        let (Some(operation), Some(name), Some(text)) = (cells.next(), cells.next(), cells.next()) else { return };
        let Some(operation) = operation.strip_prefix('[').and_then(|o| o.strip_suffix(']')) else { return };
        if block.name != operation {
            block.row();
            operation.clone_into(&mut block.name);
            block.put(number, &OPERATION, operation);
        }
        if let Some(field) = FIELDS.iter().find(|field| field.key == name) {
            block.put(number, field, text);
        } else if let Some((rank, unit)) = name.split_once("PercentileLatency(") {
            // `95th` or `99.9`
            let rank = rank.trim_end_matches(char::is_alphabetic);
            block.figure(number, name, ("latency", rank, unit.trim_end_matches(')'), Direction::Lower), text);
        } else if let Some(code) = name.strip_prefix("Return=") {
            let good = if matches!(code, "OK" | "0") { Direction::Neutral } else { Direction::Lower };
            let base = format!("returned_{}", code.to_lowercase());
            block.figure(number, name, (&base, "", "count", good), text);
        }
    }
}
