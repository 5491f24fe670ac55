//! benchstat of Go: its tables as text and as CSV (`-format csv`).
//!
//! ```text
//! goos: linux
//! pkg: example.org/codec
//!             │   old.txt   │              new.txt               │
//!             │   sec/op    │   sec/op     vs base               │
//! Encode-8      363.2n ± 1%   390.3n ± 2%  +7.46% (p=0.000 n=10)
//! geomean       262.6n        255.2n       -2.82%
//! ```
//!
//! Each column is a file (or another setting that was compared), each value a median with its confidence interval in percent. The
//! difference from the first column and the geometric mean are computed from the others and no measurements. In text a value has an SI or
//! binary prefix that belongs to its unit (`363.2n` sec are nanoseconds); in CSV it is plain.
//! Source: <https://pkg.go.dev/golang.org/x/perf/cmd/benchstat>.

use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, param};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct Text;
pub(super) struct Csv;

const NAME: Field = case("name");
const COLUMN: Field = param("column", "column");
const GOOS: Field = param("goos", "goos");
const GOARCH: Field = param("goarch", "goarch");
const PKG: Field = param("pkg", "pkg");

/// What stands above a table and holds for it.
#[derive(Default)]
struct Above<'l> {
    settings: Vec<(Field, &'l str)>,
    /// The files' row, until the row of units follows.
    columns: Vec<(usize, String)>,
    /// Begin, end, file and unit of each column of values.
    values: Vec<(usize, usize, String, String)>,
}

impl<'l> Above<'l> {
    /// Takes a `key: value` line; whether it was one.
    fn setting(&mut self, line: &'l str) -> bool {
        let found = line.split_once(": ").and_then(|(key, value)| {
            [GOOS, GOARCH, PKG].into_iter().find(|field| field.key == key).map(|field| (field, value.trim()))
        });
        if let Some((field, value)) = found {
            self.settings.retain(|(other, _)| other.key != field.key);
            self.settings.push((field, value));
        }
        found.is_some()
    }

    fn record(&self, sheet: &mut Sheet, line: u32, name: &str, column: &str) -> Record {
        let mut record = Record::default();
        sheet.put(&mut record, line, &NAME, name);
        sheet.put(&mut record, line, &COLUMN, column);
        for (field, value) in &self.settings {
            sheet.put(&mut record, line, field, value);
        }
        record
    }
}

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["benchstat"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| !units(line).is_empty())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut above = Above::default();
        for (number, line) in source.lines() {
            let units = units(line);
            if !units.is_empty() {
                above.values = columns_of(&above.columns, &units);
            } else if line.contains('│') {
                above.columns = bars(line).into_iter().map(|(start, _, text)| (start, text)).collect();
                above.values.clear();
            } else if line.trim().is_empty() {
                above.values.clear();
            } else if !above.setting(line) && !line.starts_with("geomean") && !above.values.is_empty() {
                row(&mut sheet, &above, number, line);
            }
        }
        Ok(sheet.finish("benchstat"))
    }
}

/// Columns that are read of one table; people compare a handful.
const MOST: usize = 64;

/// The cells between the bars of a header line: begin and end in characters, and the text.
fn bars(line: &str) -> Vec<(usize, usize, String)> {
    let bars: Vec<usize> = line.chars().enumerate().filter(|(_, c)| *c == '│').map(|(at, _)| at).take(MOST).collect();
    let cells = line.split('│').skip(1).zip(bars.windows(2));
    cells.filter_map(|(text, pair)| Some((*pair.first()?, *pair.last()?, text.trim().to_owned()))).collect()
}

/// The cells of a row of units.
fn units(line: &str) -> Vec<(usize, usize, String)> {
    if !line.contains('│') {
        return Vec::new();
    }
    let cells = bars(line);
    let unit = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    let all = cells.iter().all(|(_, _, text)| unit(text).contains("/op") || unit(text).ends_with("/s"));
    if all { cells.into_iter().map(|(from, to, text)| (from, to, unit(&text))).collect() } else { Vec::new() }
}

/// Columns of values: the unit's place, with the file that stands above it.
fn columns_of(files: &[(usize, String)], units: &[(usize, usize, String)]) -> Vec<(usize, usize, String, String)> {
    let file = |at: usize| files.iter().rev().find(|(start, _)| *start <= at).map(|(_, name)| name.clone());
    units.iter().map(|(from, to, unit)| (*from, *to, file(*from).unwrap_or_default(), unit.clone())).collect()
}

