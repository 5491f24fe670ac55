//! The checker's own evaluator of formulas: `100 * (F3 - F2) / |F2|`, `median(F1, F4)`.
//!
//! The grammar is the one of [`crate::domain::fact`]. A formula over cells cannot be recomputed from a report alone and is told
//! apart from one that is wrong. No recursion, so that a long formula cannot exhaust the stack.

/// What a formula comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Value(f64),
    /// It rests on cells or samples that are not at hand here.
    NeedsCells,
    /// It is no formula, or it names a fact that does not exist or that it does not list, or it has no finite value.
    Wrong(&'static str),
}

/// Names whose value needs more than facts: cells and samples, or a verdict of the index.
const ELSEWHERE: &[&str] =
    &["cells", "medians", "low95", "high95", "judge_low95", "judge_high95", "judge_noise", "samples", "counted"];

#[derive(Debug, Clone, PartialEq)]
enum Symbol {
    Number(f64),
    Name(String),
    Sign(char),
}

/// What waits on the stack of operators.
#[derive(Debug, Clone, PartialEq)]
enum Waiting {
    Operator(char),
    Negate,
    Group,
    Bars,
    Call(String, usize),
}

/// Evaluates `formula`; `fact` gives the value of a fact by its number.
pub(super) fn evaluate(formula: &str, fact: &dyn Fn(u32) -> Option<f64>) -> Outcome {
    let Some(symbols) = symbols(formula) else { return Outcome::Wrong("its formula holds what is no formula") };
    let names = || symbols.iter().filter_map(|symbol| if let Symbol::Name(name) = symbol { Some(name) } else { None });
    if names().any(|name| ELSEWHERE.contains(&name.as_str())) {
        return Outcome::NeedsCells;
    }
    let mut machine = Machine { values: Vec::new(), waiting: Vec::new(), wants: true, fact };
    for (i, symbol) in symbols.iter().enumerate() {
        let opens = symbols.get(i + 1) == Some(&Symbol::Sign('('));
        if machine.take(symbol, opens).is_none() {
            return Outcome::Wrong("its formula cannot be read");
        }
    }
    match machine.finish() {
        Some(value) if value.is_finite() => Outcome::Value(value),
        Some(_) => Outcome::Wrong("its formula has no finite value"),
        None => Outcome::Wrong("its formula cannot be read"),
    }
}

fn symbols(formula: &str) -> Option<Vec<Symbol>> {
    let mut symbols = Vec::new();
    let mut rest = formula.trim_start();
    while let Some(c) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        let length = if is_word(c) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { c.len_utf8() };
        let (word, behind) = rest.split_at_checked(length)?;
        symbols.push(match c {
            '0'..='9' => Symbol::Number(word.parse().ok()?),
            'a'..='z' | 'A'..='Z' => Symbol::Name(word.to_owned()),
            '+' | '-' | '*' | '/' | '(' | ')' | ',' | '|' => Symbol::Sign(c),
            '−' => Symbol::Sign('-'),
            _ => return None,
        });
        rest = behind.trim_start();
    }
    Some(symbols)
}

/// Two stacks (Dijkstra's shunting yard); arguments of a call are the newest values.
struct Machine<'a> {
    values: Vec<f64>,
    waiting: Vec<Waiting>,
    /// Whether a value must come next.
    wants: bool,
    fact: &'a dyn Fn(u32) -> Option<f64>,
}

