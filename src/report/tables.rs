//! Tables as Markdown: each row cites its facts in a last column, and the table of the facts themselves.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::prose::Look;
use super::{escape, number, prose};
use crate::domain::fact::{CellRange, FactId, Source};
use crate::insight::{Cell, Ledger, Table};

/// Stretches of files that one line of the table of facts names; the index holds the others.
const RANGES: usize = 6;

/// A table with a column of citations.
pub(super) fn table(table: &Table, look: Look<'_>, out: &mut String) {
    let cites = table.rows.iter().any(|row| !Table::refs(row).is_empty());
    // A column without a single entry only takes room.
    let shown = |i: &usize| table.rows.iter().any(|row| row.get(*i).is_some_and(|cell| *cell != Cell::Empty));
    let shown: Vec<usize> = (0..table.columns.len()).filter(shown).collect();
    let columns = || shown.iter().filter_map(|i| table.columns.get(*i));
    let mut titles: Vec<&str> = columns().map(|column| column.title.as_str()).collect();
    let mut rules: Vec<&str> = columns().map(|column| if column.numeric { "---:" } else { "---" }).collect();
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

/// Every fact: id, value (of a cell as it stands), unit, name and origin. Cells that an earlier fact names are not named again.
pub(super) fn facts(ledger: &Ledger, out: &mut String) {
    line(out, vec!["fact", "value", "unit", "name", "source"]);
    line(out, vec!["---", "---:", "---", "---", "---"]);
    let mut named: HashMap<(&[CellRange], u64), FactId> = HashMap::new();
    for fact in ledger.facts().iter().filter(|fact| !ledger.is_struck(fact.id)) {
        let value = match fact.source {
            Source::Derived { .. } | Source::Cells { .. } => number::computed(fact.value),
            Source::Cell { .. } | Source::Count { .. } | Source::Setting { .. } => number::exact(fact.value),
        };
        let source = match &fact.source {
            Source::Cells { formula, cells, more } => match named.entry((cells, *more)) {
                Entry::Occupied(first) => format!("{} of {}", escape::whole(formula), first.get()),
                Entry::Vacant(free) => {
                    free.insert(fact.id);
                    cells_of(formula, cells, *more)
                }
            },
            other => source(other),
        };
        let id = fact.id.to_string();
        let (unit, name) = (escape::prose(fact.unit.as_str()), escape::name(&fact.name));
        line(out, vec![&id, &value, &unit, &name, &source]);
    }
    out.push('\n');
}

fn source(source: &Source) -> String {
    match source {
        Source::Cell { path, at, hash } => format!("{} {} ({})", escape::name(path), escape::name(at), hash.short()),
        Source::Count { .. } => "counted over the index".to_owned(),
        Source::Setting { key } => format!("setting {}", escape::name(key)),
        Source::Derived { formula, parents } if parents.is_empty() => escape::whole(formula),
        Source::Derived { formula, parents } => format!("{} [{}]", escape::whole(formula), prose::references(parents)),
        Source::Cells { formula, cells, more } => cells_of(formula, cells, *more),
    }
}

fn cells_of(formula: &str, cells: &[CellRange], more: u64) -> String {
    let range = |range: &CellRange| {
        format!("{} {} ({})", escape::name(&range.path), escape::name(&range.place()), range.hash.short())
    };
    let mut parts: Vec<String> = cells.iter().take(RANGES).map(range).collect();
    let unnamed = cells.len().saturating_sub(RANGES);
    if unnamed > 0 {
        parts.push(format!("{unnamed} more such ranges in the index"));
    }
    if more > 0 {
        parts.push(format!("{more} more cells in the index"));
    }
    format!("{}: {}", escape::whole(formula), parts.join("; "))
}

fn line(out: &mut String, cells: Vec<&str>) {
    out.push_str("| ");
    out.push_str(&cells.join(" | "));
    out.push_str(" |\n");
}
