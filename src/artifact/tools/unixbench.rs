//! UnixBench: the results and the index.
//!
//! ```text
//! Benchmark Run: Tue Nov 12 2024 09:48:48 - 10:16:48
//! 4 CPUs in system; running 1 parallel copy of tests
//! Dhrystone 2 using register variables        5438307.0 lps   (10.0 s, 7 samples)
//! System Benchmarks Index Values               BASELINE       RESULT    INDEX
//! Dhrystone 2 using register variables         116700.0    5438307.0    466.0
//! System Benchmarks Index Score                                         273.7
//! ```
//!
//! The index table repeats the results above it, beside those of an old machine that never change. Runs with one and with several
//! copies stand in one report and are told apart by the number of copies. A test outside the index has its result above only.
//! Source: <https://github.com/kdlucas/byte-unixbench>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, higher, param};
use crate::domain::series::Direction;

pub(super) struct UnixBench;

const TEST: Field = case("test");
const COPIES: Field = param("parallel copies", "copies");
const INDEX: Field = higher("INDEX", "index", "-");
const SCORE: Field = higher("System Benchmarks Index Score", "index_score", "-");

const VALUES: &str = "values";

impl Tool for UnixBench {
    fn name(&self) -> &'static str {
        "unixbench"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("BYTE UNIX Benchmarks") || head.contains("System Benchmarks Index Values")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("BYTE UNIX Benchmarks")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if let Some(copies) = line.split_once("; running ").map(|(_, text)| text) {
            block.name = copies.split(' ').next().unwrap_or_default().to_owned();
            block.section = "";
        } else if let Some(score) = line.strip_prefix(SCORE.key) {
            begin(block, number, "");
            block.put(number, &SCORE, score.trim_start_matches([':', ' ']));
        } else if line.starts_with("System Benchmarks") && line.contains("BASELINE") {
            block.section = VALUES;
        } else if block.section == VALUES {
            index(block, number, line);
        } else {
            result(block, number, line);
        }
    }
}

fn begin(block: &mut Block, number: u32, test: &str) {
    block.row();
    let copies = block.name.clone();
    block.put(number, &COPIES, &copies);
    block.put(number, &TEST, test);
}

/// `Execl Throughput   606.3 lps   (30.0 s, 2 samples)`
fn result(block: &mut Block, number: u32, line: &str) {
    let Some((figures, _)) = line.rsplit_once('(').filter(|(_, rest)| rest.ends_with("samples)")) else { return };
    let mut words = figures.split_whitespace().rev();
    let (Some(unit), Some(value)) = (words.next(), words.next()) else { return };
    let Some((test, _)) = figures.rsplit_once(value).filter(|_| value.parse::<f64>().is_ok()) else { return };
    begin(block, number, test.trim());
    block.figure(number, "RESULT", ("result", "", unit, Direction::Higher), value);
}

/// `Execl Throughput   43.0   606.3   141.0`
fn index(block: &mut Block, number: u32, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name @ .., baseline, result, index] = words.as_slice() else { return };
    if name.is_empty() || [baseline, result, index].iter().any(|word| word.parse::<f64>().is_err()) {
        return;
    }
    begin(block, number, &name.join(" "));
    block.put(number, &INDEX, index);
}
