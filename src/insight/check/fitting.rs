//! Which printed number is which cited fact: by value and unit first, then one to one, then by the words around it.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::known::is_percentile;
use super::numbers::Written;
use crate::domain::fact::{Fact, Source};
use crate::domain::units::Unit;

/// Numbers of one statement that are matched one to one; in a longer one each is only held against its candidates.
const MATCHED: usize = 64;

/// Words that tell nothing of what a number is.
const PLAIN: &[&str] = &[
    "a", "all", "an", "and", "are", "at", "by", "for", "from", "has", "have", "in", "is", "it", "of", "on", "or",
    "that", "the", "this", "to", "was", "were", "with",
];

/// Units that are written behind a number, in any spelling of ours: a number without a unit must not be followed by one.
const UNITS: &[&str] = &[
    "%", "×", "s", "ms", "us", "µs", "ns", "min", "tok/s", "req/s", "ops/s", "Mops/s", "Gops/s", "bytes", "kB", "KB",
    "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "kB/s", "MB/s", "GB/s", "TB/s", "mJ", "J", "kJ", "W", "percent",
    "ratio",
];

/// A number on the page.
#[derive(Debug, Clone)]
pub(super) struct Printed {
    pub written: Written,
    /// What says which number it is: the words of its clause, or of its column.
    pub words: HashSet<String>,
    /// Places among the cited facts of those whose value and unit it has.
    pub fits: Vec<usize>,
    /// What is written, brought to the own unit of the first fact that it fits.
    pub size: f64,
}

/// A fact as the text behind a number has it: in its own unit or in another step of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InUnit {
    pub value: f64,
    pub unit: Unit,
}

impl InUnit {
    /// A fact in its own unit.
    pub fn own(fact: &Fact) -> Self {
        Self { value: fact.value, unit: fact.unit.clone() }
    }

    /// A fact in a step of its unit; `None` where that does not measure the same.
    pub fn of(fact: &Fact, unit: Unit) -> Option<Self> {
        fact.unit.convert(fact.value, &unit).map(|value| Self { value, unit })
    }

    /// What `written` is in the own unit of `fact`.
    pub fn size(&self, written: f64, fact: &Fact) -> f64 {
        self.unit.convert(written, &fact.unit).unwrap_or(written)
    }
}

/// The fact in the unit that stands behind a number, if that is one of its units and nothing but it.
pub(super) fn in_unit(behind: &[char], fact: &Fact) -> Option<InUnit> {
    if unit_follows(behind, &fact.unit) {
        return Some(InUnit::own(fact));
    }
    // Nothing is nothing in every unit, so its own is the only one that can be told from a wrong one.
    let mut steps = fact.unit.steps().filter(|_| fact.value != 0.0);
    steps.find(|step| unit_follows(behind, step)).and_then(|step| InUnit::of(fact, step))
}

/// Whether the text behind a number is this unit and nothing but it.
pub(super) fn unit_follows(behind: &[char], unit: &Unit) -> bool {
    let spelt = |unit: &str| {
        let mut rest = behind.iter().copied();
        let same = std::iter::once(' ').chain(unit.chars()).all(|c| rest.next() == Some(c));
        let next = rest.next();
        let further = rest.next();
        same && !next.is_some_and(|c| {
            c.is_alphanumeric()
                || (matches!(c, '/' | '_' | '-' | '*' | '^') && further.is_some_and(char::is_alphanumeric))
        })
    };
    match unit.as_str() {
        "count" if spelt("count") => true,
        "" | "count" => !UNITS.iter().any(|unit| spelt(unit)),
        "percent" => spelt("%") || spelt("percent"),
        "ratio" => spelt("×") || spelt("ratio"),
        own => spelt(own) || spelt(unit.symbol()) || spelt(super::known::visible(own).trim()),
    }
}

/// The words of `text` that can tell one number from another, in lower case; `name=value` is one word, and so is its value.
pub(super) fn words(text: &str) -> HashSet<String> {
    let mut words = HashSet::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '[' | ']')) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        if word.is_empty() || PLAIN.contains(&word.as_str()) {
            continue;
        }
        if let Some((_, value)) = word.split_once('=').filter(|(_, value)| value.contains(char::is_alphabetic)) {
            words.insert(value.to_owned());
        }
        let same = ALIKE.iter().find(|(other, _)| *other == word).map(|(_, same)| (*same).to_owned());
        words.insert(same.unwrap_or(word));
    }
    words
}