impl Machine<'_> {
    fn take(&mut self, symbol: &Symbol, opens: bool) -> Option<()> {
        match symbol {
            Symbol::Number(value) => self.value(*value),
            Symbol::Name(name) if opens && self.wants => {
                self.waiting.push(Waiting::Call(name.clone(), self.values.len()));
                Some(())
            }
            Symbol::Name(name) => {
                let digits = name.strip_prefix('F')?;
                let value = (self.fact)(digits.parse().ok()?)?;
                self.value(value)
            }
            Symbol::Sign(sign) => self.sign(*sign),
        }
    }

    fn value(&mut self, value: f64) -> Option<()> {
        self.values.push(value);
        std::mem::replace(&mut self.wants, false).then_some(())
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        match (sign, self.wants) {
            ('-', true) => self.waiting.push(Waiting::Negate),
            ('(', true) => self.waiting.push(Waiting::Group),
            ('|', true) => self.waiting.push(Waiting::Bars),
            ('+' | '-' | '*' | '/', false) => {
                self.reduce(strength(sign))?;
                self.waiting.push(Waiting::Operator(sign));
                self.wants = true;
            }
            (',', false) => {
                self.reduce(0)?;
                let inside = self.waiting.len().checked_sub(2).and_then(|at| self.waiting.get(at));
                matches!(inside, Some(Waiting::Call(..))).then_some(())?;
                self.wants = true;
            }
            (')', false) => {
                self.reduce(0)?;
                matches!(self.waiting.pop()?, Waiting::Group).then_some(())?;
                if let Some(Waiting::Call(..)) = self.waiting.last() {
                    self.call()?;
                }
            }
            ('|', false) => {
                self.reduce(0)?;
                matches!(self.waiting.pop()?, Waiting::Bars).then_some(())?;
                let value = self.values.pop()?;
                self.values.push(value.abs());
            }
            _ => return None,
        }
        Some(())
    }

    /// Carries out what binds at least as strongly.
    fn reduce(&mut self, least: u8) -> Option<()> {
        while let Some(top) = self.waiting.last() {
            let strength = match top {
                Waiting::Operator(sign) => strength(*sign),
                Waiting::Negate => 3,
                _ => break,
            };
            if strength < least {
                break;
            }
            let right = self.values.pop()?;
            let result = match self.waiting.pop()? {
                Waiting::Operator(sign) => apply(sign, self.values.pop()?, right)?,
                _ => -right,
            };
            self.values.push(result);
        }
        Some(())
    }

    fn call(&mut self) -> Option<()> {
        let Waiting::Call(name, from) = self.waiting.pop()? else { return None };
        let values = self.values.split_off(from.min(self.values.len()));
        self.values.push(function(&name, values)?);
        Some(())
    }

    fn finish(mut self) -> Option<f64> {
        self.reduce(0)?;
        (self.waiting.is_empty() && self.values.len() == 1 && !self.wants).then(|| self.values.pop())?
    }
}

fn strength(sign: char) -> u8 {
    if matches!(sign, '*' | '/') { 2 } else { 1 }
}

fn apply(sign: char, left: f64, right: f64) -> Option<f64> {
    Some(match sign {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => left / right,
        _ => return None,
    })
}

/// A function of facts.
fn function(name: &str, mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let (first, last) = (*values.first()?, *values.last()?);
    match name {
        "median" => quantile(&values, 0.5),
        "mean" => Some(values.iter().sum::<f64>() / n),
        "min" => Some(first),
        "max" => Some(last),
        "sum" => Some(values.iter().sum()),
        "count" => Some(n),
        "geomean" => (first > 0.0).then(|| (values.iter().map(|value| value.ln()).sum::<f64>() / n).exp()),
        "abs" => (values.len() == 1).then_some(first.abs()),
        "ceil" => (values.len() == 1).then(|| first.ceil()),
        "hl" => quantile(&walsh(&values)?, 0.5),
        "walsh_low95" => walsh(&values)?.get(outside(values.len())?).copied(),
        "walsh_high95" => walsh(&values)?.iter().rev().nth(outside(values.len())?).copied(),
        "mad" => {
            let middle = quantile(&values, 0.5)?;
            let mut away: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
            away.sort_by(f64::total_cmp);
            quantile(&away, 0.5).map(|median| median * 1.4826)
        }
        name => quantile(&values, name.strip_prefix('p')?.parse::<f64>().ok().filter(|p| *p <= 100.0)? / 100.0),
    }
}

/// Numbers beyond which Walsh averages are not formed.
const WALSH: usize = 100;

