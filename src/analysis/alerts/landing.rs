//! All alerts of a landing at once: what each says for itself, and what they say together of their environments.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use super::advance::Heard;
use super::environment::{Moved, began_later, benchmarks_of, environment, most_good_runs, release, sweep_of};
use super::record::{AlertRecord, hours_after};
use super::signal::{Evidence, Says, Signal, Sweep, key_of};
use super::{Advance, Occasion, group};
use crate::domain::alert::{AlertKey, AlertKind, AlertState};
use crate::domain::series::{Direction, SeriesKey};

/// Moves that people were told of so many hours ago, or that lie so far from the others, are no part of a move of the environment; alerts
/// that begin so many hours after their environment's alert are none of its, and speak for themselves.
const JOIN_HOURS: i64 = 24;

/// An alert that there is.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub id: i64,
    pub record: AlertRecord,
}

/// A step of an alert that there is, or of a new one.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub id: Option<i64>,
    pub advance: Advance,
}

/// The steps that the signals of a landing take, in the order of keys, environments first.
///
/// `known` must hold the newest alert of the key of each signal that is bad, all alerts of the other keys that are not over, the newest
/// alert of each signal's environment (kind environment), and all alerts for which one of the latter speaks. More does no harm.
pub fn landing(signals: &[&Signal], known: &BTreeMap<AlertKey, Known>, occasion: &Occasion<'_>) -> Vec<Step> {
    let current = |key: &AlertKey| known.get(key).map(|known| &known.record);
    // Nearly all series of a landing are well and have no alert: those cost a look.
    let has_alert: HashSet<Borrowed<'_>> = known.keys().map(borrowed).collect();
    let concerns = |signal: &&Signal| signal.is_bad() || has_alert.contains(&of_signal(signal));
    let mut heard: BTreeMap<AlertKey, Heard> = BTreeMap::new();
    for (key, group) in group(signals.iter().copied().filter(concerns)) {
        if let Some(one) = Heard::new(&key, current(&key), &group, occasion) {
            heard.insert(key, one);
        }
    }
    let mut steps: BTreeMap<AlertKey, Advance> = BTreeMap::new();
    for (name, signals) in by_environment(signals) {
        let key = environment_key(name);
        let (moved, still) = moved(&signals, &heard, current, occasion);
        // Where people have heard of all of it, one more alert would tell them nothing.
        let opening = environment(name, &moved, &still, occasion.settings.environment_share)
            .filter(|_| !occasion.backfill && moved.iter().any(|one| is_news(one, &heard)));
        let running = current(&key).filter(|record| record.state.is_open());
        let sweep = match &opening {
            Some(Signal { says: Says::Confirmed(Evidence::Environment(sweep)), .. }) => Some(sweep),
            _ => running.and_then(sweep_of),
        };
        if let Some(sweep) = sweep {
            let joins = opening.is_some() || running.is_some_and(|record| takes_in(record, occasion));
            cover(name, sweep, if joins { &moved } else { &[] }, &mut heard);
        }
        if let Some(opening) = &opening {
            steps.extend(super::advance(&key, current(&key), &[opening], occasion).map(|step| (key, step)));
        }
    }
    for (key, one) in heard {
        if let Some(step) = one.conclude(current(&key), occasion) {
            steps.insert(key, step);
        }
    }
    follow(&mut steps, known, signals, occasion);
    let id = |key: &AlertKey| known.get(key).map(|known| known.id);
    steps.into_iter().map(|(key, advance)| Step { id: id(&key), advance }).collect()
}

/// A key without its own strings.
type Borrowed<'a> = (AlertKind, &'a str, &'a str, &'a str);

fn borrowed(key: &AlertKey) -> Borrowed<'_> {
    (key.kind, &key.benchmark, &key.metric, &key.environment)
}

fn of_signal(signal: &Signal) -> Borrowed<'_> {
    (signal.kind, &signal.series.benchmark, &signal.series.metric, &signal.series.environment)
}

/// The key of the alert of an environment.
pub fn environment_key(name: &str) -> AlertKey {
    key_of(AlertKind::Environment, &SeriesKey { environment: name.to_owned(), ..SeriesKey::default() })
}

/// What was judged by its history, by environment.
fn by_environment<'a>(signals: &[&'a Signal]) -> BTreeMap<&'a str, Vec<&'a Signal>> {
    let mut environments: BTreeMap<&str, Vec<&Signal>> = BTreeMap::new();
    for signal in signals.iter().copied().filter(|signal| signal.kind == AlertKind::Regression) {
        environments.entry(&signal.series.environment).or_default().push(signal);
    }
    environments
}

/// Whether it could have spoken of a move for the worse.
fn is_judged(signal: &Signal) -> bool {
    signal.direction != Direction::Neutral && signal.says != Says::Unclear
}

