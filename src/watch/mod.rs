//! The watch: which files there are, and when each of them is complete enough to read.
//!
//! Events are hints, the scan is the truth. Hints ([`events`]) get lost without a word (a queue overflows, a file is made before
//! its new directory is watched, a network mount raises none), so whoever uses this module walks the tree ([`scan`]) when it starts,
//! when a hint says [`Rescan`](events::Hint::Rescan) and every [`Settings::rescan`]; [`survey`] joins the two without a gap. What was
//! seen goes through the [`settle::Settler`], which says when files have stopped changing and belong together; [`read`] then takes
//! their bytes, or says that they changed after all.
//!
//! What can go wrong is told as values: a directory that cannot be read is a [`scan::Problem`] and its siblings go on, a root that is not
//! there is *absent* and nothing below it counts as deleted, a missing watch is a [`events::WatchError`] and scanning takes over.

pub mod events;
pub mod filter;
pub mod read;
pub mod scan;
pub mod settle;
pub mod survey;

use std::fs::Metadata;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::domain::artifact::{FileStamp, RelPath};

/// A watched directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// First component of every [`RelPath`] below it, e.g. `reports`: one component, unique among the roots.
    pub name: Vec<u8>,
    /// Absolute. May itself be a symbolic link, which is followed; no link below it is.
    pub path: PathBuf,
}

impl Root {
    /// `path` as the index names it; `None` when it does not lie in this root. The root itself is its bare name.
    pub fn rel(&self, path: &Path) -> Option<RelPath> {
        let below = path.strip_prefix(&self.path).ok()?;
        let mut bytes = self.name.clone();
        if !below.as_os_str().is_empty() {
            bytes.push(b'/');
            bytes.extend_from_slice(below.as_os_str().as_bytes());
        }
        Some(RelPath::new(bytes))
    }

    /// Where `path` stands; `None` when it belongs to another root or would climb out of this one.
    pub fn absolute(&self, path: &RelPath) -> Option<PathBuf> {
        let below = path.as_bytes().strip_prefix(self.name.as_slice())?;
        if below.is_empty() {
            return Some(self.path.clone());
        }
        let below = PathBuf::from(std::ffi::OsString::from_vec(below.strip_prefix(b"/")?.to_vec()));
        let plain = below.components().all(|component| matches!(component, Component::Normal(_)));
        plain.then(|| self.path.join(below))
    }
}

/// The root that `path` lies in (the innermost, should they nest) and its name there.
pub fn locate<'a>(roots: &'a [Root], path: &Path) -> Option<(&'a Root, RelPath)> {
    let root =
        roots.iter().filter(|root| path.starts_with(&root.path)).max_by_key(|root| root.path.components().count())?;
    Some((root, root.rel(path)?))
}

/// How the tree is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Two looks at a file this far apart must be equal before it is read.
    pub settle: Duration,
    /// A landing closes when nothing new arrived for this long.
    pub quiet: Duration,
    /// A settled file waits at most this long for the others of its landing.
    pub max_age: Duration,
    /// The whole tree is scanned again this often, whatever the events say.
    pub rescan: Duration,
    /// Patterns of paths to leave alone; see [`filter::Filter`].
    pub ignore: Vec<String>,
    /// Larger files are refused, in bytes.
    pub max_file_bytes: u64,
    /// Larger files of which only their content could tell whether they are artifacts are taken for none, in bytes: results that
    /// people write as text are small, logs of services are not.
    pub max_doubtful_bytes: u64,
    /// Scan only, for file systems that raise no events.
    pub poll_only: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            settle: Duration::from_secs(1),
            quiet: Duration::from_secs(2),
            max_age: Duration::from_secs(60),
            rescan: Duration::from_secs(300),
            ignore: Vec::new(),
            max_file_bytes: 256 << 20,
            max_doubtful_bytes: 64 << 20,
            poll_only: false,
        }
    }
}

impl Settings {
    /// The part that the settler needs.
    pub fn settling(&self) -> settle::SettleSettings {
        settle::SettleSettings { settle: self.settle, quiet: self.quiet, max_age: self.max_age }
    }
}

/// Which directory a path named when it was looked at. The birth time tells a directory from its successor on the same inode
/// number, which file systems are quick to give away again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirId {
    pub dev: u64,
    pub ino: u64,
    /// `None` where the file system does not keep it.
    pub born: Option<SystemTime>,
}

impl DirId {
    fn of(metadata: &Metadata) -> Self {
        Self { dev: metadata.dev(), ino: metadata.ino(), born: metadata.created().ok() }
    }
}

fn stamp_of(metadata: &Metadata) -> FileStamp {
    FileStamp::new(
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        (metadata.mtime(), metadata.mtime_nsec()),
        (metadata.ctime(), metadata.ctime_nsec()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(name: &str, path: &str) -> Root {
        Root { name: name.into(), path: path.into() }
    }

    #[test]
    fn paths_go_to_the_index_and_back() {
        let reports = root("reports", "/data/reports");
        let rel = reports.rel(Path::new("/data/reports/a/x.csv")).unwrap();
        assert_eq!(rel.as_bytes(), b"reports/a/x.csv");
        assert_eq!(reports.absolute(&rel).unwrap(), Path::new("/data/reports/a/x.csv"));
        assert_eq!(reports.rel(Path::new("/data/reports")).unwrap().as_bytes(), b"reports");
        assert_eq!(reports.absolute(&RelPath::new("reports")).unwrap(), Path::new("/data/reports"));
        assert_eq!(reports.rel(Path::new("/data/reports-old/x.csv")), None);
    }

    #[test]
    fn a_stored_path_never_climbs_out_of_its_root() {
        let reports = root("reports", "/data/reports");
        for path in ["reports/../x.csv", "reports/a/../../x", "reports//etc/passwd", "reportsx/a.csv", "csv_data/a.csv"]
        {
            assert_eq!(reports.absolute(&RelPath::new(path)), None, "{path}");
        }
    }

    #[test]
    fn a_path_is_located_in_the_innermost_root() {
        let roots = [root("a", "/d/a"), root("deep", "/d/a/b/deep")];
        let (found, rel) = locate(&roots, Path::new("/d/a/b/deep/x.md")).unwrap();
        assert_eq!((found.name.as_slice(), rel.as_bytes()), (&b"deep"[..], &b"deep/x.md"[..]));
        assert!(locate(&roots, Path::new("/d/b/x.md")).is_none());
    }
}
