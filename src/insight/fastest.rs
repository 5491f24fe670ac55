//! Which model is fastest and which waits least, in sentences: by how much, how sure that is, and what would settle it.

use std::collections::BTreeMap;

use super::Settings;
use super::document::Prose;
use super::draft::{Draft, Finding, Topic, draft};
use super::input::Row;
use super::ledger::Ledger;
use super::names::Names;
use super::pool::Pool;
use super::standings::{Field, Lead, Standing, Standings, lead};
use super::summary::Summary;
use super::sweep::Sweep;
use super::words;
use crate::domain::fact::FactId;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Configurations below which there is no best one to speak of.
const CONFIGURATIONS: usize = 3;
/// Repetitions of each side that a recommendation asks for: with as many an interval exists and has some width to spare.
const REPEATS: f64 = 5.0;

/// What the standings say, as findings: the metric of throughput and that of the wait, or whatever comes first.
pub(super) fn drafts<'a>(
    standings: &'a Standings,
    sweeps: &'a [Sweep],
    names: &'a Names,
    settings: &'a Settings,
) -> Vec<Draft<'a>> {
    let mut drafts = Vec::new();
    if let Some(field) = (0..=3).filter(|priority| *priority != 1).find_map(|priority| standings.main(priority)) {
        drafts.push(
            draft(820, Topic::Fastest, move |ledger| fastest(field, standings, (sweeps, names), settings, ledger))
                .of_metric(field.priority),
        );
    }
    if let Some(field) = standings.main(1) {
        drafts.push(draft(780, Topic::Wait, move |ledger| wait(field, standings, settings, ledger)));
    }
    drafts
}

fn fastest(
    field: &Field,
    standings: &Standings,
    (sweeps, names): (&[Sweep], &Names),
    settings: &Settings,
    ledger: &mut Ledger,
) -> Finding {
    let [first, second, ..] = field.places.as_slice() else { return nothing() };
    let found = lead(first, second, ledger);
    let prose = Prose::default().name(&first.pool.subject);
    let prose = match field.direction {
        _ if found.tied => prose.text(" and ").name(&second.pool.subject).text(" are level by ").name(&field.metric),
        Direction::Lower => prose.text(" has the lowest ").name(&field.metric),
        _ => prose.text(" is the fastest model by ").name(&field.metric),
    };
    let prose = level(prose.text(": "), first, ledger);
    let more = if field.direction == Direction::Lower { " less than " } else { " more than " };
    let prose = ahead(prose, &found, more, second, ledger);
    let prose = if counts_cold(first, standings) || counts_cold(second, standings) {
        prose.text(" Runs that had to start cold count like the others here.")
    } else {
        prose
    };
    let Some(best) = Configurations::of(first, standings, settings) else {
        return Finding { prose, advice: Some(repeat(first, second, &found, ledger)) };
    };
    let (best_id, next_id) = best.facts(ledger);
    // Pools are of the newest run alone, and what is said of sweeps and levels may rest on more.
    let prose = words::configured(prose.text(" In its newest run, "), &best.top.0);
    let prose = prose.text(" was best with ").value(best_id);
    // How sure that is, the sweep itself tells, and what would settle it.
    if sweeps.iter().any(|sweep| sweep.benchmark == best.pool.benchmark) {
        let prose = prose.text(", in ").name(names.of(&best.pool.benchmark)).text(".");
        let advice = (!found.settled).then(|| repeat(first, second, &found, ledger));
        return Finding { prose, advice };
    }
    let relative = best.relative(best_id, next_id, ledger);
    let prose = match relative {
        Some(relative) => prose.text(", ").change(relative).text(" against the next"),
        None => prose,
    };
    let prose = prose.text(" (in ").name(names.of(&best.pool.benchmark)).text(")");
    let prose = prose.text(if best.top.1.n == 1 {
        "; every configuration ran a single time, so the order of the best few is open."
    } else {
        "."
    });
    let advice = Prose::new("Run ").name(&first.pool.subject).text(" with ");
    let advice = words::configured(words::configured(advice, &best.top.0).text(" and with "), &best.next.0);
    let repeats = ledger.setting("repeats_that_decide", REPEATS, Unit::new("count"));
    let stays = if field.direction == Direction::Lower { " stays below " } else { " stays above " };
    let advice = advice.text(", ").value(repeats).text(" times each on the same work. If the p50 of the first");
    let advice = advice.text(stays).value(next_id).text(", use it; otherwise take whichever is cheaper.");
    Finding { prose, advice: Some(advice) }
}

