//! What a reader takes away of the sweeps: the best configuration in a clause, and what a cold start does to the wait.

use super::Sweep;
use super::ranking::{Contest, Told};
use super::tell::leading;
use super::tell_cold::with_cold;
use crate::insight::document::Prose;
use crate::insight::ledger::Ledger;
use crate::insight::words;

/// The best configurations of the most telling sweeps: by `work` (throughput, or the first metric where there is none) and by the
/// `wait`, in one sentence where both are of one sweep.
pub(in crate::insight) fn best(sweeps: &[Sweep], work: bool, wait: bool, ledger: &mut Ledger) -> Vec<Prose> {
    let first = |kind: u8| leading(sweeps, kind).into_iter().next();
    let work = work.then(|| first(0).or_else(|| first(2))).flatten();
    let wait = wait.then(|| first(1)).flatten();
    match (work, wait) {
        (Some((sweep, one)), Some((other, two))) if std::ptr::eq(sweep, other) && one.work == two.work => {
            let prose = is_best(of_all(sweep, one), sweep, one, ledger).text(", and ");
            let prose = is_best(prose, sweep, two, ledger);
            vec![prose.text(match (is_sure(one), is_sure(two)) {
                (true, true) => "; both leads are more than chance.",
                (true, false) => "; only the first of these leads is more than chance.",
                (false, true) => "; only the second of these leads is more than chance.",
                (false, false) => "; the runs prove neither lead.",
            })]
        }
        _ => [work, wait]
            .into_iter()
            .flatten()
            .map(|(sweep, contest)| {
                let prose = is_best(of_all(sweep, contest), sweep, contest, ledger);
                let sure = is_sure(contest);
                prose.text(if sure { ", by more than chance." } else { "; the runs do not prove that lead." })
            })
            .collect(),
    }
}

fn of_all(sweep: &Sweep, contest: &Contest) -> Prose {
    Prose::new("Of the configurations of ").then(sweep.title_at(&contest.work)).text(", ")
}

/// "`ctx=1024` is best by `ttft` (0.1 s)".
fn is_best(prose: Prose, sweep: &Sweep, contest: &Contest, ledger: &mut Ledger) -> Prose {
    let id = contest.best_fact(&sweep.name(), ledger);
    let prose = words::configured(prose, &contest.best.configuration).text(" is best by ");
    prose.name(&contest.metric).text(" (").value(id).text(")")
}

/// Whether the best can be told from all others.
fn is_sure(contest: &Contest) -> bool {
    contest.alike == Some(0) || contest.places.first().is_some_and(|second| second.told == Told::Apart)
}

/// What a cold start makes of the wait, in the sweep that tells most of them.
pub(in crate::insight) fn cold_risk(sweeps: &[Sweep], ledger: &mut Ledger) -> Option<Prose> {
    let (sweep, cold) = with_cold(sweeps).into_iter().next()?;
    let name = sweep.name();
    let (metric, unit) = cold.metric();
    let level = cold.cold.level(ledger, &format!("{metric} of {name}, cold starts"), unit);
    let usual = cold.warm.level(ledger, &format!("{metric} of {name}, without cold starts"), unit);
    let prose = Prose::new("A user who comes first waits ").value(level).text(" rather than ").value(usual);
    Some(prose.text(" (").name(metric).text(" in ").then(sweep.title()).text(")."))
}
