//! The rows of one table: what each is about, whether it failed, and the readings in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Entry;
use super::directions::Lexicon;
use super::long;
use super::meta::{self, Meta};
use super::names::{self, Name};
use super::number::{self, Number, Scan, canonical};
use super::roles::ColumnRole;
use super::runs::{RowRun, Runs};
use super::time;
use crate::artifact::table::{Cell, Column, Layout, Row, Table};
use crate::artifact::text::one_line;
use crate::artifact::{Gap, GapKind, Parsed, Reading, Role, SpreadKind};
use crate::domain::measurement::Locator;
use crate::domain::series::{Direction, Params};
use crate::domain::units::Unit;

/// Texts in an error column that report no error.
const NO_ERROR: &[&str] = &["", "none", "null", "nan", "false", "no", "0", "-", "n/a", "ok", "[]", "{}", "success"];

/// Words in a success column that report a failure.
const FAILED: &[&str] = &[
    "false",
    "no",
    "failed",
    "fail",
    "failure",
    "error",
    "timeout",
    "timed out",
    "errored",
    "crashed",
    "aborted",
    "oom",
];

/// Everything known about a table while its rows are read.
pub(in crate::artifact) struct TableReader<'t> {
    pub table: &'t Table,
    pub roles: &'t [ColumnRole],
    pub meta: &'t Meta,
    /// What tells this table from others in the file; becomes the beginning of the case.
    pub place: String,
    pub decimal_comma: bool,
    pub lexicon: &'t Lexicon,
    /// For each column, how its numbers enter.
    pub entries: Vec<Option<Entry>>,
    /// For each column, the one that holds its unit: beside it or above it in the record.
    pub units: Vec<Option<usize>>,
    /// A column names the metric of each row.
    pub long: bool,
}

/// For each column, the last unit column among its siblings, else among those of the keys above it; a table's only one is of all columns.
pub(in crate::artifact) fn unit_columns(table: &Table, roles: &[ColumnRole]) -> Vec<Option<usize>> {
    let held: HashMap<&[String], usize> = table
        .columns
        .iter()
        .zip(roles)
        .enumerate()
        .filter(|(_, (_, role))| **role == ColumnRole::Unit)
        .map(|(index, (column, _))| (column.parents.as_slice(), index))
        .collect();
    let only = held.values().next().filter(|_| held.len() == 1);
    let nearest = |column: &Column| {
        let parents = column.parents.as_slice();
        (0..=parents.len()).rev().find_map(|depth| held.get(parents.get(..depth)?))
    };
    table.columns.iter().map(|column| if held.is_empty() { None } else { nearest(column).or(only).copied() }).collect()
}

/// What a row is about.
#[derive(Default)]
pub(in crate::artifact) struct Subject {
    pub case: String,
    pub params: Params,
    pub environment: String,
    pub n: u64,
    /// In a long table: the metric as written and taken apart.
    pub metric: Option<(String, Name)>,
    failure: Option<String>,
}

impl Subject {
    /// Whom a failure concerns: the model or backend, where the row names one.
    fn about(&self) -> String {
        self.params.get("model").or_else(|| self.params.get("backend")).cloned().unwrap_or_default()
    }
}

/// Takes readings off when too many have gathered.
pub(in crate::artifact) type Overflow<'o> = &'o mut dyn FnMut(&mut Vec<Reading>) -> Result<(), String>;

/// A row with its subject and run.
struct Placed<'r> {
    row: &'r Row,
    subject: &'r Subject,
    run: usize,
}

