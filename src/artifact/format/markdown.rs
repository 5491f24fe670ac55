//! Markdown: tables, and lists of `key: value` that recur under several headings.
//!
//! Written for files as they are: a header row may be glued behind prose on one line, a heading behind the last row of a table, a
//! first cell left blank repeats the one above. The delimiter row (`| --- | --- |`) is what makes a table; with N columns, the last
//! N cells of the line above are its header. Line by line, so the time is linear whatever the nesting. Numbers in prose are never
//! read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Format, Source, Stop, html, report, room};
use crate::artifact::Settings;
use crate::artifact::infer::number::{self, Scan};
use crate::artifact::infer::{names, time};
use crate::artifact::table::{Cell, Column, Document, Layout, Row, RowAt, Table};
use crate::domain::artifact::ArtifactKind;

/// No row of a table is as long as that. Bytes.
const LONGEST_LINE: usize = 1 << 20;

/// Markdown of any flavour.
pub(in crate::artifact) struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.hint == Some(ArtifactKind::Markdown)
            || source.hint.is_none() && source.text.lines().take(2000).any(|l| delimiter_row(l.trim()).is_some())
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut reader = Reader::default();
        for (number, line) in (1u32..).zip(source.text.lines()) {
            for piece in unglue(line) {
                reader.line(number, piece);
            }
            room::check(reader.weight())?;
        }
        reader.close_table();
        reader.close_block();
        let mut document = Document { tables: reader.tables, ..Document::default() };
        let told = reader.report.finish();
        // The blocks of a document are parts of one account: what recurs in them are samples, no executions.
        document.tables.extend(told.tables.into_iter().map(|mut table| {
            for row in &mut table.rows {
                row.part = None;
                row.cells.iter_mut().for_each(unmark);
            }
            table
        }));
        document.constants.extend(told.constants.into_iter().map(|(path, mut cell)| {
            unmark(&mut cell);
            (path, cell)
        }));
        if document.tables.iter().any(|t| t.columns.len() > settings.max_columns) {
            return Err(Stop::Rejected(format!("a table has more than {} columns", settings.max_columns)));
        }
        if let Some(written) = generated(source.text) {
            document.constants.push((vec!["generated_at".to_owned()], Cell::Text(written)));
        }
        document.constants.extend(constants(&reader.items));
        document.tables.extend(lists(&reader.items));
        Ok(document)
    }
}

/// Splits a line before headings that are glued behind other text.
fn unglue(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut code) = (0, false);
    for (at, c) in line.char_indices() {
        code ^= c == '`';
        let heading = c == '#' && !code && at > start && line[..at].ends_with(' ') && {
            let hashes = line[at..].bytes().take_while(|&b| b == b'#').count();
            (2..=6).contains(&hashes) && line[at + hashes..].starts_with(' ')
        };
        if heading {
            pieces.push(&line[start..at]);
            start = at;
        }
    }
    pieces.push(&line[start..]);
    pieces
}

/// A `key: value` of a list.
struct Item {
    heading: String,
    /// Of the heading; 0 above the first.
    level: usize,
    key: String,
    value: String,
    line: u32,
    /// A table stands above it.
    after_table: bool,
}

#[derive(Default)]
struct Reader<'t> {
    heading: String,
    level: usize,
    fenced: bool,
    previous: String,
    open: Option<Table>,
    tables: Vec<Table>,
    items: Vec<Item>,
    /// Lines of a code block or paragraph, until it ends.
    block: Vec<(u32, &'t str)>,
    html: Option<html::Open>,
    report: report::Reader,
    /// Cells of tables.
    cells: usize,
}

impl<'t> Reader<'t> {
    /// How much was told; see [`room`].
    fn weight(&self) -> usize {
        (self.tables.len() + self.items.len()) * room::EACH + self.cells + self.report.weight()
    }

