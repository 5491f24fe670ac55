//! What moved: regressions first, then what is only watched, improvements and changes without a direction.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cells;
use super::document::{Block, Levels, Prose, Section};
use super::figure::{Figure, History};
use super::input::{AlertLine, Judged, Place};
use super::ledger::Ledger;
use super::scales;
use crate::analysis::{of_drift, of_shift};
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::call::BENCHMARK;
use crate::domain::fact::{FactId, Source};
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::units::Unit;
use crate::domain::verdict::{Shift, VerdictKind};

/// Series of each kind that are told in full and drawn, at most: more is no reading matter, and each is a history to be read.
const CARDS: usize = 20;

/// One change, told in full.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub heading: Prose,
    /// From where to where it moved, if its level did.
    pub levels: Option<Levels>,
    pub lines: Vec<Prose>,
}

/// The facts of a shift.
struct ShiftFacts {
    before: FactId,
    after: FactId,
    effect: FactId,
    interval: Option<(FactId, FactId)>,
}

/// Larger effects first, then in the order of the series; what has no shift comes last.
pub fn worst_first(a: &Judged, b: &Judged) -> Ordering {
    let size = |judged: &Judged| judged.verdict.shift.as_ref().map_or(-1.0, |shift| shift.effect.abs());
    size(b).total_cmp(&size(a)).then_with(|| a.series.cmp(&b.series))
}

/// Tells one change: levels, effect with its interval, since when, resting on what, why, and which alert is open about it.
pub fn describe(ledger: &mut Ledger, judged: &Judged, alert: Option<&AlertLine>) -> Change {
    let mut lines = Vec::new();
    let levels = judged.verdict.shift.as_ref().map(|shift| levels(ledger, judged, shift));
    if let Some(shift) = &judged.verdict.shift {
        lines.push(since(Prose::new("Since "), judged, shift.change_at).text("."));
        lines.push(resting_on(ledger, judged, shift));
    }
    if !further(judged).is_empty() {
        lines.push(reason(Prose::new("Why: "), ledger, judged));
    }
    let in_all = alert.into_iter().flat_map(|alert| &alert.in_all).find(|(series, _)| *series == judged.series);
    lines.extend(in_all.map(|(_, sentence)| Prose::default().quote(sentence)));
    lines.extend(alert.map(alert_line));
    // Told apart from any report, as in a mail, a change still has one unit.
    let told = levels.iter().map(|levels| &levels.told).chain(&lines).flat_map(|prose| prose.0.clone()).collect();
    scales::tell_together(&Prose(told), ledger);
    Change { heading: series_name(judged), levels, lines }
}

fn series_name(judged: &Judged) -> Prose {
    let series = &judged.series;
    let mut prose = Prose::default().name(&series.metric).text(" of ").name(&series.benchmark);
    let label = series.label();
    if !label.is_empty() {
        prose = prose.text(", ").name(&label);
    }
    if !series.environment.is_empty() {
        prose = prose.text(" on ").name(&series.environment);
    }
    prose
}

fn levels(ledger: &mut Ledger, judged: &Judged, shift: &Shift) -> Levels {
    let facts = shift_facts(ledger, judged, shift);
    let prose = Prose::new("Before ").value(facts.before).text(", after ").value(facts.after).text(": ");
    let told = effect_with_interval(prose, &facts).text("; ").text(judged.direction.phrase()).text(".");
    let ShiftFacts { before, after, effect, interval } = facts;
    Levels { told, before, after, effect, interval, direction: judged.direction }
}

fn effect_with_interval(prose: Prose, facts: &ShiftFacts) -> Prose {
    let prose = prose.change(facts.effect);
    match facts.interval {
        Some((low, high)) => prose.text(", likely between ").change(low).text(" and ").change(high),
        None => prose,
    }
}

