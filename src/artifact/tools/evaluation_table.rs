//! The tables that lm-evaluation-harness and lighteval print, in whatever text they were put.
//!
//! ```text
//! hf (pretrained=example/tiny-3b), gen_kwargs: (None), limit: None, num_fewshot: None, batch_size: 8
//! | Tasks |Version|Filter|n-shot| Metric |   |Value |   |Stderr|
//! |-------|------:|------|-----:|--------|---|-----:|---|-----:|
//! |tiny_qa|      1|none  |     5|acc     |↑  |0.6250|±  |0.0171|
//! |       |       |none  |     5|acc_norm|↑  |0.6410|±  |0.0169|
//! ```
//!
//! A row names its metric; the arrow says which way is good; task and version hold until others are named. The second table
//! (`Groups`) repeats rows of the first, which are read once. The line above the table names the model, else the heading above it
//! tells tables apart. Shares are ratios, or percents when one of them is above 1. What else the text holds is read as any Markdown. Nothing here can fail: rows of another shape are no results.
//! Source: <https://github.com/EleutherAI/lm-evaluation-harness/blob/main/docs/interface.md>.

use std::collections::BTreeSet;

use super::evaluation::{FILTER, MODEL, SHOTS, TASK, VERSION, is_share, role};
use crate::artifact::Settings;
use crate::artifact::field::{Field, param};
use crate::artifact::format::{Format, Markdown, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document};

pub(super) struct EvaluationTable;

const HEADING: Field = param("heading", "heading");
/// The names that a header must hold, beside that of the task's column.
const NEEDED: &[&str] = &["Version", "Metric", "Value", "Stderr"];
const TASKS: &[&str] = &["Tasks", "Task", "Groups"];

impl Format for EvaluationTable {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["lm-eval", "lighteval"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| header(line).is_some())
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut reader = Reader { share: unit_of_shares(source), ..Reader::default() };
        for (number, line) in source.lines() {
            reader.line(number, line.trim());
        }
        let mut document = Markdown.read(source, settings)?;
        document.tables.retain(|table| {
            let has = |name: &&str| table.columns.iter().any(|column| column.name == **name);
            !(NEEDED.iter().all(has) && TASKS.iter().any(has))
        });
        let tool = if reader.harness { "lm-eval" } else { "lighteval" };
        document.tables.extend(reader.sheet.finish(tool).tables);
        document.tool = Some(tool);
        Ok(document)
    }
}

/// The columns of a header, when it is one of an evaluation's table.
fn header(line: &str) -> Option<Vec<&str>> {
    let cells = cells(line.trim())?;
    let known = NEEDED.iter().all(|name| cells.contains(name)) && TASKS.iter().any(|name| cells.contains(name));
    known.then_some(cells)
}

/// Early versions print shares in percent: then one of them is above 1.
fn unit_of_shares(source: &Source<'_>) -> &'static str {
    let mut columns: Option<(usize, usize)> = None;
    for (_, line) in source.lines() {
        let Some(cells) = cells(line.trim()) else { continue };
        if let Some(header) = header(line) {
            let at = |name: &str| header.iter().position(|column| *column == name);
            columns = at("Metric").zip(at("Value"));
        } else if let Some((metric, value)) =
            columns.and_then(|(m, v)| cells.get(m).copied().zip(cells.get(v).copied()))
            && is_share(metric)
            && value.parse::<f64>().is_ok_and(|value| value > 1.0)
        {
            return "percent";
        }
    }
    "ratio"
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

#[derive(Default)]
struct Reader<'t> {
    sheet: Sheet,
    columns: Option<Vec<&'t str>>,
    model: Option<(u32, &'t str)>,
    heading: Option<(u32, &'t str)>,
    /// Task and version hold until the next is named.
    task: Option<(u32, &'t str)>,
    version: Option<(u32, &'t str)>,
    /// What was read, to know a row that comes again in the table of groups.
    seen: BTreeSet<Vec<&'t str>>,
    /// The unit of shares.
    share: &'static str,
    /// The table is lm-eval's, which names its first column in the plural.
    harness: bool,
}

impl<'t> Reader<'t> {
    fn line(&mut self, number: u32, line: &'t str) {
        if let Some(columns) = header(line) {
            if !columns.contains(&"Groups") {
                self.seen.clear();
            }
            self.harness |= !columns.contains(&"Task");
            (self.task, self.version, self.columns) = (None, None, Some(columns));
        } else if let (Some(columns), Some(cells)) = (&self.columns, cells(line)) {
            let named = |name: &str| {
                let at = columns.iter().position(|column| *column == name)?;
                cells.get(at).copied().filter(|cell| !cell.is_empty())
            };
            if let Some(task) = TASKS.iter().find_map(|name| named(name)) {
                self.task = Some((number, task.trim_start_matches(['-', ' '])));
                self.version = None;
            }
            self.version = named("Version").map(|version| (number, version)).or(self.version);
            let arrow = columns.iter().zip(&cells).find_map(|(_, cell)| match *cell {
                "↑" => Some(true),
                "↓" => Some(false),
                _ => None,
            });
            let found = [named("Metric"), named("Value"), named("Stderr"), named("Filter"), named("n-shot")];
            self.row(number, found, arrow);
        } else {
            self.columns = None;
            self.describe(number, line);
        }
    }

    /// A line above a table: the model that was evaluated, or a heading.
    fn describe(&mut self, number: u32, line: &'t str) {
        let arguments = line.contains("gen_kwargs:").then(|| line.split(['(', ')', ',']));
        let model = arguments.and_then(|mut parts| {
            parts
                .find_map(|part| part.trim().strip_prefix("pretrained=").or_else(|| part.trim().strip_prefix("model=")))
        });
        if let Some(model) = model {
            self.model = Some((number, model));
        } else if let Some(heading) = line.strip_prefix('#') {
            (self.heading, self.model) = (Some((number, heading.trim_matches(['#', ' ']))), None);
        }
    }

    fn row(&mut self, number: u32, found: [Option<&'t str>; 5], arrow: Option<bool>) {
        let [Some(metric), Some(value), error, filter, shots] = found else { return };
        // The row of dashes below the header names no metric.
        let Some(task) = self.task.filter(|_| metric.contains(char::is_alphanumeric)) else { return };
        let place = [self.model, self.heading, Some(task)].map(|known| known.map_or("", |(_, text)| text));
        let key = place.into_iter().chain([metric, filter.unwrap_or_default(), shots.unwrap_or_default()]).collect();
        if !self.seen.insert(key) {
            return;
        }
        let mut record = Record::default();
        let here = |text: Option<&'t str>| text.map(|text| (number, text));
        let heading = self.heading.filter(|_| self.model.is_none());
        let told = [(&TASK, Some(task)), (&VERSION, self.version), (&FILTER, here(filter)), (&SHOTS, here(shots))];
        for (field, text) in told.into_iter().chain([(&MODEL, self.model), (&HEADING, heading)]) {
            if let Some((line, text)) = text {
                self.sheet.put(&mut record, line, field, text);
            }
        }
        let error = error.filter(|error| *error != "N/A");
        for (name, text) in [(metric.to_owned(), Some(value)), (format!("{metric}_stderr"), error)] {
            if let Some(text) = text {
                self.sheet.put_as(
                    &mut record,
                    number,
                    &name,
                    role(&name, self.share, |_| arrow),
                    Cell::Text(text.to_owned()),
                );
            }
        }
        self.sheet.push(record, Some(1));
    }
}
