//! Limits by simulation: how strong an online statistic may get before it is more than chance.
//!
//! A detector looks at a series again and again, and each look is a chance to be wrong. So a limit is not the quantile of one look,
//! but what keeps the false alarms to a budget for as many looks as there are: series in which nothing changes are walked
//! through, and the limit of each row of the table is the strength that only so many of the walks pass in it. A walk that passed is
//! over, as an alarm begins a new segment; later rows are decided by those that are left (time-varying control limits).

use std::thread;

use super::draw::{Draw, Noise};

/// One look at the first runs of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Runs that it has.
    pub runs: usize,
    /// How strong the evidence for a change is.
    pub strength: f64,
}

/// Correlations of neighbouring runs, and how many of a hundred series have them: benchmarks mostly have little of it. White noise
/// is of every kind in equal parts, normal or not.
pub const CORRELATIONS: [(f64, usize); 5] = [(0.0, 30), (0.2, 25), (0.4, 20), (0.6, 20), (0.8, 5)];

/// A level that the noise lies around, far enough from zero that its logarithm is nearly straight.
const LEVEL: f64 = 100.0;

/// Series `index` of the null hypothesis, with `runs` runs.
pub fn unchanged(base: u64, index: usize, runs: usize) -> Vec<f64> {
    let mut draw = Draw::seeded(base, "unchanged", index);
    let mut rest = draw.below(100);
    let mut kind = Noise::Gauss;
    for (rho, share) in CORRELATIONS {
        if rest < share {
            let white = [Noise::Gauss, Noise::Lognormal, Noise::Student3, Noise::BadHost];
            kind = if rho > 0.0 { Noise::Autocorrelated(rho) } else { white[draw.below(white.len())] };
            break;
        }
        rest -= share;
    }
    kind.runs(runs, &mut draw).into_iter().map(|run| LEVEL + run).collect()
}

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Fewest runs that belong to each row, ascending; last, the first count that belongs to none.
    pub rows: Vec<usize>,
    /// How many series are walked to decide the rows up to this one, which those before have not decided.
    pub tiers: Vec<(usize, usize)>,
    pub base: u64,
}

impl Plan {
    /// The limit of each row; `budget` is the false alarms allowed at so many runs, `walk` gives the looks at a series.
    pub fn limits(&self, budget: impl Fn(usize) -> f64, walk: impl Fn(&[f64]) -> Vec<Look> + Sync) -> Vec<f64> {
        let mut limits: Vec<f64> = Vec::new();
        for &(last, series) in &self.tiers {
            let mut walks = self.walks(self.rows[last + 1] - 1, series, &walk);
            for row in 0..=last {
                if row == limits.len() {
                    let allowed: f64 = (self.rows[row]..self.rows[row + 1]).map(&budget).sum();
                    limits.push(passed_by(&walks, row, (allowed * walks.len() as f64) as usize));
                }
                walks.retain(|peaks| peaks[row] <= limits[row]);
            }
        }
        limits
    }

    /// The strongest look of each walk in each row, on all cores; which core walks which series makes no difference.
    fn walks(&self, runs: usize, series: usize, walk: &(impl Fn(&[f64]) -> Vec<Look> + Sync)) -> Vec<Vec<f64>> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let part = series.div_ceil(threads);
        let some = |first: usize| {
            let indexes = first..(first + part).min(series);
            indexes.map(|index| self.peaks(&walk(&unchanged(self.base, index, runs)))).collect::<Vec<_>>()
        };
        thread::scope(|scope| {
            let running: Vec<_> = (0..series).step_by(part).map(|first| scope.spawn(move || some(first))).collect();
            running.into_iter().flat_map(|thread| thread.join().expect("a statistic that does not panic")).collect()
        })
    }

    fn peaks(&self, looks: &[Look]) -> Vec<f64> {
        let mut peaks = vec![0.0; self.rows.len()];
        for look in looks {
            if let Some(row) = self.rows.iter().rposition(|&least| least <= look.runs) {
                peaks[row] = f64::max(peaks[row], look.strength);
            }
        }
        peaks
    }
}

/// The strength that `allowed` walks pass in a row.
fn passed_by(walks: &[Vec<f64>], row: usize, allowed: usize) -> f64 {
    let mut strengths: Vec<f64> = walks.iter().map(|peaks| peaks[row]).collect();
    strengths.sort_unstable_by(|a, b| b.total_cmp(a));
    strengths.get(allowed).copied().unwrap_or(0.0)
}
