//! A change: from where to where a series moved, since when, resting on what, why, and how to take the alert about it.
//!
//! Told in full, as a report's cards and a mail tell it, or in a sentence. It cannot fail: what is not known is not said.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::cells;
use super::document::{Levels, Prose};
use super::input::{AlertLine, Judged, Place};
use super::ledger::Ledger;
use super::scales;
use super::together::{self, Others};
use crate::analysis::{of_drift, of_shift};
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::call::BENCHMARK;
use crate::domain::fact::{FactId, Source};
use crate::domain::run::short_commit;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::{Shift, VerdictKind};

/// One change, told in full: of a series, or of several that moved together.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub heading: Prose,
    /// From where to where it moved, if its level did; of several series the worst one.
    pub levels: Option<Levels>,
    /// Since when, resting on what, and why.
    pub lines: Vec<Prose>,
    /// The other series that moved with it.
    pub others: Others,
    /// The state of its alert, and the commands that take it.
    pub alert: Vec<Prose>,
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

/// Tells what moved together, which one alert is about, the worst of it first: levels, effect with its interval, since when, resting on
/// what and why of the worst, the others in short, and the alert once.
pub fn describe(ledger: &mut Ledger, worst: &Judged, others: &[&Judged], alert: Option<&AlertLine>) -> Change {
    let heading = together::heading(ledger, worst, others);
    let mut lines = Vec::new();
    let levels = worst.verdict.shift.as_ref().map(|shift| levels(ledger, worst, shift));
    if let Some(shift) = &worst.verdict.shift {
        lines.push(since(begins(worst), worst, shift.change_at).text("."));
        lines.push(resting_on(ledger, worst, shift));
    }
    if !further(worst).is_empty() {
        lines.push(why(ledger, worst));
    }
    lines.extend(in_all(worst, alert).map(|sentence| Prose::default().quote(sentence)));
    let others = Others::new(ledger, worst, others, alert);
    // Told apart from any report, as in a mail, a change still has one unit.
    let told = levels.iter().map(|levels| &levels.told).chain(&lines).chain(others.told());
    let told = Prose(told.flat_map(|prose| prose.0.clone()).collect());
    scales::tell_together(&told, ledger);
    let alert = alert.into_iter().flat_map(|alert| std::iter::once(standing(alert)).chain(commands(alert))).collect();
    Change { heading, levels, lines, others, alert }
}

/// How far a series moved in all that moved in several steps, as its alert says it.
pub(super) fn in_all<'a>(judged: &Judged, alert: Option<&'a AlertLine>) -> impl Iterator<Item = &'a str> {
    let sentences = alert.into_iter().flat_map(|alert| &alert.in_all);
    sentences.filter(|(series, _)| *series == judged.series).map(|(_, sentence)| sentence.as_str())
}

/// What is seen since when: of what no run has confirmed also how it looks.
fn begins(judged: &Judged) -> Prose {
    match judged.verdict.kind {
        VerdictKind::Candidate => Prose::new("Looks ").text(looks(judged)).text(" since "),
        _ => Prose::new("Since "),
    }
}

pub(super) fn series_name(judged: &Judged) -> Prose {
    let label = judged.series.label();
    let named = |prose: Prose| if label.is_empty() { prose } else { prose.text(", ").name(&label) };
    on_environment(named(metric_of(judged)), judged)
}

/// "`ttft` of `reports/gemma3`".
pub(super) fn metric_of(judged: &Judged) -> Prose {
    Prose::default().name(&judged.series.metric).text(" of ").name(&judged.series.benchmark)
}

pub(super) fn on_environment(prose: Prose, judged: &Judged) -> Prose {
    let environment = &judged.series.environment;
    if environment.is_empty() { prose } else { prose.text(" on ").name(environment) }
}

pub(super) fn levels(ledger: &mut Ledger, judged: &Judged, shift: &Shift) -> Levels {
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
    let short = |commit: &'_ Option<String>| commit.as_deref().map(|name| short_commit(name).to_owned());
    match (short(&judged.commit_before), short(&judged.commit_after)) {
        (Some(before), Some(after)) if before == after => {
            prose.text(", at commit ").name(&after).text(" before and after")
        }
        (Some(before), Some(after)) => prose.text(", between commits ").name(&before).text(" and ").name(&after),
        (None, Some(after)) => prose.text(", first seen at commit ").name(&after),
        (Some(before), None) => prose.text(", after commit ").name(&before),
        (None, None) => prose,
    }
}

/// What a shift rests on: the runs since and before it, and how a single one scatters.
pub(super) struct Footing {
    pub since: FactId,
    pub before: FactId,
    noise: Option<FactId>,
}

