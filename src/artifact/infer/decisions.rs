//! Why every column was taken for what it is: for `explain`, so that a person can check the reading and mend it with a rule.
//!
//! Reasons are told after the fact, from the same words and cells that decided; they decide nothing themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::directions::{self, Lexicon};
use super::names;
use super::profile::profile;
use super::roles::{ColumnRole, Quantity};
use super::vocabulary::{self, Word};
use super::{Entry, entries, meta};
use crate::artifact::table::{Column, Document, Layout, Origin, RowAt, Table};
use crate::artifact::{Decision, Doubt, Parsed, Reading, Role};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Columns told of at most; wider files repeat themselves.
const MOST: usize = 500;

const NO_UNIT: &str = "no unit found";
const METRIC_NAME: &str = "metric name";

/// Why a rule's columns are what they are.
const RULE: &str = "a rule";

/// What a clock measured, most likely in seconds.
const DURATIONS: &[&str] = &["duration", "elapsed", "time", "runtime", "walltime", "wall", "taken"];

/// Words of quantities that are mere numbers: nobody misses a unit.
#[rustfmt::skip]
const PURE: &[&str] = &[
    "accuracy", "acc", "f1", "bleu", "rouge", "recall", "precision", "auc", "r2", "em", "similarity",
    "perplexity", "ppl", "loss", "ratio", "rate", "speedup", "efficiency", "quality", "wer", "cer", "mse", "rmse", "mae", "mape",
    "mfu", "utilization", "utilisation", "util", "errors", "failures", "misses", "allocs", "allocations", "instructions", "cycles",
    "jobs", "runs", "relative", "normalized", "normalised", "fraction", "share",
];

/// What was decided for the columns of every table.
pub(super) fn of(document: &Document, roles: &[Vec<ColumnRole>], lexicon: &Lexicon) -> Vec<Decision> {
    let mut decisions = Vec::new();
    let below = document.tables.iter().flat_map(|table| &table.columns);
    let inherited: BTreeSet<&str> =
        below.filter(|column| column.origin == Origin::Inherited).map(|column| column.name.as_str()).collect();
    for (number, (table, roles)) in (1..).zip(document.tables.iter().zip(roles)) {
        let entries = entries(table, roles);
        let long = roles.contains(&ColumnRole::MetricName);
        let holds = long || roles.iter().any(|role| matches!(role, ColumnRole::Metric(_) | ColumnRole::Count(_)));
        for (index, ((column, role), entry)) in table.columns.iter().zip(roles).zip(&entries).enumerate() {
            if column.origin == Origin::Inherited || decisions.len() >= MOST {
                continue;
            }
            let teller = Teller { document, table, index, column, lexicon, long };
            let decision = teller.decision(number, role, entry.as_ref());
            let tells = holds || column.ruled.role || inherited.contains(column.name.as_str());
            let told = decision.filter(|_| tells || !is_beside(role));
            decisions.extend(told.map(|decision| Decision { place: place(table), ..decision }));
        }
    }
    decisions
}

/// Whether a column only tells results apart: without any in its table or below it says nothing.
fn is_beside(role: &ColumnRole) -> bool {
    matches!(role, ColumnRole::Param(_) | ColumnRole::ParamObject | ColumnRole::Case)
}

/// Adds what only the readings tell: units that stood beside the numbers, and metrics that the rows of a long table name.
pub(super) fn complete(parsed: &mut Parsed, lexicon: &Lexicon) {
    let units = units(&parsed.readings);
    let mut called: BTreeMap<String, usize> = BTreeMap::new();
    parsed.decisions.iter().for_each(|decision| *called.entry(last(&decision.field).to_owned()).or_default() += 1);
    for decision in parsed.decisions.iter_mut().filter(|decision| decision.role == "metric") {
        // Readings know the last key alone: where several columns share it, nothing is certain.
        if called.get(last(&decision.field)).is_some_and(|columns| *columns > 1) {
            continue;
        }
        let field = if units.contains_key(decision.field.as_str()) { &decision.field } else { last(&decision.field) };
        let found = units.get(field).map(listed).unwrap_or_default();
        if decision.unit.is_empty() && !found.is_empty() {
            decision.doubts.retain(|doubt| *doubt != Doubt::Unit);
            decision.why = decision.why.replacen(NO_UNIT, "unit beside it", 1);
            decision.unit = found;
        } else if found.split(", ").any(|unit| unit == decision.unit) {
            decision.unit = found;
        }
    }
    let Some(long) = parsed.decisions.iter().find(|decision| decision.role == METRIC_NAME) else { return };
    let named = named_by_rows(long, &parsed.decisions, &parsed.readings, &units, lexicon);
    parsed.decisions.extend(named);
}

