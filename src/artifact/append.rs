//! An append-only file that grew: what is new in it.

use std::collections::{BTreeMap, HashSet};

use super::{GapKind, Parsed};

/// What `current` holds beyond `previous`, when the current content begins with the previous content byte for byte: readings at
/// places that the previous parse did not have, with the runs that they belong to, renumbered.
pub fn appended(previous: &Parsed, mut current: Parsed) -> Parsed {
    let known: HashSet<_> = previous.readings.iter().map(|r| (&r.at, r.field.as_str())).collect();
    let mut readings = std::mem::take(&mut current.readings);
    readings.retain(|r| !known.contains(&(&r.at, r.field.as_str())));
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut runs = Vec::new();
    for reading in &mut readings {
        reading.run = *numbers.entry(reading.run).or_insert_with(|| {
            runs.push(current.runs.get(reading.run).cloned().unwrap_or_default());
            runs.len() - 1
        });
    }
    let before = |kind: GapKind, subject: &str| {
        previous.gaps.iter().find(|g| g.kind == kind && g.subject == subject).map_or((0, 0), |g| (g.count, g.of))
    };
    for gap in &mut current.gaps {
        let (count, of) = before(gap.kind, &gap.subject);
        gap.count = gap.count.saturating_sub(count);
        gap.of = gap.of.saturating_sub(of);
    }
    current.gaps.retain(|gap| gap.count > 0);
    Parsed { readings, runs, ..current }
}
