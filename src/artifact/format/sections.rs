//! What a report told, put into tables: which sections are records of one kind, which belong to one record, and which stretches of
//! the text are executions of their own.
//!
//! - A text that begins again (the same first heading or name, and alike names behind it) holds several *stretches*. They are told apart by
//!   their headings and settings; stretches that these do not tell apart are executions, one after the other.
//! - Sections with alike names are records of one table; their headings say what was measured.
//! - What is left of a stretch is one record: its headings are the keys above the names.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::artifact::infer::directions;
use crate::artifact::infer::names;
use crate::artifact::infer::number::{self, Scan};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::infer::time;
use crate::artifact::infer::vocabulary::{self, Word};
use crate::artifact::table::{Cell, Column, Document, Layout, Origin, Row, RowAt, Table};
use crate::domain::units::Unit;

/// A name and its value.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub key: String,
    pub value: String,
    pub line: u32,
    /// What the heading above says of the unit.
    pub unit: Option<Unit>,
}

/// Fields that stand together.
#[derive(Debug)]
pub(super) struct Block {
    /// The headings above.
    pub path: Vec<String>,
    /// What it is about, where the line itself says so.
    pub name: String,
    pub fields: Vec<Field>,
}

/// What was met, in order.
#[derive(Debug)]
pub(super) enum Event {
    Block(Block),
    Table(Table),
}

/// A line at which a stretch may begin.
#[derive(Debug)]
pub(super) struct Mark {
    /// Equal for lines that say the same of something else: digits do not count.
    signature: String,
    text: String,
    heading: bool,
    /// What a line with a single name says.
    pub value: Option<(String, String)>,
    /// Whether a block begins here.
    begins: bool,
    /// The first event behind it.
    pub event: usize,
}

impl Mark {
    pub fn new(kind: &str, base: &[String], depth: usize, text: &str, event: usize) -> Self {
        let heading = kind == "heading";
        let same: String = if heading {
            text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
        } else {
            text.to_owned()
        };
        let mut short = String::with_capacity(same.len());
        for c in same.chars() {
            if !(c == '#' && short.ends_with('#')) {
                short.push(c);
            }
        }
        Self {
            signature: format!("{kind}\u{1}{base:?}\u{1}{depth}\u{1}{short}"),
            text: text.to_owned(),
            heading,
            value: None,
            begins: true,
            event,
        }
    }

    /// What the line says of the stretch that it begins: a heading its case, a text or a whole number a setting.
    fn label(&self) -> Option<(String, String)> {
        if self.heading {
            return Some(("case".to_owned(), self.text.clone()));
        }
        let (key, value) = self.value.as_ref()?;
        let setting = match number::scan(value, false) {
            Scan::Text => time::of_text(value).is_none() && value.len() <= 120,
            Scan::Number(number) => number.integer && number.unit.is_none(),
            Scan::Empty | Scan::NotANumber => false,
        };
        setting.then(|| (key.clone(), value.clone()))
    }

    /// The line belongs to the block above.
    pub fn goes_on(&mut self) {
        self.event = self.event.saturating_sub(1);
        self.begins = false;
    }
}

/// Everything that a report told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub events: Vec<Event>,
    pub marks: Vec<Mark>,
}

/// A part of the text that is about one thing.
#[derive(Debug, Default)]
struct Stretch {
    from: usize,
    to: usize,
    /// What tells it from the others: names and values.
    subject: Vec<(String, String)>,
    /// Which execution it is, where only that tells.
    part: Option<u32>,
}

/// How many of the first lines may begin a stretch that recurs.
const BEGINNINGS: usize = 24;

impl Told {
    /// Notes that the last block, of this index, is parted before the name `key`.
    pub fn part(&mut self, index: usize, key: &str) {
        let inside = self.marks.iter().rposition(|mark| mark.event != index).map_or(0, |at| at + 1);
        let mut behind = false;
        for mark in self.marks.iter_mut().skip(inside) {
            if !behind && mark.text.split('|').next() == Some(key) {
                behind = true;
                mark.begins = true;
            }
            mark.event += usize::from(behind);
        }
    }

