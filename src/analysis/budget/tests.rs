//! Limits as people write them, and how they are broken and mended.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::analysis::Point;
use crate::analysis::alerts::{Evidence, Says, Signal};

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
    ];
    for (text, message, meant) in table {
        let error = text.parse::<Limit>().unwrap_err();
        assert_eq!((error.to_string().as_str(), error.meant()), (*message, *meant), "{text}");
    }
    for unit in ["msx", "<= 3", "req/min"] {
        let message = format!("<= 2 {unit}").parse::<Limit>().unwrap_err().to_string();
        let begins = format!(
            "no unit is spelt \"{unit}\"; without one the limit is in the unit of the series, and these are known: s, ms, "
        );
        assert!(message.starts_with(&begins) && message.contains(" req/s, "), "{message}");
    }
}

#[test]
fn a_limit_is_compared_in_the_unit_of_the_series() {
    let limit = |text: &str, glob: &str, metric: &str, unit: &str| {
        let mut budget = budget(text, 2, 3, 0.0);
        budget.selection = Selection::new(&["**"], &["*"], &[glob]).unwrap();
        bound(&budget, &series(metric, unit)).map(|bound| bound.limit)
    };
    assert_eq!(limit("<= 200ms", "*", "latency", "us"), Some(200_000.0));
    assert_eq!(limit("<= 200", "latency_ms", "latency", "us"), Some(200_000.0), "the name tells the unit");
    assert_eq!(limit("<= 200us", "latency_ms", "latency", "ms"), Some(0.2), "the limit's own unit is stronger");
    assert_eq!(limit("<= 200", "latency", "latency", "us"), Some(200.0));
    assert_eq!(limit("<= 200ms", "*", "memory", "MB"), None);
    assert_eq!(limit("<= 200ms", "*", "latency", ""), None);
    assert_eq!(limit(">= 99%", "*", "accuracy", "ratio"), Some(0.99));
    assert_eq!(limit(">= 0.29 ratio", "*", "load", "percent"), Some(29.0));
    assert_eq!(limit(">= 99%", "*", "accuracy", "ms"), None);
}

#[test]
fn a_limit_in_percent_holds_for_values_within_0_and_1() {
    let budget = budget(">= 99%", 1, 3, 0.0);
    let (plain, other) = (series("accuracy", ""), series("accuracy", "ms"));
    let met = |range| match budget.meets(&plain, || Ok::<_, ()>(range)).unwrap() {
        Meeting::Bound(bound) => Some((bound.limit, bound.as_ratio)),
        Meeting::Uncomparable | Meeting::Elsewhere => None,
    };
    assert_eq!(met(Some((0.0, 1.0))), Some((0.99, true)));
    assert_eq!((met(Some((0.5, 1.01))), met(Some((-0.1, 0.5))), met(None)), (None, None, None));
    assert_eq!((budget.may_hold(&plain), budget.may_hold(&other)), (true, false));
    assert_eq!(budget.meets(&other, || Err(())), Ok(Meeting::Uncomparable), "and no values are asked for");
    let Ok(Meeting::Bound(bound)) = budget.meets(&plain, || Ok::<_, ()>(Some((0.9, 0.995)))) else { panic!() };
    assert_eq!(
        signals(&[bound], &plain, &points(&[0.995], &[0.97]), None)[0].reason,
        "The run of 1970-01-01 01:00 UTC is at 0.97, below the limit of 0.99 \
         (99%, taken for a ratio since all known values lie within 0 and 1)."
    );
}

#[test]
fn a_unit_that_the_name_told_is_told_beside_the_limit() {
    let mut budget = budget("<= 200", 1, 3, 0.0);
    budget.selection = Selection::new(&["**"], &["*"], &["latency_ms"]).unwrap();
    let series = series("latency", "s");
    let bound = bound(&budget, &series).unwrap();
    let reason = signals(&[bound], &series, &points(&[], &[0.25]), None)[0].reason.clone();
    assert!(reason.ends_with("is at 0.25 s, above the limit of 0.2 s (200 ms)."), "{reason}");
}

/// The budget as it holds for the series, whose values nobody knows.
fn bound<'a>(budget: &'a Budget, series: &SeriesKey) -> Option<Bound<'a>> {
    match budget.meets(series, || Ok::<_, ()>(None)) {
        Ok(Meeting::Bound(bound)) => Some(bound),
        _ => None,
    }
}

