//! The tools that are known by name, each family in its own file, and the lists in which they are asked.
//!
//! A tool is known in one of three ways, the first that fits: a [`Schema`] where its output is a table or JSON records whose field
//! names tell it (declarative, serves all its renderings); a [`JsonTool`] where JSON is nested in a way of its own; a
//! [`Format`](super::format::Format) where it writes text for people. What no tool claims is inferred.

mod blocks;
mod clickbench;
mod fio;
mod fio_text;
mod hey;
mod hyperfine;
mod jmeter;
mod jmeter_xml;
mod k6;
mod k6_text;
mod locust;
mod oha;
mod pyperf;
mod sysbench;
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
    &blocks::Text(wrk::Wrk),
    &blocks::Text(hey::Oha),
    &blocks::Text(hey::Ghz),
    &blocks::Text(hey::Hey),
    &blocks::Text(k6_text::K6Text),
    &jmeter_xml::Xml,
    &blocks::Text(sysbench::Sysbench),
    &fio::Json,
    &fio_text::Text,
];

/// In the order in which they are asked.
pub(in crate::artifact) const JSON: &[&dyn JsonTool] =
    &[&pyperf::Pyperf, &clickbench::ClickBench, &k6::K6, &jmeter::Statistics, &oha::OhaJson];

/// In the order in which they are tried on every table.
pub(in crate::artifact) const SCHEMAS: &[&[Schema]] = &[hyperfine::SCHEMAS, jmeter::SCHEMAS, locust::SCHEMAS];
