//! Rows of delimited text, counted as people count them: without what heads, titles or comments them.

use std::collections::BTreeMap;

use crate::artifact::infer::number::{Scan, scan, unit_text};

/// Marks that separate cells, in the order in which they are tried.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// The rows of a text, for each mark that may separate its cells.
#[derive(Debug)]
pub(super) struct Rows {
    read: Vec<Reading>,
}

/// The text, taken apart at one mark.
#[derive(Debug, Default)]
struct Reading {
    headers: Vec<Vec<String>>,
    /// In the order of their numbers, with the header that each stands under.
    rows: Vec<(usize, Vec<String>)>,
}

impl Rows {
    pub fn read(text: &str) -> Self {
        let text = match text.split_once('\n') {
            Some((first, rest)) if first.trim_start().starts_with("sep=") => rest,
            _ => text,
        };
        Self { read: DELIMITERS.iter().map(|&delimiter| Reading::of(text, delimiter)).collect() }
    }

    /// The cells of a row, counted from 1, under the columns of this name; none when there is no such row or column.
    pub fn cells(&self, row: usize, column: &str) -> Vec<String> {
        let mut found = self.read.iter().map(|reading| reading.cells(row, column));
        found.find(|cells| !cells.is_empty()).unwrap_or_default()
    }
}

impl Reading {
    fn of(text: &str, delimiter: u8) -> Self {
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let records: Vec<Vec<String>> = reader
            .records()
            .map_while(Result::ok)
            .map(|record| record.iter().map(|cell| cell.trim().to_owned()).collect())
            .filter(|record: &Vec<String>| record.iter().any(|cell| !cell.is_empty()))
            .collect();
        let mut reading = Self::default();
        let mut at = start(&records);
        if records.get(at).is_some_and(|record| !heads(record, records.get(at + 1))) {
            let names = (1..=records.get(at).map_or(0, Vec::len)).map(|n| format!("column {n}")).collect();
            reading.headers.push(names);
        }
        while let Some(record) = records.get(at) {
            at += 1;
            let header = reading.headers.last();
            if header == Some(record) {
                continue;
            }
            if header.is_none_or(|header| begins_another(record, records.get(at), header)) {
                let more = under(record, records.get(at), records.get(at + 1));
                at += usize::from(more.is_some());
                let named = more.map(|more| merged(record, &more));
                reading.headers.push(named.unwrap_or_else(|| record.clone()));
                continue;
            }
            let width = header.map_or(0, Vec::len);
            if filled(record) == 1 && record.len() < width && width > 2 && !record.first().is_some_and(|c| is_number(c))
            {
                continue;
            }
            reading.rows.push((reading.headers.len() - 1, record.clone()));
        }
        reading
    }

    fn cells(&self, row: usize, column: &str) -> Vec<String> {
        let Some((header, cells)) = row.checked_sub(1).and_then(|row| self.rows.get(row)) else { return Vec::new() };
        let names = self.headers.get(*header).map(Vec::as_slice).unwrap_or_default();
        let column = column.trim();
        let named = names.iter().zip(cells).filter(|(name, _)| name.as_str() == column);
        named.map(|(_, cell)| cell.clone()).collect()
    }
}

fn filled(record: &[String]) -> usize {
    record.iter().filter(|cell| !cell.is_empty()).count()
}

fn is_number(cell: &str) -> bool {
    matches!(scan(cell, false), Scan::Number(_) | Scan::NotANumber)
}

fn has_number(record: &[String]) -> bool {
    record.iter().any(|cell| is_number(cell))
}

/// The first record of the first table: those above are narrower than the usual one and head no row of their width.
fn start(records: &[Vec<String>]) -> usize {
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    records.iter().take(200).for_each(|record| *widths.entry(record.len()).or_default() += 1);
    let usual = widths.into_iter().max_by_key(|&(width, count)| (count, width)).map_or(0, |(width, _)| width);
    let is_start = |at: usize| {
        let Some(record) = records.get(at) else { return false };
        let next = records.get(at + 1).filter(|next| next.len().abs_diff(record.len()) <= 1 && has_number(next));
        let heads = filled(record) >= 2 && !has_number(record) && next.is_some();
        heads || record.len() == usual || usual > 1 && record.len() > usual
    };
    (0..records.len().min(50)).find(|&at| is_start(at)).unwrap_or(0)
}

/// Whether the first record of all names columns, rather than being a row itself.
fn heads(record: &[String], next: Option<&Vec<String>>) -> bool {
    let numbers: Vec<f64> = record.iter().filter_map(|cell| cell.parse().ok()).collect();
    let counts = numbers.len() > 1 && numbers.windows(2).all(|pair| pair.first() < pair.last());
    let whole = numbers.iter().all(|number| number.fract() == 0.0);
    let alike = next.is_none_or(|next| {
        let same = |(a, b): (&String, &String)| is_number(a) == is_number(b) || b.is_empty();
        next.len() == record.len() && record.iter().zip(next).all(same)
    });
    numbers.is_empty() || counts && whole || !alike
}

/// Whether another table begins below the present one.
fn begins_another(record: &[String], next: Option<&Vec<String>>, header: &[String]) -> bool {
    let Some(next) = next else { return false };
    let heads = filled(record) >= 2 && !has_number(record);
    heads && record.len() != header.len() && next.len().abs_diff(record.len()) <= 1 && has_number(next)
}

/// A row of units, or of further names, below a header.
fn under(header: &[String], next: Option<&Vec<String>>, after: Option<&Vec<String>>) -> Option<Vec<String>> {
    let next = next.filter(|next| !has_number(next) && next.len() == header.len())?;
    let named = next.iter().filter(|cell| !cell.is_empty());
    let measured = |(name, below): &(&String, &String)| !name.is_empty() && is_number(below);
    let above = next.iter().zip(after.into_iter().flatten()).filter(measured).count();
    let gaps = header.iter().skip(1).any(String::is_empty);
    let units = !gaps && named.clone().any(|cell| unit_text(cell).is_some()) && above * 2 > named.clone().count();
    let mut names: Vec<&String> = header.iter().collect();
    names.sort_unstable();
    let doubled = names.windows(2).any(|pair| pair.first() == pair.last());
    let further = doubled && named.count() > 1 && after.is_some_and(|after| has_number(after));
    (units || further).then(|| if units { Vec::new() } else { next.clone() })
}

/// The names of two rows of headers: the upper one goes for all columns until the next.
fn merged(upper: &[String], lower: &[String]) -> Vec<String> {
    let mut group = "";
    let mut names = Vec::new();
    for (i, name) in upper.iter().enumerate() {
        if !name.is_empty() {
            group = name;
        }
        match lower.get(i).filter(|lower| !lower.is_empty()) {
            Some(lower) => names.push(format!("{group} {lower}").trim().to_owned()),
            None => names.push(name.clone()),
        }
    }
    names
}
