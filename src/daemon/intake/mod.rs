//! The intake: hints and scans in, landings out. One thread of its own, since all it does is look at files and write rows.
//!
//! It never waits for a worker and keeps nothing that a scan could not find again: a process that dies here loses time only.
//! Hints that come faster than they are looked at are dropped for one whole scan instead, so memory stays bounded.

mod complaints;
mod mailbox;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tracing::{debug, error, info, warn};

use super::context::{Context, Settings};
use super::stage::index::{Unfinished, Why};
use super::worker::Bells;
use crate::artifact;
use crate::clock::Stopwatch;
use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath};
use crate::store::{LandingKind, Stage};
use crate::watch::events::{Hint, Watcher};
use crate::watch::filter::Filter;
use crate::watch::scan::Found;
use crate::watch::settle::{PendingState, Settler};
use crate::watch::survey::{Sight, Survey, sight, survey, survey_below};
use crate::watch::{Root, read::look};

pub use mailbox::{Inbox, Mailbox, Message};

/// Without (complete) events the tree is scanned this often at least.
const BLIND_SCAN: Duration = Duration::from_secs(10);
/// The first wait before a broken watcher is rebuilt; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A file that has been half-written for this long is recorded as failed, with the reason; it is still looked at.
const GIVE_UP: Duration = Duration::from_secs(600);

/// Watches the roots and opens landings.
pub struct Intake {
    context: Context,
    settings: Arc<Settings>,
    filter: Filter,
    settler: Settler,
    watcher: Option<Watcher>,
    mailbox: Mailbox,
    bells: Bells,
    since: Stopwatch,
    /// Roots whose first scan is not over, those of them that were seen by now, and what was found in these.
    unscanned: BTreeSet<Vec<u8>>,
    sighted: BTreeSet<Vec<u8>>,
    backfill: BTreeSet<RelPath>,
    next_scan: Duration,
    pause: Duration,
    /// What keeps files from being taken in, as it was logged.
    told: Option<String>,
}

impl Intake {
    /// An intake with the settings in force; it begins with [`start`](Self::start).
    ///
    /// # Errors
    /// When an ignore pattern is malformed or the index cannot be read.
    pub fn new(context: Context, mailbox: Mailbox, bells: Bells) -> Result<Self> {
        let settings = context.settings();
        let filter = Filter::new(&settings.watch.ignore).context("ignore patterns")?;
        let settler = Settler::new(settings.watch.settling());
        Ok(Self {
            context,
            settings,
            filter,
            settler,
            watcher: None,
            mailbox,
            bells,
            since: Stopwatch::start(),
            unscanned: BTreeSet::new(),
            sighted: BTreeSet::new(),
            backfill: BTreeSet::new(),
            next_scan: Duration::ZERO,
            pause: FIRST_PAUSE,
            told: None,
        })
    }

    /// Sets the watches and scans for the first time: after this nothing that lands is missed.
    ///
    /// # Errors
    /// When the index cannot be read or written.
    pub fn start(&mut self) -> Result<()> {
        self.learn_roots()?;
        self.name_readers()?;
        self.watch();
        self.scan("start")
    }

    /// Works until it is told to stop.
    ///
    /// # Errors
    /// When a new configuration cannot be put in force; what was on disk is found again at the next start.
    pub fn run(mut self, inbox: &Inbox) -> Result<()> {
        while let Some(messages) = inbox.wait(self.next_wake()) {
            // A full mailbox may have dropped the word to stop as well.
            if self.context.is_stopping() || self.handle(messages)? {
                break;
            }
            if inbox.overflowed() {
                self.next_scan = Duration::ZERO;
                if !Arc::ptr_eq(&self.settings, &self.context.settings()) {
                    self.reload()?;
                }
            }
            self.turn();
        }
        Ok(())
    }

