//! What came of a backtest: of each series what would have been said and when, worst first, and the totals.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::landings::Landings;
use super::past::Past;
use crate::analysis::backtest::{Alarm, ChangePoint, Said, kind_of};
use crate::domain::verdict::VerdictKind;

/// An alarm and a change seen in hindsight are one when they are placed at most so many runs apart.
const NEAR: usize = 5;

/// One thing that is to be said of a series.
#[derive(Debug, Clone)]
pub(super) enum Event<'a> {
    /// It would have been told.
    Told(VerdictKind, &'a Alarm),
    /// It shows only with the whole history at hand.
    Missed(&'a ChangePoint),
}

/// Both answers for one series.
#[derive(Debug)]
pub(super) struct Replayed {
    /// In hindsight, by place.
    pub changes: Vec<ChangePoint>,
    /// As it went.
    pub said: Said,
}

/// A series and what was said of it.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub past: &'a Past,
    pub replayed: &'a Replayed,
    /// By place.
    pub events: Vec<Event<'a>>,
}

/// Sums over all series.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Totals {
    pub series: usize,
    pub runs: usize,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// Series with fewer runs than anything can be said of.
    pub too_short: usize,
    pub regressions: usize,
    pub improvements: usize,
    pub changes: usize,
    pub drifts: usize,
    /// Suspicions that no further run confirmed.
    pub candidates: usize,
    /// Changes that only hindsight shows.
    pub missed: usize,
    /// Runs from change to alarm, the shifted run being 1.
    pub median_delay: Option<usize>,
    /// Landings, and those that would have mailed a regression; `None` without times.
    pub landings: Option<usize>,
    pub mails: Option<usize>,
}

impl Event<'_> {
    /// First run after the shift.
    pub fn change(&self) -> &ChangePoint {
        match self {
            Self::Told(_, alarm) => &alarm.change,
            Self::Missed(change) => change,
        }
    }

    /// The order in which people want to hear of it: by what it is, then by its size.
    fn rank(&self) -> (u8, f64) {
        let class = match self {
            Self::Told(VerdictKind::Regression, _) => 0,
            Self::Told(VerdictKind::Drift | VerdictKind::Change, _) => 1,
            Self::Told(..) => 2,
            Self::Missed(_) => 3,
        };
        (class, self.change().effect.abs())
    }
}

impl<'a> Outcome<'a> {
    /// What there is to say of a past.
    pub fn of(past: &'a Past, replayed: &'a Replayed) -> Self {
        let told = |alarm: &'a Alarm| {
            let kind = if alarm.is_drift { VerdictKind::Drift } else { kind_of(past.direction, &alarm.change) };
            Event::Told(kind, alarm)
        };
        let is_told = |change: &ChangePoint| {
            replayed.said.alarms.iter().any(|alarm| alarm.change.index.abs_diff(change.index) <= NEAR)
        };
        let is_missed = |change: &&ChangePoint| change.index >= past.borrowed && !is_told(change);
        let missed = replayed.changes.iter().filter(is_missed).map(Event::Missed);
        let alarms = replayed.said.alarms.iter().filter(|alarm| alarm.index >= past.borrowed);
        let mut events: Vec<Event<'_>> = alarms.map(told).chain(missed).collect();
        events.sort_by_key(|event| event.change().index);
        Self { past, replayed, events }
    }

    /// Suspicions that no further run confirmed.
    pub fn candidates(&self) -> usize {
        self.replayed.said.candidates.iter().filter(|run| **run >= self.past.borrowed).count()
    }

    /// The rank of the worst that is to be said.
    fn rank(&self) -> (u8, f64) {
        let worse = |a: &(u8, f64), b: &(u8, f64)| by_rank(*a, *b);
        self.events.iter().map(Event::rank).min_by(worse).unwrap_or((u8::MAX, 0.0))
    }
}

fn by_rank(a: (u8, f64), b: (u8, f64)) -> Ordering {
    a.0.cmp(&b.0).then(b.1.total_cmp(&a.1))
}

