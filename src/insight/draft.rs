//! A finding before it is told: what it would weigh, what it is about, and how to tell it.
//!
//! Only the most telling are told, and facts are numbered when told. The first page shows the best of each topic before the
//! second of any, so that ten variants of one thing do not crowd out the rest.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::document::Prose;
use super::ledger::Ledger;
use crate::domain::call::Aim;

/// What a finding is about. The weights decide the order; a topic only says what counts as the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    /// What could not be read or ended in an error.
    Failure,
    /// Which model, and which of its configurations, does the most work in the same time.
    Fastest,
    /// What the wait for the first result is made of, and who waits least.
    Wait,
    /// What first runs cost.
    ColdStart,
    /// Which value of a setting that recurs over several workloads to use.
    Backend,
    /// Settings that matter and settings that do not.
    Effect,
    /// Configurations that no other one beats in everything.
    Pareto,
    /// Best and worst of one sweep.
    Sweep,
    /// Places that do not agree.
    Contradiction,
    /// What moved in series that are too young to judge.
    Young,
    /// Results that a plan of settings lacks.
    Holes,
    /// What nobody measured.
    Missing,
}

/// A finding and what to do about it.
pub(super) struct Finding {
    pub prose: Prose,
    pub advice: Option<Prose>,
}

/// A finding that is told only if it is among the most telling.
pub(super) struct Draft<'a> {
    /// The heavier, the earlier. As a guide: 900 what broke, 800 what is fastest, 750 what costs the wait, 700 a setting for
    /// all workloads, 650 numbers that cannot be trusted, 600 effects and fronts, 500 what is missing, below 450 details.
    pub weight: u32,
    pub topic: Topic,
    /// What its advice is to improve, and how directly, from 0.
    pub aim: Option<(Aim, u8)>,
    pub tell: Box<dyn FnOnce(&mut Ledger) -> Finding + 'a>,
}

/// A draft.
pub(super) fn draft<'a>(weight: u32, topic: Topic, tell: impl FnOnce(&mut Ledger) -> Finding + 'a) -> Draft<'a> {
    let aim = match topic {
        Topic::Failure | Topic::Contradiction | Topic::Young | Topic::Holes | Topic::Missing => Some((Aim::Quality, 0)),
        Topic::ColdStart | Topic::Wait => Some((Aim::Ttft, 0)),
        Topic::Fastest | Topic::Backend | Topic::Effect | Topic::Pareto | Topic::Sweep => None,
    };
    Draft { weight, topic, aim, tell: Box::new(tell) }
}

impl Draft<'_> {
    /// Its advice is about a metric of this [`priority`](super::words::priority).
    pub(super) fn of_metric(mut self, priority: u8) -> Self {
        self.aim = aim_of(priority);
        self
    }
}

/// What a metric tells of: rates of throughput, the time to the first token and other times of the wait.
pub(super) fn aim_of(priority: u8) -> Option<(Aim, u8)> {
    match priority {
        0 => Some((Aim::Throughput, 0)),
        2 => Some((Aim::Throughput, 1)),
        1 => Some((Aim::Ttft, 0)),
        3 => Some((Aim::Ttft, 1)),
        4..=6 => Some((Aim::Ttft, 2)),
        _ => None,
    }
}

/// The best of each topic, then the rest by weight until there are `most`; in the order of their weights.
pub(super) fn select(mut drafts: Vec<Draft<'_>>, most: usize) -> Vec<Draft<'_>> {
    drafts.sort_by_key(|draft| Reverse(draft.weight));
    let mut seen = BTreeSet::new();
    let (mut chosen, rest): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(|draft| seen.insert(draft.topic));
    let room = most.saturating_sub(chosen.len());
    chosen.extend(rest.into_iter().take(room));
    chosen.truncate(most);
    chosen.sort_by_key(|draft| Reverse(draft.weight));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_each_topic_comes_before_the_second_of_any() {
        let made = |weight, topic| draft(weight, topic, |_| Finding { prose: Prose::default(), advice: None });
        let drafts = vec![
            made(10, Topic::Missing),
            made(90, Topic::Fastest),
            made(89, Topic::Fastest),
            made(88, Topic::Fastest),
            made(50, Topic::Backend),
        ];
        let told: Vec<u32> = select(drafts, 4).iter().map(|draft| draft.weight).collect();
        assert_eq!(told, [90, 89, 50, 10]);
    }
}
