//! Watched directories that go and come back.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use harness::{Bench, Workspace};

use crate::checks::{each_file_was_indexed_once, let_everything_pass, reports_are_whole, versions};
use crate::daemon::{Daemon, is_quiet, wait_for, wait_indexed, wait_status};

/// A daemon that knows the history of a benchmark below `reports/`.
fn with_history(workspace: &Workspace) -> (Daemon, Bench) {
    let bench = Bench::new("reports/deep/er/codec");
    bench.history(workspace, 0..24);
    let daemon = Daemon::start(workspace);
    wait_indexed(workspace, 24);
    (daemon, bench)
}

/// The next run is judged against the history from before.
fn history_was_kept(workspace: &Workspace) {
    let status = wait_status(workspace, "a verdict", |status| status["alerts"]["candidate"] == 2);
    assert_eq!((&status["runs"], &status["series"], &status["measurements"]), (&25.into(), &2.into(), &50.into()));
}

#[test]
fn a_root_that_is_deleted_and_made_again_is_watched_again() {
    let workspace = Workspace::new();
    let (daemon, bench) = with_history(&workspace);
    for _ in 0..3 {
        fs::remove_dir_all(workspace.path("reports")).unwrap();
        fs::create_dir(workspace.path("reports")).unwrap();
    }
    bench.land(&workspace, 24, 1.3);
    history_was_kept(&workspace);
    daemon.signal(rustix::process::Signal::USR1);
    wait_indexed(&workspace, 1);
    let_everything_pass(&workspace, 1);
    each_file_was_indexed_once(&workspace);
    daemon.end();
}

#[test]
fn a_root_that_is_gone_for_a_while_loses_nothing() {
    let workspace = Workspace::new();
    let (daemon, bench) = with_history(&workspace);
    fs::remove_dir_all(workspace.path("reports")).unwrap();
    // The others are watched all the same, and scanned.
    workspace.write("csv_data/x.csv", "name,mean_ms\na,1.5\n");
    wait_for("the other root", || (versions(&workspace, "csv_data/x.csv") == 1).then_some(()));
    daemon.signal(rustix::process::Signal::USR1);
    workspace.write("csv_data/y.csv", "name,mean_ms\nb,1.5\n");
    wait_for("the other root", || (versions(&workspace, "csv_data/y.csv") == 1).then_some(()));
    assert_eq!(workspace.status()["measurements"], 50, "an absent root deletes nothing");
    wait_status(&workspace, "health", |status| status["health"].to_string().contains("is not there"));
    bench.land(&workspace, 24, 1.3);
    wait_status(&workspace, "a verdict", |status| status["alerts"]["candidate"] == 2);
    daemon.signal(rustix::process::Signal::USR1);
    wait_status(&workspace, "health", |status| status["health"] == serde_json::json!([]));
    daemon.end();
}

#[test]
fn a_root_that_is_moved_away_and_back_is_watched_again() {
    let workspace = Workspace::new();
    let (daemon, bench) = with_history(&workspace);
    let away = workspace.beside("away");
    fs::rename(workspace.path("reports"), &away).unwrap();
    // Written where it is not watched: it counts when it is back, and not before.
    let text = bench.content(24, 1.3);
    fs::write(away.join("elsewhere.csv"), "name,mean_ms\nz,1.5\n").unwrap();
    workspace.write("csv_data/x.csv", "name,mean_ms\na,1.5\n");
    wait_for("the other root", || (versions(&workspace, "csv_data/x.csv") == 1).then_some(()));
    assert_eq!(versions(&workspace, "reports/elsewhere.csv"), 0);
    fs::rename(&away, workspace.path("reports")).unwrap();
    wait_indexed(&workspace, 26);
    // Heard of in the root itself, in an old directory, and in a new one.
    workspace.write(bench.path(24), text);
    workspace.write("reports/y.csv", "name,mean_ms\nb,1.5\n");
    workspace.write("reports/deep/new/y.csv", "name,mean_ms\nc,1.5\n");
    wait_indexed(&workspace, 29);
    let_everything_pass(&workspace, 29);
    assert_eq!(workspace.status()["alerts"]["candidate"], 2);
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    daemon.end();
}

