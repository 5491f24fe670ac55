//! One cell of a file, found again by its locator: how a fact is checked against the file that it came from.
//!
//! The readers of [`format`](super::format) and [`tools`](super::tools) turn a whole file into tables and say where each number stood;
//! this module goes the other way, from the text of a locator (`row 3, column ttft_s`) to what stands there, by rules of its own. It
//! shares with the readers the decoding of bytes and the parsing of one number, and nothing else: a number that was put down under the
//! wrong place is not found there.
//!
//! Locators and what they mean:
//!
//! | locator | the place |
//! | --- | --- |
//! | `row 3, column X` | delimited text: the third row that is no header, title, row of units, comment or blank, under the column `X` |
//! | `table 2, row 3, column X` | the second table of Markdown (bars, or HTML's `<table>`), its third row below the header |
//! | `$.a[3]["b c"]` | a JSON path, RFC 9535 without wildcards; in XML, elements and attributes as a path |
//! | `line 3, $.a` | a JSON path within the value that begins on the third line |
//! | `line 3, what` | a number on the third line: the one that `what` names there or in a header above, else any of them |
//!
//! It fails ([`Lost`]) for a locator that is none of these, and for a place that the file does not have. Hostile input costs a pass over
//! the file at most, and JSON is nested no deeper than `serde_json` allows.

mod json;
mod lines;
mod number;
mod rows;
mod tables;
mod xml;

use std::cell::OnceCell;
use std::fmt;
use std::io::{self, Read};

use serde_json::Value;

use super::compressed::{self, Limits};
use super::text;
use crate::domain::units::Unit;

pub use number::Ways;

/// Why a cell was not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("{0:?} is no place that can be looked up")]
    Place(String),
    #[error("the file has no {0}")]
    Absent(String),
    #[error("the file is not text")]
    Binary,
    #[error("the file is no JSON: {0}")]
    Syntax(String),
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A number of a typed format.
    Number(f64),
    /// The text of the cell; several where columns share their name.
    Texts(Vec<String>),
    /// A line, which holds the number among other things.
    Line {
        text: String,
        /// The part of it that begins with the number, as far as names tell which one it is.
        named: Option<String>,
    },
    /// A list of a typed format.
    List(Vec<f64>),
}

impl Found {
    /// Whether a number that stands here is `value`, which is in `unit`: as written, or converted from another unit of the same
    /// dimension, or from a percentage to its ratio or back.
    pub fn holds(&self, value: f64, unit: &Unit) -> bool {
        self.numbers(unit).iter().flatten().any(|written| number::is(*written, value, unit))
    }

    /// The numbers that stand here in the order of their places, each in all ways in which it can be read.
    pub fn numbers(&self, unit: &Unit) -> Vec<Ways> {
        match self {
            Self::Number(written) => vec![[*written; 5]],
            Self::Texts(texts) => texts.iter().flat_map(|text| number::of_cell(text, unit)).collect(),
            Self::Line { text, named } => {
                let all = number::of_line(text, unit);
                let named = named.as_ref().and_then(|named| number::of_line(named, unit).first().copied());
                // The first place is the named one's on every line, so that lines can be compared place by place.
                named.or(all.first().copied()).into_iter().chain(all).collect()
            }
            Self::List(values) => values.iter().map(|value| [*value; 5]).collect(),
        }
    }
}

impl fmt::Display for Found {
    /// What stands there, on one line and not too long of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = match self {
            Self::Number(number) => number.to_string(),
            Self::Texts(texts) => texts.join(" or "),
            Self::Line { text, .. } => text.clone(),
            Self::List(values) => format!("{values:?}"),
        };
        f.write_str(&text::one_line(&told, 200))
    }
}

/// A file whose cells are looked up.
#[derive(Debug)]
pub struct Cells {
    text: String,
    json: OnceCell<Result<Value, Lost>>,
    records: OnceCell<rows::Rows>,
    tables: OnceCell<Vec<tables::Table>>,
    lines: OnceCell<Vec<(usize, usize)>>,
    headers: OnceCell<lines::Headers>,
}

