//! A course: the runs of a series as the index has them, before they are drawn, and how they become a [`History`].
//!
//! The judge's own levels stand where its verdict puts them; what was before is cut by the same detector, in hindsight, over the runs that
//! are at hand. Nothing is invented: points are cells, levels are medians of points or the verdict's. It cannot fail; a verdict that speaks
//! of runs that are not at hand is drawn as far as they are.

use super::figure::{History, Level, Point, Turn};
use crate::analysis::backtest::Bench;
use crate::analysis::{self, Tuning};
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::stats;
use crate::domain::verdict::{Shift, Verdict, VerdictKind};

/// Runs of a level from which its scatter can be told.
const SCATTERED: usize = 5;
/// The median absolute deviation of normal noise in units of its standard deviation.
const MAD: f64 = 1.4826;
/// A change seen in hindsight no further than this many runs from the judge's own bound is that one.
const NEAR: usize = 3;

/// The newest runs of a series that count, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    pub runs: Vec<CourseRun>,
    /// Older runs that are not here.
    pub left_out: usize,
}

/// One run of a course.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseRun {
    pub point: Point,
    /// Samples behind the value, and their standard deviation in its unit, where the file gives one.
    pub n: u64,
    pub std: Option<f64>,
}

/// Where a verdict puts its levels, in places of the course: first, and first no more.
struct Told {
    before: (usize, usize),
    change: usize,
    after: (usize, usize),
}

impl Course {
    /// The course as a figure: with the levels of the verdict, if there is one that tells of a shift, and those that lie before it.
    pub fn history(
        self,
        series: &SeriesKey,
        direction: Direction,
        verdict: Option<&Verdict>,
        tuning: &Tuning,
    ) -> History {
        let cuts = self.cuts(tuning);
        let values: Vec<f64> = self.runs.iter().map(|run| run.point.value).collect();
        let told = verdict.and_then(|verdict| Some((verdict.shift.as_ref()?, verdict.kind)));
        let drawn = match told {
            Some((shift, kind)) => {
                let told = self.told(shift, kind == VerdictKind::Drift);
                Drawn::told(&values, &cuts, &told, shift, direction)
            }
            None => Drawn::in_hindsight(&values, &cuts, direction),
        };
        History {
            title: title(series),
            metric: series.metric.clone(),
            unit: series.unit.clone(),
            direction,
            points: self.runs.into_iter().map(|run| run.point).collect(),
            left_out: self.left_out,
            levels: drawn.levels,
            changes: drawn.turns,
        }
    }

    /// The first runs after the changes that the detector sees with all runs at hand, ascending.
    fn cuts(&self, tuning: &Tuning) -> Vec<usize> {
        let point = |run: &CourseRun| analysis::Point {
            at: run.point.at,
            value: run.point.value,
            std: run.std,
            n: run.n,
            fresh: false,
        };
        let mut bench = Bench::default();
        bench.load_points(&self.runs.iter().map(point).collect::<Vec<_>>());
        bench.in_hindsight(tuning).iter().map(|change| change.index).collect()
    }

    /// Where the levels of a shift lie. Its places count from the first run of the whole history.
    fn told(&self, shift: &Shift, is_drift: bool) -> Told {
        let n = self.runs.len();
        let place = |run: usize| run.saturating_sub(self.left_out).min(n);
        let first = self.first_after(shift);
        let change = place(first);
        let end = self.left_out.saturating_add(n);
        if is_drift {
            // A drift has no place: its first runs are held against its last ones.
            let before = (change, place(first.saturating_add(shift.n_before)));
            let after = (place(end.saturating_sub(shift.n_after)).max(before.1), n);
            return Told { before, change, after };
        }
        let before = (place(first.saturating_sub(shift.n_before)), change);
        Told { before, change, after: (change, place(first.saturating_add(shift.n_after))) }
    }

    /// The first run after a shift. Where its number is that of another run now (a value came to be read of a later file), its time tells.
    fn first_after(&self, shift: &Shift) -> usize {
        let is_there = shift
            .change_index
            .checked_sub(self.left_out)
            .is_none_or(|place| self.runs.get(place).is_some_and(|run| run.point.at == shift.change_at));
        if is_there {
            return shift.change_index;
        }
        self.left_out.saturating_add(self.runs.partition_point(|run| run.point.at < shift.change_at))
    }
}

/// The levels of a series, and where they changed.
#[derive(Default)]
struct Drawn {
    levels: Vec<Level>,
    turns: Vec<Turn>,
}

impl Drawn {
    /// The levels between the cuts.
    fn in_hindsight(values: &[f64], cuts: &[usize], direction: Direction) -> Self {
        let mut drawn = Self::default();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        for (from, to) in starts.zip(cuts.iter().copied().chain([values.len()])) {
            let runs = values.get(from..to).unwrap_or_default();
            let Some(level) = stats::median(runs) else { continue };
            drawn.turn(from, level, direction);
            drawn.levels.push(Level { from, to, level, noise: scatter(runs) });
        }
        drawn
    }

    /// The levels of a verdict, behind those that were before.
    fn told(values: &[f64], cuts: &[usize], told: &Told, shift: &Shift, direction: Direction) -> Self {
        let from = told.before.0;
        let earlier: Vec<usize> = cuts.iter().copied().filter(|cut| cut.saturating_add(NEAR) < from).collect();
        let mut drawn = Self::in_hindsight(values.get(..from).unwrap_or_default(), &earlier, direction);
        let is_seen = cuts.iter().any(|cut| cut.abs_diff(from) <= NEAR);
        // The judge's level begins where it had cut the series; it is drawn as a change where hindsight has one there too.
        if is_seen && from != told.change {
            drawn.turn(from, shift.before, direction);
        }
        if told.change > 0 && told.change < values.len() {
            let worse = is_worse(direction, shift.before, shift.after);
            drawn.turns.push(Turn { index: told.change, worse });
        }
        let noise = Some(shift.noise).filter(|noise| noise.is_finite() && *noise >= 0.0);
        for ((from, to), level) in [(told.before, shift.before), (told.after, shift.after)] {
            drawn.levels.extend((from < to).then_some(Level { from, to, level, noise }));
        }
        drawn
    }

    /// A change to this level from the one before, if there is one.
    fn turn(&mut self, index: usize, level: f64, direction: Direction) {
        let before = self.levels.last().map(|before| before.level);
        self.turns.extend(before.map(|before| Turn { index, worse: is_worse(direction, before, level) }));
    }
}

fn is_worse(direction: Direction, before: f64, after: f64) -> Option<bool> {
    (direction != Direction::Neutral).then(|| direction.is_worse(before, after))
}

/// How far a single run usually lies from the median of these.
fn scatter(runs: &[f64]) -> Option<f64> {
    let level = stats::median(runs).filter(|_| runs.len() >= SCATTERED)?;
    let away: Vec<f64> = runs.iter().map(|value| (value - level).abs()).collect();
    stats::median(&away).map(|away| away * MAD).filter(|noise| noise.is_finite())
}

/// The series for people, without its unit.
fn title(series: &SeriesKey) -> String {
    let SeriesKey { metric, benchmark, environment, .. } = series;
    let label = series.label();
    let label = if label.is_empty() { label } else { format!(", {label}") };
    let place = if environment.is_empty() { String::new() } else { format!(" on {environment}") };
    format!("{metric} of {benchmark}{label}{place}")
}

#[cfg(test)]
mod tests;
