//! From files to runs, series and measurements: what is one run, what is another, and what is no number at all.

use harness::{Bench, Format, Workspace};
use serde_json::{Value, json};

/// `label metric=latest unit runs` of every series.
pub fn lines(workspace: &Workspace) -> Vec<String> {
    let line = |s: &Value| {
        let params: Vec<String> =
            s["params"].as_object().unwrap().iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap())).collect();
        let text = |key: &str| s[key].as_str().unwrap().to_owned();
        let about = [text("benchmark"), text("case"), params.join(" "), text("metric")];
        let about: Vec<&str> = about.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        format!("{} = {} {} in {}", about.join(" | "), s["latest"], text("unit"), s["runs"])
    };
    workspace.series().iter().map(line).collect()
}

/// Runs and measurements of the index.
pub fn size(workspace: &Workspace) -> (i64, i64) {
    (workspace.count("SELECT count(*) FROM run"), workspace.count("SELECT count(*) FROM measurement"))
}

#[test]
fn no_count_identifier_or_configuration_is_a_metric() {
    let workspace = Workspace::new();
    workspace.write(
        "csv_data/sweep.csv",
        "run_id,model,num_ctx,num_gpu,temperature,seed,iterations,port,prompt_tokens,eval_count,ttft_s,tokens_per_second\n\
         1,tiny,1024,80,0.2,42,10,8080,128,805,0.12,80.5\n2,tiny,2048,80,0.2,42,10,8080,128,320,0.14,78.5\n\
         3,tiny,2048,60,0.4,42,10,8080,128,411,0.16,70.25\n",
    );
    workspace.write(
        "reports/app.json",
        r#"{"schema_version": 3, "pid": 4711, "config": {"batch_size": 8, "max_tokens": 512, "timeout_s": 30},
            "model": "tiny", "num_requests": 500, "completed": 500, "output_tokens": 64000, "mean_ttft_ms": 33.5}"#,
    );
    let explained = workspace.explain("csv_data/sweep.csv");
    assert_eq!(explained["metrics"], json!(["ttft_s", "tokens_per_second"]));
    workspace.scan();
    let metrics: std::collections::BTreeSet<String> =
        workspace.series().iter().map(|s| s["metric"].as_str().unwrap().to_owned()).collect();
    assert_eq!(metrics.into_iter().collect::<Vec<_>>(), ["tokens_per_second", "ttft"]);
}

#[test]
fn renderings_of_one_result_give_one_series_and_one_run() {
    let workspace = Workspace::new();
    for format in [Format::Json, Format::Csv, Format::Markdown] {
        Bench::new("reports/decode").written_as(format).history(&workspace, 0..3);
    }
    let scan = workspace.scan();
    assert_eq!(scan["artifacts"]["total"], 9);
    assert_eq!((&scan["runs"], &scan["series"], &scan["measurements"]), (&json!(3), &json!(2), &json!(6)));
    // JSON is preferred: its numbers are the ones that are cited.
    let report = workspace.last_report();
    assert!(report.contains("$.results.mean_latency_ms"), "{report}");
    assert!(!report.contains("column mean_latency_ms"), "{report}");
}

#[test]
fn a_rendering_that_comes_later_joins_its_run() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode");
    bench.land(&workspace, 0, 1.0);
    workspace.scan();
    let as_csv = bench.clone().written_as(Format::Csv);
    let (latency, throughput) = bench.values(0, 1.0);
    workspace.write(
        as_csv.path(0),
        format!("model,mean_latency_ms,tokens_per_second,ttft_s\ntiny-1b,{latency},{throughput},0.25\n"),
    );
    let scan = workspace.scan();
    assert_eq!(size(&workspace), (1, 3), "the time to the first token is added to the run: {:#?}", lines(&workspace));
    assert_eq!(scan["new_artifacts"], 1);
    as_csv.written_as(Format::Markdown).land(&workspace, 0, 1.0);
    workspace.scan();
    assert_eq!(size(&workspace), (1, 3));
}