/// The first of a field in one sentence; `None` when two are level.
pub(super) fn in_brief(field: &Field, ledger: &mut Ledger) -> Option<Prose> {
    let [first, second, ..] = field.places.as_slice() else { return None };
    let found = lead(first, second, ledger);
    if found.tied {
        return None;
    }
    let prose = Prose::default().name(&first.pool.subject).text(if field.priority == 1 {
        " answers first: "
    } else {
        " is ahead: "
    });
    let prose = prose.name(&field.metric).text(" ").value(found.best).text(" against ").value(found.next);
    let prose = prose.text(" of ").name(&second.pool.subject);
    Some(prose.text(if found.settled { ", which is more than chance." } else { ", which may be chance." }))
}

fn nothing() -> Finding {
    Finding { prose: Prose::default(), advice: None }
}

/// "p50 295 tok/s over 5 values".
fn level(prose: Prose, place: &Standing, ledger: &mut Ledger) -> Prose {
    let id = place.level(ledger);
    if place.warm.n == 1 {
        return prose.value(id).text(" in a single measurement");
    }
    let n = place.count(ledger);
    prose.text("p50 ").value(id).text(" over ").value(n).text(" values")
}

/// "112 tok/s (61 %) more than `b`. With 95 % confidence the lead lies between … and …: the order holds."
fn ahead(prose: Prose, lead: &Lead, more: &str, next: &Standing, ledger: &mut Ledger) -> Prose {
    if lead.tied {
        return prose.text(" for both.").cite(lead.next).cite(lead.difference);
    }
    let prose = prose.text(", ").value(lead.difference);
    let prose = match lead.relative {
        Some(relative) => prose.text(" (").value(relative).text(")"),
        None => prose,
    };
    let prose = prose.text(more).name(&next.pool.subject).cite(lead.next);
    match lead.interval {
        Some((low, high)) => {
            let confidence = ledger.setting("confidence", 95.0, Unit::new("percent"));
            let prose = prose.text(". With ").value(confidence).text(" confidence the lead lies between ").value(low);
            let prose = prose.text(" and ").value(high);
            prose.text(if lead.settled { ": the order holds." } else { ": chance alone may have made the order." })
        }
        None if next.warm.n == 1 => prose.text(". It was measured a single time, so nobody can say how sure that is."),
        None => prose.text(". There are too few values to say how sure that is."),
    }
}

fn repeat(first: &Standing, second: &Standing, found: &Lead, ledger: &mut Ledger) -> Prose {
    let repeats = ledger.setting("repeats_that_decide", REPEATS, Unit::new("count"));
    let prose = Prose::new("Run ").name(&first.pool.subject).text(" and ").name(&second.pool.subject).text(" ");
    let prose = prose.value(repeats).text(" more times on the same work; ");
    if found.settled {
        prose.text("the lead is settled when it comes out near ").value(found.difference).text(" again.")
    } else if found.tied {
        prose.text("as long as they stay level, take whichever is cheaper.").cite(found.difference)
    } else {
        prose.text("if the lead of ").value(found.difference).text(" keeps its sign, take the first.")
    }
}

/// Whether the runs that these values are from have cold starts among them, by their waits.
fn counts_cold(place: &Standing, standings: &Standings) -> bool {
    let same = |pool: &&Pool| pool.benchmark == place.pool.benchmark && pool.subject == place.pool.subject;
    let waits = standings.pools.iter().filter(same).filter(|pool| pool.priority == 1);
    place.cold == 0 && waits.into_iter().any(|pool| !pool.cold().is_empty())
}

fn wait(field: &Field, standings: &Standings, settings: &Settings, ledger: &mut Ledger) -> Finding {
    let [first, second, ..] = field.places.as_slice() else { return nothing() };
    let warm = field.places.iter().any(|place| place.cold > 0);
    let found = lead(first, second, ledger);
    let prose = Prose::new(if warm { "Once warm, " } else { "" }).name(&first.pool.subject);
    let prose = if found.tied {
        prose.text(" and ").name(&second.pool.subject).text(" wait equally long for their first token: ")
    } else {
        prose.text(" waits least for its first token: ")
    };
    let prose = level(prose.name(&field.metric).text(" "), first, ledger);
    let prose = ahead(prose, &found, " less than ", second, ledger);
    let Some((phase, share, phase_id)) = largest_phase(first, standings, settings, ledger) else {
        return Finding { prose, advice: Some(repeat(first, second, &found, ledger)) };
    };
    let even = if warm { " of that wait is " } else { " of the wait is " };
    let prose = prose.text(" ").value(share).text(even).name(&phase);
    let prose = prose.text(if warm { ", although nothing had to start cold." } else { "." });
    let advice =
        Prose::new("To shorten the wait, go after ").name(&phase).text(" first: with ").name(&first.pool.subject);
    let advice = advice.text(", ").name(&phase).text(" takes ").value(phase_id).text(" against ").value(found.best);
    let advice = advice.text(" of ").name(&field.metric).text(" in all");
    let advice = advice.text(". Keep the model in memory between requests and measure ").name(&field.metric);
    let advice = advice.text(" again; if its p50 does not fall, the time is spent in the server and not on the disk.");
    Finding { prose, advice: Some(advice) }
}

