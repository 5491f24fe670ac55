//! What a landing means: the built-in analysis of it, made once and used twice, by the agents that talk about it and by its report.
//!
//! It is held in memory from the one to the other, because both must speak of the same facts while other landings change what is known
//! of the tree, and because a large landing takes a while. After a restart it is made again from the index.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::check;
use crate::clock::Stopwatch;
use crate::daemon::context::{Context, Settings};
use crate::domain::series::{Direction, SeriesKey};
use crate::insight::{Analysis, Analyst, BenchmarkRows, Known, Landing};
use crate::store::{LandingKind, LandingRow};

/// Series whose last step is looked up for the report, at most.
const SERIES: usize = 2000;
/// Analyses that are held besides those that are talked about; of those that are not a report makes its own again.
const HELD: usize = 4;

/// What the analyst made of a landing, and what it was told.
#[derive(Clone)]
pub struct Told {
    pub analysis: Analysis,
    pub known: Known,
    /// What got worse, by name.
    pub worse: Vec<String>,
    /// How long it took, s.
    pub seconds: f64,
}

/// Analyses on their way from the agents to the report, by landing.
#[derive(Default)]
pub struct Analysed(Mutex<BTreeMap<i64, Made>>);

/// The settings by which an analysis was made, and the analysis.
type Made = (Arc<Settings>, Arc<Told>);

impl Analysed {
    fn put(&self, landing: i64, settings: &Arc<Settings>, told: &Arc<Told>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(landing, (Arc::clone(settings), Arc::clone(told)));
        while held.len() > settings.agents.concurrency.saturating_add(HELD) {
            held.pop_first();
        }
    }

    /// The analysis of a landing, if it was made by these settings. It is held no longer.
    fn take(&self, landing: i64, settings: &Arc<Settings>) -> Option<Arc<Told>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (made_by, told) = held.remove(&landing)?;
        Arc::ptr_eq(&made_by, settings).then_some(told)
    }
}

/// Analyses a landing for its agents, and holds the analysis for its report.
///
/// # Errors
/// When the index cannot be read.
pub fn first(context: &Context, settings: &Arc<Settings>, landing: &LandingRow) -> Result<Arc<Told>> {
    let told = Arc::new(analyse(context, settings, landing)?);
    context.analysed.put(landing.id, settings, &told);
    Ok(told)
}

/// The analysis of a landing for its report: the one that its agents had, or a new one.
///
/// # Errors
/// When the index cannot be read.
pub fn last(context: &Context, settings: &Arc<Settings>, landing: &LandingRow) -> Result<Told> {
    match context.analysed.take(landing.id, settings) {
        Some(told) => Ok(Arc::unwrap_or_clone(told)),
        None => analyse(context, settings, landing),
    }
}

/// The "now" of a landing's report.
pub fn moment(landing: &LandingRow) -> Timestamp {
    landing.judged.unwrap_or(landing.opened)
}

/// Tells the analyst all that the landing brought, one benchmark at a time; the check is told the same.
fn analyse(context: &Context, settings: &Settings, landing: &LandingRow) -> Result<Told> {
    let watch = Stopwatch::start();
    let store = &context.store;
    let totals = store.landing_totals(landing.id).context("count the landing")?;
    let tallies = store.landing_tallies(landing.id).context("count the verdicts")?;
    let about = Landing {
        id: landing.id,
        at: moment(landing),
        backfill: landing.kind == LandingKind::Backfill,
        new_artifacts: totals.artifacts,
        runs: totals.runs,
        series: totals.series,
        measurements: totals.measurements,
        verdicts: tallies.files,
        own: tallies.own,
    };
    let mut known = Known::new(&about);
    let mut analyst = Analyst::new(about, &settings.insight);
    let mut followed = Vec::new();
    let artifacts = store.artifact_lines(landing.id).context("read the inventory")?;
    known.artifacts(&artifacts);
    analyst.artifacts(&artifacts);
    for benchmark in &store.landing_benchmarks(landing.id).context("read the benchmarks")? {
        let mut rows = store.benchmark_rows(landing.id, benchmark).context("read measurements")?;
        rows.rows.iter_mut().for_each(|row| settings.kept.overrides.direct(&row.series, &mut row.direction));
        known.benchmark(&rows);
        followed.extend(series_with_direction(&rows));
        followed.truncate(SERIES);
        analyst.benchmark(rows);
    }
    let few = settings.insight.judged_by.min_runs;
    let steps = store.landing_steps(landing.id, &followed, few).context("read the steps of young series")?;
    steps.iter().flat_map(|step| [&step.before.commit, &step.after.commit]).flatten().for_each(|name| known.name(name));
    analyst.steps(steps);
    let mut judged = store.landing_verdicts(landing.id).context("read the verdicts")?;
    judged.iter_mut().for_each(|one| settings.kept.overrides.direct(&one.series, &mut one.direction));
    let alerts = store.alert_lines(landing.id, "").context("read the alerts")?;
    known.verdicts(&judged, &alerts);
    let worse = check::worse(&judged);
    analyst.verdicts(judged, alerts);
    Ok(Told { analysis: analyst.finish(), known, worse, seconds: watch.seconds() })
}

/// The series of a benchmark of which somebody said which way is good, each once.
fn series_with_direction(rows: &BenchmarkRows) -> BTreeMap<SeriesKey, Direction> {
    let directed = rows.rows.iter().filter(|row| row.direction != Direction::Neutral);
    directed.take(SERIES).map(|row| (row.series.clone(), row.direction)).collect()
}
