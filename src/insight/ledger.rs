//! The ledger: every number that a report may print, once, with its origin.
//!
//! Facts are numbered in the order of their first use, so the same analysis gives the same ids. Equal facts (name, value,
//! unit and source) are one fact; the same number in two files is two facts.

use std::collections::HashMap;

use crate::domain::artifact::ContentHash;
use crate::domain::fact::{Fact, FactId, Source};
use crate::domain::units::Unit;

/// The facts of one report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    facts: Vec<Fact>,
    known: HashMap<(String, u64, Unit, Source), FactId>,
}

impl Ledger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of a fact: the old one when an equal fact is known.
    pub fn intern(&mut self, name: impl Into<String>, value: f64, unit: Unit, source: Source) -> FactId {
        let key = (name.into(), value.to_bits(), unit, source);
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let id = FactId(u32::try_from(self.facts.len() + 1).unwrap_or(u32::MAX));
        let (name, _, unit, source) = key.clone();
        self.facts.push(Fact { id, name, value, unit, source });
        self.known.insert(key, id);
        id
    }

    /// A number that stands in a cell; `at` is its row and column or its JSON path.
    pub fn cell(
        &mut self,
        name: impl Into<String>,
        value: f64,
        unit: Unit,
        path: &str,
        hash: ContentHash,
        at: impl ToString,
    ) -> FactId {
        self.intern(name, value, unit, Source::Cell { path: path.to_owned(), at: at.to_string(), hash })
    }

    /// Something counted over the index; `what` names it.
    pub fn count(&mut self, what: impl Into<String>, n: u64) -> FactId {
        let what = what.into();
        self.intern(what.clone(), n as f64, Unit::new("count"), Source::Count { what })
    }

    /// A number computed from other facts of this ledger.
    pub fn derived(
        &mut self,
        name: impl Into<String>,
        value: f64,
        unit: Unit,
        formula: impl Into<String>,
        parents: &[FactId],
    ) -> FactId {
        self.intern(name, value, unit, Source::Derived { formula: formula.into(), parents: parents.to_vec() })
    }

    /// A setting that a decision rested on.
    pub fn setting(&mut self, key: &str, value: f64, unit: Unit) -> FactId {
        self.intern(key.replace('_', " "), value, unit, Source::Setting { key: key.to_owned() })
    }

    /// The fact with this id.
    pub fn get(&self, id: FactId) -> Option<&Fact> {
        self.facts.get((id.0 as usize).checked_sub(1)?)
    }

    /// All facts by id.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_facts_are_one_and_equal_numbers_of_two_files_are_two() {
        let mut ledger = Ledger::new();
        let hash = ContentHash::of(b"x");
        let a = ledger.cell("ttft", 0.5, Unit::new("s"), "a.csv", hash, "row 1, column ttft");
        let b = ledger.cell("ttft", 0.5, Unit::new("s"), "b.csv", hash, "row 1, column ttft");
        let again = ledger.cell("ttft", 0.5, Unit::new("s"), "a.csv", hash, "row 1, column ttft");
        assert_eq!((a, b, again), (FactId(1), FactId(2), FactId(1)));
        assert_eq!(ledger.facts().len(), 2);
        assert_eq!(ledger.get(FactId(2)).map(|fact| fact.value), Some(0.5));
        assert_eq!(ledger.get(FactId(0)), None);
        assert_eq!(ledger.get(FactId(3)), None);
    }
}
