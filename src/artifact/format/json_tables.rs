//! The shape of a JSON document: which objects are records of one table, which keys are names, which only structure.
//!
//! - An array of objects is a table; its elements are told apart by the fields that identify them.
//! - Objects of like shape under one object (`backends.eager`, `backends.jit`) are a table too, and the keys are its first column.
//! - Any other nested object belongs to its record: `{"system": {"cpu_percent": 12}}` gives the column `system.cpu_percent`.
//! - An array of plain numbers is a cell that holds samples.
//! - A record's identifying fields (model, name, time …) are passed on to the records inside it; the root's are the document's
//!   constants instead.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::json_shapes::{is_matrix, numbers, scalar_map, siblings};
use super::json_text::NOT_A_NUMBER;
use crate::artifact::Settings;
use crate::artifact::infer::names;
use crate::artifact::infer::vocabulary::{self, Block, Word};
use crate::artifact::table::{Cell, Column, Document, Layout, Origin, Row, RowAt, Table};
use crate::artifact::text::one_line;

/// Cells of all tables of a document, or of one piece of it.
const MOST_VALUES: usize = 3_000_000;

pub(super) type Object = Map<String, Value>;

/// How alike two objects' fields must be to count as siblings: shared names over all names.
pub(super) const ALIKE: f64 = 0.4;

/// Collects tables while walking.
pub(in crate::artifact) struct Builder<'s> {
    settings: &'s Settings,
    tables: Vec<Table>,
    by_shape: HashMap<String, usize>,
    columns: Vec<HashMap<(bool, String), usize>>,
    constants: Vec<(Vec<String>, Cell)>,
    cells: usize,
    failure: Option<String>,
}

/// A column and its cell in one record.
type Field = (Column, Cell);

