//! The tables among records of cells: where each begins, what heads it, and what is no row of it.
//!
//! A file may hold several tables, with titles between them; a header may be missing, stand in two rows, be followed by a row of units,
//! or come again where outputs were joined. A row that sums up the others (`Total`) is a case of its own. Nothing is refused here: what does not
//! fit is kept as a note or counted in a warning.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::artifact::infer::number::{Scan, scan, unit_text};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::table::{Cell, Column, Row, RowAt, Table};
use crate::domain::units::Unit;

/// A record of a delimited file.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Blank lines or comments stand above it.
    pub apart: bool,
    pub cells: Vec<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub tables: Vec<Table>,
    /// Titles and notes between the tables.
    pub notes: Vec<String>,
    pub warnings: Vec<String>,
}

/// First cells of rows that sum up other rows.
const SUMMARIES: &[&str] = &[
    "average",
    "avg",
    "mean",
    "median",
    "total",
    "totals",
    "sum",
    "aggregated",
    "aggregate",
    "overall",
    "summary",
    "all",
    "min",
    "max",
    "std",
    "stdev",
    "stddev",
    "geomean",
];

/// The tables of `records`; `comment` is the last comment's cells, which head a table that has no other header.
pub(super) fn tables(records: Vec<Record>, comment: Vec<String>) -> Found {
    let mut found = Found::default();
    let start = beginning(&records).min(records.len());
    let mut body = VecDeque::from(records);
    let above: Vec<Record> = body.drain(..start).collect();
    found.notes.extend(above.iter().map(note));
    let mut heading = above.last().filter(|r| filled(r) == 1).map(title_of).unwrap_or_default();
    let mut open: Option<Open> = None;
    let mut number = 0;
    while let Some(record) = body.pop_front() {
        if let Some(open) = open.as_mut().filter(|open| open.header == record.cells) {
            open.block += 1;
            continue;
        }
        if open.as_ref().is_none_or(|open| heads_another(&record, body.front(), open)) {
            found.close(open.take());
            let title = std::mem::take(&mut heading);
            let headless = found.tables.is_empty() && is_headless(&record, body.front());
            number += u32::from(headless);
            let names = if headless { unnamed(&record, &comment) } else { record.cells.clone() };
            let mut table = Open::new(names, title);
            if headless {
                table.rows.push((number, table.block, record.cells));
            } else {
                table.second_header(&mut body);
            }
            open = Some(table);
            continue;
        }
        let Some(table) = &mut open else { continue };
        let title = filled(&record) == 1 && record.cells.len() < table.header.len() && table.header.len() > 2;
        if title && !record.cells.first().is_some_and(|cell| is_number(cell)) {
            heading = title_of(&record);
            found.notes.push(heading.clone());
            continue;
        }
        number += 1;
        table.rows.push((number, table.block, record.cells));
    }
    found.close(open);
    if found.tables.len() == 1 {
        found.tables.iter_mut().for_each(|table| table.heading.clear());
    }
    found
}

fn filled(record: &Record) -> usize {
    record.cells.iter().filter(|cell| !cell.trim().is_empty()).count()
}

fn title_of(record: &Record) -> String {
    note(record).trim_end_matches(':').to_owned()
}

fn note(record: &Record) -> String {
    let cells: Vec<&str> = record.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    match cells.as_slice() {
        [key, value] if !key.ends_with(':') && !key.contains(": ") => format!("{key}: {value}"),
        cells => cells.join(" "),
    }
}

fn is_number(cell: &str) -> bool {
    matches!(scan(cell, false), Scan::Number(_) | Scan::NotANumber)
}

/// Where the first table begins: at the first of the records that are as wide as most are, or at a header before it.
fn beginning(records: &[Record]) -> usize {
    let mut widths = BTreeMap::new();
    for record in records.iter().take(200) {
        *widths.entry(record.cells.len()).or_insert(0usize) += 1;
    }
    let usual = widths.into_iter().max_by_key(|&(width, count)| (count, width)).map_or(0, |(width, _)| width);
    let wide = |record: &Record| record.cells.len() == usual || (usual > 1 && record.cells.len() > usual);
    let start = records.iter().take(50).position(wide).unwrap_or(0);
    // A narrower table may stand before the widest one.
    let header = |at: &usize| {
        let next = records.get(at + 1);
        records
            .get(*at)
            .is_some_and(|record| is_header(record) && next.is_some_and(|next| is_row_of(next, &record.cells)))
    };
    (0..start).find(header).unwrap_or(start)
}

