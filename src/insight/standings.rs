//! Standings: models compared in one metric over the same work and the same settings, the best first, each with its lead over the
//! next and how sure that is.
//!
//! Waits are compared warm: cold starts are set aside and counted. A lead has an interval when both sides have values enough for one
//! (four against four), and is said to rest on single measurements when not.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::Settings;
use super::document::{Block, Cell, Prose, Section, Table};
use super::ledger::Ledger;
use super::names::Names;
use super::paired;
use super::pool::{Pool, Pools};
use super::summary::Summary;
use crate::domain::fact::FactId;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Fields shown of one metric.
const FIELDS: usize = 4;
/// Metrics shown.
const METRICS: usize = 3;

/// A model's place in a field.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub pool: Pool,
    /// Without cold starts.
    pub warm: Summary,
    values: Vec<f64>,
    pub cold: u64,
}

/// Models that did the same work in one metric.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub metric: String,
    pub unit: Unit,
    pub direction: Direction,
    pub priority: u8,
    /// The best first; two at least.
    pub places: Vec<Standing>,
    /// Settings that all of it was done with, `name=value`.
    pub fixed: String,
    /// Pieces of work, or settings, that all of them share.
    pub shared: u64,
}

/// A lead as facts; all in the direction that is better, so that a positive number is a lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead {
    pub best: FactId,
    pub next: FactId,
    pub difference: FactId,
    /// In percent of the next.
    pub relative: Option<FactId>,
    pub interval: Option<(FactId, FactId)>,
    /// The interval leaves out that there is no lead.
    pub settled: bool,
    /// Both are at the same level.
    pub tied: bool,
}

/// All comparisons of models.
#[derive(Debug)]
pub(super) struct Standings {
    /// By metric, the most wanted first; within it the field with the most models first.
    pub fields: Vec<Field>,
    /// All pools, the newest first.
    pub pools: Vec<Pool>,
    repeated: u64,
}

impl Standing {
    pub(super) fn name(&self) -> String {
        let pool = &self.pool;
        let warm = if self.cold > 0 { " [warm]" } else { "" };
        format!("{} of {} in {}{warm}", pool.metric, pool.subject, pool.benchmark)
    }

    /// The p50 of the warm values, or the value itself when there is one.
    pub(super) fn level(&self, ledger: &mut Ledger) -> FactId {
        self.warm.level(ledger, &self.name(), &self.pool.unit)
    }

    /// How many values carry it.
    pub(super) fn count(&self, ledger: &mut Ledger) -> FactId {
        self.warm.count(ledger, &self.name())
    }
}

/// How far `best` is ahead of `next`.
pub(super) fn lead(best: &Standing, next: &Standing, ledger: &mut Ledger) -> Lead {
    let (best_id, next_id) = (best.level(ledger), next.level(ledger));
    let higher = best.pool.direction != Direction::Lower;
    let (above, below) = if higher { (best, next) } else { (next, best) };
    let (above_id, below_id) = if higher { (best_id, next_id) } else { (next_id, best_id) };
    let about = format!("{} over {}", best.name(), next.name());
    let unit = &best.pool.unit;
    let value = above.warm.median - below.warm.median;
    let formula = format!("{above_id} - {below_id}");
    let parents = [best_id.min(next_id), best_id.max(next_id)];
    let difference = ledger.derived(format!("lead in {about}"), value, unit.clone(), formula, &parents);
    // Of nothing, and across a change of sign, there are no percent.
    let relative = (next.warm.median > 0.0 && best.warm.median > 0.0 && value != 0.0).then(|| {
        let percent = 100.0 * value / next.warm.median.abs();
        let formula = format!("100 * ({above_id} - {below_id}) / |{next_id}|");
        ledger.derived(format!("relative lead in {about}"), percent, Unit::new("percent"), formula, &parents)
    });
    let found = paired::between(&above.values, &below.values).map(|(interval, _)| interval);
    let interval = found.map(|(low, high)| {
        let mut end = |word: &str, function: &str, value: f64| {
            let formula = format!("{function}({above_id}, {below_id})");
            ledger.derived(format!("{word} end of the interval of {about}"), value, unit.clone(), formula, &parents)
        };
        (end("low", "low95", low), end("high", "high95", high))
    });
    let settled = found.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    Lead { best: best_id, next: next_id, difference, relative, interval, settled, tied: value == 0.0 }
}

