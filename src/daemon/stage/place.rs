//! Where a report stands: the deepest directory shared by the artifacts of the landing's regressions (if none, by all its
//! artifacts), never above the tree; or the one directory that the configuration names. Pure.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::daemon::context::Settings;
use crate::domain::artifact::RelPath;
use crate::store::LandingFiles;
use crate::watch::Root;

/// The directory for the report of a landing with these files.
pub fn directory(settings: &Settings, files: &LandingFiles) -> PathBuf {
    if let Some(dir) = &settings.report.dir {
        return dir.clone();
    }
    let about = if files.regressed.is_empty() { &files.all } else { &files.regressed };
    let dirs: Vec<PathBuf> = about.iter().filter_map(|path| parent(&settings.tree.roots, path)).collect();
    let Some(shared) = dirs.iter().cloned().reduce(|a, b| common(&a, &b)) else { return settings.tree.base.clone() };
    if shared.starts_with(&settings.tree.base) || is_below_a_root(&settings.tree.roots, &shared) {
        shared
    } else {
        settings.tree.base.clone()
    }
}

/// The report's name without its extension: `insight-20261121T143000Z`.
pub fn stem(at: Timestamp) -> String {
    at.strftime("insight-%Y%m%dT%H%M%SZ").to_string()
}

fn parent(roots: &[Root], path: &RelPath) -> Option<PathBuf> {
    let absolute = roots.iter().find_map(|root| root.absolute(path))?;
    absolute.parent().map(Path::to_owned)
}

fn is_below_a_root(roots: &[Root], dir: &Path) -> bool {
    roots.iter().any(|root| dir.starts_with(&root.path))
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(name: &str) -> Root {
        Root { name: name.into(), path: Path::new("/bench").join(name) }
    }

    fn shared(files: &[&str]) -> PathBuf {
        let roots = [root("reports"), root("csv_data")];
        files.iter().filter_map(|file| parent(&roots, &RelPath::new(*file))).reduce(|a, b| common(&a, &b)).unwrap()
    }

    #[test]
    fn the_deepest_shared_directory() {
        assert_eq!(shared(&["reports/a/b/x.csv", "reports/a/c/y.csv"]), Path::new("/bench/reports/a"));
        assert_eq!(shared(&["reports/a/b/x.csv"]), Path::new("/bench/reports/a/b"));
        assert_eq!(shared(&["reports/a/x.csv", "csv_data/y.csv"]), Path::new("/bench"));
    }

    #[test]
    fn names_sort_by_time() {
        let at: Timestamp = "2026-11-21T14:30:05.9Z".parse().unwrap();
        assert_eq!(stem(at), "insight-20261121T143005Z");
    }
}
