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

/// When there are more cells than so many for each filled one, beyond [`ROOM`], another table is begun: records that have hardly a column
/// in common must not cost the product of both.
const EMPTY_EACH: usize = 16;
const ROOM: usize = 1 << 18;

/// Collects records of one tool.
#[derive(Debug)]
pub(in crate::artifact) struct Sheet {
    /// The last one is being filled; never empty.
    tables: Vec<Table>,
    /// Columns of the last table by name and role.
    known: HashMap<(String, String), usize>,
    /// Cells of all rows that hold something, and all cells.
    filled: usize,
    held: usize,
    /// How many figures were beyond [`MAX_FIGURES`].
    beyond: usize,
}

/// One record while it is filled.
#[derive(Debug, Default)]
pub(in crate::artifact) struct Record {
    /// Which of the sheet's tables it belongs to: the one being filled when its first cell was put.
    table: usize,
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
            let column = self.tables.get(record.table).and_then(|table| table.columns.get(at));
            let again = column.map_or("", |column| column.relative.as_str());
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
        if let Some(column) = self.tables.get_mut(record.table).and_then(|table| table.columns.get_mut(at)) {
            path.clone_into(&mut column.relative);
        }
        record.cells.push((at, cell));
    }

    /// Puts the numbers of a JSON list (with their indices) into the column `key`: samples of its quantity.
    pub fn put_list(&mut self, record: &mut Record, key: &str, role: ColumnRole, list: Vec<(usize, f64)>) {
        let Some(at) = self.column(record, key, "", role) else { return };
        if let Some(column) = self.tables.get_mut(record.table).and_then(|table| table.columns.get_mut(at)) {
            column.relative = format!(".{key}");
        }
        record.cells.push((at, Cell::List(list)));
    }

    /// Ends a record of a text; `part` numbers the execution that it belongs to when a file holds several.
    pub fn push(&mut self, record: Record, part: Option<u32>) {
        let at = RowAt::Lines(record.lines);
        self.row(record.table, record.cells, at, part);
    }

    /// Ends a record that stands at one place: a line or a JSON path.
    pub fn push_at(&mut self, record: Record, at: RowAt, part: Option<u32>) {
        self.row(record.table, record.cells, at, part);
    }

    /// The document of this sheet.
    pub fn finish(self, tool: &'static str) -> Document {
        let mut warnings = Vec::new();
        if self.beyond > 0 {
            warnings.push(format!("{} figures beyond the first {MAX_FIGURES} of a result were not read", self.beyond));
        }
        Document { tool: Some(tool), tables: self.tables, warnings, ..Document::default() }
    }

    /// The index in the record's table of the column `key` in this role, whose figures stand at `path` (empty in texts); `None` beyond the
    /// bounds.
    fn column(&mut self, record: &mut Record, key: &str, path: &str, role: ColumnRole) -> Option<usize> {
        let last = self.tables.len().checked_sub(1)?;
        if record.cells.is_empty() {
            record.table = last;
        }
        let columns = &mut self.tables.get_mut(record.table)?.columns;
        let id = (format!("{key}\u{1}{path}"), format!("{role:?}"));
        let known = if record.table == last {
            self.known.get(&id).copied()
        } else {
            let same = |column: &Column| path.is_empty() || column.relative == path;
            columns.iter().position(|c| c.name == key && c.declared.as_ref() == Some(&role) && same(c))
        };
        if record.cells.len() >= MAX_FIGURES || (known.is_none() && columns.len() >= MAX_FIGURES) {
            self.beyond += 1;
            return None;
        }
        Some(known.unwrap_or_else(|| {
            // Some texts print two figures under one name: the second is told apart, so that each is found on its line.
            let again = columns.iter().filter(|column| column.name == key).count();
            let relative = if again > 0 { format!("#{again}") } else { String::new() };
            columns.push(Column { name: key.to_owned(), declared: Some(role), relative, ..Column::default() });
            if record.table == last {
                self.known.insert(id, columns.len() - 1);
            }
            columns.len() - 1
        }))
    }

    fn row(&mut self, table: usize, found: Vec<(usize, Cell)>, at: RowAt, part: Option<u32>) {
        if found.is_empty() {
            return;
        }
        let width = found.iter().map(|(column, _)| column + 1).max().unwrap_or(0);
        self.filled += found.len();
        self.held += width;
        let mut cells = vec![Cell::Missing; width];
        for (column, cell) in found {
            if let Some(slot) = cells.get_mut(column) {
                *slot = cell;
            }
        }
        if let Some(table) = self.tables.get_mut(table) {
            table.rows.push(Row { cells, at, part });
        }
        if self.held > ROOM + self.filled * EMPTY_EACH {
            self.tables.push(Table::default());
            self.known.clear();
        }
    }
}

impl Default for Sheet {
    fn default() -> Self {
        Self { tables: vec![Table::default()], known: HashMap::new(), filled: 0, held: 0, beyond: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::field::lower;

    #[test]
    fn records_with_nothing_in_common_do_not_fill_a_table_with_emptiness() {
        let mut sheet = Sheet::default();
        let role = lower("x", "x", "ms").role("x");
        for number in 0..20_000u32 {
            let mut record = Record::default();
            let key = format!("unit {}", number % 2000);
            sheet.put_as(&mut record, number, &key, role.clone(), Cell::Number(1.0));
            sheet.push_at(record, RowAt::Line(number), Some(1));
        }
        let document = sheet.finish("test");
        let held: usize = document.tables.iter().flat_map(|table| &table.rows).map(|row| row.cells.len()).sum();
        let rows: usize = document.tables.iter().map(|table| table.rows.len()).sum();
        assert_eq!(rows, 20_000);
        assert!(document.tables.len() > 1 && held <= ROOM + 20_000 * EMPTY_EACH + MAX_FIGURES, "{held}");
        assert!(
            document.tables.iter().all(|table| table.rows.iter().all(|row| row.cells.len() <= table.columns.len()))
        );
    }
}
