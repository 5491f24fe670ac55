use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::event::{CreateKind, DataChange, Flag, MetadataKind, RemoveKind};

use super::*;

/// Far beyond what an event can take; a test waits this long only when it fails.
const PATIENCE: Duration = Duration::from_secs(20);

struct Watched {
    dir: tempfile::TempDir,
    watcher: Watcher,
    hints: Receiver<Hint>,
}

impl Watched {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("reports")).unwrap();
        let root = Root { name: b"reports".to_vec(), path: dir.path().join("reports") };
        let (tx, hints) = channel();
        let watcher = Watcher::new(&[root], move |hint| drop(tx.send(hint))).unwrap();
        Self { dir, watcher, hints }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn sync(&mut self, dirs: &[&str]) -> Synced {
        let dirs: Vec<PathBuf> = dirs.iter().map(|dir| self.at(dir)).collect();
        self.watcher.sync(&dirs)
    }

    /// Waits for a hint and returns those that came before it.
    fn until(&self, expected: &Hint) -> Vec<Hint> {
        let mut before = Vec::new();
        loop {
            match self.hints.recv_timeout(PATIENCE) {
                Ok(hint) if hint == *expected => return before,
                Ok(hint) => before.push(hint),
                Err(error) => panic!("{error}: {expected:?} did not come after {before:?}"),
            }
        }
    }

    fn until_path(&self, path: &str) -> Vec<Hint> {
        self.until(&Hint::Path(self.at(path)))
    }
}

#[test]
fn writing_renaming_and_deleting_give_hints() {
    let mut watched = Watched::new();
    // The root and its parent.
    assert_eq!(watched.sync(&["reports"]), Synced { added: 2, errors: Vec::new() });
    assert!(watched.watcher.is_complete());
    fs::write(watched.at("reports/x.csv"), "1").unwrap();
    watched.until_path("reports/x.csv");
    fs::rename(watched.at("reports/x.csv"), watched.at("reports/y.csv")).unwrap();
    watched.until_path("reports/y.csv");
    fs::remove_file(watched.at("reports/y.csv")).unwrap();
    watched.until_path("reports/y.csv");
}

#[test]
fn reading_gives_none() {
    let mut watched = Watched::new();
    fs::write(watched.at("reports/x.csv"), "1").unwrap();
    watched.sync(&["reports"]);
    for _ in 0..10 {
        fs::read(watched.at("reports/x.csv")).unwrap();
        fs::read_dir(watched.at("reports")).unwrap().count();
    }
    // Events come in order: those of the reads, had there been any, come before this one.
    fs::write(watched.at("reports/end.csv"), "1").unwrap();
    assert_eq!(watched.until_path("reports/end.csv"), []);
}

#[test]
fn the_neighbours_of_a_root_give_none() {
    let mut watched = Watched::new();
    watched.sync(&["reports"]);
    fs::write(watched.at("reports.csv"), "1").unwrap();
    fs::create_dir(watched.at("other")).unwrap();
    fs::write(watched.at("reports/end.csv"), "1").unwrap();
    assert_eq!(watched.until_path("reports/end.csv"), []);
}

#[test]
fn a_root_that_is_deleted_and_made_anew_is_heard_of_and_watched_again() {
    let mut watched = Watched::new();
    watched.sync(&["reports"]);
    for round in 0..20 {
        fs::remove_dir_all(watched.at("reports")).unwrap();
        fs::create_dir(watched.at("reports")).unwrap();
        // The daemon's part: whenever the root is spoken of, add it. However late the events of the old one come, in the end the
        // new one is watched. A file made between `mkdir` and the watch is the survey's to find.
        let file = watched.at(&format!("reports/{round}.csv"));
        loop {
            let hint = watched.hints.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{error} in round {round}"));
            if hint == Hint::Path(file.clone()) {
                break;
            }
            if hint == Hint::Path(watched.at("reports")) && watched.watcher.add(&watched.at("reports")) == Ok(true) {
                fs::write(&file, "1").unwrap();
            }
        }
    }
}

