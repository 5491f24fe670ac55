//! Landings: which runs of a history would have arrived together.
//!
//! Files do not tell when they landed, so each run is taken to have landed at its own time.

use std::time::Duration;

use jiff::Timestamp;

use super::past::Past;

/// When landings began, by time: runs that follow each other within the quiet gap land together, up to a landing's greatest age.
#[derive(Debug, Default)]
pub(super) struct Landings(Vec<Timestamp>);

impl Landings {
    /// The landings of all runs, as if each had arrived at its time.
    pub fn among(pasts: &[Past], quiet: Duration, max_age: Duration) -> Self {
        let timed = pasts.iter().filter(|past| past.is_timed);
        let mut times: Vec<Timestamp> = timed.flat_map(|past| past.points.iter().map(|point| point.at)).collect();
        times.sort_unstable();
        times.dedup();
        let within = |from: Timestamp, to: Timestamp, most: Duration| {
            Duration::try_from(to.duration_since(from)).is_ok_and(|apart| apart <= most)
        };
        let mut began: Vec<Timestamp> = Vec::new();
        let mut before = None;
        for at in times {
            let joins = began
                .last()
                .zip(before)
                .is_some_and(|(&first, last)| within(last, at, quiet) && within(first, at, max_age));
            if !joins {
                began.push(at);
            }
            before = Some(at);
        }
        Self(began)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Which landing each run of each past belongs to. Runs without times land alone: nothing is known of what came with them.
    pub fn numbers<'p>(&self, pasts: &'p [Past]) -> impl Fn(usize, usize) -> usize + use<'_, 'p> {
        let untimed = |past: &Past| if past.is_timed { 0 } else { past.points.len() };
        let first = pasts.iter().scan(self.count() + 1, |next, past| {
            let first = *next;
            *next += untimed(past);
            Some(first)
        });
        let first: Vec<usize> = first.collect();
        move |series, run| {
            let timed = pasts.get(series).and_then(|past| past.at(run)).map(|at| self.of(at));
            timed.unwrap_or_else(|| first.get(series).copied().unwrap_or_default() + run)
        }
    }

    /// Which landing a run belongs to.
    pub fn of(&self, at: Timestamp) -> usize {
        self.0.partition_point(|began| *began <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Point, Tuning};
    use crate::domain::series::{Direction, SeriesKey};

    fn past(seconds: &[i64], is_timed: bool) -> Past {
        let at = |second: &i64| Timestamp::from_second(*second).unwrap();
        let point = |second| Point { at: at(second), value: 1.0, std: None, n: 1, fresh: true };
        Past {
            series: SeriesKey::default(),
            direction: Direction::Lower,
            points: seconds.iter().map(point).collect(),
            tuned: Default::default(),
            borrowed: 0,
            tuning: Tuning::default(),
            commits: Vec::new(),
            places: Vec::new(),
            is_timed,
        }
    }

    #[test]
    fn runs_land_together_when_they_follow_each_other_closely() {
        let pasts = [past(&[0, 100, 200], true), past(&[1, 102, 104, 106, 300], true), past(&[0, 1], false)];
        let landings = Landings::among(&pasts, Duration::from_secs(2), Duration::from_secs(5));
        let number = landings.numbers(&pasts);
        let numbers =
            |series: usize| -> Vec<usize> { (0..pasts[series].points.len()).map(|run| number(series, run)).collect() };
        assert_eq!(landings.count(), 5);
        assert_eq!(numbers(0), [1, 2, 4]);
        assert_eq!(numbers(1), [1, 2, 2, 3, 5], "a landing closes at its greatest age");
        assert_eq!(numbers(2), [6, 7], "nobody knows what came with runs that have no time");
    }

    #[test]
    fn no_runs_are_no_landings() {
        assert_eq!(Landings::among(&[], Duration::ZERO, Duration::ZERO).count(), 0);
    }
}
