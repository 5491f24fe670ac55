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
        Self { settings: settings.clone(), kept: Best::new(settings.number_rows.saturating_mul(2)) }
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
            let (Some(summary), Some(first)) = (Summary::of_samples(&rows, &self.settings), rows.first()) else {
                continue;
            };
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
        let (kept, left_out) = self.kept.finish();
        let (mut kept, repeated) = once(kept);
        let left_out = left_out + kept.len().saturating_sub(self.settings.number_rows) as u64;
        kept.truncate(self.settings.number_rows);
        if kept.is_empty() {
            return None;
        }
        kept.sort_by(|a, b| a.place().cmp(&b.place()));
        let mut blocks = vec![Block::Paragraph(tails(&kept, &self.settings, ledger))];
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
                        "#value",
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
        if repeated > 0 {
            let id = ledger.count("quantities that another file tells as well", repeated);
            let prose =
                Prose::new("Told once although several files tell them: ").value(id).text(" further quantities.");
            blocks.push(Block::Paragraph(prose));
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

/// Each quantity once: of those with the same figures the one in data, with the shorter name; and how many only said them again.
fn once(kept: Vec<Quantity>) -> (Vec<Quantity>, u64) {
    const SAME: f64 = 0.001;
    let same = |a: f64, b: f64| (a - b).abs() <= SAME * a.abs().max(b.abs());
    let figures = |q: &Quantity| [q.summary.min.value, q.summary.median, q.summary.max.value, q.summary.mean];
    let alike = |a: &Quantity, b: &Quantity| {
        let lone = a.summary.n > 1 || (a.subject == b.subject && a.configuration == b.configuration);
        let place = (&a.metric, &a.unit, a.summary.n) == (&b.metric, &b.unit, b.summary.n);
        lone && place && figures(a).into_iter().zip(figures(b)).all(|(a, b)| same(a, b))
    };
    let mut order: Vec<usize> = (0..kept.len()).collect();
    let key = |i: &usize| kept.get(*i).map(|q| (q.prose, q.benchmark.len(), q.benchmark.clone()));
    order.sort_by_key(key);
    let mut first: BTreeMap<(&str, u64), Vec<usize>> = BTreeMap::new();
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for i in order {
        let Some(quantity) = kept.get(i) else { continue };
        let known = first.entry((quantity.metric.as_str(), quantity.summary.n)).or_default();
        // The figures of one benchmark are never repeats of each other.
        let repeats = |j: &usize| {
            kept.get(*j).is_some_and(|other| other.benchmark != quantity.benchmark && alike(other, quantity))
        };
        if !known.iter().any(repeats) {
            known.push(i);
            told.insert(i);
        }
    }
    let repeated = (kept.len() - told.len()) as u64;
    let kept = kept.into_iter().enumerate().filter(|(i, _)| told.contains(i)).map(|(_, quantity)| quantity).collect();
    (kept, repeated)
}

/// How many of the rows carry a tail.
fn tails(kept: &[Quantity], settings: &Settings, ledger: &mut Ledger) -> Prose {
    let count = Unit::new("count");
    let with = |has: fn(&Summary) -> bool| kept.iter().filter(|quantity| has(&quantity.summary)).count() as u64;
    let p95 = ledger.setting("values_for_p95", settings.p95_values as f64, count.clone());
    let p99 = ledger.setting("values_for_p99", settings.p99_values as f64, count);
    let prose = Prose::new("A p95 is given from ").value(p95).text(" values on and a p99 from ").value(p99);
    let rows = ledger.count("rows in the tables of numbers", kept.len() as u64);
    let p95_rows = ledger.count("rows with a p95", with(|summary| summary.p95.is_some()));
    let p99_rows = ledger.count("rows with a p99", with(|summary| summary.p99.is_some()));
    let prose = prose.text("; fewer values do not carry them. Of ").value(rows).text(" rows in these tables, ");
    prose.value(p95_rows).text(" have a p95 and ").value(p99_rows).text(" a p99.")
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
        Cell::maybe((!many).then_some(level)),
        Cell::maybe(many.then_some(level)),
        Cell::maybe(mean),
        Cell::maybe(min),
        Cell::maybe(max),
        Cell::maybe(p95),
        Cell::maybe(p99),
    ]
}
