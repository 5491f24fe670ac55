//! optimum-benchmark: the report as JSON (`benchmark_report.json`, or `benchmark.json` with the configuration beside it), CSV with
//! the same keys joined by points, and Markdown.
//!
//! A report has phases (`load_model`, `prefill`, `decode`, `per_token`, `forward`, …), each phase measures memory, latency,
//! throughput, energy and efficiency, and each of these names its unit. The values of a latency are samples; `stdev_` is the
//! deviation in percent of the mean. Source: <https://github.com/huggingface/optimum-benchmark#quickstart>.

use serde_json::{Map, Value};

use super::JsonTool;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, counted, metric, param};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

const PHASE: Field = case("phase");
const MODEL: Field = param("model", "model");
const KINDS: &[&str] = &["memory", "latency", "throughput", "energy", "efficiency"];

/// What the number `name` of a phase's `kind` is; `None` for what optimum-benchmark does not document.
fn role(kind: &str, name: &str, unit: &str) -> Option<ColumnRole> {
    let lower = Direction::Lower;
    Some(match (kind, name) {
        ("latency", "count") => counted("count"),
        ("latency", "mean") => metric("latency", "", unit, lower),
        ("latency", "total") => metric("total_latency", "", unit, lower),
        ("latency", "p50" | "p90" | "p95" | "p99") => metric("latency", name, unit, lower),
        ("latency", "stdev") => metric("latency", "std", unit, lower),
        ("latency", "stdev_") => metric("latency", "other", "percent", Direction::Neutral),
        ("memory" | "energy", name)
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) && !matches!(name, "unit" | "metric") =>
        {
            metric(&format!("{kind}_{name}"), "", unit, lower)
        }
        ("throughput" | "efficiency", "value" | "throughput" | "efficiency") => {
            metric(kind, "", unit, Direction::Higher)
        }
        _ => return None,
    })
}

/// The JSON report.
pub(super) struct OptimumJson;

impl JsonTool for OptimumJson {
    fn name(&self) -> &'static str {
        "optimum-benchmark"
    }

    fn recognises(&self, value: &Value) -> bool {
        let report = value.get("report").unwrap_or(value);
        let measured = |phase: &Value| {
            let latency = phase.get("latency");
            let has = |key: &str| latency.is_some_and(|latency| latency.get(key).is_some());
            has("unit") && (has("values") || has("mean")) && phase.get("throughput").is_some()
        };
        report.as_object().is_some_and(|report| report.values().any(measured))
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        let (root, report) = value.get("report").map_or(("$", value), |report| ("$.report", report));
        let model = value.pointer("/config/backend/model").and_then(Value::as_str);
        for (phase, kinds) in report.as_object().into_iter().flatten() {
            let Some(kinds) = kinds.as_object() else { continue };
            let mut record = Record::default();
            sheet.put_json(&mut record, "", &PHASE, Cell::Text(phase.clone()));
            if let Some(model) = model {
                sheet.put_json(&mut record, "", &MODEL, Cell::Text(model.to_owned()));
            }
            for (kind, numbers) in kinds {
                if let Some(numbers) = numbers.as_object() {
                    numbers_of(&mut sheet, &mut record, kind, numbers);
                }
            }
            sheet.push_at(record, RowAt::Json(format!("{root}.{phase}")), Some(1));
        }
        sheet.finish(self.name())
    }
}

fn numbers_of(sheet: &mut Sheet, record: &mut Record, kind: &str, numbers: &Map<String, Value>) {
    let unit = numbers.get("unit").and_then(Value::as_str).unwrap_or_default();
    for (name, value) in numbers {
        let key = format!("{kind}.{name}");
        if let (Some(value), Some(role)) = (value.as_f64(), role(kind, name, unit)) {
            sheet.put_json_as(record, &format!(".{key}"), &key, role, Cell::Number(value));
        } else if let (Some(list), "latency", "values") = (value.as_array(), kind, name.as_str()) {
            let samples = list.iter().enumerate().filter_map(|(i, v)| Some((i, v.as_f64()?))).collect();
            sheet.put_list(record, &key, metric("latency", "", unit, Direction::Lower), samples);
        }
    }
}

/// The Markdown report: a heading a phase, a heading below it for what was measured, a table of names, values and units.
pub(super) struct OptimumMarkdown;

