//! NVBench: `--md`, `--csv` and `--json`.
//!
//! A state is a benchmark on a device with one value for each of its axes. The Markdown table and the CSV hold the axes to the left
//! and what was measured to the right of `Samples`; a column `Noise` is the deviation of the time before it in percent. JSON holds
//! `summaries`, each with its name and value, in seconds and bytes a second. How much of the bandwidth was used is more when it is
//! better. Source: <https://github.com/NVIDIA/nvbench/blob/main/docs/cli_help.md>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, hardware, metric};
use crate::artifact::format::{Format, Lines, Source, Stop};
use crate::artifact::infer::names::snake;
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

const BENCHMARK: Field = case("Benchmark");
const DEVICE: Field = hardware("Device Name");

/// What a measured column is. `before` is the column to its left: noise is of it.
fn role(name: &str, before: &str) -> ColumnRole {
    let (name, unit) = match name.split_once(" (") {
        Some((name, "sec)")) => (name, "s"),
        Some((name, "%)")) => (name, "percent"),
        Some((name, unit)) => (name, unit.trim_end_matches(')')),
        None => (name, ""),
    };
    let unit = unit.strip_suffix("/sec").map_or_else(|| unit.to_owned(), |what| format!("{what}/s"));
    let before = before.split(" (").next().unwrap_or(before);
    match name {
        "Samples" => ColumnRole::SampleCount,
        "Batch" | "Skipped" | "Device" => ColumnRole::Ignore,
        "Noise" => metric(&snake(before), "other", "percent", Direction::Neutral),
        "CPU Time" | "GPU Time" => metric(&snake(name), "", &unit, Direction::Lower),
        "Batch GPU" => metric("batch_gpu_time", "", &unit, Direction::Lower),
        "Elem/s" => metric("elements_per_second", "", "elem/s", Direction::Higher),
        "GlobalMem BW" => metric("global_memory_bandwidth", "", &unit, Direction::Higher),
        "BWUtil" | "BWPeak" => metric("bandwidth_utilization", "", "percent", Direction::Higher),
        other => metric(&snake(other), "", &unit, Direction::Neutral),
    }
}

/// Puts a row: axes up to `Samples` (or `Skipped`), measured columns from there.
fn row(sheet: &mut Sheet, record: &mut Record, number: u32, header: &[&str], cells: &[&str]) {
    let first = header.iter().position(|name| matches!(*name, "Samples" | "Skipped")).unwrap_or(header.len());
    let mut before = "";
    for (at, (&name, text)) in header.iter().zip(cells).enumerate() {
        let role = match name {
            "Benchmark" => ColumnRole::Case,
            "Device Name" => ColumnRole::Hardware,
            "Device" => ColumnRole::Ignore,
            axis if at < first => ColumnRole::Param(snake(axis)),
            name => role(name, before),
        };
        before = name;
        let text = if role == ColumnRole::SampleCount { text.trim_end_matches('x') } else { *text };
        if !text.is_empty() {
            sheet.put_as(record, number, name, role, Cell::Text(text.to_owned()));
        }
    }
}

/// `--md`.
pub(super) struct NvbenchMarkdown;

impl Format for NvbenchMarkdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["nvbench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| cells(line).is_some_and(|cells| is_header(&cells)))
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let (mut header, mut benchmark, mut device): (Vec<&str>, _, _) = (Vec::new(), None, None);
        for (number, line) in source.lines() {
            if let Some(cells) = cells(line) {
                if is_header(&cells) {
                    header = cells;
                } else if !header.is_empty() && !cells.iter().all(|cell| cell.bytes().all(|b| matches!(b, b'-' | b':')))
                {
                    let mut record = Record::default();
                    for (field, text) in [(&BENCHMARK, benchmark), (&DEVICE, device)] {
                        if let Some((number, text)) = text {
                            sheet.put(&mut record, number, field, text);
                        }
                    }
                    row(&mut sheet, &mut record, number, &header, &cells);
                    sheet.push(record, Some(1));
                }
                continue;
            }
            header.clear();
            if let Some(name) = line.strip_prefix("### [") {
                device = name.split_once("] ").map(|(_, name)| (number, name.trim()));
            } else if let Some(name) = line.strip_prefix("## ") {
                benchmark = Some((number, name.trim()));
            }
        }
        Ok(sheet.finish("nvbench"))
    }
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

fn is_header(cells: &[&str]) -> bool {
    ["Samples", "CPU Time", "Noise", "GPU Time"].iter().all(|name| cells.contains(name))
}

/// `--csv`.
pub(super) struct NvbenchCsv;

impl Format for NvbenchCsv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["nvbench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let header = source.head().lines().next().unwrap_or_default();
        header.starts_with("Benchmark,Device,Device Name,")
            && header.contains(",CPU Time (sec),Noise (%),GPU Time (sec)")
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut reader =
            ::csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(source.text.as_bytes());
        let mut sheet = Sheet::default();
        let mut header = ::csv::StringRecord::new();
        let mut lines = Lines::default();
        for found in reader.records() {
            let found = found.map_err(|error| Stop::Rejected(error.to_string()))?;
            let line = lines.of(source.text, &found);
            if found.len() > settings.max_columns {
                return Err(Stop::Rejected(format!("line {line}: more than {} columns", settings.max_columns)));
            }
            // Benchmarks with other axes follow below a header of their own.
            if found.get(0) == Some("Benchmark") {
                header = found;
                continue;
            }
            let (names, cells): (Vec<&str>, Vec<&str>) = (header.iter().collect(), found.iter().collect());
            let mut record = Record::default();
            row(&mut sheet, &mut record, line, &names, &cells);
            sheet.push(record, Some(1));
        }
        Ok(sheet.finish("nvbench"))
    }
}