/// Records found inside a record.
enum Inner<'v> {
    Array(&'v [Value]),
    Siblings(String, Vec<(&'v String, &'v Object)>),
    /// Numbers by the name of what was measured: the quantity's name, and the numbers.
    Scalars(String, Vec<(&'v String, f64)>),
    /// Rows of samples, told apart by their index: the quantity's name, and the rows.
    Matrix(String, &'v [Value]),
}

/// Inner records and where they stand in the record.
struct Child<'v> {
    relative: String,
    inner: Inner<'v>,
}

impl<'s> Builder<'s> {
    pub fn new(settings: &'s Settings) -> Self {
        let (by_shape, columns) = (HashMap::new(), Vec::new());
        Self { settings, tables: Vec::new(), by_shape, columns, constants: Vec::new(), cells: 0, failure: None }
    }

    /// Reads a whole document.
    pub fn root(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                let (fields, children) = flatten(map, self.settings.max_columns);
                for (column, cell) in &fields {
                    let mut path = column.parents.clone();
                    path.push(column.name.clone());
                    self.constants.push((path, cell.clone()));
                }
                let at = RowAt::Json("$".to_owned());
                self.emit("", Layout::Root, fields, at.clone());
                self.children(&children, "$", &at, &[]);
            }
            Value::Array(items) => {
                let child = Child { relative: String::new(), inner: Inner::Array(items) };
                self.children(&[child], "$", &RowAt::Json("$".to_owned()), &[]);
            }
            _ => {}
        }
    }

    /// Reads one of many documents as a record.
    pub fn record_of(&mut self, map: &Object, at: RowAt) {
        self.record(map, "$", at, &[], None);
    }

    /// The document.
    ///
    /// # Errors
    /// A reason when a bound of the settings was exceeded.
    pub fn finish(self, format: &'static str) -> Result<Document, String> {
        if let Some(reason) = self.failure {
            return Err(reason);
        }
        Ok(Document { format, tables: self.tables, constants: self.constants, ..Document::default() })
    }

    fn record(&mut self, map: &Object, shape: &str, at: RowAt, inherited: &[Field], key: Option<Field>) {
        if self.failure.is_some() {
            return;
        }
        let (own, children) = flatten(map, self.settings.max_columns);
        let mut passed_on: Vec<Field> = inherited.to_vec();
        passed_on
            .extend(key.iter().map(|(column, cell)| (Column { origin: Origin::Key, ..column.clone() }, short(cell))));
        if !children.is_empty() {
            passed_on.extend(
                own.iter()
                    .filter(|(column, _)| identifies(column))
                    .map(|(column, cell)| (Column { origin: Origin::Inherited, ..column.clone() }, short(cell))),
            );
        }
        let mut fields: Vec<Field> = inherited.to_vec();
        fields.extend(key);
        fields.extend(own);
        self.emit(shape, Layout::Records, fields, at.clone());
        self.children(&children, shape, &at, &passed_on);
    }

    fn children(&mut self, children: &[Child<'_>], shape: &str, at: &RowAt, inherited: &[Field]) {
        for child in children {
            match &child.inner {
                Inner::Array(items) => {
                    let shape = format!("{shape}{}[*]", child.relative);
                    for (i, item) in items.iter().enumerate() {
                        if let Value::Object(map) = item {
                            self.record(map, &shape, within(at, &format!("{}[{i}]", child.relative)), inherited, None);
                        }
                    }
                }
                Inner::Scalars(name, entries) => {
                    let shape = format!("{shape}{}.#", child.relative);
                    for (key, value) in entries {
                        let at = within(at, &format!("{}{}", child.relative, step(key)));
                        self.value_of(name, (*key).clone(), Cell::Number(*value), &shape, at, inherited);
                    }
                }
                Inner::Matrix(name, rows) => {
                    let shape = format!("{shape}{}[#]", child.relative);
                    for (i, row) in rows.iter().enumerate() {
                        let Some(list) = row.as_array().and_then(|items| numbers(items)) else { continue };
                        let at = within(at, &format!("{}[{i}]", child.relative));
                        self.value_of(name, i.to_string(), Cell::List(list), &shape, at, inherited);
                    }
                }
                Inner::Siblings(name, entries) => {
                    let shape = format!("{shape}{}.*", child.relative);
                    let depth = inherited.iter().filter(|(c, _)| c.origin == Origin::Key).count();
                    for (key, map) in entries {
                        let relative = format!("\u{1}key{depth}");
                        let column = Column { name: name.clone(), origin: Origin::Key, relative, ..Column::default() };
                        let at = within(at, &format!("{}{}", child.relative, step(key)));
                        self.record(map, &shape, at, inherited, Some((column, Cell::Text((*key).clone()))));
                    }
                }
            }
        }
    }

    /// A record of nothing but a case and the value of one quantity.
    fn value_of(&mut self, name: &str, case: String, value: Cell, shape: &str, at: RowAt, inherited: &[Field]) {
        let mut fields: Vec<Field> = inherited.to_vec();
        let key = Column { origin: Origin::Key, relative: "\u{1}case".to_owned(), ..Column::default() };
        fields.push((key, Cell::Text(case)));
        fields.push((Column { name: name.to_owned(), ..Column::default() }, value));
        self.emit(shape, Layout::Records, fields, at);
    }

    fn emit(&mut self, shape: &str, layout: Layout, fields: Vec<Field>, at: RowAt) {
        let index = *self.by_shape.entry(shape.to_owned()).or_insert_with(|| {
            self.tables.push(Table { layout, ..Table::default() });
            self.columns.push(HashMap::new());
            self.tables.len() - 1
        });
        let (Some(table), Some(known)) = (self.tables.get_mut(index), self.columns.get_mut(index)) else { return };
        let mut cells = Vec::new();
        for (column, cell) in fields {
            let id = (column.origin == Origin::Own, column.relative.clone());
            let at = *known.entry(id).or_insert_with(|| {
                table.columns.push(column);
                table.columns.len() - 1
            });
            if cells.len() <= at {
                cells.resize(at + 1, Cell::Missing);
            }
            if let Some(slot) = cells.get_mut(at) {
                *slot = cell;
            }
        }
        self.cells += cells.iter().map(weight).sum::<usize>().max(1);
        table.rows.push(Row::new(cells, at));
        if table.columns.len() > self.settings.max_columns {
            self.failure = Some(format!("more than {} fields in one kind of record", self.settings.max_columns));
        }
        if self.cells > MOST_VALUES {
            self.failure = Some(format!("more than {MOST_VALUES} values"));
        }
    }
}

/// What a record passes on to the records inside it: there may be many, so a long text is cut to what readings show of it.
fn short(cell: &Cell) -> Cell {
    match cell {
        Cell::Text(text) => Cell::Text(one_line(text, 200)),
        cell => cell.clone(),
    }
}

/// How much memory a cell takes, in cells that hold a number.
fn weight(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => 1 + text.len() / 32,
        _ => 1,
    }
}

