//! Main effects: what each setting does to a measure, from matched pairs of records that differ in nothing else.
//!
//! Each value is held against the reference, the first value that was measured often enough. Where all values are positive a
//! difference is relative to the pair's reference, since settings multiply more often than they add. Pairs of a cold and a warm
//! record are never made, so that the order of a sweep does not pass for an effect; of a wait only warm records count.

use std::collections::{BTreeMap, HashMap};

use super::cold::Cold;
use super::grid::{Grid, Measure, Pool};
use crate::domain::stats;
use crate::insight::paired::{self, Estimate, MOST_PAIRS, thin};

/// Settings beyond which effects are not looked for: that is a data set, not a sweep.
const SETTINGS: usize = 8;
/// Values of one setting that are held against its reference at most.
const VALUES: usize = 6;
/// Differences that the noise is drawn from at most.
const RESIDUALS: usize = 96;
/// Percent that two equal ratios may differ by in binary numbers.
const EXACT: f64 = 1e-9;
/// Pairs within one value of another setting that must agree to say that the effect is turned around there.
const REVERSING: usize = 3;

/// What is known of a contrast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// More than chance, and enough to matter.
    Moves,
    /// More than chance, and too little to matter.
    Small,
    /// The whole interval is too little to matter.
    Nothing,
    /// The interval leaves zero out, but one of as many comparisons does so by chance.
    Likely,
    /// The interval holds zero, and also what would matter.
    Unclear,
    /// Too few pairs for an interval, but all of them go the same way, and far enough to matter.
    Agrees,
    /// Too few pairs for an interval.
    Few,
}

/// One value of a setting against its reference.
#[derive(Debug, Clone)]
pub(super) struct Contrast {
    pub setting: String,
    pub from: String,
    pub to: String,
    /// Reference and other, as cells of the pool.
    pub pairs: Vec<(usize, usize)>,
    /// Pairs that there are.
    pub total: u64,
    pub estimate: Estimate,
    pub known: Known,
    /// A value of another setting with which the effect goes the other way, and the pairs there.
    pub reversed: Option<(String, Vec<(usize, usize)>)>,
}

/// How far single records scatter around what their settings explain.
#[derive(Debug, Clone)]
pub(super) struct Noise {
    /// Standard deviation of the difference of two records of the same settings, from the median absolute deviation.
    pub value: f64,
    /// `value` with the settings that were fitted taken into account.
    pub fair: f64,
    /// Degrees of freedom that are left.
    pub freedom: f64,
    /// Contrast and pair of the differences that it was drawn from.
    pub from: Vec<(usize, usize)>,
}

/// The effects of all settings on one measure.
#[derive(Debug, Clone)]
pub(super) struct Effects {
    pub measure: Measure,
    /// Differences are percentages of the reference rather than in the measure's unit.
    pub relative: bool,
    /// Only records that are not cold count.
    pub warm: bool,
    pub contrasts: Vec<Contrast>,
    pub noise: Option<Noise>,
    /// Values of settings that were not held against the reference, there being too many.
    pub left_out: u64,
}

impl Effects {
    /// Those that rest on more than a single pair.
    pub(super) fn told(&self) -> impl Iterator<Item = &Contrast> {
        self.contrasts.iter().filter(|contrast| contrast.total > 1)
    }
}

/// The difference between two values: in percent of the first if `relative`.
pub(super) fn difference(from: f64, to: f64, relative: bool) -> f64 {
    if relative { 100.0 * (to - from) / from.abs() } else { to - from }
}

