//! Cells in short: which cells of which files a figure was computed over, as unbroken stretches of rows.

use crate::domain::artifact::ContentHash;
use crate::domain::fact::CellRange;
use crate::domain::measurement::Locator;

/// Stretches of cells that one fact lists; a fact over more says how many it does not list.
const STRETCHES: usize = 512;

/// Each of the places as a range of its own, for a figure over their medians; and how many did not fit.
pub(super) fn groups<'a>(places: impl Iterator<Item = (&'a str, ContentHash, &'a Locator)>) -> (Vec<CellRange>, u64) {
    let mut groups = Vec::new();
    let (mut stretches, mut more) = (0, 0);
    for (path, hash, at) in places {
        let range = range(path, hash, at);
        stretches += range.stretches.len();
        if stretches > STRETCHES { more += 1 } else { groups.push(range) }
    }
    (groups, more)
}

/// The cells of one place.
pub(super) fn range(path: &str, hash: ContentHash, at: &Locator) -> CellRange {
    let (pattern, stretches) = at.cells();
    CellRange { path: path.to_owned(), hash, pattern, stretches }
}

/// The cells, gathered into stretches; and how many cells did not fit.
pub(super) fn ranges<'a>(cells: impl Iterator<Item = (&'a str, ContentHash, &'a Locator)>) -> (Vec<CellRange>, u64) {
    let mut places: Vec<(&str, ContentHash, String, u32)> = Vec::new();
    for (path, hash, at) in cells {
        let (pattern, stretches) = at.cells();
        for index in stretches.into_iter().flat_map(|(first, last)| first..=last) {
            places.push((path, hash, pattern.clone(), index));
        }
    }
    places.sort_unstable();
    let mut ranges: Vec<CellRange> = Vec::new();
    let (mut stretches, mut more) = (0, 0);
    for (path, hash, pattern, index) in places {
        let same = ranges.last_mut().filter(|last| last.path == path && last.hash == hash && last.pattern == pattern);
        let last_stretch = same.and_then(|range| range.stretches.last_mut());
        if more == 0
            && let Some(stretch) = last_stretch.filter(|stretch| index <= stretch.1.saturating_add(1))
        {
            stretch.1 = index;
            continue;
        }
        if stretches >= STRETCHES {
            more += 1;
            continue;
        }
        stretches += 1;
        match ranges.last_mut().filter(|last| last.path == path && last.hash == hash && last.pattern == pattern) {
            Some(range) => range.stretches.push((index, index)),
            None => ranges.push(CellRange { path: path.to_owned(), hash, pattern, stretches: vec![(index, index)] }),
        }
    }
    (ranges, more)
}
