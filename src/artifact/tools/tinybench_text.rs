//! tinybench's `bench.table()` as `console.table` prints it.
//!
//! ```text
//! ┌─────────┬───────────┬──────────────────┬────────────────────────┬─────────┐
//! │ (index) │ Task name │ Latency avg (ns) │ Throughput avg (ops/s) │ Samples │
//! ├─────────┼───────────┼──────────────────┼────────────────────────┼─────────┤
//! │ 0       │ 'encode'  │ '3741.5 ± 0.18%' │ '268758 ± 0.02%'       │ 267270  │
//! └─────────┴───────────┴──────────────────┴────────────────────────┴─────────┘
//! ```
//!
//! Headers name quantity, statistic and unit. Behind `±` stands the relative margin of error (of an average, in percent) or the
//! absolute deviation (of a median). Before version 3 the columns were `ops/sec`, `Average Time (ns)` and `Margin`.
//! Source: <https://github.com/tinylibs/tinybench>, `Bench.table`.

use super::quantity::{self, Told};
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, count};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct TinybenchText;

const NAME: Field = case("Task name");
const SAMPLES: Field = count("Samples", "samples");

impl Format for TinybenchText {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["tinybench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| header(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut columns: Option<Vec<&str>> = None;
        for (number, line) in source.lines() {
            if let Some(found) = header(line) {
                columns = Some(found);
            } else if let Some(columns) = columns.as_ref().filter(|columns| columns.len() == cells(line).len()) {
                let mut record = Record::default();
                for (column, text) in columns.iter().zip(cells(line)) {
                    put(&mut sheet, &mut record, number, column, text);
                }
                sheet.push_at(record, RowAt::Line(number), Some(1));
            }
        }
        Ok(sheet.finish("tinybench"))
    }
}

/// The cells of a line of the table, without the quotes of texts.
fn cells(line: &str) -> Vec<&str> {
    let Some(inner) = line.trim().strip_prefix('│').and_then(|line| line.strip_suffix('│')) else {
        return Vec::new();
    };
    inner.split('│').map(|cell| cell.trim().trim_matches('\'')).collect()
}

fn header(line: &str) -> Option<Vec<&str>> {
    let cells = cells(line);
    let timed = cells.iter().any(|cell| cell.starts_with("Latency ") || cell.starts_with("Average Time ("));
    (cells.contains(&"Task name") && timed).then_some(cells)
}

fn put(sheet: &mut Sheet, record: &mut Record, line: u32, column: &str, text: &str) {
    let number = |text: &str| text.trim().replace(',', "");
    let (told, stat) = match column {
        "Task name" => return sheet.put(record, line, &NAME, text),
        "Samples" => return sheet.put(record, line, &SAMPLES, &number(text)),
        // A relative margin of error by itself.
        "Margin" => {
            return spread(sheet, record, line, (column, &quantity::by_unit("ns")), text.trim_start_matches('±'));
        }
        "ops/sec" => (quantity::by_unit(column), ""),
        _ => {
            if !["Latency", "Throughput", "Average Time"].iter().any(|quantity| column.starts_with(quantity)) {
                return;
            }
            let Some((what, unit)) =
                column.split_once('(').and_then(|(what, unit)| Some((what, unit.strip_suffix(')')?)))
            else {
                return;
            };
            let unit = if unit.starts_with("ops") { "ops/s" } else { unit };
            (quantity::by_unit(unit), if what.contains(" med") { "p50" } else { "mean" })
        }
    };
    let (value, around) = text.split_once('±').unwrap_or((text, ""));
    if number(value).parse::<f64>().is_ok() {
        sheet.put_as(record, line, column, told.role(stat), Cell::Text(number(value)));
        spread(sheet, record, line, (column, &told), around);
    }
}

/// What stands behind `±`.
fn spread(sheet: &mut Sheet, record: &mut Record, line: u32, (column, told): (&str, &Told), text: &str) {
    let text = text.trim();
    let share = text.strip_suffix('%');
    if share.unwrap_or(text).trim().parse::<f64>().is_ok() {
        let unit = if share.is_some() { "percent".to_owned() } else { told.unit.clone() };
        let role = Told { unit, ..told.clone() }.role("other");
        sheet.put_as(record, line, &format!("{column} ±"), role, Cell::Text(share.unwrap_or(text).trim().to_owned()));
    }
}
