//! The part of a history that is drawn: which points, from what to what, and how many lie beyond.
//!
//! However long a history is, its drawing stays small: of each stretch of points the highest and the lowest stay, and the last changes with
//! what surrounds them. A few points far outside must not press all others onto one line: they are drawn at the edge and said.

use crate::insight::{History, Level, Turn};

/// Points that are drawn without thinning.
const MOST: usize = 240;
/// Changes and levels that are drawn, the newest.
const MOST_CHANGES: usize = 12;
/// How often the range of the others the outermost points may need before they are set at the edge.
const FAR: f64 = 4.0;

/// What is drawn of a history.
#[derive(Debug)]
pub(super) struct Course<'a> {
    /// Indices of the drawn points, ascending; each is there and has a finite value.
    pub shown: Vec<usize>,
    /// The newest changes, ascending.
    pub changes: &'a [Turn],
    pub levels: &'a [Level],
    /// What the axis must hold.
    pub low: f64,
    pub high: f64,
    /// Runs outside of that.
    pub beyond: usize,
}

impl<'a> Course<'a> {
    /// What is drawn; `None` when there is no point to draw.
    pub fn of(history: &'a History) -> Option<Self> {
        let changes = newest(&history.changes, MOST_CHANGES);
        let levels = newest(&history.levels, MOST_CHANGES + 1);
        let shown = thinned(history, changes);
        if shown.is_empty() {
            return None;
        }
        let (full_low, full_high) = span(values(history, &shown).chain(ends(levels)))?;
        let (low, high) = core(history, changes, levels).unwrap_or((full_low, full_high));
        // Halves, so that the distance of the largest numbers does not overflow.
        let is_far = full_high / 2.0 - full_low / 2.0 > FAR * (high / 2.0 - low / 2.0);
        let (low, high) = if is_far && high > low { near(history, low, high) } else { (full_low, full_high) };
        let beyond = history.points.iter().filter(|point| point.value < low || point.value > high).count();
        Some(Self { shown, changes, levels, low, high, beyond })
    }
}

fn newest<T>(all: &[T], most: usize) -> &[T] {
    all.get(all.len().saturating_sub(most)..).unwrap_or_default()
}

fn values<'a>(history: &'a History, indices: &'a [usize]) -> impl Iterator<Item = f64> + 'a {
    indices.iter().filter_map(|&i| history.points.get(i)).map(|point| point.value)
}

/// The ends of the bands of noise.
fn ends(levels: &[Level]) -> impl Iterator<Item = f64> + '_ {
    let band = |level: &Level| {
        let noise = level.noise.unwrap_or(0.0);
        [level.level - noise, level.level + noise]
    };
    levels.iter().flat_map(band).filter(|end| end.is_finite())
}

fn span(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let range = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    (range.0 <= range.1).then_some(range)
}

/// The range without the outermost twentieth at either end, but with all that is news: levels, the newest run, both sides of each change.
fn core(history: &History, changes: &[Turn], levels: &[Level]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = history.points.iter().map(|point| point.value).filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let outer = last.div_ceil(20);
    let inner = [sorted.get(outer.min(last / 2)), sorted.get(last - outer.min(last / 2))];
    let beside = changes.iter().flat_map(|turn| [turn.index.saturating_sub(1), turn.index]);
    let news: Vec<usize> = beside.chain(history.points.len().checked_sub(1)).collect();
    let news = values(history, &news).filter(|v| v.is_finite());
    span(inner.into_iter().flatten().copied().chain(ends(levels)).chain(news))
}

/// The range with the points that lie no further outside of it than it is wide: those are ordinary.
fn near(history: &History, low: f64, high: f64) -> (f64, f64) {
    let room = high - low;
    let all = history.points.iter().map(|point| point.value);
    let ordinary = all.filter(|value| (low - room..=high + room).contains(value));
    span(ordinary.chain([low, high])).unwrap_or((low, high))
}

/// All points, or of each stretch the lowest and the highest, with the first, the last and those beside a change.
fn thinned(history: &History, changes: &[Turn]) -> Vec<usize> {
    let points = &history.points;
    let finite = |i: &usize| points.get(*i).is_some_and(|point| point.value.is_finite());
    if points.len() <= MOST {
        return (0..points.len()).filter(finite).collect();
    }
    let buckets = MOST / 2;
    let value = |i: &usize| points.get(*i).map_or(f64::NAN, |point| point.value);
    let stretch = |k: usize| (k * points.len() / buckets..(k + 1) * points.len() / buckets).filter(finite);
    let by_value = |a: &usize, b: &usize| value(a).total_cmp(&value(b));
    let extremes = (0..buckets).flat_map(|k| [stretch(k).min_by(by_value), stretch(k).max_by(by_value)]).flatten();
    let beside = changes.iter().flat_map(|turn| [turn.index.saturating_sub(1), turn.index]);
    let mut kept: Vec<usize> = extremes.chain([0, points.len() - 1]).chain(beside).filter(finite).collect();
    kept.sort_unstable();
    kept.dedup();
    kept
}
