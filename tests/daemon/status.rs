//! `status`: what the daemon knows, whether it is up, ready and well; with it and without it.

use std::fs;

use harness::{Bench, Workspace};
use rustix::process::Signal;
use serde_json::json;

use crate::daemon::{Daemon, wait_indexed, wait_status};

#[test]
fn status_says_the_same_with_and_without_the_daemon() {
    let workspace = Workspace::new();
    assert_eq!(workspace.run(["status", "--json"]).code, Some(3), "there is no state yet");
    let bench = Bench::new("reports/codec");
    bench.history(&workspace, 0..4);
    workspace.write("csv_data/x.csv", "name,mean_ms,p99_ms\na,1.5,1.75\n");
    workspace.write("artifacts/half.json", "{\"results\": [");
    let daemon = Daemon::start(&workspace);
    let status = wait_status(&workspace, "five files and a half", |status| {
        status["artifacts"]["total"] == 5 && status["open_landings"] == 0
    });
    assert_eq!(status["daemon"], json!({ "pid": daemon.pid(), "ready": true }));
    assert_eq!(status["artifacts"], json!({ "total": 5, "csv": 1, "json": 4, "markdown": 0, "other": 0 }));
    let numbers = ["pending", "failed", "runs", "series", "measurements", "landings"].map(|key| status[key].clone());
    assert_eq!(numbers, [1, 0, 5, 4, 10, 1].map(serde_json::Value::from));
    assert_eq!((&status["alerts"], &status["mails"], &status["health"]), (&json!({}), &json!({}), &json!([])));
    assert_eq!(status["last_landing"]["artifacts"], 5);
    assert_eq!(status["last_landing"]["report"], workspace.reports()[0].to_str().unwrap());
    status["last_landing"]["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let people = workspace.run(["status"]).code(0).stdout;
    assert!(people.contains(&daemon.pid().to_string()) && people.contains("ready"), "{people}");

    daemon.end();
    let mut without = workspace.status();
    assert!(without["daemon"].is_null());
    without["daemon"] = status["daemon"].clone();
    assert_eq!(without, status);
    let people = workspace.run(["status"]).code(0).stdout;
    assert!(people.contains("not running"), "{people}");
}

#[test]
fn status_names_what_is_wrong_until_it_is_mended() {
    let workspace = Workspace::new();
    // A file where the directory for reports should be.
    workspace.write("taken", "");
    workspace.configure("[report]\ndir = \"taken\"\n");
    let daemon = Daemon::start(&workspace);
    let bench = Bench::new("reports/codec");
    bench.land(&workspace, 0, 1.0);
    let status = wait_indexed(&workspace, 1);
    let health = &status["health"];
    assert!(health.to_string().contains("taken") && health[0]["since"].is_string(), "{health}");
    let fallback = status["last_landing"]["report"].as_str().unwrap();
    assert!(fallback.starts_with(workspace.state().to_str().unwrap()) && fs::exists(fallback).unwrap(), "{fallback}");
    // Once in the log, not once a landing.
    bench.land(&workspace, 1, 1.0);
    wait_indexed(&workspace, 2);
    let told = daemon.log().lines().filter(|line| line.contains("WARN") && line.contains("taken")).count();
    assert_eq!(told, 1, "{}", daemon.log());

    workspace.remove("taken");
    fs::create_dir(workspace.path("taken")).unwrap();
    bench.land(&workspace, 2, 1.0);
    let status = wait_indexed(&workspace, 3);
    assert_eq!(status["health"], json!([]));
    assert!(status["last_landing"]["report"].as_str().unwrap().starts_with(workspace.path("taken").to_str().unwrap()));
    daemon.end();
}

/// A bad file is refused with its reason, and what it held before stays.
#[test]
fn a_file_that_cannot_be_read_as_what_it_is_is_refused_with_the_reason() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    workspace.write("reports/broken.json", "{\"results\": [1, 2}]");
    let status = wait_status(&workspace, "the refusal", |status| status["failed"] == 1 && status["open_landings"] == 0);
    assert_eq!(status["failures"][0]["path"], "reports/broken.json");
    assert!(!status["failures"][0]["error"].as_str().unwrap().is_empty());
    workspace.write("reports/broken.json", Bench::new("x").content(0, 1.0));
    let status = wait_status(&workspace, "the mended file", |status| status["failed"] == 0 && status["runs"] == 1);
    assert_eq!(status["health"], json!([]));
    daemon.signal(Signal::TERM);
    daemon.end();
}
