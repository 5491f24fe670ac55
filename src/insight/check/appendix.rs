//! The table of facts at the end of a report: each fact of the ledger once, in order, in full precision, with its origin.

use super::formula::{Outcome, evaluate};
use super::inline::Inline;
use super::known::visible;
use super::numbers::{Token, scan};
use super::table::Columns;
use crate::domain::fact::{Fact, FactId, Source};
use crate::insight::Ledger;

/// Significant digits to which a computed fact is printed.
const COMPUTED: usize = 12;

/// 2^53: large computed numbers below it are printed to the unit.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// How far a formula's value may lie from the fact's, relatively: the rounding of double precision in another order.
const CLOSE: f64 = 1e-9;

/// What is wrong with the row of a fact.
pub(super) fn check(columns: &Columns, row: &[&str], fact: &Fact, ledger: &Ledger) -> Vec<String> {
    let cell = |title: &str| columns.at(title).and_then(|at| row.get(at)).map(|cell| Inline::read(cell));
    let (Some(value), Some(unit), Some(name), Some(source)) =
        (cell("value"), cell("unit"), cell("name"), cell("source"))
    else {
        return vec!["its row has not all the columns".to_owned()];
    };
    let mut wrong = Vec::new();
    if !is_value(&value.whole(), fact) {
        wrong.push(format!("its value is {}", fact.value));
    }
    if unit.whole() != visible(fact.unit.as_str()).trim() {
        wrong.push(format!("its unit is {:?}", fact.unit.as_str()));
    }
    if name.whole().trim() != visible(&fact.name).trim()
        && !(fact.name.trim().is_empty() && name.whole() == "(no name)")
    {
        wrong.push(format!("its name is {:?}", fact.name));
    }
    wrong.extend(
        origin(&source, fact, ledger).map(|text| format!("its source has {text:?}, which is not of this fact")),
    );
    wrong
}

/// What is wrong with the value of a derived fact, by its formula and its parents.
pub(super) fn recompute(fact: &Fact, ledger: &Ledger) -> Option<String> {
    let Source::Derived { formula, parents } = &fact.source else { return None };
    let parent =
        |id: u32| parents.contains(&FactId(id)).then(|| ledger.get(FactId(id))).flatten().map(|fact| fact.value);
    match evaluate(formula, &parent) {
        Outcome::NeedsCells => None,
        Outcome::Wrong(why) => Some(format!("{why}: {formula}")),
        Outcome::Value(value) => {
            // A difference is as exact as what it is taken of.
            let sizes = parents.iter().filter_map(|id| ledger.get(*id)).map(|parent| parent.value.abs());
            let absolute = if formula.contains(['+', '-', '−']) && !formula.contains('/') {
                sizes.fold(0.0, f64::max)
            } else {
                0.0
            };
            let size = value.abs().max(fact.value.abs()).max(absolute);
            let close = (value - fact.value).abs() <= CLOSE * size;
            (!close).then(|| format!("{formula} gives {value}, not {}", fact.value))
        }
    }
}

fn is_value(text: &str, fact: &Fact) -> bool {
    let Ok(written) = text.parse::<f64>() else {
        return !fact.value.is_finite() && !text.chars().any(char::is_numeric);
    };
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return false;
    }
    match fact.source {
        Source::Derived { .. } | Source::Cells { .. } => {
            let close =
                |digits: usize| format!("{:.*e}", digits - 1, fact.value).parse::<f64>().is_ok_and(|v| v == written);
            let is_large = (1e11..WHOLE).contains(&fact.value.abs());
            written == fact.value || if is_large { written == fact.value.round() } else { close(COMPUTED) }
        }
        _ => written == fact.value,
    }
}

/// The first thing in a source that holds numeric characters and is not of the fact.
fn origin(source: &Inline, fact: &Fact, ledger: &Ledger) -> Option<String> {
    let of = Origin::of(fact);
    if let Some(code) = source.codes.iter().find(|code| code.chars().any(char::is_numeric) && !of.holds(code)) {
        return Some(code.clone());
    }
    if let Some(id) = source.cited.iter().find(|id| !of.facts.contains(id)) {
        return Some(id.to_string());
    }
    let text: String = source.text.iter().collect();
    let text = text.trim();
    let formula = visible(&of.formula);
    // Long formulas are cut like all foreign text.
    let begin = text.trim_end_matches('…');
    let rest = match text.strip_prefix(formula.trim()) {
        Some(rest) => rest,
        None if text.ends_with('…') && formula.starts_with(begin) => return None,
        None => text,
    };
    // Names that no code span can hold in a table stand there as text.
    let plain = of.names.iter().map(|name| name.trim()).filter(|name| name.contains(['|', '`']));
    let rest = plain.fold(rest.to_owned(), |rest, name| rest.replace(name, " "));
    let chars: Vec<char> = rest.chars().collect();
    let foreign = |token: &Token| {
        let word: String = chars.get(token.start()..token.end()).unwrap_or_default().iter().collect();
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        (!of.is_number(&bare) && !of.is_fact(&bare, fact, ledger) && !of.is_hash(&bare)).then_some(word)
    };
    scan(&chars).iter().find_map(foreign)
}

/// All that the source of a fact may name.
struct Origin {
    formula: String,
    names: Vec<String>,
    hashes: Vec<String>,
    facts: Vec<FactId>,
    counts: Vec<u64>,
}

impl Origin {
    fn of(fact: &Fact) -> Self {
        let mut of = Self {
            formula: String::new(),
            names: Vec::new(),
            hashes: Vec::new(),
            facts: Vec::new(),
            counts: Vec::new(),
        };
        match &fact.source {
            Source::Cell { path, at, hash } => {
                of.names.extend([visible(path), visible(at)]);
                of.hashes.push(hash.to_string());
            }
            Source::Count { what } => of.names.push(visible(what)),
            Source::Setting { key } => of.names.push(visible(key)),
            Source::Derived { formula, parents } => {
                of.formula.clone_from(formula);
                of.facts.clone_from(parents);
            }
            Source::Cells { formula, cells, more } => {
                of.formula.clone_from(formula);
                of.counts.push(*more);
                for range in cells {
                    of.names.extend([visible(&range.path), visible(&range.place())]);
                    of.hashes.push(range.hash.to_string());
                }
                of.counts.extend((0..=cells.len()).map(|n| n as u64));
            }
        }
        of
    }

    fn holds(&self, code: &str) -> bool {
        self.names.iter().any(|name| name.trim() == code.trim())
    }

    fn is_number(&self, word: &str) -> bool {
        word.parse::<u64>().is_ok_and(|n| self.counts.contains(&n))
    }

    /// A parent, or an earlier fact over the very same cells, which are not listed again.
    fn is_fact(&self, word: &str, fact: &Fact, ledger: &Ledger) -> bool {
        let same = |id: FactId| match (&fact.source, ledger.get(id).map(|other| &other.source)) {
            (Source::Cells { cells, more, .. }, Some(Source::Cells { cells: c, more: m, .. })) => {
                cells == c && more == m
            }
            _ => false,
        };
        super::inline::fact_id(word).is_some_and(|id| self.facts.contains(&id) || same(id))
    }

    fn is_hash(&self, word: &str) -> bool {
        word.len() >= 6 && self.hashes.iter().any(|hash| hash.starts_with(word))
    }
}