/// The effect of a change, as the fact that its description prints.
pub(super) fn effect(ledger: &mut Ledger, judged: &Judged) -> Option<FactId> {
    judged.verdict.shift.as_ref().map(|shift| shift_facts(ledger, judged, shift).effect)
}

fn shift_facts(ledger: &mut Ledger, judged: &Judged, shift: &Shift) -> ShiftFacts {
    let series = judged.series.to_string();
    let unit = &judged.series.unit;
    let mut level = |word: &str, value: f64, runs: &[Place]| {
        let source = over(runs, "median");
        ledger.intern(format!("level {word} the change of {series}"), value, unit.clone(), source)
    };
    let before = level("before", shift.before, &judged.evidence.before);
    let after = level("after", shift.after, &judged.evidence.after);
    // Without a level to relate to, the effect is the plain difference.
    let (scale, effect_unit, formula) = if shift.before == 0.0 {
        (1.0, unit.clone(), format!("{after} - {before}"))
    } else {
        (100.0, Unit::new("percent"), format!("100 * ({after} - {before}) / |{before}|"))
    };
    let effect = ledger.derived(
        format!("effect on {series}"),
        shift.effect * scale,
        effect_unit.clone(),
        formula,
        &[before, after],
    );
    let mut end = |word: &str, function: &str, value: f64| {
        let formula = format!("{function}({effect})");
        ledger.derived(
            format!("{word} end of the effect on {series}"),
            value * scale,
            effect_unit.clone(),
            formula,
            &[effect],
        )
    };
    let (low, high) = shift.interval;
    let interval = (low.is_finite() && high.is_finite())
        .then(|| (end("lower", "judge_low95", low), end("upper", "judge_high95", high)));
    ShiftFacts { before, after, effect, interval }
}

/// A figure over the runs that a verdict compared: a function of formulas.
fn over(runs: &[Place], function: &str) -> Source {
    let nested = runs.iter().any(|run| run.at.is_several());
    let places = runs.iter().map(|run| (run.path.as_str(), run.hash, &run.at));
    let (cells, more) = if nested { cells::groups(places) } else { cells::ranges(places) };
    let formula = format!("{function}({})", if nested { "medians" } else { "cells" });
    Source::Cells { formula, cells, more }
}

fn since(prose: Prose, judged: &Judged, at: Timestamp) -> Prose {
    let prose = prose.time(at);
    match (&judged.commit_before, &judged.commit_after) {
        (Some(before), Some(after)) if before == after => {
            prose.text(", at commit ").name(after).text(" before and after")
        }
        (Some(before), Some(after)) => prose.text(", between commits ").name(before).text(" and ").name(after),
        (None, Some(after)) => prose.text(", first seen at commit ").name(after),
        (Some(before), None) => prose.text(", after commit ").name(before),
        (None, None) => prose,
    }
}

/// What a shift rests on: the runs since and before it, and how a single one scatters.
struct Footing {
    since: FactId,
    before: FactId,
    noise: Option<FactId>,
}

fn footing(ledger: &mut Ledger, judged: &Judged, shift: &Shift) -> Footing {
    let series = judged.series.to_string();
    let since = ledger.count(format!("runs since the change of {series}"), shift.n_after as u64);
    let before = ledger.count(format!("runs before the change of {series}"), shift.n_before as u64);
    let noise = shift.noise.is_finite().then(|| {
        let source = over(&judged.evidence.before, "judge_noise");
        ledger.intern(format!("noise of {series}"), shift.noise, judged.series.unit.clone(), source)
    });
    Footing { since, before, noise }
}

fn resting_on(ledger: &mut Ledger, judged: &Judged, shift: &Shift) -> Prose {
    let Footing { since, before, noise } = footing(ledger, judged, shift);
    let runs = |n: usize| if n == 1 { " run" } else { " runs" };
    let prose = Prose::new("Seen in ").value(since).text(runs(shift.n_after)).text(" against ");
    let prose = prose.value(before).text(runs(shift.n_before)).text(" before");
    match noise.filter(|_| shift.noise > 0.0) {
        Some(noise) => prose.text("; single runs scatter by about ").value(noise).text("."),
        None => prose.text("."),
    }
}

