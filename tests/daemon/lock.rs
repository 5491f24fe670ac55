//! One process holds the state directory; a process that is gone holds nothing.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use harness::{Bench, Workspace};

use crate::checks::{each_file_was_indexed_once, reports_are_whole};
use crate::daemon::{Daemon, wait_for, wait_indexed};

#[test]
fn a_second_process_is_told_who_the_first_is_and_leaves_it_alone() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/codec");
    bench.history(&workspace, 0..3);
    let daemon = Daemon::start(&workspace);
    let before = wait_indexed(&workspace, 3);
    for args in [&["run"][..], &["scan"], &["scan", "--json"]] {
        let refused = workspace.run(args).code(3);
        assert!(refused.stderr.contains(&daemon.pid().to_string()), "{args:?} does not name it: {}", refused.stderr);
        assert!(refused.stdout.is_empty(), "{args:?}: {}", refused.stdout);
    }
    assert_eq!(workspace.status(), before);
    bench.land(&workspace, 3, 1.0);
    wait_indexed(&workspace, 4);
    each_file_was_indexed_once(&workspace);
    daemon.end();
    assert!(workspace.status()["daemon"].is_null());
}

#[test]
fn of_many_that_start_at_once_one_stays() {
    let workspace = Workspace::new();
    let mut daemons: Vec<Daemon> = (0..4).map(|_| Daemon::spawn(&workspace, workspace.command(["run"]))).collect();
    let mut ended = Vec::new();
    wait_for("all but one to end", || {
        let up = std::mem::take(&mut daemons);
        for mut daemon in up {
            if daemon.is_up() { daemons.push(daemon) } else { ended.push(daemon) }
        }
        (ended.len() == 3).then_some(())
    });
    for mut daemon in ended {
        assert_eq!(daemon.wait(Duration::ZERO).code(), Some(3));
    }
    let last = daemons.remove(0);
    last.wait_until_ready(&workspace);
    Bench::new("reports/codec").land(&workspace, 0, 1.0);
    wait_indexed(&workspace, 1);
    last.end();
}

#[test]
fn what_a_killed_process_left_behind_blocks_nobody() {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/codec");
    bench.history(&workspace, 0..3);
    let first = Daemon::start(&workspace);
    wait_indexed(&workspace, 3);
    first.kill();
    assert!(workspace.state().join("lock").exists(), "the lock file is what is tested here");
    assert!(workspace.status()["daemon"].is_null(), "a dead process is not a daemon");
    // The number in the file is now that of a process which has nothing to do with it.
    std::fs::write(workspace.state().join("lock"), format!("{}\n", std::process::id())).unwrap();
    bench.land(&workspace, 3, 1.0);
    assert_eq!(workspace.scan()["new_artifacts"], 1);
    bench.land(&workspace, 4, 1.0);
    let second = Daemon::start(&workspace);
    wait_indexed(&workspace, 5);
    second.end();
    each_file_was_indexed_once(&workspace);
    reports_are_whole(&workspace);
}

#[test]
fn whoever_only_looks_never_stands_in_the_way() {
    let workspace = Workspace::new();
    Daemon::start(&workspace).end();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // What `status` does, only that it takes longer here.
            while !over.load(Ordering::Relaxed) {
                let looker = File::open(workspace.state().join("lock")).unwrap();
                looker.lock_shared().unwrap();
                thread::sleep(Duration::from_millis(5));
                drop(looker);
                thread::sleep(Duration::from_millis(1));
            }
        });
        let outcomes: Vec<_> = (0..10).map(|_| workspace.run(["scan", "--json"])).collect();
        over.store(true, Ordering::Relaxed);
        outcomes.into_iter().for_each(|ended| drop(ended.code(0)));
    });
}
