//! What a statistic must reach, by the number of runs and the autocorrelation.
//!
//! The alarm's limits are a table: the deviate that a step must reach so that unchanged series, followed run by run, alarm at [`RATE`] or
//! less (in the first runs of a segment at more, or nothing could be told of them). It was made by simulation: `cargo run --release --example
//! thresholds` prints this very table, and says of what noise. Another rate moves the limits by what a normal tail says.

/// False alarms per run for which [`ALARM`] was made: 0.2 in a thousand.
pub const RATE: f64 = 0.2e-3;

/// Runs in the segment to which the rows of [`ALARM`] belong.
pub const RUNS: [f64; 9] = [6.0, 8.0, 10.0, 14.0, 20.0, 40.0, 80.0, 200.0, 1000.0];

/// Autocorrelations to which the columns of [`ALARM`] belong.
pub const RHO: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 0.95];

/// The deviate that a step must reach, for each number of runs and each autocorrelation as estimated.
pub const ALARM: [[f64; 5]; 9] = [
    [3.32, 3.52, 3.72, 3.92, 4.07],
    [3.64, 3.84, 4.04, 4.24, 4.39],
    [4.00, 4.20, 4.40, 4.60, 4.75],
    [4.50, 4.70, 4.90, 5.10, 5.25],
    [5.21, 5.41, 5.61, 5.81, 5.96],
    [5.35, 5.55, 5.75, 5.95, 6.10],
    [5.35, 5.55, 5.75, 5.95, 6.10],
    [5.35, 5.55, 5.75, 5.95, 6.10],
    [5.35, 5.55, 5.75, 5.95, 6.10],
];

/// The deviate that an alarm must reach with `runs` in the segment and autocorrelation `rho`, for `rate` false alarms per run.
pub fn alarm(runs: usize, rho: f64, rate: f64) -> f64 {
    let (row, along) = place(&RUNS, runs as f64);
    let (column, across) = place(&RHO, rho);
    let at = |r: usize, c: usize| ALARM[r.min(ALARM.len() - 1)][c.min(RHO.len() - 1)];
    let over = |r: usize| at(r, column) * (1.0 - across) + at(r, column + 1) * across;
    let limit = over(row) * (1.0 - along) + over(row + 1) * along;
    // A tail like exp(−z²/2): a rate e times smaller asks for z² larger by 2.
    (limit * limit + 2.0 * (RATE / rate.clamp(1e-9, 0.1)).ln()).max(4.0).sqrt()
}

/// Average run length at this deviate: how many unchanged runs pass between two alarms as strong as this one.
pub fn run_length(z: f64, runs: usize, rho: f64) -> f64 {
    let limit = alarm(runs, rho, RATE);
    // Short segments are given more of the false alarms, as the table was made: they soon are short no more.
    let rate = RATE * ((25.0 / runs.max(1) as f64).powi(2) / 2.0).max(1.0);
    (((z * z - limit * limit) / 2.0).min(600.0).exp() / rate).max(1.0)
}

/// The deviate that a change must reach in the segmentation of a whole series of `runs`, whose noise around the levels is correlated by
/// `rho`: the more, the more a level that is none can have taken of it.
pub fn change(runs: usize, rho: f64) -> f64 {
    let n = runs as f64;
    between(n, (6.0, 2.95), (100.0, 3.65)) + 1.5 * (rho - 0.1).max(0.0) * n / (n + 40.0)
}

/// What the table side × beyond the middle must reach in a segmentation, when a share `cut` of the values had to be cut: the more of
/// them stray, the less their means can be trusted alone.
pub fn change_table(runs: usize, cut: f64) -> f64 {
    let n = runs as f64;
    let base = between(n, (6.0, 2.6), (30.0, 3.1));
    (base + 18.0 * (cut - 0.015).max(0.0) * n / (n + 30.0)).min(4.6)
}

/// The same for an alarm.
pub const ALARM_TABLE: f64 = 4.5;

/// No table of so few runs can reach the limit: then nearly all that it can is enough.
pub const TABLE_SHARE: f64 = 0.9;

/// A value between two places, linear in the logarithm, and flat outside.
pub fn between(n: f64, low: (f64, f64), high: (f64, f64)) -> f64 {
    let part = ((n / low.0).ln() / (high.0 / low.0).ln()).clamp(0.0, 1.0);
    low.1 + (high.1 - low.1) * part
}

/// The cell of a grid that `x` lies in, and how far along it, clamped to the ends.
fn place(grid: &[f64], x: f64) -> (usize, f64) {
    let cell = grid.iter().skip(1).take_while(|&&edge| edge <= x).count().min(grid.len().saturating_sub(2));
    match (grid.get(cell), grid.get(cell + 1)) {
        (Some(&low), Some(&high)) => (cell, ((x - low) / (high - low)).clamp(0.0, 1.0)),
        _ => (cell, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_points_give_the_table() {
        for (row, runs) in ALARM.iter().zip(RUNS) {
            for (limit, rho) in row.iter().zip(RHO) {
                assert!((alarm(runs as usize, rho, RATE) - limit).abs() < 1e-9, "{runs} {rho}");
            }
        }
    }

    #[test]
    fn limits_grow_with_runs_correlation_and_rarity() {
        assert!(alarm(10, 0.0, RATE) < alarm(300, 0.0, RATE));
        assert!(alarm(30, 0.0, RATE) < alarm(30, 0.7, RATE));
        assert!(alarm(30, 0.0, RATE) < alarm(30, 0.0, RATE / 10.0));
        assert_eq!(alarm(5000, 0.99, RATE), ALARM[8][4]);
    }

    #[test]
    fn the_run_length_at_the_limit_is_the_rate() {
        let z = alarm(50, 0.1, RATE);
        assert!((run_length(z, 50, 0.1) * RATE - 1.0).abs() < 1e-9);
        assert!(run_length(z + 1.0, 50, 0.1) > 100.0 / RATE);
    }
}