#[test]
fn another_directory_in_the_place_of_a_root_is_watched() {
    let workspace = Workspace::new();
    let (daemon, bench) = with_history(&workspace);
    let other = workspace.beside("other");
    fs::create_dir_all(other.join("deep/er")).unwrap();
    fs::rename(workspace.path("reports"), workspace.beside("away")).unwrap();
    fs::rename(&other, workspace.path("reports")).unwrap();
    bench.land(&workspace, 24, 1.3);
    history_was_kept(&workspace);
    workspace.write("reports/deep/y.csv", "name,mean_ms\nb,1.5\n");
    wait_for("a second file", || (versions(&workspace, "reports/deep/y.csv") == 1).then_some(()));
    // What happens in the directory that was moved away is nobody's business.
    fs::write(workspace.beside("away/deep/er/late.csv"), "name,mean_ms\nd,1.5\n").unwrap();
    daemon.signal(rustix::process::Signal::USR1);
    let_everything_pass(&workspace, 2);
    each_file_was_indexed_once(&workspace);
    daemon.end();
}

#[test]
fn a_root_that_is_not_there_yet_is_waited_for() {
    let workspace = Workspace::new();
    fs::remove_dir(workspace.path("artifacts")).unwrap();
    let daemon = Daemon::start(&workspace);
    assert_eq!(workspace.status()["health"], serde_json::json!([]));
    workspace.write("artifacts/a/b/x.csv", "name,mean_ms\na,1.5\n");
    wait_indexed(&workspace, 1);
    workspace.write("artifacts/a/b/y.csv", "name,mean_ms\nb,1.5\n");
    wait_indexed(&workspace, 2);
    each_file_was_indexed_once(&workspace);
    daemon.end();
}

/// Landings that close by their age, because files arrive all the time, while the first files of new roots have not settled yet.
#[test]
fn what_the_first_scan_of_a_root_finds_is_history_whatever_lands_meanwhile() {
    let workspace = Workspace::new();
    let late: Vec<String> = (0..4).map(|n| format!("late{n}")).collect();
    let settings = "settle = \"200ms\"\nquiet = \"60ms\"\nmax_age = \"200ms\"\n";
    workspace.write(
        "chimera-insight.toml",
        format!("[watch]\nroots = [\"csv_data\", \"{}\"]\n{settings}", late.join("\", \"")),
    );
    let daemon = Daemon::start(&workspace);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                workspace.write(format!("csv_data/{n}.csv"), format!("name,mean_ms\na,{n}.5\n"));
                thread::sleep(Duration::from_millis(20));
            }
        });
        let outside = Workspace::bare();
        for (n, root) in (1..).zip(&late) {
            let bench = Bench { latency: 100.0 + f64::from(n), ..Bench::new(&format!("{root}/codec")) };
            bench.history(&outside, 0..24);
            (24..27).for_each(|n| drop(bench.land(&outside, n, 1.3)));
            // Each at another moment between two landings.
            thread::sleep(Duration::from_millis(40) * n);
            fs::rename(outside.path(root), workspace.path(root)).unwrap();
            let newest = bench.path(26);
            wait_for("the root", || (versions(&workspace, &newest) == 1).then_some(()));
        }
        over.store(true, Ordering::Relaxed);
    });
    let status = wait_status(&workspace, "the end", is_quiet);
    assert_eq!(status["mails"], serde_json::json!({}));
    let live =
        "SELECT count(*) FROM version v JOIN landing l ON l.id = v.landing_id JOIN artifact a ON a.id = v.artifact_id
                WHERE l.kind = 'live' AND a.path LIKE 'late%'";
    assert_eq!(workspace.count(live), 0, "history that was taken for news");
    daemon.end();
}

#[test]
fn a_tree_without_the_three_directories_is_itself_the_root() {
    let workspace = Workspace::bare();
    workspace.configure("");
    let bench = Bench::new("codec");
    bench.history(&workspace, 0..24);
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 24);
    for n in 24..27 {
        bench.land(&workspace, n, 1.3);
        wait_indexed(&workspace, u64::try_from(n).unwrap() + 1);
    }
    let status = wait_status(&workspace, "the mail", |status| status["mails"] == serde_json::json!({ "accepted": 1 }));
    assert_eq!((&status["alerts"]["firing"], &status["landings"]), (&2.into(), &4.into()));
    reports_are_whole(&workspace);
    daemon.end();
}