impl Cells {
    /// The cells of a file, packed or not, with at most `longest` bytes of text.
    ///
    /// # Errors
    /// Those of `source`, and `InvalidData` for what is no text ([`Lost::Binary`]) or longer.
    pub fn read(source: &mut dyn Read, longest: u64) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let limits = Limits { free: longest, ratio: 1000, window: longest };
        compressed::open(source, limits)?.take(longest.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > longest {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("more than {longest} bytes of text")));
        }
        Self::of(&bytes).map_err(|lost| io::Error::new(io::ErrorKind::InvalidData, lost))
    }

    /// The cells of these bytes of text.
    ///
    /// # Errors
    /// [`Lost::Binary`] for what is none.
    pub fn of(bytes: &[u8]) -> Result<Self, Lost> {
        let text = text::decode(bytes).ok_or(Lost::Binary)?.text;
        Ok(Self {
            text,
            json: OnceCell::new(),
            records: OnceCell::new(),
            tables: OnceCell::new(),
            lines: OnceCell::new(),
            headers: OnceCell::new(),
        })
    }

    /// What stands at the place that a locator prints as `at`.
    ///
    /// # Errors
    /// As the module says.
    pub fn at(&self, at: &str) -> Result<Found, Lost> {
        let unknown = || Lost::Place(at.to_owned());
        let absent = || Lost::Absent(at.to_owned());
        if at.starts_with('$') {
            return self.path(at);
        }
        if let Some(rest) = at.strip_prefix("line ") {
            let (line, what) = rest.split_once(", ").ok_or_else(unknown)?;
            let line: usize = line.parse().map_err(|_| unknown())?;
            return if what.starts_with('$') { self.path_on(line, what) } else { self.line(line, what) }
                .ok_or_else(absent);
        }
        let (table, rest) = match at.strip_prefix("table ") {
            Some(rest) => {
                let (table, rest) = rest.split_once(", ").ok_or_else(unknown)?;
                (Some(table.parse::<usize>().map_err(|_| unknown())?), rest)
            }
            None => (None, at),
        };
        let (row, column) =
            rest.strip_prefix("row ").and_then(|rest| rest.split_once(", column ")).ok_or_else(unknown)?;
        let row: usize = row.parse().map_err(|_| unknown())?;
        let texts = match table {
            Some(table) => {
                let tables = self.tables.get_or_init(|| tables::read(&self.text));
                table.checked_sub(1).and_then(|table| tables.get(table)).map(|table| table.cells(row, column))
            }
            None => Some(self.records.get_or_init(|| rows::Rows::read(&self.text)).cells(row, column)),
        };
        texts.filter(|texts| !texts.is_empty()).map(Found::Texts).ok_or_else(absent)
    }

    fn path(&self, at: &str) -> Result<Found, Lost> {
        if xml::is_xml(&self.text) {
            return xml::at(&self.text, at).map(Found::Texts).ok_or_else(|| Lost::Absent(at.to_owned()));
        }
        let root = self.json.get_or_init(|| json::parse(&self.text));
        let root = root.as_ref().map_err(Clone::clone)?;
        json::find(root, at)
    }

    fn path_on(&self, line: usize, path: &str) -> Option<Found> {
        let (start, _) = self.span(line)?;
        let value = json::first(self.text.get(start..)?)?;
        json::find(&value, path).ok()
    }

    fn line(&self, line: usize, what: &str) -> Option<Found> {
        let (start, end) = self.span(line)?;
        let text = self.text.get(start..end)?;
        let headers = || self.headers.get_or_init(|| lines::Headers::read(&self.text));
        let told = || lines::inserted(text, what).or_else(|| lines::named(text, what));
        let named = told().or_else(|| headers().cell(line.checked_sub(1)?, text, what));
        Some(Found::Line { text: text.to_owned(), named })
    }

    /// Where a line, counted from 1, begins and ends.
    fn span(&self, line: usize) -> Option<(usize, usize)> {
        let spans = self.lines.get_or_init(|| lines::spans(&self.text));
        line.checked_sub(1).and_then(|line| spans.get(line)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, at: &str, value: f64, unit: &str) -> Result<bool, Lost> {
        Cells::of(text.as_bytes())?.at(at).map(|found| found.holds(value, &Unit::new(unit)))
    }

    #[test]
    fn rows_are_counted_without_headers_titles_and_comments() {
        let csv = "# host: a\nRun,1\n\nmodel,ttft_ms,note\n,ms,\ntiny,\"1,250.5\",x\n\nmodel,ttft_ms,note\nbig,7,y\n";
        assert_eq!(holds(csv, "row 1, column ttft_ms", 1250.5, "ms"), Ok(true));
        assert_eq!(holds(csv, "row 2, column ttft_ms", 0.007, "s"), Ok(true));
        assert_eq!(holds(csv, "row 2, column ttft_ms", 1250.5, "ms"), Ok(false));
        assert!(matches!(holds(csv, "row 3, column ttft_ms", 7.0, "ms"), Err(Lost::Absent(_))));
        assert!(matches!(holds(csv, "row 1, column load_ms", 7.0, "ms"), Err(Lost::Absent(_))));
        assert_eq!(holds("1.5\t2\n2.5\t3\n", "row 2, column column 1", 2.5, ""), Ok(true));
    }

    #[test]
    fn tables_paths_and_lines_are_found() {
        let page = "# A\n\n| a | b |\n|---|--:|\n| 1 | **2.5 ms** |\n\ntext\n\n<table><tr><th>x</th></tr>\n<tr><td>9</td></tr></table>\n";
        assert_eq!(holds(page, "table 1, row 1, column b", 2500.0, "us"), Ok(true));
        assert_eq!(holds(page, "table 2, row 1, column x", 9.0, ""), Ok(true));
        let json = r#"{"a": {"k [x]": [1, 2.5, NaN]}, "b": "3.5 ms", "c": 1e400}"#;
        assert_eq!(holds(json, "$.a[\"k [x]\"][1]", 2.5, ""), Ok(true));
        assert_eq!(holds(json, "$.b", 3.5, "ms"), Ok(true));
        assert!(matches!(holds(json, "$.a.z", 3.5, "ms"), Err(Lost::Absent(_))));
        let lines = "{\"x\": 1}\n\n{\"x\": {\"y\":\n 2}}\n";
        assert_eq!(holds(lines, "line 3, $.x.y", 2.0, ""), Ok(true));
        let script = "window.BENCHMARK_DATA = {\"entries\": {\"a b\": [4]}};";
        assert_eq!(holds(script, "$.entries[\"a b\"][0]", 4.0, ""), Ok(true));
        let log = "start\nLatency   1.02ms  410.85us  (99.2%)\n";
        assert_eq!(holds(log, "line 2, Latency Avg", 1.02, "ms"), Ok(true));
        assert_eq!(holds(log, "line 2, Latency Stdev", 410.85, "us"), Ok(true));
        assert_eq!(holds(log, "line 2, Latency Avg", 1.03, "ms"), Ok(false));
        let xml = "<r><b mean=\"1.5\"/><b><mean>2.5</mean></b></r>";
        assert_eq!(holds(xml, "$.b[1].mean", 2.5, ""), Ok(true));
    }

    #[test]
    fn what_is_no_place_is_told() {
        for at in ["", "row x, column a", "somewhere", "line 3", "table 1", "from row 5"] {
            assert!(matches!(holds("a,b\n1,2\n", at, 1.0, ""), Err(Lost::Place(_))), "{at}");
        }
        for at in ["$", "$.", "$[", "$[x]", "$.a[\"", "$x"] {
            assert!(holds("{\"a\": 1}", at, 1.0, "").is_err(), "{at}");
        }
        assert_eq!(Cells::of(b"\x7fELF\0\0\0\x01").err(), Some(Lost::Binary));
    }
}
