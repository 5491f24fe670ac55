//! The life of an alert, as pure steps: the verdicts of a landing ([`advance`]), a person's command ([`apply`]) or the end of a
//! silence ([`expire`]) take a record to the next one, with the transitions to keep and the news that people may be told.
//!
//! A step never fails on data and never decides about mail: *news* is what a mail would be about, and whether one goes out, and
//! when the server has taken it, is the caller's business (who sets [`AlertRecord::announced`]). Same record and same arguments
//! give the same step.

mod advance;
mod commands;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::domain::alert::{AlertKey, AlertState, Transition};
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::verdict::{Shift, Verdict};

pub use advance::{advance, expire};
pub use commands::{Command, CommandError, apply};

/// Who moves an alert when no person does.
pub const JUDGE: &str = "judge";

/// An alert as it is stored between landings; there is at most one for a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRecord {
    pub key: AlertKey,
    pub state: AlertState,
    /// When the earliest shift of its members began.
    pub since: Timestamp,
    /// When this life began: with the first suspicion or confirmation; kept when it fires again within the reopening time.
    pub opened_at: Timestamp,
    /// The series that moved, by key. Those of the last life remain while it is resolved.
    pub members: Vec<Member>,
    /// How often it fired again within the reopening time.
    pub reopened: u32,
    /// A person has taken it; holds until it is resolved.
    pub acknowledged: bool,
    /// No news before then.
    pub silenced_until: Option<Timestamp>,
    /// Firing again before then continues the thread.
    pub reopens_until: Option<Timestamp>,
    /// Whether this thread had news that it fires: never so after a quiet first index.
    pub fired: bool,
    /// Whether such a mail was accepted by the server. Set by the caller; only then a resolved note is news.
    pub announced: bool,
}

/// A series that is part of an alert, with the shift that made it one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub series: SeriesKey,
    pub direction: Direction,
    /// The shift as its verdict had it; of several for the worse in a row, the last.
    pub shift: Shift,
    /// The level to come back to, and the noise around it: those before the first shift for the worse.
    pub good_level: f64,
    pub good_noise: f64,
    /// Whether the shift is confirmed; otherwise the member is only suspected.
    pub confirmed: bool,
    /// Whether news has carried it, or a quiet first index made it none.
    pub told: bool,
    /// Good runs in a row up to the newest.
    pub good_runs: u32,
    /// Whether it had enough of them at some time; its next confirmed shift is news again.
    pub recovered: bool,
}

/// A verdict on its way to the alerts.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    pub series: &'a SeriesKey,
    pub direction: Direction,
    pub verdict: &'a Verdict,
    /// Values of the fresh runs newer than all that were known ([`fresh_tail`](super::fresh_tail)). Without any, the verdict
    /// moves nothing: late runs neither open an alert nor close one.
    pub fresh: &'a [f64],
}

/// What people may be told. The series are those that the news is about; the record has their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Fired(Vec<SeriesKey>),
    /// It fires again within the reopening time: the same thread.
    Reopened(Vec<SeriesKey>),
    /// Further series joined, or a member became markedly worse still.
    Grew(Vec<SeriesKey>),
    Resolved,
}

/// A step of an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Advance {
    pub record: AlertRecord,
    /// To be kept, in order; may be empty when only counts moved. From and to are the same where an alert grew, or where a
    /// command changed something other than its state.
    pub transitions: Vec<Transition>,
    pub news: Vec<News>,
}

/// The alert that a series belongs to.
pub fn key_of(series: &SeriesKey) -> AlertKey {
    AlertKey {
        benchmark: series.benchmark.clone(),
        metric: series.metric.clone(),
        environment: series.environment.clone(),
    }
}