/// Whether a record can head a table: at least two names, and no number.
fn is_header(record: &Record) -> bool {
    filled(record) >= 2 && !record.cells.iter().any(|cell| is_number(cell))
}

/// Whether a record has as many cells as the header, and some number.
fn is_row_of(record: &Record, header: &[String]) -> bool {
    record.cells.len().abs_diff(header.len()) <= 1 && record.cells.iter().any(|cell| is_number(cell))
}

/// Whether another table begins within an open one.
fn heads_another(record: &Record, next: Option<&Record>, open: &Open) -> bool {
    let new = record.apart || record.cells.len() != open.header.len();
    new && is_header(record)
        && next.is_some_and(|next| !next.apart && is_row_of(next, &record.cells))
        && !open.rows.is_empty()
}

/// Whether the first record is a row already: it holds numbers that are no names of columns (`1, 2, 4, 8`).
fn is_headless(record: &Record, next: Option<&Record>) -> bool {
    let numbers: Vec<f64> = record.cells.iter().filter_map(|cell| cell.trim().parse().ok()).collect();
    let names = numbers.len() > 1
        && numbers.iter().all(|n| n.fract() == 0.0)
        && numbers.windows(2).all(|pair| pair.first() < pair.last());
    let alike = next.is_some_and(|next| {
        next.cells.len() == record.cells.len()
            && record.cells.iter().zip(&next.cells).all(|(a, b)| is_number(a) == is_number(b) || b.trim().is_empty())
    });
    !numbers.is_empty() && !names && (alike || next.is_none())
}

/// Names for columns that have none: those of the last comment if it has as many cells, else their numbers.
fn unnamed(record: &Record, comment: &[String]) -> Vec<String> {
    if comment.len() == record.cells.len() && comment.len() > 1 && !comment.iter().any(|cell| is_number(cell)) {
        return comment.iter().map(|cell| cell.trim().to_owned()).collect();
    }
    (1..=record.cells.len()).map(|n| format!("column {n}")).collect()
}

/// A table while its rows are collected.
struct Open {
    header: Vec<String>,
    heading: String,
    units: Vec<Option<Unit>>,
    /// How often the header came again.
    block: u32,
    /// With their number in the file and the block they stand in.
    rows: Vec<(u32, u32, Vec<String>)>,
}

impl Open {
    fn new(header: Vec<String>, heading: String) -> Self {
        Self { header, heading, units: Vec::new(), block: 1, rows: Vec::new() }
    }

    /// Takes a row of units or a second row of names that follows the header.
    fn second_header(&mut self, records: &mut VecDeque<Record>) {
        let names = |next: &&Record| !next.apart && !next.cells.iter().any(|cell| is_number(cell));
        let Some(row) = records.front().filter(names).map(|next| next.cells.clone()) else { return };
        let after = records.get(1);
        if is_unit_row(&row, after) {
            let unit = |text: &String| unit_text(text).or_else(|| (!text.trim().is_empty()).then(|| Unit::new(text)));
            self.units = row.iter().map(unit).collect();
            records.pop_front();
            return;
        }
        let gaps = self.header.iter().skip(1).any(|name| name.trim().is_empty());
        let distinct = self.header.iter().collect::<BTreeSet<_>>().len() < self.header.len();
        let numbers = after.is_some_and(|after| is_row_of(after, &row));
        if row.len() == self.header.len()
            && (gaps || distinct)
            && numbers
            && row.iter().filter(|c| !c.trim().is_empty()).count() > 1
        {
            let mut group = String::new();
            for (name, below) in self.header.iter_mut().zip(&row) {
                if !name.trim().is_empty() {
                    name.trim().clone_into(&mut group);
                }
                if !below.trim().is_empty() {
                    *name = format!("{group} {}", below.trim()).trim().to_owned();
                }
            }
            records.pop_front();
        }
    }