/// The series that moved for the worse with this landing, or a short while before and have not come back, all at about one time; and the
/// relative noise of the others.
fn moved<'a>(
    signals: &[&Signal],
    heard: &BTreeMap<AlertKey, Heard>,
    current: impl Fn(&AlertKey) -> Option<&'a AlertRecord>,
    occasion: &Occasion<'_>,
) -> (Vec<Moved>, Vec<Option<f64>>) {
    if heard.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let (mut bad, mut still) = (Vec::new(), Vec::new());
    for signal in signals.iter().filter(|signal| is_judged(signal)) {
        let key = signal.key();
        let is_old = current(&key)
            .is_some_and(|record| record.state.is_open() && hours_after(record.opened_at, JOIN_HOURS) <= occasion.now);
        let of = |heard: &'_ Heard| heard.record.members.iter().find(|member| member.series == signal.series).cloned();
        match heard.get(&key).and_then(of).filter(|member| member.good_runs == 0 && !(is_old && member.told)) {
            Some(member) => bad.push((member, signal.noise)),
            None => still.push(signal.noise),
        }
    }
    let mut times: Vec<Timestamp> = bad.iter().map(|(member, _)| member.evidence.began()).collect();
    times.sort_unstable();
    let Some(middle) = times.get(times.len() / 2).copied() else { return (Vec::new(), still) };
    let mut moved = Vec::new();
    for (member, noise) in bad {
        let (first, last) = member.evidence.began_within();
        if first > hours_after(middle, JOIN_HOURS) || middle > hours_after(last, JOIN_HOURS) {
            still.push(noise);
            continue;
        }
        moved.push(Moved {
            effect: member.evidence.effect(),
            began: member.evidence.began(),
            confirmed: member.confirmed,
            shadow: member.shadow,
            series: member.series,
        });
    }
    (moved, still)
}

/// Whether nobody has heard of it, from its own alert or from its environment's.
fn is_news(moved: &Moved, heard: &BTreeMap<AlertKey, Heard>) -> bool {
    let key = key_of(AlertKind::Regression, &moved.series);
    let member = heard.get(&key).and_then(|one| one.record.members.iter().find(|member| member.series == moved.series));
    member.is_some_and(|member| member.confirmed && !member.told && !member.swept)
}

/// Whether the alert of an environment speaks for what moves there now: as long as it is young and bad.
fn takes_in(record: &AlertRecord, occasion: &Occasion<'_>) -> bool {
    let is_bad = record.state.is_open() && record.state != AlertState::Recovering;
    is_bad && occasion.now < hours_after(record.opened_at, JOIN_HOURS)
}

/// Lets the environment speak for what `joins` it, where people have not heard of it yet; what began later than the environment's move
/// speaks for itself.
fn cover(name: &str, sweep: &Sweep, joins: &[Moved], heard: &mut BTreeMap<AlertKey, Heard>) {
    let joins: HashSet<&SeriesKey> = joins.iter().map(|one| &one.series).collect();
    let benchmarks = benchmarks_of(sweep);
    for (_, Heard { record, .. }) in heard.iter_mut().filter(|(key, _)| of_environment(key, name)) {
        for member in record.members.iter_mut().filter(|member| !member.told) {
            let is_its = member.swept || joins.contains(&member.series);
            member.swept = is_its && !began_later(member, sweep, &benchmarks);
        }
        record.inhibited = record.members.iter().any(|member| member.swept);
    }
}

/// Moves the alerts of the environments by those that they speak for, and releases these where it ends.
fn follow(
    steps: &mut BTreeMap<AlertKey, Advance>,
    known: &BTreeMap<AlertKey, Known>,
    signals: &[&Signal],
    occasion: &Occasion<'_>,
) {
    let names: BTreeSet<&str> = signals.iter().map(|signal| signal.series.environment.as_str()).collect();
    for name in names {
        let key = environment_key(name);
        let Some(record) = known.get(&key).map(|known| &known.record).filter(|record| record.state.is_open()) else {
            continue;
        };
        if steps.contains_key(&key) {
            continue;
        }
        let inhibited = inhibited(name, steps, known);
        let Some(runs) = sweep_of(record).and_then(|sweep| {
            let its = now_known(steps, known).into_iter().filter(|(key, _)| of_environment(key, name));
            most_good_runs(sweep, its.map(|(_, record)| record), occasion.settings)
        }) else {
            continue;
        };
        let Some(step) = Heard::followed(record, runs).conclude(Some(record), occasion) else { continue };
        let is_over = step.record.state == AlertState::Resolved;
        steps.insert(key, step);
        if is_over {
            inhibited.into_iter().for_each(|(key, record)| speak(steps, key, &record, occasion));
        }
    }
}

/// The alerts as they are after this landing.
fn now_known<'a>(
    steps: &'a BTreeMap<AlertKey, Advance>,
    known: &'a BTreeMap<AlertKey, Known>,
) -> BTreeMap<&'a AlertKey, &'a AlertRecord> {
    let before = known.iter().map(|(key, known)| (key, &known.record));
    before.chain(steps.iter().map(|(key, step)| (key, &step.record))).collect()
}

/// Whether it is the alert of a regression there.
fn of_environment(key: &AlertKey, name: &str) -> bool {
    key.kind == AlertKind::Regression && key.environment == name
}

/// The alerts for which the environment speaks, as they are after this landing.
fn inhibited(
    name: &str,
    steps: &BTreeMap<AlertKey, Advance>,
    known: &BTreeMap<AlertKey, Known>,
) -> Vec<(AlertKey, AlertRecord)> {
    let is_its = |key: &AlertKey, record: &AlertRecord| record.inhibited && of_environment(key, name);
    let all = now_known(steps, known).into_iter().filter(|(key, record)| is_its(key, record));
    all.map(|(key, record)| (key.clone(), record.clone())).collect()
}

/// Lets an alert speak for itself, after the step that it takes in this landing if it takes one.
fn speak(steps: &mut BTreeMap<AlertKey, Advance>, key: AlertKey, record: &AlertRecord, occasion: &Occasion<'_>) {
    let Some(mut released) = release(record, None, occasion.now, occasion.settings) else { return };
    match steps.get_mut(&key) {
        Some(step) => {
            step.record = released.record;
            step.transitions.append(&mut released.transitions);
            step.news.append(&mut released.news);
            step.shadowed.append(&mut released.shadowed);
        }
        None => {
            steps.insert(key, released);
        }
    }
}
