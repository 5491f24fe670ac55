//! Events: hints from inotify that something may have happened, and where.
//!
//! One watch a directory, never recursive ones: an unreadable directory then costs its own events only, and new directories are added by
//! us, before they are walked. The parent of each root is watched for the root's own name, so that a root that is deleted, moved or made
//! anew is heard of. What a watch reports is filtered (our own reading raises access events) and never trusted to be complete.
//!
//! `notify` drops watches by itself when it hears that a directory went away; the table here follows the same events, so that
//! [`Watcher::sync`] knows which watches are left. It errs on the side of watching twice.
//!
//! It can fail as a whole (no inotify instance: [`Watcher::new`] says so and the caller scans only), for a directory, or at the
//! system's limit of watches. After [`Hint::Rescan`] the watcher may have missed that directories went: build a new one, after a
//! pause that grows, and scan everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{DirId, Root};

/// That something may have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// At this absolute path, which lies in a root: look at it; if it is a directory, survey it.
    Path(PathBuf),
    /// Events were lost, for this reason: build a new watcher and scan everything.
    Rescan(String),
}

/// Why something is not watched. Scanning finds what happens there all the same, later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    #[error(
        "no file events: {reason}; raise the sysctl fs.inotify.max_user_instances (until then the tree is scanned)"
    )]
    Unavailable { reason: String },
    #[error(
        "the limit of inotify watches is reached at {path}: raise the sysctl fs.inotify.max_user_watches (until then the rest is scanned)",
        path = path.display()
    )]
    LimitReached { path: PathBuf },
    #[error("{path} is not there or is not a directory", path = path.display())]
    Gone { path: PathBuf },
    #[error("cannot watch {path}: {reason}", path = path.display())]
    Directory { path: PathBuf, reason: String },
}

impl WatchError {
    fn of_directory(path: &Path, error: &notify::Error) -> Self {
        let path = path.to_owned();
        match &error.kind {
            ErrorKind::MaxFilesWatch => Self::LimitReached { path },
            ErrorKind::PathNotFound => Self::Gone { path },
            ErrorKind::Io(source) => Self::of_io(path, source),
            _ => Self::Directory { path, reason: error.to_string() },
        }
    }

    fn of_io(path: PathBuf, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Gone { path },
            _ => Self::Directory { path, reason: error.to_string() },
        }
    }
}

/// What [`Watcher::sync`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synced {
    /// Directories that are watched now and were not before. What was made in them meanwhile raised no event: walk again.
    pub added: usize,
    /// What could not be watched; the limit is told once in the life of a watcher.
    pub errors: Vec<WatchError>,
}

/// What the event thread and the owner of the watcher both know.
struct Scope {
    roots: Vec<PathBuf>,
    parents: BTreeSet<PathBuf>,
    watched: Mutex<BTreeMap<PathBuf, DirId>>,
}

impl Scope {
    fn new(roots: &[Root]) -> Self {
        let roots: Vec<PathBuf> = roots.iter().map(|root| root.path.clone()).collect();
        let parents = roots.iter().filter_map(|root| root.parent()).map(Path::to_owned).collect();
        Self { roots, parents, watched: Mutex::default() }
    }

    fn watched(&self) -> MutexGuard<'_, BTreeMap<PathBuf, DirId>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an event means to us; also keeps the table of watches.
    fn hints(&self, event: notify::Result<Event>) -> Vec<Hint> {
        let event = match event {
            Ok(event) => event,
            Err(error) => return vec![Hint::Rescan(format!("file events failed: {error}"))],
        };
        if event.need_rescan() {
            return vec![Hint::Rescan("the kernel's queue of file events overflowed".to_owned())];
        }
        let went = match event.kind {
            // Ours are the only reads that matter, and are no news. A close after writing is: a mapped file raises nothing else.
            EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write) => return Vec::new(),
            // Comes beside a `From` and a `To`.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return Vec::new(),
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => true,
            _ => false,
        };
        if went {
            event.paths.iter().for_each(|path| self.forget(path));
        }
        event.paths.into_iter().filter_map(|path| self.hint(path, went)).collect()
    }

    fn hint(&self, path: PathBuf, went: bool) -> Option<Hint> {
        if self.roots.iter().any(|root| path.starts_with(root)) {
            return Some(Hint::Path(path));
        }
        let lost = went && self.parents.contains(&path);
        lost.then(|| Hint::Rescan(format!("the directory {} was moved or deleted", path.display())))
    }

    /// `notify` stops watching a directory that went, and all below it.
    fn forget(&self, gone: &Path) {
        let mut watched = self.watched();
        // A path sorts directly before everything below it.
        let below: Vec<PathBuf> = watched
            .range::<Path, _>((std::ops::Bound::Included(gone), std::ops::Bound::Unbounded))
            .map(|(path, _)| path)
            .take_while(|path| path.starts_with(gone))
            .cloned()
            .collect();
        for path in below {
            watched.remove(&path);
        }
    }
}

