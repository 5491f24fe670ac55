//! Following a series run by run: what the detector would have said, and when.
//!
//! Every run is pushed into the [`Track`]; what a look finds is weighed against the smallest effect that matters. A change that matters
//! is an [`Alarm`]; one that is too small, or not certain to be large enough, waits for more runs and is weighed with what follows. A replay of a whole history is the same thing from its first run on, so that a track can always be made again.
//!
//! Nothing here fails: runs that are not finite are passed over by those who make a [`History`].

use super::detect::look::{Evidence, Kind, Runs};
use super::detect::scale::{self, Scaled};
use super::detect::segment::{self, Work};
use super::detect::track::{Finding, Track};
use super::{Point, Tuning, shift};

/// The values of a series, by time, with what is known of each before any are compared.
#[derive(Debug, Clone, Default)]
pub struct History {
    values: Vec<f64>,
    /// Standard errors of the values as their samples show them, 0 where they do not; none at all where no run has samples.
    errors: Vec<f64>,
    /// Logarithms of the values up to the first that has none.
    logs: Vec<f64>,
}

/// A confirmed change.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// The run that confirmed it, counted from 0 in the history.
    pub index: usize,
    /// First run after the change; for a drift, the run with which it was first there.
    pub change: usize,
    /// First and last run that may be it, with 95 % probability.
    pub first: usize,
    pub last: usize,
    pub kind: Kind,
    /// First run of the segment that changed.
    pub segment: usize,
    pub evidence: Evidence,
    /// Whether the evidence is about logarithms.
    pub log: bool,
}

/// What a step of the replay found.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and never stored")]
pub enum Step {
    /// Nothing, or nothing that can be told yet.
    Nothing,
    /// A change that matters; not yet confirmed in the track.
    Alarm(Alarm, Finding),
}

impl History {
    /// The history of these values (finite), with the standard error that the samples of each run leave (0 or less: none known).
    pub fn of(values: &[f64], errors: &[f64]) -> Self {
        let mut history = Self::default();
        history.fill(values, errors);
        history
    }

    /// The history of these runs (finite, by time).
    pub fn of_points(runs: &[Point]) -> Self {
        let values: Vec<f64> = runs.iter().map(|run| run.value).collect();
        let errors: Vec<f64> = runs.iter().map(Point::error).collect();
        Self::of(&values, &errors)
    }

    /// As [`of`](Self::of), in the memory that is there.
    pub fn fill(&mut self, values: &[f64], errors: &[f64]) {
        self.values.clear();
        self.values.extend_from_slice(values);
        self.errors.clear();
        if errors.iter().any(|&error| error > 0.0) {
            self.errors.extend_from_slice(errors);
        }
        self.logs.clear();
        self.logs.extend(values.iter().take_while(|&&value| value > 0.0).map(|value| value.ln()));
    }

    /// The values.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The changes of the whole series: those of at least the smallest effect.
    pub fn segment(&self, tuning: &Tuning, work: &mut Work) -> Vec<segment::Change> {
        segment::segment(&self.scaled(0, self.values.len()), tuning.min_effect, work)
    }

    /// The runs `from..to` on their scale; of those that follow nothing is known.
    fn scaled(&self, from: usize, to: usize) -> Scaled {
        if let Some(y) = self.logs.get(from..to) {
            return Scaled { y: y.to_vec(), log: true, floor: self.floor(from, to).0 };
        }
        Scaled::of(self.values.get(from..to).unwrap_or_default(), self.within(from, to))
    }

    /// Standard deviation of one of the runs `from..to` that is certain before any are compared, and whether their scale is logarithmic.
    pub fn floor(&self, from: usize, to: usize) -> (f64, bool) {
        let values = self.values.get(from..to).unwrap_or_default();
        let log = to <= self.logs.len() || values.iter().all(|&value| value > 0.0);
        (scale::floor(values, log, self.within(from, to)), log)
    }

