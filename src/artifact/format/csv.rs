//! Delimited text: commas, semicolons, tabs or bars, with everything that real files do to it.
//!
//! Comment and title lines above the header are skipped, rows may be ragged, a row of units may follow the header, and a comma may
//! be the decimal mark. A quote that is never closed is a file still being written.

use super::{Format, Source, Stop};
use crate::artifact::infer::number::{Scan, scan, unit_text};
use crate::artifact::table::{Cell, Column, Document, Row, RowAt, Table};
use crate::artifact::{Settings, schema, tools};
use crate::domain::artifact::ArtifactKind;

/// Any delimited text.
pub(in crate::artifact) struct Delimited;

/// Cells of a text that is read whole, or of one piece of it.
const MOST_CELLS: usize = 2_000_000;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl Format for Delimited {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let possible = source.hint.is_none() && (known_header(source.head()) || is_table(source.head()));
        source.hint == Some(ArtifactKind::Csv) || possible
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let delimiter = sniff(source.text);
        if let Some(line) = unclosed_quote(source.text.as_bytes(), delimiter) {
            return Err(Stop::Incomplete(format!("the quote opened on line {line} is not closed")));
        }
        let mut lines = records(source.text, delimiter, settings)?.into_iter();
        let mut document = Document::default();
        let Some(header) = lines.next() else {
            document.warnings.push("nothing but comments".to_owned());
            return Ok(document);
        };
        let width = header.len();
        let mut table = Table { columns: columns(&header), ..Table::default() };
        let mut rows: Vec<Vec<String>> = lines.collect();
        if let Some(units) = rows.first().filter(|first| is_unit_row(first, rows.get(1))) {
            for (column, unit) in table.columns.iter_mut().zip(units) {
                column.unit = unit_text(unit)
                    .or_else(|| (!unit.trim().is_empty()).then(|| crate::domain::units::Unit::new(unit)));
            }
            rows.remove(0);
        }
        let ragged = rows.iter().filter(|row| row.len() != width).count();
        if ragged > 0 {
            document
                .warnings
                .push(format!("{ragged} of {} rows do not have the {width} cells of the header", rows.len()));
        }
        document.decimal_comma = decimal_comma(&rows, delimiter);
        table.rows = (1u32..).zip(rows).map(|(n, row)| data_row(n, row, width)).collect();
        document.tables.push(table);
        Ok(document)
    }
}

/// How many lines tell whether a file of any name is a table. Characters of a header cell at most.
const TOLD_BY: usize = 21;
const LONGEST_NAME: usize = 64;

/// Whether a text that nobody calls delimited is a table all the same: a header of names, below it rows of as many cells, and among
/// these a column of numbers. Prose, logs and code have commas too, but not these.
fn is_table(text: &str) -> bool {
    let delimiter = sniff(text);
    let mut lines: Vec<&str> =
        text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).take(TOLD_BY).collect();
    // The last one may be cut where the look ends.
    if lines.len() > 2 && lines.len() < TOLD_BY {
        lines.pop();
    }
    let rows = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(lines.join("\n").as_bytes())
        .into_records()
        .collect::<Result<Vec<_>, _>>();
    let Ok(rows) = rows else { return false };
    let Some((header, rows)) = rows.split_first() else { return false };
    let is_name = |cell: &str| {
        let cell = cell.trim();
        cell.starts_with(|c: char| c.is_alphabetic() || c == '_') && cell.chars().count() <= LONGEST_NAME
    };
    let is_number = |cell: &str| matches!(scan(cell, delimiter == b';'), Scan::Number(_));
    let of_numbers = |column: usize| rows.iter().filter(|row| row.get(column).is_some_and(is_number)).count();
    header.len() > 1
        && !rows.is_empty()
        && header.iter().all(is_name)
        && (0..header.len()).any(|column| of_numbers(column) * 2 > rows.len())
}

fn data_row(number: u32, row: Vec<String>, width: usize) -> Row {
    let mut cells: Vec<Cell> = row
        .into_iter()
        .take(width)
        .map(|text| if text.trim().is_empty() { Cell::Empty } else { Cell::Text(text) })
        .collect();
    // Short rows are filled up only a little: a wide header must not multiply what the file holds.
    cells.resize(width.min(cells.len() + 8), Cell::Empty);
    Row::new(cells, RowAt::Delimited(number))
}

/// Whether a text of any name begins with the header of a table that a known tool writes.
fn known_header(head: &str) -> bool {
    let Some(line) = head.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')) else { return false };
    let delimiter = sniff(head);
    let mut reader =
        ::csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(line.as_bytes());
    let Some(Ok(header)) = reader.records().next() else { return false };
    let header: Vec<String> = header.iter().map(str::to_owned).collect();
    header.len() > 1 && schema::knows(&columns(&header), tools::SCHEMAS)
}

/// The delimiter that splits the first lines into the most equal columns.
fn sniff(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')).take(20).collect();
    let score = |delimiter: u8| {
        let counts: Vec<usize> = lines.iter().map(|line| unquoted(line, delimiter)).collect();
        let most = counts
            .iter()
            .copied()
            .filter(|&n| n > 0)
            .max_by_key(|n| counts.iter().filter(|c| c == &n).count())
            .unwrap_or(0);
        (counts.iter().filter(|&&c| c == most && most > 0).count(), most)
    };
    // On a tie the earlier candidate: `max_by_key` keeps the last, hence the reversal.
    DELIMITERS.into_iter().rev().max_by_key(|&d| score(d)).unwrap_or(b',')
}

fn unquoted(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    line.bytes()
        .filter(|&byte| {
            quoted ^= byte == b'"';
            byte == delimiter && !quoted
        })
        .count()
}