/// Outcomes by benchmark, the worst benchmark first, and in each the worst series.
pub(super) fn worst_first(mut outcomes: Vec<Outcome<'_>>) -> Vec<Vec<Outcome<'_>>> {
    outcomes.sort_by(|a, b| a.past.series.cmp(&b.past.series));
    let mut groups: Vec<Vec<Outcome<'_>>> = Vec::new();
    for outcome in outcomes {
        match groups.last_mut().filter(|group| group.first().is_some_and(|first| is_same(first, &outcome))) {
            Some(group) => group.push(outcome),
            None => groups.push(vec![outcome]),
        }
    }
    for group in &mut groups {
        group.sort_by(|a, b| by_rank(a.rank(), b.rank()));
    }
    let worst = |group: &Vec<Outcome<'_>>| group.first().map_or((u8::MAX, 0.0), Outcome::rank);
    groups.sort_by(|a, b| by_rank(worst(a), worst(b)));
    groups
}

fn is_same(a: &Outcome<'_>, b: &Outcome<'_>) -> bool {
    a.past.series.benchmark == b.past.series.benchmark
}

impl Totals {
    /// Sums up. Fewer runs than `least` are too few to say anything; runs land together as `landings` says.
    pub fn of(outcomes: &[Outcome<'_>], least: usize, landings: &Landings) -> Self {
        let mut totals = Self { series: outcomes.len(), ..Self::default() };
        let mut delays = Vec::new();
        let mut mails = BTreeSet::new();
        for outcome in outcomes {
            let points = &outcome.past.points;
            totals.runs += outcome.past.own();
            totals.too_short += usize::from(points.len() < least);
            totals.candidates += outcome.candidates();
            if outcome.past.is_timed {
                totals.first = totals.first.into_iter().chain(points.first().map(|point| point.at)).min();
                totals.last = totals.last.max(points.last().map(|point| point.at));
            }
            for event in &outcome.events {
                let Event::Told(kind, alarm) = event else {
                    totals.missed += 1;
                    continue;
                };
                delays.push(alarm.delay());
                *totals.count(*kind) += 1;
                // A drift for the worse is mailed as a regression is.
                if outcome.past.direction.is_worse(alarm.change.before, alarm.change.after) {
                    mails.extend(outcome.past.at(alarm.index).map(|at| landings.of(at)));
                }
            }
        }
        delays.sort_unstable();
        totals.median_delay = delays.get(delays.len() / 2).copied();
        if outcomes.iter().any(|outcome| outcome.past.is_timed) {
            (totals.landings, totals.mails) = (Some(landings.count()), Some(mails.len()));
        }
        totals
    }

    fn count(&mut self, kind: VerdictKind) -> &mut usize {
        match kind {
            VerdictKind::Regression => &mut self.regressions,
            VerdictKind::Improvement => &mut self.improvements,
            VerdictKind::Drift => &mut self.drifts,
            _ => &mut self.changes,
        }
    }

    /// All that would have been confirmed.
    pub fn alarms(&self) -> usize {
        self.regressions + self.improvements + self.changes + self.drifts
    }

    /// Alarms in a thousand runs of a series; `None` without runs.
    pub fn per_thousand(&self) -> Option<f64> {
        (self.runs > 0).then(|| 1000.0 * self.alarms() as f64 / self.runs as f64)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::analysis::{Point, Tuning};
    use crate::domain::series::{Direction, SeriesKey};

    fn past(benchmark: &str, metric: &str, direction: Direction) -> Past {
        let point = |run: i64| Point {
            at: Timestamp::from_second(run * 3600).unwrap(),
            value: 1.0,
            std: None,
            n: 1,
            fresh: true,
        };
        Past {
            series: SeriesKey { benchmark: benchmark.into(), metric: metric.into(), ..SeriesKey::default() },
            direction,
            points: (0..50).map(point).collect(),
            tuned: Default::default(),
            borrowed: 0,
            tuning: Tuning::default(),
            commits: Vec::new(),
            places: Vec::new(),
            is_timed: true,
        }
    }

    fn change(index: usize, after: f64) -> ChangePoint {
        ChangePoint { index, before: 1.0, after, effect: after - 1.0, p: None }
    }

    fn told(index: usize, after: f64) -> Replayed {
        let alarm = Alarm { index: index + 2, change: change(index, after), is_drift: false };
        Replayed { changes: vec![change(index + 1, after)], said: Said { alarms: vec![alarm], candidates: vec![40] } }
    }

    #[test]
    fn the_worst_comes_first_and_everything_is_counted() {
        let pasts = [
            past("a", "better", Direction::Lower),
            past("a", "worse", Direction::Lower),
            past("b", "much_worse", Direction::Lower),
            past("c", "neutral", Direction::Neutral),
            past("d", "quiet", Direction::Lower),
            past("e", "missed", Direction::Lower),
        ];
        let missed = Replayed { changes: vec![change(30, 1.1)], said: Said::default() };
        let quiet = Replayed { changes: Vec::new(), said: Said::default() };
        let replayed = [told(10, 0.5), told(10, 1.2), told(10, 1.4), told(20, 2.0), quiet, missed];
        let outcomes: Vec<Outcome<'_>> =
            pasts.iter().zip(&replayed).map(|(past, one)| Outcome::of(past, one)).collect();
        let totals = Totals::of(&outcomes, 60, &Landings::among(&pasts, Duration::ZERO, Duration::ZERO));
        assert_eq!((totals.regressions, totals.improvements, totals.changes, totals.drifts), (2, 1, 1, 0));
        assert_eq!((totals.missed, totals.candidates, totals.too_short, totals.alarms()), (1, 4, 6, 4));
        assert_eq!((totals.landings, totals.mails, totals.median_delay), (Some(50), Some(1), Some(3)));
        assert_eq!(totals.per_thousand(), Some(1000.0 * 4.0 / 300.0));
        let groups = worst_first(outcomes);
        let names = groups.iter().flatten().map(|outcome| outcome.past.series.metric.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["much_worse", "worse", "better", "neutral", "missed", "quiet"]);
    }
}