#[test]
fn a_root_that_is_moved_away_gives_a_hint_and_is_no_longer_watched() {
    let mut watched = Watched::new();
    fs::create_dir(watched.at("reports/a")).unwrap();
    watched.sync(&["reports", "reports/a"]);
    fs::rename(watched.at("reports"), watched.at("moved")).unwrap();
    watched.until_path("reports");
    fs::create_dir_all(watched.at("reports/a")).unwrap();
    watched.until_path("reports");
    assert_eq!(watched.sync(&["reports", "reports/a"]).added, 2);
    fs::write(watched.at("reports/a/x.csv"), "1").unwrap();
    watched.until_path("reports/a/x.csv");
}

#[test]
fn directories_moved_around_under_their_watches_are_watched_again() {
    let mut watched = Watched::new();
    fs::create_dir_all(watched.at("reports/a/deep")).unwrap();
    watched.sync(&["reports", "reports/a", "reports/a/deep"]);
    fs::rename(watched.at("reports/a"), watched.at("reports/b")).unwrap();
    fs::rename(watched.at("reports/b"), watched.at("reports/a")).unwrap();
    // The same directories under the same names, and yet `notify` has dropped their watches.
    fs::write(watched.at("reports/end.csv"), "1").unwrap();
    watched.until_path("reports/end.csv");
    assert_eq!(watched.sync(&["reports", "reports/a", "reports/a/deep"]).added, 2);
    fs::write(watched.at("reports/a/deep/x.csv"), "1").unwrap();
    watched.until_path("reports/a/deep/x.csv");
}

#[test]
fn syncing_adds_what_is_missing_and_drops_what_is_not_wanted() {
    let mut watched = Watched::new();
    fs::create_dir_all(watched.at("reports/a")).unwrap();
    fs::create_dir_all(watched.at("reports/b")).unwrap();
    assert_eq!(watched.sync(&["reports", "reports/a"]).added, 3);
    assert_eq!(watched.sync(&["reports", "reports/a"]).added, 0);
    assert_eq!(watched.sync(&["reports", "reports/b", "reports/gone"]), Synced { added: 1, errors: Vec::new() });
    fs::write(watched.at("reports/a/x.csv"), "1").unwrap();
    fs::write(watched.at("reports/b/x.csv"), "1").unwrap();
    assert_eq!(watched.until_path("reports/b/x.csv"), []);
}

#[test]
fn links_and_files_are_not_watched_as_directories() {
    let mut watched = Watched::new();
    fs::create_dir(watched.at("outside")).unwrap();
    fs::write(watched.at("reports/x.csv"), "1").unwrap();
    std::os::unix::fs::symlink(watched.at("outside"), watched.at("reports/link")).unwrap();
    for path in ["reports/link", "reports/x.csv", "reports/none"] {
        let path = watched.at(path);
        assert_eq!(watched.watcher.add(&path), Err(WatchError::Gone { path }));
    }
}

#[test]
fn the_parent_of_a_root_going_away_asks_for_a_rescan() {
    let dir = tempfile::tempdir().unwrap();
    let parent = dir.path().join("data");
    fs::create_dir_all(parent.join("reports")).unwrap();
    let (tx, hints) = channel();
    let root = Root { name: b"reports".to_vec(), path: parent.join("reports") };
    let mut watcher = Watcher::new(&[root], move |hint| drop(tx.send(hint))).unwrap();
    assert_eq!(watcher.sync(&[]), Synced { added: 1, errors: Vec::new() });
    fs::rename(&parent, dir.path().join("elsewhere")).unwrap();
    let hint = hints.recv_timeout(PATIENCE).unwrap();
    assert_eq!(hint, Hint::Rescan(format!("the directory {} was moved or deleted", parent.display())));
}