/// Where a table stands.
fn place(table: &Table) -> String {
    let heading = table.heading.trim();
    let keyed = table.columns.iter().any(|column| column.origin == Origin::Key);
    match table.rows.first().map(|row| &row.at) {
        _ if !heading.is_empty() => heading.to_owned(),
        Some(RowAt::Json(path)) => any_of(path, keyed),
        Some(RowAt::JsonLine(_, path)) => format!("each line{}", any_of(path.strip_prefix('$').unwrap_or(path), keyed)),
        Some(RowAt::Line(line)) => format!("from line {line}"),
        Some(RowAt::Lines(lines)) => lines.first().map(|(_, line)| format!("from line {line}")).unwrap_or_default(),
        Some(RowAt::Delimited(_) | RowAt::Table(..)) | None => String::new(),
    }
}

/// The path of a record and its siblings: `$.results[*]` for `$.results[0]`, and where keys tell them apart `$.cases.*` for `$.cases.a`.
fn any_of(path: &str, keyed: bool) -> String {
    let cut = |opening: &str, closing: &str| path.strip_suffix(closing).and_then(|path| path.rsplit_once(opening));
    if let Some((list, _)) = cut("[", "]").filter(|(_, index)| index.parse::<usize>().is_ok()) {
        return format!("{list}[*]");
    }
    let above = cut("[\"", "\"]").or_else(|| cut(".", "")).filter(|_| keyed);
    above.map_or_else(|| path.to_owned(), |(above, _)| format!("{above}.*"))
}

/// The units in which the numbers of each field came out.
type Units<'r> = BTreeMap<&'r str, BTreeSet<&'r str>>;

fn units(readings: &[Reading]) -> Units<'_> {
    let mut units = Units::new();
    for reading in readings.iter().filter(|reading| matches!(reading.role, Role::Metric | Role::Sample)) {
        units.entry(&reading.field).or_default().insert(reading.unit.as_str());
    }
    units
}

/// The metrics of a long table, which are no columns.
fn named_by_rows(
    long: &Decision,
    columns: &[Decision],
    readings: &[Reading],
    units: &Units<'_>,
    lexicon: &Lexicon,
) -> Vec<Decision> {
    let columns: BTreeSet<&str> =
        columns.iter().flat_map(|column| [column.field.as_str(), last(&column.field)]).collect();
    let mut told = BTreeSet::new();
    let named = readings.iter().filter(|reading| !columns.contains(reading.field.as_str()));
    let first = named.filter(|reading| reading.role == Role::Metric && told.insert(reading.field.as_str()));
    let decision = |reading: &Reading| {
        let unit = units.get(reading.field.as_str()).map(listed).unwrap_or_default();
        let unit_why = if unit.is_empty() { NO_UNIT } else { "unit beside it" };
        let mut decision = Decision {
            table: long.table,
            place: long.place.clone(),
            field: reading.field.clone(),
            role: "metric",
            name: reading.metric.clone(),
            unit,
            direction: Some(reading.direction),
            ..Decision::default()
        };
        let words: Vec<&str> = reading.metric.split('_').collect();
        let direction_why = direction_why(&words, Some(&reading.unit), reading.direction, lexicon);
        explain_quantity(&mut decision, unit_why, direction_why);
        decision.why = format!("named by the rows; {}", decision.why);
        decision
    };
    first.take(MOST).map(decision).collect()
}

/// The last key of a field.
fn last(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

fn listed(units: &BTreeSet<&str>) -> String {
    units.iter().copied().filter(|unit| !unit.is_empty()).collect::<Vec<_>>().join(", ")
}

struct Teller<'t> {
    document: &'t Document,
    table: &'t Table,
    index: usize,
    column: &'t Column,
    lexicon: &'t Lexicon,
    /// The rows of the table name their metrics.
    long: bool,
}

