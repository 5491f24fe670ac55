//! The judge stage: the fresh values of a landing against their histories, one verdict a series, and the steps that the verdicts
//! mean for the alerts. Everything is computed first and written in one transaction together with the reporter's row.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::analysis::alerts::{self, Judged as Fresh, News};
use crate::analysis::{Point, Settings, fresh_tail, judge};
use crate::daemon::context::Context;
use crate::domain::series::SeriesKey;
use crate::domain::verdict::{Verdict, VerdictKind};
use crate::insight;
use crate::store::{AlertRow, History, HistoryRun, JudgedSeries, Judgement, LandingKind, LandingRow, NewsKind};

/// What the judge said, for whoever asked for a pass.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// Series with fresh values.
    pub series: u64,
    /// Verdicts other than steady and new, in the order of benchmarks.
    pub verdicts: Vec<insight::Judged>,
}

impl Judged {
    /// Adds another landing.
    pub fn add(&mut self, other: Self) {
        self.series += other.series;
        self.verdicts.extend(other.verdicts);
    }
}

/// Judges a landing and hands it to the reporter.
///
/// # Errors
/// When the index cannot be read or written; nothing of the judgement is kept then.
pub fn run(context: &Context, landing: &LandingRow) -> Result<Judged> {
    let settings = context.settings();
    let now = context.clock.now();
    let mut bench = Bench { context, landing, settings: &settings.judge, now, judged: Judged::default() };
    let mut judgement = Judgement::default();
    for benchmark in &context.store.landing_benchmarks(landing.id).context("find what to judge")? {
        let histories = context.store.fresh_histories(landing.id, benchmark).context("read histories")?;
        bench.benchmark(&histories, &mut judgement)?;
    }
    context.store.record_judgement(landing.id, &judgement, now).context("record verdicts and alerts")?;
    Ok(bench.judged)
}

/// A landing being judged.
struct Bench<'a> {
    context: &'a Context,
    landing: &'a LandingRow,
    settings: &'a Settings,
    now: Timestamp,
    judged: Judged,
}

impl Bench<'_> {
    /// Judges one benchmark. Alerts belong to one benchmark each, so their steps can be taken here.
    fn benchmark(&mut self, histories: &[History], judgement: &mut Judgement) -> Result<()> {
        let backfill = self.landing.kind == LandingKind::Backfill;
        let mut verdicts: Vec<(Verdict, Vec<f64>)> = histories
            .iter()
            .map(|history| {
                let points: Vec<Point> = history.runs.iter().map(point).collect();
                let unit = &history.series.unit;
                (judge(&points, history.direction, unit, backfill, self.settings), fresh_tail(&points))
            })
            .collect();
        let fresh = histories.iter().zip(&verdicts).map(|(history, (verdict, tail))| Fresh {
            series: &history.series,
            direction: history.direction,
            verdict,
            fresh: tail,
        });
        let alerts = self.alerts(fresh, backfill)?;
        for (history, (verdict, _)) in histories.iter().zip(&mut verdicts) {
            if alerts.iter().any(|row| tells(row, &history.series)) {
                call(verdict);
            }
        }
        judgement.alerts.extend(alerts);
        for (history, (verdict, _)) in histories.iter().zip(verdicts) {
            self.keep(history, verdict, judgement);
        }
        Ok(())
    }

    fn alerts<'f>(&self, fresh: impl Iterator<Item = Fresh<'f>>, backfill: bool) -> Result<Vec<AlertRow>> {
        let mut rows = Vec::new();
        for (key, group) in alerts::group(fresh) {
            let stored = self.context.store.alert_of(&key).context("read an alert")?;
            let current = stored.as_ref().map(|stored| &stored.record);
            if let Some(step) = alerts::advance(&key, current, &group, backfill, self.now, self.settings) {
                rows.push(row(stored.map(|stored| stored.id), step));
            }
        }
        Ok(rows)
    }

    fn keep(&mut self, history: &History, verdict: Verdict, judgement: &mut Judgement) {
        self.judged.series += 1;
        *judgement.tallies.entry(verdict.kind.as_str().to_owned()).or_default() += 1;
        if matches!(verdict.kind, VerdictKind::New | VerdictKind::Steady) {
            return;
        }
        let commits = commits(history, &verdict);
        self.judged.verdicts.push(insight::Judged {
            series: history.series.clone(),
            direction: history.direction,
            verdict: verdict.clone(),
            commit_before: commits.0.clone(),
            commit_after: commits.1.clone(),
            evidence: insight::Evidence::default(),
        });
        // What is too short to judge is counted, not kept: a first index has nothing else, in every series.
        if verdict.kind != VerdictKind::InsufficientEvidence {
            judgement.verdicts.push(JudgedSeries { series_id: history.series_id, verdict, commits });
        }
    }
}

fn point(run: &HistoryRun) -> Point {
    Point { at: run.at, value: run.value, std: run.std, n: run.n, fresh: run.fresh }
}

fn row(id: Option<i64>, step: alerts::Advance) -> AlertRow {
    let news = step.news.into_iter().map(|news| match news {
        News::Fired(series) => (NewsKind::Fired, series),
        News::Reopened(series) => (NewsKind::Reopened, series),
        News::Grew(series) => (NewsKind::Grew, series),
        News::Resolved => (NewsKind::Resolved, Vec::new()),
    });
    AlertRow { id, news: news.collect(), record: step.record, transitions: step.transitions }
}

/// Whether the alert tells of a regression of the series.
fn tells(row: &AlertRow, series: &SeriesKey) -> bool {
    row.news.iter().any(|(kind, told)| *kind != NewsKind::Resolved && told.contains(series))
}

/// A suspicion that a late run confirmed is called by the next run, of which the judge by itself says "steady": who is told of a
/// regression must find it in the report.
fn call(verdict: &mut Verdict) {
    if verdict.kind == VerdictKind::Steady && verdict.shift.is_some() {
        verdict.kind = VerdictKind::Regression;
        let reason = verdict.reason.trim_start_matches("Nothing new: ");
        verdict.reason = format!("Confirmed by a run that arrived late: {reason}");
    }
}

/// The commits of the last run before and of the first run after a change, where the files name them.
fn commits(history: &History, verdict: &Verdict) -> (Option<String>, Option<String>) {
    let Some(shift) = &verdict.shift else { return (None, None) };
    let commit =
        |index: Option<usize>| index.and_then(|index| history.runs.get(index)).and_then(|run| run.commit.clone());
    (commit(shift.change_index.checked_sub(1)), commit(Some(shift.change_index)))
}
