//! The common path: tables to readings, once it is known what every column is.

mod decisions;
pub(in crate::artifact) mod directions;
mod long;
pub(in crate::artifact) mod meta;
pub(in crate::artifact) mod names;
pub(in crate::artifact) mod number;
mod profile;
mod refine;
pub(in crate::artifact) mod roles;
pub(in crate::artifact) mod rows;
mod runs;
pub(in crate::artifact) mod time;
pub(in crate::artifact) mod vocabulary;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::names::{Name, Stat};
use self::roles::{ColumnRole, Quantity};
use self::rows::TableReader;
use self::runs::Runs;
use crate::artifact::fold::Fold;
use crate::artifact::stamps;
use crate::artifact::table::{Column, Document, Layout, Origin, RowAt, Table};
use crate::artifact::{Gap, GapKind, Parsed, Reading, Role, Rule, Settings, SpreadKind, rule};
use crate::domain::run::RunInfo;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Readings are folded when so many have gathered.
const GATHERED: usize = 50_000;

/// Reads a document, to whose columns `rules` were applied.
///
/// # Errors
/// A reason when a bound of the settings was exceeded.
pub(in crate::artifact) fn read(document: &Document, rules: &[&Rule], settings: &Settings) -> Result<Parsed, String> {
    let mut inference = Inference { in_pieces: false, ..Inference::in_pieces(settings) };
    inference.document(document)?;
    inference.finish(rules)
}

/// What is understood of a file, whole or piece by piece.
#[derive(Debug)]
pub(in crate::artifact) struct Inference<'s> {
    settings: &'s Settings,
    in_pieces: bool,
    runs: Runs,
    parsed: Parsed,
    fold: Fold,
    /// What columns are, as decided when they first occurred.
    known: HashMap<String, ColumnRole>,
    /// Names in rules that are columns.
    placed: BTreeSet<String>,
}

impl<'s> Inference<'s> {
    /// For a file whose pieces have columns in common.
    pub fn in_pieces(settings: &'s Settings) -> Self {
        let fold = Fold::new(settings.max_readings);
        let (runs, parsed) = (Runs::default(), Parsed::default());
        Self { settings, in_pieces: true, runs, parsed, fold, known: HashMap::new(), placed: BTreeSet::new() }
    }