impl Teller<'_> {
    fn decision(&self, table: usize, role: &ColumnRole, entry: Option<&Entry>) -> Option<Decision> {
        let mut decision = Decision { table, field: self.field(), role: word_of(role), ..Decision::default() };
        match (role, entry) {
            (ColumnRole::Metric(_), _) if self.long => {
                decision.role = "value";
                decision.why = self.told().unwrap_or("of what the row names").to_owned();
            }
            (ColumnRole::Metric(quantity), Some(entry)) => self.metric(&mut decision, quantity, entry),
            (_, Some(entry)) if entry.role == Role::Count => {
                decision.name.clone_from(&entry.metric);
                decision.unit = entry.unit.as_ref().map(ToString::to_string).unwrap_or_default();
                decision.direction = Some(entry.direction);
                decision.why = self.told().unwrap_or("its name").to_owned();
            }
            (ColumnRole::Param(name), _) => {
                decision.name.clone_from(name);
                decision.why = self.told().unwrap_or_else(|| self.parameter()).to_owned();
            }
            (ColumnRole::Ignore | ColumnRole::Prose, _) => self.ignored(&mut decision)?,
            (ColumnRole::Case, _) => decision.why = self.told().unwrap_or_else(|| self.case()).to_owned(),
            _ => decision.why = self.told().unwrap_or("its name").to_owned(),
        }
        Some(decision)
    }

    /// The name as a rule can use it: keys within the record joined by points.
    fn field(&self) -> String {
        let path = self.column.parents.iter().chain([&self.column.name]);
        path.map(String::as_str).collect::<Vec<_>>().join(".")
    }

    /// Why a column is what it is without inference.
    fn told(&self) -> Option<&'static str> {
        if self.column.ruled.role {
            return Some(RULE);
        }
        self.column.declared.as_ref()?;
        Some(if self.document.tool.is_some() { "documented by the tool" } else { "the layout of the file" })
    }

    fn metric(&self, decision: &mut Decision, quantity: &Quantity, entry: &Entry) {
        decision.name.clone_from(&entry.metric);
        decision.direction = Some(entry.direction);
        if matches!(entry.role, Role::Spread { .. }) {
            decision.role = "spread";
        }
        let unit = quantity.name.unit.clone().or_else(|| self.cells_unit()).or_else(|| entry.owners_unit.clone());
        decision.unit = unit.as_ref().map(ToString::to_string).unwrap_or_default();
        let ruled = &self.column.ruled;
        if self.column.declared.is_some() && ruled.unit.is_none() && ruled.direction.is_none() {
            decision.why = self.told().unwrap_or_default().to_owned();
            return;
        }
        let unit_why = match unit {
            _ if ruled.unit.is_some() => "unit by a rule",
            Some(unit) => self.unit_why(&unit, entry),
            None => NO_UNIT,
        };
        let words: Vec<&str> = quantity.name.base.split('_').collect();
        let direction_why = match ruled.direction {
            Some(_) => "direction by a rule",
            None if entry.role != Role::Metric => "as its metric",
            None => direction_why(&words, quantity.name.unit.as_ref(), quantity.direction, self.lexicon),
        };
        explain_quantity(decision, unit_why, direction_why);
        if entry.role != Role::Metric {
            decision.doubts.clear();
        }
        if ruled.role {
            decision.why = format!("{RULE}; {}", decision.why);
        }
    }

    fn cells_unit(&self) -> Option<Unit> {
        profile(self.table, self.index, self.document.decimal_comma).unit
    }

    fn unit_why(&self, unit: &Unit, entry: &Entry) -> &'static str {
        let in_name = |name: &String| names::parse(name).unit.as_ref() == Some(unit);
        if in_name(&self.column.name) {
            "unit in the name"
        } else if self.column.unit.as_ref() == Some(unit) {
            "unit in the row of units"
        } else if self.cells_unit().as_ref() == Some(unit) {
            "unit in the cells"
        } else if self.column.parents.iter().any(in_name) {
            "unit in the name above"
        } else if entry.owners_unit.as_ref() == Some(unit) {
            "unit of its metric"
        } else if unit.as_str() == "s" && DURATIONS.iter().any(|word| entry.metric.ends_with(word)) {
            "unit assumed"
        } else {
            "unit of its neighbours"
        }
    }

    fn parameter(&self) -> &'static str {
        self.told_by("its name is a setting", "stands before the results and holds no result")
    }

    fn case(&self) -> &'static str {
        self.told_by("its name", "tells the results apart")
    }

    /// Why a column says what a row is about: `named` when its name tells so, `placed` when only its place does.
    fn told_by(&self, named: &'static str, placed: &'static str) -> &'static str {
        match vocabulary::lookup(&self.column.name, &names::snake(&self.column.name)) {
            _ if self.column.origin == Origin::Key => "the key of its record",
            Some(_) => named,
            None => placed,
        }
    }

    /// `None` for what nobody misses.
    fn ignored(&self, decision: &mut Decision) -> Option<()> {
        let name = names::snake(&self.column.name);
        if self.column.ruled.role {
            let subject = meta::param_name(&name);
            if self.column.declared == Some(ColumnRole::Ignore)
                && self.table.layout == Layout::Root
                && self.document.subject.iter().any(|(known, _)| *known == subject)
            {
                (decision.role, decision.name) = ("parameter", subject);
            }
            RULE.clone_into(&mut decision.why);
            return Some(());
        }
        if self.column.declared.is_some() {
            return None;
        }
        if self.table.layout == Layout::Root {
            if let Some((role, name)) = meta::said(self.document, &self.column.parents, &self.column.name) {
                (decision.role, decision.name) = (role, name);
                "its name; holds for the whole file".clone_into(&mut decision.why);
                return Some(());
            }
            if self.column.parents.len() > 1 {
                return None;
            }
        }
        let cells = profile(self.table, self.index, self.document.decimal_comma);
        let word = vocabulary::lookup(&self.column.name, &name);
        decision.why = match word {
            Some(Word::Ignore) => "its name is no result",
            Some(_) => "its name, but not its cells, says something else",
            None if cells.numeric() && cells.filled > 0 => "numbers without a unit under a name that says nothing",
            None => return None,
        }
        .to_owned();
        decision.doubts.extend(word.is_none().then_some(Doubt::Role));
        Some(())
    }
}

