//! Segmentation: a whole series cut into stretches of one level each.
//!
//! Lenient binary splits propose places, optimal partitioning chooses among them (Jackson et al. 2005), and the weakest changes are dropped
//! until every one left stands by two tests: Student's, which knows the noise and its correlation from the residuals of
//! this very fit, and a table that knows nothing of its shape. Changes whose place cannot be told are dropped too, and so are
//! staircases that a straight line explains as well: those are drifts.
//!
//! Costs n·log n for few changes. It cannot fail: too few runs, or no noise and no change, give no changes.

use super::cut;
use super::noise::{Belief, Noise, Residuals};
use super::place::{self, Place};
use super::scale::Scaled;
use super::split::{self, Line, Sums};
use super::thresholds;

/// Fewest runs of a level: two can be a bad day of the host.
pub const LEAST: usize = 3;

/// Deviate from which a split is worth proposing.
const LENIENT: f64 = 2.2;

/// What a further change costs, in variances of a run, for many runs and for very few (which tell their noise badly).
const PENALTY: f64 = 12.5;
const PENALTY_OF_FEW: f64 = 5.0;

/// Probability with which a change must lie within [`place::NEAR`] runs.
const PLACED: f64 = 0.74;

/// Before a series is seen, it is believed to be a little correlated, as benchmark histories are.
const BELIEF: Belief = Belief { rho: 0.2, weight: 30.0 };

/// Correlation above which levels and noise cannot be told apart.
const CAP: f64 = 0.93;

/// Runs from which on a line is considered: fewer look like one too easily.
pub const DRIFT_RUNS: usize = 20;

/// Log-likelihood (times two) by which a line must explain more than steps do to take their place.
const STRAIGHT: f64 = 2.0;

/// From so many times what is needed a change begins to be told without its place, and from one more it always is.
const CERTAIN: f64 = 2.0;

/// A change of the level.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// First run after it.
    pub index: usize,
    /// Levels on the scale worked on.
    pub before: f64,
    pub after: f64,
    /// The deviate of the difference.
    pub z: f64,
    pub place: Place,
    pub noise: Noise,
}

/// The memory of the work, to be used again for the next series.
#[derive(Debug, Default)]
pub struct Work {
    pub(super) cut: Vec<f64>,
    pub(super) spare: Vec<f64>,
    pub(super) sums: Sums,
    proposed: Vec<usize>,
    /// 0, the first run after each change, and the number of runs.
    pub(super) bounds: Vec<usize>,
    best: Vec<(f64, usize)>,
    open: Vec<(usize, usize)>,
    found: Vec<Change>,
}

impl Work {
    /// Memory for medians.
    pub fn spare(&mut self) -> &mut Vec<f64> {
        &mut self.spare
    }
}

/// The changes of a series. Relative changes smaller than `min_effect` are none.
pub fn segment(series: &Scaled, min_effect: f64, work: &mut Work) -> Vec<Change> {
    let n = series.y.len();
    if n < 2 * LEAST {
        return Vec::new();
    }
    let first = Noise::of_differences(&series.y, series.floor, &mut work.spare);
    let is_known = first.sigma > 0.0 && first.sigma.is_finite();
    if !is_known || series.y.iter().all(|y| Some(y) == series.y.first()) {
        return Vec::new();
    }
    let strays = cut::cut(&series.y, cut::reach(first.sigma, first.rho), &mut work.cut);
    work.sums.fill(&work.cut);
    propose(n, first.local(), work);
    if work.proposed.is_empty() {
        return Vec::new();
    }
    let price = thresholds::between(n as f64, (6.0, PENALTY_OF_FEW), (30.0, PENALTY));
    choose(n, price * first.sigma * first.sigma * first.long_run(), work);
    refine(work);
    refine(work);
    straighten(work);
    prune(series, thresholds::change_table(n, strays), min_effect, work);
    work.found.clone()
}

/// Splits in two, and the parts again, wherever that explains something.
fn propose(n: usize, sigma: f64, work: &mut Work) {
    let limit = (LENIENT * sigma).powi(2);
    work.proposed.clear();
    work.open.clear();
    work.open.push((0, n));
    while let Some((from, to)) = work.open.pop() {
        if to - from < 2 * LEAST {
            continue;
        }
        if let Some((k, gain)) = split::best(&work.sums, from, to, LEAST)
            && gain > limit
        {
            work.proposed.push(k);
            work.open.extend([(from, k), (k, to)]);
        }
    }
    work.proposed.sort_unstable();
}

/// Optimal partitioning over the proposed places.
fn choose(n: usize, penalty: f64, work: &mut Work) {
    let end_of = |j: usize, proposed: &[usize]| match j {
        0 => 0,
        j => proposed.get(j - 1).copied().unwrap_or(n),
    };
    let last = work.proposed.len() + 1;
    work.best.clear();
    work.best.push((0.0, 0));
    for j in 1..=last {
        let to = end_of(j, &work.proposed);
        let mut best = (f64::NEG_INFINITY, 0);
        for (i, &(value, _)) in work.best.iter().enumerate() {
            let from = end_of(i, &work.proposed);
            let sum = work.sums.sum(from, to);
            let value = value + sum * sum / (to - from) as f64 - penalty;
            if value > best.0 {
                best = (value, i);
            }
        }
        work.best.push(best);
    }
    work.bounds.clear();
    let mut j = last;
    work.bounds.push(n);
    while j > 0 {
        j = work.best.get(j).map_or(0, |best| best.1);
        work.bounds.push(end_of(j, &work.proposed));
    }
    work.bounds.reverse();
}

