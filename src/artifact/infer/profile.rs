//! What the cells of a column look like, before anything is made of its name.

use super::number::{Scan, scan};
use super::time;
use crate::artifact::table::{Cell, Table};
use crate::domain::units::Unit;

/// Rows looked at: enough to know a column.
const SAMPLE: usize = 2000;

/// What the cells of a column look like: how many of the first [`SAMPLE`] rows are what.
#[derive(Debug, Default)]
pub(in crate::artifact) struct Profile {
    /// Cells that hold something.
    pub filled: usize,
    pub nulls: usize,
    pub numbers: usize,
    pub integers: usize,
    pub lists: usize,
    /// Lists that hold a number with decimals.
    pub decimal_lists: usize,
    pub bools: usize,
    pub times: usize,
    /// The longest text, in characters.
    pub longest: usize,
    /// The largest number by its amount.
    pub largest: f64,
    /// The first unit that a cell names.
    pub unit: Option<Unit>,
    /// Whether a cell holds a JSON object.
    pub object: bool,
}

/// Looks at a column's cells.
pub(in crate::artifact) fn profile(table: &Table, column: usize, decimal_comma: bool) -> Profile {
    let mut profile = Profile::default();
    for row in table.rows.iter().take(SAMPLE) {
        let cell = row.cell(column);
        match cell {
            Cell::Missing => continue,
            Cell::Empty => profile.nulls += 1,
            Cell::NotANumber => (profile.filled, profile.numbers) = (profile.filled + 1, profile.numbers + 1),
            Cell::List(list) => {
                (profile.filled, profile.lists) = (profile.filled + 1, profile.lists + 1);
                profile.decimal_lists += usize::from(list.iter().any(|(_, value)| value.fract() != 0.0));
            }
            Cell::Bool(_) => (profile.filled, profile.bools) = (profile.filled + 1, profile.bools + 1),
            Cell::Number(value) => profile.number(*value, value.fract() == 0.0, None),
            Cell::Text(text) => profile.text(text, decimal_comma),
        }
    }
    profile
}

impl Profile {
    fn number(&mut self, value: f64, integer: bool, unit: Option<Unit>) {
        self.filled += 1;
        self.numbers += 1;
        self.integers += usize::from(integer);
        self.largest = self.largest.max(value.abs());
        if self.unit.is_none() {
            self.unit = unit;
        }
    }

    fn text(&mut self, text: &str, decimal_comma: bool) {
        match scan(text, decimal_comma) {
            Scan::Empty => self.nulls += 1,
            Scan::Number(n) => self.number(n.value, n.integer, n.unit),
            Scan::NotANumber => (self.filled, self.numbers) = (self.filled + 1, self.numbers + 1),
            Scan::Text => {
                self.filled += 1;
                self.longest = self.longest.max(text.trim().chars().count());
                self.times += usize::from(time::of_text(text).is_some());
                self.object |= text.trim_start().starts_with('{');
            }
        }
    }

    /// Whether at least half of what it holds are numbers.
    pub fn numeric(&self) -> bool {
        self.numbers > 0 && self.numbers * 2 >= self.filled
    }
}
