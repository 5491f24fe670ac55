//! The judge stage: the fresh values of a landing against their histories, one verdict a series, and the steps that the verdicts
//! mean for the alerts. Everything is computed first and written in one transaction together with the reporter's row.

use std::collections::{BTreeSet, HashSet};

use anyhow::{Context as _, Result};
use tracing::debug;

use super::opinion::{Case, Judge, Standing, passed_over};
use super::{alerting, budgets};
use crate::analysis::alerts::Signal;
use crate::analysis::overrides::Overrides;
use crate::analysis::{self, Opinion, settle};
use crate::clock::Stopwatch;
use crate::daemon::context::{Context, Settings};
use crate::domain::series::SeriesKey;
use crate::domain::verdict::{Verdict, VerdictKind};
use crate::insight;
use crate::store::{AlertRow, JudgedSeries, Judgement, LandingRow, NewsKind, Tallies, Touched, TrackRow};

/// What stands in the tallies for series that are not judged: they arrived all the same.
const UNJUDGED: &str = "unjudged";

/// Tracks that are held before they are written: some hundred bytes each.
const MANY_TRACKS: usize = 50_000;

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

/// Judges a landing and hands it to the agents.
///
/// # Errors
/// When the index cannot be read or written; nothing of the judgement is kept then.
pub fn run(context: &Context, landing: &LandingRow) -> Result<Judged> {
    let watch = Stopwatch::start();
    let settings = context.settings();
    let now = context.clock.now();
    // Between reading what counts, and the alerts, and writing what follows from them nobody may change either.
    let _alone = context.moving_alerts();
    // What the agents measured since the last landing is judged with this one.
    context.store.take_calls(landing.id).context("take the agents' calls")?;
    let mut bench = Bench::new(context, landing, &settings)?;
    let mut signals: Vec<Signal> = Vec::new();
    for benchmark in &context.store.judged_benchmarks(landing.id).context("find what to judge")? {
        let touched = context.store.touched(landing.id, benchmark).context("find fresh values")?;
        signals.extend(budgets::signals(context, landing.id, &touched)?);
        for touched in touched {
            bench.series(touched)?;
        }
    }
    let ways = bench.judge.ways;
    debug!(
        landing = landing.id,
        "of {} series only the fresh values were read, of {} the segment, of {} the whole history",
        ways.at_a_glance,
        ways.by_segment,
        ways.by_history
    );
    let said = bench.settle()?;
    let all = said.series.iter().map(|said| &said.signal).chain(&signals);
    let (alerts, accepted) = alerting::steps(context, landing, all, now)?;
    let (judged, mut judgement) = said.conclude(&alerts, &accepted);
    judgement.alerts = alerts;
    judgement.seconds = watch.seconds();
    context.store.record_judgement(landing.id, &judgement, now).context("record verdicts and alerts")?;
    Ok(judged)
}

/// A landing being judged: first each series by itself, then all of them held against one another.
struct Bench<'a> {
    context: &'a Context,
    landing: &'a LandingRow,
    settings: &'a analysis::Settings,
    overrides: &'a Overrides,
    judge: Judge<'a>,
    cases: Vec<Case>,
    tracks: Vec<TrackRow>,
    /// Series that nobody wants to have judged, by their benchmarks.
    unjudged: Tallies,
}

/// What is said of the series of a landing.
struct Said {
    series: Vec<SeriesSaid>,
    tracks: Vec<TrackRow>,
    unjudged: Tallies,
}

/// What is said of one series.
struct SeriesSaid {
    series_id: i64,
    verdict: Verdict,
    commits: (Option<String>, Option<String>),
    signal: Signal,
}

impl<'a> Bench<'a> {
    fn new(context: &'a Context, landing: &'a LandingRow, settings: &'a Settings) -> Result<Self> {
        let judge = Judge::new(&context.store, landing)?;
        let (settings, overrides) = (&settings.judge, &settings.kept.overrides);
        let (cases, tracks, unjudged) = (Vec::new(), Vec::new(), Tallies::default());
        Ok(Self { context, landing, settings, overrides, judge, cases, tracks, unjudged })
    }

