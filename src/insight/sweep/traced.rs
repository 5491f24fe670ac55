//! The facts behind main effects: every pair is two cells, so the formula names them all.

use std::collections::BTreeMap;

use super::effects::{Contrast, Effects, differences};
use super::grid::Pool;
use crate::domain::fact::FactId;
use crate::domain::stats;
use crate::domain::units::Unit;
use crate::insight::ledger::Ledger;
use crate::insight::paired;

/// The facts of pairs: estimate, ends of its interval, and the estimate in the unit of the metric where it is relative.
#[derive(Debug, Clone, Copy)]
pub(super) struct EffectFacts {
    pub center: FactId,
    pub interval: Option<(FactId, FactId)>,
    pub absolute: Option<FactId>,
}

impl Effects {
    /// The unit of the estimates.
    pub(super) fn unit(&self) -> Unit {
        if self.relative { Unit::new("percent") } else { self.measure.unit.clone() }
    }

    /// Each pair as a term of a formula, with the cells it names.
    fn terms(
        &self,
        pairs: &[(usize, usize)],
        relative: bool,
        pool: &Pool,
        ledger: &mut Ledger,
    ) -> (Vec<String>, Vec<FactId>) {
        let mut parents = Vec::new();
        let mut terms = Vec::new();
        for (a, b) in pairs {
            let (Some(a), Some(b)) = (pool.points.get(*a), pool.points.get(*b)) else { continue };
            let (a, b) = (a.fact(ledger), b.fact(ledger));
            terms.push(if relative { format!("100 * ({b} - {a}) / |{a}|") } else { format!("{b} - {a}") });
            parents.extend([a, b]);
        }
        parents.sort_unstable();
        parents.dedup();
        (terms, parents)
    }

    /// What a contrast says, as facts.
    pub(super) fn facts(&self, sweep: &str, contrast: &Contrast, pool: &Pool, ledger: &mut Ledger) -> EffectFacts {
        let (terms, parents) = self.terms(&contrast.pairs, self.relative, pool, ledger);
        let about = self.about(sweep, contrast);
        let mut told = |word: &str, function: &str, value: f64| {
            let formula = format!("{function}({})", terms.join(", "));
            ledger.derived(format!("{word}{about}"), value, self.unit(), formula, &parents)
        };
        let center = told("", "hl", contrast.estimate.center);
        let interval = contrast.estimate.interval.map(|(low, high)| {
            (told("low end of the ", "walsh_low95", low), told("high end of the ", "walsh_high95", high))
        });
        let absolute = self.relative.then(|| {
            let (terms, parents) = self.terms(&contrast.pairs, false, pool, ledger);
            let value = paired::estimate(&differences(&contrast.pairs, pool, false)).map_or(0.0, |found| found.center);
            let name = format!("difference behind the {about}");
            ledger.derived(name, value, self.measure.unit.clone(), format!("hl({})", terms.join(", ")), &parents)
        });
        EffectFacts { center, interval, absolute }
    }

    fn about(&self, sweep: &str, contrast: &Contrast) -> String {
        let Contrast { setting, from, to, .. } = contrast;
        format!("effect of {setting} from {from} to {to} on {} of {sweep}", self.measure.metric)
    }

    /// The effect where it is turned around.
    pub(super) fn reversed_fact(
        &self,
        sweep: &str,
        contrast: &Contrast,
        pool: &Pool,
        ledger: &mut Ledger,
    ) -> Option<FactId> {
        let (value, pairs) = contrast.reversed.as_ref()?;
        let (terms, parents) = self.terms(pairs, self.relative, pool, ledger);
        let center = stats::median(&differences(pairs, pool, self.relative))?;
        let name = format!("{}, {value} alone", self.about(sweep, contrast));
        Some(ledger.derived(name, center, self.unit(), format!("median({})", terms.join(", ")), &parents))
    }

    /// The noise of the difference of two single records.
    pub(super) fn noise_fact(&self, sweep: &str, pool: &Pool, ledger: &mut Ledger) -> Option<FactId> {
        let noise = self.noise.as_ref()?;
        let mut terms = Vec::new();
        let mut parents = Vec::new();
        let mut centers: BTreeMap<usize, FactId> = BTreeMap::new();
        for (contrast, pair) in &noise.from {
            let one = self.contrasts.get(*contrast)?;
            let center = match centers.get(contrast) {
                Some(center) => *center,
                None => self.facts(sweep, one, pool, ledger).center,
            };
            centers.insert(*contrast, center);
            let (a, b) = one.pairs.get(*pair)?;
            let (a, b) = (pool.points.get(*a)?.fact(ledger), pool.points.get(*b)?.fact(ledger));
            terms.push(match self.relative {
                true => format!("100 * {b} / {a} / (1 + {center} / 100) - 100"),
                false => format!("{b} - {a} - {center}"),
            });
            parents.extend([a, b, center]);
        }
        parents.sort_unstable();
        parents.dedup();
        let name = format!("scatter of {} between single measurements of {sweep}", self.measure.metric);
        Some(ledger.derived(name, noise.value, self.unit(), format!("mad({})", terms.join(", ")), &parents))
    }
}
