//! Schemas: tables that a known tool wrote, recognised by the names of their columns, whatever syntax they came in.
//!
//! One schema serves all renderings of a tool that share their field names (llama-bench's JSON, JSON Lines and CSV). It declares
//! what its fields are; what it does not name is left to inference or ignored, as [`Rest`] says. A file that only looks similar
//! does not match, and is inferred as any other: nothing can fail here.

use std::collections::HashSet;

use super::field::Field;
use super::infer::meta;
use super::infer::names::snake;
use super::infer::roles::ColumnRole;
use super::table::{Cell, Column, Document, Layout, Origin, RowAt, Table};

/// What a tool's records look like.
#[derive(Debug)]
pub(in crate::artifact) struct Schema {
    /// The tool, for `explain`.
    pub tool: &'static str,
    /// Keys that only this tool's records have together; all must be there. Those with `|` name alternatives.
    pub requires: &'static [&'static str],
    pub fields: &'static [Field],
    pub rest: Rest,
    pub rows: Rows,
}

/// What becomes of columns that a schema does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::artifact) enum Rest {
    /// They are inferred as in any other file.
    Infer,
    /// They are of no interest, nor are records inside the records that no schema knows.
    Ignore,
    /// Those to the left of this column are parameters, the others are inferred.
    ParamsBefore(&'static str),
}

/// What a row is to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::artifact) enum Rows {
    /// Times and commits tell, as in any other file.
    Infer,
    /// Every row is an execution of its own (the tool appends one record each time it is run).
    Runs,
    /// All rows belong to one execution, whatever times they hold.
    OneRun,
}

/// Declares the columns of all tables that a schema knows. A known record at the root of a JSON file says what the whole file is
/// about: its parameters join the document's subject.
pub(in crate::artifact) fn apply(document: &mut Document, schemas: &[&[Schema]]) {
    let mut subject: Vec<(String, Cell)> = Vec::new();
    let (mut tool, mut runs) = (None, false);
    let mut closed: HashSet<(u32, String)> = HashSet::new();
    let mut known = Vec::with_capacity(document.tables.len());
    for table in &mut document.tables {
        let schema = schemas.iter().copied().flatten().find(|schema| schema.matches(&table.columns));
        known.push(schema.is_some());
        let Some(schema) = schema else { continue };
        tool = tool.or(Some(schema.tool));
        runs |= schema.rows == Rows::Runs;
        schema.declare(table, &mut subject);
        if schema.rest == Rest::Ignore {
            closed
                .extend(table.rows.iter().filter_map(|row| place(&row.at)).map(|(line, path)| (line, path.to_owned())));
        }
    }
    if !closed.is_empty() {
        let mut known = known.into_iter();
        document.tables.retain(|table| known.next().unwrap_or(true) || !is_within(table, &closed));
    }
    document.subject.extend(subject);
    document.each_row_runs |= runs;
    document.tool = document.tool.or(tool);
}

/// The line of a JSON Lines file (0 in a single document) and the path where a record stands.
fn place(at: &RowAt) -> Option<(u32, &str)> {
    match at {
        RowAt::Json(path) => Some((0, path)),
        RowAt::JsonLine(line, path) => Some((*line, path)),
        _ => None,
    }
}

/// Whether a table's records stand inside records of which nothing but the declared fields is of interest.
fn is_within(table: &Table, closed: &HashSet<(u32, String)>) -> bool {
    let Some((line, path)) = table.rows.first().and_then(|row| place(&row.at)) else { return false };
    let mut ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '['));
    ends.any(|(end, _)| path.get(..end).is_some_and(|above| closed.contains(&(line, above.to_owned()))))
}

impl Schema {
    fn matches(&self, columns: &[Column]) -> bool {
        let has = |key: &str| columns.iter().any(|c| c.origin != Origin::Inherited && column_is(key, c));
        !self.requires.is_empty() && self.requires.iter().all(|keys| keys.split('|').any(has))
    }

    fn declare(&self, table: &mut Table, subject: &mut Vec<(String, Cell)>) {
        let before = match self.rest {
            Rest::ParamsBefore(key) => table.columns.iter().position(|column| column_is(key, column)).unwrap_or(0),
            Rest::Infer | Rest::Ignore => 0,
        };
        for index in 0..table.columns.len() {
            let Some(column) = table.columns.get(index) else { continue };
            let field = self.fields.iter().find(|field| column_is(field.key, column));
            let role = match (field, self.rest) {
                (Some(field), _) => field.role(&column.name),
                (None, Rest::Ignore) => ColumnRole::Ignore,
                (None, Rest::ParamsBefore(_)) if index < before => {
                    ColumnRole::Param(meta::param_name(&snake(&column.name)))
                }
                (None, Rest::Infer | Rest::ParamsBefore(_)) => continue,
            };
            let given = table.rows.iter().any(|row| !matches!(row.cell(index), Cell::Missing | Cell::Empty));
            // What a tool leaves empty throughout was not asked for: nothing is missing.
            let role = if given { role } else { ColumnRole::Ignore };
            declare(table, index, role, subject);
        }
        match self.rows {
            Rows::Infer => {}
            Rows::Runs => table.rows.iter_mut().zip(1..).for_each(|(row, part)| row.part = Some(part)),
            Rows::OneRun => table.rows.iter_mut().for_each(|row| row.part = Some(1)),
        }
    }
}

/// Says what a column is. A parameter at the root of a document is a parameter of everything in it.
pub(in crate::artifact) fn declare(
    table: &mut Table,
    index: usize,
    role: ColumnRole,
    subject: &mut Vec<(String, Cell)>,
) {
    let role = match role {
        ColumnRole::Param(name) if table.layout == Layout::Root => {
            subject.extend(table.rows.first().map(|row| (name, row.cell(index).clone())));
            ColumnRole::Ignore
        }
        role => role,
    };
    if let Some(column) = table.columns.get_mut(index) {
        column.declared = Some(role);
    }
}

/// Whether `key` means this column: its name as in the file (letter case aside), or the dotted path of keys within its record;
/// a `*` at its end stands for the rest of the name.
pub(in crate::artifact) fn column_is(key: &str, column: &Column) -> bool {
    if let Some(above) = key.strip_suffix(".*") {
        return column.parents.join(".").eq_ignore_ascii_case(above);
    }
    if let Some(start) = key.strip_suffix('*').filter(|_| column.parents.is_empty()) {
        let named = column.name.trim().get(..start.len()).is_some_and(|name| name.eq_ignore_ascii_case(start));
        return named && column.name.trim().len() > start.len();
    }
    if column.parents.is_empty() {
        return column.name.trim().eq_ignore_ascii_case(key);
    }
    let length = column.parents.iter().map(|p| p.len() + 1).sum::<usize>() + column.name.len();
    length == key.len() && format!("{}.{}", column.parents.join("."), column.name).eq_ignore_ascii_case(key)
}
