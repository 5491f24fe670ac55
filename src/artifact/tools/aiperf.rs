//! NVIDIA AIPerf and GenAI-Perf: the profile export as CSV and JSON.
//!
//! The CSV holds several tables parted by blank lines: statistics of per-request metrics (`Metric,avg,min,…,p99,std`), single values
//! (`Metric,Value`) and the telemetry of the accelerators (`Endpoint,GPU_Index,…,Metric,avg,…`). Metric names are row values with
//! their unit in parentheses, so each row is a record whose columns are statistics of that metric; the metric is its case. The JSON holds one object a metric
//! (`{"unit": "ms", "avg": …, "p99": …}`) beside the settings of the run. Lengths and counts are what the load was made of, no result.
//! Sources: <https://docs.nvidia.com/aiperf/tutorials/metrics-analysis/working-with-profile-export-files>,
//! <https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/perf_analyzer/genai-perf/docs/files.html>.

use serde_json::{Map, Value};

use super::JsonTool;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, counted, metric, param};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::infer::names::{self, snake};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::infer::{directions, time};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Columns of statistics, as CSV and JSON name them, and what they are; sums of a distribution are listed, no series.
const STATISTICS: &[(&str, &str)] = &[
    ("avg", ""),
    ("value", ""),
    ("min", "min"),
    ("max", "max"),
    ("std", "std"),
    ("sum", "other"),
    ("p1", "p1"),
    ("p5", "p5"),
    ("p10", "p10"),
    ("p25", "p25"),
    ("p50", "p50"),
    ("p75", "p75"),
    ("p90", "p90"),
    ("p95", "p95"),
    ("p99", "p99"),
];

const MODEL: Field = param("model", "model");
const CONCURRENCY: Field = param("concurrency", "concurrency");
const REQUEST_RATE: Field = param("request_rate", "request_rate");
const GPU: Field = case("GPU_Index");
const METRIC: Field = case("Metric");
const START: Field = crate::artifact::field::time("start_time");

/// What a metric's number is: `None` for statistics that are none of those above.
fn role(name: &str, unit: &str, statistic: &str) -> Option<ColumnRole> {
    let lower = statistic.to_ascii_lowercase();
    let (_, stat) = STATISTICS.iter().find(|(key, _)| *key == lower)?;
    // The name says that a rate is one user's.
    let (base, unit) = (snake(name), Unit::new(unit.strip_suffix("/user").unwrap_or(unit)));
    let words: Vec<&str> = base.split('_').collect();
    let amount = matches!(unit.as_str(), "" | "tokens" | "requests" | "count" | "images" | "errors");
    let counts = ["count", "length", "tokens", "requests", "isl", "osl", "chunks", "errors"];
    if amount && words.iter().any(|word| counts.contains(word)) {
        return Some(if stat.is_empty() { counted(&base) } else { ColumnRole::Ignore });
    }
    let direction = if base == "benchmark_duration" {
        Direction::Neutral
    } else if unit.as_str().ends_with("/s") {
        Direction::Higher
    } else {
        directions::lookup(&words, Some(&unit)).unwrap_or_default()
    };
    let unit = if unit.is_none() { "-" } else { unit.as_str() };
    Some(metric(&base, stat, unit, direction))
}

/// The CSV.
pub(super) struct AiperfCsv;

impl Format for AiperfCsv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["aiperf"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        let first = head.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let header = first.starts_with("Metric,avg,min,max,") || first.trim() == "Metric,Value";
        header
            && ["Request Latency (", "Request Throughput ("]
                .into_iter()
                .any(|name| head.lines().any(|line| line.trim_start_matches('"').starts_with(name)))
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut header: Vec<String> = Vec::new();
        for (number, line) in source.lines() {
            if line.trim().is_empty() {
                header.clear();
                continue;
            }
            let cells = cells(line)?;
            if cells.len() > settings.max_columns {
                return Err(Stop::Rejected(format!("line {number}: more than {} columns", settings.max_columns)));
            }
            if header.is_empty() {
                header = cells;
                continue;
            }
            let record = row(&mut sheet, &header, &cells, number);
            sheet.push(record, Some(1));
        }
        Ok(sheet.finish("aiperf"))
    }
}

