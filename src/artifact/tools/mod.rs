//! The tools that are known by name, each family in its own file, and the lists in which they are asked.
//!
//! A tool is known in one of three ways, the first that fits: a [`Schema`] where its output is a table or JSON records whose field
//! names tell it (declarative, serves all its renderings); a [`JsonTool`] where JSON is nested in a way of its own; a
//! [`Format`](super::format::Format) where it writes text for people. What no tool claims is inferred.

mod asv;
mod bencher;
mod benchmarkdotnet;
mod benchmarkjs;
mod clickbench;
mod criterion;
mod criterion_text;
mod divan;
mod github_action_benchmark;
mod go_bench;
mod google_benchmark;
mod google_benchmark_text;
mod hyperfine;
mod hyperfine_text;
mod iai_callgrind;
mod jmh;
mod jmh_text;
mod libtest;
mod nanobench;
mod pyperf;
mod pytest_benchmark;
mod quantity;
mod tinybench;
mod wrk;

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
pub(in crate::artifact) const TEXT: &[&dyn Format] = &[
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
    &wrk::Wrk,
];

/// In the order in which they are asked.
pub(in crate::artifact) const JSON: &[&dyn JsonTool] = &[
    &google_benchmark::GoogleBenchmark,
    &criterion::Estimates,
    &criterion::Beside,
    &jmh::Json,
    &pyperf::Pyperf,
    &benchmarkdotnet::BenchmarkDotNet,
    &asv::Asv,
    &tinybench::Vitest,
    &tinybench::Tinybench,
    &github_action_benchmark::Custom,
    &nanobench::Json,
    &bencher::Bencher,
    &clickbench::ClickBench,
];

/// In the order in which they are tried on every table.
pub(in crate::artifact) const SCHEMAS: &[&[Schema]] = &[hyperfine::SCHEMAS, pytest_benchmark::SCHEMAS, benchmarkdotnet::SCHEMAS];
