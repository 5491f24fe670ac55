//! Delimited text: commas, semicolons, tabs or bars, with everything that real files do to it.
//!
//! Here text becomes records of cells, with the line where each begins; [`delimited`](super::delimited) finds the tables among them. What
//! comment lines and single cells say of the whole file (`# host: a`) is kept as constants; a comma may be the decimal mark. A quote that is never
//! closed is a file still being written.

use super::delimited::{self, Record};
use super::keyed::{self, Said};
use super::{Format, Source, Stop, report};
use crate::artifact::Settings;
use crate::artifact::infer::number::{Scan, scan};
use crate::artifact::table::{Cell, Document};
use crate::domain::artifact::ArtifactKind;

/// Any delimited text.
pub(in crate::artifact) struct Delimited;

/// Cells of a text that is read whole, or of one piece of it.
const MOST_CELLS: usize = 2_000_000;

const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

impl Format for Delimited {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        match source.hint {
            // A table that is aligned by blanks may bear the name too.
            Some(ArtifactKind::Csv) => {
                let lines: Vec<(u32, &str)> = (1..).zip(head.lines()).collect();
                head.contains(sniff(head)) || !report::tells_results(&lines)
            }
            Some(_) => false,
            None => is_delimited(head),
        }
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let (text, told, skipped) = match separator_line(source.text) {
            Some((delimiter, rest)) => (rest, Some(delimiter), 1),
            None => (source.text, None, 0),
        };
        let delimiter = told.unwrap_or_else(|| sniff(text));
        if let Some(line) = unclosed_quote(text.as_bytes(), delimiter) {
            return Err(Stop::Incomplete(format!("the quote opened on line {} is not closed", line + skipped)));
        }
        let records = records(text, delimiter, settings)?;
        let mut document = Document::default();
        if records.is_empty() {
            document.warnings.push("nothing but comments".to_owned());
            return Ok(document);
        }
        document.decimal_comma = decimal_comma(&records, delimiter);
        let heading = comments(text).last().map(|line| line.split(delimiter).map(str::to_owned).collect());
        let found = delimited::tables(records, heading.unwrap_or_default());
        document.tables = found.tables;
        document.warnings.extend(found.warnings);
        let notes = comments(text).map(str::to_owned).chain(found.notes);
        document.constants.extend(notes.filter_map(|note| constant(&note)));
        Ok(document)
    }
}

/// What the lines that begin with `#` say, from the first 200 lines.
fn comments(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take(200).filter_map(|line| Some(line.trim_start().strip_prefix('#')?.trim_start_matches('#').trim()))
}

/// A note such as `host: a` as a constant of the file.
fn constant(note: &str) -> Option<(Vec<String>, Cell)> {
    match keyed::line(note) {
        Said::Pairs { name, pairs } if name.is_empty() => {
            let [pair] = pairs.as_slice() else { return None };
            Some((vec![pair.key.clone()], Cell::Text(pair.value.clone())))
        }
        _ => None,
    }
}

/// `sep=;` on the first line, as spreadsheets write it.
fn separator_line(text: &str) -> Option<(char, &str)> {
    let (first, rest) = text.split_once('\n')?;
    let mut mark = first.trim_start_matches('\u{feff}').trim_end_matches('\r').strip_prefix("sep=")?.chars();
    let delimiter = mark.next().filter(|c| DELIMITERS.contains(c))?;
    mark.next().is_none().then_some((delimiter, rest))
}

/// Whether a text whose name says nothing is delimited: a header and rows with as many cells each, of which some are numbers.
fn is_delimited(head: &str) -> bool {
    let delimiter = sniff(head);
    let lines: Vec<&str> = head.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')).take(200).collect();
    let counts: Vec<usize> = lines.iter().map(|line| unquoted(line, delimiter)).collect();
    let (mut best, mut start) = (0..0, 0);
    for end in 1..=counts.len() {
        if end == counts.len() || counts.get(end) != counts.get(start) {
            if counts.get(start).is_some_and(|&count| count > 0) && end - start > best.len() {
                best = start..end;
            }
            start = end;
        }
    }
    let run = lines.get(best.clone()).unwrap_or_default();
    let Some((header, rows)) = run.split_first() else { return false };
    let cells =
        |line: &str| line.split(delimiter).map(|cell| cell.trim().trim_matches('"').to_owned()).collect::<Vec<_>>();
    let numeric = |cell: &String| matches!(scan(cell, false), Scan::Number(_) | Scan::NotANumber);
    let header = cells(header);
    let brief = header.iter().all(|cell| cell.split_whitespace().count() <= 6 && !keyed::is_log(cell));
    let steady = (0..header.len()).any(|i| {
        let numbers = rows.iter().filter(|row| cells(row).get(i).is_some_and(numeric)).count();
        numbers * 10 >= rows.len() * 8
    });
    let named = !header.iter().any(numeric) && header.iter().filter(|cell| !cell.is_empty()).count() > 1;
    (rows.len() >= 2 || (rows.len() == 1 && lines.len() == 2))
        && best.len() * 2 >= lines.len().min(20)
        && named
        && brief
        && steady
        && !header.iter().any(|c| c.contains('='))
}

