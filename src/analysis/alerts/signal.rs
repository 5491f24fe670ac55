//! A signal: what one subject says in one landing, or at one tick of the clock, whatever kind of watch is kept on it.
//!
//! The judge's verdicts become signals by [`Signal::of_verdict`]; budgets and absences make signals of their own with evidence of
//! their own. The life cycle knows signals only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::alert::{AlertKey, AlertKind};
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::verdict::{Shift, Verdict, VerdictKind};

/// What one subject says.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// The kind of watch that speaks; with the series it makes the alert's key.
    pub kind: AlertKind,
    pub series: SeriesKey,
    pub direction: Direction,
    pub says: Says,
    /// Values of the runs that came with the landing and are newer than all that were known, oldest first. Without any, a regression's
    /// signal moves nothing: late runs neither open an alert nor close one. A budget and an absence need not give them.
    pub fresh: Vec<f64>,
    /// The time of the newest run that is known of the series, where that has been looked up.
    pub newest: Option<Timestamp>,
    /// Why, in one plain sentence with its numbers.
    pub reason: String,
    /// The series is in shadow mode: what becomes of it is recorded, and nobody is told, now or later.
    pub shadow: bool,
    /// Standard deviation of a single run, relative to the level, where the judge knows it.
    pub noise: Option<f64>,
}

/// The word of a signal.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// Nothing for the worse is new. A run is good by that, unless the member knows better from its good level.
    Good,
    /// The level moved for the better, which need not be all the way back.
    Better(Shift),
    /// Nothing is new, but the level lies off since this change: so it is said when a late run confirmed what was suspected.
    Held(Evidence),
    /// Bad, but not certain yet.
    Suspected(Evidence),
    /// Bad.
    Confirmed(Evidence),
    /// It cannot be told: late runs, too few runs, or between a limit and the way back from it.
    Unclear,
}

/// What an alert rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The level moved.
    Shift(Shift),
    /// A value lies beyond a limit.
    Budget(Breach),
    /// Nothing has come for too long.
    Absence(Gap),
    /// Nearly all of an environment moved.
    Environment(Sweep),
}

/// A value beyond a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    /// In the unit of the series.
    pub limit: f64,
    /// In the unit of the series.
    pub value: f64,
    /// The time of the first run of the breach.
    pub began: Timestamp,
    /// The time of the run that has the value.
    pub at: Timestamp,
    /// The index's number of that run, where it is known.
    pub run: Option<i64>,
    /// Good runs that end it.
    pub recover: u32,
}

/// Runs that should have come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// When the last one came.
    pub last_run: Timestamp,
    /// Seconds between runs, as they used to come.
    pub cadence: f64,
    /// Since when they are missing.
    pub missing_since: Timestamp,
}

/// The common move of an environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Series that moved for the worse, of those that could be judged.
    pub moved: usize,
    pub judged: usize,
    /// Benchmarks of the series that moved.
    pub benchmarks: usize,
    /// When the earliest and the latest of the moves began.
    pub began: Timestamp,
    pub until: Timestamp,
    /// All that moved with the relative move where it is known, the largest first.
    pub series: Vec<(SeriesKey, Option<f64>)>,
}

impl Evidence {
    /// Since when it has been so.
    pub fn began(&self) -> Timestamp {
        match self {
            Self::Shift(shift) => shift.change_at,
            Self::Budget(breach) => breach.began,
            Self::Absence(gap) => gap.missing_since,
            Self::Environment(sweep) => sweep.began,
        }
    }

    /// The bad level, in the unit of the series, where there is one.
    pub fn level(&self) -> Option<f64> {
        match self {
            Self::Shift(shift) => Some(shift.after),
            Self::Budget(breach) => Some(breach.value),
            Self::Absence(_) | Self::Environment(_) => None,
        }
    }

    /// The level that it should have, in the unit of the series, where there is one.
    pub fn good_level(&self) -> Option<f64> {
        match self {
            Self::Shift(shift) => Some(shift.before),
            Self::Budget(breach) => Some(breach.limit),
            Self::Absence(_) | Self::Environment(_) => None,
        }
    }

