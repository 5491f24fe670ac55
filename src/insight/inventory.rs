//! What lies in the tree: artifacts by type and by directory, the first of each type, the latest change, copies and failures.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Settings;
use super::best::{Best, Ranked};
use super::document::{Block, Cell, Prose, Section, Table};
use super::input::ArtifactLine;
use super::ledger::Ledger;
use crate::domain::artifact::ArtifactKind;

#[derive(Debug, Default)]
struct Kind {
    total: u64,
    bytes: u64,
    landed: u64,
    copies: u64,
    failed: u64,
    latest_ns: Option<i64>,
    first: BTreeSet<String>,
}

/// A file that could not be read.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Failure {
    pub path: String,
    pub error: String,
}

impl Ranked for Failure {
    fn rank(&self, other: &Self) -> std::cmp::Ordering {
        self.cmp(other)
    }
}

/// The inventory as it grows.
#[derive(Debug)]
pub(super) struct Inventory {
    first_files: usize,
    directories: usize,
    kinds: BTreeMap<ArtifactKind, Kind>,
    dirs: BTreeMap<String, [u64; ArtifactKind::ALL.len()]>,
    failures: Best<Failure>,
    /// Artifacts with runs that people have excluded, and the first of them by path.
    excluded: u64,
    first_excluded: BTreeMap<String, u64>,
    pub failed: u64,
    pub failed_in_landing: u64,
}

impl Inventory {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            first_files: settings.first_files,
            directories: settings.directories,
            kinds: BTreeMap::new(),
            dirs: BTreeMap::new(),
            failures: Best::new(settings.table_rows),
            excluded: 0,
            first_excluded: BTreeMap::new(),
            failed: 0,
            failed_in_landing: 0,
        }
    }

    pub(super) fn add(&mut self, line: &ArtifactLine) {
        let kind = self.kinds.entry(line.kind).or_default();
        kind.total += 1;
        kind.bytes = kind.bytes.saturating_add(line.size);
        kind.landed += u64::from(line.in_landing);
        kind.copies += u64::from(line.copy_of.is_some());
        kind.latest_ns = kind.latest_ns.max(Some(line.mtime_ns));
        kind.first.insert(line.path.clone());
        if kind.first.len() > self.first_files {
            kind.first.pop_last();
        }
        let dir = line.path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let slot = ArtifactKind::ALL.iter().position(|kind| *kind == line.kind);
        if let Some(count) = slot.and_then(|slot| self.dirs.entry(dir.to_owned()).or_default().get_mut(slot)) {
            *count += 1;
        }
        if line.excluded > 0 {
            self.excluded += 1;
            self.first_excluded.insert(line.path.clone(), line.excluded);
            if self.first_excluded.len() > self.first_files {
                self.first_excluded.pop_last();
            }
        }
        if let Some(error) = &line.error {
            kind.failed += 1;
            self.failed += 1;
            self.failed_in_landing += u64::from(line.in_landing);
            self.failures.push(Failure { path: line.path.clone(), error: error.clone() });
        }
    }

    /// All artifacts of the tree.
    pub(super) fn total(&self) -> u64 {
        self.kinds.values().map(|kind| kind.total).sum()
    }

    /// The section, and the failures that it does not show.
    pub(super) fn section(self, ledger: &mut Ledger) -> (Section, Best<Failure>) {
        let total = ledger.count("artifacts in the tree", self.total());
        let mut blocks = vec![Block::Paragraph(Prose::new("Total files analyzed: ").value(total))];
        if !self.kinds.is_empty() {
            blocks.push(Block::Table(kind_table(&self.kinds, ledger)));
        }
        for (kind, counted) in &self.kinds {
            let n = ledger.count(format!("{} artifacts", kind.as_str()), counted.total);
            blocks.push(Block::Heading(Prose::new(title(*kind)).text(" (").value(n).text(")")));
            let mut files: Vec<Prose> = counted.first.iter().map(|path| Prose::default().name(path)).collect();
            let rest = counted.total.saturating_sub(counted.first.len() as u64);
            if rest > 0 {
                let rest = ledger.count(format!("{} artifacts that are not named", kind.as_str()), rest);
                files.push(Prose::new("... and ").value(rest).text(" more"));
            }
            blocks.push(Block::Bullets(files));
        }
        if self.excluded > 0 {
            blocks.extend(excluded_blocks(self.excluded, &self.first_excluded, ledger));
        }
        if !self.dirs.is_empty() {
            blocks.push(Block::Heading(Prose::new("By directory")));
            blocks.push(Block::Table(directory_table(&self.dirs, self.directories, ledger)));
        }
        (Section::new("Data inventory", blocks), self.failures)
    }
}