    /// One turn of the loop. What fails here (a locked index, an unreadable directory) is told once and tried again.
    fn turn(&mut self) {
        let scan_due = self.since.elapsed() >= self.next_scan;
        let done = if scan_due { self.scan("routine") } else { Ok(()) };
        self.look_again();
        let told = match done.and_then(|()| self.land()) {
            // A turn in which nothing was tried says nothing about what failed before.
            Ok(landed) if self.told.is_some() && (scan_due || landed) => {
                let well = self.context.store.well_again("intake").map(drop);
                if well.is_ok() {
                    info!("files are taken in again");
                    self.told = None;
                }
                well
            }
            Ok(_) => Ok(()),
            Err(failure) => {
                let message = format!("files cannot be taken in: {failure:#}");
                let noted = self.context.store.complain("intake", &message, self.context.clock.now()).map(drop);
                if self.told.as_ref() != Some(&message) {
                    error!("{message}");
                    // Remembered here too: what fails may well be the index, and then nothing stands there.
                    self.told = Some(message);
                }
                std::thread::sleep(FIRST_PAUSE);
                noted
            }
        };
        if let Err(failure) = told {
            debug!("health cannot be written: {failure}");
        }
    }

    fn next_wake(&self) -> Duration {
        let now = self.since.elapsed();
        let scan = self.next_scan.saturating_sub(now);
        self.settler.next_wake(now).map_or(scan, |settle| settle.min(scan))
    }

    /// Handles what has come; says whether to stop.
    fn handle(&mut self, messages: Vec<Message>) -> Result<bool> {
        let mut seen = Vec::new();
        // One file raises several hints.
        let mut hinted = BTreeSet::new();
        for message in messages {
            match message {
                Message::Stop => return Ok(true),
                Message::Hint(Hint::Path(path)) => {
                    hinted.insert(path);
                }
                Message::Hint(Hint::Rescan(reason)) => self.rebuild(&reason),
                Message::Unfinished(files) => self.unfinished(files),
                Message::Scan(reason) => {
                    info!("scanning now: {reason}");
                    self.next_scan = Duration::ZERO;
                }
                Message::Reload => self.reload()?,
            }
        }
        hinted.iter().for_each(|path| self.hint(path, &mut seen));
        self.see(seen);
        Ok(false)
    }

    /// Looks at what a hint points to.
    fn hint(&mut self, path: &std::path::Path, seen: &mut Vec<Found>) {
        let settings = Arc::clone(&self.settings);
        match sight(&settings.tree.roots, &self.filter, path) {
            Ok(Sight::Artifact(_, found)) => seen.push(found),
            Ok(Sight::Directory(root)) => {
                let survey = survey_below(self.watcher.as_mut(), root, path, &self.filter);
                self.tell_errors(&survey.errors);
                if path == root.path {
                    self.first_sight(root, &survey);
                }
                seen.extend(survey.walk.found);
            }
            Ok(Sight::Gone(root, rel)) => self.gone_with_all_below(root, rel),
            Ok(Sight::Nothing) => {}
            // The next scan tells whether that lasts, and what it is.
            Err(failure) => debug!(path = %path.display(), "cannot be looked at: {failure}"),
        }
    }

    /// What went may have been a directory: of that only its own name is told. A root that is away takes nothing with it.
    fn gone_with_all_below(&mut self, root: &Root, rel: RelPath) {
        if !root.path.is_dir() {
            return;
        }
        let below = self.context.store.there_below(&rel).unwrap_or_else(|failure| {
            debug!("what went with a directory is not known, the next scan tells: {failure}");
            Vec::new()
        });
        let mut paths: Vec<RelPath> = below.into_iter().filter(|path| !self.is_there(path)).collect();
        paths.push(rel);
        self.gone(&paths);
    }

    fn gone(&mut self, paths: &[RelPath]) {
        for path in paths {
            self.settler.gone(path);
            self.backfill.remove(path);
        }
        if let Err(failure) = self.context.store.mark_gone(paths) {
            debug!("a deletion was not noted, the next scan does it: {failure}");
        }
    }

    /// Shows files to the settler, and notes them as pending where they are news.
    fn see(&mut self, seen: Vec<Found>) {
        let now = self.since.elapsed();
        let rows: Vec<_> = seen.iter().map(row).collect();
        if let Err(failure) = self.context.store.note_pending(&rows) {
            debug!("pending files were not noted, which only `status` misses: {failure}");
        }
        seen.into_iter().for_each(|found| self.settler.see(found, now));
    }

