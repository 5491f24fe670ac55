//! A small made-up landing, shared with the tests of the report, and what the analyst makes of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::analysis::Tuning;
use crate::domain::alert::{AlertKey, AlertKind, AlertState};
use crate::domain::artifact::{ArtifactKind, ContentHash};
use crate::domain::fact::Source;
use crate::domain::measurement::{Locator, Spread, SpreadValue};
use crate::domain::series::{Direction, Params, SeriesKey};
use crate::domain::units::Unit;
use crate::domain::verdict::{Began, Shift, Verdict, VerdictKind};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn landing() -> Landing {
    Landing {
        id: 7,
        at: at("2026-03-04T05:06:07Z"),
        backfill: false,
        new_artifacts: 4,
        runs: 2,
        series: 14,
        measurements: 16,
        verdicts: BTreeMap::from([(VerdictKind::Candidate, 1), (VerdictKind::Regression, 1)]),
        own: BTreeMap::new(),
    }
}

pub(crate) fn file(path: &str, kind: ArtifactKind, size: u64) -> ArtifactLine {
    ArtifactLine {
        path: path.into(),
        kind,
        size,
        mtime_ns: 1_770_000_000_000_000_000,
        hash: Some(ContentHash::of(path.as_bytes())),
        error: None,
        copy_of: None,
        in_landing: true,
        excluded: 0,
    }
}

pub(crate) fn row(
    benchmark: &str,
    params: &[(&str, &str)],
    metric: (&str, &str, Direction),
    index: u32,
    value: f64,
) -> Row {
    let params: Params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let path = format!("{benchmark}.csv");
    Row {
        series: SeriesKey {
            benchmark: benchmark.into(),
            params,
            metric: metric.0.into(),
            unit: Unit::new(metric.1),
            ..Default::default()
        },
        direction: metric.2,
        run_time: at("2026-03-04T05:00:00Z"),
        subject: Params::new(),
        value,
        n: 1,
        samples: Vec::new(),
        spread: Spread::default(),
        hash: ContentHash::of(path.as_bytes()),
        path,
        at: Locator::row(index, metric.0),
        field: metric.0.into(),
    }
}

const TOKENS: (&str, &str, Direction) = ("tokens_per_second", "tok/s", Direction::Higher);
const TTFT: (&str, &str, Direction) = ("ttft", "s", Direction::Lower);

/// A sweep of two settings with a model of its own.
pub(crate) fn sweep() -> BenchmarkRows {
    let mut rows = Vec::new();
    let figures =
        [("20", "1024", 90.0, 0.5), ("20", "2048", 96.0, 0.1), ("40", "1024", 100.0, 0.2), ("40", "2048", 99.0, 0.25)];
    for (i, (gpu, ctx, tokens, ttft)) in figures.into_iter().enumerate() {
        let params = [("gpu", gpu), ("ctx", ctx), ("name", "x y"), ("config", if gpu == "20" { "a" } else { "b" })];
        rows.push(row("reports/tiny_sweep", &params, TOKENS, i as u32 + 1, tokens));
        rows.push(row("reports/tiny_sweep", &params, TTFT, i as u32 + 1, ttft));
    }
    let gaps = vec![GapLine {
        path: "reports/tiny_sweep.csv".into(),
        hash: ContentHash::of(b"reports/tiny_sweep.csv"),
        kind: "error_rows".into(),
        subject: "error".into(),
        count: 2,
        of: 6,
        at: "row 5".into(),
        detail: "timeout | <b>".into(),
    }];
    BenchmarkRows { benchmark: "reports/tiny_sweep".into(), rows, gaps }
}

/// A baseline of another model with stated percentiles and a spread.
pub(crate) fn baseline() -> BenchmarkRows {
    let params = [("model", "big:8b")];
    let name = "reports/big_baseline";
    let mut mean = row(name, &params, ("latency", "ms", Direction::Lower), 1, 12.0);
    let spread = |column: &str, value: f64| Some(SpreadValue { value, at: Locator::row(1, column) });
    mean.spread = Spread { std: spread("std", 0.75), min: spread("min", 11.0), max: spread("max", 14.5) };
    mean.n = 30;
    let percentile = |metric, value| row(name, &params, (metric, "ms", Direction::Lower), 1, value);
    let rows = vec![
        mean,
        percentile("latency_p50", 11.9),
        percentile("latency_p95", 13.0),
        percentile("latency_p99", 14.0),
        row(name, &params, TOKENS, 1, 40.0),
        row(name, &params, ("score", "", Direction::Higher), 1, 0.8125),
    ];
    BenchmarkRows { benchmark: name.into(), rows, gaps: Vec::new() }
}

