//! Findings, ranked by what they mean for the reader, and the advice that follows from them.

use super::briefing::Measured;
use super::changes;
use super::document::{Prose, Span};
use super::draft::{Draft, Finding, Topic, draft, select};
use super::gaps::{self, Gaps};
use super::input::{AlertLine, Judged, Landing, Step};
use super::league::League;
use super::ledger::Ledger;
use super::moves::Moves;
use super::names::Names;
use super::standings::Standings;
use super::sweep::{self, Sweep};
use super::words::plural;
use super::{Settings, fastest, league_tell, young};
use crate::domain::alert::AlertState;
use crate::domain::call::Aim;
use crate::domain::run::short_commit;
use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;

/// Alerts from before of which the recommendations speak.
const OPEN: usize = 2;

/// What the findings are drawn from.
pub(super) struct Evidence<'a> {
    pub moves: &'a Moves<'a>,
    pub gaps: &'a Gaps,
    pub sweeps: &'a [Sweep],
    pub standings: &'a Standings,
    pub leagues: &'a [League],
    pub steps: &'a [Step],
    pub names: &'a Names,
    pub failed: u64,
    pub landing: &'a Landing,
    pub measured: &'a Measured,
}

/// Advice, with what it is to improve and how directly.
pub(super) type Advice = (Option<(Aim, u8)>, Prose);

/// What the findings say and what follows from them.
pub(super) struct Told {
    pub findings: Vec<Prose>,
    /// What to do about what moved.
    pub urgent: Vec<Prose>,
    /// What else to do, in the order of the findings.
    pub advice: Vec<Advice>,
}

/// Tells the findings.
pub(super) fn tell(evidence: &Evidence, settings: &Settings, ledger: &mut Ledger) -> Told {
    let mut drafts: Vec<Draft> = Vec::new();
    drafts.extend(failures(evidence.failed));
    drafts.extend(kinds(evidence.gaps));
    drafts.extend(evidence.gaps.contradictions());
    if evidence.gaps.errors.total() > 0 {
        drafts.push(draft(evidence.gaps.errors.weight(), Topic::Failure, |ledger| evidence.gaps.errors.tell(ledger)));
    }
    drafts.extend(fastest::drafts(evidence.standings, evidence.sweeps, evidence.names, settings));
    drafts.extend(league_tell::drafts(evidence.leagues, evidence.names, &evidence.gaps.errors));
    drafts.extend(sweep::drafts(evidence.sweeps, settings));
    drafts.extend(young::drafts(evidence.steps, evidence.moves.backfill, evidence.names));
    drafts.extend(missing(evidence.gaps, settings));
    let chosen = select(drafts, settings.findings).into_iter();
    let told: Vec<_> = chosen.map(|draft| (draft.aim, (draft.tell)(ledger))).collect();
    let (mut findings, mut advice) = (Vec::new(), Vec::new());
    let urgent = after_moves(evidence.moves, settings, ledger);
    for (aim, finding) in told {
        findings.push(finding.prose);
        finding.advice.into_iter().for_each(|one| add_once(&mut advice, aim, one));
    }
    Told { findings, urgent, advice }
}

/// Takes a recommendation; one in the same words as another only adds what it rests on.
fn add_once(advice: &mut Vec<Advice>, aim: Option<(Aim, u8)>, one: Prose) {
    let words = |prose: &Prose| {
        let said = prose.0.iter().filter(|span| !matches!(span, Span::Cite(_)));
        said.cloned().collect::<Vec<Span>>()
    };
    match advice.iter_mut().find(|(_, known)| words(known) == words(&one)) {
        Some((_, known)) => known.0.extend(one.0.into_iter().filter(|span| matches!(span, Span::Cite(_)))),
        None => advice.push((aim, one)),
    }
}

fn after_moves(moves: &Moves, settings: &Settings, ledger: &mut Ledger) -> Vec<Prose> {
    let mut advice = Vec::new();
    if let Some(worst) = moves.worse().first() {
        let prose = Prose::new("Begin with ").name(&worst.series.metric).text(" of ").name(&worst.series.benchmark);
        let prose = match (&worst.commit_before, &worst.commit_after) {
            (Some(before), Some(after)) if before != after => prose
                .text(": the change began between commits ")
                .name(short_commit(before))
                .text(" and ")
                .name(short_commit(after))
                .text("."),
            _ => prose
                .text(": ask what changed on the machine or in the code when the new level began.")
                .text(" If it is meant to be so, accept it."),
        };
        advice.push(match changes::effect(ledger, worst) {
            Some(effect) => prose.cite(effect),
            None => prose,
        });
    }
    advice.extend(moves.still_open().into_iter().take(OPEN).map(still_open));
    let candidates = moves.brought(VerdictKind::Candidate);
    let told = candidates.iter().find(|judged| changes::looks(judged) == "worse").or(candidates.first());
    advice.extend(told.map(|candidate| run_again(candidate, settings, ledger)));
    advice
}

/// What to do about an alert that an earlier landing opened.
fn still_open(alert: &AlertLine) -> Prose {
    let prose = changes::about(alert)
        .text(" got worse before and has not come back; its alert is open since ")
        .time(alert.opened_at);
    let prose = alert.reasons.iter().take(1).fold(prose.text("."), |prose, reason| prose.text(" ").quote(reason));
    match alert.state {
        AlertState::Firing => {
            prose.text(" Mend it, or take it with ").name(&alert.ack).text(" when it is meant to be so.")
        }
        AlertState::Recovering => prose.text(" Good runs have come: a few more will close it."),
        _ => prose.text(" Somebody has taken it; it closes by itself when good runs come."),
    }
}

