//! The numbers by model and configuration: the distribution of every measured quantity of the landing.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::best::{Best, Ranked};
use super::document::{Block, Cell, Prose, Section, Table};
use super::input::Row;
use super::ledger::Ledger;
use super::summary::Summary;
use super::words;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Subject, configuration, metric, unit and direction.
type GroupKey = (String, Option<String>, String, Unit, Direction);

/// One quantity of one subject in one benchmark: over one configuration, or over all of them.
#[derive(Debug, Clone)]
pub(super) struct Quantity {
    pub subject: String,
    pub benchmark: String,
    /// `None` when the figures are over all configurations of the benchmark.
    pub configuration: Option<String>,
    pub metric: String,
    pub unit: Unit,
    pub direction: Direction,
    pub priority: u8,
    /// Only prose states it.
    pub prose: bool,
    pub summary: Summary,
}

impl Ranked for Quantity {
    /// Data before prose, what has a direction before what has none, then the larger samples: they carry more.
    fn rank(&self, other: &Self) -> Ordering {
        let key = |q: &Self| (q.prose, q.direction == Direction::Neutral, Reverse(q.summary.n), q.priority);
        key(self).cmp(&key(other)).then_with(|| self.place().cmp(&other.place()))
    }
}

impl Quantity {
    fn place(&self) -> (&str, &str, &Option<String>, u8, &str, &str) {
        (&self.subject, &self.benchmark, &self.configuration, self.priority, &self.metric, self.unit.as_str())
    }

    /// What the number is, in words.
    pub(super) fn name(&self) -> String {
        let of = if self.subject == words::stem(&self.benchmark) { "" } else { self.subject.as_str() };
        let joint = if of.is_empty() { "" } else { " in " };
        let configuration = match &self.configuration {
            Some(text) if text.is_empty() => String::new(),
            Some(text) => format!(" [{text}]"),
            None => " [all configurations]".to_owned(),
        };
        format!("{} of {of}{joint}{}{configuration}", self.metric, self.benchmark)
    }
}

/// The numbers as they grow.
#[derive(Debug)]
pub(super) struct Numbers {
    settings: Settings,
    kept: Best<Quantity>,
}

impl Numbers {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone(), kept: Best::new(settings.number_rows) }
    }

    /// Takes the rows of one benchmark. Stated percentiles have a table of their own.
    pub(super) fn add(&mut self, benchmark: &str, rows: &[Row]) {
        let configurations: BTreeSet<String> = rows.iter().map(|row| words::pooled(&row.series)).collect();
        let apart = configurations.len() <= self.settings.configurations;
        let mut groups: BTreeMap<GroupKey, Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().filter(|row| words::percentile(&row.series.metric).is_none()) {
            let configuration = apart.then(|| words::pooled(&row.series));
            let key = (
                words::subject(&row.series, &row.subject).to_owned(),
                configuration,
                row.series.metric.clone(),
                row.series.unit.clone(),
                row.direction,
            );
            groups.entry(key).or_default().push(row);
        }
        for ((subject, configuration, metric, unit, direction), rows) in groups {
            let (Some(summary), Some(first)) = (Summary::of(&rows, &self.settings), rows.first()) else { continue };
            let priority = words::priority(&first.series, direction);
            let benchmark = benchmark.to_owned();
            let prose = rows.iter().all(|row| words::is_prose(&row.path));
            let quantity =
                Quantity { subject, benchmark, configuration, metric, unit, direction, priority, prose, summary };
            // A lone value with its spread stands in the table of spreads; a lone count says nothing about speed.
            let stated = quantity.summary.n == 1 && rows.iter().any(|row| row.spread != Default::default());
            if !stated {
                self.kept.push(quantity);
            }
        }
    }

    /// The section; `None` when there are no numbers.
    pub(super) fn section(self, ledger: &mut Ledger) -> Option<Section> {
        let (mut kept, left_out) = self.kept.finish();
        if kept.is_empty() {
            return None;
        }
        kept.sort_by(|a, b| a.place().cmp(&b.place()));
        let mut blocks = Vec::new();
        let mut tables: Vec<(String, Table)> = Vec::new();
        for quantity in &kept {
            let row = row(quantity, ledger);
            match tables.last_mut().filter(|(subject, _)| *subject == quantity.subject) {
                Some((_, table)) => table.rows.push(row),
                None => {
                    let mut table = Table::new(&[
                        "benchmark",
                        "configuration",
                        "metric",
                        "unit",
                        "#n",
                        "#samples",
                        "#p50",
                        "#mean",
                        "#min",
                        "#max",
                        "#p95",
                        "#p99",
                    ]);
                    table.rows.push(row);
                    tables.push((quantity.subject.clone(), table));
                }
            }
        }
        for (subject, table) in tables {
            blocks.push(Block::Heading(Prose::default().name(&subject)));
            blocks.push(Block::Table(table));
        }
        if left_out > 0 {
            let id = ledger.count("quantities that the tables leave out", left_out);
            blocks.push(Block::Paragraph(
                Prose::new("Left out as less telling: ").value(id).text(" further quantities. The index has them all."),
            ));
        }
        Some(Section::new("The numbers by model and configuration", blocks))
    }
}

fn row(quantity: &Quantity, ledger: &mut Ledger) -> Vec<Cell> {
    let (name, unit, summary) = (quantity.name(), &quantity.unit, &quantity.summary);
    let configuration = match &quantity.configuration {
        Some(text) if text.is_empty() => Cell::Empty,
        Some(text) => Cell::Name(words::short(text)),
        None => Cell::Text("all".to_owned()),
    };
    let n = summary.count(ledger, &name);
    let samples = summary.sampled(ledger, &name);
    let level = summary.level(ledger, &name, unit);
    let many = summary.n > 1;
    let mean = many.then(|| summary.figure(ledger, "mean", summary.mean, &name, unit));
    let min = many.then(|| summary.min.fact(ledger));
    let max = many.then(|| summary.max.fact(ledger));
    let p95 = summary.p95.map(|value| summary.figure(ledger, "p95", value, &name, unit));
    let p99 = summary.p99.map(|value| summary.figure(ledger, "p99", value, &name, unit));
    vec![
        Cell::Name(quantity.benchmark.clone()),
        configuration,
        Cell::Name(quantity.metric.clone()),
        if unit.is_none() { Cell::Empty } else { Cell::Quote(unit.as_str().to_owned()) },
        Cell::Number(n),
        Cell::maybe(samples),
        Cell::Number(level),
        Cell::maybe(mean),
        Cell::maybe(min),
        Cell::maybe(max),
        Cell::maybe(p95),
        Cell::maybe(p99),
    ]
}
