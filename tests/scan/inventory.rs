//! Which files are artifacts, and that each counts once.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use harness::{Bench, Format, Workspace};
use serde_json::{Value, json};

const CSV: &str = "model,latency_ms\ntiny,10.5\n";
const JSON: &str = "{\"model\": \"tiny\", \"latency_ms\": 10.5}\n";
const MARKDOWN: &str = "# Notes\n\nNothing measured.\n";

/// The counts of a scan: csv, json, markdown, total.
fn counts(scan: &Value) -> [u64; 4] {
    ["csv", "json", "markdown", "total"].map(|kind| scan["artifacts"][kind].as_u64().expect("a count"))
}

#[test]
fn files_are_counted_by_type_wherever_they_lie() {
    let workspace = Workspace::new();
    workspace.write("reports/a/deep/er/x.csv", CSV);
    workspace.write("csv_data/y.CSV", CSV.replace("10.5", "11"));
    workspace.write("reports/x.json", JSON);
    workspace.write(
        "csv_data/log.jsonl",
        "{\"model\":\"tiny\",\"latency_ms\":1.5}\n{\"model\":\"big\",\"latency_ms\":2.5}\n",
    );
    workspace.write("artifacts/log.ndjson", "{\"model\":\"tiny\",\"latency_ms\":3.5}\n");
    workspace.write("artifacts/notes.md", MARKDOWN);
    for none in ["reports/x.py", "reports/x.onnx", "reports/csv.tar.gz", "elsewhere/x.csv", "x.csv", "reports/x.html"] {
        workspace.write(none, CSV);
    }
    let scan = workspace.scan();
    assert_eq!(counts(&scan), [2, 3, 1, 6]);
    assert_eq!(scan["new_artifacts"], 6);
    assert_eq!(scan["artifacts"]["failed"], json!([]));
    assert_eq!(workspace.status()["artifacts"]["total"], 6);
}

#[test]
fn hidden_temporary_and_ignored_files_are_left_alone() {
    let workspace = Workspace::new();
    workspace.configure("ignore = [\"draft-*\", \"scratch/\", \"reports/old/\"]\n");
    let left_alone = [
        "reports/.x.csv",
        "reports/.git/x.csv",
        "reports/x.csv.tmp",
        "reports/x.csv~",
        "reports/x.json.part",
        "reports/up.tmp/x.csv",
        "reports/draft-1.csv",
        "csv_data/scratch/x.csv",
        "reports/old/x.csv",
    ];
    for path in left_alone {
        workspace.write(path, CSV);
    }
    workspace.write("reports/seen.csv", CSV);
    workspace.write("csv_data/old/seen.csv", CSV.replace("10.5", "12"));
    assert_eq!(counts(&workspace.scan()), [2, 0, 0, 2]);
}

#[test]
fn a_second_scan_adds_nothing_and_writes_no_report() {
    let workspace = Workspace::new();
    Bench::new("reports/decode/decode").history(&workspace, 0..5);
    Bench::new("csv_data/encode").written_as(Format::Csv).history(&workspace, 0..3);
    let first = workspace.scan();
    assert_eq!(first["reports"].as_array().unwrap().len(), 1);
    let rows = "SELECT (SELECT count(*) FROM measurement) || ' ' || (SELECT count(*) FROM landing) || ' ' ||
                (SELECT count(*) FROM run) || ' ' || (SELECT count(*) FROM version)";
    let known = |workspace: &Workspace| workspace.index().query_row(rows, [], |row| row.get::<_, String>(0)).unwrap();
    let before = (known(&workspace), workspace.series(), workspace.reports());
    let second = workspace.scan();
    assert_eq!(second["new_artifacts"], 0);
    assert_eq!(second["reports"], json!([]));
    assert_eq!(second["mails"], json!([]));
    for same in ["artifacts", "runs", "series", "measurements"] {
        assert_eq!(second[same], first[same], "{same}");
    }
    assert_eq!((known(&workspace), workspace.series(), workspace.reports()), before);
}

#[test]
fn new_times_on_old_bytes_are_nothing_new() {
    let workspace = Workspace::new();
    let path = workspace.write("reports/x.csv", CSV);
    let first = workspace.scan();
    fs::remove_file(&path).unwrap();
    workspace.write("reports/x.csv", CSV);
    let second = workspace.scan();
    assert_eq!(second["new_artifacts"], 0);
    assert_eq!(second["measurements"], first["measurements"]);
    assert_eq!(second["runs"], 1);
}

#[test]
fn names_that_are_no_text_are_read_and_shown_escaped() {
    let workspace = Workspace::new();
    workspace.write(OsStr::from_bytes(b"reports/r\xff\xfe\nx.csv"), CSV);
    workspace.write(OsStr::from_bytes(b"reports/broken\xff.json"), b"\x00\x01\x02");
    let scan = workspace.scan();
    assert_eq!(counts(&scan), [1, 1, 0, 2]);
    assert_eq!(scan["measurements"], 1);
    assert_eq!(scan["artifacts"]["failed"][0]["path"], "reports/broken\\xff.json");
    assert!(workspace.last_report().contains("r\\xff\\xfe\\nx"), "{}", workspace.last_report());
    assert_eq!(workspace.scan()["new_artifacts"], 0);
}

