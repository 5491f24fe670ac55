//! A member: one series within an alert, with the evidence that made it one and its way back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::signal::{Evidence, Says, Signal};
use crate::analysis::Settings;
use crate::domain::series::{Direction, SeriesKey};

/// Standard deviations of a run within which it may lie and still be back at the good level.
const NOISE_UNITS: f64 = 4.0;

/// A budget that is broken is news again when its excess has grown this many times.
const MUCH_FURTHER: f64 = 2.0;

/// A series that is part of an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub series: SeriesKey,
    pub direction: Direction,
    /// As its signal had it; of several for the worse in a row, the last one that was markedly worse.
    pub evidence: Evidence,
    /// The reason of the signal.
    pub reason: String,
    /// The level to come back to and the noise around it, where it has levels: those before the first shift for the worse.
    pub good: Option<Good>,
    /// Whether it is confirmed; otherwise it is only suspected.
    pub confirmed: bool,
    /// Whether news has carried it, or a quiet first index or shadow mode made it none.
    pub told: bool,
    /// The alert of its environment speaks for it.
    pub swept: bool,
    /// In shadow mode when it last spoke.
    pub shadow: bool,
    /// Good runs in a row up to the newest.
    pub good_runs: u32,
    /// Whether it had enough of them at some time; when it is confirmed next, that is news again.
    pub recovered: bool,
}

/// A good level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Good {
    /// In the unit of the series.
    pub level: f64,
    /// Standard deviation of single runs around it, in the unit of the series.
    pub noise: f64,
}

/// What a person has accepted of a series: no alert comes of that any more, only of what is worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    pub series: SeriesKey,
    pub direction: Direction,
    pub evidence: Evidence,
    /// Standard deviation of single runs, where it is known.
    pub noise: f64,
    pub at: Timestamp,
}

impl Member {
    fn new(signal: &Signal, evidence: &Evidence, confirmed: bool) -> Self {
        Self {
            series: signal.series.clone(),
            direction: signal.direction,
            evidence: evidence.clone(),
            reason: signal.reason.clone(),
            good: evidence.shift().map(|shift| Good { level: shift.before, noise: shift.noise }),
            confirmed,
            told: false,
            swept: false,
            shadow: signal.shadow,
            good_runs: 0,
            recovered: false,
        }
    }

    /// What a series is to its alert after a signal: `None` when it is no (longer a) member.
    pub(super) fn after(member: Option<Self>, signal: &Signal, settings: &Settings) -> Option<Self> {
        if let Some(confirmed) = member.as_ref().filter(|member| member.confirmed) {
            return Some(confirmed.clone().heard(signal, settings));
        }
        let swept = member.as_ref().is_some_and(|member| member.swept);
        let next = match (&signal.says, member) {
            (Says::Confirmed(evidence), _) => Some(Self::new(signal, evidence, true)),
            // A late run has confirmed the suspicion.
            (Says::Held(evidence), Some(member)) if member.suspected(evidence) => {
                Some(Self::new(signal, evidence, true))
            }
            (Says::Suspected(evidence), _) => Some(Self::new(signal, evidence, false)),
            (Says::Unclear, member) => member,
            (Says::Good | Says::Held(_), _) => None,
        };
        next.map(|next| Self { swept, ..next })
    }

    /// A confirmed member after a signal.
    fn heard(mut self, signal: &Signal, settings: &Settings) -> Self {
        self.shadow = signal.shadow;
        // Which way is good may have been said otherwise since.
        self.direction = signal.direction;
        self.count(signal, settings);
        if let Says::Confirmed(evidence) = &signal.says {
            if self.recovered {
                return Self::new(signal, evidence, true);
            }
            // Back to a level that was told already is no news; markedly worse than that is.
            if self.is_further(evidence, settings) {
                self.evidence = evidence.clone();
                self.reason.clone_from(&signal.reason);
                self.told = false;
            }
        }
        self
    }

    /// Whether it has had enough good runs in a row.
    pub fn is_back(&self, settings: &Settings) -> bool {
        self.good_runs >= self.evidence.recover_runs(settings.recover_runs)
    }

    /// Counts good runs in a row.
    fn count(&mut self, signal: &Signal, settings: &Settings) {
        let runs: Vec<bool> = match (&self.good, &signal.says) {
            (Some(good), _) => signal.fresh.iter().map(|value| self.is_good(good, *value, settings)).collect(),
            (None, Says::Good) => vec![true; signal.fresh.len().max(1)],
            (None, Says::Suspected(_) | Says::Confirmed(_)) => vec![false],
            (None, Says::Held(_) | Says::Unclear) => Vec::new(),
        };
        for good in runs {
            self.good_runs = if good { self.good_runs.saturating_add(1) } else { 0 };
            self.recovered |= self.is_back(settings);
        }
    }

    /// Whether `value` is back: no worse than the good level, or within its noise and nearer to it than to the bad level.
    pub(super) fn is_good(&self, good: &Good, value: f64, settings: &Settings) -> bool {
        if !self.direction.is_worse(good.level, value) {
            return true;
        }
        let off = (value - good.level).abs();
        let allowed = (NOISE_UNITS * good.noise).max(settings.tuning.min_effect * good.level.abs());
        let bad = self.evidence.level().unwrap_or(good.level);
        off <= allowed && off < (bad - good.level).abs() / 2.0
    }

    /// Whether `evidence` is what this member was suspected of: it began no later, and left the same level.
    fn suspected(&self, evidence: &Evidence) -> bool {
        let same_level = match (evidence.good_level(), self.good) {
            (Some(level), Some(good)) => (level - good.level).abs() <= good.noise,
            _ => false,
        };
        same_level && evidence.began() <= self.evidence.began()
    }

    /// Whether `evidence` is markedly worse than what is known.
    fn is_further(&self, evidence: &Evidence, settings: &Settings) -> bool {
        match (&self.evidence, evidence) {
            (Evidence::Shift(known), Evidence::Shift(new)) => {
                self.direction.is_worse(known.after, new.after)
                    && (new.after - known.after).abs() > settings.tuning.min_effect * known.after.abs()
            }
            // Single values scatter, so a slightly higher one is none.
            (Evidence::Budget(known), Evidence::Budget(new)) => {
                (new.value - new.limit).abs() > MUCH_FURTHER * (known.value - known.limit).abs()
            }
            _ => false,
        }
    }

    /// What accepting it makes of it.
    pub(super) fn accepted(&self, at: Timestamp) -> Accepted {
        Accepted {
            series: self.series.clone(),
            direction: self.direction,
            evidence: self.evidence.clone(),
            noise: self.good.map_or(0.0, |good| good.noise),
            at,
        }
    }
}

impl Accepted {
    /// Whether `evidence` is nothing but what was accepted.
    pub(super) fn covers(&self, evidence: &Evidence, settings: &Settings) -> bool {
        let no_worse = |level: f64, new: f64, noise: f64| {
            let allowed = (NOISE_UNITS * noise).max(settings.tuning.min_effect * level.abs());
            !self.direction.is_worse(level, new) || (new - level).abs() <= allowed
        };
        match (&self.evidence, evidence) {
            // The old change again. One that began later starts from another level, and is another change.
            (Evidence::Shift(old), Evidence::Shift(new)) => {
                new.change_at <= self.at && no_worse(old.after, new.after, self.noise)
            }
            (Evidence::Budget(old), Evidence::Budget(new)) => no_worse(old.value, new.value, 0.0),
            (Evidence::Absence(old), Evidence::Absence(new)) => old.last_run == new.last_run,
            _ => false,
        }
    }
}