/// The phase of the wait that takes the largest share of it: its name, its share in percent and its p50.
fn largest_phase(
    place: &Standing,
    standings: &Standings,
    settings: &Settings,
    ledger: &mut Ledger,
) -> Option<(String, FactId, FactId)> {
    let pool = &place.pool;
    let cold = pool.cold();
    let phases = standings.pools.iter().filter(|other| {
        (4..=5).contains(&other.priority)
            && other.unit == pool.unit
            && other.subject == pool.subject
            && other.benchmark == pool.benchmark
    });
    let summed = phases.filter_map(|phase| {
        let warm =
            phase.each().filter(|(key, value)| pool.rows.contains_key(*key) && !cold.contains(&(*key, value.at.index)));
        Some((phase, Summary::over(warm.map(|(_, value)| value).collect(), settings)?))
    });
    let (phase, summary) = summed.max_by(|a, b| a.1.median.total_cmp(&b.1.median))?;
    let whole = place.warm.median;
    if whole <= 0.0 || summary.median > whole || summary.n != place.warm.n {
        return None;
    }
    let name = format!("{} of {} in {} [warm]", phase.metric, phase.subject, phase.benchmark);
    let part_id = summary.level(ledger, &name, &phase.unit);
    let whole_id = place.level(ledger);
    let share = 100.0 * summary.median / whole;
    let formula = format!("100 * {part_id} / {whole_id}");
    let parents = [part_id.min(whole_id), part_id.max(whole_id)];
    let what = format!("share of {name} in {}", pool.metric);
    Some((phase.metric.clone(), ledger.derived(what, share, Unit::new("percent"), formula, &parents), part_id))
}

/// The best two configurations of a model in one of its benchmarks.
struct Configurations<'a> {
    pool: &'a Pool,
    top: (String, Summary),
    next: (String, Summary),
}

impl<'a> Configurations<'a> {
    /// From the benchmark that varies its settings most.
    fn of(place: &Standing, standings: &'a Standings, settings: &Settings) -> Option<Self> {
        let like =
            standings.pools.iter().filter(|pool| pool.is_like(&place.pool) && pool.subject == place.pool.subject);
        let levels = like.filter_map(|pool| {
            let mut by: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
            pool.rows.values().for_each(|row| by.entry(words::ranked(&row.series)).or_default().push(row));
            (by.len() >= CONFIGURATIONS).then_some((pool, by))
        });
        let (pool, by) = levels.max_by_key(|(_, by)| by.len())?;
        let mut ranked: Vec<(String, Summary)> =
            by.into_iter().filter_map(|(label, rows)| Some((label, Summary::of_samples(&rows, settings)?))).collect();
        ranked.sort_by(|a, b| {
            let order = a.1.median.total_cmp(&b.1.median);
            let order = if pool.direction == Direction::Lower { order } else { order.reverse() };
            order.then_with(|| a.0.cmp(&b.0))
        });
        let mut ranked = ranked.into_iter();
        Some(Self { pool, top: ranked.next()?, next: ranked.next()? })
    }

    fn facts(&self, ledger: &mut Ledger) -> (FactId, FactId) {
        let name = |label: &str| format!("{} of {} [{label}]", self.pool.metric, self.pool.benchmark);
        let mut level = |one: &(String, Summary)| one.1.level(ledger, &name(&one.0), &self.pool.unit);
        (level(&self.top), level(&self.next))
    }

    fn relative(&self, best: FactId, next: FactId, ledger: &mut Ledger) -> Option<FactId> {
        let (top, second) = (self.top.1.median, self.next.1.median);
        (second > 0.0 && top > 0.0).then(|| {
            let value = 100.0 * (top - second) / second.abs();
            let what = format!("best configuration of {} in {} against the next", self.pool.subject, self.pool.metric);
            let parents = [best.min(next), best.max(next)];
            ledger.derived(what, value, Unit::new("percent"), format!("100 * ({best} - {next}) / |{next}|"), &parents)
        })
    }
}
