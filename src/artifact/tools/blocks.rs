//! Blocks: the outputs of one tool in a text, one after the other, with anything between them.
//!
//! A log holds one output a run, a README shows several under headings, a script prints its own lines around each. A [`Tool`] says
//! where an output begins and what a line of it means; everything else is the same for all: every output is an execution of its own,
//! rows of it share what its first lines say, and outputs under different Markdown headings are told apart by these. An output
//! without a single figure (the tool was stopped or failed) leaves no trace. Nothing here can fail.

use std::collections::BTreeSet;

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, metric};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document};
use crate::domain::artifact::ArtifactKind;
use crate::domain::series::Direction;

const HEADING: Field = case("heading");
const URL: Field = case("url");

/// A tool that writes text for people.
pub(super) trait Tool: Sync {
    /// Its name, for `explain`.
    fn name(&self) -> &'static str;

    /// Whether only this tool writes such a text; `head` is its beginning.
    fn recognises(&self, head: &str) -> bool;

    /// Whether an output begins with this line (trimmed).
    fn begins(&self, line: &str) -> bool;

    /// Whether an output begins with this line (trimmed) unless one has begun and has no figure yet: for tools whose first line is
    /// often left out of a README.
    fn resumes(&self, _line: &str) -> bool {
        false
    }

    /// The program's name, where its output does not say what was measured: a line that calls it with an address does.
    fn command(&self) -> &'static str {
        ""
    }

    /// Reads one line, its blanks at the end removed.
    fn line(&self, block: &mut Block, number: u32, line: &str);
}

/// A [`Tool`] as a format.
pub(super) struct Text<T>(pub T);

impl<T: Tool> Format for Text<T> {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec![self.0.name()]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        // A text within a JSON string is not what this reads.
        let json = source.hint == Some(ArtifactKind::Json) || source.text.trim_start().starts_with('{');
        !json && self.0.recognises(source.head())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let headings = Headings::of(source, |line| self.0.begins(line) || self.0.resumes(line));
        let mut block = Block::default();
        let mut called: Option<(u32, &str)> = None;
        for (number, line) in source.lines() {
            let line = line.trim_end();
            called = address(line, self.0.command()).map(|url| (number, url)).or(called);
            let goes_on = block.open && !block.figures_seen;
            if self.0.begins(line.trim()) || (!goes_on && self.0.resumes(line.trim())) {
                block.begin();
                if let Some(heading) = headings.at(number) {
                    block.share(number, &HEADING, heading);
                }
                if let Some((number, url)) = called.take() {
                    block.share(number, &URL, url);
                }
            }
            self.0.line(&mut block, number, line);
        }
        block.begin();
        Ok(block.sheet.finish(self.0.name()))
    }
}

/// The output that is being read.
#[derive(Debug, Default)]
pub(super) struct Block {
    sheet: Sheet,
    record: Record,
    /// The record holds a figure.
    figures: bool,
    /// An output has begun.
    open: bool,
    /// A record of this output holds a figure.
    figures_seen: bool,
    /// What all rows of this output have in common.
    shared: Vec<(u32, Field, String)>,
    part: u32,
    /// Where in the output we are, as its reader names it; empty at the beginning.
    pub section: &'static str,
    /// Something that the following lines belong to, as its reader uses it.
    pub name: String,
    /// Cases of this output, for tools where one that comes again begins another.
    pub seen: BTreeSet<String>,
}

impl Block {
    /// Puts a figure or a parameter of the current row.
    pub fn put(&mut self, line: u32, field: &Field, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.figures |= matches!(field.role(field.key), ColumnRole::Metric(_));
        self.figures_seen |= self.figures;
        self.sheet.put(&mut self.record, line, field, text);
    }

    /// Puts a figure whose name is only known now; `stat` and `unit` as in [`metric`].
    pub fn figure(&mut self, line: u32, key: &str, of: (&str, &str, &str, Direction), text: &str) {
        self.cell(line, key, of, Cell::Text(text.trim().to_owned()));
    }

    /// [`Block::figure`] for a figure that is not written as a plain number.
    pub fn cell(&mut self, line: u32, key: &str, of: (&str, &str, &str, Direction), cell: Cell) {
        let (base, stat, unit, direction) = of;
        let role = match metric(base, stat, unit, direction) {
            // What was counted and is good neither way is no series.
            ColumnRole::Metric(quantity) if unit == "count" && direction == Direction::Neutral => {
                ColumnRole::Count(quantity)
            }
            role => {
                (self.figures, self.figures_seen) = (true, true);
                role
            }
        };
        self.sheet.put_as(&mut self.record, line, key, role, cell);
    }

