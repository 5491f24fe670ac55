//! A sweep laid out: its settings with their values, its measures, and its records, one for each time that a configuration was
//! measured. The same record holds all that was measured then, so that metrics can be held against one another.
//!
//! Each record knows its work as well: lengths, counts, load, test. Levels are only compared where it is the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::series::{Direction, Params};
use crate::domain::stats;
use crate::domain::units::Unit;
use crate::insight::input::Row;
use crate::insight::role::{Role, role};
use crate::insight::summary::Point;
use crate::insight::words;

/// Configurations below which there is no sweep.
pub(super) const CONFIGURATIONS: usize = 3;
/// Measures that a grid holds at most, the most wanted first.
const MEASURES: usize = 16;

/// A setting that varies, with its values in order: numbers ascending, identifiers by name.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub name: String,
    pub values: Vec<String>,
    pub numeric: bool,
}

/// A metric of a sweep. The order is that of interest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Measure {
    pub priority: u8,
    pub metric: String,
    pub unit: Unit,
    pub direction: Direction,
}

impl Measure {
    /// Whether it is a time that somebody waits before anything comes.
    pub(super) fn is_wait(&self) -> bool {
        self.direction == Direction::Lower && matches!(self.priority, 1 | 4 | 5)
    }

    /// Whether it is a duration.
    pub(super) fn is_time(&self) -> bool {
        self.direction == Direction::Lower && matches!(self.unit.as_str(), "s" | "ms" | "us" | "ns")
    }
}

/// One time that a configuration was measured.
#[derive(Debug, Clone)]
pub(super) struct Record<'a> {
    /// Which value of each setting.
    pub at: Vec<usize>,
    /// What else tells it from others: the prompt, the place, the how-manieth time.
    pub rest: (String, usize),
    pub environment: &'a str,
    /// The work that was done, in words, where it is not all the same.
    pub work: String,
    /// What was measured, by measure.
    pub cells: Vec<Option<&'a Row>>,
}

/// A sweep laid out.
#[derive(Debug)]
pub(super) struct Grid<'a> {
    pub settings: Vec<Setting>,
    pub measures: Vec<Measure>,
    pub records: Vec<Record<'a>>,
    /// How many different works there are.
    pub works: usize,
    /// Whether the records are of several hosts.
    hosts: bool,
}

/// The cells that figures are drawn from, each once, in the order in which they are asked for.
#[derive(Debug, Default)]
pub(super) struct Pool {
    known: HashMap<(usize, usize), usize>,
    records: Vec<usize>,
    pub points: Vec<Point>,
}

impl Pool {
    /// The cell of a record; `None` when it has none.
    pub(super) fn cell(&mut self, grid: &Grid, record: usize, measure: usize) -> Option<usize> {
        let row = grid.row(record, measure)?;
        let points = &mut self.points;
        let records = &mut self.records;
        Some(*self.known.entry((record, measure)).or_insert_with(|| {
            points.push(Point::of(row));
            records.push(record);
            points.len() - 1
        }))
    }

    /// The cells alone: nothing more is asked for once the analysis is done.
    pub(super) fn frozen(self) -> Self {
        Self { known: HashMap::new(), records: Vec::new(), points: self.points }
    }

    /// The record that a cell belongs to.
    pub(super) fn record(&self, cell: usize) -> Option<usize> {
        self.records.get(cell).copied()
    }
}

