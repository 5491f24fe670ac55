//! The detector as the table asks it: values in, places out.

use chimera_insight::analysis::{Point, Settings, replay};
use harness::series::score::{Alarm, Found};
use jiff::{SignedDuration, Timestamp};

/// What it says of a series of daily runs, for the smallest effect that matters.
pub fn ask(values: &[f64], min_effect: f64) -> Found {
    let settings = Settings { min_effect, ..Settings::default() };
    let changes = replay(&history(values), &settings).changes;
    Found {
        changes: changes.iter().map(|change| change.index).collect(),
        alarms: changes.iter().map(|change| Alarm { at: change.confirmed_at, change: change.index }).collect(),
    }
}

fn history(values: &[f64]) -> Vec<Point> {
    let start = Timestamp::UNIX_EPOCH;
    let run = |(day, &value): (i64, &f64)| Point {
        at: start + SignedDuration::from_hours(24 * day),
        value,
        std: None,
        n: 1,
        fresh: false,
    };
    (0..).zip(values).map(run).collect()
}
