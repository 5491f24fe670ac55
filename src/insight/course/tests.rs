//! Histories hold what the verdict says, and whatever it says stay within their runs.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::verdict::Began;

fn hour(i: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(i as i64)
}

fn course(values: &[f64], left_out: usize) -> Course {
    let run = |(i, &value): (usize, &f64)| CourseRun {
        point: Point {
            at: hour(i),
            value,
            commit: None,
            path: "reports/a.csv".into(),
            cell: format!("row {i}, column ttft"),
        },
        n: 1,
        std: None,
    };
    Course { runs: values.iter().enumerate().map(run).collect(), left_out }
}

/// A verdict on a history of which the course begins at run `left_out`.
fn verdict(kind: VerdictKind, change_index: usize, (n_before, n_after): (usize, usize), left_out: usize) -> Verdict {
    let at = hour(change_index.saturating_sub(left_out));
    let shift = Shift {
        before: 10.0,
        after: 13.0,
        n_before,
        n_after,
        effect: 0.3,
        interval: (0.2, 0.4),
        noise: 0.1,
        p: None,
        run_length: None,
        change_index,
        change_at: at,
        began: Began { first: change_index, last: change_index, first_at: at, last_at: at },
    };
    Verdict { kind, n: 100, shift: Some(shift), reason: String::new() }
}

fn history(values: &[f64], left_out: usize, verdict: Option<&Verdict>, direction: Direction) -> History {
    let key = SeriesKey {
        benchmark: "reports/a".into(),
        case: "eager".into(),
        metric: "ttft".into(),
        environment: "bench-01".into(),
        ..SeriesKey::default()
    };
    course(values, left_out).history(&key, direction, verdict, &Tuning::default())
}

/// Runs that lie about these levels, so many about each.
fn steps(levels: &[(f64, usize)]) -> Vec<f64> {
    let about = |(level, n): &(f64, usize)| {
        let level = *level;
        (0..*n).map(move |i| level * (1.0 + [0.004, -0.006, 0.0, 0.007, -0.003][i % 5])).collect::<Vec<_>>()
    };
    levels.iter().flat_map(about).collect()
}

fn spans(history: &History) -> Vec<(usize, usize)> {
    history.levels.iter().map(|level| (level.from, level.to)).collect()
}

fn turns(history: &History) -> Vec<(usize, Option<bool>)> {
    history.changes.iter().map(|turn| (turn.index, turn.worse)).collect()
}

#[test]
fn the_levels_of_the_verdict_stand_behind_those_that_were_before() {
    let values = steps(&[(20.0, 20), (10.0, 20), (13.0, 4)]);
    let verdict = verdict(VerdictKind::Regression, 47, (20, 4), 7);
    let found = history(&values, 7, Some(&verdict), Direction::Lower);
    assert_eq!(found.title, "ttft of reports/a, eager on bench-01");
    assert_eq!(spans(&found), [(0, 20), (20, 40), (40, 44)]);
    assert_eq!(turns(&found), [(20, Some(false)), (40, Some(true))]);
    assert_eq!(found.levels.iter().map(|level| level.level).collect::<Vec<_>>(), [20.0, 10.0, 13.0]);
    let noise: Vec<f64> = found.levels.iter().filter_map(|level| level.noise).collect();
    assert!(noise.len() == 3 && noise[1..] == [0.1, 0.1] && (0.05..0.2).contains(&noise[0]), "{noise:?}");
    assert_eq!((found.points.len(), found.left_out), (44, 7));
}

#[test]
fn what_the_verdict_compared_is_not_cut_by_hindsight() {
    // The judge held the last runs against all before them, a step in which included.
    let values = steps(&[(20.0, 20), (10.0, 20), (13.0, 4)]);
    let verdict = verdict(VerdictKind::Regression, 40, (40, 4), 0);
    let found = history(&values, 0, Some(&verdict), Direction::Neutral);
    assert_eq!((spans(&found), turns(&found)), (vec![(0, 40), (40, 44)], vec![(40, None)]));
}

#[test]
fn without_a_verdict_the_detector_cuts_in_hindsight() {
    let values = steps(&[(20.0, 20), (10.0, 20)]);
    let found = history(&values, 0, None, Direction::Higher);
    assert_eq!((spans(&found), turns(&found)), (vec![(0, 20), (20, 40)], vec![(20, Some(true))]));
    let young = history(&[3.0, 5.0], 0, None, Direction::Higher);
    assert_eq!((spans(&young), young.levels[0].level, young.levels[0].noise), (vec![(0, 2)], 4.0, None));
    assert_eq!(history(&[], 0, None, Direction::Lower).levels, []);
}

#[test]
fn a_change_that_has_another_number_now_is_found_by_its_time() {
    let mut verdict = verdict(VerdictKind::Regression, 20, (20, 4), 0);
    verdict.shift.as_mut().unwrap().change_index = 22;
    let found = history(&steps(&[(10.0, 20), (13.0, 4)]), 0, Some(&verdict), Direction::Lower);
    assert_eq!((spans(&found), turns(&found)), (vec![(0, 20), (20, 24)], vec![(20, Some(true))]));
}

#[test]
fn a_drift_holds_its_last_runs_against_its_first() {
    let values: Vec<f64> = (0..40).map(|i| 10.0 + f64::from(i) / 13.0).collect();
    let verdict = verdict(VerdictKind::Drift, 15, (6, 6), 5);
    let found = history(&values, 5, Some(&verdict), Direction::Lower);
    assert_eq!(spans(&found)[found.levels.len() - 2..], [(10, 16), (34, 40)]);
    assert_eq!(turns(&found).last(), Some(&(10, Some(true))));
}

#[test]
fn of_a_change_that_is_not_at_hand_only_the_level_after_it_is_drawn() {
    let verdict = verdict(VerdictKind::Regression, 30, (20, 50), 40);
    let found = history(&steps(&[(13.0, 40)]), 40, Some(&verdict), Direction::Lower);
    assert_eq!((spans(&found), turns(&found)), (vec![(0, 40)], vec![]));
}

proptest! {
    #[test]
    fn levels_and_changes_stay_within_the_runs(
        values in prop::collection::vec(prop_oneof![-1e300..1e300f64, 0.0..2.0f64, Just(0.0)], 0..70),
        (left_out, shown_from) in (0usize..50, 0usize..50),
        (change, before, after) in (0usize..200, 0usize..200, 0usize..200),
        drifts: bool,
        told: bool,
    ) {
        let kind = if drifts { VerdictKind::Drift } else { VerdictKind::Candidate };
        let verdict = verdict(kind, change, (before, after), shown_from);
        let found = history(&values, left_out, told.then_some(&verdict), Direction::Lower);
        prop_assert!(found.levels.iter().all(|level| level.from < level.to && level.to <= values.len()));
        prop_assert!(found.levels.windows(2).all(|pair| pair[0].to <= pair[1].from), "{:?}", found.levels);
        prop_assert!(found.levels.iter().all(|level| level.level.is_finite() && level.noise.is_none_or(|noise| noise >= 0.0 && noise.is_finite())));
        prop_assert!(found.changes.windows(2).all(|pair| pair[0].index < pair[1].index), "{:?}", found.changes);
        prop_assert!(found.changes.iter().all(|turn| 0 < turn.index && turn.index < values.len()));
    }
}
