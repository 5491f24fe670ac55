//! What the agents said of a landing: the statements that passed the gate, those that did not with their reasons, and the calls.
//!
//! It is kept with the landing, so that its report can be written again. Its references are to the ledger whose hash it names, and to
//! no other: with another one nothing of it is used.

use serde::{Deserialize, Serialize};

use super::statement::Statement;
use crate::domain::call::{Aim, Call, Role};

/// How much of the models' words a report has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// No model was to be asked.
    Off,
    /// None could be asked; the words say why.
    Unavailable(String),
    /// All that the insight agent was asked for passed the gate.
    Used,
    /// Some of it did.
    PartlyUsed,
    /// Models answered and nothing of it could be used; the words say why.
    Rejected(String),
}

/// A sentence that did not pass the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    pub role: Role,
    /// As in [`Call::attempt`].
    pub attempt: u32,
    /// The sentence as the model wrote it, cut to a length that a log bears.
    pub sentence: String,
    /// For people, and for the model that is to repair it.
    pub reason: String,
}

/// A persona as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    pub role: Role,
    pub label: String,
    pub prompt: String,
}

/// What the agents said of a landing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Hash of the ledger that the references are to, in hexadecimal digits.
    pub ledger: String,
    pub standing: Standing,
    pub calls: Vec<Call>,
    pub personas: Vec<Persona>,
    /// What the collector found in the facts.
    pub observations: Vec<Statement>,
    /// What the collector found missing.
    pub gaps: Vec<Statement>,
    /// The executive summary, sentence by sentence.
    pub summary: Vec<Statement>,
    /// At most one for each aim.
    pub recommendations: Vec<(Aim, Statement)>,
    /// Risks, each with its mitigation.
    pub risks: Vec<(Statement, Statement)>,
    pub dropped: Vec<Dropped>,
    /// Facts of the ledger that had no room in the insight agent's prompt.
    pub left_out: u64,
    /// How long the agents took in all, s.
    pub seconds: f64,
}
