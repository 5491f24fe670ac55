//! The window of a history that is shown: its newest runs, with the levels that they lie at. Levels and changes are those of the whole
//! history, however few runs are shown. It cannot fail.

use jiff::Timestamp;

use crate::analysis::Tuning;
use crate::domain::verdict::{Shift, Verdict};
use crate::insight::{Course, History, Level, Turn};
use crate::store::SeriesSummary;

/// A change in hindsight no further than this many runs from the judge's is that one.
const NEAR: usize = 3;

/// What is shown of a history.
pub struct Window {
    /// The runs that are shown, and as much of levels and changes as lies among them.
    pub history: History,
    /// The samples behind each of these runs.
    pub samples: Vec<u64>,
    /// The levels that these runs lie at, oldest first.
    pub stretches: Vec<Stretch>,
}

/// A level of the whole history that has runs in the window.
pub struct Stretch {
    /// With its places in the window.
    pub level: Level,
    /// All of its runs, and the time and commit of the first of them.
    pub runs: usize,
    pub began: Timestamp,
    pub commit: Option<String>,
    /// The change that it began with, unless it is the first level: for the worse or not, and how far the level moved, relative to the one
    /// before.
    pub change: Option<(Option<bool>, Option<f64>)>,
    /// Whether its noise is the judge's, as reports and alerts have it; else it is told of its own runs.
    pub judged: bool,
}

impl Stretch {
    /// How its noise was estimated, for JSON.
    pub fn noise_of(&self) -> Option<&'static str> {
        self.level.noise.map(|_| if self.judged { "judge" } else { "runs" })
    }
}

impl Window {
    /// The newest `last` runs from `since` on, of a course that has all runs, seen with the newest verdict about the series.
    pub fn of(
        course: Course,
        one: &SeriesSummary,
        verdict: Option<&Verdict>,
        tuning: &Tuning,
        (last, since): (usize, Option<Timestamp>),
    ) -> Self {
        let runs = course.runs.len();
        let all = course.left_out.saturating_add(runs);
        let early = course.runs.iter().take_while(|run| since.is_some_and(|since| run.point.at < since)).count();
        let start = early.max(runs.saturating_sub(last));
        let samples = course.runs.iter().skip(start).map(|run| run.n).collect();
        // What was judged before the newest runs came knows nothing of them.
        let current = verdict.filter(|verdict| verdict.n == all);
        let mut whole = course.history(&one.series, one.direction, current, tuning);
        let shift = verdict.and_then(|verdict| verdict.shift.as_ref());
        if let (Some(shift), None) = (shift, current) {
            adopt(&mut whole, shift);
        }
        let stretches = stretches(&whole, start, shift);
        whole.points.drain(..start.min(whole.points.len()));
        whole.left_out = whole.left_out.saturating_add(start);
        whole.levels = stretches.iter().map(|stretch| stretch.level).collect();
        whole.changes = (whole.changes.iter().filter(|turn| turn.index >= start))
            .map(|turn| Turn { index: turn.index - start, worse: turn.worse })
            .collect();
        Self { history: whole, samples, stretches }
    }
}

/// Gives the levels on both sides of the judge's change the judge's noise: there is one number for it, wherever it is told.
fn adopt(whole: &mut History, shift: &Shift) {
    let place = whole.points.partition_point(|point| point.at < shift.change_at);
    let near = whole.changes.iter().map(|turn| turn.index).filter(|index| index.abs_diff(place) <= NEAR);
    let Some(cut) = near.min_by_key(|index| index.abs_diff(place)) else { return };
    let noise = Some(shift.noise).filter(|noise| noise.is_finite() && *noise >= 0.0);
    for level in whole.levels.iter_mut().filter(|level| level.from == cut || level.to == cut) {
        level.noise = noise.or(level.noise);
    }
}

fn stretches(whole: &History, start: usize, shift: Option<&Shift>) -> Vec<Stretch> {
    let befores = std::iter::once(None).chain(whole.levels.iter().map(|level| Some(level.level)));
    let with_before = whole.levels.iter().zip(befores).filter(|(level, _)| level.to > start);
    let stretch = |(level, before): (&Level, Option<f64>)| {
        let first = whole.points.get(level.from)?;
        let turn = whole.changes.iter().find(|turn| turn.index == level.from);
        let moved = before.filter(|before| *before != 0.0).map(|before| (level.level - before) / before.abs());
        Some(Stretch {
            level: Level { from: level.from.saturating_sub(start), to: level.to - start, ..*level },
            runs: level.to.saturating_sub(level.from),
            began: first.at,
            commit: first.commit.clone(),
            change: turn.map(|turn| (turn.worse, moved)),
            judged: level.noise.is_some() && level.noise == shift.map(|shift| shift.noise),
        })
    };
    with_before.filter_map(stretch).collect()
}
