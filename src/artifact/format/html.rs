//! Tables written in HTML inside Markdown (rows, cells, and nothing else of HTML), and cells without their dress of tags, links and
//! entities.
//!
//! Tags are looked at one after the other; a table that is never closed ends with the file and is dropped. The first row heads the
//! columns.

use crate::artifact::infer::number;
use crate::artifact::table::{Cell, Column, Layout, Row, RowAt, Table};

/// A table while its lines are read.
#[derive(Debug, Default)]
pub(super) struct Open {
    rows: Vec<Vec<String>>,
    /// The text of the cell that is open.
    cell: Option<String>,
    ended: bool,
}

/// Most text of a cell. Bytes.
const LONGEST: usize = 1000;

/// The table that begins on this line.
pub(super) fn begin(line: &str) -> Option<Open> {
    let at = find(line, "<table")?;
    let mut open = Open::default();
    open.line(line.get(at..)?);
    Some(open)
}

/// Where an ASCII word stands, whatever its letters' case.
fn find(line: &str, word: &str) -> Option<usize> {
    line.as_bytes().windows(word.len()).position(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

impl Open {
    /// Reads a line of the table.
    pub fn line(&mut self, line: &str) {
        let mut rest = line;
        while let Some((text, after)) = rest.split_once('<') {
            self.text(text);
            let Some((tag, tail)) = after.split_once('>') else {
                self.text(after);
                return;
            };
            self.tag(tag);
            rest = tail;
        }
        self.text(rest);
        self.text(" ");
    }

    /// Whether the table is complete.
    pub fn ended(&self) -> bool {
        self.ended
    }

    fn text(&mut self, text: &str) {
        if let Some(cell) = self.cell.as_mut().filter(|cell| cell.len() < LONGEST) {
            cell.push_str(text);
        }
    }

    fn tag(&mut self, tag: &str) {
        let name = tag.split([' ', '\t', '/']).find(|part| !part.is_empty()).unwrap_or_default().to_ascii_lowercase();
        let closes = tag.starts_with('/');
        match (name.as_str(), closes) {
            ("tr", false) => {
                self.close_cell();
                self.rows.push(Vec::new());
            }
            ("td" | "th", false) => {
                self.close_cell();
                self.cell = Some(String::new());
            }
            ("td" | "th" | "tr", true) => self.close_cell(),
            ("table", true) => {
                self.close_cell();
                self.ended = true;
            }
            ("br", _) => self.text(" "),
            _ => {}
        }
    }

    fn close_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        let text = unescape(cell.trim());
        if let Some(row) = self.rows.last_mut() {
            row.push(text);
        }
    }

    /// The table number `index` of its file; `None` without rows.
    pub fn table(self, heading: &str, index: usize) -> Option<Table> {
        let mut rows = self.rows.into_iter().filter(|row| !row.is_empty());
        let header = rows.next()?;
        let width = header.len();
        let columns = header.iter().map(|name| Column { name: number::unmarked(name), ..Column::default() }).collect();
        let row = |(number, mut cells): (u32, Vec<String>)| {
            cells.truncate(width);
            let cells = cells.into_iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text) });
            Row::new(cells.collect(), RowAt::Table(index, number))
        };
        let rows: Vec<Row> = (1..).zip(rows).map(row).collect();
        (!rows.is_empty()).then(|| Table { heading: heading.to_owned(), layout: Layout::Prose, columns, rows })
    }
}

/// A text without the tags that only dress it (`<b>`, `<br>`, `<sup>`).
pub(super) fn without_tags(text: &str) -> String {
    if !text.contains('<') || text.len() > 4 * LONGEST {
        return text.to_owned();
    }
    let (mut rest, mut found) = (text, String::new());
    while let Some((before, after)) = rest.split_once('<') {
        found.push_str(before);
        let tag = after.split_once('>').filter(|(tag, _)| {
            let name = tag.trim_matches('/').split(' ').next().unwrap_or_default().to_ascii_lowercase();
            matches!(
                name.as_str(),
                "b" | "i" | "em" | "strong" | "br" | "code" | "sub" | "sup" | "small" | "span" | "a"
            )
        });
        match tag {
            Some((tag, tail)) => {
                if tag.starts_with("br") {
                    found.push(' ');
                }
                rest = tail;
            }
            None => {
                found.push('<');
                rest = after;
            }
        }
    }
    found.push_str(rest);
    found
}

/// Longer cells are taken as they are. Bytes.
const LONGEST_CELL: usize = 4000;

/// A text with the words of its links in their place: `[text](address)`.
pub(super) fn unlinked(text: &str) -> String {
    if text.len() > LONGEST_CELL {
        return text.to_owned();
    }
    let (mut rest, mut found) = (text, String::new());
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once("](").and_then(|(words, tail)| Some((words, tail.split_once(')')?.1)));
        match link.filter(|(words, _)| !words.contains(['[', ']'])) {
            Some((words, tail)) => {
                found.push_str(before.strip_suffix('!').unwrap_or(before));
                found.push_str(words);
                rest = tail;
            }
            None => {
                found.push_str(before);
                found.push('[');
                rest = after;
            }
        }
    }
    found.push_str(rest);
    found
}

/// A cell's text without escaped bars and the entities that generators write.
pub(super) fn unescape(text: &str) -> String {
    let text = text.replace("\\|", "|");
    if !text.contains('&') {
        return text;
    }
    let entities = [("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")];
    entities.into_iter().fold(text, |text, (entity, plain)| text.replace(entity, plain))
}
