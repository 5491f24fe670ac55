//! db_bench of LevelDB and RocksDB: a line for each benchmark.
//!
//! ```text
//! RocksDB:    version 7.9.2
//! fillseq      :      29.752 micros/op 33610 ops/sec 29.752 seconds 1000000 operations;    3.7 MB/s
//! Percentiles: P50: 721.23 P75: 2313.12 P99: 161971.90 P99.9: 16285714.29 P99.99: 17500351.00
//! ```
//!
//! Figures stand before their unit; percentiles are microseconds of an operation of the benchmark above them. What stands in
//! parentheses (`10000 of 10000 found`) counts. Source: <https://github.com/facebook/rocksdb/wiki/Benchmarking-tools>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, count, higher, lower, neutral};
use crate::domain::series::Direction;

pub(super) struct DbBench;

const BENCHMARK: Field = case("benchmark");
const FIELDS: &[Field] = &[
    lower("micros/op", "time_per_op", "us"),
    higher("ops/sec", "ops_per_second", "ops/s"),
    neutral("seconds", "duration", "s"),
    count("operations", "operations"),
    higher("MB/s", "transfer", "MB/s"),
];

impl Tool for DbBench {
    fn name(&self) -> &'static str {
        "db_bench"
    }

    fn recognises(&self, head: &str) -> bool {
        head.lines().any(|line| result(line).is_some())
    }

    fn begins(&self, line: &str) -> bool {
        ["LevelDB:", "RocksDB:", "SpeedB:"].iter().any(|name| line.starts_with(name)) && line.contains("version")
    }

    fn resumes(&self, line: &str) -> bool {
        line.starts_with("Keys: ") && line.contains(" bytes each")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        if let Some((name, figures)) = result(line) {
            block.row();
            block.put(number, &BENCHMARK, name);
            let words: Vec<&str> = figures.split_whitespace().map(|word| word.trim_end_matches(';')).collect();
            for (text, unit) in words.iter().zip(words.iter().skip(1)) {
                if let Some(field) = FIELDS.iter().find(|field| field.key == *unit) {
                    block.put(number, field, text);
                }
            }
        } else if let Some(figures) = line.trim().strip_prefix("Percentiles: ") {
            let words: Vec<&str> = figures.split_whitespace().collect();
            for (rank, text) in words.iter().zip(words.iter().skip(1)) {
                if let Some(rank) = rank.strip_suffix(':').filter(|rank| rank.starts_with('P')) {
                    block.figure(number, rank, ("time_per_op", &rank.to_lowercase(), "us", Direction::Lower), text);
                }
            }
        }
    }
}

/// A benchmark's name and its figures.
fn result(line: &str) -> Option<(&str, &str)> {
    let (name, figures) = line.split_once(" : ")?;
    let (first, _) = figures.split_once(" micros/op")?;
    (!name.trim().contains(' ') && first.trim().parse::<f64>().is_ok()).then_some((name.trim(), figures))
}
