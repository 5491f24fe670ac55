//! Criterion.rs as it prints.
//!
//! ```text
//! encode/64               time:   [1.2042 µs 1.2101 µs 1.2165 µs]
//!                         thrpt:  [50.10 MiB/s 50.41 MiB/s 50.66 MiB/s]
//!                         change: [-1.0% +0.1% +1.2%] (p = 0.87 > 0.05)
//! a name that is too long for its column
//!                         time:   [3.0 ms 3.1 ms 3.2 ms]
//! ```
//!
//! The middle one of three is the estimate, the others bound its confidence interval. What stands below `change:` compares with an
//! earlier run and is no measurement. Source: <https://bheisler.github.io/criterion.rs/book/user_guide/command_line_output.html>.

use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document};

pub(super) struct CriterionText;

const NAME: Field = case("name");

impl Format for CriterionText {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["criterion"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| estimate(line, "time:").is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let (mut previous, mut changing) = ("", false);
        for (number, line) in source.lines() {
            if let Some((name, figures)) = estimate(line, "time:").filter(|(name, _)| !(changing && name.is_empty())) {
                sheet.push(std::mem::take(&mut record), Some(1));
                changing = false;
                let name = if name.is_empty() { previous.trim() } else { name };
                sheet.put(&mut record, number, &NAME, name);
                put(&mut sheet, &mut record, number, "time", figures);
            } else if let Some((_, figures)) = estimate(line, "thrpt:").filter(|_| !changing) {
                put(&mut sheet, &mut record, number, "thrpt", figures);
            } else if line.trim_start().starts_with("change:") {
                changing = true;
            } else if !line.starts_with(char::is_whitespace) {
                changing = false;
            }
            if !line.trim().is_empty() {
                previous = line;
            }
        }
        sheet.push(record, Some(1));
        Ok(sheet.finish("criterion"))
    }
}

/// What stands before the label, and lower bound, estimate and upper bound, each with its unit.
fn estimate<'l>(line: &'l str, label: &str) -> Option<(&'l str, [(&'l str, &'l str); 3])> {
    let (name, rest) = line.split_once(label)?;
    let mut words = rest.trim().strip_prefix('[')?.split_once(']')?.0.split_whitespace();
    let mut pair = || {
        let (value, unit) = (words.next()?, words.next()?);
        value.parse::<f64>().ok().map(|_| (value, unit))
    };
    Some((name.trim(), [pair()?, pair()?, pair()?]))
}

fn put(sheet: &mut Sheet, record: &mut Record, line: u32, key: &str, figures: [(&str, &str); 3]) {
    let [low, (_, unit), high] = figures;
    let told = quantity::by_unit(unit);
    let bounds = [("lower bound", low), ("upper bound", high)];
    sheet.put_as(record, line, key, told.role(""), Cell::Text(figures[1].0.to_owned()));
    for (bound, (value, unit)) in bounds {
        let role = quantity::by_unit(unit).role("other");
        sheet.put_as(record, line, &format!("{key} {bound}"), role, Cell::Text(value.to_owned()));
    }
}
