//! What a landing means: the built-in analysis of it, made once and used twice, by the agents that talk about it and by its report.
//!
//! It is held in memory from the one to the other, because both must speak of the same facts while other landings change what is known
//! of the tree, and because a large landing takes a while. Other settings that come meanwhile hold for the next landing. After a restart it
//! is made again from the index.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::check;
use crate::clock::Stopwatch;
use crate::daemon::context::{Context, Settings};
use crate::domain::series::{Direction, SeriesKey};
use crate::insight::{Analysis, Analyst, BenchmarkRows, Course, History, Judged, Known, Landing};
use crate::store::{LandingKind, LandingRow};

/// Series whose last step is looked up for the report, at most.
const SERIES: usize = 2000;
/// Runs of a series that are drawn: its newest ones.
const RUNS: usize = 120;
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
pub struct Analysed(Mutex<BTreeMap<i64, Arc<Told>>>);

impl Analysed {
    /// Holds an analysis, and at most so many: of too many the oldest goes.
    fn put(&self, landing: i64, told: &Arc<Told>, most: usize) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(landing, Arc::clone(told));
        while held.len() > most.max(1) {
            let Some(oldest) = held.keys().copied().find(|id| *id != landing) else { return };
            held.remove(&oldest);
        }
    }

    /// The analysis of a landing. It is held no longer.
    fn take(&self, landing: i64) -> Option<Arc<Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&landing)
    }
}

/// Analyses a landing for its agents, and holds the analysis for its report.
///
/// # Errors
/// When the index cannot be read.
pub fn first(context: &Context, settings: &Arc<Settings>, landing: &LandingRow) -> Result<Arc<Told>> {
    let told = Arc::new(analyse(context, settings, landing)?);
    context.analysed.put(landing.id, &told, settings.agents.concurrency.saturating_add(HELD));
    Ok(told)
}

/// The analysis of a landing for its report: the one that its agents had, whose words are of its facts and no others, or a new one.
///
/// # Errors
/// When the index cannot be read.
pub fn last(context: &Context, settings: &Arc<Settings>, landing: &LandingRow) -> Result<Told> {
    match context.analysed.take(landing.id) {
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
    steps
        .iter()
        .flat_map(|step| [&step.before.commit, &step.after.commit])
        .flatten()
        .for_each(|name| known.commit(name));
    analyst.steps(steps);
    let mut judged = store.landing_verdicts(landing.id).context("read the verdicts")?;
    judged.iter_mut().for_each(|one| settings.kept.overrides.direct(&one.series, &mut one.direction));
    let alerts = store.alert_lines(landing.id, "").context("read the alerts")?;
    known.verdicts(&judged, &alerts);
    let worse = check::worse(&judged);
    analyst.verdicts(judged, alerts);
    let histories = analyst.drawn().into_iter().map(|judged| {
        let history = history(context, settings, landing.id, judged)?;
        Ok(history.map(|history| (judged.series.clone(), history)))
    });
    let histories: Vec<_> = histories.filter_map(Result::transpose).collect::<Result<_>>()?;
    analyst.histories(histories);
    Ok(Told { analysis: analyst.finish(), known, worse, seconds: watch.seconds() })
}

/// The course of a series as a landing saw it, with the levels of its verdict, to be drawn; `None` when the index has no run of it.
///
/// # Errors
/// When the index cannot be read.
pub fn history(context: &Context, settings: &Settings, landing: i64, judged: &Judged) -> Result<Option<History>> {
    let course = context.store.course(Some(landing), &judged.series, RUNS).context("read the course of a series")?;
    let tuning = settings.kept.overrides.of(&judged.series).tuning(settings.judge.tuning);
    let drawn = |course: Course| course.history(&judged.series, judged.direction, Some(&judged.verdict), &tuning);
    Ok(course.filter(|course| !course.runs.is_empty()).map(drawn))
}

/// The series of a benchmark of which somebody said which way is good, each once.
fn series_with_direction(rows: &BenchmarkRows) -> BTreeMap<SeriesKey, Direction> {
    let directed = rows.rows.iter().filter(|row| row.direction != Direction::Neutral);
    directed.take(SERIES).map(|row| (row.series.clone(), row.direction)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::Settings as Insight;

    fn told(landing: i64) -> Arc<Told> {
        let about = Landing {
            id: landing,
            at: Timestamp::UNIX_EPOCH,
            backfill: false,
            new_artifacts: 0,
            runs: 0,
            series: 0,
            measurements: 0,
            verdicts: BTreeMap::new(),
            own: BTreeMap::new(),
        };
        let known = Known::new(&about);
        let analysis = Analyst::new(about, &Insight::default()).finish();
        Arc::new(Told { analysis, known, worse: Vec::new(), seconds: 0.0 })
    }

    #[test]
    fn an_analysis_is_held_for_its_report_once_and_of_too_many_the_oldest_goes() {
        let analysed = Analysed::default();
        let made: Vec<Arc<Told>> = (1..=3).map(told).collect();
        for (id, told) in (1..=3).zip(&made) {
            analysed.put(id, told, 2);
        }
        assert!(analysed.take(1).is_none() && analysed.take(9).is_none());
        assert!(analysed.take(3).is_some_and(|told| Arc::ptr_eq(&told, &made[2])));
        assert!(analysed.take(3).is_none());
        // One that was overtaken is not the one to go when it comes.
        analysed.put(1, &made[0], 1);
        assert!(analysed.take(2).is_none() && analysed.take(1).is_some());
    }
}
