//! A fact: a typed number that a report may print, with its provenance.
//!
//! Two kinds: read from a cell of a file, or derived by a formula from other facts. There is no third.

use super::artifact::ContentHash;
use super::units::Unit;

/// A fact's number within its ledger, from 1: shown as `F12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactId(pub u32);

impl std::fmt::Display for FactId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "F{}", self.0)
    }
}

/// A number with its name, unit and origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    pub id: FactId,
    /// What the number is, in words: "median ttft of gemma3:latest, num_gpu=999".
    pub name: String,
    pub value: f64,
    pub unit: Unit,
    pub source: Source,
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A cell of an artifact.
    Cell {
        /// Path relative to the tree, escaped for people.
        path: String,
        /// Row and column, or JSON path.
        at: String,
        hash: ContentHash,
    },
    /// Counted over the index itself: artifacts, rows, runs. Says what was counted.
    Count { what: String },
    /// Computed from other facts of the same ledger.
    Derived {
        /// In the ids of the parents: "(F3 − F2) / F2", or "median of 5 cells".
        formula: String,
        parents: Vec<FactId>,
    },
}