/// What the judge's own words add to the figures of the shift, which are told once.
fn further(judged: &Judged) -> &str {
    let reason = judged.verdict.reason.as_str();
    let Some(shift) = &judged.verdict.shift else { return reason };
    let unit = &judged.series.unit;
    let figures = [of_shift(shift, unit), of_drift(shift, unit)];
    let Some(rest) = figures.iter().find_map(|figures| reason.strip_prefix(figures.as_str())) else { return reason };
    let rest = rest.trim_start_matches([':', ',', ';', '.', ' ']);
    if ["for the worse.", "for the better."].contains(&rest) { "" } else { rest }
}

/// The judge's own words, with the facts that their numbers are.
fn reason(prose: Prose, ledger: &mut Ledger, judged: &Judged) -> Prose {
    let prose = prose.quote(further(judged));
    let Some(shift) = &judged.verdict.shift else { return prose };
    let facts = shift_facts(ledger, judged, shift);
    let footing = footing(ledger, judged, shift);
    let cited = [facts.before, facts.after, facts.effect, footing.since, footing.before];
    cited.into_iter().chain(footing.noise).fold(prose, Prose::cite)
}

/// Number, state and age of an alert, and how to take it.
pub fn alert_line(alert: &AlertLine) -> Prose {
    let id = alert.id.to_string();
    let state = if alert.fresh { "new" } else { alert.state.as_str() };
    let prose =
        Prose::new("Alert ").name(&id).text(", ").text(state).text(", open since ").time(alert.opened_at).text(".");
    match (alert.inhibited_by, alert.state) {
        (Some(by), _) => prose.text(" Alert ").name(&by.to_string()).text(" of its environment speaks for it."),
        (None, AlertState::Firing) => prose.text(" Take it with ").name(&alert.ack).text("."),
        (None, _) => prose,
    }
}

/// Whether the level moved for the worse.
fn is_worse(judged: &Judged) -> bool {
    judged.verdict.shift.as_ref().is_some_and(|shift| judged.direction.is_worse(shift.before, shift.after))
}

/// Whether a series is of the agents' calls: no file brought it.
pub(super) fn is_own(judged: &Judged) -> bool {
    judged.series.benchmark == BENCHMARK
}

/// Everything that moved, sorted for telling.
pub(super) struct Moves<'a> {
    pub judged: &'a [Judged],
    pub alerts: &'a [AlertLine],
    /// Of those that are drawn.
    pub histories: &'a BTreeMap<SeriesKey, History>,
    pub backfill: bool,
    pub limit: usize,
}

