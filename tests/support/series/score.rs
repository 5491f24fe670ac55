//! How well the changes of a set were found: counts that add up over series, and the rates that they give.

use super::Labelled;

/// Runs by which a change may be misplaced and still count as found.
pub const MARGIN: usize = 5;

/// What a detector said of one series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Segmentation of the whole series: first runs after its changes.
    pub changes: Vec<usize>,
    /// What an append-by-append replay confirmed, in order.
    pub alarms: Vec<Alarm>,
    /// How many of them are about a drift rather than a step.
    pub drifts: usize,
}

/// A confirmation in a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// The run that confirmed it.
    pub at: usize,
    /// Where it says that the change is.
    pub change: usize,
}

/// Found and true changes of any number of series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    series: usize,
    points: usize,
    truths: usize,
    changes: Tally,
    alarms: Tally,
    /// Series with an alarm.
    alarmed: usize,
    drifts: usize,
    /// Runs from each change to the first alarm about it, the changed run included.
    delays: Vec<usize>,
}

/// Hits and false hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    right: usize,
    wrong: usize,
}

impl Tally {
    /// Pairs found with true places one to one, each truth with the nearest that is free.
    fn of(truths: &[usize], found: impl Iterator<Item = usize>) -> Self {
        let mut free: Vec<usize> = found.collect();
        free.sort_unstable();
        let mut right = 0;
        for &truth in truths {
            let near = free.iter().enumerate().filter(|(_, place)| place.abs_diff(truth) <= MARGIN);
            if let Some((at, _)) = near.min_by_key(|(_, place)| place.abs_diff(truth)) {
                free.remove(at);
                right += 1;
            }
        }
        Self { right, wrong: free.len() }
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
    }
}

impl Score {
    /// Counts one series in.
    pub fn add(&mut self, truth: &Labelled, found: &Found) {
        self.series += 1;
        self.points += truth.values.len();
        self.truths += truth.changes.len();
        self.changes.add(Tally::of(&truth.changes, found.changes.iter().copied()));
        self.alarms.add(Tally::of(&truth.changes, found.alarms.iter().map(|alarm| alarm.change)));
        self.alarmed += usize::from(!found.alarms.is_empty());
        self.drifts += found.drifts;
        for &change in &truth.changes {
            let about = |alarm: &&Alarm| alarm.change.abs_diff(change) <= MARGIN && alarm.at >= change;
            let first = found.alarms.iter().filter(about).map(|alarm| alarm.at).min();
            self.delays.extend(first.map(|at| at - change + 1));
        }
    }

    /// Adds the counts of other series.
    pub fn merge(&mut self, other: Self) {
        self.series += other.series;
        self.points += other.points;
        self.truths += other.truths;
        self.changes.add(other.changes);
        self.alarms.add(other.alarms);
        self.alarmed += other.alarmed;
        self.drifts += other.drifts;
        self.delays.extend(other.delays);
    }

    /// Whether nothing changes in any of the series, so that there is nothing to find.
    pub fn is_quiet(&self) -> bool {
        self.truths == 0
    }

    /// Share of the segmentation's changes that are true; 0 without any.
    pub fn precision(&self) -> f64 {
        ratio(self.changes.right, self.changes.right + self.changes.wrong)
    }

    /// Share of the true changes that the segmentation has.
    pub fn recall(&self) -> f64 {
        ratio(self.changes.right, self.truths)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        ratio(2 * self.changes.right, self.truths + self.changes.right + self.changes.wrong)
    }

    /// Share of the alarms that are true.
    pub fn alarm_precision(&self) -> f64 {
        ratio(self.alarms.right, self.alarms.right + self.alarms.wrong)
    }

    /// Share of the true changes that gave an alarm.
    pub fn alarm_recall(&self) -> f64 {
        ratio(self.alarms.right, self.truths)
    }

    /// Alarms per 1000 runs, true ones included.
    pub fn alarms_per_1000(&self) -> f64 {
        1000.0 * ratio(self.alarms.right + self.alarms.wrong, self.points)
    }

    /// Changes of the segmentation per 1000 runs, true ones included.
    pub fn changes_per_1000(&self) -> f64 {
        1000.0 * ratio(self.changes.right + self.changes.wrong, self.points)
    }

    /// Share of the series with an alarm.
    pub fn alarm_share(&self) -> f64 {
        ratio(self.alarmed, self.series)
    }

    /// Alarms about a drift, a series.
    pub fn drifts_a_series(&self) -> f64 {
        ratio(self.drifts, self.series)
    }

    /// Alarms a series.
    pub fn alarms_a_series(&self) -> f64 {
        ratio(self.alarms.right + self.alarms.wrong, self.series)
    }

    /// Median runs from a change to the alarm about it, the changed run counted as one; `None` without any.
    pub fn delay(&self) -> Option<usize> {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        delays.get(delays.len() / 2).copied()
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
