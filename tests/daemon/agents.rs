//! The agents and what waits for them: a mail goes out in its time whatever a server does, what is urgent goes first, and a process that
//! ends in the midst of a conversation loses nothing.

use std::fs;
use std::path::Path;

use harness::llm::FakeLlm;
use harness::{Bench, Workspace};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::checks::{each_file_was_indexed_once, reports_are_whole};
use crate::daemon::{Daemon, is_quiet, same, wait_indexed, wait_status};

/// Times so long that nothing which has to wait for them comes within a test.
const PATIENT: &str = "deadline = \"1h\"\nmail_deadline = \"1h\"\n";

/// Agents that ask `server`, one landing at a time; `more` has their times. A server that takes long is put up with.
fn configure(workspace: &Workspace, server: &str, more: &str) {
    workspace.configure(&format!(
        "[agents]\nbackend = \"ollama\"\nurl = \"{server}\"\nmodel = \"tiny\"\nconcurrency = 1\n{more}\
         [agents.limits]\nfirst_byte = \"1h\"\nidle = \"1h\"\nrest = \"10ms\"\n"
    ));
}

fn land(workspace: &Workspace, bench: &Bench, runs: std::ops::Range<usize>, factor: f64) {
    runs.for_each(|n| drop(bench.land(workspace, n, factor)));
}

/// A daemon that knows 24 runs, of which the server was not asked.
fn with_history(workspace: &Workspace, bench: &Bench) -> Daemon {
    workspace.configure("[agents]\nbackend = \"none\"\n");
    bench.history(workspace, 0..24);
    let daemon = Daemon::start(workspace);
    let status = wait_indexed(workspace, 24);
    assert_eq!(status["agents"]["last"]["standing"], "off");
    daemon
}

fn reload(daemon: &Daemon) {
    daemon.signal(Signal::HUP);
    crate::daemon::wait_for("the configuration to be read", || daemon.log().contains("reloaded").then_some(()));
}

fn report(status: &Value) -> String {
    fs::read_to_string(Path::new(status["last_landing"]["report"].as_str().unwrap())).unwrap()
}

#[test]
fn a_regression_is_mailed_in_its_time_while_a_server_hangs_with_another_landing() {
    let (workspace, bench, server) = (Workspace::new(), Bench::new("reports/codec"), FakeLlm::start("tiny"));
    let daemon = with_history(&workspace, &bench);
    configure(&workspace, &server.url(), "deadline = \"1h\"\nmail_deadline = \"2s\"\n");
    reload(&daemon);
    server.hold(0);
    workspace.write("csv_data/x.csv", "name,mean_ms\na,1.5\n");
    server.wait_for_questions(1);
    land(&workspace, &bench, 24..27, 1.3);
    let status = wait_status(&workspace, "the mail", |status| status["mails"]["accepted"] == 1);
    assert_eq!(status["alerts"], json!({ "firing": 2 }));
    assert_eq!((&status["open_landings"], &status["agents"]["waiting"]), (&1.into(), &1.into()), "{status:#}");
    assert_eq!(status["agents"]["last"]["standing"], "unavailable");
    let text = report(&status);
    assert!(text.contains("## Regressions") && text.contains("could not wait"), "{text}");

    server.release();
    let status = wait_status(&workspace, "the other landing", is_quiet);
    assert_eq!((&status["landings"], &status["mails"]), (&3.into(), &json!({ "accepted": 1 })));
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    daemon.end();
}

#[test]
fn a_regression_is_mailed_in_its_time_while_the_server_hangs_with_it() {
    let (workspace, bench, server) = (Workspace::new(), Bench::new("reports/codec"), FakeLlm::start("tiny"));
    let daemon = with_history(&workspace, &bench);
    configure(&workspace, &server.url(), "deadline = \"1h\"\nmail_deadline = \"2s\"\n");
    reload(&daemon);
    server.hold(0);
    land(&workspace, &bench, 24..27, 1.3);
    let status = wait_status(&workspace, "the mail", |status| status["mails"]["accepted"] == 1 && is_quiet(status));
    assert_eq!(status["agents"]["last"]["standing"], "unavailable", "{status:#}");
    assert!(status["health"].to_string().contains(&server.url()), "{status:#}");
    assert!(report(&status).contains("## Regressions"));

    // The server is well again, and so is health.
    server.release();
    workspace.write("csv_data/x.csv", "name,mean_ms\na,1.5\n");
    let status = wait_indexed(&workspace, 28);
    assert_eq!(status["health"], json!([]), "{status:#}");
    daemon.end();
}

#[test]
fn a_regression_comes_before_what_can_wait() {
    let (workspace, bench, server) = (Workspace::new(), Bench::new("reports/codec"), FakeLlm::start("tiny"));
    let daemon = with_history(&workspace, &bench);
    configure(&workspace, &server.url(), PATIENT);
    reload(&daemon);
    server.hold(0);
    workspace.write("csv_data/x.csv", "name,mean_ms\na,1.5\n");
    server.wait_for_questions(1);
    workspace.write("csv_data/y.csv", "name,mean_ms\na,1.5\n");
    wait_status(&workspace, "the second landing in the queue", |status| status["agents"]["waiting"] == 2);
    land(&workspace, &bench, 24..27, 1.3);
    wait_status(&workspace, "the third landing in the queue", |status| status["agents"]["waiting"] == 3);
    server.release();
    let status = wait_indexed(&workspace, 29);
    assert_eq!(
        (&status["alerts"], &status["mails"]),
        (&json!({ "firing": 2 }), &json!({ "accepted": 1 })),
        "{status:#}"
    );
    // The history is the first landing.
    let order = "SELECT group_concat(id, ' ') FROM (SELECT id FROM landing ORDER BY finished_ns)";
    let order: String = workspace.index().query_row(order, [], |row| row.get(0)).unwrap();
    assert_eq!(order, "1 2 4 3", "the one that has the server's ear, the regression, what can wait");
    daemon.end();
}

#[test]
fn what_is_under_way_when_the_daemon_stops_or_dies_goes_on_at_the_next_start() {
    let (workspace, bench, server) = (Workspace::new(), Bench::new("reports/codec"), FakeLlm::start("tiny"));
    with_history(&workspace, &bench).end();
    configure(&workspace, &server.url(), PATIENT);
    server.hold(0);
    let daemon = Daemon::start(&workspace);
    land(&workspace, &bench, 24..27, 1.3);
    let asked = server.wait_for_questions(1);
    daemon.end();
    let daemon = Daemon::start(&workspace);
    let again = server.wait_for_questions(2);
    same("the prompts", &again[1].json()["messages"], &asked[0].json()["messages"]);
    daemon.kill();
    let daemon = Daemon::start(&workspace);
    server.wait_for_questions(3);
    server.release();
    let status = wait_status(&workspace, "the mail", |status| status["mails"]["accepted"] == 1 && is_quiet(status));
    assert_eq!((&status["landings"], &status["alerts"]), (&2.into(), &json!({ "firing": 2 })));
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    daemon.end();
}
