//! Limits as people write them, and how they are broken and mended.

use jiff::SignedDuration;

use super::*;

fn budget(limit: &str, runs: usize, recover: usize, margin: f64) -> Budget {
    let selection = Selection::new(&["**"], &["*"], &["*"]).unwrap();
    Budget { selection, limit: limit.parse().unwrap(), runs, recover, margin }
}

fn series(metric: &str, unit: &str) -> SeriesKey {
    SeriesKey { metric: metric.into(), unit: Unit::new(unit), ..SeriesKey::default() }
}

fn points(old: &[f64], fresh: &[f64]) -> Vec<Point> {
    let at = |n: usize| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(n as i64);
    let all = old.iter().map(|value| (*value, false)).chain(fresh.iter().map(|value| (*value, true)));
    all.enumerate().map(|(n, (value, fresh))| Point { at: at(n), value, std: None, n: 1, fresh }).collect()
}

#[test]
fn limits_are_read_as_people_write_them() {
    for (text, value, unit) in [
        ("<= 200", 200.0, None),
        ("<=200ms", 200.0, Some("ms")),
        (" >= 50 tok/s ", 50.0, Some("tok/s")),
        ("< 1.5 s", 1.5, Some("s")),
        ("> -3", -3.0, None),
        ("≤ 2e3 bytes", 2000.0, Some("bytes")),
        ("<= 1e-3s", 0.001, Some("s")),
        ("<= 2 %", 2.0, Some("percent")),
        ("<= 5 MiB", 5.0, Some("MiB")),
    ] {
        let limit: Limit = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((limit.value, limit.unit.as_ref().map(Unit::as_str)), (value, unit), "{text}");
        assert_eq!(limit.to_string(), text.trim());
    }
}

#[test]
fn what_is_no_limit_is_refused_with_what_was_meant() {
    let table: &[(&str, &str, Option<&str>)] = &[
        ("200ms", "it begins with none of <=, >=, < and >", Some("<= 200ms")),
        ("= 200", "it begins with none of <=, >=, < and >", None),
        ("<= ms", "\"ms\" is no number", None),
        ("<= 1.2.3", "\"1.2.3\" is no number", None),
        ("<= nan", "\"nan\" is no number", None),
        ("<= 1e999", "\"1e999\" is no number", None),
        ("<=", "\"\" is no number", None),
        ("<= 2 msx", "no unit is spelt \"msx\"; without one the limit is in the unit of the series", None),
        ("<= 2 <= 3", "no unit is spelt \"<= 3\"; without one the limit is in the unit of the series", None),
    ];
    for (text, message, meant) in table {
        let error = text.parse::<Limit>().unwrap_err();
        assert_eq!((error.to_string().as_str(), error.meant()), (*message, *meant), "{text}");
    }
}

#[test]
fn a_limit_is_compared_in_the_unit_of_the_series() {
    let limit = |text: &str, glob: &str, metric: &str, unit: &str| {
        let mut budget = budget(text, 2, 3, 0.0);
        budget.selection = Selection::new(&["**"], &["*"], &[glob]).unwrap();
        budget.bound(&series(metric, unit)).map(|bound| bound.limit)
    };
    assert_eq!(limit("<= 200ms", "*", "latency", "us"), Some(200_000.0));
    assert_eq!(limit("<= 200", "latency_ms", "latency", "us"), Some(200_000.0), "the name tells the unit");
    assert_eq!(limit("<= 200us", "latency_ms", "latency", "ms"), Some(0.2), "the limit's own unit is stronger");
    assert_eq!(limit("<= 200", "latency", "latency", "us"), Some(200.0));
    assert_eq!(limit("<= 200ms", "*", "memory", "MB"), None);
    assert_eq!(limit("<= 200ms", "*", "latency", ""), None);
    assert!(budget("<= 200ms", 2, 3, 0.0).is_at_a_loss(&series("latency", "")));
    assert!(!budget("<= 200ms", 2, 3, 0.0).is_at_a_loss(&series("memory", "MB")));
}

#[test]
fn runs_in_a_row_break_it_and_runs_in_a_row_by_the_margin_mend_it() {
    use State::{Broken, Close, Kept, Suspected};
    // Old runs, whether it was broken, fresh runs, and what follows: state, runs beyond, runs within.
    type Row = (&'static [f64], bool, &'static [f64], State, usize, usize);
    let table: &[Row] = &[
        (&[], false, &[90.0], Kept, 0, 1),
        (&[], false, &[110.0], Suspected, 1, 0),
        (&[110.0], false, &[110.0], Broken, 2, 0),
        (&[110.0, 90.0], false, &[110.0], Suspected, 1, 0),
        (&[110.0, 98.0], false, &[110.0], Suspected, 1, 0),
        (&[], false, &[110.0, 120.0, 90.0], Broken, 2, 0),
        (&[110.0, 110.0], true, &[90.0], Broken, 2, 1),
        (&[110.0, 110.0, 90.0, 90.0], true, &[98.0], Broken, 2, 0),
        (&[110.0, 110.0, 90.0, 90.0], true, &[90.0], Kept, 2, 3),
        (&[110.0, 110.0], true, &[90.0, 90.0, 90.0], Kept, 2, 3),
        (&[90.0], false, &[98.0], Close, 0, 0),
        (&[90.0], false, &[100.0], Close, 0, 0),
        (&[110.0; 5], false, &[90.0], Kept, 5, 1),
        (&[110.0; 5], false, &[110.0], Broken, 6, 0),
        (&[], false, &[f64::NAN, 110.0], Suspected, 1, 0),
    ];
    for (n, (old, broken, fresh, state, beyond, within)) in table.iter().enumerate() {
        let budget = budget("<= 100", 2, 3, 0.05);
        let bound = budget.bound(&series("x", "")).unwrap();
        let standing = bound.stand(&points(old, fresh), *broken).unwrap();
        assert_eq!((standing.state, standing.beyond, standing.within), (*state, *beyond, *within), "row {n}");
    }
}

#[test]
fn the_worst_run_and_the_beginning_are_told_either_way() {
    let (most, least) = (budget("<= 100", 2, 3, 0.0), budget(">= 100", 2, 3, 0.0));
    let of = |budget: &Budget, old: &[f64], fresh: &[f64]| {
        let standing = budget.bound(&series("x", "")).unwrap().stand(&points(old, fresh), false).unwrap();
        (standing.worst.unwrap(), standing.since.unwrap().as_second() / 3600)
    };
    assert_eq!(of(&most, &[90.0, 130.0], &[120.0, 125.0]), (130.0, 1));
    assert_eq!(of(&least, &[110.0, 130.0], &[70.0, 80.0]), (70.0, 2));
    assert_eq!(of(&most, &[110.0; 40], &[110.0]), (110.0, 0), "however long ago it began");
}

#[test]
fn late_runs_say_nothing() {
    let mut history = points(&[90.0, 90.0], &[]);
    history[0].fresh = true;
    let budget = budget("<= 1", 1, 1, 0.0);
    assert_eq!(budget.bound(&series("x", "")).unwrap().stand(&history, false), None);
}
