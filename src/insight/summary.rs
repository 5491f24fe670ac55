//! The distribution of some measurements in figures, with the cells behind it.

use std::borrow::Cow;

use super::input::Row;
use super::ledger::Ledger;
use super::{Settings, cells};
use crate::domain::artifact::ContentHash;
use crate::domain::fact::{CellRange, FactId, Source};
use crate::domain::measurement::{Locator, SLOT};
use crate::domain::series::SeriesKey;
use crate::domain::stats;
use crate::domain::units::Unit;

/// One number and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub value: f64,
    pub path: String,
    pub hash: ContentHash,
    pub at: Locator,
    name: String,
    unit: Unit,
}

impl Point {
    pub(super) fn of(row: &Row) -> Self {
        Self::new(&row.series, row.value, &row.path, row.hash, row.at.clone())
    }

    /// A value of a series.
    pub(super) fn new(series: &SeriesKey, value: f64, path: &str, hash: ContentHash, at: Locator) -> Self {
        let mut label = series.label();
        if !label.is_empty() {
            label = format!(" [{label}]");
        }
        if !series.environment.is_empty() {
            label.push_str(&format!(" @{}", series.environment));
        }
        Self {
            value,
            path: path.to_owned(),
            hash,
            at,
            name: format!("{} of {}{label}", series.metric, series.benchmark),
            unit: series.unit.clone(),
        }
    }

    /// The fact, by the name of its series, so that a cell is the same fact wherever it is cited.
    pub(super) fn fact(&self, ledger: &mut Ledger) -> FactId {
        if self.at.is_several() {
            let source = self.source("median(cells)");
            return ledger.intern(&self.name, self.value, self.unit.clone(), source);
        }
        ledger.cell(&self.name, self.value, self.unit.clone(), &self.path, self.hash, &self.at)
    }

    /// A number that stands beside this one: its spread.
    pub(super) fn beside(&self, ledger: &mut Ledger, word: &str, value: f64, at: &Locator) -> FactId {
        ledger.cell(format!("{word} of {}", self.name), value, self.unit.clone(), &self.path, self.hash, at)
    }

    /// How many samples are behind this number; where exactly the file says so is not kept.
    pub(super) fn samples(&self, ledger: &mut Ledger, n: u64) -> FactId {
        let source = self.source("samples(cells)");
        ledger.intern(format!("samples behind {}", self.name), n as f64, Unit::new("count"), source)
    }

    fn source(&self, formula: &str) -> Source {
        let range = cells::range(&self.path, self.hash, &self.at);
        let more = range.unlisted();
        Source::Cells { formula: formula.to_owned(), cells: vec![range], more }
    }
}

/// A number that figures are computed over: the value of a row, or one of the samples behind it.
#[derive(Debug, Clone)]
pub(super) struct Value<'a> {
    pub row: &'a Row,
    pub value: f64,
    /// Of a sample its own cell.
    pub at: Cow<'a, Locator>,
    /// Samples that it stands for.
    n: u64,
}

impl<'a> Value<'a> {
    fn whole(row: &'a Row) -> Self {
        Self { row, value: row.value, at: Cow::Borrowed(&row.at), n: row.n.max(1) }
    }

    /// The samples behind a row where the file has one cell for each and it is known which one, or else the value that it states.
    pub(super) fn each(row: &'a Row) -> Vec<Self> {
        let (pattern, stretches) = row.at.cells();
        let length = |(first, last): &(u32, u32)| u64::from(last.saturating_sub(*first)) + 1;
        let cells: u64 = stretches.iter().map(length).sum();
        if !row.at.is_several() || !pattern.contains(SLOT) || cells != row.samples.len() as u64 {
            return vec![Self::whole(row)];
        }
        let indices = stretches.into_iter().flat_map(|(first, last)| first..=last);
        let sample = |(index, value): (u32, &f64)| {
            let at = Cow::Owned(Locator { pattern: pattern.clone(), index });
            Self { row, value: *value, at, n: 1 }
        };
        indices.zip(&row.samples).map(sample).collect()
    }