impl Format for OptimumMarkdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["optimum-benchmark"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let mut lines = source.head().lines().map(str::trim).filter(|line| !line.is_empty());
        let phase = lines.next().is_some_and(|line| line.starts_with("# ") && line.ends_with(':'));
        let kind = lines.next().and_then(kind_of).is_some();
        phase && kind && lines.next().is_some_and(|line| cells(line) == Some(["metric", "value", "unit"]))
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let (mut record, mut phase, mut kind) = (Record::default(), None, "");
        for (number, line) in source.lines() {
            let line = line.trim();
            if let Some(name) = line.strip_prefix("# ") {
                push(&mut sheet, &mut record, phase);
                phase = Some((number, name.trim_end_matches(':')));
            } else if let Some(found) = kind_of(line) {
                push(&mut sheet, &mut record, phase);
                kind = found;
            } else if let Some([name, value, unit]) = cells(line)
                && let Some(role) = role(kind, name, unit)
            {
                sheet.put_as(&mut record, number, name, role, Cell::Text(value.to_owned()));
            }
        }
        push(&mut sheet, &mut record, phase);
        Ok(sheet.finish("optimum-benchmark"))
    }
}

fn push(sheet: &mut Sheet, record: &mut Record, phase: Option<(u32, &str)>) {
    let mut record = std::mem::take(record);
    if let (false, Some((number, phase))) = (record.is_empty(), phase) {
        sheet.put(&mut record, number, &PHASE, phase);
    }
    sheet.push(record, Some(1));
}

/// `## latency:` to `latency`.
fn kind_of(line: &str) -> Option<&'static str> {
    let name = line.strip_prefix("## ")?.trim_end_matches(':');
    KINDS.iter().copied().find(|kind| *kind == name)
}

/// The three cells of a row.
fn cells(line: &str) -> Option<[&str; 3]> {
    let mut cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim);
    let found = [cells.next()?, cells.next()?, cells.next()?];
    cells.next().is_none().then_some(found)
}

/// The CSV report: one row an execution, the keys of the JSON joined by points.
pub(super) struct OptimumCsv;

impl Format for OptimumCsv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["optimum-benchmark"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let header = source.head().lines().next().unwrap_or_default();
        let has = |end: &str| header.split(',').any(|name| name.trim_matches('"').ends_with(end));
        has(".latency.unit") && has(".latency.mean") && (has(".throughput.value") || has(".memory.max_ram"))
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(source.text.as_bytes());
        let rejected = |error: ::csv::Error| Stop::Rejected(error.to_string());
        let header = reader.headers().map_err(rejected)?.clone();
        if header.len() > settings.max_columns {
            return Err(Stop::Rejected(format!("more than {} columns", settings.max_columns)));
        }
        let mut sheet = Sheet::default();
        for (row, found) in (1..).zip(reader.records()) {
            read_row(&mut sheet, row, &header, &found.map_err(rejected)?);
        }
        Ok(sheet.finish("optimum-benchmark"))
    }
}

fn read_row(sheet: &mut Sheet, row: u32, header: &::csv::StringRecord, cells: &::csv::StringRecord) {
    let cell =
        |name: &str| header.iter().position(|h| h == name).and_then(|at| cells.get(at)).filter(|c| !c.is_empty());
    let mut phases: Vec<(&str, Record)> = Vec::new();
    for (name, text) in header.iter().zip(cells) {
        let Some((above, last)) = name.rsplit_once('.') else { continue };
        let Some((phase, kind)) = above.rsplit_once('.') else { continue };
        let Some(role) = role(kind, last, cell(&format!("{above}.unit")).unwrap_or_default()) else { continue };
        if text.is_empty() {
            continue;
        }
        if phases.last().is_none_or(|(open, _)| *open != phase) {
            let mut record = Record::default();
            sheet.put(&mut record, row, &PHASE, phase.strip_prefix("report.").unwrap_or(phase));
            if let Some(model) = cell("config.backend.model") {
                sheet.put(&mut record, row, &MODEL, model);
            }
            phases.push((phase, record));
        }
        if let Some((_, record)) = phases.last_mut() {
            sheet.put_as(record, row, name, role, Cell::Text(text.to_owned()));
        }
    }
    for (_, record) in phases {
        sheet.push_at(record, RowAt::Delimited(row), Some(row));
    }
}
