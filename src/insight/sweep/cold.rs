//! Cold starts: records whose wait dwarfs the others', what set them off, and what the wait is made of.
//!
//! A record is cold when its wait is more than [`TIMES`] the median of all that did the same work, and the shortest such wait is still more than twice the
//! longest of the others: a second mode, not a long tail. Besides, something must have set it off: it came first in its file, or a
//! setting changed right before it that did not change before the others. Slow records without such a cause are left as they are.

use std::collections::BTreeMap;

use super::grid::{Grid, Measure, Pool};
use crate::domain::stats;
use crate::domain::units::Unit;
use crate::insight::Settings;
use crate::insight::input::Row;
use crate::insight::paired::thin;
use crate::insight::summary::Summary;

/// How many medians a wait must exceed to be taken for a cold start.
const TIMES: f64 = 5.0;
/// How many of the longest warm wait the shortest cold one must exceed.
const APART: f64 = 2.0;
/// Records with the wait below which nothing is said.
const LEAST: usize = 6;
/// Settings that are tried together as the cause.
const TOGETHER: usize = 2;
/// Relative error within which two parts add up to the whole.
const ADDS_UP: f64 = 0.002;
/// Records over which the shares are taken at most.
const SHARES: usize = 24;

/// What came right before the cold starts and not before the others.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trigger {
    /// They are the first of their file.
    First,
    /// These settings had just changed.
    Changed {
        settings: Vec<String>,
        /// How often they changed, and how many cold starts followed at once.
        changes: u64,
        followed: u64,
        /// Records before which they stayed as they were.
        stayed: u64,
        /// Other settings that changed each time and at no other: they may be the cause as well.
        always_with: Vec<String>,
    },
}

/// The wait as the sum of two others that were measured beside it.
#[derive(Debug, Clone)]
pub(super) struct Sum {
    /// The part that tells cold from warm, and the other one.
    pub main: String,
    pub other: String,
    /// In how many records they add up, of how many that hold all three.
    pub equal: u64,
    pub of: u64,
    /// Whole and main part of cold records and of warm ones, as cells of the pool.
    pub cold: Vec<(usize, usize)>,
    pub warm: Vec<(usize, usize)>,
}

/// The cold starts of a sweep.
#[derive(Debug, Clone)]
pub(super) struct Cold {
    /// The wait that was judged.
    pub measure: Measure,
    /// By record.
    pub is_cold: Vec<bool>,
    pub cold: Summary,
    pub warm: Summary,
    pub trigger: Trigger,
    /// A setting that has the same value in all cold records though it did not set them off, and that value: it looks guilty.
    pub blamed: Option<(String, String)>,
    pub sum: Option<Sum>,
}

/// The cold starts, judged by the most wanted wait; `None` when there are none.
pub(super) fn find(grid: &Grid, pool: &mut Pool, settings: &Settings) -> Option<Cold> {
    let (measure, _) = grid.measures.iter().enumerate().find(|(_, measure)| measure.is_wait() && measure.is_time())?;
    let is_cold = split(grid, measure)?;
    let (trigger, cause) = trigger(grid, measure, &is_cold)?;
    let of = |wanted: bool| {
        let rows = grid.records.iter().zip(&is_cold).filter(|(_, cold)| **cold == wanted);
        let rows: Vec<&Row> = rows.filter_map(|(record, _)| record.cells.get(measure).copied().flatten()).collect();
        Summary::of(&rows, settings)
    };
    let (cold, warm) = (of(true)?, of(false)?);
    let blamed = blamed(grid, &is_cold, &cause);
    let sum = sum(grid, pool, measure, &is_cold);
    Some(Cold { measure: grid.measures.get(measure)?.clone(), is_cold, cold, warm, trigger, blamed, sum })
}

impl Cold {
    /// The wait's name and unit.
    pub(super) fn metric(&self) -> (&str, &Unit) {
        (&self.measure.metric, &self.measure.unit)
    }
}

