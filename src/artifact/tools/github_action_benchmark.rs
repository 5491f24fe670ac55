//! github-action-benchmark: the `data.js` that it keeps on a branch, and the JSON it takes from tools that it does not know.
//!
//! `data.js` is one assignment of a JSON object to `window.BENCHMARK_DATA`. Under each suite stands a list of runs with their commit,
//! time (epoch milliseconds) and tool; the tool says whether more is better. `range` and `extra` are texts as the tool printed them: a
//! range becomes a spread where it is a number, the rest is prose. Its own input is a list of `{name, unit, value, range?, extra?}`.
//! Source: <https://github.com/benchmark-action/github-action-benchmark>, `src/extract.ts`, `src/write.ts`.

use serde_json::{Map, Value};

use super::JsonTool;
use super::quantity::{self, Told};
use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, commit, param};
use crate::artifact::format::{Format, Source, Stop, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction::{Higher, Lower, Neutral};

pub(super) struct DataJs;
/// What `customBiggerIsBetter` and `customSmallerIsBetter` take; which of the two, the file does not say.
pub(super) struct Custom;

const VARIABLE: &str = "window.BENCHMARK_DATA";
const SUITE: Field = param("suite", "suite");
const NAME: Field = case("name");
const COMMIT: Field = commit("commit.id");
const DATE: Field = field::time("date");

impl Format for DataJs {
    fn name(&self) -> &'static str {
        "js"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["github-action-benchmark"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().trim_start().strip_prefix(VARIABLE).is_some_and(|rest| rest.trim_start().starts_with('='))
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let json = source.text.split_once('=').map_or("", |(_, json)| json);
        let json = json.trim_end().trim_end_matches(';');
        let value: Value = serde_json::from_str(json).map_err(|error| {
            if error.is_eof() { Stop::Incomplete(error.to_string()) } else { Stop::Rejected(error.to_string()) }
        })?;
        let mut sheet = Sheet::default();
        let mut part = 0;
        for (suite, runs) in value.get("entries").and_then(Value::as_object).into_iter().flatten() {
            for (i, run) in runs.as_array().into_iter().flatten().enumerate() {
                part += 1;
                let at = format!("$.entries[{}][{i}]", Value::String(suite.clone()));
                read_run(&mut sheet, suite, run, &at, part);
            }
        }
        Ok(sheet.finish("github-action-benchmark"))
    }
}

fn read_run(sheet: &mut Sheet, suite: &str, run: &Value, at: &str, part: u32) {
    let tool = run.get("tool").and_then(Value::as_str).unwrap_or_default();
    let id = run.pointer("/commit/id").map(scalar_cell).unwrap_or_default();
    let date = run.get("date").map(scalar_cell).unwrap_or_default();
    for (b, bench) in run.get("benches").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(bench) = bench.as_object() else { continue };
        let mut record = Record::default();
        sheet.put_json(&mut record, "", &SUITE, Cell::Text(suite.to_owned()));
        sheet.put_json(&mut record, "", &COMMIT, id.clone());
        sheet.put_json(&mut record, "", &DATE, date.clone());
        read_bench(sheet, &mut record, bench, Some(tool));
        sheet.push_at(record, RowAt::Json(format!("{at}.benches[{b}]")), Some(part));
    }
}

fn read_bench(sheet: &mut Sheet, record: &mut Record, bench: &Map<String, Value>, tool: Option<&str>) {
    let text = |key: &str| bench.get(key).and_then(Value::as_str).unwrap_or_default();
    // Go's lines had all their figures in one unit: `ns/op<tab>16 B/op<tab>1 allocs/op`.
    let mut units = text("unit").split('\t');
    let unit = units.next().unwrap_or_default().trim();
    // Later each figure got an entry of its own, with the unit behind the name.
    let name = text("name");
    let name = name.strip_suffix(unit).and_then(|name| name.strip_suffix(" - ")).unwrap_or(name);
    sheet.put_json(record, ".name", &NAME, Cell::Text(name.to_owned()));
    let told = direct(quantity_of(name, unit), tool);
    let value = match bench.get("value") {
        Some(Value::String(text)) => Cell::Text(text.clone()),
        other => other.map(scalar_cell).unwrap_or_default(),
    };
    sheet.put_json_as(record, ".value", "value", told.role(""), value);
    for (number, unit) in units.filter_map(|more| more.trim().split_once(' ')) {
        let told = quantity::by_unit(unit);
        sheet.put_json_as(record, ".unit", unit.trim(), told.role(""), Cell::Text(number.to_owned()));
    }
    if let Some((number, own)) = range(text("range")) {
        let spread = Told { unit: own.unwrap_or(&told.unit).to_owned(), ..told };
        sheet.put_json_as(record, ".range", "range", spread.role("other"), Cell::Text(number.to_owned()));
    }
}

/// What a value is by its unit, or by the benchmark's name when the unit tells nothing of the direction.
fn quantity_of(name: &str, unit: &str) -> Told {
    let by_unit = quantity::by_unit(unit);
    if by_unit.direction != Neutral {
        return by_unit;
    }
    Told { base: "value".to_owned(), ..quantity::named(name, Some(unit)) }
}

/// The direction as the tool has it: custom ones say it in their name, of the others all but three measure times.
fn direct(told: Told, tool: Option<&str>) -> Told {
    let direction = match tool {
        Some("customBiggerIsBetter") => Higher,
        Some("customSmallerIsBetter") => Lower,
        _ if told.direction != Neutral => told.direction,
        Some("benchmarkjs" | "pytest") => Higher,
        Some("cargo" | "go" | "googlecpp" | "catch2" | "julia" | "jmh" | "benchmarkdotnet" | "benchmarkluau") => Lower,
        _ => Neutral,
    };
    Told { direction, ..told }
}

/// The number of a range, and its unit where that is not the value's: `± 12`, `+/- 1.5`, `±0.74%`, `stddev: 0.0001` (seconds, of
/// pytest-benchmark).
fn range(text: &str) -> Option<(&str, Option<&'static str>)> {
    let trimmed = text.trim();
    let (trimmed, unit) = match trimmed.strip_prefix("stddev:") {
        Some(rest) => (rest, Some("s")),
        None => (trimmed.trim_start_matches('±').trim_start_matches("+/-"), None),
    };
    let (number, unit) = match trimmed.trim().strip_suffix('%') {
        Some(share) => (share.trim(), Some("percent")),
        None => (trimmed.trim(), unit),
    };
    number.parse::<f64>().is_ok().then_some((number, unit))
}

impl JsonTool for Custom {
    fn name(&self) -> &'static str {
        "github-action-benchmark"
    }

    fn recognises(&self, value: &Value) -> bool {
        let known = ["name", "unit", "value", "range", "extra"];
        let entry = |entry: &Value| {
            entry.as_object().is_some_and(|map| {
                known.iter().take(3).all(|key| map.contains_key(*key))
                    && map.keys().all(|key| known.contains(&key.as_str()))
            })
        };
        value.as_array().is_some_and(|list| !list.is_empty() && list.iter().take(100).all(entry))
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (i, bench) in value.as_array().into_iter().flatten().enumerate() {
            let Some(bench) = bench.as_object() else { continue };
            let mut record = Record::default();
            read_bench(&mut sheet, &mut record, bench, None);
            sheet.push_at(record, RowAt::Json(format!("$[{i}]")), Some(1));
        }
        sheet.finish(self.name())
    }
}
