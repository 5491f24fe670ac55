//! The alert of an environment: when nearly everything that a landing measured there moved for the worse together, the host or its
//! surroundings are the likelier cause, and people get one alert instead of many.
//!
//! It is opened by the members' moves ([`environment`]) and lives by them: its one member, the environment itself, has as many good runs
//! in a row as more than half of the alerts that it speaks for, so it recovers and ends when most of them do. When it ends,
//! [`release`] lets those that are still bad speak for themselves.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::record::AlertRecord;
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
/// How many of the worst are named.
const WORST: usize = 5;

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

/// Whether what `moved` for the worse in the environment `name`, of `judged` series with a direction, is a move of the environment; if
/// so, the signal that says it. `share` is the fraction of them that must move together.
pub fn environment(name: &str, moved: &[Moved], judged: usize, share: f64) -> Option<Signal> {
    let confirmed = moved.iter().filter(|one| one.confirmed).count();
    let benchmarks = distinct(moved.iter().map(|one| &one.series.benchmark));
    let cases = distinct(moved.iter().map(|one| (&one.series.benchmark, &one.series.case)));
    let nearly_all = moved.len() as f64 >= share * judged as f64 && moved.len() >= FEWEST;
    let wide = benchmarks >= BENCHMARKS || cases >= CASES;
    if !(nearly_all && wide && confirmed * 2 > moved.len()) {
        return None;
    }
    let began = moved.iter().map(|one| one.began).min()?;
    let mut worst: Vec<(SeriesKey, f64)> =
        moved.iter().filter_map(|one| Some((one.series.clone(), one.effect?))).collect();
    worst.sort_by(|(a, x), (b, y)| y.abs().total_cmp(&x.abs()).then_with(|| a.cmp(b)));
    worst.truncate(WORST);
    let reason = format!(
        "{} of {judged} series of {benchmarks} {} moved for the worse together: look at the host and its surroundings first.",
        moved.len(),
        if benchmarks == 1 { "benchmark" } else { "benchmarks" },
    );
    Some(Signal {
        kind: AlertKind::Environment,
        series: SeriesKey { environment: name.to_owned(), ..SeriesKey::default() },
        direction: Direction::Neutral,
        says: Says::Confirmed(Evidence::Environment(Sweep { moved: moved.len(), judged, benchmarks, began, worst })),
        fresh: Vec::new(),
        newest: None,
        reason,
        shadow: moved.iter().all(|one| one.shadow),
    })
}

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> usize {
    all.collect::<BTreeSet<T>>().len()
}

/// Good runs in a row that more than half of the alerts have that an environment's alert speaks for; `None` when there are none.
pub(super) fn most_good_runs<'a>(inhibited: impl Iterator<Item = &'a AlertRecord>, settings: &Settings) -> Option<u32> {
    let mut runs: Vec<u32> = inhibited
        .map(|record| match record.state {
            AlertState::Resolved => settings.recover_runs,
            _ => record.good_runs().unwrap_or(0).min(settings.recover_runs),
        })
        .collect();
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
