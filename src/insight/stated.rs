//! What the files state themselves: percentiles, and the spread around a mean. Shown as they stand, never recomputed.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::best::{Best, Ranked};
use super::document::{Block, Cell, Section, Table};
use super::input::Row;
use super::ledger::Ledger;
use super::summary::Point;
use super::words;
use crate::domain::fact::FactId;
use crate::domain::measurement::{Spread, SpreadValue};
use crate::domain::series::SeriesKey;
use crate::domain::units::Unit;

/// What a table row is about; the newest run counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct About {
    /// Data before prose.
    prose: bool,
    priority: u8,
    subject: String,
    benchmark: String,
    configuration: String,
    metric: String,
    unit: Unit,
}

#[derive(Debug)]
struct Percentiles {
    about: About,
    points: BTreeMap<String, Point>,
}

#[derive(Debug)]
struct Scatter {
    about: About,
    value: Point,
    samples: u64,
    spread: Spread,
}

impl Ranked for Percentiles {
    fn rank(&self, other: &Self) -> Ordering {
        self.about.cmp(&other.about)
    }
}

impl Ranked for Scatter {
    fn rank(&self, other: &Self) -> Ordering {
        self.about.cmp(&other.about)
    }
}

/// Percentiles and spreads as they grow.
#[derive(Debug)]
pub(super) struct Stated {
    percentiles: Best<Percentiles>,
    scatters: Best<Scatter>,
}

impl Stated {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { percentiles: Best::new(settings.table_rows), scatters: Best::new(settings.table_rows) }
    }

    /// Takes the rows of one benchmark.
    pub(super) fn add(&mut self, rows: &[Row]) {
        let mut percentiles: BTreeMap<About, BTreeMap<String, Point>> = BTreeMap::new();
        for row in newest(rows) {
            if let Some((metric, label)) = words::percentile(&row.series.metric) {
                percentiles.entry(about(row, metric)).or_default().insert(label, Point::of(row));
            } else if row.spread != Spread::default() {
                self.scatters.push(Scatter {
                    about: about(row, row.series.metric.clone()),
                    value: Point::of(row),
                    samples: row.n,
                    spread: row.spread.clone(),
                });
            }
        }
        for (about, points) in percentiles {
            self.percentiles.push(Percentiles { about, points });
        }
    }

    /// The two sections; one without content is left out.
    pub(super) fn sections(self, ledger: &mut Ledger) -> Vec<Section> {
        [percentile_section(self.percentiles, ledger), scatter_section(self.scatters, ledger)]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// The newest measurement of each series.
fn newest(rows: &[Row]) -> impl Iterator<Item = &Row> {
    let mut newest: BTreeMap<&SeriesKey, &Row> = BTreeMap::new();
    for row in rows {
        let known = newest.entry(&row.series).or_insert(row);
        if (row.run_time, &row.path, &row.at, row.hash) > (known.run_time, &known.path, &known.at, known.hash) {
            *known = row;
        }
    }
    newest.into_values()
}

fn about(row: &Row, metric: String) -> About {
    About {
        prose: words::is_prose(&row.path),
        priority: words::priority(&row.series, row.direction),
        subject: words::subject(&row.series, &row.subject).to_owned(),
        benchmark: row.series.benchmark.clone(),
        configuration: words::configuration(&row.series),
        metric,
        unit: row.series.unit.clone(),
    }
}

impl About {
    fn cells(&self) -> Vec<Cell> {
        let name = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Name(text.to_owned()) };
        let unit = if self.unit.is_none() { Cell::Empty } else { Cell::Quote(self.unit.as_str().to_owned()) };
        vec![
            name(&self.subject),
            name(&self.benchmark),
            name(&words::short(&self.configuration)),
            name(&self.metric),
            unit,
        ]
    }
}

/// Reads `p50` as 0.50 and `p999` as 0.999, for the order of the columns.
fn rank_of(label: &str) -> f64 {
    format!("0.{}", label.trim_start_matches(['p', 'P']).replace('.', "")).parse().unwrap_or(0.0)
}

fn percentile_section(percentiles: Best<Percentiles>, ledger: &mut Ledger) -> Option<Section> {
    let (kept, left_out) = percentiles.finish();
    let labels: BTreeSet<&String> = kept.iter().flat_map(|entry| entry.points.keys()).collect();
    let mut labels: Vec<&String> = labels.into_iter().collect();
    labels.sort_by(|a, b| rank_of(a).total_cmp(&rank_of(b)).then_with(|| a.cmp(b)));
    let mut table = Table::new(&["model", "benchmark", "configuration", "metric", "unit"]);
    labels.iter().for_each(|label| table.add_column(&format!("#{label}")));
    for entry in &kept {
        let mut row = entry.about.cells();
        for label in &labels {
            let fact = entry.points.get(*label).map(|point| point.fact(ledger));
            row.push(Cell::maybe(fact));
        }
        table.rows.push(row);
    }
    let table = table.cut(ledger, left_out, "rows of percentiles", "percentile rows that are not shown");
    (!kept.is_empty()).then(|| Section::new("Percentiles as the files state them", vec![Block::Table(table)]))
}

fn scatter_section(scatters: Best<Scatter>, ledger: &mut Ledger) -> Option<Section> {
    let (mut kept, mut left_out) = scatters.finish();
    // What prose says of spreads is worth its room only where no data say it.
    if kept.iter().any(|scatter| !scatter.about.prose) {
        let all = kept.len();
        kept.retain(|scatter| !scatter.about.prose);
        left_out += (all - kept.len()) as u64;
    }
    kept.sort_by(|a, b| {
        let place = |s: &Scatter| (s.about.prose, s.about.subject.clone(), s.about.benchmark.clone(), s.about.clone());
        place(a).cmp(&place(b))
    });
    let titles =
        ["model", "benchmark", "configuration", "metric", "unit", "#value", "#std", "#min", "#max", "#samples"];
    let mut table = Table::new(&titles);
    for entry in &kept {
        table.rows.push(scatter_row(entry, ledger));
    }
    let table = table.cut(ledger, left_out, "rows of spreads", "spread rows that are not shown");
    (!kept.is_empty()).then(|| Section::new("Means and spreads as the files state them", vec![Block::Table(table)]))
}

fn scatter_row(entry: &Scatter, ledger: &mut Ledger) -> Vec<Cell> {
    let level = entry.value.fact(ledger);
    let mut stated = |word: &str, number: &Option<SpreadValue>| -> Option<FactId> {
        number.as_ref().map(|number| entry.value.beside(ledger, word, number.value, &number.at))
    };
    let std = stated("standard deviation", &entry.spread.std);
    let min = stated("minimum", &entry.spread.min);
    let max = stated("maximum", &entry.spread.max);
    let mut row = entry.about.cells();
    row.extend([Cell::Number(level), Cell::maybe(std), Cell::maybe(min), Cell::maybe(max)]);
    // One sample is what a file says that does not say how many; it is no information.
    row.push(Cell::maybe((entry.samples > 1).then(|| entry.value.samples(ledger, entry.samples))));
    row
}