/// Words that mean the same.
const ALIKE: &[(&str, &str)] = &[
    ("lower", "low"),
    ("upper", "high"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("p50", "median"),
    ("deviation", "std"),
];

/// Gives each number a fact of its own where that is possible. Of several with its value and unit a number gets the one of which its
/// words speak most; then augmenting paths of bipartite matching see to those that are left, for the few numbers of a statement.
pub(super) fn assign(printed: &[Printed], facts: &[&Fact]) -> Vec<Option<usize>> {
    if printed.len() > MATCHED {
        return printed.iter().map(|number| number.fits.first().copied()).collect();
    }
    let mut owner = by_words(printed, facts);
    for number in 0..printed.len() {
        if !owner.contains(&Some(number)) {
            let mut seen = vec![false; facts.len()];
            place(number, printed, &mut owner, &mut seen);
        }
    }
    let mut given = vec![None; printed.len()];
    for (fact, number) in owner.iter().enumerate() {
        if let Some(slot) = number.and_then(|number| given.get_mut(number)) {
            *slot = Some(fact);
        }
    }
    given
}

/// The number of each fact that is named in the words around it, the plainest first.
fn by_words(printed: &[Printed], facts: &[&Fact]) -> Vec<Option<usize>> {
    let named: Vec<HashSet<String>> = facts.iter().map(|fact| words(&fact.name)).collect();
    let mut wishes: Vec<(Reverse<u32>, usize, usize)> = Vec::new();
    for (i, number) in printed.iter().enumerate() {
        for &fact in &number.fits {
            let shared = named.get(fact).into_iter().flat_map(|named| named.intersection(&number.words));
            let speaks: u32 = shared.map(|word| weight(word)).sum();
            wishes.extend((speaks > 0).then_some((Reverse(speaks), i, fact)));
        }
    }
    wishes.sort_unstable();
    let (mut owner, mut placed) = (vec![None; facts.len()], vec![false; printed.len()]);
    for (_, number, fact) in wishes {
        if let (Some(slot @ None), Some(placed @ false)) = (owner.get_mut(fact), placed.get_mut(number)) {
            (*slot, *placed) = (Some(number), true);
        }
    }
    owner
}

/// Looks for a chain of moves that frees a fact for `start`, breadth first.
fn place(start: usize, printed: &[Printed], owner: &mut [Option<usize>], seen: &mut [bool]) {
    // Each step: the number that wants a fact, and the step and fact through which it lost its own.
    let mut steps: Vec<(usize, Option<(usize, usize)>)> = vec![(start, None)];
    let mut next = 0;
    while let Some(&(number, _)) = steps.get(next) {
        for &fact in printed.get(number).map(|number| number.fits.as_slice()).unwrap_or_default() {
            let Some(seen) = seen.get_mut(fact) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            match owner.get(fact).copied().flatten() {
                Some(holder) => steps.push((holder, Some((next, fact)))),
                None => return give(fact, next, &steps, owner),
            }
        }
        next += 1;
    }
}

fn give(mut fact: usize, mut step: usize, steps: &[(usize, Option<(usize, usize)>)], owner: &mut [Option<usize>]) {
    while let Some(&(number, from)) = steps.get(step) {
        if let Some(slot) = owner.get_mut(fact) {
            *slot = Some(number);
        }
        let Some((before, lost)) = from else { return };
        (step, fact) = (before, lost);
    }
}

/// How much words must speak for an exchange: one that says what a number is, or two others.
const ENOUGH: u32 = 2;

/// Words that say what a number is.
const ROLES: &[&str] = &[
    "before", "after", "since", "now", "median", "mean", "min", "max", "best", "worst", "std", "low", "high", "lower",
    "upper", "samples",
];

fn weight(word: &str) -> u32 {
    if ROLES.contains(&word) || word.contains('=') || is_percentile(word) { ENOUGH } else { 1 }
}

/// Two numbers that stand in each other's place: their words speak for the exchange and not at all for how they stand.
pub(super) fn exchanged(printed: &[Printed], given: &[Option<usize>], facts: &[&Fact]) -> Option<(usize, usize)> {
    let named: Vec<HashSet<String>> = facts.iter().map(|fact| words(&fact.name)).collect();
    let placed: Vec<(usize, &Printed, usize)> = printed
        .iter()
        .enumerate()
        .zip(given)
        .filter_map(|((i, number), fact)| Some((i, number, (*fact)?)))
        .take(MATCHED)
        .collect();
    for (at, (i, one, f)) in placed.iter().enumerate() {
        for (j, other, g) in placed.iter().skip(at + 1) {
            let (Some(a), Some(b)) = (facts.get(*f), facts.get(*g)) else { continue };
            // What was set is told beside what was measured in the same words: "the interval of 95 % for that lead".
            let sets = |fact: &Fact| matches!(fact.source, Source::Setting { .. });
            if a.unit != b.unit || sets(a) != sets(b) || one.fits.contains(g) || other.fits.contains(f) {
                continue;
            }
            let (Some(of_a), Some(of_b)) = (named.get(*f), named.get(*g)) else { continue };
            let speaks = |words: &HashSet<String>, own: &HashSet<String>, not: &HashSet<String>| {
                words
                    .iter()
                    .filter(|word| own.contains(*word) && !not.contains(*word))
                    .map(|word| weight(word))
                    .sum::<u32>()
            };
            let stands = speaks(&one.words, of_a, of_b) + speaks(&other.words, of_b, of_a);
            let turned = speaks(&one.words, of_b, of_a) + speaks(&other.words, of_a, of_b);
            if stands == 0 && turned >= ENOUGH {
                return Some((*i, *j));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::numbers::{Token, scan};
    use super::*;
    use crate::domain::fact::FactId;

    fn behind(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn printed(text: &str, words: &str, fits: &[usize]) -> Printed {
        let Some(Token::Number(written)) = scan(&behind(text)).first().cloned() else { panic!("{text}") };
        Printed { written, words: super::words(words), fits: fits.to_vec(), size: written.value }
    }

    fn fact(id: u32, name: &str, value: f64) -> Fact {
        let source = Source::Count { what: String::new() };
        Fact { id: FactId(id), name: name.into(), value, unit: Unit::new("ms"), source }
    }

    #[test]
    fn a_unit_must_stand_as_it_is() {
        for (text, unit) in
            [(" ms.", "ms"), (" %, so", "%"), (" ×", "ratio"), (" tok/s (", "tok/s"), (" runs", "count"), (".", "")]
        {
            assert!(unit_follows(&behind(text), &Unit::new(unit)), "{text} {unit}");
        }
        for (text, unit) in [
            (" ms", "s"),
            (" s", "ms"),
            (" ms/op", "ms"),
            ("ms", "ms"),
            (" ms", "count"),
            (" %", ""),
            ("", "ms"),
            (" tok", "tok/s"),
        ] {
            assert!(!unit_follows(&behind(text), &Unit::new(unit)), "{text} {unit}");
        }
    }

    #[test]
    fn a_fact_may_be_told_in_another_step_of_its_unit_and_in_nothing_else() {
        let told = |value: f64, unit: &str, text: &str| {
            in_unit(&behind(text), &Fact { unit: Unit::new(unit), ..fact(1, "a", value) }).map(|told| told.value)
        };
        assert_eq!(told(12_345_678.0, "ns", " ms,"), Some(12.345_678));
        assert_eq!(told(0.000_012_3, "s", " µs"), Some(12.3));
        assert_eq!(told(1_500_000.0, "bytes", " MB."), Some(1.5));
        assert_eq!(told(3.0, "us", " µs"), Some(3.0));
        assert_eq!((told(0.0, "ns", " ns"), told(0.0, "ns", " ms")), (Some(0.0), None));
        for (unit, text) in
            [("ns", " MB"), ("ns", " min"), ("Gb", " GB"), ("bytes", " MiB"), ("count", " ms"), ("", " s")]
        {
            assert_eq!(told(3.0, unit, text), None, "{unit} {text}");
        }
    }

    #[test]
    fn each_number_gets_a_fact_of_its_own_where_it_can() {
        let numbers = [printed("1", "", &[0, 1]), printed("1", "", &[0]), printed("2", "", &[2])];
        let [a, b, c] = [fact(1, "a", 1.0), fact(2, "b", 1.0), fact(3, "c", 2.0)];
        assert_eq!(assign(&numbers, &[&a, &b, &c]), [Some(1), Some(0), Some(2)]);
        let twice = [printed("1", "", &[0]), printed("1", "", &[0])];
        assert_eq!(assign(&twice, &[&a]), [Some(0), None]);
    }

    #[test]
    fn of_facts_with_one_value_each_number_gets_the_one_that_its_words_name() {
        let worse = fact(1, "series that regressed", 4.0);
        let part = fact(2, "series of this landing with enough history for a verdict", 4.0);
        let whole = fact(3, "series of this landing with a verdict or on their way to one", 24.0);
        let of = "series have enough history for a verdict";
        let numbers = [printed("4", of, &[0, 1]), printed("24", of, &[2]), printed("4", "these got worse", &[0, 1])];
        let facts = [&worse, &part, &whole];
        let given = assign(&numbers, &facts);
        assert_eq!(given, [Some(1), Some(2), Some(0)]);
        assert_eq!(exchanged(&numbers, &given, &facts), None);
    }

    #[test]
    fn numbers_in_each_others_place_are_seen_by_their_words() {
        let (before, after) =
            (fact(1, "level before the change of x", 3.0), fact(2, "level after the change of x", 4.0));
        let facts = [&before, &after];
        let straight = [printed("3", "before", &[0]), printed("4", "after", &[1])];
        let turned = [printed("4", "before", &[1]), printed("3", "after", &[0])];
        assert_eq!(exchanged(&straight, &[Some(0), Some(1)], &facts), None);
        assert_eq!(exchanged(&turned, &[Some(1), Some(0)], &facts), Some((0, 1)));
    }
}