#[test]
fn our_own_reports_are_never_read_back() {
    let workspace = Workspace::new();
    Bench::new("reports/decode/decode").history(&workspace, 0..3);
    let first = workspace.scan();
    let report = workspace.reports().remove(0);
    assert!(report.starts_with(workspace.path("reports/decode")), "beside the artifacts: {}", report.display());
    assert_eq!(workspace.scan()["artifacts"], first["artifacts"]);
    // A person's copy of one, under another name and in another directory, is known by its marker.
    workspace.write("csv_data/copied.md", fs::read(&report).unwrap());
    let third = workspace.scan();
    assert_eq!(third["artifacts"]["total"], first["artifacts"]["total"]);
    assert_eq!(third["series"], first["series"]);
    assert_eq!(third["reports"], json!([]), "a landing of nothing but our own files has no report");
}

#[test]
fn a_directory_without_the_three_is_itself_the_root() {
    let workspace = Workspace::bare();
    workspace.write("results/x.csv", CSV);
    let scan = workspace.run(["scan", "--json", "results"]).code(0).json();
    assert_eq!(counts(&scan), [1, 0, 0, 1]);
    assert!(workspace.path("results/.chimera-insight/chimera-insight.db").is_file(), "the state is below DIR");
    assert_eq!(workspace.run(["status", "--json", "--root", "results"]).code(0).json()["artifacts"]["csv"], 1);
}

#[test]
fn without_any_configuration_the_current_directory_is_the_tree() {
    let workspace = Workspace::bare();
    workspace.write("reports/x.csv", CSV);
    workspace.write("other/y.csv", CSV);
    assert_eq!(counts(&workspace.scan()), [1, 0, 0, 1]);
    assert!(workspace.state().is_dir());
}

#[test]
fn a_half_written_file_waits_and_is_taken_when_it_is_whole() {
    let workspace = Workspace::new();
    workspace.write("reports/whole.json", JSON);
    workspace.write("reports/half.json", "{\"model\": \"tiny\", \"results\": [{\"ttft_s\": 0.1}, {\"tt");
    let scan = workspace.scan();
    assert_eq!(scan["artifacts"]["failed"][0]["path"], "reports/half.json");
    assert_eq!(scan["measurements"], 1);
    assert_eq!(workspace.status()["pending"], 1);
    workspace.write("reports/half.json", "{\"model\": \"tiny\", \"results\": [{\"ttft_s\": 0.1}, {\"ttft_s\": 0.2}]}");
    let scan = workspace.scan();
    assert_eq!(scan["artifacts"]["failed"], json!([]));
    assert_eq!(scan["new_artifacts"], 1);
    assert_eq!(workspace.status()["pending"], 0);
}

#[test]
fn what_cannot_be_read_costs_itself_only_and_is_named() {
    let workspace = Workspace::new();
    workspace.configure("max_file_size = \"1KiB\"\n");
    workspace.write("reports/good.csv", CSV);
    workspace.write("reports/binary.csv", [0_u8, 159, 146, 150, 0, 0, 1, 2]);
    workspace.write("reports/huge.csv", format!("model,latency_ms\n{}", "tiny,10.5\n".repeat(200)));
    let scan = workspace.scan();
    let failed = scan["artifacts"]["failed"].as_array().unwrap();
    let paths: Vec<&str> = failed.iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["reports/binary.csv", "reports/huge.csv"]);
    assert!(failed[1]["error"].as_str().unwrap().contains("large"), "{failed:?}");
    assert_eq!(scan["measurements"], 1);
    assert_eq!(workspace.status()["failed"], 2);
    let text = workspace.run(["status"]).code(0).stdout;
    assert!(text.contains("reports/binary.csv"), "{text}");

    workspace.write("reports/binary.csv", [0_u8, 159, 146, 150, 0, 0, 1, 2]);
    assert_eq!(workspace.scan()["reports"], json!([]), "the same bytes are refused without a word");
    assert_eq!(workspace.status()["failed"], 2);

    workspace.write("reports/binary.csv", CSV);
    workspace.scan();
    assert_eq!(workspace.status()["failed"], 1);
    workspace.write("reports/binary.csv", [0_u8, 159, 146, 150, 0, 0, 1, 2]);
    assert_eq!(
        workspace.scan()["reports"].as_array().unwrap().len(),
        1,
        "after good bytes the bad ones are news again"
    );
    let failures = workspace.status()["failures"].to_string();
    assert!(failures.contains("binary, not text"), "{failures}");
}
