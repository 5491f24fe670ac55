//! Comparisons over several benchmarks with planted answers: models, recurring settings, steps of young series.

use super::errors::Errors;
use super::league::{League, Leagues};
use super::names::Names;
use super::pool::Pools;
use super::standings::{Standings, lead};
use super::tests::{at, row};
use super::*;
use crate::domain::artifact::ContentHash;
use crate::domain::fact::Source;
use crate::domain::measurement::Locator;
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::units::Unit;

const TOKENS: (&str, &str, Direction) = ("tokens_per_second", "tok/s", Direction::Higher);
const TTFT: (&str, &str, Direction) = ("ttft", "s", Direction::Lower);
const TIME: (&str, &str, Direction) = ("time", "ms", Direction::Lower);

/// A benchmark of one model, or of none, over named prompts.
fn prompts(benchmark: &str, model: Option<&str>, metric: (&str, &str, Direction), values: &[f64]) -> Vec<Row> {
    let rows = values.iter().zip(1u32..).map(|(value, i)| {
        let mut row = row(benchmark, &[], metric, i, *value);
        row.series.case = format!("prompt {i}");
        row.subject.extend(model.map(|model| ("model".to_owned(), model.to_owned())));
        row
    });
    rows.collect()
}

fn standings(benchmarks: &[(&str, Vec<Row>)]) -> Standings {
    let mut pools = Pools::new();
    benchmarks.iter().for_each(|(name, rows)| pools.add(name, rows));
    Standings::new(pools, &Settings::default())
}

#[test]
fn models_are_ranked_over_the_same_work_and_each_lead_says_how_sure_it_is() {
    let fast = [30.0, 31.0, 32.0, 33.0, 34.0];
    let slow = [20.0, 21.0, 22.0, 23.0, 24.0];
    // Another model did other work: it is faster, and not compared.
    let mut other = prompts("reports/c", Some("c:1b"), TOKENS, &[90.0, 91.0, 92.0, 93.0, 94.0]);
    other.iter_mut().for_each(|row| row.series.case.push('!'));
    let found = standings(&[
        ("reports/a", prompts("reports/a", Some("a:1b"), TOKENS, &slow)),
        ("reports/b", prompts("reports/b", Some("b:1b"), TOKENS, &fast)),
        ("reports/c", other),
    ]);
    let [field] = found.fields.as_slice() else { panic!("{:?}", found.fields) };
    let order: Vec<&str> = field.places.iter().map(|place| place.pool.subject.as_str()).collect();
    assert_eq!((order, field.shared), (vec!["b:1b", "a:1b"], 5));
    let mut ledger = Ledger::new();
    let found = lead(&field.places[0], &field.places[1], &mut ledger);
    let value = |id| ledger.get(id).unwrap().value;
    assert_eq!((value(found.best), value(found.next), value(found.difference)), (32.0, 22.0, 10.0));
    // Five against five: the third smallest and third largest of the 25 differences.
    let (low, high) = found.interval.unwrap();
    assert_eq!((value(low), value(high), found.settled), (7.0, 13.0, true));
    assert!((value(found.relative.unwrap()) - 100.0 * 10.0 / 22.0).abs() < 1e-9);
}

#[test]
fn a_lead_of_single_values_has_no_interval() {
    let found = standings(&[
        ("reports/a", prompts("reports/a", Some("a:1b"), TOKENS, &[20.0])),
        ("reports/b", prompts("reports/b", Some("b:1b"), TOKENS, &[30.0])),
    ]);
    let mut ledger = Ledger::new();
    let places = &found.fields[0].places;
    let found = lead(&places[0], &places[1], &mut ledger);
    assert_eq!((found.interval, found.settled), (None, false));
}