/// `--json`.
pub(super) struct NvbenchJson;

impl JsonTool for NvbenchJson {
    fn name(&self) -> &'static str {
        "nvbench"
    }

    fn recognises(&self, value: &Value) -> bool {
        let tag =
            |summary: &Value| summary.get("tag").and_then(Value::as_str).is_some_and(|tag| tag.starts_with("nv/"));
        let benchmarks = value.get("benchmarks").and_then(Value::as_array).into_iter().flatten();
        let mut states = benchmarks.filter_map(|benchmark| benchmark.get("states")?.as_array()).flatten();
        states.any(|state| state.get("summaries").and_then(Value::as_array).is_some_and(|all| all.iter().any(tag)))
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (b, benchmark) in value.get("benchmarks").and_then(Value::as_array).into_iter().flatten().enumerate() {
            for (s, state) in benchmark.get("states").and_then(Value::as_array).into_iter().flatten().enumerate() {
                let mut record = Record::default();
                if let Some(name) = benchmark.get("name").and_then(Value::as_str) {
                    sheet.put_json(&mut record, "", &BENCHMARK, Cell::Text(name.to_owned()));
                }
                read_state(&mut sheet, &mut record, state, value);
                sheet.push_at(record, RowAt::Json(format!("$.benchmarks[{b}].states[{s}]")), Some(1));
            }
        }
        sheet.finish(self.name())
    }
}

fn read_state(sheet: &mut Sheet, record: &mut Record, state: &Value, root: &Value) {
    if state.get("is_skipped").and_then(Value::as_bool) == Some(true) {
        return;
    }
    let devices = root.get("devices").and_then(Value::as_array).into_iter().flatten();
    let device =
        devices.into_iter().find(|device| device.get("id").is_some() && device.get("id") == state.get("device"));
    if let Some(name) = device.and_then(|device| device.get("name")?.as_str()) {
        sheet.put_json(record, "", &DEVICE, Cell::Text(name.to_owned()));
    }
    for axis in state.get("axis_values").and_then(Value::as_array).into_iter().flatten() {
        if let (Some(name), Some(value)) = (axis.get("name").and_then(Value::as_str), axis.get("value")) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            sheet.put_json_as(record, "", name, ColumnRole::Param(snake(name)), Cell::Text(text));
        }
    }
    for (i, summary) in state.get("summaries").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(name) = summary.get("name").and_then(Value::as_str) else { continue };
        let tag = summary.get("tag").and_then(Value::as_str).unwrap_or_default();
        let Some((at, value)) = value_of(summary) else { continue };
        let Some(role) = of_summary(name, tag) else { continue };
        sheet.put_json_as(record, &format!(".summaries[{i}].data[{at}].value"), tag, role, Cell::Number(value));
    }
}

/// The entry `value` of a summary; 64-bit numbers are written as text.
fn value_of(summary: &Value) -> Option<(usize, f64)> {
    let data = summary.get("data")?.as_array()?;
    let at = data.iter().position(|entry| entry.get("name").and_then(Value::as_str) == Some("value"))?;
    let value = data.get(at)?.get("value")?;
    Some((at, value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|v: &f64| v.is_finite())?))
}

/// What a summary is by its tag, which is stable; `None` for the settings of the measurement.
fn of_summary(name: &str, tag: &str) -> Option<ColumnRole> {
    Some(match tag {
        "nv/cold/sample_size" => ColumnRole::SampleCount,
        "nv/cold/time/cpu/mean" => role("CPU Time (sec)", ""),
        "nv/cold/time/gpu/mean" => role("GPU Time (sec)", ""),
        "nv/cold/time/cpu/min" => metric("cpu_time", "min", "s", Direction::Lower),
        "nv/cold/time/cpu/max" => metric("cpu_time", "max", "s", Direction::Lower),
        "nv/cold/time/cpu/stdev/absolute" => metric("cpu_time", "std", "s", Direction::Lower),
        "nv/cold/time/gpu/min" => metric("gpu_time", "min", "s", Direction::Lower),
        "nv/cold/time/gpu/max" => metric("gpu_time", "max", "s", Direction::Lower),
        "nv/cold/time/gpu/stdev/absolute" => metric("gpu_time", "std", "s", Direction::Lower),
        "nv/batch/time/gpu/mean" => role("Batch GPU (sec)", ""),
        "nv/cold/bw/item_rate" => role("Elem/s", ""),
        "nv/cold/bw/global/bytes_per_second" => role("GlobalMem BW (bytes/sec)", ""),
        "nv/cold/bw/global/utilization" => metric("bandwidth_utilization", "", "ratio", Direction::Higher),
        // Summaries of the benchmark's own.
        own if !own.starts_with("nv/") => metric(&snake(name), "", "-", Direction::Neutral),
        _ => return None,
    })
}
