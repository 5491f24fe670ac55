//! The evidence for a shift: how large it is, within which limits, and how likely by chance.
//!
//! The two levels are medians, so their standard error is √(π/2) times that of a mean, and autocorrelation widens it by the
//! factor F of an AR(1) series. The interval takes Student's t with the runs of both sides. Its assumption is noise that is
//! roughly normal near its middle; the tails were cut by the robust scales, and what they hid is the task of confirmation by
//! several runs.

use super::Point;
use super::baseline::{Baseline, Side};
use super::student::{two_sided_p, two_sided_quantile};
use crate::domain::stats::median;
use crate::domain::verdict::Shift;

/// Probability that the true effect lies outside the interval.
const OUTSIDE: f64 = 0.05;

/// Expected number of chance rows in the segment below which a row is unusual. Three runs after seven clear ones pass, or after
/// two dozen with one spike among them.
const BY_CHANCE: f64 = 0.012;

/// The shift from `before` to the runs of `after` (not empty), the first of which is number `change_index` of the history.
pub fn shift(before: &Baseline, after: &[Point], change_index: usize) -> Option<Shift> {
    let first = after.first()?;
    let plain: Vec<f64> = after.iter().map(|run| run.value).collect();
    // What is not positive has no logarithm: then the whole shift is measured in levels, which the noise is relative to as well.
    let log = before.log && plain.iter().all(|&value| value > 0.0);
    let distance =
        |value: f64| if before.log && !log { (value - before.level) / before.level } else { before.distance(value) };
    let distances: Vec<f64> = plain.iter().map(|&value| distance(value)).collect();
    let (moved, level) = (median(&distances)?, median(&plain)?);
    let noise = pooled_noise(before, &distances, moved);
    let (n, m) = (before.n as f64, after.len() as f64);
    let error = noise * (std::f64::consts::FRAC_PI_2 * (widening(n, before.rho) + widening(m, before.rho))).sqrt();
    let freedom = (n + m - 2.0).max(1.0);
    let reach = two_sided_quantile(OUTSIDE, freedom) * error;
    // Every run so far could have been the place of a shift: Bonferroni over the places.
    let places = (change_index + after.len()) as f64;
    let p = if error > 0.0 { (two_sided_p(moved / error, freedom) * places).min(1.0) } else { f64::NAN };
    Some(Shift {
        before: before.level,
        after: level,
        n_before: before.n,
        n_after: after.len(),
        effect: finite((level - before.level) / scale(before.level)),
        interval: (effect_of(before, log, moved - reach), effect_of(before, log, moved + reach)),
        noise: finite(before.plain_noise()),
        p: Some(p).filter(|p| p.is_finite()),
        change_index,
        change_at: first.at,
    })
}

/// Whether the interval's end nearest to zero passes the smallest effect that matters. A level of zero knows no relative
/// effect: there the interval must only leave zero out.
pub fn certifies(shift: &Shift, min_effect: f64) -> bool {
    let (low, high) = shift.interval;
    let least = if scale(shift.before) == shift.before.abs() { min_effect } else { 0.0 };
    low > least || high < -least
}

/// Whether the runs of `after` lie together as far from the level as `least` runs at the threshold would: more runs may lie
/// less far, as the standard error falls with their number (slower when they are autocorrelated).
pub fn is_strong(before: &Baseline, side: Side, after: &[Point], least: usize, threshold: f64) -> bool {
    let distances: Vec<f64> = after.iter().map(|run| before.distance(run.value).abs()).collect();
    let error = |runs: usize| widening(runs as f64, before.rho).sqrt();
    median(&distances)
        .is_some_and(|moved| moved > threshold * before.scale(side) * error(after.len()) / error(least.max(1)))
}

/// Whether the runs before make `after` runs in a row beyond the middle between the levels unlikely by chance, whatever the shape
/// of the noise. A history with spikes or a second mode as high as the shift asks for more runs than one without.
pub fn is_unusual(shift: &Shift, before: &[Point]) -> bool {
    let middle = shift.before + (shift.after - shift.before) / 2.0;
    let is_beyond = |run: &&Point| if shift.after > shift.before { run.value > middle } else { run.value < middle };
    let n = before.len() as f64;
    // Laplace's rule of succession; every run of the segment could have begun such a row.
    let share = (before.iter().filter(is_beyond).count() as f64 + 1.0) / (n + 2.0);
    share.powf(shift.n_after as f64) * n < BY_CHANCE
}

/// Runs after a shift scatter too, perhaps more than before: both count by their degrees of freedom.
fn pooled_noise(before: &Baseline, distances: &[f64], moved: f64) -> f64 {
    let (n, m) = (before.n.saturating_sub(1) as f64, distances.len().saturating_sub(1) as f64);
    let squares: f64 = distances.iter().map(|distance| (distance - moved).powi(2)).sum();
    ((before.noise.powi(2) * n + squares) / (n + m).max(1.0)).sqrt().max(before.noise)
}

/// Variance of the mean of `m` runs with autocorrelation `rho`, in units of one run's variance.
fn widening(m: f64, rho: f64) -> f64 {
    let long_run = (1.0 + rho) / (1.0 - rho);
    let edge = 2.0 * rho * (1.0 - rho.powf(m)) / (m * (1.0 - rho).powi(2));
    (long_run - edge).max(1.0) / m
}

/// The relative effect of a move in logarithms, in levels of a baseline of logarithms, or in plain values.
fn effect_of(before: &Baseline, log: bool, moved: f64) -> f64 {
    finite(match (log, before.log) {
        (true, _) => moved.exp_m1(),
        (false, true) => moved,
        (false, false) => moved / scale(before.level),
    })
}

/// What an absolute difference is divided by; one when the level is zero (or too small to divide by), as the verdict documents.
fn scale(level: f64) -> f64 {
    if level.abs() < f64::MIN_POSITIVE { 1.0 } else { level.abs() }
}

/// Values near the end of the range can differ by more than the range holds.
fn finite(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) }
}
