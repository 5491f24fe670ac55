//! DaCapo and Renaissance: application benchmarks of the Java virtual machine.
//!
//! ```text
//! ===== DaCapo 23.11-chopin lusearch completed warmup 1 in 3420 msec =====
//! ===== DaCapo 23.11-chopin lusearch PASSED in 2502 msec =====
//! ===== DaCapo simple tail latency: 50% 69 usec, 99.9% 8900 usec, max 47697 usec, measured over 524288 events =====
//! ====== scala-kmeans (scala) [default], iteration 0 completed (214.788 ms) ======
//! ```
//!
//! DaCapo's warm-ups are no results; the tail latencies that follow them are not either. Renaissance tells nothing of warming up: its
//! iterations are samples of one case, in text and in the JSON of `--json` (`data.NAME.results[].duration_ns`).
//! Source: <https://www.dacapobench.org>, <https://renaissance.dev/docs>.

use serde_json::Value;

use super::JsonTool;
use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, count, lower, param};
use crate::artifact::format::{Format, Source, Stop, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct Text;
pub(super) struct RenaissanceJson;

const NAME: Field = case("benchmark");
const VERSION: Field = param("version", "version");
const CONFIGURATION: Field = param("configuration", "configuration");
const TIME: Field = lower("time", "time", "ms");
const EVENTS: Field = count("events", "events");

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["dacapo", "renaissance"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| passed(line).is_some() || iteration(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        // DaCapo's benchmark that the tail latencies are of.
        let mut latest = None;
        let mut tool = "renaissance";
        for (number, line) in source.lines() {
            if let Some((version, name, time)) = passed(line) {
                (tool, latest) = ("dacapo", Some((version, name)));
                let mut record = dacapo(&mut sheet, number, (version, name));
                sheet.put(&mut record, number, &TIME, time);
                sheet.push_at(record, RowAt::Line(number), Some(1));
            } else if let Some((name, configuration, time)) = iteration(line) {
                let mut record = Record::default();
                sheet.put(&mut record, number, &NAME, name);
                sheet.put(&mut record, number, &CONFIGURATION, configuration);
                sheet.put(&mut record, number, &TIME, time);
                sheet.push_at(record, RowAt::Line(number), Some(1));
            } else if let Some((kind, figures)) =
                line.strip_prefix("===== DaCapo ").and_then(|l| l.split_once(" latency: "))
            {
                if let Some(subject) = latest {
                    let record = latencies(&mut sheet, number, subject, (kind, figures));
                    sheet.push_at(record, RowAt::Line(number), Some(1));
                }
            } else if line.starts_with("===== DaCapo ") && (line.contains(" starting") || line.contains(" warmup ")) {
                latest = None;
            }
        }
        Ok(sheet.finish(tool))
    }
}

/// Version, benchmark and milliseconds of a timed iteration.
fn passed(line: &str) -> Option<(&str, &str, &str)> {
    let (subject, time) = line.strip_prefix("===== DaCapo ")?.split_once(" PASSED in ")?;
    let time = time.split_once(" msec")?.0;
    let (version, name) = subject.rsplit_once(' ').unwrap_or(("", subject));
    time.parse::<f64>().is_ok().then_some((version, name, time))
}

/// Benchmark, configuration and milliseconds of an iteration.
fn iteration(line: &str) -> Option<(&str, &str, &str)> {
    let (subject, rest) = line.strip_prefix("====== ")?.split_once(", iteration ")?;
    let time = rest.split_once(" completed (")?.1.split_once(" ms)")?.0;
    let (name, configuration) = subject.split_once(" [").unwrap_or((subject, ""));
    let name = name.split(" (").next().unwrap_or(name);
    time.parse::<f64>().is_ok().then_some((name, configuration.trim_end_matches(']'), time))
}

fn dacapo(sheet: &mut Sheet, line: u32, (version, name): (&str, &str)) -> Record {
    let mut record = Record::default();
    sheet.put(&mut record, line, &NAME, name);
    sheet.put(&mut record, line, &VERSION, version);
    record
}

/// `50% 69 usec, 99.9% 8900 usec, max 47697 usec, measured over 524288 events`
fn latencies(sheet: &mut Sheet, line: u32, subject: (&str, &str), (kind, figures): (&str, &str)) -> Record {
    let mut record = dacapo(sheet, line, subject);
    let base = format!("{}_latency", kind.trim_end_matches(" tail"));
    for part in figures.trim_end_matches(['=', ' ']).split(", ") {
        match part.split(' ').collect::<Vec<&str>>().as_slice() {
            [rank, value, unit] => {
                let unit = quantity::by_unit(unit).unit;
                let role = field::metric(&base, rank, &unit, Direction::Lower);
                sheet.put_as(&mut record, line, rank, role, Cell::Text((*value).to_owned()));
            }
            ["measured", "over", events, _] => sheet.put(&mut record, line, &EVENTS, events),
            _ => {}
        }
    }
    record
}

impl JsonTool for RenaissanceJson {
    fn name(&self) -> &'static str {
        "renaissance"
    }

    fn recognises(&self, value: &Value) -> bool {
        let data = value.get("data").and_then(Value::as_object);
        data.and_then(|data| data.values().next())
            .is_some_and(|first| first.pointer("/results/0/duration_ns").is_some())
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (name, entry) in value.get("data").and_then(Value::as_object).into_iter().flatten() {
            for (i, result) in entry.get("results").and_then(Value::as_array).into_iter().flatten().enumerate() {
                let mut record = Record::default();
                sheet.put_json(&mut record, "", &NAME, Cell::Text(name.clone()));
                let role = field::metric("time", "", "ns", Direction::Lower);
                let cell = result.get("duration_ns").map(scalar_cell).unwrap_or_default();
                sheet.put_json_as(&mut record, ".duration_ns", "duration_ns", role, cell);
                let at = format!("$.data[{}].results[{i}]", Value::String(name.clone()));
                sheet.push_at(record, RowAt::Json(at), Some(1));
            }
        }
        sheet.finish(self.name())
    }
}
