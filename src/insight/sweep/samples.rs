//! Rows of a table that the index holds as samples of one measurement, taken apart again: a sweep that repeats each configuration is
//! read run by run, so that a cold one among the repetitions is seen, and each of them is a cell.

use std::borrow::Cow;

use crate::domain::measurement::{Locator, Spread};
use crate::insight::input::Row;

/// Samples up to which they are taken apart; more are a distribution, not repetitions.
const MOST: usize = 64;

/// The samples as rows of their own where the cell of each is known, else the row as it is.
pub(super) fn apart(row: &Row) -> Vec<Cow<'_, Row>> {
    let (pattern, stretches) = row.at.cells();
    let places: Vec<u32> = stretches.iter().flat_map(|&(first, last)| first..=last).take(MOST + 1).collect();
    if !row.at.is_several() || pattern.is_empty() || places.len() != row.samples.len() || places.len() > MOST {
        return vec![Cow::Borrowed(row)];
    }
    let one = |(index, value): (u32, &f64)| {
        Cow::Owned(Row {
            value: *value,
            n: 1,
            samples: Vec::new(),
            spread: Spread::default(),
            at: Locator { pattern: pattern.clone(), index },
            ..row.clone()
        })
    };
    places.into_iter().zip(&row.samples).map(one).collect()
}
