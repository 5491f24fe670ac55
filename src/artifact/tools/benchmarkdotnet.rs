//! BenchmarkDotNet: its JSON exports (full, brief and compressed), and the columns of its CSV and Markdown reports.
//!
//! `Statistics` are nanoseconds for one operation, `OriginalValues` the iterations behind them. `Memory` and `Metrics` hold what
//! diagnosers measured; a metric's descriptor names its unit and whether more is better. Parameters stand in one text (`N=10&Kind=a`), the
//! job at the end of `DisplayInfo`. In reports every cell of a time or a size names its unit; `Ratio` and `Rank` are computed
//! from the other rows. Columns to the left of the mean are the
//! author's parameters. Source: <https://benchmarkdotnet.org/articles/configs/exporters.html>, `JsonExporterBase.cs`.

use serde_json::{Map, Value};

use super::JsonTool;
use crate::artifact::field::{self, Field, case, count, higher, ignore, lower, neutral, param, samples};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::identity;
use crate::artifact::infer::names::snake;
use crate::artifact::schema::{Rest, Rows, Schema};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::artifact::RelPath;
use crate::domain::series::Direction;

pub(super) struct BenchmarkDotNet;

const CASE: Field = case("FullName");
const JOB: Field = param("DisplayInfo", "job");
const N: Field = samples("Statistics.N");
const NUMBERS: &[Field] = &[
    lower("Statistics.Mean", "time", "ns").stat("mean"),
    lower("Statistics.Median", "time", "ns").stat("p50"),
    lower("Statistics.Min", "time", "ns").stat("min"),
    lower("Statistics.Max", "time", "ns").stat("max"),
    neutral("Statistics.StandardDeviation", "time", "ns").stat("std"),
    neutral("Statistics.StandardError", "time", "ns").stat("other"),
    lower("Statistics.Q1", "time", "ns").stat("p25"),
    lower("Statistics.Q3", "time", "ns").stat("p75"),
    neutral("Statistics.InterquartileRange", "time", "ns").stat("other"),
    lower("Memory.BytesAllocatedPerOperation", "memory", "bytes"),
    count("Memory.Gen0Collections", "gen0_collections"),
    count("Memory.Gen1Collections", "gen1_collections"),
    count("Memory.Gen2Collections", "gen2_collections"),
];

impl JsonTool for BenchmarkDotNet {
    fn name(&self) -> &'static str {
        "benchmarkdotnet"
    }

    fn recognises(&self, value: &Value) -> bool {
        let host = value.get("HostEnvironmentInfo");
        host.is_some_and(|host| host.get("BenchmarkDotNetVersion").is_some()) && value.get("Benchmarks").is_some()
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (i, benchmark) in value.get("Benchmarks").and_then(Value::as_array).into_iter().flatten().enumerate() {
            if let Some(benchmark) = benchmark.as_object() {
                let record = record(&mut sheet, benchmark);
                sheet.push_at(record, RowAt::Json(format!("$.Benchmarks[{i}]")), Some(1));
            }
        }
        let mut document = sheet.finish(self.name());
        let processor = value.pointer("/HostEnvironmentInfo/ProcessorName");
        // Old releases wrote an object around the name.
        let processor = processor.map(|name| name.get("Value").unwrap_or(name));
        document.constants.extend(processor.map(|name| (vec!["processor_name".to_owned()], scalar_cell(name))));
        // `Sample.Benchmarks-20200529-164431`: when the run began.
        let title = value.get("Title").and_then(Value::as_str).unwrap_or_default();
        if let Some(time) = identity::time_in_name(&RelPath::new(title.as_bytes())) {
            document.constants.push((vec!["started_at".to_owned()], Cell::Text(time.to_string())));
        }
        document
    }
}

fn record(sheet: &mut Sheet, benchmark: &Map<String, Value>) -> Record {
    let mut record = Record::default();
    let text = |key: &str| benchmark.get(key).and_then(Value::as_str).unwrap_or_default();
    let parts: Vec<&str> =
        ["Namespace", "Type", "Method"].into_iter().map(text).filter(|part| !part.is_empty()).collect();
    sheet.put_json(&mut record, ".FullName", &CASE, Cell::Text(parts.join(".")));
    if let Some(job) = job(text("DisplayInfo")) {
        sheet.put_json(&mut record, ".DisplayInfo", &JOB, Cell::Text(job.to_owned()));
    }
    for (name, value) in text("Parameters").split('&').filter_map(|pair| pair.split_once('=')) {
        let role = param("*", "*").role(name.trim());
        sheet.put_json_as(&mut record, ".Parameters", name.trim(), role, Cell::Text(value.trim().to_owned()));
    }
    let pointer = |key: &str| {
        let (block, name) = key.split_once('.')?;
        benchmark.get(block)?.get(name).filter(|value| !value.is_null())
    };
    for field in std::iter::once(&N).chain(NUMBERS) {
        if let Some(value) = pointer(field.key) {
            sheet.put_json(&mut record, &format!(".{}", field.key), field, scalar_cell(value));
        }
    }
    for (rank, value) in pointer("Statistics.Percentiles").and_then(Value::as_object).into_iter().flatten() {
        // The quartiles and extremes were told already.
        if !matches!(rank.as_str(), "P0" | "P25" | "P50" | "P75" | "P100") {
            let key = format!("Statistics.Percentiles.{rank}");
            let role = field::metric("time", &rank.to_lowercase(), "ns", Direction::Lower);
            sheet.put_json_as(&mut record, &format!(".{key}"), &key, role, scalar_cell(value));
        }
    }
    let values = pointer("Statistics.OriginalValues").and_then(Value::as_array).into_iter().flatten().enumerate();
    let values: Vec<(usize, f64)> = values.filter_map(|(i, value)| Some((i, value.as_f64()?))).collect();
    if !values.is_empty() {
        let role = field::metric("time", "", "ns", Direction::Lower);
        sheet.put_list(&mut record, "Statistics.OriginalValues", role, values);
    }
    for (i, metric) in benchmark.get("Metrics").and_then(Value::as_array).into_iter().flatten().enumerate() {
        diagnosed(sheet, &mut record, i, metric);
    }
    record
}

