//! Risks, each with what reduces it: what is known to be wrong first, then what nobody can know from these data.

use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;
use crate::insight::Settings;
use crate::insight::changes;
use crate::insight::document::Prose;
use crate::insight::findings::Evidence;
use crate::insight::ledger::Ledger;
use crate::insight::sweep;
use crate::insight::words::plural;

/// Rows of the table.
const LEAST: usize = 2;
const MOST: usize = 4;

type Risk = (Prose, Prose);
type Kind = fn(&Evidence, &Settings, &mut Ledger) -> Option<Risk>;

/// The gravest first; two at least.
pub(super) fn write(evidence: &Evidence, settings: &Settings, ledger: &mut Ledger) -> Vec<Risk> {
    let kinds: [Kind; 8] = [regressed, open, watched, disagreeing, failed, cold, tails, short_history];
    let mut risks: Vec<Risk> = Vec::new();
    for kind in kinds {
        if risks.len() < MOST {
            risks.extend(kind(evidence, settings, ledger));
        }
    }
    let always = [unseen_work, small_shifts];
    for kind in always.into_iter().take(LEAST.saturating_sub(risks.len())) {
        risks.push(kind(evidence, settings, ledger));
    }
    risks
}

fn regressed(evidence: &Evidence, _: &Settings, ledger: &mut Ledger) -> Option<Risk> {
    let (worse, _) = evidence.moves.worse_apart();
    let worst = worse.first()?;
    let name =
        |prose: Prose| prose.name(&worst.series.metric).text(" of ").name(evidence.names.of(&worst.series.benchmark));
    let risk = if worse.len() == 1 {
        name(Prose::new("Whatever was planned on the old level of ")).text(" does not hold any more")
    } else {
        let what = "series that regressed";
        let prose = Prose::new("Whatever was planned on the old levels of ").count(
            ledger,
            worse.len() as u64,
            "series",
            "series",
            what,
        );
        name(prose.text(" does not hold any more, least of all on that of "))
    };
    let risk = match changes::effect(ledger, worst) {
        Some(effect) => risk.text(" (").change(effect).text(")."),
        None => risk.text("."),
    };
    Some((
        risk,
        Prose::new("Plan with the new level until the cause is found, and have the next run confirm the cure."),
    ))
}

fn open(evidence: &Evidence, _: &Settings, ledger: &mut Ledger) -> Option<Risk> {
    let n = evidence.moves.still_open().len() as u64;
    (n > 0).then(|| {
        let what = "alerts that are still open";
        let (one, many) = ("alert from before is open still", "alerts from before are open still");
        let risk = Prose::default().count(ledger, n, one, many, what);
        (
            risk.text(": what else happens to the same series does not stand out beside it."),
            Prose::new("Close what is settled and take the rest, so that an open alert means something to be done."),
        )
    })
}

fn watched(evidence: &Evidence, settings: &Settings, ledger: &mut Ledger) -> Option<Risk> {
    let candidates = evidence.moves.brought(VerdictKind::Candidate);
    let n = candidates.iter().filter(|judged| changes::looks(judged) == "worse").count() as u64;
    (n > 0).then(|| {
        let what = "series that are watched and look worse";
        let risk = Prose::default().count(ledger, n, "series looks worse", "series look worse", what);
        let runs = ledger.setting("confirm_runs", settings.judged_by.confirm_runs as f64, Unit::new("count"));
        let mitigation = Prose::new("Decide nothing on it before ").value(runs).text(" runs in a row say the same.");
        (risk.text(" on too few runs to tell a regression from bad luck."), mitigation)
    })
}

fn disagreeing(evidence: &Evidence, _: &Settings, ledger: &mut Ledger) -> Option<Risk> {
    let n = evidence.gaps.disagreeing();
    (n > 0).then(|| {
        let what = "places that disagree";
        let risk = Prose::new("A figure that somebody quotes is the wrong one of two: ");
        let risk = risk.count(ledger, n, "place disagrees.", "places disagree.", what);
        (risk, Prose::new("Quote the files that the runs wrote themselves, not texts about them."))
    })
}

fn failed(evidence: &Evidence, _: &Settings, ledger: &mut Ledger) -> Option<Risk> {
    let n = evidence.gaps.errors.total();
    if n > 0 {
        let what = "measurements that ended in an error, each once";
        let risk = Prose::new("Levels rest on the runs that worked, which may be the easy ones: ");
        let risk = risk.count(ledger, n, "measurement failed.", "measurements failed.", what);
        return Some((
            risk,
            Prose::new(
                "Set the share of failed runs beside each level, and compare only where both sides finished the same work.",
            ),
        ));
    }
    (evidence.failed > 0).then(|| {
        let what = "artifacts that could not be read";
        let risk = Prose::new("What would change the picture may stand in ").count(
            ledger,
            evidence.failed,
            "file",
            "files",
            what,
        );
        let risk = risk.text(plural(evidence.failed, " that nobody could read.", " that nobody could read."));
        (risk, Prose::new("Write results to a temporary name and rename them when they are whole."))
    })
}

fn cold(evidence: &Evidence, _: &Settings, ledger: &mut Ledger) -> Option<Risk> {
    let risk = sweep::cold_risk(evidence.sweeps, ledger)?;
    Some((risk, Prose::new("Send a warm-up request after each start and each change of settings, before users come.")))
}

fn tails(evidence: &Evidence, _: &Settings, ledger: &mut Ledger) -> Option<Risk> {
    let n = evidence.gaps.without_p99.n;
    (n > 0).then(|| {
        let what = "models and benchmarks without a p99";
        let (one, many) = ("model or benchmark", "models and benchmarks");
        let risk = Prose::new("Nobody knows how slow the slowest requests of ").count(ledger, n, one, many, what);
        (risk.text(" are."), Prose::new("Promise medians only, until the tail is measured."))
    })
}

fn short_history(evidence: &Evidence, settings: &Settings, ledger: &mut Ledger) -> Option<Risk> {
    let verdicts = &evidence.landing.verdicts;
    let of = |kind| verdicts.get(&kind).copied().unwrap_or(0);
    let young = of(VerdictKind::New) + of(VerdictKind::InsufficientEvidence);
    (young > 0).then(|| {
        let what = "series that are too young to judge";
        let risk = Prose::new("Nothing would give the alarm if ").count(ledger, young, "series", "series", what);
        let runs = ledger.setting("min_runs", settings.judged_by.min_runs as f64, Unit::new("count"));
        let mitigation =
            Prose::new("Run them on a schedule; ").value(runs).text(" runs are enough for the judge to begin.");
        (risk.text(" got worse: their history is too short."), mitigation)
    })
}

fn unseen_work(evidence: &Evidence, _: &Settings, ledger: &mut Ledger) -> Risk {
    let series = ledger.count("series of this landing", evidence.landing.series);
    (
        Prose::new("Work that these ").value(series).text(plural(
            evidence.landing.series,
            " series does not exercise may get slower unseen.",
            " series do not exercise may get slower unseen.",
        )),
        Prose::new("Benchmark the work that matters most to those who use it, in the amounts that they use."),
    )
}

fn small_shifts(_: &Evidence, settings: &Settings, ledger: &mut Ledger) -> Risk {
    let least = ledger.setting("min_effect", settings.judged_by.min_effect * 100.0, Unit::new("percent"));
    (
        Prose::new("Losses below ").value(least).text(" are taken as too small to matter, and many of them add up."),
        Prose::new("Hold each release against one of long ago, not only against the last."),
    )
}
