//! Benchee of Elixir, as its console formatter prints.
//!
//! ```text
//! ##### With input 1000 rows #####
//! Name                 ips        average  deviation         median         99th %
//! insert_all        2.40 K      416.96 μs    ±29.87%      404.46 μs      811.94 μs
//!
//! Comparison:
//! insert_all        2.40 K
//!
//! Memory usage statistics:
//!
//! Name               average  deviation         median         99th %
//! insert_all         2.40 KB     ±0.00%        2.40 KB        2.40 KB
//! ```
//!
//! Columns are aligned to the right but the first, which may hold blanks: a row is read from its end. The comparison is computed from
//! the rows above it. Lines may stand behind comment marks. Source: <https://hexdocs.pm/benchee>.

use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, higher, neutral, param};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::infer::names::is_time;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

pub(super) struct Benchee;

const NAME: Field = case("Name");
const INPUT: Field = param("input", "input");
const IPS: Field = higher("ips", "ops_per_second", "ops/s");
const DEVIATION: Field = neutral("deviation", "deviation", "percent").stat("other");

impl Format for Benchee {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["benchee"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| header(bare(line)).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut columns: Option<Vec<&str>> = None;
        let (mut input, mut kind) = (None, "");
        for (number, line) in source.lines() {
            let line = bare(line);
            if let Some(found) = line.strip_prefix("With input ") {
                (input, kind) = (Some(found.trim_end_matches(['#', ' '])), "");
            } else if line.ends_with("usage statistics:") || line.ends_with("count statistics:") {
                kind = line.split(' ').next().unwrap_or_default();
            } else if let Some(found) = header(line) {
                columns = Some(found);
            } else if line.is_empty() || line == "Comparison:" {
                columns = None;
            } else if let Some((name, cells)) = columns.as_ref().and_then(|columns| row(line, columns)) {
                let mut record = Record::default();
                sheet.put(&mut record, number, &NAME, name);
                if let Some(input) = input {
                    sheet.put(&mut record, number, &INPUT, input);
                }
                for (column, value, unit) in cells {
                    put(&mut sheet, &mut record, number, kind, (column, value, unit));
                }
                sheet.push_at(record, RowAt::Line(number), Some(1));
            }
        }
        Ok(sheet.finish("benchee"))
    }
}

fn bare(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '#']).trim_end()
}

/// The columns behind the name.
fn header(line: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = line.strip_prefix("Name ")?.split("  ").map(str::trim).filter(|n| !n.is_empty()).collect();
    let known = |name: &&str| {
        matches!(*name, "ips" | "average" | "deviation" | "median" | "mode" | "minimum" | "maximum")
            || name.ends_with("th %")
            || *name == "sample size"
    };
    let statistics = names.contains(&"average") && names.contains(&"deviation");
    (statistics && names.iter().all(known)).then_some(names)
}

/// A column's name, value and unit.
type Figure<'l> = (&'l str, &'l str, &'l str);

/// The name of a row, and what stands in each column.
fn row<'l>(line: &'l str, columns: &[&'l str]) -> Option<(&'l str, Vec<Figure<'l>>)> {
    let mut rest = line;
    let mut cells = Vec::with_capacity(columns.len());
    for column in columns.iter().rev() {
        let (before, last) = rest.trim_end().rsplit_once(' ')?;
        let (value, unit, before) = if last.trim_start_matches('±').trim_end_matches('%').parse::<f64>().is_ok() {
            (last, "", before)
        } else {
            let (before, value) = before.trim_end().rsplit_once(' ')?;
            value.parse::<f64>().ok()?;
            (value, last, before)
        };
        cells.push((*column, value, unit));
        rest = before;
    }
    cells.reverse();
    Some((rest.trim(), cells)).filter(|(name, _)| !name.is_empty())
}

fn put(sheet: &mut Sheet, record: &mut Record, line: u32, kind: &str, (column, value, unit): Figure<'_>) {
    let stat = match column {
        "average" => "mean",
        "median" => "p50",
        "minimum" => "min",
        "maximum" => "max",
        "mode" | "sample size" => return,
        rank => rank,
    };
    match column {
        "ips" => {
            let power = ["", "K", "M", "B", "T"].iter().position(|prefix| *prefix == unit).unwrap_or(0) * 3;
            sheet.put(record, line, &IPS, &format!("{value}e{power}"));
        }
        "deviation" => sheet.put(record, line, &DEVIATION, value.trim_start_matches('±').trim_end_matches('%')),
        _ => {
            let told = quantity::by_unit(unit);
            let role = match kind {
                _ if is_time(&Unit::new(unit)) => told.role(stat),
                "Reduction" => field::metric("reductions", stat, "count", Direction::Lower),
                _ => field::metric("memory", stat, unit, Direction::Lower),
            };
            sheet.put_as(record, line, column, role, Cell::Text(value.to_owned()));
        }
    }
}
