//! A statement of a model that passed the gate: words without numbers, names out of the data, and references to facts.
//!
//! It holds no number. Values and comparisons are rendered from the ledger when it joins the report, so that it can be kept with the
//! landing and rendered again.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::domain::fact::{Fact, FactId};
use crate::domain::units::Unit;
use crate::insight::{Ledger, Prose};

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// The model's own words: no markup, and no numeric character of any script but in the label of a percentile (`p95`) that the name
    /// of a cited fact has.
    Text(String),
    /// A name out of the data, as the prompt had it.
    Name(String),
    /// A fact with its unit.
    Value(FactId),
    /// How the first fact compares with the second, which the program says.
    Compare(FactId, FactId),
    /// A fact that the sentence rests on without printing it.
    Cite(FactId),
}

/// One sentence, or one cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement(pub Vec<Piece>);

/// Words that say the way of a change themselves: behind "fell by" or "improved by" the size of a negative one stands without its sign.
const FALLS: &[&str] = &[
    "decreased",
    "decreases",
    "decrease",
    "dropped",
    "drops",
    "drop",
    "fell",
    "falls",
    "fall",
    "fallen",
    "declined",
    "declines",
    "decline",
    "reduced",
    "reduces",
    "reduction",
    "shrank",
    "shrinks",
    "lost",
    "loses",
    "loss",
    "down",
    "lower",
    "less",
    "fewer",
    "smaller",
    "shorter",
    "slower",
    "faster",
    "quicker",
    "slowed",
    "degraded",
    "regressed",
    "worsened",
    "worse",
    "improved",
    "better",
    "slowdown",
    "speedup",
    "regression",
    "degradation",
    "improvement",
];

/// Words before a number among which one of [`FALLS`] is looked for.
const NEAR: usize = 6;

/// Percentages of a comparison that are said in digits.
const SMALLEST: f64 = 1e-6;
const LARGEST: f64 = 1e6;

impl Statement {
    /// As a sentence of the report. Comparisons become facts of `ledger`, derived from the two that they name. `None` when it refers to a
    /// fact that `ledger` does not have or does not print, or to one whose number cannot be said.
    pub fn prose(&self, ledger: &mut Ledger) -> Option<Prose> {
        let again = self.printed_again(ledger);
        let mut prose = Prose::default();
        for (at, piece) in self.0.iter().enumerate() {
            prose = match piece {
                Piece::Text(text) => prose.text(text),
                Piece::Name(name) => prose.name(name),
                Piece::Value(id) if self.falls(at) && printable(*id, ledger)?.value < 0.0 => {
                    prose.cite(*id).value(size(*id, ledger)?)
                }
                Piece::Value(id) => prose.value(printable(*id, ledger)?.id),
                Piece::Compare(one, other) => compared(prose, (*one, *other), ledger)?,
                // A number that stands twice could be taken for the one that is only cited.
                Piece::Cite(id) if again.contains(&printable(*id, ledger)?.unit) => prose,
                Piece::Cite(id) => prose.cite(*id),
            };
        }
        Some(prose)
    }

    /// All facts that it refers to.
    pub fn facts(&self) -> impl Iterator<Item = FactId> + '_ {
        self.0.iter().flat_map(|piece| {
            let (one, other) = match piece {
                Piece::Text(_) | Piece::Name(_) => (None, None),
                Piece::Value(id) | Piece::Cite(id) => (Some(*id), None),
                Piece::Compare(one, other) => (Some(*one), Some(*other)),
            };
            one.into_iter().chain(other)
        })
    }

    /// The units of facts that are printed more than once.
    fn printed_again(&self, ledger: &Ledger) -> HashSet<Unit> {
        let mut seen = HashSet::new();
        let printed = self.0.iter().filter_map(|piece| if let Piece::Value(id) = piece { Some(*id) } else { None });
        let again = printed.filter(|id| !seen.insert(*id)).collect::<Vec<_>>();
        again.into_iter().filter_map(|id| ledger.get(id)).map(|fact| fact.unit.clone()).collect()
    }

    /// Whether the words right before a piece say that something went down by it.
    fn falls(&self, at: usize) -> bool {
        let Some(Piece::Text(text)) = at.checked_sub(1).and_then(|at| self.0.get(at)) else { return false };
        let clause = text.rsplit(['.', ';', ',']).next().unwrap_or(text);
        clause
            .split_whitespace()
            .rev()
            .take(NEAR)
            .any(|word| FALLS.contains(&word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase().as_str()))
    }
}

/// The size of a change that went down, as a fact of its own.
fn size(id: FactId, ledger: &mut Ledger) -> Option<FactId> {
    let fact = ledger.get(id)?.clone();
    Some(ledger.derived(format!("size of the {}", fact.name), fact.value.abs(), fact.unit, format!("|{id}|"), &[id]))
}