impl TableReader<'_> {
    /// Reads the table into `parsed`.
    ///
    /// # Errors
    /// A reason when a bound of the settings was exceeded.
    pub fn read(&self, runs: &mut Runs, parsed: &mut Parsed, overflow: Overflow<'_>) -> Result<(), String> {
        let metrics = self.entries.iter().flatten().any(|entry| entry.role != Role::Count);
        if metrics {
            self.name_columns(parsed);
        } else if self.table.layout == Layout::Prose {
            return Ok(());
        }
        let (subjects, rows): (Vec<Subject>, Vec<RowRun>) = self.table.rows.iter().map(|row| self.subject(row)).unzip();
        let mut gaps = Gaps::default();
        let mut concerned: BTreeMap<String, usize> = BTreeMap::new();
        if subjects.iter().any(|s| s.failure.is_some()) {
            subjects.iter().for_each(|s| *concerned.entry(s.about()).or_default() += 1);
        }
        let assigned = if metrics { runs.assign(&rows, &self.meta.run) } else { vec![0; rows.len()] };
        for ((row, subject), run) in self.table.rows.iter().zip(&subjects).zip(assigned) {
            if let Some(detail) = &subject.failure {
                let of = concerned.get(&subject.about()).copied().unwrap_or(1);
                self.error_row(row, subject, detail, of, &mut gaps);
                continue;
            }
            self.row(&Placed { row, subject, run }, parsed, &mut gaps);
            overflow(&mut parsed.readings)?;
        }
        parsed.gaps.extend(gaps.found);
        Ok(())
    }

    fn name_columns(&self, parsed: &mut Parsed) {
        for (column, role) in self.table.columns.iter().zip(self.roles) {
            let list = match role {
                ColumnRole::Param(_) | ColumnRole::ParamObject | ColumnRole::Case => &mut parsed.dimensions,
                ColumnRole::Metric(_) => &mut parsed.metrics,
                _ => continue,
            };
            // The whole list is freed of doubles at the end.
            if !column.name.is_empty() && !list.iter().rev().take(32).any(|name| *name == column.name) {
                list.push(column.name.clone());
            }
        }
    }

    fn subject(&self, row: &Row) -> (Subject, RowRun) {
        let mut subject = Subject { n: 1, ..Subject::default() };
        let mut run = RowRun { part: row.part, ..RowRun::default() };
        let mut hardware = self.meta.hardware.clone();
        let mut cases: Vec<String> = Vec::new();
        cases.extend((!self.place.is_empty()).then(|| self.place.clone()));
        for (index, role) in self.roles.iter().enumerate().take(row.cells.len()) {
            let cell = row.cell(index);
            let text = cell.text();
            let given = (!text.is_empty()).then_some(&text);
            match role {
                ColumnRole::Param(name) if given.is_some() => {
                    subject.params.entry(name.clone()).or_insert_with(|| canonical(&one_line(&text, 200)));
                }
                ColumnRole::ParamObject => object_params(&text, &mut subject.params),
                ColumnRole::Case => cases.extend(given.map(|t| one_line(t, 200).trim().to_owned())),
                ColumnRole::Time => run.time = run.time.or_else(|| time::of_cell(cell)),
                ColumnRole::Commit => run.commit = given.cloned().or(run.commit),
                ColumnRole::Branch => run.branch = given.cloned().or(run.branch),
                ColumnRole::Host => run.host = given.filter(|t| meta::is_host(t)).cloned().or(run.host),
                ColumnRole::Hardware => hardware = given.cloned().or(hardware),
                ColumnRole::SampleCount => subject.n = count(cell).unwrap_or(subject.n),
                ColumnRole::MetricName => {
                    subject.metric = given.map(|t| (t.trim().to_owned(), names::parse(t.trim())));
                }
                _ => {}
            }
        }
        subject.case = cases.join("/");
        subject.failure = self.failure(row);
        let (host, branch) = (
            run.host.as_deref().or(self.meta.run.host.as_deref()),
            run.branch.as_deref().or(self.meta.run.branch.as_deref()),
        );
        subject.environment = meta::environment(host, hardware.as_deref(), branch);
        let metric = subject.metric.as_ref().map(|(text, _)| text.as_str()).unwrap_or_default();
        run.key = format!("{}\u{1}{:?}\u{1}{metric}", subject.case, subject.params);
        (subject, run)
    }

    /// Why a row's numbers are not to be believed.
    fn failure(&self, row: &Row) -> Option<String> {
        let mut failed = None;
        for (index, role) in self.roles.iter().enumerate().take(row.cells.len()) {
            // Deep inside a document's root, a failure is that part's own.
            let column = self.table.columns.get(index)?;
            if self.table.layout == Layout::Root
                && !column.parents.is_empty()
                && self.entries.iter().any(Option::is_some)
            {
                continue;
            }
            let text = row.cell(index).text();
            let lower = text.to_lowercase();
            let told = match role {
                ColumnRole::Error if !NO_ERROR.contains(&lower.as_str()) => return Some(text),
                ColumnRole::Success if FAILED.contains(&lower.as_str()) => format!("{} = {text}", column.name),
                ColumnRole::Completed if text == "0" => format!("{} = 0", column.name),
                ColumnRole::Prose if lower.starts_with("error") && lower.contains(':') => text,
                _ => continue,
            };
            failed = failed.or(Some(told));
        }
        // The text of a failure often stands in a column of notes.
        failed.map(|told| {
            let notes = self
                .roles
                .iter()
                .enumerate()
                .filter(|(_, r)| **r == ColumnRole::Prose)
                .map(|(i, _)| row.cell(i).text());
            notes.filter(|t| t.to_lowercase().contains("error")).max_by_key(String::len).unwrap_or(told)
        })
    }

    fn error_row(&self, row: &Row, subject: &Subject, detail: &str, of: usize, gaps: &mut Gaps) {
        let telling = |r: &ColumnRole| matches!(r, ColumnRole::Error | ColumnRole::Success | ColumnRole::Completed);
        let index =
            self.roles.iter().enumerate().position(|(i, r)| telling(r) && !row.cell(i).text().is_empty()).unwrap_or(0);
        if let Some(column) = self.table.columns.get(index) {
            gaps.add(GapKind::ErrorRows, &subject.about(), row.at.cell(column, None), detail, of);
        }
    }

    fn row(&self, placed: &Placed<'_>, parsed: &mut Parsed, gaps: &mut Gaps) {
        let rows = self.table.rows.len();
        let mut taken: BTreeSet<(String, Unit)> = BTreeSet::new();
        for (index, entry) in self.entries.iter().enumerate().take(placed.row.cells.len()) {
            let (Some(entry), Some(column)) = (entry, self.table.columns.get(index)) else { continue };
            let cell = placed.row.cell(index);
            let at = placed.row.at.cell(column, None);
            let found = match cell {
                Cell::Missing => continue,
                Cell::List(list) => {
                    self.list(placed, (index, column), list, entry, parsed);
                    continue;
                }
                Cell::Text(text) => number::scan(text, self.decimal_comma),
                Cell::Number(value) => Scan::Number(Number::typed(*value)),
                Cell::NotANumber => Scan::NotANumber,
                _ => Scan::Empty,
            };
            match found {
                Scan::Number(number) => {
                    let Some(reading) = self.reading(placed, &number, (index, column), entry, at) else { continue };
                    // The same quantity told twice in a record counts once.
                    let key = (reading.metric.clone(), reading.unit.clone());
                    let again =
                        reading.role == Role::Metric && taken.contains(&key) && subject_metric(placed).is_none();
                    if again {
                        continue;
                    }
                    // A spread without a word of its own (an interval, a range) bears its metric's name and does not stand for it.
                    if reading.role == Role::Metric {
                        taken.insert(key);
                    }
                    let around = number.plus_minus.map(|value| spread_of(&reading, value));
                    parsed.readings.push(reading);
                    parsed.readings.extend(around);
                }
                Scan::NotANumber => gaps.add(GapKind::NotANumber, &column.name, at, "", rows),
                Scan::Empty => gaps.add(GapKind::EmptyCells, &column.name, at, "", rows),
                Scan::Text => {}
            }
        }
    }

    fn reading(
        &self,
        placed: &Placed<'_>,
        number: &Number,
        (index, column): (usize, &Column),
        entry: &Entry,
        at: Locator,
    ) -> Option<Reading> {
        let subject = placed.subject;
        let beside = self.unit_beside(placed.row, index);
        let unit = number.unit.clone().or_else(|| entry.unit.clone()).or_else(|| beside.clone());
        let unit = unit.or_else(|| entry.owners_unit.clone());
        let direction = match beside.as_ref().filter(|_| entry.direction == Direction::Neutral) {
            Some(beside) if entry.role == Role::Metric => {
                let words: Vec<&str> = entry.metric.split('_').collect();
                self.lexicon.lookup(&words, Some(beside)).unwrap_or_default()
            }
            _ => entry.direction,
        };
        let reading = Reading {
            run: placed.run,
            case: subject.case.clone(),
            params: subject.params.clone(),
            metric: entry.metric.clone(),
            field: column.name.clone(),
            value: number.value,
            unit: unit.unwrap_or_default(),
            direction,
            role: entry.role.clone(),
            n: subject.n,
            resolution: number.resolution,
            at,
            environment: subject.environment.clone(),
        };
        let mut reading = if self.long && entry.role != Role::Count {
            long::named_by_row(reading, number, (column, beside), subject, (self.table.layout, self.lexicon))?
        } else {
            reading
        };
        reading.rule(column.ruled.unit.as_ref(), column.ruled.direction);
        Some(reading)
    }

    /// What the unit column of a column says in a row.
    fn unit_beside(&self, row: &Row, column: usize) -> Option<Unit> {
        let text = row.cell((*self.units.get(column)?)?).text();
        (!text.is_empty()).then(|| Unit::new(&text))
    }

    fn list(
        &self,
        placed: &Placed<'_>,
        (index, column): (usize, &Column),
        list: &[(usize, f64)],
        entry: &Entry,
        parsed: &mut Parsed,
    ) {
        for (i, value) in list {
            let number = Number { resolution: 0.0, ..Number::typed(*value) };
            let at = placed.row.at.cell(column, Some(*i));
            let Some(mut reading) = self.reading(placed, &number, (index, column), entry, at) else { continue };
            if reading.role == Role::Metric {
                (reading.role, reading.n) = (Role::Sample, 1);
            }
            parsed.readings.push(reading);
        }
    }
}

