//! ankerl::nanobench: its Markdown tables, and the JSON of `templates::json()`.
//!
//! ```text
//! | relative |      ns/op |          op/s |    err% |   ins/op |     total | Encoding
//! |---------:|-----------:|--------------:|--------:|---------:|----------:|:---------
//! |   100.0% |      16.03 | 62,383,031.82 |    4.6% |   115.00 |      0.01 | `encode`
//! ```
//!
//! The title of the table stands above its last column, the names below it. `relative` compares with the first row in percent (more is
//! faster), `err%` is the median absolute percentage error, `total` the seconds that measuring took. The unit of an operation can be
//! changed (`ns/byte`), time units follow. In JSON all times are seconds.
//! Source: <https://nanobench.ankerl.com/reference.html>.

use serde_json::Value;

use super::JsonTool;
use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, higher, lower, neutral};
use crate::artifact::format::{Format, Source, Stop, scalar_cell};
use crate::artifact::infer::names::is_time;
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::units::Unit;

pub(super) struct Tables;
pub(super) struct Json;

const TITLE: Field = case("title");
const NAME: Field = case("name");

/// A table's columns: name and role, the last one the case.
struct Table<'l> {
    title: &'l str,
    columns: Vec<(&'l str, Option<ColumnRole>)>,
}

impl Format for Tables {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["nanobench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| header(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut table: Option<Table<'_>> = None;
        for (number, line) in source.lines() {
            let cells = cells(line);
            if let Some(found) = header(line) {
                table = Some(found);
            } else if cells.len() < 2 {
                table = None;
            } else if let Some(table) = table.as_ref().filter(|table| table.columns.len() + 1 == cells.len()) {
                row(&mut sheet, number, table, &cells);
            }
        }
        Ok(sheet.finish("nanobench"))
    }
}

fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim();
    let Some(inner) = inner.strip_prefix('|') else { return Vec::new() };
    inner.split('|').map(str::trim).collect()
}

fn header(line: &str) -> Option<Table<'_>> {
    let cells = cells(line);
    let (title, names) = cells.split_last()?;
    let timed =
        |name: &str| name.split_once('/').is_some_and(|(time, per)| is_time(&Unit::new(time)) && !per.is_empty());
    let rate = |name: &str| name.ends_with("/s");
    let known = names.iter().any(|name| timed(name)) && names.iter().any(|name| rate(name)) && names.contains(&"err%");
    known.then(|| Table { title, columns: names.iter().map(|name| (*name, role(name))).collect() })
}

/// What a column is; `None` for what is no result of the benchmark.
fn role(name: &str) -> Option<ColumnRole> {
    let (what, per) = name.split_once('/').unwrap_or((name, ""));
    let role = match what {
        "relative" => higher("", "relative", "percent").stat("other").role(""),
        "err%" => neutral("", "time", "percent").stat("other").role(""),
        "miss%" => lower("", "branch_misses", "percent").role(""),
        "total" => neutral("", "measuring_time", "s").stat("other").role(""),
        "ins" => lower("", "instructions", "count").role(""),
        "cyc" => lower("", "cycles", "count").role(""),
        "bra" => neutral("", "branches", "count").role(""),
        "IPC" => higher("", "instructions_per_cycle", "-").role(""),
        _ if per == "s" => quantity::by_unit(name).role(""),
        // Whatever an operation is called.
        _ if is_time(&Unit::new(what)) => quantity::by_unit(what).role(""),
        // `N` of complexity fits.
        "complexityN" => return None,
        _ => quantity::named(what, None).role(""),
    };
    Some(role)
}

fn row(sheet: &mut Sheet, number: u32, table: &Table<'_>, cells: &[&str]) {
    let Some((name, figures)) = cells.split_last() else { return };
    if name.chars().all(|c| matches!(c, ':' | '-')) {
        return;
    }
    let mut record = Record::default();
    sheet.put(&mut record, number, &TITLE, if table.title == "benchmark" { "" } else { table.title });
    // Unstable results are marked, and their remark follows the name.
    let name = name.split("` (Unstable").next().unwrap_or(name).replace(":wavy_dash:", "");
    sheet.put(&mut record, number, &NAME, name.trim().trim_matches('`'));
    for ((column, role), text) in table.columns.iter().zip(figures) {
        if let Some(role) = role {
            let number_text = text.trim_end_matches('%').replace(',', "");
            sheet.put_as(&mut record, number, column, role.clone(), Cell::Text(number_text));
        }
    }
    sheet.push_at(record, RowAt::Line(number), Some(1));
}

const JSON_FIELDS: &[Field] = &[
    lower("median(elapsed)", "time", "s").stat("p50"),
    neutral("medianAbsolutePercentError(elapsed)", "time", "ratio").stat("other"),
    lower("median(instructions)", "instructions", "count").stat("p50"),
    lower("median(cpucycles)", "cycles", "count").stat("p50"),
    lower("median(contextswitches)", "context_switches", "count").stat("p50"),
    lower("median(pagefaults)", "page_faults", "count").stat("p50"),
    neutral("median(branchinstructions)", "branches", "count").stat("p50"),
    lower("median(branchmisses)", "branch_misses", "count").stat("p50"),
    neutral("totalTime", "measuring_time", "s").stat("other"),
];

impl JsonTool for Json {
    fn name(&self) -> &'static str {
        "nanobench"
    }

    fn recognises(&self, value: &Value) -> bool {
        value.pointer("/results/0").is_some_and(|result| result.get("median(elapsed)").is_some())
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (i, result) in value.get("results").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let mut record = Record::default();
            for field in [TITLE, NAME] {
                let cell = result.get(field.key).map(scalar_cell).unwrap_or_default();
                sheet.put_json(&mut record, &format!(".{}", field.key), &field, cell);
            }
            for field in JSON_FIELDS {
                if let Some(value) = result.get(field.key).filter(|value| value.is_number()) {
                    let path = format!("[\"{}\"]", field.key);
                    sheet.put_json_as(&mut record, &path, field.key, field.role(field.key), scalar_cell(value));
                }
            }
            sheet.push_at(record, RowAt::Json(format!("$.results[{i}]")), Some(1));
        }
        sheet.finish(self.name())
    }
}
