//! The answer in a line, and what arrived.

use super::changes;
use super::document::Prose;
use super::input::{Judged, Landing};
use super::ledger::Ledger;
use super::moves::Moves;
use crate::domain::verdict::VerdictKind;

/// The first sentence of the report: what a reader must know who reads no further.
pub(super) fn verdict(moves: &Moves, landing: &Landing, failed: u64, ledger: &mut Ledger) -> Prose {
    let (regressions, own) = moves.worse_apart();
    let candidates = moves.of(VerdictKind::Candidate);
    let open = moves.still_open().len() as u64;
    let mut prose = if let Some(worst) = regressions.first() {
        let prose = regressed(moves, worst, regressions.len() as u64, ledger);
        let what = "series of the agents' calls that regressed";
        let (one, many) = ("series of the agents' calls got worse too.", "series of the agents' calls got worse too.");
        if own.is_empty() { prose } else { prose.text(" ").count(ledger, own.len() as u64, one, many, what) }
    } else if let Some(worst) = own.first() {
        regressed(moves, worst, own.len() as u64, ledger)
    } else if !candidates.is_empty() {
        watched(&candidates, ledger)
    } else if open > 0 {
        Prose::new("Nothing new regressed; ")
            .count(ledger, open, "alert from before is", "alerts from before are", "alerts that are still open")
            .text(" open.")
    } else {
        quiet(landing, ledger)
    };
    let others = moves.others().into_iter().filter(|alert| alert.fresh).count() as u64;
    if others > 0 {
        let what = "new alerts about environments, budgets and missing results";
        let (one, many) = (
            "alert about a budget, missing results or an environment.",
            "alerts about budgets, missing results or environments.",
        );
        prose = prose.text(" New: ").count(ledger, others, one, many, what);
    }
    let accepted = moves.brought(VerdictKind::Accepted).len() as u64;
    if accepted > 0 {
        let what = "series that moved as a person has accepted";
        let (one, many) = ("series moved as was accepted.", "series moved as was accepted.");
        prose = prose.text(" ").count(ledger, accepted, one, many, what);
    }
    let improved = moves.brought(VerdictKind::Improvement).len() as u64;
    if improved > 0 {
        let what = "series that improved";
        prose = prose.text(" ").count(ledger, improved, "series got better.", "series got better.", what);
    }
    if failed > 0 {
        let what = "artifacts that could not be read";
        prose = prose.text(" ").count(ledger, failed, "file could not be read.", "files could not be read.", what);
    }
    prose
}

/// "Nothing is confirmed, but 1 series looks worse and 2 look better; another run will tell." Of the agents' calls only where nothing else
/// is watched.
fn watched(candidates: &[&Judged], ledger: &mut Ledger) -> Prose {
    let mut prose = Prose::new("Nothing is confirmed, but ");
    let only_own = candidates.iter().all(|judged| changes::is_own(judged));
    let series = if only_own { "series of the agents' calls" } else { "series" };
    let mut joint = "";
    for way in ["worse", "better", "different"] {
        let is_meant = |judged: &&&Judged| changes::is_own(judged) == only_own && changes::looks(judged) == way;
        let n = candidates.iter().filter(is_meant).count() as u64;
        if n == 0 {
            continue;
        }
        let look = if n == 1 { "looks" } else { "look" };
        let noun = if joint.is_empty() { format!("{series} {look}") } else { look.to_owned() };
        let what = format!("{series} that are watched and look {way}");
        prose = prose.text(joint).count(ledger, n, &noun, &noun, &what).text(" ").text(way);
        joint = " and ";
    }
    prose.text("; another run will tell.")
}

fn regressed(moves: &Moves, worst: &Judged, n: u64, ledger: &mut Ledger) -> Prose {
    let prose = if moves.backfill { Prose::new("Baseline taken; in the recorded history ") } else { Prose::default() };
    let name = |prose: Prose| prose.name(&worst.series.metric).text(" of ").name(&worst.series.benchmark);
    let prose = if n == 1 {
        name(prose).text(" got worse")
    } else {
        let series = if changes::is_own(worst) { "series of the agents' calls" } else { "series" };
        let prose = prose.count(ledger, n, series, series, &format!("{series} that regressed"));
        name(prose.text(" got worse, most of all "))
    };
    match changes::effect(ledger, worst) {
        Some(effect) => prose.text(" (").change(effect).text(")."),
        None => prose.text("."),
    }
}

/// Nothing moved; which is no good news of series that are too young to tell.
fn quiet(landing: &Landing, ledger: &mut Ledger) -> Prose {
    let of = |kind| landing.verdicts.get(&kind).copied().unwrap_or(0);
    let young = of(VerdictKind::New) + of(VerdictKind::InsufficientEvidence);
    let judged = landing.verdicts.values().sum::<u64>() - young;
    let prose = Prose::new(match (landing.backfill, young > 0 && judged == 0) {
        (true, true) => "Baseline taken. The history is still too short to judge any series.",
        (true, false) => "Baseline taken. Nothing in the recorded history ends in a regression.",
        (false, true) => "Too little history to judge what arrived.",
        (false, false) => "Nothing regressed.",
    });
    if young == 0 || judged == 0 {
        return prose;
    }
    let what = "series that are too young to judge";
    prose.text(" ").count(ledger, young, "series is", "series are", what).text(" still too young to judge.")
}

/// What this landing brought.
pub(super) fn arrived(landing: &Landing, ledger: &mut Ledger) -> Prose {
    let prose = Prose::new(if landing.backfill { "Found on the first look: " } else { "Arrived: " });
    prose
        .count(ledger, landing.new_artifacts, "artifact", "artifacts", "artifacts of this landing")
        .text(" with ")
        .count(ledger, landing.runs, "run", "runs", "runs of this landing")
        .text(", ")
        .count(ledger, landing.measurements, "measurement", "measurements", "measurements of this landing")
        .text(" of ")
        .count(ledger, landing.series, "series", "series", "series of this landing")
        .text(".")
}