/// The job's name behind `Type.Method: `; the default one needs none.
fn job(display: &str) -> Option<&str> {
    let (_, job) = display.split_once(": ")?;
    let job = job.split(['(', '[']).next().unwrap_or(job).trim();
    (!job.is_empty() && job != "DefaultJob").then_some(job)
}

/// What a diagnoser measured.
fn diagnosed(sheet: &mut Sheet, record: &mut Record, index: usize, metric: &Value) {
    let said = |key: &str| metric.pointer(&format!("/Descriptor/{key}")).and_then(Value::as_str).unwrap_or_default();
    let (id, unit) = (said("Id"), said("Unit"));
    let more = metric.pointer("/Descriptor/TheGreaterTheBetter").and_then(Value::as_bool);
    // Allocated memory is in `Memory` already.
    if id.is_empty() || id == "Allocated Memory" {
        return;
    }
    let direction = match more {
        Some(true) => Direction::Higher,
        Some(false) => Direction::Lower,
        None => Direction::Neutral,
    };
    let role = field::metric(&snake(id), "", if unit.is_empty() { "-" } else { unit }, direction);
    let cell = metric.get("Value").map(scalar_cell).unwrap_or_default();
    sheet.put_json_as(record, &format!(".Metrics[{index}].Value"), id, role, cell);
}

const REPORT: &[Field] = &[
    case("Namespace"),
    case("Type"),
    case("Method"),
    param("Job", "job"),
    param("Runtime", "runtime"),
    param("Toolchain", "toolchain"),
    param("Platform", "platform"),
    param("Jit", "jit"),
    lower("Mean", "time", "").stat("mean"),
    neutral("Error", "time", "").stat("other"),
    neutral("StdErr", "time", "").stat("other"),
    neutral("StdDev", "time", "").stat("std"),
    lower("Median", "time", "").stat("p50"),
    lower("Min", "time", "").stat("min"),
    lower("Max", "time", "").stat("max"),
    lower("Q1", "time", "").stat("p25"),
    lower("Q3", "time", "").stat("p75"),
    higher("Op/s", "ops_per_second", "ops/s"),
    lower("Allocated", "memory", ""),
    lower("Code Size", "code_size", ""),
    lower("Gen0", "gen0", "-"),
    lower("Gen1", "gen1", "-"),
    lower("Gen2", "gen2", "-"),
    lower("Gen 0", "gen0", "-"),
    lower("Gen 1", "gen1", "-"),
    lower("Gen 2", "gen2", "-"),
    neutral("Ratio", "ratio", "ratio").stat("other"),
    neutral("RatioSD", "ratio", "ratio").stat("other"),
    neutral("Alloc Ratio", "memory_ratio", "ratio").stat("other"),
    ignore("Rank"),
    ignore("Baseline"),
    // Settings of the job, which its name stands for.
    ignore("AnalyzeLaunchVariance"),
    ignore("EvaluateOverhead"),
    ignore("MaxAbsoluteError"),
    ignore("MaxRelativeError"),
    ignore("MinInvokeCount"),
    ignore("MinIterationTime"),
    ignore("OutlierMode"),
    ignore("Affinity"),
    ignore("EnvironmentVariables"),
    ignore("LargeAddressAware"),
    ignore("PowerPlanMode"),
    ignore("AllowVeryLargeObjects"),
    ignore("Concurrent"),
    ignore("CpuGroups"),
    ignore("Force"),
    ignore("HeapAffinitizeMask"),
    ignore("HeapCount"),
    ignore("NoAffinitize"),
    ignore("RetainVm"),
    ignore("Server"),
    ignore("Arguments"),
    ignore("BuildConfiguration"),
    ignore("Clock"),
    ignore("EngineFactory"),
    ignore("NuGetReferences"),
    ignore("IsMutator"),
    ignore("InvocationCount"),
    ignore("IterationCount"),
    ignore("IterationTime"),
    ignore("LaunchCount"),
    ignore("MaxIterationCount"),
    ignore("MaxWarmupIterationCount"),
    ignore("MemoryRandomization"),
    ignore("MinIterationCount"),
    ignore("MinWarmupIterationCount"),
    ignore("RunStrategy"),
    ignore("UnrollFactor"),
    ignore("WarmupCount"),
];

pub(super) const SCHEMAS: &[Schema] = &[Schema {
    tool: "benchmarkdotnet",
    requires: &["Method", "Mean", "Error|StdDev", "StdDev|Job|Ratio|Allocated"],
    fields: REPORT,
    rest: Rest::ParamsBefore("Mean"),
    rows: Rows::OneRun,
}];