fn row(sheet: &mut Sheet, above: &Above<'_>, number: u32, line: &str) {
    let first = above.values.first().map_or(0, |(from, _, _, _)| *from);
    let name: String = line.chars().take(first).collect();
    for (from, to, file, unit) in &above.values {
        let cell: String = line.chars().skip(*from).take(to - from).collect();
        let mut words = cell.split_whitespace();
        let Some((value, scaled)) = words.next().and_then(|word| prefixed(word, unit)) else { continue };
        let mut record = above.record(sheet, number, name.trim(), file);
        let told = quantity::by_unit(&scaled);
        sheet.put_as(&mut record, number, unit, told.role(""), Cell::Text(value));
        if words.next() == Some("±")
            && let Some(share) = words.next().and_then(|word| word.strip_suffix('%'))
        {
            let role = quantity::Told { unit: "percent".to_owned(), ..told }.role("other");
            sheet.put_as(&mut record, number, "±", role, Cell::Text(share.to_owned()));
        }
        sheet.push_at(record, RowAt::Line(number), Some(1));
    }
}

/// A number with the prefix that it has moved into its unit: `363.2n` of `sec/op` is 363.2 `ns/op`.
fn prefixed(word: &str, unit: &str) -> Option<(String, String)> {
    let end = word.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(word.len());
    let (digits, prefix) = word.split_at(end);
    digits.parse::<f64>().ok()?;
    let (what, per) = unit.split_once('/')?;
    let scaled = match (what, prefix) {
        ("sec", "n" | "m") => format!("{prefix}s"),
        ("sec", "µ" | "u") => "us".to_owned(),
        ("sec", "") => "s".to_owned(),
        ("B", "" | "Ki" | "Mi" | "Gi" | "k" | "M" | "G") => format!("{prefix}B"),
        // Counts are small enough to be written out.
        (_, "k" | "M" | "G" | "m") => {
            let power = match prefix {
                "k" => 3,
                "M" => 6,
                "G" => 9,
                _ => -3,
            };
            return Some((format!("{digits}e{power}"), unit.to_owned()));
        }
        (_, "") => what.to_owned(),
        _ => return None,
    };
    Some((digits.to_owned(), format!("{scaled}/{per}")))
}

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["benchstat"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(is_csv_header)
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut above = Above::default();
        for (number, line) in source.lines() {
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            if is_csv_header(line) {
                let units = cells.iter().zip(cells.iter().skip(1)).enumerate().filter(|(_, (_, next))| **next == "CI");
                let units: Vec<(usize, usize, String)> =
                    units.map(|(at, (unit, _))| (at, at + 1, (*unit).to_owned())).collect();
                above.values = columns_of(&above.columns, &units);
            } else if line.starts_with(',') {
                let named = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
                above.columns = named.map(|(at, cell)| (at, (*cell).to_owned())).collect();
            } else if line.is_empty() {
                above.values.clear();
            } else if !above.setting(line) && !line.starts_with("geomean") {
                csv_row(&mut sheet, &above, number, &cells);
            }
        }
        Ok(sheet.finish("benchstat"))
    }
}

/// `,sec/op,CI,sec/op,CI,vs base,P`
fn is_csv_header(line: &str) -> bool {
    let mut cells = line.split(',');
    let (first, unit, interval) = (cells.next(), cells.next().unwrap_or_default(), cells.next());
    first == Some("") && interval == Some("CI") && unit.contains('/')
}

fn csv_row(sheet: &mut Sheet, above: &Above<'_>, number: u32, cells: &[&str]) {
    let Some(name) = cells.first() else { return };
    for (at, interval, file, unit) in &above.values {
        let Some(value) = cells.get(*at).filter(|cell| cell.parse::<f64>().is_ok()) else { continue };
        let mut record = above.record(sheet, number, name, file);
        let told = quantity::by_unit(&unit.replace("sec/", "s/"));
        sheet.put_as(&mut record, number, unit, told.role(""), Cell::Text((*value).to_owned()));
        if let Some(share) = cells.get(*interval).and_then(|cell| cell.strip_suffix('%')) {
            let role = quantity::Told { unit: "percent".to_owned(), ..told }.role("other");
            sheet.put_as(&mut record, number, "CI", role, Cell::Text(share.to_owned()));
        }
        sheet.push_at(record, RowAt::Line(number), Some(1));
    }
}