    fn table(mut self, warnings: &mut Vec<String>) -> Table {
        // A delimiter behind the last cell of every row makes a column of nothing.
        while self.header.last().is_some_and(|name| name.trim().is_empty())
            && self
                .rows
                .iter()
                .all(|(_, _, cells)| cells.get(self.header.len() - 1).is_none_or(|c| c.trim().is_empty()))
        {
            self.header.pop();
        }
        let width = self.header.len();
        let ragged = self
            .rows
            .iter()
            .filter(|(_, _, cells)| cells.len() < width || cells.iter().skip(width).any(|c| !c.trim().is_empty()));
        let ragged = ragged.count();
        if ragged > 0 {
            warnings.push(format!("{ragged} of {} rows do not have the {width} cells of the header", self.rows.len()));
        }
        let mut columns = columns(&self.header);
        for (i, column) in columns.iter_mut().enumerate() {
            column.unit = self.units.get(i).cloned().flatten();
        }
        if let Some(first) = columns.first_mut().filter(|first| first.name.is_empty())
            && is_index(&self.rows)
        {
            first.declared = Some(ColumnRole::Ignore);
        }
        let summaries = summaries(&self.rows);
        if !summaries.is_empty() {
            columns.push(Column {
                declared: Some(ColumnRole::Case),
                relative: "\u{1}summary".to_owned(),
                ..Column::default()
            });
        }
        let parts = self.parts();
        let rows = self.rows.into_iter().map(|(number, block, cells)| {
            let summary = summaries.get(&number).cloned();
            let mut row = Row::new(cells_of(cells, width, summary), RowAt::Delimited(number));
            row.part = parts.then_some(block);
            row
        });
        let rows = rows.collect();
        Table { heading: self.heading, columns, rows, ..Table::default() }
    }

    /// Whether the blocks between repeated headers are executions: the same things are measured in each.
    fn parts(&self) -> bool {
        let mut subjects: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        for (_, block, cells) in &self.rows {
            let texts: Vec<&str> = cells.iter().map(String::as_str).filter(|cell| !is_number(cell)).collect();
            subjects.entry(*block).or_default().insert(texts.join("\u{1}"));
        }
        let mut blocks = subjects.values();
        let first = blocks.next();
        self.block > 1 && blocks.all(|block| first.is_some_and(|first| !first.is_disjoint(block)))
    }
}

impl Found {
    fn close(&mut self, open: Option<Open>) {
        self.tables.extend(open.map(|open| open.table(&mut self.warnings)));
    }
}

fn cells_of(cells: Vec<String>, width: usize, summary: Option<String>) -> Vec<Cell> {
    let text = |text: String| if text.trim().is_empty() { Cell::Empty } else { Cell::Text(text) };
    let mut cells: Vec<Cell> = cells.into_iter().take(width).map(text).collect();
    // Short rows are filled up only a little: a wide header must not multiply what the file holds.
    cells.resize(width.min(cells.len() + 8), Cell::Empty);
    if let Some(summary) = summary {
        cells.resize(width, Cell::Empty);
        cells.push(Cell::Text(summary));
    }
    cells
}

/// Columns by name, each with another: a name that occurs again gets `#2`, a second one without a name is `column 7`.
pub(super) fn columns(header: &[String]) -> Vec<Column> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    let column = |(number, raw): (usize, &String)| {
        let given = raw.trim().trim_start_matches('\u{feff}');
        let given = if given.is_empty() && used.contains("") { format!("column {number}") } else { given.to_owned() };
        let count = seen.entry(given.clone()).or_insert(0);
        let mut name = given.clone();
        loop {
            *count += 1;
            if *count > 1 {
                name = format!("{given} #{count}");
            }
            if used.insert(name.clone()) {
                return Column { name, ..Column::default() };
            }
        }
    };
    (1..).zip(header).map(column).collect()
}

/// A row below the header that holds units: no digits, some cell a unit, and numbers below it.
fn is_unit_row(row: &[String], next: Option<&Record>) -> bool {
    let Some(next) = next else { return false };
    let filled = row.iter().filter(|c| !c.trim().is_empty());
    let wordy = row.iter().all(|c| c.trim().len() <= 24 && !c.contains(|d: char| d.is_ascii_digit()));
    let units = filled.clone().filter(|c| unit_text(c).is_some()).count();
    let above = row.iter().zip(&next.cells).filter(|(c, n)| !c.trim().is_empty() && is_number(n)).count();
    wordy && units > 0 && above * 2 > filled.count()
}

/// Whether the first cells only number the rows.
fn is_index(rows: &[(u32, u32, Vec<String>)]) -> bool {
    let first = |row: &(u32, u32, Vec<String>)| row.2.first().and_then(|cell| cell.trim().parse::<u64>().ok());
    let begins = rows.first().and_then(first);
    rows.len() > 1
        && begins.is_some_and(|begins| {
            begins <= 1 && rows.iter().zip(begins..).all(|(row, expected)| first(row) == Some(expected))
        })
}

