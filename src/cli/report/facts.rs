//! A ledger in print: for people two lines a fact, for scripts one object.

use serde_json::{Value, json};

use super::check::Checked;
use super::path_of;
use crate::cli::output;
use crate::cli::terminal::{Ink, Terminal};
use crate::domain::fact::{CellRange, Fact, Source};
use crate::domain::zone::Zone;
use crate::insight::Ledger;
use crate::store::ReportRow;

/// Stretches of cells that a line for people names.
const RANGES: usize = 4;

/// The facts, two lines each: number, value, unit and name; and below where it comes from.
pub fn for_people(landing: &ReportRow, ledger: &Ledger, zone: &Zone) -> String {
    let terminal = Terminal::of_stdout();
    let mut out = title(landing, ledger, zone);
    for fact in ledger.facts() {
        let (id, value) = (fact.id.to_string(), value(fact));
        let quantity = if fact.unit.is_none() { value } else { format!("{value} {}", fact.unit) };
        let number = terminal.paint(Ink::Heading, &output::plain(&quantity));
        out += &format!("\n{id:<6}{number}  {}\n", output::plain(&fact.name));
        out += &format!("      {}\n", terminal.paint(Ink::Faint, &output::plain(&origin(fact))));
    }
    out
}

/// Which landing, how many facts, and where the report is.
pub fn title(landing: &ReportRow, ledger: &Ledger, zone: &Zone) -> String {
    let (id, at, n) = (landing.landing, zone.show(landing.at), ledger.facts().len());
    let report = path_of(landing).map(|path| format!("report {}\n", output::plain(&path)));
    format!("landing {id} of {at}, {n} facts, hash {}\n{}", ledger.hash(), report.unwrap_or_default())
}

/// One object, with the hash of the ledger, and what came of a check if there was one.
pub fn as_json(landing: &ReportRow, ledger: &Ledger, checked: Option<&Checked>) -> Value {
    let mut object = json!({
        "landing": landing.landing,
        "at": landing.at.to_string(),
        "report": path_of(landing),
        "hash": ledger.hash().to_string(),
        "facts": ledger.facts().iter().map(fact).collect::<Vec<_>>(),
    });
    if let Some(checked) = checked
        && let Some(object) = object.as_object_mut()
    {
        object.insert("check".to_owned(), checked.as_json());
    }
    object
}

fn fact(fact: &Fact) -> Value {
    json!({
        "id": fact.id.to_string(),
        "value": fact.value,
        "unit": fact.unit.as_str(),
        "name": fact.name,
        "source": source(&fact.source),
    })
}

fn source(source: &Source) -> Value {
    match source {
        Source::Cell { path, at, hash } => json!({ "kind": "cell", "path": path, "at": at, "hash": hash.to_string() }),
        Source::Count { what } => json!({ "kind": "count", "what": what }),
        Source::Derived { formula, parents } => {
            let parents: Vec<String> = parents.iter().map(ToString::to_string).collect();
            json!({ "kind": "derived", "formula": formula, "parents": parents })
        }
        Source::Cells { formula, cells, more } => {
            let cells: Vec<Value> = cells
                .iter()
                .map(|range| json!({ "path": range.path, "at": range.place(), "hash": range.hash.to_string() }))
                .collect();
            json!({ "kind": "cells", "formula": formula, "cells": cells, "more": more })
        }
        Source::Setting { key } => json!({ "kind": "setting", "key": key }),
    }
}

/// A number of a file as it stands; a computed one to twelve significant digits, as in the report.
fn value(fact: &Fact) -> String {
    let value = match fact.source {
        Source::Derived { .. } | Source::Cells { .. } => format!("{:.11e}", fact.value).parse().unwrap_or(fact.value),
        Source::Cell { .. } | Source::Count { .. } | Source::Setting { .. } => fact.value,
    };
    value.to_string()
}

/// Where a fact comes from, on one line.
pub fn origin(fact: &Fact) -> String {
    match &fact.source {
        Source::Cell { path, at, hash } => format!("{path}, {at} ({})", hash.short()),
        Source::Count { .. } => "counted over the index".to_owned(),
        Source::Derived { formula, .. } => formula.clone(),
        Source::Cells { formula, cells, more } => {
            let place = |range: &CellRange| format!("{}, {} ({})", range.path, range.place(), range.hash.short());
            let mut places: Vec<String> = cells.iter().take(RANGES).map(place).collect();
            let unnamed = cells.len().saturating_sub(RANGES) as u64;
            if unnamed > 0 {
                places.push(format!("{unnamed} more places (--json lists them)"));
            }
            if *more > 0 {
                places.push(format!("{more} more cells of the index"));
            }
            format!("{formula} of {}", places.join("; "))
        }
        Source::Setting { key } => format!("setting {key}"),
    }
}
