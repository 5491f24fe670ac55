//! Units in a sentence: behind the number of a fact they must be the fact's own, which the program prints; alone they must be a unit that
//! a fact has.

use super::parts::{Part, What};
use crate::domain::fact::Fact;
use crate::domain::units::Unit;
use crate::insight::claims::{unit_spelt, unit_spelt_apart};

/// Words that spell a unit and are mostly something else.
const DOUBTFUL: &[&str] = &[
    "min", "to", "go", "mo", "d", "h", "c", "s", "b", "x", "t", "sn", "seg", "ans", "mes", "mal", "hora", "ora", "ore",
    "count", "ratio", "fold", "w", "v", "j", "ko", "us", "second", "pp", "sekund", "times", "time", "anos", "mb",
    "day", "hour", "minute", "%",
];

/// Words after which a unit is named rather than counted.
const NAMING: &[&str] = &["in", "per", "as", "each"];

/// Words that are no units of ours and yet say how much when they stand behind a number.
const SCALES: &[&str] = &[
    "k",
    "m",
    "bn",
    "mn",
    "times",
    "x",
    "fold",
    "point",
    "points",
    "percentage",
    "plus",
    "minus",
    "multiplied",
    "divided",
    "squared",
    "cubed",
    "too",
    "ish",
    "odd",
    "something",
    "grand",
    "times",
];

/// What makes another number of the one it stands behind, as folded words.
const ADDED: &[&[&str]] = &[
    &["and", "a", "bit"],
    &["and", "a", "little"],
    &["and", "a", "half"],
    &["and", "more"],
    &["and", "then", "some"],
    &["and", "up"],
    &["and", "above"],
    &["and", "below"],
    &["and", "under"],
    &["or", "more"],
    &["or", "less"],
    &["or", "so"],
    &["or", "above"],
    &["or", "below"],
    &["give", "or", "take"],
    &["to", "the", "power"],
    &["at", "least"],
    &["at", "most"],
];

/// The unit that is spelt right behind a value, and how many parts it takes with the blank before it; in any case that of the longest
/// spelling.
pub(super) fn behind(parts: &[Part], text: &str) -> Option<(Unit, usize)> {
    let blank = usize::from(parts.first()?.what == What::Blank);
    let from = parts.get(blank)?.from;
    (1..=5).rev().find_map(|length| {
        let slice = parts.get(blank..blank + length)?;
        let last = slice.last()?;
        let is_spelling =
            |part: &Part| matches!(part.what, What::Word | What::Blank | What::Mark('%' | '/' | '°' | '×'));
        if !slice.iter().all(is_spelling) || last.what == What::Blank {
            return None;
        }
        let spelt = text.get(from..last.to)?;
        let spelt = spelt.to_lowercase();
        let unit = if blank == 0 { unit_spelt(&spelt) } else { unit_spelt_apart(&spelt) };
        unit.map(|unit| (unit, blank + length))
    })
}

/// Whether a word behind a value says how much it is.
fn is_scale(word: &str) -> bool {
    SCALES.contains(&word)
}

/// What stands behind a value, in folded words, and makes another number of it.
pub(super) fn added(words: &[String]) -> Option<String> {
    let first = words.first()?;
    if is_scale(first) {
        return Some(first.clone());
    }
    let stands = |added: &&&[&str]| words.len() >= added.len() && added.iter().zip(words).all(|(a, word)| a == word);
    ADDED.iter().find(stands).map(|added| added.join(" "))
}

/// What is wrong with units that stand alone in the words of a sentence; `facts` are those that it refers to, or all when it refers to none.
pub(super) fn alone(words: &[String], facts: &[&Fact]) -> Option<String> {
    let has = |unit: &Unit| facts.iter().any(|fact| fact.unit.dimension() == unit.dimension());
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str);
        let is_per_time =
            before == "per" && matches!(word.as_str(), "second" | "minute" | "hour" | "token" | "request");
        if is_per_time {
            if !facts.iter().any(|fact| fact.unit.as_str().contains('/')) {
                return Some(format!("“per {word}” is the unit of none of its facts"));
            }
            continue;
        }
        if DOUBTFUL.contains(&word.as_str()) {
            continue;
        }
        let Some(unit) = unit_spelt(word) else { continue };
        if !NAMING.contains(&before) {
            return Some(format!("“{word}” is a unit, and no fact stands before it"));
        }
        if !has(&unit) {
            return Some(format!("“{word}” is the unit of none of its facts"));
        }
    }
    None
}
