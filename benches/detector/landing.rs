//! Histories and a landing to measure with.

use chimera_insight::analysis::{Opinion, Point, Subject, Track, Tuning, Work, glance, judge, settle};
use chimera_insight::domain::series::Direction;
use chimera_insight::domain::units::Unit;
use harness::series::draw::{Draw, Noise};
use jiff::{SignedDuration, Timestamp};

/// What the runs lie around, with a deviation of one in a hundred.
pub const LEVEL: f64 = 100.0;
/// Of so many series one has moved three runs ago.
const MOVED: usize = 100;

/// Values of a history in which nothing changes.
pub fn values(runs: usize) -> Vec<f64> {
    noise("one", 0, runs)
}

fn noise(kind: &str, index: usize, runs: usize) -> Vec<f64> {
    let mut draw = Draw::seeded(1, kind, index);
    Noise::Gauss.runs(runs, &mut draw).into_iter().map(|run| LEVEL + run).collect()
}

/// Daily runs, the last `fresh` of which have just landed.
pub fn history(values: &[f64], fresh: usize) -> Vec<Point> {
    let run = |(day, &value): (usize, &f64)| Point {
        at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * i64::try_from(day).expect("few runs")),
        value,
        std: None,
        n: 1,
        fresh: day + fresh >= values.len(),
    };
    values.iter().enumerate().map(run).collect()
}

/// A track that took these values in, as if one by one.
pub fn track(values: &[f64]) -> Track {
    let (unit, mut work) = (Unit::new("ms"), Work::default());
    let (mut track, runs) = (Track::default(), history(values, 0));
    for (run, value) in values.iter().enumerate() {
        if glance(&mut track, &[*value]).is_none() {
            let offset = track.wanted();
            judge(&mut track, &runs[offset..=run], offset, &subject(&unit), &mut work);
        }
    }
    track
}

fn subject(unit: &Unit) -> Subject<'_> {
    Subject { direction: Direction::Lower, unit, tuning: Tuning::default(), backfill: false }
}

/// A landing that brings each of many series a run.
pub struct Landing {
    /// The bytes of the track, and the history with the new run.
    series: Vec<(Vec<u8>, Vec<Point>)>,
}

impl Landing {
    /// A landing of so many series, each with so many runs.
    pub fn of(series: usize, runs: usize) -> Self {
        let one = |index: usize| {
            let mut values = noise("landing", index, runs);
            if index.is_multiple_of(MOVED) {
                values.iter_mut().skip(runs - 4).for_each(|value| *value *= 1.2);
            }
            let state = track(&values[..runs - 1]).encode().expect("a track");
            (state, history(&values, 1))
        };
        Self { series: (0..series).map(one).collect() }
    }

    /// Judges it: how many histories were needed, how many changes stand.
    pub fn judge(&self) -> (usize, usize) {
        let (unit, mut work) = (Unit::new("ms"), Work::default());
        let mut open: Vec<(Track, Opinion)> = Vec::new();
        let (mut looks, mut bytes) = (0, 0);
        for (state, history) in &self.series {
            let mut track = Track::decode(state).expect("a track");
            let fresh = history.last().map_or(LEVEL, |run| run.value);
            if glance(&mut track, &[fresh]).is_none() {
                let offset = track.wanted();
                let opinion = judge(&mut track, &history[offset..], offset, &subject(&unit), &mut work);
                looks += 1;
                if opinion.pending.is_some() {
                    open.push((track, opinion));
                    continue;
                }
            }
            bytes += track.encode().expect("a track").len();
        }
        settle(&mut open.iter_mut().map(|(_, opinion)| opinion).collect::<Vec<_>>(), self.series.len());
        let mut stand = 0;
        for (track, opinion) in &mut open {
            if let Some(finding) = &opinion.pending {
                track.confirm(finding);
                stand += 1;
            }
            bytes += track.encode().expect("a track").len();
        }
        assert!(bytes > 0, "tracks are kept");
        (looks, stand)
    }
}
