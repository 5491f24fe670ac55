//! What stands beside a number: nothing that is glued to it, no other number, no bound, and no unit but its own.

use super::about::has_name;
use super::clauses::Clause;
use super::clean::folded;
use super::compare;
use super::noun::{head, is_change, is_lead};
use super::parts::What;
use super::rules::{Sentence, safe};
use super::units;
use crate::domain::fact::Fact;

/// Words right before a number that make a bound of it.
const BOUNDS: &[&[&str]] = &[
    &["at", "least"],
    &["at", "most"],
    &["up", "to"],
    &["over"],
    &["under"],
    &["beyond"],
    &["beyond", "the"],
    &["within"],
    &["within", "the"],
    &["inside"],
    &["inside", "of"],
    &["outside"],
    &["outside", "of"],
    &["not"],
    &["never"],
    &["far", "from"],
    &["close", "to"],
    &["near"],
    &["near", "to"],
    &["short", "of"],
    &["half"],
    &["barely"],
    &["exceeds"],
    &["exceeding"],
    &["exceed"],
    &["minus"],
    &["negative"],
    &["plus"],
    &["times"],
    &["nearly"],
    &["almost"],
];

/// Words of what was, and of what is.
const EARLY: &[&str] =
    &["before", "earlier", "previous", "previously", "prior", "old", "original", "initial", "former"];
const LATE: &[&str] = &["after", "later", "now", "new", "newest", "latest", "current", "currently", "since"];

