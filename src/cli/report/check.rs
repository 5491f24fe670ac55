//! The facts of a report against the files that they came from: every cell is read again, everything computed is computed again.
//!
//! A file that has changed or is gone says nothing about a fact that was read from it before: those facts are told apart and are no
//! failure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use serde_json::{Value, json};

use crate::artifact::cell::{Cells, Found};
use crate::cli::output;
use crate::domain::artifact::{ContentHash, RelPath};
use crate::domain::call::BENCHMARK;
use crate::domain::fact::{CellRange, Fact, FactId, Source};
use crate::domain::stats::median;
use crate::domain::units::Unit;
use crate::insight::Ledger;
use crate::insight::recompute::{Inputs, Unsolved, agree, evaluate};
use crate::watch::{self, Root};

/// Numbers of one line that a figure over lines may be of.
const PLACES: usize = 64;

/// A version of a file: its path as facts name it, and its content.
type Version = (String, ContentHash);

/// What came of the facts.
#[derive(Debug, Default)]
pub struct Checked {
    /// Facts that are a cell, which holds the number.
    cells: usize,
    /// Figures that their cells give again.
    figures: usize,
    /// Facts that other facts give again.
    derived: usize,
    /// Figures whose cells are there, and that the judge, the readers or the files vouch for.
    vouched: usize,
    /// Figures over more cells than they list.
    beyond: usize,
    /// Counts over the index and settings.
    stated: usize,
    /// Facts that rest on a file that is not there as it was.
    unread: usize,
    /// Files that are not there as they were, and why.
    files: BTreeMap<String, String>,
    /// Facts that do not hold, and why.
    failed: Vec<(FactId, String, String)>,
    /// The numbers that the figures over cells are of.
    numbers: HashMap<FactId, Vec<f64>>,
}

/// What is found in the files: by version and place.
struct Files {
    found: HashMap<(Version, String), Result<Found, String>>,
    unread: BTreeMap<Version, String>,
}

/// Reads the files of `roots` again, each at most `longest` bytes, and computes every fact anew.
/// `kept` gives the text of what stands in the index alone, by its hash.
pub fn check(
    ledger: &Ledger,
    roots: &[Root],
    longest: u64,
    kept: impl Fn(&ContentHash) -> anyhow::Result<Option<String>>,
) -> anyhow::Result<Checked> {
    let files = Files::read(ledger, roots, longest, kept)?;
    let mut checked = Checked::default();
    for fact in ledger.facts() {
        if let Err(why) = checked.fact(fact, ledger, &files) {
            checked.failed.push((fact.id, fact.name.clone(), why));
        }
    }
    checked.files = files.unread.into_iter().map(|((path, _), why)| (path, why)).collect();
    Ok(checked)
}

impl Files {
    fn read(
        ledger: &Ledger,
        roots: &[Root],
        longest: u64,
        kept: impl Fn(&ContentHash) -> anyhow::Result<Option<String>>,
    ) -> anyhow::Result<Self> {
        let mut wanted: BTreeMap<Version, BTreeSet<String>> = BTreeMap::new();
        for fact in ledger.facts() {
            match &fact.source {
                Source::Cell { path, at, hash } => {
                    wanted.entry((path.clone(), *hash)).or_default().insert(at.clone());
                }
                Source::Cells { cells, .. } => {
                    for range in cells {
                        wanted.entry((range.path.clone(), range.hash)).or_default().extend(range.each());
                    }
                }
                Source::Count { .. } | Source::Derived { .. } | Source::Setting { .. } => {}
            }
        }
        let mut files = Self { found: HashMap::new(), unread: BTreeMap::new() };
        for (version, places) in wanted {
            let own = if version.0 == BENCHMARK { kept(&version.1)? } else { None };
            let opened = match &own {
                Some(text) => of_index(text, &version.1),
                None => open(&version, roots, longest),
            };
            match opened {
                Ok(cells) => files.found.extend(places.into_iter().map(|at| {
                    let found = cells.at(&at).map_err(|lost| lost.to_string());
                    ((version.clone(), at), found)
                })),
                Err(why) => {
                    files.unread.insert(version, why);
                }
            }
        }
        Ok(files)
    }

    fn has(&self, path: &str, hash: ContentHash) -> bool {
        !self.unread.contains_key(&(path.to_owned(), hash))
    }

