use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

struct Tree {
    dir: tempfile::TempDir,
    roots: Vec<Root>,
}

impl Tree {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = |name: &str| Root { name: name.into(), path: dir.path().join(name) };
        let roots = vec![root("reports"), root("csv_data")];
        roots.iter().for_each(|root| fs::create_dir(&root.path).unwrap());
        Self { dir, roots }
    }

    fn path(&self, path: impl AsRef<OsStr>) -> PathBuf {
        self.dir.path().join(path.as_ref())
    }

    fn write(&self, path: impl AsRef<OsStr>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }

    fn walk(&self) -> Walk {
        walk(&self.roots, &Filter::new(&["old/".to_owned()]).unwrap())
    }
}

/// Whether directories of mode 000 can be read all the same.
fn reads_everything() -> bool {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o000)).unwrap();
    fs::read_dir(dir.path()).is_ok()
}

fn found(walk: &Walk) -> Vec<String> {
    walk.found.iter().map(|found| found.path.display()).collect()
}

#[test]
fn a_walk_finds_artifacts_by_name_sorted_and_leaves_the_rest_alone() {
    let tree = Tree::new();
    for path in [
        "reports/b.md",
        "reports/a/x.json",
        "reports/a.csv",
        "csv_data/z.CSV",
        "reports/model.onnx",
        "reports/.hidden/x.csv",
        "reports/old/x.csv",
        "reports/up.part/x.csv",
        "elsewhere/x.csv",
    ] {
        tree.write(path);
    }
    let walk = tree.walk();
    assert_eq!(found(&walk), ["csv_data/z.CSV", "reports/a.csv", "reports/a/x.json", "reports/b.md"]);
    assert_eq!(walk.found[2].kind, ArtifactKind::Json);
    let metadata = fs::symlink_metadata(tree.path("reports/a.csv")).unwrap();
    assert_eq!(walk.found[1].stamp, stamp_of(&metadata));
    assert_eq!(walk.dirs, [tree.path("csv_data"), tree.path("reports"), tree.path("reports/a")]);
    assert!(walk.problems.is_empty() && walk.absent.is_empty());
    assert_eq!(walk, tree.walk());
}

#[test]
fn names_are_bytes() {
    let tree = Tree::new();
    let long = "l".repeat(251) + ".csv";
    tree.write(OsStr::from_bytes(b"reports/\xff\xfe.csv"));
    tree.write("reports/new\nline.csv");
    tree.write(format!("reports/{long}"));
    let walk = tree.walk();
    assert_eq!(
        found(&walk),
        [format!("reports/{long}"), "reports/new\\nline.csv".into(), "reports/\\xff\\xfe.csv".into()]
    );
    assert_eq!(walk.found[2].path.as_bytes(), b"reports/\xff\xfe.csv");
}

