//! L1: history in, verdict out. Pure functions over numbers; `now` is an argument, nothing is read or kept.
//!
//! [`judge`](judge()) replays a series run by run and says what its newest runs mean; [`alerts`] moves the life of an alert by
//! those verdicts and by what people command. Both are deterministic, so that a verdict can be had again from the stored
//! history. The judge cannot fail on numbers: what is too short, constant or not finite gets a verdict that says so.

pub mod alerts;
pub mod backtest;
mod baseline;
mod evidence;
mod judge;
mod reason;
mod replay;
mod student;

use jiff::Timestamp;

pub use judge::{fresh_tail, judge};
pub use reason::significant;
pub use replay::{Change, Replay, replay};

/// What the judge and the alerts go by.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Runs that a series needs, the newest included, before anything is called.
    pub min_runs: usize,
    /// Suspicious runs in a row, on the same side, that confirm a shift.
    pub confirm_runs: usize,
    /// Smallest relative effect that matters: 0.02 is 2 %.
    pub min_effect: f64,
    /// Noise units (robust standard deviations) beyond which a run is suspicious.
    pub threshold: f64,
    /// Most recent runs of a segment from which its level and noise are taken.
    pub window: usize,
    /// Good runs in a row after which a member of an alert has recovered.
    pub recover_runs: u32,
    /// Hours after its end within which an alert that fires again continues its thread.
    pub reopen_hours: i64,
    /// Shadow mode: everything is judged and recorded, and nobody is told, then or later.
    pub shadow: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            min_runs: 8,
            confirm_runs: 3,
            min_effect: 0.02,
            threshold: 4.0,
            window: 60,
            recover_runs: 3,
            reopen_hours: 24,
            shadow: false,
        }
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