/// The artifacts whose runs count for nothing, because people said so.
fn excluded_blocks(total: u64, first: &BTreeMap<String, u64>, ledger: &mut Ledger) -> [Block; 2] {
    let mut files: Vec<Prose> = first
        .iter()
        .map(|(path, runs)| {
            let what = format!("excluded runs of {path}");
            Prose::default().name(path).text(": ").count(ledger, *runs, "run", "runs", &what)
        })
        .collect();
    let rest = total.saturating_sub(first.len() as u64);
    if rest > 0 {
        let rest = ledger.count("artifacts with excluded runs that are not named", rest);
        files.push(Prose::new("... and ").value(rest).text(" more"));
    }
    let title = "Excluded by people: these runs count for no level and no verdict";
    [Block::Heading(Prose::new(title)), Block::Bullets(files)]
}

fn title(kind: ArtifactKind) -> &'static str {
    match kind {
        ArtifactKind::Csv => "CSV Files",
        ArtifactKind::Json => "JSON Files",
        ArtifactKind::Markdown => "Markdown Files",
        ArtifactKind::Other => "Other Files",
    }
}

fn kind_table(kinds: &BTreeMap<ArtifactKind, Kind>, ledger: &mut Ledger) -> Table {
    let mut table =
        Table::new(&["type", "#files", "#in this landing", "#copies", "#not readable", "#bytes", "latest modified"]);
    for (kind, counted) in kinds {
        let word = kind.as_str();
        let mut number = |what: String, n: u64| Cell::Number(ledger.count(what, n));
        table.rows.push(vec![
            Cell::Text(word.to_owned()),
            number(format!("{word} artifacts"), counted.total),
            number(format!("{word} artifacts in this landing"), counted.landed),
            number(format!("copies among the {word} artifacts"), counted.copies),
            number(format!("{word} artifacts that are not readable"), counted.failed),
            number(format!("bytes of all {word} artifacts"), counted.bytes),
            latest(counted.latest_ns).map_or(Cell::Empty, Cell::Time),
        ]);
    }
    table
}

fn latest(mtime_ns: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(mtime_ns?)).ok()
}

/// Directories with the most artifacts, then in name order.
fn directory_table(dirs: &BTreeMap<String, [u64; ArtifactKind::ALL.len()]>, keep: usize, ledger: &mut Ledger) -> Table {
    let mut by_size: Vec<(&String, &[u64; ArtifactKind::ALL.len()])> = dirs.iter().collect();
    by_size.sort_by(|a, b| b.1.iter().sum::<u64>().cmp(&a.1.iter().sum()).then_with(|| a.0.cmp(b.0)));
    let left_out = by_size.len().saturating_sub(keep) as u64;
    by_size.truncate(keep);
    by_size.sort_unstable();
    let mut table = Table::new(&["directory", "#csv", "#json", "#markdown", "#other", "#all"]);
    for (dir, counts) in by_size {
        let shown = if dir.is_empty() { "." } else { dir };
        let mut row = vec![Cell::Name(shown.to_owned())];
        for (kind, count) in ArtifactKind::ALL.iter().zip(counts) {
            let some = (*count > 0).then(|| ledger.count(format!("{} artifacts in {shown}", kind.as_str()), *count));
            row.push(Cell::maybe(some));
        }
        row.push(Cell::Number(ledger.count(format!("artifacts in {shown}"), counts.iter().sum())));
        table.rows.push(row);
    }
    table.cut(ledger, left_out, "directories with fewer files", "directories that are not listed")
}
