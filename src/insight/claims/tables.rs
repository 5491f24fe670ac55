//! Tables: rows of cells between bars (or commas in data), with or without a line of dashes below the head.
//!
//! A row that is longer or shorter than the head is read as far as it goes. The head is the first row when dashes follow it, or when it holds
//! no number and later rows do.

use super::claim::{About, Claim, TEXT};
use super::glyphs::{Glyphs, folded, visible};
use super::number::digit;
use super::scan::Reading;
use super::sink::{Place, Sink};
use super::units;
use crate::domain::units::Unit;

/// Cells of a row that are kept with a claim: the first, and those around it.
const CELLS: usize = 16;

/// Where the cells of one row stand in the text.
pub(super) type Row = Vec<(usize, usize)>;

/// The cells of the line `chars[from..to]` between its bars; `None` when it is no row.
pub(super) fn row(chars: &[char], from: usize, to: usize) -> Option<Row> {
    let line = chars.get(from..to)?;
    let first = line.iter().position(|c| !c.is_whitespace())?;
    let leading = line.get(first) == Some(&'|');
    let mut bars = Vec::new();
    let mut code = false;
    for (i, c) in line.iter().enumerate() {
        let escaped = i > 0 && line.get(i - 1) == Some(&'\\');
        match c {
            '`' => code = !code,
            '|' | '│' if !escaped && !code => bars.push(i),
            _ => {}
        }
    }
    if code {
        bars = line.iter().enumerate().filter(|(_, c)| **c == '|').map(|(i, _)| i).collect();
    }
    let spaced = bars.iter().any(|i| {
        i.checked_sub(1).and_then(|b| line.get(b)).is_some_and(|c| c.is_whitespace())
            && line.get(i + 1).is_some_and(|c| c.is_whitespace())
    });
    if bars.is_empty() || !leading && !spaced {
        return None;
    }
    Some(cut(line.len(), &bars, from, leading))
}

fn cut(length: usize, bars: &[usize], from: usize, leading: bool) -> Row {
    let mut cells = Vec::new();
    let mut start = 0;
    for bar in bars.iter().copied().chain([length]) {
        cells.push((from + start, from + bar));
        start = bar + 1;
    }
    if leading {
        cells.remove(0);
        // What stands behind the closing bar is no cell.
        cells.pop_if(|(start, end)| bars.len() > 1 && start >= end);
    }
    cells
}

/// The cells of a line between commas (or tabs), quotes respected.
pub(super) fn commas(chars: &[char], from: usize, to: usize) -> Row {
    let line = chars.get(from..to).unwrap_or_default();
    let tabs = line.contains(&'\t');
    let mut quoted = false;
    let mut bars = Vec::new();
    for (i, c) in line.iter().enumerate() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted && !tabs => bars.push(i),
            '\t' if tabs => bars.push(i),
            _ => {}
        }
    }
    cut(line.len(), &bars, from, false)
}

/// Heads that number their rows.
const NUMBERING: &[&str] = &[
    "#", "no", "no.", "nr", "nr.", "id", "rank", "index", "run", "step", "row", "序号", "排名", "№", "n°", "trial",
    "item", "phase", "test", "rang",
];
/// Heads of columns that hold units.
const UNITS: &[&str] = &[
    "unit",
    "units",
    "unit(s)",
    "unité",
    "unités",
    "einheit",
    "einheiten",
    "unidad",
    "unidades",
    "unidade",
    "unità",
    "единица",
    "единицы",
    "ед. изм.",
    "单位",
    "單位",
    "単位",
    "الوحدة",
    "birim",
    "eenheid",
    "jednostka",
];
/// Words of heads that count, whatever the row's unit.
const COUNTS: &[&str] =
    &["count", "runs", "samples", "n", "files", "number", "iterations", "次数", "数量", "anzahl", "nombre"];

/// A read table.
pub(super) struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<Glyphs>>,
    head_cells: Vec<Glyphs>,
    /// The column of units.
    units: Option<usize>,
    numbered: bool,
}

impl Table {
    /// Reads rows; the line of dashes is dropped.
    pub fn new(chars: &[char], rows: &[Row]) -> Self {
        let cells = |row: &Row| row.iter().map(|(from, to)| visible(chars, *from, *to)).collect::<Vec<_>>();
        let dashes = |row: &Row| {
            row.iter().any(|(from, to)| from < to)
                && row.iter().all(|(from, to)| is_rule(chars.get(*from..*to).unwrap_or_default()))
        };
        let ruled = rows.get(1).is_some_and(dashes);
        let mut read: Vec<Vec<Glyphs>> = rows.iter().filter(|row| !dashes(row)).map(cells).collect();
        let numbers = |row: &Vec<Glyphs>| row.iter().skip(1).any(|cell| cell.iter().any(|g| digit(g.c).is_some()));
        let headed = ruled
            || read.len() > 1 && read.first().is_some_and(|row| !numbers(row)) && read.iter().skip(1).any(numbers);
        let head_cells = if headed { read.remove(0) } else { Vec::new() };
        let heads: Vec<String> = head_cells.iter().map(|cell| folded(cell, TEXT)).collect();
        let units = heads.iter().position(|head| UNITS.contains(&head.to_lowercase().as_str()));
        let numbered = numbered(&heads, &read);
        Self { heads, rows: read, head_cells, units, numbered }
    }

