//! The tools that are known by name, each family in its own file, and the lists in which they are asked.
//!
//! A tool is known in one of three ways, the first that fits: a [`Schema`] where its output is a table or JSON records whose field
//! names tell it (declarative, serves all its renderings); a [`JsonTool`] where JSON is nested in a way of its own; a
//! [`Format`](super::format::Format) where it writes text for people. What no tool claims is inferred.

mod aiperf;
mod clickbench;
mod hyperfine;
mod llama_bench;
mod llama_cpp;
mod mlperf;
mod ollama;
mod pyperf;
mod serving;
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
    &wrk::Wrk,
    &llama_bench::LlamaBenchTable,
    &llama_bench::LlamaBenchSql,
    &llama_cpp::LlamaCpp,
    &serving::ServingTable,
    &aiperf::AiperfCsv,
    &mlperf::LoadGen,
    &ollama::OllamaVerbose,
];

/// In the order in which they are asked.
pub(in crate::artifact) const JSON: &[&dyn JsonTool] = &[&pyperf::Pyperf, &clickbench::ClickBench, &aiperf::AiperfJson, &serving::VllmLatency];

/// In the order in which they are tried on every table.
pub(in crate::artifact) const SCHEMAS: &[&[Schema]] =
    &[hyperfine::SCHEMAS, llama_bench::SCHEMAS, serving::SCHEMAS, ollama::SCHEMAS];
