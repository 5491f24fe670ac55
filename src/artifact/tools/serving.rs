//! Benchmarks of inference servers: `vllm bench serve`, SGLang's `bench_serving`, and their many descendants.
//!
//! vLLM writes one JSON object a run (or appends them), SGLang one line a run; both print the same table:
//!
//! ```text
//! ============ Serving Benchmark Result ============
//! Successful requests:                     100
//! Benchmark duration (s):                  19.92
//! Request throughput (req/s):              5.02
//! ---------------Time to First Token----------------
//! Mean TTFT (ms):                          127.10
//! P99 TTFT (ms):                           137.83
//! ==================================================
//! ```
//!
//! How long a run lasts depends on the load that was asked for, so its duration is good neither way. The table says little of what
//! was asked for; a line above it, its heading, or the arguments that both tools print (`Namespace(…)`) do. Sources:
//! <https://docs.vllm.ai/en/latest/cli/bench/serve/>, <https://docs.sglang.ai/developer_guide/bench_serving.html>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, completed, count, higher, ignore, lower, metric, neutral, param, time};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::schema::{Rest, Rows, Schema};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) const SCHEMAS: &[Schema] = &[
    Schema {
        tool: "sglang bench_serving",
        requires: &[
            "backend",
            "dataset_name",
            "request_rate",
            "completed",
            "duration",
            "output_throughput",
            "median_itl_ms|median_tpot_ms|mean_e2e_latency_ms",
            "random_input_len|sharegpt_output_len|total_output_tokens_retokenized",
        ],
        fields: SGLANG,
        rest: Rest::Ignore,
        rows: Rows::Runs,
    },
    Schema {
        tool: "vllm bench serve",
        requires: &[
            "num_prompts",
            "request_rate",
            "completed",
            "duration",
            "total_input_tokens",
            "request_throughput",
            "mean_ttft_ms|mean_e2el_ms",
        ],
        fields: VLLM,
        rest: Rest::Infer,
        rows: Rows::Runs,
    },
    Schema {
        tool: "vllm bench throughput",
        requires: &["elapsed_time", "num_requests", "total_num_tokens", "requests_per_second", "tokens_per_second"],
        fields: &[
            lower("elapsed_time", "elapsed_time", "s"),
            count("num_requests", "requests"),
            count("total_num_tokens", "tokens"),
            higher("requests_per_second", "requests_per_second", "req/s"),
            higher("tokens_per_second", "tokens_per_second", "tok/s"),
        ],
        rest: Rest::Ignore,
        rows: Rows::Infer,
    },
];

/// Percentiles and means of latencies (`p99_ttft_ms`) say what they are themselves.
const VLLM: &[Field] = &[
    time("date"),
    param("backend", "backend"),
    param("endpoint_type", "backend"),
    param("label", "label"),
    param("model_id", "model"),
    ignore("tokenizer_id"),
    param("num_prompts", "num_prompts"),
    param("request_rate", "request_rate"),
    param("burstiness", "burstiness"),
    param("max_concurrency", "max_concurrency"),
    param("ramp_up_strategy", "ramp_up_strategy"),
    neutral("duration", "duration", "s"),
    completed("completed"),
    count("failed", "failed"),
    count("total_input_tokens", "total_input_tokens"),
    count("total_output_tokens", "total_output_tokens"),
    higher("request_throughput", "request_throughput", "req/s"),
    higher("request_goodput", "request_goodput", "req/s"),
    higher("request_goodput:", "request_goodput", "req/s"),
    higher("output_throughput", "output_throughput", "tok/s"),
    higher("total_token_throughput", "total_token_throughput", "tok/s"),
    higher("max_output_tokens_per_s", "peak_output_throughput", "tok/s"),
    count("max_concurrent_requests", "max_concurrent_requests"),
    ignore("input_lens"),
    ignore("output_lens"),
    ignore("start_times"),
    ignore("ttfts"),
    ignore("itls"),
    ignore("generated_texts"),
    ignore("errors"),
];

