//! The gate: whether a further run makes a change likely enough to look at the history, at the cost of a few dozen operations.
//!
//! Of all splits of the runs so far, the best one can only lie at a corner of the convex hulls of the cumulative sums: those are the
//! candidates that a further run can still make the best (the functional pruning of FOCuS: Romano, Eckley, Fearnhead and Rigaill 2023).
//! For noise there are about log n of them, and they are all that is kept of the history.
//!
//! It may let too much through; what it holds back, the next runs bring. Only a [`look`](super::look) decides.

use serde::{Deserialize, Serialize};

use super::segment::LEAST;
use super::split::Sums;

/// Corners that are kept of a hull. A steady drift makes every run a corner; then every other one is let go.
const CORNERS: usize = 40;

/// Cumulative sums of (cut) values and the corners of their hulls.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    origin: f64,
    /// Values summed up.
    runs: usize,
    sum: f64,
    below: Vec<(f64, f64)>,
    above: Vec<(f64, f64)>,
}

impl Gate {
    /// The gate after the values behind `sums`, of which there are `runs`.
    pub fn fill(&mut self, sums: &Sums, runs: usize) {
        self.origin = sums.origin();
        self.runs = 0;
        self.sum = 0.0;
        self.below.clear();
        self.above.clear();
        for run in 0..runs {
            self.add(sums.sum(run, run + 1));
        }
    }

    /// Takes in the next value, which will not change any more.
    #[inline]
    pub fn push(&mut self, value: f64) {
        self.add(value - self.origin);
    }

    #[inline]
    fn add(&mut self, off: f64) {
        if self.runs >= LEAST {
            let corner = (self.runs as f64, self.sum);
            extend(&mut self.below, corner, 1.0);
            extend(&mut self.above, corner, -1.0);
        }
        self.runs += 1;
        self.sum += off;
    }

    /// The most that any split explains, in units of the variance of a run, when the values of `rest` follow; `None` unless that is more than
    /// `bar`. Only splits that the last value speaks for: one above the mean makes rises likelier and falls less likely, so that
    /// none but rises can have come over the bar with it.
    #[inline]
    pub fn gain(&self, rest: &[f64], bar: f64) -> Option<f64> {
        let total = self.sum + rest.iter().map(|v| v - self.origin).sum::<f64>();
        let n = self.runs + rest.len();
        let rises = rest.last().is_some_and(|v| (v - self.origin) * n as f64 > total);
        best_of(if rises { &self.below } else { &self.above }, n as f64, total, bar)
    }
}

/// The best split at the corners of a hull of `n` values that sum up to `total`.
#[inline]
fn best_of(hull: &[(f64, f64)], n: f64, total: f64, bar: f64) -> Option<f64> {
    let (mean, last, bar) = (total / n, n - LEAST as f64, bar / n);
    let mut best = bar;
    for &(k, sum) in hull {
        let off = sum - k * mean;
        let room = k * (n - k);
        // Compared without a division, since nearly all are far below.
        if off * off > best * room && k <= last {
            best = off * off / room;
        }
    }
    (best > bar).then_some(best * n)
}

/// Adds the next corner to a hull (`side` 1: from below), and lets those go that lie inside now.
fn extend(hull: &mut Vec<(f64, f64)>, corner: (f64, f64), side: f64) {
    while let [.., a, b] = hull.as_slice() {
        let turn = (b.0 - a.0) * (corner.1 - a.1) - (b.1 - a.1) * (corner.0 - a.0);
        if turn * side > 0.0 {
            break;
        }
        hull.pop();
    }
    hull.push(corner);
    if hull.len() > CORNERS {
        let last = hull.len() - 1;
        let mut at = 0;
        hull.retain(|_| {
            at += 1;
            at % 2 == 1 || at > last
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    #[test]
    fn the_corners_hold_the_best_split() {
        let mut state = 7u64;
        let mut values = Vec::new();
        let mut gate = Gate::default();
        for run in 0..400 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = (state >> 40) as f64 / 1e7 + if run > 250 { 0.5 } else { 0.0 };
            values.push(value);
            if run == 0 {
                let mut sums = Sums::default();
                sums.fill(&values);
                gate.fill(&sums, 1);
            } else {
                gate.push(value);
            }
            let mut sums = Sums::default();
            sums.fill(&values);
            let best = split::best(&sums, 0, values.len(), LEAST).map_or(0.0, |best| best.1);
            let n = gate.runs as f64;
            let side = |hull: &[(f64, f64)]| best_of(hull, n, gate.sum, 0.0).unwrap_or(0.0);
            let seen = side(&gate.below).max(side(&gate.above));
            // The newest place is no corner yet while its sum is the last one.
            assert!((best - seen).abs() <= 1e-9 * best.max(1.0) || run < 7, "run {run}: {best} {seen}");
        }
        assert!(gate.below.len() + gate.above.len() < 40, "{} + {}", gate.below.len(), gate.above.len());
    }
}
