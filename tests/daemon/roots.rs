//! Watched directories that go and come back.

use std::fs;

use harness::{Bench, Workspace};

use crate::checks::{each_file_was_indexed_once, let_everything_pass, reports_are_whole, versions};
use crate::daemon::{Daemon, wait_for, wait_indexed, wait_status};

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
    bench.land(&workspace, 24, 1.3);
    wait_status(&workspace, "a verdict", |status| status["alerts"]["candidate"] == 2);
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