fn runs(rows: std::ops::RangeInclusive<u32>, column: &str) -> Vec<Place> {
    let place = |row| Place {
        path: "reports/tiny_history.csv".into(),
        hash: ContentHash::of(b"history"),
        at: Locator::row(row, column),
    };
    rows.map(place).collect()
}

pub(crate) fn judged(kind: VerdictKind, metric: (&str, &str, Direction), before: f64, after: f64) -> Judged {
    let effect = (after - before) / before;
    Judged {
        series: SeriesKey {
            benchmark: "reports/tiny_sweep".into(),
            params: BTreeMap::from([("gpu".to_owned(), "40".to_owned())]),
            metric: metric.0.into(),
            unit: Unit::new(metric.1),
            ..Default::default()
        },
        direction: metric.2,
        verdict: Verdict {
            kind,
            n: 27,
            shift: Some(Shift {
                before,
                after,
                n_before: 24,
                n_after: 3,
                effect,
                interval: (effect - 0.02, effect + 0.03),
                noise: 0.004,
                p: None,
                change_index: 24,
                change_at: at("2026-03-01T00:00:00Z"),
                run_length: None,
                began: Began {
                    first: 24,
                    last: 24,
                    first_at: at("2026-03-01T00:00:00Z"),
                    last_at: at("2026-03-01T00:00:00Z"),
                },
            }),
            reason: "Three runs in a row stand far outside the noise.".into(),
        },
        evidence: Evidence { before: runs(1..=24, metric.0), after: runs(25..=27, metric.0) },
        commit_before: Some("abc1234".into()),
        commit_after: Some("def5678".into()),
    }
}

/// The runs that a made-up verdict speaks of.
pub(crate) fn history(judged: &Judged) -> History {
    let shift = judged.verdict.shift.as_ref().unwrap();
    let run = |i: usize| {
        let level = if i < shift.change_index { shift.before } else { shift.after };
        let days = jiff::SignedDuration::from_hours(24 * (i as i64 - shift.change_index as i64));
        let point = Point {
            at: shift.change_at + days,
            value: level * (1.0 + 0.01 * [0.0, 1.0, -1.0][i % 3]),
            commit: Some(if i < shift.change_index { "abc1234" } else { "def5678" }.into()),
            path: "reports/tiny_history.csv".into(),
            cell: Locator::row(i as u32 + 1, &judged.series.metric).to_string(),
        };
        CourseRun { point, n: 1, std: None }
    };
    let course = Course { runs: (0..judged.verdict.n).map(run).collect(), left_out: 0 };
    course.history(&judged.series, judged.direction, Some(&judged.verdict), &Tuning::default())
}

pub(crate) fn alert(id: i64, metric: &str) -> AlertLine {
    AlertLine {
        id,
        key: AlertKey {
            kind: AlertKind::Regression,
            benchmark: "reports/tiny_sweep".into(),
            metric: metric.into(),
            environment: String::new(),
        },
        state: AlertState::Firing,
        opened_at: at("2026-03-04T05:06:00Z"),
        reopened_at: None,
        ended_at: None,
        moved: None,
        ack: format!("chimera-insight alerts ack {id}"),
        fresh: true,
        group: None,
        inhibited_by: None,
        reasons: Vec::new(),
        in_all: Vec::new(),
    }
}