/// The line of a quote that opens a field and is never closed.
fn unclosed_quote(bytes: &[u8], delimiter: u8) -> Option<usize> {
    #[derive(PartialEq)]
    enum At {
        FieldStart,
        Plain,
        Quoted,
        /// Behind a quote inside quotes: the end, or the first half of a doubled one.
        Closing,
    }
    let (mut line, mut opened, mut at) = (1, 1, At::FieldStart);
    for &byte in bytes {
        at = match (at, byte) {
            (At::FieldStart, b'"') => {
                opened = line;
                At::Quoted
            }
            (At::Quoted, b'"') => At::Closing,
            (At::Quoted, _) | (At::Closing, b'"') => At::Quoted,
            (_, b'\n' | b'\r') => At::FieldStart,
            (_, byte) if byte == delimiter => At::FieldStart,
            _ => At::Plain,
        };
        line += usize::from(byte == b'\n');
    }
    (at == At::Quoted).then_some(opened)
}

/// Rows from the header on.
fn records(text: &str, delimiter: u8, settings: &Settings) -> Result<Vec<Vec<String>>, Stop> {
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut cells = 0usize;
    for record in reader.records() {
        let record = record.map_err(|error| Stop::Rejected(error.to_string()))?;
        if record.len() > settings.max_columns {
            let line = record.position().map_or(0, ::csv::Position::line);
            return Err(Stop::Rejected(format!("line {line}: more than {} columns", settings.max_columns)));
        }
        cells += record.len();
        if cells > MOST_CELLS {
            return Err(Stop::Rejected(format!("more than {MOST_CELLS} cells")));
        }
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(record.iter().map(str::to_owned).collect::<Vec<String>>());
        }
    }
    Ok(from_header(rows))
}

/// Drops title lines: the header is the first row as wide as most rows are.
fn from_header(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let mut widths = std::collections::BTreeMap::new();
    for row in rows.iter().take(200) {
        *widths.entry(row.len()).or_insert(0usize) += 1;
    }
    let usual = widths.into_iter().max_by_key(|&(width, count)| (count, width)).map_or(0, |(width, _)| width);
    let start =
        rows.iter().take(20).position(|row| row.len() == usual || (usual > 1 && row.len() > usual)).unwrap_or(0);
    rows.drain(..start);
    rows
}

/// Columns by name; a name that occurs again gets `#2`.
fn columns(header: &[String]) -> Vec<Column> {
    let mut seen = std::collections::BTreeMap::new();
    header
        .iter()
        .map(|raw| {
            let name = raw.trim().trim_start_matches('\u{feff}').to_owned();
            let count = seen.entry(name.clone()).or_insert(0usize);
            *count += 1;
            let name = if *count > 1 && !name.is_empty() { format!("{name} #{count}") } else { name };
            Column { name, ..Column::default() }
        })
        .collect()
}

/// A row below the header that holds units: no digits, some cell a unit, and numbers below it.
fn is_unit_row(row: &[String], next: Option<&Vec<String>>) -> bool {
    let Some(next) = next else { return false };
    let filled = row.iter().filter(|c| !c.trim().is_empty());
    let wordy = row.iter().all(|c| c.trim().len() <= 24 && !c.contains(|d: char| d.is_ascii_digit()));
    let units = filled.clone().filter(|c| unit_text(c).is_some()).count();
    let above_numbers =
        row.iter().zip(next).filter(|(c, n)| !c.trim().is_empty() && matches!(scan(n, false), Scan::Number(_))).count();
    wordy && units > 0 && above_numbers * 2 > filled.count()
}

/// Whether the comma is the decimal mark: it cannot be when it separates the cells, unless they are quoted.
fn decimal_comma(rows: &[Vec<String>], delimiter: u8) -> bool {
    let cells = || {
        rows.iter()
            .take(500)
            .flatten()
            .map(|c| c.trim())
            .filter(|c| c.starts_with(|d: char| d.is_ascii_digit() || d == '-'))
    };
    let is = |cell: &str, mark: char| {
        cell.split_once(mark).is_some_and(|(whole, rest)| {
            whole.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit())
                && !rest.is_empty()
                && rest.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let points = cells().any(|c| is(c, '.'));
    let unmistakable = cells().any(|c| is(c, ',') && c.rsplit(',').next().is_some_and(|d| d.len() != 3));
    !points && (unmistakable || (delimiter == b';' && cells().any(|c| is(c, ','))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_told_from_what_merely_has_commas() {
        let tables = [
            "model,latency_ms\ntiny,10.5\n",
            "# by a script\nname\tms\na\t1\nb\t2\n",
            "timeStamp,elapsed,label,success\n1760000000123,183,Home,true\n1760000000310,95,\"Log in, again\",true\n",
            "Name;Zeit (ms)\na;10,5\n",
        ];
        for table in tables {
            assert!(is_table(table), "{table}");
        }
        let others = [
            "",
            "model,latency_ms\n",
            "model\ntiny\n",
            "tiny,10.5\nlarge,20.5\n",
            "Dear Sir, hello\nBest, Bob\n",
            "2026-11-21 10:00:00,123 INFO up, 4 workers\n2026-11-21 10:00:01,532 INFO idle, 3 of 16\n",
            "Listening on port 8080, 4 workers\nRequest 4711 took 1532 ms, 12 bytes, 3 tries\n",
            "const a = 1;\nconst b = 2;\n",
            "INSERT INTO users VALUES (1,'a',34);\nINSERT INTO users VALUES (2,'b',31);\n",
            "BenchmarkEncode-8\t100\t302 ns/op\nBenchmarkDecode-8\t200\t151 ns/op\n",
        ];
        for other in others {
            assert!(!is_table(other), "{other}");
        }
    }
}
