//! What the sweeps mean, in sentences for the first page.
//!
//! One draft for each question a reader has: which configuration is best and is that more than luck, which settings matter,
//! what the wait is made of, what nothing else beats, what is missing. Sweeps that say the same share a sentence where they can.

use super::effects::{Contrast, Effects, Known};
use super::ranking::{Contest, Told, about};
use super::tell_cold::cold_starts;
use super::{Sweep, advice};
use crate::domain::fact::FactId;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::insight::Settings;
use crate::insight::document::Prose;
use crate::insight::draft::{Draft, Finding, Topic, draft};
use crate::insight::ledger::Ledger;
use crate::insight::words::{self, plural};

/// What the sweeps have to say, each with its weight and what to do about it.
pub(in crate::insight) fn drafts<'a>(sweeps: &'a [Sweep], settings: &'a Settings) -> Vec<Draft<'a>> {
    let mut drafts = Vec::new();
    drafts.extend(leads(sweeps, 0, [760, 640, 470]));
    drafts.extend(leads(sweeps, 1, [640, 460, 440]));
    drafts.extend(leads(sweeps, 2, [560, 450, 430]));
    drafts.extend(cold_starts(sweeps));
    drafts.extend(effects(sweeps, settings));
    drafts.extend(fronts(sweeps));
    drafts.extend(missing(sweeps));
    drafts
}

/// What [`leading`] has to say of each, with these weights.
fn leads<'a>(sweeps: &'a [Sweep], kind: u8, weights: [u32; 3]) -> Vec<Draft<'a>> {
    let topic = if kind == 1 { Topic::Wait } else { Topic::Sweep };
    let told = leading(sweeps, kind).into_iter().zip(weights);
    told.map(|((sweep, contest), weight)| {
        draft(weight, topic, move |ledger| lead(sweep, contest, ledger)).of_metric(contest.priority)
    })
    .collect()
}

/// The best configurations by throughput (0), by the wait (1), or of sweeps with neither by their first metric (2): data before prose,
/// numbers before names, then the widest.
pub(super) fn leading<'a>(sweeps: &'a [Sweep], kind: u8) -> Vec<(&'a Sweep, &'a Contest)> {
    let of = |sweep: &'a Sweep| {
        let first = sweep.contests.first()?;
        let found = match kind {
            0 | 1 => sweep.contests.iter().find(|contest| contest.priority == kind),
            _ => (first.priority > 1).then_some(first),
        };
        found.map(|contest| (sweep, contest))
    };
    let mut found: Vec<(&Sweep, &Contest)> = sweeps.iter().filter_map(of).collect();
    let width = |contest: &Contest| contest.relative().unwrap_or(0.0).abs();
    found.sort_by(|a, b| {
        let key = |(sweep, contest): &(&Sweep, &Contest)| (sweep.prose, contest.priority < 2 && !sweep.numeric);
        let wider = || width(b.1).total_cmp(&width(a.1));
        key(a).cmp(&key(b)).then_with(wider).then_with(|| a.0.name().cmp(&b.0.name()))
    });
    found
}

/// Which configuration is best, how far ahead, and how sure that is.
fn lead(sweep: &Sweep, contest: &Contest, ledger: &mut Ledger) -> Finding {
    let name = sweep.name();
    let best = contest.best_fact(&name, ledger);
    let superlative = match contest.direction {
        Direction::Lower if matches!(contest.unit.as_str(), "s" | "ms" | "us" | "ns") => " is shortest with ",
        Direction::Lower => " is lowest with ",
        _ => " is highest with ",
    };
    let prose = Prose::new("In ").then(sweep.title_at(&contest.work)).text(", ").name(&contest.metric);
    let prose = prose.text(if contest.warm { ", cold starts aside," } else { "" }).text(superlative);
    let prose = words::configured(prose, &contest.best.configuration).text(" at ").value(best);
    let prose = match contest.places.first() {
        Some(second) => runner_up(prose, sweep, contest, second, ledger),
        None => prose.text("."),
    };
    let facts = contest.facts(sweep, ledger);
    let prose = words::configured(prose.text(" Against the worst, "), &contest.worst.configuration).text(" at ");
    let prose = prose.value(facts.worst).text(", it is ").change(facts.relative.unwrap_or(facts.difference)).text(".");
    Finding { prose, advice: Some(advice::of_lead(sweep, contest, best, ledger)) }
}

