//! A shift in the words of the series: levels as medians of the runs on either side, the effect with its interval, where it began.
//!
//! The detector works with means of cut values on its own scale; a person (and the ledger of facts) wants numbers that stand in the
//! files. So the levels are medians of the runs, the interval is the detector's standard error around their difference, and
//! widened as a median is less certain than a mean. Nothing here fails on finite values.

use super::Point;
use super::detect::look::Kind;
use super::detect::noise::Noise;
use super::detect::scale::Scaled;
use super::follow::Alarm;
use super::student::{two_sided_p, two_sided_quantile};
use crate::domain::stats::median;
use crate::domain::verdict::{Began, Shift};

/// Standard error of a median in units of that of a mean, for normal noise: √(π/2).
const MEDIAN: f64 = 1.2533;

/// Probability that the true effect lies outside the interval.
const OUTSIDE: f64 = 0.05;

/// The runs that are compared: `history` begins with run number `offset`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs<'a> {
    pub history: &'a [Point],
    pub offset: usize,
}

/// Stretches of runs (first, and first no more) whose levels are compared, and the first run of what is told.
pub(super) struct Compared {
    pub before: (usize, usize),
    pub change: usize,
    pub after: (usize, usize),
}

/// Runs at either end of a drift that are compared, at least and at most.
const DRIFT_ENDS: (usize, usize) = (3, 20);

impl Compared {
    fn around(from: usize, change: usize, end: usize) -> Self {
        Self { before: (from, change), change, after: (change, end) }
    }

    /// A drift has no place: its last runs are held against its first ones.
    pub fn of_drift(from: usize, end: usize) -> Self {
        let ends = ((end - from) / 5).clamp(DRIFT_ENDS.0, DRIFT_ENDS.1).min(end - from);
        Self { before: (from, from + ends), change: from, after: (end - ends, end) }
    }
}

/// What is known of the noise of a shift.
struct Spread {
    log: bool,
    /// Standard error of the difference on the scale worked on, and the degrees of freedom behind it.
    error: f64,
    freedom: f64,
    noise: Noise,
    p: Option<f64>,
    run_length: Option<f64>,
}

impl<'a> Runs<'a> {
    fn slice(&self, from: usize, to: usize) -> &'a [Point] {
        let at = |run: usize| run.saturating_sub(self.offset).min(self.history.len());
        self.history.get(at(from)..at(to)).unwrap_or_default()
    }

    fn end(&self) -> usize {
        self.offset + self.history.len()
    }

    /// The shift of a confirmed change.
    pub fn of_alarm(&self, alarm: &Alarm) -> Option<Shift> {
        let evidence = &alarm.evidence;
        let end = self.end();
        let (compared, error) = match alarm.kind {
            Kind::Step => (Compared::around(alarm.segment, alarm.change, end), evidence.error),
            Kind::Drift => {
                let compared = Compared::of_drift(alarm.segment, end);
                let ends = 2.0 / (compared.before.1 - compared.before.0).max(1) as f64;
                (compared, (evidence.error.powi(2) + evidence.noise.sigma.powi(2) * ends).sqrt())
            }
        };
        let spread = Spread {
            log: alarm.log,
            error,
            freedom: (end - alarm.segment).saturating_sub(2).max(1) as f64,
            noise: evidence.noise,
            p: Some(1.0 / evidence.run_length),
            run_length: Some(evidence.run_length),
        };
        self.between(&compared, (alarm.first, alarm.last), &spread)
    }

    /// The shift of the runs from number `change` on, which are suspicious or began a segment, against those from `segment` to there.
    pub fn of_suspicion(&self, segment: usize, change: usize, noise: Noise, log: bool) -> Option<Shift> {
        let (l, r) = ((change - segment) as f64, (self.end() - change) as f64);
        let error = noise.sigma * (1.0 / l + 1.0 / r).sqrt();
        let spread = Spread { log, error, freedom: (l - 1.0).max(1.0), noise, p: None, run_length: None };
        self.between(&Compared::around(segment, change, self.end()), (change, change), &spread)
    }

    fn between(&self, compared: &Compared, place: (usize, usize), spread: &Spread) -> Option<Shift> {
        let Compared { before, change, after } = *compared;
        let (before, after) = (self.slice(before.0, before.1), self.slice(after.0, after.1));
        let level = |runs: &[Point]| median(&runs.iter().map(|run| run.value).collect::<Vec<f64>>());
        let (low, high) = (level(before)?, level(after)?);
        // What is not positive has no logarithm: then the shift is measured in levels.
        let (a, b) = (Scaled::at(spread.log, low), Scaled::at(spread.log, high));
        let reach = two_sided_quantile(OUTSIDE, spread.freedom) * MEDIAN * spread.error;
        let unit = scale(low);
        let interval = match (a.zip(b), spread.log) {
            (Some((a, b)), true) => ((b - a - reach).exp_m1(), (b - a + reach).exp_m1()),
            (None, true) => ((high - low) / unit - reach, (high - low) / unit + reach),
            (_, false) => ((high - low - reach) / unit, (high - low + reach) / unit),
        };
        let gap = a.zip(b).map_or((high - low) / unit, |(a, b)| b - a);
        let chance = || Some(two_sided_p(gap / spread.error, spread.freedom)).filter(|p| p.is_finite());
        let at = |run: usize| self.slice(run, run + 1).first().map(|run| run.at);
        let change_at = self.slice(change, change + 1).first()?.at;
        Some(Shift {
            before: low,
            after: high,
            n_before: before.len(),
            n_after: after.len(),
            effect: finite((high - low) / unit),
            interval: (finite(interval.0), finite(interval.1)),
            noise: finite(if spread.log { spread.noise.sigma * low.abs() } else { spread.noise.sigma }),
            p: spread.p.or_else(chance),
            run_length: spread.run_length,
            change_index: change,
            change_at,
            began: Began {
                first: place.0,
                last: place.1,
                first_at: at(place.0).unwrap_or(change_at),
                last_at: at(place.1).unwrap_or(change_at),
            },
        })
    }
}

/// Half the width of the interval of a difference with this standard error, of medians.
pub(super) fn reach(error: f64, freedom: usize) -> f64 {
    two_sided_quantile(OUTSIDE, freedom.max(1) as f64) * MEDIAN * error
}

/// What an absolute difference is divided by; one when the level is zero (or too small to divide by), as the shift documents.
fn scale(level: f64) -> f64 {
    if level.abs() < f64::MIN_POSITIVE { 1.0 } else { level.abs() }
}

/// Values near the end of the range can differ by more than the range holds.
fn finite(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) }
}
