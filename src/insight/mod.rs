//! The ledger of facts and the built-in analyst: what a landing means, in sentences that each cite their numbers.
//!
//! An [`Analyst`] is fed a landing (its artifacts, its measurements benchmark by benchmark, then the verdicts) and gives an
//! [`Analysis`]: prose and tables in which every number is a [`FactId`](crate::domain::fact::FactId) of the [`Ledger`].
//! It keeps summaries, never the measurements, so a landing of any size fits; what does not fit a readable report is counted
//! and said. It cannot fail: what cannot be computed (no value, a division by zero) is left out or said to be missing.

mod analyst;
mod best;
mod briefing;
mod cells;
mod changes;
mod check;
pub mod claims;
mod clashes;
#[cfg(test)]
mod compare_tests;
mod course;
mod document;
mod draft;
mod errors;
mod fastest;
mod figure;
mod findings;
mod foreign;
mod gaps;
mod input;
mod inventory;
mod league;
mod league_tell;
mod ledger;
mod method;
mod moves;
mod names;
mod paired;
mod pool;
pub mod recompute;
mod role;
mod scales;
mod standings;
mod stated;
mod subjects;
mod summary;
mod sweep;
#[cfg(test)]
pub(crate) mod tests;
mod together;
mod verdict;
pub mod verify;
mod words;
mod young;

pub use analyst::Analyst;
pub use briefing::{ADVICE, Briefing, FINDINGS, RISKS, SUMMARY};
pub use changes::{Change, about, alert_in_short, alert_line, describe, worst_first};
pub use check::{Known, Miss, check, check_mail, check_statement, same_numbers, same_words};
pub use course::{Course, CourseRun};
pub use document::{Analysis, Block, Cell, Column, Header, Levels, Prose, Section, Span, Table, Tone};
pub use figure::{Certainty, Effect, Effects, Figure, History, Level, Point, Turn};
pub use foreign::without_prose;
pub use input::{
    AlertLine, ArtifactLine, BenchmarkRows, Evidence, GapLine, GroupLine, Judged, Landing, Moved, Place, Row, Step,
    StepEnd,
};
pub use ledger::{Ledger, Spoilt};
pub use scales::{settle, tell_together};
pub use together::{Member, Others, together};

use crate::domain::zone::Zone;

/// How much a report shows, and what it says of how things were decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Files named for each type in the inventory.
    pub first_files: usize,
    /// Directories listed in the inventory.
    pub directories: usize,
    /// Rows in the tables of numbers by model, all models together.
    pub number_rows: usize,
    /// Rows in each table of percentiles, spreads, gaps and failures.
    pub table_rows: usize,
    /// Sweeps shown.
    pub sweeps: usize,
    /// Findings on the first page.
    pub findings: usize,
    /// Regressions described one by one; as many improvements and candidates are listed.
    pub changes: usize,
    /// A benchmark with more configurations than this gets one row a metric over all of them.
    pub configurations: usize,
    /// Values that a 95th percentile needs.
    pub p95_values: usize,
    /// Values that a 99th percentile needs.
    pub p99_values: usize,
    /// What the judge went by.
    pub judged_by: JudgedBy,
    /// What times are shown in.
    pub zone: Zone,
}

/// What the judge went by, to be printed; the judge itself has its own settings.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedBy {
    /// Runs that a series needs before it is judged.
    pub min_runs: usize,
    /// Runs in a row that confirm a candidate, the candidate's own included.
    pub confirm_runs: usize,
    /// Smallest relative effect that matters: 0.02 is two percent.
    pub min_effect: f64,
    /// Level of the intervals: 0.95.
    pub confidence: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            first_files: 5,
            directories: 25,
            number_rows: 90,
            table_rows: 40,
            sweeps: 8,
            findings: 10,
            changes: 50,
            configurations: 6,
            p95_values: 20,
            p99_values: 100,
            judged_by: JudgedBy::default(),
            zone: Zone::default(),
        }
    }
}

impl Default for JudgedBy {
    fn default() -> Self {
        Self { min_runs: 8, confirm_runs: 3, min_effect: 0.02, confidence: 0.95 }
    }
}