/// The second, and how many cannot be told from the best.
fn runner_up(
    prose: Prose,
    sweep: &Sweep,
    contest: &Contest,
    second: &super::ranking::Place,
    ledger: &mut Ledger,
) -> Prose {
    let name = sweep.name();
    let facts = contest.place_facts(&name, second, ledger);
    let gap = facts.relative.unwrap_or(facts.difference);
    let behind =
        |prose: Prose| words::configured(prose, &second.level.configuration).text(" is next with ").change(gap);
    let effects = sweep.effects.iter().find(|effects| effects.measure.metric == contest.metric);
    let noise = effects.and_then(|effects| effects.noise_fact(&name, &sweep.pool, ledger));
    let others = contest.configurations.saturating_sub(1);
    let what =
        format!("configurations of {} that cannot be told from the best in {}", contest.about(&name), contest.metric);
    match (contest.alike, second.told) {
        (Some(0), _) | (_, Told::Apart) => {
            let prose = behind(prose.text(", and that lead is more than chance: "));
            interval(prose, facts.interval).text(".")
        }
        (Some(alike), _) => {
            let beyond = second.interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
            let prose = behind(prose.text(if beyond {
                ", but the lead of the best of many is chance as often as not: "
            } else {
                ", but the lead proves nothing: "
            }));
            let prose = interval(prose, facts.interval);
            let prose = match noise {
                Some(noise) => prose.text(", while two single measurements scatter by ").value(noise),
                None => prose,
            };
            if alike == others {
                return prose.text(", so not one of the others can be told from it.").cite(ledger.count(what, alike));
            }
            let about = contest.about(&name);
            let all =
                ledger.count(format!("other configurations of {about}, behind the best in {}", contest.metric), others);
            let prose = prose.text(". Of the other ").value(all).text(" configurations, ");
            prose.value(ledger.count(what, alike)).text(" cannot be told from it.")
        }
        (None, _) => {
            let prose = behind(prose.text("; "));
            prose.text(", and nothing here tells how much of that is chance: there are too few repetitions.")
        }
    }
}

/// ", between −1 % and +2 %" where there is an interval.
pub(super) fn interval(prose: Prose, ends: Option<(FactId, FactId)>) -> Prose {
    match ends {
        Some((low, high)) => prose.text(" (between ").change(low).text(" and ").change(high).text(")"),
        None => prose,
    }
}

/// What the settings do, of the sweeps with the surest answer.
fn effects<'a>(sweeps: &'a [Sweep], settings: &'a Settings) -> Vec<Draft<'a>> {
    let usable = |sweep: &'a Sweep| {
        let with = |effects: &&Effects| effects.contrasts.iter().any(is_told);
        sweep.effects.iter().filter(with).map(move |effects| (sweep, effects))
    };
    let mut found: Vec<(&Sweep, &Effects)> = sweeps.iter().filter(|sweep| !sweep.prose).flat_map(usable).collect();
    found.sort_by(|a, b| {
        let key = |(_, effects): &(&Sweep, &Effects)| {
            let moves = effects.contrasts.iter().any(|one| one.known == Known::Moves);
            (effects.measure.priority, !moves, std::cmp::Reverse(effects.contrasts.iter().map(|one| one.total).max()))
        };
        key(a).cmp(&key(b)).then_with(|| a.0.name().cmp(&b.0.name()))
    });
    let weights = [690, 610, 545, 465, 455, 445];
    let still: Vec<(&Sweep, &Effects)> =
        found.iter().skip(1).copied().filter(|(_, effects)| is_still(effects)).collect();
    let told = found.into_iter().zip(weights).enumerate();
    let told = told.map(|(i, ((sweep, effects), weight))| {
        let metric = &effects.measure.metric;
        let alike = still.iter().copied().filter(|(_, other)| i == 0 && other.measure.metric == *metric).collect();
        draft(weight, Topic::Effect, move |ledger| {
            let prose = effect(sweep, effects, settings, ledger);
            let prose = also_still(prose, alike, settings, ledger);
            Finding { prose, advice: advice::of_effect(sweep, effects, ledger) }
        })
        .of_metric(effects.measure.priority)
    });
    told.collect()
}

