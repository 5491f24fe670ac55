//! Why every column was taken for what it is: for `explain`, so that a person can check the reading and mend it with a rule.
//!
//! Reasons are told after the fact, from the same words and cells that decided; they decide nothing themselves.

use super::directions::{self, Lexicon};
use super::names;
use super::profile::profile;
use super::roles::{ColumnRole, Quantity};
use super::vocabulary::{self, Word};
use crate::artifact::Decision;
use crate::artifact::table::{Column, Document, Layout, Origin, Table};
use crate::domain::series::Direction;

/// Columns told of at most; wider files repeat themselves.
const MOST: usize = 500;

/// What was decided for the columns of every table that holds results, or numbers that were passed over.
pub(super) fn of(document: &Document, roles: &[Vec<ColumnRole>], lexicon: &Lexicon) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for (number, (table, roles)) in (1..).zip(document.tables.iter().zip(roles)) {
        for (index, (column, role)) in table.columns.iter().zip(roles).enumerate() {
            if column.origin == Origin::Inherited || decisions.len() >= MOST {
                continue;
            }
            let teller = Teller { document, table, index, column, lexicon };
            decisions.extend(teller.decision(number, role));
        }
    }
    decisions
}

struct Teller<'t> {
    document: &'t Document,
    table: &'t Table,
    index: usize,
    column: &'t Column,
    lexicon: &'t Lexicon,
}

impl Teller<'_> {
    fn decision(&self, table: usize, role: &ColumnRole) -> Option<Decision> {
        let mut decision = Decision {
            table,
            field: self.field(),
            role: word_of(role),
            name: String::new(),
            unit: String::new(),
            direction: None,
            why: String::new(),
            sure: true,
        };
        match role {
            ColumnRole::Metric(quantity) => self.metric(&mut decision, quantity),
            ColumnRole::Param(name) => {
                decision.name.clone_from(name);
                decision.why = self.told().unwrap_or_else(|| self.parameter()).to_owned();
            }
            ColumnRole::Ignore | ColumnRole::Prose => self.ignored(&mut decision)?,
            _ => decision.why = self.told().unwrap_or("its name").to_owned(),
        }
        Some(decision)
    }

    /// The name as a rule can use it: keys within the record joined by points.
    fn field(&self) -> String {
        let path = self.column.parents.iter().chain([&self.column.name]);
        path.map(String::as_str).collect::<Vec<_>>().join(".")
    }

    /// Why a declared column is what it is.
    fn told(&self) -> Option<&'static str> {
        self.column.declared.as_ref()?;
        Some(if self.document.tool.is_some() { "documented by the tool" } else { "a rule of the configuration" })
    }

    fn metric(&self, decision: &mut Decision, quantity: &Quantity) {
        decision.name = quantity.name.metric();
        decision.direction = Some(quantity.direction);
        let cells = profile(self.table, self.index, self.document.decimal_comma);
        let unit = quantity.name.unit.as_ref().or(cells.unit.as_ref());
        decision.unit = unit.map(ToString::to_string).unwrap_or_default();
        if let Some(why) = self.told() {
            why.clone_into(&mut decision.why);
            return;
        }
        let by_name = names::parse(&self.column.name).unit;
        let unit_why = match unit {
            None => "no unit found",
            Some(unit) if by_name.as_ref() == Some(unit) => "unit in the name",
            Some(unit) if self.column.unit.as_ref() == Some(unit) => "unit in the row of units",
            Some(unit) if cells.unit.as_ref() == Some(unit) => "unit in the cells",
            Some(unit) if self.column.parents.iter().any(|p| names::parse(p).unit.as_ref() == Some(unit)) => {
                "unit in the name above"
            }
            Some(unit) if names::is_time(unit) => "unit assumed",
            Some(_) => "unit of its neighbours",
        };
        let words: Vec<&str> = quantity.name.base.split('_').collect();
        let direction_why = match (directions::lookup(&words, None), quantity.direction) {
            (None, Direction::Neutral) if self.lexicon.lookup(&words, unit).is_none() => "direction unknown",
            (Some(known), direction) if known == direction => "direction by its words",
            (None, Direction::Neutral) => "direction by the dictionary",
            _ => "direction by its unit",
        };
        decision.sure = !matches!(unit_why, "no unit found" | "unit assumed") && direction_why != "direction unknown";
        decision.why = format!("{unit_why}; {direction_why}");
    }

    fn parameter(&self) -> &'static str {
        match vocabulary::lookup(&self.column.name, &names::snake(&self.column.name)) {
            Some(_) => "its name is a setting",
            None if self.column.origin == Origin::Key => "the key of its record",
            None => "stands before the results and holds no result",
        }
    }

    /// `None` for what nobody misses.
    fn ignored(&self, decision: &mut Decision) -> Option<()> {
        if self.column.declared.is_some() || self.table.layout == Layout::Root && self.column.parents.len() > 1 {
            return None;
        }
        let cells = profile(self.table, self.index, self.document.decimal_comma);
        let word = vocabulary::lookup(&self.column.name, &names::snake(&self.column.name));
        decision.why = match word {
            Some(Word::Ignore) => "its name is no result",
            Some(_) => "its name, but not its cells, says something else",
            None if cells.numeric() && cells.filled > 0 => "numbers without a unit under a name that says nothing",
            None => return None,
        }
        .to_owned();
        decision.sure = word.is_some();
        Some(())
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
        ColumnRole::MetricName => "metric name",
        ColumnRole::Ignore | ColumnRole::Prose => "ignored",
    }
}
