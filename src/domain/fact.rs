//! A fact: a typed number that a report may print, with its provenance.
//!
//! Read from a cell of a file, computed from cells or from other facts, or counted over the index; besides these only the
//! program's own settings, so that a report can say how it decided.

use std::fmt;

use super::artifact::ContentHash;
use super::measurement::fill;
use super::units::Unit;

/// A fact's number within its ledger, from 1: shown as `F12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactId(pub u32);

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// Computed over cells that are not facts of their own, such as the median of a column.
    Cells {
        /// "median of the cells".
        formula: String,
        cells: Vec<CellRange>,
        /// Cells beyond those listed, when there were too many to list; the index holds them.
        more: u64,
    },
    /// A setting of the program that was in force when the report was made.
    Setting { key: String },
}

/// Cells of one version of one file that share a locator's pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CellRange {
    /// Path relative to the tree, escaped for people.
    pub path: String,
    pub hash: ContentHash,
    /// A locator's pattern, with at most one [`SLOT`](super::measurement::SLOT).
    pub pattern: String,
    /// What stands in the slot: first and last of each unbroken stretch, ascending.
    pub stretches: Vec<(u32, u32)>,
}

impl CellRange {
    /// Where in the file, without its name: `row 1–3, 7, column ttft_s`.
    pub fn place(&self) -> String {
        fill(&self.pattern, &self.stretches)
    }
}