/// Whether no setting that has an interval does anything that matters.
fn is_still(effects: &Effects) -> bool {
    let mut known = effects.contrasts.iter().map(|one| one.known);
    known.all(|known| matches!(known, Known::Small | Known::Nothing | Known::Few))
}

/// The other sweeps, in which nothing moves the same metric.
fn also_still(prose: Prose, sweeps: Vec<(&Sweep, &Effects)>, settings: &Settings, ledger: &mut Ledger) -> Prose {
    if sweeps.is_empty() {
        return prose;
    }
    let titles = joined(sweeps.iter().map(|(sweep, _)| sweep.title()).collect());
    let least = ledger.setting("min_effect", settings.judged_by.min_effect * 100.0, Unit::new("percent"));
    let mut prose = prose.text(" In ").then(titles).text(" no setting moves it by as much as ").value(least).text(".");
    for (sweep, effects) in sweeps {
        let with = effects.contrasts.iter().filter(|one| one.estimate.interval.is_some());
        if let Some(most) = with.max_by(|a, b| a.estimate.center.abs().total_cmp(&b.estimate.center.abs())) {
            prose = prose.cite(effects.facts(&sweep.name(), most, &sweep.pool, ledger).center);
        }
    }
    prose
}

/// Whether there is something to say of a contrast.
fn is_told(one: &Contrast) -> bool {
    one.estimate.interval.is_some() || one.known == Known::Agrees
}

/// The strongest contrast of a setting.
pub(super) fn strongest<'a>(effects: &'a Effects, setting: &str) -> Option<&'a Contrast> {
    let of = effects.contrasts.iter().filter(|one| one.setting == setting && is_told(one));
    of.max_by(|a, b| {
        let sure = |known: Known| match known {
            Known::Moves => 2,
            Known::Agrees | Known::Likely => 1,
            _ => 0,
        };
        let key = |one: &Contrast| (sure(one.known), one.estimate.center.abs());
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    })
}

/// The contrast that goes the other way than `one`, in the same setting and beyond chance.
fn opposite<'a>(effects: &'a Effects, one: &Contrast) -> Option<&'a Contrast> {
    let of = effects.contrasts.iter().filter(|other| {
        other.setting == one.setting && other.known == Known::Moves && other.estimate.center * one.estimate.center < 0.0
    });
    of.max_by(|a, b| a.estimate.center.abs().total_cmp(&b.estimate.center.abs()))
}

/// The settings of the contrasts, each once.
fn names(effects: &Effects) -> Vec<&str> {
    let mut names: Vec<&str> = effects.contrasts.iter().map(|one| one.setting.as_str()).collect();
    names.dedup();
    names
}