impl Sentence<'_> {
    /// What stands right beside a number or a comparison.
    pub(super) fn neighbours(&self) -> Option<String> {
        let what = |at: usize| self.parts.get(at).map(|part| &part.what);
        for at in 0..self.parts.len() {
            let is_value = matches!(what(at), Some(What::Value(_)));
            if !is_value && !matches!(what(at), Some(What::Compare(..) | What::Name(_))) {
                continue;
            }
            let before = at.checked_sub(1).and_then(what);
            let open = before.is_none_or(|what| matches!(what, What::Blank | What::Mark('(')));
            let hyphen_or_slash = matches!(before, Some(What::Mark('-' | '/' | '–' | '—')));
            if !open || (is_value && hyphen_or_slash) {
                return Some("a reference is glued to what stands before it".to_owned());
            }
            let closes =
                |what: &What| matches!(what, What::Blank | What::Mark('.' | ',' | ';' | ':' | ')' | '!' | '%'));
            let possessive = matches!((what(at), what(at + 1)), (Some(What::Name(_)), Some(What::Mark('\'' | '-'))));
            if what(at + 1).is_some_and(|what| !closes(what) && !possessive) {
                return Some("a reference is glued to what stands behind it".to_owned());
            }
            let next = if what(at + 1) == Some(&What::Blank) { what(at + 2) } else { what(at + 1) };
            if is_value && matches!(next, Some(What::Value(_))) {
                return Some("numbers of facts stand side by side without a word between them".to_owned());
            }
            if matches!(what(at), Some(What::Compare(..))) && !self.stands_alone(at) {
                return Some("a comparison in braces is a whole clause: write it at the beginning of a sentence or behind a colon, with no words behind it".to_owned());
            }
            if is_value && let Some(bound) = self.bound(at) {
                return Some(format!("“{bound}” makes something else of the number behind it"));
            }
        }
        None
    }

    /// Whether a comparison is a clause of its own.
    fn stands_alone(&self, at: usize) -> bool {
        let before = self.parts.get(..at).unwrap_or_default().iter().rev().find(|part| part.what != What::Blank);
        let behind = self.parts.get(at + 1..).unwrap_or_default().iter().find(|part| part.what != What::Blank);
        before.is_none_or(|part| matches!(part.what, What::Mark(':' | ';' | '(' | '—')))
            && behind.is_none_or(|part| matches!(part.what, What::Mark('.' | '!' | ';' | ',' | ')') | What::Cites(_)))
    }

    /// The word right before a part, folded.
    pub(super) fn word_before(&self, at: usize) -> String {
        let before = self.parts.get(..at).unwrap_or_default().iter().rev().find(|part| part.what != What::Blank);
        before.filter(|part| part.what == What::Word).map(|part| folded(self.cut(part))).unwrap_or_default()
    }

    /// Whether a number stands in "the one number of the other".
    fn of_number(&self, at: usize) -> bool {
        let mut before = self.parts.get(..at).unwrap_or_default().iter().rev().filter(|part| part.what != What::Blank);
        matches!(before.nth(1), Some(part) if matches!(part.what, What::Value(_)))
    }

    /// What a number is said to be that it is not: a change, the level from which or to which one went.
    pub(super) fn moments(&self, clauses: &[Clause]) -> Option<String> {
        for (at, part) in self.parts.iter().enumerate() {
            let What::Value(id) = part.what else { continue };
            let fact = self.ledger.get(id)?;
            let clause = clauses.iter().find(|clause| clause.from <= at && at < clause.to)?;
            let (word, name) = (self.word_before(at), fact.name.as_str());
            let sized = is_change(name) || is_lead(name);
            let of_before = has_name(head(name), "before");
            let of_after = ["after", "since"].iter().any(|word| has_name(head(name), word));
            let has = |list: &[&str]| clause.has(|word| list.contains(&word));
            let (early, late) = (has(EARLY), has(LATE));
            let wrong = match word.as_str() {
                "by" => !sized,
                "to" => sized || of_before,
                "from" => sized || of_after,
                "of" => {
                    self.of_number(at)
                        && [" that ", "verdict", "without", "which"].iter().any(|part| name.contains(part))
                }
                _ => compare::is_way(&word) && !sized,
            };
            if wrong
                || early && !late && !of_before && !is_change(name)
                || late && !early && !of_after && !is_change(name)
            {
                return Some("its words say another moment or a change of the number than the fact does".to_owned());
            }
        }
        None
    }

    /// The words right before a number that make a bound of it.
    fn bound(&self, at: usize) -> Option<String> {
        let before = self.parts.get(..at)?.iter().rev().filter(|part| part.what != What::Blank);
        let words: Vec<String> =
            before.take_while(|part| part.what == What::Word).take(2).map(|part| folded(self.cut(part))).collect();
        let ends = |bound: &&&[&str]| {
            bound.len() <= words.len() && bound.iter().rev().zip(&words).all(|(bound, word)| *bound == word.as_str())
        };
        let is_base = words.first().is_some_and(|word| word == "over") && self.is_base(at);
        BOUNDS.iter().find(ends).filter(|_| !is_base).map(|bound| bound.join(" "))
    }

    /// Whether the count at `at` is what something before it was taken over: "a median of … over … values".
    fn is_base(&self, at: usize) -> bool {
        let counts = matches!(self.parts.get(at).map(|part| &part.what), Some(What::Value(id)) if
            self.ledger.get(*id).is_some_and(|fact| fact.unit.as_str() == "count"));
        let mut before = self.parts.get(..at).unwrap_or_default().iter().rev().filter(|part| part.what != What::Blank);
        let taken = before.nth(1).is_some_and(|part| match part.what {
            What::Value(_) => true,
            What::Word => {
                matches!(folded(self.cut(part)).as_str(), "seen" | "taken" | "averaged" | "measured" | "computed")
            }
            _ => false,
        });
        let mut behind = self.parts.get(at + 1..).unwrap_or_default().iter().filter(|part| part.what != What::Blank);
        let things = behind.next().is_some_and(|part| {
            matches!(
                folded(self.cut(part)).as_str(),
                "values" | "runs" | "samples" | "workloads" | "requests" | "measurements"
            )
        });
        counts && taken && things
    }

    /// Units behind numbers, and alone.
    pub(super) fn units(&self, words: &[String], facts: &[&Fact]) -> Option<String> {
        for (at, part) in self.parts.iter().enumerate() {
            let rest = self.parts.get(at + 1..).unwrap_or_default();
            let (id, is_compare) = match part.what {
                What::Value(id) => (id, false),
                What::Compare(id, _) => (id, true),
                _ => continue,
            };
            let unit = &self.ledger.get(id)?.unit;
            if let Some((spelt, _)) = units::behind(rest, self.text) {
                let same = if is_compare { spelt.as_str() == "percent" } else { spelt == *unit };
                if !same {
                    return Some(format!("the unit {} is not the one of the fact before it", safe(spelt.as_str())));
                }
            }
            let unit_parts = units::behind(rest, self.text).map_or(0, |(_, length)| length);
            let next = rest.iter().skip(unit_parts).filter(|part| part.what != What::Blank);
            let next: Vec<String> =
                next.take_while(|part| part.what == What::Word).take(3).map(|part| folded(self.cut(part))).collect();
            let counted = unit.as_str() == "count" && next.first().is_some_and(|word| word == "times");
            if let Some(added) = units::added(&next).filter(|_| !counted) {
                return Some(format!("“{added}” makes another number of the fact before it"));
            }
        }
        let shown: Vec<&Fact>;
        let facts = if facts.is_empty() {
            shown = self.shown.facts.iter().filter_map(|id| self.ledger.get(*id)).collect();
            &shown
        } else {
            facts
        };
        units::alone(&self.free_words(words), facts)
    }

    /// The words without the units that stand behind numbers.
    pub(super) fn free_words(&self, words: &[String]) -> Vec<String> {
        let mut taken = vec![false; words.len()];
        let mut word = 0;
        let mut until = 0;
        for (at, part) in self.parts.iter().enumerate() {
            if matches!(part.what, What::Value(_) | What::Compare(..)) {
                let rest = self.parts.get(at + 1..).unwrap_or_default();
                until = until.max(units::behind(rest, self.text).map_or(0, |(_, length)| at + 1 + length));
            }
            if self.is_word(at) {
                if at < until
                    && let Some(slot) = taken.get_mut(word)
                {
                    *slot = true;
                }
                word += 1;
            }
        }
        words.iter().zip(taken).filter(|(_, taken)| !taken).map(|(word, _)| word.clone()).collect()
    }
}
