//! The judge: what the newest runs of a series mean, as a verdict with its evidence and its reason.
//!
//! It speaks of fresh runs at the newest end alone. Three ways lead to a verdict: a [`glance`], which needs no history and is all that
//! most runs take; [`judge`], with the runs of the segment; and [`judge_anew`], with the whole history, where there is no track or
//! where runs came late. The last alarm of a landing is not confirmed here: [`settle`](super::settle()) may hold it against its
//! siblings first.

mod suspicion;

use super::detect::segment::Work;
use super::detect::track::{Finding, Track, YOUNG};
use super::follow::{self, Alarm, History, Step};
use super::reason::{counted, judgement, of_drift, of_shift};
use super::shift::Runs;
use super::{Point, Tuning};
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::{Shift, Verdict, VerdictKind};

/// Runs that a series needs, the newest included, before anything is called: a split has three on either side.
pub const LEAST_RUNS: usize = 6;

/// Standard deviations from the last runs beyond which a run is worth the history.
const STRAYS: f64 = 3.5;

/// An alarm before the last fresh run is confirmed at once if no more than one in so many runs is a false one.
const STRONG: f64 = 1e6;

/// A series that is judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub direction: Direction,
    /// For the reason.
    pub unit: &'a Unit,
    pub tuning: Tuning,
    /// The first index: of a history that is new as a whole only its present state counts, not what it went through.
    pub backfill: bool,
}

/// What the judge says of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    pub verdict: Verdict,
    /// The change that the newest run confirmed. It stands in the track only when it is [confirmed](Track::confirm).
    pub pending: Option<Finding>,
}

impl Opinion {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, pending: None }
    }
}

/// The values of the fresh runs that are newer than every run known before, by time; empty when all came late.
pub fn fresh_tail(history: &[Point]) -> Vec<f64> {
    let start = history.iter().rposition(|run| !run.fresh).map_or(0, |last| last + 1);
    history.iter().skip(start).map(|run| run.value).filter(|value| value.is_finite()).collect()
}

/// Takes the fresh values (newer than all before, by time) into `track`, if none of them is worth a look at the history. `None`: `track` is as it
/// was, and [`judge`] needs the runs from [`Track::wanted`] on.
pub fn glance(track: &mut Track, fresh: &[f64]) -> Option<Verdict> {
    if track.is_young() || track.runs() + fresh.len() < LEAST_RUNS {
        return None;
    }
    let mut after = track.clone();
    for &value in fresh {
        if after.stray(value) > STRAYS || after.push(value) {
            return None;
        }
    }
    *track = after;
    Some(steady(track.runs()))
}

/// The verdict on the fresh runs of a series whose track took in those before. `history` are its runs (finite, by time) from number `offset`
/// on, at most [`Track::wanted`]; `track` takes the fresh ones in.
pub fn judge(track: &mut Track, history: &[Point], offset: usize, subject: &Subject<'_>, work: &mut Work) -> Opinion {
    let values = History::of_points(history);
    let runs = Runs { history, offset };
    let end = offset + history.len();
    let mut told: Option<Alarm> = None;
    let mut pending = None;
    let mut unheard = false;
    while track.runs() < end {
        let Step::Alarm(alarm, finding) = follow::step(track, &values, offset, &subject.tuning, work) else { continue };
        if track.runs() == end {
            pending = Some((alarm, finding));
        } else if alarm.evidence.run_length >= STRONG {
            track.confirm(&finding);
            told = Some(alarm);
        } else {
            unheard = true;
        }
    }
    if pending.is_none()
        && unheard
        && let Step::Alarm(alarm, finding) = follow::glimpse(track, &values, offset, &subject.tuning, work)
    {
        pending = Some((alarm, finding));
    }
    if let Some((alarm, finding)) = pending
        && let Some(verdict) = confirmed(&alarm, runs, end, subject)
    {
        track.linger();
        return Opinion { verdict, pending: Some(finding) };
    }
    match told.and_then(|alarm| confirmed(&alarm, runs, end, subject)) {
        Some(verdict) => Opinion::of(verdict),
        None => Opinion::of(unchanged(track, runs, end, subject, work)),
    }
}

