//! What people ask while another process has the index, or none has: it is done once, by whoever comes to hold it, and never lost.

use std::fs::File;
use std::process::{Child, Stdio};

use harness::{Bench, Workspace};
use serde_json::json;

use crate::daemon::wait_for;

/// A workspace with two alerts that fire, and no daemon.
fn with_alerts(bench: &Bench) -> Workspace {
    let workspace = Workspace::new();
    bench.history(&workspace, 0..24);
    workspace.scan();
    for n in 24..27 {
        bench.land(&workspace, n, 1.3);
        workspace.scan();
    }
    assert_eq!(workspace.status()["alerts"], json!({ "firing": 2 }));
    workspace
}

/// The index in the hands of a process that answers nothing.
fn held(workspace: &Workspace) -> File {
    let lock = File::open(workspace.state().join("lock")).unwrap();
    lock.try_lock().unwrap();
    lock
}

fn start(workspace: &Workspace, args: &[&str]) -> Child {
    workspace.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn wait_asked(workspace: &Workspace, count: i64) {
    wait_for("the request", || (workspace.count("SELECT count(*) FROM request") == count).then_some(()));
}

#[test]
fn who_asks_does_it_as_soon_as_the_index_is_free() {
    let workspace = with_alerts(&Bench::new("reports/codec"));
    let lock = held(&workspace);
    let asking = [["alerts", "ack", "1"], ["alerts", "ack", "2"]].map(|args| start(&workspace, &args));
    wait_asked(&workspace, 2);
    drop(lock);
    for child in asking {
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert!(String::from_utf8(ended.stdout).unwrap().contains("is acknowledged now"));
    }
    assert_eq!(workspace.status()["alerts"], json!({ "acknowledged": 2 }));
}

#[test]
fn what_nobody_answered_is_said_so_and_is_done_by_the_next_scan() {
    let workspace = with_alerts(&Bench::new("reports/codec"));
    let lock = held(&workspace);
    let asking = [&["alerts", "ack", "1"][..], &["alerts", "ack", "2", "--json"]].map(|args| start(&workspace, args));
    let mut ended = asking.map(|child| child.wait_with_output().unwrap()).into_iter();
    let (told, json) = (ended.next().unwrap(), ended.next().unwrap());
    assert_eq!((told.status.code(), json.status.code()), (Some(3), Some(3)));
    let reason = String::from_utf8(told.stderr).unwrap();
    assert!(told.stdout.is_empty() && reason.contains("holds the index") && reason.contains("alerts show"), "{reason}");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["ok"], &json["answer"]), (&json!(null), &json!(null)));
    assert_eq!(workspace.status()["alerts"], json!({ "firing": 2 }));
    drop(lock);
    workspace.scan();
    assert_eq!(workspace.status()["alerts"], json!({ "acknowledged": 2 }));
}

#[test]
fn a_scan_does_at_its_end_what_was_asked_meanwhile() {
    let bench = Bench::new("reports/codec");
    let workspace = with_alerts(&bench);
    // So long a scan looks whether a new file is still being written.
    workspace.write("chimera-insight.toml", "[watch]\nsettle = \"4s\"\nquiet = \"4s\"\n");
    bench.land(&workspace, 27, 1.3);
    let scan = start(&workspace, &["scan", "--json"]);
    wait_for("the scan", || (workspace.status()["daemon"]["pid"] == scan.id()).then_some(()));
    let mut gone = start(&workspace, &["alerts", "ack", "1"]);
    wait_asked(&workspace, 1);
    gone.kill().unwrap();
    gone.wait().unwrap();
    let ended = scan.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(workspace.status()["alerts"], json!({ "acknowledged": 1, "firing": 1 }));
}

#[test]
fn a_command_does_first_what_was_asked_before_it() {
    let workspace = with_alerts(&Bench::new("reports/codec"));
    let lock = held(&workspace);
    let mut gone = start(&workspace, &["alerts", "ack", "1"]);
    wait_asked(&workspace, 1);
    gone.kill().unwrap();
    gone.wait().unwrap();
    drop(lock);
    workspace.run(["alerts", "resolve", "1"]).code(0);
    let life = workspace.run(["alerts", "show", "1", "--json"]).code(0).json()["life"].clone();
    let states: Vec<&str> = life.as_array().unwrap().iter().rev().take(2).map(|s| s["to"].as_str().unwrap()).collect();
    assert_eq!(states, ["resolved", "acknowledged"], "{life:#}");
}