    /// The standard error within a single run. Only where most runs say it, and the middle one: a single noisy run must not blind the
    /// series.
    fn within(&self, from: usize, to: usize) -> f64 {
        let errors = self.errors.get(from..to).unwrap_or_default();
        let known: Vec<f64> = errors.iter().copied().filter(|&error| error > 0.0).collect();
        if known.len() * 2 > to - from { crate::domain::stats::median(&known).unwrap_or(0.0) } else { 0.0 }
    }

    /// Looks at the runs `from..to` (indexes into this history).
    fn look(
        &self,
        track: &mut Track,
        span: (usize, usize),
        tuning: &Tuning,
        work: &mut Work,
    ) -> Option<(Finding, bool)> {
        let (from, to) = span;
        if let Some(y) = self.logs.get(from..to) {
            let runs = Runs { y, floor: self.floor(from, to).0 };
            return track.look(runs, true, tuning.rate(), work).map(|finding| (finding, true));
        }
        // A history that is not positive as a whole may be so in the segment.
        let own = self.scaled(from, to);
        let runs = Runs { y: &own.y, floor: own.floor };
        track.look(runs, own.log, tuning.rate(), work).map(|finding| (finding, own.log))
    }
}

/// Takes the next run into `track`, and looks if it is worth it. `history` holds the runs from number `offset` of the series on, at
/// least those of the segment and the next one.
pub fn step(track: &mut Track, history: &History, offset: usize, tuning: &Tuning, work: &mut Work) -> Step {
    let run = track.runs();
    let Some(&value) = run.checked_sub(offset).and_then(|at| history.values.get(at)) else { return Step::Nothing };
    let mut found = Step::Nothing;
    // The logarithm is there already, where the whole history has one.
    let wants = match history.logs.get(run - offset) {
        Some(&y) if track.is_log() => track.push_scaled(y),
        _ => track.push(value),
    };
    if wants {
        found = glimpse(track, history, offset, tuning, work);
    }
    if matches!(found, Step::Nothing) {
        track.trim();
    }
    found
}

/// Looks at the runs of the segment, whatever the gate says.
pub fn glimpse(track: &mut Track, history: &History, offset: usize, tuning: &Tuning, work: &mut Work) -> Step {
    let segment = track.segment_start();
    let span = (segment.saturating_sub(offset), track.runs().saturating_sub(offset));
    let Some((finding, log)) = history.look(track, span, tuning, work) else { return Step::Nothing };
    if finding.quiet {
        track.confirm(&finding);
        return Step::Nothing;
    }
    // What may yet matter waits for more runs. What is too small to matter is left standing too: small changes add up.
    if !matters(&finding.evidence, log, track.runs() - segment, tuning) {
        return Step::Nothing;
    }
    let evidence = finding.evidence.clone();
    let alarm = Alarm {
        index: track.runs() - 1,
        change: segment + evidence.index,
        first: segment + evidence.place.first,
        last: segment + evidence.place.last,
        kind: evidence.kind,
        segment,
        evidence,
        log,
    };
    Step::Alarm(alarm, finding)
}

/// Whether the effect is certainly larger than the smallest that matters: by the interval that is told.
fn matters(evidence: &Evidence, log: bool, runs: usize, tuning: &Tuning) -> bool {
    if tuning.min_effect <= 0.0 {
        return true;
    }
    let reach = shift::reach(evidence.error, runs.saturating_sub(2));
    let end = |side: f64| segment::effect(log, evidence.before, evidence.after + side * reach);
    let (low, high) = (end(-1.0), end(1.0));
    low * high > 0.0 && low.abs().min(high.abs()) > tuning.min_effect
}

/// Follows a whole history from its first run to its last, confirming as it goes.
pub fn replay(history: &History, tuning: &Tuning, work: &mut Work) -> (Track, Vec<Alarm>) {
    let mut track = Track::default();
    let mut alarms = Vec::new();
    for _ in 0..history.values.len() {
        if let Step::Alarm(alarm, finding) = step(&mut track, history, 0, tuning, work) {
            track.confirm(&finding);
            alarms.push(alarm);
        }
    }
    (track, alarms)
}
