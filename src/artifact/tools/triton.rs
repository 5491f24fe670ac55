//! Triton's `perf_analyzer -f FILE`: one row a load level, all times in microseconds.
//!
//! Source: <https://github.com/triton-inference-server/perf_analyzer/blob/main/docs/measurements_metrics.md>.

use crate::artifact::field::{higher, lower, param};
use crate::artifact::schema::{Rest, Rows, Schema};

pub(super) const SCHEMAS: &[Schema] = &[Schema {
    tool: "perf_analyzer",
    requires: &["Concurrency|Request Rate", "Inferences/Second", "Client Send", "Client Recv"],
    fields: &[
        param("Concurrency", "concurrency"),
        param("Request Rate", "request_rate"),
        higher("Inferences/Second", "inferences_per_second", "inferences/s"),
        lower("Client Send", "client_send", "us"),
        lower("Network+Server Send/Recv", "network_and_server_send_recv", "us"),
        lower("Server Queue", "server_queue", "us"),
        lower("Server Compute Input", "server_compute_input", "us"),
        lower("Server Compute Infer", "server_compute_infer", "us"),
        lower("Server Compute Output", "server_compute_output", "us"),
        lower("Server Cache Hit", "server_cache_hit", "us"),
        lower("Server Cache Miss", "server_cache_miss", "us"),
        lower("Client Recv", "client_recv", "us"),
        lower("Avg latency", "latency", "us"),
        lower("p50 latency", "latency", "us").stat("p50"),
        lower("p90 latency", "latency", "us").stat("p90"),
        lower("p95 latency", "latency", "us").stat("p95"),
        lower("p99 latency", "latency", "us").stat("p99"),
    ],
    rest: Rest::Infer,
    rows: Rows::OneRun,
}];