#[test]
fn of_many_that_ask_at_once_nobody_is_lost() {
    let workspace = with_alerts(&Bench::new("reports/codec"));
    let hours = ["1h", "2h", "3h", "4h"];
    let asking = hours.map(|hours| start(&workspace, &["alerts", "silence", "1", "2", "--for", hours]));
    for child in asking {
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    }
    let said = "SELECT count(*) FROM alert_event WHERE alert_id = 1 AND why LIKE 'silenced until %'";
    assert_eq!(workspace.count(said), 4);
    assert_eq!(workspace.count("SELECT count(*) FROM request WHERE answer IS NULL"), 0);
}

#[test]
fn several_alerts_are_moved_together_or_not_at_all() {
    let workspace = with_alerts(&Bench::new("reports/codec"));
    for wrong in [&["ack", "1", "99"][..], &["ack", "--group", "1", "99"]] {
        let refused = workspace.run(["alerts"].iter().chain(wrong)).code(3);
        assert!(
            refused.stderr.contains("no alert 99") && refused.stderr.contains("alert 1 stays firing"),
            "{refused:?}"
        );
        assert!(refused.stdout.is_empty(), "{refused:?}");
    }
    assert_eq!(workspace.status()["alerts"], json!({ "firing": 2 }));
    workspace.run(["alerts", "ack", "1"]).code(0);
    // One that somebody has taken already does not keep back the others that a mail names with it.
    let told = workspace.run(["alerts", "ack", "1", "2", "--json"]).code(0).json();
    assert_eq!((&told["ok"], told["words"].as_array().unwrap().len()), (&json!(true), 2), "{told:#}");
    assert_eq!(workspace.status()["alerts"], json!({ "acknowledged": 2 }));
    // A group is asked for as far as it applies.
    workspace.run(["alerts", "resolve", "1"]).code(0);
    workspace.run(["alerts", "resolve", "1", "--group"]).code(0);
    assert_eq!(workspace.status()["alerts"], json!({ "resolved": 2 }));
}

#[test]
fn who_takes_a_silenced_alert_is_told_that_the_silence_is_over() {
    let workspace = with_alerts(&Bench::new("reports/codec"));
    workspace.run(["alerts", "silence", "1", "--for", "3d"]).code(0);
    let told = workspace.run(["alerts", "ack", "1", "--why", "mine"]).code(0).stdout;
    assert!(told.contains("acknowledged now, and its silence is over"), "{told}");
    let shown = workspace.run(["alerts", "show", "1"]).code(0).stdout;
    assert!(shown.contains("acknowledged, which ends the silence: mine"), "{shown}");
}

#[test]
fn neither_files_nor_people_steer_the_terminal() {
    let workspace = Workspace::new();
    let run = |n: usize, latency: f64| {
        let name = "case\u{1b}[2J\n2026-01-01T00:00:00Z  forged";
        let content = json!({ "timestamp": format!("2026-09-{:02}T00:00:00Z", n + 1),
                              "results": [{ "name": name, "latency_ms": latency }] });
        workspace.write(format!("reports/codec_202609{:02}-000000.json", n + 1), content.to_string());
    };
    (0..24).for_each(|n| run(n, 10.0 + (n * 7 % 5) as f64 / 50.0));
    workspace.scan();
    for n in 24..27 {
        run(n, 14.0 + n as f64 / 100.0);
        workspace.scan();
    }
    let forged = "taken\n2026-09-30T00:00:00Z  firing → resolved by root: \u{1b}[31mdone";
    workspace.run(["alerts", "ack", "1", "--why", forged]).code(0);
    workspace.run(["runs", "exclude", "3", "--why", forged]).code(0);
    for args in [
        &["alerts", "show", "1"][..],
        &["alerts", "list"],
        &["series"],
        &["runs", "list"],
        &["status"],
        &["backtest", "--all"],
        &["scan"],
    ] {
        let shown = workspace.run(args).code(0).stdout;
        assert!(!shown.contains('\u{1b}'), "{args:?}: {shown}");
        let lines = || shown.lines().map(str::trim_start);
        assert!(
            !lines().any(|line| line.starts_with("2026-01-01") || line.starts_with("2026-09-30")),
            "{args:?}: {shown}"
        );
    }
    let shown = workspace.run(["alerts", "show", "1"]).code(0).stdout;
    assert!(shown.contains(r"case\u{1b}[2J 2026") && shown.contains(": taken 2026-09-30T"), "{shown}");
}