    fn at(&self, path: &str, hash: ContentHash, at: String) -> Result<&Found, String> {
        match self.found.get(&((path.to_owned(), hash), at)) {
            Some(Ok(found)) => Ok(found),
            Some(Err(why)) => Err(format!("{path}: {why}")),
            None => Err(format!("{path} was not looked at")),
        }
    }

    fn range(&self, range: &CellRange) -> Result<Vec<&Found>, String> {
        range.each().map(|at| self.at(&range.path, range.hash, at)).collect()
    }
}

/// The cells of a file that is still what it was.
fn open((path, hash): &Version, roots: &[Root], longest: u64) -> Result<Cells, String> {
    let (root, path, stamp) = [path.clone().into_bytes(), unescaped(path)]
        .into_iter()
        .map(RelPath::new)
        .find_map(|path| {
            let there = |root: &Root| watch::read::look(root, &path).ok().flatten();
            let found = roots.iter().find_map(|root| there(root).map(|stamp| (root, stamp)));
            found.map(|(root, stamp)| (root, path, stamp))
        })
        .ok_or("is no longer there")?;
    let opened = watch::read::open_stable(root, &path, &stamp, u64::MAX);
    let mut stable = opened.map_err(|error| error.to_string())?;
    let read = |source: &mut dyn io::Read| Cells::read(source, longest);
    let (cells, now) = stable.stream(stamp.size, read).map_err(|error| error.to_string())?;
    if now == *hash { Ok(cells) } else { Err("has changed since".to_owned()) }
}

/// The cells of what the index holds.
fn of_index(text: &str, hash: &ContentHash) -> Result<Cells, String> {
    if ContentHash::of(text.as_bytes()) != *hash {
        return Err("has changed since".to_owned());
    }
    Cells::of(text.as_bytes()).map_err(|lost| lost.to_string())
}

/// The bytes of a path that was escaped for people.
fn unescaped(path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = path;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let hex = |from: usize, to: usize| escape.get(from..to).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let (c, length) = match (escape.chars().next(), escape.find('}')) {
            (Some('x'), _) => {
                bytes.extend(hex(1, 3).and_then(|byte| u8::try_from(byte).ok()));
                (None, 3)
            }
            (Some('u'), Some(end)) => (hex(2, end).and_then(char::from_u32), end + 1),
            (Some('n'), _) => (Some('\n'), 1),
            (Some('r'), _) => (Some('\r'), 1),
            (Some('t'), _) => (Some('\t'), 1),
            _ => (Some('\\'), 0),
        };
        bytes.extend(c.into_iter().flat_map(|c| c.to_string().into_bytes()));
        rest = escape.get(length..).unwrap_or_default();
    }
    bytes.extend(rest.as_bytes());
    bytes
}

impl Checked {
    /// Whether every fact holds as far as it could be checked.
    pub fn holds(&self) -> bool {
        self.failed.is_empty()
    }

    fn fact(&mut self, fact: &Fact, ledger: &Ledger, files: &Files) -> Result<(), String> {
        let value = |id: FactId| ledger.get(id).filter(|parent| parent.id < fact.id).map(|parent| parent.value);
        match &fact.source {
            Source::Count { .. } | Source::Setting { .. } => self.stated += 1,
            Source::Cell { path, hash, .. } if !files.has(path, *hash) => self.unread += 1,
            Source::Cell { path, at, hash } => {
                let found = files.at(path, *hash, at.clone())?;
                if !found.holds(fact.value, &fact.unit) {
                    return Err(format!("{path}, {at} holds {found}, and not {} {}", fact.value, fact.unit));
                }
                self.cells += 1;
            }
            Source::Derived { formula, parents } => {
                let known = |id: FactId| value(id).filter(|_| parents.contains(&id));
                let cells_of = |id: FactId| self.numbers.get(&id).cloned();
                match evaluate(formula, &Inputs { fact: &known, cells: &[], cells_of: &cells_of }) {
                    Ok(found) if agree(found, fact.value) => self.derived += 1,
                    Ok(found) => return Err(format!("{formula} gives {found}, and not {}", fact.value)),
                    Err(Unsolved::Elsewhere { .. }) => self.vouched += 1,
                    Err(wrong) => return Err(format!("{formula}: {wrong}")),
                }
            }
            Source::Cells { cells, .. } if !cells.iter().all(|range| files.has(&range.path, range.hash)) => {
                self.unread += 1;
            }
            Source::Cells { formula, cells, more } => {
                let found = cells.iter().map(|range| files.range(range)).collect::<Result<Vec<_>, _>>()?;
                match figure(fact, formula, &found) {
                    Ok(numbers) => {
                        self.figures += 1;
                        self.numbers.insert(fact.id, numbers);
                    }
                    Err(Unsolved::Elsewhere { .. }) => self.vouched += 1,
                    Err(_) if *more > 0 => self.beyond += 1,
                    Err(wrong) => return Err(format!("{formula}: {wrong}")),
                }
            }
        }
        Ok(())
    }

