//! Files arrive in many ways; each is indexed once, when it is complete.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use harness::{Bench, Workspace};
use rustix::process::Signal;

use crate::checks::{each_file_was_indexed_once, index_is_true, let_everything_pass, reports_are_whole, versions};
use crate::daemon::{Daemon, wait_for, wait_indexed, wait_status};

/// Pauses of whoever writes slowly: shorter than the settle time below.
const PAUSE: Duration = Duration::from_millis(40);
const SLOW: &str = "[watch]\nsettle = \"200ms\"\nquiet = \"60ms\"\n";

#[test]
fn a_file_that_is_written_slowly_is_indexed_once_when_it_is_complete() {
    let workspace = Workspace::new();
    workspace.write("chimera-insight.toml", SLOW);
    let daemon = Daemon::start(&workspace);
    let mut file = File::create(workspace.path("csv_data/slow.csv")).unwrap();
    writeln!(file, "model,mean_latency_ms").unwrap();
    for row in 0..25 {
        thread::sleep(PAUSE);
        // Not a line at a time: a cut-off line is also a CSV.
        write!(file, "m{row},1").unwrap();
        thread::sleep(PAUSE / 4);
        writeln!(file, "2{row}.5").unwrap();
    }
    drop(file);
    let status = wait_indexed(&workspace, 1);
    assert_eq!((&status["runs"], &status["measurements"], &status["landings"]), (&1.into(), &25.into(), &1.into()));
    let_everything_pass(&workspace, 1);
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    daemon.end();
}

#[test]
fn a_log_is_passed_over_until_results_are_in_it() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    let mut log = File::create(workspace.path("reports/bench.log")).unwrap();
    writeln!(log, "Warming up for 3 s.").unwrap();
    let passed_over = |size: u64| {
        let decided = format!("SELECT count(*) FROM artifact WHERE state = 'unrecognised' AND size = {size}");
        wait_for("the log to be passed over", || (workspace.count(&decided) == 1).then_some(()));
        // Its landing may take a moment to go.
        wait_status(&workspace, "nothing to be left", |status| status["landings"] == 0 && status["pending"] == 0);
        assert_eq!(workspace.status()["artifacts"]["total"], 0);
    };
    passed_over(20);
    writeln!(log, "Still warming up, 2 s left.").unwrap();
    passed_over(48);
    assert!(!daemon.log().contains("landing"), "{}", daemon.log());

    writeln!(log, "\n| model | mean_latency_ms |\n| --- | --- |\n| tiny | 10.5 |").unwrap();
    let status = wait_indexed(&workspace, 1);
    assert_eq!((&status["measurements"], &status["artifacts"]["other"]), (&1.into(), &1.into()));
    let_everything_pass(&workspace, 1);
    assert_eq!(versions(&workspace, "reports/bench.log"), 1);
    reports_are_whole(&workspace);
    assert_eq!(workspace.status()["unrecognised"], 0);
    daemon.end();
}

#[test]
fn a_file_replaced_by_rename_is_seen_even_with_the_same_size_and_time() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    let (old, new) = ("name,mean_ms\na,10.5\n", "name,mean_ms\na,20.5\n");
    let path = workspace.write("reports/x.csv", old);
    wait_indexed(&workspace, 1);
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    let beside = workspace.write("artifacts/.x.csv", new);
    File::options().write(true).open(&beside).unwrap().set_modified(written).unwrap();
    fs::rename(&beside, &path).unwrap();
    wait_status(&workspace, "the second run", |status| status["runs"] == 2);
    let_everything_pass(&workspace, 1);
    index_is_true(&workspace);
    assert_eq!(versions(&workspace, "reports/x.csv"), 2);

    // Written in place this time, with the old time put back.
    fs::write(&path, old).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    wait_status(&workspace, "the third run", |status| status["runs"].as_u64() == Some(4));
    // The same bytes again are nothing, whatever the times say.
    fs::write(&path, old).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    workspace.write("artifacts/another.csv", "name,mean_ms\nother,1.5\n");
    wait_indexed(&workspace, 3);
    index_is_true(&workspace);
    assert_eq!(versions(&workspace, "reports/x.csv"), 3);
    reports_are_whole(&workspace);
    daemon.end();
}