    /// Puts what holds for the current row and all further ones of this output.
    pub fn share(&mut self, line: u32, field: &Field, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.sheet.put(&mut self.record, line, field, text);
            self.shared.push((line, *field, text.to_owned()));
        }
    }

    /// Ends the current row; the next one of the same output shares what is [`Block::share`]d.
    pub fn row(&mut self) {
        let record = std::mem::take(&mut self.record);
        if std::mem::take(&mut self.figures) {
            self.sheet.push(record, Some(self.part));
        }
        for (line, field, text) in &self.shared {
            self.sheet.put(&mut self.record, *line, field, text);
        }
    }

    /// Ends the output: what follows is another execution.
    pub fn begin(&mut self) {
        self.shared.clear();
        self.row();
        self.part = self.part.saturating_add(1);
        (self.open, self.figures_seen) = (true, false);
        self.section = "";
        self.name.clear();
        self.seen.clear();
    }
}

/// Markdown headings of a text, where outputs stand under several of them: one heading tells nothing apart.
struct Headings<'s>(Vec<(u32, &'s str)>);

impl<'s> Headings<'s> {
    fn of(source: &Source<'s>, begins: impl Fn(&str) -> bool) -> Self {
        let mut found: Vec<(u32, &str)> = Vec::new();
        let (mut current, mut fenced) = ("", false);
        if source.hint != Some(ArtifactKind::Markdown) {
            return Self(found);
        }
        for (number, line) in source.lines() {
            let line = line.trim();
            fenced ^= line.starts_with("```") || line.starts_with("~~~");
            if let Some(heading) = line.strip_prefix('#').filter(|_| !fenced) {
                current = heading.trim_matches(['#', ' ']);
            }
            if begins(line) {
                found.push((number, current));
            }
        }
        let several = found.iter().any(|(_, heading)| Some(heading) != found.first().map(|(_, first)| first));
        Self(if several { found } else { Vec::new() })
    }

    /// The heading above the output that begins on this line.
    fn at(&self, line: u32) -> Option<&'s str> {
        let at = self.0.binary_search_by_key(&line, |(number, _)| *number).ok()?;
        self.0.get(at).map(|(_, heading)| *heading)
    }
}

/// The address with which a shell's line calls `program`: `$ hey -n 100 http://host/path`.
fn address<'l>(line: &'l str, program: &str) -> Option<&'l str> {
    if program.is_empty() || !line.contains("://") {
        return None;
    }
    let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'', '`']));
    words.by_ref().take(4).find(|word| word.rsplit('/').next() == Some(program))?;
    words.find(|word| word.starts_with("http://") || word.starts_with("https://"))
}

/// What stands behind `label` and a colon, trimmed: `Requests/sec: 12` for `Requests/sec`.
pub(super) fn after<'l>(line: &'l str, label: &str) -> Option<&'l str> {
    line.trim_start().strip_prefix(label)?.trim_start().strip_prefix(':').map(str::trim)
}

/// Puts the figure of the line whose label is a field's key, for `label: figure` lines.
pub(super) fn labelled(block: &mut Block, number: u32, line: &str, fields: &[Field]) {
    if let Some((field, text)) = fields.iter().find_map(|field| Some((field, after(line, field.key)?))) {
        block.put(number, field, text);
    }
}

/// A percentile's rank as a short number, for tools that print `99.900%`; `None` for other text.
pub(super) fn rank(text: &str) -> Option<String> {
    let value: f64 = text.trim().parse().ok()?;
    (0.0..=100.0).contains(&value).then(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_a_label() {
        assert_eq!(after("  Requests/sec:  12.5", "Requests/sec"), Some("12.5"));
        assert_eq!(after("Average : 3", "Average"), Some("3"));
        assert_eq!(after("Averages: 3", "Average"), None);
    }

    #[test]
    fn the_address_of_a_command() {
        assert_eq!(address("$ ./bin/hey -z 10s 'http://a/b?c=1'", "hey"), Some("http://a/b?c=1"));
        assert_eq!(address("see they at http://a", "hey"), None);
        assert_eq!(address("ab -n 100 http://a/", "ab"), Some("http://a/"));
    }
}