/// The JSON rendering of a run that also says where it ran; the others do not.
fn with_host(bench: &Bench, n: usize) -> String {
    bench.content(n, 1.0).replacen('{', "{\"host\": \"bench-01\", ", 1)
}

#[test]
fn what_one_rendering_says_of_the_host_holds_for_the_bundle() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode");
    for n in 0..2 {
        workspace.write(bench.path(n), with_host(&bench, n));
        bench.clone().written_as(Format::Csv).land(&workspace, n, 1.0);
    }
    workspace.scan();
    assert_eq!(size(&workspace), (2, 4), "{:#?}", lines(&workspace));
    assert!(workspace.series().iter().all(|s| s["environment"] == "bench-01"));
}

#[test]
fn hosts_are_compared_with_themselves() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode");
    for n in 0..4 {
        let content = with_host(&bench, n);
        workspace.write(bench.path(n), if n % 2 == 0 { content } else { content.replace("bench-01", "bench-02") });
    }
    workspace.scan();
    let series = workspace.series();
    assert_eq!(series.len(), 4);
    assert!(series.iter().all(|s| s["runs"] == 2));
}

#[test]
fn renderings_that_disagree_are_a_finding() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode");
    bench.land(&workspace, 0, 1.0);
    bench.written_as(Format::Csv).land(&workspace, 0, 1.5);
    workspace.scan();
    let report = workspace.last_report();
    let findings = report.split("## Findings").nth(1).expect("findings").split("\n## ").next().unwrap();
    assert!(findings.contains("disagree"), "{findings}");
}

#[test]
fn equal_copies_count_once_and_the_first_path_owns_them() {
    let workspace = Workspace::new();
    let content = Bench::new("x").content(0, 1.0);
    for dir in ["reports/b", "reports/a", "artifacts/mirror"] {
        workspace.write(format!("{dir}/decode.json"), &content);
    }
    let scan = workspace.scan();
    assert_eq!(scan["artifacts"]["total"], 3);
    assert_eq!(size(&workspace), (1, 2));
    assert!(workspace.series().iter().all(|s| s["benchmark"] == "artifacts/mirror/decode"), "{:#?}", lines(&workspace));
    // The same bytes under another name are another result.
    workspace.write("reports/a/encode.json", &content);
    workspace.scan();
    assert_eq!(size(&workspace), (2, 4));
}

#[test]
fn new_bytes_in_an_old_path_are_a_new_run() {
    let workspace = Workspace::new();
    let bench = Bench::new("x");
    for n in 0..3 {
        workspace.write("reports/decode.json", bench.content(n, 1.0));
        workspace.scan();
    }
    assert_eq!(size(&workspace), (3, 6));
    assert!(workspace.series().iter().all(|s| s["runs"] == 3));
}

#[test]
fn of_a_file_that_grows_only_the_new_rows_are_runs() {
    let workspace = Workspace::new();
    let mut text = "timestamp,host,latency_ms\n".to_owned();
    for n in 0..6 {
        text += &format!("2026-10-0{}T06:00:00Z,bench-01,{}\n", n + 1, 10.25 + f64::from(n));
        if n >= 3 {
            workspace.write("csv_data/log.csv", &text);
            workspace.scan();
        }
    }
    assert_eq!(size(&workspace), (6, 6));
    assert_eq!(lines(&workspace), ["csv_data/log | latency = 15.25 ms in 6"]);
}

#[test]
fn a_deleted_artifact_keeps_its_history() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode");
    bench.history(&workspace, 0..5);
    workspace.scan();
    let before = lines(&workspace);
    workspace.remove(bench.path(1));
    workspace.remove(bench.path(4));
    let scan = workspace.scan();
    assert_eq!(scan["artifacts"]["total"], 3);
    assert_eq!(scan["reports"], json!([]));
    assert_eq!((lines(&workspace), size(&workspace)), (before, (5, 10)));
    // It comes back: nothing new.
    bench.land(&workspace, 4, 1.0);
    workspace.scan();
    assert_eq!(size(&workspace), (5, 10));
}

