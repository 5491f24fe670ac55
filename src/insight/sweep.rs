//! Sweeps: benchmarks that vary their settings. Which configuration is best and worst in each metric, and by how much.
//!
//! Settings are parameters with numbers or short identifiers for values; parameters that name or number the work (a prompt,
//! a seed) are pooled. A parameter that only repeats the others in one word (`config_name`) is dropped.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::best::{Best, Ranked};
use super::document::{Block, Cell, Prose, Section, Table};
use super::input::Row;
use super::ledger::Ledger;
use super::summary::Summary;
use super::{stats, words};
use crate::domain::fact::FactId;
use crate::domain::series::{Direction, Params};
use crate::domain::units::Unit;

/// Configurations below which there is no sweep.
const CONFIGURATIONS: usize = 3;
/// Metrics shown of one sweep.
const METRICS: usize = 6;

/// Priority, metric, unit and direction.
type MetricKey = (u8, String, Unit, Direction);

/// A configuration and its level in one metric.
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub configuration: String,
    pub summary: Summary,
}

/// One metric over the configurations of a sweep.
#[derive(Debug, Clone)]
pub(super) struct Contest {
    pub metric: String,
    pub unit: Unit,
    pub direction: Direction,
    pub priority: u8,
    pub configurations: u64,
    pub best: Level,
    pub worst: Level,
}

/// A benchmark with settings that vary.
#[derive(Debug, Clone)]
pub(super) struct Sweep {
    pub benchmark: String,
    pub settings: Vec<String>,
    pub contests: Vec<Contest>,
    metrics_left_out: u64,
}

/// The facts of a contest, in the order in which they are printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ContestFacts {
    pub best: FactId,
    pub worst: FactId,
    pub difference: FactId,
    /// `None` when the worst level is zero.
    pub relative: Option<FactId>,
}

impl Ranked for Sweep {
    fn rank(&self, other: &Self) -> Ordering {
        let first = |sweep: &Self| sweep.contests.first().map_or(u8::MAX, |contest| contest.priority);
        let size = |sweep: &Self| sweep.contests.iter().map(|contest| contest.configurations).max();
        first(self)
            .cmp(&first(other))
            .then(size(other).cmp(&size(self)))
            .then_with(|| self.benchmark.cmp(&other.benchmark))
    }
}

impl Contest {
    /// Relative difference between best and worst; `None` when the worst is zero.
    pub(super) fn relative(&self) -> Option<f64> {
        let (best, worst) = (self.best.summary.median, self.worst.summary.median);
        (worst != 0.0).then(|| (best - worst) / worst.abs()).filter(|relative| relative.is_finite())
    }

    pub(super) fn facts(&self, benchmark: &str, ledger: &mut Ledger) -> ContestFacts {
        let name = |level: &Level| format!("{} of {benchmark} [{}]", self.metric, level.configuration);
        let best = self.best.summary.level(ledger, &name(&self.best), &self.unit);
        let worst = self.worst.summary.level(ledger, &name(&self.worst), &self.unit);
        let about = format!("{} of {benchmark}, best against worst configuration", self.metric);
        let difference = ledger.derived(
            format!("difference in {about}"),
            self.best.summary.median - self.worst.summary.median,
            self.unit.clone(),
            format!("{best} - {worst}"),
            &[best, worst],
        );
        let relative = self.relative().map(|relative| {
            let formula = format!("({best} - {worst}) / |{worst}|");
            ledger.derived(
                format!("change in {about}"),
                relative * 100.0,
                Unit::new("percent"),
                formula,
                &[best, worst],
            )
        });
        ContestFacts { best, worst, difference, relative }
    }
}

/// The sweeps as they grow.
#[derive(Debug)]
pub(super) struct Sweeps {
    settings: Settings,
    kept: Best<Sweep>,
}

impl Sweeps {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone(), kept: Best::new(settings.sweeps) }
    }

    /// Takes the rows of one benchmark.
    pub(super) fn add(&mut self, benchmark: &str, rows: &[Row]) {
        let Some(settings) = varied(rows) else { return };
        let mut levels: BTreeMap<MetricKey, BTreeMap<String, Vec<&Row>>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.direction != Direction::Neutral) {
            let priority = words::priority(&row.series, row.direction);
            let key = (priority, row.series.metric.clone(), row.series.unit.clone(), row.direction);
            let label = label(row, &settings);
            levels.entry(key).or_default().entry(label).or_default().push(row);
        }
        let mut contests: Vec<Contest> = levels
            .into_iter()
            .filter_map(|((priority, metric, unit, direction), levels)| {
                let (n, best, worst) = extremes(levels, direction, &self.settings)?;
                Some(Contest { metric, unit, direction, priority, configurations: n, best, worst })
            })
            .collect();
        let metrics_left_out = contests.len().saturating_sub(METRICS) as u64;
        contests.truncate(METRICS);
        if !contests.is_empty() {
            self.kept.push(Sweep { benchmark: benchmark.to_owned(), settings, contests, metrics_left_out });
        }
    }

    /// The most telling sweeps, and how many were left out.
    pub(super) fn finish(self) -> (Vec<Sweep>, u64) {
        self.kept.finish()
    }
}

