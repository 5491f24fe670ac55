//! A baseline: the level and the noise of a segment's recent runs, against which the next run is held.
//!
//! Everything is robust, since spikes and bad hosts belong to the data: the level is a median, the noise the largest of what
//! four robust scales say. It works on logarithms when all runs are positive (a doubling and a halving weigh the same, and a
//! noisy throughput can still fall far enough to be seen), else on the plain values.

use super::{Point, Settings};
use crate::domain::stats::{median, median_mut, quantile};

/// Makes a median absolute deviation a standard deviation, for normal noise.
const MAD_TO_SD: f64 = 1.4826;
/// The quantiles one standard deviation from the middle, for normal noise.
const UPPER: f64 = 0.8413;
const LOWER: f64 = 0.1587;

/// Which way a run lies from the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

/// Level and noise of the runs before.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Whether centre and scales are logarithms.
    pub log: bool,
    /// The level, on the scale worked on.
    pub centre: f64,
    /// The level in the unit of the series.
    pub level: f64,
    /// Standard deviation of a single run, on the scale worked on; zero for a constant series written in full.
    pub noise: f64,
    /// As `noise`, but wide enough for a tail on one side only.
    above: f64,
    below: f64,
    /// Estimated lag-one autocorrelation, from 0 to 0.7.
    pub rho: f64,
    /// Runs behind it.
    pub n: usize,
}

/// The noise of the segment before, which a young segment leans on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inherited {
    /// Relative to the level, where the level was positive.
    relative: Option<f64>,
    /// In the unit of the series.
    plain: f64,
    rho: f64,
    runs: usize,
}

impl Baseline {
    /// The baseline of `runs` (not empty, finite, by time) for judging the value `next`, of which only the decimal places count.
    pub fn of(runs: &[Point], next: f64, inherited: Option<&Inherited>, settings: &Settings) -> Option<Self> {
        let plain: Vec<f64> = runs.iter().map(|run| run.value).collect();
        let log = plain.iter().all(|&value| value > 0.0);
        let values: Vec<f64> = if log { plain.iter().map(|value| value.ln()).collect() } else { plain.clone() };
        let centre = median(&values)?;
        let level = median(&plain)?;
        // What one unit of the series is on the scale worked on, near the level.
        let unit = if log { 1.0 / level } else { 1.0 };
        let (spread, rho) = scatter(&values, centre);
        let floor = (quantum(plain.iter().copied().chain([next])) / 12f64.sqrt()).max(within_runs(runs)) * unit;
        let above = quantile(&values, UPPER)? - centre;
        let below = centre - quantile(&values, LOWER)?;
        let own = Scales { noise: spread.max(floor), above, below, rho };
        let scales = match inherited {
            Some(before) => own.leaning_on(before, values.len(), log, level, settings),
            None => own,
        };
        let noise = scales.noise;
        Some(Self {
            log,
            centre,
            level,
            noise,
            above: scales.above.max(noise),
            below: scales.below.max(noise),
            rho: scales.rho,
            n: values.len(),
        })
    }

    /// `value` on the scale worked on, as a distance from the centre. What is not positive has no logarithm: there the plain
    /// distance in levels stands in, which is the first term of the logarithm.
    pub fn distance(&self, value: f64) -> f64 {
        match self.log {
            true if value > 0.0 => value.ln() - self.centre,
            true => (value - self.level) / self.level,
            false => value - self.centre,
        }
    }

    /// The side on which `value` lies beyond `units` of noise *and* beyond the smallest effect.
    pub fn beyond(&self, value: f64, units: f64, settings: &Settings) -> Option<Side> {
        let distance = self.distance(value);
        let side = if distance > 0.0 { Side::Above } else { Side::Below };
        let beyond_noise = distance.abs() > units * self.scale(side);
        let beyond_effect = (value - self.level).abs() > settings.min_effect * self.level.abs();
        (beyond_noise && beyond_effect && distance != 0.0).then_some(side)
    }

    /// The noise unit of one side. A level and a noise from a few runs are themselves uncertain: the unit is wider then.
    pub fn scale(&self, side: Side) -> f64 {
        let scale = if side == Side::Above { self.above } else { self.below };
        let n = self.n as f64;
        scale * (1.0 + 1.0 / n).sqrt() * (1.0 + 3.0 / n)
    }

    /// The noise in the unit of the series.
    pub fn plain_noise(&self) -> f64 {
        if self.log { self.noise * self.level } else { self.noise }
    }

    /// What the next segment takes over.
    pub fn bequeath(&self) -> Inherited {
        Inherited { relative: self.log.then_some(self.noise), plain: self.plain_noise(), rho: self.rho, runs: self.n }
    }
}

struct Scales {
    noise: f64,
    above: f64,
    below: f64,
    rho: f64,
}

impl Scales {
    /// Pools with the noise of the segment before, which counts for at most `min_runs` runs, so that its say fades.
    fn leaning_on(self, before: &Inherited, n: usize, log: bool, level: f64, settings: &Settings) -> Self {
        let earlier = match (log, before.relative) {
            (true, Some(relative)) => relative,
            (true, None) => before.plain / level,
            (false, _) => before.plain,
        };
        let weight = before.runs.min(settings.min_runs) as f64;
        let own = n.saturating_sub(1) as f64;
        let pool = |now: f64, then: f64| (now * now * own + then * then * weight) / (own + weight).max(1.0);
        Self {
            noise: pool(self.noise, earlier).sqrt(),
            above: self.above,
            below: self.below,
            rho: (self.rho * own + before.rho * weight) / (own + weight).max(1.0),
        }
    }
}

/// Standard deviation of a run, and the autocorrelation. Successive differences do not see a slow wander of the level, which
/// deviations from the median do; autocorrelated noise makes the differences small. So the larger one counts, and their ratio
/// tells the autocorrelation (the variance of differences is 2σ²(1 − ρ)), shrunk when there are few runs.
fn scatter(values: &[f64], centre: f64) -> (f64, f64) {
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    let mut steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let around = median_mut(&mut deviations).unwrap_or(0.0) * MAD_TO_SD;
    let between = median_mut(&mut steps).unwrap_or(0.0) * MAD_TO_SD / std::f64::consts::SQRT_2;
    let n = values.len() as f64;
    let rho = if around > 0.0 { (1.0 - (between / around).powi(2)).clamp(0.0, 0.7) * n / (n + 10.0) } else { 0.0 };
    (around.max(between), rho)
}

/// The step in which the values are written: the power of ten of their last decimal place, up to nine; zero when they have more
/// (they are then written in full). Rounding hides noise of up to this size, even in a series that looks constant.
fn quantum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let whole = |scale: f64| {
        values.clone().all(|value| {
            let scaled = value * scale;
            scaled.abs() < 1e12 && (scaled - scaled.round()).abs() < 1e-6
        })
    };
    (0..=9).map(|places| 10f64.powi(places)).find(|&scale| whole(scale)).map_or(0.0, |scale| 1.0 / scale)
}

/// What the samples within the runs say of the noise of a run's value: a lower bound, the standard error. The error term is the
/// scatter *between* runs; this one only keeps a few runs that agree by luck from looking exact. Runs whose number of samples
/// is not known say nothing.
fn within_runs(runs: &[Point]) -> f64 {
    let errors: Vec<f64> = runs
        .iter()
        .filter(|run| run.n >= 2)
        .filter_map(|run| Some(run.std.filter(|std| std.is_finite() && *std > 0.0)? / (run.n as f64).sqrt()))
        .collect();
    if errors.len() * 2 < runs.len() { 0.0 } else { median(&errors).unwrap_or(0.0) }
}