pub(super) fn footing(ledger: &mut Ledger, judged: &Judged, shift: &Shift) -> Footing {
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
pub(super) fn further(judged: &Judged) -> &str {
    let reason = judged.verdict.reason.as_str();
    let Some(shift) = &judged.verdict.shift else { return reason };
    let unit = &judged.series.unit;
    let figures = [of_shift(shift, unit), of_drift(shift, unit)];
    let Some(rest) = figures.iter().find_map(|figures| reason.strip_prefix(figures.as_str())) else { return reason };
    let rest = rest.trim_start_matches([':', ',', ';', '.', ' ']);
    if ["for the worse.", "for the better."].contains(&rest) { "" } else { rest }
}

/// The judge's own words as a sentence of their own.
fn why(ledger: &mut Ledger, judged: &Judged) -> Prose {
    const OPEN: &str = ", if further runs confirm it";
    let waits = [("for the worse", "It counts as worse"), ("for the better", "It counts as better")];
    let waits = waits.iter().find_map(|(judgement, begin)| {
        let rest = further(judged).strip_prefix(judgement)?.strip_prefix(OPEN)?;
        Some(format!("{begin} if further runs confirm it{rest}"))
    });
    match waits {
        Some(sentence) => Prose::new(&sentence),
        None => reason(Prose::new("Why: "), ledger, judged),
    }
}

/// The judge's own words, with the facts that their numbers are.
pub(super) fn reason(prose: Prose, ledger: &mut Ledger, judged: &Judged) -> Prose {
    let prose = prose.quote(further(judged));
    let Some(shift) = &judged.verdict.shift else { return prose };
    let facts = shift_facts(ledger, judged, shift);
    let footing = footing(ledger, judged, shift);
    let cited = [facts.before, facts.after, facts.effect, footing.since, footing.before];
    cited.into_iter().chain(footing.noise).fold(prose, Prose::cite)
}

/// Number, state and age of an alert, and how to take it.
pub fn alert_line(alert: &AlertLine) -> Prose {
    match commands(alert) {
        Some(commands) => standing(alert).text(" ").then(commands),
        None => standing(alert),
    }
}

/// The same with one whole command, for where room is dear: in a mail.
pub fn alert_in_short(alert: &AlertLine) -> Prose {
    match commands_in_short(alert) {
        Some(commands) => standing(alert).text(" ").then(commands),
        None => standing(alert),
    }
}

/// Number, state and age of an alert, and which other speaks for it.
fn standing(alert: &AlertLine) -> Prose {
    let id = alert.id.to_string();
    let state = if alert.fresh { "new" } else { alert.state.as_str() };
    let prose = Prose::new("Alert ").name(&id).text(", ").text(state);
    let prose = match alert.reopened_at {
        Some(again) => {
            prose.text(", reopened ").time(again).text(", first open since ").time(alert.opened_at).text(".")
        }
        None => prose.text(", open since ").time(alert.opened_at).text("."),
    };
    match alert.inhibited_by {
        Some(by) => prose.text(" Alert ").name(&by.to_string()).text(" of its environment speaks for it."),
        None => prose,
    }
}

/// What a person can do about an alert now, as commands to be pasted; nothing where another speaks for it or nothing is left to do.
fn commands(alert: &AlertLine) -> Option<Prose> {
    let is_level = matches!(alert.key.kind, AlertKind::Regression | AlertKind::Environment);
    match alert.state {
        _ if alert.inhibited_by.is_some() => None,
        AlertState::Firing => {
            let prose = Prose::new("Take it with ").name(&alert.ack).text(", silence it for a while with ");
            let prose = prose.name(&alert.silence());
            let prose =
                if is_level { prose.text(", or accept the new level with ").name(&alert.accept()) } else { prose };
            Some(prose.text("."))
        }
        AlertState::Acknowledged | AlertState::Silenced if is_level => {
            Some(Prose::new("If it is meant to be so, accept the new level with ").name(&alert.accept()).text("."))
        }
        _ => None,
    }
}

/// The same as one command, and what to write in it instead.
fn commands_in_short(alert: &AlertLine) -> Option<Prose> {
    if alert.inhibited_by.is_some() || alert.state != AlertState::Firing {
        return commands(alert);
    }
    let prose = Prose::new("Take it with ").name(&alert.ack).text(". Write ").name(&alert.silence_verb());
    let prose = prose.text(" in place of ").name(&alert.verb("ack", "")).text(" to silence it for a while");
    let is_level = matches!(alert.key.kind, AlertKind::Regression | AlertKind::Environment);
    let accept = |prose: Prose| prose.text(", ").name(&alert.verb("accept", "")).text(" to accept the new level");
    Some(if is_level { accept(prose) } else { prose }.text("."))
}

/// Whether the level moved for the worse.
pub(super) fn is_worse(judged: &Judged) -> bool {
    judged.verdict.shift.as_ref().is_some_and(|shift| judged.direction.is_worse(shift.before, shift.after))
}

/// Whether a series is of the agents' calls: no file brought it.
pub(super) fn is_own(judged: &Judged) -> bool {
    judged.series.benchmark == BENCHMARK
}

/// A change in a sentence.
pub(super) fn short(ledger: &mut Ledger, judged: &Judged) -> Prose {
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