/// The verdicts of a landing by alert, in a fixed order.
pub fn group<'a>(judged: impl IntoIterator<Item = Judged<'a>>) -> BTreeMap<AlertKey, Vec<Judged<'a>>> {
    let mut groups: BTreeMap<AlertKey, Vec<Judged<'a>>> = BTreeMap::new();
    for one in judged {
        groups.entry(key_of(one.series)).or_default().push(one);
    }
    groups.values_mut().for_each(|group| group.sort_by_key(|one| one.series));
    groups
}

impl Member {
    fn new(judged: &Judged<'_>, shift: &Shift, confirmed: bool) -> Self {
        Self {
            series: judged.series.clone(),
            direction: judged.direction,
            shift: shift.clone(),
            good_level: shift.before,
            good_noise: shift.noise,
            confirmed,
            told: false,
            good_runs: 0,
            recovered: false,
        }
    }

    /// Whether `value` is back: no worse than the good level, or within its noise and nearer to it than to the bad level.
    fn is_good(&self, value: f64, settings: &Settings) -> bool {
        if !self.direction.is_worse(self.good_level, value) {
            return true;
        }
        let off = (value - self.good_level).abs();
        let allowed = (settings.threshold * self.good_noise).max(settings.min_effect * self.good_level.abs());
        off <= allowed && off < (self.shift.after - self.good_level).abs() / 2.0
    }

    /// Whether `shift` is the one that this member was suspected of: it began no later, and left the same level.
    fn suspected(&self, shift: &Shift) -> bool {
        shift.change_at <= self.shift.change_at && (shift.before - self.good_level).abs() <= self.good_noise
    }

    /// Counts fresh values, oldest first.
    fn count(&mut self, fresh: &[f64], settings: &Settings) {
        for &value in fresh {
            self.good_runs = if self.is_good(value, settings) { self.good_runs.saturating_add(1) } else { 0 };
            self.recovered |= self.good_runs >= settings.recover_runs;
        }
    }
}

impl AlertRecord {
    fn confirmed(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.confirmed)
    }

    fn is_silenced(&self, now: Timestamp) -> bool {
        self.silenced_until.is_some_and(|until| now < until)
    }

    /// The state of an alert whose members are bad.
    fn bad_state(&self, now: Timestamp) -> AlertState {
        if self.is_silenced(now) {
            AlertState::Silenced
        } else if self.acknowledged {
            AlertState::Acknowledged
        } else {
            AlertState::Firing
        }
    }

    /// The state that the members make.
    fn state_of_members(&self, now: Timestamp, settings: &Settings) -> AlertState {
        let Some(least) = self.confirmed().map(|member| member.good_runs).min() else {
            return if self.members.is_empty() { AlertState::Resolved } else { AlertState::Candidate };
        };
        match least {
            0 => self.bad_state(now),
            runs if runs < settings.recover_runs => AlertState::Recovering,
            _ => AlertState::Resolved,
        }
    }

    /// Marks the confirmed members that nobody was told of as told, and makes news of them; nothing while it is silent.
    fn tell(&mut self, reopening: bool) -> Option<News> {
        if !matches!(self.state, AlertState::Firing | AlertState::Acknowledged) {
            return None;
        }
        let untold = self.mark_told();
        if untold.is_empty() {
            return None;
        }
        let first = !std::mem::replace(&mut self.fired, true);
        Some(match (first, reopening) {
            (true, _) => News::Fired(untold),
            (false, true) => News::Reopened(untold),
            (false, false) => News::Grew(untold),
        })
    }

    fn mark_told(&mut self) -> Vec<SeriesKey> {
        let untold = self.members.iter_mut().filter(|member| member.confirmed && !member.told);
        untold
            .map(|member| {
                member.told = true;
                member.series.clone()
            })
            .collect()
    }

    /// Ends the life; a resolved note is news if people were told that it fires and do not want silence.
    fn end(&mut self, now: Timestamp) -> Option<News> {
        self.state = AlertState::Resolved;
        self.acknowledged = false;
        (self.announced && !self.is_silenced(now)).then_some(News::Resolved)
    }
}

#[cfg(test)]
mod tests;
