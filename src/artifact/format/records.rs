//! Records of a report: the fields of its blocks put into the rows of tables.
//!
//! Sections with alike names become rows of one table, told apart by their headings; lines that name what they are about become rows of another;
//! everything else of a stretch is one row. A column is known by the keys above it, its name, and how often the name stood before in its block.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::sections::{Block, Event, Field, Stretch, alike};
use crate::artifact::infer::number::{self, Scan};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::infer::vocabulary;
use crate::artifact::infer::{directions, names};
use crate::artifact::table::{Cell, Column, Layout, Origin, Row, RowAt, Table};

/// A number of threads or clients with decimals was counted on average: a result, no setting.
pub(super) fn measured_count(field: &Field) -> bool {
    let counted = names::words(&field.key).last().is_some_and(|word| {
        matches!(word.as_str(), "concurrency" | "connections" | "clients" | "users" | "threads" | "workers" | "backend")
    });
    counted && matches!(number::scan(&field.value, false), Scan::Number(n) if !n.integer || n.value >= 1e6)
}

/// Which sections are records of one kind.
pub(super) struct Alike {
    /// For a path of headings, its kind and what tells it from the others of that kind.
    kinds: HashMap<Vec<String>, (usize, String)>,
}

impl Alike {
    /// Which headings are of one kind, in everything that a report told.
    pub fn of(events: &[Event]) -> Self {
        let mut order: Vec<&Vec<String>> = Vec::new();
        let mut names: HashMap<&Vec<String>, BTreeSet<&str>> = HashMap::new();
        for event in events {
            let Event::Block(block) = event else { continue };
            if block.name.is_empty() && !block.path.is_empty() {
                let known = names.entry(&block.path).or_insert_with(|| {
                    order.push(&block.path);
                    BTreeSet::new()
                });
                known.extend(block.fields.iter().filter(|f| scans(&f.value)).map(|f| f.key.as_str()));
            }
        }
        let mut groups: Vec<(&BTreeSet<&str>, Vec<&Vec<String>>)> = Vec::new();
        for path in order {
            let Some(own) = names.get(path).filter(|own| !own.is_empty()) else { continue };
            // Only the newest kinds are compared: the time must not grow with the square of the sections.
            match groups.iter_mut().rev().take(64).find(|(known, _)| alike(known, own)) {
                Some((_, paths)) => paths.push(path),
                None => groups.push((own, vec![path])),
            }
        }
        let mut kinds = HashMap::new();
        for (kind, (_, paths)) in groups.iter().enumerate().filter(|(_, (_, paths))| paths.len() > 1) {
            let last = |path: &Vec<String>| path.last().cloned().unwrap_or_default();
            let unique = paths.iter().map(|path| last(path)).collect::<BTreeSet<_>>().len() == paths.len();
            for path in paths {
                kinds.insert((*path).clone(), (kind, if unique { last(path) } else { path.join("/") }));
            }
        }
        Self { kinds }
    }
}

fn scans(text: &str) -> bool {
    matches!(number::scan(text, false), Scan::Number(_) | Scan::NotANumber)
}

/// Columns from which on no further record is put into a table.
const WIDEST: usize = 512;

/// A column's identity and its place.
pub(super) type Known = HashMap<String, usize>;

/// Fills tables with records of the same kind.
#[derive(Default)]
pub(super) struct Builder {
    pub tables: Vec<(Table, Known)>,
    kinds: HashMap<String, usize>,
}

/// A record while it is put together.
struct Record {
    columns: Vec<(Column, Cell, u32)>,
    known: HashSet<String>,
}

impl Builder {
    /// Adds the records of one stretch of the report.
    pub fn stretch(&mut self, events: &[Event], stretch: &Stretch, alike: &Alike) {
        let mut rest = Record::about(stretch);
        let lead = rest.columns.len();
        let blocks = || {
            events.iter().filter_map(|event| match event {
                Event::Block(block) => Some(block),
                Event::Table(_) => None,
            })
        };
        let named: BTreeSet<&[String]> = blocks().filter(|b| !b.name.is_empty()).map(|b| b.path.as_slice()).collect();
        for block in blocks() {
            let mut record = Record::about(stretch);
            if block.name.is_empty() {
                let Some((kind, case)) = alike.kinds.get(&block.path) else {
                    // The names of one record come once; a section that goes through them again is a record each time.
                    if rest.holds(block) {
                        let full = std::mem::replace(&mut rest, Record::about(stretch));
                        self.push("rest", full, stretch);
                    }
                    rest.fields(block, true);
                    continue;
                };
                record.case(case);
                record.fields(block, false);
                self.push(&format!("section {kind}"), record, stretch);
            } else {
                if named.len() > 1 {
                    record.case(block.path.last().map_or("", String::as_str));
                }
                record.case(&block.name);
                record.fields(block, false);
                let shape: Vec<&str> = block.fields.iter().map(|f| f.key.as_str()).collect();
                self.push(&format!("line {}", shape.first().copied().unwrap_or_default()), record, stretch);
            }
        }
        if rest.columns.len() > lead {
            self.push("rest", rest, stretch);
        }
    }