#[test]
fn a_tree_that_is_moved_in_is_indexed_once_and_again_where_it_is_moved_to() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    let outside = workspace.beside("new");
    for n in 0..40 {
        let dir = outside.join(format!("a{}/b{}/c", n % 4, n % 10));
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(format!("x{n}.csv")), format!("name,mean_ms\na,{n}.5\n")).unwrap();
    }
    fs::rename(&outside, workspace.path("csv_data/new")).unwrap();
    let status = wait_indexed(&workspace, 40);
    assert_eq!(status["landings"], 1, "a tree that comes at once is one landing");
    // What is put into it later is seen where it stands.
    workspace.write("csv_data/new/a1/b1/c/later.csv", "name,mean_ms\na,77.5\n");
    wait_indexed(&workspace, 41);
    fs::rename(workspace.path("csv_data/new/a1"), workspace.path("csv_data/moved")).unwrap();
    workspace.write("csv_data/moved/b1/c/last.csv", "name,mean_ms\na,78.5\n");
    wait_for("the files at their new place", || {
        (versions(&workspace, "csv_data/moved/b1/c/last.csv") == 1).then_some(())
    });
    wait_for("the moved ones", || (versions(&workspace, "csv_data/moved/b1/c/later.csv") == 1).then_some(()));
    // No event names the files that went with their directory.
    wait_indexed(&workspace, 42);
    let_everything_pass(&workspace, 42);
    each_file_was_indexed_once(&workspace);
    // A file at another place is a copy of itself, and its reports went with the directory.
    let status = workspace.status();
    assert_eq!((&status["runs"], &status["measurements"]), (&43.into(), &43.into()));
    assert_eq!(status["landings"], workspace.reports().len());
    daemon.end();
}

#[test]
fn files_in_directories_made_that_very_moment_are_never_missed() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    for n in 0..200 {
        workspace.write(format!("reports/{n}/b/c/d/x{n}.csv"), format!("name,mean_ms\na,{n}.5\n"));
    }
    wait_indexed(&workspace, 200);
    let_everything_pass(&workspace, 200);
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    daemon.end();
}

/// The file is written through another name that lies outside of the watched directories, so nothing is heard of it.
#[test]
fn a_half_written_json_is_pending_and_is_indexed_when_it_is_completed_without_an_event() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    let bench = Bench::new("reports/codec");
    let whole = bench.content(0, 1.0);
    let (head, tail) = whole.split_at(whole.len() / 2);
    let outside = workspace.beside("result.json");
    fs::write(&outside, head).unwrap();
    fs::hard_link(&outside, workspace.path(bench.path(0))).unwrap();
    wait_for("the half to be read and found incomplete", || is_waiting(&workspace));
    let status = workspace.status();
    assert_eq!((&status["pending"], &status["failed"], &status["landings"]), (&1.into(), &0.into(), &0.into()));
    assert_eq!((&status["artifacts"]["total"], &status["health"]), (&0.into(), &serde_json::json!([])));
    append(&outside, tail);
    let status = wait_indexed(&workspace, 1);
    assert_eq!((&status["failed"], &status["landings"], &status["runs"]), (&0.into(), &1.into(), &1.into()));
    let_everything_pass(&workspace, 1);
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    daemon.end();
}

#[test]
fn a_half_written_json_survives_a_restart_and_its_deletion_is_no_error() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    let bench = Bench::new("reports/codec");
    let whole = bench.content(0, 1.0);
    let path = workspace.write(bench.path(0), &whole[..40]);
    workspace.write("reports/other.json", "{\"results\": [");
    wait_status(&workspace, "two pending files", |status| status["pending"] == 2);
    daemon.kill();
    append(&path, &whole[40..]);
    let daemon = Daemon::start(&workspace);
    workspace.remove("reports/other.json");
    let status = wait_indexed(&workspace, 1);
    assert_eq!(status["failed"], 0);
    each_file_was_indexed_once(&workspace);
    daemon.end();
}

