//! Recomputing: what the formula of a fact gives, from the values of its parents or of its cells.
//!
//! The grammar and every function are defined in [`domain::fact`](crate::domain::fact). A formula can fail to give a number because it
//! is none ([`Unsolved::Malformed`]), because it needs what is not at hand ([`Unsolved::Missing`]), or because what it states was
//! computed by the judge or counted by a reader, and nothing here can do so again ([`Unsolved::Elsewhere`]).

use super::paired;
use crate::domain::fact::FactId;
use crate::domain::stats;

/// Brackets within brackets; formulas of this program need three.
const DEPTH: usize = 32;

/// Functions that are computed elsewhere, and who vouches for them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("judge_low95", "the judge"),
    ("judge_high95", "the judge"),
    ("judge_noise", "the judge"),
    ("samples", "the file"),
    ("counted", "the reader of the file"),
];

/// Why a formula gives no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsolved {
    /// It does not follow the grammar, or names a function that there is not.
    #[error("not a formula: {0}")]
    Malformed(String),
    /// A fact or a cell that it needs is not known, or there is no number for it (an empty list, a division by zero).
    #[error("{0}")]
    Missing(String),
    /// Its function is not computed here.
    #[error("the word of {by}: {function} is not computed again")]
    Elsewhere { function: String, by: &'static str },
}

/// What a formula may refer to.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The value of a fact.
    pub fact: &'a dyn Fn(FactId) -> Option<f64>,
    /// The numbers of the fact's own cells, range by range.
    pub cells: &'a [Vec<f64>],
    /// The numbers that another fact, a figure over cells, is of; `None` where they are not at hand.
    pub cells_of: &'a dyn Fn(FactId) -> Option<Vec<f64>>,
}

/// What `formula` gives.
///
/// # Errors
/// As the module says.
pub fn evaluate(formula: &str, inputs: &Inputs<'_>) -> Result<f64, Unsolved> {
    let mut parser = Parser { rest: formula.trim_start(), inputs, depth: 0 };
    let value = parser.sum()?;
    if !parser.rest.is_empty() {
        return Err(parser.malformed());
    }
    if value.is_finite() { Ok(value) } else { Err(Unsolved::Missing("it gives no finite number".to_owned())) }
}

