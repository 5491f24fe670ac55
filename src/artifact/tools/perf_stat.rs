//! perf stat: what it counted while a command ran.
//!
//! ```text
//!  Performance counter stats for './collatz' (5 runs):
//!             63.77 msec task-clock        #    0.009 CPUs utilized    ( +-  0.40% )
//!     1,440,199,629      cycles            #    4.554 GHz              (66.25%)
//!       0.543290826 seconds time elapsed
//!           1.23 +- 0.01 seconds time elapsed  ( +-  0.77% )
//! ```
//!
//! The figure stands before the event's name; what follows `#` is computed from the others. Events that the processor does not count
//! have no figure. Source: <https://www.man7.org/linux/man-pages/man1/perf-stat.1.html>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case};
use crate::domain::series::Direction::{self, Lower, Neutral};

pub(super) struct PerfStat;

const COMMAND: Field = case("command");

impl Tool for PerfStat {
    fn name(&self) -> &'static str {
        "perf stat"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("Performance counter stats for ")
            && (head.contains("seconds time elapsed") || head.contains(" # "))
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("Performance counter stats for ")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if let Some(command) = line.strip_prefix("Performance counter stats for ") {
            let command = command.trim_end_matches(':').split(" (").next().unwrap_or_default();
            block.put(number, &COMMAND, &command.replace('\'', ""));
            return;
        }
        let counted = line.split('#').next().unwrap_or_default();
        let counted = counted.split("( +-").next().unwrap_or_default().trim();
        let Some((text, name)) = counted.split_once(char::is_whitespace) else { return };
        let Some(text) = figure(text) else { return };
        let name = name.trim();
        if let Some(what) = name.rsplit("seconds ").next().filter(|_| name.contains("seconds ")) {
            let base = format!("{}_time", what.trim_start_matches("time ").trim());
            block.figure(number, what, (&base, "", "s", Lower), &text);
            return;
        }
        event(block, number, name, &text);
    }
}

/// `msec task-clock`, `task-clock (msec)`, `cycles:u`, `Joules power/energy-pkg/`.
fn event(block: &mut Block, number: u32, name: &str, text: &str) {
    let bare = name.split(" (").next().unwrap_or_default();
    let (unit, event) = match bare.split_once(' ') {
        Some(("msec", event)) => ("ms", event.trim()),
        Some(("Joules", event)) => ("J", event.trim()),
        Some(_) => return,
        None if name.ends_with("(msec)") => ("ms", bare),
        None => ("count", bare),
    };
    if event.is_empty() || event.starts_with(|c: char| c.is_ascii_digit()) {
        return;
    }
    block.figure(number, event, (event, "", unit, direction(event)), text);
}

/// Less work, waiting and energy are better; other events only describe.
fn direction(event: &str) -> Direction {
    let less = ["clock", "cycles", "instructions", "misses", "faults", "switches", "migrations", "energy", "stalled"];
    if less.iter().any(|word| event.contains(word)) { Lower } else { Neutral }
}

/// A figure without separators; `None` for other words.
fn figure(text: &str) -> Option<String> {
    let plain = text.replace(',', "");
    plain.parse::<f64>().is_ok_and(f64::is_finite).then_some(plain)
}
