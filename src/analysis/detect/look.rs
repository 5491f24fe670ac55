//! A look: whether the runs since the last change hold another one, by every test that there is.
//!
//! One split against none, as the segmentation does it for many; but a look is taken again at every run, so its limits are those of
//! a sequence of tests ([`thresholds::alarm`]). A straight line that explains the runs better than a step is a drift.

use super::cut;
use super::noise::{Belief, Noise, Residuals};
use super::place::{self, Place};
use super::segment::{DRIFT_RUNS, LEAST, Work, noise_around};
use super::split::{self, Jumps, Line};
use super::thresholds;

/// Correlation above which a level and its noise cannot be told apart, around levels and around a line.
const CAP: f64 = 0.93;
const CAP_OF_LINE: f64 = 0.97;

/// By how much more a slope must stand out than a step: it is found in wandering noise more easily.
pub const DRIFT_EXCESS: f64 = 0.3;

/// Log-likelihood (times two) by which a line must explain more than a step to be one, and by which it must explain less for a step to be
/// one. Between the two, more runs will tell.
const LINE_AHEAD: f64 = 2.0;
const STEP_AHEAD: f64 = 4.0;

/// Correlation from which on a step must also have come at once, and the deviate that the jump must reach.
const WANDERS: f64 = 0.3;
const JUMP: f64 = 4.0;

/// What moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Step,
    Drift,
}

/// Evidence for a change in a stretch of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    pub kind: Kind,
    /// Whether a step came at once, between two neighbouring runs.
    pub at_once: bool,
    /// First run after a step; 0 for a drift, which began with the stretch.
    pub place: Place,
    pub index: usize,
    /// Levels on the scale worked on; of a drift, the ends of the line.
    pub before: f64,
    pub after: f64,
    /// Standard error of their difference.
    pub error: f64,
    pub z: f64,
    /// Unchanged runs that pass between two alarms as strong as this one.
    pub run_length: f64,
    pub noise: Noise,
}

/// Runs of a segment on the scale worked on.
#[derive(Debug, Clone, Copy)]
pub struct Runs<'a> {
    pub y: &'a [f64],
    /// As [`Scaled::floor`](super::scale::Scaled::floor).
    pub floor: f64,
}

/// Looks at the runs of a segment, whose noise was measured by [differences](Noise::of_differences) not long ago. `rate` is the false alarms per
/// run that are allowed. Leaves the cut values and their sums in `work`.
pub fn look(segment: Runs<'_>, noise: Noise, belief: Belief, rate: f64, work: &mut Work) -> Option<Evidence> {
    cut::cut(segment.y, cut::reach(noise.sigma, noise.rho), &mut work.cut);
    work.sums.fill(&work.cut);
    // Of what is so large that its squares are not finite nothing can be told.
    if noise.sigma > 0.0 && noise.sigma.is_finite() { evidence(segment, noise, belief, rate, work) } else { None }
}

/// The deviate below which no step is worth more than a glance, whatever its correlation.
pub fn glance(runs: usize, rate: f64) -> f64 {
    0.65 * thresholds::alarm(runs, 0.0, rate)
}

fn evidence(segment: Runs<'_>, first: Noise, belief: Belief, rate: f64, work: &mut Work) -> Option<Evidence> {
    let n = segment.y.len();
    let (k, gain) = split::best(&work.sums, 0, n, LEAST)?;
    if gain < (glance(n, rate) * first.local()).powi(2) {
        return None;
    }
    if n >= DRIFT_RUNS {
        let stepped = split::squares(&work.cut, &work.sums, 0, k) + split::squares(&work.cut, &work.sums, k, n);
        let line = Line::through(&work.cut);
        let ahead = n as f64 * (stepped.max(f64::MIN_POSITIVE) / line.squares.max(f64::MIN_POSITIVE)).ln();
        if ahead > LINE_AHEAD {
            return drift(line, segment, belief, rate, work);
        }
        if ahead > -STEP_AHEAD {
            return None;
        }
    }
    step(k, segment, belief, rate, work)
}

fn step(k: usize, segment: Runs<'_>, belief: Belief, rate: f64, work: &mut Work) -> Option<Evidence> {
    let n = segment.y.len();
    work.bounds.clear();
    work.bounds.extend([0, k, n]);
    let noise = noise_around(&work.cut, &work.sums, &work.bounds, belief, CAP, segment.floor);
    let origin = work.sums.origin();
    let (before, after) = (work.sums.mean(0, k) + origin, work.sums.mean(k, n) + origin);
    let t2 = split::step(&work.cut, &work.sums, (0, k, n), noise);
    let z = split::deviate(t2, (n - 2) as f64);
    if z < thresholds::alarm(n, noise.rho, rate) {
        return None;
    }
    let jumps = Jumps::of(&work.cut, &work.sums, (0, n), noise);
    let jump = (k.max(2) - 1..=(k + 1).min(n - 1)).map(|p| jumps.at(p)).fold(0.0, f64::max);
    let at_once = split::deviate(jump, (n - 2) as f64) >= JUMP;
    if noise.rho > WANDERS && !at_once {
        return None;
    }
    let root = split::table(&segment.y[..k], &segment.y[k..], (before + after) / 2.0) * (after - before).signum();
    if root < thresholds::ALARM_TABLE.min(thresholds::TABLE_SHARE * split::table_limit(k, n - k)) {
        return None;
    }
    let place = place::place(&work.cut, &work.sums, (0, k, n), LEAST, noise, &mut work.spare);
    let run_length = thresholds::run_length(z, n, noise.rho);
    let error = (after - before).abs() / t2.sqrt();
    Some(Evidence { kind: Kind::Step, at_once, place, index: k, before, after, error, z, run_length, noise })
}

fn drift(line: Line, segment: Runs<'_>, belief: Belief, rate: f64, work: &mut Work) -> Option<Evidence> {
    let n = segment.y.len();
    let mut residuals = Residuals::default();
    work.cut.iter().enumerate().for_each(|(i, v)| residuals.add(v - line.at(i)));
    let noise = residuals.noise(2, belief, CAP_OF_LINE, segment.floor);
    let t2 = line.t2(noise);
    let z = split::deviate(t2, (n - 2) as f64);
    if z < thresholds::alarm(n, noise.rho, rate) + DRIFT_EXCESS {
        return None;
    }
    let (before, after) = (line.at(0), line.at(n - 1));
    Some(Evidence {
        kind: Kind::Drift,
        at_once: false,
        place: Place { near: 0.0, first: 0, last: n - 1 },
        index: 0,
        before,
        after,
        error: (after - before).abs() / t2.sqrt(),
        z,
        run_length: thresholds::run_length(z - DRIFT_EXCESS, n, noise.rho),
        noise,
    })
}