const SGLANG: &[Field] = &[
    param("tag", "tag"),
    param("backend", "backend"),
    param("dataset_name", "dataset"),
    param("request_rate", "request_rate"),
    param("max_concurrency", "max_concurrency"),
    param("sharegpt_output_len", "sharegpt_output_len"),
    param("random_input_len", "random_input_len"),
    param("random_output_len", "random_output_len"),
    param("random_range_ratio", "random_range_ratio"),
    neutral("duration", "duration", "s"),
    completed("completed"),
    count("total_input_tokens", "total_input_tokens"),
    count("total_input_text_tokens", "total_input_text_tokens"),
    count("total_input_vision_tokens", "total_input_vision_tokens"),
    count("total_output_tokens", "total_output_tokens"),
    count("total_output_tokens_retokenized", "total_output_tokens_retokenized"),
    higher("request_throughput", "request_throughput", "req/s"),
    higher("input_throughput", "input_throughput", "tok/s"),
    higher("output_throughput", "output_throughput", "tok/s"),
    higher("output_throughput_retokenized", "output_throughput_retokenized", "tok/s"),
    higher("total_throughput", "total_token_throughput", "tok/s"),
    higher("total_throughput_retokenized", "total_token_throughput_retokenized", "tok/s"),
    higher("max_output_tokens_per_s", "peak_output_throughput", "tok/s"),
    count("max_concurrent_requests", "max_concurrent_requests"),
    neutral("concurrency", "concurrency", "-"),
    higher("accept_length", "accept_length", "-"),
    lower("mean_e2e_latency_ms", "e2e_latency", "ms"),
    lower("median_e2e_latency_ms", "e2e_latency", "ms").stat("p50"),
    lower("std_e2e_latency_ms", "e2e_latency", "ms").stat("std"),
    lower("p90_e2e_latency_ms", "e2e_latency", "ms").stat("p90"),
    lower("p95_e2e_latency_ms", "e2e_latency", "ms").stat("p95"),
    lower("p99_e2e_latency_ms", "e2e_latency", "ms").stat("p99"),
    lower("mean_ttft_ms", "ttft", "ms"),
    lower("median_ttft_ms", "ttft", "ms").stat("p50"),
    lower("std_ttft_ms", "ttft", "ms").stat("std"),
    lower("p90_ttft_ms", "ttft", "ms").stat("p90"),
    lower("p95_ttft_ms", "ttft", "ms").stat("p95"),
    lower("p99_ttft_ms", "ttft", "ms").stat("p99"),
    lower("mean_tpot_ms", "tpot", "ms"),
    lower("median_tpot_ms", "tpot", "ms").stat("p50"),
    lower("std_tpot_ms", "tpot", "ms").stat("std"),
    lower("p90_tpot_ms", "tpot", "ms").stat("p90"),
    lower("p95_tpot_ms", "tpot", "ms").stat("p95"),
    lower("p99_tpot_ms", "tpot", "ms").stat("p99"),
    lower("mean_itl_ms", "itl", "ms"),
    lower("median_itl_ms", "itl", "ms").stat("p50"),
    lower("std_itl_ms", "itl", "ms").stat("std"),
    lower("p90_itl_ms", "itl", "ms").stat("p90"),
    lower("p95_itl_ms", "itl", "ms").stat("p95"),
    lower("p99_itl_ms", "itl", "ms").stat("p99"),
    lower("max_itl_ms", "itl", "ms").stat("max"),
];

/// Lines of the table that are more than a statistic and a latency; the keys are compared without letter case.
const LINES: &[Field] = &[
    param("Backend", "backend"),
    param("Traffic request rate", "request_rate"),
    param("Request rate configured (RPS)", "request_rate"),
    param("Max request concurrency", "max_concurrency"),
    param("Max reqeuest concurrency", "max_concurrency"),
    param("Maximum request concurrency", "max_concurrency"),
    completed("Successful requests"),
    count("Failed requests", "failed"),
    neutral("Benchmark duration (s)", "duration", "s"),
    count("Total input tokens", "total_input_tokens"),
    count("Total input text tokens", "total_input_text_tokens"),
    count("Total input vision tokens", "total_input_vision_tokens"),
    count("Total generated tokens", "total_output_tokens"),
    count("Total generated tokens (retokenized)", "total_output_tokens_retokenized"),
    higher("Request throughput (req/s)", "request_throughput", "req/s"),
    higher("Request goodput (req/s)", "request_goodput", "req/s"),
    higher("Input token throughput (tok/s)", "input_throughput", "tok/s"),
    higher("Output token throughput (tok/s)", "output_throughput", "tok/s"),
    higher("Peak output token throughput (tok/s)", "peak_output_throughput", "tok/s"),
    higher("Total token throughput (tok/s)", "total_token_throughput", "tok/s"),
    count("Peak concurrent requests", "max_concurrent_requests"),
    neutral("Concurrency", "concurrency", "-"),
    higher("Accept length", "accept_length", "-"),
];

/// Arguments that both tools print and that tell results apart.
const ARGUMENTS: &[Field] = &[
    param("model", "model"),
    param("backend", "backend"),
    param("dataset_name", "dataset"),
    param("num_prompts", "num_prompts"),
    param("request_rate", "request_rate"),
    param("max_concurrency", "max_concurrency"),
    param("random_input_len", "random_input_len"),
    param("random_output_len", "random_output_len"),
    param("random_range_ratio", "random_range_ratio"),
    param("burstiness", "burstiness"),
];

const TITLE: &str = "= Serving Benchmark Result =";
const LABEL: Field = case("label");

/// `vllm bench latency --output-json`: the seconds of each batch, their mean and percentiles.
pub(super) struct VllmLatency;

