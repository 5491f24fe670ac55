//! Failures told once, and which of them a later run made good.

use super::*;
use crate::domain::measurement::{Locator, Spread};
use crate::domain::series::{Direction, Params, SeriesKey};

fn gap(path: &str, subject: &str, count: u64, detail: &str) -> GapLine {
    GapLine {
        path: path.into(),
        hash: ContentHash::of(path.as_bytes()),
        kind: "error_rows".into(),
        subject: subject.into(),
        count,
        of: 5,
        at: "row 1".into(),
        detail: detail.into(),
    }
}

/// A measurement of a model, in a file and at a time.
fn row(path: &str, model: &str, time: &str) -> Row {
    Row {
        series: SeriesKey {
            benchmark: "any".into(),
            params: Params::from([("model".to_owned(), model.to_owned())]),
            metric: "ttft".into(),
            ..Default::default()
        },
        direction: Direction::Lower,
        run_time: time.parse().unwrap(),
        subject: Params::new(),
        value: 1.0,
        n: 1,
        samples: Vec::new(),
        spread: Spread::default(),
        path: path.into(),
        hash: ContentHash::of(path.as_bytes()),
        at: Locator::row(1, "ttft"),
        field: "ttft".into(),
    }
}

fn errors(benchmarks: Vec<(&str, Vec<Row>, Vec<GapLine>)>) -> Errors {
    let mut errors = Errors::default();
    for (name, rows, gaps) in benchmarks {
        errors.add(&BenchmarkRows { benchmark: name.into(), rows, gaps });
    }
    errors.settle();
    errors
}

#[test]
fn a_failure_that_two_files_tell_of_counts_once() {
    // A table of runs with its summary, and two renderings of one result. Another result beside it failed by itself, and a third
    // holds measurements of what else it did.
    let gaps = vec![
        gap("reports/a/suite_runs.csv", "m:1b", 5, "refused"),
        gap("reports/a/suite_summary.json", "m:1b", 1, "completed = 0"),
        gap("reports/a/suite_runs.csv", "m:8b", 2, "refused"),
        gap("reports/conv_bench.json", "fast", 1, "no compiler"),
        gap("reports/conv_bench.md", "fast", 1, "error=no compiler"),
        gap("reports/mlp_bench.json", "fast", 1, "no compiler"),
    ];
    let worked = row("reports/mlp_bench.json", "plain", "2026-01-01T00:00:00Z");
    let errors = errors(vec![("reports/any", vec![worked], gaps)]);
    assert_eq!((errors.total(), errors.open(), errors.weight()), (9, 9, 850));
    // The subject of a failure failed wholly in all three; only two of them hold nothing else.
    assert_eq!((errors.results().len(), errors.lost().len()), (3, 2));
    let told: Vec<(&str, u64)> = errors.reasons().iter().map(|reason| (reason.text, reason.count())).collect();
    assert_eq!(told, [("refused", 7), ("no compiler", 2)]);
    assert_eq!(errors.of_subject("fast").count(), 2);
}

#[test]
fn a_later_run_makes_good_what_failed_before_and_no_other() {
    let day = |n: u8| format!("2026-01-0{n}T00:00:00Z");
    let path = |n: u8| format!("reports/suite_2026010{n}-000000.csv");
    let gaps = vec![
        gap(&path(1), "m:1b", 5, "refused"),
        gap(&path(1), "m:8b", 4, "refused"),
        gap(&path(3), "m:1b", 2, "late"),
    ];
    let rows = vec![row(&path(2), "m:1b", &day(2))];
    // Another model did not run again, and what failed after the good run is open.
    let found = errors(vec![("reports/suite", rows, gaps)]);
    assert_eq!((found.total(), found.open()), (11, 6));
    let reasons = found.reasons();
    assert_eq!((reasons[0].text, reasons[0].open(), reasons[0].count()), ("refused", 4, 9));
    // A run again under a name that says so, in whatever order the names come.
    let again = vec![row("reports/suite_fixed_20260102-000000.csv", "m:1b", &day(2))];
    let gaps = || vec![gap(&path(1), "m:1b", 5, "refused")];
    let found = errors(vec![("reports/suite", Vec::new(), gaps()), ("reports/suite_fixed", again.clone(), Vec::new())]);
    assert_eq!((found.open(), found.weight()), (0, 460));
    let told = found.tell(&mut Ledger::new());
    assert!(told.advice.is_none(), "nothing is left to be mended");
    let found = errors(vec![("reports/other_fixed", again, Vec::new()), ("reports/suite", Vec::new(), gaps())]);
    assert_eq!(found.open(), 5, "another benchmark makes nothing good");
}