impl<'a> Grid<'a> {
    /// Lays out rows that share a model and the names of their settings; `None` when they make no sweep.
    pub(super) fn of(rows: &[&'a Row]) -> Option<Self> {
        let settings = varied(rows)?;
        let works = Works::of(rows, &settings);
        let measures: BTreeSet<Measure> = rows.iter().map(|row| measure(row)).collect();
        let measures: Vec<Measure> = measures.into_iter().take(MEASURES).collect();
        let mut rows = rows.to_vec();
        rows.sort_by(|a, b| (a.run_time, &a.path, &a.at, &a.field).cmp(&(b.run_time, &b.path, &b.at, &b.field)));
        let places: Vec<HashMap<&str, usize>> = settings
            .iter()
            .map(|setting| setting.values.iter().enumerate().map(|(i, value)| (value.as_str(), i)).collect())
            .collect();
        let mut records: BTreeMap<(Vec<usize>, (String, usize)), Record> = BTreeMap::new();
        let mut times: HashMap<(Vec<usize>, String, usize), usize> = HashMap::new();
        for row in rows {
            let Ok(index) = measures.binary_search(&measure(row)) else { continue };
            let value = |(setting, places): (&Setting, &HashMap<&str, usize>)| {
                row.series.params.get(&setting.name).and_then(|value| places.get(value.as_str()).copied())
            };
            let Some(at) = settings.iter().zip(&places).map(value).collect::<Option<Vec<usize>>>() else { continue };
            let rest = rest(row, &settings);
            let time = times.entry((at.clone(), rest.clone(), index)).or_default();
            let rest = (rest, *time);
            *time += 1;
            let record = records.entry((at.clone(), rest.clone())).or_insert_with(|| Record {
                at,
                rest,
                environment: &row.series.environment,
                work: works.label(row),
                cells: vec![None; measures.len()],
            });
            record.cells.iter_mut().skip(index).take(1).for_each(|cell| *cell = Some(row));
        }
        let records: Vec<Record> = records.into_values().collect();
        let works = records.iter().map(|record| record.work.as_str()).collect::<BTreeSet<_>>().len();
        let hosts = records.iter().any(|one| records.first().is_some_and(|first| one.environment != first.environment));
        Some(Self { settings, measures, records, works, hosts })
    }

    /// What was measured in a record.
    pub(super) fn row(&self, record: usize, measure: usize) -> Option<&'a Row> {
        self.records.get(record)?.cells.get(measure).copied().flatten()
    }

    /// The configuration of a record, in words.
    pub(super) fn label(&self, record: &Record) -> String {
        let mut parts = self.words(&record.at);
        // Where all ran on one host, it tells no two configurations apart.
        if self.hosts && !record.environment.is_empty() {
            parts.push(format!("@{}", record.environment));
        }
        parts.join(" ")
    }

    /// These values of the settings, in words.
    pub(super) fn words(&self, at: &[usize]) -> Vec<String> {
        let word = |(setting, at): (&Setting, &usize)| Some(format!("{}={}", setting.name, setting.values.get(*at)?));
        self.settings.iter().zip(at).filter_map(word).collect()
    }
}

/// What tells pieces of work apart.
struct Works<'a> {
    params: Vec<&'a str>,
    case: bool,
}

impl<'a> Works<'a> {
    /// Amounts of work always tell; names of work and cases only where several configurations did the same piece: otherwise they
    /// name the configuration. Cases in whole sentences, such as prompts, tell where they take differently long.
    fn of(rows: &[&'a Row], settings: &[Setting]) -> Self {
        let names: Vec<&str> = settings.iter().map(|setting| setting.name.as_str()).collect();
        let params: BTreeSet<&str> = rows.iter().flat_map(|row| row.series.params.keys().map(String::as_str)).collect();
        let value =
            |row: &Row, name: &str| row.series.params.get(name).filter(|value| words::is_setting(value)).cloned();
        let many = |name: &str| rows.iter().map(|row| value(row, name)).collect::<BTreeSet<_>>().len() > 1;
        let tells = |name: &&str| match role(name) {
            Role::Amount => many(name),
            Role::Work => many(name) && is_crossed(rows, &names, |row| value(row, name)),
            _ => false,
        };
        let case = |row: &Row| Some(row.series.case.clone()).filter(|case| !case.is_empty());
        let short = rows.iter().all(|row| words::is_setting(&row.series.case));
        let several = rows.iter().map(|row| &row.series.case).collect::<BTreeSet<_>>().len() > 1;
        let cases = several && (short || differ(rows)) && is_crossed(rows, &names, case);
        Self { params: params.into_iter().filter(tells).collect(), case: cases }
    }

    fn label(&self, row: &Row) -> String {
        let params = self.params.iter().filter_map(|name| {
            let value = row.series.params.get(*name).filter(|value| words::is_setting(value))?;
            Some(format!("{name}={value}"))
        });
        let case = Some(row.series.case.clone()).filter(|case| self.case && !case.is_empty());
        case.into_iter().chain(params).collect::<Vec<_>>().join(" ")
    }
}

/// Whether the cases are different work, going by their levels in the first metric: prompts take about the same each, tests do not.
fn differ(rows: &[&Row]) -> bool {
    const APART: f64 = 2.0;
    let Some(first) = rows.iter().map(|row| measure(row)).min() else { return false };
    let mut levels: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| measure(row) == first) {
        levels.entry(&row.series.case).or_default().push(row.value);
    }
    let levels: Vec<f64> = levels.values().filter_map(|values| stats::median(values)).collect();
    let least = levels.iter().copied().fold(f64::INFINITY, f64::min);
    levels.iter().any(|level| *level > APART * least)
}

