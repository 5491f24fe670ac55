//! The Pareto front: the configurations that no other one beats in the two most wanted metrics at once.

use std::collections::BTreeMap;

use super::cold::Cold;
use super::grid::{Grid, Measure};
use super::ranking::Level;
use super::works;
use crate::domain::series::Direction;
use crate::insight::Settings;
use crate::insight::input::Row;
use crate::insight::summary::Summary;

/// Configurations of a front that are kept.
const SHOWN: usize = 8;

/// The front of two metrics.
#[derive(Debug, Clone)]
pub(super) struct Front {
    pub measures: (Measure, Measure),
    /// The work that all did; empty where it is all the same.
    pub work: String,
    /// Configurations that have both.
    pub of: u64,
    /// How many are on the front, and the first of them, the best in the first metric first.
    pub size: u64,
    pub first: Vec<(Level, Level)>,
    /// Of the second metric cold starts are left out.
    pub warm: bool,
}

/// The front of the first measure and the next one that is not of its kind: throughput against the wait, where there are both.
pub(super) fn find(grid: &Grid, cold: Option<&Cold>, settings: &Settings) -> Option<Front> {
    let (first, one) = grid.measures.iter().enumerate().next()?;
    let other_kind = |other: &Measure| other.priority != one.priority && other.direction != one.direction;
    let (second, two) = grid.measures.iter().enumerate().find(|(_, other)| other_kind(other))?;
    if one.priority > 3 || two.priority > 3 {
        return None;
    }
    let work = works::compared(grid, first, |record| grid.row(record, second).is_some()).into_iter().next()?;
    let is_warm = |record: usize| cold.is_none_or(|cold| !cold.is_cold.get(record).copied().unwrap_or(false));
    let mut levels: BTreeMap<String, (Vec<&Row>, Vec<&Row>)> = BTreeMap::new();
    for (i, record) in grid.records.iter().enumerate().filter(|(_, record)| record.work == work) {
        let entry = levels.entry(grid.label(record)).or_default();
        let keep = |measure: &Measure| !measure.is_wait() || is_warm(i);
        entry.0.extend(grid.row(i, first).filter(|_| keep(one)));
        entry.1.extend(grid.row(i, second).filter(|_| keep(two)));
    }
    let level = |configuration: &str, rows: &[&Row]| {
        Some(Level { configuration: configuration.to_owned(), summary: Summary::of(rows, settings)? })
    };
    let mut both: Vec<(Level, Level)> =
        levels.iter().filter_map(|(name, (a, b))| Some((level(name, a)?, level(name, b)?))).collect();
    let cost = |value: f64, measure: &Measure| if measure.direction == Direction::Lower { value } else { -value };
    let costs = |(a, b): &(Level, Level)| (cost(a.summary.median, one), cost(b.summary.median, two));
    both.sort_by(|a, b| {
        let (a, b) = (costs(a), costs(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let of = both.len();
    // Best in the first metric first: on the front is whatever is better in the second than all before; equals stand together.
    let mut best: Option<(f64, f64)> = None;
    both.retain(|pair| {
        let costs = costs(pair);
        let on = best.is_none_or(|best| costs.1 < best.1 || costs == best);
        if on {
            best = Some(costs);
        }
        on
    });
    let size = both.len() as u64;
    both.truncate(SHOWN);
    // Over the same work a throughput and the time that the whole takes are one number: to be best in both says nothing.
    if size < 2 && !one.is_wait() && !two.is_wait() && grid.works > 1 {
        return None;
    }
    let warm = cold.is_some() && (one.is_wait() || two.is_wait());
    (of >= 3).then(|| Front { measures: (one.clone(), two.clone()), work, of: of as u64, size, first: both, warm })
}
