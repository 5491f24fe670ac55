//! JSON, JSON Lines and concatenated JSON as a document.

use serde_json::Value;

use super::json_tables::Builder;
use super::json_text;
use super::{Format, Source, Stop};
use crate::artifact::Settings;
use crate::artifact::table::{Document, RowAt};
use crate::artifact::tools;
use crate::domain::artifact::ArtifactKind;

/// Any JSON.
pub(in crate::artifact) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let text = source.text.trim_start();
        text.starts_with(['{', '['])
            && (source.hint == Some(ArtifactKind::Json) || begins_json(source.head().trim_start()))
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let values = json_text::values(source.text, settings.max_depth)?;
        let mut builder = Builder::new(settings);
        let format = match values.as_slice() {
            [(_, single)] => {
                if let Some(tool) = tools::JSON.iter().find(|tool| tool.recognises(single)) {
                    return Ok(Document { format: "json", ..tool.read(single, source) });
                }
                builder.root(single);
                "json"
            }
            several => return records(several, settings),
        };
        builder.finish(format).map_err(Stop::Rejected)
    }
}

/// JSON Lines, or a piece of them: also when there is only one line.
pub(super) struct Lines;

impl Format for Lines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        is_lines(source.text)
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        records(&json_text::values(source.text, settings.max_depth)?, settings)
    }
}

/// Whether the first two lines that are not blank hold a whole JSON object each.
pub(super) fn is_lines(text: &str) -> bool {
    let whole = |line: &str| {
        line.starts_with('{') && (serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok() || line.contains("NaN"))
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.next().is_some_and(whole) && lines.next().is_some_and(whole)
}

fn records(values: &[(u32, Value)], settings: &Settings) -> Result<Document, Stop> {
    let mut builder = Builder::new(settings);
    for (line, value) in values {
        lines(&mut builder, *line, value);
    }
    builder.finish("jsonl").map_err(Stop::Rejected)
}

fn lines(builder: &mut Builder<'_>, line: u32, value: &Value) {
    match value {
        Value::Object(map) => builder.record_of(map, RowAt::JsonLine(line, "$".to_owned())),
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                if let Value::Object(map) = item {
                    builder.record_of(map, RowAt::JsonLine(line, format!("$[{i}]")));
                }
            }
        }
        _ => {}
    }
}

/// Whether a text that begins with a bracket begins with JSON: a log may begin with `[INFO]` or `[ 5]`.
fn begins_json(head: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(head).into_iter::<serde::de::IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => {
            let rest = head.get(values.byte_offset()..).unwrap_or_default().trim_start();
            rest.is_empty() || rest.starts_with(['{', '['])
        }
        // Cut by the end of the head, too deep, or with the NaN that Python writes.
        Some(Err(error)) => {
            error.is_eof()
                || !error.is_syntax()
                || head.contains("NaN")
                || head.contains("Infinity")
                || error.to_string().contains("recursion")
        }
        None => false,
    }
}
