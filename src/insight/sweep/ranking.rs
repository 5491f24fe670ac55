//! Rankings: the configurations of a sweep by one metric, how far each lies behind the best, and whether that can be told from noise.
//!
//! With repetitions (four or more of either configuration) the interval of the difference is that of the Mann-Whitney test. Runs are
//! repetitions, and of a single run its samples, as far as their cells are known: samples within a run do not tell what varies from
//! run to run, and what is computed must be found in the cells again. Without repetitions,
//! the noise of a single record comes from what the settings do not explain, and the best of many is only called better when its lead
//! exceeds what the luckiest pair of all configurations would show by chance (Bonferroni over all pairs). Without either, nobody can
//! tell, and that is said.

use std::collections::BTreeMap;

use super::Sweep;
use super::cold::Cold;
use super::effects::Effects;
use super::grid::{CONFIGURATIONS, Grid, Measure};
use crate::analysis::student::two_sided_quantile;
use crate::domain::fact::FactId;
use crate::domain::series::Direction;
use crate::domain::stats;
use crate::domain::units::Unit;
use crate::insight::Settings;
use crate::insight::input::Row;
use crate::insight::ledger::Ledger;
use crate::insight::paired::{self, between};
use crate::insight::summary::Summary;

/// Places shown from the top, and from the bottom.
const SHOWN: (usize, usize) = (5, 2);
/// Values a side from which repetitions carry an interval of their own.
const REPEATS: usize = 4;

/// A configuration and its level in one metric.
#[derive(Debug, Clone)]
pub(in crate::insight) struct Level {
    pub configuration: String,
    pub summary: Summary,
}

/// Whether a configuration can be told from the best one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::insight) enum Told {
    Apart,
    Alike,
    /// There is nothing to measure the difference by.
    Unknown,
}

/// A configuration's place.
#[derive(Debug, Clone)]
pub(in crate::insight) struct Place {
    pub level: Level,
    /// The 95 % interval of how much its values exceed the best one's, in the unit of the metric; of repetitions only.
    pub interval: Option<(f64, f64)>,
    pub told: Told,
}

/// One metric over the configurations of a sweep.
#[derive(Debug, Clone)]
pub(in crate::insight) struct Contest {
    pub metric: String,
    pub unit: Unit,
    pub direction: Direction,
    pub priority: u8,
    /// The work that all did; empty where it is all the same.
    pub work: String,
    pub configurations: u64,
    pub best: Level,
    pub worst: Level,
    /// All values that the ranking is drawn from.
    pub all: Summary,
    /// Cold starts are left out.
    pub warm: bool,
    /// Behind the best, in order: the first few and the last two.
    pub places: Vec<Place>,
    /// How many cannot be told from the best; `None` when nothing can tell.
    pub alike: Option<u64>,
    /// Best and worst level of everything, cold starts too, to the last bit: tells when two files say the same.
    pub raw: (u64, u64),
}

/// The facts of a contest, in the order in which they are printed.
#[derive(Debug, Clone, Copy)]
pub(in crate::insight) struct ContestFacts {
    pub best: FactId,
    pub worst: FactId,
    /// The median of all values.
    pub median: FactId,
    pub difference: FactId,
    /// `None` when the worst level is zero.
    pub relative: Option<FactId>,
}

/// The facts of one place: its level, how far it is from the best, and the ends of the interval.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlaceFacts {
    pub level: FactId,
    pub difference: FactId,
    pub relative: Option<FactId>,
    pub interval: Option<(FactId, FactId)>,
}

impl Contest {
    /// Relative difference between best and worst; `None` when the worst is zero.
    pub(in crate::insight) fn relative(&self) -> Option<f64> {
        relative(self.best.summary.median, self.worst.summary.median)
    }

    /// The name of a level in this contest.
    fn name(&self, sweep: &str, level: &Level) -> String {
        format!("{} of {} [{}]", self.metric, self.about(sweep), level.configuration)
    }

    /// The sweep with the work that its configurations are compared by.
    pub(super) fn about(&self, sweep: &str) -> String {
        about(sweep, &self.work)
    }

    /// The level of the best configuration.
    pub(super) fn best_fact(&self, sweep: &str, ledger: &mut Ledger) -> FactId {
        self.best.summary.level(ledger, &self.name(sweep, &self.best), &self.unit)
    }