#[test]
fn a_run_older_than_the_newest_is_put_in_by_its_time() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode");
    bench.history(&workspace, 0..4);
    bench.history(&workspace, 5..9);
    workspace.scan();
    let latest = workspace.series()[0]["latest_at"].clone();
    bench.land(&workspace, 4, 1.6);
    let scan = workspace.scan();
    assert_eq!(scan["runs"], 9);
    assert_eq!(workspace.series()[0]["latest_at"], latest);
    let said = scan["verdicts"].as_array().unwrap();
    assert!(said.iter().all(|v| v["verdict"] != "candidate" && v["verdict"] != "regression"), "{said:#?}");
    assert!(workspace.mails().is_empty());
}

#[test]
fn the_order_of_arrival_makes_no_difference() {
    let (at_once, one_by_one) = (Workspace::new(), Workspace::new());
    let benches = [
        Bench::new("reports/decode/decode"),
        Bench::new("reports/decode/decode").written_as(Format::Csv),
        Bench::new("csv_data/encode").written_as(Format::Csv),
        Bench::new("artifacts/notes").written_as(Format::Markdown),
    ];
    for n in 0..4 {
        for bench in &benches {
            bench.land(&at_once, n, 1.0);
        }
    }
    at_once.scan();
    for n in [2, 0, 3, 1] {
        for bench in benches.iter().rev() {
            bench.land(&one_by_one, n, 1.0);
            one_by_one.scan();
        }
    }
    assert_eq!(lines(&one_by_one), lines(&at_once));
    assert_eq!(numbers(&one_by_one), numbers(&at_once));
}

/// Every measurement with its series, its run's time and its place, from the tables themselves.
fn numbers(workspace: &Workspace) -> Vec<String> {
    let index = workspace.index();
    let mut rows = index
        .prepare(
            "SELECT benchmark.name, series.params, series.metric, series.unit, run.time_ns, measurement.value,
                    measurement.n, locator.value, measurement.slot
             FROM measurement JOIN series ON series.id = series_id JOIN benchmark ON benchmark.id = series.benchmark_id
             JOIN run ON run.id = run_id JOIN locator ON locator.id = locator_id ORDER BY 1, 2, 3, 4, 5",
        )
        .unwrap();
    let text = |row: &rusqlite::Row| -> rusqlite::Result<String> {
        let column = |i| row.get::<_, rusqlite::types::Value>(i).map(|value| format!("{value:?}"));
        Ok((0..9).map(column).collect::<Result<Vec<_>, _>>()?.join(" "))
    };
    let numbers: Vec<String> = rows.query_map([], text).unwrap().map(Result::unwrap).collect();
    assert!(!numbers.is_empty());
    numbers
}

#[test]
fn explain_reads_as_the_index_does() {
    let workspace = Workspace::new();
    let path = Bench::new("reports/decode").land(&workspace, 7, 1.0);
    workspace.scan();
    let explained = workspace.explain(&path);
    let of = |metric: &str| {
        let found = explained["measurements"].as_array().unwrap().iter().find(|m| m["metric"] == metric);
        found.unwrap_or_else(|| panic!("{metric} in {explained:#}")).clone()
    };
    for series in workspace.series() {
        let read = of(series["metric"].as_str().unwrap());
        assert_eq!((&read["value"], &read["unit"]), (&series["latest"], &series["unit"]));
    }
}
#[test]
fn what_one_rendering_says_of_the_host_holds_for_those_that_come_later() {
    for json_first in [true, false] {
        let workspace = Workspace::new();
        let bench = Bench::new("reports/decode");
        let as_csv = bench.clone().written_as(Format::Csv);
        let mut landings = [(bench.path(0), with_host(&bench, 0)), (as_csv.path(0), as_csv.content(0, 1.0))];
        if !json_first {
            landings.reverse();
        }
        for (path, content) in landings {
            workspace.write(path, content);
            workspace.scan();
        }
        assert_eq!(size(&workspace), (1, 2), "JSON first: {json_first}: {:#?}", lines(&workspace));
        assert!(workspace.series().iter().all(|s| s["environment"] == "bench-01"));
    }
}
