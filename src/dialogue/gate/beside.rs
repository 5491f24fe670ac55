//! What stands beside a number: nothing that is glued to it, no other number, no bound, and no unit but its own.

use super::clean::folded;
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
            if is_value && let Some(bound) = self.bound(at) {
                return Some(format!("“{bound}” makes something else of the number behind it"));
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
