//! A backtest: what the detector would have said of a history, had it been there.
//!
//! Two answers that must not be mixed: [`in_hindsight`] looks at the whole series at once and says where its level changed;
//! [`as_it_went`] takes the runs in one after the other, as a daemon does, and says which run would have confirmed what. Pure; a history
//! without anything to say gives empty lists.

use super::{Point, Settings, replay};
use crate::domain::series::Direction;
use crate::domain::verdict::VerdictKind;

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

/// What was said of one history.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replayed {
    /// In hindsight, by place.
    pub changes: Vec<ChangePoint>,
    /// As it went, in the order of the runs that confirmed them.
    pub alarms: Vec<Alarm>,
    /// Suspicions that no further run confirmed.
    pub candidates: usize,
}

impl Alarm {
    /// Runs from the shift to the alarm, the shifted run counted as 1.
    pub fn delay(&self) -> usize {
        (self.index + 1).saturating_sub(self.change.index)
    }
}

/// What a confirmed change means for a series; `None` is a direction that nobody told.
pub fn kind_of(direction: Direction, change: &ChangePoint) -> VerdictKind {
    match direction {
        Direction::Neutral => VerdictKind::Change,
        direction if direction.is_worse(change.before, change.after) => VerdictKind::Regression,
        _ => VerdictKind::Improvement,
    }
}

/// The changes of the whole `history` (by time, finite values).
pub fn in_hindsight(history: &[Point], settings: &Settings) -> Vec<ChangePoint> {
    let changes = replay(history, settings).changes;
    let ends = changes.iter().skip(1).map(|next| next.index).chain([history.len()]);
    let shift = |(change, end): (&super::Change, usize)| change.shift(history, end).map(of_shift);
    changes.iter().zip(ends).filter_map(shift).collect()
}

/// What an append-by-append replay of `history` would have confirmed, in the order of the alarms.
pub fn as_it_went(history: &[Point], settings: &Settings) -> Vec<Alarm> {
    let alarm = |change: &super::Change| {
        let known = change.shift(history, change.confirmed_at + 1).map(of_shift)?;
        Some(Alarm { index: change.confirmed_at, change: known, is_drift: false })
    };
    replay(history, settings).changes.iter().filter_map(alarm).collect()
}

/// Both answers for one history.
pub fn replayed(history: &[Point], settings: &Settings) -> Replayed {
    Replayed { changes: in_hindsight(history, settings), alarms: as_it_went(history, settings), candidates: 0 }
}

fn of_shift(shift: crate::domain::verdict::Shift) -> ChangePoint {
    ChangePoint {
        index: shift.change_index,
        before: shift.before,
        after: shift.after,
        effect: shift.effect,
        p: shift.p,
    }
}
