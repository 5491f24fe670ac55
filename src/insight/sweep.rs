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
use super::words;
use crate::domain::fact::FactId;
use crate::domain::series::{Direction, Params};
use crate::domain::stats;
use crate::domain::units::Unit;

/// Configurations below which there is no sweep.
const CONFIGURATIONS: usize = 3;
/// Metrics shown of one sweep.
const METRICS: usize = 5;

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
    /// All values of all configurations.
    pub all: Summary,
}

/// A benchmark with settings that vary.
#[derive(Debug, Clone)]
pub(super) struct Sweep {
    pub benchmark: String,
    /// The model, where it is not the benchmark itself.
    pub subject: Option<String>,
    /// Only prose states it.
    pub prose: bool,
    pub settings: Vec<String>,
    /// Some setting is a number.
    pub numeric: bool,
    pub contests: Vec<Contest>,
    metrics_left_out: u64,
}

/// The facts of a contest, in the order in which they are printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ContestFacts {
    pub best: FactId,
    pub worst: FactId,
    /// The median of all values.
    pub median: FactId,
    pub difference: FactId,
    /// `None` when the worst level is zero.
    pub relative: Option<FactId>,
}

impl Ranked for Sweep {
    fn rank(&self, other: &Self) -> Ordering {
        let first = |sweep: &Self| sweep.contests.first().map_or(u8::MAX, |contest| contest.priority);
        let size = |sweep: &Self| sweep.contests.iter().map(|contest| contest.configurations).max();
        let key = |sweep: &Self| (sweep.prose, first(sweep), std::cmp::Reverse(size(sweep)));
        let place = |sweep: &Self| (sweep.benchmark.clone(), sweep.subject.clone(), sweep.settings.clone());
        key(self).cmp(&key(other)).then_with(|| place(self).cmp(&place(other)))
    }
}

impl Sweep {
    /// What was swept: the benchmark, and the model if that is not the same.
    pub(super) fn title(&self) -> Prose {
        let title = Prose::default().name(&self.benchmark);
        match &self.subject {
            Some(subject) => title.text(" with ").name(subject),
            None => title,
        }
    }

    fn name(&self) -> String {
        let subject = self.subject.as_ref().map(|subject| format!(" with {subject}")).unwrap_or_default();
        format!("{}{subject}", self.benchmark)
    }
}

impl Contest {
    /// The best and the worst level to the last bit, to tell when two files say the same.
    fn levels(&self) -> (u64, u64) {
        (self.best.summary.median.to_bits(), self.worst.summary.median.to_bits())
    }

    /// Relative difference between best and worst; `None` when the worst is zero.
    pub(super) fn relative(&self) -> Option<f64> {
        let (best, worst) = (self.best.summary.median, self.worst.summary.median);
        (worst != 0.0).then(|| (best - worst) / worst.abs()).filter(|relative| relative.is_finite())
    }

    pub(super) fn facts(&self, sweep: &Sweep, ledger: &mut Ledger) -> ContestFacts {
        let benchmark = sweep.name();
        let name = |level: &Level| format!("{} of {benchmark} [{}]", self.metric, level.configuration);
        let best = self.best.summary.level(ledger, &name(&self.best), &self.unit);
        let worst = self.worst.summary.level(ledger, &name(&self.worst), &self.unit);
        let median = self.all.level(ledger, &format!("{} of {benchmark}, all configurations", self.metric), &self.unit);
        let about = format!("{} of {benchmark}, best against worst configuration", self.metric);
        let difference = ledger.derived(
            format!("difference in {about}"),
            self.best.summary.median - self.worst.summary.median,
            self.unit.clone(),
            format!("{best} - {worst}"),
            &[best, worst],
        );
        let relative = self.relative().map(|relative| {
            let formula = format!("100 * ({best} - {worst}) / |{worst}|");
            ledger.derived(
                format!("change in {about}"),
                relative * 100.0,
                Unit::new("percent"),
                formula,
                &[best, worst],
            )
        });
        ContestFacts { best, worst, median, difference, relative }
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
        Self { settings: settings.clone(), kept: Best::new(settings.sweeps.saturating_mul(4)) }
    }

