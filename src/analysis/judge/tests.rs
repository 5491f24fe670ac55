//! The verdicts on small histories written by hand.

use jiff::Timestamp;

use super::{Subject, fresh_tail, judge_anew};
use crate::analysis::{Point, Tuning, Work};
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::{Verdict, VerdictKind};

/// Hourly runs; the last `fresh` of them have just landed.
fn history(values: &[f64], fresh: usize) -> Vec<Point> {
    let run = |(i, &value): (usize, &f64)| Point {
        at: Timestamp::from_second(1_763_600_000 + 3600 * i as i64).unwrap(),
        value,
        std: None,
        n: 1,
        fresh: i + fresh >= values.len(),
    };
    values.iter().enumerate().map(run).collect()
}

fn verdict(values: &[f64], fresh: usize, direction: Direction) -> Verdict {
    anew(&history(values, fresh), direction, false)
}

/// The verdict on a whole history.
fn anew(history: &[Point], direction: Direction, backfill: bool) -> Verdict {
    let unit = Unit::new("ms");
    let subject = Subject { direction, unit: &unit, tuning: Tuning::default(), backfill };
    judge_anew(history, &subject, &mut Work::default()).1.verdict
}

/// Twenty-four runs around 100 with a noise of about one.
fn quiet() -> Vec<f64> {
    (0..24).map(|i| 100.0 + [0.3, -1.1, 0.8, -0.2, 1.2, -0.9, 0.1, -0.6][i % 8] + (i % 3) as f64 * 0.2).collect()
}

fn with(tail: &[f64]) -> Vec<f64> {
    [quiet(), tail.to_vec()].concat()
}

#[test]
fn short_histories_are_not_judged() {
    assert_eq!(verdict(&[], 0, Direction::Lower).kind, VerdictKind::New);
    assert_eq!(verdict(&[100.0], 1, Direction::Lower).kind, VerdictKind::New);
    for n in 2..6 {
        let values: Vec<f64> = (0..n).map(|i| if i + 3 >= n { 900.0 } else { 100.0 + i as f64 }).collect();
        let verdict = verdict(&values, 1, Direction::Lower);
        assert_eq!(verdict.kind, VerdictKind::InsufficientEvidence, "{n} runs");
        assert_eq!(verdict.reason, format!("{n} runs are too few to tell a change from noise."));
    }
}

#[test]
fn a_shift_is_a_candidate_twice_and_a_regression_once() {
    let values = with(&[130.1, 131.0, 129.4, 130.6, 130.0, 129.9]);
    let kinds: Vec<VerdictKind> = (24..=30).map(|n| verdict(&values[..n], 1, Direction::Lower).kind).collect();
    use VerdictKind::{Candidate, Regression, Steady};
    assert_eq!(kinds, [Steady, Candidate, Candidate, Regression, Steady, Steady, Steady]);
}

#[test]
fn the_verdict_carries_its_evidence_and_its_reason_repeats_it() {
    let verdict = verdict(&with(&[130.1, 131.0, 129.4]), 1, Direction::Lower);
    let shift = verdict.shift.unwrap();
    assert_eq!((shift.n_before, shift.n_after, shift.change_index), (24, 3, 24));
    assert_eq!((shift.change_at.to_string(), shift.after), ("2025-11-21T00:53:20Z".to_owned(), 130.1));
    assert!((shift.effect - (shift.after - shift.before) / shift.before).abs() < 1e-12);
    assert!(shift.interval.0 > 0.27 && shift.interval.0 < shift.effect && shift.effect < shift.interval.1);
    assert!(shift.p.unwrap() < 1e-6);
    insta::assert_snapshot!(verdict.reason, @"3 runs since 2025-11-21 00:53 UTC lie at 130.1 ms, 29.9 % above the level of the 24 runs before (100.2 ms, noise 0.7777 ms): for the worse.");
}

#[test]
fn the_interval_of_a_fall_to_nothing_holds_its_effect() {
    for tail in [[0.0; 3], [-40.0; 3], [0.0, 1.0, 0.0]] {
        let shift = verdict(&with(&tail), 1, Direction::Higher).shift.unwrap();
        assert!(shift.interval.0 <= shift.effect && shift.effect <= shift.interval.1, "{shift:?}");
    }
}