/// The means of any two of these numbers and of each with itself, sorted; `None` for too many.
fn walsh(values: &[f64]) -> Option<Vec<f64>> {
    let mut means: Vec<f64> = Vec::new();
    for (i, one) in values.iter().take(WALSH + 1).enumerate() {
        means.extend(values.iter().skip(i).map(|other| one / 2.0 + other / 2.0));
    }
    means.sort_by(f64::total_cmp);
    (values.len() <= WALSH).then_some(means)
}

/// How many Walsh averages of `n` numbers lie below the interval of 95 %: the signed ranks 1 to `n` make 2^n sums, of which at most one
/// in forty may be as small.
fn outside(n: usize) -> Option<usize> {
    let mut ways = vec![1.0];
    for rank in 1..=n.min(WALSH) {
        let mut next = vec![0.0; ways.len() + rank];
        for (sum, count) in ways.iter().enumerate() {
            *next.get_mut(sum)? += count;
            *next.get_mut(sum + rank)? += count;
        }
        ways = next;
    }
    let all: f64 = ways.iter().sum();
    let mut so_far = 0.0;
    let within = ways.iter().take_while(|count| {
        so_far += **count;
        so_far * 40.0 <= all
    });
    within.count().checked_sub(1)
}

/// By linear interpolation between the two nearest of the sorted values (R's type 7).
fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let place = p * sorted.len().checked_sub(1)? as f64;
    let below = *sorted.get(place.floor() as usize)?;
    let above = *sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(formula: &str) -> Outcome {
        evaluate(formula, &|id| [10.0, 4.0, -8.0].get(id as usize - 1).copied())
    }

    #[test]
    fn formulas_are_evaluated_as_they_read() {
        for (formula, value) in [
            ("F1", 10.0),
            ("100 * (F1 - F2) / |F2|", 150.0),
            ("F1 - F2 - F2", 2.0),
            ("F1 − F2 * 2", 2.0),
            ("-F3 + F1", 18.0),
            ("|F3 - F2| / 100", 0.12),
            ("|F3| * |F3|", 64.0),
            ("median(F1, F2, F3)", 4.0),
            ("median(F1, F2)", 7.0),
            ("max(F1, F2 * (1 + 2)) - min(F2, F3)", 20.0),
            ("geomean(F1, F1)", 10.0),
            ("p95(F2, F1)", 9.7),
            ("count(F1, F2)", 2.0),
            ("ceil(F2 / F1)", 1.0),
            ("hl(1, 2, 9)", 3.5),
            ("hl(F1 - F2, F2)", 5.0),
            ("mad(1, 2, 3, 4, 50)", 1.4826),
            ("walsh_low95(1, 2, 3, 4, 5, 6)", 1.0),
            ("walsh_high95(6, 5, 4, 3, 2, 1)", 6.0),
            ("walsh_low95(1, 2, 3, 4, 5, 6, 7, 8, 9)", 2.5),
        ] {
            let Outcome::Value(found) = of(formula) else { panic!("{formula}: {:?}", of(formula)) };
            assert!((found - value).abs() < 1e-9, "{formula}: {found}");
        }
    }

    #[test]
    fn what_is_no_formula_is_wrong_and_cells_are_not_at_hand() {
        for formula in [
            "",
            "F9",
            "F1 F2",
            "F1 +",
            "(F1",
            "F1)",
            "|F1",
            "F1 / 0",
            "lower end of F1",
            "F1, F2",
            "x(F1)",
            "median()",
            "F1 ^ 2",
            "(F1, F2)",
            "walsh_low95(1, 2, 3, 4, 5)",
        ] {
            assert!(matches!(of(formula), Outcome::Wrong(_)), "{formula}: {:?}", of(formula));
        }
        assert_eq!(of("median(cells)"), Outcome::NeedsCells);
        assert_eq!(of("100 * low95(F3, F2) / |F2|"), Outcome::NeedsCells);
        assert!(matches!(of(&format!("{}F1", "(".repeat(100_000))), Outcome::Wrong(_)));
    }
}