impl Standings {
    pub(super) fn new(pools: Pools, settings: &Settings) -> Self {
        let (pools, repeated) = pools.finish();
        let mut fields: Vec<Field> = Vec::new();
        let mut done: Vec<&Pool> = Vec::new();
        for first in &pools {
            if done.iter().any(|pool| pool.is_like(first)) {
                continue;
            }
            done.push(first);
            let like: Vec<&Pool> = pools.iter().filter(|pool| pool.is_like(first)).collect();
            fields.extend(clusters(like).into_iter().filter_map(|cluster| field(&cluster, settings)));
        }
        // Where tokens are counted, that is what models are compared by.
        if fields.iter().any(|field| field.priority <= 1) {
            fields.retain(|field| field.priority <= 1);
        }
        let size = |field: &Field| (Reverse(field.places.len()), Reverse(field.values()));
        fields.sort_by(|a, b| {
            let key = |field: &Field| (field.priority, size(field), field.metric.clone(), field.fixed.clone());
            key(a).cmp(&key(b))
        });
        Self { fields, pools, repeated }
    }

    /// The comparison that an answer in the metric of this priority rests on. The field with the most models says which two are the
    /// best; of the fields that these two lead, the one with the most values says which of them it is and by how much.
    pub(super) fn main(&self, priority: u8) -> Option<&Field> {
        let widest = self.fields.iter().find(|field| field.priority == priority)?;
        let best = widest.best()?;
        let led = self.fields.iter().filter(|field| field.is_like(widest) && field.best() == Some(best));
        // Of equals the first.
        led.reduce(|most, field| if field.carried() > most.carried() { field } else { most })
    }

    /// The section; `None` when no two models did the same work.
    pub(super) fn section(&self, names: &Names, ledger: &mut Ledger) -> Option<Section> {
        let mut blocks = Vec::new();
        let mut metrics: BTreeSet<(u8, &str)> = BTreeSet::new();
        for field in &self.fields {
            metrics.insert((field.priority, &field.metric));
            if metrics.len() > METRICS {
                break;
            }
            let of_metric = self.fields.iter().filter(|other| other.is_like(field));
            if of_metric.take(FIELDS).any(|other| std::ptr::eq(other, field)) {
                blocks.extend(field.blocks(names, ledger));
            }
        }
        if blocks.is_empty() {
            return None;
        }
        let confidence = ledger.setting("confidence", 95.0, Unit::new("percent"));
        let prose = Prose::new(
            "Only like is compared with like: the same work under the same settings, the newest run of each. ",
        )
        .text("A lead is over the next row; low and high are the ends of its interval of ")
        .value(confidence)
        .text(", and they are missing where a side has too few values for one. ")
        .text("Of waits, cold starts are set aside and counted; every other metric counts them like any run.");
        blocks.insert(0, Block::Paragraph(prose));
        if self.repeated > 0 {
            let what = "tables of numbers that only say again what others hold";
            let id = ledger.count(what, self.repeated);
            let prose = Prose::new("Left out, because they only say again what other files hold: ").value(id);
            blocks.push(Block::Paragraph(prose.text(" tables of one model in one metric.")));
        }
        Some(Section::new("Models compared", blocks))
    }
}

impl Field {
    fn is_like(&self, other: &Self) -> bool {
        (self.priority, &self.metric, &self.unit) == (other.priority, &other.metric, &other.unit)
    }

    /// The names of the best two, in the order of names.
    fn best(&self) -> Option<(&str, &str)> {
        let [first, second, ..] = self.places.as_slice() else { return None };
        let (first, second) = (first.pool.subject.as_str(), second.pool.subject.as_str());
        Some((first.min(second), first.max(second)))
    }

    /// The fewer of the values that the best two have.
    fn carried(&self) -> u64 {
        self.places.iter().take(2).map(|place| place.warm.n).min().unwrap_or(0)
    }

    fn values(&self) -> u64 {
        self.places.iter().map(|place| place.warm.n).sum()
    }

    /// What was the same for all: "over 5 cases that all of them share".
    fn conditions(&self, ledger: &mut Ledger) -> Prose {
        let what = format!("cases that the models share in {} {}", self.metric, self.fixed);
        let prose = Prose::new("Over ").count(ledger, self.shared, "case", "cases", what.trim_end());
        prose.text(" that all of them share.")
    }

