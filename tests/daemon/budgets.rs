//! Budgets and silences while the daemon runs: configured by a reload, fired once, and over when all is well.

use std::fs;

use harness::{Bench, Workspace};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::daemon::{Daemon, is_quiet, wait_indexed, wait_status};

/// Nothing is judged against its history, so that only budgets and silences speak.
const UNJUDGED: &str = "[[series]]\nmetric = '*'\njudge = false\n";

fn land(workspace: &Workspace, bench: &Bench, n: usize, factor: f64) -> Value {
    bench.land(workspace, n, factor);
    wait_status(workspace, &format!("run {n}"), |status| status["runs"] == n + 1 && is_quiet(status))
}

/// The life of an alert: the states that it went to.
fn life(workspace: &Workspace, id: i64) -> Vec<String> {
    let shown = workspace.run(["alerts", "show", &id.to_string(), "--json"]).code(0).json();
    let steps = shown["life"].as_array().expect("a life").iter();
    steps.map(|step| step["to"].as_str().expect("a state").to_owned()).collect()
}

#[test]
fn a_budget_that_a_reload_brings_fires_and_ends_with_one_mail_each() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    workspace.configure(UNJUDGED);
    bench.history(&workspace, 0..4);
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 4);
    workspace.configure(&format!("{UNJUDGED}[[budget]]\nmetric = 'latency_ms'\nlimit = '<= 0.13s'\nrecover = 2\n"));
    daemon.signal(Signal::HUP);
    crate::daemon::wait_for("the reload", || daemon.log().contains("configuration").then_some(()));
    let states: Vec<Value> = [1.2, 1.2, 1.2, 1.0, 1.0]
        .iter()
        .zip(4..)
        .map(|(factor, n)| {
            let status = land(&workspace, &bench, n, *factor);
            json!([status["alerts"], status["mails"]])
        })
        .collect();
    assert_eq!(
        states,
        [
            json!([{ "candidate": 1 }, {}]),
            json!([{ "firing": 1 }, { "accepted": 1 }]),
            json!([{ "firing": 1 }, { "accepted": 1 }]),
            json!([{ "recovering": 1 }, { "accepted": 1 }]),
            json!([{ "resolved": 1 }, { "accepted": 2 }]),
        ]
    );
    assert_eq!(life(&workspace, 1), ["candidate", "firing", "recovering", "resolved"]);
    daemon.end();
}

#[test]
fn a_benchmark_that_falls_silent_is_missed_once_and_is_back_with_its_next_result() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    workspace.configure(&format!("{UNJUDGED}[[absence]]\nbenchmark = 'codec'\nafter = '5s'\n"));
    // This one ended before anybody listened, and the other one is nobody's business.
    bench.history(&workspace, 0..4);
    let other = Bench::new("reports/other");
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 4);
    other.land(&workspace, 0, 1.0);
    let status = wait_indexed(&workspace, 5);
    assert_eq!(status["alerts"], json!({}));

    bench.land(&workspace, 5, 1.0);
    let fired = |status: &Value| {
        status["alerts"] == json!({ "firing": 1 }) && is_quiet(status) && status["mails"]["accepted"] == 1
    };
    wait_status(&workspace, "an alert about the silence", fired);
    let listed = workspace.run(["alerts", "--json"]).code(0).json();
    let alert = &listed["alerts"][0];
    assert_eq!((&alert["kind"], &alert["benchmark"]), (&json!("absence"), &json!("reports/codec")));
    let mails = workspace.mails();
    let [mail] = &mails[..] else { panic!("{} mails", mails.len()) };
    assert!(mail.text.contains("No result has come since") && mail.text.contains("longer than 5 s"), "{}", mail.text);

    bench.land(&workspace, 6, 1.0);
    wait_status(&workspace, "its end", |status| status["alerts"].get("resolved").is_some() && is_quiet(status));
    daemon.end();
    assert_eq!(life(&workspace, 1)[..2], ["firing", "resolved"]);
    let log = fs::read_to_string(workspace.beside("daemon.log")).unwrap();
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn a_budget_that_holds_for_nothing_is_in_health_until_it_is_mended() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let budget = "[[budget]]\nmetric = 'latncy'\nlimit = '<= 1s'\n";
    workspace.configure(&format!("{UNJUDGED}{budget}"));
    bench.history(&workspace, 0..2);
    let daemon = Daemon::start(&workspace);
    let status = wait_status(&workspace, "the complaint", |status| status["health"] != json!([]));
    assert_eq!(status["health"][0]["cause"], "budget 1", "{}", status["health"]);
    workspace.configure(&format!("{UNJUDGED}{}", budget.replace("latncy", "latency")));
    daemon.signal(Signal::HUP);
    wait_status(&workspace, "good health", |status| status["health"] == json!([]));
    daemon.end();
}
