//! Following a series run by run: what the detector would have said, and when.
//!
//! Every run is pushed into the [`Track`]; what a look finds is weighed against the smallest effect that matters. A change that matters
//! is an [`Alarm`]; one that is certain to be too small to matter moves the segment without a word; one that may yet matter
//! waits for more runs. A replay of a whole history is the same thing from its first run on, so that a track can always be made again.
//!
//! Nothing here fails: runs that are not finite are passed over by those who make a [`History`].

use super::detect::look::{Evidence, Kind, Runs};
use super::detect::scale::Scaled;
use super::detect::segment::{self, Work};
use super::detect::track::{Finding, Track};
use super::{Point, Tuning};

/// Standard errors on either side of a difference that make its 95 % interval.
const INTERVAL: f64 = 1.96;

/// Runs after a change that is too small to matter until the segment moves on without it, when it is certainly too small and when it is
/// merely not certain to matter.
const SMALL: usize = 12;
const UNCLEAR: usize = 100;

/// A certainly small change lies below this many smallest effects.
const CERTAINLY_SMALL: f64 = 1.5;

/// The values of a series, by time, with what is known of them before any is compared.
#[derive(Debug, Clone, Default)]
pub struct History {
    values: Vec<f64>,
    scaled: Scaled,
    within: f64,
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
        let known: Vec<f64> = errors.iter().copied().filter(|&error| error > 0.0).collect();
        // Only where most runs say it, and the middle one: a single noisy run must not blind the series.
        self.within = match known.len() * 2 > values.len() {
            true => crate::domain::stats::median(&known).unwrap_or(0.0),
            false => 0.0,
        };
        self.scaled.fill(&self.values, self.within);
    }

    /// The values.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The changes of the whole series: those of at least the smallest effect.
    pub fn segment(&self, tuning: &Tuning, work: &mut Work) -> Vec<segment::Change> {
        segment::segment(&self.scaled, tuning.min_effect, work)
    }

    /// Standard deviation of a run that is certain before anything is compared, on the scale worked on.
    pub fn floor(&self) -> f64 {
        self.scaled.floor
    }

    /// Whether it is worked on in logarithms, as a whole.
    pub fn log(&self) -> bool {
        self.scaled.log
    }

    /// Looks at the runs `from..to` (indexes into this history; run `from` is number `offset + from` of the series).
    fn look(
        &self,
        track: &mut Track,
        span: (usize, usize),
        tuning: &Tuning,
        work: &mut Work,
    ) -> Option<(Finding, bool)> {
        let (from, to) = span;
        // A history that is not positive as a whole may be so in the segment.
        let own;
        let scaled = match self.scaled.log {
            true => &self.scaled,
            false => {
                own = Scaled::of(self.values.get(from..to)?, self.within);
                let runs = Runs { y: &own.y, floor: own.floor };
                return track.look(runs, own.log, tuning.rate(), work).map(|finding| (finding, own.log));
            }
        };
        let runs = Runs { y: scaled.y.get(from..to)?, floor: scaled.floor };
        track.look(runs, true, tuning.rate(), work).map(|finding| (finding, true))
    }
}

/// Takes the next run into `track`, and looks if it is worth it. `history` holds the runs from number `offset` of the series on, at
/// least those of the segment and the next one.
pub fn step(track: &mut Track, history: &History, offset: usize, tuning: &Tuning, work: &mut Work) -> Step {
    let run = track.runs();
    let Some(&value) = run.checked_sub(offset).and_then(|at| history.values.get(at)) else { return Step::Nothing };
    let mut found = Step::Nothing;
    // The logarithm is there already, where the whole history has one.
    let wants = match history.scaled.y.get(run - offset) {
        Some(&y) if history.scaled.log && track.is_log() => track.push_scaled(y),
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
    match weight(&finding.evidence, log, track.runs() - segment, tuning) {
        Weight::Matters => {
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
        Weight::TooSmall => {
            track.confirm(&finding);
            Step::Nothing
        }
        Weight::Unclear => Step::Nothing,
    }
}

enum Weight {
    Matters,
    TooSmall,
    Unclear,
}

/// What the evidence weighs against the smallest effect.
fn weight(evidence: &Evidence, log: bool, runs: usize, tuning: &Tuning) -> Weight {
    let (low, high) = interval(evidence, log);
    let nearest = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
    if nearest > tuning.min_effect {
        return Weight::Matters;
    }
    let after = runs - evidence.index.min(runs);
    let small = low.abs().max(high.abs()) < CERTAINLY_SMALL * tuning.min_effect;
    if after >= UNCLEAR || (small && after >= SMALL) { Weight::TooSmall } else { Weight::Unclear }
}

/// The 95 % interval of the relative effect; of the difference where the level before is zero.
pub fn interval(evidence: &Evidence, log: bool) -> (f64, f64) {
    let end = |side: f64| {
        let after = evidence.after + side * INTERVAL * evidence.error;
        segment::effect(log, evidence.before, after).clamp(f64::MIN, f64::MAX)
    };
    (end(-1.0), end(1.0))
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