/// The fact, where its number can stand in a sentence.
pub(super) fn printable(id: FactId, ledger: &Ledger) -> Option<&Fact> {
    let fact = ledger.get(id).filter(|_| !ledger.is_struck(id))?;
    // A unit with digits of its own could not be told from the number before it.
    let odd = |c: char| c.is_numeric() || c.is_control() || matches!(c, '|' | '`' | '"' | '“' | '”');
    (fact.value.is_finite() && !fact.unit.as_str().contains(odd)).then_some(fact)
}

/// How the first fact compares with the second: `12.3 % above`.
fn compared(prose: Prose, (one, other): (FactId, FactId), ledger: &mut Ledger) -> Option<Prose> {
    let (a, b) = (printable(one, ledger)?.clone(), printable(other, ledger)?.clone());
    if a.unit != b.unit || one == other {
        return None;
    }
    let prose = prose.cite(one).cite(other);
    #[allow(clippy::float_cmp, reason = "equal means that the two facts have the same value")]
    if a.value == b.value {
        return Some(prose.text("equal to"));
    }
    let is_above = a.value > b.value;
    let word = if is_above { "above" } else { "below" };
    let share = 100.0 * (a.value - b.value).abs() / b.value.abs();
    // Nobody reads such a percentage, and one of nothing is none.
    if !(SMALLEST..LARGEST).contains(&share) {
        return Some(prose.text(word));
    }
    let (more, less) = if is_above { (&a, &b) } else { (&b, &a) };
    let name = format!("{} against {}: how far {word}", a.name, b.name);
    let formula = format!("100 * ({} - {}) / |{}|", more.id, less.id, b.id);
    let id = ledger.derived(name, share, Unit::new("percent"), formula, &[one, other]);
    Some(prose.value(id).text(" ").text(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::Span;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::new();
        for (name, value, unit) in
            [("a", 112.0, "ms"), ("b", 100.0, "ms"), ("c", 0.0, "ms"), ("d", 100.0, "s"), ("e", 100.0, "ms")]
        {
            ledger.setting(name, value, Unit::new(unit));
        }
        ledger.setting("odd", 1.0, Unit::new("m2"));
        ledger.setting("no number", f64::NAN, Unit::new("s"));
        ledger
    }

    /// The words of a statement, with the values of what is printed.
    fn told(pieces: Vec<Piece>) -> Option<String> {
        let mut ledger = ledger();
        let prose = Statement(pieces).prose(&mut ledger)?;
        let span = |span: &Span| match span {
            Span::Text(text) => text.clone(),
            Span::Value(id) => format!("<{:.0} {}>", ledger.get(*id).unwrap().value, ledger.get(*id).unwrap().unit),
            Span::Cite(id) => format!("[{id}]"),
            other => format!("{other:?}"),
        };
        Some(prose.0.iter().map(span).collect())
    }

    fn compared(before: &str, a: u32, b: u32, behind: &str) -> Option<String> {
        let text = |text: &str| Piece::Text(text.to_owned());
        told(vec![text(before), Piece::Compare(FactId(a), FactId(b)), text(behind)])
    }

    #[test]
    fn a_comparison_says_which_way_it_goes() {
        for (before, a, b, behind, wanted) in [
            ("It is ", 1, 2, " that.", "It is [F1][F2]<12 percent> above that."),
            ("It is ", 2, 1, " that.", "It is [F2][F1]<11 percent> below that."),
            ("It is ", 2, 5, " that.", "It is [F2][F5]equal to that."),
            ("It is ", 1, 3, " that.", "It is [F1][F3]above that."),
        ] {
            assert_eq!(compared(before, a, b, behind).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn what_cannot_be_said_gives_no_sentence() {
        assert_eq!(compared("", 1, 4, ""), None, "other units");
        assert_eq!(compared("", 1, 1, ""), None, "with itself");
        assert_eq!(compared("", 1, 99, ""), None, "no such fact");
        for id in [6, 7, 99] {
            assert_eq!(told(vec![Piece::Value(FactId(id))]), None, "{id}");
        }
    }

    #[test]
    fn beside_a_number_that_stands_twice_no_other_of_its_unit_is_cited() {
        let (value, cite) = (|id| Piece::Value(FactId(id)), |id| Piece::Cite(FactId(id)));
        assert_eq!(told(vec![value(1), cite(2)]).as_deref(), Some("<112 ms>[F2]"));
        assert_eq!(told(vec![value(1), value(1), cite(2), cite(4)]).as_deref(), Some("<112 ms><112 ms>[F4]"));
    }
}