/// Which records form the second mode, each measured by the median of its work.
fn split(grid: &Grid, measure: usize) -> Option<Vec<bool>> {
    let mut works: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (i, record) in grid.records.iter().enumerate() {
        works.entry(&record.work).or_default().extend(grid.row(i, measure).map(|row| row.value));
    }
    let medians: BTreeMap<&str, f64> =
        works.into_iter().filter_map(|(work, values)| Some((work, stats::median(&values)?))).collect();
    let value = |record: usize| {
        let usual = medians.get(grid.records.get(record)?.work.as_str()).filter(|median| **median > 0.0)?;
        grid.row(record, measure).map(|row| row.value / usual)
    };
    let values: Vec<f64> = (0..grid.records.len()).filter_map(value).collect();
    if values.len() < LEAST {
        return None;
    }
    let cold = |value: &f64| *value > TIMES;
    let shortest = values.iter().copied().filter(cold).fold(f64::INFINITY, f64::min);
    let longest = values.iter().copied().filter(|value| !cold(value)).fold(0.0, f64::max);
    let apart = shortest.is_finite() && shortest > APART * longest;
    apart.then(|| (0..grid.records.len()).map(|record| value(record).is_some_and(|value| cold(&value))).collect())
}

/// Records of one file in the order in which they stand, each with whether it is the first and which settings changed before it.
fn steps(grid: &Grid, measure: usize) -> Vec<(usize, Option<Vec<bool>>)> {
    let mut files: BTreeMap<(&str, &str), Vec<(u32, usize)>> = BTreeMap::new();
    for record in 0..grid.records.len() {
        if let Some(row) = grid.row(record, measure) {
            files.entry((&row.path, &row.at.pattern)).or_default().push((row.at.index, record));
        }
    }
    let mut steps = Vec::new();
    for mut records in files.into_values() {
        records.sort_unstable();
        let mut before: Option<&[usize]> = None;
        for (_, record) in records {
            let Some(at) = grid.records.get(record).map(|record| record.at.as_slice()) else { continue };
            steps.push((record, before.map(|before| before.iter().zip(at).map(|(a, b)| a != b).collect())));
            before = Some(at);
        }
    }
    steps
}

/// What set the cold records off, and the settings that did so: the fewest changes that come before every one of them.
fn trigger(grid: &Grid, measure: usize, is_cold: &[bool]) -> Option<(Trigger, Vec<usize>)> {
    let steps = steps(grid, measure);
    let cold = |record: &usize| is_cold.get(*record).copied().unwrap_or(false);
    let later: Vec<(bool, &Vec<bool>)> =
        steps.iter().filter_map(|(record, changed)| Some((cold(record), changed.as_ref()?))).collect();
    if later.iter().all(|(cold, _)| !cold) {
        return Some((Trigger::First, Vec::new()));
    }
    let n = grid.settings.len();
    let single = (0..n).map(|i| vec![i]);
    let double = (0..n).flat_map(|i| (i + 1..n).map(move |j| vec![i, j])).take(64);
    let changed = |set: &[usize], step: &[bool]| set.iter().any(|i| step.get(*i).copied().unwrap_or(false));
    let candidates = single.chain(double).filter(|set| set.len() <= TOGETHER);
    let (changes, cause) = candidates
        .filter(|set| later.iter().all(|(cold, step)| !cold || changed(set, step)))
        .map(|set| (later.iter().filter(|(_, step)| changed(&set, step)).count(), set))
        .min_by_key(|(changes, set)| (*changes, set.len()))?;
    let followed = later.iter().filter(|(cold, _)| *cold).count();
    let stayed = later.len() - changes;
    // What changes before nearly every record explains nothing.
    if stayed < 2 || followed * 3 < changes {
        return None;
    }
    let with = |other: &usize| {
        !cause.contains(other) && later.iter().all(|(_, step)| changed(&[*other], step) == changed(&cause, step))
    };
    let name = |i: usize| grid.settings.get(i).map(|setting| setting.name.clone());
    let trigger = Trigger::Changed {
        settings: cause.iter().filter_map(|i| name(*i)).collect(),
        changes: changes as u64,
        followed: followed as u64,
        stayed: stayed as u64,
        always_with: (0..n).filter(with).filter_map(name).collect(),
    };
    let mut guilty = cause;
    guilty.extend(
        (0..n)
            .filter(|other| later.iter().all(|(_, step)| !changed(&[*other], step) || changed(&guilty, step)))
            .collect::<Vec<_>>(),
    );
    Some((trigger, guilty))
}

