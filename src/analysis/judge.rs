//! The judge: what the newest runs of a series mean, as a verdict with its evidence and its reason.
//!
//! It speaks of fresh runs at the newest end alone. Runs that are put in late re-cut the history and stay without a verdict of
//! their own, and of a history that is new as a whole only its present state counts, not what it went through.

use super::reason::{counted, judgement, of_shift};
use super::replay::{Change, Replay, replay};
use super::{Point, Settings};
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::{Shift, Verdict, VerdictKind};

/// The values of the fresh runs that are newer than every run known before, by time; empty when all came late.
pub fn fresh_tail(history: &[Point]) -> Vec<f64> {
    let start = history.iter().rposition(|run| !run.fresh).map_or(0, |last| last + 1);
    history.iter().skip(start).map(|run| run.value).filter(|value| value.is_finite()).collect()
}

/// The verdict on `history` (by time, oldest first), of which the fresh runs have just landed. `unit` is for the reason.
///
/// On a backfill, and for a series of which nothing was known, a change counts only while its segment is younger than
/// `min_runs`; otherwise it counts in the landing that brings the run which confirms it, and only there. A steady verdict
/// still carries the shift that opened such a young segment.
pub fn judge(history: &[Point], direction: Direction, unit: &Unit, backfill: bool, settings: &Settings) -> Verdict {
    let finite: Vec<Point>;
    let history = if history.iter().all(|run| run.value.is_finite()) {
        history
    } else {
        finite = history.iter().filter(|run| run.value.is_finite()).cloned().collect();
        &finite
    };
    let n = history.len();
    let plain = |kind, reason: String| Verdict { kind, n, shift: None, reason };
    if n <= 1 {
        let reason = if n == 0 { "There is no run with a finite value." } else { "The first run of the series." };
        return plain(VerdictKind::New, reason.to_owned());
    }
    let newest_known = history.iter().rposition(|run| !run.fresh);
    if newest_known == Some(n - 1) {
        return plain(
            VerdictKind::Steady,
            "No run is newer than those known before: put in by time, nothing called.".to_owned(),
        );
    }
    if n < settings.min_runs {
        let reason = format!("{} are too few to tell a change from noise.", counted(n));
        return plain(VerdictKind::InsufficientEvidence, reason);
    }
    let case = Case { history, direction, unit, state: replay(history, settings) };
    let quiet = backfill || newest_known.is_none();
    let is_news = |change: &Change| match (quiet, newest_known) {
        (false, Some(known)) => change.confirmed_at > known,
        _ => case.is_young(settings),
    };
    case.verdict(is_news, settings)
}

/// A replayed history with what the verdict's words need.
struct Case<'a> {
    history: &'a [Point],
    direction: Direction,
    unit: &'a Unit,
    state: Replay,
}

impl Case<'_> {
    fn is_young(&self, settings: &Settings) -> bool {
        self.history.len() - self.state.segment_start < settings.min_runs
    }

    fn verdict(&self, is_news: impl Fn(&Change) -> bool, settings: &Settings) -> Verdict {
        let n = self.history.len();
        let opened = self.state.opened_by();
        let shift = opened.and_then(|change| change.shift(self.history, n));
        if let (Some(change), Some(shift)) = (opened, &shift)
            && is_news(change)
        {
            return self.confirmed(shift.clone());
        }
        if let Some(shift) = self.state.suspicion(self.history, settings) {
            let reason = format!(
                "{}: {}, if further runs confirm it.",
                of_shift(&shift, self.unit),
                judgement(&shift, self.direction)
            );
            return Verdict { kind: VerdictKind::Candidate, n, shift: Some(shift), reason };
        }
        match shift.filter(|_| self.is_young(settings)) {
            Some(shift) => {
                let reason = format!("Nothing new: {}.", of_shift(&shift, self.unit));
                Verdict { kind: VerdictKind::Steady, n, shift: Some(shift), reason }
            }
            None => {
                let reason = format!("The newest of {} lies within the noise of the level.", counted(n));
                Verdict { kind: VerdictKind::Steady, n, shift: None, reason }
            }
        }
    }

    fn confirmed(&self, shift: Shift) -> Verdict {
        let kind = match self.direction {
            Direction::Neutral => VerdictKind::Change,
            direction if direction.is_worse(shift.before, shift.after) => VerdictKind::Regression,
            _ => VerdictKind::Improvement,
        };
        let reason = format!("{}: {}.", of_shift(&shift, self.unit), judgement(&shift, self.direction));
        Verdict { kind, n: self.history.len(), shift: Some(shift), reason }
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
