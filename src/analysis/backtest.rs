//! A backtest: what the detector would have said of a history, had it been there.
//!
//! Two answers that must not be mixed: [in hindsight](Bench::in_hindsight) looks at the whole series at once and says where its level
//! changed; [as it went](Bench::as_it_went) takes the runs in one after the other and says which run would have confirmed what. A single
//! series needs a [`Bench`]; a tree of them is replayed [landing by landing](as_it_landed), as a daemon judges it. Pure; a history without
//! anything to say gives empty lists.

mod landed;

use super::detect::look::Kind;
use super::detect::segment::{self, Work};
use super::follow::{self, History};
use super::shift::Compared;
use super::student::two_sided_p;
use super::{Point, Tuning};
use crate::domain::series::Direction;
use crate::domain::stats::median;
use crate::domain::verdict::VerdictKind;

pub use landed::{Landed, Said, as_it_landed};

/// A change of the level, seen with the whole series at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangePoint {
    /// First run after the shift, from 0.
    pub index: usize,
    /// Levels before and after, in the unit of the series.
    pub before: f64,
    pub after: f64,
    /// Relative; the absolute difference where `before` is 0.
    pub effect: f64,
    /// Probability of such a shift by chance; `None` when it was not computed.
    pub p: Option<f64>,
}

/// A change as it would have been confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// The run that confirmed it, from 0.
    pub index: usize,
    /// Where the change was placed then, and its levels as far as they were known then.
    pub change: ChangePoint,
    /// Whether it is a trend rather than a step.
    pub is_drift: bool,
}

impl Alarm {
    /// Runs from the shift to the alarm, the shifted run counted as 1.
    pub fn delay(&self) -> usize {
        (self.index + 1).saturating_sub(self.change.index)
    }
}

/// What a confirmed step means for a series of this direction.
pub fn kind_of(direction: Direction, change: &ChangePoint) -> VerdictKind {
    match direction {
        Direction::Neutral => VerdictKind::Change,
        direction if direction.is_worse(change.before, change.after) => VerdictKind::Regression,
        _ => VerdictKind::Improvement,
    }
}

/// The memory of backtests, to be used again for the next series.
#[derive(Debug, Default)]
pub struct Bench {
    history: History,
    errors: Vec<f64>,
    values: Vec<f64>,
    work: Work,
}

impl Bench {
    /// Takes the series in: its values by time, and the standard error that the samples of each leave (empty: none known).
    pub fn load(&mut self, values: &[f64], errors: &[f64]) {
        self.history.fill(values, errors);
    }

    /// As [`load`](Self::load), from runs.
    pub fn load_points(&mut self, history: &[Point]) {
        self.values.clear();
        self.values.extend(history.iter().map(|run| run.value));
        self.errors.clear();
        self.errors.extend(history.iter().map(Point::error));
        self.history.fill(&self.values, &self.errors);
    }

    /// The changes of the whole series.
    pub fn in_hindsight(&mut self, tuning: &Tuning) -> Vec<ChangePoint> {
        let found = self.history.segment(tuning, &mut self.work);
        let values = self.history.values();
        let bounds = std::iter::once(0).chain(found.iter().map(|change| change.index)).chain([values.len()]);
        let levels: Vec<f64> = bounds
            .clone()
            .zip(bounds.skip(1))
            .map(|(from, to)| median(values.get(from..to).unwrap_or_default()).unwrap_or(0.0))
            .collect();
        let sides = levels.iter().zip(levels.iter().skip(1));
        let point = |(change, (&before, &after)): (&segment::Change, (&f64, &f64))| ChangePoint {
            index: change.index,
            before,
            after,
            effect: segment::effect(false, before, after),
            p: Some(two_sided_p(change.z, f64::from(u32::MAX))),
        };
        found.iter().zip(sides).map(point).collect()
    }

    /// What an append-by-append replay would have confirmed, in the order of the alarms.
    pub fn as_it_went(&mut self, tuning: &Tuning) -> Vec<Alarm> {
        let (_, alarms) = follow::replay(&self.history, tuning, &mut self.work);
        let values = self.history.values();
        let level = |from: usize, to: usize| median(values.get(from..to).unwrap_or_default()).unwrap_or(0.0);
        let told = |alarm: &follow::Alarm| {
            let is_drift = alarm.kind == Kind::Drift;
            let end = alarm.index + 1;
            let ends = Compared::of_drift(alarm.segment, end);
            let (before, after) = match is_drift {
                true => (level(ends.before.0, ends.before.1), level(ends.after.0, ends.after.1)),
                false => (level(alarm.segment, alarm.change), level(alarm.change, end)),
            };
            let effect = segment::effect(false, before, after);
            let change =
                ChangePoint { index: alarm.change, before, after, effect, p: Some(1.0 / alarm.evidence.run_length) };
            Alarm { index: alarm.index, change, is_drift }
        };
        alarms.iter().map(told).collect()
    }
}