/// The settings that vary when the rows make a sweep: several of them, or one that is numeric.
fn varied(rows: &[Row]) -> Option<Vec<String>> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        for (name, value) in row.series.params.iter().filter(|(name, _)| words::is_ranked(name)) {
            values.entry(name).or_default().insert(value);
        }
    }
    values.retain(|_, values| values.len() > 1 && values.iter().all(|value| words::is_setting(value)));
    let numeric = |name: &str| values.get(name).is_some_and(|v| v.iter().all(|v| v.parse::<f64>().is_ok()));
    let mut names: Vec<&str> = values.keys().copied().collect();
    let configurations = distinct(rows, &names);
    // Identifiers first: `config_name` goes when the numbers beside it tell the configurations apart as well.
    let mut droppable: Vec<&str> = names.iter().copied().filter(|name| !numeric(name)).collect();
    droppable.sort_unstable_by_key(|name| std::cmp::Reverse(values.get(name).map_or(0, BTreeSet::len)));
    for name in droppable {
        let without: Vec<&str> = names.iter().copied().filter(|other| *other != name).collect();
        if !without.is_empty() && distinct(rows, &without) == configurations {
            names = without;
        }
    }
    let enough = names.len() > 1 || names.iter().any(|name| numeric(name));
    (enough && configurations >= CONFIGURATIONS).then(|| names.into_iter().map(str::to_owned).collect())
}

fn distinct(rows: &[Row], names: &[&str]) -> usize {
    let of = |params: &'_ Params| names.iter().map(|name| params.get(*name).cloned()).collect::<Vec<_>>();
    rows.iter().map(|row| of(&row.series.params)).collect::<BTreeSet<_>>().len()
}

/// The configuration of a row: its settings, then whatever else is fixed about where it ran.
fn label(row: &Row, settings: &[String]) -> String {
    let mut parts: Vec<String> =
        settings.iter().filter_map(|name| row.series.params.get(name).map(|value| format!("{name}={value}"))).collect();
    if !row.series.environment.is_empty() {
        parts.push(format!("@{}", row.series.environment));
    }
    parts.join(" ")
}

/// How many configurations were compared, the best and the worst; `None` when there are too few or they are all equal.
fn extremes(
    levels: BTreeMap<String, Vec<&Row>>,
    direction: Direction,
    settings: &Settings,
) -> Option<(u64, Level, Level)> {
    let n = levels.len();
    let mut medians: Vec<(f64, String, Vec<&Row>)> = levels
        .into_iter()
        .filter_map(|(label, rows)| {
            let values: Vec<f64> = rows.iter().map(|row| row.value).collect();
            Some((stats::median(&values)?, label, rows))
        })
        .collect();
    medians.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    let level = |entry: &(f64, String, Vec<&Row>)| {
        Some(Level { configuration: entry.1.clone(), summary: Summary::of(&entry.2, settings)? })
    };
    let (low, high) = (medians.first()?, medians.last()?);
    if n < CONFIGURATIONS || low.0 == high.0 {
        return None;
    }
    let (best, worst) = if direction == Direction::Lower { (low, high) } else { (high, low) };
    Some((n as u64, level(best)?, level(worst)?))
}

/// The section; `None` when nothing was swept.
pub(super) fn section(sweeps: &[Sweep], left_out: u64, ledger: &mut Ledger) -> Option<Section> {
    let mut sweeps: Vec<&Sweep> = sweeps.iter().collect();
    sweeps.sort_by(|a, b| a.benchmark.cmp(&b.benchmark));
    let mut blocks = Vec::new();
    for sweep in &sweeps {
        blocks.push(Block::Heading(Prose::default().name(&sweep.benchmark)));
        let configurations = sweep.contests.iter().map(|contest| contest.configurations).max().unwrap_or(0);
        let what = format!("configurations of {}", sweep.benchmark);
        blocks.push(Block::Paragraph(
            Prose::new("Varies ")
                .names(&sweep.settings)
                .text(" over ")
                .count(ledger, configurations, "configuration", "configurations", &what)
                .text("."),
        ));
        blocks.push(Block::Table(sweep_table(sweep, ledger)));
    }
    if left_out > 0 {
        let id = ledger.count("sweeps that are not shown", left_out);
        blocks.push(Block::Paragraph(Prose::new("Not shown: ").value(id).text(" further sweeps.")));
    }
    (!sweeps.is_empty()).then(|| Section::new("Best and worst configuration of each sweep", blocks))
}

fn sweep_table(sweep: &Sweep, ledger: &mut Ledger) -> Table {
    let mut table = Table::new(&[
        "metric",
        "better",
        "best configuration",
        "#best",
        "worst configuration",
        "#worst",
        "#difference",
        "#change",
    ]);
    for contest in &sweep.contests {
        let facts = contest.facts(&sweep.benchmark, ledger);
        table.rows.push(vec![
            Cell::Name(contest.metric.clone()),
            Cell::Text(contest.direction.as_str().to_owned()),
            Cell::Name(contest.best.configuration.clone()),
            Cell::Value(facts.best),
            Cell::Name(contest.worst.configuration.clone()),
            Cell::Value(facts.worst),
            Cell::Change(facts.difference),
            facts.relative.map_or(Cell::Empty, Cell::Change),
        ]);
    }
    let what = format!("metrics of {} that are not shown", sweep.benchmark);
    table.cut(ledger, sweep.metrics_left_out, "metrics", &what)
}