    /// How far off it is, relative to the good level where that is not zero; the largest of an environment.
    pub fn effect(&self) -> Option<f64> {
        match self {
            Self::Shift(shift) if shift.before != 0.0 => Some(shift.effect),
            Self::Budget(breach) if breach.limit != 0.0 => Some((breach.value - breach.limit) / breach.limit.abs()),
            Self::Environment(sweep) => sweep.series.first().and_then(|(_, effect)| *effect),
            Self::Shift(_) | Self::Budget(_) | Self::Absence(_) => None,
        }
    }

    /// Good runs in a row that end it; `usual` is the general setting. One result ends an absence.
    pub fn recover_runs(&self, usual: u32) -> u32 {
        match self {
            Self::Budget(breach) => breach.recover.max(1),
            Self::Absence(_) => 1,
            Self::Shift(_) | Self::Environment(_) => usual,
        }
    }

    /// Between which times it began, as surely as can be told.
    pub(super) fn began_within(&self) -> (Timestamp, Timestamp) {
        match self {
            Self::Shift(shift) => (shift.began.first_at.min(shift.change_at), shift.began.last_at.max(shift.change_at)),
            _ => (self.began(), self.began()),
        }
    }

    /// The shift, if it is one.
    pub fn shift(&self) -> Option<&Shift> {
        match self {
            Self::Shift(shift) => Some(shift),
            Self::Budget(_) | Self::Absence(_) | Self::Environment(_) => None,
        }
    }
}

impl Signal {
    /// The judge's opinion of a series as a signal. `fresh`: the values newer than all that were known.
    ///
    /// Only a change for the worse speaks: what moved for the better is good, and what is too short is unclear.
    pub fn of_verdict(series: &SeriesKey, direction: Direction, verdict: &Verdict, fresh: Vec<f64>) -> Self {
        let worse = verdict.shift.as_ref().filter(|shift| direction.is_worse(shift.before, shift.after));
        let evidence = || worse.cloned().map(Evidence::Shift);
        let says = match verdict.kind {
            _ if fresh.is_empty() => Says::Unclear,
            VerdictKind::Regression => evidence().map_or(Says::Unclear, Says::Confirmed),
            // What creeps is told as what jumps is: once, when it is certain.
            VerdictKind::Drift => evidence().map_or(Says::Good, Says::Confirmed),
            VerdictKind::Candidate => evidence().map_or(Says::Good, Says::Suspected),
            VerdictKind::Steady => evidence().map_or(Says::Good, Says::Held),
            VerdictKind::Improvement => verdict.shift.clone().map_or(Says::Good, Says::Better),
            VerdictKind::Change | VerdictKind::Accepted => Says::Good,
            VerdictKind::New | VerdictKind::InsufficientEvidence => Says::Unclear,
        };
        Self {
            kind: AlertKind::Regression,
            series: series.clone(),
            direction,
            says,
            fresh,
            newest: None,
            reason: verdict.reason.clone(),
            shadow: false,
            noise: None,
        }
    }

    /// The alert that it belongs to.
    pub fn key(&self) -> AlertKey {
        key_of(self.kind, &self.series)
    }

    /// Whether it speaks of something bad, confirmed or not.
    pub fn is_bad(&self) -> bool {
        matches!(self.says, Says::Suspected(_) | Says::Confirmed(_))
    }

    /// What it rests on, when it speaks of something bad.
    pub fn evidence(&self) -> Option<&Evidence> {
        match &self.says {
            Says::Suspected(evidence) | Says::Confirmed(evidence) => Some(evidence),
            Says::Good | Says::Better(_) | Says::Held(_) | Says::Unclear => None,
        }
    }
}

/// The alert of this kind that a series belongs to.
pub fn key_of(kind: AlertKind, series: &SeriesKey) -> AlertKey {
    AlertKey {
        kind,
        benchmark: series.benchmark.clone(),
        metric: series.metric.clone(),
        environment: series.environment.clone(),
    }
}
