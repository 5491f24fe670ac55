//! The sets by which detectors are compared, fewer series of each: false alarms, steps of every size, short series, a mixed load.

use harness::series::draw::Noise;
use harness::series::synth;

use super::detector::{EVERY_EFFECT, score};
use super::{BASE, at_least, at_most};

#[test]
fn noise_gives_few_alarms() {
    for noise in synth::NOISES {
        let score = score(&synth::noise(BASE, noise, 150), EVERY_EFFECT);
        // The bar of a thousand series is 0.2; in thirty thousand runs seven alarms for six are no sign of more.
        at_most(0.25, score.alarms_per_1000(), "alarms per 1000 runs", noise);
        at_most(0.5, score.changes_per_1000(), "changes per 1000 runs", noise);
    }
}

#[test]
fn steps_are_found_where_they_are() {
    let ar1 = Noise::Autocorrelated(0.5);
    for (noise, size, recall, precision) in [
        (Noise::Gauss, 1.0, 0.50, 0.85),
        (Noise::Gauss, 2.0, 0.97, 0.97),
        (Noise::Gauss, 3.0, 0.98, 0.98),
        (ar1, 3.0, 0.95, 0.95),
        (Noise::Student3, 3.0, 0.97, 0.88),
    ] {
        let score = score(&synth::shift(BASE, noise, size, 80), EVERY_EFFECT);
        at_least(recall, score.recall(), "recall", (noise, size));
        at_least(precision, score.precision(), "precision", (noise, size));
    }
}

#[test]
fn alarms_come_soon() {
    for (size, delay, recall) in [(3.0, 8, 0.95), (5.0, 5, 0.97), (12.0, 3, 0.97)] {
        let score = score(&synth::shift(BASE, Noise::Gauss, size, 40), EVERY_EFFECT);
        at_least(recall, score.alarm_recall(), "alarm recall", size);
        at_least(0.97, score.alarm_precision(), "alarm precision", size);
        at_most(f64::from(delay), score.delay().map_or(f64::INFINITY, |runs| runs as f64), "median delay", size);
    }
}

#[test]
fn two_to_thirty_runs_are_judged_as_far_as_they_can_be() {
    for n in [2, 3, 4, 5, 6, 8, 10, 20, 30] {
        let quiet = score(&synth::short(BASE, n, 0.0, 300), EVERY_EFFECT);
        at_most(0.01, quiet.alarm_share(), "share of unchanged series with an alarm", n);
    }
    for (n, least) in [(6, 0.60), (10, 0.99), (20, 0.99), (30, 0.99)] {
        let stepped = score(&synth::short(BASE, n, 6.0, 150), EVERY_EFFECT);
        at_least(least, stepped.recall(), "recall of six deviations", n);
    }
}

#[test]
fn a_mixed_load_is_cut_where_it_changes() {
    let score = score(&synth::load(BASE, 300, 60), EVERY_EFFECT);
    at_least(0.935, score.f1(), "F1", "load");
    at_least(0.80, score.alarm_recall(), "alarm recall", "load");
}