    /// Best against worst.
    pub(in crate::insight) fn facts(&self, sweep: &Sweep, ledger: &mut Ledger) -> ContestFacts {
        let name = &sweep.name();
        let sweep = &self.about(name);
        let best = self.best_fact(name, ledger);
        let worst = self.worst.summary.level(ledger, &self.name(name, &self.worst), &self.unit);
        let warm = if self.warm { ", without cold starts" } else { "" };
        let median =
            self.all.level(ledger, &format!("{} of {sweep}, all configurations{warm}", self.metric), &self.unit);
        let about = format!("{} of {sweep}, best against worst configuration", self.metric);
        let levels = (self.best.summary.median, self.worst.summary.median);
        let (difference, relative) = apart(ledger, &about, &self.unit, (best, worst), levels);
        ContestFacts { best, worst, median, difference, relative }
    }

    /// A place against the best.
    pub(super) fn place_facts(&self, sweep: &str, place: &Place, ledger: &mut Ledger) -> PlaceFacts {
        let best = self.best_fact(sweep, ledger);
        let level = place.level.summary.level(ledger, &self.name(sweep, &place.level), &self.unit);
        let about = format!("{} against the best", self.name(sweep, &place.level));
        let levels = (place.level.summary.median, self.best.summary.median);
        let (difference, relative) = apart(ledger, &about, &self.unit, (level, best), levels);
        let interval = place.interval.map(|(low, high)| {
            let mut end = |word: &str, value: f64| {
                let (name, formula) = (
                    format!("{word} end of the interval of the difference in {about}"),
                    format!("{word}95({level}, {best})"),
                );
                ledger.derived(name, value, self.unit.clone(), formula, &[level, best])
            };
            (end("low", low), end("high", high))
        });
        PlaceFacts { level, difference, relative, interval }
    }
}

/// A sweep with a piece of its work.
pub(super) fn about(sweep: &str, work: &str) -> String {
    if work.is_empty() { sweep.to_owned() } else { format!("{sweep} at {work}") }
}

fn relative(of: f64, against: f64) -> Option<f64> {
    (against != 0.0).then(|| (of - against) / against.abs()).filter(|relative| relative.is_finite())
}

/// The difference of two levels, and in percent of the second.
fn apart(
    ledger: &mut Ledger,
    about: &str,
    unit: &Unit,
    (of, against): (FactId, FactId),
    levels: (f64, f64),
) -> (FactId, Option<FactId>) {
    let parents = [of, against];
    let name = format!("difference in {about}");
    let difference = ledger.derived(name, levels.0 - levels.1, unit.clone(), format!("{of} - {against}"), &parents);
    let relative = relative(levels.0, levels.1).map(|relative| {
        let formula = format!("100 * ({of} - {against}) / |{against}|");
        ledger.derived(format!("change in {about}"), relative * 100.0, Unit::new("percent"), formula, &parents)
    });
    (difference, relative)
}

/// The configurations by one measure over one piece of work; `None` when there are too few or they are all equal.
pub(super) fn rank(
    grid: &Grid,
    (measure, work): (usize, &str),
    cold: Option<&Cold>,
    effects: Option<&Effects>,
    settings: &Settings,
) -> Option<Contest> {
    let about = grid.measures.get(measure)?;
    let of_work = |record: usize| grid.records.get(record).is_some_and(|record| record.work == work);
    let everything = levels(grid, measure, about, of_work);
    let (raw_best, raw_worst) = (everything.first()?.0.to_bits(), everything.last()?.0.to_bits());
    let is_warm = |record: usize| cold.is_none_or(|cold| !cold.is_cold.get(record).copied().unwrap_or(false));
    let warm = about.is_wait() && cold.is_some();
    let mut order = if warm {
        levels(grid, measure, about, |record| of_work(record) && is_warm(record))
    } else {
        everything.clone()
    };
    let warm = warm && order.len() >= CONFIGURATIONS;
    if !warm {
        order = everything;
    }
    let (best, worst) = (order.first()?, order.last()?);
    if order.len() < CONFIGURATIONS || best.0 == worst.0 {
        return None;
    }
    let rows: Vec<&Row> = order.iter().flat_map(|(_, _, rows)| rows.iter().copied()).collect();
    let told = told(&order, effects);
    let alike = told.iter().all(|(told, _)| *told != Told::Unknown);
    let alike = alike.then(|| told.iter().filter(|(told, _)| *told == Told::Alike).count() as u64);
    let level = |entry: &(f64, String, Vec<&Row>)| {
        Some(Level { configuration: entry.1.clone(), summary: Summary::of(&entry.2, settings)? })
    };
    let n = order.len();
    let shown = |i: usize| i < SHOWN.0 || i + SHOWN.1 >= n;
    let behind = order.iter().zip(&told).enumerate().skip(1).filter(|(i, _)| shown(*i));
    let places = behind
        .map(|(_, (entry, (told, interval)))| Some(Place { level: level(entry)?, interval: *interval, told: *told }));
    Some(Contest {
        metric: about.metric.clone(),
        unit: about.unit.clone(),
        direction: about.direction,
        priority: about.priority,
        work: work.to_owned(),
        configurations: n as u64,
        best: level(best)?,
        worst: level(worst)?,
        all: Summary::of(&rows, settings)?,
        warm,
        places: places.collect::<Option<_>>()?,
        alike,
        raw: (raw_best, raw_worst),
    })
}

