//! The record of an alert between two steps, and what follows from it: its state, what may be told, when the clock moves it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::member::{Accepted, Member};
use super::{News, Signal};
use crate::analysis::Settings;
use crate::domain::alert::{AlertKey, AlertState};
use crate::domain::series::SeriesKey;

/// So many openings within a day are flapping.
const FLAPPING_OPENINGS: usize = 3;
/// The day of flapping: hours in which openings count, and for which a flapping alert must stay put.
pub(super) const FLAPPING_HOURS: i64 = 24;

/// An alert as it is stored between steps; there is at most one for a key that is not resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRecord {
    pub key: AlertKey,
    pub state: AlertState,
    /// Since when the earliest of its members has been bad.
    pub since: Timestamp,
    /// When this life began: with the first suspicion or confirmation; kept when it fires again within the reopening time.
    pub opened_at: Timestamp,
    /// The series that it is about, by key. Those of the last life remain while it is resolved.
    pub members: Vec<Member>,
    /// How often it fired again within the reopening time.
    pub reopened: u32,
    /// A person has taken it; holds until it is resolved.
    pub acknowledged: bool,
    /// No news for a while.
    pub silence: Option<Silence>,
    /// Firing again before then continues the thread.
    pub reopens_until: Option<Timestamp>,
    /// Whether this thread had news that it fires: never so after a quiet first index or in shadow mode.
    pub fired: bool,
    /// Whether such a mail was accepted by the server. Set by the caller, who keeps it apart; only then a resolved note is news.
    #[serde(skip)]
    pub announced: bool,
    /// It ended while nothing might be told: a resolved note is owed.
    pub owes_end: bool,
    /// When it opened, within the last day.
    pub openings: Vec<Timestamp>,
    /// It opened so often that its news is withheld until it has stayed put for a day.
    pub flapping: bool,
    /// When the next digest of its flapping is due; `None` unless it flaps aloud.
    pub flap_digest: Option<Timestamp>,
    /// When it is to be told again if nobody takes it; `None` before it is told, once it is acknowledged, and where nobody is reminded.
    pub remind_at: Option<Timestamp>,
    /// Reminders since it was last told as news.
    pub reminders: u32,
    /// When signals moved it last from one state to another.
    pub moved_at: Timestamp,
    /// An alert of the environment speaks for members of it.
    pub inhibited: bool,
    /// What people have accepted of this key.
    pub accepted: Vec<Accepted>,
    /// Members whose cause went with runs that people have excluded, as they were; they come back with those.
    pub withdrawn: Vec<Member>,
}

/// A silence that a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    pub until: Timestamp,
    pub who: String,
    /// May be empty.
    pub why: String,
}

/// What a step tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    pub news: Vec<News>,
    /// What shadow mode keeps.
    pub shadowed: Vec<News>,
}

impl Told {
    fn of(news: News, shadowed: bool) -> Self {
        if shadowed {
            Self { news: Vec::new(), shadowed: vec![news] }
        } else {
            Self { news: vec![news], shadowed: Vec::new() }
        }
    }
}

impl AlertRecord {
    /// The record of a life that begins now, with nothing in it.
    pub(super) fn new(key: &AlertKey, last: Option<&Self>, now: Timestamp) -> Self {
        Self {
            key: key.clone(),
            state: AlertState::Candidate,
            since: now,
            opened_at: now,
            members: Vec::new(),
            reopened: 0,
            acknowledged: false,
            // A silence is of the key, and holds for whatever comes in its time.
            silence: last.and_then(|last| last.silence.clone()),
            reopens_until: None,
            fired: false,
            announced: false,
            owes_end: false,
            openings: Vec::new(),
            flapping: false,
            flap_digest: None,
            remind_at: None,
            reminders: 0,
            moved_at: now,
            inhibited: false,
            accepted: last.map(|last| last.accepted.clone()).unwrap_or_default(),
            withdrawn: Vec::new(),
        }
    }

    /// Whether the life that is over left anything behind: a thread, or members. A suspicion that came to nothing did not.
    pub(super) fn left_something(&self) -> bool {
        self.fired || !self.members.is_empty() || !self.withdrawn.is_empty()
    }

    /// When the clock has to move it next, if nothing else does.
    pub fn due(&self) -> Option<Timestamp> {
        let silence = self.silence.as_ref().map(|silence| silence.until);
        let flapping = self.flapping.then(|| self.flaps_until());
        let digest = self.flap_digest.filter(|_| self.flapping && self.silence.is_none());
        let reminder = self.remind_at.filter(|_| self.may_be_reminded());
        silence.into_iter().chain(flapping).chain(digest).chain(reminder).min()
    }

    /// When it has stayed put for a day.
    pub(super) fn flaps_until(&self) -> Timestamp {
        hours_after(self.moved_at, FLAPPING_HOURS)
    }

    pub(super) fn is_silenced(&self, now: Timestamp) -> bool {
        self.silence.as_ref().is_some_and(|silence| now < silence.until)
    }

    /// Whether nothing may be told of it now.
    fn is_withheld(&self, now: Timestamp) -> bool {
        self.is_silenced(now) || self.flapping || self.inhibited
    }