/// The effects of a grid's settings on one of its measures; `None` when no two records differ in a single setting.
pub(super) fn find(grid: &Grid, pool: &mut Pool, measure: usize, cold: Option<&Cold>, least: f64) -> Option<Effects> {
    let about = grid.measures.get(measure)?.clone();
    if grid.settings.len() > SETTINGS {
        return None;
    }
    let warm = about.is_wait() && cold.is_some();
    let state = |record: usize| cold.is_some_and(|cold| cold.is_cold.get(record).copied().unwrap_or(false));
    let usable: Vec<usize> = (0..grid.records.len())
        .filter(|record| grid.row(*record, measure).is_some() && !(warm && state(*record)))
        .collect();
    let relative = usable.iter().all(|record| grid.row(*record, measure).is_some_and(|row| row.value > 0.0));
    let mut contrasts = Vec::new();
    let mut left_out = 0;
    for setting in 0..grid.settings.len() {
        let (values, more) = values(grid, &usable, setting);
        left_out += more;
        let Some((reference, others)) = values.split_first() else { continue };
        for other in others {
            let pairs = pairs(grid, &usable, setting, (*reference, *other), &state);
            contrasts.extend(contrast(grid, pool, measure, setting, (*reference, *other), &pairs, relative));
        }
    }
    let fallen = paired::holm(&contrasts.iter().map(|contrast| contrast.estimate.p).collect::<Vec<_>>());
    for (contrast, fallen) in contrasts.iter_mut().zip(fallen) {
        let least = if relative { least * 100.0 } else { 0.0 };
        contrast.known = match known(&contrast.estimate, fallen, least) {
            Known::Few if agree(&differences(&contrast.pairs, pool, relative), least) => Known::Agrees,
            known => known,
        };
    }
    let noise = noise(&contrasts, pool, grid, usable.len(), relative);
    let mut effects = Effects { measure: about, relative, warm, contrasts, noise, left_out };
    reversals(&mut effects, grid, pool, least);
    (!effects.contrasts.is_empty()).then_some(effects)
}

/// The values of a setting that take part: the reference first, which is the first one measured at least half as often as the most
/// frequent; then the others, or some of very many, and how many are left out.
fn values(grid: &Grid, usable: &[usize], setting: usize) -> (Vec<usize>, u64) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for record in usable.iter().filter_map(|record| grid.records.get(*record)) {
        record.at.get(setting).into_iter().for_each(|value| *counts.entry(*value).or_default() += 1);
    }
    let most = counts.values().max().copied().unwrap_or(0);
    let Some(reference) = counts.iter().find(|(_, n)| **n * 2 >= most).map(|(value, _)| *value) else {
        return (Vec::new(), 0);
    };
    let others: Vec<usize> = counts.keys().copied().filter(|value| *value != reference).collect();
    let shown = thin(&others, VALUES);
    let more = (others.len() - shown.len()) as u64;
    (std::iter::once(reference).chain(shown).collect(), more)
}

/// Records that differ in this setting alone, and are both cold or both warm.
fn pairs(
    grid: &Grid,
    usable: &[usize],
    setting: usize,
    (from, to): (usize, usize),
    state: &impl Fn(usize) -> bool,
) -> Vec<(usize, usize)> {
    let key = |record: usize| {
        let found = grid.records.get(record)?;
        let others = found.at.iter().enumerate().filter(|(i, _)| *i != setting).map(|(_, value)| *value);
        Some((others.collect::<Vec<_>>(), &found.rest, state(record)))
    };
    let with = |value: usize| {
        usable.iter().copied().filter(move |record| {
            grid.records.get(*record).is_some_and(|record| record.at.get(setting) == Some(&value))
        })
    };
    let others: HashMap<_, usize> = with(to).filter_map(|record| Some((key(record)?, record))).collect();
    with(from).filter_map(|record| Some((record, *others.get(&key(record)?)?))).collect()
}

fn contrast(
    grid: &Grid,
    pool: &mut Pool,
    measure: usize,
    setting: usize,
    (from, to): (usize, usize),
    pairs: &[(usize, usize)],
    relative: bool,
) -> Option<Contrast> {
    let about = grid.settings.get(setting)?;
    let total = pairs.len() as u64;
    let cell =
        |pool: &mut Pool, (a, b): (usize, usize)| Some((pool.cell(grid, a, measure)?, pool.cell(grid, b, measure)?));
    let pairs: Vec<(usize, usize)> = thin(pairs, MOST_PAIRS).into_iter().filter_map(|pair| cell(pool, pair)).collect();
    let estimate = paired::estimate(&differences(&pairs, pool, relative))?;
    Some(Contrast {
        setting: about.name.clone(),
        from: about.values.get(from)?.clone(),
        to: about.values.get(to)?.clone(),
        pairs,
        total,
        estimate,
        known: Known::Few,
        reversed: None,
    })
}

/// What the pairs differ by.
pub(super) fn differences(pairs: &[(usize, usize)], pool: &Pool, relative: bool) -> Vec<f64> {
    let value = |cell: usize| pool.points.get(cell).map(|point| point.value);
    pairs.iter().filter_map(|(a, b)| Some(difference(value(*a)?, value(*b)?, relative))).collect()
}