#[test]
fn waits_are_compared_warm_and_cold_starts_are_counted() {
    let found = standings(&[
        ("reports/a", prompts("reports/a", Some("a:1b"), TTFT, &[9.0, 0.10, 0.11, 0.12, 0.13])),
        ("reports/b", prompts("reports/b", Some("b:1b"), TTFT, &[0.30, 0.31, 0.32, 0.33, 0.34])),
    ]);
    let place = &found.fields[0].places[0];
    assert_eq!((place.pool.subject.as_str(), place.cold, place.warm.n), ("a:1b", 1, 4));
    assert!((place.warm.median - 0.115).abs() < 1e-12);
}

#[test]
fn a_file_that_names_no_model_belongs_to_the_one_that_its_name_begins_with() {
    let many = |first: f64| -> Vec<f64> { (0..6).map(|i| first + f64::from(i)).collect() };
    let found = standings(&[
        ("reports/tiny_1b_tuning", prompts("reports/tiny_1b_tuning", None, TOKENS, &many(50.0))),
        ("reports/tiny_base", prompts("reports/tiny_base", Some("tiny:latest"), TOKENS, &[1.0])),
        ("reports/tiny_1b_base", prompts("reports/tiny_1b_base", Some("tiny:1b"), TOKENS, &[2.0])),
        ("reports/tiny_tuning", prompts("reports/tiny_tuning", None, TOKENS, &many(20.0))),
        ("reports/stranger", prompts("reports/stranger", None, TOKENS, &many(99.0))),
    ]);
    let field = &found.fields[0];
    let places: Vec<(&str, &str)> =
        field.places.iter().map(|place| (place.pool.subject.as_str(), words::stem(&place.pool.benchmark))).collect();
    assert_eq!(places, [("tiny:1b", "tiny_1b_tuning"), ("tiny:latest", "tiny_tuning")]);
}

#[test]
fn summaries_and_copies_do_not_take_part() {
    let values = [20.0, 21.0, 22.0, 23.0, 29.0];
    let mut mean = prompts("reports/a_means", Some("a:1b"), TOKENS, &[23.0]);
    mean[0].series.case.clear();
    let found = standings(&[
        ("reports/a", prompts("reports/a", Some("a:1b"), TOKENS, &values)),
        ("reports/a_again", prompts("reports/a_again", Some("a:1b"), TOKENS, &values)),
        ("reports/a_means", mean),
    ]);
    let kept: Vec<&str> = found.pools.iter().map(|pool| pool.benchmark.as_str()).collect();
    assert_eq!(kept, ["reports/a"]);
}

/// Rows of one workload: what each value of `engine` reaches there.
fn workload(benchmark: &str, device: &str, levels: &[(&str, f64)]) -> Vec<Row> {
    let rows = levels.iter().zip(1u32..).map(|((engine, value), i)| {
        let mut row = row(benchmark, &[("engine", engine)], TIME, i, *value);
        row.subject.insert("device".into(), device.into());
        row
    });
    rows.collect()
}

