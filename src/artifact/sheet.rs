//! A sheet: the table that a tool's reader fills, cell by cell, when its output is no table to begin with.
//!
//! Columns come into being with the first cell that is put into them; each has the role that its [`Field`] declares, so nothing of
//! a sheet is inferred. Every cell knows the line or JSON path where it stands.

use std::collections::HashMap;

use super::field::Field;
use super::infer::roles::ColumnRole;
use super::table::{Cell, Column, Document, Row, RowAt, Table};

/// More figures than any tool prints for one result: what exceeds it is no output of a tool, and would cost quadratic time. Also bounds
/// the columns of a sheet.
const MAX_FIGURES: usize = 2048;
/// More cells, empty ones included, are not read: a record costs the width up to its last column, however few it fills.
const MAX_CELLS: usize = 8_000_000;

/// Collects records of one tool.
#[derive(Debug, Default)]
pub(in crate::artifact) struct Sheet {
    table: Table,
    known: HashMap<(String, String), usize>,
    /// How many figures were beyond [`MAX_FIGURES`].
    beyond: usize,
    cells: usize,
    /// How many records were beyond [`MAX_CELLS`].
    records_beyond: usize,
}

/// One record while it is filled.
#[derive(Debug, Default)]
pub(in crate::artifact) struct Record {
    cells: Vec<(usize, Cell)>,
    lines: Vec<(String, u32)>,
}

impl Record {
    /// Whether nothing was put into it.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

impl Sheet {
    /// Puts what stands on `line` of a text into the column of `field`.
    pub fn put(&mut self, record: &mut Record, line: u32, field: &Field, text: &str) {
        self.put_as(record, line, field.key, field.role(field.key), Cell::Text(text.to_owned()));
    }

    /// Puts a cell into the column `key` (the name as in the file) of this role; for names that are only known when the file is read.
    /// A second cell in the same column of a record is dropped: records are finished with [`Sheet::push`] first.
    pub fn put_as(&mut self, record: &mut Record, line: u32, key: &str, role: ColumnRole, cell: Cell) {
        let Some(at) = self.column(record, key, "", role) else { return };
        if record.cells.iter().all(|(column, _)| *column != at) {
            record.cells.push((at, cell));
            let again = self.table.columns.get(at).map_or("", |column| column.relative.as_str());
            record.lines.push((format!("{key}{again}"), line));
        }
    }

    /// Puts a value of a JSON record (at `path` within the record, such as `.stats.mean`) into the column of `field`.
    pub fn put_json(&mut self, record: &mut Record, path: &str, field: &Field, cell: Cell) {
        let name = path.rsplit('.').next().unwrap_or(path).to_owned();
        self.put_json_as(record, path, field.key, field.role(&name), cell);
    }

    /// [`Sheet::put_json`] for names that are only known when the file is read.
    pub fn put_json_as(&mut self, record: &mut Record, path: &str, key: &str, role: ColumnRole, cell: Cell) {
        // The same quantity at another place of its record is a column of its own: each knows one path.
        let Some(at) = self.column(record, key, path, role) else { return };
        if let Some(column) = self.table.columns.get_mut(at) {
            path.clone_into(&mut column.relative);
        }
        record.cells.push((at, cell));
    }

    /// Puts the numbers of a JSON list (with their indices) into the column `key`: samples of its quantity.
    pub fn put_list(&mut self, record: &mut Record, key: &str, role: ColumnRole, list: Vec<(usize, f64)>) {
        let Some(at) = self.column(record, key, "", role) else { return };
        if let Some(column) = self.table.columns.get_mut(at) {
            column.relative = format!(".{key}");
        }
        record.cells.push((at, Cell::List(list)));
    }

    /// Ends a record of a text; `part` numbers the execution that it belongs to when a file holds several.
    pub fn push(&mut self, record: Record, part: Option<u32>) {
        let at = RowAt::Lines(record.lines);
        self.row(record.cells, at, part);
    }

    /// Ends a record that stands at one place: a line or a JSON path.
    pub fn push_at(&mut self, record: Record, at: RowAt, part: Option<u32>) {
        self.row(record.cells, at, part);
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.table.rows.is_empty()
    }

    /// The document of this sheet.
    pub fn finish(self, tool: &'static str) -> Document {
        let mut warnings = Vec::new();
        if self.beyond > 0 {
            warnings.push(format!("{} figures beyond the first {MAX_FIGURES} of a result were not read", self.beyond));
        }
        if self.records_beyond > 0 {
            warnings.push(format!("{} results beyond the first {MAX_CELLS} cells were not read", self.records_beyond));
        }
        Document { tool: Some(tool), tables: vec![self.table], warnings, ..Document::default() }
    }

    /// The index of the column `key` in this role, whose figures stand at `path` (empty in texts); `None` beyond the bounds.
    fn column(&mut self, record: &Record, key: &str, path: &str, role: ColumnRole) -> Option<usize> {
        let id = (format!("{key}\u{1}{path}"), format!("{role:?}"));
        let columns = &mut self.table.columns;
        let known = self.known.get(&id).copied();
        if record.cells.len() >= MAX_FIGURES || (known.is_none() && columns.len() >= MAX_FIGURES) {
            self.beyond += 1;
            return None;
        }
        Some(known.unwrap_or_else(|| {
            // Some texts print two figures under one name: the second is told apart, so that each is found on its line.
            let again = columns.iter().filter(|column| column.name == key).count();
            let relative = if again > 0 { format!("#{again}") } else { String::new() };
            columns.push(Column { name: key.to_owned(), declared: Some(role), relative, ..Column::default() });
            self.known.insert(id, columns.len() - 1);
            columns.len() - 1
        }))
    }

    fn row(&mut self, found: Vec<(usize, Cell)>, at: RowAt, part: Option<u32>) {
        if found.is_empty() {
            return;
        }
        let width = found.iter().map(|(column, _)| column + 1).max().unwrap_or(0);
        self.cells = self.cells.saturating_add(width);
        if self.cells > MAX_CELLS {
            self.records_beyond += 1;
            return;
        }
        let mut cells = vec![Cell::Missing; width];
        for (column, cell) in found {
            if let Some(slot) = cells.get_mut(column) {
                *slot = cell;
            }
        }
        self.table.rows.push(Row { cells, at, part });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::field::metric;
    use crate::domain::series::Direction;

    #[test]
    fn hostile_texts_meet_bounds_and_the_document_says_so() {
        let mut sheet = Sheet::default();
        for n in 0..3 * MAX_FIGURES {
            let mut record = Record::default();
            let role = metric("time", "", "s", Direction::Lower);
            sheet.put_as(&mut record, 1, &(n % (MAX_FIGURES + 1)).to_string(), role, Cell::Number(1.0));
            sheet.push(record, None);
        }
        for _ in 0..MAX_CELLS / MAX_FIGURES {
            let mut record = Record::default();
            let role = metric("time", "", "s", Direction::Lower);
            sheet.put_as(&mut record, 1, &(MAX_FIGURES - 1).to_string(), role, Cell::Number(1.0));
            sheet.push(record, None);
        }
        let document = sheet.finish("tool");
        let cells: usize = document.tables.iter().flat_map(|table| &table.rows).map(|row| row.cells.len()).sum();
        assert!(cells <= MAX_CELLS && document.tables[0].columns.len() == MAX_FIGURES);
        assert_eq!(document.warnings.len(), 2, "{:?}", document.warnings);
    }
}
