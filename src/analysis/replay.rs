//! A replay: the detector walks a history from its first run to its last and cuts it into segments of one level each.
//!
//! What it says of a run depends on the runs before it alone, so replaying after every append finds each change once, at the
//! run that confirms it, and a run that is put in late merely cuts the history anew.
//!
//! A run beyond the noise *and* the smallest effect is suspicious. Such runs in a row on the same side form a tail (half the
//! threshold is enough to be in it), which does not touch the baseline: `confirm_runs` of them or more that are strong together,
//! unusual for the history and certain to clear the smallest effect are a change, and begin the next segment. A tail that breaks
//! off joins the segment again: it was spikes, which the robust baseline ignores. A segment after a change is judged from its
//! first run on, its noise pooled with that of the segment before.

use std::ops::Range;

use super::baseline::{Baseline, Inherited, Side};
use super::{Point, Settings, evidence};
use crate::domain::stats;
use crate::domain::verdict::Shift;

/// A confirmed change of the level.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// First run after the shift.
    pub index: usize,
    /// The run that confirmed it.
    pub confirmed_at: usize,
    before: Baseline,
}

impl Change {
    /// The shift as the runs of `history` up to `end` (exclusive) show it.
    pub fn shift(&self, history: &[Point], end: usize) -> Option<Shift> {
        evidence::shift(&self.before, history.get(self.index..end)?, self.index)
    }
}

/// Suspicious runs at the end of the history, not (yet) confirmed.
#[derive(Debug, Clone, PartialEq)]
struct Tail {
    start: usize,
    side: Side,
    before: Baseline,
}

/// Where the detector stands after the last run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replay {
    /// In the order of the history.
    pub changes: Vec<Change>,
    /// First run of the current segment.
    pub segment_start: usize,
    inherited: Option<Inherited>,
    tail: Option<Tail>,
}

/// Walks through the whole `history` (by time, finite values).
pub fn replay(history: &[Point], settings: &Settings) -> Replay {
    let mut state = Replay::default();
    for index in 0..history.len() {
        state.step(history, index, settings);
    }
    state
}

impl Replay {
    /// The shift that the unconfirmed runs at the end suggest; `None` unless one of them is suspicious by itself.
    pub fn suspicion(&self, history: &[Point], settings: &Settings) -> Option<Shift> {
        let tail = self.tail.as_ref()?;
        let start = tail.place(history, history.len());
        let runs = history.get(start..)?;
        runs.iter().find(|run| tail.before.beyond(run.value, settings.threshold, settings) == Some(tail.side))?;
        evidence::shift(&tail.before, runs, start)
    }

    /// The change that opened the current segment; `None` in the first one and after a quiet re-basing.
    pub fn opened_by(&self) -> Option<&Change> {
        self.changes.last().filter(|change| change.index == self.segment_start)
    }

    /// Takes run `index` in.
    fn step(&mut self, history: &[Point], index: usize, settings: &Settings) {
        let Some(value) = history.get(index).map(|run| run.value) else { return };
        if let Some(tail) = self.tail.take()
            && tail.before.beyond(value, supports(settings), settings) == Some(tail.side)
        {
            self.extend(tail, history, index, settings);
            return;
        }
        let Some(before) = self.baseline(history, index, value, settings) else { return };
        if let Some(side) = before.beyond(value, supports(settings), settings) {
            self.extend(Tail { start: index, side, before }, history, index, settings);
        }
    }

    /// The baseline of the segment's runs before `index`; `None` while they are too few to call anything.
    fn baseline(&self, history: &[Point], index: usize, value: f64, settings: &Settings) -> Option<Baseline> {
        let start = self.segment_start.max(index.saturating_sub(settings.window.max(1)));
        let runs = history.get(start..index).filter(|runs| !runs.is_empty())?;
        let inherited = self.inherited.as_ref().filter(|_| index - self.segment_start < settings.window);
        if inherited.is_none() && runs.len() + 1 < settings.min_runs {
            return None;
        }
        Baseline::of(runs, value, inherited, settings)
    }

    /// Run `index` belongs to the tail: a change, when there are enough runs and the evidence holds.
    ///
    /// A tail that goes on without being one is a shift too small to matter: after a while the segment quietly begins anew
    /// there, lest every later run stay suspicious. What may matter is given much longer to prove itself.
    fn extend(&mut self, tail: Tail, history: &[Point], index: usize, settings: &Settings) {
        let start = tail.place(history, index + 1);
        let length = index + 1 - tail.start;
        if tail.is_change(history, self.segment_start, start..index + 1, settings) {
            self.segment_start = start;
            self.inherited = Some(tail.before.bequeath());
            self.changes.push(Change { index: start, confirmed_at: index, before: tail.before });
        } else if length >= settings.window.max(settings.confirm_runs)
            || (length >= settings.min_runs.max(settings.confirm_runs) && tail.is_small(history, index + 1, settings))
        {
            self.segment_start = tail.start;
            self.inherited = Some(tail.before.bequeath());
        } else {
            self.tail = Some(tail);
        }
    }
}

impl Tail {
    /// The first run after the shift, if there is one: runs at the tail's head that lie nearer to the old level than to the
    /// tail's own were noise that happened to come just before.
    fn place(&self, history: &[Point], end: usize) -> usize {
        let distance = |run: &Point| self.before.distance(run.value).abs();
        let runs = history.get(self.start..end).unwrap_or_default();
        let distances: Vec<f64> = runs.iter().map(distance).collect();
        let half_way = stats::median(&distances).unwrap_or(0.0) / 2.0;
        self.start + distances.iter().position(|&distance| distance >= half_way).unwrap_or(0)
    }

    /// Whether the runs up to `end` lie less than twice the smallest effect from the level.
    fn is_small(&self, history: &[Point], end: usize, settings: &Settings) -> bool {
        let values: Vec<f64> = history.get(self.start..end).unwrap_or_default().iter().map(|run| run.value).collect();
        let off = stats::median(&values).map_or(0.0, |level| (level - self.before.level).abs());
        off < 2.0 * settings.min_effect * self.before.level.abs()
    }

    /// Whether the runs of `range` are a confirmed change from the segment before.
    fn is_change(&self, history: &[Point], segment: usize, range: Range<usize>, settings: &Settings) -> bool {
        let least = settings.confirm_runs.max(1);
        let before = history.get(segment..range.start).unwrap_or_default();
        let runs = history.get(range.clone()).unwrap_or_default();
        runs.len() >= least
            && evidence::is_strong(&self.before, self.side, runs, least, settings.threshold)
            && evidence::shift(&self.before, runs, range.start).is_some_and(|shift| {
                evidence::certifies(&shift, settings.min_effect) && evidence::is_unusual(&shift, before)
            })
    }
}

/// Noise units beyond which a run supports a tail: half of what makes one suspicious, since in a true shift about half of the
/// runs lie nearer than its size.
fn supports(settings: &Settings) -> f64 {
    settings.threshold / 2.0
}