fn run_again(candidate: &Judged, settings: &Settings, ledger: &mut Ledger) -> Prose {
    let runs = ledger.setting("confirm_runs", settings.judged_by.confirm_runs as f64, Unit::new("count"));
    let prose = Prose::new("Run ").name(&candidate.series.benchmark).text(" again: ").value(runs);
    prose.text(match changes::looks(candidate) {
        "worse" => " runs at the new level make it a regression, a run at the old one clears it.",
        "better" => " runs at the new level make it an improvement, a run at the old one takes it back.",
        _ => " runs at the new level make it a change, a run at the old one takes it back.",
    })
}

fn failures<'a>(failed: u64) -> Option<Draft<'a>> {
    (failed > 0).then(|| {
        draft(900, Topic::Failure, move |ledger| {
            let id = ledger.count("artifacts that could not be read", failed);
            let prose = Prose::default().value(id).text(plural(failed, " file", " files")).text(" could not be read, so whatever ");
            let advice = "Mend what could not be read, or take it out of the watched directories; the reasons stand further down.";
            Finding {
                prose: prose.text(plural(failed, "it holds is", "they hold is")).text(" missing from every number here."),
                advice: Some(Prose::new(advice).cite(id)),
            }
        })
    })
}

/// One finding for each kind of gap that the files have.
fn kinds(gaps: &Gaps) -> Vec<Draft<'_>> {
    let others = gaps.kinds.iter().filter(|(kind, _)| !gaps::is_contradiction(kind));
    let told = others.map(|(kind, &(count, files))| {
        let (weight, rest, advice) = if kind == "not_a_number" {
            let advice = "Look into what wrote cells that are neither a number nor empty; they count for nothing here.";
            (490, ".", advice)
        } else if !kind.contains("empty") && !kind.contains("missing") {
            (
                480,
                ".",
                "Look at the places that the table of missing telemetry names; a reader could not make sense of them.",
            )
        } else {
            (
                480,
                ".",
                "Fill what is empty, or leave the column out, so that a missing value is not taken for a measured one.",
            )
        };
        draft(weight, Topic::Missing, move |ledger| {
            let word = match (kind.as_str(), count) {
                ("not_a_number", 1) => "cell without a number".to_owned(),
                ("not_a_number", _) => "cells without a number".to_owned(),
                (kind, 1) => kind.replace('_', " ").trim_end_matches('s').to_owned(),
                (kind, _) => format!("{}s", kind.replace('_', " ").trim_end_matches('s')),
            };
            let id = ledger.count(word.clone(), count);
            let prose = Prose::new("The files hold ").value(id).text(" ").quote(&word).text(" in ");
            let prose = prose.count(ledger, files, "place", "places", &format!("places with {word}"));
            Finding { prose: prose.text(rest), advice: Some(Prose::new(advice).cite(id)) }
        })
    });
    told.collect()
}

/// What nobody measured, in one finding: tails, repetitions, units.
fn missing<'a>(gaps: &'a Gaps, settings: &'a Settings) -> Option<Draft<'a>> {
    let any = gaps.without_p99.n + gaps.without_history.n + gaps.without_unit.n > 0;
    any.then(|| draft(500, Topic::Missing, |ledger| tell_missing(gaps, settings, ledger)))
}

fn tell_missing(gaps: &Gaps, settings: &Settings, ledger: &mut Ledger) -> Finding {
    let mut prose = Prose::new("What is missing: ");
    let mut advice = Vec::new();
    let mut joint = "";
    if gaps.without_p99.n > 0 {
        let what = "models and benchmarks without a p99";
        let n = gaps.without_p99.n;
        prose = prose.count(ledger, n, "model or benchmark has", "models and benchmarks have", what);
        prose = prose.text(" latencies but no p99 and too few values for one (");
        prose = gaps.without_p99.list(prose, ledger, what).text(")");
        joint = "; ";
        let values = ledger.setting("values_for_p99", settings.p99_values as f64, Unit::new("count"));
        let id = ledger.count(what, n);
        advice.push(
            Prose::new("Record every single latency, ").value(values).text(" at least, or the p99 itself").cite(id),
        );
    }
    if gaps.without_history.n > 0 {
        let n = gaps.without_history.n;
        prose = prose.text(joint).count(ledger, n, "benchmark ran", "benchmarks ran", "benchmarks with a single run");
        prose = prose.text(" only once, so the next run has nothing to be held against");
        joint = "; ";
        let runs = ledger.setting("min_runs", settings.judged_by.min_runs as f64, Unit::new("count"));
        let first: Vec<&String> = gaps.without_history.first.iter().take(1).collect();
        let again = Prose::new(if advice.is_empty() { "Run " } else { "; run " }).names(&first);
        let again = again.text(plural(n, "", " and the others")).text(" again: from ").value(runs);
        advice.push(again.text(" runs on, a series is judged"));
    }
    if gaps.without_unit.n > 0 {
        let what = "metrics without a unit";
        prose = prose.text(joint).count(ledger, gaps.without_unit.n, "metric comes", "metrics come", what);
        prose = gaps.without_unit.list(prose.text(" without a unit ("), ledger, what).text(")");
    }
    let advice = advice.into_iter().reduce(Prose::then).map(|advice| advice.text("."));
    Finding { prose: prose.text("."), advice }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::FactId;

    #[test]
    fn the_same_words_are_advised_once_and_rest_on_all_that_called_for_them() {
        let mut advice = Vec::new();
        for id in 1..=3 {
            add_once(&mut advice, None, Prose::new(if id == 2 { "Run it." } else { "Mend it." }).cite(FactId(id)));
        }
        assert_eq!(
            advice,
            [
                (None, Prose::new("Mend it.").cite(FactId(1)).cite(FactId(3))),
                (None, Prose::new("Run it.").cite(FactId(2)))
            ]
        );
    }
}
