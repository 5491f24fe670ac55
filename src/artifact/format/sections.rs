//! What a report told, put into tables: which sections are records of one kind, which belong to one record, and which stretches of
//! the text are executions of their own.
//!
//! - A text that begins again (the same first heading or name, and alike names behind it) holds several *stretches*. They are told apart by
//!   their headings and settings; stretches that these do not tell apart are executions, one after the other.
//! - Sections with alike names are records of one table; their headings say what was measured.
//! - What is left of a stretch is one record: its headings are the keys above the names.

use std::collections::{BTreeMap, BTreeSet};

use super::records::{Alike, Builder, about, measured_count};
use crate::artifact::infer::number::{self, Scan};
use crate::artifact::infer::vocabulary::{self, Word};
use crate::artifact::infer::{names, time};
use crate::artifact::table::{Cell, Document, Table};
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
    /// A mark of this kind with its text, below the headings `base`, before the event of this number.
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
pub(super) struct Stretch {
    from: usize,
    to: usize,
    /// What tells it from the others: names and values.
    pub subject: Vec<(String, String)>,
    /// Which execution it is, where only that tells.
    pub part: Option<u32>,
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
pub(super) fn alike(a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> bool {
    let shared = a.intersection(b).count();
    shared > 0 && shared * 2 >= a.union(b).count()
}
