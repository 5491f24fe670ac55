//! pgbench: its report.
//!
//! ```text
//! transaction type: <builtin: TPC-B (sort of)>
//! scaling factor: 10
//! number of clients: 10
//! number of transactions actually processed: 45186
//! latency average = 13.289 ms
//! tps = 752.517764 (without initial connection time)
//! ```
//!
//! Up to version 13 there are two rates, one of which counts the time to connect. Progress lines are moments of the run.
//! Source: <https://www.postgresql.org/docs/current/pgbench.html>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, count, higher, lower, param};

pub(super) struct Pgbench;

const FIELDS: &[Field] = &[
    case("transaction type"),
    param("scaling factor", "scale"),
    param("query mode", "query_mode"),
    param("number of clients", "clients"),
    param("number of threads", "threads"),
    count("number of transactions actually processed", "transactions"),
    lower("number of failed transactions", "failed_transactions", "count"),
    lower("number of transactions skipped", "skipped_transactions", "count"),
    lower("latency average", "latency", "ms"),
    lower("latency stddev", "latency", "ms").stat("std"),
    lower("initial connection time", "initial_connection_time", "ms"),
    lower("average connection time", "connection_time", "ms"),
];
const ABOVE_LIMIT: Field = lower("number of transactions above the latency limit", "late_transactions", "count");
const TPS: Field = higher("tps", "transactions_per_second", "ops/s");
const TPS_WITH_CONNECTING: Field = higher("tps", "transactions_per_second_with_connecting", "ops/s");

impl Tool for Pgbench {
    fn name(&self) -> &'static str {
        "pgbench"
    }

    fn recognises(&self, head: &str) -> bool {
        ["transaction type: ", "scaling factor: ", "query mode: ", "number of clients: "]
            .iter()
            .all(|l| head.contains(l))
    }

    fn begins(&self, line: &str) -> bool {
        line.trim_start_matches(['-', ' ']).starts_with("transaction type: ")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim_start_matches(['-', ' ', '\t']);
        let Some((label, text)) = line.split_once(['=', ':']) else { return };
        let (label, text) = (label.trim(), text.trim());
        // `0/10812 (0.000%)`, `0 (0.000%)`
        let figure = text.split(['/', '(']).next().unwrap_or_default();
        if label == TPS.key {
            let field = if text.contains("including") { &TPS_WITH_CONNECTING } else { &TPS };
            block.put(number, field, figure);
        } else if label.starts_with("number of transactions above the") {
            block.put(number, &ABOVE_LIMIT, figure);
        } else if let Some(field) = FIELDS.iter().find(|field| field.key == label) {
            let words = matches!(label, "transaction type" | "query mode");
            block.put(number, field, if words { text } else { figure });
        }
    }
}
