//! The files of one bundle: read, recognised, parsed, and united with each other. No database; many run at once.
//!
//! A file goes to its reader as a stream that is hashed on the way, so that its size costs no memory here. What may well be no news (the
//! index has other content of this file, or none that was of use) is hashed first: a second reading is cheaper than parsing in vain.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::artifact::{self, Outcome, Parsed, Shared, identity};
use crate::daemon::context::Settings;
use crate::domain::artifact::{ContentHash, RelPath};
use crate::domain::measurement::Measurement;
use crate::domain::run::{RunInfo, RunTime, TimeSource};
use crate::store::{FileResult, GapRow, Item, ParsedFile, ReadFile, RunRow};
use crate::watch::Root;
use crate::watch::read::{ReadError, Stable, look, open_stable};

/// What reading a file has come to before the renderings of its bundle are united.
enum Draft {
    Understood { hash: ContentHash, size: u64, parsed: Box<Parsed> },
    Settled(FileResult),
}

/// Reads the files of one bundle. Never fails: what goes wrong is a file's result, a defect of a reader included, so that one
/// pathological file costs itself only and not the daemon, again at every restart.
pub fn read_bundle(items: &[Item], settings: &Settings) -> Vec<ReadFile> {
    let mut drafts: Vec<Draft> = items.iter().map(|item| draft(item, settings)).collect();
    if catch_unwind(AssertUnwindSafe(|| unite(items, &mut drafts))).is_err() {
        drafts = items.iter().map(|_| Draft::Settled(broke())).collect();
    }
    let finish = |(item, draft): (&Item, Draft)| {
        let result = match draft {
            Draft::Settled(result) => result,
            Draft::Understood { hash, size, parsed } => catch_unwind(AssertUnwindSafe(|| {
                FileResult::Parsed(Box::new(file(item, size, hash, &parsed, settings)))
            }))
            .unwrap_or_else(|_| broke()),
        };
        ReadFile { artifact_id: item.artifact_id, stamp: item.stamp, result }
    };
    items.iter().zip(drafts).map(finish).collect()
}

/// Files of so many bytes are read one at a time: each may take the memory that the reading of one file is allowed.
const LARGE: u64 = 2 << 20;

static ONE_LARGE: Mutex<()> = Mutex::new(());

/// The turn of a large file, or of a packed one that may become large.
fn turn(item: &Item) -> Option<MutexGuard<'static, ()>> {
    let packed = [&b".gz"[..], b".zst"].iter().any(|ending| item.path.file_name().ends_with(ending));
    let large = item.stamp.size > if packed { LARGE / 32 } else { LARGE };
    large.then(|| ONE_LARGE.lock().unwrap_or_else(PoisonError::into_inner))
}

fn draft(item: &Item, settings: &Settings) -> Draft {
    let _turn = turn(item);
    let read = catch_unwind(AssertUnwindSafe(|| understand(item, settings)));
    read.unwrap_or_else(|_| Ok(Draft::Settled(broke()))).unwrap_or_else(Draft::Settled)
}

/// The result of a file that showed a defect of a reader.
fn broke() -> FileResult {
    FileResult::Failed { reason: "the reader broke on it; please report this file".into(), hash: None }
}

/// Lends each rendering what only another one says, such as the host: one that landed with it, or one that the index holds.
fn unite(items: &[Item], drafts: &mut [Draft]) {
    let mut understood: Vec<(&Item, &mut Parsed)> = items
        .iter()
        .zip(drafts)
        .filter_map(|(item, draft)| match draft {
            Draft::Understood { parsed, .. } => Some((item, parsed.as_mut())),
            Draft::Settled(_) => None,
        })
        .collect();
    understood.sort_by_key(|(item, _)| artifact::rendering_rank(item.kind));
    let mut shared = Shared::of(understood.iter().map(|(_, parsed)| &**parsed));
    let known = understood.iter().find_map(|(item, _)| item.joins.clone());
    if known.is_none() && understood.len() < 2 {
        return;
    }
    shared.complete(known.map(known_of).unwrap_or_default());
    understood.into_iter().for_each(|(_, parsed)| shared.lend(parsed));
}

/// What the index knows of the run that a late rendering joins. A time that is only a guess is nothing to lend.
fn known_of(run: RunRow) -> Shared {
    let time = (run.source == TimeSource::Content).then_some(RunTime { at: run.time, source: run.source });
    let info = RunInfo { time, host: run.host, commit: run.commit, branch: run.branch };
    Shared { constants: run.subject, run: info, environment: run.environment }
}

