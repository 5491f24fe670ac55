//! The settler: decides when files have stopped changing, and which of them arrived together.
//!
//! It is pure: it is told what was seen, it says what to look at next, and time is a monotonic [`Duration`] of the caller's, from any
//! origin. Nothing is lost here as long as the caller acts on [`Settler::to_look_at`] and [`Settler::due`] whenever
//! [`Settler::next_wake`] has passed; what is pending when the process ends is found again by the next scan.
//!
//! The life of a pending file:
//!
//! ```text
//! see -> unsettled --equal look, a settle time later--> settled --landing closes--> handed out by `due`
//!            ^ any other stamp starts the wait anew        |                            |
//!            +---------------------------------------------+                            |
//!            +----- stamp changes ----- waiting (incomplete, or could not be read) <----+
//! ```
//!
//! A landing closes when nothing new arrived for a quiet time and no recent arrival is still unsettled, or when its oldest settled file has
//! waited the maximum age; a file that never stops growing stays behind and holds nobody up for longer. A file that grows again and
//! again after two equal looks, or after it landed, is *restless*: its settle time doubles each time (up to sixteenfold), so that a slowly
//! appended log gives one landing at its end rather than one a row; and from the second time on the others no longer wait for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::scan::Found;
use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath};

/// Longest wait between two looks at a file that is waiting.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Shortest one, should the settle time be tiny.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);
/// The settle time doubles at most this often.
const MOST_RESTLESS: u32 = 4;
/// More restless files than this neither hold a landing open nor count as arrivals.
const HELD_FOR: u32 = 1;

/// The three times that shape a landing; see [`Settings`](super::Settings).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettleSettings {
    pub settle: Duration,
    pub quiet: Duration,
    pub max_age: Duration,
}

/// A pending file, for people and for health checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending<'a> {
    pub path: &'a RelPath,
    pub state: PendingState<'a>,
    /// When it was first seen as it is now.
    pub since: Duration,
}

/// How far a pending file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingState<'a> {
    /// Not yet seen twice alike.
    Unsettled,
    /// Waits for the landing to close.
    Settled,
    /// Was tried without success; `reason` says why.
    Waiting { reason: &'a str },
}

#[derive(Debug, Clone)]
struct Entry {
    kind: ArtifactKind,
    stamp: FileStamp,
    /// When this stamp was first seen.
    since: Duration,
    restless: u32,
    /// How often this stamp was tried without success.
    tries: u32,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    Unsettled,
    Settled { at: Duration },
    Waiting { next: Duration, reason: String, until: Until },
}

/// What ends the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Another stamp: the content was read, and is not complete.
    Changed,
    /// The next look: the content was never seen.
    Next,
}

/// What is remembered of a file that was handed out, for `max_age`.
#[derive(Debug, Clone, Copy)]
struct Landed {
    at: Duration,
    stamp: FileStamp,
    restless: u32,
    tries: u32,
}

/// Paths in the order of the time that concerns them.
type Queue = BTreeSet<(Duration, RelPath)>;

/// Holds the pending files. Every operation costs O(log n), `due` and `to_look_at` beside that what they return.
#[derive(Debug)]
pub struct Settler {
    settings: SettleSettings,
    entries: BTreeMap<RelPath, Entry>,
    /// Unsettled files that a landing waits for, by the time of their next look.
    fresh: Queue,
    /// Other files to look at, by that time.
    patient: Queue,
    /// Settled files, by the time they settled.
    settled: Queue,
    /// Last arrival.
    active: Duration,
    landed: BTreeMap<RelPath, Landed>,
}

impl Settler {
    /// An empty settler.
    pub fn new(settings: SettleSettings) -> Self {
        Self {
            settings,
            entries: BTreeMap::new(),
            fresh: Queue::new(),
            patient: Queue::new(),
            settled: Queue::new(),
            active: Duration::ZERO,
            landed: BTreeMap::new(),
        }
    }

    /// Takes other settings; what is pending follows them from now on.
    pub fn set_settings(&mut self, settings: SettleSettings) {
        self.settings = settings;
        for queue in [&mut self.fresh, &mut self.patient, &mut self.settled] {
            queue.clear();
        }
        for (path, entry) in std::mem::take(&mut self.entries) {
            self.put(path, entry);
        }
    }

