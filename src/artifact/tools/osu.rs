//! OSU micro-benchmarks: a table of message sizes.
//!
//! ```text
//! # OSU MPI Latency Test v5.9
//! # Size          Latency (us)
//! 1                       1.62
//! 2                       1.63
//! ```
//!
//! The title is the case, the size a parameter. Further columns (`Min Latency(us)`, `Iterations`) come with `-f`. Newer versions print a
//! line `# Datatype: MPI_CHAR.` between title and header. Source: <https://mvapich.cse.ohio-state.edu/benchmarks/>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, param};
use crate::domain::series::Direction::{Higher, Lower};

pub(super) struct Osu;

const TEST: Field = case("test");
const SIZE: Field = param("Size", "size");
const DATATYPE: Field = param("Datatype", "datatype");

impl Tool for Osu {
    fn name(&self) -> &'static str {
        "osu-micro-benchmarks"
    }

    fn recognises(&self, head: &str) -> bool {
        head.lines().any(|line| self.begins(line.trim())) && head.contains("# Size ")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("# OSU ") && line.contains(" Test")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if self.begins(line) {
            let title = line.trim_start_matches("# ");
            block.share(number, &TEST, title.rsplit_once(" v").map_or(title, |(title, _)| title));
        } else if let Some(datatype) = line.strip_prefix("# Datatype: ") {
            block.share(number, &DATATYPE, datatype.trim_end_matches('.'));
        } else if let Some(header) = line.strip_prefix("# Size ") {
            header.clone_into(&mut block.name);
        } else if line.starts_with(|c: char| c.is_ascii_digit()) && !block.name.is_empty() {
            row(block, number, line);
        }
    }
}

fn row(block: &mut Block, number: u32, line: &str) {
    let header = block.name.clone();
    let names = header.split("  ").map(str::trim).filter(|name| !name.is_empty());
    let mut texts = line.split_whitespace();
    let Some(size) = texts.next() else { return };
    block.row();
    block.put(number, &SIZE, size);
    for (name, text) in names.zip(texts) {
        let bare = name.split('(').next().unwrap_or_default().trim();
        let unit = name.split('(').nth(1).map(|unit| unit.trim_end_matches(')')).unwrap_or_default();
        let stat = match bare.split(' ').next() {
            Some("Min") => "min",
            Some("Max") => "max",
            _ => "mean",
        };
        if name.contains("Latency") {
            block.figure(number, name, ("latency", stat, if unit.is_empty() { "us" } else { unit }, Lower), text);
        } else if name.contains("Bandwidth") || name.contains("MB/s") {
            block.figure(number, name, ("bandwidth", "", if unit.is_empty() { "MB/s" } else { unit }, Higher), text);
        } else if name.contains("Messages/s") {
            block.figure(number, name, ("message_rate", "", "messages/s", Higher), text);
        }
    }
}
