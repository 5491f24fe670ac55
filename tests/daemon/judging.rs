//! One run far out is a candidate, further ones make the alert fire and mail, once; everything else mails nobody.

use std::fs;

use harness::{Bench, Workspace, files_below};
use serde_json::{Value, json};

use crate::checks::{each_file_was_indexed_once, no_temporary_files, reports_are_whole};
use crate::daemon::{Daemon, is_quiet, wait_indexed, wait_status};

const TWO: &str = "[mail]\nto = [\"ann@example.org\", \"Bob <bob@example.org>\"]\n";

/// A daemon that knows 24 runs of a benchmark; the first index is quiet.
fn with_history(workspace: &Workspace, bench: &Bench) -> Daemon {
    workspace.configure(TWO);
    bench.history(workspace, 0..24);
    let daemon = Daemon::start(workspace);
    let status = wait_indexed(workspace, 24);
    assert_eq!((&status["mails"], &status["alerts"], &status["landings"]), (&json!({}), &json!({}), &1.into()));
    daemon
}

/// Lands a run and waits until it was judged and reported, and every mail about it was written.
fn land(workspace: &Workspace, bench: &Bench, n: usize, factor: f64) -> Value {
    bench.land(workspace, n, factor);
    wait_status(workspace, &format!("run {n}"), |status| status["runs"] == n + 1 && is_quiet(status))
}

/// The sections of the newest report.
fn sections(status: &Value) -> Vec<String> {
    let report = fs::read_to_string(status["last_landing"]["report"].as_str().unwrap()).unwrap();
    report.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect()
}

#[test]
fn three_slower_runs_are_a_candidate_twice_and_then_an_alert_with_one_mail_each() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let daemon = with_history(&workspace, &bench);
    for n in [24, 25] {
        let status = land(&workspace, &bench, n, 1.3);
        assert_eq!((&status["alerts"], &status["mails"]), (&json!({ "candidate": 2 }), &json!({})), "run {n}");
        assert!(!sections(&status).contains(&"Regressions".to_owned()), "{:?}", sections(&status));
    }
    let status = land(&workspace, &bench, 26, 1.3);
    assert_eq!((&status["alerts"], &status["mails"]), (&json!({ "firing": 2 }), &json!({ "accepted": 2 })));
    assert_eq!(sections(&status)[0], "Regressions", "{:?}", sections(&status));
    one_mail_each(&workspace, &status);

    // More of the same is no news, and a second life knows what the first one sent.
    land(&workspace, &bench, 27, 1.3);
    daemon.end();
    let daemon = Daemon::start(&workspace);
    let status = land(&workspace, &bench, 28, 1.3);
    assert_eq!((&status["alerts"], &status["mails"]), (&json!({ "firing": 2 }), &json!({ "accepted": 2 })));
    one_mail_each(&workspace, &status);
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    daemon.end();
}

/// One `.eml` file for each recipient, named after its Message-ID, that says what a person needs to know.
fn one_mail_each(workspace: &Workspace, status: &Value) {
    let mails = workspace.mails();
    let to: Vec<&str> = mails.iter().map(|mail| mail.header("To")).collect();
    assert_eq!(to, ["Bob <bob@example.org>", "ann@example.org"]);
    let mut names: Vec<String> = files_below(&workspace.state().join("outbox"))
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let id = |header: &str| format!("{}.eml", header.trim_matches(['<', '>']));
    let mut expected: Vec<String> = mails.iter().map(|mail| id(mail.header("Message-ID"))).collect();
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    for mail in &mails {
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        for said in ["latency", "tokens_per_second", "Before", "after", "+3", "between", "Since", "insight-"] {
            assert!(mail.text.contains(said), "{said:?} is not in {}", mail.text);
        }
        assert!(mail.html.contains("</html>") || mail.html.contains("</p>"), "{}", mail.html);
    }
    assert_eq!(status["health"], json!([]));
    no_temporary_files(workspace);
}

#[test]
fn noise_a_spike_and_an_improvement_mail_nobody() {
    // What lands after the history, and the states that alerts may be in at the end.
    let cases: [(&str, &[f64]); 3] =
        [("noise", &[1.0; 8]), ("a spike", &[1.3, 1.0, 1.0, 1.0]), ("an improvement", &[1.0 / 1.3; 5])];
    for (what, factors) in cases {
        let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
        let daemon = with_history(&workspace, &bench);
        let mut status = Value::Null;
        for (n, factor) in (24..).zip(factors) {
            status = land(&workspace, &bench, n, *factor);
            assert_eq!(status["mails"], json!({}), "{what}: run {n}");
            assert!(status["alerts"].get("firing").is_none(), "{what}: run {n}");
        }
        assert!(status["alerts"].get("candidate").is_none(), "{what}: {}", status["alerts"]);
        assert!(files_below(&workspace.state().join("outbox")).is_empty(), "{what}");
        daemon.end();
    }
}

#[test]
fn three_slower_runs_that_land_together_fire_at_once() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let daemon = with_history(&workspace, &bench);
    let outside = workspace.beside("new");
    fs::create_dir(&outside).unwrap();
    // Side by side in a hidden directory first, so that they arrive in one landing.
    for n in 24..27 {
        fs::write(outside.join(format!("{n}")), bench.content(n, 1.3)).unwrap();
    }
    for n in 24..27 {
        fs::rename(outside.join(format!("{n}")), workspace.path(bench.path(n))).unwrap();
    }
    let status = wait_status(&workspace, "the runs", |status| status["runs"] == 27 && is_quiet(status));
    assert_eq!((&status["alerts"], &status["mails"]), (&json!({ "firing": 2 }), &json!({ "accepted": 2 })));
    assert_eq!(status["landings"], 2);
    one_mail_each(&workspace, &status);
    daemon.end();
}

#[test]
fn nothing_is_said_of_a_history_that_is_too_short() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    workspace.configure(TWO);
    bench.history(&workspace, 0..3);
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 3);
    for n in 3..5 {
        let status = land(&workspace, &bench, n, 1.3);
        assert_eq!((&status["alerts"], &status["mails"]), (&json!({}), &json!({})), "run {n}");
    }
    daemon.end();
}
