//! The executive summary: how much of what arrived can be judged, what comes out best, and what weakens all of it.

use crate::domain::verdict::VerdictKind;
use crate::insight::document::Prose;
use crate::insight::fastest;
use crate::insight::findings::Evidence;
use crate::insight::ledger::Ledger;
use crate::insight::sweep;
use crate::insight::words::plural;

/// Weaknesses named in one sentence.
const WEAKNESSES: usize = 3;

/// Two to four sentences.
pub(super) fn write(evidence: &Evidence, ledger: &mut Ledger) -> Vec<Prose> {
    let mut sentences = vec![footing(evidence, ledger)];
    sentences.extend(best(evidence, ledger));
    if sentences.len() == 1 {
        let all = ledger.count("measurements of this landing", evidence.landing.measurements);
        let nothing = Prose::new("Nothing in it can be compared: no two models or settings did the same work.");
        sentences.push(nothing.cite(all));
    }
    sentences.extend(weaknesses(evidence, ledger));
    sentences
}

/// How many series have the history that a verdict takes.
fn footing(evidence: &Evidence, ledger: &mut Ledger) -> Prose {
    let verdicts = &evidence.landing.verdicts;
    let of = |kind| verdicts.get(&kind).copied().unwrap_or(0);
    let all: u64 = verdicts.values().sum();
    let judged = all.saturating_sub(of(VerdictKind::New) + of(VerdictKind::InsufficientEvidence));
    let told = "series of this landing with a verdict or on their way to one";
    if all == 0 {
        let all = ledger.count("measurements of this landing", evidence.landing.measurements);
        return Prose::new("No series of this landing was judged.").cite(all);
    }
    let what = "series of this landing with enough history for a verdict";
    let whole = ledger.count(told, all);
    if judged == 0 {
        let prose = Prose::new("None of ").value(whole).text(plural(all, " series has", " series has"));
        return prose.text(
            " enough history for a verdict: what follows compares what was measured side by side, not with the past.",
        );
    }
    let part = ledger.count(what, judged);
    let prose = Prose::default().value(part).text(" of ").value(whole).text(" series");
    let prose = prose.text(plural(judged, " has", " have")).text(" enough history for a verdict");
    let worse = evidence.moves.worse_apart().0.len() as u64;
    if worse == 0 {
        return prose.text(", and none of these regressed.");
    }
    prose.text("; ").count(ledger, worse, "of these got worse.", "of these got worse.", "series that regressed")
}

/// Which model, or else which configuration, does the most work, and which waits least.
fn best(evidence: &Evidence, ledger: &mut Ledger) -> Vec<Prose> {
    let standings = evidence.standings;
    let work = (0..=3).filter(|priority| *priority != 1).find_map(|priority| standings.main(priority));
    let work = work.and_then(|field| fastest::in_brief(field, ledger));
    let wait = standings.main(1).and_then(|field| fastest::in_brief(field, ledger));
    let sweeps = sweep::best(evidence.sweeps, work.is_none(), wait.is_none(), ledger);
    [work, wait].into_iter().flatten().chain(sweeps).collect()
}

/// What is to be doubted, the worst first.
fn weaknesses(evidence: &Evidence, ledger: &mut Ledger) -> Option<Prose> {
    let gaps = evidence.gaps;
    let found = [
        (gaps.disagreeing(), "place disagrees with another", "places disagree with others", "places that disagree"),
        (evidence.failed, "file is unreadable", "files are unreadable", "artifacts that could not be read"),
        (
            gaps.errors.total(),
            "measurement failed",
            "measurements failed",
            "measurements that ended in an error, each once",
        ),
        (
            gaps.without_p99.n,
            "model or benchmark has no p99",
            "models and benchmarks have no p99",
            "models and benchmarks without a p99",
        ),
        (
            gaps.without_history.n,
            "benchmark has a single run",
            "benchmarks have a single run",
            "benchmarks with a single run",
        ),
    ];
    let mut told = found.into_iter().filter(|(n, ..)| *n > 0).take(WEAKNESSES).peekable();
    told.peek()?;
    let mut prose = Prose::new("What weakens this: ");
    for (i, (n, one, many, what)) in told.enumerate() {
        prose = prose.text(if i == 0 { "" } else { ", " }).count(ledger, n, one, many, what);
    }
    Some(prose.text("."))
}
