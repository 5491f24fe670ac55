//! Holes: combinations of values that a factorial sweep should hold and does not.

use std::collections::BTreeSet;

use super::grid::Grid;

/// Combinations up to which a sweep is looked through.
const COMBINATIONS: usize = 20_000;
/// Holes that are named.
const NAMED: usize = 4;

/// What a sweep lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holes {
    /// How many combinations the values of the settings make.
    pub planned: u64,
    pub missing: u64,
    /// The first of them.
    pub named: Vec<String>,
}

/// The holes of a grid; `None` when it has none, or when it holds so few of the combinations that it was not meant to hold all.
pub(super) fn find(grid: &Grid) -> Option<Holes> {
    let sizes: Vec<usize> = grid.settings.iter().map(|setting| setting.values.len()).collect();
    let planned = sizes.iter().try_fold(1usize, |all, n| all.checked_mul(*n)).filter(|n| *n <= COMBINATIONS)?;
    let held: BTreeSet<&[usize]> = grid.records.iter().map(|record| record.at.as_slice()).collect();
    if sizes.len() < 2 || held.len() * 4 < planned * 3 {
        return None;
    }
    let mut named = Vec::new();
    let mut missing = 0;
    for place in 0..planned {
        let at = combination(place, &sizes);
        if !held.contains(at.as_slice()) {
            missing += 1;
            if named.len() < NAMED {
                named.push(grid.words(&at).join(" "));
            }
        }
    }
    (missing > 0).then_some(Holes { planned: planned as u64, missing, named })
}

/// The combination at this place, the last setting turning fastest.
fn combination(place: usize, sizes: &[usize]) -> Vec<usize> {
    let mut left = place;
    let mut at: Vec<usize> = sizes
        .iter()
        .rev()
        .map(|size| {
            let value = left % size.max(&1);
            left /= size.max(&1);
            value
        })
        .collect();
    at.reverse();
    at
}