#[test]
fn a_candidate_says_which_way_it_points() {
    insta::assert_snapshot!(verdict(&with(&[130.0]), 1, Direction::Higher).reason, @"1 run since 2025-11-21 00:53 UTC lies at 130 ms, 29.8 % above the level of the 24 runs before (100.2 ms, noise 1.264 ms): for the better, if further runs confirm it.");
}

#[test]
fn direction_names_the_kind() {
    let up = with(&[130.0, 130.5, 131.0]);
    assert_eq!(verdict(&up, 1, Direction::Lower).kind, VerdictKind::Regression);
    assert_eq!(verdict(&up, 1, Direction::Higher).kind, VerdictKind::Improvement);
    assert_eq!(verdict(&up, 1, Direction::Neutral).kind, VerdictKind::Change);
    assert_eq!(verdict(&with(&[70.0, 71.0, 69.0]), 3, Direction::Higher).kind, VerdictKind::Regression);
}

#[test]
fn spikes_never_confirm_and_leave_no_trace() {
    let mut values = quiet();
    values[11] = 400.0;
    assert_eq!(verdict(&values, 1, Direction::Lower).kind, VerdictKind::Steady);
    values.push(400.0);
    assert_eq!(verdict(&values, 1, Direction::Lower).kind, VerdictKind::Candidate);
    values.push(100.0);
    assert_eq!(verdict(&values, 1, Direction::Lower).kind, VerdictKind::Steady);
}

#[test]
fn a_clear_shift_below_the_smallest_effect_is_no_verdict() {
    let values: Vec<f64> = (0..40).map(|i| if i < 24 { 1000.0 } else { 1015.0 } + f64::from(i % 3)).collect();
    assert!((25..=40).all(|n| verdict(&values[..n], 1, Direction::Lower).kind == VerdictKind::Steady));
}

#[test]
fn a_moderate_shift_proves_itself_by_more_runs() {
    let noisy = quiet().into_iter().map(|value| 100.0 + 5.0 * (value - 100.0));
    let values: Vec<f64> = noisy.chain((0..16).map(|i| 119.0 + f64::from(i % 3) * 0.4)).collect();
    let kinds: Vec<VerdictKind> = (25..=40).map(|n| verdict(&values[..n], 1, Direction::Lower).kind).collect();
    let found: Vec<usize> =
        (1..).zip(&kinds).filter(|(_, kind)| **kind != VerdictKind::Steady).map(|(n, _)| n).collect();
    assert_eq!((found.as_slice(), kinds[found[0] - 1]), (&[4][..], VerdictKind::Regression), "{kinds:?}");
}

#[test]
fn constant_quantised_zero_and_negative_series_are_sane() {
    let constant = [vec![5.0; 24], vec![6.5; 3]].concat();
    let found = verdict(&constant, 1, Direction::Lower);
    assert_eq!(found.kind, VerdictKind::Regression);
    assert_eq!(found.shift.unwrap().effect, 0.3);
    assert_eq!(verdict(&[0.0; 30], 1, Direction::Lower).kind, VerdictKind::Steady);

    // One step of the last written place is rounding, not a regression of 6.7 %.
    let rounded = [vec![0.15; 24], vec![0.16; 3]].concat();
    assert_eq!(verdict(&rounded, 1, Direction::Lower).kind, VerdictKind::Steady);

    let from_zero = [vec![0.0; 24], vec![7.0; 3]].concat();
    let found = verdict(&from_zero, 1, Direction::Lower);
    assert_eq!((found.kind, found.shift.unwrap().effect), (VerdictKind::Regression, 7.0));

    let negative: Vec<f64> = with(&[150.0, 151.0, 150.5]).iter().map(|v| v - 200.0).collect();
    let found = verdict(&negative, 1, Direction::Lower);
    assert_eq!(found.kind, VerdictKind::Regression);
    assert!((found.shift.unwrap().effect - 0.5).abs() < 0.02);

    let to_zero = verdict(&with(&[0.0, 0.0, -1.0]), 1, Direction::Higher);
    assert_eq!(to_zero.kind, VerdictKind::Regression);
    assert_eq!(to_zero.shift.unwrap().effect, -1.0);
}