    /// Judges one series by itself.
    fn series(&mut self, mut touched: Touched) -> Result<()> {
        let tuned = self.overrides.of(&touched.fresh.series);
        if !tuned.is_judged() {
            count(&mut self.unjudged, &touched.fresh.series, UNJUDGED);
            self.tracks.extend(passed_over(&touched, self.landing.id));
            return Ok(());
        }
        touched.fresh.direction = tuned.direction.unwrap_or(touched.fresh.direction);
        let mut case = self.judge.series(touched, tuned.tuning(self.settings.tuning))?;
        if let Standing::Settled(track) = &mut case.standing {
            self.tracks.push(std::mem::take(track));
        }
        self.cases.push(case);
        if self.tracks.len() >= MANY_TRACKS {
            self.context.store.keep_tracks(&self.tracks).context("store tracks")?;
            self.tracks.clear();
        }
        Ok(())
    }

    /// Takes back what is no news among so many series, and confirms the rest in the tracks.
    fn settle(mut self) -> Result<Said> {
        let asked = self.cases.iter().filter(|case| is_asked(&case.opinion)).count();
        let mut pending: Vec<&mut Opinion> =
            self.cases.iter_mut().map(|case| &mut case.opinion).filter(|opinion| opinion.pending.is_some()).collect();
        settle(&mut pending, asked);
        let mut series = Vec::with_capacity(self.cases.len());
        for case in self.cases {
            let mut signal = Signal::of_verdict(&case.series, case.direction, &case.opinion.verdict, case.fresh);
            signal.newest = case.newest;
            signal.noise = case.noise;
            signal.shadow = self.overrides.of(&case.series).shadow.unwrap_or(false);
            if let Standing::Waiting(waiting) = case.standing {
                self.tracks.push(waiting.settled(case.opinion.pending.as_ref())?);
            }
            let (series_id, verdict, commits) = (case.series_id, case.opinion.verdict, case.commits);
            series.push(SeriesSaid { series_id, verdict, commits, signal });
        }
        Ok(Said { series, tracks: self.tracks, unjudged: self.unjudged })
    }
}

/// Whether there were runs enough to ask for a change.
fn is_asked(opinion: &Opinion) -> bool {
    !matches!(opinion.verdict.kind, VerdictKind::New | VerdictKind::InsufficientEvidence)
}

impl Said {
    /// What is kept, now that it is known of what the alerts tell.
    fn conclude(self, alerts: &[AlertRow], accepted: &BTreeSet<SeriesKey>) -> (Judged, Judgement) {
        let told: HashSet<(&SeriesKey, &str)> = alerts.iter().flat_map(told).collect();
        let (mut judged, mut judgement) =
            (Judged::default(), Judgement { tracks: self.tracks, tallies: self.unjudged, ..Judgement::default() });
        for mut said in self.series {
            if told.contains(&(&said.signal.series, said.signal.reason.as_str())) {
                call(&mut said.verdict);
            } else if accepted.contains(&said.signal.series) {
                said.verdict.kind = VerdictKind::Accepted;
                said.verdict.reason = format!("Accepted as the new normal: {}", said.verdict.reason);
            }
            keep(said, &mut judged, &mut judgement);
        }
        (judged, judgement)
    }
}

fn count(tallies: &mut Tallies, series: &SeriesKey, word: &str) {
    *tallies.of(&series.benchmark).entry(word.to_owned()).or_default() += 1;
}

fn keep(said: SeriesSaid, judged: &mut Judged, judgement: &mut Judgement) {
    let SeriesSaid { series_id, verdict, commits, signal } = said;
    judged.series += 1;
    count(&mut judgement.tallies, &signal.series, verdict.kind.as_str());
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

#[cfg(test)]
mod tests;
