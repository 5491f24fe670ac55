//! JSON, JSON Lines and concatenated JSON as a document.

use serde_json::Value;

use super::json_tables::Builder;
use super::json_text;
use super::{Format, Source, Stop};
use crate::artifact::Settings;
use crate::artifact::table::{Document, RowAt};
use crate::artifact::tools;

/// Any JSON.
pub(in crate::artifact) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.text.trim_start().starts_with(['{', '['])
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
            several => {
                for (line, value) in several {
                    lines(&mut builder, *line, value);
                }
                "jsonl"
            }
        };
        builder.finish(format).map_err(Stop::Rejected)
    }
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
