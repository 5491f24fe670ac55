//! The gate: what of a model's answer may be printed, sentence by sentence, and why the rest may not.
//!
//! The program writes every number. A sentence passes when it is plain English prose whose only numbers are references to facts that
//! the model was shown, whose names are names out of the data that such a fact is about, and whose comparisons the facts bear out.
//! What does not pass is dropped with a reason; reasons hold no numeric character, so that they can be printed.
//!
//! The rules look at the characters that a reader would see (NFKC, without invisible ones) and at the raw ones too. What has passed is
//! then printed on trial and read by the [independent check](crate::insight::check_statement), so that nothing which passes here can
//! fail there. Only an answer that is no JSON of the wanted shape is an error. Time is linear in the answer.

mod about;
mod answer;
mod beside;
mod clauses;
mod clean;
mod compare;
mod cut;
mod english;
mod judge;
mod marks;
mod named;
mod noun;
mod numerals;
mod parts;
mod pieces;
mod refs;
mod rules;
mod short;
mod substance;
#[cfg(test)]
mod tests;
mod trial;
mod units;
mod vocabulary;

use crate::dialogue::{Dropped, Shown, Statement};
use crate::domain::call::{Aim, Role};
use crate::insight::Ledger;
use judge::Judge;

/// What the collector found, as far as it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observations {
    /// What is in the facts.
    pub observations: Vec<Statement>,
    /// What is missing.
    pub gaps: Vec<Statement>,
}

/// What the insight agent advises, as far as it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advice {
    /// The executive summary, sentence by sentence.
    pub summary: Vec<Statement>,
    /// At most one for each aim.
    pub recommendations: Vec<(Aim, Statement)>,
    /// Risks, each with its mitigation.
    pub risks: Vec<(Statement, Statement)>,
}

/// An answer behind the gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Gated<T> {
    pub kept: T,
    pub dropped: Vec<Dropped>,
    /// Whether so much of it is left that no repair is needed.
    pub enough: bool,
}

/// Why an answer cannot be read at all; the words are for people and for the repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the answer is empty")]
    Empty,
    #[error("the answer holds no JSON object that can be read")]
    NotJson,
    #[error("the answer is no JSON object with the fields that were asked for: {0}")]
    Shape(&'static str),
}

/// Observations below which the collector is asked once more.
const OBSERVATIONS: usize = 2;
/// Sentences of a summary, and rows of the table of risks, below which the insight agent is asked once more.
const SENTENCES: usize = 2;
const RISKS: usize = 2;
/// What a recommendation may aim at.
const AIMS: [Aim; 3] = [Aim::Throughput, Aim::Ttft, Aim::Quality];

/// What of the collector's answer holds. `attempt` is that of the call, `shown` what its prompt showed, `ledger` the one that the prompt was made of.
///
/// # Errors
/// When the answer is not the JSON that was asked for.
pub fn collector(
    answer: &str,
    attempt: u32,
    shown: &Shown,
    ledger: &Ledger,
) -> Result<Gated<Observations>, Unreadable> {
    let read = answer::read(answer, "observations and gaps", &["observations", "gaps"])?;
    let shown = short::with_short_names(shown);
    let mut judge = Judge::new(Role::Collector, attempt, &shown, ledger);
    let observations = judge.found(&read, "observations");
    let gaps = judge.sentences(&read, "gaps");
    let enough = observations.len() >= OBSERVATIONS;
    Ok(Gated { kept: Observations { observations, gaps }, dropped: judge.finish(), enough })
}

/// What of the insight agent's answer holds; as [`collector`].
///
/// # Errors
/// When the answer is not the JSON that was asked for.
pub fn insight(answer: &str, attempt: u32, shown: &Shown, ledger: &Ledger) -> Result<Gated<Advice>, Unreadable> {
    let read = answer::read(answer, "summary, recommendations and risks", &["summary", "recommendations", "risks"])?;
    let shown = short::with_short_names(shown);
    let mut judge = Judge::new(Role::Insight, attempt, &shown, ledger);
    let summary = judge.paragraph(&read, "summary");
    let recommendations = judge.recommendations(&read);
    let risks = judge.risks(&read);
    let all = AIMS.iter().all(|aim| recommendations.iter().any(|(own, _)| own == aim));
    let enough = summary.len() >= SENTENCES && all && risks.len() >= RISKS;
    Ok(Gated { kept: Advice { summary, recommendations, risks }, dropped: judge.finish(), enough })
}
