//! Leagues: a setting with names for values that recurs over several workloads (a back end, a precision, a language), told over all
//! of them: how often each value is best, how it stands against a common reference, and where it does worst.
//!
//! A workload is everything but the setting: benchmark, case, the other parameters, the environment. Ratios are of levels, so that
//! below one is better whatever the metric, and they are averaged geometrically, so that no workload counts more for being slow.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::best::{Best, Ranked};
use super::input::Row;
use super::summary::Point;
use super::words;
use crate::domain::measurement::SpreadValue;
use crate::domain::series::{Direction, Params};
use crate::domain::units::Unit;

/// Workloads below which there is no league.
const WORKLOADS: usize = 3;
/// Workloads kept, all leagues together.
const KEPT: usize = 512;
/// Values of a setting beyond which it is no choice but an identifier.
const VALUES: usize = 12;

/// Setting, priority of the metric, metric, unit and direction.
type LeagueKey = (String, u8, String, Unit, Direction);

/// One value of the setting in one workload.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub level: f64,
    pub point: Point,
    /// The standard deviation that the file states beside the level.
    pub std: Option<SpreadValue>,
}

/// One workload: what each value of the setting reaches.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    key: LeagueKey,
    pub benchmark: String,
    /// What else tells it from other workloads of the benchmark.
    pub rest: String,
    /// The model, where one is named: workloads may be the same one in several environments.
    pub model: Option<String>,
    /// What is known of it: its parameters and what is constant over the run.
    pub traits: Params,
    prose: bool,
    pub entries: BTreeMap<String, Entry>,
}

impl Ranked for Workload {
    fn rank(&self, other: &Self) -> std::cmp::Ordering {
        let key = |w: &Self| (w.prose, w.key.1, Reverse(w.entries.len()));
        let place = |w: &Self| (w.key.clone(), w.benchmark.clone(), w.rest.clone());
        key(self).cmp(&key(other)).then_with(|| place(self).cmp(&place(other)))
    }
}

impl Workload {
    /// The value that does best here.
    pub(super) fn winner(&self, direction: Direction) -> Option<(&String, &Entry)> {
        let score = |entry: &Entry| if direction == Direction::Lower { entry.level } else { -entry.level };
        self.entries.iter().min_by(|a, b| score(a.1).total_cmp(&score(b.1)).then_with(|| a.0.cmp(b.0)))
    }

    /// How many times worse (above one) or better (below) `value` is than `other` here.
    pub(super) fn ratio(&self, value: &str, other: &str, direction: Direction) -> Option<f64> {
        let (value, other) = (self.entries.get(value)?.level, self.entries.get(other)?.level);
        let ratio = if direction == Direction::Lower { value / other } else { other / value };
        (value > 0.0 && other > 0.0 && ratio.is_finite()).then_some(ratio)
    }
}

/// A setting over all its workloads in one metric.
#[derive(Debug, Clone)]
pub(super) struct League {
    pub setting: String,
    pub metric: String,
    pub unit: Unit,
    pub direction: Direction,
    pub priority: u8,
    pub workloads: Vec<Workload>,
    /// The value that ran in most workloads; of several the slowest, so that the others are gains.
    pub reference: String,
    /// By the geometric mean of their ratio to the reference, the best first.
    pub values: Vec<Value>,
}

/// A value of the setting in the league.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub name: String,
    /// Workloads that it ran in.
    pub ran: u64,
    /// Workloads that it is best in.
    pub won: u64,
    /// Geometric mean of its ratio to the reference; below one is better. `None` where no level can be divided by another.
    pub mean: Option<f64>,
    /// Where it does worst against the best value there: which workload, and the ratio.
    pub worst: Option<(usize, f64)>,
}

/// The leagues as they grow.
#[derive(Debug)]
pub(super) struct Leagues {
    kept: Best<Workload>,
}

impl Leagues {
    pub(super) fn new() -> Self {
        Self { kept: Best::new(KEPT) }
    }

