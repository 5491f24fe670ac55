//! The life of alerts from outside: what people do to them while the daemon runs, and what time does.

use harness::{Bench, Ended, Workspace};
use serde_json::{Value, json};

use crate::daemon::{Daemon, is_quiet, wait_for, wait_indexed, wait_status};

/// A daemon that knows 24 runs of a benchmark, and mails one person.
fn with_history(workspace: &Workspace, bench: &Bench, more: &str) -> Daemon {
    workspace.configure(more);
    bench.history(workspace, 0..24);
    let daemon = Daemon::start(workspace);
    wait_indexed(workspace, 24);
    daemon
}

/// Lands a run and waits until it was judged and reported, and every mail about it was written.
fn land(workspace: &Workspace, bench: &Bench, n: usize, factor: f64) -> Value {
    bench.land(workspace, n, factor);
    wait_status(workspace, &format!("run {n}"), |status| status["runs"] == n + 1 && is_quiet(status))
}

/// Lands runs from `n` on until all alerts of the benchmark are in `state`; gives the number of the next run.
fn land_until(workspace: &Workspace, bench: &Bench, mut n: usize, factor: f64, state: &str, alerts: u64) -> usize {
    for _ in 0..12 {
        let status = land(workspace, bench, n, factor);
        n += 1;
        if status["alerts"][state] == alerts {
            return n;
        }
    }
    panic!("after run {n} the alerts are {}", workspace.status()["alerts"]);
}

fn alerts<const N: usize>(workspace: &Workspace, args: [&str; N]) -> Ended {
    workspace.run(["alerts"].into_iter().chain(args))
}

fn shown(workspace: &Workspace, id: &str) -> Value {
    alerts(workspace, ["show", id, "--json"]).code(0).json()
}

/// The steps of an alert's life: from, to, who and why.
fn life(shown: &Value) -> Vec<[String; 4]> {
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or("new").to_owned();
    let steps = shown["life"].as_array().unwrap().iter();
    steps.map(|step| ["from", "to", "who", "why"].map(|key| text(step, key))).collect()
}

#[test]
fn people_move_alerts_while_the_daemon_runs_and_see_at_once_what_came_of_it() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let daemon = with_history(&workspace, &bench, "");
    land_until(&workspace, &bench, 24, 1.3, "firing", 2);

    // In a group, because one landing broke both; several at once; with their reasons.
    let listed = alerts(&workspace, ["list", "--json"]).code(0).json();
    let groups: Vec<&Value> = listed["alerts"].as_array().unwrap().iter().map(|alert| &alert["group"]).collect();
    assert_eq!(groups, [&json!(1), &json!(1)], "{listed:#}");
    let told = alerts(&workspace, ["ack", "1", "--group", "--why", "new kernel"]).code(0).stdout;
    assert!(told.contains("alert 1 ") && told.contains("alert 2 ") && told.contains("acknowledged"), "{told}");
    assert_eq!(workspace.status()["alerts"], json!({ "acknowledged": 2 }));
    let refused = alerts(&workspace, ["ack", "1", "77"]).code(3);
    assert!(refused.stderr.contains("acknowledged already") && refused.stderr.contains("no alert 77"), "{refused:?}");
    assert!(refused.stderr.contains("alerts list"), "it says what to do next: {refused:?}");

    alerts(&workspace, ["silence", "2", "--for", "3d", "--why", "at the fair"]).code(0);
    let quiet = shown(&workspace, "2");
    assert_eq!((&quiet["state"], &quiet["silenced"]["why"]), (&json!("silenced"), &json!("at the fair")));
    alerts(&workspace, ["unsilence", "2"]).code(0);
    let refused = alerts(&workspace, ["unsilence", "2"]).code(3);
    assert!(refused.stderr.contains("alerts silence ID"), "{refused:?}");

    let answer = alerts(&workspace, ["resolve", "1", "--json"]).code(0).json();
    assert_eq!((&answer["ok"], &answer["words"][0]["state"]), (&json!(true), &json!("resolved")));
    alerts(&workspace, ["accept", "2", "--why", "as wanted"]).code(0);
    assert_eq!(workspace.status()["alerts"], json!({ "resolved": 2 }));
    assert_eq!(alerts(&workspace, ["list", "--json"]).json()["alerts"], json!([]));
    assert_eq!(alerts(&workspace, ["list", "--all", "--json"]).json()["alerts"].as_array().unwrap().len(), 2);
    assert!(alerts(&workspace, ["resolve", "1"]).code(3).stderr.contains("over already"));
    let life = life(&shown(&workspace, "2"));
    let people: Vec<&str> = life.iter().filter(|[_, _, who, _]| who != "judge").map(|[.., why]| why.as_str()).collect();
    assert_eq!(
        (people[0], people.last().unwrap()),
        ("acknowledged: new kernel", &"accepted as the new normal: as wanted")
    );
    assert_eq!(workspace.mails().len(), 1, "who ends an alert needs no mail about it");
    daemon.end();

    // Without a daemon the same commands do the same.
    let refused = alerts(&workspace, ["resolve", "1"]).code(3);
    assert!(refused.stderr.contains("over already"), "{refused:?}");
}

