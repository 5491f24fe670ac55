//! The ledger: every number that a report may print, once, with its origin.
//!
//! Facts are numbered in the order of their first use, so the same analysis gives the same ids. Equal facts (name, value,
//! unit and source) are one fact; the same number in two files is two facts.
//!
//! A ledger has a hash over all that it says, so that two that differ in anything can be told apart, and a packed form for keeping
//! ([`Ledger::pack`]), in which what repeats (paths, hashes, lists of cells) stands once.

mod pack;

use std::collections::{BTreeSet, HashMap};

use crate::domain::artifact::ContentHash;
use crate::domain::fact::{CellRange, Fact, FactId, Source};
use crate::domain::units::Unit;

pub use pack::Spoilt;

/// The facts of one report.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    facts: Vec<Fact>,
    known: HashMap<(String, u64, Unit, Source), FactId>,
    struck: BTreeSet<FactId>,
    /// The units that facts are told in where they were settled.
    told: HashMap<FactId, Unit>,
}

/// By what it says, however that is told.
impl PartialEq for Ledger {
    fn eq(&self, other: &Self) -> bool {
        self.facts == other.facts && self.struck == other.struck
    }
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

    /// Takes a fact out of what may be printed; it keeps its id and its place.
    pub fn strike(&mut self, id: FactId) {
        self.struck.insert(id);
    }

    /// Whether a fact was [struck](Self::strike).
    pub fn is_struck(&self, id: FactId) -> bool {
        self.struck.contains(&id)
    }

    /// Has a fact told in this unit, which measures the same as its own; the fact stays as its source has it.
    pub fn tell(&mut self, id: FactId, unit: Unit) {
        self.told.insert(id, unit);
    }

    /// The unit that a fact is told in, if that was settled.
    pub fn told(&self, id: FactId) -> Option<&Unit> {
        self.told.get(&id)
    }

    /// A fact as it is told to people: its value in the unit that was settled, else in the one in which it is short to read.
    pub fn shown(&self, id: FactId) -> Option<(f64, Unit)> {
        let fact = self.get(id)?;
        // Nothing of one unit is nothing of any other: it is told in its own.
        if fact.value == 0.0 {
            return Some((fact.value, fact.unit.clone()));
        }
        let unit = self.told(id).cloned().unwrap_or_else(|| fact.unit.readable([fact.value]));
        let value = fact.unit.convert(fact.value, &unit);
        Some(value.map_or_else(|| (fact.value, fact.unit.clone()), |value| (value, unit)))
    }

    /// The fact with this id.
    pub fn get(&self, id: FactId) -> Option<&Fact> {
        self.facts.get((id.0 as usize).checked_sub(1)?)
    }

    /// All facts by id.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The hash of all that it says, in the order of the ids; equal for equal ledgers, on every machine.
    pub fn hash(&self) -> ContentHash {
        let mut digest = Digest(blake3::Hasher::new());
        self.facts.iter().for_each(|fact| digest.fact(fact));
        ContentHash(*digest.0.finalize().as_bytes())
    }
}

/// A canonical encoding as it is hashed: every text with its length before it, every list with its own, numbers in eight bytes,
/// the lowest first.
struct Digest(blake3::Hasher);

impl Digest {
    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn fact(&mut self, fact: &Fact) {
        self.number(u64::from(fact.id.0));
        self.text(&fact.name);
        self.number(fact.value.to_bits());
        self.text(fact.unit.as_str());
        match &fact.source {
            Source::Cell { path, at, hash } => {
                self.text("cell");
                self.text(path);
                self.text(at);
                self.0.update(&hash.0);
            }
            Source::Count { what } => {
                self.text("count");
                self.text(what);
            }
            Source::Derived { formula, parents } => {
                self.text("derived");
                self.text(formula);
                self.number(parents.len() as u64);
                parents.iter().for_each(|parent| self.number(u64::from(parent.0)));
            }
            Source::Cells { formula, cells, more } => {
                self.text("cells");
                self.text(formula);
                self.number(cells.len() as u64);
                cells.iter().for_each(|range| self.range(range));
                self.number(*more);
            }
            Source::Setting { key } => {
                self.text("setting");
                self.text(key);
            }
        }
    }

    fn range(&mut self, range: &CellRange) {
        self.text(&range.path);
        self.0.update(&range.hash.0);
        self.text(&range.pattern);
        self.number(range.stretches.len() as u64);
        for (first, last) in &range.stretches {
            self.number(u64::from(*first));
            self.number(u64::from(*last));
        }
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

    #[test]
    fn the_hash_is_of_everything_that_is_said() {
        let ledger = |value: f64, path: &str, at: &str| {
            let mut ledger = Ledger::new();
            let one = ledger.cell("ttft", value, Unit::new("s"), path, ContentHash::of(b"x"), at);
            ledger.derived("twice", value * 2.0, Unit::new("s"), format!("2 * {one}"), &[one]);
            ledger.hash()
        };
        let hash = ledger(0.5, "a", "bc");
        assert_eq!(hash, ledger(0.5, "a", "bc"));
        assert_ne!(hash, ledger(0.5, "ab", "c"));
        assert_ne!(hash, ledger(0.25, "a", "bc"));
    }
}