impl<'a> Moves<'a> {
    /// The series with this verdict, the largest effect first.
    pub(super) fn of(&self, kind: VerdictKind) -> Vec<&'a Judged> {
        // A drift for the worse is told among what got worse.
        let is_meant =
            |judged: &&Judged| judged.verdict.kind == kind && !(kind == VerdictKind::Drift && is_worse(judged));
        let mut found: Vec<&'a Judged> = self.judged.iter().filter(is_meant).collect();
        found.sort_by(|a, b| worst_first(a, b));
        found
    }

    /// Those of which the course is drawn, by kind.
    pub(super) fn drawn(&self) -> Vec<&'a Judged> {
        let kinds = [self.worse(), self.of(VerdictKind::Candidate), self.of(VerdictKind::Improvement)];
        let most = self.limit.min(CARDS);
        kinds.into_iter().flat_map(|kind| kind.into_iter().take(most)).collect()
    }

    /// As [`of`](Self::of), of those that the files brought.
    pub(super) fn brought(&self, kind: VerdictKind) -> Vec<&'a Judged> {
        self.of(kind).into_iter().filter(|judged| !is_own(judged)).collect()
    }

    /// The series that got worse, at once or by and by, those of the agents' calls last, the largest effect first.
    pub(super) fn worse(&self) -> Vec<&'a Judged> {
        let is_meant = |judged: &&Judged| match judged.verdict.kind {
            VerdictKind::Regression => true,
            VerdictKind::Drift => is_worse(judged),
            _ => false,
        };
        let mut found: Vec<&'a Judged> = self.judged.iter().filter(is_meant).collect();
        found.sort_by(|a, b| is_own(a).cmp(&is_own(b)).then_with(|| worst_first(a, b)));
        found
    }

    /// The series that got worse: those that the files brought, and those of the agents' calls.
    pub(super) fn worse_apart(&self) -> (Vec<&'a Judged>, Vec<&'a Judged>) {
        self.worse().into_iter().partition(|judged| !is_own(judged))
    }

    /// The alert about a series: an open one rather than one that is only a candidate.
    pub(super) fn alert(&self, judged: &Judged) -> Option<&AlertLine> {
        let about =
            self.alerts.iter().filter(|alert| alert.covers(&judged.series) && alert.state != AlertState::Resolved);
        about.max_by_key(|alert| (alert.state.is_open(), alert.id))
    }

    /// Open alerts of which this landing holds no regression.
    pub(super) fn still_open(&self) -> Vec<&AlertLine> {
        let told = self.worse();
        let told = |alert: &AlertLine| told.iter().any(|judged| alert.covers(&judged.series));
        let mut open: Vec<&AlertLine> =
            self.alerts.iter().filter(|alert| is_open_regression(alert) && !told(alert)).collect();
        open.sort_by_key(|alert| alert.id);
        open
    }

    /// Open alerts that are about no series' own change: environments, budgets, absences.
    pub(super) fn others(&self) -> Vec<&AlertLine> {
        let is_other = |alert: &&AlertLine| alert.key.kind != AlertKind::Regression && alert.state.is_open();
        let mut others: Vec<&AlertLine> = self.alerts.iter().filter(is_other).collect();
        others.sort_by_key(|alert| (alert.key.kind, alert.id));
        others
    }

    pub(super) fn sections(&self, ledger: &mut Ledger) -> Vec<Section> {
        let improvements = "Improvements";
        let sections = [
            self.regressions(ledger),
            self.other_alerts(ledger),
            self.list(VerdictKind::Candidate, "Watching, not confirmed", ledger),
            self.list(VerdictKind::Improvement, improvements, ledger),
            self.list(VerdictKind::Drift, "Drifting", ledger),
            self.list(VerdictKind::Accepted, "Accepted as the new normal", ledger),
            self.list(VerdictKind::Change, "Changes of which nobody said which way is good", ledger),
        ];
        sections.into_iter().flatten().collect()
    }

    fn regressions(&self, ledger: &mut Ledger) -> Option<Section> {
        let found = self.worse();
        let open = self.still_open();
        if found.is_empty() && open.is_empty() {
            return None;
        }
        let mut blocks = Vec::new();
        if self.backfill && !found.is_empty() {
            blocks.push(Block::Paragraph(Prose::new(
                "This is history found on the first look; nobody is mailed about it.",
            )));
        }
        for judged in found.iter().take(self.limit) {
            let change = describe(ledger, judged, self.alert(judged));
            blocks.push(Block::Heading(change.heading));
            blocks.extend(change.levels.map(Block::Levels));
            blocks.extend(self.figure(judged));
            blocks.push(Block::Bullets(change.lines));
        }
        blocks.extend(self.rest(found.len(), "regressions", ledger));
        if !open.is_empty() {
            blocks.push(Block::Heading(Prose::new("Open from before")));
            blocks.push(Block::Bullets(open.iter().take(self.limit).map(|alert| open_line(alert)).collect()));
            blocks.extend(self.rest(open.len(), "open alerts", ledger));
        }
        let title = if self.backfill { "Regressions in the recorded history" } else { "Regressions" };
        Some(Section::new(title, blocks))
    }

    /// The course of a series, where it is at hand.
    fn figure(&self, judged: &Judged) -> Option<Block> {
        let history = self.histories.get(&judged.series)?;
        Some(Block::Figure(Box::new(Figure::History(history.clone()))))
    }

    fn other_alerts(&self, ledger: &mut Ledger) -> Option<Section> {
        let others = self.others();
        let mut blocks: Vec<Block> = Vec::new();
        for alert in others.iter().take(self.limit) {
            blocks.push(Block::Heading(about(alert)));
            let reasons = alert.reasons.iter().map(|reason| Prose::default().quote(reason));
            blocks.push(Block::Bullets(reasons.chain([alert_line(alert)]).collect()));
        }
        blocks.extend(self.rest(others.len(), "alerts", ledger));
        (!others.is_empty()).then(|| Section::new("Environments, budgets and missing results", blocks))
    }

    fn list(&self, kind: VerdictKind, title: &str, ledger: &mut Ledger) -> Option<Section> {
        let found = self.of(kind);
        let bullets: Vec<Prose> = found.iter().take(self.limit).map(|judged| short(ledger, judged)).collect();
        let mut blocks = vec![Block::Bullets(bullets)];
        blocks.extend(self.rest(found.len(), "series", ledger));
        (!found.is_empty()).then(|| Section::new(title, blocks))
    }

    fn rest(&self, n: usize, what: &str, ledger: &mut Ledger) -> Option<Block> {
        let rest = n.saturating_sub(self.limit);
        let id = (rest > 0).then(|| ledger.count(format!("{what} that are not told one by one"), rest as u64))?;
        Some(Block::Paragraph(Prose::new("Not told one by one: ").value(id).text(" further ").text(what).text(".")))
    }
}

