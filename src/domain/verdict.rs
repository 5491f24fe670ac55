//! A verdict: what the judge says of one series in one landing, with the evidence for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The finding for one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VerdictKind {
    /// The first run of the series.
    New,
    /// Nothing outside the noise.
    Steady,
    /// Too few runs to tell a change from noise.
    InsufficientEvidence,
    /// Far outside the noise, not yet confirmed by further runs.
    Candidate,
    /// Confirmed change for the worse.
    Regression,
    /// Confirmed change for the better.
    Improvement,
    /// Confirmed change of a neutral series.
    Change,
    /// A slow trend rather than a step.
    Drift,
    /// A change for the worse, confirmed or not, that a person has accepted as the new normal.
    Accepted,
}

impl VerdictKind {
    /// All verdicts.
    pub const ALL: [Self; 9] = [
        Self::New,
        Self::Steady,
        Self::InsufficientEvidence,
        Self::Candidate,
        Self::Regression,
        Self::Improvement,
        Self::Change,
        Self::Drift,
        Self::Accepted,
    ];

    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Steady => "steady",
            Self::InsufficientEvidence => "insufficient_evidence",
            Self::Candidate => "candidate",
            Self::Regression => "regression",
            Self::Improvement => "improvement",
            Self::Change => "change",
            Self::Drift => "drift",
            Self::Accepted => "accepted",
        }
    }

    /// The verdict that [`as_str`](Self::as_str) wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A finding and its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub kind: VerdictKind,
    /// Runs in the history that was judged, the newest included.
    pub n: usize,
    /// Present when there is a change or a candidate.
    pub shift: Option<Shift>,
    /// The reason in one plain sentence, with its numbers.
    pub reason: String,
}

/// A move of the level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Level before, in the unit of the series.
    pub before: f64,
    /// Level after, in the unit of the series.
    pub after: f64,
    /// Runs behind the two levels.
    pub n_before: usize,
    pub n_after: usize,
    /// Relative: `(after - before) / |before|`; infinite levels never occur, a zero `before` gives the absolute difference.
    pub effect: f64,
    /// 95 % interval of the effect.
    pub interval: (f64, f64),
    /// Scatter of a single run around its level, as a standard deviation in the unit of the series.
    pub noise: f64,
    /// Probability of such a shift by chance at a given run; `None` when it was not computed.
    pub p: Option<f64>,
    /// Average run length: runs of an unchanged series that pass between two false alarms as strong as this one.
    pub run_length: Option<f64>,
    /// Index into the judged history of the first run after the shift.
    pub change_index: usize,
    /// Time of that run.
    pub change_at: Timestamp,
    /// Where the shift began, as surely as can be told.
    pub began: Began,
}

impl Shift {
    /// The difference of the levels in the unit of the series, with its 95 % interval: (low, difference, high).
    pub fn difference(&self) -> (f64, f64, f64) {
        // A zero level has the absolute difference as its effect.
        let unit = if self.before.abs() < f64::MIN_POSITIVE { 1.0 } else { self.before.abs() };
        (self.interval.0 * unit, self.after - self.before, self.interval.1 * unit)
    }
}

/// The runs among which the first one after a shift is, with 95 % probability: indexes into the judged history, both ends included, and
/// the times of these runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Began {
    pub first: usize,
    pub last: usize,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}
