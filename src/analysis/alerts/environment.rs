//! The alert of an environment: when nearly everything that a landing measured there moved for the worse together, the host or its
//! surroundings are the likelier cause, and people get one alert instead of many.
//!
//! It is opened by the moves of series ([`environment`]) and lives by them: its one member, the environment itself, has as many good
//! runs in a row as more than half of the series that moved, so it recovers and ends when most of them do. When it ends,
//! [`release`] lets those that are still bad speak for themselves; what began later than it did so all the time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::member::Member;
use super::record::{AlertRecord, hours_after};
use super::signal::{Evidence, Says, Signal, Sweep};
use super::{Advance, CLOCK, News};
use crate::analysis::Settings;
use crate::domain::alert::{AlertKind, AlertState, Transition};
use crate::domain::series::{Direction, SeriesKey};

/// Beside the configured share of the series that could be judged, so many of them must have moved at the least.
const FEWEST: usize = 5;
/// They must be of so many benchmarks,
const BENCHMARKS: usize = 2;
/// or, where a landing brought a single one (a whole suite in a file), be so many cases of it. Metrics do not count: those of one case
/// move together for many reasons, and its group tells of that.
const CASES: usize = 5;
/// A move of fewer standard deviations of a single run takes more runs to show than those that confirm the clear ones.
const CLEAR: f64 = 6.0;
/// A benchmark that was not measured together with those that moved may show the same cause so many hours later.
const JOIN_HOURS: i64 = 24;

/// A series of an environment that moved for the worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    pub series: SeriesKey,
    /// Relative, where it is known.
    pub effect: Option<f64>,
    pub began: Timestamp,
    /// Otherwise it is only suspected.
    pub confirmed: bool,
    /// In shadow mode.
    pub shadow: bool,
}

/// Whether what `moved` for the worse in the environment `name` is a move of the environment; if so, the signal that says it. `still`:
/// the relative noise, where it is known, of the other series with a direction that were judged. `share` is the fraction that must have
/// moved of those that could have shown such a move by now, and half of all must have.
pub fn environment(name: &str, moved: &[Moved], still: &[Option<f64>], share: f64) -> Option<Signal> {
    let common = median_effect(moved);
    let cannot_tell = |noise: &&Option<f64>| noise.zip(common).is_some_and(|(noise, common)| common < CLEAR * noise);
    let blind = still.iter().filter(cannot_tell).count();
    let judged = moved.len() + still.len();
    let confirmed = moved.iter().filter(|one| one.confirmed).count();
    let benchmarks = distinct(moved.iter().map(|one| &one.series.benchmark));
    let cases = distinct(moved.iter().map(|one| (&one.series.benchmark, &one.series.case)));
    let nearly_all = moved.len() as f64 >= share * (judged - blind) as f64 && moved.len() * 2 >= judged;
    let wide = benchmarks >= BENCHMARKS || cases >= CASES;
    if !(nearly_all && wide && moved.len() >= FEWEST && confirmed * 2 > moved.len()) {
        return None;
    }
    let began = moved.iter().map(|one| one.began).min()?;
    let until = moved.iter().map(|one| one.began).max()?;
    let mut series: Vec<(SeriesKey, Option<f64>)> = moved.iter().map(|one| (one.series.clone(), one.effect)).collect();
    let size = |effect: Option<f64>| effect.map_or(-1.0, f64::abs);
    series.sort_by(|(a, x), (b, y)| size(*y).total_cmp(&size(*x)).then_with(|| a.cmp(b)));
    let reason = format!(
        "{} of {judged} series of {benchmarks} {} moved for the worse together{}: look at the host and its surroundings first.",
        moved.len(),
        if benchmarks == 1 { "benchmark" } else { "benchmarks" },
        if blind > 0 { format!(", and {blind} are too noisy to tell yet") } else { String::new() },
    );
    Some(Signal {
        kind: AlertKind::Environment,
        series: SeriesKey { environment: name.to_owned(), ..SeriesKey::default() },
        direction: Direction::Neutral,
        says: Says::Confirmed(Evidence::Environment(Sweep {
            moved: moved.len(),
            judged,
            benchmarks,
            began,
            until,
            series,
        })),
        fresh: Vec::new(),
        newest: None,
        reason,
        shadow: moved.iter().all(|one| one.shadow),
        noise: None,
    })
}

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> usize {
    all.collect::<BTreeSet<T>>().len()
}