/// Whether two values are one, as far as arithmetic goes: they differ by a part in a thousand million at most.
pub fn agree(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

struct Parser<'a> {
    /// Without white space in front.
    rest: &'a str,
    inputs: &'a Inputs<'a>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn malformed(&self) -> Unsolved {
        let near: String = self.rest.chars().take(20).collect();
        Unsolved::Malformed(if near.is_empty() { "it ends too soon".to_owned() } else { format!("at {near:?}") })
    }

    fn eat(&mut self, mark: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(mark) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn expect(&mut self, mark: char) -> Result<(), Unsolved> {
        if self.eat(mark) { Ok(()) } else { Err(self.malformed()) }
    }

    /// The stretch of characters that `is_part` takes.
    fn take(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        taken
    }

    fn sum(&mut self) -> Result<f64, Unsolved> {
        let mut value = self.product()?;
        loop {
            if self.eat('+') {
                value += self.product()?;
            } else if self.eat('-') {
                value -= self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<f64, Unsolved> {
        let mut value = self.factor()?;
        loop {
            if self.eat('*') {
                value *= self.factor()?;
            } else if self.eat('/') {
                value /= self.factor()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn factor(&mut self) -> Result<f64, Unsolved> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Unsolved::Malformed("too many brackets".to_owned()));
        }
        let value = self.operand();
        self.depth -= 1;
        value
    }

    fn operand(&mut self) -> Result<f64, Unsolved> {
        if self.eat('-') {
            return Ok(-self.factor()?);
        }
        if self.eat('(') {
            let value = self.sum()?;
            return self.expect(')').map(|()| value);
        }
        if self.eat('|') {
            let value = self.sum()?;
            return self.expect('|').map(|()| value.abs());
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let text = self.take(|c| c.is_ascii_digit() || c == '.');
            return text.parse().map_err(|_| Unsolved::Malformed(format!("at {text:?}")));
        }
        let word = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
        match word.strip_prefix('F').and_then(|digits| digits.parse().ok()) {
            Some(id) => self.parent(FactId(id)),
            None if word.is_empty() => Err(self.malformed()),
            None => self.call(word),
        }
    }

    fn parent(&self, id: FactId) -> Result<f64, Unsolved> {
        (self.inputs.fact)(id).ok_or_else(|| Unsolved::Missing(format!("{id} is not known")))
    }

    fn call(&mut self, name: &str) -> Result<f64, Unsolved> {
        self.expect('(')?;
        if let "low95" | "high95" = name {
            return self.interval(name);
        }
        let mut values = Vec::new();
        loop {
            self.argument(&mut values)?;
            if self.eat(')') {
                break;
            }
            self.expect(',')?;
        }
        if let Some((function, by)) = ELSEWHERE.iter().find(|(function, _)| *function == name) {
            return Err(Unsolved::Elsewhere { function: (*function).to_owned(), by });
        }
        let function = function(name).ok_or_else(|| Unsolved::Malformed(format!("there is no function {name}")))?;
        function(&values)
            .ok_or_else(|| Unsolved::Missing(format!("there is no {name} of these {} numbers", values.len())))
    }

    /// An end of the interval of the difference of two figures over cells.
    fn interval(&mut self, name: &str) -> Result<f64, Unsolved> {
        let above = self.id()?;
        self.expect(',')?;
        let below = self.id()?;
        self.expect(')')?;
        let cells_of = self.inputs.cells_of;
        let both = cells_of(above).zip(cells_of(below));
        let elsewhere = || Unsolved::Elsewhere { function: name.to_owned(), by: "the analyst" };
        let (above, below) = both.ok_or_else(elsewhere)?;
        let found = paired::between(&above, &below).map(|((low, high), _)| if name == "low95" { low } else { high });
        found.ok_or_else(|| Unsolved::Missing("there are too few numbers for an interval".to_owned()))
    }

    fn id(&mut self) -> Result<FactId, Unsolved> {
        let word = self.take(|c| c.is_ascii_alphanumeric());
        let id = word.strip_prefix('F').and_then(|digits| digits.parse().ok());
        id.map(FactId).ok_or_else(|| self.malformed())
    }

    fn argument(&mut self, values: &mut Vec<f64>) -> Result<(), Unsolved> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        match word {
            "cells" => values.extend(self.inputs.cells.iter().flatten()),
            "medians" => values.extend(self.inputs.cells.iter().filter_map(|cells| stats::median(cells))),
            _ => {
                values.push(self.sum()?);
                return Ok(());
            }
        }
        self.rest = rest.trim_start();
        Ok(())
    }
}

/// A figure over numbers; `None` when there is none.
type Statistic = fn(&[f64]) -> Option<f64>;

/// A statistic of numbers by its name in formulas.
fn function(name: &str) -> Option<Statistic> {
    Some(match name {
        "median" => |values| stats::median(values),
        "mean" => |values| stats::mean(values),
        "sum" => |values| Some(values.iter().sum()),
        "count" => |values| Some(values.len() as f64),
        "min" => |values| values.iter().copied().min_by(f64::total_cmp),
        "max" => |values| values.iter().copied().max_by(f64::total_cmp),
        "p50" => |values| stats::quantile(values, 0.5),
        "p95" => |values| stats::quantile(values, 0.95),
        "p99" => |values| stats::quantile(values, 0.99),
        "geomean" => geomean,
        "hl" => |values| paired::estimate(values).map(|found| found.center),
        "walsh_low95" => |values| Some(paired::estimate(values)?.interval?.0),
        "walsh_high95" => |values| Some(paired::estimate(values)?.interval?.1),
        "mad" => paired::mad,
        "ceil" => |values| if let [value] = values { Some(value.ceil()) } else { None },
        _ => return None,
    })
}

fn geomean(values: &[f64]) -> Option<f64> {
    let logarithms: Option<Vec<f64>> = values.iter().map(|&value| (value > 0.0).then(|| value.ln())).collect();
    stats::mean(&logarithms?).map(f64::exp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::Source;

    /// Of F7 and F8, the one ten above the other.
    fn cells_of(id: FactId) -> Option<Vec<f64>> {
        let from = match id.0 {
            7 => 10,
            8 => 0,
            _ => return None,
        };
        Some((from..from + 6).map(f64::from).collect())
    }

    fn solve(formula: &str) -> Result<f64, Unsolved> {
        let facts = |id: FactId| [2.0, 5.0, -4.0].get((id.0 as usize).checked_sub(1)?).copied();
        evaluate(
            formula,
            &Inputs { fact: &facts, cells: &[vec![1.0, 3.0, 2.0], vec![10.0]], cells_of: &|id| cells_of(id) },
        )
    }

    #[test]
    fn formulas_are_arithmetic_over_facts_and_cells() {
        let cases = [
            ("F2 - F1", 3.0),
            ("100 * (F2 - F1) / |F1|", 150.0),
            ("100*(F1-F3)/|F3|", 150.0),
            ("-F3 - -1 - 2", 3.0),
            ("F1 - F2 - 1", -4.0),
            ("8 / 2 / F1", 2.0),
            ("|F1 - |F3||", 2.0),
            ("median(cells)", 2.5),
            ("median(medians)", 6.0),
            ("count(cells) + count(medians)", 6.0),
            ("min(cells) + max(cells) + sum(cells)", 27.0),
            ("median(F1, F2, F3)", 2.0),
            ("mean(F1, F2 + 1)", 4.0),
            ("geomean(F1, 8)", 4.0),
            ("p50(F1, F2)", 3.5),
            ("(low95(F7, F8) + high95(F7, F8)) / 2", 10.0),
            ("hl(F1, F2)", 3.5),
            ("hl(1, 2, 9)", 3.5),
            ("walsh_low95(1, 2, 3, 4, 5, 10 + F3)", 1.0),
            ("walsh_high95(1, 2, 3, 4, 5, 6)", 6.0),
            ("walsh_low95(1, 2, 3, 4, 5, 6, 7, 8, 9)", 2.5),
            ("mad(1, 2, 3, 4, 50)", 1.4826),
            ("ceil(F2 / F1)", 3.0),
        ];
        for (formula, value) in cases {
            assert!(solve(formula).is_ok_and(|found| agree(found, value)), "{formula}: {:?}", solve(formula));
        }
    }

    #[test]
    fn every_derived_fact_of_a_landing_is_what_its_formula_gives() {
        let ledger = crate::insight::tests::analysis(false).ledger;
        let value = |id: FactId| ledger.get(id).map(|fact| fact.value);
        let mut solved = 0;
        for fact in ledger.facts() {
            let Source::Derived { formula, parents } = &fact.source else { continue };
            let known = |id: FactId| value(id).filter(|_| parents.contains(&id));
            match evaluate(formula, &Inputs { fact: &known, cells: &[], cells_of: &|_| None }) {
                Ok(found) => assert!(agree(found, fact.value), "{fact:?}: {found}"),
                Err(Unsolved::Elsewhere { .. }) => continue,
                Err(wrong) => panic!("{fact:?}: {wrong}"),
            }
            solved += 1;
        }
        assert!(solved > 3, "{solved}");
    }

    #[test]
    fn what_is_no_formula_and_what_has_no_value_are_told_apart() {
        for formula in
            ["", "F1 F2", "F1 -", "(F1", "|F1", "middle(F1)", "median()", "median(F1", "F", "1.2.3", "cells", "F1 − F2"]
        {
            assert!(matches!(solve(formula), Err(Unsolved::Malformed(_))), "{formula}: {:?}", solve(formula));
        }
        for formula in ["F9", "F0", "F1 / 0", "geomean(F3)", "walsh_low95(1, 2, 3, 4, 5)"] {
            assert!(matches!(solve(formula), Err(Unsolved::Missing(_))), "{formula}: {:?}", solve(formula));
        }
        assert!(matches!(solve("low95(F1, F2)"), Err(Unsolved::Elsewhere { by: "the analyst", .. })));
        assert!(matches!(solve("low95(cells)"), Err(Unsolved::Malformed(_))));
        assert!(matches!(solve("judge_low95(F1)"), Err(Unsolved::Elsewhere { by: "the judge", .. })));
        assert!(matches!(solve(&"(".repeat(100_000)), Err(Unsolved::Malformed(_))));
        assert!(matches!(solve(&"-".repeat(100_000)), Err(Unsolved::Malformed(_))));
    }
}
