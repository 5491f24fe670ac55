//! memtier_benchmark: the tables of its text.
//!
//! ```text
//! 4         Threads
//! 50        Connections per thread
//! ALL STATS
//! Type         Ops/sec     Hits/sec   Misses/sec    Avg. Latency     p50 Latency     p99 Latency       KB/sec
//! Sets         8763.43          ---          ---         1.75666         1.47100         6.71900       597.92
//! ```
//!
//! Latencies are milliseconds. Hits and misses depend on what was stored before. With several runs, the best, the worst and the average
//! are tables of their own; distributions below the tables are no metrics.
//! Source: <https://github.com/RedisLabs/memtier_benchmark#using-memtier_benchmark>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, param};
use crate::domain::series::Direction::{Higher, Lower, Neutral};

pub(super) struct Memtier;

const TABLE: Field = case("table");
const KIND: Field = case("Type");
const THREADS: Field = param("Threads", "threads");
const CONNECTIONS: Field = param("Connections per thread", "connections");

const ROWS: &str = "rows";
const OTHER: &str = "other";

impl Tool for Memtier {
    fn name(&self) -> &'static str {
        "memtier_benchmark"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("Ops/sec") && head.contains("Hits/sec") && head.contains("Misses/sec") && head.contains("Totals ")
    }

    fn begins(&self, line: &str) -> bool {
        line.ends_with(" Threads") && line.starts_with(|c: char| c.is_ascii_digit())
    }

    fn resumes(&self, line: &str) -> bool {
        line == "ALL STATS"
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if let Some(threads) = line.strip_suffix(" Threads") {
            block.share(number, &THREADS, threads);
        } else if let Some(connections) = line.strip_suffix(" Connections per thread") {
            block.share(number, &CONNECTIONS, connections);
        } else if line.starts_with("Type ") {
            // The names are kept until the rows below them are read.
            let table = block.name.split('\n').next().unwrap_or_default();
            block.name = format!("{table}\n{line}");
            block.section = ROWS;
        } else if line == "ALL STATS" || line.ends_with(" RESULTS") || line.starts_with("AGGREGATED AVERAGE RESULTS") {
            let table = if line == "ALL STATS" { "" } else { line.split(" (").next().unwrap_or_default() };
            table.clone_into(&mut block.name);
        } else if line.starts_with("Request Latency Distribution") {
            block.section = OTHER;
        } else if block.section == ROWS {
            row(block, number, line);
        }
    }
}

fn row(block: &mut Block, number: u32, line: &str) {
    let mut texts = line.split_whitespace();
    let Some(kind) = texts.next().filter(|kind| kind.ends_with('s')) else { return };
    block.row();
    let name = std::mem::take(&mut block.name);
    let (table, header) = name.split_once('\n').unwrap_or_default();
    block.put(number, &TABLE, table);
    block.put(number, &KIND, kind);
    let names = header.split("  ").map(str::trim).filter(|name| !name.is_empty()).skip(1);
    for (name, text) in names.zip(texts).filter(|(_, text)| *text != "---") {
        let of = match name {
            "Ops/sec" => ("ops_per_second", "", "ops/s", Higher),
            "Hits/sec" => ("hits_per_second", "", "ops/s", Neutral),
            "Misses/sec" => ("misses_per_second", "", "ops/s", Neutral),
            "KB/sec" => ("transfer", "", "KB/s", Higher),
            "Latency" | "Avg. Latency" => ("latency", "", "ms", Lower),
            _ => match name.strip_suffix(" Latency") {
                Some(rank) => ("latency", rank, "ms", Lower),
                None => continue,
            },
        };
        block.figure(number, name, of, text);
    }
    block.name = name;
}
