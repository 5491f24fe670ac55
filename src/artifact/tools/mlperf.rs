//! MLPerf LoadGen: `mlperf_log_summary.txt`.
//!
//! ```text
//! MLPerf Results Summary
//! SUT name : Triton_Server
//! Scenario : Offline
//! Mode     : PerformanceOnly
//! Samples per second: 507.708
//! Result is : VALID
//! …
//! 99.00 percentile latency (ns)   : 68102153900
//! …
//! Test Parameters Used
//! target_qps : 1
//! ```
//!
//! What stands under `Test Parameters Used` is configuration; queries are the unit of work, so rates are in operations a second.
//! In the Offline scenario the latency of a sample only says how long the whole batch took, but less is better all the same.
//! Source: <https://github.com/mlcommons/inference/blob/master/loadgen/README.md>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, count, metric, param};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::infer::names::snake;
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document};
use crate::domain::series::Direction;

pub(super) struct LoadGen;

const TITLE: &str = "MLPerf Results Summary";
const PARAMETERS: &str = "Test Parameters Used";

const SUBJECTS: &[Field] = &[param("SUT name", "sut"), case("Scenario"), param("Mode", "mode")];

/// The parameters that say how much was asked for.
const ASKED: &[Field] = &[
    param("samples_per_query", "samples_per_query"),
    param("target_qps", "target_qps"),
    param("target_latency (ns)", "target_latency_ns"),
    param("max_async_queries", "max_async_queries"),
    param("min_query_count", "min_query_count"),
];

const COUNTS: &[Field] = &[
    count("Samples processed", "samples_processed"),
    count("Queries", "queries"),
    count("queries_issued", "queries_issued"),
];

impl Format for LoadGen {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["mlperf loadgen"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.contains(TITLE) && head.contains("SUT name : ") && head.contains("Scenario : ")
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let (mut part, mut parameters) = (0, false);
        for (number, line) in source.lines() {
            let line = line.trim();
            if line == TITLE {
                sheet.push(std::mem::take(&mut record), Some(part));
                (part, parameters) = (part + 1, false);
            } else if line == PARAMETERS {
                parameters = true;
            } else if let Some((key, text)) = line.rsplit_once(':') {
                put(&mut sheet, &mut record, number, parameters, (key.trim(), text.trim()));
            }
        }
        sheet.push(record, Some(part));
        Ok(sheet.finish("mlperf loadgen"))
    }
}

fn put(sheet: &mut Sheet, record: &mut Record, number: u32, parameters: bool, (key, text): (&str, &str)) {
    let known = if parameters { ASKED } else { SUBJECTS };
    if let Some(field) = known.iter().chain(COUNTS).find(|field| field.key == key) {
        sheet.put(record, number, field, text);
    } else if let Some(role) = result(key).filter(|_| !parameters) {
        sheet.put_as(record, number, key, role, Cell::Text(text.to_owned()));
    }
}

/// What a line of results holds, from its name: `99.00 percentile latency (ns)`, `Completed samples per second`, `QPS w/o loadgen
/// overhead`, `Tokens per second`, `Mean First Token latency (ns)`.
fn result(key: &str) -> Option<ColumnRole> {
    let lower = key.to_ascii_lowercase();
    if let Some(name) = lower.strip_suffix(" (ns)") {
        let mut words: Vec<&str> = name.split_whitespace().collect();
        let stat = *words.first()?;
        let stat = if stat.starts_with(|c: char| c.is_ascii_digit()) || matches!(stat, "min" | "max" | "mean") {
            words.remove(0)
        } else {
            ""
        };
        words.retain(|word| *word != "percentile");
        // The scenario's own result repeats a line of the statistics: it is a quantity of its own.
        if stat.ends_with("th") {
            words.insert(0, "result");
        }
        let stat = stat.trim_end_matches("0").trim_end_matches('.');
        return Some(metric(&words.join("_"), stat, "ns", Direction::Lower));
    }
    let overheads = lower.starts_with("qps ");
    if !overheads && !lower.ends_with("per second") {
        return None;
    }
    let unit = if lower.contains("token") { "tok/s" } else { "ops/s" };
    Some(metric(&snake(key), "", unit, Direction::Higher))
}
