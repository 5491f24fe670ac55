//! All alerts of a landing at once: what each says for itself, and what they say together of their environments.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::advance::Heard;
use super::environment::{Moved, environment, most_good_runs, release};
use super::record::{AlertRecord, hours_after};
use super::signal::{Says, Signal, key_of};
use super::{Advance, Occasion, group};
use crate::domain::alert::{AlertKey, AlertKind, AlertState};
use crate::domain::series::{Direction, SeriesKey};

/// Alerts that begin so many hours after their environment's alert are none of its, and speak for themselves.
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
        let judged = signals.iter().filter(|signal| is_judged(signal)).count();
        let moved = moved(&signals, &heard, current, occasion);
        // Where people have heard of most of it, one more alert would tell them nothing.
        let told = moved.iter().filter(|one| is_told(one, &heard)).count();
        let sweep = environment(name, &moved, judged, occasion.settings.environment_share)
            .filter(|_| !occasion.backfill && told * 2 < moved.len());
        if sweep.is_some() || current(&key).is_some_and(|record| takes_in(record, occasion)) {
            inhibit(&moved, &mut heard);
        }
        if let Some(sweep) = sweep {
            steps.extend(super::advance(&key, current(&key), &[&sweep], occasion).map(|step| (key, step)));
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

/// The series that moved for the worse with this landing, or a short while before and have not come back.
fn moved<'a>(
    signals: &[&Signal],
    heard: &BTreeMap<AlertKey, Heard>,
    current: impl Fn(&AlertKey) -> Option<&'a AlertRecord>,
    occasion: &Occasion<'_>,
) -> Vec<Moved> {
    let mut moved = Vec::new();
    if heard.is_empty() {
        return moved;
    }
    for signal in signals.iter().filter(|signal| is_judged(signal)) {
        let key = signal.key();
        let Some(heard) = heard.get(&key) else { continue };
        let is_old = current(&key)
            .is_some_and(|record| record.state.is_open() && hours_after(record.opened_at, JOIN_HOURS) <= occasion.now);
        let member = heard.record.members.iter().find(|member| member.series == signal.series);
        let Some(member) = member.filter(|member| member.good_runs == 0 && !is_old) else { continue };
        moved.push(Moved {
            series: signal.series.clone(),
            effect: member.evidence.effect(),
            began: member.evidence.began(),
            confirmed: member.confirmed,
            shadow: member.shadow,
        });
    }
    moved
}

fn is_told(moved: &Moved, heard: &BTreeMap<AlertKey, Heard>) -> bool {
    heard.get(&key_of(AlertKind::Regression, &moved.series)).is_some_and(|heard| heard.record.fired)
}

/// Whether the alert of an environment speaks for what moves there now: as long as it is young and bad.
fn takes_in(record: &AlertRecord, occasion: &Occasion<'_>) -> bool {
    let is_bad = record.state.is_open() && record.state != AlertState::Recovering;
    is_bad && occasion.now < hours_after(record.opened_at, JOIN_HOURS)
}

/// Lets the environment speak for the alerts of what moved, where people have not heard of them yet.
fn inhibit(moved: &[Moved], heard: &mut BTreeMap<AlertKey, Heard>) {
    let keys: BTreeSet<AlertKey> = moved.iter().map(|one| key_of(AlertKind::Regression, &one.series)).collect();
    for key in &keys {
        if let Some(one) = heard.get_mut(key).filter(|one| !one.record.fired) {
            one.record.inhibited = true;
        }
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
        let Some(runs) = most_good_runs(inhibited.iter().map(|(_, record)| record), occasion.settings) else {
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

/// The alerts for which the environment speaks, as they are after this landing.
fn inhibited(
    name: &str,
    steps: &BTreeMap<AlertKey, Advance>,
    known: &BTreeMap<AlertKey, Known>,
) -> Vec<(AlertKey, AlertRecord)> {
    let before = known.iter().map(|(key, known)| (key, &known.record));
    let after: BTreeMap<&AlertKey, &AlertRecord> =
        before.chain(steps.iter().map(|(key, step)| (key, &step.record))).collect();
    let is_its = |key: &AlertKey, record: &AlertRecord| record.inhibited && key.environment == name;
    after.into_iter().filter(|(key, record)| is_its(key, record)).map(|(key, r)| (key.clone(), r.clone())).collect()
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