impl JsonTool for VllmLatency {
    fn name(&self) -> &'static str {
        "vllm bench latency"
    }

    fn recognises(&self, value: &Value) -> bool {
        let numbers =
            |key: &str| value.get(key).and_then(Value::as_array).is_some_and(|l| l.iter().all(Value::is_number));
        value.get("avg_latency").is_some_and(Value::is_number)
            && numbers("latencies")
            && value.get("percentiles").is_some_and(Value::is_object)
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let role = |stat: &str| metric("latency", stat, "s", Direction::Lower);
        if let Some(mean) = value.get("avg_latency").and_then(Value::as_f64) {
            sheet.put_json_as(&mut record, ".avg_latency", "avg_latency", role(""), Cell::Number(mean));
        }
        let list = value.get("latencies").and_then(Value::as_array).into_iter().flatten();
        let samples = list.enumerate().filter_map(|(i, v)| Some((i, v.as_f64()?))).collect();
        sheet.put_list(&mut record, "latencies", role(""), samples);
        for (rank, value) in value.get("percentiles").and_then(Value::as_object).into_iter().flatten() {
            let Some(value) = value.as_f64() else { continue };
            let path = format!(".percentiles.{rank}");
            sheet.put_json_as(&mut record, &path, rank, role(rank), Cell::Number(value));
        }
        sheet.push_at(record, RowAt::Json("$".to_owned()), Some(1));
        sheet.finish(self.name())
    }
}

/// The table that both print.
pub(super) struct ServingTable;

impl Format for ServingTable {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["serving benchmark"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.contains(TITLE) && (head.contains("Successful requests:") || head.contains("Request throughput (req/s):"))
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut blocks: Vec<(Option<(u32, &str)>, Record)> = Vec::new();
        let mut arguments: Option<(u32, &str)> = None;
        let mut label = None;
        let mut inside = false;
        for (number, line) in source.lines() {
            let line = line.trim();
            if line.contains(TITLE) {
                let mut record = Record::default();
                if let Some((number, text)) = arguments.take() {
                    put_arguments(&mut sheet, &mut record, number, text);
                }
                let label = label.take().filter(|_| record.is_empty());
                blocks.push((label, record));
                inside = true;
            } else if inside && line.len() > 20 && line.bytes().all(|b| b == b'=') {
                inside = false;
            } else if inside && let Some((_, record)) = blocks.last_mut() {
                put_line(&mut sheet, record, number, line);
            } else if line.contains("Namespace(") {
                arguments = Some((number, line));
            } else if let Some(text) = label_of(line) {
                label = Some((number, text));
            }
        }
        let labelled = blocks.len() > 1;
        for (part, (label, mut record)) in (1..).zip(blocks) {
            if let Some((number, text)) = label.filter(|_| labelled) {
                sheet.put(&mut record, number, &LABEL, text);
            }
            sheet.push(record, Some(part));
        }
        Ok(sheet.finish("serving benchmark"))
    }
}

/// A heading, or a short line that ends with a colon: what stands below is about it.
fn label_of(line: &str) -> Option<&str> {
    let heading = line.strip_prefix('#').map(|rest| rest.trim_matches(['#', ' ']));
    let label = heading.or_else(|| line.strip_suffix(':').filter(|text| text.split_whitespace().count() <= 6))?;
    (!label.is_empty() && label.len() <= 80).then_some(label)
}

fn put_line(sheet: &mut Sheet, record: &mut Record, number: u32, line: &str) {
    let Some((key, text)) = line.rsplit_once(':') else { return };
    let (key, text) = (key.trim(), text.trim());
    if text.is_empty() {
        return;
    }
    let known = LINES.iter().find(|field| field.key.eq_ignore_ascii_case(key));
    let role = match known {
        Some(field) => field.role(key),
        None => match latency(key) {
            Some(role) => role,
            None => return,
        },
    };
    sheet.put_as(record, number, key, role, Cell::Text(text.to_owned()));
}

/// `P99 TTFT (ms)`: a statistic of a latency. Everything else in the table is none of the quantities that the tools document.
fn latency(key: &str) -> Option<ColumnRole> {
    let (stat, name) = key.strip_suffix(" (ms)")?.split_once(' ')?;
    let stat = stat.to_ascii_lowercase();
    let rank = stat.strip_prefix('p').is_some_and(|digits| digits.parse::<f64>().is_ok());
    let base = name.trim().to_ascii_lowercase().replace(' ', "_");
    (rank || matches!(stat.as_str(), "mean" | "median" | "std" | "min" | "max")).then(|| {
        let stat = if stat == "median" { "p50" } else { stat.as_str() };
        metric(&base, stat, "ms", Direction::Lower)
    })
}

/// The telling ones of `Namespace(backend='vllm', request_rate=4.0, …)`.
fn put_arguments(sheet: &mut Sheet, record: &mut Record, number: u32, line: &str) {
    let Some((_, list)) = line.split_once("Namespace(") else { return };
    for argument in list.trim_end_matches(')').split(", ") {
        let Some((key, value)) = argument.split_once('=') else { continue };
        let value = value.trim_matches(['\'', '"']);
        if let Some(field) = ARGUMENTS.iter().find(|field| field.key == key)
            && !matches!(value, "None" | "")
        {
            sheet.put(record, number, field, value);
        }
    }
}
