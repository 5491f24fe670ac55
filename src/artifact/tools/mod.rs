//! The tools that are known by name, each family in its own file, and the lists in which they are asked.
//!
//! A tool is known in one of three ways, the first that fits: a [`Schema`] where its output is a table or JSON records whose field
//! names tell it (declarative, serves all its renderings); a [`JsonTool`] where JSON is nested in a way of its own; a
//! [`Format`] where it writes text for people ([`blocks::Tool`] does most of it where one file may hold several outputs). What no tool
//! claims is inferred. Every name here has a fixture below `tests/fixtures/formats` and is in the README's list; tests demand both.
//! Nothing here can fail but a [`Format`] that reads, with a [`Stop`](super::format::Stop).

mod ab;
mod aiperf;
mod artillery;
mod asv;
mod benchee;
mod bencher;
mod benchmark_ips;
mod benchmarkdotnet;
mod benchmarkdotnet_md;
mod benchmarkjs;
mod benchmarkjs_json;
mod benchstat;
mod blocks;
mod bombardier;
mod catch2;
mod clickbench;
mod criterion;
mod criterion_text;
mod db_bench;
mod dd;
mod deno_bench;
mod divan;
mod evaluation;
mod evaluation_table;
mod fio;
mod fio_text;
mod gatling;
mod github_action_benchmark;
mod gnu_time;
mod go_bench;
mod google_benchmark;
mod google_benchmark_text;
mod h2load;
mod hey;
mod hyperfine;
mod hyperfine_text;
mod iai_callgrind;
mod iperf;
mod jmeter;
mod jmeter_xml;
mod jmh;
mod jmh_text;
mod julia_benchmark;
mod junit;
mod jvm_suites;
mod k6;
mod k6_text;
mod libtest;
mod lighthouse;
mod llama_bench;
mod llama_cpp;
mod llmperf;
mod locust;
mod markup;
mod memtier;
mod mitata;
mod mlperf;
mod nanobench;
mod nccl;
mod netperf;
mod nvbench;
mod oha;
mod ollama;
mod optimum;
mod osu;
mod paths;
mod perf_stat;
mod pgbench;
mod phpbench;
mod pyperf;
mod pytest_benchmark;
mod quantity;
mod redis;
mod serving;
mod siege;
mod stream;
mod stress_ng;
mod sysbench;
mod tinybench;
mod tinybench_text;
mod triton;
mod trtexec;
mod unixbench;
mod vegeta;
mod wrk;
mod ycsb;

use std::collections::BTreeSet;

use serde_json::Value;

use super::format::{Format, Source};
use super::schema::Schema;
use super::table::Document;

/// A tool that nests JSON in its own way.
pub(in crate::artifact) trait JsonTool: Sync {
    /// The tool's name, for `explain`.
    fn name(&self) -> &'static str;

    /// Whether only this tool writes such a document. Cheap: looks at a few keys.
    fn recognises(&self, value: &Value) -> bool;

