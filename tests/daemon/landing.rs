//! What arrives together is one landing with one report; what is none of the daemon's business makes none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use harness::{Bench, Workspace};

use crate::checks::{each_file_was_indexed_once, index_is_true, let_everything_pass, reports_are_whole, versions};
use crate::daemon::{Daemon, wait_indexed};

/// Long enough to write a few hundred files in.
const PATIENT: &str = "[watch]\nsettle = \"30ms\"\nquiet = \"1s\"\n";

#[test]
fn a_landing_of_many_files_gives_one_report_that_is_never_seen_unfinished() {
    let workspace = Workspace::new();
    workspace.write("chimera-insight.toml", PATIENT);
    let daemon = Daemon::start(&workspace);
    let over = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let reader = scope.spawn(|| read_all_the_time(&workspace.path("reports/sweep"), &over));
        for n in 0..300 {
            let text = format!("name,mean_ms,p99_ms\ncase-{},{n}.5,{n}.75\n", n % 7);
            workspace.write(format!("reports/sweep/x{n}.csv"), text);
        }
        let status = wait_indexed(&workspace, 300);
        over.store(true, Ordering::Relaxed);
        assert_eq!(status["landings"], 1);
        assert_eq!(status["last_landing"]["artifacts"], 300);
        assert_eq!(status["last_landing"]["report"], workspace.reports()[0].to_str().unwrap());
        reader.join().unwrap()
    });
    assert!(!seen.is_empty(), "nobody looked while the report was there");
    for (path, contents) in seen {
        assert_eq!(contents, [fs::read(&path).unwrap()], "{} was seen in another form", path.display());
    }
    reports_are_whole(&workspace);
    each_file_was_indexed_once(&workspace);
    daemon.end();
}

/// Each content in which each report was ever seen.
fn read_all_the_time(dir: &Path, over: &AtomicBool) -> BTreeMap<PathBuf, Vec<Vec<u8>>> {
    let mut seen: BTreeMap<PathBuf, Vec<Vec<u8>>> = BTreeMap::new();
    loop {
        let last = over.load(Ordering::Relaxed);
        for entry in fs::read_dir(dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().starts_with("insight-") {
                let (content, known) = (fs::read(&path).unwrap(), seen.entry(path).or_default());
                if !known.contains(&content) {
                    known.push(content);
                }
            }
        }
        if last {
            return seen;
        }
    }
}

#[test]
fn the_daemon_never_reacts_to_its_own_files() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    Bench::new("reports/codec").land(&workspace, 0, 1.0);
    wait_indexed(&workspace, 1);
    let report = workspace.reports().remove(0);
    assert!(report.starts_with(workspace.path("reports")), "{}: not in a watched directory", report.display());
    let (before, ticks) = (workspace.status(), daemon.ticks());
    // This is no waiting for something: for so long nothing may happen.
    thread::sleep(Duration::from_secs(3));
    let used = daemon.ticks() - ticks;
    assert!(used <= 10, "{} ms of processor time in 3 s of rest", used * 10);
    assert_eq!(workspace.status(), before);

    // Touched, written anew, under another name, or at another place: it stays a report.
    let text = fs::read(&report).unwrap();
    fs::write(&report, &text).unwrap();
    fs::write(workspace.path("reports/renamed.md"), &text).unwrap();
    fs::rename(&report, workspace.path("csv_data").join(report.file_name().unwrap())).unwrap();
    let_everything_pass(&workspace, 1);
    assert_eq!(workspace.status()["landings"], 2);
    index_is_own_files_apart(&workspace);
    daemon.end();
    let daemon = Daemon::start(&workspace);
    workspace.write("artifacts/one_more.csv", "name,mean_ms\na,1.5\n");
    wait_indexed(&workspace, 3);
    assert_eq!(workspace.status()["landings"], 3);
    daemon.end();
}

fn index_is_own_files_apart(workspace: &Workspace) {
    assert_eq!(versions(workspace, "reports/renamed.md"), 0);
    workspace.remove("reports/renamed.md");
    index_is_true(workspace);
}

#[test]
fn ignored_hidden_and_temporary_files_are_left_alone() {
    let workspace = Workspace::new();
    workspace.configure("ignore = [\"draft-*\", \"scratch/\", \"reports/old/\"]\n");
    let csv = |n: usize| format!("name,mean_ms\na,{n}.5\n");
    let left_alone = [
        "reports/draft-1.csv",
        "csv_data/draft-dir/x.csv",
        "reports/a/scratch/x.csv",
        "reports/old/x.csv",
        "reports/.hidden.csv",
        "reports/.git/x.csv",
        "reports/x.csv.tmp",
        "reports/x.csv~",
        "reports/#x.csv#",
        "reports/up.part/x.csv",
        "reports/model.onnx",
        "elsewhere/x.csv",
        "x.csv",
    ];
    let wanted = ["reports/a/old/x.csv", "reports/tmp/x.csv", "csv_data/my-draft-1.csv", "artifacts/scratch.csv"];
    let mut content = 0;
    let mut write = |paths: &[&str]| {
        for path in paths {
            content += 1;
            workspace.write(path, csv(content));
        }
    };
    // Half of it is there before the daemon, half comes by events.
    write(&left_alone[..6]);
    write(&wanted[..2]);
    let daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 2);
    write(&left_alone);
    write(&wanted[2..]);
    wait_indexed(&workspace, 4);
    let_everything_pass(&workspace, 4);
    for path in wanted {
        assert_eq!(versions(&workspace, path), 1, "{path}");
    }
    let known: Vec<String> = {
        let index = workspace.index();
        let mut query = index.prepare("SELECT CAST(path AS TEXT) FROM artifact WHERE state <> 'ours'").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(known.len(), 5, "{known:?}");
    daemon.end();
}