    /// A file was seen, for the first time or again.
    pub fn see(&mut self, found: Found, now: Duration) {
        let Found { path, kind, stamp } = found;
        match self.entries.get(&path) {
            Some(entry) if entry.stamp == stamp => self.seen_alike(path, now),
            Some(_) => {
                let Some(old) = self.take(&path) else { return };
                let settled = matches!(old.stage, Stage::Settled { .. });
                let restless = old.restless + u32::from(settled && has_grown(&old.stamp, &stamp));
                self.arrive(path, kind, stamp, restless, now);
            }
            None => {
                let last =
                    self.landed.remove(&path).filter(|last| now <= last.at.saturating_add(self.settings.max_age));
                let restless = match last {
                    Some(last) if has_grown(&last.stamp, &stamp) => last.restless + 1,
                    Some(last) if last.stamp == stamp => last.restless,
                    _ => 0,
                };
                self.arrive(path, kind, stamp, restless, now);
            }
        }
    }

    /// A file is no longer there.
    pub fn gone(&mut self, path: &RelPath) {
        self.take(path);
    }

    /// Files whose next look is due, sorted: look at each and report with [`see`](Self::see), [`gone`](Self::gone) or
    /// [`look_failed`](Self::look_failed).
    pub fn to_look_at(&self, now: Duration) -> Vec<RelPath> {
        let due = |queue: &'_ Queue| -> Vec<RelPath> {
            queue.iter().take_while(|(at, _)| *at <= now).map(|(_, path)| path.clone()).collect()
        };
        let mut paths = due(&self.fresh);
        paths.append(&mut due(&self.patient));
        paths.sort_unstable();
        paths
    }

    /// A look that was due could not be made (permission, I/O error): it is made again after a while.
    pub fn look_failed(&mut self, path: &RelPath, reason: String, now: Duration) {
        if let Some(entry) = self.take(path) {
            self.wait(path.clone(), entry, reason, Until::Next, now);
        }
    }

    /// A file that [`due`](Self::due) gave was read and is half-written. It is looked at again and again, ever less often, and becomes
    /// material for a landing only when its stamp changes; no event is needed for that.
    pub fn incomplete(&mut self, found: Found, reason: String, now: Duration) {
        self.come_back(found, reason, Until::Changed, now);
    }

    /// A file that [`due`](Self::due) gave could not be read, for a reason that may pass without a trace at the file (an I/O error, too
    /// many open files). It is tried again, ever less often.
    pub fn retry(&mut self, found: Found, reason: String, now: Duration) {
        self.come_back(found, reason, Until::Next, now);
    }

    /// The landing that closes now, if one does: all settled files, sorted by path. They are no longer pending: what cannot be read after
    /// all goes back through [`see`](Self::see) (it changed: show how it is now), [`incomplete`](Self::incomplete) or
    /// [`retry`](Self::retry).
    pub fn due(&mut self, now: Duration) -> Option<Vec<Found>> {
        if now < self.closes_at()? {
            return None;
        }
        let max_age = self.settings.max_age;
        self.landed.retain(|_, last| now <= last.at.saturating_add(max_age));
        let mut landing = Vec::with_capacity(self.settled.len());
        for (_, path) in std::mem::take(&mut self.settled) {
            let Some(Entry { kind, stamp, restless, tries, .. }) = self.entries.remove(&path) else { continue };
            self.landed.insert(path.clone(), Landed { at: now, stamp, restless, tries });
            landing.push(Found { path, kind, stamp });
        }
        landing.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Some(landing)
    }

    /// How long from `now` until something is to be done (zero: at once); `None` when nothing is, until the next event.
    pub fn next_wake(&self, now: Duration) -> Option<Duration> {
        let first = |queue: &Queue| queue.first().map(|&(at, _)| at);
        let next = [first(&self.fresh), first(&self.patient), self.closes_at()].into_iter().flatten().min()?;
        Some(next.saturating_sub(now))
    }

    /// What is pending, sorted by path.
    pub fn pending(&self) -> impl Iterator<Item = Pending<'_>> {
        self.entries.iter().map(|(path, entry)| {
            let state = match &entry.stage {
                Stage::Unsettled => PendingState::Unsettled,
                Stage::Settled { .. } => PendingState::Settled,
                Stage::Waiting { reason, .. } => PendingState::Waiting { reason },
            };
            Pending { path, state, since: entry.since }
        })
    }

    /// Number of pending files.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn closes_at(&self) -> Option<Duration> {
        let oldest = self.settled.first()?.0;
        let latest = oldest.saturating_add(self.settings.max_age);
        let quiet = self.active.saturating_add(self.settings.quiet);
        Some(if self.fresh.is_empty() { latest.min(quiet) } else { latest })
    }

    /// A stamp that was not known.
    fn arrive(&mut self, path: RelPath, kind: ArtifactKind, stamp: FileStamp, restless: u32, now: Duration) {
        let restless = restless.min(MOST_RESTLESS);
        if restless <= HELD_FOR {
            self.active = self.active.max(now);
        }
        self.put(path, Entry { kind, stamp, since: now, restless, tries: 0, stage: Stage::Unsettled });
    }

    /// A look that saw the stamp that was known.
    fn seen_alike(&mut self, path: RelPath, now: Duration) {
        // Looks that come before their time (because of an event, or a scan) prove nothing.
        let is_due = self.entries.get(&path).and_then(|entry| self.next_look(entry)).is_some_and(|at| at <= now);
        let Some(mut entry) = (if is_due { self.take(&path) } else { None }) else { return };
        match std::mem::replace(&mut entry.stage, Stage::Unsettled) {
            Stage::Unsettled => {
                if entry.restless > HELD_FOR {
                    // Nobody waited for it, so its companions get their quiet time now.
                    self.active = self.active.max(now);
                }
                entry.stage = Stage::Settled { at: now };
                self.put(path, entry);
            }
            Stage::Waiting { reason, until: Until::Changed, .. } => self.wait(path, entry, reason, Until::Changed, now),
            Stage::Waiting { until: Until::Next, .. } => {
                entry.since = now;
                self.put(path, entry);
            }
            settled @ Stage::Settled { .. } => {
                entry.stage = settled;
                self.put(path, entry);
            }
        }
    }

    fn come_back(&mut self, found: Found, reason: String, until: Until, now: Duration) {
        let Found { path, kind, stamp } = found;
        if self.entries.contains_key(&path) {
            return; // it changed meanwhile, and is on its way again
        }
        let last = self.landed.remove(&path).filter(|last| last.stamp == stamp);
        let (restless, tries) = last.map_or((0, 0), |last| (last.restless, last.tries));
        let entry = Entry { kind, stamp, since: now, restless, tries, stage: Stage::Unsettled };
        self.wait(path, entry, reason, until, now);
    }

    /// Puts a file in that waits longer with each try.
    fn wait(&mut self, path: RelPath, mut entry: Entry, reason: String, until: Until, now: Duration) {
        let base = self.settings.settle.max(SHORTEST_WAIT);
        let next = now.saturating_add(base.saturating_mul(1 << entry.tries.min(16)).min(LONGEST_WAIT));
        entry.tries = entry.tries.saturating_add(1);
        entry.stage = Stage::Waiting { next, reason, until };
        self.put(path, entry);
    }

    fn next_look(&self, entry: &Entry) -> Option<Duration> {
        match entry.stage {
            Stage::Unsettled => Some(
                entry.since.saturating_add(self.settings.settle.saturating_mul(1 << entry.restless.min(MOST_RESTLESS))),
            ),
            Stage::Waiting { next, .. } => Some(next),
            Stage::Settled { .. } => None,
        }
    }

    /// Where an entry stands, and when.
    fn slot(&mut self, entry: &Entry) -> (&mut Queue, Duration) {
        let next_look = self.next_look(entry).unwrap_or_default();
        match entry.stage {
            Stage::Settled { at } => (&mut self.settled, at),
            Stage::Unsettled if entry.restless <= HELD_FOR => (&mut self.fresh, next_look),
            Stage::Unsettled | Stage::Waiting { .. } => (&mut self.patient, next_look),
        }
    }

    /// An entry is in `entries` and in exactly one queue, or in none of them.
    fn put(&mut self, path: RelPath, entry: Entry) {
        let (queue, at) = self.slot(&entry);
        queue.insert((at, path.clone()));
        self.entries.insert(path, entry);
    }

    fn take(&mut self, path: &RelPath) -> Option<Entry> {
        let (path, entry) = self.entries.remove_entry(path)?;
        let (queue, at) = self.slot(&entry);
        queue.remove(&(at, path));
        Some(entry)
    }
}

/// The same file with more in it: it is being appended to, not replaced by a finished one.
fn has_grown(old: &FileStamp, new: &FileStamp) -> bool {
    (old.dev, old.ino) == (new.dev, new.ino) && new.size > old.size
}

#[cfg(test)]
mod tests;
