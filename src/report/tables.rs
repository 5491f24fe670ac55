//! Tables as Markdown: each row cites its facts in a last column, and the table of the facts themselves.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::prose::Look;
use super::{escape, number, prose};
use crate::domain::fact::{CellRange, Fact, FactId, Source};
use crate::insight::{Cell, Ledger, Table};

/// Stretches of files that one line of the table of facts names; the index holds the others.
const RANGES: usize = 6;

/// A table with a column of citations.
pub(super) fn table(table: &Table, look: Look<'_>, out: &mut String) {
    let cites = table.rows.iter().any(|row| !Table::refs(row).is_empty());
    let shown = columns(table);
    let titled = || shown.iter().filter_map(|i| table.columns.get(*i));
    let mut titles: Vec<&str> = titled().map(|column| column.title.as_str()).collect();
    let mut rules: Vec<&str> = titled().map(|column| if column.numeric { "---:" } else { "---" }).collect();
    if cites {
        titles.push("facts");
        rules.push("---");
    }
    line(out, titles);
    line(out, rules);
    for row in &table.rows {
        let mut cells: Vec<String> =
            shown.iter().filter_map(|i| row.get(*i)).map(|cell| prose::cell(cell, look)).collect();
        if cites {
            cells.push(prose::references(&Table::refs(row)));
        }
        line(out, cells.iter().map(String::as_str).collect());
    }
    out.push('\n');
    if let Some(left_out) = &table.left_out {
        out.push_str(&prose::cited(left_out, look));
        out.push_str("\n\n");
    }
}

/// The columns that are shown: one without a single entry only takes room.
pub(super) fn columns(table: &Table) -> Vec<usize> {
    let is_shown = |i: &usize| table.rows.iter().any(|row| row.get(*i).is_some_and(|cell| *cell != Cell::Empty));
    (0..table.columns.len()).filter(is_shown).collect()
}

/// Titles of the table of facts.
pub(super) const FACT_TITLES: [&str; 5] = ["fact", "value", "unit", "name", "source"];

/// Every fact: id, value (of a cell as it stands), unit, name and origin. Cells that an earlier fact names are not named again.
pub(super) fn facts(ledger: &Ledger, out: &mut String) {
    line(out, FACT_TITLES.to_vec());
    line(out, vec!["---", "---:", "---", "---", "---"]);
    let mut origins = Origins::default();
    for fact in told(ledger) {
        let source: String = origins.of(fact).iter().map(Piece::markdown).collect();
        let id = fact.id.to_string();
        let (unit, name) = (escape::prose(fact.unit.as_str()), escape::name(&fact.name));
        line(out, vec![&id, &value(fact), &unit, &name, &source]);
    }
    out.push('\n');
}

/// The facts that have a line in the table of facts.
pub(super) fn told(ledger: &Ledger) -> impl Iterator<Item = &Fact> {
    ledger.facts().iter().filter(|fact| !ledger.is_struck(fact.id))
}

/// The value of a fact for the table of facts: of a cell as it stands.
pub(super) fn value(fact: &Fact) -> String {
    match fact.source {
        Source::Derived { .. } | Source::Cells { .. } => number::computed(fact.value),
        Source::Cell { .. } | Source::Count { .. } | Source::Setting { .. } => number::exact(fact.value),
    }
}

/// A piece of the origin of a fact, before a format escapes it.
pub(super) enum Piece<'a> {
    /// Our own words.
    Own(String),
    /// A name out of the data.
    Name(String),
    /// A formula, with names in it; never cut, because without its end it says nothing.
    Formula(&'a str),
    /// Another fact.
    Fact(FactId),
    /// The facts that it is made of, to be set in brackets.
    Parents(&'a [FactId]),
}

impl Piece<'_> {
    fn markdown(&self) -> String {
        match self {
            Self::Own(text) => text.clone(),
            Self::Name(name) => escape::name(name),
            Self::Formula(formula) => escape::whole(formula),
            Self::Fact(id) => id.to_string(),
            Self::Parents(ids) => format!("[{}]", prose::references(ids)),
        }
    }
}

/// Origins of facts, in the order of the table: it remembers which cells were named already.
#[derive(Default)]
pub(super) struct Origins<'a>(HashMap<(&'a [CellRange], u64), FactId>);

impl<'a> Origins<'a> {
    pub(super) fn of(&mut self, fact: &'a Fact) -> Vec<Piece<'a>> {
        match &fact.source {
            Source::Cell { path, at, hash } => place(path, at, hash.short()),
            Source::Count { .. } => vec![Piece::Own("counted over the index".to_owned())],
            Source::Setting { key } => vec![Piece::Own("setting ".to_owned()), Piece::Name(key.clone())],
            Source::Derived { formula, parents } if parents.is_empty() => vec![Piece::Formula(formula)],
            Source::Derived { formula, parents } => {
                vec![Piece::Formula(formula), Piece::Own(" ".to_owned()), Piece::Parents(parents)]
            }
            Source::Cells { formula, cells, more } => match self.0.entry((cells, *more)) {
                Entry::Occupied(first) => {
                    vec![Piece::Formula(formula), Piece::Own(" of ".to_owned()), Piece::Fact(*first.get())]
                }
                Entry::Vacant(free) => {
                    free.insert(fact.id);
                    cells_of(formula, cells, *more)
                }
            },
        }
    }
}

fn place<'a>(path: &str, at: &str, hash: impl std::fmt::Display) -> Vec<Piece<'a>> {
    vec![
        Piece::Name(path.to_owned()),
        Piece::Own(" ".to_owned()),
        Piece::Name(at.to_owned()),
        Piece::Own(format!(" ({hash})")),
    ]
}

fn cells_of<'a>(formula: &'a str, cells: &[CellRange], more: u64) -> Vec<Piece<'a>> {
    let mut parts: Vec<Vec<Piece>> =
        cells.iter().take(RANGES).map(|range| place(&range.path, &range.place(), range.hash.short())).collect();
    let unnamed = cells.len().saturating_sub(RANGES);
    if unnamed > 0 {
        parts.push(vec![Piece::Own(format!("{unnamed} more such ranges in the index"))]);
    }
    if more > 0 {
        parts.push(vec![Piece::Own(format!("{more} more cells in the index"))]);
    }
    let mut pieces = vec![Piece::Formula(formula)];
    for (i, part) in parts.into_iter().enumerate() {
        pieces.push(Piece::Own(if i == 0 { ": " } else { "; " }.to_owned()));
        pieces.extend(part);
    }
    pieces
}

fn line(out: &mut String, cells: Vec<&str>) {
    out.push_str("| ");
    out.push_str(&cells.join(" | "));
    out.push_str(" |\n");
}