/// The whole made-up landing, analysed; `mirror` turns the order of everything around.
pub(crate) fn analysis(mirror: bool) -> Analysis {
    let mut files = [
        file("reports/big_baseline.csv", ArtifactKind::Csv, 310),
        file("reports/tiny_sweep.csv", ArtifactKind::Csv, 420),
        file("reports/notes.md", ArtifactKind::Markdown, 99),
        ArtifactLine {
            error: Some("row 3 has 2 of 5 cells".into()),
            ..file("csv_data/broken.json", ArtifactKind::Json, 17)
        },
    ];
    let mut benchmarks = [baseline(), sweep()];
    let mut verdicts =
        vec![judged(VerdictKind::Regression, TTFT, 0.2, 0.26), judged(VerdictKind::Candidate, TOKENS, 100.0, 88.0)];
    if mirror {
        files.reverse();
        verdicts.reverse();
        benchmarks.iter_mut().for_each(|benchmark| benchmark.rows.reverse());
    }
    let mut analyst = Analyst::new(landing(), &Settings::default());
    files.chunks(3).for_each(|chunk| analyst.artifacts(chunk));
    benchmarks.into_iter().for_each(|benchmark| analyst.benchmark(benchmark));
    analyst.verdicts(verdicts, vec![alert(12, "ttft")]);
    let drawn = analyst.drawn().into_iter();
    let histories = drawn.map(|judged| (judged.series.clone(), history(judged))).collect();
    analyst.histories(histories);
    analyst.finish()
}

#[test]
fn the_order_of_the_input_does_not_show() {
    assert_eq!(analysis(false), analysis(true));
}

#[test]
fn every_parent_of_a_fact_is_a_fact_that_came_before_it() {
    let analysis = analysis(false);
    for fact in analysis.ledger.facts() {
        if let Source::Derived { parents, .. } = &fact.source {
            assert!(parents.iter().all(|parent| *parent < fact.id), "{fact:?}");
        }
    }
}

#[test]
fn a_huge_landing_stays_readable_and_says_what_it_leaves_out() {
    let settings = Settings::default();
    let mut analyst = Analyst::new(Landing { backfill: true, ..landing() }, &settings);
    for i in 1..=3000u32 {
        let name = format!("reports/d{i:04}/bench");
        analyst.artifacts(&[file(&format!("{name}.csv"), ArtifactKind::Csv, 10)]);
        let mut broken = file(&format!("{name}.json"), ArtifactKind::Json, 10);
        broken.error = Some("cut short".into());
        analyst.artifacts(&[broken]);
        let rows =
            (0..8).map(|n| row(&name, &[("batch", &n.to_string())], TOKENS, n + 1, f64::from(n * i + 5))).collect();
        analyst.benchmark(BenchmarkRows { benchmark: name, rows, gaps: Vec::new() });
    }
    let analysis = analyst.finish();
    assert!(analysis.ledger.facts().len() < 2500, "{}", analysis.ledger.facts().len());
    let markdown = crate::report::markdown(&analysis);
    assert!(markdown.len() < 600_000, "{}", markdown.len());
    for said in [
        "Left out as less telling: 2910",
        "Not shown: 2992 further sweeps",
        "Not shown: 2975 further directories",
        "Not shown: 2960 further files",
        "and 2995 more",
    ] {
        assert!(markdown.contains(said), "{said}");
    }
}

/// The report of a landing with these verdicts and alerts.
fn told(verdicts: Vec<Judged>, alerts: Vec<AlertLine>) -> String {
    let mut analyst = Analyst::new(landing(), &Settings::default());
    analyst.verdicts(verdicts, alerts);
    crate::report::markdown(&analyst.finish())
}

#[test]
fn candidates_are_counted_by_the_way_they_look() {
    let better = judged(VerdictKind::Candidate, TOKENS, 100.0, 120.0);
    let said = told(vec![better.clone()], Vec::new());
    assert!(said.contains("1 series looks better; another run will tell."), "{said}");
    assert!(said.contains("runs at the new level make it an improvement"), "{said}");
    assert!(!said.contains("worse"), "{said}");
    // Candidates have their commits too.
    assert!(said.contains("between commits `abc1234` and `def5678`"), "{said}");
    let said = told(vec![better, judged(VerdictKind::Candidate, TTFT, 0.1, 0.2)], Vec::new());
    assert!(said.contains("1 series looks worse and 1 looks better"), "{said}");
    assert!(said.contains("make it a regression"), "{said}");
}

