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
    /// Sentences of the collector that had none.
    pub unread: u64,
    /// How long the agents took in all, s.
    pub seconds: f64,
}

impl Said {
    /// No model said anything.
    pub fn nothing(standing: Standing) -> Self {
        Self {
            ledger: String::new(),
            standing,
            calls: Vec::new(),
            personas: Vec::new(),
            observations: Vec::new(),
            gaps: Vec::new(),
            summary: Vec::new(),
            recommendations: Vec::new(),
            risks: Vec::new(),
            dropped: Vec::new(),
            left_out: 0,
            unread: 0,
            seconds: 0.0,
        }
    }

    /// Whether there are words of a model to be printed.
    pub fn has_words(&self) -> bool {
        let lists = [&self.observations, &self.gaps, &self.summary];
        lists.iter().any(|list| !list.is_empty()) || !self.recommendations.is_empty() || !self.risks.is_empty()
    }

    /// The same calls without their words, which cannot be printed; `why` is for people.
    #[must_use]
    pub fn unsaid(&self, why: &str) -> Self {
        Self {
            ledger: self.ledger.clone(),
            calls: self.calls.clone(),
            personas: self.personas.clone(),
            dropped: self.dropped.clone(),
            left_out: self.left_out,
            unread: self.unread,
            seconds: self.seconds,
            ..Self::nothing(Standing::Rejected(why.to_owned()))
        }
    }
}
