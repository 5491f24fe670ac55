//! Findings, ranked by what they mean for the reader, and the recommendations that follow from them.

use super::changes::{self, Moves};
use super::document::{Block, Prose, Section};
use super::draft::{Draft, Finding, Topic, draft, select};
use super::gaps::{self, Gaps, Named};
use super::league::League;
use super::ledger::Ledger;
use super::names::Names;
use super::standings::Standings;
use super::sweep::{self, Sweep};
use super::words::plural;
use super::{Settings, fastest, league_tell};
use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;

/// Recommendations given at most: a longer list is not followed.
const RECOMMENDATIONS: usize = 8;

/// What the findings are drawn from.
pub(super) struct Evidence<'a> {
    pub moves: &'a Moves<'a>,
    pub gaps: &'a Gaps,
    pub sweeps: &'a [Sweep],
    pub standings: &'a Standings,
    pub leagues: &'a [League],
    pub names: &'a Names,
    pub failed: u64,
}

/// The sections "Findings" and "Recommendations"; one without content is left out.
pub(super) fn sections(evidence: &Evidence, settings: &Settings, ledger: &mut Ledger) -> Vec<Section> {
    let mut drafts: Vec<Draft> = Vec::new();
    drafts.extend(failures(evidence.failed));
    drafts.extend(kinds(evidence.gaps));
    if evidence.gaps.errors.total() > 0 {
        drafts.push(draft(850, Topic::Failure, |ledger| evidence.gaps.errors.tell(ledger)));
    }
    drafts.extend(fastest::drafts(evidence.standings, evidence.names, settings));
    drafts.extend(league_tell::drafts(evidence.leagues, evidence.names));
    drafts.extend(sweep::drafts(evidence.sweeps, settings));
    drafts.extend(missing(evidence.gaps, settings));
    let told: Vec<Finding> = select(drafts, settings.findings).into_iter().map(|draft| (draft.tell)(ledger)).collect();
    let mut findings = Vec::new();
    let mut advice = after_moves(evidence.moves, settings, ledger);
    for finding in told {
        findings.push(finding.prose);
        advice.extend(finding.advice);
    }
    advice.truncate(RECOMMENDATIONS);
    let section =
        |title: &str, items: Vec<Prose>| (!items.is_empty()).then(|| Section::new(title, vec![Block::Numbered(items)]));
    [section("Findings", findings), section("Recommendations", advice)].into_iter().flatten().collect()
}

fn after_moves(moves: &Moves, settings: &Settings, ledger: &mut Ledger) -> Vec<Prose> {
    let mut advice = Vec::new();
    if let Some(worst) = moves.worse().first() {
        let prose = Prose::new("Begin with ").name(&worst.series.metric).text(" of ").name(&worst.series.benchmark);
        let prose = match (&worst.commit_before, &worst.commit_after) {
            (Some(before), Some(after)) if before != after => {
                prose.text(": the cause lies between commits ").name(before).text(" and ").name(after).text(".")
            }
            _ => prose
                .text(": ask what changed on the machine or in the code when the new level began.")
                .text(" If it is meant to be so, accept it."),
        };
        advice.push(match changes::effect(ledger, worst) {
            Some(effect) => prose.cite(effect),
            None => prose,
        });
    }
    if let Some(candidate) = moves.of(VerdictKind::Candidate).first() {
        let runs = ledger.setting("confirm_runs", settings.judged_by.confirm_runs as f64, Unit::new("count"));
        advice.push(
            Prose::new("Run ")
                .name(&candidate.series.benchmark)
                .text(" again: ")
                .value(runs)
                .text(" runs at the new level make it a regression, a run at the old one clears it."),
        );
    }
    advice
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
    let told = gaps.kinds.iter().map(|(kind, &(count, files))| {
        let (weight, rest, advice) = if gaps::is_contradiction(kind) {
            (
                880,
                ": they cannot all be right.",
                "Find out which of the places that disagree is right before you quote either.",
            )
        } else if kind == "not_a_number" {
            let advice = "Look into what wrote cells that are neither a number nor empty; they count for nothing here.";
            (560, ".", advice)
        } else {
            (
                550,
                ".",
                "Fill what is empty, or leave the column out, so that a missing value is not taken for a measured one.",
            )
        };
        let topic = match weight {
            880 => Topic::Contradiction,
            _ => Topic::Missing,
        };
        draft(weight, topic, move |ledger| {
            let word = match (kind.as_str(), count) {
                ("not_a_number", 1) => "cell without a number".to_owned(),
                ("not_a_number", _) => "cells without a number".to_owned(),
                (kind, 1) => kind.replace('_', " ").trim_end_matches('s').to_owned(),
                (kind, _) => kind.replace('_', " "),
            };
            let id = ledger.count(word.clone(), count);
            let prose = Prose::new("The files hold ").value(id).text(" ").quote(&word).text(" in ");
            let prose = prose.count(ledger, files, "place", "places", &format!("places with {word}"));
            Finding { prose: prose.text(rest), advice: Some(Prose::new(advice).cite(id)) }
        })
    });
    told.collect()
}

fn missing<'a>(gaps: &'a Gaps, settings: &'a Settings) -> Vec<Draft<'a>> {
    let mut drafts = Vec::new();
    if gaps.without_p99.n > 0 {
        drafts.push(draft(600, Topic::Missing, |ledger| without_tail(&gaps.without_p99, ledger)));
    }
    if gaps.without_history.n > 0 {
        drafts.push(draft(500, Topic::Missing, |ledger| without_history(&gaps.without_history, settings, ledger)));
    }
    if gaps.without_unit.n > 0 {
        drafts.push(draft(400, Topic::Missing, |ledger| without_unit(&gaps.without_unit, ledger)));
    }
    drafts
}

fn without_tail(named: &Named, ledger: &mut Ledger) -> Finding {
    let what = "models and benchmarks without a p99";
    let id = ledger.count(what, named.n);
    let prose = Prose::new("Nobody can tell the tail of ").value(id).text(plural(
        named.n,
        " model or benchmark: ",
        " models and benchmarks: ",
    ));
    let prose = named.list(prose, ledger, what).text(plural(named.n, " has", " have"));
    let advice = "Record p99, or every single latency, where only a mean or one value is kept now.";
    Finding {
        prose: prose.text(" latencies, but no p99 and too few values for one."),
        advice: Some(Prose::new(advice).cite(id)),
    }
}

fn without_history(named: &Named, settings: &Settings, ledger: &mut Ledger) -> Finding {
    let id = ledger.count("benchmarks with a single run", named.n);
    let runs = ledger.setting("min_runs", settings.judged_by.min_runs as f64, Unit::new("count"));
    let first: Vec<&String> = named.first.iter().take(1).collect();
    let advice = Prose::new("Run ").names(&first).text(plural(named.n, "", " and the others")).text(" again: from ");
    Finding {
        prose: Prose::default()
            .value(id)
            .text(plural(named.n, " benchmark", " benchmarks"))
            .text(" ran only once, so there is nothing yet to compare the next run with."),
        advice: Some(advice.value(runs).text(" runs on, a series is judged.").cite(id)),
    }
}

fn without_unit(named: &Named, ledger: &mut Ledger) -> Finding {
    let what = "metrics without a unit";
    let id = ledger.count(what, named.n);
    let prose = Prose::default().value(id).text(plural(named.n, " metric comes", " metrics come"));
    Finding {
        prose: named.list(prose.text(" without a unit: "), ledger, what).text("."),
        advice: Some(Prose::new("Put the unit into the name of the column or beside the value.").cite(id)),
    }
}
