//! Ollama: the statistics of `ollama run --verbose`, one or many in a file, and the responses of its API.
//!
//! ```text
//! total duration:       4m8.272862375s
//! load duration:        16.0598ms
//! prompt eval count:    11 token(s)
//! prompt eval duration: 338ms
//! prompt eval rate:     32.54 tokens/s
//! eval count:           882 token(s)
//! eval duration:        6.377s
//! eval rate:            138.31 tokens/s
//! ```
//!
//! Durations are written by Go, in the unit that suits them. The model is named by the command that was typed (`ollama run NAME`) or
//! by the table of `ollama ps`; the answers in between are prose and hold no results. The API gives all durations in nanoseconds;
//! `context` and `response` are the conversation. Sources: <https://github.com/ollama/ollama/blob/main/docs/api.md>,
//! <https://github.com/ollama/ollama/blob/main/docs/cli.mdx>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, count, error, higher, lower, param, time};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::infer::number::{self, Scan};
use crate::artifact::schema::{Rest, Rows, Schema};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::Document;

pub(super) const SCHEMAS: &[Schema] = &[Schema {
    tool: "ollama",
    requires: &[
        "model",
        "created_at",
        "done|done_reason",
        "total_duration",
        "load_duration",
        "eval_count",
        "eval_duration",
    ],
    fields: &[
        param("model", "model"),
        time("created_at"),
        error("error"),
        lower("total_duration", "total_duration", "ns"),
        lower("load_duration", "load_duration", "ns"),
        count("prompt_eval_count", "prompt_eval_count"),
        lower("prompt_eval_duration", "prompt_eval_duration", "ns"),
        count("eval_count", "eval_count"),
        lower("eval_duration", "eval_duration", "ns"),
    ],
    rest: Rest::Ignore,
    rows: Rows::Infer,
}];

const LINES: &[Field] = &[
    lower("total duration", "total_duration", ""),
    lower("load duration", "load_duration", ""),
    count("prompt eval count", "prompt_eval_count"),
    lower("prompt eval duration", "prompt_eval_duration", ""),
    higher("prompt eval rate", "prompt_eval_rate", "tok/s"),
    count("eval count", "eval_count"),
    lower("eval duration", "eval_duration", ""),
    higher("eval rate", "eval_rate", "tok/s"),
];
const MODEL: Field = param("NAME", "model");
const PROCESSOR: Field = param("PROCESSOR", "processor");

/// The statistics behind an answer.
pub(super) struct OllamaVerbose;

impl Format for OllamaVerbose {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["ollama"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let has =
            |key: &str| source.head().lines().any(|line| statistic(line).is_some_and(|(field, _)| field.key == key));
        ["total duration", "eval count", "eval duration", "eval rate"].into_iter().all(has)
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut reader = Reader::default();
        for (number, line) in source.lines() {
            reader.line(number, line);
        }
        reader.end();
        Ok(reader.sheet.finish("ollama"))
    }
}

/// A line of statistics and its value: a number, whatever stands around it in an answer.
fn statistic(line: &str) -> Option<(&'static Field, String)> {
    let (key, text) = line.trim().split_once(':')?;
    let field = LINES.iter().find(|field| field.key == key)?;
    let text = text.trim();
    let text = text.strip_suffix(" token(s)").unwrap_or(text);
    matches!(number::scan(text, false), Scan::Number(_)).then(|| (field, text.to_owned()))
}

#[derive(Default)]
struct Reader {
    sheet: Sheet,
    record: Record,
    /// The model and where it is named, and on what it ran.
    model: Option<(u32, String)>,
    processor: Option<(u32, String)>,
    /// Columns of the `ollama ps` table whose header was read.
    table: Option<Vec<(String, usize)>>,
    part: u32,
}

impl Reader {
    fn line(&mut self, number: u32, line: &str) {
        if let Some((field, text)) = statistic(line) {
            if field.key == "total duration" {
                self.end();
            }
            self.sheet.put(&mut self.record, number, field, &text);
        } else if let Some(model) = typed(line) {
            self.end();
            (self.model, self.processor) = (Some((number, model)), None);
        } else if line.starts_with("NAME ") && line.contains(" ID ") && line.contains(" PROCESSOR ") {
            self.end();
            self.table = Some(columns(line));
        } else if let Some(columns) = self.table.take() {
            let cell = |name: &str| cell(line, &columns, name).map(|text| (number, text));
            (self.model, self.processor) = (cell("NAME").or(self.model.take()), cell("PROCESSOR"));
        }
    }

    /// Ends a block of statistics: what is named behind it concerns the next.
    fn end(&mut self) {
        let mut record = std::mem::take(&mut self.record);
        if record.is_empty() {
            return;
        }
        for (field, found) in [(&MODEL, &self.model), (&PROCESSOR, &self.processor)] {
            if let Some((number, text)) = found {
                self.sheet.put(&mut record, *number, field, text);
            }
        }
        self.part += 1;
        self.sheet.push(record, Some(self.part));
    }
}

/// The model of `ollama run --verbose NAME`, as typed at a prompt.
fn typed(line: &str) -> Option<String> {
    let (before, arguments) = line.split_once("ollama run ")?;
    let prompt = before.trim().trim_matches('`');
    let at_prompt = prompt.is_empty() || prompt.ends_with(['$', '#', '%', '>', '»', '❯']);
    let model = arguments.split_whitespace().find(|word| !word.starts_with('-'))?;
    at_prompt.then(|| model.trim_matches('`').to_owned())
}

/// Names and starts of the columns of a table that is aligned by spaces.
fn columns(header: &str) -> Vec<(String, usize)> {
    let mut columns = Vec::new();
    let mut before = ' ';
    for (at, c) in header.char_indices() {
        if before == ' ' && c != ' ' {
            columns.push((String::new(), at));
        }
        if let Some((name, _)) = columns.last_mut().filter(|_| c != ' ') {
            name.push(c);
        }
        before = c;
    }
    columns
}

fn cell(line: &str, columns: &[(String, usize)], name: &str) -> Option<String> {
    let at = columns.iter().position(|(column, _)| column == name)?;
    let (_, start) = columns.get(at)?;
    let end = columns.get(at + 1).map_or(line.len(), |(_, end)| *end);
    let text = line.get(*start..end.min(line.len()))?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
