//! JMeter: sample logs as XML.
//!
//! ```text
//! <testResults version="1.2">
//! <httpSample t="183" it="0" lt="180" ct="41" ts="1700000000123" s="true" lb="Home" rc="200" rm="OK" tn="Users 1-1" by="1526" sby="118"/>
//! ```
//!
//! A sample is an element whose attributes are the columns of the CSV log under short names; it may hold others (the parts of a
//! page or a transaction), which are samples too. Only start tags matter. What is cut in the middle ends the log: JMeter writes the closing
//! tag last. Source: <https://jmeter.apache.org/usermanual/listeners.html#xmlformat2.1>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, lower, neutral, time};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::Document;

pub(super) struct Xml;

const ATTRIBUTES: &[Field] = &[
    time("ts"),
    case("lb"),
    lower("t", "elapsed", "ms"),
    lower("lt", "latency", "ms"),
    lower("ct", "connect", "ms"),
    neutral("it", "idle_time", "ms"),
    neutral("by", "response_size", "bytes"),
    neutral("sby", "request_size", "bytes"),
];

impl Format for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["jmeter"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.trim_start().starts_with('<') && head.contains("<testResults")
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let (mut line, mut closed) = (1u32, false);
        for (index, piece) in source.text.split('<').enumerate() {
            if index > 0 {
                closed |= piece.starts_with("/testResults") || piece.starts_with("testResults/");
                if piece.starts_with("httpSample ") || piece.starts_with("sample ") {
                    sample(&mut sheet, line, piece);
                }
            }
            let ends = piece.bytes().filter(|byte| *byte == b'\n').count();
            line = line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        }
        if !closed {
            return Err(Stop::Incomplete("<testResults> is not closed".to_owned()));
        }
        Ok(sheet.finish("jmeter"))
    }
}

/// Reads the attributes of a tag; `piece` is what stands between its `<` and the next. A value may hold `>`.
fn sample(sheet: &mut Sheet, line: u32, piece: &str) {
    let mut record = Record::default();
    let mut rest = piece;
    while let Some((before, behind)) = rest.split_once('=').filter(|(before, _)| !before.contains('>')) {
        let name = before.split_whitespace().last().unwrap_or_default();
        let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some((value, after)) = quote.and_then(|quote| behind.get(1..)?.split_once(quote)) else { break };
        if let Some(field) = ATTRIBUTES.iter().find(|field| field.key == name) {
            sheet.put(&mut record, line, field, &plain(value));
        }
        rest = after;
    }
    sheet.push(record, Some(1));
}

/// Text without the entities that attributes need.
fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&amp;", "&")
}