/// Whether some piece of work was done by several configurations.
fn is_crossed(rows: &[&Row], names: &[&str], piece: impl Fn(&Row) -> Option<String>) -> bool {
    let mut by: BTreeMap<String, BTreeSet<Vec<Option<&String>>>> = BTreeMap::new();
    for row in rows {
        if let Some(piece) = piece(row) {
            by.entry(piece).or_default().insert(names.iter().map(|name| row.series.params.get(*name)).collect());
        }
    }
    by.values().any(|configurations| configurations.len() > 1)
}

fn measure(row: &Row) -> Measure {
    Measure {
        priority: words::priority(&row.series, row.direction),
        metric: row.series.metric.clone(),
        unit: row.series.unit.clone(),
        direction: row.direction,
    }
}

/// What a row tells besides the settings that vary.
fn rest(row: &Row, settings: &[Setting]) -> String {
    let mut rest = format!("{}\u{0}{}", row.series.case, row.series.environment);
    let others = row.series.params.iter().filter(|(name, _)| settings.iter().all(|setting| setting.name != **name));
    others.for_each(|(name, value)| rest.push_str(&format!("\u{0}{name}={value}")));
    rest
}

/// Whether a parameter can be a setting of a sweep.
pub(super) fn is_varied(name: &str, value: &str) -> bool {
    words::is_ranked(name) && !words::names_subject(name) && words::is_setting(value)
}

/// The settings that vary over the rows when these make a sweep.
fn varied(rows: &[&Row]) -> Option<Vec<Setting>> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        for (name, value) in row.series.params.iter().filter(|(name, value)| is_varied(name, value)) {
            values.entry(name).or_default().insert(value);
        }
    }
    values.retain(|_, values| values.len() > 1);
    let numbers: Vec<&str> = values.iter().filter(|(_, of)| numbers_rows(rows, of)).map(|(name, _)| *name).collect();
    values.retain(|name, _| !numbers.contains(name));
    let mut names: Vec<&str> = values.keys().copied().collect();
    let configurations = distinct(rows, &names);
    // Identifiers first: `config_name` goes when the numbers beside it tell the configurations apart as well.
    let mut droppable: Vec<&str> =
        names.iter().copied().filter(|name| !values.get(name).is_some_and(|values| are_numbers(values))).collect();
    droppable.sort_unstable_by_key(|name| std::cmp::Reverse(values.get(name).map_or(0, BTreeSet::len)));
    for name in droppable {
        let without: Vec<&str> = names.iter().copied().filter(|other| *other != name).collect();
        if !without.is_empty() && distinct(rows, &without) == configurations {
            names = without;
        }
    }
    let setting = |name: &str| values.get(name).map(|values| setting(name, values));
    (configurations >= CONFIGURATIONS).then(|| names.into_iter().filter_map(setting).collect())
}

/// Whether these values only number the rows: many of them, and no two rows of a metric share one.
fn numbers_rows(rows: &[&Row], values: &BTreeSet<&str>) -> bool {
    const MANY: usize = 48;
    let metrics = rows.iter().map(|row| &row.series.metric).collect::<BTreeSet<_>>().len();
    values.len() >= MANY && are_numbers(values) && rows.len() <= values.len().saturating_mul(metrics)
}

fn setting(name: &str, values: &BTreeSet<&str>) -> Setting {
    let numeric = are_numbers(values);
    let mut values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    if numeric {
        let number = |value: &String| value.parse::<f64>().unwrap_or(f64::NAN);
        values.sort_by(|a, b| number(a).total_cmp(&number(b)).then_with(|| a.cmp(b)));
    }
    Setting { name: name.to_owned(), values, numeric }
}

fn are_numbers(values: &BTreeSet<&str>) -> bool {
    values.iter().all(|value| value.parse::<f64>().is_ok())
}

fn distinct(rows: &[&Row], names: &[&str]) -> usize {
    let of = |params: &Params| names.iter().map(|name| params.get(*name).cloned()).collect::<Vec<_>>();
    rows.iter().map(|row| of(&row.series.params)).collect::<BTreeSet<_>>().len()
}
