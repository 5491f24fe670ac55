//! The budgets of a landing: what its fresh values mean for the limits that people have set, as signals for the alerts.
//!
//! The stage that judges calls [`signals`] for each benchmark. Most series keep their budgets: of those nothing but the fresh values is
//! looked at, unless an alert is waiting for them.

use anyhow::{Context as _, Result};

use crate::analysis::Point;
use crate::analysis::alerts::{AlertRecord, Evidence, Says, Signal, key_of};
use crate::analysis::budget::{self, Bound, MEMORY, Meeting};
use crate::daemon::context::{Context, Settings};
use crate::domain::alert::{AlertKey, AlertKind, AlertState};
use crate::domain::series::SeriesKey;
use crate::store::{HistoryRun, Moment, Touched};

/// What the fresh values of a benchmark's series say of their budgets. Nothing is written.
///
/// # Errors
/// When the index cannot be read.
pub fn signals(context: &Context, landing: i64, touched: &[Touched]) -> Result<Vec<Signal>> {
    let settings = context.settings();
    if settings.kept.budgets.is_empty() {
        return Ok(Vec::new());
    }
    let mut held: Vec<Held<'_>> = Vec::new();
    for one in touched {
        held.extend(Held::new(context, one, &settings, landing)?);
    }
    let keys: Vec<AlertKey> = held.iter().map(|held| key_of(AlertKind::Budget, held.series())).collect();
    let stored = context.store.alerts_of(&keys.iter().collect::<Vec<_>>()).context("read the alerts of budgets")?;
    let mut signals = Vec::new();
    for (held, stored) in held.iter().zip(stored) {
        let record = stored.map(|stored| stored.record).filter(|record| record.state != AlertState::Resolved);
        let member = record.as_ref().is_some_and(|record| is_member(record, held.series()));
        if member || held.is_beyond() {
            let broken = record.as_ref().and_then(|record| broken(record, held.series(), &settings));
            signals.extend(held.signals(context, &settings, landing, broken)?);
        }
    }
    Ok(signals)
}

/// A series with fresh runs that are newer than those known, and the budgets that hold for it.
struct Held<'a> {
    touched: &'a Touched,
    bounds: Vec<Bound<'a>>,
    /// The newest run that was judged before.
    known: Option<Moment>,
}

impl<'a> Held<'a> {
    fn new(context: &Context, touched: &'a Touched, settings: &'a Settings, landing: i64) -> Result<Option<Self>> {
        let mut bounds: Vec<Bound<'a>> = Vec::new();
        for budget in &settings.kept.budgets {
            let range = || context.store.value_range(touched.fresh.series_id);
            if let Meeting::Bound(bound) = budget.meets(&touched.fresh.series, range).context("read values")? {
                bounds.push(bound);
            }
        }
        let known = touched.track.as_ref().filter(|track| track.landing < landing).map(|track| track.newest);
        let held = Self { touched, bounds, known };
        Ok((!held.bounds.is_empty() && held.tail().next().is_some()).then_some(held))
    }

    fn series(&self) -> &'a SeriesKey {
        &self.touched.fresh.series
    }

    fn tail(&self) -> impl Iterator<Item = &HistoryRun> {
        self.touched.fresh.runs.iter().filter(|run| self.known.is_none_or(|known| run.moment > known))
    }

    /// Whether a fresh run is beyond a limit.
    fn is_beyond(&self) -> bool {
        self.tail().any(|run| self.bounds.iter().any(|bound| !bound.keeps(run.value)))
    }

    fn signals(
        &self,
        context: &Context,
        settings: &Settings,
        landing: i64,
        broken: Option<f64>,
    ) -> Result<Vec<Signal>> {
        let most = MEMORY.saturating_add(self.touched.fresh.runs.len());
        let newest = context.store.newest_runs(self.touched.fresh.series_id, landing, most);
        let runs = newest.context("read the newest runs of a series")?;
        let is_fresh = |run: &HistoryRun| run.fresh && self.known.is_none_or(|known| run.moment > known);
        let points: Vec<Point> = runs
            .iter()
            .map(|run| Point { at: run.moment.at, value: run.value, std: run.std, n: run.n, fresh: is_fresh(run) })
            .collect();
        let mut signals = budget::signals(&self.bounds, self.series(), &points, broken);
        let shadow = settings.kept.overrides.of(self.series()).shadow.unwrap_or(false);
        for signal in &mut signals {
            signal.shadow = shadow;
            name_run(signal, &runs);
        }
        Ok(signals)
    }
}

/// Says which run of the index has the value that the signal rests on.
fn name_run(signal: &mut Signal, runs: &[HistoryRun]) {
    if let Says::Suspected(Evidence::Budget(breach)) | Says::Confirmed(Evidence::Budget(breach)) = &mut signal.says {
        let is_it = |run: &&HistoryRun| run.moment.at == breach.at && run.value.to_bits() == breach.value.to_bits();
        breach.run = runs.iter().find(is_it).map(|run| run.moment.run);
    }
}

fn is_member(record: &AlertRecord, series: &SeriesKey) -> bool {
    record.members.iter().any(|member| member.series == *series)
}

/// The limit that the series has broken, and has not yet come back to.
fn broken(record: &AlertRecord, series: &SeriesKey, settings: &Settings) -> Option<f64> {
    let member = record.members.iter().find(|member| member.series == *series)?;
    match &member.evidence {
        Evidence::Budget(breach) if member.confirmed && !member.is_back(&settings.judge) => Some(breach.limit),
        _ => None,
    }
}
