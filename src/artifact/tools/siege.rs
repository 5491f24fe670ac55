//! siege: its report.
//!
//! ```text
//! Transactions:                   2000 hits
//! Availability:                 100.00 %
//! Response time:                  0.02 secs
//! Transaction rate:             399.20 trans/sec
//! Longest transaction:            0.31
//! ```
//!
//! From version 4.1.3 on the lines end in a tabulator's blanks and `Response time` is milliseconds where it says so.
//! Source: <https://www.joedog.org/siege-manual/>.

use super::blocks::{Block, Tool, labelled};
use crate::artifact::field::{Field, count, higher, lower, neutral};

pub(super) struct Siege;

const FIELDS: &[Field] = &[
    count("Transactions", "transactions"),
    higher("Availability", "availability", "percent"),
    lower("Elapsed time", "total_time", "s"),
    neutral("Data transferred", "data_transferred", "MB"),
    lower("Response time", "response_time", "s"),
    higher("Transaction rate", "transactions_per_second", "ops/s"),
    higher("Throughput", "throughput", "MB/s"),
    neutral("Concurrency", "concurrency", "-"),
    count("Successful transactions", "successful_transactions"),
    lower("Failed transactions", "failed_transactions", "count"),
    lower("Longest transaction", "response_time", "s").stat("max"),
    lower("Shortest transaction", "response_time", "s").stat("min"),
];

impl Tool for Siege {
    fn name(&self) -> &'static str {
        "siege"
    }

    fn recognises(&self, head: &str) -> bool {
        ["Transactions:", "Availability:", "Transaction rate:", "Longest transaction:"].iter().all(|l| head.contains(l))
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("Transactions:")
    }

    fn command(&self) -> &'static str {
        "siege"
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        // `trans/sec` and `hits` are no units that a number carries.
        let line = line.trim_end_matches(" trans/sec").trim_end_matches(" hits");
        labelled(block, number, line, FIELDS);
    }
}