/// The verdict on a whole history (finite, by time) with its track: where there was none, where runs came late or were taken out. A change counts in
/// the landing that brings the run which confirms it; on a backfill, and for a series of which nothing was known, while its segment is young.
pub fn judge_anew(history: &[Point], subject: &Subject<'_>, work: &mut Work) -> (Track, Opinion) {
    let values = History::of_points(history);
    let runs = Runs { history, offset: 0 };
    let n = history.len();
    let known = history.iter().rposition(|run| !run.fresh);
    let quiet = subject.backfill || known.is_none();
    let mut track = Track::default();
    let mut told: Option<Alarm> = None;
    let mut pending = None;
    while track.runs() < n {
        let Step::Alarm(alarm, finding) = follow::step(&mut track, &values, 0, &subject.tuning, work) else { continue };
        if track.runs() == n && !quiet && known != Some(n - 1) {
            pending = Some((alarm, finding));
        } else {
            track.confirm(&finding);
            told = Some(alarm);
        }
    }
    let verdict = match known {
        _ if n <= 1 => first(n),
        Some(last) if last == n - 1 => late(n),
        _ => {
            let is_news = |alarm: &Alarm| match known {
                Some(known) if !quiet => alarm.index > known,
                _ => n - track.segment_start() < YOUNG,
            };
            if let Some((alarm, finding)) = pending
                && let Some(verdict) = confirmed(&alarm, runs, n, subject)
            {
                track.linger();
                return (track, Opinion { verdict, pending: Some(finding) });
            }
            let news = told.filter(is_news).and_then(|alarm| confirmed(&alarm, runs, n, subject));
            news.unwrap_or_else(|| unchanged(&track, runs, n, subject, work))
        }
    };
    (track, Opinion::of(verdict))
}

fn plain(kind: VerdictKind, n: usize, reason: String) -> Verdict {
    Verdict { kind, n, shift: None, reason }
}

fn first(n: usize) -> Verdict {
    let reason = if n == 0 { "There is no run with a finite value." } else { "The first run of the series." };
    plain(VerdictKind::New, n, reason.to_owned())
}

fn late(n: usize) -> Verdict {
    let reason = "No run is newer than those known before: put in by time, nothing called.";
    plain(VerdictKind::Steady, n, reason.to_owned())
}

fn steady(n: usize) -> Verdict {
    plain(VerdictKind::Steady, n, format!("The newest of {} lies within the noise of the level.", counted(n)))
}

/// What a confirmed change means.
fn confirmed(alarm: &Alarm, runs: Runs<'_>, n: usize, subject: &Subject<'_>) -> Option<Verdict> {
    let shift = runs.of_alarm(alarm)?;
    let drifts = alarm.kind == super::detect::look::Kind::Drift;
    let kind = match subject.direction {
        _ if drifts => VerdictKind::Drift,
        Direction::Neutral => VerdictKind::Change,
        direction if direction.is_worse(shift.before, shift.after) => VerdictKind::Regression,
        _ => VerdictKind::Improvement,
    };
    let what = if drifts { of_drift(&shift, subject.unit) } else { of_shift(&shift, subject.unit) };
    let reason = format!("{what}: {}.", judgement(&shift, subject.direction));
    Some(Verdict { kind, n, shift: Some(shift), reason })
}

/// The verdict where nothing was confirmed: too few runs, a suspicion, the echo of the last change, or nothing at all.
fn unchanged(track: &Track, runs: Runs<'_>, n: usize, subject: &Subject<'_>, work: &mut Work) -> Verdict {
    if n <= 1 {
        return first(n);
    }
    if n < LEAST_RUNS {
        let reason = format!("{} are too few to tell a change from noise.", counted(n));
        return plain(VerdictKind::InsufficientEvidence, n, reason);
    }
    if let Some(shift) = suspicion::suspicion(track, runs, &subject.tuning, work) {
        let reason = format!(
            "{}: {}, if further runs confirm it.",
            of_shift(&shift, subject.unit),
            judgement(&shift, subject.direction)
        );
        return Verdict { kind: VerdictKind::Candidate, n, shift: Some(shift), reason };
    }
    match opening(track, runs) {
        Some(shift) => {
            let reason = format!("Nothing new: {}.", of_shift(&shift, subject.unit));
            Verdict { kind: VerdictKind::Steady, n, shift: Some(shift), reason }
        }
        None => steady(n),
    }
}

/// The change that began a young segment.
fn opening(track: &Track, runs: Runs<'_>) -> Option<Shift> {
    let (noise, log) = track.noise();
    track.is_young().then(|| runs.of_suspicion(track.wanted(), track.segment_start(), noise, log)).flatten()
}

#[cfg(test)]
mod tests;
