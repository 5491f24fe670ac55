//! The life of an alert, as pure steps: the signals of a landing ([`advance`]), a person's command ([`apply`]) or the clock
//! ([`expire`]) take a record to the next one, with the transitions to keep and the news that people may be told.
//!
//! ```text
//!  candidate -> firing <-> recovering -> resolved          by signals
//!               firing -> acknowledged | silenced          by people; the end of a silence by the clock
//!               anything -> resolved                       by people: resolve, or accept today's level
//!  resolved  -> candidate | firing                         within a day: the same alert and thread, else a new one
//! ```
//!
//! What a subject says comes as a [`Signal`], so that regressions, budgets and absences live one life. A step never fails on data and
//! never decides about mail: *news* is what a mail would be about, and whether one goes out, and when the server has taken it, is the
//! caller's business (who sets [`AlertRecord::announced`]). News that may not be told now (in silence, while the alert flaps or while
//! an alert of the environment speaks for it) is not lost: its members stay untold, and what still holds is told when that ends. Same
//! record and same arguments give the same step.

mod advance;
mod clock;
mod commands;
mod environment;
mod landing;
mod member;
mod record;
mod remind;
mod signal;
mod withdraw;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Settings;
use crate::domain::alert::{AlertKey, AlertKind, Transition};
use crate::domain::series::SeriesKey;

pub use advance::advance;
pub use clock::expire;
pub use commands::{Command, CommandError, apply};
pub use environment::{Moved, environment, release};
pub use landing::{Known, Step, environment_key, landing};
pub use member::{Accepted, Good, Member};
pub use record::{AlertRecord, Silence};
pub use signal::{Breach, Evidence, Gap, Says, Signal, Sweep, key_of};
pub use withdraw::{Cause, Reworded, reconsider};

/// Who moves an alert when no person does.
pub const JUDGE: &str = "judge";

/// Who moves an alert when time does.
pub const CLOCK: &str = "clock";

/// The circumstances of a step.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    pub now: Timestamp,
    /// Everything is history, found by a first index: states are kept as ever and nobody is told of the past, then or later.
    pub backfill: bool,
    pub settings: &'a Settings,
}

/// What people may be told. The series are those that the news is about; the record has their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Fired(Vec<SeriesKey>),
    /// It fires again within the reopening time: the same thread.
    Reopened(Vec<SeriesKey>),
    /// It flapped, and has stayed bad for a day: what nobody was told of meanwhile.
    Stayed(Vec<SeriesKey>),
    /// Further series joined, or a member became markedly worse still.
    Grew(Vec<SeriesKey>),
    /// It opens again and again: from here on there is a digest a day until it has stayed put for one.
    Flapping(Vec<SeriesKey>),
    /// The day's digest of one that flaps.
    Flapped(Vec<SeriesKey>),
    /// It fires as before, and nobody has taken it.
    Reminded(Vec<SeriesKey>),
    Resolved,
}

/// A step of an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Advance {
    pub record: AlertRecord,
    /// It begins a life of its own, with a thread of its own, whatever there was of this key before.
    pub anew: bool,
    /// To be kept, in order; may be empty when only counts moved. From and to are the same where an alert grew, or where a
    /// command changed something other than its state.
    pub transitions: Vec<Transition>,
    pub news: Vec<News>,
    /// What would have been news but for shadow mode: to be recorded, never to be mailed.
    pub shadowed: Vec<News>,
}

/// The series of whose signals a person has accepted what they say. `known` must hold the newest alert of the key of each bad one.
pub fn accepted<'a>(
    signals: &[&'a Signal],
    known: &BTreeMap<AlertKey, Known>,
    settings: &Settings,
) -> BTreeSet<&'a SeriesKey> {
    let bad = signals.iter().copied().filter(|signal| signal.is_bad() && signal.kind == AlertKind::Regression);
    let accepted =
        bad.filter(|signal| known.get(&signal.key()).is_some_and(|known| known.record.has_accepted(signal, settings)));
    accepted.map(|signal| &signal.series).collect()
}

/// The signals of a landing by alert, in a fixed order.
pub fn group<'a>(signals: impl IntoIterator<Item = &'a Signal>) -> BTreeMap<AlertKey, Vec<&'a Signal>> {
    let mut groups: BTreeMap<AlertKey, Vec<&Signal>> = BTreeMap::new();
    for signal in signals {
        groups.entry(signal.key()).or_default().push(signal);
    }
    groups.values_mut().for_each(|group| group.sort_by(|a, b| a.series.cmp(&b.series)));
    groups
}

#[cfg(test)]
mod tests;
