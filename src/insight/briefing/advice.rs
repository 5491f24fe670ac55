//! One recommendation for each aim: the most direct of what the findings advise, or what to measure where they advise nothing.

use super::priorities;
use crate::domain::call::Aim;
use crate::domain::units::Unit;
use crate::insight::Settings;
use crate::insight::document::Prose;
use crate::insight::findings::{Advice, Evidence};
use crate::insight::input::Judged;
use crate::insight::ledger::Ledger;
use crate::insight::words;

/// The aims, in their order.
const AIMS: [Aim; 3] = [Aim::Throughput, Aim::Ttft, Aim::Quality];

/// One for each aim, and the others as they came.
pub(super) fn choose(
    mut advice: Vec<Advice>,
    evidence: &Evidence,
    settings: &Settings,
    ledger: &mut Ledger,
) -> (Vec<(Aim, Prose)>, Vec<Prose>) {
    let mut chosen = Vec::new();
    for aim in AIMS {
        let directly =
            |(i, (of, _)): (usize, &Advice)| of.filter(|(own, _)| *own == aim).map(|(_, directly)| (directly, i));
        let prose = match advice.iter().enumerate().filter_map(directly).min() {
            Some((_, at)) => advice.remove(at).1,
            None => to_measure(aim, evidence, settings, ledger),
        };
        chosen.push((aim, prose));
    }
    (chosen, advice.into_iter().map(|(_, prose)| prose).collect())
}

/// What to measure, where nothing that was measured advises anything.
fn to_measure(aim: Aim, evidence: &Evidence, settings: &Settings, ledger: &mut Ledger) -> Prose {
    let all = ledger.count("measurements of this landing", evidence.landing.measurements);
    let name =
        |metric: &str, benchmark: &str| Prose::default().name(metric).text(" of ").name(evidence.names.of(benchmark));
    let speaks = |worse: &&Judged| priorities(aim).contains(&words::priority(&worse.series, worse.direction));
    // What got worse is what a reader thinks of.
    let worse = evidence.moves.worse_apart().0.into_iter().find(speaks);
    let example = match worse {
        Some(worse) => Some(name(&worse.series.metric, &worse.series.benchmark)),
        None => evidence.measured.example(aim).map(|(_, metric, benchmark)| name(metric, benchmark)),
    };
    match (aim, example) {
        (Aim::Throughput, None) => Prose::new(
            "No rate of work was measured: record how much is done in a second beside every other figure, or a gain in one is paid for in the other unseen.",
        ),
        (Aim::Ttft, None) => Prose::new(
            "No wait was measured: record for each request when its first result came and when its last one did.",
        ),
        (Aim::Throughput, Some(example)) => Prose::new("Nothing here is to be chosen by ").then(example).text(
            " yet: run the same work with more than one setting, one changed at a time, each several times.",
        ),
        (Aim::Ttft, Some(example)) => Prose::new("No setting or model here is known to shorten ").then(example).text(
            ": vary what may, one thing at a time, and keep first runs apart from warm ones.",
        ),
        (Aim::Quality, _) => {
            let runs = ledger.setting("min_runs", settings.judged_by.min_runs as f64, Unit::new("count"));
            let prose = Prose::new("Nothing that was read is missing or at odds with itself. Go on with the same benchmarks under the same settings: a series can be judged from ");
            return prose.value(runs).text(" runs on.");
        }
    }
    .cite(all)
}