/// The setting that only looks guilty.
fn blamed(grid: &Grid, is_cold: &[bool], guilty: &[usize]) -> Option<(String, String)> {
    let cold: Vec<&[usize]> =
        grid.records.iter().zip(is_cold).filter(|(_, cold)| **cold).map(|(record, _)| record.at.as_slice()).collect();
    let (first, rest) = cold.split_first()?;
    if rest.is_empty() {
        return None;
    }
    grid.settings.iter().enumerate().filter(|(i, _)| !guilty.contains(i)).find_map(|(i, setting)| {
        let value = first.get(i)?;
        let same = rest.iter().all(|at| at.get(i) == Some(value));
        same.then(|| Some((setting.name.clone(), setting.values.get(*value)?.clone())))?
    })
}

/// Two other times that add up to the wait in nearly all records.
fn sum(grid: &Grid, pool: &mut Pool, whole: usize, is_cold: &[bool]) -> Option<Sum> {
    let unit = &grid.measures.get(whole)?.unit;
    let parts: Vec<usize> = (0..grid.measures.len())
        .filter(|i| {
            *i != whole && grid.measures.get(*i).is_some_and(|measure| measure.is_time() && measure.unit == *unit)
        })
        .collect();
    let pairs = parts.iter().flat_map(|a| parts.iter().filter(move |b| *b > a).map(move |b| (*a, *b)));
    for (a, b) in pairs {
        let value = |record: usize, measure: usize| grid.row(record, measure).map(|row| row.value);
        let all: Vec<(usize, f64, f64, f64)> =
            (0..grid.records.len()).filter_map(|i| Some((i, value(i, whole)?, value(i, a)?, value(i, b)?))).collect();
        // What is rounded to four places may be off in the last one.
        let step = all.iter().map(|(_, whole, ..)| last_place(*whole)).fold(0.0, f64::max);
        let holds = |(_, w, x, y): &&(usize, f64, f64, f64)| (w - x - y).abs() <= ADDS_UP * w.abs() + 2.0 * step;
        let equal = all.iter().filter(holds).count();
        if all.len() < LEAST || equal * 10 < all.len() * 9 {
            continue;
        }
        let share = |cold: bool, part: usize| {
            let of = all.iter().filter(|one| is_cold.get(one.0).copied().unwrap_or(false) == cold);
            of.map(|one| if part == 0 { one.2 } else { one.3 }).sum::<f64>()
        };
        let (main, other) = if share(true, 0) >= share(true, 1) { (a, b) } else { (b, a) };
        let mut cells = |cold: bool| {
            let records: Vec<usize> =
                all.iter().map(|one| one.0).filter(|i| is_cold.get(*i).copied().unwrap_or(false) == cold).collect();
            let pair = |record: usize| Some((pool.cell(grid, record, whole)?, pool.cell(grid, record, main)?));
            thin(&records, SHARES).into_iter().filter_map(pair).collect::<Vec<_>>()
        };
        let (cold, warm) = (cells(true), cells(false));
        let name = |i: usize| grid.measures.get(i).map(|measure| measure.metric.clone());
        return Some(Sum {
            main: name(main)?,
            other: name(other)?,
            equal: equal as u64,
            of: all.len() as u64,
            cold,
            warm,
        });
    }
    None
}

/// The last decimal place that a number is written with: 0.0001 for 0.0865.
fn last_place(value: f64) -> f64 {
    let text = format!("{value}");
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    10f64.powi(-i32::try_from(places).unwrap_or(i32::MAX).min(300))
}
