//! The detector as these tests ask it.

use chimera_insight::analysis::backtest::Bench;
use chimera_insight::analysis::{Point, Tuning};
use harness::series::Set;
use harness::series::score::{Alarm, Found, Score};
use jiff::{SignedDuration, Timestamp};

/// The smallest effect that matters, by default.
pub const DEFAULT_EFFECT: f64 = 0.02;
/// For series whose steps were drawn without regard to it.
pub const EVERY_EFFECT: f64 = 0.0;

/// Daily runs.
pub fn history(values: &[f64]) -> Vec<Point> {
    let start: Timestamp = "2020-01-01T03:00:00Z".parse().unwrap();
    let run = |(day, &value): (i64, &f64)| Point {
        at: start + SignedDuration::from_hours(24 * day),
        value,
        std: None,
        n: 1,
        fresh: false,
    };
    (0..).zip(values).map(run).collect()
}

/// What it says of a history, as a whole and append by append.
pub fn ask(history: &[Point], min_effect: f64) -> Found {
    let tuning = Tuning { min_effect, ..Tuning::default() };
    let mut bench = Bench::default();
    bench.load_points(history);
    let alarms = bench.as_it_went(&tuning);
    Found {
        changes: bench.in_hindsight(&tuning).iter().map(|change| change.index).collect(),
        drifts: alarms.iter().filter(|alarm| alarm.is_drift).count(),
        alarms: alarms.iter().map(|alarm| Alarm { at: alarm.index, change: alarm.change.index }).collect(),
    }
}

/// How well it does on a set.
pub fn score(set: &Set, min_effect: f64) -> Score {
    let mut score = Score::default();
    for truth in &set.series {
        score.add(truth, &ask(&history(&truth.values), min_effect));
    }
    score
}