    /// For people: what was checked how, and what does not hold.
    pub fn for_people(&self) -> String {
        let lines = [
            (self.cells, "are cells that hold the number"),
            (self.figures, "are figures that their cells give again"),
            (self.derived, "are what their formulas give of other facts"),
            (self.vouched, "are the word of the judge, of a reader or of a file, and were not computed again"),
            (self.beyond, "are figures over more cells than a fact lists"),
            (self.stated, "are counted over the index, or settings"),
            (self.unread, "rest on files that are not there as they were"),
            (self.failed.len(), "do not hold"),
        ];
        let mut out = String::new();
        for (n, what) in lines.iter().filter(|(n, _)| *n > 0) {
            out += &format!("{n:>6} {what}\n");
        }
        for (path, why) in &self.files {
            out += &format!("changed {}\n", output::plain(&format!("{path}: {why}")));
        }
        for (id, name, why) in &self.failed {
            out += &format!("fails {id} {}\n", output::plain(&format!("{name}: {why}")));
        }
        out
    }

    /// For scripts.
    pub fn as_json(&self) -> Value {
        json!({
            "holds": self.holds(),
            "cells": self.cells,
            "figures": self.figures,
            "derived": self.derived,
            "vouched": self.vouched,
            "beyond": self.beyond,
            "stated": self.stated,
            "unread": self.unread,
            "changed": self.files.iter().map(|(path, why)| json!({ "path": path, "why": why })).collect::<Vec<_>>(),
            "failed": self.failed.iter().map(|(id, name, why)| {
                json!({ "id": id.to_string(), "name": name, "why": why })
            }).collect::<Vec<_>>(),
        })
    }
}