    /// The tables.
    pub fn document(self) -> Document {
        let stretches = self.stretches();
        let mut document = Document::default();
        if stretches.len() == 1 {
            document.constants = self.constants();
        }
        let alike = Alike::of(&self.events);
        let mut builder = Builder::default();
        for stretch in &stretches {
            builder.stretch(self.events.get(stretch.from..stretch.to).unwrap_or_default(), stretch, &alike);
        }
        let mut tables: Vec<Option<Table>> = self
            .events
            .into_iter()
            .map(|event| match event {
                Event::Table(table) => Some(table),
                Event::Block(_) => None,
            })
            .collect();
        if builder.cells > MOST_CELLS {
            document
                .warnings
                .push(format!("more than {MOST_CELLS} cells in records of different names: the rest is left out"));
        }
        document.tables = builder.tables.into_iter().map(|(table, _)| table).collect();
        for stretch in &stretches {
            for table in tables.get_mut(stretch.from..stretch.to).unwrap_or_default() {
                document.tables.extend(table.take().map(|table| about(table, stretch)));
            }
        }
        document
    }

    /// The stretches of the text; one when nothing recurs.
    fn stretches(&self) -> Vec<Stretch> {
        let whole = || vec![Stretch { to: self.events.len(), ..Stretch::default() }];
        let Some(marks) = self.marks.iter().take(BEGINNINGS).find_map(|mark| self.recurring(mark)) else {
            return whole();
        };
        let labels: Vec<Option<(String, String)>> = marks.iter().map(|mark| mark.label()).collect();
        let labelled = labels.iter().any(|label| labels.first() != Some(label));
        let mut stretches = Vec::new();
        let first = marks.first().map_or(0, |mark| mark.event);
        if first > 0 {
            stretches.push(Stretch { to: first, ..Stretch::default() });
        }
        for (i, mark) in marks.iter().enumerate() {
            let to = marks.get(i + 1).map_or(self.events.len(), |next| next.event);
            let mut subject = Vec::new();
            subject.extend(labels.get(i).cloned().flatten().filter(|_| labelled));
            let blocks = self.events.get(mark.event..to).unwrap_or_default();
            let settings = settings(blocks).into_iter().map(|field| (field.key.clone(), field.value.clone()));
            let known: Vec<(String, String)> =
                settings.filter(|(name, _)| subject.iter().all(|(n, _)| n != name)).collect();
            subject.extend(known);
            stretches.push(Stretch { from: mark.event, to, subject, part: None });
        }
        number(&mut stretches);
        stretches
    }

    /// The marks like this one, when each begins a stretch with alike names.
    fn recurring(&self, mark: &Mark) -> Option<Vec<&Mark>> {
        let marks: Vec<&Mark> = self.marks.iter().filter(|m| m.begins && m.signature == mark.signature).collect();
        if marks.len() < 2 {
            return None;
        }
        let names: Vec<BTreeSet<&str>> = marks
            .iter()
            .enumerate()
            .map(|(i, m)| {
                let to = marks.get(i + 1).map_or(self.events.len(), |next| next.event);
                keys(self.events.get(m.event..to).unwrap_or_default())
            })
            .collect();
        let similar =
            names.windows(2).filter(|pair| pair.first().zip(pair.last()).is_some_and(|(a, b)| alike(a, b))).count();
        let told: usize = names.iter().map(BTreeSet::len).sum();
        let told_apart = marks.iter().any(|m| m.label() != mark.label());
        let long = told >= 3 * marks.len();
        (similar * 10 >= (marks.len() - 1) * 7 && told >= marks.len() && (long || told_apart && !mark.heading))
            .then_some(marks)
    }

    /// What is said once for the whole text.
    fn constants(&self) -> Vec<(Vec<String>, Cell)> {
        let fields = settings(&self.events);
        fields.into_iter().map(|field| (vec![field.key.clone()], Cell::Text(field.value.clone()))).collect()
    }
}

/// Numbers stretches that nothing tells apart.
fn number(stretches: &mut [Stretch]) {
    let mut seen: BTreeMap<Vec<(String, String)>, u32> = BTreeMap::new();
    let mut parts = Vec::new();
    for stretch in stretches.iter() {
        let count = seen.entry(stretch.subject.clone()).or_insert(0);
        *count += 1;
        parts.push(*count);
    }
    if parts.iter().any(|part| *part > 1) {
        stretches.iter_mut().zip(parts).for_each(|(stretch, part)| stretch.part = Some(part));
    }
}

