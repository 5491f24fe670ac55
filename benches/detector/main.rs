//! What the detector costs.
//!
//! ```sh
//! cargo bench --bench detector
//! ```

use chimera_insight::analysis::{Point, Settings, replay};
use divan::Bencher;
use harness::series::histories::History;
use jiff::{SignedDuration, Timestamp};

fn main() {
    divan::main();
}

/// Lengths of a history.
const RUNS: [usize; 3] = [30, 300, 5000];

fn history(runs: usize) -> Vec<Point> {
    let values = History::Long { steps: false }.set(1, 1).series.remove(0).values;
    let run = |(day, value): (i64, f64)| Point {
        at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day),
        value,
        std: None,
        n: 1,
        fresh: false,
    };
    (0..).zip(values).map(run).take(runs).collect()
}

#[divan::bench(args = RUNS)]
fn segmentation(bencher: Bencher<'_, '_>, runs: usize) {
    let history = history(runs);
    bencher.bench_local(|| replay(&history, &Settings::default()));
}
