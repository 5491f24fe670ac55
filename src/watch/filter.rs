//! The filter: which names are left alone.
//!
//! Hidden and temporary names (files and directories) are, always: they are other programs' work in progress. So are the directories
//! in which package managers keep what they fetched: nobody's results are in there, and very many files. The configuration adds
//! patterns in the manner of `.gitignore`, matched against the path as the index names it (`reports/gemma3/x.csv`):
//!
//! | pattern | leaves alone |
//! | --- | --- |
//! | `*.log`, `draft-*` | every file and directory of that name, anywhere |
//! | `scratch/`, `scratch/**` | every directory of that name, anywhere, with all in it |
//! | `reports/old/`, `old/x.csv` | that path counted from the top of the tree or from any root |
//! | `/reports/old` | that path counted from the top of the tree only |
//! | `**/tmp/*.csv` | as globs have it; `*` and `?` never cross a `/` |
//!
//! Negation (`!pattern`) is not supported. A pattern that cannot be understood is an error that names it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use globset::{Candidate, Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::domain::artifact::{ArtifactKind, RelPath};

/// Endings, in lower case, of files that something is still writing or downloading.
const TEMPORARY_ENDINGS: &[&[u8]] = &[
    b".tmp",
    b".temp",
    b".part",
    b".partial",
    b".filepart",
    b".swp",
    b".swo",
    b".swx",
    b".crdownload",
    b".download",
    b"~",
];

/// Directories full of other people's files.
const FETCHED: &[&[u8]] = &[b"node_modules", b"site-packages", b"__pycache__"];

/// A pattern that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ignore pattern {pattern:?}: {reason}")]
pub struct BadPattern {
    pub pattern: String,
    pub reason: String,
}

/// Says which paths are looked at.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Patterns for files and directories.
    any: GlobSet,
    /// Patterns for directories only.
    dirs: GlobSet,
}

impl Filter {
    /// A filter with these patterns beside the built-in rules.
    ///
    /// # Errors
    /// The first pattern that cannot be understood, and why.
    pub fn new(patterns: &[String]) -> Result<Self, BadPattern> {
        let (mut any, mut dirs) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let bad = |reason: String| BadPattern { pattern: pattern.clone(), reason };
            let (globs, dirs_only) = compile(pattern).map_err(bad)?;
            let set = if dirs_only { &mut dirs } else { &mut any };
            for glob in globs {
                set.add(glob);
            }
        }
        let all = |error: globset::Error| BadPattern { pattern: patterns.join(", "), reason: error.kind().to_string() };
        Ok(Self { any: any.build().map_err(all)?, dirs: dirs.build().map_err(all)? })
    }

    /// Whether `path` and every directory above it are to be looked at.
    pub fn admits(&self, path: &RelPath, is_dir: bool) -> bool {
        let bytes = path.as_bytes();
        let above = bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'/').map(|(at, _)| &bytes[..at]);
        above.into_iter().all(|dir| self.admits_entry(dir, true)) && self.admits_entry(bytes, is_dir)
    }

    /// Whether the last component of `path` is to be looked at, given that the directories above it are.
    pub(super) fn admits_entry(&self, path: &[u8], is_dir: bool) -> bool {
        // A root was named by a person: its own name is neither hidden nor temporary.
        if let Some(slash) = path.iter().rposition(|&byte| byte == b'/') {
            let name = &path[slash + 1..];
            if name.starts_with(b".") || is_temporary(name) || (is_dir && FETCHED.contains(&name)) {
                return false;
            }
        }
        let candidate = Candidate::new(Path::new(OsStr::from_bytes(path)));
        !(self.any.is_match_candidate(&candidate) || (is_dir && self.dirs.is_match_candidate(&candidate)))
    }

    /// The kind of artifact that the file at `path` is, or may be, by its name; `None` when it is none or is left alone.
    pub fn kind(&self, path: &RelPath) -> Option<ArtifactKind> {
        ArtifactKind::of_name(path.file_name()).filter(|_| self.admits(path, false))
    }
}

fn is_temporary(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    TEMPORARY_ENDINGS.iter().any(|ending| lower.ends_with(ending))
        || name.starts_with(b"~$")
        || (name.len() > 1 && name.starts_with(b"#") && name.ends_with(b"#"))
}