/// The cells of a line; the tools never put a line break into one.
fn cells(line: &str) -> Result<Vec<String>, Stop> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1024)
        .from_reader(line.as_bytes());
    let mut record = ::csv::StringRecord::new();
    reader.read_record(&mut record).map_err(|error| Stop::Rejected(error.to_string()))?;
    Ok(record.iter().map(|cell| cell.trim().to_owned()).collect())
}

fn row(sheet: &mut Sheet, header: &[String], cells: &[String], number: u32) -> Record {
    let mut record = Record::default();
    let Some(at) = header.iter().position(|name| name == "Metric") else { return record };
    let Some(name) = cells.get(at) else { return record };
    let (name, unit) = named(name);
    let unit = if unit == "per sec" { default_unit(&snake(name)) } else { unit };
    for (column, cell) in header.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        if column == GPU.key {
            sheet.put(&mut record, number, &GPU, &format!("GPU {cell}"));
        } else if column == METRIC.key {
            sheet.put(&mut record, number, &METRIC, &snake(name));
        } else if let Some(role) = role(name, unit, column) {
            sheet.put_as(&mut record, number, column, role, Cell::Text(cell.clone()));
        }
    }
    record
}

/// `Time to First Token (ms)` to name and unit: the last parentheses hold it.
fn named(text: &str) -> (&str, &str) {
    match text.trim().strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        Some((name, unit)) => (name.trim(), unit),
        None => (text.trim(), ""),
    }
}

/// The JSON of both tools.
pub(super) struct AiperfJson;

impl JsonTool for AiperfJson {
    fn name(&self) -> &'static str {
        "aiperf"
    }

    fn recognises(&self, value: &Value) -> bool {
        let average = |key: &str| value.get(key).is_some_and(|metric| metric.get("avg").is_some());
        value.get("input_config").is_some_and(Value::is_object)
            && average("request_latency")
            && average("request_throughput")
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (name, entry) in value.as_object().into_iter().flatten() {
            let Some(entry) = entry.as_object().filter(|entry| entry.contains_key("avg")) else { continue };
            let mut record = Record::default();
            sheet.put_json(&mut record, "", &METRIC, Cell::Text(snake(name)));
            settings(&mut sheet, &mut record, value);
            statistics(&mut sheet, &mut record, name, entry);
            sheet.push_at(record, RowAt::Json(format!("$.{name}")), Some(1));
        }
        sheet.finish(self.name())
    }
}

fn statistics(sheet: &mut Sheet, record: &mut Record, name: &str, entry: &Map<String, Value>) {
    let named = names::parse(name);
    let unit = entry.get("unit").and_then(Value::as_str).unwrap_or(default_unit(&named.base));
    for (statistic, value) in entry {
        let Some(value) = value.as_f64() else { continue };
        if let Some(role) = role(name, unit, statistic) {
            sheet.put_json_as(record, &format!(".{statistic}"), statistic, role, Cell::Number(value));
        }
    }
}

/// GenAI-Perf leaves units to its documentation: all of them in early JSON, what is counted in CSV (`per sec`).
fn default_unit(base: &str) -> &'static str {
    match base {
        "request_latency" | "time_to_first_token" | "time_to_second_token" | "inter_token_latency" => "ms",
        "request_throughput" => "req/s",
        "output_token_throughput" | "output_token_throughput_per_user" => "tok/s",
        _ => "",
    }
}

/// What was asked for: both tools keep their arguments in `input_config`, in different places.
fn settings(sheet: &mut Sheet, record: &mut Record, value: &Value) {
    let places: [(&Field, &[&str]); 4] = [
        (
            &MODEL,
            &[
                "/input_config/endpoint/model_names/0",
                "/input_config/models/model_names/0",
                "/input_config/formatted_model_name",
                "/input_config/model/0",
                "/input_config/model",
            ],
        ),
        (
            &CONCURRENCY,
            &[
                "/input_config/loadgen/concurrency",
                "/input_config/perf_analyzer/stimulus/concurrency",
                "/input_config/concurrency",
            ],
        ),
        (&REQUEST_RATE, &["/input_config/loadgen/request_rate", "/input_config/request_rate"]),
        (&START, &["/start_time"]),
    ];
    for (field, pointers) in places {
        let found = pointers.iter().find_map(|pointer| Some((pointer, text(value.pointer(pointer)?)?)));
        if let Some((pointer, text)) = found
            && (field.key != START.key || time::of_text(&text).is_some())
        {
            sheet.put_json(record, &pointer.replace('/', "."), field, Cell::Text(text));
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