    /// Takes the rows of one benchmark: the newest run of each.
    pub(super) fn add(&mut self, benchmark: &str, rows: &[Row]) {
        let mut found: BTreeMap<(LeagueKey, String), Workload> = BTreeMap::new();
        let mut newest: BTreeMap<(LeagueKey, String, String), &Row> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.direction != Direction::Neutral && row.value.is_finite()) {
            let series = &row.series;
            let priority = words::priority(series, row.direction);
            for (name, value) in series.params.iter().filter(|(name, value)| is_choice(name, value)) {
                let key = (name.clone(), priority, series.metric.clone(), series.unit.clone(), row.direction);
                let place = (key, rest(row, name), value.clone());
                let known = newest.entry(place).or_insert(row);
                if (row.run_time, &row.path, &row.at) > (known.run_time, &known.path, &known.at) {
                    *known = row;
                }
            }
        }
        for ((key, rest, value), row) in newest {
            let workload = found.entry((key.clone(), rest.clone())).or_insert_with(|| Workload {
                traits: traits(row, &key.0),
                key,
                benchmark: benchmark.to_owned(),
                rest,
                model: words::is_named(&row.series, &row.subject)
                    .then(|| words::subject(&row.series, &row.subject).to_owned()),
                prose: words::is_prose(&row.path),
                entries: BTreeMap::new(),
            });
            workload.prose &= words::is_prose(&row.path);
            workload
                .entries
                .insert(value, Entry { level: row.value, point: Point::of(row), std: row.spread.std.clone() });
        }
        found.into_values().filter(|workload| workload.entries.len() > 1).for_each(|one| self.kept.push(one));
    }

    /// The leagues, the most telling first. Where data tell of a setting, prose does not count.
    pub(super) fn finish(self) -> Vec<League> {
        let (kept, _) = self.kept.finish();
        let data: BTreeSet<String> = kept.iter().filter(|w| !w.prose).map(|w| w.key.0.clone()).collect();
        let mut groups: BTreeMap<LeagueKey, Vec<Workload>> = BTreeMap::new();
        for workload in kept.into_iter().filter(|w| !w.prose || !data.contains(&w.key.0)) {
            groups.entry(workload.key.clone()).or_default().push(workload);
        }
        let mut leagues: Vec<League> =
            groups.into_iter().filter_map(|(key, workloads)| league(key, workloads)).collect();
        leagues.sort_by_key(|league| (league.priority, Reverse(league.workloads.len())));
        leagues
    }
}

/// Whether a parameter is a choice between named things.
fn is_choice(name: &str, value: &str) -> bool {
    let is_number = value.parse::<f64>().is_ok() || value.parse::<bool>().is_ok();
    words::is_ranked(name) && !words::names_subject(name) && words::is_setting(value) && !is_number && !value.is_empty()
}

/// Everything but the setting.
fn rest(row: &Row, setting: &str) -> String {
    let mut key = row.series.clone();
    key.params.remove(setting);
    let subject = words::subject(&row.series, &row.subject);
    let rest = words::configuration(&key);
    if subject == words::stem(&row.series.benchmark) { rest } else { format!("{subject} {rest}").trim().to_owned() }
}

fn traits(row: &Row, setting: &str) -> Params {
    let mut traits = row.subject.clone();
    traits.extend(row.series.params.iter().map(|(name, value)| (name.clone(), value.clone())));
    traits.remove(setting);
    traits.retain(|_, value| words::is_setting(value));
    traits
}

fn league(key: LeagueKey, mut workloads: Vec<Workload>) -> Option<League> {
    let (setting, priority, metric, unit, direction) = key;
    workloads.sort_by(|a, b| (&a.benchmark, &a.rest).cmp(&(&b.benchmark, &b.rest)));
    let benchmarks: BTreeSet<&String> = workloads.iter().map(|w| &w.benchmark).collect();
    let names: BTreeSet<&String> = workloads.iter().flat_map(|w| w.entries.keys()).collect();
    if workloads.len() < WORKLOADS || benchmarks.len() < 2 || names.len() > VALUES {
        return None;
    }
    let names: Vec<String> = names.into_iter().cloned().collect();
    let ran = |name: &str| workloads.iter().filter(|w| w.entries.get(name).is_some_and(|e| e.level > 0.0)).count();
    let most = names.iter().map(|name| ran(name)).max()?;
    let often: Vec<&String> = names.iter().filter(|name| ran(name) == most).collect();
    // Of those that ran equally often the one that the others gain most on.
    let gain = |name: &str| {
        let ratios = often.iter().filter_map(|other| geometric(&workloads, other, name, direction));
        ratios.map(|(mean, _)| mean.ln()).sum::<f64>()
    };
    let reference = often.iter().min_by(|a, b| gain(a).total_cmp(&gain(b)).then_with(|| a.cmp(b)))?.to_string();
    let mut values: Vec<Value> = names.iter().map(|name| value(&workloads, name, &reference, direction)).collect();
    let rank = |value: &Value| value.mean.unwrap_or(f64::INFINITY);
    values.sort_by(|a, b| rank(a).total_cmp(&rank(b)).then_with(|| a.name.cmp(&b.name)));
    (values.len() > 1).then_some(League { setting, metric, unit, direction, priority, workloads, reference, values })
}

