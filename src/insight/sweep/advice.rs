//! What to do about a sweep: what to set, and which measurement would decide it.

use super::cold::{Cold, Trigger};
use super::effects::{Effects, Known};
use super::pareto::Front;
use super::ranking::{Contest, Place, Told};
use super::{Sweep, tell};
use crate::domain::fact::FactId;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::insight::document::Prose;
use crate::insight::ledger::Ledger;
use crate::insight::paired::LEAST_PAIRS;
use crate::insight::words;

/// Take the best, or find out whether it is the best.
pub(super) fn of_lead(sweep: &Sweep, contest: &Contest, best: FactId, ledger: &mut Ledger) -> Prose {
    let goal = match contest.priority {
        0 => "For throughput in ",
        1 => "For a short wait in ",
        _ => "",
    };
    let goal = match goal {
        "" => Prose::new("For ").name(&contest.metric).text(" in "),
        goal => Prose::new(goal),
    };
    let prose = goal.then(sweep.title_at(&contest.work));
    let best_of = |prose: Prose| words::configured(prose, &contest.best.configuration);
    let second = contest.places.first();
    match second {
        Some(second) if second.told == Told::Unknown => {
            let prose = best_of(prose.text(", take ")).text(" for now, and run it and ");
            let prose = words::configured(prose, &second.level.configuration);
            prose.text(" some more times: nothing tells yet how far two runs of the same differ.").cite(best)
        }
        Some(second) if second.told != Told::Apart => {
            let times = ledger.setting("pairs_for_an_interval", LEAST_PAIRS as f64, Unit::new("count"));
            let prose = best_of(prose.text(", do not choose by rank yet: run ")).text(" and ");
            let prose = words::configured(prose, &second.level.configuration);
            let prose = prose.text(" in turn, ").value(times).text(" times each, the fewest that carry an interval");
            let prose = match pairs_needed(sweep, contest, second, ledger) {
                Some(needed) => prose.text("; about ").value(needed).text(" would settle a lead as small as this one"),
                None => prose,
            };
            prose.text(". As long as the interval holds zero, choose by memory and quality.").cite(best)
        }
        _ => best_of(prose.text(", set ")).text(".").cite(best),
    }
}

/// How many pairs would tell the best from the second in four of five tries, if the lead is what it seems and the noise stays.
fn pairs_needed(sweep: &Sweep, contest: &Contest, second: &Place, ledger: &mut Ledger) -> Option<FactId> {
    let name = sweep.name();
    let effects = sweep.effects.iter().find(|effects| effects.measure.metric == contest.metric)?;
    let noise = effects.noise.as_ref()?.value;
    let (best, level) = (contest.best.summary.median, second.level.summary.median);
    let facts = contest.place_facts(&name, second, ledger);
    let (gap, gap_id) = match (effects.relative, facts.relative) {
        (true, Some(id)) => ((level - best) / best.abs() * 100.0, id),
        (true, None) => return None,
        (false, _) => (level - best, facts.difference),
    };
    let needed = (8.0 * (noise / gap) * (noise / gap)).ceil();
    let noise_id = effects.noise_fact(&name, &sweep.pool, ledger)?;
    if !needed.is_finite() || needed <= LEAST_PAIRS as f64 || needed > 10_000.0 {
        return None;
    }
    let about =
        format!("pairs of runs that would tell the two best of {} in {} apart", contest.about(&name), contest.metric);
    let formula = format!("ceil(8 * ({noise_id} / {gap_id}) * ({noise_id} / {gap_id}))");
    Some(ledger.derived(about, needed, Unit::new("count"), formula, &[gap_id, noise_id]))
}