    /// Takes back files that the index stage found incomplete or changing.
    fn unfinished(&mut self, files: Vec<Unfinished>) {
        let now = self.since.elapsed();
        for file in files {
            let found = Found { path: file.path, kind: file.kind, stamp: file.stamp };
            match file.why {
                Why::Incomplete(reason) => self.settler.incomplete(found, reason, now),
                Why::Changed => self.settler.retry(found, file.why.to_string(), now),
                Why::Unreadable(reason) => {
                    warn!("{}: {reason}; it is tried again", found.path.display());
                    self.settler.retry(found, reason, now);
                }
            }
        }
    }

    /// The second look at files whose settle time has passed.
    fn look_again(&mut self) {
        let settings = Arc::clone(&self.settings);
        for path in self.settler.to_look_at(self.since.elapsed()) {
            let root = settings.tree.roots.iter().find(|root| root.absolute(&path).is_some());
            let looked = root.map_or(Ok(None), |root| look(root, &path));
            let now = self.since.elapsed();
            match (looked, self.filter.kind(&path)) {
                (Ok(Some(stamp)), Some(kind)) => self.settler.see(Found { path, kind, stamp }, now),
                (Ok(_), _) => self.gone(&[path]),
                (Err(failure), _) => self.settler.look_failed(&path, failure.to_string(), now),
            }
        }
    }

    /// Opens the landing that closes now, if one does: history and news apart. Says whether one did.
    fn land(&mut self) -> Result<bool> {
        let Some(due) = self.settler.due(self.since.elapsed()) else { return Ok(false) };
        let opened = self.open(&due);
        if opened.is_err() {
            // Nothing is lost: they settle once more and are tried again.
            let now = self.since.elapsed();
            due.into_iter().for_each(|found| self.settler.see(found, now));
        }
        opened.map(|()| true)
    }

    fn open(&mut self, due: &[Found]) -> Result<()> {
        let rows: Vec<_> = due.iter().map(row).collect();
        let news = self.context.store.undecided(&rows).context("tell what is new")?;
        let (history, live): (Vec<_>, Vec<_>) = news.into_iter().partition(|(path, ..)| self.backfill.contains(path));
        let now = self.context.clock.now();
        let scanned = self.scanned_with(due);
        if history.is_empty() {
            self.context.store.roots_scanned(&scanned, now)?;
        } else {
            let landing = self.context.store.open_landing(LandingKind::Backfill, &history, &scanned, now)?;
            info!(landing, artifacts = history.len(), "landing of what the first scan found");
        }
        self.sighted.retain(|root| !scanned.contains(root));
        for found in due {
            self.backfill.remove(&found.path);
        }
        if !live.is_empty() {
            let landing = self.context.store.open_landing(LandingKind::Live, &live, &[], now)?;
            if live.iter().any(|(_, kind, _)| kind.is_certain()) {
                info!(landing, artifacts = live.len(), "landing");
            } else {
                debug!(landing, files = live.len(), "landing of files that may hold results");
            }
        }
        self.bells.of(Stage::Index).notify_one();
        Ok(())
    }

    /// Roots whose first scan is over with this landing: their files are in it, or have all gone. Another landing may well close while
    /// they have yet to settle.
    fn scanned_with(&self, due: &[Found]) -> Vec<Vec<u8>> {
        let of =
            |root: &[u8], path: &RelPath| path.as_bytes().strip_prefix(root).is_some_and(|rest| rest.starts_with(b"/"));
        let lands = |root: &[u8]| due.iter().any(|found| of(root, &found.path) && self.backfill.contains(&found.path));
        let waits = |root: &[u8]| self.backfill.iter().any(|path| of(root, path));
        self.sighted.iter().filter(|root| lands(root) || !waits(root)).cloned().collect()
    }

