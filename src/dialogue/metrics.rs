//! The report's sections on the agents' calls.

use super::calls::CallsDoc;
use super::said::Said;
use crate::insight::{Known, Ledger, Section};

/// Where a landing's time went, s; `None` is what was not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seconds {
    /// Reading and storing the files.
    pub ingest: Option<f64>,
    /// Judging the series.
    pub judge: Option<f64>,
    /// The conversation with the models, the wait for it included.
    pub agent: Option<f64>,
    /// Analysing for the report.
    pub report: Option<f64>,
}

/// The sections on the calls of `said`, whose numbers stand in the document `at`, and on where the landing's time went.
pub fn sections(said: &Said, at: Option<&CallsDoc>, seconds: &Seconds, ledger: &mut Ledger) -> Vec<Section> {
    let _ = (said, at, seconds, ledger);
    Vec::new()
}

/// Tells the check the names and texts that [`sections`] prints.
pub fn known(said: &Said, known: &mut Known) {
    let _ = (said, known);
}