    fn line(&mut self, number: u32, line: &'t str) {
        let trimmed = line.trim();
        if trimmed.len() > LONGEST_LINE {
            return;
        }
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            self.close_table();
            self.close_block();
            self.fenced = !self.fenced;
            return;
        }
        if trimmed.starts_with('#') && !self.fenced {
            self.close_table();
            self.close_block();
            self.set_heading(heading_text(trimmed), trimmed.bytes().take_while(|&b| b == b'#').count());
            return;
        }
        if !self.fenced && self.html_table(trimmed) {
            return;
        }
        if let Some(table) = &mut self.open {
            if trimmed.contains('|') {
                let number = u32::try_from(table.rows.len()).unwrap_or(u32::MAX).saturating_add(1);
                let at = RowAt::Table(self.tables.len() + 1, number);
                let row = data_row(trimmed, table, at);
                self.cells += row.cells.len();
                table.rows.push(row);
                return;
            }
            self.close_table();
        } else if let Some(count) = delimiter_row(trimmed) {
            // The line above is the header, and no part of a paragraph.
            self.block.pop();
            self.begin_table(count);
            return;
        }
        if self.underlines(trimmed) {
            let heading = heading_text(&self.previous);
            self.block.clear();
            self.set_heading(heading, if trimmed.starts_with('=') { 1 } else { 2 });
            return;
        }
        if !self.fenced {
            self.list_item(number, trimmed);
            if trimmed.is_empty() {
                self.close_block();
            }
        }
        if self.fenced || !trimmed.is_empty() {
            self.block.push((number, line));
        }
        trimmed.clone_into(&mut self.previous);
    }

    /// Whether the line makes a heading of the one above it.
    fn underlines(&self, line: &str) -> bool {
        let drawn = line.len() >= 3 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'));
        drawn && !self.fenced && matches!(self.block.as_slice(), [_]) && !self.previous.contains('|')
    }

    fn set_heading(&mut self, heading: String, level: usize) {
        (self.heading, self.level) = (heading, level);
        self.previous.clear();
    }

    /// Whether the line belongs to a table written in HTML.
    fn html_table(&mut self, line: &str) -> bool {
        if self.html.is_none() {
            let Some(open) = html::begin(line) else { return false };
            self.close_table();
            self.close_block();
            self.html = Some(open);
        } else if let Some(open) = &mut self.html {
            open.line(line);
        }
        if self.html.as_ref().is_some_and(html::Open::ended) {
            let table = self.html.take().and_then(|open| open.table(&self.heading, self.tables.len() + 1));
            self.tables.extend(table);
        }
        true
    }

    /// Reads a code block, or a paragraph of nothing but named figures, as a report.
    fn close_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        let indented = block.iter().all(|(_, line)| line.starts_with("    ") || line.starts_with('\t'));
        let code = self.fenced || indented;
        let listed =
            block.first().is_some_and(|(_, line)| line.trim_start().starts_with(['-', '*', '+', '>', '|', '<']));
        if block.is_empty() || !code && (listed || block.len() < 3 || !report::is_all_figures(&block)) {
            return;
        }
        if report::tells_results(&block) {
            self.report.section(&self.heading);
            self.report.text(&block);
        }
    }

    fn begin_table(&mut self, count: usize) {
        let cells = split_cells(&self.previous);
        let header = cells.get(cells.len().saturating_sub(count)..).unwrap_or_default();
        if header.len() < count {
            return;
        }
        let columns = header
            .iter()
            .map(|name| Column { name: number::unmarked(&html::unlinked(name)), ..Column::default() })
            .collect();
        let heading = self.heading.clone();
        self.open = Some(Table { heading, layout: Layout::Prose, columns, rows: Vec::new() });
    }

    fn close_table(&mut self) {
        self.tables.extend(self.open.take());
        self.previous.clear();
    }

    fn list_item(&mut self, number: u32, line: &str) {
        let Some(text) = line
            .strip_prefix("- ")
            .or_else(|| line.strip_prefix("* "))
            .or_else(|| line.strip_prefix("**").map(|_| line))
        else {
            return;
        };
        for part in text.split(" | ") {
            let Some((key, value)) = part.split_once(':') else { continue };
            let (key, value) = (number::unmarked(key.trim_matches(['*', ' '])), value.trim_start_matches('*').trim());
            let plausible = !key.is_empty()
                && key.len() <= 60
                && key.split_whitespace().count() <= 8
                && !value.is_empty()
                && value.len() <= 200;
            if plausible {
                let after_table = !self.tables.is_empty();
                self.items.push(Item {
                    heading: self.heading.clone(),
                    level: self.level,
                    key,
                    value: value.to_owned(),
                    line: number,
                    after_table,
                });
            }
        }
    }
}

/// A heading without marks, numbering and remarks such as `(27 runs)`.
fn heading_text(line: &str) -> String {
    let text = line.trim_start_matches('#').trim().trim_end_matches('#');
    let text = text.split(" - ").next().unwrap_or(text);
    let text = number::unmarked(text);
    let text = match text.split_once(' ') {
        Some((first, rest))
            if first.len() > 1
                && first.ends_with('.')
                && first.trim_end_matches('.').chars().all(|c| c.is_ascii_digit() || c == '.') =>
        {
            rest.to_owned()
        }
        Some((first, rest)) if first.contains('.') && first.chars().all(|c| c.is_ascii_digit() || c == '.') => {
            rest.to_owned()
        }
        _ => text,
    };
    match text.split_once('(') {
        Some((before, remark)) if remark.ends_with(')') && remark.contains(|c: char| c.is_ascii_digit()) => {
            before.trim().to_owned()
        }
        _ => text.trim().to_owned(),
    }
}

/// The number of columns when the line is a delimiter row.
fn delimiter_row(line: &str) -> Option<usize> {
    if !line.contains('|') || !line.contains('-') {
        return None;
    }
    let cells = split_cells(line);
    let dashes = |cell: &String| {
        let inner = cell.trim().trim_start_matches(':').trim_end_matches(':');
        !inner.is_empty() && inner.bytes().all(|b| b == b'-')
    };
    (cells.len() >= 2 && cells.iter().all(dashes)).then_some(cells.len())
}