    fn push(&mut self, kind: &str, record: Record, stretch: &Stretch) {
        // Rows are as wide as their table: another begins before records of ever new names make it too wide.
        let wide = |index: &usize| self.tables.get(*index).is_some_and(|(table, _)| table.columns.len() > WIDEST);
        if self.kinds.get(kind).is_some_and(wide) {
            self.kinds.remove(kind);
        }
        let index = *self.kinds.entry(kind.to_owned()).or_insert_with(|| {
            self.tables.push((Table { layout: Layout::Prose, ..Table::default() }, Known::new()));
            self.tables.len() - 1
        });
        let Some((table, known)) = self.tables.get_mut(index) else { return };
        let (mut cells, mut lines) = (Vec::new(), Vec::new());
        // What a record is about stands where it begins.
        let first = record.columns.iter().map(|(_, _, line)| *line).find(|line| *line > 0).unwrap_or(0);
        for (column, cell, line) in record.columns {
            lines.push((column.relative.clone(), if line == 0 { first } else { line }));
            let at = *known.entry(column.relative.clone()).or_insert_with(|| {
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
        table.rows.push(Row { cells, at: RowAt::Lines(lines), part: stretch.part });
    }
}

impl Record {
    fn about(stretch: &Stretch) -> Self {
        let columns = stretch.subject.iter().map(|(name, value)| (inherited(name), Cell::Text(value.clone()), 0));
        Self { columns: columns.collect(), known: HashSet::new() }
    }

    fn case(&mut self, text: &str) {
        let relative = format!("\u{1}case{}", self.columns.len());
        let declared = Some(ColumnRole::Case);
        let column = Column { name: "case".to_owned(), relative, declared, ..Column::default() };
        self.columns.push((column, Cell::Text(text.to_owned()), 0));
    }

    /// Whether the block's first name was told already, in the same section.
    fn holds(&self, block: &Block) -> bool {
        let parents = parents(&block.path);
        block.fields.first().is_some_and(|f| {
            let id = identity(&parents, &f.key, 0);
            self.known.contains(&id)
        })
    }

    fn fields(&mut self, block: &Block, headed: bool) {
        let parents = if headed { parents(&block.path) } else { Vec::new() };
        let subject: BTreeSet<String> = self
            .columns
            .iter()
            .filter(|(c, _, _)| c.origin == Origin::Inherited)
            .map(|(c, _, _)| c.name.clone())
            .collect();
        // A statistic alone is of what its heading names, if that is a quantity.
        let quantity = parents.first().is_some_and(|heading| {
            let name = names::parse(heading);
            let words: Vec<&str> = name.base.split('_').collect();
            name.unit.is_some() || directions::lookup(&words, None).is_some() || vocabulary::block(heading).is_some()
        });
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for field in &block.fields {
            let again = seen.entry(&field.key).and_modify(|n| *n += 1).or_insert(0);
            let word = vocabulary::lookup(&field.key, &names::snake(&field.key));
            let numeric = scans(&field.value);
            // A text under a name of its own may be anything: it tells nothing apart.
            let ignored = subject.contains(&field.key) || !numeric && word.is_none() || measured_count(field);
            let column = Column {
                name: field.key.clone(),
                parents: if names::parse(&field.key).bare && !quantity { Vec::new() } else { parents.clone() },
                unit: field.unit.clone(),
                relative: identity(&parents, &field.key, *again),
                declared: ignored.then_some(ColumnRole::Ignore),
                ..Column::default()
            };
            self.known.insert(column.relative.clone());
            self.columns.push((column, Cell::Text(field.value.clone()), field.line));
        }
    }
}

fn identity(parents: &[String], key: &str, again: usize) -> String {
    format!("{}\u{1}{key}\u{1}{again}", parents.join("\u{1}"))
}

/// The keys above a name: its last heading, or the block of settings that the heading opens.
fn parents(path: &[String]) -> Vec<String> {
    let Some(heading) = path.last() else { return Vec::new() };
    let words = names::words(heading);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&["parameters", "configuration", "config", "settings", "options", "arguments", "setup"]) {
        return vec!["config".to_owned()];
    }
    if has(&["environment", "information", "info", "hardware", "platform", "versions", "specs", "machine"]) {
        return vec!["environment".to_owned()];
    }
    vec![heading.clone()]
}

/// A column that says what the whole stretch is about.
fn inherited(name: &str) -> Column {
    let declared = (name == "case").then_some(ColumnRole::Case);
    Column {
        name: name.to_owned(),
        origin: Origin::Inherited,
        relative: format!("\u{1}{name}"),
        declared,
        ..Column::default()
    }
}

/// A table of a stretch, with what the stretch is about in every row.
pub(super) fn about(mut table: Table, stretch: &Stretch) -> Table {
    let width = table.columns.len();
    table.columns.extend(stretch.subject.iter().map(|(name, _)| inherited(name)));
    for row in &mut table.rows {
        row.part = stretch.part;
        row.cells.resize(width, Cell::Missing);
        row.cells.extend(stretch.subject.iter().map(|(_, value)| Cell::Text(value.clone())));
    }
    table
}