    /// Walks everything and shows the settler what differs from the index.
    fn scan(&mut self, why: &str) -> Result<()> {
        let settings = Arc::clone(&self.settings);
        let survey = survey(self.watcher.as_mut(), &settings.tree.roots, &self.filter);
        self.tell_errors(&survey.errors);
        let known = self.context.store.known().context("read what is known")?;
        let known: std::collections::HashMap<_, _> = known.into_iter().collect();
        for root in &settings.tree.roots {
            self.first_sight(root, &survey);
        }
        let found: BTreeSet<&RelPath> = survey.walk.found.iter().map(|found| &found.path).collect();
        let vanished: Vec<RelPath> = known
            .iter()
            .filter(|(path, known)| {
                known.is_there() && !found.contains(path) && survey.walk.covers(&settings.tree.roots, path)
            })
            .map(|(path, _)| path.clone())
            .filter(|path| !self.is_there(path))
            .collect();
        self.gone(&vanished);
        self.tell_problems(&survey);
        self.tell_absent(&survey);
        let changed = survey.walk.found.into_iter().filter(|found| {
            known.get(&found.path).is_none_or(|known| known.stamp != found.stamp || !known.state.is_decided())
        });
        let changed: Vec<Found> = changed.collect();
        debug!("scanned ({why}): {} new or changed", changed.len());
        self.see(changed);
        self.give_up()?;
        // Whoever wants no events has said how often to look.
        let complete = settings.watch.poll_only || self.watcher.as_ref().is_some_and(Watcher::is_complete);
        let pause = if complete { settings.watch.rescan } else { settings.watch.rescan.min(BLIND_SCAN) };
        self.next_scan = self.since.elapsed().saturating_add(pause);
        Ok(())
    }

    /// A walk can miss what is renamed meanwhile, so nothing is called gone before it was looked for by name.
    fn is_there(&self, path: &RelPath) -> bool {
        let root = self.settings.tree.roots.iter().find(|root| root.absolute(path).is_some());
        root.is_some_and(|root| !matches!(look(root, path), Ok(None)))
    }

    /// What the first scan of a root finds is history.
    fn first_sight(&mut self, root: &Root, survey: &Survey) {
        let absent = !survey.walk.dirs.contains(&root.path);
        if absent || !self.unscanned.remove(&root.name) {
            return;
        }
        let below = |path: &RelPath| root.absolute(path).is_some();
        let history: Vec<RelPath> =
            survey.walk.found.iter().map(|found| &found.path).filter(|path| below(path)).cloned().collect();
        if history.is_empty() {
            let name = std::slice::from_ref(&root.name);
            if let Err(failure) = self.context.store.roots_scanned(name, self.context.clock.now()) {
                debug!("the first scan of a root was not noted, the next start does it: {failure}");
            }
            return;
        }
        self.sighted.insert(root.name.clone());
        self.backfill.extend(history);
    }

    /// Records files that have been half-written for too long as failed. They are looked at all the same.
    fn give_up(&mut self) -> Result<()> {
        let now = self.since.elapsed();
        for pending in self.settler.pending() {
            if let PendingState::Waiting { reason } = pending.state
                && now.saturating_sub(pending.since) >= GIVE_UP
                && self.context.store.give_up(pending.path, reason)?
            {
                warn!("{}: {reason}", pending.path.display());
            }
        }
        Ok(())
    }

    fn learn_roots(&mut self) -> Result<()> {
        self.unscanned = self.context.store.unscanned_roots(&self.settings.tree.places())?.into_iter().collect();
        Ok(())
    }

    /// What other readers did not recognise is read again.
    fn name_readers(&self) -> Result<()> {
        let again =
            self.context.store.readers(&artifact::readers(&self.settings.artifact)).context("note the readers")?;
        if again > 0 {
            info!("{again} files in which other readers saw no results are read again");
        }
        Ok(())
    }

    /// Builds the watcher. Without one the tree is scanned often.
    fn watch(&mut self) {
        self.watcher = None;
        if self.settings.watch.poll_only {
            return;
        }
        let mailbox = self.mailbox.clone();
        match Watcher::new(&self.settings.tree.roots, move |hint| mailbox.tell(Message::Hint(hint))) {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(failure) => self.tell_errors(&[failure]),
        }
    }

    /// Events were lost: a new watcher after a pause that grows, then everything is scanned.
    fn rebuild(&mut self, reason: &str) {
        warn!("scanning everything: {reason}");
        let next = self.since.elapsed().saturating_add(self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.watch();
        self.next_scan = self.next_scan.min(next);
    }

    fn reload(&mut self) -> Result<()> {
        self.settings = self.context.settings();
        self.filter = Filter::new(&self.settings.watch.ignore).context("ignore patterns")?;
        self.settler.set_settings(self.settings.watch.settling());
        self.learn_roots()?;
        self.name_readers()?;
        self.watch();
        self.next_scan = Duration::ZERO;
        Ok(())
    }
}

fn row(found: &Found) -> (RelPath, ArtifactKind, FileStamp) {
    (found.path.clone(), found.kind, found.stamp)
}
