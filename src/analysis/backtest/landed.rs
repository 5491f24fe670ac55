//! Many series replayed together, landing by landing, just as the daemon judges them: a glance where that is enough, the judge where
//! not, and the false discovery control over all series of a landing before anything is confirmed.
//!
//! It differs from a daemon's life in one thing: the first runs are no backfill, so that what they went through is told too.

use super::super::{Opinion, Point, Subject, Track, Work, glance, judge, settle};
use super::{Alarm, ChangePoint};
use crate::domain::verdict::{Verdict, VerdictKind};

/// A series as it landed.
#[derive(Debug, Clone, Copy)]
pub struct Landed<'a> {
    /// By time, finite.
    pub history: &'a [Point],
    pub subject: Subject<'a>,
}

/// What was said of a series as it went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Said {
    /// In the order of the runs that confirmed them.
    pub alarms: Vec<Alarm>,
    /// Of each suspicion that no further run confirmed the last suspicious run, from 0.
    pub candidates: Vec<usize>,
}

/// Some runs of a series that land together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    landing: usize,
    series: usize,
    /// The run after the last one.
    end: usize,
}

/// Where a series stands.
#[derive(Default)]
struct Seat {
    track: Track,
    /// The last run of a suspicion that stands.
    suspected: Option<usize>,
    said: Said,
}