#[test]
fn a_silence_ends_by_itself_and_what_was_withheld_is_mailed_once() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let daemon = with_history(&workspace, &bench, "");
    land_until(&workspace, &bench, 24, 1.3, "candidate", 2);
    alerts(&workspace, ["silence", "1", "2", "--for", "1h"]).code(0);
    let next = land_until(&workspace, &bench, 25, 1.3, "silenced", 2);
    let next = land(&workspace, &bench, next, 1.3)["runs"].as_u64().unwrap();
    assert_eq!(workspace.status()["mails"], json!({}), "run {next}");

    alerts(&workspace, ["silence", "1", "2", "--for", "2s"]).code(0);
    let told = |status: &Value| status["alerts"]["firing"] == 2 && status["mails"]["accepted"] == 1 && is_quiet(status);
    let status = wait_status(&workspace, "the end of the silence", told);
    assert_eq!(status["landings"], next - 23, "nothing landed");
    let mails = workspace.mails();
    assert!(mails[0].subject().contains("2 regressions") && mails[0].text.contains("Before "), "{}", mails[0].text);
    let by_clock = life(&shown(&workspace, "1")).into_iter().any(|[from, to, who, why]| {
        [from.as_str(), &to, &who, &why] == ["silenced", "firing", "clock", "the silence is over"]
    });
    assert!(by_clock, "{:#}", shown(&workspace, "1"));
    daemon.end();

    let daemon = Daemon::start(&workspace);
    land(&workspace, &bench, next as usize, 1.3);
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 1 }), "and never again");
    daemon.end();
}

#[test]
fn a_silence_that_ended_while_nothing_ran_is_found_by_a_scan() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    bench.history(&workspace, 0..24);
    workspace.scan();
    bench.land(&workspace, 24, 1.3);
    workspace.scan();
    alerts(&workspace, ["silence", "1", "2", "--for", "1h"]).code(0);
    for n in 25..30 {
        bench.land(&workspace, n, 1.3);
        workspace.scan();
    }
    assert_eq!((&workspace.status()["alerts"], workspace.mails().len()), (&json!({ "silenced": 2 }), 0));
    alerts(&workspace, ["silence", "1", "2", "--for", "2s"]).code(0);
    wait_for("the end of the silence", || {
        workspace.scan();
        (workspace.status()["alerts"] == json!({ "firing": 2 })).then_some(())
    });
    assert_eq!(workspace.mails().len(), 1);
    workspace.scan();
    assert_eq!(workspace.mails().len(), 1);
}

