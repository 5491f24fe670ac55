use std::fs;
use std::os::unix::fs::symlink;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use crate::domain::artifact::ArtifactKind;
use crate::watch::events::Hint;

const PATIENCE: Duration = Duration::from_secs(20);

struct Tree {
    dir: tempfile::TempDir,
    roots: Vec<Root>,
    filter: Filter,
}

impl Tree {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let roots = vec![Root { name: b"reports".to_vec(), path: dir.path().join("reports") }];
        fs::create_dir(&roots[0].path).unwrap();
        Self { dir, roots, filter: Filter::default() }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn watcher(&self) -> (Watcher, Receiver<Hint>) {
        let (tx, hints) = channel();
        (Watcher::new(&self.roots, move |hint| drop(tx.send(hint))).unwrap(), hints)
    }

    fn sight(&self, path: &str) -> Sight<'_> {
        sight(&self.roots, &self.filter, &self.at(path)).unwrap()
    }
}

#[test]
fn a_survey_sees_and_watches_everything_with_and_without_a_watcher() {
    let tree = Tree::new();
    fs::create_dir_all(tree.at("reports/a/b")).unwrap();
    fs::write(tree.at("reports/a/b/x.csv"), "1").unwrap();
    let (mut watcher, hints) = tree.watcher();
    let watched = survey(Some(&mut watcher), &tree.roots, &tree.filter);
    let unwatched = survey(None, &tree.roots, &tree.filter);
    assert_eq!(watched.walk, unwatched.walk);
    assert_eq!(watched.walk.found.len(), 1);
    assert_eq!(watched.errors, []);
    assert!(watcher.is_complete());
    fs::write(tree.at("reports/a/b/y.csv"), "1").unwrap();
    assert_eq!(hints.recv_timeout(PATIENCE).unwrap(), Hint::Path(tree.at("reports/a/b/y.csv")));
}

#[test]
fn what_is_made_while_the_watches_are_set_is_seen() {
    let tree = Tree::new();
    let (mut watcher, _hints) = tree.watcher();
    let made = std::cell::Cell::new(0);
    // Each round of watching is followed by a new directory with a file, as if made between the walk and the watch.
    let walk = || scan::walk(&tree.roots, &tree.filter);
    let survey = rounds(Some(&mut watcher), walk, |watcher, dirs| {
        let synced = watcher.sync(dirs);
        if made.get() < 2 {
            made.set(made.get() + 1);
            let dir = tree.at(&format!("reports/{}", made.get()));
            fs::create_dir(&dir).unwrap();
            fs::write(dir.join("x.csv"), "1").unwrap();
        }
        synced
    });
    let found: Vec<String> = survey.walk.found.iter().map(|found| found.path.display()).collect();
    assert_eq!(found, ["reports/1/x.csv", "reports/2/x.csv"]);
    assert_eq!(watcher.sync(&survey.walk.dirs).added, 0);
}

/// Deep trees made in one go, a thousand times: with nothing but hints and the surveys that they call for, no file is missed.
#[test]
fn no_file_of_a_thousand_new_trees_is_missed() {
    let tree = Tree::new();
    let (mut watcher, mut hints) = tree.watcher();
    survey(Some(&mut watcher), &tree.roots, &tree.filter);
    let reports = tree.at("reports");
    let maker = std::thread::spawn(move || {
        for n in 0..1000 {
            let dir = reports.join(format!("{n}/b/c"));
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join("x.csv"), "1").unwrap();
        }
    });
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 1000 {
        let path = match hints.recv_timeout(PATIENCE) {
            Ok(Hint::Path(path)) => path,
            Ok(Hint::Rescan(_)) => {
                (watcher, hints) = tree.watcher();
                let survey = survey(Some(&mut watcher), &tree.roots, &tree.filter);
                seen.extend(survey.walk.found.into_iter().map(|found| found.path));
                continue;
            }
            Err(error) => panic!("{error} after {} files", seen.len()),
        };
        match sight(&tree.roots, &tree.filter, &path).unwrap() {
            Sight::Artifact(_, found) => drop(seen.insert(found.path)),
            Sight::Directory(root) => {
                let survey = survey_below(Some(&mut watcher), root, &path, &tree.filter);
                seen.extend(survey.walk.found.into_iter().map(|found| found.path));
            }
            Sight::Gone(..) | Sight::Nothing => (),
        }
    }
    maker.join().unwrap();
}

#[test]
fn a_sight_says_what_stands_there() {
    let tree = Tree::new();
    fs::create_dir_all(tree.at("reports/a")).unwrap();
    fs::create_dir_all(tree.at("reports/.git")).unwrap();
    for name in ["reports/a/x.csv", "reports/x.onnx", "reports/.hidden.csv", "reports/.git/x.csv", "elsewhere.csv"] {
        fs::write(tree.at(name), "1").unwrap();
    }
    symlink("a/x.csv", tree.at("reports/link.csv")).unwrap();
    let root = &tree.roots[0];
    let rel = RelPath::new;
    assert!(matches!(tree.sight("reports/a/x.csv"), Sight::Artifact(_, Found { kind: ArtifactKind::Csv, .. })));
    assert_eq!(tree.sight("reports/a"), Sight::Directory(root));
    assert_eq!(tree.sight("reports"), Sight::Directory(root));
    assert_eq!(tree.sight("reports/link.csv"), Sight::Gone(root, rel("reports/link.csv")));
    assert_eq!(tree.sight("reports/gone"), Sight::Gone(root, rel("reports/gone")));
    for path in [
        "reports/x.onnx",
        "reports/.hidden.csv",
        "reports/.git/x.csv",
        "reports/.git",
        "reports/.gone.tmp",
        "elsewhere.csv",
    ] {
        assert_eq!(tree.sight(path), Sight::Nothing, "{path}");
    }
    fs::remove_dir_all(tree.at("reports")).unwrap();
    assert_eq!(tree.sight("reports"), Sight::Directory(root));
    assert_eq!(survey_below(None, root, &tree.at("reports"), &tree.filter).walk.absent, [0]);
}
