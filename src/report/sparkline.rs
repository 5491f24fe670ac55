//! A sparkline: a history as one line of bars, `▂▃▂▃▂│▇▇█▇`, cut where its level changed.
//!
//! A history longer than the line is drawn by the medians of neighbouring runs, so that the level shows and a spike does not hide it.
//! It cannot fail: of no values comes no line, and values that are not finite are left out.

use crate::domain::stats;

/// Bars from low to high.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The bars of each segment of `values`, oldest first, to be joined by a mark of one column: together at most `width` columns (at least
/// one a segment). `changes` are the first runs of the segments after the first, ascending; the rest of them is ignored when there are
/// too many for the line.
pub fn sparkline(values: &[f64], changes: &[usize], width: usize) -> Vec<String> {
    let most = (width / 3).max(1) - 1;
    let cuts: Vec<usize> = changes.iter().copied().filter(|&cut| cut > 0 && cut < values.len()).take(most).collect();
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([values.len()]);
    let room = width.saturating_sub(cuts.len()).max(1);
    let runs: Vec<&[f64]> = starts.zip(ends).map(|(start, end)| values.get(start..end).unwrap_or_default()).collect();
    let columns = columns(&runs, values.len(), room);
    let segments: Vec<Vec<f64>> = runs.iter().zip(columns).map(|(runs, columns)| levels(runs, columns)).collect();
    let (low, high) = range(&segments);
    segments.iter().map(|levels| levels.iter().map(|&level| bar(level, low, high)).collect()).collect()
}

/// The columns that each of `segments` gets of `room`: one a run while there is room for all of the `total` runs, else its share, and one at
/// least, which the widest give.
fn columns(segments: &[&[f64]], total: usize, room: usize) -> Vec<usize> {
    if total <= room {
        return segments.iter().map(|runs| runs.len()).collect();
    }
    let share = |runs: &&[f64]| (runs.len() * room / total).clamp(1, runs.len().max(1));
    let mut columns: Vec<usize> = segments.iter().map(share).collect();
    while columns.iter().sum::<usize>() > room
        && let Some(widest) = columns.iter_mut().max().filter(|widest| **widest > 1)
    {
        *widest -= 1;
    }
    columns
}

/// The medians of `columns` stretches of about equal length.
fn levels(runs: &[f64], columns: usize) -> Vec<f64> {
    let stretch = |column: usize| {
        let (from, to) = (column * runs.len() / columns, (column + 1) * runs.len() / columns);
        let finite: Vec<f64> = runs.get(from..to)?.iter().copied().filter(|value| value.is_finite()).collect();
        stats::median(&finite)
    };
    (0..columns).filter_map(stretch).collect()
}

fn range(segments: &[Vec<f64>]) -> (f64, f64) {
    let all = || segments.iter().flatten().copied();
    (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
}

fn bar(level: f64, low: f64, high: f64) -> char {
    // Halves, so that the distance of the largest numbers does not overflow.
    let part = (level / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    let last = BARS.len() - 1;
    // Without any distance there is no part, and a level line is drawn low.
    let place = if part.is_finite() { (part * BARS.len() as f64) as usize } else { 0 };
    BARS[place.min(last)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_histories_have_a_bar_a_run() {
        assert_eq!(sparkline(&[1.0, 2.0, 1.0, 8.0, 7.0], &[3], 40), ["▁▂▁", "█▇"]);
        assert_eq!(sparkline(&[3.0, 3.0, 3.0], &[], 40), ["▁▁▁"]);
        assert_eq!(sparkline(&[], &[], 40), [""]);
        assert_eq!(sparkline(&[f64::MIN, f64::NAN, f64::MAX], &[], 40), ["▁█"]);
    }

    #[test]
    fn long_histories_fit_and_show_levels_not_spikes() {
        let mut values = vec![1.0; 300];
        values[200..].fill(2.0);
        values[50] = 1000.0;
        let drawn = sparkline(&values, &[200], 31);
        assert_eq!(drawn, ["▁".repeat(20), "█".repeat(10)]);
        for width in 0..50 {
            let all: Vec<usize> = (1..300).collect();
            let drawn = sparkline(&values, &all, width);
            let columns: usize = drawn.iter().map(|segment| segment.chars().count()).sum::<usize>() + drawn.len() - 1;
            assert!(columns <= width.max(1), "{width}: {columns}");
        }
    }
}
