//! The table of limits in the code is the one that the program makes, as far as a small part of its simulation can tell.

use chimera_insight::analysis::detect::thresholds::{ALARM, RATE, RUNS};
use harness::series::calibrate::Plan;

#[path = "../../support/limits.rs"]
mod limits;

use super::BASE;

#[test]
fn the_limits_are_what_simulation_finds() {
    // Rows of up to eleven runs: more take a machine some minutes, and `cargo run --release --example thresholds` is for that.
    let few = 3;
    let plan = Plan { rows: limits::rows(few), tiers: vec![(few - 1, 15_000)], base: BASE };
    let found = plan.limits(|runs| limits::budget(runs, RATE), limits::walk);
    for ((limit, row), runs) in found.iter().zip(&ALARM).zip(RUNS) {
        // Some thirty to forty walks pass a row: a sixth more or less of them moves its limit by half a tenth.
        assert!((limit - row[0]).abs() < 0.15, "{runs} runs: found {limit:.2}, the table has {}", row[0]);
    }
}

#[test]
fn the_columns_rise_as_the_simulation_supposes() {
    use chimera_insight::analysis::detect::thresholds::RHO;
    for row in ALARM {
        for (limit, rho) in row.into_iter().zip(RHO) {
            assert!((limit - row[0] - limits::rise(rho)).abs() < 1e-9, "{row:?}");
        }
    }
    assert!(ALARM.is_sorted_by(|a, b| a[0] <= b[0]), "a limit never falls with more runs");
}
