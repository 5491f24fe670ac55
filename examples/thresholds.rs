//! Makes the table of the alarm's limits that stands in `src/analysis/detect/thresholds.rs`, by simulation.
//!
//! ```sh
//! cargo run --release --example thresholds
//! ```
//!
//! Series in which nothing changes are followed run by run by the very detector, with all its other tests, and each row of the table
//! is what keeps its alarms to the budget (`harness::series::calibrate`). The columns rise from the first one by a fixed amount for each
//! unit of correlation: by then an estimate of it is the larger part of the doubt. A limit never falls with more runs, though the other
//! tests would hold the rate alone from some hundred runs on: it leaves room for noise that was not simulated.
//!
//! The detector is asked with a far higher rate of false alarms than the table is for, so that what the table says now does not
//! bear on what it will say.

#[path = "../tests/support/limits.rs"]
mod limits;

use chimera_insight::analysis::detect::thresholds::{RATE, RHO, RUNS};
use harness::series::calibrate::Plan;

/// Series behind the rows up to the fifth, the seventh, the eighth and the last.
const SERIES: [(usize, usize); 4] = [(4, 500_000), (6, 60_000), (7, 10_000), (8, 2_000)];

fn main() {
    let plan = Plan { rows: limits::rows(RUNS.len()), tiers: SERIES.to_vec(), base: 1763 };
    let mut highest = 0.0;
    println!("/// The deviate that a step must reach, for each number of runs and each autocorrelation as estimated.");
    println!("pub const ALARM: [[f64; {}]; {}] = [", RHO.len(), RUNS.len());
    for first in plan.limits(|runs| limits::budget(runs, RATE), limits::walk) {
        highest = f64::max(highest, first);
        let row: Vec<String> = RHO.iter().map(|rho| format!("{:.2}", highest + limits::rise(*rho))).collect();
        println!("    [{}],", row.join(", "));
    }
    println!("];");
}