/// Whether there are several differences and all of them go the same way by more than `least`.
fn agree(differences: &[f64], least: f64) -> bool {
    let sign = differences.first().copied().unwrap_or(0.0).signum();
    differences.len() >= REVERSING && differences.iter().all(|d| d * sign > least)
}

fn known(estimate: &Estimate, fallen: bool, least: f64) -> Known {
    let Some((low, high)) = estimate.interval else { return Known::Few };
    match fallen {
        true if estimate.center.abs() >= least => Known::Moves,
        true => Known::Small,
        false if low.abs().max(high.abs()) < least => Known::Nothing,
        false if low > 0.0 || high < 0.0 => Known::Likely,
        false => Known::Unclear,
    }
}

/// What is left of the difference of a pair when the effect is taken off; `None` when it is no number. Where settings multiply, so does
/// the noise: what remains of the ratio, in percent. Taken off the difference, a large effect would inflate the noise by as much.
fn residual(from: f64, to: f64, center: f64, relative: bool) -> Option<f64> {
    let left = if relative { 100.0 * to / from / (1.0 + center / 100.0) - 100.0 } else { to - from - center };
    left.is_finite().then_some(left)
}

/// The noise that is left when every contrast's effect is taken off its pairs; `None` when too little is left to tell.
fn noise(contrasts: &[Contrast], pool: &Pool, grid: &Grid, records: usize, relative: bool) -> Option<Noise> {
    let fitted: usize = grid.settings.iter().map(|setting| setting.values.len() - 1).sum();
    let freedom = records.checked_sub(fitted + grid.works).filter(|freedom| *freedom >= 4)?;
    let all: Vec<(usize, usize)> =
        contrasts.iter().enumerate().flat_map(|(i, one)| (0..one.pairs.len()).map(move |pair| (i, pair))).collect();
    let from = thin(&all, RESIDUALS);
    let of_pair = |(contrast, pair): &(usize, usize)| {
        let contrast = contrasts.get(*contrast)?;
        let (a, b) = contrast.pairs.get(*pair)?;
        residual(pool.points.get(*a)?.value, pool.points.get(*b)?.value, contrast.estimate.center, relative)
    };
    let residuals: Vec<f64> = from.iter().map(of_pair).collect::<Option<_>>()?;
    let fair = all.len().checked_sub(contrasts.len()).filter(|left| *left >= 6)?;
    let value = paired::mad(&residuals)?;
    let fair = value * (all.len() as f64 / fair as f64).sqrt();
    // Of ratios something is left by the arithmetic alone.
    let nothing = if relative { EXACT } else { 0.0 };
    (value > nothing).then_some(Noise { value, fair, freedom: freedom as f64, from })
}

/// Marks the effects that go the other way with some value of another setting: all pairs there agree, and by more than the noise.
fn reversals(effects: &mut Effects, grid: &Grid, pool: &Pool, least: f64) {
    let noise = effects.noise.as_ref().map_or(f64::INFINITY, |noise| noise.fair);
    let relative = effects.relative;
    let may = |known: Known| matches!(known, Known::Moves | Known::Likely | Known::Unclear);
    for contrast in effects.contrasts.iter_mut().filter(|contrast| may(contrast.known)) {
        let sign = contrast.estimate.center.signum();
        let mut parts: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
        for &pair in &contrast.pairs {
            let Some(record) = pool.record(pair.0).and_then(|record| grid.records.get(record)) else { continue };
            for (i, setting) in grid.settings.iter().enumerate().filter(|(_, one)| one.name != contrast.setting) {
                if let Some(value) = record.at.get(i).filter(|value| **value < setting.values.len()) {
                    parts.entry((i, *value)).or_default().push(pair);
                }
            }
        }
        let turned = |pairs: &Vec<(usize, usize)>| {
            let all = differences(pairs, pool, relative);
            let far = stats::median(&all).is_some_and(|d| d.abs() >= least * 100.0 && d.abs() > 2.0 * noise);
            all.len() >= REVERSING && far && all.iter().all(|d| d * sign < 0.0)
        };
        contrast.reversed = parts.into_iter().find(|(_, pairs)| turned(pairs)).and_then(|((i, value), pairs)| {
            let setting = grid.settings.get(i)?;
            Some((format!("{}={}", setting.name, setting.values.get(value)?), pairs))
        });
    }
}