/// The root that the file lies in.
fn root_of<'a>(item: &Item, settings: &'a Settings) -> Result<&'a Root, FileResult> {
    settings.tree.roots.iter().find(|root| root.absolute(&item.path).is_some()).ok_or_else(|| FileResult::Failed {
        reason: "belongs to a directory that is no longer watched".into(),
        hash: None,
    })
}

/// What an error of reading means for the file.
fn unread(error: ReadError, root: &Root, item: &Item) -> FileResult {
    match error {
        ReadError::Changed => FileResult::Pending { reason: None },
        ReadError::Gone => FileResult::Gone,
        ReadError::Io(source) if may_pass_unseen(&source, root, item) => {
            FileResult::Unreadable { reason: format!("cannot be read: {source}") }
        }
        error @ (ReadError::NotRegular | ReadError::TooLarge { .. } | ReadError::Io(_)) => {
            refused(item, error.to_string(), None)
        }
    }
}

/// A file that will not be read. One that might have held results, and never did, is nobody's failure.
fn refused(item: &Item, reason: String, hash: Option<ContentHash>) -> FileResult {
    if item.kind.is_certain() || item.previous.is_some() {
        FileResult::Failed { reason, hash }
    } else {
        FileResult::Unrecognised { reason, hash }
    }
}

/// Whether a file may become readable while its stamp stays: a directory above it forbids it, the disk or the network fails, too many
/// files are open. Only a permission of the file itself leaves its trace in the stamp when it is granted.
fn may_pass_unseen(error: &io::Error, root: &Root, item: &Item) -> bool {
    error.kind() != io::ErrorKind::PermissionDenied || look(root, &item.path).is_err()
}

/// Reads a file. What is settled before it was understood is the error, so that every step may end it.
fn understand(item: &Item, settings: &Settings) -> Result<Draft, FileResult> {
    if item.published {
        return Err(FileResult::Ours);
    }
    let root = root_of(item, settings)?;
    let limit = if item.kind.is_certain() { settings.watch.max_file_bytes } else { settings.watch.max_doubtful_bytes };
    let unread = |error| unread(error, root, item);
    let mut stable = open_stable(root, &item.path, &item.stamp, limit).map_err(unread)?;
    let size = stable.size();
    if item.previous.is_some() || item.unrecognised.is_some() {
        let hash = stable.hash(size).map_err(unread)?;
        if item.previous.is_some_and(|(_, previous)| previous == hash) {
            return Err(FileResult::Same);
        }
        if item.unrecognised == Some(hash) {
            return Err(FileResult::Unrecognised { reason: "the same bytes as before".into(), hash: Some(hash) });
        }
    }
    let (outcome, hash) = stable.stream(size, |bytes| outcome(item, bytes, settings)).map_err(unread)?;
    match outcome {
        None => Err(FileResult::Ours),
        Some(Outcome::Incomplete { reason }) => Err(FileResult::Pending { reason: Some(reason) }),
        Some(Outcome::Unrecognised { reason }) => Err(FileResult::Unrecognised { reason, hash: Some(hash) }),
        // Read again all the same: a newer version of the program may understand it.
        Some(Outcome::Rejected { reason }) if item.refused == Some(hash) => Err(FileResult::StillFailed { reason }),
        Some(Outcome::Rejected { reason }) => Err(FileResult::Failed { reason, hash: Some(hash) }),
        Some(Outcome::Parsed(parsed)) => {
            let parsed = Box::new(only_new(item, &mut stable, parsed, settings).map_err(unread)?);
            Ok(Draft::Understood { hash, size, parsed })
        }
    }
}

/// What the file holds; `None` for a report of this program.
fn outcome(item: &Item, bytes: &mut dyn Read, settings: &Settings) -> io::Result<Option<Outcome>> {
    let mut head = Vec::new();
    bytes.take(artifact::MARKED_WITHIN).read_to_end(&mut head)?;
    if artifact::is_ours(&head) {
        return Ok(None);
    }
    artifact::read(&item.path, &mut head.chain(bytes), &settings.artifact).map(Some)
}