    /// Reads the whole document.
    fn read(&self, value: &Value, source: &Source<'_>) -> Document;
}

/// Texts that tools write for people, in the order in which they are asked.
#[rustfmt::skip]
pub(in crate::artifact) const TEXT: &[&dyn Format] = &[
    &blocks::Text(wrk::Wrk),
    &blocks::Text(hey::Oha),
    &blocks::Text(hey::Ghz),
    &blocks::Text(hey::Hey),
    &blocks::Text(k6_text::K6Text),
    &jmeter_xml::Xml,
    &blocks::Text(sysbench::Sysbench),
    &fio::Json,
    &fio_text::Text,
    &google_benchmark_text::Console,
    &google_benchmark_text::Csv,
    &jmh::Csv,
    &jmh_text::JmhText,
    &libtest::Libtest,
    &go_bench::GoBench,
    &criterion_text::CriterionText,
    &benchmarkjs::BenchmarkJs,
    &github_action_benchmark::DataJs,
    &hyperfine_text::HyperfineText,
    &divan::Divan,
    &iai_callgrind::IaiCallgrind,
    &nanobench::Tables,
    &llama_bench::LlamaBenchTable,
    &llama_bench::LlamaBenchSql,
    &llama_cpp::LlamaCpp,
    &serving::ServingTable,
    &aiperf::AiperfCsv,
    &mlperf::LoadGen,
    &ollama::OllamaVerbose,
    &blocks::Text(ab::ApacheBench),
    &blocks::Text(bombardier::Bombardier),
    &blocks::Text(vegeta::Vegeta),
    &blocks::Text(h2load::H2load),
    &blocks::Text(pgbench::Pgbench),
    &blocks::Text(redis::RedisBenchmark),
    &blocks::Text(memtier::Memtier),
    &blocks::Text(db_bench::DbBench),
    &blocks::Text(ycsb::Ycsb),
    &blocks::Text(stream::Stream),
    &blocks::Text(nccl::Nccl),
    &blocks::Text(siege::Siege),
    &blocks::Text(iperf::Iperf),
    &blocks::Text(stress_ng::StressNg),
    &blocks::Text(osu::Osu),
    &blocks::Text(netperf::Netperf),
    &blocks::Text(unixbench::UnixBench),
    &blocks::Text(perf_stat::PerfStat),
    &blocks::Text(gnu_time::GnuTime),
    &blocks::Text(dd::Dd),
    &evaluation_table::EvaluationTable,
    &optimum::OptimumMarkdown,
    &optimum::OptimumCsv,
    &trtexec::Trtexec,
    &nvbench::NvbenchMarkdown,
    &nvbench::NvbenchCsv,
    &catch2::Xml,
    &catch2::Console,
    &phpbench::PhpBench,
    &benchmark_ips::BenchmarkIps,
    &benchee::Benchee,
    &julia_benchmark::JuliaBenchmark,
    &mitata::Text,
    &benchstat::Text,
    &benchstat::Csv,
    &jvm_suites::Text,
    &tinybench_text::TinybenchText,
    &junit::Junit,
    &benchmarkdotnet_md::BenchmarkDotNetMd,
];

/// In the order in which they are asked.
#[rustfmt::skip]
pub(in crate::artifact) const JSON: &[&dyn JsonTool] = &[
    &pyperf::Pyperf,
    &clickbench::ClickBench,
    &k6::K6,
    &jmeter::Statistics,
    &oha::OhaJson,
    &google_benchmark::GoogleBenchmark,
    &criterion::Estimates,
    &criterion::Beside,
    &jmh::Json,
    &benchmarkdotnet::BenchmarkDotNet,
    &asv::Asv,
    &asv::About,
    &tinybench::Vitest,
    &tinybench::Tinybench,
    &github_action_benchmark::Custom,
    &nanobench::Json,
    &bencher::Bencher,
    &aiperf::AiperfJson,
    &serving::VllmLatency,
    &paths::VEGETA,
    &paths::AUTOCANNON,
    &paths::IPERF3,
    &gatling::Gatling,
    &artillery::Artillery,
    &evaluation::LmEval,
    &evaluation::LightEval,
    &optimum::OptimumJson,
    &nvbench::NvbenchJson,
    &deno_bench::DenoBench,
    &benchmarkjs_json::BenchmarkJsJson,
    &jvm_suites::RenaissanceJson,
    &lighthouse::Lighthouse,
    &mitata::Json,
];

/// In the order in which they are tried on every table.
#[rustfmt::skip]
pub(in crate::artifact) const SCHEMAS: &[&[Schema]] = &[
    hyperfine::SCHEMAS,
    jmeter::SCHEMAS,
    locust::SCHEMAS,
    pytest_benchmark::SCHEMAS,
    benchmarkdotnet::SCHEMAS,
    llama_bench::SCHEMAS,
    serving::SCHEMAS,
    ollama::SCHEMAS,
    redis::SCHEMAS,
    llmperf::SCHEMAS,
    triton::SCHEMAS,
];

/// The names of all tools that are known, sorted.
pub(super) fn names() -> Vec<&'static str> {
    let texts = TEXT.iter().flat_map(|format| format.tools());
    let json = JSON.iter().map(|tool| tool.name());
    let schemas = SCHEMAS.iter().copied().flatten().map(|schema| schema.tool);
    let names: BTreeSet<&str> = texts.chain(json).chain(schemas).collect();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_names_its_tool() {
        for (place, format) in TEXT.iter().enumerate() {
            assert!(!format.tools().is_empty(), "number {place} of the texts names no tool");
        }
    }
}
