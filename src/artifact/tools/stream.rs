//! STREAM: the bandwidth of memory.
//!
//! ```text
//! STREAM version $Revision: 5.10 $
//! Array size = 10000000 (elements), Offset = 0 (elements)
//! Number of Threads requested = 2
//! Function    Best Rate MB/s  Avg time     Min time     Max time
//! Copy:           10156.2     0.015772     0.015754     0.015791
//! ```
//!
//! Times are seconds; up to version 5.9 the rate is called `Rate (MB/s)`. Source: <https://www.cs.virginia.edu/stream/ref.html>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, higher, lower, param};

pub(super) struct Stream;

const KERNEL: Field = case("Function");
const COLUMNS: &[Field] = &[
    higher("Best Rate MB/s", "best_rate", "MB/s"),
    lower("Avg time", "time", "s"),
    lower("Min time", "time", "s").stat("min"),
    lower("Max time", "time", "s").stat("max"),
];
const SETTINGS: &[Field] = &[
    param("Array size", "array_size"),
    param("Number of Threads requested", "threads"),
    param("Total Threads", "threads"),
];

impl Tool for Stream {
    fn name(&self) -> &'static str {
        "stream"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("STREAM version")
            || (head.contains("Function ") && head.contains("Rate") && head.contains("Triad:"))
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("STREAM version")
    }

    fn resumes(&self, line: &str) -> bool {
        line.starts_with("Function ") && line.contains("Rate")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if let Some((name, rest)) = line.split_once(" = ")
            && let Some(field) = SETTINGS.iter().find(|field| field.key == name)
        {
            block.share(number, field, rest.split_whitespace().next().unwrap_or_default());
        } else if let Some((kernel, figures)) = line.split_once(':')
            && matches!(kernel, "Copy" | "Scale" | "Add" | "Triad")
        {
            block.row();
            block.put(number, &KERNEL, kernel);
            for (field, text) in COLUMNS.iter().zip(figures.split_whitespace()) {
                block.put(number, field, text);
            }
        }
    }
}
