//! The index stage: the files of a landing, read and parsed in parallel, stored by one writer in batches.
//!
//! The bulk way is the only way: a landing of one file is a small batch. Each batch is one transaction that also takes its files
//! out of the landing, so a kill costs the batch that was under way and nothing else. Batches are bounded in files and in
//! measurements, and parsers wait when the writer falls behind: memory does not grow with the landing.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, Result};
use tracing::debug;

use super::{Ended, read::read_bundle};
use crate::artifact::identity;
use crate::clock::Stopwatch;
use crate::daemon::context::{Context, Settings};
use crate::daemon::progress::Progress;
use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath};
use crate::store::{FileResult, IndexCache, IndexTally, Item, LandingRow, ReadFile};

/// Files claimed at a time; parsed results of at most as many are held.
const CLAIM: usize = 512;
/// A batch is committed when it holds this many measurements.
const BATCH_MEASUREMENTS: usize = 20_000;
/// Results that may wait for the writer, besides those it puts in order.
const QUEUE: usize = 16;

/// What the index stage did.
#[derive(Debug, Default)]
pub struct Indexed {
    pub tally: IndexTally,
    /// Files that were not complete; they wait for their next look.
    pub unfinished: Vec<Unfinished>,
    /// Files that were refused: path and reason.
    pub failed: Vec<(RelPath, String)>,
    /// Whether there is anything to judge and report.
    pub has_news: bool,
}

/// A file that has to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub path: RelPath,
    pub kind: ArtifactKind,
    pub stamp: FileStamp,
    /// Why it was not taken.
    pub why: Why,
}

impl Unfinished {
    /// Whether the file system would not give it, so that nobody knows what it is.
    pub fn is_out_of_reach(&self) -> bool {
        matches!(self.why, Why::Unreadable(_))
    }
}

/// Why a file has to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It ends in the middle; another stamp will tell that it goes on.
    Incomplete(String),
    /// It changed under the reader.
    Changed,
    /// The file system would not give it.
    Unreadable(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete(reason) | Self::Unreadable(reason) => f.write_str(reason),
            Self::Changed => f.write_str("changed while it was read"),
        }
    }
}

/// Reads and stores all files of a landing that are still to be read, then hands the landing to the judge.
///
/// # Errors
/// When the index cannot be read or written; what was committed stays.
pub fn run(context: &Context, landing: &LandingRow, progress: &dyn Progress) -> Result<Ended<Indexed>> {
    let watch = Stopwatch::start();
    let left = context.store.items_left(landing.id)?;
    progress.begin(left);
    let done = batches(context, landing, progress);
    progress.end();
    let mut indexed = match done? {
        Ended::Done(indexed) => indexed,
        Ended::Stopped => return Ok(Ended::Stopped),
    };
    indexed.has_news =
        context.store.finish_index(landing.id, watch.seconds()).context("hand the landing to the judge")?;
    Ok(Ended::Done(indexed))
}

fn batches(context: &Context, landing: &LandingRow, progress: &dyn Progress) -> Result<Ended<Indexed>> {
    let settings = context.settings();
    let mut cache = IndexCache::default();
    let mut indexed = Indexed::default();
    loop {
        let mut items = context.store.items(landing.id, CLAIM).context("claim files")?;
        if items.is_empty() {
            return Ok(Ended::Done(indexed));
        }
        context.store.joined(&mut items, identity::bundle).context("find the runs that files join")?;
        let mut batch =
            Batch { context, landing: landing.id, cache: &mut cache, progress, files: Vec::new(), weight: 0 };
        parse_in_order(&items, &settings, |item, file| {
            indexed.note(item, &file);
            batch.push(file).map(|tally| indexed.tally.add(tally))
        })?;
        indexed.tally.add(batch.commit()?);
        if context.is_stopping() {
            return Ok(Ended::Stopped);
        }
    }
}

impl Indexed {
    fn note(&mut self, item: &Item, file: &ReadFile) {
        let mut again =
            |why| self.unfinished.push(Unfinished { path: item.path.clone(), kind: item.kind, stamp: item.stamp, why });
        match &file.result {
            FileResult::Pending { reason: Some(reason) } => again(Why::Incomplete(reason.clone())),
            FileResult::Pending { reason: None } => again(Why::Changed),
            FileResult::Unreadable { reason } => again(Why::Unreadable(reason.clone())),
            FileResult::Failed { reason, .. } => self.failed.push((item.path.clone(), reason.clone())),
            FileResult::Unrecognised { reason, .. } => debug!("{}: no artifact: {reason}", item.path.display()),
            FileResult::Parsed(_)
            | FileResult::Same
            | FileResult::StillFailed { .. }
            | FileResult::Ours
            | FileResult::Gone => {}
        }
    }
}

/// Files that are read and wait for their commit.
struct Batch<'a> {
    context: &'a Context,
    landing: i64,
    cache: &'a mut IndexCache,
    progress: &'a dyn Progress,
    files: Vec<ReadFile>,
    weight: usize,
}

impl Batch<'_> {
    fn push(&mut self, file: ReadFile) -> Result<IndexTally> {
        if let FileResult::Parsed(parsed) = &file.result {
            self.weight += parsed.measurements.len();
        }
        self.files.push(file);
        if self.weight >= BATCH_MEASUREMENTS { self.commit() } else { Ok(IndexTally::default()) }
    }

    fn commit(&mut self) -> Result<IndexTally> {
        if self.files.is_empty() {
            return Ok(IndexTally::default());
        }
        let tally = self
            .context
            .store
            .commit_batch(self.landing, &self.files, self.cache)
            .with_context(|| format!("store a batch of {} files", self.files.len()))?;
        self.progress.advance(self.files.len() as u64);
        self.files.clear();
        self.weight = 0;
        Ok(tally)
    }
}

/// Parses `items` on all cores, a bundle at a time, and hands the results to `take` in the order of `items`, so that the index does
/// not depend on which core was faster.
fn parse_in_order(
    items: &[Item],
    settings: &Settings,
    mut take: impl FnMut(&Item, ReadFile) -> Result<()>,
) -> Result<()> {
    let bundles: Vec<&[Item]> = items.chunk_by(|a, b| identity::bundle(&a.path) == identity::bundle(&b.path)).collect();
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(bundles.len());
    thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel(QUEUE);
        for _ in 0..workers {
            let (send, next, bundles) = (send.clone(), &next, &bundles);
            scope.spawn(move || {
                while let Some((index, bundle)) = claim(bundles, next) {
                    if send.send((index, read_bundle(bundle, settings))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut early: BTreeMap<usize, Vec<ReadFile>> = BTreeMap::new();
        let mut due = 0;
        for (index, files) in receive {
            early.insert(index, files);
            while let Some(files) = early.remove(&due) {
                for (item, file) in bundles.get(due).copied().unwrap_or_default().iter().zip(files) {
                    take(item, file)?;
                }
                due += 1;
            }
        }
        Ok(())
    })
}

fn claim<'a>(bundles: &[&'a [Item]], next: &AtomicUsize) -> Option<(usize, &'a [Item])> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    bundles.get(index).map(|bundle| (index, *bundle))
}