/// The delimiter that splits the first lines into the most equal columns.
fn sniff(text: &str) -> char {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')).take(20).collect();
    let score = |delimiter: char| {
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
    DELIMITERS.into_iter().rev().max_by_key(|&d| score(d)).unwrap_or(',')
}

fn unquoted(line: &str, delimiter: char) -> usize {
    let mut quoted = false;
    line.chars()
        .filter(|&c| {
            quoted ^= c == '"';
            c == delimiter && !quoted
        })
        .count()
}

/// The line of a quote that opens a field and is never closed.
fn unclosed_quote(bytes: &[u8], delimiter: char) -> Option<usize> {
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
            (_, byte) if char::from(byte) == delimiter => At::FieldStart,
            _ => At::Plain,
        };
        line += usize::from(byte == b'\n');
    }
    (at == At::Quoted).then_some(opened)
}

/// All records that hold anything; comments are left out.
fn records(text: &str, delimiter: char, settings: &Settings) -> Result<Vec<Record>, Stop> {
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    let (mut cells, mut behind) = (0usize, 1u64);
    let mut row = ::csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| Stop::Rejected(error.to_string()))? {
        let line = row.position().map_or(0, ::csv::Position::line);
        if row.len() > settings.max_columns {
            return Err(Stop::Rejected(format!("line {line}: more than {} columns", settings.max_columns)));
        }
        cells += row.len();
        if cells > MOST_CELLS {
            return Err(Stop::Rejected(format!("more than {MOST_CELLS} cells")));
        }
        let apart = line > behind;
        let filled = row.iter().any(|cell| !cell.trim().is_empty());
        if filled {
            records.push(Record { apart, cells: row.iter().map(str::to_owned).collect() });
            behind = reader.position().line();
        }
    }
    Ok(records)
}

/// On which lines records begin, from 1. The reader of records counts a line end of two characters, and blank lines, to the record
/// behind them.
#[derive(Debug, Default)]
pub(in crate::artifact) struct Lines {
    counted: usize,
    line: u32,
}

impl Lines {
    /// The line of a record of `text`, behind the record that was asked for last.
    pub fn of(&mut self, text: &str, record: &::csv::StringRecord) -> u32 {
        let begun = record.position().and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(0);
        let behind = text.get(begun..).unwrap_or_default();
        let begun = begun + behind.len() - behind.trim_start_matches(['\r', '\n']).len();
        let passed = text.get(self.counted..begun).unwrap_or_default().bytes().filter(|&byte| byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        self.counted = self.counted.max(begun);
        self.line.saturating_add(1)
    }
}

/// Whether the comma is the decimal mark: it cannot be when it separates the cells, unless they are quoted.
fn decimal_comma(records: &[Record], delimiter: char) -> bool {
    let cells = || {
        records
            .iter()
            .take(500)
            .flat_map(|record| &record.cells)
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
    !points && (unmistakable || (delimiter == ';' && cells().any(|c| is(c, ','))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_begin_where_they_stand_whatever_ends_the_lines() {
        let text = "a,b\n1,2\n\n\n\"x\ny\",3\n4,5\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let mut lines = Lines::default();
            let begin: Vec<u32> = reader.records().map(|record| lines.of(&text, &record.unwrap())).collect();
            assert_eq!(begin, [1, 2, 5, 7], "{text:?}");
        }
    }

    #[test]
    fn a_table_is_told_from_what_merely_has_commas() {
        let tables = [
            "model,latency_ms\ntiny,10.5\n",
            "# by a script\nname\tms\na\t1\nb\t2\n",
            "timeStamp,elapsed,label,success\n1760000000123,183,Home,true\n1760000000310,95,\"Log in, again\",true\n",
            "Name;Zeit (ms)\na;10,5\n",
        ];
        for table in tables {
            assert!(is_delimited(table), "{table}");
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
            "put (1,'a',34);\nput (2,'b',31);\n",
            "BenchmarkEncode-8\t100\t302 ns/op\nBenchmarkDecode-8\t200\t151 ns/op\n",
        ];
        for other in others {
            assert!(!is_delimited(other), "{other}");
        }
    }
}
