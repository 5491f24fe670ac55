//! A fact: a typed number that a report may print, with its provenance.
//!
//! Read from a cell of a file, computed from cells or from other facts, or counted over the index; besides these only the
//! program's own settings, so that a report can say how it decided.
//!
//! # Formulas
//!
//! A computed fact says how, in a formula that a machine can follow. The grammar (white space means nothing):
//!
//! ```text
//! formula  = term { ("+" | "-") term }
//! term     = factor { ("*" | "/") factor }
//! factor   = "-" factor | number | id | "(" formula ")" | "|" formula "|" | name "(" argument { "," argument } ")"
//! argument = "cells" | "medians" | formula
//! number   = digits [ "." digits ]
//! id       = "F" digits                            (a fact of the same ledger, before this one)
//! ```
//!
//! `|x|` is the absolute value. In a formula over cells ([`Source::Cells`]) `cells` stands for the numbers of all of the fact's cells, and
//! `medians` for one number a [`CellRange`], the median of its cells. Of either, or of a list of facts (`median(F1, F4, F9)`):
//!
//! | function | is |
//! | --- | --- |
//! | `median` | the middle value, the mean of the two middle ones where their number is even |
//! | `mean`, `sum`, `min`, `max` | as they say |
//! | `count` | how many numbers there are |
//! | `p50`, `p95`, `p99` | the quantile by linear interpolation between order statistics ([`quantile`](super::stats::quantile)) |
//! | `geomean` | the geometric mean of positive numbers |
//! | `hl` | the Hodges-Lehmann estimate: the median of the Walsh averages, the means of any two numbers and of each with itself |
//! | `walsh_low95`, `walsh_high95` | the k-th smallest and the k-th largest Walsh average; k is the largest number for which Wilcoxon's signed-rank statistic lies below k with a probability of at most 2.5 %; from six numbers on |
//! | `ceil(x)` | the next whole number that is not below x |
//! | `mad` | 1.4826 times the median absolute deviation from the median |
//!
//! What a formula cannot say in one line has a name, and is recomputed where its input is at hand:
//!
//! | function | is |
//! | --- | --- |
//! | `low95(F3, F2)`, `high95(F3, F2)` | the k-th smallest and the k-th largest difference of a number of F3's and one of F2's, which are figures over cells; k is the largest number for which the Mann-Whitney statistic lies below k with a probability of at most 2.5 % |
//! | `judge_low95(F4)`, `judge_high95(F4)` | the ends of the 95 % interval of the effect F4, as the verdict of the index has them |
//! | `judge_noise(cells)` | the standard deviation of a single one of these runs around its level, as the verdict has it |
//! | `samples(cells)` | how many samples the file says are behind these cells, in all |
//! | `counted(cells)` | how many such cells or rows the reader of the file counted, from the first one on |

use std::fmt;

use serde::{Deserialize, Serialize};

use super::artifact::ContentHash;
use super::measurement::{fill, listed, unlisted};
use super::units::Unit;

/// A fact's number within its ledger, from 1: shown as `F12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
        /// In the ids of the parents: `100 * (F3 - F2) / |F2|`.
        formula: String,
        parents: Vec<FactId>,
    },
    /// Computed over cells that are not facts of their own, such as the median of a column.
    Cells {
        /// `median(cells)`.
        formula: String,
        cells: Vec<CellRange>,
        /// Cells (or, in a formula over `medians`, ranges) beyond those listed, when there were too many to list; the index holds them.
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
    /// A locator's pattern, with at most one [`SLOT`](super::measurement::SLOT), or the list of places that
    /// [`several`](super::measurement::Locator::several) of different patterns make.
    pub pattern: String,
    /// What stands in the slot: first and last of each unbroken stretch, ascending.
    pub stretches: Vec<(u32, u32)>,
}

impl CellRange {
    /// Where in the file, without its name: `row 1–3, 7, column ttft_s`.
    pub fn place(&self) -> String {
        fill(&self.pattern, &self.stretches)
    }

    /// Each of the cells by itself (`row 1, column ttft_s`); the places that a list does not name are not among them.
    pub fn each(&self) -> Box<dyn Iterator<Item = String> + '_> {
        if let Some(listed) = listed(&self.pattern) {
            return Box::new(listed.into_iter().map(str::to_owned));
        }
        let slots = self.stretches.iter().flat_map(|&(first, last)| first..=last);
        Box::new(slots.map(|slot| fill(&self.pattern, &[(slot, slot)])))
    }

    /// How many places its list does not name.
    pub fn unlisted(&self) -> u64 {
        unlisted(&self.pattern)
    }
}