#[test]
fn what_gets_worse_than_was_accepted_is_a_new_alert_with_a_thread_of_its_own() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let daemon = with_history(&workspace, &bench, "");
    let mut next = land_until(&workspace, &bench, 24, 1.3, "firing", 2);
    alerts(&workspace, ["accept", "1", "2"]).code(0);
    for _ in 0..8 {
        let status = land(&workspace, &bench, next, 1.3);
        assert_eq!(
            (&status["alerts"], &status["mails"]),
            (&json!({ "resolved": 2 }), &json!({ "accepted": 1 })),
            "run {next}"
        );
        next += 1;
    }
    land_until(&workspace, &bench, next, 1.8, "firing", 2);
    let ids = |args: [&str; 3]| -> Vec<i64> {
        let listed = alerts(&workspace, args).code(0).json();
        listed["alerts"].as_array().unwrap().iter().map(|alert| alert["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(
        (ids(["list", "--state=firing", "--json"]), ids(["list", "--state=resolved", "--json"])),
        (vec![4, 3], vec![2, 1])
    );
    let threads: Vec<bool> = workspace.mails().iter().map(|mail| mail.header("In-Reply-To").is_empty()).collect();
    assert_eq!(threads[..2], [true, true], "two threads");
    daemon.end();
}

#[test]
fn when_everything_on_a_host_moves_there_is_one_alert_and_one_mail() {
    let workspace = Workspace::new();
    let benches = ["reports/a/codec", "reports/b/render", "reports/c/search"].map(Bench::new);
    benches.iter().for_each(|bench| bench.history(&workspace, 0..24));
    workspace.scan();
    for n in 24..30 {
        benches.iter().for_each(|bench| drop(bench.land(&workspace, n, 1.4)));
        workspace.scan();
    }
    let listed = alerts(&workspace, ["list", "--kind", "environment", "--json"]).code(0).json();
    let environment = &listed["alerts"][0];
    assert_eq!(
        (&environment["state"], &environment["members"][0]["moved"]),
        (&json!("firing"), &json!(6)),
        "{listed:#}"
    );
    let members = alerts(&workspace, ["list", "--kind", "regression", "--json"]).code(0).json();
    let members = members["alerts"].as_array().unwrap();
    assert!(
        members.len() == 6 && members.iter().all(|alert| alert["inhibited_by"] == environment["id"]),
        "{members:#?}"
    );
    let mails = workspace.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject().contains("Environment worse"), "{}", mails[0].subject());
    assert!(
        mails[0].text.contains("6 of 6 series of 3 benchmarks") && mails[0].text.contains("alerts ack"),
        "{}",
        mails[0].text
    );

    let shown = alerts(&workspace, ["show", &environment["id"].to_string(), "--json"]).code(0).json();
    let moved = shown["members"][0]["series_moved"].as_array().map(Vec::len);
    assert_eq!(moved, Some(6), "it has them all, as the mail says: {shown:#}");

    // Accepted as a whole, it takes its members along.
    let text = alerts(&workspace, ["show", &environment["id"].to_string()]).code(0).stdout;
    assert!(text.contains("what moved:") && text.matches("effect").count() == 1, "one table: {text}");
    alerts(&workspace, ["accept", &environment["id"].to_string(), "--why", "new host"]).code(0);
    assert_eq!(workspace.status()["alerts"], json!({ "resolved": 7 }));
    workspace.scan();
    assert_eq!(workspace.mails().len(), 1);
}

#[test]
fn shadow_mode_judges_and_reports_and_mails_nobody_then_or_later() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let daemon = with_history(&workspace, &bench, "[judge]\nshadow = true\n");
    let next = land_until(&workspace, &bench, 24, 1.3, "firing", 2);
    assert_eq!(workspace.status()["mails"], json!({}));
    assert!(workspace.last_report().contains("## Regressions"), "the report says it");
    assert_eq!(workspace.count("SELECT count(*) FROM news WHERE shadow"), 2, "the news is recorded");
    daemon.end();

    workspace.configure("");
    let daemon = Daemon::start(&workspace);
    land(&workspace, &bench, next, 1.3);
    let next = land_until(&workspace, &bench, next + 1, 1.0, "resolved", 2);
    assert_eq!(workspace.status()["mails"], json!({}), "run {next}");
    daemon.end();
}

#[test]
fn an_alert_that_comes_and_goes_is_told_of_as_flapping_and_then_no_more() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let daemon = with_history(&workspace, &bench, "[mail]\nupdate_gap = \"0s\"\n");
    let mut next = 24;
    for _ in 0..3 {
        next = land_until(&workspace, &bench, next, 1.5, "firing", 2);
        next = land_until(&workspace, &bench, next, 1.0, "resolved", 2);
    }
    let alert = shown(&workspace, "1");
    assert_eq!(alert["flapping"], true);
    let mails = workspace.mails();
    let of = |what: &str| mails.iter().filter(|mail| mail.text.contains(what)).count();
    let flaps = format!("### Flapping: `{}`", alert["metric"].as_str().unwrap());
    assert_eq!((of("alert 1, was open"), of(&flaps)), (2, 1), "its third end is withheld");
    let told = mails.len();
    next = land_until(&workspace, &bench, next, 1.5, "firing", 2);
    land_until(&workspace, &bench, next, 1.0, "resolved", 2);
    assert_eq!(workspace.mails().len(), told, "nothing more until it has stayed put for a day");
    daemon.end();
}
