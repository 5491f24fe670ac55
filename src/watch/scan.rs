//! The scan: the truth about which artifacts there are.
//!
//! A walk sees every artifact that could be read about; what it could not see it names, so that nobody takes the unseen for deleted
//! ([`Walk::covers`]). A walk is not a snapshot: a file that is renamed meanwhile can be missed, so confirm with
//! [`look`](super::read::look) before calling one deleted. Symbolic links are not followed (the root's own path may be one); FIFOs, sockets
//! and devices are passed over without being opened; an error at one entry never ends the walk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::filter::Filter;
use super::{DirId, Root, stamp_of};
use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath};

/// An artifact as a walk or a look saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: RelPath,
    pub kind: ArtifactKind,
    pub stamp: FileStamp,
}

/// A file or directory that could not be looked at: what stands at and below `path` is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub path: RelPath,
    pub reason: String,
}

/// What a walk saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// Sorted by path.
    pub found: Vec<Found>,
    /// Every readable directory, absolute, the starting points included; sorted.
    pub dirs: Vec<PathBuf>,
    /// Sorted by path.
    pub problems: Vec<Problem>,
    /// Indices of the roots that do not exist or cannot be read right now.
    pub absent: Vec<usize>,
    /// Identity of each root, in their order; `None` when absent. An empty root on another device than before is most likely an
    /// unmounted one.
    pub ids: Vec<Option<DirId>>,
}

impl Walk {
    /// Whether the walk would have seen an artifact at `path`, had it been there. `roots` are those that were walked.
    pub fn covers(&self, roots: &[Root], path: &RelPath) -> bool {
        let is_at_or_below = |above: &[u8]| {
            path.as_bytes().strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        let absent = self.absent.iter().filter_map(|&index| roots.get(index)).any(|root| is_at_or_below(&root.name));
        !absent && !self.problems.iter().any(|problem| is_at_or_below(problem.path.as_bytes()))
    }

    fn sorted(mut self) -> Self {
        self.found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.dirs.sort_unstable();
        self.problems.sort_unstable();
        self
    }

    fn problem(&mut self, path: RelPath, error: &dyn std::fmt::Display) {
        self.problems.push(Problem { path, reason: error.to_string() });
    }

    /// Walks a root that may be absent.
    fn take_root(&mut self, index: usize, root: &Root, filter: &Filter) {
        let id = match fs::metadata(&root.path) {
            Ok(metadata) if metadata.is_dir() && fs::read_dir(&root.path).is_ok() => Some(DirId::of(&metadata)),
            _ => None,
        };
        self.ids.push(id);
        match id {
            Some(_) => self.descend(root, &root.path, filter),
            None => self.absent.push(index),
        }
    }

    fn descend(&mut self, root: &Root, start: &Path, filter: &Filter) {
        let admitted = |entry: &walkdir::DirEntry| {
            let is_dir = entry.depth() == 0 || entry.file_type().is_dir();
            root.rel(entry.path()).is_some_and(|path| filter.admits_entry(path.as_bytes(), is_dir))
        };
        for entry in WalkDir::new(start).follow_links(false).into_iter().filter_entry(admitted) {
            match entry {
                Ok(entry) if entry.depth() == 0 || entry.file_type().is_dir() => self.dirs.push(entry.into_path()),
                Ok(entry) => self.take_file(root, &entry),
                Err(error) => self.take_error(root, start, &error),
            }
        }
    }

    fn take_file(&mut self, root: &Root, entry: &walkdir::DirEntry) {
        let Some(path) = root.rel(entry.path()).filter(|_| entry.file_type().is_file()) else { return };
        let Some(kind) = ArtifactKind::of_name(path.file_name()) else { return };
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => self.found.push(Found { path, kind, stamp: stamp_of(&metadata) }),
            Ok(_) => (), // became something else since its directory was read
            Err(error) if is_gone(error.io_error()) => (),
            Err(error) => self.problem(path, &reason(&error)),
        }
    }

    /// An entry that cannot be looked at. What has vanished since its directory was read is no problem.
    fn take_error(&mut self, root: &Root, start: &Path, error: &walkdir::Error) {
        let at = error.path().unwrap_or(start);
        // A directory is yielded before it is opened; it cannot be watched either.
        self.dirs.retain(|dir| dir != at);
        if is_gone(error.io_error()) && at != root.path {
            return;
        }
        let path = root.rel(at).unwrap_or_else(|| RelPath::new(root.name.as_slice()));
        self.problem(path, &reason(error));
    }
}

/// Walks all roots.
pub fn walk(roots: &[Root], filter: &Filter) -> Walk {
    let mut walk = Walk::default();
    for (index, root) in roots.iter().enumerate() {
        walk.take_root(index, root, filter);
    }
    walk.sorted()
}

/// Walks one directory of `root` (absolute; the root itself is well too). A directory that has gone, is not one, or is left alone by the
/// filter gives an empty walk. `absent` and `ids` speak of `root` alone, as if it were the only one.
pub fn walk_below(root: &Root, dir: &Path, filter: &Filter) -> Walk {
    let mut walk = Walk::default();
    if dir == root.path {
        walk.take_root(0, root, filter);
        return walk.sorted();
    }
    match fs::metadata(&root.path) {
        Ok(metadata) if metadata.is_dir() => walk.ids.push(Some(DirId::of(&metadata))),
        _ => {
            walk.ids.push(None);
            walk.absent.push(0);
            return walk;
        }
    }
    let Some(path) = root.rel(dir).filter(|path| filter.admits(path, true)) else { return walk };
    match lstat_below(root, dir) {
        Ok(Some(metadata)) if metadata.is_dir() => walk.descend(root, dir, filter),
        Ok(_) => (),
        Err(error) => walk.problem(path, &error),
    }
    walk.sorted()
}

/// `lstat` of an absolute path below `root`; `None` when nothing is there, or when a symbolic link stands between the two.
pub(super) fn lstat_below(root: &Root, path: &Path) -> io::Result<Option<fs::Metadata>> {
    let Ok(below) = path.strip_prefix(&root.path) else { return Ok(None) };
    let mut at = root.path.clone();
    for component in below.parent().into_iter().flat_map(Path::components) {
        at.push(component);
        match gone_is_none(fs::symlink_metadata(&at))? {
            Some(metadata) if metadata.is_dir() => (),
            _ => return Ok(None),
        }
    }
    gone_is_none(fs::symlink_metadata(path))
}

fn gone_is_none(result: io::Result<fs::Metadata>) -> io::Result<Option<fs::Metadata>> {
    match result {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if is_gone(Some(&error)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_gone(error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
}

/// The system's own words; the path stands beside them.
fn reason(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests;