    fn blocks(&self, names: &Names, ledger: &mut Ledger) -> [Block; 3] {
        let order = if self.direction == Direction::Lower { ", lowest first" } else { ", highest first" };
        let heading = Prose::default().name(&self.metric).text(order);
        let heading = if self.fixed.is_empty() { heading } else { heading.text(", at ").name(&self.fixed) };
        let conditions = self.conditions(ledger);
        let mut table = Table::new(&[
            "model",
            "measured in",
            "unit",
            "#n",
            "#value",
            "#p50",
            "#lead",
            "#low",
            "#high",
            "#lead in percent",
            "#cold",
        ]);
        for (i, place) in self.places.iter().enumerate() {
            let lead = self.places.get(i + 1).map(|next| lead(place, next, ledger));
            let count = place.count(ledger);
            let level = place.level(ledger);
            let cold = (place.cold > 0).then(|| ledger.count(format!("cold starts of {}", place.name()), place.cold));
            table.rows.push(vec![
                Cell::Name(place.pool.subject.clone()),
                Cell::Name(names.of(&place.pool.benchmark).to_owned()),
                if self.unit.is_none() { Cell::Empty } else { Cell::Quote(self.unit.as_str().to_owned()) },
                Cell::Number(count),
                Cell::maybe((place.warm.n == 1).then_some(level)),
                Cell::maybe((place.warm.n > 1).then_some(level)),
                Cell::maybe(lead.map(|lead| lead.difference)),
                Cell::maybe(lead.and_then(|lead| lead.interval).map(|(low, _)| low)),
                Cell::maybe(lead.and_then(|lead| lead.interval).map(|(_, high)| high)),
                lead.and_then(|lead| lead.relative).map_or(Cell::Empty, Cell::Change),
                Cell::maybe(cold),
            ]);
        }
        [Block::Heading(heading), Block::Paragraph(conditions), Block::Table(table)]
    }
}

/// Pools of which most of the work is the same, the larger ones first.
fn clusters(mut pools: Vec<&Pool>) -> Vec<Vec<&Pool>> {
    pools.sort_by_key(|pool| Reverse(pool.rows.len()));
    let mut clusters: Vec<Vec<&Pool>> = Vec::new();
    for pool in pools {
        let joins = |cluster: &&mut Vec<&Pool>| {
            cluster.first().is_some_and(|first| {
                let shared = first.rows.keys().filter(|key| pool.rows.contains_key(*key)).count();
                shared * 2 > first.rows.len() && shared * 2 > pool.rows.len()
            })
        };
        match clusters.iter_mut().find(joins) {
            Some(cluster) => cluster.push(pool),
            None => clusters.push(vec![pool]),
        }
    }
    clusters
}

/// The newest pool of each model, ranked; `None` for fewer than two.
fn field(cluster: &[&Pool], settings: &Settings) -> Option<Field> {
    let mut newest: Vec<&Pool> = cluster.to_vec();
    // Pools come with the newest first, and a stable order by size keeps that among equals.
    newest.sort_by_key(|pool| Reverse(pool.rows.len()));
    let mut seen = BTreeSet::new();
    newest.retain(|pool| seen.insert(&pool.subject));
    let first = newest.first().copied()?;
    let shared = first.rows.keys().filter(|key| newest.iter().all(|pool| pool.rows.contains_key(*key))).count();
    let mut places: Vec<Standing> = newest
        .iter()
        .filter_map(|pool| {
            let (warm, values, cold) = pool.warm(settings)?;
            Some(Standing { pool: (*pool).clone(), warm, values, cold })
        })
        .collect();
    let higher = first.direction != Direction::Lower;
    places.sort_by(|a, b| {
        let order = a.warm.median.total_cmp(&b.warm.median);
        let order = if higher { order.reverse() } else { order };
        order.then_with(|| a.pool.subject.cmp(&b.pool.subject))
    });
    (places.len() > 1 && shared > 0).then(|| Field {
        metric: first.metric.clone(),
        unit: first.unit.clone(),
        direction: first.direction,
        priority: first.priority,
        fixed: fixed(&newest),
        places,
        shared: shared as u64,
    })
}

/// The settings that are the same in all rows.
fn fixed(pools: &[&Pool]) -> String {
    let mut rows = pools.iter().flat_map(|pool| pool.rows.values());
    let Some(first) = rows.next() else { return String::new() };
    let mut params: Vec<(&String, &String)> =
        first.series.params.iter().filter(|(name, _)| !super::words::names_subject(name)).collect();
    for row in rows {
        params.retain(|(name, value)| row.series.params.get(*name) == Some(value));
    }
    params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}
