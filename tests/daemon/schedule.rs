//! Who is told and when, from outside: routes, and the cap on mails an hour.

use harness::{Bench, Workspace};
use serde_json::{Value, json};

use crate::daemon::{Daemon, is_quiet, wait_indexed, wait_status};

/// Lands run `n` and waits until everything about it was done.
fn land(workspace: &Workspace, bench: &Bench, n: usize, factor: f64) -> Value {
    bench.land(workspace, n, factor);
    wait_status(workspace, &format!("run {n}"), |status| status["runs"] == n + 1 && is_quiet(status))
}

/// Lands runs at this level until both alerts of the benchmark are in that state; gives the number of the next run.
fn land_until(workspace: &Workspace, bench: &Bench, from: usize, factor: f64, state: &str) -> usize {
    for n in from..from + 12 {
        if land(workspace, bench, n, factor)["alerts"][state] == 2 {
            return n + 1;
        }
    }
    panic!("the alerts are {}", workspace.status()["alerts"]);
}

fn recipients(workspace: &Workspace) -> Vec<String> {
    let mut all: Vec<String> = workspace.mails().iter().map(|mail| mail.header("To").to_owned()).collect();
    all.sort();
    all
}

#[test]
fn routes_decide_who_is_told_and_the_end_goes_to_whoever_was() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let routes = "[mail]\nto = [\"team@example.org\"]\n
        [[route]]\nbenchmark = \"codec\"\nto = [\"codec@example.org\"]\n
        [[route]]\nseverity = \"critical\"\nto = [\"oncall@example.org\"]\n
        [[route]]\nbenchmark = \"net\"\nto = [\"net@example.org\"]\n";
    workspace.configure(routes);
    bench.history(&workspace, 0..24);
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 24);
    let next = land_until(&workspace, &bench, 24, 1.5, "firing");
    let told = recipients(&workspace);
    assert!(told.iter().all(|to| ["codec@example.org", "oncall@example.org"].contains(&to.as_str())), "{told:?}");
    assert!(
        told.iter().any(|to| to == "oncall@example.org") && told.iter().any(|to| to == "codec@example.org"),
        "{told:?}"
    );
    land_until(&workspace, &bench, next, 1.0, "resolved");
    let all = recipients(&workspace);
    assert_eq!(all.len(), 2 * told.len(), "{all:?}");
    daemon.end();
}

#[test]
fn what_is_beyond_the_cap_is_held_and_shown() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    workspace.configure("[mail]\nmax_per_hour = 1\n");
    bench.history(&workspace, 0..24);
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 24);
    let next = land_until(&workspace, &bench, 24, 1.5, "firing");
    land_until(&workspace, &bench, next, 1.0, "resolved");
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 1, "held": 1 }));
    daemon.end();
    let rows = workspace.run(["mail", "outbox"]).code(0).stdout;
    assert!(rows.contains("held back by the cap on mails an hour until then"), "{rows}");
    assert!(workspace.status()["held_until"].is_string(), "when it goes");
    let status = workspace.run(["status"]).code(0).stdout;
    assert!(status.contains("1 held, until "), "{status}");
    // Another process lets nothing go before its time either.
    workspace.run(["scan"]).code(0);
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 1, "held": 1 }));
}