/// Fields outside of lists that say what a text is about, when, where and of what it was measured; the first of each name.
fn settings(events: &[Event]) -> Vec<&Field> {
    let mut seen = BTreeSet::new();
    let fields = events.iter().filter_map(|event| match event {
        Event::Block(block) if block.name.is_empty() => Some(&block.fields),
        _ => None,
    });
    fields
        .flatten()
        .filter(|field| field.value.len() <= 120)
        .filter(|field| {
            let word = vocabulary::lookup(&field.key, &names::snake(&field.key));
            let word = word.filter(|w| {
                matches!(
                    w,
                    Word::Time
                        | Word::Commit
                        | Word::Branch
                        | Word::Host
                        | Word::Hardware
                        | Word::Param
                        | Word::Case
                        | Word::Label
                )
            });
            word.is_some() && number_unit(&field.value).is_none() && !measured_count(field)
        })
        .filter(|field| seen.insert(field.key.as_str()))
        .collect()
}

/// A number of threads or clients with decimals was counted on average: a result, no setting.
fn measured_count(field: &Field) -> bool {
    let counted = names::words(&field.key).last().is_some_and(|word| {
        matches!(word.as_str(), "concurrency" | "connections" | "clients" | "users" | "threads" | "workers" | "backend")
    });
    counted && matches!(number::scan(&field.value, false), Scan::Number(n) if !n.integer || n.value >= 1e6)
}

fn number_unit(text: &str) -> Option<Unit> {
    match number::scan(text, false) {
        Scan::Number(number) => number.unit,
        _ => None,
    }
}

/// The names that events tell of.
fn keys(events: &[Event]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for event in events {
        match event {
            Event::Block(block) => found.extend(block.fields.iter().map(|field| field.key.as_str())),
            Event::Table(table) => found.extend(table.columns.iter().map(|column| column.name.as_str())),
        }
    }
    found
}

/// Whether two sets of names are of one kind of record: half of all names are shared.
fn alike(a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> bool {
    let shared = a.intersection(b).count();
    shared > 0 && shared * 2 >= a.union(b).count()
}

/// Which sections are records of one kind.
struct Alike {
    /// For a path of headings, its kind and what tells it from the others of that kind.
    kinds: HashMap<Vec<String>, (usize, String)>,
}

impl Alike {
    fn of(events: &[Event]) -> Self {
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
        for path in order.into_iter().take(5000) {
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

/// A column's identity and its place.
type Known = HashMap<String, usize>;

/// Fills tables with records of the same kind.
#[derive(Default)]
struct Builder {
    tables: Vec<(Table, Known)>,
    kinds: HashMap<String, usize>,
    cells: usize,
}

/// Cells of all records at most: records of one kind that all have other names would need many more than the text has.
const MOST_CELLS: usize = 4_000_000;

/// A record while it is put together.
struct Record {
    columns: Vec<(Column, Cell, u32)>,
    /// What [`identity`] calls the columns.
    known: HashSet<String>,
}

impl Builder {
    fn stretch(&mut self, events: &[Event], stretch: &Stretch, alike: &Alike) {
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
        let index = *self.kinds.entry(kind.to_owned()).or_insert_with(|| {
            self.tables.push((Table { layout: Layout::Prose, ..Table::default() }, Known::new()));
            self.tables.len() - 1
        });
        let Some((table, known)) = self.tables.get_mut(index) else { return };
        let (mut cells, mut lines) = (Vec::new(), Vec::new());
        for (column, cell, line) in record.columns {
            lines.push((column.relative.clone(), line));
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
        self.cells = self.cells.saturating_add(cells.len());
        if self.cells <= MOST_CELLS {
            table.rows.push(Row { cells, at: RowAt::Lines(lines), part: stretch.part });
        }
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
        block.fields.first().is_some_and(|f| self.known.contains(&identity(&parents, &f.key, 0)))
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
fn about(mut table: Table, stretch: &Stretch) -> Table {
    let width = table.columns.len();
    table.columns.extend(stretch.subject.iter().map(|(name, _)| inherited(name)));
    for row in &mut table.rows {
        row.part = stretch.part;
        row.cells.resize(width, Cell::Missing);
        row.cells.extend(stretch.subject.iter().map(|(_, value)| Cell::Text(value.clone())));
    }
    table
}
