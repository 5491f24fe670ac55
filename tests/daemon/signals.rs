//! SIGTERM ends the daemon in time with nothing lost, SIGHUP reloads the configuration, SIGUSR1 scans now.

use std::fs;
use std::thread;
use std::time::Duration;

use harness::smtp::{Behaviour, FakeSmtp};
use harness::{Bench, Workspace};
use rustix::process::Signal;

use crate::checks::{each_file_was_indexed_once, let_everything_pass, reports_are_whole, versions};
use crate::daemon::{Daemon, wait_for, wait_indexed, wait_status};
use crate::smtp::{each_recipient_got_one, regressed, to_server};

#[test]
fn sigterm_ends_an_idle_daemon_and_sigint_too() {
    let workspace = Workspace::new();
    let mut daemon = Daemon::start(&workspace);
    assert!(daemon.is_up());
    daemon.end();
    let mut daemon = Daemon::start(&workspace);
    daemon.signal(Signal::INT);
    assert!(daemon.wait(Duration::from_secs(10)).success());
}

#[test]
fn sigterm_in_a_burst_loses_nothing() {
    let workspace = Workspace::new();
    let burst = workspace.beside("burst");
    fs::create_dir(&burst).unwrap();
    for n in 0..2_000 {
        let text = format!("name,mean_ms\ncase-{},{}.5\ncase-x,{n}.25\n", n % 40, n % 13);
        fs::write(burst.join(format!("x{n}.csv")), text).unwrap();
    }
    let daemon = Daemon::start(&workspace);
    fs::rename(&burst, workspace.path("csv_data/burst")).unwrap();
    let indexed = || workspace.count("SELECT count(*) FROM version");
    wait_for("the first of them to be indexed", || (indexed() > 0).then_some(()));
    daemon.end();
    let before = indexed();
    // Once more, before and after the first commit of the second process.
    let daemon = Daemon::start(&workspace);
    daemon.end();
    assert!(indexed() >= before);
    let daemon = Daemon::start(&workspace);
    let status = wait_indexed(&workspace, 2_000);
    assert_eq!(status["landings"], 1);
    let_everything_pass(&workspace, 2_000);
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    daemon.end();
}

#[test]
fn sigterm_does_not_wait_for_a_mail_server_that_never_answers() {
    let silent = Behaviour { silent: true, ..Behaviour::default() };
    let hanging = Behaviour { hang_after_dot: true, ..Behaviour::default() };
    for (behaviour, taken) in [(silent, 0), (hanging, 1)] {
        let server = FakeSmtp::start(behaviour);
        let workspace = Workspace::new();
        workspace.configure(&to_server(&server));
        let daemon = regressed(&workspace, 30);
        wait_status(&workspace, "mails", |status| {
            let count = |state: &str| status["mails"][state].as_u64().unwrap_or(0);
            count("queued") + count("data_started") == 2 && count("data_started") == taken
        });
        server.wait_for(usize::try_from(taken).unwrap());
        daemon.end();
        server.set(Behaviour::default());
        let daemon = Daemon::start(&workspace);
        wait_status(&workspace, "both mails", |status| status["mails"]["accepted"] == 2);
        each_recipient_got_one(&server.accepted());
        each_file_was_indexed_once(&workspace);
        daemon.end();
    }
}

#[test]
fn sighup_puts_a_good_configuration_in_force_and_refuses_a_bad_one() {
    let workspace = Workspace::new();
    let mut daemon = Daemon::start(&workspace);
    let hup = |daemon: &Daemon, more: &str| {
        workspace.configure(more);
        daemon.signal(Signal::HUP);
    };
    hup(&daemon, "ignore = [\"draft-*\"]\n[mail]\nto = [\"a@example.org\", \"b@example.org\"]\n");
    wait_for("the configuration", || daemon.log().contains("configuration reloaded").then_some(()));
    let bad = [
        ("ignroe = [\"x-*\"]\n", "ignroe"),
        ("ignore = [\"x[1.csv\"]\n", "x[1.csv"),
        ("ignore = [\"!x-*\"]\n", "!x-*"),
        ("ignore = [\"./\"]\n", "./"),
        ("rescan = 7\n", "rescan"),
        ("[mail]\nto = [\"nobody\"]\n", "nobody"),
    ];
    for (more, reason) in bad {
        hup(&daemon, more);
        let status = wait_status(&workspace, &format!("the refusal of {more:?}"), |status| {
            status["health"][0]["message"].as_str().is_some_and(|message| message.contains(reason))
        });
        assert_eq!(status["health"][0]["cause"], "configuration");
        assert!(daemon.is_up());
        assert!(daemon.log().contains(status["health"][0]["message"].as_str().unwrap().lines().next().unwrap()));
    }
    // `status` looks where this file says, so the log has to do.
    hup(&daemon, "[state]\ndir = \"elsewhere\"\n");
    wait_for("the refusal of another state", || daemon.log().contains("needs a restart").then_some(()));
    workspace.configure("ignroe = []\n");
    // The old one is still in force.
    workspace.write("reports/draft-1.csv", "name,mean_ms\na,1.5\n");
    workspace.write("reports/x-1.csv", "name,mean_ms\na,2.5\n");
    wait_indexed(&workspace, 1);
    let_everything_pass(&workspace, 1);
    assert_eq!((versions(&workspace, "reports/draft-1.csv"), versions(&workspace, "reports/x-1.csv")), (0, 1));

    // A good one mends it: what is no longer ignored is found at once, and new recipients get the next mail.
    hup(&daemon, "[mail]\nto = [\"c@example.org\"]\n");
    let status = wait_indexed(&workspace, 3);
    wait_status(&workspace, "health", |status| status["health"] == serde_json::json!([]));
    assert_eq!(status["daemon"]["pid"], daemon.pid());
    let bench = Bench::new("reports/codec");
    bench.history(&workspace, 0..24);
    wait_indexed(&workspace, 27);
    (24..27).for_each(|n| drop(bench.land(&workspace, n, 1.3)));
    wait_status(&workspace, "a mail", |status| status["mails"]["accepted"].as_u64() > Some(0));
    let to: Vec<String> = workspace.mails().iter().map(|mail| mail.header("To").to_owned()).collect();
    assert_eq!(to, ["c@example.org"]);
    daemon.end();
}