fn subject_metric<'p>(placed: &'p Placed<'_>) -> Option<&'p Name> {
    placed.subject.metric.as_ref().map(|(_, name)| name)
}

/// What stands behind `±` in the cell of `reading`.
fn spread_of(reading: &Reading, value: f64) -> Reading {
    Reading {
        value,
        metric: format!("{}_std", reading.metric),
        role: Role::Spread { kind: SpreadKind::Std, of: reading.metric.clone() },
        direction: Direction::Neutral,
        ..reading.clone()
    }
}

fn count(cell: &Cell) -> Option<u64> {
    let value = match cell {
        Cell::Number(value) => *value,
        Cell::Text(text) => match number::scan(text, false) {
            Scan::Number(n) => n.value,
            _ => return None,
        },
        _ => return None,
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked in the condition")]
    (value.fract() == 0.0 && (1.0..1e15).contains(&value)).then_some(value as u64)
}

/// The parameters of a cell such as `{"temperature":0.3,"top_p":0.9}`.
fn object_params(text: &str, params: &mut Params) {
    if text.len() > 4096 {
        return;
    }
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(text) else { return };
    for (key, value) in map {
        let value = match value {
            serde_json::Value::String(text) => canonical(&text),
            serde_json::Value::Number(n) => n.as_f64().map_or_else(|| n.to_string(), number::shortest),
            serde_json::Value::Bool(b) => b.to_string(),
            _ => continue,
        };
        params.entry(meta::param_name(&names::snake(&key))).or_insert(value);
    }
}

/// Gaps of one table, one for each kind and subject.
#[derive(Default)]
struct Gaps {
    found: Vec<Gap>,
    known: BTreeMap<(GapKind, String), usize>,
}

impl Gaps {
    fn add(&mut self, kind: GapKind, subject: &str, at: Locator, detail: &str, of: usize) {
        let index = *self.known.entry((kind, subject.to_owned())).or_insert(self.found.len());
        if let Some(gap) = self.found.get_mut(index) {
            gap.count = gap.count.saturating_add(1);
            return;
        }
        let of = u32::try_from(of).unwrap_or(u32::MAX);
        self.found.push(Gap { kind, subject: subject.to_owned(), count: 1, of, at, detail: one_line(detail, 120) });
    }
}
