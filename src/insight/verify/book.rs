//! The book of a claim: of all numbers that passed by, the best of each sort, and what the numbers of its name amount to together.
//!
//! One book is a few hundred bytes and a handful of strings, however many numbers pass.

use super::asked::Asked;
use super::fit::{self, Fit};
use super::lexicon::Stat;
use super::names::Step;
use super::relation::{Named, Owner, Relation, Statistic};
use crate::domain::stats;
use crate::domain::units::Unit;
use crate::insight::claims::{Claim, Role};

/// A number of the index or of a file, as a verdict names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The id in the ledger of a landing, where it has one.
    pub id: Option<u32>,
    pub name: String,
    pub value: f64,
    pub unit: Unit,
    /// Of the file; `None` for what was counted over the index.
    pub path: Option<String>,
    /// Row and column, or JSON path.
    pub at: Option<String>,
}

/// What passes by: a number, and how to say where it stands.
pub(super) struct Passing<'a> {
    pub value: f64,
    pub unit: &'a Unit,
    pub concept: Option<&'static str>,
    pub known: &'a dyn Fn() -> Known,
}

/// What one claim has found so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    /// Name, statistic, owner, unit and value agree.
    pub fits: Option<(u8, Known)>,
    /// The same of an end of a range: a value of its name, whether or not it is the smallest or the largest.
    pub end: Option<Known>,
    /// Whether the model that the claim names has numbers of its own of this name.
    pub has_own: bool,
    /// All but the unit; all but the statistic; all but the owner; the value alone.
    pub other_unit: Option<Known>,
    pub other_stat: Option<Known>,
    pub other_owner: Option<Known>,
    pub elsewhere: Option<Known>,
    /// Of its name, the one whose value is nearest, and how far off it is.
    pub nearest: Option<(f64, Known)>,
    /// Numbers of its name, statistic and owner; and distinct values, up to two.
    pub named: u64,
    pub values: Vec<f64>,
    /// Whether its exact key is there.
    pub key_found: bool,
    /// What is derived, and how: in the first groups in which it is, by their numbers.
    pub derived: Vec<(u64, Known, String)>,
    pub all: Sum,
    pub group: Sum,
}

/// What a group of numbers of one name amounts to.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    pub n: u64,
    sum: f64,
    min: f64,
    max: f64,
    /// The values in the unit of the first, up to [`VALUES`]: with more of them no percentile is told.
    values: Vec<f64>,
    /// The first of them.
    first: Option<Known>,
    unit: Unit,
}

/// Values of a group that are kept for its percentiles, at most.
const VALUES: usize = 4096;