/// Replays `series`, of which run `run` of number `series` came with `landing(series, run)`, which never falls from a run to the next.
/// Takes O(log n) for most runs.
pub fn as_it_landed(series: &[Landed<'_>], landing: impl Fn(usize, usize) -> usize) -> Vec<Said> {
    let mut seats: Vec<Seat> = series.iter().map(|_| Seat::default()).collect();
    let mut work = Work::default();
    for pieces in pieces(series, landing).chunk_by(|a, b| a.landing == b.landing) {
        let mut opinions: Vec<(Piece, Opinion)> = Vec::new();
        for piece in pieces {
            let (Some(landed), Some(seat)) = (series.get(piece.series), seats.get_mut(piece.series)) else { continue };
            opinions.extend(seat.hear(landed, piece.end, &mut work).map(|opinion| (*piece, opinion)));
        }
        let mut weighed: Vec<&mut Opinion> = opinions.iter_mut().map(|(_, opinion)| opinion).collect();
        settle(&mut weighed, pieces.len());
        for (piece, opinion) in opinions {
            if let Some(seat) = seats.get_mut(piece.series) {
                seat.take(&opinion, piece.end);
            }
        }
    }
    seats.into_iter().map(Seat::leave).collect()
}

/// What landed, in the order of landings.
fn pieces(series: &[Landed<'_>], landing: impl Fn(usize, usize) -> usize) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (number, landed) in series.iter().enumerate() {
        for run in 0..landed.history.len() {
            let piece = Piece { landing: landing(number, run), series: number, end: run + 1 };
            match pieces.last_mut().filter(|last| last.series == number && last.landing == piece.landing) {
                Some(last) => *last = piece,
                None => pieces.push(piece),
            }
        }
    }
    pieces.sort_unstable();
    pieces
}

impl Seat {
    /// The opinion on the runs up to `end`; `None` when a glance was enough.
    fn hear(&mut self, landed: &Landed<'_>, end: usize, work: &mut Work) -> Option<Opinion> {
        let fresh: Vec<f64> = landed.history.get(self.track.runs()..end)?.iter().map(|run| run.value).collect();
        if glance(&mut self.track, &fresh).is_some() {
            self.end_suspicion();
            return None;
        }
        let from = self.track.wanted();
        let history = landed.history.get(from..end)?;
        Some(judge(&mut self.track, history, from, &landed.subject, work))
    }

    /// Takes an opinion that stands.
    fn take(&mut self, opinion: &Opinion, end: usize) {
        if let Some(finding) = &opinion.pending {
            self.track.confirm(finding);
        }
        match opinion.verdict.kind {
            VerdictKind::Candidate => self.suspected = end.checked_sub(1),
            VerdictKind::Regression | VerdictKind::Improvement | VerdictKind::Change | VerdictKind::Drift => {
                self.suspected = None;
                self.said.alarms.extend(alarm(&opinion.verdict, end));
            }
            VerdictKind::New | VerdictKind::Steady | VerdictKind::InsufficientEvidence | VerdictKind::Accepted => {
                self.end_suspicion()
            }
        }
    }

    /// What was suspected has come to nothing.
    fn end_suspicion(&mut self) {
        self.said.candidates.extend(self.suspected.take());
    }

    /// A suspicion that still stands was not confirmed either.
    fn leave(mut self) -> Said {
        self.end_suspicion();
        self.said
    }
}

fn alarm(verdict: &Verdict, end: usize) -> Option<Alarm> {
    let shift = verdict.shift.as_ref()?;
    let change = ChangePoint {
        index: shift.change_index,
        before: shift.before,
        after: shift.after,
        effect: shift.effect,
        p: shift.p,
    };
    Some(Alarm { index: end.checked_sub(1)?, change, is_drift: verdict.kind == VerdictKind::Drift })
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::analysis::Tuning;
    use crate::domain::series::Direction;
    use crate::domain::units::Unit;

    fn point(run: usize, value: f64) -> Point {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(run as i64);
        Point { at, value, std: None, n: 1, fresh: true }
    }

    /// Noise of about one percent, the same every time, other for each salt.
    fn noise(run: usize, salt: usize) -> f64 {
        ((run * 7919 + salt * 104_729 + run * run * 31) % 41) as f64 / 1000.0 - 0.02
    }

    fn history(runs: usize, salt: usize, factor: impl Fn(usize) -> f64) -> Vec<Point> {
        (0..runs).map(|run| point(run, 100.0 * (1.0 + noise(run, salt)) * factor(run))).collect()
    }

    fn replay(histories: &[Vec<Point>], landing: impl Fn(usize, usize) -> usize) -> Vec<Said> {
        let unit = Unit::new("ms");
        let subject = Subject { direction: Direction::Lower, unit: &unit, tuning: Tuning::default(), backfill: false };
        let series: Vec<Landed<'_>> = histories.iter().map(|history| Landed { history, subject }).collect();
        as_it_landed(&series, landing)
    }

    #[test]
    fn a_step_is_told_once_by_the_run_that_confirms_it() {
        let histories = [history(80, 1, |run| if run >= 40 { 1.3 } else { 1.0 }), history(80, 2, |_| 1.0)];
        let said = replay(&histories, |_, run| run);
        let [alarm] = said[0].alarms.as_slice() else { panic!("{:?}", said[0]) };
        assert_eq!((alarm.change.index, alarm.is_drift), (40, false));
        assert!((42..46).contains(&alarm.index), "{alarm:?}");
        assert_eq!(said[1].alarms, []);
        let shorter: Vec<Vec<Point>> = histories.iter().map(|runs| runs[..=alarm.index].to_vec()).collect();
        assert_eq!(replay(&shorter, |_, run| run)[0].alarms, said[0].alarms, "later runs change nothing");
        let without = vec![histories[0][..alarm.index].to_vec()];
        assert_eq!(replay(&without, |_, run| run)[0].alarms, []);
    }

    #[test]
    fn a_spike_is_a_candidate_that_nothing_confirms() {
        let said = replay(&[history(60, 1, |run| if run == 50 { 1.5 } else { 1.0 })], |_, run| run);
        assert_eq!((said[0].alarms.len(), said[0].candidates.as_slice()), (0, &[50][..]));
    }

    #[test]
    fn runs_that_land_together_are_judged_together() {
        let said = replay(&[history(60, 1, |run| if run >= 40 { 1.3 } else { 1.0 })], |_, run| run / 20);
        let [alarm] = said[0].alarms.as_slice() else { panic!("{:?}", said[0]) };
        assert_eq!((alarm.index, alarm.change.index), (59, 40));
    }

    #[test]
    fn series_may_begin_and_end_at_any_time() {
        let histories = [history(80, 1, |run| if run >= 60 { 1.3 } else { 1.0 }), Vec::new(), history(3, 3, |_| 1.0)];
        let said = replay(&histories, |series, run| run + 30 * series);
        assert_eq!(said.iter().map(|said| said.alarms.len()).collect::<Vec<_>>(), [1, 0, 0]);
    }
}
