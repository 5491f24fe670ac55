//! Cold starts in sentences: what they cost, what the wait is made of, and what sets them off.

use super::cold::{Cold, Trigger};
use super::tell::joined;
use super::{Sweep, advice};
use crate::domain::units::Unit;
use crate::insight::document::Prose;
use crate::insight::draft::{Draft, Finding, Topic, draft};
use crate::insight::ledger::Ledger;
use crate::insight::words::plural;

/// Cold starts: the sweep with the most of them in full, the others by name.
pub(super) fn cold_starts(sweeps: &[Sweep]) -> Option<Draft<'_>> {
    let with = with_cold(sweeps);
    let (&(sweep, cold), others) = with.split_first()?;
    let others: Vec<&Sweep> = others.iter().map(|(sweep, _)| *sweep).collect();
    Some(draft(750, Topic::ColdStart, move |ledger| {
        let prose = cold_start(sweep, cold, ledger);
        let prose = match others.as_slice() {
            [] => prose,
            [..] => {
                let titles = joined(others.iter().map(|sweep| sweep.title()).collect());
                let also = plural(others.len() as u64, " has cold starts as well.", " have cold starts as well.");
                prose.text(" ").then(titles).text(also)
            }
        };
        Finding { prose, advice: Some(advice::of_cold(sweep, cold, ledger)) }
    }))
}

/// The sweeps with cold starts: data before prose, then those that tell most of them.
pub(super) fn with_cold(sweeps: &[Sweep]) -> Vec<(&Sweep, &Cold)> {
    let mut with: Vec<(&Sweep, &Cold)> =
        sweeps.iter().filter_map(|sweep| Some((sweep, sweep.cold.as_ref()?))).collect();
    with.sort_by(|a, b| {
        let key = |(sweep, cold): &(&Sweep, &Cold)| (sweep.prose, std::cmp::Reverse((cold.sum.is_some(), cold.cold.n)));
        key(a).cmp(&key(b)).then_with(|| a.0.name().cmp(&b.0.name()))
    });
    with
}

/// What the cold starts of a sweep are, what they cost and what sets them off.
pub(super) fn cold_start(sweep: &Sweep, cold: &Cold, ledger: &mut Ledger) -> Prose {
    let name = sweep.name();
    let (metric, unit) = cold.metric();
    let all = cold.cold.n + cold.warm.n;
    let n = ledger.count(format!("cold starts of {name}"), cold.cold.n);
    let of = ledger.count(format!("runs of {name} with {metric}"), all);
    let cold_level = cold.cold.level(ledger, &format!("{metric} of {name}, cold starts"), unit);
    let warm_level = cold.warm.level(ledger, &format!("{metric} of {name}, without cold starts"), unit);
    let prose = Prose::new("In ").then(sweep.title()).text(", ").value(n).text(" of ").value(of);
    let prose =
        prose.text(plural(cold.cold.n, " runs is a cold start: ", " runs are cold starts: ")).name(metric).text(" is ");
    let prose = prose.value(cold_level).text(" there and ").value(warm_level).text(" otherwise (medians).");
    let prose = match &cold.sum {
        Some(sum) => parts(prose, sweep, metric, sum, ledger),
        None => prose,
    };
    let prose = set_off(prose, &name, cold, ledger);
    match &cold.blamed {
        Some((setting, value)) => prose.text(" All of them ran with ").name(&format!("{setting}={value}")).text(
            ", which stands first after each change, so the plain numbers blame a setting that has nothing to do with it.",
        ),
        None => prose,
    }
}

/// What the wait is made of.
fn parts(prose: Prose, sweep: &Sweep, metric: &str, sum: &super::cold::Sum, ledger: &mut Ledger) -> Prose {
    let name = sweep.name();
    let equal =
        ledger.count(format!("runs of {name} in which {} and {} add up to {metric}", sum.main, sum.other), sum.equal);
    let mut share = |pairs: &[(usize, usize)], word: &str| {
        let mut values = Vec::new();
        let mut terms = Vec::new();
        let mut parents = Vec::new();
        for (whole, part) in pairs {
            let (Some(whole), Some(part)) = (sweep.pool.points.get(*whole), sweep.pool.points.get(*part)) else {
                continue;
            };
            values.push(100.0 * part.value / whole.value);
            let (whole, part) = (whole.fact(ledger), part.fact(ledger));
            terms.push(format!("100 * {part} / {whole}"));
            parents.extend([whole, part]);
        }
        parents.sort_unstable();
        let value = crate::domain::stats::median(&values)?;
        let what = format!("share of {} in {metric} of {name}, {word}", sum.main);
        Some(ledger.derived(what, value, Unit::new("percent"), format!("median({})", terms.join(", ")), &parents))
    };
    let (cold, warm) = (share(&sum.cold, "cold starts"), share(&sum.warm, "without cold starts"));
    let prose = prose.text(" ").name(metric).text(" is ").name(&sum.main).text(" plus ").name(&sum.other);
    let of = ledger.count(format!("runs of {name} with {metric}, {} and {}", sum.main, sum.other), sum.of);
    let prose = prose.text(" (they add up in ").value(equal).text(" of ").value(of).text(" runs");
    match (cold, warm) {
        (Some(cold), Some(warm)) => prose
            .text("); ")
            .name(&sum.main)
            .text(" is ")
            .value(cold)
            .text(" of it cold and ")
            .value(warm)
            .text(" warm."),
        _ => prose.text(")."),
    }
}

/// What sets the cold starts off.
fn set_off(prose: Prose, name: &str, cold: &Cold, ledger: &mut Ledger) -> Prose {
    let Trigger::Changed { settings, changes, followed, stayed, always_with } = &cold.trigger else {
        let [one, many] = [
            " It came first in its file, before anything was loaded.",
            " They came first in their files, before anything was loaded.",
        ];
        return prose.text(plural(cold.cold.n, one, many));
    };
    let about = settings.join(" or ");
    let changes_id = ledger.count(format!("changes of {about} from one run of {name} to the next"), *changes);
    let stayed_id = ledger.count(format!("runs of {name} before which {about} stayed"), *stayed);
    let prose =
        prose.text(if cold.cold.n > *followed { " They come at the start and after " } else { " They come after " });
    let prose = if followed == changes {
        prose.text("each of the ").value(changes_id)
    } else {
        let followed = ledger.count(format!("changes of {about} that a cold start of {name} followed"), *followed);
        prose.value(followed).text(" of the ").value(changes_id)
    };
    let prose = prose.text(" changes of ").names(settings).text(", and never in the ").value(stayed_id);
    let prose = prose.text(" runs before which it stayed as it was.");
    match always_with.as_slice() {
        [] => prose,
        with => {
            prose.text(" ").names(with).text(" changed each time as well and at no other, so that may be the cause.")
        }
    }
}
