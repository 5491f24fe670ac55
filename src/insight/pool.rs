//! Pools: the values of one model in one metric from the newest run of one benchmark, each with the work and the settings that it
//! was measured under. What models are compared by.
//!
//! A benchmark that names no model belongs to the one whose name its own begins with (`gemma3_270m_tuning` to `gemma3:270m`), when
//! another file names that model. A pool that only says again what another one holds (a copy, a table of means) is dropped.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Settings;
use super::best::{Best, Ranked};
use super::input::Row;
use super::summary::{Summary, Value};
use super::words;
use crate::domain::series::Direction;
use crate::domain::stats;
use crate::domain::units::Unit;

/// Pools kept, all metrics together.
const POOLS: usize = 256;
/// Values kept of one pool: the first in the order of their work.
const VALUES: usize = 256;
/// The last metric, by [`words::priority`], that models are compared in.
const LAST: u8 = 5;
/// A wait this many times the median of its pool is a cold start.
pub(super) const COLD: f64 = 5.0;
/// Values that a median needs before another one can be told to be cold.
const COLD_VALUES: usize = 3;
/// Relative difference below which two values are the same number, rounded.
const SAME: f64 = 0.001;

/// One model's values in one metric.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    /// The model, or the benchmark's name as long as none is known.
    pub subject: String,
    /// Whether a file names the model.
    named: bool,
    pub benchmark: String,
    pub metric: String,
    pub unit: Unit,
    pub direction: Direction,
    pub priority: u8,
    pub prose: bool,
    time: Timestamp,
    /// By work and settings.
    pub rows: BTreeMap<String, Row>,
}

impl Ranked for Pool {
    fn rank(&self, other: &Self) -> Ordering {
        let key = |pool: &Self| (pool.prose, pool.priority, Reverse(pool.rows.len()));
        let place = |pool: &Self| (pool.benchmark.clone(), pool.subject.clone(), pool.metric.clone());
        key(self).cmp(&key(other)).then_with(|| place(self).cmp(&place(other)))
    }
}

impl Pool {
    /// Whether both are the same quantity.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.priority, &self.metric, &self.unit, self.direction)
            == (other.priority, &other.metric, &other.unit, other.direction)
    }

    /// The samples of all rows, or their values where there are none, with their work and settings.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.rows.iter().flat_map(|(key, row)| Value::each(row).into_iter().map(move |value| (key.as_str(), value)))
    }

    fn values(&self) -> Vec<f64> {
        self.each().map(|(_, value)| value.value).collect()
    }

    /// The value above which a wait is a cold start; `None` where there is none to tell.
    fn cold_from(&self) -> Option<f64> {
        let timed = matches!(self.unit.as_str(), "s" | "ms" | "us" | "ns");
        let values = self.values();
        let level = stats::median(&values).filter(|level| *level > 0.0)?;
        (timed && self.direction == Direction::Lower && values.len() >= COLD_VALUES).then_some(level * COLD)
    }

    /// The values without cold starts, and how many of these there were.
    pub(super) fn warm(&self, settings: &Settings) -> Option<(Summary, Vec<f64>, u64)> {
        let limit = self.cold_from().unwrap_or(f64::INFINITY);
        let (warm, cold): (Vec<Value<'_>>, Vec<Value<'_>>) =
            self.each().map(|(_, value)| value).partition(|value| value.value <= limit);
        let mut values: Vec<f64> = warm.iter().map(|value| value.value).collect();
        values.sort_by(f64::total_cmp);
        Some((Summary::over(warm, settings)?, values, cold.len() as u64))
    }

    /// The cold starts: their work and settings, and where in it they stand.
    pub(super) fn cold(&self) -> BTreeSet<(&str, u32)> {
        let limit = self.cold_from().unwrap_or(f64::INFINITY);
        self.each().filter(|(_, value)| value.value > limit).map(|(key, value)| (key, value.at.index)).collect()
    }

    /// Whether `self` tells again what `other` holds: the same values for the same work, or their means and medians.
    fn repeats(&self, other: &Self) -> bool {
        if self.subject != other.subject || !self.is_like(other) || (other.prose && !self.prose) {
            return false;
        }
        let shared: Vec<(f64, f64)> =
            self.rows.iter().filter_map(|(key, row)| Some((row.value, other.rows.get(key)?.value))).collect();
        let same = |(a, b): (f64, f64)| (a - b).abs() <= SAME * a.abs().max(b.abs());
        if shared.len() * 5 >= self.rows.len() * 4 && shared.into_iter().all(same) {
            let key = |pool: &Self| (pool.prose, pool.benchmark.len(), pool.benchmark.clone());
            return key(self) > key(other);
        }
        let theirs = other.values();
        let figures = [stats::mean(&theirs), stats::median(&theirs)];
        let is_figure = |value: &f64| figures.iter().flatten().any(|figure| same((*value, *figure)));
        let own = self.values();
        own.len() * 2 < theirs.len() && own.iter().all(is_figure)
    }
}