/// A configuration's median, its name and its rows.
type Entry<'a> = (f64, String, Vec<&'a Row>);

/// The configurations, the best first.
fn levels<'a>(grid: &Grid<'a>, measure: usize, about: &Measure, keep: impl Fn(usize) -> bool) -> Vec<Entry<'a>> {
    let mut levels: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for (i, record) in grid.records.iter().enumerate().filter(|(i, _)| keep(*i)) {
        if let Some(row) = grid.row(i, measure) {
            levels.entry(grid.label(record)).or_default().push(row);
        }
    }
    let median = |(label, rows): (String, Vec<&'a Row>)| {
        Some((stats::median(&rows.iter().map(|row| row.value).collect::<Vec<_>>())?, label, rows))
    };
    let mut order: Vec<Entry> = levels.into_iter().filter_map(median).collect();
    order.sort_by(|a, b| {
        let by_value = if about.direction == Direction::Lower { a.0.total_cmp(&b.0) } else { b.0.total_cmp(&a.0) };
        by_value.then_with(|| a.1.cmp(&b.1))
    });
    order
}

/// The numbers that a configuration's level is the median of, so that its interval can be computed from the same cells.
fn repetitions(rows: &[&Row]) -> Vec<f64> {
    match rows {
        [row] if row.at.is_several() && !row.samples.is_empty() => row.samples.clone(),
        _ => rows.iter().map(|row| row.value).collect(),
    }
}

/// Of each configuration in order, the best included, whether it can be told from the best.
fn told(order: &[Entry], effects: Option<&Effects>) -> Vec<(Told, Option<(f64, f64)>)> {
    let Some(best) = order.first() else { return Vec::new() };
    let values = |entry: &Entry| repetitions(&entry.2);
    let many = |entry: &Entry| values(entry).len() >= REPEATS;
    if many(best) && order.iter().all(many) {
        let of_best = values(best);
        let found: Vec<_> = order.iter().skip(1).map(|entry| between(&values(entry), &of_best)).collect();
        let p: Vec<f64> = found.iter().map(|found| found.map_or(1.0, |(_, p)| p)).collect();
        let rest = found.into_iter().zip(paired::holm(&p)).map(|(found, fallen)| {
            (if fallen { Told::Apart } else { Told::Alike }, found.map(|(interval, _)| interval))
        });
        return std::iter::once((Told::Apart, None)).chain(rest).collect();
    }
    let noise = effects.and_then(|effects| Some((effects.relative, effects.noise.as_ref()?)));
    // The best of many is also the luckiest: its lead is held against all pairs there are.
    let pairs = (order.len() * (order.len() - 1) / 2).max(1) as f64;
    let margin =
        noise.map(|(relative, noise)| (relative, noise.fair * two_sided_quantile(0.05 / pairs, noise.freedom)));
    let of = |entry: &Entry| match margin {
        None => Told::Unknown,
        Some((relative, margin)) => {
            let lead = super::effects::difference(best.0, entry.0, relative).abs();
            if lead > margin { Told::Apart } else { Told::Alike }
        }
    };
    order.iter().enumerate().map(|(i, entry)| (if i == 0 { Told::Apart } else { of(entry) }, None)).collect()
}