fn effect(sweep: &Sweep, effects: &Effects, settings: &Settings, ledger: &mut Ledger) -> Prose {
    let names = names(effects);
    let strongest: Vec<&Contrast> = names.iter().filter_map(|name| strongest(effects, name)).collect();
    let of = |wanted: &[Known]| strongest.iter().copied().filter(|one| wanted.contains(&one.known)).collect::<Vec<_>>();
    let mut prose = Prose::new("In ").then(sweep.title()).text(", all else equal, ");
    let mut named = false;
    // The metric is named once.
    let mut metric = |prose: Prose| {
        let warm = if effects.warm { " of warm runs" } else { "" };
        let first = !std::mem::replace(&mut named, true);
        if first { prose.name(&effects.measure.metric).text(warm) } else { prose.text("it") }
    };
    let mut joint = "";
    for one in of(&[Known::Moves]) {
        prose = metric(prose.text(joint).name(&one.setting).text(" moves ")).text(": ");
        prose = measured(prose, sweep, effects, one, ledger);
        if let Some(other) = opposite(effects, one) {
            prose = measured(prose.text(", "), sweep, effects, other, ledger);
        }
        joint = "; ";
    }
    let rest = of(&[Known::Small, Known::Nothing]);
    if let Some(most) = rest.iter().max_by(|a, b| a.estimate.center.abs().total_cmp(&b.estimate.center.abs())) {
        let least = ledger.setting("min_effect", settings.judged_by.min_effect * 100.0, Unit::new("percent"));
        let list: Vec<&str> = rest.iter().map(|one| one.setting.as_str()).collect();
        prose = prose.text(joint).names(&list);
        prose = metric(prose.text(plural(list.len() as u64, " does not move ", " do not move ")));
        prose = prose.text(" by as much as ").value(least).text(", the most being ").name(&most.setting).text(" ");
        prose = measured(prose, sweep, effects, most, ledger);
        joint = "; ";
    }
    for one in of(&[Known::Agrees, Known::Likely, Known::Unclear]) {
        let (before, after) = match one.known {
            Known::Agrees => (" moves ", " in every pair, too few for an interval: "),
            Known::Likely => (" seems to move ", ", though one of so many comparisons does as much by chance: "),
            _ => (" may do nothing to ", ": "),
        };
        prose = metric(prose.text(joint).name(&one.setting).text(before)).text(after);
        prose = measured(prose, sweep, effects, one, ledger);
        joint = "; ";
    }
    prose.text(".")
}

/// "from 40 to 999 +2.1 % (between +1.0 % and +3.2 %, 9 pairs)".
fn measured(prose: Prose, sweep: &Sweep, effects: &Effects, one: &Contrast, ledger: &mut Ledger) -> Prose {
    let name = sweep.name();
    let facts = effects.facts(&name, one, &sweep.pool, ledger);
    let what = format!("pairs of {name} that differ in {} alone, {} against {}", one.setting, one.to, one.from);
    let pairs = ledger.count(what, one.total);
    let prose = prose.text("from ").name(&one.from).text(" to ").name(&one.to).text(" ").change(facts.center);
    let prose = match facts.interval {
        Some((low, high)) => prose.text(" (between ").change(low).text(" and ").change(high).text(", "),
        None => prose.text(" ("),
    };
    let prose = prose.value(pairs).text(plural(one.total, " pair)", " pairs)"));
    match (&one.reversed, effects.reversed_fact(&name, one, &sweep.pool, ledger)) {
        (Some((value, _)), Some(turned)) => {
            prose.text(", but with ").name(value).text(" it goes the other way, ").change(turned)
        }
        _ => prose,
    }
}

/// "a, b and c" of titles.
pub(super) fn joined(titles: Vec<Prose>) -> Prose {
    let n = titles.len();
    let joint = |i: usize| {
        if i == 0 {
            ""
        } else if i + 1 == n {
            " and "
        } else {
            ", "
        }
    };
    titles.into_iter().enumerate().fold(Prose::default(), |all, (i, title)| all.text(joint(i)).then(title))
}