#[test]
fn sighup_brings_rules_for_what_is_read_from_then_on() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    let lands = |name: &str, artifacts| {
        workspace.write(format!("reports/{name}.csv"), "kernel,frobs\ngemm,1.5\nconv,2.5\n");
        wait_indexed(&workspace, artifacts);
    };
    lands("before", 1);
    workspace
        .configure("[read]\nhigher = [\"frobs\"]\n[[rule]]\nfiles = \"after.csv\"\nunits = { frobs = \"jobs\" }\n");
    daemon.signal(Signal::HUP);
    wait_for("the configuration", || daemon.log().contains("configuration reloaded").then_some(()));
    lands("after", 2);
    let_everything_pass(&workspace, 2);
    let read = |benchmark: &str| -> Vec<(String, String)> {
        let text = |series: &serde_json::Value, key: &str| series[key].as_str().unwrap().to_owned();
        let of = |series: &serde_json::Value| (text(series, "unit"), text(series, "direction"));
        workspace.series().iter().filter(|series| series["benchmark"] == benchmark).map(of).collect()
    };
    let twice = |unit: &str, direction: &str| vec![(unit.to_owned(), direction.to_owned()); 2];
    assert_eq!(read("reports/before"), twice("", "neutral"), "what is in the index keeps its reading");
    assert_eq!(read("reports/after"), twice("jobs", "higher"));
    daemon.end();
}

#[test]
fn sighup_adds_a_root_whose_files_are_history_and_drops_one_whose_history_stays() {
    let workspace = Workspace::new();
    let roots = |names: &str| workspace.configure(&format!("roots = [{names}]\n"));
    roots("\"csv_data\"");
    let (bench, other) = (Bench::new("csv_data/codec"), Bench { latency: 9.0, ..Bench::new("reports/codec") });
    for bench in [&bench, &other] {
        bench.history(&workspace, 0..24);
    }
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 24);
    (24..27).for_each(|n| drop(other.land(&workspace, n, 1.3)));
    roots("\"csv_data\", \"reports\"");
    daemon.signal(Signal::HUP);
    let status = wait_indexed(&workspace, 51);
    assert_eq!((&status["landings"], &status["mails"]), (&2.into(), &serde_json::json!({})));
    // The files of a directory that is no longer watched are no longer there; what they said is.
    roots("\"reports\"");
    daemon.signal(Signal::HUP);
    let status = wait_indexed(&workspace, 27);
    assert_eq!(status["runs"], 51);
    bench.land(&workspace, 24, 1.3);
    other.land(&workspace, 27, 1.3);
    wait_indexed(&workspace, 28);
    roots("\"csv_data\", \"reports\"");
    daemon.signal(Signal::HUP);
    let status = wait_indexed(&workspace, 53);
    assert_eq!((&status["runs"], &status["measurements"]), (&53.into(), &106.into()));
    each_file_was_indexed_once(&workspace);
    daemon.end();
}

#[test]
fn sigusr1_scans_now_and_a_long_poll_interval_is_kept() {
    let workspace = Workspace::new();
    workspace.configure("poll = true\npoll_interval = \"1h\"\n");
    let daemon = Daemon::start(&workspace);
    Bench::new("reports/codec").history(&workspace, 0..2);
    // This is no waiting for something: for so long nothing may happen.
    thread::sleep(Duration::from_secs(12));
    assert_eq!(workspace.count("SELECT count(*) FROM artifact"), 0, "scanned before the hour was over");
    daemon.signal(Signal::USR1);
    wait_indexed(&workspace, 2);
    workspace.remove(Bench::new("reports/codec").path(0));
    daemon.signal(Signal::USR1);
    wait_indexed(&workspace, 1);
    each_file_was_indexed_once(&workspace);
    daemon.end();
}
