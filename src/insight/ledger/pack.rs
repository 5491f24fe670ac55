//! A ledger as bytes for keeping: every text, content hash and list of cells once, facts by their numbers in those lists.
//!
//! Packing is deterministic. Unpacking fails ([`Spoilt`]) for bytes that packing did not make, and never trusts them.

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::domain::artifact::ContentHash;
use crate::domain::fact::{CellRange, Fact, FactId, Source};
use crate::domain::units::Unit;

/// Bytes that are no packed ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable ledger of facts: {0}")]
pub struct Spoilt(String);

/// What is written. Facts are in the order of their ids, from 1; all numbers but values count from 0 in one of the lists.
#[derive(Default, Serialize, Deserialize)]
struct Packed {
    texts: Vec<String>,
    hashes: Vec<[u8; 32]>,
    lists: Vec<Vec<Range>>,
    facts: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    name: u32,
    value: f64,
    unit: u32,
    source: Origin,
}

#[derive(Serialize, Deserialize)]
enum Origin {
    Cell { path: u32, at: u32, hash: u32 },
    Count { what: u32 },
    Derived { formula: u32, parents: Vec<u32> },
    Cells { formula: u32, list: u32, more: u64 },
    Setting { key: u32 },
}

#[derive(PartialEq, Eq, Hash, Clone, Serialize, Deserialize)]
struct Range {
    path: u32,
    hash: u32,
    pattern: u32,
    stretches: Vec<(u32, u32)>,
}

/// Things by the number of their first use.
struct Once<T> {
    known: HashMap<T, u32>,
    all: Vec<T>,
}

impl<T: Eq + Hash + Clone> Once<T> {
    fn new() -> Self {
        Self { known: HashMap::new(), all: Vec::new() }
    }

    fn number(&mut self, thing: T) -> u32 {
        if let Some(&number) = self.known.get(&thing) {
            return number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(thing.clone());
        self.known.insert(thing, number);
        number
    }
}

struct Packer {
    texts: Once<String>,
    hashes: Once<[u8; 32]>,
    lists: Once<Vec<Range>>,
}

impl Packer {
    fn text(&mut self, text: &str) -> u32 {
        self.texts.number(text.to_owned())
    }

    fn line(&mut self, fact: &Fact) -> Line {
        let source = match &fact.source {
            Source::Cell { path, at, hash } => {
                Origin::Cell { path: self.text(path), at: self.text(at), hash: self.hashes.number(hash.0) }
            }
            Source::Count { what } => Origin::Count { what: self.text(what) },
            Source::Derived { formula, parents } => Origin::Derived {
                formula: self.text(formula),
                parents: parents.iter().map(|parent| parent.0).collect(),
            },
            Source::Cells { formula, cells, more } => {
                let list = cells.iter().map(|range| self.range(range)).collect();
                Origin::Cells { formula: self.text(formula), list: self.lists.number(list), more: *more }
            }
            Source::Setting { key } => Origin::Setting { key: self.text(key) },
        };
        Line { name: self.text(&fact.name), value: fact.value, unit: self.text(fact.unit.as_str()), source }
    }

    fn range(&mut self, range: &CellRange) -> Range {
        Range {
            path: self.text(&range.path),
            hash: self.hashes.number(range.hash.0),
            pattern: self.text(&range.pattern),
            stretches: range.stretches.clone(),
        }
    }
}

impl Packed {
    fn text(&self, number: u32) -> Result<String, Spoilt> {
        let text = self.texts.get(number as usize).cloned();
        text.ok_or_else(|| Spoilt(format!("there is no text {number}")))
    }

    fn hash(&self, number: u32) -> Result<ContentHash, Spoilt> {
        let hash = self.hashes.get(number as usize).copied();
        hash.map(ContentHash).ok_or_else(|| Spoilt(format!("there is no hash {number}")))
    }

    fn range(&self, range: &Range) -> Result<CellRange, Spoilt> {
        Ok(CellRange {
            path: self.text(range.path)?,
            hash: self.hash(range.hash)?,
            pattern: self.text(range.pattern)?,
            stretches: range.stretches.clone(),
        })
    }

    fn source(&self, origin: &Origin) -> Result<Source, Spoilt> {
        Ok(match origin {
            Origin::Cell { path, at, hash } => {
                Source::Cell { path: self.text(*path)?, at: self.text(*at)?, hash: self.hash(*hash)? }
            }
            Origin::Count { what } => Source::Count { what: self.text(*what)? },
            Origin::Derived { formula, parents } => Source::Derived {
                formula: self.text(*formula)?,
                parents: parents.iter().map(|id| FactId(*id)).collect(),
            },
            Origin::Cells { formula, list, more } => {
                let list = self.lists.get(*list as usize).ok_or_else(|| Spoilt(format!("there is no list {list}")))?;
                let cells = list.iter().map(|range| self.range(range)).collect::<Result<_, _>>()?;
                Source::Cells { formula: self.text(*formula)?, cells, more: *more }
            }
            Origin::Setting { key } => Source::Setting { key: self.text(*key)? },
        })
    }
}

impl Ledger {
    /// The ledger in its packed form.
    ///
    /// # Errors
    /// When it is too large to be written.
    pub fn pack(&self) -> Result<Vec<u8>, Spoilt> {
        let mut packer = Packer { texts: Once::new(), hashes: Once::new(), lists: Once::new() };
        let facts = self.facts().iter().map(|fact| packer.line(fact)).collect();
        let Packer { texts, hashes, lists } = packer;
        let packed = Packed { texts: texts.all, hashes: hashes.all, lists: lists.all, facts };
        postcard::to_allocvec(&packed).map_err(|error| Spoilt(error.to_string()))
    }

    /// The ledger that [`pack`](Self::pack) made these bytes of.
    ///
    /// # Errors
    /// When it did not.
    pub fn unpack(bytes: &[u8]) -> Result<Self, Spoilt> {
        let packed: Packed = postcard::from_bytes(bytes).map_err(|error| Spoilt(error.to_string()))?;
        let mut ledger = Self::new();
        for (i, line) in packed.facts.iter().enumerate() {
            let unit = Unit::new(&packed.text(line.unit)?);
            let id = ledger.intern(packed.text(line.name)?, line.value, unit, packed.source(&line.source)?);
            if id.0 as usize != i + 1 {
                return Err(Spoilt(format!("{id} is there twice")));
            }
        }
        Ok(ledger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::tests::analysis;

    #[test]
    fn what_was_packed_is_what_is_unpacked() {
        let ledger = analysis(false).ledger;
        let bytes = ledger.pack().unwrap();
        let again = Ledger::unpack(&bytes).unwrap();
        assert_eq!(again, ledger);
        assert_eq!(again.hash(), ledger.hash());
        assert_eq!(again.pack().unwrap(), bytes);
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = analysis(false).ledger.pack().unwrap();
        assert!(Ledger::unpack(&bytes[..bytes.len() - 1]).is_err());
        let spoilt = Packed {
            facts: vec![Line { name: 0, value: 1.0, unit: 0, source: Origin::Count { what: 3 } }],
            ..Packed::default()
        };
        assert!(Ledger::unpack(&postcard::to_allocvec(&spoilt).unwrap()).is_err());
    }
}