    /// Reads the next document.
    ///
    /// # Errors
    /// A reason when a bound of the settings was exceeded.
    pub fn document(&mut self, document: &Document) -> Result<(), String> {
        let settings = self.settings;
        self.placed.extend(document.placed.iter().cloned());
        let meta = meta::of(document);
        if self.parsed.format.is_empty() {
            self.parsed.format = match document.tool {
                Some(tool) => format!("{tool} ({})", document.format),
                None => document.format.to_owned(),
            };
        }
        for (name, value) in &meta.constants {
            self.parsed.constants.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let new = document.warnings.iter().filter(|w| !self.in_pieces || !self.parsed.warnings.contains(w));
        let new: Vec<String> = new.cloned().collect();
        self.parsed.warnings.extend(new);
        let mut roles: Vec<Vec<ColumnRole>> =
            document.tables.iter().map(|table| roles::of(table, document.decimal_comma, &settings.lexicon)).collect();
        if self.in_pieces {
            document.tables.iter().zip(&mut roles).for_each(|(table, roles)| self.remember(table, roles));
        }
        if settings.explain && self.parsed.decisions.is_empty() {
            self.parsed.decisions = decisions::of(document, &roles, &settings.lexicon);
        }
        let places = places(document, &roles);
        for ((table, roles), place) in document.tables.iter().zip(&roles).zip(places) {
            let reader = TableReader {
                table,
                roles,
                meta: &meta,
                place,
                decimal_comma: document.decimal_comma,
                lexicon: &settings.lexicon,
                entries: entries(table, roles),
                units: rows::unit_columns(table, roles),
                long: roles.contains(&ColumnRole::MetricName),
            };
            let fold = &mut self.fold;
            let overflow = &mut |readings: &mut Vec<Reading>| {
                if readings.len() < GATHERED { Ok(()) } else { fold.take(readings) }
            };
            reader.read(&mut self.runs, &mut self.parsed, overflow)?;
        }
        if self.in_pieces {
            unite(&mut self.parsed.gaps);
        }
        Ok(())
    }

    /// A column is what it was on its first occurrence, though later cells may look otherwise.
    fn remember(&mut self, table: &Table, roles: &mut [ColumnRole]) {
        for (column, role) in table.columns.iter().zip(roles) {
            let key =
                format!("{:?}\u{1}{:?}\u{1}{}\u{1}{}", column.origin, column.parents, column.relative, column.name);
            match self.known.get(&key) {
                Some(known) => known.clone_into(role),
                None => {
                    self.known.insert(key, role.clone());
                }
            }
        }
    }

    /// Everything that was understood, with what `rules` say of metrics that are no columns.
    ///
    /// # Errors
    /// A reason when a bound of the settings was exceeded.
    pub fn finish(mut self, rules: &[&Rule]) -> Result<Parsed, String> {
        if !self.fold.is_empty() {
            self.fold.take(&mut self.parsed.readings)?;
            self.fold.finish(&mut self.parsed);
        }
        once_each(&mut self.parsed.dimensions);
        once_each(&mut self.parsed.metrics);
        self.parsed.runs = self.runs.infos;
        if self.parsed.runs.is_empty() {
            // A file that only counts things is of a run all the same.
            self.parsed.runs.push(RunInfo::default());
        }
        if self.parsed.readings.is_empty() {
            self.parsed.runs.clear();
            self.parsed.warnings.push("no results found".to_owned());
        }
        if self.settings.explain {
            decisions::complete(&mut self.parsed, &self.settings.lexicon);
        }
        rule::finish(&mut self.parsed, &self.placed, rules);
        Ok(self.parsed)
    }
}

/// Keeps the first of equal names.
fn once_each(names: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    let first: Vec<bool> = names.iter().map(|name| seen.insert(name.as_str())).collect();
    let mut first = first.into_iter();
    names.retain(|_| first.next().unwrap_or(false));
}

/// Adds up gaps of the same kind and subject that several pieces have.
fn unite(gaps: &mut Vec<Gap>) {
    let mut united: Vec<Gap> = Vec::new();
    let mut places: HashMap<(GapKind, String), usize> = HashMap::new();
    for gap in gaps.drain(..) {
        let place = *places.entry((gap.kind, gap.subject.clone())).or_insert(united.len());
        match united.get_mut(place) {
            Some(known) => {
                known.count = known.count.saturating_add(gap.count);
                known.of = known.of.saturating_add(gap.of);
            }
            None => united.push(gap),
        }
    }
    *gaps = united;
}

/// What tells a table of a prose document from the others in it: its heading, numbered when it recurs. A single one needs none. The time
/// in a heading is of this run only (`Results of 2026-03-01`) and stays out of it, unless it is what tells two headings apart.
fn places(document: &Document, roles: &[Vec<ColumnRole>]) -> Vec<String> {
    let holds_results =
        |roles: &[ColumnRole]| roles.iter().any(|r| matches!(r, ColumnRole::Metric(_) | ColumnRole::MetricName));
    let prose = |table: &Table| {
        (table.layout == Layout::Prose || !table.heading.is_empty())
            && !matches!(table.rows.first(), Some(row) if matches!(row.at, RowAt::Lines(_)))
    };
    let several = document.tables.iter().zip(roles).filter(|(t, r)| prose(t) && holds_results(r)).count() > 1;
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut undated: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for table in &document.tables {
        undated.entry(stamps::undated(&table.heading)).or_default().insert(&table.heading);
    }
    let name = |heading: &str| {
        let bare = stamps::undated(heading);
        if undated.get(&bare).is_some_and(|same| same.len() == 1) { bare } else { heading.to_owned() }
    };
    document
        .tables
        .iter()
        .zip(roles)
        .map(|(table, roles)| {
            if !several || !prose(table) || !holds_results(roles) {
                return String::new();
            }
            let count = seen.entry(&table.heading).or_insert(0);
            *count += 1;
            let name = name(&table.heading);
            if *count > 1 { format!("{name} #{count}").trim().to_owned() } else { name }
        })
        .collect()
}

/// How a metric column's numbers enter: their metric name and role.
#[derive(Debug, Clone)]
pub(in crate::artifact) struct Entry {
    pub metric: String,
    pub role: Role,
    pub direction: Direction,
    /// What the column says of its unit.
    pub unit: Option<Unit>,
    /// The unit of the metric that a spread belongs to, for spreads that name none.
    pub owners_unit: Option<Unit>,
}

/// Metric names and roles of all metric columns: spreads find their owner, names that clash are told apart.
fn entries(table: &Table, roles: &[ColumnRole]) -> Vec<Option<Entry>> {
    let quantity = |i: usize| match roles.get(i) {
        Some(ColumnRole::Metric(q)) => Some(q),
        _ => None,
    };
    let parents = |i: usize| table.columns.get(i).map_or(&[][..], |c| c.parents.as_slice());
    let is_value = |q: &Quantity| matches!(q.name.stat, Stat::Plain | Stat::Mean);
    let owner = |i: usize, q: &Quantity| {
        let same = |o: usize| quantity(o).filter(|p| p.name.base == q.name.base);
        let values = (0..roles.len()).find(|&o| same(o).is_some_and(is_value) && parents(o) == parents(i));
        let median = || {
            (0..roles.len()).find(|&o| {
                parents(o) == parents(i) && same(o).is_some_and(|p| p.name.stat == Stat::Percentile("p50".to_owned()))
            })
        };
        let vague = q.name.stat == Stat::Other && matches!(q.name.base.as_str(), "" | "value");
        let any = || (0..roles.len()).find(|&o| vague && quantity(o).is_some_and(|p| p.name.stat == Stat::Mean));
        values.or_else(median).or_else(any).and_then(quantity).map(|p| (p.name.metric(), p.name.unit.clone()))
    };
    let mut entries: Vec<Option<Entry>> = Vec::with_capacity(roles.len());
    let mut names: BTreeMap<(String, Option<Unit>), usize> = BTreeMap::new();
    for i in 0..roles.len() {
        // What a record further out says stands there, and is read there if it is a number of interest.
        if table.columns.get(i).is_some_and(|column| column.origin != Origin::Own) {
            entries.push(None);
            continue;
        }
        let Some(q) = quantity(i) else {
            entries.push(roles.get(i).and_then(|role| counted(role, table.columns.get(i)?)));
            continue;
        };
        let kind = long::spread_kind(&q.name.stat);
        let of = kind.and_then(|_| owner(i, q));
        let spread = kind.filter(|k| of.is_some() || matches!(k, SpreadKind::Std | SpreadKind::Other));
        let mut metric = q.name.metric();
        if let Some(kind) = spread {
            let (of, unit) = of.unwrap_or_else(|| (q.name.base.clone(), None));
            let extreme = matches!(kind, SpreadKind::Min | SpreadKind::Max);
            let direction = if extreme { q.direction } else { Direction::Neutral };
            let role = Role::Spread { kind, of };
            entries.push(Some(Entry { metric, role, direction, unit: q.name.unit.clone(), owners_unit: unit }));
            continue;
        }
        if let Some(&first) = names.get(&(metric.clone(), q.name.unit.clone()))
            && differ(table, first, i)
        {
            metric = apart(&metric, &q.name, table.columns.get(i));
        }
        if metric.is_empty() {
            "value".clone_into(&mut metric);
        }
        names.entry((metric.clone(), q.name.unit.clone())).or_insert(i);
        let (direction, unit) = (q.direction, q.name.unit.clone());
        entries.push(Some(Entry { metric, role: Role::Metric, direction, unit, owners_unit: None }));
    }
    entries
}

/// How the numbers of a column that counts enter: listed, no series. Loops inside a sample are configuration.
fn counted(role: &ColumnRole, column: &Column) -> Option<Entry> {
    let (metric, direction, unit) = match role {
        ColumnRole::Count(quantity) => (quantity.name.metric(), quantity.direction, quantity.name.unit.clone()),
        ColumnRole::Completed => (names::snake(&column.name), Direction::Neutral, None),
        ColumnRole::SampleCount if column.declared.is_none() => (names::snake(&column.name), Direction::Neutral, None),
        _ => return None,
    };
    let loops =
        metric.split('_').any(|word| matches!(word, "iterations" | "iters" | "loops" | "repetitions" | "repeats"));
    let unit = unit.or_else(|| Some(Unit::new("count")));
    (!loops).then_some(Entry { metric, role: Role::Count, direction, unit, owners_unit: None })
}

/// Whether two columns of one name hold different numbers in some row.
fn differ(table: &Table, a: usize, b: usize) -> bool {
    table.rows.iter().any(|row| {
        let (a, b) = (row.cell(a).text(), row.cell(b).text());
        !a.is_empty() && !b.is_empty() && a != b
    })
}

/// A name for a second column of the same metric: by the key above it, else by its statistic, else by its own words.
fn apart(metric: &str, name: &Name, column: Option<&Column>) -> String {
    match column.and_then(|c| c.parents.last()) {
        Some(parent) => format!("{}_{metric}", names::snake(parent)),
        None if name.stat == Stat::Mean => format!("{metric}_mean"),
        None => column.map_or_else(|| metric.to_owned(), |c| names::snake(&c.name)),
    }
}
