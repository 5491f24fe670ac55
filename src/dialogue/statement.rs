//! A statement of a model that passed the gate: words without numbers, names out of the data, and references to facts.
//!
//! It holds no number. Values and comparisons are rendered from the ledger when it joins the report, so that it can be kept with the
//! landing and rendered again.

use serde::{Deserialize, Serialize};

use crate::domain::fact::FactId;

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// The model's own words: no numeric character of any script, no markup.
    Text(String),
    /// A name out of the data, as the prompt had it.
    Name(String),
    /// A fact with its unit.
    Value(FactId),
    /// How the first fact compares with the second, which the program says.
    Compare(FactId, FactId),
    /// A fact that the sentence rests on without printing it.
    Cite(FactId),
}

/// One sentence, or one cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement(pub Vec<Piece>);