/// Benchmark, device, and what each engine reaches.
type Planted<'a> = (&'a str, &'a str, &'a [(&'a str, f64)]);

fn league(workloads: &[Planted]) -> League {
    let mut leagues = Leagues::new();
    workloads.iter().for_each(|(name, device, levels)| leagues.add(name, &workload(name, device, levels)));
    let mut found = leagues.finish();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn a_recurring_setting_is_told_by_wins_geometric_mean_and_worst_case() {
    let league = league(&[
        ("reports/w1", "x", &[("plain", 8.0), ("quick", 2.0)]),
        ("reports/w2", "x", &[("plain", 8.0), ("quick", 4.0), ("odd", 9.0)]),
        ("reports/w3", "x", &[("plain", 4.0), ("quick", 8.0)]),
    ]);
    assert_eq!(league.reference, "plain");
    let quick = &league.values[0];
    assert_eq!((quick.name.as_str(), quick.ran, quick.won), ("quick", 3, 2));
    assert!((quick.mean.unwrap() - (0.25f64 * 0.5 * 2.0).cbrt()).abs() < 1e-12);
    assert_eq!(quick.worst, Some((2, 2.0)));
    // What ran in one of three is no choice for all.
    assert_eq!(league.choice().map(|value| value.name.as_str()), Some("quick"));
    assert!(league.split().is_none(), "one trait only");
}

#[test]
fn a_trait_that_decides_splits_the_choice() {
    let league = league(&[
        ("reports/w1", "cpu", &[("a", 1.0), ("b", 9.0)]),
        ("reports/w2", "cpu", &[("a", 1.0), ("b", 8.0)]),
        ("reports/w3", "gpu", &[("a", 9.0), ("b", 1.0)]),
        ("reports/w4", "gpu", &[("a", 7.0), ("b", 1.0)]),
    ]);
    let parts = league.split().expect("a split by device");
    let told: Vec<(&str, &str)> = parts.iter().map(|part| (part.label.as_str(), part.choice.as_str())).collect();
    assert_eq!(told, [("device=cpu", "a"), ("device=gpu", "b")]);
    let mut ledger = Ledger::new();
    let leagues = [league];
    let names = Names::default();
    let told = (league_tell::drafts(&leagues, &names, &Errors::default()).remove(0).tell)(&mut ledger);
    assert!(told.advice.is_some());
    // Every number that it prints is a fact, and the ratios are recomputed from cells.
    assert!(ledger.facts().iter().any(|fact| fact.unit == Unit::new("ratio")));
    // Where the choice is split, a mean is over the workloads of its part alone.
    let formulas = ledger.facts().iter().filter_map(|fact| match &fact.source {
        Source::Derived { formula, .. } if formula.starts_with("geomean(") => Some((formula.as_str(), fact.value)),
        _ => None,
    });
    let formulas: Vec<(&str, f64)> = formulas.collect();
    assert_eq!(formulas.len(), 2);
    assert!(formulas.iter().all(|(formula, _)| formula.matches('/').count() == 2));
    assert!(formulas.iter().any(|(_, mean)| *mean > 1.0) && formulas.iter().any(|(_, mean)| *mean < 1.0));
}

#[test]
fn a_league_says_what_failed_and_what_was_not_tried() {
    let league = league(&[
        ("reports/w1", "x", &[("plain", 8.0), ("quick", 2.0)]),
        ("reports/w2", "x", &[("plain", 8.0), ("quick", 4.0), ("odd", 9.0)]),
        ("reports/w3", "x", &[("plain", 4.0), ("quick", 8.0)]),
    ]);
    let mut errors = Errors::default();
    errors.add(&BenchmarkRows {
        benchmark: "reports/w1".into(),
        rows: Vec::new(),
        gaps: vec![GapLine {
            path: "reports/w1.csv".into(),
            hash: ContentHash::of(b"w1"),
            kind: "error_rows".into(),
            subject: "odd".into(),
            count: 1,
            of: 1,
            at: "row 3".into(),
            detail: "not installed".into(),
        }],
    });
    let mut ledger = Ledger::new();
    let (leagues, names) = ([league], Names::default());
    (league_tell::drafts(&leagues, &names, &errors).remove(0).tell)(&mut ledger);
    let value = |name: &str| ledger.facts().iter().find(|fact| fact.name == name).map(|fact| fact.value);
    assert_eq!(value("workloads in which odd ended in an error"), Some(1.0));
    assert_eq!(value("workloads without a result of odd"), Some(1.0));
    assert_eq!(value("workloads without a result of quick"), None);
}

#[test]
fn the_largest_steps_of_young_series_come_first_and_are_not_judged() {
    let end = |value, file: &str| StepEnd {
        value,
        at: at("2026-01-01T00:00:00Z"),
        commit: None,
        place: Place { path: file.into(), hash: ContentHash::of(file.as_bytes()), at: Locator::row(1, "x") },
    };
    let step = |name: &str, before, after| Step {
        series: SeriesKey {
            benchmark: name.into(),
            metric: "time".into(),
            unit: Unit::new("ms"),
            ..Default::default()
        },
        direction: Direction::Lower,
        before: end(before, "old.csv"),
        after: end(after, "new.csv"),
    };
    let steps = vec![step("a", 10.0, 11.0), step("b", 10.0, 5.0), step("c", 10.0, 10.0)];
    let steps = young::Steps::new(steps, &errors::Errors::default()).told;
    let names: Vec<&str> = steps.iter().map(|step| step.series.benchmark.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    let mut ledger = Ledger::new();
    let told = (young::drafts(&steps, false, &Names::default()).unwrap().tell)(&mut ledger);
    assert!(told.prose.0.contains(&Span::Text("Not judged, for want of runs: since the run before ".into())));
    let changes: Vec<f64> =
        ledger.facts().iter().filter(|fact| fact.unit == Unit::new("percent")).map(|fact| fact.value).collect();
    assert_eq!(changes, [-50.0, 10.0]);
}

/// A row that stands for these samples, one a line of its file from `first` on.
fn sampled(model: &str, metric: (&str, &str, Direction), first: u32, samples: &[f64]) -> Row {
    let mut row = row("reports/s", &[("model", model)], metric, first, domain_median(samples));
    let places: Vec<Locator> = (first..).take(samples.len()).map(|i| Locator::row(i, metric.0)).collect();
    row.at = Locator::several(&places).unwrap();
    row.n = samples.len() as u64;
    row.samples = samples.to_vec();
    row
}

fn domain_median(values: &[f64]) -> f64 {
    crate::domain::stats::median(values).unwrap()
}

#[test]
fn samples_of_one_file_are_values() {
    let samples = |from: f64| -> Vec<f64> { (0..120).map(|i| from + f64::from(i)).collect() };
    let rows = vec![sampled("a", TOKENS, 1, &samples(1000.0)), sampled("b", TOKENS, 121, &samples(2000.0))];
    let found = standings(&[("reports/s", rows.clone())]);
    let field = found.main(0).unwrap();
    assert_eq!((field.places[0].pool.subject.as_str(), field.places[0].warm.n), ("b", 120));
    let mut ledger = Ledger::new();
    assert!(lead(&field.places[0], &field.places[1], &mut ledger).settled);
    let summary = summary::Summary::of_samples(&[&rows[0]], &Settings::default()).unwrap();
    assert_eq!((summary.n, summary.min.value, summary.max.value), (120, 1000.0, 1119.0));
    assert_eq!(summary.max.at, Locator::row(120, "tokens_per_second"));
    assert!(summary.p99.is_some_and(|p99| (p99 - 1117.81).abs() < 1e-9));
    // Samples of which the places are not all known stay one value.
    let mut vague = rows[0].clone();
    vague.samples.pop();
    assert_eq!(summary::Summary::of_samples(&[&vague], &Settings::default()).unwrap().n, 1);
}

#[test]
fn a_cold_sample_is_set_aside_and_its_warm_repeats_are_not() {
    let rows = vec![
        sampled("a", TTFT, 1, &[3.0, 0.03, 0.031, 0.032, 0.03]),
        sampled("b", TTFT, 6, &[0.05, 0.051, 0.052, 0.053, 0.05]),
    ];
    let found = standings(&[("reports/s", rows)]);
    let place = &found.main(1).unwrap().places[0];
    assert_eq!((place.pool.subject.as_str(), place.cold, place.warm.n), ("a", 1, 4));
}

#[test]
fn the_answer_rests_on_the_comparison_with_the_most_values() {
    let many: Vec<f64> = (0..20).map(f64::from).collect();
    let of = |benchmark: &str, model: &str, from: f64, n: usize| {
        let values: Vec<f64> = many.iter().take(n).map(|value| from + value).collect();
        let mut rows = prompts(benchmark, Some(model), TOKENS, &values);
        rows.iter_mut().for_each(|row| row.series.case.push_str(if n > 5 { " long" } else { "" }));
        rows
    };
    let found = standings(&[
        ("reports/a", of("reports/a", "a", 300.0, 3)),
        ("reports/b", of("reports/b", "b", 200.0, 3)),
        ("reports/c", of("reports/c", "c", 100.0, 3)),
        ("reports/a2", of("reports/a2", "a", 300.0, 20)),
        ("reports/b2", of("reports/b2", "b", 200.0, 20)),
    ]);
    assert_eq!(found.fields[0].places.len(), 3);
    let main = found.main(0).unwrap();
    assert_eq!((main.places.len(), main.places[0].warm.n), (2, 20));
}

#[test]
fn level_models_have_no_lead_and_nothing_below_zero_has_percent() {
    let found = standings(&[
        ("reports/a", prompts("reports/a", Some("a"), TOKENS, &[100.0])),
        ("reports/b", prompts("reports/b", Some("b"), TOKENS, &[100.0])),
    ]);
    let mut ledger = Ledger::new();
    let level = lead(&found.fields[0].places[0], &found.fields[0].places[1], &mut ledger);
    assert!(level.tied && level.relative.is_none());
    let (names, settings) = (Names::default(), Settings::default());
    let told = (fastest::drafts(&found, &[], &names, &settings).remove(0).tell)(&mut ledger);
    assert!(told.prose.0.contains(&Span::Text(" are level by ".into())), "{:?}", told.prose);
    assert!(!format!("{:?}", told.advice).contains("keeps its sign"));
    let found = standings(&[
        ("reports/a", prompts("reports/a", Some("a"), TTFT, &[-3.0])),
        ("reports/b", prompts("reports/b", Some("b"), TTFT, &[1.0])),
    ]);
    assert_eq!(lead(&found.fields[0].places[0], &found.fields[0].places[1], &mut ledger).relative, None);
}

#[test]
fn a_run_of_nothing_but_errors_makes_no_step() {
    let end = |value, file: &str| StepEnd {
        value,
        at: at("2026-01-01T00:00:00Z"),
        commit: None,
        place: Place { path: file.into(), hash: ContentHash::of(file.as_bytes()), at: Locator::row(1, "x") },
    };
    let step = |file: &str| Step {
        series: row("reports/a", &[("model", "m")], TOKENS, 1, 1.0).series,
        direction: Direction::Higher,
        before: end(14.0, "reports/a_1.csv"),
        after: end(1.0, file),
    };
    let gap = |path: &str, subject: &str, count: u64| GapLine {
        path: path.into(),
        hash: ContentHash::of(b"x"),
        kind: "error_rows".into(),
        subject: subject.into(),
        count,
        of: 5,
        at: "row 1".into(),
        detail: "refused".into(),
    };
    let mut errors = errors::Errors::default();
    for (path, subject, count) in [
        ("reports/a_2.csv", "", 5),
        ("reports/a_3.csv", "m", 5),
        ("reports/a_4.csv", "n", 5),
        ("reports/a_5.csv", "", 4),
    ] {
        let gaps = vec![gap(path, subject, count)];
        errors.add(&BenchmarkRows { benchmark: "reports/a".into(), rows: Vec::new(), gaps });
    }
    let steps = (2..=5).map(|i| step(&format!("reports/a_{i}.csv"))).collect();
    let found = young::Steps::new(steps, &errors);
    let told: Vec<&str> = found.told.iter().map(|step| step.after.place.path.as_str()).collect();
    assert_eq!((told, found.ruined), (vec!["reports/a_4.csv", "reports/a_5.csv"], 2));
    let mut ledger = Ledger::new();
    let section = young::section(&found, &Names::default(), &mut ledger);
    assert!(format!("{section:?}").contains("every row is an error"));
}

#[test]
fn a_benchmark_told_over_all_its_configurations_has_the_tail_that_its_table_gives() {
    let rows: Vec<Row> =
        (1..=150u32).map(|i| row("reports/many", &[("request", &i.to_string())], TIME, i, f64::from(i))).collect();
    let mut gaps = gaps::Gaps::new(&Settings::default());
    gaps.add(&BenchmarkRows { benchmark: "reports/many".into(), rows, gaps: Vec::new() });
    gaps.settle(&[], true);
    assert_eq!(gaps.without_p99.n, 0, "{:?}", gaps.without_p99);
}
