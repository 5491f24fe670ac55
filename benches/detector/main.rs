//! What the detector costs: taking in a run, judging with the history, cutting a whole series, and a landing of ten thousand series.
//!
//! ```sh
//! cargo bench --bench detector
//! ```
//!
//! A landing is measured without the store: its tracks are read from bytes, take a run in at a glance or with the runs that they ask
//! for, are held against one another, and become bytes again. One series in a hundred has just moved.

mod landing;

use chimera_insight::analysis::backtest::Bench;
use chimera_insight::analysis::{Subject, Track, Tuning, Work, glance, judge, judge_anew};
use chimera_insight::domain::series::Direction;
use chimera_insight::domain::units::Unit;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

use landing::{Landing, history, values};

fn main() {
    divan::main();
}

/// Lengths of a history.
const RUNS: [usize; 3] = [30, 300, 5000];

/// A run that lies within the noise: nothing but the track is needed.
#[divan::bench(args = RUNS)]
fn append(bencher: Bencher<'_, '_>, runs: usize) {
    let track = landing::track(&values(runs));
    let usual = [landing::LEVEL];
    bencher.counter(ItemsCount::new(1usize)).with_inputs(|| track.clone()).bench_local_values(|mut track| {
        black_box(glance(&mut track, &usual));
        track
    });
}

/// The same through the bytes that the store keeps.
#[divan::bench(args = RUNS)]
fn append_through_bytes(bencher: Bencher<'_, '_>, runs: usize) {
    let state = landing::track(&values(runs)).encode().expect("a track");
    let usual = [landing::LEVEL];
    bencher.counter(ItemsCount::new(1usize)).bench_local(|| {
        let mut track = Track::decode(&state).expect("a track");
        black_box(glance(&mut track, &usual));
        track.encode().expect("a track")
    });
}

/// A run far outside: the runs of the segment are looked at.
#[divan::bench(args = RUNS)]
fn append_of_a_stray(bencher: Bencher<'_, '_>, runs: usize) {
    let mut values = values(runs);
    let track = landing::track(&values);
    values.push(landing::LEVEL * 2.0);
    let history = history(&values, 1);
    let unit = Unit::new("ms");
    let subject = Subject { direction: Direction::Lower, unit: &unit, tuning: Tuning::default(), backfill: false };
    let (offset, mut work) = (track.wanted(), Work::default());
    bencher
        .counter(ItemsCount::new(1usize))
        .with_inputs(|| track.clone())
        .bench_local_values(|mut track| judge(&mut track, &history[offset..], offset, &subject, &mut work));
}

/// Without a track: the whole history, run by run.
#[divan::bench(args = RUNS)]
fn replay(bencher: Bencher<'_, '_>, runs: usize) {
    let history = history(&values(runs), 1);
    let unit = Unit::new("ms");
    let subject = Subject { direction: Direction::Lower, unit: &unit, tuning: Tuning::default(), backfill: false };
    let mut work = Work::default();
    bencher.counter(ItemsCount::new(runs)).bench_local(|| judge_anew(&history, &subject, &mut work));
}

/// A whole series cut where its level changed.
#[divan::bench(args = RUNS)]
fn segmentation(bencher: Bencher<'_, '_>, runs: usize) {
    let values = values(runs);
    let mut bench = Bench::default();
    bencher.counter(ItemsCount::new(runs)).bench_local(|| {
        bench.load(&values, &[]);
        bench.in_hindsight(&Tuning::default())
    });
}

/// Ten thousand series of three hundred runs, a run each.
#[divan::bench(sample_count = 20)]
fn landing_of_ten_thousand(bencher: Bencher<'_, '_>) {
    let landing = Landing::of(10_000, 300);
    bencher.counter(ItemsCount::new(10_000usize)).bench_local(|| landing.judge());
}
