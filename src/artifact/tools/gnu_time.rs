//! GNU time, `time -v`: what a command used.
//!
//! ```text
//!     Command being timed: "rustc src/lib.rs"
//!     User time (seconds): 35.44
//!     Elapsed (wall clock) time (h:mm:ss or m:ss): 0:35.68
//!     Maximum resident set size (kbytes): 317736
//! ```
//!
//! The elapsed time is read as seconds. Sizes that modern kernels do not report are always zero and left out; the page size and the exit
//! status are no results. Source: <https://www.gnu.org/software/time/>.

use super::blocks::{Block, Tool, after, labelled};
use crate::artifact::field::{Field, case, lower, neutral};
use crate::artifact::table::Cell;
use crate::domain::series::Direction;

pub(super) struct GnuTime;

const COMMAND: Field = case("Command being timed");
const ELAPSED: &str = "Elapsed (wall clock) time (h:mm:ss or m:ss)";
const FIELDS: &[Field] = &[
    lower("User time (seconds)", "user_time", "s"),
    lower("System time (seconds)", "system_time", "s"),
    neutral("Percent of CPU this job got", "cpu", "percent"),
    lower("Maximum resident set size (kbytes)", "max_resident_set", "KB"),
    lower("Major (requiring I/O) page faults", "major_page_faults", "count"),
    lower("Minor (reclaiming a frame) page faults", "minor_page_faults", "count"),
    lower("Voluntary context switches", "voluntary_context_switches", "count"),
    lower("Involuntary context switches", "involuntary_context_switches", "count"),
    lower("File system inputs", "file_system_inputs", "count"),
    lower("File system outputs", "file_system_outputs", "count"),
];

impl Tool for GnuTime {
    fn name(&self) -> &'static str {
        "time -v"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("Command being timed: ") && head.contains("Maximum resident set size (kbytes): ")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("Command being timed: ")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        if let Some(command) = after(line, COMMAND.key) {
            block.put(number, &COMMAND, command.trim_matches('"'));
        } else if let Some(seconds) = after(line, ELAPSED).and_then(seconds) {
            block.cell(number, ELAPSED, ("elapsed_time", "", "s", Direction::Lower), Cell::Number(seconds));
        } else {
            labelled(block, number, line, FIELDS);
        }
    }
}

/// `1:02:03` or `2:03.45` as seconds.
fn seconds(text: &str) -> Option<f64> {
    let mut total = 0.0;
    for part in text.split(':') {
        total = total * 60.0 + part.parse::<f64>().ok().filter(|part| part.is_finite() && *part >= 0.0)?;
    }
    // Two decimals are what `time` writes: sums of them must not show more.
    text.contains(':').then_some((total * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn elapsed_times_are_seconds() {
        assert_eq!(super::seconds("0:14.47"), Some(14.47));
        assert_eq!(super::seconds("1:02:03"), Some(3723.0));
        assert_eq!(super::seconds("14.47"), None);
    }
}