#[test]
fn events_mean_what_they_should() {
    let root = Root { name: b"reports".to_vec(), path: "/d/reports".into() };
    let scope = Scope::new(&[root]);
    let path = |path: &str| vec![Hint::Path(path.into())];
    let file = "/d/reports/x.csv";
    let table = [
        (EventKind::Access(AccessKind::Open(AccessMode::Any)), file, vec![]),
        (EventKind::Access(AccessKind::Close(AccessMode::Read)), file, vec![]),
        (EventKind::Access(AccessKind::Close(AccessMode::Write)), file, path(file)),
        (EventKind::Create(CreateKind::File), file, path(file)),
        (EventKind::Modify(ModifyKind::Data(DataChange::Any)), file, path(file)),
        (EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), file, path(file)),
        (EventKind::Modify(ModifyKind::Name(RenameMode::To)), file, path(file)),
        (EventKind::Modify(ModifyKind::Name(RenameMode::Both)), file, vec![]),
        (EventKind::Create(CreateKind::Folder), "/d/reports", path("/d/reports")),
        (EventKind::Create(CreateKind::File), "/d/reports.csv", vec![]),
        (EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), "/d", vec![]),
        (
            EventKind::Remove(RemoveKind::Folder),
            "/d",
            vec![Hint::Rescan("the directory /d was moved or deleted".into())],
        ),
    ];
    for (kind, path, expected) in table {
        assert_eq!(scope.hints(Ok(Event::new(kind).add_path(path.into()))), expected, "{kind:?} {path}");
    }
    let overflow = Event::new(EventKind::Other).set_flag(Flag::Rescan);
    assert!(matches!(scope.hints(Ok(overflow)).as_slice(), [Hint::Rescan(reason)] if reason.contains("overflow")));
    assert!(
        matches!(scope.hints(Err(notify::Error::generic("boom"))).as_slice(), [Hint::Rescan(reason)] if reason.contains("boom"))
    );
}

#[test]
fn a_directory_that_went_takes_the_watches_below_it_along_and_no_others() {
    let scope = Scope::new(&[]);
    for dir in ["/d/a", "/d/a/b", "/d/a/b/c", "/d/a-b", "/d/ab", "/d"] {
        scope.watched().insert(dir.into(), DirId { dev: 1, ino: 1, born: None });
    }
    scope.forget(Path::new("/d/a"));
    let left: Vec<PathBuf> = scope.watched().keys().cloned().collect();
    assert_eq!(left, ["/d", "/d/a-b", "/d/ab"].map(PathBuf::from));
}

#[test]
fn the_limit_of_watches_is_told_with_its_sysctl() {
    let error = WatchError::of_directory(Path::new("/d"), &notify::Error::new(ErrorKind::MaxFilesWatch));
    assert!(error.to_string().contains("fs.inotify.max_user_watches"), "{error}");
    assert_eq!(error, WatchError::LimitReached { path: "/d".into() });
    let gone = notify::Error::io(io::Error::from(io::ErrorKind::NotFound));
    assert_eq!(WatchError::of_directory(Path::new("/d"), &gone), WatchError::Gone { path: "/d".into() });
}