    fn place(&self) -> (&str, &Locator, ContentHash) {
        (&self.row.path, &self.at, self.row.hash)
    }

    fn point(&self) -> Point {
        Point::new(&self.row.series, self.value, &self.row.path, self.row.hash, self.at.clone().into_owned())
    }
}

/// Figures over one or more measurements of one quantity.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Summary {
    pub n: u64,
    /// Samples behind the values, as the files say.
    pub samples: u64,
    pub median: f64,
    pub mean: f64,
    pub min: Point,
    pub max: Point,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    /// Whether some of the values are themselves medians of several cells.
    nested: bool,
    cells: Vec<CellRange>,
    more: u64,
}

impl Summary {
    /// Over the values of rows, one each; `None` for no rows. The order of the rows does not matter.
    pub(super) fn of(rows: &[&Row], settings: &Settings) -> Option<Self> {
        Self::over(rows.iter().map(|row| Value::whole(row)).collect(), settings)
    }

    /// Over the samples of rows, or their values where there are none.
    pub(super) fn of_samples(rows: &[&Row], settings: &Settings) -> Option<Self> {
        Self::over(rows.iter().flat_map(|row| Value::each(row)).collect(), settings)
    }

    /// Over these values; `None` when there are none.
    pub(super) fn over(mut rows: Vec<Value<'_>>, settings: &Settings) -> Option<Self> {
        rows.sort_by(|a, b| a.value.total_cmp(&b.value).then_with(|| a.place().cmp(&b.place())));
        let values: Vec<f64> = rows.iter().map(|row| row.value).collect();
        let carried = |p: f64, need: usize| if values.len() >= need { stats::quantile(&values, p) } else { None };
        let nested = rows.iter().any(|row| row.at.is_several());
        let places = rows.iter().map(|value| (value.row.path.as_str(), value.row.hash, value.at.as_ref()));
        let (cells, more) = if nested { cells::groups(places) } else { cells::ranges(places) };
        Some(Self {
            n: rows.len() as u64,
            samples: rows.iter().map(|value| value.n).sum(),
            median: stats::median(&values)?,
            mean: stats::mean(&values)?,
            min: rows.first()?.point(),
            max: rows.last()?.point(),
            p95: carried(0.95, settings.p95_values),
            p99: carried(0.99, settings.p99_values),
            nested,
            cells,
            more,
        })
    }

    /// A figure over all the cells: `word` is a function of formulas.
    pub(super) fn figure(&self, ledger: &mut Ledger, word: &str, value: f64, name: &str, unit: &Unit) -> FactId {
        self.over_cells(ledger, word, format!("{word} {name}"), value, unit)
    }

    /// How many values there are. All lone values share one fact: there is nothing to say of each.
    pub(super) fn count(&self, ledger: &mut Ledger, name: &str) -> FactId {
        if self.n == 1 {
            return ledger.count("values behind a row with a single one", 1);
        }
        self.over_cells(ledger, "count", format!("values of {name}"), self.n as f64, &Unit::new("count"))
    }

    /// How many samples the files say are behind the values, when that is more than the values.
    pub(super) fn sampled(&self, ledger: &mut Ledger, name: &str) -> Option<FactId> {
        let count = Unit::new("count");
        let mut told = || self.over_cells(ledger, "samples", format!("samples of {name}"), self.samples as f64, &count);
        (self.samples > self.n).then(&mut told)
    }

    fn over_cells(&self, ledger: &mut Ledger, function: &str, name: String, value: f64, unit: &Unit) -> FactId {
        let over = if self.nested && function != "samples" { "medians" } else { "cells" };
        let formula = format!("{function}({over})");
        let source = Source::Cells { formula, cells: self.cells.clone(), more: self.more };
        ledger.intern(name, value, unit.clone(), source)
    }

    /// The p50, or the value itself when there is only one.
    pub(super) fn level(&self, ledger: &mut Ledger, name: &str, unit: &Unit) -> FactId {
        if self.n == 1 { self.min.fact(ledger) } else { self.figure(ledger, "p50", self.median, name, unit) }
    }
}
