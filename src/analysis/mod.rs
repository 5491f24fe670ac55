//! L1: history in, verdict out. Pure functions over numbers; `now` is an argument, nothing is read or kept.
//!
//! [`detect`] finds changes in numbers, [`follow`] does so run by run, [`judge`](judge()) says what the newest runs of a series mean,
//! [`settle`](settle()) holds the series of a landing against one another, and [`alerts`] moves the life of an alert by those verdicts
//! and by what people command. All are deterministic, so that a verdict can be had again from the stored history. They cannot
//! fail on numbers: what is too short, constant or not finite gets a verdict that says so.

pub mod absence;
pub mod alerts;
pub mod backtest;
pub mod budget;
pub mod detect;
pub mod follow;
mod judge;
pub mod overrides;
mod reason;
pub mod route;
pub mod selection;
mod settle;
mod shift;
pub mod student;

use jiff::{SignedDuration, Timestamp};

pub use detect::segment::Work;
pub use detect::track::Track;
pub use judge::{LEAST_RUNS, Opinion, Subject, fresh_tail, glance, judge, judge_anew};
pub use reason::{of_drift, of_shift, significant};
pub use settle::settle;

/// What the judge and the alerts go by.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What series are judged by that nothing else is said of.
    pub tuning: Tuning,
    /// Good runs in a row after which a member of an alert has recovered.
    pub recover_runs: u32,
    /// Hours after its end within which an alert that fires again continues its thread.
    pub reopen_hours: i64,
    /// Of the series of an environment that could be judged, the fraction that must move together to be a move of the environment.
    pub environment_share: f64,
    /// Shadow mode: everything is judged and recorded, and nobody is told, then or later.
    pub shadow: bool,
    /// How long after it was told an alert that nobody has acknowledged is told again, and after each such reminder; the last pause
    /// repeats. Empty: never.
    pub remind: Vec<SignedDuration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tuning: Tuning::default(),
            recover_runs: 3,
            reopen_hours: 24,
            environment_share: 0.8,
            shadow: false,
            remind: vec![SignedDuration::from_hours(24), SignedDuration::from_hours(7 * 24)],
        }
    }
}

/// What a series is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    /// Smallest relative effect that matters: 0.02 is 2 %.
    pub min_effect: f64,
    /// False alarms in a thousand runs of an unchanged series that are put up with, at most.
    pub false_alarms: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { min_effect: 0.02, false_alarms: 0.2 }
    }
}

impl Tuning {
    /// False alarms a run.
    pub(crate) fn rate(&self) -> f64 {
        self.false_alarms / 1000.0
    }
}

/// One run of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub at: Timestamp,
    /// Finite; other values are passed over.
    pub value: f64,
    /// Standard deviation of the samples within the run, where the file gives one.
    pub std: Option<f64>,
    /// Samples behind the value.
    pub n: u64,
    /// Came with the landing that is being judged.
    pub fresh: bool,
}

impl Point {
    /// Standard error of the value as its samples show it (that of a median); 0 where they say nothing.
    pub(crate) fn error(&self) -> f64 {
        match self.std {
            Some(std) if std.is_finite() && std > 0.0 && self.n > 1 => {
                std * (std::f64::consts::FRAC_PI_2 / self.n as f64).sqrt()
            }
            _ => 0.0,
        }
    }
}
