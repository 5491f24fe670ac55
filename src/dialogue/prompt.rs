//! A prompt: what one agent is told, and what it may refer to.

use crate::domain::fact::FactId;

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

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Size of the model's context, tokens.
    pub context: u32,
    /// Tokens of the answer at most, where the configuration says so.
    pub predict: Option<u32>,
    /// Bytes of a prompt that make a token; learned from earlier calls of this model, or a cautious guess.
    pub bytes_per_token: f64,
}