/// Keep it warm, and measure it warm.
pub(super) fn of_cold(sweep: &Sweep, cold: &Cold, ledger: &mut Ledger) -> Prose {
    let (metric, unit) = cold.metric();
    let name = sweep.name();
    let level = cold.cold.level(ledger, &format!("{metric} of {name}, cold starts"), unit);
    let usual = cold.warm.level(ledger, &format!("{metric} of {name}, without cold starts"), unit);
    let value = cold.cold.median - cold.warm.median;
    let what = format!("what a cold start adds to {metric} of {name}");
    let cost = ledger.derived(what, value, unit.clone(), format!("{level} - {usual}"), &[level, usual]);
    let prose = Prose::new("To cut ").name(metric).text(", keep the model loaded");
    let prose = match &cold.trigger {
        Trigger::Changed { settings, .. } => {
            prose.text(" and ").names(settings).text(" the same from request to request")
        }
        Trigger::First => prose.text(" and send one request before the first that counts"),
    };
    let prose = prose.text("; a cold start adds ").value(cost);
    prose.text(
        ". To learn what a setting does to the wait, put a warm-up run before each measurement and shuffle the order.",
    )
}

/// Set what helps; leave what does nothing.
pub(super) fn of_effect(sweep: &Sweep, effects: &Effects, ledger: &mut Ledger) -> Option<Prose> {
    let name = sweep.name();
    let moving =
        effects.contrasts.iter().filter(|one| matches!(one.known, Known::Moves | Known::Agrees)).max_by(|a, b| {
            let gain = |one: &&super::effects::Contrast| match effects.measure.direction {
                Direction::Lower => -one.estimate.center,
                _ => one.estimate.center,
            };
            gain(a).total_cmp(&gain(b))
        });
    let prose = Prose::new("In ").then(sweep.title());
    if let Some(one) = moving {
        let facts = effects.facts(&name, one, &sweep.pool, ledger);
        let better = effects.measure.direction.is_worse(one.estimate.center, 0.0);
        let (value, other) = if better { (&one.to, &one.from) } else { (&one.from, &one.to) };
        let prose = prose.text(", set ").name(&format!("{}={value}", one.setting)).text(" rather than ").name(other);
        let prose = prose.text(" for ").name(&effects.measure.metric);
        return Some(
            prose
                .text("; one more pass in shuffled order would rule out that the time of day did it.")
                .cite(facts.center),
        );
    }
    let quiet: Vec<&str> = quiet(effects);
    let strongest = quiet.first().and_then(|first| tell::strongest(effects, first))?;
    let facts = effects.facts(&name, strongest, &sweep.pool, ledger);
    let prose =
        prose.text(", choose ").names(&quiet).text(" for quality and memory: for ").name(&effects.measure.metric);
    let tuning =
        words::plural(quiet.len() as u64, " there is nothing to tune in it.", " there is nothing to tune in them.");
    Some(prose.text(tuning).cite(facts.center))
}

/// Settings of which every value makes no difference that matters.
fn quiet(effects: &Effects) -> Vec<&str> {
    let mut names: Vec<&str> = effects.contrasts.iter().map(|one| one.setting.as_str()).collect();
    names.dedup();
    names.retain(|name| {
        let mut of = effects.contrasts.iter().filter(|one| one.setting == **name);
        of.all(|one| matches!(one.known, Known::Nothing | Known::Small))
    });
    names
}

/// Choose on the front, or find out whether it is one.
pub(super) fn of_front(sweep: &Sweep, front: &Front, size: FactId, noisy: bool) -> Prose {
    let prose = Prose::new("In ").then(sweep.title_at(&front.work));
    match front.first.first() {
        Some((only, _)) if front.size == 1 && !noisy => words::configured(prose.text(", take "), &only.configuration)
            .text(": nothing is better in either.")
            .cite(size),
        _ if noisy => prose
            .text(", repeat the configurations on the front and a few behind it before you choose among them.")
            .cite(size),
        _ => prose.text(", choose among the configurations on the front, which the table lists.").cite(size),
    }
}

/// Run what is missing.
pub(super) fn of_holes(sweep: &Sweep, ledger: &mut Ledger) -> Option<Prose> {
    let holes = sweep.holes.as_ref()?;
    let missing = ledger.count(format!("combinations of {} without a result", sweep.name()), holes.missing);
    let prose = Prose::new("Run the missing combinations of ").then(sweep.title()).text(" again");
    Some(
        prose
            .text(" with the rest of their block, so that each setting is seen with all values of the others.")
            .cite(missing),
    )
}
