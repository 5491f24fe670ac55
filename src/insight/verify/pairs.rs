//! Two models or settings that a sentence compares: "q4_0 has 1.6x the mean throughput of q8_0". The values of both are summed up while they
//! pass, those of one metric of one benchmark against each other, and the claim is derived when their means (or what statistic it names)
//! bear it out.
//!
//! Only a sentence that names exactly two is one: of three, nobody knows which two are meant.

use super::asked::Asked;
use super::book::{Known, Passing, Sum};
use super::decide::{Checked, Verdict};
use super::direction::{Difference, Match, Way};
use super::fit;
use super::lexicon::Stat;
use super::names::{Name, Step};
use super::relation::Relation;
use super::vocabulary::Vocabulary;
use super::words::{self, Gist};
use crate::domain::units::Unit;
use crate::insight::claims::{Claim, Kind, Role};

/// A claim that compares two.
#[derive(Debug)]
pub(super) struct Pair {
    claim: usize,
    asked: Asked,
    /// The subject and what it is measured by, as [`words::line`].
    names: [String; 2],
    way: Option<Way>,
    sums: [Sum; 2],
    found: Option<(Verdict, Known, String)>,
}

/// Pairs of one text, at most.
const PAIRS: usize = 512;

/// The comparisons among the claims.
pub(super) fn of(claims: &[Claim], vocabulary: &Vocabulary) -> Vec<Pair> {
    let pair = |(index, claim): (usize, &Claim)| Pair::of(index, claim, vocabulary);
    claims.iter().enumerate().filter_map(pair).take(PAIRS).collect()
}

/// The comparisons that values of this name take part in, and on which side.
pub(super) fn sides(pairs: &[Pair], name: &Name, steps: &[Step]) -> Vec<(usize, usize)> {
    let side = |(at, pair): (usize, &Pair)| Some((at, pair.side(name, steps)?));
    pairs.iter().enumerate().filter_map(side).collect()
}

impl Pair {
    fn of(index: usize, claim: &Claim, vocabulary: &Vocabulary) -> Option<Self> {
        let is_percent = is_percent(claim);
        let is_compared = matches!(claim.role, Role::Ratio | Role::Up | Role::Down | Role::Change);
        let way = Way::of_claim(claim);
        if matches!(claim.kind, Kind::Date(_)) || !is_compared && way.is_none() || is_percent && way.is_none() {
            return None;
        }
        let sentence = claim.about.sentence.as_str();
        let names: [String; 2] = mentions(sentence, vocabulary).try_into().ok()?;
        let [one, other] = &names;
        if one.contains(other.as_str()) || other.contains(one.as_str()) {
            return None;
        }
        let line = words::line(sentence);
        let from_to = format!(" from{one}to{other}");
        let names = if line.contains(&from_to) { [other.clone(), one.clone()] } else { names };
        let gist = Gist::of(sentence);
        let of_unit = claim.unit.as_ref().filter(|unit| unit.as_str() == "tok/s").map(|_| "throughput");
        let concept = of_unit.or_else(|| gist.concept())?;
        let all = vocabulary.owners_in(&line);
        let owners = all
            .into_iter()
            .filter(|owner| !names.iter().any(|name| name.contains(owner.as_str()) || owner.contains(name.as_str())));
        let asked = Asked {
            concept: Some(concept),
            stat: gist.stats.first().map(|found| found.what),
            owners: owners.collect(),
            ..Asked::default()
        };
        Some(Self { claim: index, asked, names, way, sums: Default::default(), found: None })
    }

    /// Which of the two these values are of, if they are what is compared.
    pub(super) fn side(&self, name: &Name, steps: &[Step]) -> Option<usize> {
        let owner = |side: &String| name.owner.contains(side.as_str());
        let side = match &self.names {
            [one, other] if owner(one) != owner(other) => usize::from(owner(other)),
            _ => return None,
        };
        let anybody = Asked { owners: Vec::new(), ..self.asked.clone() };
        (self.found.is_none() && Relation::of(name, steps, &anybody).is_group() && name.stat.is_none()).then_some(side)
    }

    /// Takes a value of one side, when it is of the file or benchmark that the sentence names.
    pub(super) fn take(&mut self, side: usize, owner: &str, path_line: &str, passing: &Passing<'_>) {
        let owners = &self.asked.owners;
        let is_ours = owners.is_empty()
            || owners.iter().any(|name| owner.contains(name.as_str()) || path_line.contains(name.as_str()));
        if let Some(sum) = self.sums.get_mut(side).filter(|_| is_ours) {
            sum.take(passing, matches!(self.asked.stat, Some(Stat::Percentile(_))));
        }
    }