/// The geometric mean of the ratio of a value to another over the workloads that have both, and how many these are.
pub(super) fn geometric<W: Borrow<Workload>>(
    workloads: &[W],
    name: &str,
    other: &str,
    direction: Direction,
) -> Option<(f64, usize)> {
    let ratios: Vec<f64> = workloads.iter().filter_map(|w| w.borrow().ratio(name, other, direction)).collect();
    let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| ((sum / ratios.len() as f64).exp(), ratios.len()))
}

fn value(workloads: &[Workload], name: &str, reference: &str, direction: Direction) -> Value {
    let mean = geometric(workloads, name, reference, direction).map(|(mean, _)| mean);
    let mut worst: Option<(usize, f64)> = None;
    let (mut ran, mut won) = (0, 0);
    for (i, workload) in workloads.iter().enumerate().filter(|(_, w)| w.entries.contains_key(name)) {
        ran += 1;
        let Some((winner, _)) = workload.winner(direction) else { continue };
        won += u64::from(winner == name);
        if let Some(ratio) = workload.ratio(name, winner, direction)
            && worst.is_none_or(|(_, known)| ratio > known)
        {
            worst = Some((i, ratio));
        }
    }
    Value { name: name.to_owned(), ran, won, mean, worst }
}

/// How many models these workloads are of, where each names one and there are fewer models than workloads.
pub(super) fn models<'a>(workloads: &[&'a Workload]) -> Option<BTreeSet<&'a str>> {
    let models: Option<BTreeSet<&str>> = workloads.iter().map(|w| w.model.as_deref()).collect();
    models.filter(|models| models.len() < workloads.len())
}

/// Workloads told apart by what is known of them, each part with the value that does best there.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// `device=cpu`; empty for all of them.
    pub label: String,
    pub workloads: Vec<usize>,
    pub choice: String,
}

impl League {
    /// The value to use where all workloads count alike: the best geometric mean among those that ran in most of them.
    pub(super) fn choice(&self) -> Option<&Value> {
        let most = self.values.iter().map(|value| value.ran).max()?;
        self.values.iter().find(|value| value.ran * 4 >= most * 3 && value.mean.is_some())
    }

    /// The split by one trait after which choosing for each part costs least, when that is clearly less than one choice for all.
    pub(super) fn split(&self) -> Option<Vec<Part>> {
        let all: Vec<usize> = (0..self.workloads.len()).collect();
        let (_, whole) = self.cheapest(&all)?;
        let names: BTreeSet<&String> = self.workloads.iter().flat_map(|w| w.traits.keys()).collect();
        let mut best: Option<(f64, Vec<Part>)> = None;
        for name in names {
            let Some((cost, parts)) = self.parts(name) else { continue };
            if cost < whole * 0.9 && best.as_ref().is_none_or(|(known, _)| cost < known * 0.999) {
                best = Some((cost, parts));
            }
        }
        best.map(|(_, parts)| parts)
    }

    /// The parts by one trait and the geometric mean of what the choices cost; `None` when it is no split into parts of two or more.
    fn parts(&self, name: &str) -> Option<(f64, Vec<Part>)> {
        let mut groups: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        for (i, workload) in self.workloads.iter().enumerate() {
            groups.entry(workload.traits.get(name)?).or_default().push(i);
        }
        if groups.len() < 2 || groups.len() > 4 || groups.values().any(|group| group.len() < 2) {
            return None;
        }
        let mut parts = Vec::new();
        let mut log = 0.0;
        for (value, group) in groups {
            let (choice, cost) = self.cheapest(&group)?;
            log += cost.ln() * group.len() as f64;
            parts.push(Part { label: format!("{name}={value}"), workloads: group, choice });
        }
        let choices: BTreeSet<&String> = parts.iter().map(|part| &part.choice).collect();
        (choices.len() > 1).then(|| ((log / self.workloads.len() as f64).exp(), parts))
    }

    /// The value that ran in all of these workloads and costs least against the best of each.
    fn cheapest(&self, group: &[usize]) -> Option<(String, f64)> {
        let costs = self.values.iter().filter_map(|value| {
            let mut log = 0.0;
            for i in group {
                let workload = self.workloads.get(*i)?;
                let (winner, _) = workload.winner(self.direction)?;
                log += workload.ratio(&value.name, winner, self.direction)?.ln();
            }
            Some((value.name.clone(), (log / group.len().max(1) as f64).exp()))
        });
        costs.min_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)))
    }
}
