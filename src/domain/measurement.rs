//! A measurement: the value of a series in a run, with what the file tells of its spread, and where each number stands.

use std::fmt;

use super::series::{Direction, SeriesKey};

/// Stands for the running number in a locator's pattern. A control character, which no column name or key keeps.
pub const SLOT: char = '\u{1}';

/// Where a number stands in its file: a pattern shared by many numbers, and the number that differs.
///
/// Kept apart so that the store interns `row ␁, column ttft_s` once and a measurement row holds two integers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locator {
    /// Text with at most one [`SLOT`].
    pub pattern: String,
    /// What stands in the slot; 0 when there is none.
    pub index: u32,
}

impl Locator {
    /// A cell of a delimited file or table; `row` counts data rows from 1.
    pub fn row(row: u32, column: &str) -> Self {
        Self { pattern: format!("row {SLOT}, column {}", clean(column)), index: row }
    }

    /// A cell of the `table`-th table of a text file (from 1).
    pub fn table_row(table: usize, row: u32, column: &str) -> Self {
        Self { pattern: format!("table {table}, row {SLOT}, column {}", clean(column)), index: row }
    }

    /// A JSON path (`$.results[3].ttft_s`); its last index becomes the slot.
    pub fn json(path: &str) -> Self {
        let path = clean(path);
        let found = path.rfind('[').and_then(|open| {
            let close = open + path[open..].find(']')?;
            let index = path[open + 1..close].parse().ok()?;
            Some((open, close, index))
        });
        match found {
            Some((open, close, index)) => {
                Self { pattern: format!("{}[{SLOT}{}", &path[..open], &path[close..]), index }
            }
            None => Self { pattern: path, index: 0 },
        }
    }

    /// A line of a text file, from 1, with what stands there.
    pub fn line(line: u32, what: &str) -> Self {
        Self { pattern: format!("line {SLOT}, {}", clean(what)), index: line }
    }
}

fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pattern.split_once(SLOT) {
            Some((head, tail)) => write!(f, "{head}{}{tail}", self.index),
            None => f.write_str(&self.pattern),
        }
    }
}

/// One number that describes how a value scatters, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct SpreadValue {
    pub value: f64,
    pub at: Locator,
}

/// What a file says about the scatter around a value. All in the unit of the value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spread {
    pub std: Option<SpreadValue>,
    pub min: Option<SpreadValue>,
    pub max: Option<SpreadValue>,
}

/// The value of one series in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    pub series: SeriesKey,
    pub direction: Direction,
    /// Finite. With several samples it is their median.
    pub value: f64,
    /// The samples behind the value in file order when the file has several rows for it; empty for a single value.
    pub samples: Vec<f64>,
    /// How many samples the file says are behind the value; 1 for a plain number.
    pub n: u64,
    pub spread: Spread,
    /// Half a step of the last decimal place that the file wrote (0.0005 for `0.154`), in the value's unit: what two renderings
    /// of one result may differ by. Zero when the file gives the number in full.
    pub resolution: f64,
    /// Where the value stands; with several samples, where the first one stands.
    pub at: Locator,
    /// The name of the field as in the file.
    pub field: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_print_what_they_were_made_of() {
        assert_eq!(Locator::row(3, "ttft_s").to_string(), "row 3, column ttft_s");
        assert_eq!(Locator::json("$.a[2].b[17].c").to_string(), "$.a[2].b[17].c");
        assert_eq!(Locator::json("$.a.b").to_string(), "$.a.b");
        assert_eq!(Locator::json("$.a[\"k]\"].b").to_string(), "$.a[\"k]\"].b");
    }
}
