//! BenchmarkDotNet's Markdown reports: the table is read as any other; the block above it describes the machine.
//!
//! ```text
//! BenchmarkDotNet v0.14.0, Windows 11 (10.0.22631)
//! Intel Core i7-4710HQ CPU 2.50GHz (Haswell), 1 CPU, 8 logical and 4 physical cores
//! Frequency=2435775 Hz, Resolution=410.5470 ns, Timer=TSC
//! Job=Core  Runtime=Core
//! ```
//!
//! Clock rates and timer resolutions in it look like results and are none. The second line names the processor (in the oldest
//! releases `Processor=` does), `Job=` the settings that all rows share.
//! Source: <https://benchmarkdotnet.org/articles/configs/exporters.html>.

use crate::artifact::Settings;
use crate::artifact::format::{Format, Markdown, Source, Stop};
use crate::artifact::table::{Cell, Document};

pub(super) struct BenchmarkDotNetMd;

impl Format for BenchmarkDotNetMd {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["benchmarkdotnet"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.lines().any(begins)
            && head.lines().any(|line| is_row(line) && line.contains("Method") && line.contains("Mean"))
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut kept = String::with_capacity(source.text.len());
        let mut constants: Vec<(Vec<String>, Cell)> = Vec::new();
        let mut inside = false;
        let mut previous = "";
        for line in source.text.lines() {
            inside = (inside || begins(line)) && !is_row(line);
            if inside && begins(previous) && !line.trim().is_empty() {
                constants.extend(processor(line).map(|name| (vec!["processor_name".to_owned()], Cell::Text(name))));
            }
            // Lines keep their numbers; fences stay closed.
            if !inside || line.trim_start().starts_with("```") {
                kept.push_str(line);
            }
            kept.push('\n');
            previous = line;
        }
        let described = Source { text: &kept, path: source.path, hint: source.hint };
        let mut document = Markdown.read(&described, settings)?;
        document.constants.extend(constants);
        Ok(document)
    }
}

fn begins(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("BenchmarkDotNet v") || line.starts_with("BenchmarkDotNet=v")
}

fn is_row(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// `Intel Core i7-4710HQ CPU 2.50GHz (Haswell), 1 CPU, …`, or `Processor=Intel(R) …, ProcessorCount=8`.
fn processor(line: &str) -> Option<String> {
    let line = line.trim().strip_prefix("Processor=").unwrap_or(line.trim());
    let (name, rest) = line.split_once(", ")?;
    (rest.contains("CPU") || rest.contains("core") || rest.contains("ProcessorCount=")).then(|| name.trim().to_owned())
}
