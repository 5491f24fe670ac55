//! Runs, their times and their history: what is one execution, and what is nothing new.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use harness::{Bench, Format, Workspace, files_below};
use serde_json::{Value, json};

use crate::reading::{lines, size};
use crate::tools::{kinds, verdict};

#[test]
fn rows_with_equal_parameters_are_samples() {
    let workspace = Workspace::new();
    workspace.write(
        "csv_data/rows.csv",
        "model,num_ctx,ttft_ms\ntiny,1024,10\ntiny,1024,30\nlarge,1024,70\ntiny,2048,11\ntiny,1024,25\n",
    );
    workspace.scan();
    let expected = [
        "csv_data/rows | model=large num_ctx=1024 | ttft = 70.0 ms in 1",
        "csv_data/rows | model=tiny num_ctx=1024 | ttft = 25.0 ms in 1",
        "csv_data/rows | model=tiny num_ctx=2048 | ttft = 11.0 ms in 1",
    ];
    assert_eq!((lines(&workspace), size(&workspace)), (expected.map(str::to_owned).to_vec(), (1, 3)));
    assert_eq!(workspace.count("SELECT max(n) FROM measurement"), 3);
    assert_eq!(workspace.count("SELECT length(data) / 8 FROM samples"), 3);
}

/// The runs of a CSV file with a time, a name and a value in each row.
fn runs_of(rows: &[(&str, &str)]) -> Vec<Value> {
    let workspace = Workspace::new();
    let row = |(n, (time, name)): (usize, &(&str, &str))| format!("2026-10-{time}Z,{name},{n}.5\n");
    let rows: String = rows.iter().enumerate().map(row).collect();
    workspace.write("csv_data/rows.csv", format!("timestamp,name,latency_ms\n{rows}"));
    let explained = workspace.explain("csv_data/rows.csv");
    let measurements = workspace.scan()["measurements"].clone();
    [explained["runs"].as_array().unwrap().iter().map(|run| run["time"].clone()).collect(), vec![measurements]].concat()
}

#[test]
fn times_in_rows_make_runs_of_recurring_blocks_only() {
    // Each case with a time of its own: the parts of one execution, which began with the first.
    let parts = [("01T06:00:00", "a"), ("01T07:00:00", "b"), ("01T08:00:00", "c")];
    assert_eq!(runs_of(&parts), [json!("2026-10-01T06:00:00Z"), json!(3)]);
    // The same cases in blocks hours apart: a log of executions.
    let blocks = [("01T06:00:00", "a"), ("01T06:00:05", "b"), ("02T06:00:00", "a"), ("02T06:00:05", "b")];
    assert_eq!(runs_of(&blocks), [json!("2026-10-01T06:00:00Z"), json!("2026-10-02T06:00:00Z"), json!(4)]);
    // One case again and again within seconds: samples.
    let samples = [("01T06:00:00", "a"), ("01T06:00:02", "a"), ("01T06:00:04", "a"), ("01T06:00:06", "a")];
    assert_eq!(runs_of(&samples), [json!("2026-10-01T06:00:00Z"), json!(1)]);
    // Each case repeated before the next: samples, whatever their times.
    let repeated = [("01T06:00:00", "a"), ("01T07:00:00", "a"), ("01T08:00:00", "b"), ("01T09:00:00", "b")];
    assert_eq!(runs_of(&repeated), [json!("2026-10-01T06:00:00Z"), json!(2)]);
}

#[test]
fn time_from_the_content_then_the_name_then_mtime() {
    let workspace = Workspace::new();
    let modified = |path: &str| {
        let file = File::options().write(true).open(workspace.path(path)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)).unwrap();
    };
    let files = [
        ("reports/a_20261002-080000.json", "{\"timestamp\": \"2026-10-01T06:00:00Z\", \"mean_latency_ms\": 10.5}"),
        ("reports/b_20261002-080000.json", "{\"mean_latency_ms\": 10.25}"),
        ("reports/20261003-090000/c.json", "{\"mean_latency_ms\": 10.125}"),
        ("reports/d.json", "{\"mean_latency_ms\": 10.75}"),
    ];
    for (path, content) in files {
        workspace.write(path, content);
        modified(path);
    }
    workspace.scan();
    let times: Vec<Value> = workspace.series().iter().map(|s| s["latest_at"].clone()).collect();
    let expected = ["2026-10-01T06:00:00Z", "2026-10-02T08:00:00Z", "2026-10-03T09:00:00Z", "2026-09-21T14:13:20Z"];
    assert_eq!(times, expected);
}

/// What wrk prints of one execution.
fn wrk(latency: &str, requests: f64) -> String {
    format!(
        "Running 10s test @ http://127.0.0.1:8080/plaintext\n  2 threads and 16 connections\n  \
         Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   {latency}  215.30us   6.51ms   91.02%\n    \
         Req/Sec    19.80k     1.12k   22.41k    68.50%\n  394012 requests in 10.00s, 47.72MB read\n\
         Requests/sec:  {requests}\nTransfer/sec:      4.77MB\n"
    )
}

#[test]
fn an_output_that_is_appended_is_one_more_run() {
    let (grown, at_once) = (Workspace::new(), Workspace::new());
    let mut text = String::new();
    for (n, latency) in ["412.07us", "1.02ms", "398.50us"].iter().enumerate() {
        text += &wrk(latency, 39_401.5 + n as f64);
        grown.write("reports/wrk.txt", &text);
        grown.scan();
        assert_eq!(grown.count("SELECT count(*) FROM run"), n as i64 + 1);
    }
    at_once.write("reports/wrk.txt", &text);
    at_once.scan();
    assert_eq!((lines(&grown), size(&grown)), (lines(&at_once), size(&at_once)));
    let of_latency: Vec<String> = lines(&grown).into_iter().filter(|line| line.contains("| latency = ")).collect();
    assert_eq!(of_latency.len(), 1, "{of_latency:?}");
    assert!(of_latency[0].ends_with("latency = 398.5 us in 3"), "{of_latency:?}");
}