/// The front of the sweep with the most configurations.
fn fronts(sweeps: &[Sweep]) -> Option<Draft<'_>> {
    let with = sweeps.iter().filter(|sweep| !sweep.prose).filter_map(|sweep| Some((sweep, sweep.front.as_ref()?)));
    let (sweep, front) = with.max_by_key(|(sweep, front)| (front.of, std::cmp::Reverse(sweep.name())))?;
    Some(draft(630, Topic::Pareto, move |ledger| {
        let name = about(&sweep.name(), &front.work);
        let (one, two) = &front.measures;
        let what =
            format!("configurations of {name} that are beaten by none in both {} and {}", one.metric, two.metric);
        let size = ledger.count(what, front.size);
        let of = ledger.count(format!("configurations of {name} with {} and {}", one.metric, two.metric), front.of);
        let prose = Prose::new("In ")
            .then(sweep.title_at(&front.work))
            .text(", ")
            .name(&one.metric)
            .text(" against ")
            .name(&two.metric);
        let prose = prose.text(if front.warm { ", cold starts aside: " } else { ": " });
        let level =
            |level: &super::ranking::Level, metric: &str| format!("{metric} of {name} [{}]", level.configuration);
        let mut shown = |prose: Prose, pair: &(super::ranking::Level, super::ranking::Level)| {
            let first = pair.0.summary.level(ledger, &level(&pair.0, &one.metric), &one.unit);
            let second = pair.1.summary.level(ledger, &level(&pair.1, &two.metric), &two.unit);
            prose.name(&words::short(&pair.0.configuration)).text(" (").value(first).text(", ").value(second).text(")")
        };
        let same = |contest: &Contest| {
            contest.metric == one.metric
                && contest.work == front.work
                && contest.alike.is_some_and(|n| n * 2 > front.of)
        };
        let noisy = sweep.contests.iter().any(same);
        let prose = match front.first.as_slice() {
            _ if noisy => {
                let prose = prose.text("of ").value(of).text(" configurations, ").value(size);
                prose.text(" are beaten by none in both, but most of these differences are within the noise: read the front as what to repeat, not as a choice.")
            }
            [only] if front.size == 1 => {
                shown(prose, only).text(" is best in both, of ").value(of).text(" configurations.").cite(size)
            }
            [first, .., last] => {
                let prose = prose.text("of ").value(of).text(" configurations, ").value(size);
                let prose = shown(prose.text(" are beaten by none in both, from "), first).text(" to ");
                shown(prose, last).text(".")
            }
            _ => prose.text("of ").value(of).text(" configurations, ").value(size).text(" are beaten by none in both."),
        };
        let advice = advice::of_front(sweep, front, size, noisy);
        Finding { prose, advice: Some(advice) }
    }))
}

/// What the sweeps lack.
fn missing(sweeps: &[Sweep]) -> Option<Draft<'_>> {
    let with = sweeps.iter().filter_map(|sweep| Some((sweep, sweep.holes.as_ref()?)));
    let (sweep, _) =
        with.max_by_key(|(sweep, holes)| (!sweep.prose, holes.missing, std::cmp::Reverse(sweep.name())))?;
    Some(draft(590, Topic::Holes, move |ledger| {
        let prose = holes(sweep, ledger).unwrap_or_default();
        Finding {
            prose: Prose::new("There is a gap in ").then(sweep.title()).text(". ").then(prose),
            advice: advice::of_holes(sweep, ledger),
        }
    }))
}

/// "Of 36 combinations, 2 have no result: a and b."
pub(super) fn holes(sweep: &Sweep, ledger: &mut Ledger) -> Option<Prose> {
    let name = sweep.name();
    let holes = sweep.holes.as_ref()?;
    let missing = ledger.count(format!("combinations of {name} without a result"), holes.missing);
    let planned = ledger.count(format!("combinations that the settings of {name} make"), holes.planned);
    let prose = Prose::new("Of ").value(planned).text(" combinations, ").value(missing);
    let prose = prose.text(plural(holes.missing, " has no result: ", " have no result: "));
    let prose = prose.names(&holes.named);
    let more = holes.missing.saturating_sub(holes.named.len() as u64);
    let prose = if more > 0 {
        let more = ledger.count(format!("combinations of {name} without a result that are not named"), more);
        prose.text(" and ").value(more).text(" more")
    } else {
        prose
    };
    Some(if sweep.failed == holes.missing {
        prose.text("; as many rows ended in an error.")
    } else if sweep.failed > 0 {
        let failed = ledger.count(format!("rows of {} that ended in an error", sweep.benchmark), sweep.failed);
        prose.text("; ").value(failed).text(plural(sweep.failed, " row ended in an error.", " rows ended in an error."))
    } else {
        prose.text(".")
    })
}