/// Computes a figure from its cells. Where a cell holds several numbers (a line of text), it is the same one of each that the figure is
/// of; where the cells tell no unit, they are all in the same one. Gives the numbers that it is of.
fn figure(fact: &Fact, formula: &str, found: &[Vec<&Found>]) -> Result<Vec<f64>, Unsolved> {
    let numbers: Vec<Vec<_>> =
        found.iter().map(|cells| cells.iter().map(|cell| cell.numbers(&fact.unit)).collect()).collect();
    let places = numbers.iter().flatten().map(Vec::len).max().unwrap_or(1).min(PLACES);
    let units: Vec<Unit> = Unit::spellings().into_iter().map(Unit::new).collect();
    let units: Vec<&Unit> =
        [&fact.unit].into_iter().chain(&units).filter(|u| u.compare(1.0, &fact.unit).is_some()).collect();
    let mut nearest = Unsolved::Missing("its cells hold no numbers".to_owned());
    for place in (0..places).flat_map(|place| [(place, false), (place, true)]) {
        for (way, unit) in (0..5).flat_map(|way| units.iter().map(move |unit| (way, *unit))) {
            let one = |ways: &Vec<[f64; 5]>| {
                let i = if place.1 { ways.len().checked_sub(place.0 + 1)? } else { place.0 };
                ways.get(i).and_then(|ways| unit.compare(*ways.get(way)?, &fact.unit))
            };
            let picked: Option<Vec<Vec<f64>>> =
                numbers.iter().map(|cells| cells.iter().map(one).collect::<Option<Vec<f64>>>()).collect();
            let Some(cells) = picked else { continue };
            match evaluate(formula, &Inputs { fact: &|_| None, cells: &cells, cells_of: &|_| None }) {
                Ok(value) if agree(value, fact.value) => {
                    let nested = formula.contains("(medians)");
                    return Ok(if nested {
                        cells.iter().filter_map(|one| median(one)).collect()
                    } else {
                        cells.concat()
                    });
                }
                Ok(value) if way == 0 && place == (0, false) && unit == &fact.unit => {
                    nearest = Unsolved::Missing(format!("it gives {value}, and not {}", fact.value));
                }
                Ok(_) => {}
                Err(unsolved) => return Err(unsolved),
            }
        }
    }
    Err(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::artifact::display_bytes;

    const CSV: &str = "model,ttft_ms,tok/s\na,1,10\nb,3,20\nc,5,60\n";

    /// A ledger of facts on this text, and one that changes them.
    fn checked(text: &str, spoil: impl Fn(&str) -> f64) -> Checked {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("reports")).unwrap();
        std::fs::write(dir.path().join("reports/a.csv"), text).unwrap();
        let hash = ContentHash::of(CSV.as_bytes());
        let mut ledger = Ledger::new();
        let ms = Unit::new("ms");
        let one = ledger.cell("one", 1.0 + spoil("one"), ms.clone(), "reports/a.csv", hash, "row 1, column ttft_ms");
        let column = |formula: &str| Source::Cells {
            formula: formula.to_owned(),
            cells: vec![CellRange {
                path: "reports/a.csv".to_owned(),
                hash,
                pattern: "row \u{1}, column ttft_ms".to_owned(),
                stretches: vec![(1, 3)],
            }],
            more: 0,
        };
        // In another unit than the file has.
        let median = ledger.intern("median", 0.003 + spoil("median"), Unit::new("s"), column("median(cells)"));
        ledger.intern("count", 3.0 + spoil("count"), Unit::new("count"), column("count(cells)"));
        ledger.intern("noise", 0.7, ms.clone(), column("judge_noise(cells)"));
        let formula = format!("{one} / {median}");
        ledger.derived("quotient", 1.0 / 0.003 + spoil("quotient"), Unit::new("ratio"), formula, &[one, median]);
        ledger.count("things", 7);
        let root = Root { name: b"reports".to_vec(), path: dir.path().join("reports") };
        check(&ledger, &[root], 1 << 20, |_| Ok(None)).unwrap()
    }

    #[test]
    fn what_stands_in_the_index_alone_is_looked_up_there() {
        let text = "{\"calls\":[{\"ttft_s\":1.5}]}";
        let hash = ContentHash::of(text.as_bytes());
        let found = |value: f64, text: &'static str| {
            let mut ledger = Ledger::new();
            ledger.cell("ttft", value, Unit::new("s"), BENCHMARK, hash, "$.calls[0].ttft_s");
            check(&ledger, &[], 1 << 20, |asked| Ok((*asked == hash).then(|| text.to_owned()))).unwrap()
        };
        assert_eq!((found(1.5, text).cells, found(1.5, text).holds()), (1, true));
        assert!(!found(1.6, text).holds());
        assert_eq!(found(1.5, "{}").unread, 1);
    }

    #[test]
    fn what_was_changed_in_any_fact_is_found() {
        let well = checked(CSV, |_| 0.0);
        assert!(well.holds(), "{well:?}");
        assert_eq!((well.cells, well.figures, well.derived, well.vouched, well.stated), (1, 2, 1, 1, 1));
        for spoilt in ["one", "median", "count", "quotient"] {
            let found = checked(CSV, |name| if name == spoilt { 1e-4 } else { 0.0 });
            let names: Vec<&str> = found.failed.iter().map(|(_, name, _)| name.as_str()).collect();
            assert!(names.contains(&spoilt), "{spoilt}: {found:?}");
        }
    }

    #[test]
    fn a_file_that_has_changed_is_no_failure() {
        let found = checked("model,ttft_ms\na,2\n", |_| 0.0);
        assert!(found.holds() && found.unread == 4 && found.files.len() == 1, "{found:?}");
    }

    #[test]
    fn escaped_paths_are_found_again() {
        for path in [&b"reports/a b.csv"[..], b"reports/\xff\n\t\r\x1b.csv", "reports/größe.csv".as_bytes()] {
            assert_eq!(unescaped(&display_bytes(path)), path);
        }
        assert_eq!(unescaped("a\\q\\x"), b"a\\q");
    }
}
