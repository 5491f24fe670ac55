//! A measurement: the value of a series in a run, with what the file tells of its spread, and where each number stands.

use std::fmt;

use super::series::{Direction, SeriesKey};
use super::units::Unit;

/// Stands for the running number in a locator's pattern. A control character, which no column name or key keeps.
pub const SLOT: char = '\u{1}';

/// Ends the list of further running numbers behind a [`SLOT`], or, with no slot before it, stands before each of a list of places.
const FURTHER: char = '\u{2}';

/// Stands in a list of places before the number of those that it does not name.
const UNLISTED: char = '\u{3}';

/// Places that do not share a pattern are listed one by one up to this many.
const LISTED: usize = 64;

/// Where a number stands in its file: a pattern shared by many numbers, and the number that differs.
///
/// Kept apart so that the store interns `row ␁, column ttft_s` once and a measurement row holds two integers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locator {
    /// Text with at most one [`SLOT`]. For a value computed over several cells the slot is followed by their distances from the
    /// first (`␁+1-4+7␂`), so that the same layout further down a file is the same pattern.
    pub pattern: String,
    /// What stands in the slot; 0 when there is none.
    pub index: u32,
}

impl Locator {
    /// The place of a value that was computed over all of these cells; `None` when there are none.
    pub fn several<'a>(places: impl IntoIterator<Item = &'a Locator>) -> Option<Self> {
        let mut places: Vec<&Locator> = places.into_iter().collect();
        places.sort_unstable();
        places.dedup();
        let (&first, rest) = places.split_first()?;
        if rest.is_empty() {
            return Some(first.clone());
        }
        let Some((head, tail)) =
            first.pattern.split_once(SLOT).filter(|_| rest.iter().all(|p| p.pattern == first.pattern))
        else {
            let mut pattern: String = places.iter().take(LISTED).map(|place| format!("{FURTHER}{place}")).collect();
            if places.len() > LISTED {
                pattern.push_str(&format!("{UNLISTED}{}", places.len() - LISTED));
            }
            return Some(Self { pattern, index: 0 });
        };
        let further: String = stretches(rest.iter().map(|place| place.index - first.index))
            .into_iter()
            .map(|(from, to)| if from == to { format!("+{from}") } else { format!("+{from}-{to}") })
            .collect();
        Some(Self { pattern: format!("{head}{SLOT}{further}{FURTHER}{tail}"), index: first.index })
    }

    /// Whether the value was computed over several cells.
    pub fn is_several(&self) -> bool {
        self.pattern.contains(FURTHER)
    }

    /// The pattern of a single cell, and which ones there are: first and last of each stretch. Of places without a common pattern
    /// their list, as [`fill`] prints it and [`listed`] takes it apart.
    pub fn cells(&self) -> (String, Vec<(u32, u32)>) {
        let Some((head, rest)) = self.pattern.split_once(SLOT) else {
            return (self.pattern.clone(), vec![(self.index, self.index)]);
        };
        let Some((further, tail)) = rest.split_once(FURTHER) else {
            return (self.pattern.clone(), vec![(self.index, self.index)]);
        };
        let end = |text: &str| text.parse().ok().and_then(|offset: u32| self.index.checked_add(offset));
        let further = further.split('+').filter_map(|stretch| {
            let (from, to) = stretch.split_once('-').unwrap_or((stretch, stretch));
            Some((end(from)?, end(to)?))
        });
        let mut found = vec![(self.index, self.index)];
        for (from, to) in further {
            match found.last_mut().filter(|last| last.1.checked_add(1) == Some(from)) {
                Some(last) => last.1 = to,
                None => found.push((from, to)),
            }
        }
        (format!("{head}{SLOT}{tail}"), found)
    }

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
            let text = &path[open + 1..close];
            let index: u32 = text.parse().ok()?;
            // Within a key there may be what only looks like an index: `[03]` must stay as it is.
            (index.to_string() == text).then_some((open, close, index))
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
        let (pattern, stretches) = self.cells();
        f.write_str(&fill(&pattern, &stretches))
    }
}

