//! Histories that are more than a step in noise, one test a kind.

use harness::series::draw::Draw;
use harness::series::histories::History;
use harness::series::score::Score;
use harness::series::{Labelled, Set};

use super::detector::{DEFAULT_EFFECT, EVERY_EFFECT, ask, history, score};
use super::{BASE, at_least, at_most};

fn of(history: History, count: usize) -> Score {
    score(&history.set(BASE, count), DEFAULT_EFFECT)
}

/// Nothing changes: no more alarms than this in a thousand runs.
#[track_caller]
fn is_quiet(bar: f64, history: History) {
    at_most(bar, of(history, 40).alarms_per_1000(), "alarms per 1000 runs", history);
}

/// What changes is found, both by the segmentation and by alarms, and little else.
#[track_caller]
fn is_found(recall: f64, precision: f64, history: History) {
    let score = of(history, 40);
    at_least(recall, score.recall(), "recall", history);
    at_least(precision, score.precision(), "precision", history);
    at_least(recall - 0.05, score.alarm_recall(), "alarm recall", history);
    at_least(precision, score.alarm_precision(), "alarm precision", history);
}

#[test]
fn lone_spikes_neither_alarm_nor_hide_a_step() {
    is_quiet(0.2, History::Spikes { step: false });
    is_found(0.95, 0.95, History::Spikes { step: true });
}

#[test]
fn two_hosts_under_one_name_are_noise() {
    is_quiet(0.4, History::TwoHosts);
}

#[test]
fn rounding_is_no_change_and_hides_none() {
    is_quiet(0.2, History::Rounded { quantum: 1.0, step: false });
    // With two or three distinct values left, a few of a kind in a row are not rare enough.
    is_quiet(1.2, History::Rounded { quantum: 4.0, step: false });
    is_found(0.95, 0.95, History::Rounded { quantum: 1.0, step: true });
}

#[test]
fn constant_series_are_quiet_until_they_step() {
    is_quiet(0.0, History::Constant { step: false });
    is_found(1.0, 1.0, History::Constant { step: true });
}

#[test]
fn values_around_and_below_zero_are_judged() {
    is_quiet(0.2, History::Signed { step: false });
    is_found(0.95, 0.95, History::Signed { step: true });
    let mut below = History::Signed { step: true }.set(BASE, 20);
    below.series.iter_mut().flat_map(|series| &mut series.values).for_each(|value| *value -= 500.0);
    let score = score(&below, EVERY_EFFECT);
    at_least(0.95, score.recall().min(score.precision()), "recall and precision", "all negative");
}

#[test]
fn a_new_host_is_a_change_but_more_scatter_is_none() {
    is_found(0.80, 0.80, History::NewHost);
    // It is noisier than anything before: some runs of it look like a level, and no bar of 0.2 holds.
    is_quiet(1.5, History::Noisier);
}

#[test]
fn improvements_followed_by_regressions_are_two_changes() {
    is_found(0.95, 0.95, History::Repaired(6.0));
}

#[test]
fn weekends_are_no_changes() {
    is_quiet(0.2, History::Weekly(3.0));
}

#[test]
fn autocorrelated_runs_are_no_changes_and_hide_only_small_ones() {
    is_quiet(0.2, History::Autocorrelated { rho: 0.3, step: 0.0 });
    // Noise that wanders like this is more than the limits are made for.
    is_quiet(2.0, History::Autocorrelated { rho: 0.8, step: 0.0 });
    is_found(0.90, 0.90, History::Autocorrelated { rho: 0.3, step: 3.0 });
}

#[test]
fn five_thousand_runs_are_judged_like_two_hundred() {
    let quiet = score(&History::Long { steps: false }.set(BASE, 2), DEFAULT_EFFECT);
    at_most(0.2, quiet.alarms_per_1000(), "alarms per 1000 runs", "5000 runs");
    let steps = score(&History::Long { steps: true }.set(BASE, 2), DEFAULT_EFFECT);
    at_least(0.95, steps.recall(), "recall", "5000 runs");
    at_least(0.95, steps.precision(), "precision", "5000 runs");
}

#[test]
fn missing_runs_move_a_change_no_further_than_to_the_next_run() {
    let with_gaps = |drawn: Labelled, draw: &mut Draw| {
        let kept: Vec<usize> = (0..drawn.values.len()).filter(|_| !draw.happens(0.3)).collect();
        let values = kept.iter().map(|&at| drawn.values[at]).collect();
        let changes = drawn.changes.iter().map(|&change| kept.iter().filter(|&&at| at < change).count()).collect();
        (kept, Labelled { values, changes })
    };
    let whole: Set = History::Spikes { step: true }.set(BASE, 30);
    let mut score = Score::default();
    for (number, drawn) in whole.series.into_iter().enumerate() {
        let (kept, truth) = with_gaps(drawn, &mut Draw::seeded(BASE, "missing", number));
        let days = history(&vec![0.0; 200]);
        let mut runs = history(&truth.values);
        runs.iter_mut().zip(kept).for_each(|(run, day)| run.at = days[day].at);
        score.add(&truth, &ask(&runs, DEFAULT_EFFECT));
    }
    at_least(0.95, score.recall().min(score.precision()), "recall and precision", "with gaps");
    at_least(0.90, score.alarm_recall(), "alarm recall", "with gaps");
}