#[test]
fn equal_content_or_equal_name_alone_is_no_copy() {
    let workspace = Workspace::new();
    let content = |n| Bench::new("x").content(n, 1.0);
    workspace.write("reports/a/decode.json", content(0));
    workspace.write("reports/b/decode.json", content(1));
    workspace.write("reports/b/encode.json", content(0));
    workspace.write("reports/b/again.json", content(0));
    workspace.scan();
    assert_eq!(size(&workspace), (4, 8));
    workspace.write("reports/c/again.json", content(0));
    workspace.scan();
    assert_eq!(size(&workspace), (4, 8), "both equal: a copy");
}

/// Within a landing the first path owns a content. Later the history of its series may have been judged and mailed, and its next runs
/// will land where the others did: a copy that comes then, wherever it sorts, takes nothing away.
#[test]
fn a_copy_that_lands_later_takes_no_history_away() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode");
    bench.history(&workspace, 0..24);
    workspace.scan();
    let before = (lines(&workspace), size(&workspace));
    for n in 0..24 {
        Bench::new("artifacts/kept/decode").land(&workspace, n, 1.0);
    }
    let scan = workspace.scan();
    assert_eq!((&scan["new_artifacts"], &scan["mails"]), (&json!(24), &json!([])));
    assert_eq!((lines(&workspace), size(&workspace)), before);
    bench.land(&workspace, 24, 1.3);
    assert_eq!(kinds(&workspace.scan()), ["candidate", "candidate"], "judged by its whole history");
    // The original may go: the copy is no news then either.
    for n in 0..24 {
        workspace.remove(bench.path(n));
    }
    workspace.scan();
    assert_eq!(size(&workspace), (25, 50));
}

#[test]
fn late_runs_are_segmented_again_without_an_alert() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode/decode");
    bench.history(&workspace, 0..24);
    workspace.scan();
    bench.land(&workspace, 26, 1.3);
    assert_eq!(kinds(&workspace.scan()), ["candidate", "candidate"]);
    // Two slow runs from before it arrive late: with it they would be enough, and say nothing.
    for n in [25, 24] {
        bench.land(&workspace, n, 1.3);
        let scan = workspace.scan();
        assert_eq!((kinds(&scan), &scan["mails"]), (vec![], &json!([])), "run {n}");
    }
    // The next run confirms, and the change is where the late ones show it.
    bench.land(&workspace, 27, 1.3);
    let scan = workspace.scan();
    let told = verdict(&scan, "latency").unwrap_or_else(|| panic!("{scan:#}"));
    assert_eq!((&told["verdict"], &told["change_at"]), (&json!("regression"), &json!(bench.time(24).to_string())));
    assert_eq!(scan["mails"].as_array().unwrap().len(), 1);
}

#[test]
fn counts_are_listed_and_no_series() {
    let workspace = Workspace::new();
    workspace.write("reports/wrk.txt", wrk("412.07us", 39_401.5));
    workspace.write(
        "csv_data/load.csv",
        "model,ttft_ms,requests_completed,output_tokens\ntiny,33.5,500,64000\nlarge,53.5,411,51017\n",
    );
    for (path, counts) in
        [("reports/wrk.txt", &["requests"][..]), ("csv_data/load.csv", &["requests_completed", "output_tokens"])]
    {
        let explained = workspace.explain(path);
        for count in counts {
            let listed = explained["measurements"].as_array().unwrap().iter().find(|m| m["field"] == *count);
            let listed = listed.unwrap_or_else(|| panic!("{count} in {explained:#}"));
            assert_eq!((&listed["unit"], &listed["direction"]), (&json!("count"), &json!("neutral")), "{listed}");
            assert!(!explained["metrics"].as_array().unwrap().contains(&json!(count)), "{explained:#}");
        }
    }
    workspace.scan();
    assert!(workspace.series().iter().all(|s| s["unit"] != "count"), "{:#?}", lines(&workspace));
    assert!(lines(&workspace).iter().any(|line| line.contains("ttft")), "{:#?}", lines(&workspace));
}

/// A person or a tool may rewrite a report, comments left out. Its place is known.
#[test]
fn a_report_that_lost_its_marker_is_still_ours() {
    let workspace = Workspace::new();
    Bench::new("reports/decode/decode").written_as(Format::Csv).history(&workspace, 0..3);
    workspace.scan();
    let before = (lines(&workspace), size(&workspace));
    let report = workspace.reports().remove(0);
    let text = fs::read_to_string(&report).unwrap();
    let (marker, rest) = text.split_once('\n').unwrap();
    assert!(marker.contains("chimera-insight:report"), "{marker}");
    fs::write(&report, rest).unwrap();
    let scan = workspace.scan();
    assert_eq!((&scan["new_artifacts"], &scan["reports"]), (&json!(0), &json!([])));
    assert_eq!((lines(&workspace), size(&workspace)), before);
    // At a place of its own the same text is somebody's.
    workspace.write("csv_data/notes.md", rest);
    assert_eq!(workspace.scan()["artifacts"]["markdown"], 1);
    assert_eq!(files_below(&workspace.path("reports")).len(), 5, "three runs and a report in two forms");
}
