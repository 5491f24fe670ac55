//! `explain FILE`: how a file is read, with the configuration that the index would read it with. Stores nothing and needs no index.

mod json;
mod suggestion;
mod text;

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::{ExplainArgs, output, setup};
use crate::artifact::{self, Outcome, Parsed};
use crate::domain::artifact::RelPath;

/// The directories that a tree's paths begin with, so that a file explained from anywhere gets the name that the index gives it.
const ROOTS: [&str; 3] = ["reports", "csv_data", "artifacts"];

/// A file as it was read, and what there is to say about it.
struct Explained {
    parsed: Parsed,
    benchmark: String,
    /// The rules that hold for the file, by their globs, in the order of the configuration.
    rules: Vec<String>,
    /// A rule for what was unsure.
    suggestion: Option<String>,
}

/// Reads a file and prints what was understood. It is read whatever its name is.
pub fn explain(args: &ExplainArgs) -> Result<u8> {
    let name = args.file.display();
    let unreadable = || format!("cannot read {name}");
    let mut file = BufReader::new(File::open(&args.file).with_context(unreadable)?);
    let reading = setup::reading(&args.view.place)?;
    let path = in_tree(&args.file, &reading);
    let settings = artifact::Settings { explain: true, ..reading.artifact };
    let parsed = if is_empty(&mut file).with_context(unreadable)? {
        nothing("the file is empty".into())
    } else {
        match artifact::read(&path, &mut file, &settings).with_context(unreadable)? {
            Outcome::Parsed(parsed) => parsed,
            Outcome::Unrecognised { reason } => nothing(format!("no results were recognised: {reason}")),
            Outcome::Incomplete { reason } => bail!("{name} is not complete: {reason}"),
            Outcome::Rejected { reason } => bail!("{name} cannot be read: {reason}"),
        }
    };
    let explained = Explained {
        benchmark: artifact::benchmark(&path, &settings),
        rules: artifact::rules(&path, &settings).iter().map(|rule| rule.files().join(", ")).collect(),
        suggestion: suggestion::rule(&parsed.decisions, &path),
        parsed,
    };
    if args.view.json {
        output::json(&json::of(&explained))?;
    } else {
        output::text(&text::of(&explained, args.all))?;
    }
    Ok(0)
}

/// Whether there is nothing in the file but white space. More than a buffer of that is something to complain about.
fn is_empty(file: &mut BufReader<File>) -> io::Result<bool> {
    let capacity = file.capacity();
    let head = file.fill_buf()?;
    Ok(head.len() < capacity && head.iter().all(u8::is_ascii_whitespace))
}

/// A file that holds nothing is read well, and gives nothing.
fn nothing(warning: String) -> Parsed {
    Parsed { format: "none".into(), warnings: vec![warning], ..Parsed::default() }
}

/// The file's path as the index has it, if it lies in one of the tree's roots; otherwise as an index around it would.
pub(super) fn in_tree(file: &Path, reading: &setup::Reading) -> RelPath {
    let absolute = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let tree = &reading.tree;
    let guessed = |root: &crate::watch::Root| root.path == tree.base && !reading.certain;
    let within = tree.roots.iter().filter(|root| !guessed(root) || usual_root(&absolute).is_none()).find_map(|root| {
        let below = absolute.strip_prefix(root.path.canonicalize().ok()?).ok()?;
        Some(RelPath::new([root.name.as_slice(), b"/", RelPath::from_path(below).as_bytes()].concat()))
    });
    within.unwrap_or_else(|| outside(&absolute))
}

/// The path from the innermost directory with a usual root's name on, or else parent and name.
fn outside(file: &Path) -> RelPath {
    let parts = names(file);
    let start = usual_root(file).unwrap_or_else(|| parts.len().saturating_sub(2));
    let below: PathBuf = parts.iter().skip(start).collect();
    RelPath::from_path(&below)
}

/// Which directory above the file is the innermost with a usual root's name.
fn usual_root(file: &Path) -> Option<usize> {
    let parts = names(file);
    let dirs = parts.split_last().map_or(&[][..], |(_, dirs)| dirs);
    dirs.iter().rposition(|part| ROOTS.iter().any(|root| part == root))
}

fn names(path: &Path) -> Vec<&std::ffi::OsStr> {
    let name = |component| match component {
        Component::Normal(part) => Some(part),
        _ => None,
    };
    path.components().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_elsewhere_are_named_as_an_index_around_them_would() {
        let name = |path: &str| outside(Path::new(path)).display();
        assert_eq!(name("/nowhere/bench/reports/a/x.csv"), "reports/a/x.csv");
        assert_eq!(name("/nowhere/bench/results/x.csv"), "results/x.csv");
        assert_eq!(name("/x.csv"), "x.csv");
    }
}
