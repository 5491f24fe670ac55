//! The measurement: every set, every series, on all cores; and the speed, on one.

use std::{fs, thread};

use harness::series::score::Score;
use harness::series::{Set, histories, synth};

use crate::detector::Detector;

/// The smallest effect that matters where the sets are drawn as if every effect did.
const EVERY_EFFECT: f64 = 0.0;
/// Ours by default.
const DEFAULT_EFFECT: f64 = 0.02;

/// What came out.
pub struct Figures {
    pub base: u64,
    /// By the name of the set; asked without a smallest effect.
    pub synth: Vec<(String, Score)>,
    /// By the name of the history; asked with the default smallest effect.
    pub histories: Vec<(String, Score)>,
    /// Series of the load a second on one core: segmentation and an append-by-append replay of each.
    pub series_a_second: f64,
}

impl Figures {
    /// The score of one of the compared sets.
    pub fn of(&self, name: &str) -> &Score {
        let (_, score) = self.synth.iter().find(|(known, _)| known == name).expect("a set of that name");
        score
    }
}

/// Measures everything on the draws of `base`.
pub fn all(base: u64) -> Figures {
    let load = synth::load(base, 300, 1000);
    Figures {
        base,
        synth: synth::sets(base).map(|set| (set.name.clone(), score(&set, EVERY_EFFECT))).collect(),
        histories: histories::ALL
            .iter()
            .map(|(history, count)| (history.name(), score(&history.set(base, *count), DEFAULT_EFFECT)))
            .collect(),
        series_a_second: speed(&load),
    }
}

fn score(set: &Set, min_effect: f64) -> Score {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut whole = Score::default();
    thread::scope(|scope| {
        let part = |series: &'_ [_]| {
            let (mut score, mut detector) = (Score::default(), Detector::default());
            for truth in series {
                let truth: &harness::series::Labelled = truth;
                score.add(truth, &detector.ask(&truth.values, min_effect));
            }
            score
        };
        let parts = set.series.chunks(set.series.len().div_ceil(threads));
        let running: Vec<_> = parts.map(|series| scope.spawn(move || part(series))).collect();
        for thread in running {
            whole.merge(thread.join().expect("a detector that does not panic"));
        }
    });
    whole
}

/// Series a second, the best of five rounds: what disturbs a round is not the detector's.
fn speed(set: &Set) -> f64 {
    let mut detector = Detector::default();
    let mut round = || {
        let begun = cpu_seconds();
        for series in &set.series {
            std::hint::black_box(detector.ask(&series.values, EVERY_EFFECT));
        }
        set.series.len() as f64 / (cpu_seconds() - begun)
    };
    (0..5).map(|_| round()).fold(0.0, f64::max)
}

/// Time that this thread has been on a core: what else the machine does is not counted.
fn cpu_seconds() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds: f64 =
        told.split(' ').next().and_then(|first| first.parse().ok()).expect("a number of nanoseconds");
    nanoseconds / 1e9
}