    /// Gives the claims of every cell.
    pub fn claims(&self, place: &Place, sink: &mut Sink) {
        // What stands above the table comes behind the column's head.
        let inner = &Place { labels: Vec::new(), ..place.clone() };
        let text: String = self.heads.join(" | ").chars().take(TEXT).collect();
        for (column, cell) in self.head_cells.iter().enumerate() {
            let others = around(&self.heads, column);
            let told = |claim: &Claim| {
                claim.about.noun.is_some()
                    || claim.unit.as_ref().is_some_and(|u| u.as_str() == "percent")
                    || matches!(claim.kind, super::Kind::Date(_))
            };
            sink.passage(cell, Reading { heading: true, ..Reading::default() }, inner, |claim| {
                finish(claim, None, others.clone(), &text);
                told(claim)
            });
        }
        for row in &self.rows {
            self.row(row, place, inner, sink);
        }
    }

    fn row(&self, row: &[Glyphs], place: &Place, inner: &Place, sink: &mut Sink) {
        let texts: Vec<String> = row.iter().map(|cell| folded(cell, TEXT)).collect();
        let line: String = texts.join(" | ").chars().take(TEXT).collect();
        let first = texts.first().map_or("", String::as_str);
        let unit_cell = self.units.and_then(|at| texts.get(at));
        for (column, cell) in row.iter().enumerate() {
            if sink.full() {
                return;
            }
            if column == 0 && self.numbered || cell.iter().all(|g| digit(g.c).is_none() && !g.c.is_alphabetic()) {
                continue;
            }
            let head = self.heads.get(column).filter(|head| !head.is_empty());
            let short = texts.get(column).is_some_and(|text| text.split_whitespace().count() <= 8);
            let counting = head.is_some_and(|head| counts(head));
            let unit = || {
                let of_head = head.and_then(|head| units::of_label(head));
                let of_cell = || unit_cell.and_then(|text| units::spelled(text));
                let of_row =
                    || if counting || column == 0 { None } else { units::of_label(first).or_else(|| key_unit(first)) };
                of_head.or_else(of_cell).or_else(of_row)
            };
            let unit = if short { unit() } else { None };
            let noun = unit_cell
                .filter(|text| {
                    units::spelled(text).is_none() && short && self.units != Some(column) && !text.is_empty()
                })
                .cloned();
            let others = around(&texts, column);
            sink.passage(cell, Reading::default(), inner, |claim| {
                label(&mut claim.about, head, (column > 0).then_some(first), &place.labels);
                if claim.about.noun.is_none() {
                    claim.about.noun.clone_from(&noun);
                }
                finish(claim, unit.clone(), others.clone(), &line);
                true
            });
        }
    }
}

/// A head's unit that is the whole head: `Milliseconds`.
fn key_unit(text: &str) -> Option<Unit> {
    super::about::key(text).and_then(|key| units::of_label(&key))
}

fn counts(head: &str) -> bool {
    let lower = head.to_lowercase();
    COUNTS.iter().any(|word| lower.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word))
}

/// The column's head behind the words in the cell; the exact key of the head or the row.
fn label(about: &mut About, head: Option<&String>, first: Option<&str>, outer: &[String]) {
    about.label.extend(head.into_iter().chain(outer).cloned());
    if about.key.is_none() {
        about.key = head.and_then(|head| super::about::key(head)).or_else(|| first.and_then(super::about::key));
    }
}

fn finish(claim: &mut Claim, unit: Option<Unit>, row: Vec<String>, text: &str) {
    if claim.unit.is_none() && claim.about.noun.is_none() && claim.kind == super::Kind::Quantity {
        claim.unit = unit;
    }
    claim.about.row = row;
    claim.text = text.chars().take(TEXT).collect();
}

/// The other cells of the row: the first, and those nearest.
fn around(texts: &[String], column: usize) -> Vec<String> {
    let from = column.saturating_sub(CELLS / 2).max(1);
    let near = texts.iter().enumerate().skip(from).take(CELLS);
    let first = texts.iter().enumerate().take(1);
    first.chain(near).filter(|(at, text)| *at != column && !text.is_empty()).map(|(_, text)| text.clone()).collect()
}

/// Whether the first column only numbers the rows: its head says so, or it runs 1, 2, 3.
fn numbered(heads: &[String], rows: &[Vec<Glyphs>]) -> bool {
    let value =
        |row: &Vec<Glyphs>| row.first().and_then(|cell| folded(cell, 12).trim_end_matches('.').parse::<usize>().ok());
    let values: Vec<Option<usize>> = rows.iter().map(value).collect();
    let said = heads.first().is_some_and(|head| NUMBERING.contains(&head.to_lowercase().as_str()));
    let runs = values.len() > 1 && values.iter().enumerate().all(|(i, value)| *value == Some(i + 1));
    runs || said && values.iter().all(Option::is_some)
}

/// `---`, `:--:`
fn is_rule(cell: &[char]) -> bool {
    cell.iter().all(|c| c.is_whitespace() || matches!(c, '-' | ':' | '=' | '+' | '─' | '—'))
}