/// Moves each change to the best place between its neighbours.
fn refine(work: &mut Work) {
    for i in 1..work.bounds.len().saturating_sub(1) {
        let (from, to) = (work.bounds[i - 1], work.bounds[i + 1]);
        if let Some((k, _)) = split::best(&work.sums, from, to, LEAST) {
            work.bounds[i] = k;
        }
    }
}

/// A staircase that a straight line explains as well is a drift: its steps go, and its slope is taken off, so that it does
/// not pass for correlated noise.
fn straighten(work: &mut Work) {
    let mut straightened = false;
    let mut i = 1;
    while i + 1 < work.bounds.len() {
        let rises = |j: usize, work: &Work| {
            let level = |j: usize| work.sums.mean(work.bounds[j], work.bounds[j + 1]);
            level(j) > level(j - 1)
        };
        let up = rises(i, work);
        let mut j = i + 1;
        while j + 1 < work.bounds.len() && rises(j, work) == up {
            j += 1;
        }
        let (from, to) = (work.bounds[i - 1], work.bounds[j]);
        let stretches = work.bounds[i - 1..=j].windows(2);
        let steps: f64 = stretches.map(|b| split::squares(&work.cut, &work.sums, b[0], b[1])).sum();
        let line = Line::through(&work.cut[from..to]);
        let n = (to - from) as f64;
        // Every further step has a place and a level of its own (Schwarz 1978).
        let saved = (2 * (j - i) - 2) as f64 * n.ln();
        if to - from >= DRIFT_RUNS && n * (steps / line.squares.max(f64::MIN_POSITIVE)).ln() + saved > STRAIGHT {
            for (x, v) in work.cut[from..to].iter_mut().enumerate() {
                *v -= line.at(x) - line.middle;
            }
            work.bounds.drain(i..j);
            straightened = true;
            i += 1;
        } else {
            i = j;
        }
    }
    if straightened {
        work.sums.fill(&work.cut);
    }
}

/// Drops the weakest change until all stand.
fn prune(series: &Scaled, table: f64, min_effect: f64, work: &mut Work) {
    while work.bounds.len() > 2 {
        let noise = noise_around(&work.cut, &work.sums, &work.bounds, BELIEF, CAP, series.floor);
        work.found.clear();
        let mut weakest = (1.0, None);
        for i in 1..work.bounds.len() - 1 {
            let (change, score) = weigh(series, i, noise, table, min_effect, work);
            work.found.push(change);
            if score < weakest.0 {
                weakest = (score, Some(i));
            }
        }
        let Some(i) = weakest.1 else { return };
        work.bounds.remove(i);
        refine(work);
    }
    work.found.clear();
}

/// A change and how well it stands: 1 or more when it passes every test.
fn weigh(series: &Scaled, i: usize, noise: Noise, table: f64, min_effect: f64, work: &mut Work) -> (Change, f64) {
    let n = series.y.len();
    let (from, k, to) = (work.bounds[i - 1], work.bounds[i], work.bounds[i + 1]);
    let origin = work.sums.origin();
    let (before, after) = (work.sums.mean(from, k) + origin, work.sums.mean(k, to) + origin);
    let freedom = (n + 1 - work.bounds.len()).max(1) as f64;
    let z = split::deviate(split::step(&work.cut, &work.sums, (from, k, to), noise), freedom);
    let root = split::table(&series.y[from..k], &series.y[k..to], (before + after) / 2.0) * (after - before).signum();
    let table = table.min(thresholds::TABLE_SHARE * split::table_limit(k - from, to - k));
    let strength = z / thresholds::change(n, noise.rho);
    let mut score = strength.min(root / table);
    let mut place = Place { near: 0.0, first: from, last: to };
    if score >= 1.0 {
        place = place::place(&work.cut, &work.sums, (from, k, to), LEAST, noise, &mut work.spare);
        // What is beyond doubt is told even where its place is not: the interval says so.
        let placed = PLACED * (CERTAIN + 1.0 - strength).clamp(0.0, 1.0);
        if place.near < placed {
            score = place.near / placed;
        }
    }
    let effect = effect(series.log, before, after).abs();
    if effect < min_effect {
        score = score.min(effect / min_effect);
    }
    (Change { index: k, before, after, z, place, noise }, score)
}

/// The relative effect of a move between two levels on the scale worked on; the difference itself where the level before is zero.
pub fn effect(log: bool, before: f64, after: f64) -> f64 {
    match log {
        true => (after - before).exp_m1(),
        false if before == 0.0 => after,
        false => (after - before) / before.abs(),
    }
}

/// Noise around the levels of the stretches between `bounds`.
pub(super) fn noise_around(
    values: &[f64],
    sums: &Sums,
    bounds: &[usize],
    belief: Belief,
    cap: f64,
    floor: f64,
) -> Noise {
    let mut residuals = Residuals::default();
    for pair in bounds.windows(2) {
        let [from, to] = *pair else { continue };
        let mean = sums.mean(from, to) + sums.origin();
        residuals.begin();
        values[from..to].iter().for_each(|v| residuals.add(v - mean));
    }
    residuals.noise(bounds.len() - 1, belief, cap, floor)
}