    /// Takes the rows of one benchmark. Only rows with the same model and the same settings are compared: tables of one
    /// file may have been made with different ones.
    pub(super) fn add(&mut self, benchmark: &str, rows: &[Row]) {
        let mut alike: BTreeMap<(&str, Vec<&str>), Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.direction != Direction::Neutral) {
            let names = row.series.params.iter().filter(|(name, value)| is_varied(name, value));
            let names = names.map(|(name, _)| name.as_str()).collect();
            alike.entry((words::subject(&row.series, &row.subject), names)).or_default().push(row);
        }
        for ((subject, _), rows) in alike {
            let Some(settings) = varied(&rows) else { continue };
            let (contests, metrics_left_out) = self.contests(&rows, &settings);
            if !contests.is_empty() {
                let subject = (subject != words::stem(benchmark)).then(|| subject.to_owned());
                let prose = rows.iter().all(|row| words::is_prose(&row.path));
                let benchmark = benchmark.to_owned();
                let numeric = settings.iter().any(|name| is_numeric(&rows, name));
                self.kept.push(Sweep { benchmark, subject, prose, settings, numeric, contests, metrics_left_out });
            }
        }
    }

    /// The metrics that differ between configurations, the most wanted first, and how many are left out.
    fn contests(&self, rows: &[&Row], settings: &[String]) -> (Vec<Contest>, u64) {
        let mut metrics: BTreeMap<MetricKey, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            let priority = words::priority(&row.series, row.direction);
            let key = (priority, row.series.metric.clone(), row.series.unit.clone(), row.direction);
            metrics.entry(key).or_default().push(row);
        }
        let contest = |((priority, metric, unit, direction), rows): (MetricKey, Vec<&Row>)| {
            let (configurations, best, worst) = extremes(&rows, settings, direction, &self.settings)?;
            let all = Summary::of(&rows, &self.settings)?;
            Some(Contest { metric, unit, direction, priority, configurations, best, worst, all })
        };
        let mut contests: Vec<Contest> = metrics.into_iter().filter_map(contest).collect();
        let left_out = contests.len().saturating_sub(METRICS) as u64;
        contests.truncate(METRICS);
        (contests, left_out)
    }

    /// The most telling sweeps, and how many were left out. A sweep whose every level another one has already told (a summary
    /// of it, a copy) is among those.
    pub(super) fn finish(self) -> (Vec<Sweep>, u64) {
        let (mut kept, mut left_out) = self.kept.finish();
        let mut told: BTreeSet<(u64, u64)> = BTreeSet::new();
        let found = kept.len();
        kept.retain(|sweep| {
            let news: Vec<bool> = sweep.contests.iter().map(|contest| told.insert(contest.levels())).collect();
            news.contains(&true)
        });
        kept.truncate(self.settings.sweeps);
        left_out += (found - kept.len()) as u64;
        (kept, left_out)
    }
}

/// Whether a parameter can be a setting of a sweep.
fn is_varied(name: &str, value: &str) -> bool {
    words::is_ranked(name) && !words::names_subject(name) && words::is_setting(value)
}

/// The settings that vary over the rows when these make a sweep.
fn varied(rows: &[&Row]) -> Option<Vec<String>> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        for (name, value) in row.series.params.iter().filter(|(name, value)| is_varied(name, value)) {
            values.entry(name).or_default().insert(value);
        }
    }
    values.retain(|_, values| values.len() > 1);
    let mut names: Vec<&str> = values.keys().copied().collect();
    let configurations = distinct(rows, &names);
    // Identifiers first: `config_name` goes when the numbers beside it tell the configurations apart as well.
    let mut droppable: Vec<&str> = names.iter().copied().filter(|name| !is_numeric(rows, name)).collect();
    droppable.sort_unstable_by_key(|name| std::cmp::Reverse(values.get(name).map_or(0, BTreeSet::len)));
    for name in droppable {
        let without: Vec<&str> = names.iter().copied().filter(|other| *other != name).collect();
        if !without.is_empty() && distinct(rows, &without) == configurations {
            names = without;
        }
    }
    (configurations >= CONFIGURATIONS).then(|| names.into_iter().map(str::to_owned).collect())
}

fn is_numeric(rows: &[&Row], name: &str) -> bool {
    rows.iter().filter_map(|row| row.series.params.get(name)).all(|value| value.parse::<f64>().is_ok())
}

fn distinct(rows: &[&Row], names: &[&str]) -> usize {
    let of = |params: &Params| names.iter().map(|name| params.get(*name).cloned()).collect::<Vec<_>>();
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
fn extremes(rows: &[&Row], names: &[String], direction: Direction, settings: &Settings) -> Option<(u64, Level, Level)> {
    let mut levels: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    rows.iter().for_each(|row| levels.entry(label(row, names)).or_default().push(row));
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
    sweeps.sort_by_key(|sweep| (sweep.name(), &sweep.settings));
    let mut blocks = Vec::new();
    for sweep in &sweeps {
        blocks.push(Block::Heading(sweep.title()));
        let n = sweep.contests.iter().map(|contest| contest.configurations).max().unwrap_or(0);
        let what = format!("configurations of {}", sweep.name());
        let prose = Prose::new("Varies ").names(&sweep.settings).text(" over ");
        let prose = prose.count(ledger, n, "configuration", "configurations", &what).text(".");
        blocks.push(Block::Paragraph(prose));
        blocks.push(Block::Table(sweep_table(sweep, ledger)));
    }
    if left_out > 0 {
        let id = ledger.count("sweeps that are not shown", left_out);
        blocks.push(Block::Paragraph(
            Prose::new("Not shown: ")
                .value(id)
                .text(" further sweeps, less telling ones or ones that repeat those above."),
        ));
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
        "#median of all",
        "#difference",
        "#change",
    ]);
    for contest in &sweep.contests {
        let facts = contest.facts(sweep, ledger);
        table.rows.push(vec![
            Cell::Name(contest.metric.clone()),
            Cell::Text(contest.direction.as_str().to_owned()),
            Cell::Name(words::short(&contest.best.configuration)),
            Cell::Value(facts.best),
            Cell::Name(words::short(&contest.worst.configuration)),
            Cell::Value(facts.worst),
            Cell::Value(facts.median),
            Cell::Change(facts.difference),
            facts.relative.map_or(Cell::Empty, Cell::Change),
        ]);
    }
    let what = format!("metrics of {} that are not shown", sweep.name());
    table.cut(ledger, sweep.metrics_left_out, "metrics", &what)
}
