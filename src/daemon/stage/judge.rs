//! The judge stage: the fresh values of a landing against their histories, one verdict a series, and the steps that the verdicts
//! mean for the alerts. Everything is computed first and written in one transaction together with the reporter's row.

use std::collections::HashSet;

use anyhow::{Context as _, Result};

use super::alerting;
use crate::analysis::alerts::Signal;
use crate::analysis::{self, Point, Settings, Subject, Work, fresh_tail, judge_anew};
use crate::daemon::context::Context;
use crate::domain::series::SeriesKey;
use crate::domain::verdict::{Verdict, VerdictKind};
use crate::insight;
use crate::store::{
    AlertRow, History, HistoryRun, JudgedSeries, Judgement, LandingKind, LandingRow, Moment, NewsKind, Touched,
    TrackRow,
};

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
    // Between reading what counts, and the alerts, and writing what follows from them nobody may change either.
    let _alone = context.moving_alerts();
    let mut bench = Bench {
        context,
        landing,
        settings: &settings.judge,
        opinions: Vec::new(),
        tracks: Vec::new(),
        work: Work::default(),
    };
    for benchmark in &context.store.landing_benchmarks(landing.id).context("find what to judge")? {
        for touched in context.store.touched(landing.id, benchmark).context("find fresh values")? {
            bench.series(touched)?;
        }
    }
    let signals: Vec<Signal> = bench.opinions.iter().map(|opinion| opinion.signal.clone()).collect();
    let alerts = alerting::steps(context, landing, &signals, now)?;
    let (judged, mut judgement) = bench.conclude(&alerts);
    judgement.alerts = alerts;
    context.store.record_judgement(landing.id, &judgement, now).context("record verdicts and alerts")?;
    Ok(judged)
}

/// A landing being judged.
struct Bench<'a> {
    context: &'a Context,
    landing: &'a LandingRow,
    settings: &'a Settings,
    opinions: Vec<Opinion>,
    tracks: Vec<TrackRow>,
    work: Work,
}

/// What is said of one series.
struct Opinion {
    series_id: i64,
    verdict: Verdict,
    commits: (Option<String>, Option<String>),
    signal: Signal,
}

impl Bench<'_> {
    /// Judges one series.
    fn series(&mut self, touched: Touched) -> Result<()> {
        let Touched { fresh: mut history, track } = touched;
        // A track that this landing wrote says nothing of the time before it.
        let known = track.as_ref().filter(|track| track.landing < self.landing.id).map(|track| track.newest);
        history.runs = self.context.store.history(&history, self.landing.id, known).context("read a history")?;
        if let Some(newest) = history.runs.last().map(|run| run.moment) {
            self.tracks.push(self.track(&history, newest, track));
        }
        let backfill = self.landing.kind == LandingKind::Backfill;
        let points: Vec<Point> = history.runs.iter().map(point).collect();
        let subject = Subject {
            direction: history.direction,
            unit: &history.series.unit,
            tuning: self.settings.tuning,
            backfill,
        };
        let (_, analysis::Opinion { verdict, .. }) = judge_anew(&points, &subject, &mut self.work);
        let signal = Signal::of_verdict(&history.series, history.direction, &verdict, fresh_tail(&points));
        let commits = commits(&history, &verdict);
        self.opinions.push(Opinion { series_id: history.series_id, verdict, commits, signal });
        Ok(())
    }

    fn track(&self, history: &History, newest: Moment, before: Option<TrackRow>) -> TrackRow {
        let later = before.filter(|track| track.landing > self.landing.id);
        TrackRow {
            series_id: history.series_id,
            landing: later.as_ref().map_or(self.landing.id, |track| track.landing),
            settings: 0,
            runs: history.runs.len() as u64,
            newest: later.map_or(newest, |track| track.newest.max(newest)),
            segment: newest,
            segment_least: newest.run,
            state: Vec::new(),
        }
    }

    /// What is kept, now that it is known of what the alerts tell.
    fn conclude(self, alerts: &[AlertRow]) -> (Judged, Judgement) {
        let told: HashSet<(&SeriesKey, &str)> = alerts.iter().flat_map(told).collect();
        let (mut judged, mut judgement) =
            (Judged::default(), Judgement { tracks: self.tracks, ..Judgement::default() });
        for mut opinion in self.opinions {
            if told.contains(&(&opinion.signal.series, opinion.signal.reason.as_str())) {
                call(&mut opinion.verdict);
            }
            keep(opinion, &mut judged, &mut judgement);
        }
        (judged, judgement)
    }
}

fn keep(opinion: Opinion, judged: &mut Judged, judgement: &mut Judgement) {
    let Opinion { series_id, verdict, commits, signal } = opinion;
    judged.series += 1;
    *judgement.tallies.entry(verdict.kind.as_str().to_owned()).or_default() += 1;
    if matches!(verdict.kind, VerdictKind::New | VerdictKind::Steady) {
        return;
    }
    judged.verdicts.push(insight::Judged {
        series: signal.series,
        direction: signal.direction,
        verdict: verdict.clone(),
        commit_before: commits.0.clone(),
        commit_after: commits.1.clone(),
        evidence: insight::Evidence::default(),
    });
    // What is too short to judge is counted, not kept: a first index has nothing else, in every series.
    if verdict.kind != VerdictKind::InsufficientEvidence {
        judgement.verdicts.push(JudgedSeries { series_id, verdict, commits });
    }
}

fn point(run: &HistoryRun) -> Point {
    Point { at: run.moment.at, value: run.value, std: run.std, n: run.n, fresh: run.fresh }
}

/// The series of whose regression an alert tells, with the reason: one of this landing, or of an earlier one when it was withheld.
fn told(row: &AlertRow) -> impl Iterator<Item = (&SeriesKey, &str)> {
    let news = row.news.iter().chain(&row.shadowed).filter(|(kind, _)| *kind != NewsKind::Resolved);
    let told: HashSet<&SeriesKey> = news.flat_map(|(_, series)| series).collect();
    let members = row.record.members.iter().filter(move |member| told.contains(&member.series));
    members.map(|member| (&member.series, member.reason.as_str()))
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