/// Holds the event thread up while more happens than the kernel's queue takes.
#[test]
fn an_overflow_of_the_queue_asks_for_a_rescan_and_a_new_watcher_hears_again() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap_or_default();
    let Some(limit) = limit.trim().parse::<usize>().ok().filter(|limit| *limit <= 100_000) else {
        eprintln!("skipped: the event queue is too large to overflow ({limit:?})");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let root = Root { name: b"reports".to_vec(), path: dir.path().join("reports") };
    fs::create_dir(&root.path).unwrap();
    let (tx, hints) = channel();
    let gate = Arc::new(Mutex::new(()));
    let held = gate.lock().unwrap();
    let passed = Arc::clone(&gate);
    let handler = move |hint| {
        drop(passed.lock().unwrap());
        drop(tx.send(hint));
    };
    let mut watcher = Watcher::new(std::slice::from_ref(&root), handler).unwrap();
    watcher.sync(std::slice::from_ref(&root.path));
    // A file makes four events: created, opened, written, closed.
    for n in 0..limit / 4 + 1000 {
        fs::write(root.path.join(format!("{n}.csv")), "1").unwrap();
    }
    drop(held);
    let is_rescan = |hint: &Hint| matches!(hint, Hint::Rescan(reason) if reason.contains("overflowed"));
    assert!(std::iter::from_fn(|| hints.recv_timeout(PATIENCE).ok()).any(|hint| is_rescan(&hint)));

    drop(watcher);
    let (tx, hints) = channel();
    let mut watcher = Watcher::new(std::slice::from_ref(&root), move |hint| drop(tx.send(hint))).unwrap();
    watcher.sync(std::slice::from_ref(&root.path));
    fs::write(root.path.join("later.csv"), "1").unwrap();
    assert_eq!(hints.recv_timeout(PATIENCE).unwrap(), Hint::Path(root.path.join("later.csv")));
}

/// Set in the process that runs under a limit of its own.
const LIMITED: &str = "CHIMERA_INSIGHT_TEST_LIMITED";

/// Runs the test `name` again in a user namespace where the sysctl `limit` is `value`; `false` when this is that process.
fn run_limited(name: &str, limit: &str, value: u32) -> bool {
    if std::env::var_os(LIMITED).is_some() {
        return false;
    }
    let set = format!("echo {value} > /proc/sys/user/{limit} || exit 77; exec \"$0\" \"$@\"");
    let mut command = std::process::Command::new("unshare");
    command.args(["-Ur", "sh", "-c", &set]).arg(std::env::current_exe().unwrap());
    match command.args(["--exact", name, "--nocapture"]).env(LIMITED, "1").output() {
        Ok(output) if output.status.success() => {
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{name} did not run");
        }
        Ok(output) if output.status.code() == Some(101) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        other => eprintln!("skipped: no user namespace with its own limit to be had ({other:?})"),
    }
    true
}

#[test]
fn at_the_limit_the_upper_directories_are_watched_and_it_is_told_once() {
    let name = "watch::events::tests::at_the_limit_the_upper_directories_are_watched_and_it_is_told_once";
    if run_limited(name, "max_inotify_watches", 50) {
        return;
    }
    let mut watched = Watched::new();
    let mut dirs = vec![watched.at("reports")];
    for n in 0..60 {
        let dir = watched.at(&format!("reports/{n}"));
        fs::create_dir(&dir).unwrap();
        dirs.push(dir);
    }
    let synced = watched.watcher.sync(&dirs);
    assert_eq!(synced.added, 50);
    assert!(matches!(synced.errors.as_slice(), [WatchError::LimitReached { .. }]), "{:?}", synced.errors);
    assert!(!watched.watcher.is_complete());
    assert_eq!(watched.watcher.sync(&dirs), Synced::default());
    assert!(!watched.watcher.is_complete());
    fs::write(watched.at("reports/x.csv"), "1").unwrap();
    watched.until_path("reports/x.csv");

    for dir in dirs.split_off(40) {
        fs::remove_dir(dir).unwrap();
    }
    watched.watcher.sync(&dirs);
    assert!(watched.watcher.is_complete());
}

#[test]
fn without_an_inotify_instance_there_is_no_watcher_and_the_sysctl_is_named() {
    let name = "watch::events::tests::without_an_inotify_instance_there_is_no_watcher_and_the_sysctl_is_named";
    if run_limited(name, "max_inotify_instances", 0) {
        return;
    }
    match Watcher::new(&[], |_| ()).err() {
        Some(error @ WatchError::Unavailable { .. }) => {
            assert!(error.to_string().contains("fs.inotify.max_user_instances"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}