/// The pools as they grow.
#[derive(Debug)]
pub(super) struct Pools {
    kept: Best<Pool>,
}

impl Pools {
    pub(super) fn new() -> Self {
        Self { kept: Best::new(POOLS) }
    }

    /// Takes the rows of one benchmark.
    pub(super) fn add(&mut self, benchmark: &str, rows: &[Row]) {
        let aliases = aliases(rows);
        let mut groups: BTreeMap<(&str, u8, &str, &Unit, Direction), Vec<&Row>> = BTreeMap::new();
        for row in rows {
            let priority = words::priority(&row.series, row.direction);
            if priority <= LAST && words::percentile(&row.series.metric).is_none() {
                let subject = words::subject(&row.series, &row.subject);
                let key = (subject, priority, row.series.metric.as_str(), &row.series.unit, row.direction);
                groups.entry(key).or_default().push(row);
            }
        }
        for ((subject, priority, metric, unit, direction), rows) in groups {
            let Some(time) = rows.iter().map(|row| row.run_time).max() else { continue };
            let newest = rows.iter().filter(|row| row.run_time == time);
            let mut kept: BTreeMap<String, Row> = BTreeMap::new();
            for row in newest {
                kept.entry(work(row, &aliases)).or_insert_with(|| (*row).clone());
                if kept.len() > VALUES {
                    kept.pop_last();
                }
            }
            self.kept.push(Pool {
                subject: subject.to_owned(),
                named: rows.iter().any(|row| words::is_named(&row.series, &row.subject)),
                benchmark: benchmark.to_owned(),
                metric: metric.to_owned(),
                unit: unit.clone(),
                direction,
                priority,
                prose: rows.iter().all(|row| words::is_prose(&row.path)),
                time,
                rows: kept,
            });
        }
    }

    /// The pools of known models, each thing told once, data before prose; and how many only said again what others say.
    pub(super) fn finish(self) -> (Vec<Pool>, u64) {
        let (mut pools, _) = self.kept.finish();
        link(&mut pools);
        pools.retain(|pool| pool.named);
        let told = |pool: &Pool| pools.iter().any(|other| pool.repeats(other));
        let repeated: Vec<bool> = pools.iter().map(told).collect();
        let n = repeated.iter().filter(|repeated| **repeated).count() as u64;
        let mut repeated = repeated.into_iter();
        pools.retain(|_| !repeated.next().unwrap_or(false));
        let data: BTreeSet<u8> = pools.iter().filter(|pool| !pool.prose).map(|pool| pool.priority).collect();
        pools.retain(|pool| !pool.prose || !data.contains(&pool.priority));
        // The newest of each benchmark first: what is picked of several is the latest word.
        pools.sort_by(|a, b| (Reverse(a.time), &a.benchmark).cmp(&(Reverse(b.time), &b.benchmark)));
        (pools, n)
    }
}

/// Parameters that only say a part of the model's name again: `tag=q4_0` beside `llama3.1:8b-instruct-q4_0`.
fn aliases(rows: &[Row]) -> BTreeSet<String> {
    let mut names: BTreeMap<&str, bool> = BTreeMap::new();
    for row in rows {
        let subject = plain(words::subject(&row.series, &row.subject));
        for (name, value) in row.series.params.iter().filter(|(name, _)| !words::names_subject(name)) {
            let value = plain(value);
            let is_part = value.len() > 1 && value.parse::<f64>().is_err() && subject.contains(&value);
            *names.entry(name).or_insert(true) &= is_part;
        }
    }
    names.into_iter().filter(|(_, is_alias)| *is_alias).map(|(name, _)| name.to_owned()).collect()
}

/// What was done and how: the case and the settings, without the model.
fn work(row: &Row, aliases: &BTreeSet<String>) -> String {
    let mut key = row.series.clone();
    key.params.retain(|name, _| !aliases.contains(name));
    words::configuration(&key)
}

/// A name with nothing but its letters and digits, each other run of characters one line.
fn plain(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// Gives benchmarks without a model the known one that their names begin with. `x:latest` is what `x` alone means to registries of
/// images and models.
fn link(pools: &mut [Pool]) {
    let short = |name: &str| plain(name.strip_suffix(":latest").unwrap_or(name));
    let mut known: Vec<(bool, String)> =
        pools.iter().filter(|pool| pool.named).map(|pool| (pool.prose, pool.subject.clone())).collect();
    // Data write a name as it is; prose may write it otherwise.
    known.sort_unstable();
    known.dedup();
    let mut names: Vec<(String, String)> = known.into_iter().map(|(_, name)| (short(&name), name)).collect();
    names.retain(|(plain, _)| !plain.is_empty());
    names.sort_by_key(|(plain, _)| Reverse(plain.len()));
    for pool in pools.iter_mut().filter(|pool| !pool.named) {
        let stem = plain(words::stem(&pool.benchmark));
        let begins = |name: &str| stem.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        if let Some((_, name)) = names.iter().find(|(plain, _)| begins(plain)) {
            pool.subject.clone_from(name);
            pool.named = true;
        }
    }
}