/// Cells between unescaped bars; the bars at both ends delimit nothing.
fn split_cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let inner = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            '|' if !escaped => cells.push(String::new()),
            _ => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    if inner.ends_with('|') && !inner.ends_with("\\|") {
        cells.pop();
    }
    cells
}

fn data_row(line: &str, table: &Table, at: RowAt) -> Row {
    let width = table.columns.len();
    let mut cells: Vec<Cell> = split_cells(line).into_iter().take(width).map(|c| text_cell(&c)).collect();
    cells.resize(width, Cell::Empty);
    let above = table.rows.last().map(|row| row.cell(0));
    if let (Some(first @ Cell::Empty), Some(Cell::Text(above))) = (cells.first_mut(), above)
        && number::scan(above, false) == Scan::Text
    {
        *first = Cell::Text(above.clone());
    }
    Row::new(cells, at)
}

/// Takes the marks around a whole text away.
fn unmark(cell: &mut Cell) {
    if let Cell::Text(text) = cell {
        *text = number::unmarked(text);
    }
}

fn text_cell(text: &str) -> Cell {
    let text = number::unmarked(&html::without_tags(&html::unlinked(&html::unescape(text.trim()))));
    if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
}

/// The time behind `Generated:`, `Generated on`, `generated at`.
fn generated(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    for (at, word) in lower.match_indices("generated") {
        let rest = text.get(at + word.len()..)?;
        let rest = rest.trim_start_matches([':', '*', ' ', '_']);
        let rest = rest
            .strip_prefix("on ")
            .or_else(|| rest.strip_prefix("at "))
            .unwrap_or(rest)
            .trim_start_matches([':', '*', ' ']);
        let near = rest.char_indices().nth(60).map_or(rest, |(end, _)| &rest[..end]);
        let words: Vec<&str> = near.lines().next().unwrap_or_default().split_whitespace().take(3).collect();
        let found = (1..=words.len())
            .rev()
            .map(|n| words.get(..n).unwrap_or_default().join(" "))
            .find(|t| time::of_text(t).is_some());
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Items below the title, above any other heading and table: they say something of the whole file.
fn constants(items: &[Item]) -> Vec<(Vec<String>, Cell)> {
    let title = items.first().map(|first| first.heading.as_str()).unwrap_or_default();
    items
        .iter()
        .filter(|item| !item.after_table && item.level <= 1 && item.heading == title)
        .filter(|item| item.value.len() <= 60 && !item.value.contains(": ") && !item.value.contains(" = "))
        .map(|item| (vec!["config".to_owned(), item.key.clone()], Cell::Text(number::unmarked(&item.value))))
        .collect()
}

/// One table of the items whose keys recur under several headings and whose values are clearly measured.
fn lists(items: &[Item]) -> Option<Table> {
    let measured = |item: &Item| match number::scan(&item.value, false) {
        Scan::Number(n) => n.unit.is_some() || !n.integer || names::parse(&item.key).unit.is_some(),
        Scan::NotANumber => true,
        _ => false,
    };
    let mut under: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for (order, item) in items.iter().enumerate().filter(|(_, item)| measured(item)) {
        under.entry(&item.key).or_insert((order, BTreeSet::new())).1.insert(&item.heading);
    }
    let mut recurring: Vec<(usize, &str)> =
        under.iter().filter(|(_, (_, headings))| headings.len() > 1).map(|(key, (order, _))| (*order, *key)).collect();
    recurring.sort_unstable();
    let keys: Vec<&str> = recurring.into_iter().take(64).map(|(_, key)| key).collect();
    if keys.is_empty() {
        return None;
    }
    let mut headings: Vec<&str> = Vec::new();
    let mut cells: BTreeMap<(&str, &str), &Item> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for item in items.iter().filter(|i| keys.contains(&i.key.as_str())) {
        if seen.insert(&item.heading) {
            headings.push(&item.heading);
        }
        cells.entry((&item.heading, &item.key)).or_insert(item);
    }
    // Headings all in capitals shout the names that a machine's rendering writes plainly.
    let shouting = headings.iter().all(|h| !h.contains(char::is_lowercase));
    let mut columns = vec![Column { name: "case".to_owned(), ..Column::default() }];
    columns.extend(keys.iter().map(|key| Column { name: (*key).to_owned(), ..Column::default() }));
    let rows = headings.iter().map(|heading| list_row(heading, &keys, &cells, shouting)).collect();
    Some(Table { heading: String::new(), layout: Layout::Prose, columns, rows })
}

fn list_row(heading: &str, keys: &[&str], items: &BTreeMap<(&str, &str), &Item>, shouting: bool) -> Row {
    let name = if shouting { heading.to_lowercase() } else { heading.to_owned() };
    let mut cells = vec![text_cell(&name)];
    let mut lines = Vec::new();
    for key in keys {
        let item = items.get(&(heading, *key));
        cells.push(item.map_or(Cell::Missing, |item| text_cell(&item.value)));
        lines.extend(item.map(|item| (item.key.clone(), item.line)));
    }
    Row::new(cells, RowAt::Lines(lines))
}