#[test]
fn extreme_values_give_finite_evidence() {
    for values in [
        [[1e308, -1e308].repeat(12), vec![1.7e308; 3]].concat(),
        [vec![1e-310; 24], vec![1e300; 3]].concat(),
        [vec![0.0; 24], vec![f64::MAX; 3]].concat(),
        [vec![f64::MAX; 24], vec![f64::MIN; 3]].concat(),
    ] {
        if let Some(shift) = verdict(&values, 1, Direction::Lower).shift {
            let numbers = [shift.before, shift.after, shift.effect, shift.interval.0, shift.interval.1, shift.noise];
            assert!(numbers.iter().all(|number| number.is_finite()), "{shift:?}");
        }
    }
}

#[test]
fn a_regression_and_its_repair_are_two_changes() {
    let values = with(&[130.0, 131.0, 129.0, 130.0, 100.0, 99.5, 100.5, 100.2, 100.1]);
    let kinds: Vec<VerdictKind> = (27..=33).map(|n| verdict(&values[..n], 1, Direction::Lower).kind).collect();
    use VerdictKind::{Candidate, Improvement, Regression, Steady};
    assert_eq!(kinds, [Regression, Steady, Candidate, Candidate, Improvement, Steady, Steady]);
}

#[test]
fn a_late_run_is_put_in_without_a_verdict() {
    let mut history = history(&with(&[130.0, 131.0, 129.0]), 0);
    history[25].fresh = true;
    let late = anew(&history, Direction::Lower, false);
    assert_eq!((late.kind, late.shift), (VerdictKind::Steady, None));
    assert!(fresh_tail(&history).is_empty());

    // The run that follows carries the shift, so that the alert's candidate can be confirmed by it.
    history[25].fresh = false;
    history.push(Point { fresh: true, value: 130.0, ..history[26].clone() });
    let next = anew(&history, Direction::Lower, false);
    assert_eq!((next.kind, next.shift.map(|shift| shift.change_index)), (VerdictKind::Steady, Some(24)));
    assert_eq!(fresh_tail(&history), [130.0]);
}

#[test]
fn a_landing_of_many_runs_counts_whole_but_the_past_does_not() {
    let long_ago =
        [quiet(), vec![130.0; 20].into_iter().zip(0..).map(|(v, i)| v + f64::from(i % 3)).collect()].concat();
    let judged = |fresh, backfill| anew(&history(&long_ago, fresh), Direction::Lower, backfill).kind;
    assert_eq!(judged(20, false), VerdictKind::Regression, "all of the shift came in this landing");
    assert_eq!(judged(20, true), VerdictKind::Steady, "a backfill speaks of the present alone");
    assert_eq!(judged(44, false), VerdictKind::Steady, "and so does a series of which nothing was known");
    let recent = &long_ago[..27];
    let kind = |values: &[f64]| anew(&history(values, values.len()), Direction::Lower, true).kind;
    assert_eq!((kind(recent), kind(&recent[..25])), (VerdictKind::Regression, VerdictKind::Candidate));
}

#[test]
fn samples_within_runs_bound_the_noise_from_below() {
    let mut runs = history(&[vec![100.0; 24], vec![104.0; 3]].concat(), 1);
    runs.iter_mut().for_each(|run| (run.std, run.n) = (Some(10.0), 25));
    let kind = |runs: &[Point]| anew(runs, Direction::Lower, false).kind;
    assert_eq!(kind(&runs), VerdictKind::Steady, "a standard error of 2 explains a step of 4");
    runs.iter_mut().for_each(|run| run.n = 1);
    assert_eq!(kind(&runs), VerdictKind::Regression, "how many samples is not known: it bounds nothing");
}

#[test]
fn five_thousand_runs_are_judged() {
    let mut values: Vec<f64> = (0..5000).map(|i| 100.0 + f64::from(i * 7919 % 1000) / 500.0).collect();
    assert_eq!(verdict(&values, 1, Direction::Lower).kind, VerdictKind::Steady);
    values.extend([130.0, 131.0, 132.0]);
    let found = verdict(&values, 1, Direction::Lower);
    assert_eq!((found.kind, found.n), (VerdictKind::Regression, 5003));
}