#[test]
fn what_looks_worse_is_watched_first_and_in_whole_sentences() {
    let better = judged(VerdictKind::Candidate, TOKENS, 100.0, 120.0);
    let mut worse = judged(VerdictKind::Candidate, TTFT, 0.1, 0.11);
    let figures = crate::analysis::of_shift(worse.verdict.shift.as_ref().unwrap(), &worse.series.unit);
    worse.verdict.reason = format!("{figures}: for the worse, if further runs confirm it.");
    let said = told(vec![better, worse], Vec::new());
    let watched = said.split("## Watching, not confirmed").nth(1).unwrap();
    let place = |what: &str| watched.find(what).unwrap_or_else(|| panic!("{what}: {watched}"));
    assert!(place("\n### `ttft`") < place("\n### `tokens_per_second`"), "{watched}");
    assert!(watched.contains("- It counts as worse if further runs confirm it."), "{watched}");
}

#[test]
fn figures_of_a_shift_are_told_once() {
    let mut one = judged(VerdictKind::Regression, TTFT, 0.2, 0.26);
    let shift = one.verdict.shift.clone().unwrap();
    let figures = crate::analysis::of_shift(&shift, &one.series.unit);
    one.verdict.reason = format!("{figures}: for the worse.");
    let said = told(vec![one.clone()], Vec::new());
    assert!(!said.contains("Why: ") && said.contains("the change began between commits"), "{said}");
    one.verdict.reason = format!("{figures}: for the worse, as chance seldom is.");
    let said = told(vec![one], Vec::new());
    assert!(said.contains("Why: for the worse, as chance seldom is."), "{said}");
}

#[test]
fn an_alert_from_before_has_advice_of_its_own_before_anything_else() {
    let mut open = alert(12, "ttft");
    open.fresh = false;
    open.reasons = vec!["3 runs lie at 140 ms. It began between commits abc and def.".into()];
    let said = told(Vec::new(), vec![open]);
    let advice = said.split("## Recommendations").nth(1).unwrap();
    assert!(advice.trim_start().starts_with("1. `ttft` of `reports/tiny_sweep`"), "{advice}");
    assert!(advice.contains("between commits abc and def") && advice.contains("alerts ack 12"), "{advice}");
}

#[test]
fn of_very_many_moves_the_first_are_cards_with_their_course_and_the_rest_is_told_in_short() {
    let mut verdicts = Vec::new();
    for (kind, metric, after) in [
        (VerdictKind::Regression, TTFT, 0.3),
        (VerdictKind::Candidate, TOKENS, 70.0),
        (VerdictKind::Improvement, TOKENS, 150.0),
    ] {
        for i in 0..60 {
            let before = if metric == TTFT { 0.2 } else { 100.0 };
            let mut one = judged(kind, metric, before, after);
            // Each is about an alert of its own.
            one.series.environment = format!("{} {i:02}", kind.as_str());
            verdicts.push(one);
        }
    }
    let mut analyst = Analyst::new(landing(), &Settings::default());
    analyst.verdicts(verdicts, Vec::new());
    let drawn: Vec<_> = analyst.drawn().into_iter().map(|judged| (judged.series.clone(), history(judged))).collect();
    assert_eq!(drawn.len(), 60, "20 of each kind are read");
    analyst.histories(drawn);
    let analysis = analyst.finish();
    let of = |tone: Tone| analysis.sections.iter().find(|section| section.tone == tone).unwrap();
    let count = |section: &Section, is: fn(&Block) -> bool| section.blocks.iter().filter(|block| is(block)).count();
    for (tone, cards) in [(Tone::Worse, 50), (Tone::Watched, 20), (Tone::Better, 20)] {
        let section = of(tone);
        assert_eq!(count(section, |block| matches!(block, Block::Levels(_))), cards, "{}", section.title);
        assert_eq!(count(section, |block| matches!(block, Block::Figure(_))), 20, "{}", section.title);
    }
    let in_short = |section: &Section| {
        section.blocks.iter().rev().find_map(|block| match block {
            Block::Bullets(lines) => Some(lines.len()),
            _ => None,
        })
    };
    assert_eq!(in_short(of(Tone::Watched)), Some(30));
    assert!(crate::report::markdown(&analysis).matches("Not told one by one: 10 further").count() == 3);
}
