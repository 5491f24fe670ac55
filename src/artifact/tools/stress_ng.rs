//! stress-ng: the table of `--metrics` or `--metrics-brief`.
//!
//! ```text
//! stress-ng: info:  [771] stressor       bogo ops real time  usr time  sys time   bogo ops/s     bogo ops/s
//! stress-ng: info:  [771]                           (secs)    (secs)    (secs)   (real time) (usr+sys time)
//! stress-ng: info:  [771] cpu               12345     60.00    239.12      0.11       205.75        51.60
//! ```
//!
//! Bogus operations compare only one stressor with itself, which is a series. Times are those of the test, not of an operation. Newer
//! versions write `metrc:` for `info:` and add columns, which are ignored.
//! Source: <https://manpages.ubuntu.com/manpages/noble/man1/stress-ng.1.html>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, count, higher, neutral};

pub(super) struct StressNg;

const STRESSOR: Field = case("stressor");
const COLUMNS: &[Field] = &[
    count("bogo ops", "bogo_ops"),
    neutral("real time", "real_time", "s"),
    neutral("usr time", "user_time", "s"),
    neutral("sys time", "system_time", "s"),
    higher("bogo ops/s (real time)", "bogo_ops_per_second", "ops/s"),
    higher("bogo ops/s (usr+sys time)", "bogo_ops_per_cpu_second", "ops/s"),
];

impl Tool for StressNg {
    fn name(&self) -> &'static str {
        "stress-ng"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("stress-ng: ") && head.contains("bogo ops/s")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("stress-ng: ") && line.contains(" dispatching hogs:")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let Some((_, rest)) = line.strip_prefix("stress-ng: ").and_then(|l| l.split_once("] ")) else { return };
        let words: Vec<&str> = rest.split_whitespace().collect();
        let [stressor, figures @ ..] = words.as_slice() else { return };
        let numbers = figures.len() >= COLUMNS.len() && figures.iter().all(|word| word.parse::<f64>().is_ok());
        if numbers {
            block.row();
            block.put(number, &STRESSOR, stressor);
            for (field, text) in COLUMNS.iter().zip(figures) {
                block.put(number, field, text);
            }
        }
    }
}
