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
    let judged = Footing::of(evidence);
    let footing = judged.tell(evidence, ledger);
    let best = best(evidence, ledger);
    let mut sentences = match (judged.judged, best.is_empty()) {
        (0, false) => vec![footing.text(": what follows compares what was measured side by side, not with the past.")],
        (_, false) => vec![footing.text(".")],
        (judged, true) => {
            let all = ledger.count("measurements of this landing", evidence.landing.measurements);
            let nothing = match judged {
                0 => "Nothing can be compared side by side either: no two models or settings did the same work.",
                _ => "Nothing can be compared side by side: no two models or settings did the same work.",
            };
            vec![footing.text("."), Prose::new(nothing).cite(all)]
        }
    };
    sentences.extend(best);
    sentences.extend(weaknesses(evidence, ledger));
    sentences
}

/// How many of the series that the files brought have the history that a verdict takes.
struct Footing {
    all: u64,
    judged: u64,
    worse: u64,
}

impl Footing {
    fn of(evidence: &Evidence) -> Self {
        let verdicts = &evidence.landing.verdicts;
        let of = |kind| verdicts.get(&kind).copied().unwrap_or(0);
        let all: u64 = verdicts.values().sum();
        let judged = all.saturating_sub(of(VerdictKind::New) + of(VerdictKind::InsufficientEvidence));
        Self { all, judged, worse: evidence.moves.worse_apart().0.len() as u64 }
    }

    /// A sentence without its full stop.
    fn tell(&self, evidence: &Evidence, ledger: &mut Ledger) -> Prose {
        if self.all == 0 {
            let all = ledger.count("measurements of this landing", evidence.landing.measurements);
            return Prose::new("No series of this landing was judged").cite(all);
        }
        let whole = ledger.count("series of this landing with a verdict or on their way to one", self.all);
        // Beside series that nobody wants to have judged, "all" would be too many.
        let is_all = self.all == evidence.landing.series;
        let prose = match (self.judged, self.all) {
            (0, 1) if is_all => return Prose::new("The only series has not enough history for a verdict").cite(whole),
            (0, _) => return Prose::new("None of ").value(whole).text(" series has enough history for a verdict"),
            (1, 1) if is_all => Prose::new("The only series has").cite(whole),
            (2, 2) if is_all => Prose::new("Both series have").cite(whole),
            (judged, all) if is_all && judged == all => Prose::new("All ").value(whole).text(" series have"),
            (judged, _) => {
                let part = ledger.count("series of this landing with enough history for a verdict", judged);
                let prose = Prose::default().value(part).text(" of ").value(whole);
                prose.text(plural(judged, " series has", " series have"))
            }
        };
        self.outcome(prose.text(" enough history for a verdict"), ledger)
    }

    fn outcome(&self, prose: Prose, ledger: &mut Ledger) -> Prose {
        let what = "series that regressed";
        match (self.worse, self.judged) {
            (0, 1) => prose.text(", and it did not regress"),
            (0, _) => prose.text(", and none of these regressed"),
            (1, 1) => prose.text(", and it got worse").cite(ledger.count(what, 1)),
            (worse, judged) if worse == judged => {
                prose.text(", and all of these got worse").cite(ledger.count(what, worse))
            }
            (worse, _) => prose.text("; ").value(ledger.count(what, worse)).text(" of these got worse"),
        }
    }
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