/// Of a file that was appended to, only what was not there before: its old rows are runs already.
fn only_new(item: &Item, stable: &mut Stable, parsed: Parsed, settings: &Settings) -> Result<Parsed, ReadError> {
    let Some((size, hash)) = item.previous.filter(|&(size, _)| (1..=stable.size()).contains(&size)) else {
        return Ok(parsed);
    };
    if stable.hash(size)? != hash {
        return Ok(parsed);
    }
    let (previous, _) = stable.stream(size, |head| artifact::read(&item.path, head, &settings.artifact))?;
    Ok(match previous {
        Outcome::Parsed(previous) => artifact::appended(&previous, parsed),
        Outcome::Incomplete { .. } | Outcome::Rejected { .. } | Outcome::Unrecognised { .. } => parsed,
    })
}

fn file(item: &Item, size: u64, hash: ContentHash, parsed: &Parsed, settings: &Settings) -> ParsedFile {
    let benchmark = artifact::benchmark(&item.path, &settings.artifact);
    let measurements: Vec<(usize, Measurement)> = artifact::measurements(parsed, &benchmark);
    let runs = if measurements.is_empty() {
        Vec::new()
    } else {
        parsed.runs.iter().map(|run| run_row(run, &item.path, item.stamp.mtime_ns, parsed)).collect()
    };
    let mut gaps: Vec<GapRow> = parsed.gaps.iter().map(gap_row).collect();
    gaps.extend(parsed.warnings.iter().map(|warning| warning_row(warning)));
    ParsedFile {
        hash,
        size,
        file_name: item.path.file_name().to_vec(),
        bundle: identity::bundle(&item.path),
        telling: artifact::telling(&parsed.constants, &benchmark),
        benchmark,
        format: parsed.format.clone(),
        rank: artifact::rendering_rank(item.kind),
        runs,
        measurements,
        gaps,
    }
}

/// The run's time: from the content, then the file name, then the modification time.
fn run_row(run: &RunInfo, path: &RelPath, mtime_ns: i64, parsed: &Parsed) -> RunRow {
    let named = || identity::time_in_name(path).map(|at| RunTime { at, source: TimeSource::FileName });
    let modified = || RunTime {
        at: Timestamp::from_nanosecond(i128::from(mtime_ns)).unwrap_or(Timestamp::UNIX_EPOCH),
        source: TimeSource::Mtime,
    };
    let time = run.time.or_else(named).unwrap_or_else(modified);
    RunRow {
        time: time.at,
        source: time.source,
        host: run.host.clone(),
        commit: run.commit.clone(),
        branch: run.branch.clone(),
        environment: Shared::of([parsed]).environment,
        subject: parsed.constants.clone(),
    }
}

fn gap_row(gap: &artifact::Gap) -> GapRow {
    GapRow {
        kind: gap.kind.as_str().to_owned(),
        subject: gap.subject.clone(),
        count: u64::from(gap.count),
        total: u64::from(gap.of),
        at: gap.at.to_string(),
        detail: gap.detail.clone(),
    }
}

fn warning_row(warning: &str) -> GapRow {
    GapRow {
        kind: "warning".into(),
        subject: String::new(),
        count: 1,
        total: 0,
        at: String::new(),
        detail: warning.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::artifact::{ArtifactKind, FileStamp};

    #[test]
    fn only_a_permission_of_the_file_itself_leaves_a_trace_when_it_is_granted() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x.csv"), "").unwrap();
        let root = Root { name: b"r".to_vec(), path: dir.path().to_owned() };
        let stamp = FileStamp::new(0, 0, 0, (0, 0), (0, 0));
        let path = RelPath::new("r/x.csv");
        let item = Item {
            artifact_id: 1,
            path,
            kind: ArtifactKind::Csv,
            stamp,
            previous: None,
            refused: None,
            published: false,
            unrecognised: None,
            joins: None,
        };
        assert!(!may_pass_unseen(&io::ErrorKind::PermissionDenied.into(), &root, &item));
        assert!(may_pass_unseen(&io::Error::from_raw_os_error(5), &root, &item), "an I/O error");
        assert!(may_pass_unseen(&io::Error::from_raw_os_error(24), &root, &item), "too many open files");
        // A name that is too long stands for any directory that does not let us look.
        let path = RelPath::new(format!("r/{}/x.csv", "d".repeat(300)));
        let item = Item { path, ..item };
        assert!(may_pass_unseen(&io::ErrorKind::PermissionDenied.into(), &root, &item));
    }
}
