//! A survey: watch and walk, joined so that nothing is made unseen between the two.
//!
//! A file that is made in a directory after it was walked and before it was watched raises no event that we hear. So a survey walks, adds
//! the watches that were missing, and walks again until none was missing: everything it then reports was seen while it was watched. Under a
//! storm of new directories it stops after a few rounds; their events, and the next scan, see to the rest.

use std::io;
use std::path::{Path, PathBuf};

use super::events::{Synced, WatchError, Watcher};
use super::filter::Filter;
use super::scan::{self, Found, Walk, lstat_below};
use super::{Root, locate, stamp_of};
use crate::domain::artifact::RelPath;

/// A tree needs two rounds when all goes well: one that adds, one that finds nothing to add.
const MOST_ROUNDS: usize = 5;

/// What a survey saw.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    pub walk: Walk,
    /// What could not be watched.
    pub errors: Vec<WatchError>,
}

/// Walks all roots and brings the watches up to date; without a watcher it just walks.
pub fn survey(watcher: Option<&mut Watcher>, roots: &[Root], filter: &Filter) -> Survey {
    rounds(watcher, || scan::walk(roots, filter), Watcher::sync)
}

/// Walks one directory of `root` that is new or changed, as [`scan::walk_below`] does, and watches what is there.
pub fn survey_below(watcher: Option<&mut Watcher>, root: &Root, dir: &Path, filter: &Filter) -> Survey {
    rounds(watcher, || scan::walk_below(root, dir, filter), Watcher::add_all)
}

fn rounds(
    watcher: Option<&mut Watcher>,
    walk: impl Fn() -> Walk,
    watch: impl Fn(&mut Watcher, &[PathBuf]) -> Synced,
) -> Survey {
    let mut survey = Survey { walk: walk(), errors: Vec::new() };
    let Some(watcher) = watcher else { return survey };
    for _ in 0..MOST_ROUNDS {
        let synced = watch(watcher, &survey.walk.dirs);
        for error in synced.errors {
            if !survey.errors.contains(&error) {
                survey.errors.push(error);
            }
        }
        if synced.added == 0 {
            break;
        }
        survey.walk = walk();
    }
    survey
}

/// What stands where a hint pointed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight<'a> {
    /// An artifact: show it to the settler.
    Artifact(&'a Root, Found),
    /// A directory: survey it.
    Directory(&'a Root),
    /// No regular file and no directory: what the index has at this path, or below it, may have gone.
    Gone(&'a Root, RelPath),
    /// Nothing that concerns us.
    Nothing,
}

/// Looks at the path of a hint.
///
/// # Errors
/// When the file system cannot tell; the next scan will say whether that lasts.
pub fn sight<'a>(roots: &'a [Root], filter: &Filter, path: &Path) -> io::Result<Sight<'a>> {
    let Some((root, rel)) = locate(roots, path) else { return Ok(Sight::Nothing) };
    if path == root.path {
        // Whether it is there or not is for the survey to say.
        return Ok(Sight::Directory(root));
    }
    let Some(metadata) = lstat_below(root, path)? else {
        return Ok(if filter.admits(&rel, false) { Sight::Gone(root, rel) } else { Sight::Nothing });
    };
    if !filter.admits(&rel, metadata.is_dir()) {
        return Ok(Sight::Nothing);
    }
    Ok(if metadata.is_dir() {
        Sight::Directory(root)
    } else if !metadata.is_file() {
        Sight::Gone(root, rel)
    } else if let Some(kind) = filter.kind(&rel) {
        Sight::Artifact(root, Found { path: rel, kind, stamp: stamp_of(&metadata) })
    } else {
        Sight::Nothing
    })
}

#[cfg(test)]
mod tests;