/// A pattern with these stretches in its slot: `row 1–3, 7, column ttft_s`.
pub fn fill(pattern: &str, stretches: &[(u32, u32)]) -> String {
    let Some((head, tail)) = pattern.split_once(SLOT) else {
        let Some(places) = listed(pattern) else { return pattern.to_owned() };
        let more = unlisted(pattern);
        let more = if more > 0 { format!("; {more} more") } else { String::new() };
        return format!("{}{more}", places.join("; "));
    };
    let slots: Vec<String> = stretches
        .iter()
        .map(|&(first, last)| if first == last { first.to_string() } else { format!("{first}–{last}") })
        .collect();
    format!("{head}{}{tail}", slots.join(", "))
}

/// The places in a pattern that is a list of them; `None` for any other.
pub fn listed(pattern: &str) -> Option<Vec<&str>> {
    let list = pattern.strip_prefix(FURTHER)?;
    let named = list.split_once(UNLISTED).map_or(list, |(named, _)| named);
    Some(named.split(FURTHER).collect())
}

/// How many places a pattern that is a list of them leaves out.
pub fn unlisted(pattern: &str) -> u64 {
    pattern.rsplit_once(UNLISTED).and_then(|(_, more)| more.parse().ok()).unwrap_or(0)
}

/// Ascending numbers as first and last of each unbroken stretch.
fn stretches(numbers: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match found.last_mut().filter(|last| last.1.checked_add(1) == Some(number)) {
            Some(last) => last.1 = number,
            None => found.push((number, number)),
        }
    }
    found
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
    /// Where the value stands; for the median of several samples, where all of them stand.
    pub at: Locator,
    /// The name of the field as in the file.
    pub field: String,
}

impl Measurement {
    /// The same measurement in another unit of its dimension; `None` when `unit` measures something else.
    pub fn in_unit(&self, unit: &Unit) -> Option<Self> {
        let own = self.series.unit.clone();
        let convert = |value: f64| own.convert(value, unit);
        let spread = |given: &Option<SpreadValue>| match given {
            None => Some(None),
            Some(s) => Some(Some(SpreadValue { value: convert(s.value)?, at: s.at.clone() })),
        };
        Some(Self {
            series: SeriesKey { unit: unit.clone(), ..self.series.clone() },
            value: convert(self.value)?,
            samples: self.samples.iter().map(|v| convert(*v)).collect::<Option<_>>()?,
            spread: Spread {
                std: spread(&self.spread.std)?,
                min: spread(&self.spread.min)?,
                max: spread(&self.spread.max)?,
            },
            resolution: convert(self.resolution)?,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_print_what_they_were_made_of() {
        assert_eq!(Locator::row(3, "ttft_s").to_string(), "row 3, column ttft_s");
        assert_eq!(Locator::json("$.a[2].b[17].c").to_string(), "$.a[2].b[17].c");
        assert_eq!(Locator::json("$.a.b").to_string(), "$.a.b");
        for path in ["$.a[\"k]\"].b", "$[\"a[03]\"]", "$[\"a[+3]\"]", "$[\"a[3]\"]"] {
            assert_eq!(Locator::json(path).to_string(), path);
        }
    }

    #[test]
    fn several_cells_are_one_place_that_names_them_all() {
        let rows = [51, 52, 53, 58].map(|row| Locator::row(row, "efficiency"));
        let place = Locator::several(&rows).unwrap();
        assert_eq!(place.to_string(), "row 51–53, 58, column efficiency");
        assert!(place.is_several() && !rows[0].is_several());
        assert_eq!(place.cells(), (rows[0].pattern.clone(), vec![(51, 53), (58, 58)]));
        let further_down = Locator::several(&[61, 62, 63, 68].map(|row| Locator::row(row, "efficiency"))).unwrap();
        assert_eq!(further_down.pattern, place.pattern, "the same layout is stored once");
        let apart = Locator::several(&[Locator::json("$.a.x"), Locator::json("$.b[1].x")]).unwrap();
        assert_eq!(apart.to_string(), "$.a.x; $.b[1].x");
        assert!(apart.is_several());
        assert_eq!(listed(&apart.cells().0), Some(vec!["$.a.x", "$.b[1].x"]));
        let many: Vec<Locator> = (0..LISTED + 3).map(|i| Locator::json(&format!("$.a[{i}].b[0]"))).collect();
        let many = Locator::several(&many).unwrap();
        assert!(many.to_string().ends_with("; 3 more"), "{many}");
        assert_eq!((listed(&many.pattern).map(|l| l.len()), unlisted(&many.pattern)), (Some(LISTED), 3));
        assert_eq!(Locator::several(&rows[..1]).unwrap(), rows[0]);
    }
}