fn within(at: &RowAt, relative: &str) -> RowAt {
    match at {
        RowAt::Json(path) => RowAt::Json(format!("{path}{relative}")),
        RowAt::JsonLine(line, path) => RowAt::JsonLine(*line, format!("{path}{relative}")),
        other => other.clone(),
    }
}

/// A key as a step of a JSON path.
pub(in crate::artifact) fn step(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain { format!(".{key}") } else { format!("[{}]", Value::String(key.to_owned())) }
}

/// Whether a field tells what the records inside its record are about.
fn identifies(column: &Column) -> bool {
    let in_config = column.parents.last().is_some_and(|p| vocabulary::block(p) == Some(Block::Config));
    let word = vocabulary::lookup(&column.name, &names::snake(&column.name));
    let telling = matches!(
        word,
        Some(
            Word::Time
                | Word::Commit
                | Word::Branch
                | Word::Host
                | Word::Hardware
                | Word::Param
                | Word::Case
                | Word::Label
                | Word::MetricName
                | Word::Unit
        )
    );
    telling && (column.parents.is_empty() || in_config || matches!(word, Some(Word::Commit | Word::Time)))
}

/// A record's own fields, and the records inside it.
///
/// A record of more than `most` fields is refused as soon as it is known: it ends there.
fn flatten(map: &Object, most: usize) -> (Vec<Field>, Vec<Child<'_>>) {
    let (mut fields, mut children) = (Vec::new(), Vec::new());
    flatten_into(map, (&[], ""), most, &mut fields, &mut children);
    (fields, children)
}

fn flatten_into<'v>(
    map: &'v Object,
    (parents, relative): (&[String], &str),
    most: usize,
    fields: &mut Vec<Field>,
    children: &mut Vec<Child<'v>>,
) {
    let siblings = siblings(map, parents);
    let members: BTreeSet<&String> = siblings.iter().flat_map(|(_, entries)| entries.iter().map(|(k, _)| *k)).collect();
    for (key, value) in map {
        if fields.len() > most {
            return;
        }
        let path = format!("{relative}{}", step(key));
        let mut push = |cell| {
            fields.push((
                Column { name: key.clone(), parents: parents.to_vec(), relative: path.clone(), ..Column::default() },
                cell,
            ));
        };
        match value {
            Value::Object(inner) => {
                if !members.contains(key)
                    && let Some(entries) = scalar_map(key, inner)
                {
                    children.push(Child { relative: path, inner: Inner::Scalars(key.clone(), entries) });
                } else if !members.contains(key) {
                    let mut parents = parents.to_vec();
                    parents.push(key.clone());
                    flatten_into(inner, (&parents, &path), most, fields, children);
                }
            }
            Value::Array(items) if !items.is_empty() && items.iter().all(|i| i.is_object() || i.is_null()) => {
                children.push(Child { relative: path, inner: Inner::Array(items) });
            }
            Value::Array(items) if is_matrix(items) => {
                children.push(Child { relative: path, inner: Inner::Matrix(key.clone(), items) });
            }
            Value::Array(items) => {
                if let Some(list) = numbers(items) {
                    push(Cell::List(list));
                }
            }
            scalar => push(scalar_cell(scalar)),
        }
    }
    if let Some((name, entries)) = siblings {
        children.push(Child { relative: relative.to_owned(), inner: Inner::Siblings(name, entries) });
    }
}

/// The cell of a JSON value that is neither an object nor a list; those are empty.
pub(in crate::artifact) fn scalar_cell(value: &Value) -> Cell {
    match value {
        Value::Bool(b) => Cell::Bool(*b),
        Value::Number(n) => n.as_f64().filter(|v| v.is_finite()).map_or(Cell::NotANumber, Cell::Number),
        Value::String(text) if text == NOT_A_NUMBER => Cell::NotANumber,
        Value::String(text) => Cell::Text(text.clone()),
        _ => Cell::Empty,
    }
}