/// The globs that stand for a pattern, and whether they are for directories only.
fn compile(pattern: &str) -> Result<(Vec<Glob>, bool), String> {
    if pattern.starts_with('!') {
        return Err("negation is not supported (write [!] for a leading exclamation mark)".to_owned());
    }
    let (from_top, body) = match pattern.strip_prefix('/') {
        Some(rest) => (true, rest),
        None => (false, pattern.strip_prefix("./").unwrap_or(pattern)),
    };
    let trimmed = body.strip_suffix("/**").unwrap_or(body);
    let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
    if trimmed.is_empty() {
        return Err("is empty".to_owned());
    }
    let spellings = if from_top || trimmed.starts_with("**") {
        vec![trimmed.to_owned()]
    } else if trimmed.contains('/') {
        // From the top of the tree, or from a root, which is the first component.
        vec![trimmed.to_owned(), format!("*/{trimmed}")]
    } else {
        vec![format!("**/{trimmed}")]
    };
    let build = |text: &String| GlobBuilder::new(text).literal_separator(true).build();
    let globs = spellings.iter().map(build).collect::<Result<_, _>>().map_err(|error| error.kind().to_string())?;
    Ok((globs, trimmed.len() < body.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(patterns: &[&str]) -> Filter {
        Filter::new(&patterns.iter().map(|&pattern| pattern.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn hidden_and_temporary_names_are_left_alone_in_files_and_directories() {
        let filter = filter(&[]);
        let left_alone = [
            "reports/.x.csv",
            "reports/.git/x.csv",
            "reports/a.tmp/x.csv",
            "reports/x.csv~",
            "reports/#x.csv#",
            "reports/.#x.csv",
            "reports/~$x.csv",
            "reports/up.PART/x.csv",
            "reports/x.json.crdownload",
            "reports/.insight.md.chimera-0123456789abcdef.tmp",
        ];
        for path in left_alone {
            assert!(!filter.admits(&RelPath::new(path), false), "{path}");
        }
        let seen = [
            "reports/x.csv",
            "reports/tmp/x.csv",
            "reports/part/x.csv",
            "reports/insight-1.md",
            "reports/#1.csv",
            "reports/#",
        ];
        for path in seen {
            assert!(filter.admits(&RelPath::new(path), false), "{path}");
        }
    }

    #[test]
    fn what_package_managers_fetched_is_left_alone() {
        let filter = filter(&[]);
        for path in ["reports/node_modules/x/package.json", "reports/venv/lib/site-packages/x/RECORD"] {
            assert!(!filter.admits(&RelPath::new(path), false), "{path}");
        }
        assert!(filter.admits(&RelPath::new("reports/node_modules"), false), "a file of that name");
        assert!(filter.admits(&RelPath::new("node_modules/x.csv"), false), "a root of that name");
    }

    #[test]
    fn a_root_may_have_any_name() {
        let filter = filter(&[]);
        assert!(filter.admits(&RelPath::new(".tmpAbC/x.csv"), false));
        assert!(filter.admits(&RelPath::new("run.tmp"), true));
    }

    #[test]
    fn patterns_match_as_in_a_gitignore() {
        // Pattern, path of a file, left alone?
        let table = [
            ("*.log", "reports/a/b.log", true),
            ("*.log", "reports/x.log/b.csv", true),
            ("*.log", "reports/b.log.csv", false),
            ("scratch/**", "reports/scratch/x.csv", true),
            ("scratch/**", "reports/a/scratch/b/x.csv", true),
            ("scratch/", "reports/a/scratch/x.csv", true),
            ("scratch/", "reports/a/scratch", false),
            ("scratch", "reports/a/scratch", true),
            ("scratch/", "reports/scratch2/x.csv", false),
            ("reports/old/", "reports/old/a/x.csv", true),
            ("reports/old/", "reports/a/old/x.csv", false),
            ("old/x.csv", "reports/old/x.csv", true),
            ("old/x.csv", "reports/a/old/x.csv", false),
            ("/reports/old", "reports/old/x.csv", true),
            ("/old", "reports/old/x.csv", false),
            ("./reports/old", "reports/old/x.csv", true),
            ("**/tmp/*.csv", "reports/a/tmp/x.csv", true),
            ("**/tmp/*.csv", "reports/a/tmp/b/x.csv", false),
            ("reports/*/x.csv", "reports/a/b/x.csv", false),
            ("reports/**/x.csv", "reports/a/b/x.csv", true),
            ("x.{csv,md}", "reports/x.md", true),
            ("run[0-9].csv", "reports/run7.csv", true),
            ("reports/**", "reports/x.csv", true),
            ("**", "reports/x.csv", true),
            ("*.csv", "reports/X.CSV", false),
        ];
        for (pattern, path, left_alone) in table {
            assert_eq!(!filter(&[pattern]).admits(&RelPath::new(path), false), left_alone, "{pattern} on {path}");
        }
    }

    #[test]
    fn patterns_match_names_that_are_not_text() {
        let filter = filter(&["draft*"]);
        assert!(!filter.admits(&RelPath::new(&b"reports/draft\xff\n1.csv"[..]), false));
        assert!(filter.admits(&RelPath::new(&b"reports/\xff\n.csv"[..]), false));
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Filter::new(&["*.log".to_owned(), "run[1.csv".to_owned()]).unwrap_err();
        assert!(error.to_string().starts_with("ignore pattern \"run[1.csv\": "), "{error}");
        for pattern in ["", "/", "//", ".//**", "!x.csv"] {
            assert_eq!(Filter::new(&[pattern.to_owned()]).unwrap_err().pattern, pattern);
        }
    }

    #[test]
    fn only_results_that_are_not_left_alone_have_a_kind() {
        let filter = filter(&["old/"]);
        assert_eq!(filter.kind(&RelPath::new("reports/x.csv")), Some(ArtifactKind::Csv));
        assert_eq!(filter.kind(&RelPath::new("reports/x.log")), Some(ArtifactKind::Other));
        assert_eq!(filter.kind(&RelPath::new("reports/x.onnx")), None);
        assert_eq!(filter.kind(&RelPath::new("reports/old/x.csv")), None);
    }
}