/// Whether a file was read and is waited for; the index says why.
fn is_waiting(workspace: &Workspace) -> Option<()> {
    let waiting = workspace.count("SELECT count(*) FROM artifact WHERE state = 'pending' AND error IS NOT NULL");
    let open = workspace.count("SELECT count(*) FROM landing");
    (waiting == 1 && open == 0).then_some(())
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_file_that_never_stops_growing_holds_nobody_up() {
    let workspace = Workspace::new();
    workspace.write("chimera-insight.toml", format!("{SLOW}max_age = \"400ms\"\n"));
    let daemon = Daemon::start(&workspace);
    let mut log = File::create(workspace.path("csv_data/log.csv")).unwrap();
    writeln!(log, "model,mean_latency_ms").unwrap();
    workspace.write("reports/x.csv", "name,mean_ms\na,1.5\n");
    let mut rows = 0;
    wait_for("the other file", || {
        thread::sleep(PAUSE);
        rows += 1;
        writeln!(log, "m{rows},1{rows}.5").unwrap();
        (versions(&workspace, "reports/x.csv") == 1).then_some(())
    });
    assert_eq!(versions(&workspace, "csv_data/log.csv"), 0, "it was still growing");
    let status = wait_indexed(&workspace, 2);
    assert_eq!(status["measurements"], rows + 1);
    let_everything_pass(&workspace, 2);
    each_file_was_indexed_once(&workspace);
    daemon.end();
}

/// Stopped, so that more events come than the kernel keeps (16,384 by default).
#[test]
fn files_of_which_the_events_were_lost_are_found() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    daemon.signal(Signal::STOP);
    for n in 0..6_000 {
        workspace.write(format!("csv_data/x{n}.csv"), format!("name,mean_ms\ncase-{},{}.5\n", n % 40, n % 13));
    }
    fs::create_dir_all(workspace.path("reports/new/er")).unwrap();
    daemon.signal(Signal::CONT);
    wait_indexed(&workspace, 6_000);
    // What was made while nobody listened is watched as well.
    workspace.write("reports/new/er/y.csv", "name,mean_ms\na,1.5\n");
    wait_indexed(&workspace, 6_001);
    let_everything_pass(&workspace, 6_001);
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
    let kept: u64 = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap().trim().parse().unwrap();
    assert!(kept > 16_384 || daemon.log().contains("overflowed"), "no event was lost: what is tested here?");
    daemon.end();
}

#[test]
fn odd_things_in_the_tree_stop_nothing() {
    let workspace = Workspace::new();
    let (fifo, root) = (workspace.path("reports/pipe.csv"), workspace.root());
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    symlink(&root, workspace.path("reports/loop")).unwrap();
    symlink(workspace.write("secret.csv", "name,mean_ms\na,1.5\n"), workspace.path("reports/link.csv")).unwrap();
    fs::create_dir(workspace.path("reports/directory.csv")).unwrap();
    let odd: [&[u8]; 4] = [b"new\nline.csv", b"not \xff utf-8.csv", b"<b>&\"quoted\".csv", &[b'x'; 251]];
    let write = |dir: &str, content: &str| {
        for name in odd {
            let path = workspace.path(dir).join(OsStr::from_bytes(name));
            let path = if name.len() > 250 { path.with_extension("csv") } else { path };
            fs::write(path, format!("name,mean_ms\n{content},{}.5\n", name.len())).unwrap();
        }
    };
    write("reports", "before");
    let mut daemon = Daemon::start(&workspace);
    wait_indexed(&workspace, 4);
    write("csv_data", "after");
    symlink(&root, workspace.path("csv_data/loop")).unwrap();
    wait_indexed(&workspace, 8);
    let_everything_pass(&workspace, 8);
    assert_eq!(workspace.count("SELECT count(*) FROM artifact WHERE state <> 'ours'"), 9);
    assert_eq!(workspace.count("SELECT count(*) FROM version"), 9);
    assert_eq!(workspace.status()["health"], serde_json::json!([]));
    assert!(daemon.is_up());
    reports_are_whole(&workspace);
    daemon.end();
}

#[test]
fn a_file_that_comes_back_unchanged_is_the_same_file() {
    let workspace = Workspace::new();
    let daemon = Daemon::start(&workspace);
    let bench = Bench::new("reports/codec");
    bench.history(&workspace, 0..2);
    wait_indexed(&workspace, 2);
    workspace.remove(bench.path(0));
    wait_indexed(&workspace, 1);
    bench.land(&workspace, 0, 1.0);
    let status = wait_indexed(&workspace, 2);
    assert_eq!((&status["runs"], &status["measurements"], &status["landings"]), (&2.into(), &4.into(), &1.into()));
    each_file_was_indexed_once(&workspace);
    daemon.end();
}