/// What signals say, in short: `?` suspected, `!` confirmed, `-` unclear, `+2` two good runs.
fn said(signals: &[Signal]) -> String {
    let word = |signal: &Signal| match &signal.says {
        Says::Suspected(_) => "?".to_owned(),
        Says::Confirmed(_) => "!".to_owned(),
        Says::Unclear => "-".to_owned(),
        Says::Good | Says::Better(_) | Says::Held(_) => format!("+{}", signal.fresh.len()),
    };
    signals.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn of(budgets: &[Budget], old: &[f64], broken: Option<f64>, fresh: &[f64]) -> Vec<Signal> {
    let series = series("x", "ms");
    let bounds: Vec<Bound<'_>> = budgets.iter().filter_map(|budget| bound(budget, &series)).collect();
    signals(&bounds, &series, &points(old, fresh), broken)
}

#[test]
fn runs_in_a_row_break_it_and_good_ones_by_the_margin_mend_it() {
    // Old runs, whether it was broken, fresh runs, and what is said.
    type Row = (&'static [f64], bool, &'static [f64], &'static str);
    let table: &[Row] = &[
        (&[], false, &[90.0], "+1"),
        (&[], false, &[98.0], "+0"),
        (&[], false, &[100.0], "+0"),
        (&[], false, &[110.0], "?"),
        (&[110.0], false, &[110.0], "!"),
        (&[110.0, 90.0], false, &[110.0], "?"),
        (&[110.0, 98.0], false, &[110.0], "?"),
        (&[], false, &[110.0, 120.0], "!"),
        (&[], false, &[110.0, 120.0, 90.0], "!"),
        (&[], false, &[110.0, 120.0, 90.0, 110.0], "!"),
        (&[], false, &[110.0, 120.0, 90.0, 90.0, 90.0], "+3"),
        (&[110.0, 110.0], true, &[110.0], "!"),
        (&[110.0, 110.0], true, &[90.0], "+1"),
        (&[110.0, 110.0, 90.0, 90.0], true, &[98.0], "-"),
        (&[110.0, 110.0, 90.0, 90.0], true, &[110.0], "?"),
        (&[110.0, 110.0, 90.0, 90.0], true, &[98.0, 90.0], "+1"),
        (&[110.0, 110.0], true, &[110.0, 90.0, 98.0, 90.0], "! +2"),
        (&[110.0, 110.0, 90.0], true, &[110.0, 90.0], "? +1"),
        (&[110.0, 110.0], true, &[90.0, 90.0, 90.0], "+3"),
        (&[110.0; 5], false, &[90.0], "+1"),
        (&[110.0; 5], false, &[110.0], "!"),
        (&[], false, &[f64::NAN, 110.0], "?"),
        (&[110.0], false, &[f64::NAN], ""),
    ];
    for (n, (old, broken, fresh, expected)) in table.iter().enumerate() {
        let budget = [budget("<= 100", 2, 3, 0.05)];
        assert_eq!(said(&of(&budget, old, broken.then_some(100.0), fresh)), *expected, "row {n}");
    }
}

#[test]
fn a_budget_of_one_run_fires_at_once() {
    assert_eq!(said(&of(&[budget("<= 100", 1, 1, 0.0)], &[90.0], None, &[101.0])), "!");
}

#[test]
fn the_evidence_is_what_held_and_where_it_began() {
    let breach = |limit: &str, old: &[f64], fresh: &[f64]| {
        let signals = of(&[budget(limit, 2, 3, 0.0)], old, None, fresh);
        let Some(Evidence::Budget(breach)) = signals.first().and_then(Signal::evidence) else { panic!("{signals:?}") };
        (breach.value, breach.began.as_second() / 3600, breach.at.as_second() / 3600, signals[0].direction)
    };
    assert_eq!(breach("<= 100", &[90.0, 130.0], &[120.0, 125.0]), (120.0, 1, 2, Direction::Lower));
    assert_eq!(breach(">= 100", &[110.0, 130.0], &[70.0, 80.0]), (80.0, 2, 3, Direction::Higher));
    assert_eq!(breach("<= 100", &[110.0; 40], &[900.0]), (110.0, 0, 39, Direction::Lower), "a spike is not the row");
}

#[test]
fn reasons_have_the_numbers() {
    let reason = |old: &[f64], fresh: &[f64]| of(&[budget("<= 0.1s", 2, 3, 0.0)], old, None, fresh)[0].reason.clone();
    assert_eq!(
        reason(&[90.0], &[110.0]),
        "The run of 1970-01-01 01:00 UTC is at 110 ms, above the limit of 100 ms (0.1s); \
         another one in a row would break the budget."
    );
    assert_eq!(
        reason(&[90.0, 110.0], &[130.0]),
        "2 runs in a row since 1970-01-01 01:00 UTC are above the limit of 100 ms (0.1s), at worst 130 ms."
    );
    assert_eq!(
        of(&[budget("> 100", 1, 3, 0.0)], &[], None, &[100.0])[0].reason,
        "The run of 1970-01-01 00:00 UTC is at 100 ms, not above 100 ms."
    );
    assert_eq!(
        of(&[budget("<= 100", 1, 3, 0.0)], &[], None, &[100.00001])[0].reason,
        "The run of 1970-01-01 00:00 UTC is at 100.00001 ms, above the limit of 100 ms."
    );
}

#[test]
fn of_several_budgets_the_tightest_that_is_broken_speaks() {
    let budgets = [budget("<= 200", 2, 3, 0.0), budget("<= 100", 2, 3, 0.0), budget(">= 50", 1, 3, 0.0)];
    let limit = |signals: &[Signal]| match signals.first().and_then(Signal::evidence) {
        Some(Evidence::Budget(breach)) => Some(breach.limit),
        _ => None,
    };
    assert_eq!(limit(&of(&budgets, &[150.0], None, &[150.0])), Some(100.0));
    assert_eq!(limit(&of(&budgets, &[250.0], None, &[250.0])), Some(100.0));
    assert_eq!(limit(&of(&budgets, &[70.0], None, &[40.0])), Some(50.0));
    assert_eq!(said(&of(&budgets, &[250.0, 250.0], Some(100.0), &[70.0])), "+1");
    assert_eq!(said(&of(&budgets, &[250.0, 250.0], Some(999.0), &[70.0])), "+1", "of a limit that is no more");
    assert_eq!(said(&of(&[], &[], None, &[70.0])), "");
}

#[test]
fn late_runs_say_nothing() {
    let mut history = points(&[90.0, 90.0], &[]);
    history[0].fresh = true;
    let budget = budget("<= 1", 1, 1, 0.0);
    let series = series("x", "");
    assert_eq!(signals(&[bound(&budget, &series).unwrap()], &series, &history, None), []);
}