impl Sum {
    /// Takes a number in; one whose unit measures something else stays out. `keeps` where a percentile is asked for.
    pub(super) fn take(&mut self, passing: &Passing<'_>, keeps: bool) {
        if self.n == 0 {
            (self.min, self.max, self.unit) = (f64::INFINITY, f64::NEG_INFINITY, passing.unit.clone());
            self.first = Some((passing.known)());
        }
        let Some(value) = passing.unit.convert(passing.value, &self.unit) else { return };
        self.n += 1;
        self.sum += value;
        if keeps && self.values.len() < VALUES {
            self.values.push(value);
        }
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    pub(super) fn of(&self, stat: Stat) -> Option<f64> {
        match stat {
            _ if self.n == 0 => None,
            Stat::Mean => Some(self.sum / self.n as f64),
            Stat::Min => Some(self.min),
            Stat::Max => Some(self.max),
            Stat::Total => Some(self.sum),
            Stat::Percentile(percent) => self.quantile(f64::from(percent) / 100.0),
            Stat::Std => None,
        }
    }

    /// The quantile as `domain::stats` computes it; nothing when not all values were kept.
    fn quantile(&self, share: f64) -> Option<f64> {
        if self.values.len() as u64 != self.n {
            return None;
        }
        stats::quantile(&self.values, share)
    }

    /// What the first of its values is called and where it stands.
    pub(super) fn first(&self) -> Option<&Known> {
        self.first.as_ref()
    }

    pub(super) fn unit(&self) -> &Unit {
        &self.unit
    }

    /// The statistics that a claim could mean, each with its value and the words for it.
    fn told(&self, claim: &Claim, asked: &Asked) -> Option<(Stat, f64)> {
        let stat = match (claim.role, asked.stat) {
            (Role::Low, _) => Stat::Min,
            (Role::High, _) => Stat::Max,
            (Role::AtMost, None) => Stat::Max,
            (Role::AtLeast, None) => Stat::Min,
            (_, Some(stat)) => stat,
            _ => return None,
        };
        Some((stat, self.of(stat)?))
    }

    /// The derived number that a claim means, if it is what was claimed.
    pub(super) fn derive(&self, claim: &Claim, asked: &Asked) -> Option<(Known, String)> {
        if self.n < 2 {
            return None;
        }
        let (stat, value) = self.told(claim, asked)?;
        let first = self.first.as_ref()?;
        if fit::fit(claim, value, &self.unit, fit::dimension_of(asked.concept)) != Fit::Fits {
            return None;
        }
        let how = format!("the {} of {} values such as {}", stat.word(), self.n, first.name);
        let known =
            Known { id: None, name: how.clone(), value, unit: self.unit.clone(), path: first.path.clone(), at: None };
        Some((known, how))
    }
}

impl Book {
    /// Takes note of a number that stands in `relation` to the claim; `key` says whether its exact key, indices and all, is the asked one.
    pub(super) fn take(&mut self, claim: &Claim, asked: &Asked, relation: Relation, passing: &Passing<'_>, key: bool) {
        if relation.name == Named::Key && !key {
            return;
        }
        if key && !self.key_found {
            // What the exact key binds is all that counts from here on.
            *self = Self { key_found: true, elsewhere: self.elsewhere.take(), ..Self::default() };
        }
        if self.key_found && !key {
            return;
        }
        let dimension = fit::dimension_of(asked.concept.or(passing.concept));
        let is_multiple =
            claim.role == Role::Ratio && !matches!(passing.unit.as_str(), "" | "ratio" | "percent" | "count");
        let fits = if is_multiple { Fit::Alien } else { fit::fit(claim, passing.value, passing.unit, dimension) };
        let is_end = is_end(claim);
        // A column's name with a statistic asks for that of its values, not for one of them; a place with its indices is one value.
        let is_place = asked.key.iter().any(|step| matches!(step, Step::Index(_)));
        let is_keyed = key && (relation.stat != Statistic::Plain || is_place);
        self.has_own |= relation.is_group() && relation.owner == Owner::Same;
        if is_end && fits == Fit::Fits && (key || relation.is_group() && relation.stat != Statistic::Other) {
            keep(&mut self.end, passing);
        }
        match (fits, relation) {
            (Fit::Fits, relation) if (relation.is_full() || is_keyed) && !is_end => self.fit(relation, passing),
            (Fit::Fits, Relation { name: Named::Silent, .. }) if asked.is_precise && !is_end => {
                self.fit(relation, passing)
            }
            (Fit::OtherUnit, relation) if relation.is_full() => keep(&mut self.other_unit, passing),
            (Fit::Fits, relation) if relation.is_group() && !is_end => keep(&mut self.other_stat, passing),
            (Fit::Fits, Relation { name: Named::Yes, owner: Owner::Other, .. }) => keep(&mut self.other_owner, passing),
            _ => {}
        }
        if relation.is_full() || key {
            self.near(claim, fits, passing);
        }
        if relation.is_group() && relation.stat != Statistic::Other {
            let keeps = matches!(asked.stat, Some(Stat::Percentile(_)));
            self.all.take(passing, keeps);
            self.group.take(passing, keeps);
        }
    }

    fn fit(&mut self, relation: Relation, passing: &Passing<'_>) {
        let rank = match (relation.name, relation.owner) {
            (Named::Key, _) => 4,
            (Named::Yes, Owner::Same) => 3,
            (Named::Yes, _) => OF_NOBODY,
            _ => 1,
        };
        if self.fits.as_ref().is_none_or(|(best, _)| *best < rank) {
            self.fits = Some((rank, (passing.known)()));
        }
    }

    fn near(&mut self, claim: &Claim, fits: Fit, passing: &Passing<'_>) {
        self.named += 1;
        if self.values.len() < 2 && !self.values.contains(&passing.value) {
            self.values.push(passing.value);
        }
        let off = fit::distance(claim, passing.value, passing.unit);
        if fits != Fit::Alien && self.nearest.as_ref().is_none_or(|(best, _)| off < *best) {
            self.nearest = Some((off, (passing.known)()));
        }
    }

    /// A number whose value is the claimed one and whose name is another.
    pub(super) fn is_elsewhere(&mut self, passing: &Passing<'_>) {
        keep(&mut self.elsewhere, passing);
    }

    /// Ends a group: the numbers of one metric of one benchmark, or of one column.
    pub(super) fn end_group(&mut self, claim: &Claim, asked: &Asked, number: u64) {
        let group = std::mem::take(&mut self.group);
        // A model and a statistic bind nearly as well as a file: three digits are enough there.
        let digits = if asked.models.is_empty() || asked.stat.is_none() { 4 } else { 3 };
        let is_bound = !asked.owners.is_empty() || claim.significant >= digits || is_end(claim);
        if self.derived.len() < GROUPS && is_bound {
            self.derived.extend(group.derive(claim, asked).map(|(known, how)| (number, known, how)));
        }
    }
}

/// The rank of what fits and is said of nobody.
pub(super) const OF_NOBODY: u8 = 2;

/// Groups that are kept of those in which a claim is derived.
const GROUPS: usize = 32;

/// Whether it is an end of a range.
pub(super) fn is_end(claim: &Claim) -> bool {
    matches!(claim.role, Role::Low | Role::High)
}

fn keep(place: &mut Option<Known>, passing: &Passing<'_>) {
    if place.is_none() {
        *place = Some((passing.known)());
    }
}
