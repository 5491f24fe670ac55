//! Runs are excluded and included while the daemon runs: it does so within seconds, and keeps judging by what counts.

use harness::{Bench, Workspace};
use serde_json::{Value, json};

use crate::daemon::{Daemon, is_quiet, wait_indexed, wait_status};

/// Lands a run and waits until it was judged and reported.
fn land(workspace: &Workspace, bench: &Bench, n: usize, factor: f64) -> Value {
    bench.land(workspace, n, factor);
    wait_status(workspace, &format!("run {n}"), |status| status["runs"] == n + 1 && is_quiet(status))
}

/// Asks for something about runs; the daemon has done it when it answers. The states of the alerts then.
fn ask(workspace: &Workspace, args: &[&str]) -> Value {
    workspace.run(["runs"].iter().chain(args)).code(0);
    workspace.status()["alerts"].clone()
}

#[test]
fn a_regression_of_excluded_runs_ends_and_comes_back_beside_the_daemon() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    workspace.configure("[mail]\nto = [\"ann@example.org\"]\n");
    bench.history(&workspace, 0..24);
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 24);
    for n in 24..27 {
        land(&workspace, &bench, n, 1.3);
    }
    let status = workspace.status();
    assert_eq!((&status["alerts"], &status["mails"]), (&json!({ "firing": 2 }), &json!({ "accepted": 1 })));

    let alerts = ask(&workspace, &["exclude", "25", "26", "27", "--why", "a broken fan"]);
    assert_eq!(alerts, json!({ "resolved": 2 }));
    let excluded = workspace.run(["runs", "list", "--excluded", "--json"]).code(0).json();
    assert_eq!(excluded["total"], 3);
    assert_eq!(excluded["runs"][0]["excluded"]["why"], "a broken fan");
    // A good run is judged by the good ones alone.
    let status = land(&workspace, &bench, 27, 1.0);
    assert_eq!((&status["alerts"], &status["mails"]), (&json!({ "resolved": 2 }), &json!({ "accepted": 1 })));

    assert_eq!(ask(&workspace, &["include", "25", "26", "27"]), json!({ "firing": 2 }));
    // A second life knows all of it.
    daemon.kill();
    let daemon = Daemon::start(&workspace);
    let status = land(&workspace, &bench, 28, 1.3);
    assert_eq!((&status["alerts"], &status["mails"]), (&json!({ "firing": 2 }), &json!({ "accepted": 1 })));
    let shown = workspace.run(["alerts", "show", "1", "--json"]).code(0).json();
    let states: Vec<&str> = shown["life"].as_array().unwrap().iter().map(|step| step["to"].as_str().unwrap()).collect();
    assert_eq!(states, ["candidate", "firing", "resolved", "firing"]);
    daemon.end();
}

#[test]
fn what_the_daemon_would_refuse_is_refused_beside_it() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    bench.history(&workspace, 0..9);
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 9);
    let refused = workspace.run(["runs", "exclude", "77", "--why", "x"]).code(3);
    assert!(refused.stderr.contains("there is no run 77"), "{}", refused.stderr);
    assert_eq!(workspace.count("SELECT count(*) FROM request"), 0);
    // The same thing asked twice is done once.
    for told in ["run 3 is excluded;", "run 3 is excluded already"] {
        let answer = workspace.run(["runs", "exclude", "3", "--why", "twice"]).code(0).stdout;
        assert!(answer.starts_with(told), "{answer}");
    }
    assert_eq!(workspace.count("SELECT count(*) FROM exclusion"), 1);
    daemon.end();
}