/// Why a metric has its direction.
fn direction_why(words: &[&str], unit: Option<&Unit>, direction: Direction, lexicon: &Lexicon) -> &'static str {
    if lexicon.added(words).is_some() {
        return "direction by a word of the configuration";
    }
    match directions::lookup(words, None) {
        Some(known) if known == direction => "direction by its words",
        _ if directions::lookup(words, unit).is_none() => "direction unknown",
        _ => "direction by its unit",
    }
}

/// Writes down why, and what is doubtful about it.
fn explain_quantity(decision: &mut Decision, unit_why: &'static str, direction_why: &'static str) {
    let pure = || decision.name.split('_').any(|word| PURE.contains(&word));
    let vague = unit_why == "unit assumed" || unit_why == NO_UNIT && !pure();
    decision.doubts.extend(vague.then_some(Doubt::Unit));
    decision.doubts.extend((direction_why == "direction unknown").then_some(Doubt::Direction));
    decision.why = format!("{unit_why}; {direction_why}");
}

impl Decision {
    /// Sets what a rule sets for a metric by its name.
    pub(in crate::artifact) fn rule(&mut self, unit: Option<&Unit>, direction: Option<Direction>) {
        if self.direction.is_none() || unit.is_none() && direction.is_none() {
            return;
        }
        let settled = |doubt: &Doubt| match doubt {
            Doubt::Role => false,
            Doubt::Unit => unit.is_some(),
            Doubt::Direction => direction.is_some(),
        };
        self.doubts.retain(|doubt| !settled(doubt));
        self.unit = unit.map_or_else(|| std::mem::take(&mut self.unit), ToString::to_string);
        self.direction = direction.or(self.direction);
        self.why = format!("{}; set by a rule", self.why);
    }
}

fn word_of(role: &ColumnRole) -> &'static str {
    match role {
        ColumnRole::Metric(_) => "metric",
        ColumnRole::Param(_) | ColumnRole::ParamObject => "parameter",
        ColumnRole::Case => "case",
        ColumnRole::Time => "time",
        ColumnRole::Commit => "commit",
        ColumnRole::Branch => "branch",
        ColumnRole::Host => "host",
        ColumnRole::Hardware => "hardware",
        ColumnRole::Error | ColumnRole::Success => "error",
        ColumnRole::Completed | ColumnRole::SampleCount | ColumnRole::Count(_) => "count",
        ColumnRole::Unit => "unit",
        ColumnRole::MetricName => METRIC_NAME,
        ColumnRole::Ignore | ColumnRole::Prose => "ignored",
    }
}

#[cfg(test)]
mod tests;
