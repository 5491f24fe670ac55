//! Works: which of the pieces of work in a sweep its configurations are compared by.
//!
//! A sweep over twenty prompt lengths holds twenty rankings. Those are told that most configurations took part in; of equals the
//! heaviest, one of each kind: generating is not reading.

use std::collections::{BTreeMap, BTreeSet};

use super::grid::{CONFIGURATIONS, Grid};

/// Works that one metric is ranked by at most.
const SHOWN: usize = 2;

/// The works by which a measure's configurations are compared, the most telling first. `keep` says which records count.
pub(super) fn compared(grid: &Grid, measure: usize, keep: impl Fn(usize) -> bool) -> Vec<String> {
    let mut works: BTreeMap<&str, (BTreeSet<String>, usize)> = BTreeMap::new();
    let counts = |i: &usize| keep(*i) && grid.row(*i, measure).is_some();
    for record in (0..grid.records.len()).filter(counts).filter_map(|i| grid.records.get(i)) {
        let work = works.entry(&record.work).or_default();
        work.0.insert(grid.label(record));
        work.1 += 1;
    }
    works.retain(|_, (configurations, _)| configurations.len() >= CONFIGURATIONS);
    let mut order: Vec<(&str, usize, usize)> =
        works.into_iter().map(|(work, (configurations, records))| (work, configurations.len(), records)).collect();
    order.sort_by(|a, b| {
        let most = (b.1, b.2).cmp(&(a.1, a.2));
        most.then_with(|| sizes(b.0).partial_cmp(&sizes(a.0)).unwrap_or(std::cmp::Ordering::Equal)).then(a.0.cmp(b.0))
    });
    let mut kinds = BTreeSet::new();
    let first = order.into_iter().filter(|(work, _, _)| kinds.insert(kind(work)));
    first.take(SHOWN).map(|(work, _, _)| work.to_owned()).collect()
}

/// The numbers of a work, in the order of their names.
fn sizes(work: &str) -> Vec<f64> {
    work.split(' ').filter_map(|word| word.split_once('=')?.1.parse::<f64>().ok()).filter(|n| !n.is_nan()).collect()
}

/// What is done at all, however much of it: names, and which numbers are not zero.
fn kind(work: &str) -> String {
    let part = |word: &str| match word.split_once('=') {
        Some((name, value)) => match value.parse::<f64>() {
            Ok(0.0) => format!("{name}=0"),
            Ok(_) => name.to_owned(),
            Err(_) => word.to_owned(),
        },
        None => word.to_owned(),
    };
    work.split(' ').map(part).collect::<Vec<_>>().join(" ")
}
