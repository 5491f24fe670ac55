//! A table: what every format turns its content into, before anything is known of its meaning.
//!
//! A CSV is one table, an array of JSON objects is one, the root object of a JSON file is a table of one row. A table can be
//! ragged (missing cells are empty) and knows for each cell where it stands in the file.

use std::collections::BTreeSet;

use super::infer::roles::ColumnRole;
use crate::domain::measurement::Locator;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Everything a format found in a file.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub format: &'static str,
    /// The tool that wrote it, where it is known.
    pub tool: Option<&'static str>,
    pub tables: Vec<Table>,
    /// What all readings of the file are about, by the parameter's name, where a known tool's documentation says so.
    pub subject: Vec<(String, Cell)>,
    /// Said once for the whole file, in file order: path of keys (the last is the name) and value.
    pub constants: Vec<(Vec<String>, Cell)>,
    pub warnings: Vec<String>,
    /// Names in rules that are columns here.
    pub placed: BTreeSet<String>,
    /// A known tool appends one row each time it is run.
    pub each_row_runs: bool,
    /// Cells use a comma as the decimal mark.
    pub decimal_comma: bool,
}

/// Rows of one shape.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The heading above it, for files with several tables; empty when there is none.
    pub heading: String,
    pub layout: Layout,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// What kind of file the table comes from: how much its layout may be trusted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// A delimited file or an array of records.
    #[default]
    Records,
    /// The scalars of a JSON root, which are also the document's constants.
    Root,
    /// A table in a text written for people: only what is clearly a result counts.
    Prose,
}

/// A column, by its name in the file and its place in the record.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    /// The name as in the file; for nested JSON the last key.
    pub name: String,
    /// The keys above the name within the record.
    pub parents: Vec<String>,
    /// From a row of units.
    pub unit: Option<Unit>,
    pub origin: Origin,
    /// JSON path relative to the record: `.benchmark.mean_time_ms`. In other files what tells columns of one name apart.
    pub relative: String,
    /// What a known tool's documentation or a rule says it is: nothing is inferred then.
    pub declared: Option<ColumnRole>,
    pub ruled: Ruling,
}

/// What the rules of the configuration say of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Ruling {
    /// Its role is given: the declared one, or where none is, a metric under the name that inference finds.
    pub role: bool,
    pub unit: Option<Unit>,
    pub direction: Option<Direction>,
}

/// Where a column's cells come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Origin {
    /// The row itself.
    #[default]
    Own,
    /// A record further out: says what the row is about, is never a metric of it.
    Inherited,
    /// The key under which the record stands: tells it from its siblings.
    Key,
}

/// One record.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// As many as columns, or fewer: the rest is missing.
    pub cells: Vec<Cell>,
    pub at: RowAt,
    /// Which execution of the file it belongs to, where the layout says so (concatenated outputs); otherwise times and commits tell.
    pub part: Option<u32>,
}

/// Where a row stands.
#[derive(Debug, Clone)]
pub(super) enum RowAt {
    /// Data row from 1.
    Delimited(u32),
    /// Table from 1 and its data row from 1.
    Table(usize, u32),
    /// A line of a text.
    Line(u32),
    /// Lines of a text, by the name of the column, followed by [`Column::relative`] where names recur.
    Lines(Vec<(String, u32)>),
    /// JSON path of the record.
    Json(String),
    /// Line of a JSON Lines file and the path within its value.
    JsonLine(u32, String),
}

impl RowAt {
    /// Counts rows and lines from the beginning of the file rather than of a piece of it; the row's number, where rows are numbered.
    pub fn shift(&mut self, rows: u32, lines: u32) -> u32 {
        match self {
            Self::Delimited(row) | Self::Table(_, row) => {
                *row = row.saturating_add(rows);
                *row
            }
            Self::Line(line) | Self::JsonLine(line, _) => {
                *line = line.saturating_add(lines);
                0
            }
            Self::Lines(places) => {
                places.iter_mut().for_each(|(_, line)| *line = line.saturating_add(lines));
                0
            }
            Self::Json(_) => 0,
        }
    }

    /// Where the cell of `column` stands in this row; `index` for an element of a list in the cell.
    pub fn cell(&self, column: &Column, index: Option<usize>) -> Locator {
        let element = index.map(|i| format!("[{i}]")).unwrap_or_default();
        match self {
            Self::Delimited(row) => Locator::row(*row, &column.name),
            Self::Table(table, row) => Locator::table_row(*table, *row, &column.name),
            Self::Lines(lines) => {
                let same =
                    |name: &str| name.strip_prefix(column.name.as_str()).is_some_and(|again| again == column.relative);
                let other = |name: &str| name == column.relative || name == column.name;
                let line = lines.iter().find(|(n, _)| same(n)).or_else(|| lines.iter().find(|(n, _)| other(n)));
                let line = line.map_or(0, |(_, line)| *line);
                Locator::line(line, &column.name)
            }
            Self::Line(line) => Locator::line(*line, &column.name),
            Self::Json(path) => Locator::json(&format!("{path}{}{element}", column.relative)),
            Self::JsonLine(line, path) => Locator::line(*line, &format!("{path}{}{element}", column.relative)),
        }
    }
}

/// The content of one cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Cell {
    /// The record does not have this field at all.
    #[default]
    Missing,
    /// The field is there without a value.
    Empty,
    /// Text as written; may hold a number with a unit.
    Text(String),
    /// A number of a typed format.
    Number(f64),
    Bool(bool),
    /// A number that is none: NaN, infinite, out of range.
    NotANumber,
    /// Plain numbers in a list, with the index of each.
    List(Vec<(usize, f64)>),
}

impl Cell {
    /// The text to show or compare; empty for lists.
    pub fn text(&self) -> String {
        match self {
            Self::Missing | Self::Empty | Self::NotANumber | Self::List(_) => String::new(),
            Self::Text(text) => text.trim().to_owned(),
            Self::Number(value) => super::infer::number::shortest(*value),
            Self::Bool(value) => value.to_string(),
        }
    }
}

impl Row {
    /// A row of the only execution that its file holds, as far as the layout tells.
    pub fn new(cells: Vec<Cell>, at: RowAt) -> Self {
        Self { cells, at, part: None }
    }

    /// The cell of a column; missing when the row is short.
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Missing)
    }
}