    pub(super) fn confirmed(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.confirmed)
    }

    /// Whether a signal is nothing but what a person has accepted.
    pub(super) fn has_accepted(&self, signal: &Signal, settings: &Settings) -> bool {
        let Some(evidence) = signal.evidence() else { return false };
        self.accepted.iter().any(|known| known.series == signal.series && known.covers(evidence, settings))
    }

    /// The state of an alert whose members are bad.
    pub(super) fn bad_state(&self, now: Timestamp) -> AlertState {
        if self.is_silenced(now) {
            AlertState::Silenced
        } else if self.acknowledged {
            AlertState::Acknowledged
        } else {
            AlertState::Firing
        }
    }

    /// Good runs in a row of the confirmed member that has fewest; `None` when none is confirmed.
    pub(super) fn good_runs(&self) -> Option<u32> {
        self.confirmed().map(|member| member.good_runs).min()
    }

    /// The state that the members make.
    pub(super) fn state_of_members(&self, now: Timestamp, settings: &Settings) -> AlertState {
        match self.good_runs() {
            None if self.members.is_empty() => AlertState::Resolved,
            None => AlertState::Candidate,
            Some(0) => self.bad_state(now),
            Some(_) if self.confirmed().all(|member| member.is_back(settings)) => AlertState::Resolved,
            Some(_) => AlertState::Recovering,
        }
    }

    /// Notes that it opens, and whether that is once too often.
    pub(super) fn note_opening(&mut self, now: Timestamp) -> bool {
        self.openings.retain(|at| now < hours_after(*at, FLAPPING_HOURS));
        self.openings.push(now);
        self.owes_end = false;
        let begins = !self.flapping && self.openings.len() >= FLAPPING_OPENINGS;
        self.flapping |= begins;
        begins
    }

    /// Makes news of the confirmed members that nobody was told of, unless it may not be told now: aloud, and in shadow mode. What shadow
    /// mode has seen is never told later.
    pub(super) fn tell(&mut self, how: fn(Vec<SeriesKey>) -> News, now: Timestamp, settings: &Settings) -> Told {
        let is_bad = matches!(self.state, AlertState::Firing | AlertState::Acknowledged);
        let shadowed = self.mark_told(|member| settings.shadow || member.shadow);
        // What has come back is no news, and will be if it is confirmed again.
        let (inhibited, quiet) = (self.inhibited, self.is_silenced(now) || self.flapping);
        let holds = |member: &Member| member.good_runs == 0 && !member.recovered && !(inhibited && member.swept);
        let aloud = if is_bad && !quiet { self.mark_told(holds) } else { Vec::new() };
        let how = if self.fired { how } else { News::Fired };
        if !aloud.is_empty() {
            self.fired = true;
            self.remind_after(now, settings);
        }
        let news = |series: Vec<SeriesKey>| if series.is_empty() { Vec::new() } else { vec![how(series)] };
        Told { news: news(aloud), shadowed: news(shadowed) }
    }

    /// The last word of an alert that begins to flap: with all that is bad, whether it was told or not.
    fn tell_of_flapping(&mut self) -> News {
        self.mark_told(|_| true);
        News::Flapping(self.confirmed().map(|member| member.series.clone()).collect())
    }

    /// As [`tell`](Self::tell), when it begins to flap.
    pub(super) fn tell_flapping(&mut self, now: Timestamp, settings: &Settings) -> Told {
        let spoken_for = self.inhibited && self.confirmed().all(|member| member.swept);
        if self.is_silenced(now) || spoken_for {
            return Told::default();
        }
        let shadowed = self.is_shadowed(settings);
        if !shadowed {
            self.fired = true;
            self.remind_after(now, settings);
            self.flap_digest = Some(hours_after(now, FLAPPING_HOURS));
        }
        Told::of(self.tell_of_flapping(), shadowed)
    }

    /// Marks the confirmed members that `which` picks and nobody was told of.
    pub(super) fn mark_told(&mut self, which: impl Fn(&Member) -> bool) -> Vec<SeriesKey> {
        let untold = self.members.iter_mut().filter(|member| member.confirmed && !member.told && which(member));
        untold
            .map(|member| {
                member.told = true;
                member.series.clone()
            })
            .collect()
    }

    pub(super) fn is_shadowed(&self, settings: &Settings) -> bool {
        settings.shadow || self.confirmed().all(|member| member.shadow)
    }

    /// Ends the life; a resolved note is news if people were told that it fires, and is owed while nothing may be told.
    pub(super) fn end(&mut self, now: Timestamp, settings: &Settings) -> Told {
        self.state = AlertState::Resolved;
        self.acknowledged = false;
        (self.remind_at, self.reminders) = (None, 0);
        let shadowed = self.is_shadowed(settings);
        self.owes_end = self.announced && !shadowed && self.is_withheld(now);
        if self.announced && !self.owes_end { Told::of(News::Resolved, shadowed) } else { Told::default() }
    }

    /// Tells what was withheld and still holds, unless something withholds it yet.
    pub(super) fn release(&mut self, how: fn(Vec<SeriesKey>) -> News, now: Timestamp, settings: &Settings) -> Told {
        if self.state != AlertState::Resolved {
            return self.tell(how, now, settings);
        }
        if self.owes_end && !self.is_withheld(now) {
            self.owes_end = false;
            return Told::of(News::Resolved, settings.shadow);
        }
        Told::default()
    }
}

/// A time so many hours later, held at the end of time.
pub(super) fn hours_after(at: Timestamp, hours: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
}