/// The size of the move in the middle.
fn median_effect(moved: &[Moved]) -> Option<f64> {
    let sizes: Vec<f64> = moved.iter().filter_map(|one| one.effect).map(f64::abs).collect();
    crate::domain::stats::median(&sizes)
}

/// What the alert of an environment rests on.
pub(super) fn sweep_of(record: &AlertRecord) -> Option<&Sweep> {
    record.members.iter().find_map(|member| match &member.evidence {
        Evidence::Environment(sweep) => Some(sweep),
        Evidence::Shift(_) | Evidence::Budget(_) | Evidence::Absence(_) => None,
    })
}

/// The benchmarks of what moved at first.
pub(super) fn benchmarks_of(sweep: &Sweep) -> BTreeSet<&str> {
    sweep.series.iter().map(|(series, _)| series.benchmark.as_str()).collect()
}

/// Whether the shift of a member surely began later than those of the environment, of these benchmarks: another cause.
pub(super) fn began_later(member: &Member, sweep: &Sweep, benchmarks: &BTreeSet<&str>) -> bool {
    let hours = if benchmarks.contains(member.series.benchmark.as_str()) { 0 } else { JOIN_HOURS };
    member.evidence.began_within().0 > hours_after(sweep.until, hours)
}

/// Good runs in a row that more than half of the series have that moved with the environment, those that joined included; `None` when
/// there are none. `records`: the alerts of the environment. A series without one, or that is no member any more, has come back.
pub(super) fn most_good_runs<'a>(
    sweep: &'a Sweep,
    records: impl Iterator<Item = &'a AlertRecord>,
    settings: &Settings,
) -> Option<u32> {
    let enough = settings.recover_runs;
    let mut runs: BTreeMap<&SeriesKey, u32> = sweep.series.iter().map(|(series, _)| (series, enough)).collect();
    for record in records.filter(|record| record.state != AlertState::Resolved) {
        for member in record.members.iter().filter(|member| member.confirmed) {
            // Once back, it does not count against the environment again by a single bad run.
            let good = if member.recovered { enough } else { member.good_runs.min(enough) };
            match runs.get_mut(&member.series) {
                Some(known) => *known = good,
                None if member.swept => drop(runs.insert(&member.series, good)),
                None => {}
            }
        }
    }
    let mut runs: Vec<u32> = runs.into_values().collect();
    runs.sort_unstable_by(|a, b| b.cmp(a));
    runs.get(runs.len() / 2).copied()
}

/// The step of an alert for which its environment's alert no longer speaks: what is still bad is news now. `accepted`: the environment's
/// new level was accepted by that person, and with it this alert's.
pub fn release(
    record: &AlertRecord,
    accepted: Option<(&str, &str)>,
    now: Timestamp,
    settings: &Settings,
) -> Option<Advance> {
    let mut next = AlertRecord { inhibited: false, ..record.clone() };
    next.members.iter_mut().for_each(|member| member.swept = false);
    if let Some((who, why)) = accepted.filter(|_| record.state != AlertState::Resolved) {
        return super::apply(&next, super::Command::Accept, who, why, now, settings).ok();
    }
    let told = next.release(News::Grew, now, settings);
    let speaks = !(told.news.is_empty() && told.shadowed.is_empty());
    let transitions = if speaks {
        let why = "the alert of its environment is over, and it still holds".to_owned();
        vec![Transition { from: Some(record.state), to: next.state, at: now, who: CLOCK.to_owned(), why }]
    } else {
        Vec::new()
    };
    record.inhibited.then_some(Advance {
        record: next,
        anew: false,
        transitions,
        news: told.news,
        shadowed: told.shadowed,
    })
}