#[test]
fn links_pipes_and_sockets_are_passed_over_and_loops_end() {
    let tree = Tree::new();
    tree.write("outside/x.csv");
    tree.write("reports/a/x.csv");
    symlink(tree.path("reports"), tree.path("reports/a/loop")).unwrap();
    symlink(tree.path("outside"), tree.path("reports/out")).unwrap();
    symlink(tree.path("outside/x.csv"), tree.path("reports/link.csv")).unwrap();
    symlink("nowhere", tree.path("reports/dangling.csv")).unwrap();
    mknodat(CWD, tree.path("reports/pipe.csv"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(tree.path("reports/socket.csv")).unwrap();
    let walk = tree.walk();
    assert_eq!(found(&walk), ["reports/a/x.csv"]);
    assert!(walk.problems.is_empty(), "{:?}", walk.problems);
    let below = |dir: &str| walk_below(&tree.roots[0], &tree.path(dir), &Filter::default());
    assert_eq!(found(&below("reports/out")), [""; 0]);
    assert_eq!(found(&below("reports/a/loop/a")), [""; 0]);
}

#[test]
fn a_root_may_be_a_link() {
    let tree = Tree::new();
    tree.write("disk/a/x.csv");
    fs::remove_dir(tree.path("reports")).unwrap();
    symlink(tree.path("disk"), tree.path("reports")).unwrap();
    let walk = tree.walk();
    assert_eq!(found(&walk), ["reports/a/x.csv"]);
    assert_eq!(walk.dirs, [tree.path("csv_data"), tree.path("reports"), tree.path("reports/a")]);
    assert_eq!(found(&walk_below(&tree.roots[0], &tree.path("reports/a"), &Filter::default())), ["reports/a/x.csv"]);
}

#[test]
fn an_absent_root_is_told_and_nothing_below_it_counts_as_deleted() {
    let tree = Tree::new();
    tree.write("csv_data/x.csv");
    fs::remove_dir(tree.path("reports")).unwrap();
    let walk = tree.walk();
    assert_eq!((walk.absent.as_slice(), walk.ids[0]), (&[0][..], None));
    assert!(walk.ids[1].is_some());
    assert_eq!(found(&walk), ["csv_data/x.csv"]);
    assert!(!walk.covers(&tree.roots, &RelPath::new("reports/a/x.csv")));
    assert!(walk.covers(&tree.roots, &RelPath::new("csv_data/deleted.csv")));
    assert_eq!(walk_below(&tree.roots[0], &tree.path("reports/a"), &Filter::default()).absent, [0]);

    fs::write(tree.path("reports"), "a file in its place").unwrap();
    assert_eq!(tree.walk().absent, [0]);
}

#[test]
fn a_root_made_anew_has_another_identity() {
    let tree = Tree::new();
    let before = tree.walk().ids;
    assert_eq!(tree.walk().ids, before);
    fs::rename(tree.path("reports"), tree.path("moved")).unwrap();
    fs::create_dir(tree.path("reports")).unwrap();
    assert_ne!(tree.walk().ids[0], before[0]);
}

#[test]
fn what_a_problem_hides_is_not_deleted() {
    let problem = Problem { path: RelPath::new("reports/locked"), reason: "permission denied".into() };
    let walk = Walk { problems: vec![problem], ..Walk::default() };
    assert!(!walk.covers(&[], &RelPath::new("reports/locked/a/x.csv")));
    assert!(!walk.covers(&[], &RelPath::new("reports/locked")));
    assert!(walk.covers(&[], &RelPath::new("reports/locked-not/x.csv")));
}

#[test]
fn an_unreadable_directory_is_a_problem_and_its_siblings_go_on() {
    if reads_everything() {
        eprintln!("skipped: this user reads every directory");
        return;
    }
    let tree = Tree::new();
    for path in ["reports/a/x.csv", "reports/locked/x.csv", "reports/z/x.csv"] {
        tree.write(path);
    }
    let locked = tree.path("reports/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let walk = tree.walk();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(found(&walk), ["reports/a/x.csv", "reports/z/x.csv"]);
    assert_eq!(walk.problems.len(), 1);
    assert_eq!(walk.problems[0].path, RelPath::new("reports/locked"));
    assert!(!walk.dirs.contains(&locked));
}

#[test]
fn a_directory_too_deep_to_name_is_a_problem_not_an_end() {
    // Made relative to open directories, as no absolute path could name it.
    let tree = Tree::new();
    tree.write("reports/z.csv");
    let name = "d".repeat(200);
    let mut at = rustix::fs::open(tree.path("reports"), rustix::fs::OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..30 {
        rustix::fs::mkdirat(&at, name.as_str(), Mode::RWXU).unwrap();
        at = rustix::fs::openat(&at, name.as_str(), rustix::fs::OFlags::DIRECTORY, Mode::empty()).unwrap();
    }
    let walk = tree.walk();
    assert_eq!(found(&walk), ["reports/z.csv"]);
    assert_eq!(walk.problems.len(), 1, "{:?}", walk.problems);
}

#[test]
fn a_walk_below_sees_one_directory_under_the_rules_of_the_whole() {
    let tree = Tree::new();
    for path in ["reports/a/b/x.csv", "reports/c/x.csv", "reports/old/a/x.csv", "reports/.git/a/x.csv"] {
        tree.write(path);
    }
    let filter = Filter::new(&["old/".to_owned()]).unwrap();
    let below = |dir: &str| walk_below(&tree.roots[0], &tree.path(dir), &filter);
    let walk = below("reports/a");
    assert_eq!(found(&walk), ["reports/a/b/x.csv"]);
    assert_eq!(walk.dirs, [tree.path("reports/a"), tree.path("reports/a/b")]);
    assert_eq!(found(&below("reports")), ["reports/a/b/x.csv", "reports/c/x.csv"]);
    for dir in ["reports/old/a", "reports/.git/a", "reports/gone", "reports/c/x.csv", "csv_data", "elsewhere"] {
        let walk = below(dir);
        assert!(walk.found.is_empty() && walk.dirs.is_empty() && walk.problems.is_empty(), "{dir}: {walk:?}");
    }
}
