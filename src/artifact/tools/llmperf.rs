//! LLMPerf: the `…_summary.json` of `token_benchmark_ray.py`.
//!
//! One flat object: what was asked for, then `results_` followed by the quantity, its unit and a statistic
//! (`results_ttft_s_quantiles_p99`). Source: <https://github.com/ray-project/llmperf#load-test>.

use crate::artifact::field::{Field, completed, count, higher, ignore, lower, param, time};
use crate::artifact::schema::{Rest, Rows, Schema};

/// All statistics of one quantity.
macro_rules! statistics {
    ($way:ident, $key:literal, $base:literal, $unit:literal) => {
        [
            $way(concat!("results_", $key, "_mean"), $base, $unit),
            $way(concat!("results_", $key, "_min"), $base, $unit).stat("min"),
            $way(concat!("results_", $key, "_max"), $base, $unit).stat("max"),
            $way(concat!("results_", $key, "_stddev"), $base, $unit).stat("std"),
            $way(concat!("results_", $key, "_quantiles_p25"), $base, $unit).stat("p25"),
            $way(concat!("results_", $key, "_quantiles_p50"), $base, $unit).stat("p50"),
            $way(concat!("results_", $key, "_quantiles_p75"), $base, $unit).stat("p75"),
            $way(concat!("results_", $key, "_quantiles_p90"), $base, $unit).stat("p90"),
            $way(concat!("results_", $key, "_quantiles_p95"), $base, $unit).stat("p95"),
            $way(concat!("results_", $key, "_quantiles_p99"), $base, $unit).stat("p99"),
        ]
    };
}

const ITL: [Field; 10] = statistics!(lower, "inter_token_latency_s", "inter_token_latency", "s");
const TTFT: [Field; 10] = statistics!(lower, "ttft_s", "ttft", "s");
const E2E: [Field; 10] = statistics!(lower, "end_to_end_latency_s", "end_to_end_latency", "s");
const RATE: [Field; 10] =
    statistics!(higher, "request_output_throughput_token_per_s", "request_output_throughput", "tok/s");

const OTHERS: [Field; 13] = [
    param("model", "model"),
    param("mean_input_tokens", "mean_input_tokens"),
    param("stddev_input_tokens", "stddev_input_tokens"),
    param("mean_output_tokens", "mean_output_tokens"),
    param("stddev_output_tokens", "stddev_output_tokens"),
    param("num_concurrent_requests", "concurrency"),
    count("results_num_requests_started", "requests_started"),
    lower("results_error_rate", "error_rate", "ratio"),
    count("results_number_errors", "errors"),
    higher("results_mean_output_throughput_token_per_s", "output_throughput", "tok/s"),
    completed("results_num_completed_requests"),
    higher("results_num_completed_requests_per_min", "requests_per_minute", "requests/min"),
    time("timestamp"),
];

pub(super) const SCHEMAS: &[Schema] = &[Schema {
    tool: "llmperf",
    requires: &[
        "num_concurrent_requests",
        "results_ttft_s_mean",
        "results_inter_token_latency_s_mean",
        "results_end_to_end_latency_s_mean",
    ],
    fields: &ALL,
    rest: Rest::Ignore,
    rows: Rows::Runs,
}];

const ALL: [Field; 53] = join();

const fn join() -> [Field; 53] {
    let mut all = [ignore("name"); 53];
    let mut at = 0;
    while at < 10 {
        all[at] = ITL[at];
        all[at + 10] = TTFT[at];
        all[at + 20] = E2E[at];
        all[at + 30] = RATE[at];
        at += 1;
    }
    let mut other = 0;
    while other < 13 {
        all[at + 30 + other] = OTHERS[other];
        other += 1;
    }
    all
}