    /// Ends a group: the values of one metric of one benchmark.
    pub(super) fn end_group(&mut self, claims: &[Claim]) {
        let [subject, reference] = std::mem::take(&mut self.sums);
        let Some(claim) = claims.get(self.claim).filter(|_| subject.n > 0 && reference.n > 0) else { return };
        let stat = self.asked.stat.unwrap_or(Stat::Mean);
        let unit = subject.unit().clone();
        let told = subject.of(stat).zip(reference.of(stat).and_then(|value| reference.unit().convert(value, &unit)));
        let Some((one, other)) = told else { return };
        let difference = Difference { subject: one, reference: other, unit: &unit, way: self.way };
        let (result, formula) = compare(claim, &difference);
        let (verdict, value) = match result {
            Match::Yes(value) => (Verdict::Derived, value),
            Match::Reversed(value) => (Verdict::Contradicted, value),
            Match::No => return,
        };
        let (Some(a), Some(b)) = (subject.first(), reference.first()) else { return };
        let name = format!(
            "{} of {} values such as {} against {} such as {}",
            stat.word(),
            subject.n,
            a.name,
            reference.n,
            b.name
        );
        let reason = match verdict {
            Verdict::Derived => format!("{formula} with {one} and {other} {unit}: {name}"),
            _ => format!("the size is right and the direction is not: {one} against {other} {unit}, {name}"),
        };
        let unit = if is_percent(claim) { Unit::new("percent") } else { claim.unit.clone().unwrap_or_default() };
        self.found = Some((verdict, Known { id: None, name, value, unit, path: a.path.clone(), at: None }, reason));
    }

    /// Gives its claim the verdict, when nothing else bears the claim out.
    pub(super) fn settle(self, checked: &mut [Checked]) {
        let Some((verdict, known, reason)) = self.found else { return };
        if let Some(one) = checked.get_mut(self.claim).filter(|one| one.verdict.is_bad() || verdict.is_bad()) {
            (one.verdict, one.fact, one.reason) = (verdict, Some(known), reason);
        }
    }
}

/// Compares a claim with a difference, in the form that it has: a percentage, a multiple or a difference. With the formula in words.
pub(super) fn compare(claim: &Claim, difference: &Difference<'_>) -> (Match, &'static str) {
    let agrees = |value: f64| fit::agrees(claim, value) || fit::agrees(claim, -value) || is_worded(claim, value);
    if is_percent(claim) {
        return (difference.percent(agrees), "100 * (a - b) / |b| or |a|");
    }
    if claim.role == Role::Ratio {
        return (difference.ratio(agrees), "a / b");
    }
    let in_unit = |value: f64| {
        let converted = claim.unit.as_ref().map_or(Some(value), |claimed| difference.unit.compare(value, claimed));
        converted.is_some_and(agrees)
    };
    (difference.difference(in_unit), "a - b")
}

/// A factor in words is a rough one.
const WORDED: f64 = 0.1;

fn is_worded(claim: &Claim, value: f64) -> bool {
    matches!(claim.kind, Kind::Word) && (value - claim.value).abs() <= claim.value.abs() * WORDED
}

fn is_percent(claim: &Claim) -> bool {
    claim.unit.as_ref().is_some_and(|unit| unit.as_str() == "percent")
}

/// The names of models, and the settings `name=value`, that a sentence speaks of: in their order, each once. A file is no model.
fn mentions(sentence: &str, vocabulary: &Vocabulary) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for chunk in sentence.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '|')) {
        let chunk = chunk.trim_matches(|c: char| !c.is_alphanumeric());
        let chunk = ["'s", "’s"].iter().find_map(|end| chunk.strip_suffix(end)).unwrap_or(chunk);
        let is_file = [".csv", ".json", ".jsonl", ".md", ".txt"].iter().any(|end| chunk.ends_with(end));
        let line = words::line(chunk);
        let is_model = || line.split(' ').any(|word| vocabulary.is_model(word));
        let is_setting = || chunk.contains('=') && vocabulary.is_owner(&line);
        if !is_file && (is_model() || is_setting()) && !found.contains(&line) {
            found.push(line);
        }
    }
    found
}
