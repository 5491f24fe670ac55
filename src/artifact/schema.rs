//! Schemas: tables that a known tool wrote, recognised by the names of their columns, whatever syntax they came in.
//!
//! One schema serves all renderings of a tool that share their field names (llama-bench's JSON, JSON Lines and CSV). It declares
//! what its fields are; what it does not name is left to inference or ignored, as [`Rest`] says. A file that only looks similar
//! does not match, and is inferred as any other: nothing can fail here.

use super::field::Field;
use super::infer::roles::ColumnRole;
use super::table::{Cell, Column, Document, Layout, Origin, Table};

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
    /// They are of no interest.
    Ignore,
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
    let mut tool = None;
    for table in &mut document.tables {
        let Some(schema) = schemas.iter().copied().flatten().find(|schema| schema.matches(table)) else { continue };
        tool = tool.or(Some(schema.tool));
        schema.declare(table, &mut subject);
    }
    document.subject.extend(subject);
    document.tool = document.tool.or(tool);
}

impl Schema {
    fn matches(&self, table: &Table) -> bool {
        let has = |key: &str| table.columns.iter().any(|c| c.origin != Origin::Inherited && names(key, c));
        !self.requires.is_empty() && self.requires.iter().all(|keys| keys.split('|').any(has))
    }

    fn declare(&self, table: &mut Table, subject: &mut Vec<(String, Cell)>) {
        for (index, column) in table.columns.iter_mut().enumerate() {
            let field = self.fields.iter().find(|field| names(field.key, column));
            let role = match (field, self.rest) {
                (Some(field), _) => field.role(&column.name),
                (None, Rest::Ignore) => ColumnRole::Ignore,
                (None, Rest::Infer) => continue,
            };
            let given = table.rows.iter().any(|row| !matches!(row.cell(index), Cell::Missing | Cell::Empty));
            let role = match role {
                // What a tool leaves empty throughout was not asked for: nothing is missing.
                _ if !given => ColumnRole::Ignore,
                ColumnRole::Param(name) if table.layout == Layout::Root => {
                    subject.extend(table.rows.first().map(|row| (name, row.cell(index).clone())));
                    ColumnRole::Ignore
                }
                role => role,
            };
            column.declared = Some(role);
        }
        match self.rows {
            Rows::Infer => {}
            Rows::Runs => table.rows.iter_mut().zip(1..).for_each(|(row, part)| row.part = Some(part)),
            Rows::OneRun => table.rows.iter_mut().for_each(|row| row.part = Some(1)),
        }
    }
}

/// Whether `key` means this column: its name as in the file (letter case aside), or the dotted path of keys within its record.
fn names(key: &str, column: &Column) -> bool {
    if let Some(above) = key.strip_suffix(".*") {
        return column.parents.join(".").eq_ignore_ascii_case(above);
    }
    if column.parents.is_empty() {
        return column.name.trim().eq_ignore_ascii_case(key);
    }
    let length = column.parents.iter().map(|p| p.len() + 1).sum::<usize>() + column.name.len();
    length == key.len() && format!("{}.{}", column.parents.join("."), column.name).eq_ignore_ascii_case(key)
}