/// Watches directories through inotify.
pub struct Watcher {
    inner: RecommendedWatcher,
    scope: Arc<Scope>,
    complete: bool,
    limit_told: bool,
}

impl Watcher {
    /// A watcher that as yet watches nothing; [`sync`](Self::sync) or [`survey`](super::survey::survey) adds the directories and the
    /// parents of `roots`. `tx` is called on a thread of its own: it must neither block nor panic, since adding a watch waits for that thread.
    ///
    /// # Errors
    /// [`WatchError::Unavailable`] when there is no inotify instance to be had.
    pub fn new(roots: &[Root], tx: impl Fn(Hint) + Send + 'static) -> Result<Self, WatchError> {
        let scope = Arc::new(Scope::new(roots));
        let seen_by = Arc::clone(&scope);
        let handler = move |event: notify::Result<Event>| seen_by.hints(event).into_iter().for_each(&tx);
        let inner = RecommendedWatcher::new(handler, Config::default().with_follow_symlinks(false))
            .map_err(|error| WatchError::Unavailable { reason: error.to_string() })?;
        Ok(Self { inner, scope, complete: false, limit_told: false })
    }

    /// Watches `dir` (absolute) if it is not watched yet; says whether it was added.
    ///
    /// # Errors
    /// See [`WatchError`]. A symbolic link is no directory, unless it is a root.
    pub fn add(&mut self, dir: &Path) -> Result<bool, WatchError> {
        let given = self.scope.parents.contains(dir) || self.scope.roots.iter().any(|root| root == dir);
        let metadata = if given { fs::metadata(dir) } else { fs::symlink_metadata(dir) };
        let metadata = metadata.map_err(|error| WatchError::of_io(dir.to_owned(), &error))?;
        if !metadata.is_dir() {
            return Err(WatchError::Gone { path: dir.to_owned() });
        }
        let id = DirId::of(&metadata);
        // Noted before it is watched: should it go right now, the event strikes it out and it is added once more later on.
        let known = self.scope.watched().insert(dir.to_owned(), id);
        match known {
            Some(known) if known == id => return Ok(false),
            // Another directory of the same name: a late event of the old one must not take the new watch with it.
            Some(_) => self.unwatch(dir),
            None => (),
        }
        self.inner.watch(dir, RecursiveMode::NonRecursive).map_err(|error| {
            self.scope.watched().remove(dir);
            WatchError::of_directory(dir, &error)
        })?;
        Ok(true)
    }

    /// Adds what is not watched of `dirs`. Directories that have gone meanwhile are no error; at the limit it stops.
    pub fn add_all(&mut self, dirs: &[PathBuf]) -> Synced {
        let mut synced = Synced::default();
        for dir in dirs {
            match self.add(dir) {
                Ok(added) => synced.added += usize::from(added),
                Err(WatchError::Gone { .. }) => (),
                Err(error @ WatchError::LimitReached { .. }) => {
                    self.complete = false;
                    if !std::mem::replace(&mut self.limit_told, true) {
                        synced.errors.push(error);
                    }
                    break;
                }
                Err(error) => {
                    self.complete = false;
                    synced.errors.push(error);
                }
            }
        }
        synced
    }

    /// Brings the watches to `dirs` (those of a whole walk) and the roots' parents: drops the others, adds what is missing.
    pub fn sync(&mut self, dirs: &[PathBuf]) -> Synced {
        let mut wanted: BTreeSet<PathBuf> = dirs.iter().cloned().collect();
        wanted.extend(self.scope.parents.iter().cloned());
        let unwanted: Vec<PathBuf> =
            self.scope.watched().keys().filter(|dir| !wanted.contains(*dir)).cloned().collect();
        for dir in unwanted {
            self.scope.watched().remove(&dir);
            self.unwatch(&dir);
        }
        self.complete = true;
        // In order of depth, so that at the limit the upper directories are watched.
        let mut wanted: Vec<PathBuf> = wanted.into_iter().collect();
        wanted.sort_by_key(|dir| dir.components().count());
        self.add_all(&wanted)
    }

    /// Whether every directory of the last [`sync`](Self::sync) and since is watched. If not, scan more often.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// `notify` may have dropped it by itself already, which is the only way for this to fail.
    fn unwatch(&mut self, dir: &Path) {
        if let Err(error) = self.inner.unwatch(dir) {
            tracing::debug!(dir = %dir.display(), %error, "was not watched any more");
        }
    }
}

#[cfg(test)]
mod tests;