fn short(ledger: &mut Ledger, judged: &Judged) -> Prose {
    let mut prose = series_name(judged);
    if let Some(shift) = &judged.verdict.shift {
        let facts = shift_facts(ledger, judged, shift);
        prose = prose
            .text(": ")
            .value(facts.before)
            .text(" before, ")
            .value(facts.after)
            .text(" now (")
            .text(word_for(judged));
        prose = effect_with_interval(prose.text(", "), &facts).text("), since ");
        prose = since(prose, judged, shift.change_at);
    }
    let more = further(judged);
    let joint = if more.len() == judged.verdict.reason.len() { ". " } else { ": " };
    if more.is_empty() { prose.text(".") } else { reason(prose.text(joint), ledger, judged) }
}

/// How a candidate looks: `worse`, `better`, or `different` where nobody said which way is good.
pub(super) fn looks(judged: &Judged) -> &'static str {
    match judged.direction {
        Direction::Neutral => "different",
        _ if is_worse(judged) => "worse",
        _ => "better",
    }
}

fn word_for(judged: &Judged) -> &'static str {
    let Some(shift) = &judged.verdict.shift else { return "unmoved" };
    match judged.direction {
        Direction::Neutral => "neither good nor bad",
        direction if direction.is_worse(shift.before, shift.after) => "worse",
        _ => "better",
    }
}

fn is_open_regression(alert: &AlertLine) -> bool {
    alert.key.kind == AlertKind::Regression && alert.state.is_open()
}

fn open_line(alert: &AlertLine) -> Prose {
    about(alert).text(": ").then(alert_line(alert))
}

/// What an alert is about: "`ttft` of `reports/gemma3`".
pub fn about(alert: &AlertLine) -> Prose {
    let key = &alert.key;
    let prose = match (key.kind, key.metric.as_str()) {
        (AlertKind::Environment, _) => Prose::new("nearly everything"),
        (_, "") => Prose::default().name(&key.benchmark),
        (_, metric) => Prose::default().name(metric).text(" of ").name(&key.benchmark),
    };
    if key.environment.is_empty() { prose } else { prose.text(" on ").name(&key.environment) }
}