/// Rows that sum up others, by number, where the column of their name holds numbers otherwise.
fn summaries(rows: &[(u32, u32, Vec<String>)]) -> BTreeMap<u32, String> {
    let name = |cells: &[String]| {
        let (at, cell) = cells.iter().enumerate().find(|(_, cell)| !cell.trim().is_empty())?;
        let word = cell.trim().trim_end_matches(':').to_lowercase();
        SUMMARIES.contains(&word.as_str()).then(|| (at, cell.trim().to_owned()))
    };
    let mut found = BTreeMap::new();
    for (number, _, cells) in rows {
        let Some((at, text)) = name(cells) else { continue };
        let numeric = |(_, _, cells): &&(u32, u32, Vec<String>)| cells.get(at).is_some_and(|cell| is_number(cell));
        if found.len() < 1000 && rows.iter().take(200).filter(numeric).count() * 2 >= rows.len().min(200) {
            found.insert(*number, text);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Found {
        let mut apart = false;
        let mut records = Vec::new();
        for line in text.lines() {
            if line.is_empty() {
                apart = true;
                continue;
            }
            records.push(Record {
                apart: std::mem::take(&mut apart),
                cells: line.split(',').map(str::to_owned).collect(),
            });
        }
        tables(records, Vec::new())
    }

    /// `heading(columns) rows`.
    fn shape(found: &Found) -> Vec<String> {
        let names = |t: &Table| t.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(",");
        found.tables.iter().map(|t| format!("{}({}) {}", t.heading, names(t), t.rows.len())).collect()
    }

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let names = |header: &[&str]| -> Vec<String> {
            columns(&header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
                .into_iter()
                .map(|c| c.name)
                .collect()
        };
        assert_eq!(names(&["", "a", " a", "a #2", "", ""]), ["", "a", "a #2", "a #2 #2", "column 5", "column 6"]);
        assert_eq!(names(&["column 3", "", "", "column 3"]), ["column 3", "", "column 3 #2", "column 3 #3"]);
    }

    #[test]
    fn several_tables_and_their_titles_are_told_apart() {
        let found = read(
            "Tool 1.0\nhost,a\n\nCiphers:\nname,MB/s,cycles\naes,1.5,2.5\nmd5,3.5,4.5\n\nKeys:\nname,size,op,ms\nrsa,1024,gen,1.5\n",
        );
        assert_eq!(shape(&found), ["Ciphers(name,MB/s,cycles) 2", "Keys(name,size,op,ms) 1"]);
        assert_eq!(found.notes, ["Tool 1.0", "host: a", "Ciphers:", "Keys"]);
    }

    #[test]
    fn headers_may_be_missing_doubled_or_repeated() {
        assert_eq!(shape(&read("sort,1.5,2\nheap,2.5,3\n")), ["(column 1,column 2,column 3) 2"]);
        assert_eq!(shape(&read("threads,1,2,4\nsort,1.5,2.5,3.5\n")), ["(threads,1,2,4) 1"]);
        assert_eq!(
            shape(&read(",latency,,rate,\nname,mean,max,mean,max\na,1.5,2.5,3.5,4.5\n")),
            ["(name,latency mean,latency max,rate mean,rate max) 1"]
        );
        let found = read("name,ms\na,1.5\nb,2.5\nname,ms\na,1.75\nb,2.75\n");
        assert_eq!(shape(&found), ["(name,ms) 4"]);
        let parts: Vec<Option<u32>> = found.tables[0].rows.iter().map(|row| row.part).collect();
        assert_eq!(parts, [Some(1), Some(1), Some(2), Some(2)]);
    }

    #[test]
    fn units_trailing_delimiters_and_summaries_are_understood() {
        let found = read("run,time,size,\n,ms,MB,\n1,1.5,2.5,\n2,2.5,3.5,\nAverage,2.0,3.0,\n");
        assert_eq!(shape(&found), ["(run,time,size,) 3"]);
        let units: Vec<String> =
            found.tables[0].columns.iter().map(|c| c.unit.clone().unwrap_or_default().to_string()).collect();
        assert_eq!(units, ["", "ms", "MB", ""]);
        assert_eq!(found.tables[0].rows[2].cell(3).text(), "Average");
        assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    }
}
