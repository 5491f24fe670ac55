//! A member: one series within an alert, with the evidence that made it one and its way back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::signal::{Evidence, Says, Signal};
use crate::analysis::Settings;
use crate::analysis::reason::{quantity, time};
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::verdict::Shift;

/// Standard deviations of a run within which it may lie and still be back at the good level.
const NOISE_UNITS: f64 = 4.0;

/// How much likelier the runs must be at the good level than at the bad one before a regression is over.
const CERTAIN: f64 = 1e4;

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
    /// Since when it is off the good level: when the first shift for the worse began, of several in a row.
    pub since: Timestamp,
    /// The time of the newest run that was known when it spoke last.
    pub newest: Timestamp,
    /// Whether it is confirmed; otherwise it is only suspected.
    pub confirmed: bool,
    /// Whether news has carried it, or a quiet first index or shadow mode made it none.
    pub told: bool,
    /// The alert of its environment speaks for it.
    pub swept: bool,
    /// In shadow mode when it last spoke.
    pub shadow: bool,
    /// Good runs in a row up to the newest; the one that would end a regression counts only when the end is certain.
    pub good_runs: u32,
    /// How certain it is that a regression is over, as a number of runs that leave no doubt.
    pub certain: f64,
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
    /// The level before, and the standard deviation of single runs, where they are known.
    pub good: Option<Good>,
    /// The time of the newest run that was known: what began later was not accepted. A clock says nothing of that.
    pub newest: Timestamp,
}

impl Member {
    fn new(signal: &Signal, evidence: &Evidence, confirmed: bool) -> Self {
        Self {
            series: signal.series.clone(),
            direction: signal.direction,
            evidence: evidence.clone(),
            reason: signal.reason.clone(),
            good: evidence.shift().map(|shift| Good { level: shift.before, noise: shift.noise }),
            since: evidence.began(),
            newest: signal.newest.unwrap_or_else(|| evidence.began()),
            confirmed,
            told: false,
            swept: false,
            shadow: signal.shadow,
            good_runs: 0,
            certain: 0.0,
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
            (Says::Good | Says::Better(_) | Says::Held(_), _) => None,
        };
        next.map(|next| Self { swept, ..next })
    }

    /// A confirmed member after a signal.
    fn heard(mut self, signal: &Signal, settings: &Settings) -> Self {
        self.shadow = signal.shadow;
        // Which way is good may have been said otherwise since.
        self.direction = signal.direction;
        self.newest = signal.newest.map_or(self.newest, |newest| newest.max(self.newest));
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
                self.certain = 0.0;
            }
        }
        self
    }

    /// How far the bad level is from the good one, relative to that where it is not zero; more than the last shift where several followed one another.
    pub fn total(&self) -> Option<f64> {
        match (self.good, self.evidence.level()) {
            (Some(good), Some(bad)) => (good.level != 0.0).then(|| (bad - good.level) / good.level.abs()),
            _ => self.evidence.effect(),
        }
    }

    /// Where several shifts followed one another: how far it has gone from the good level in all, in a plain sentence.
    pub fn in_all(&self) -> Option<String> {
        let (good, shift) = (self.good?, self.evidence.shift()?);
        if self.since >= shift.change_at {
            return None;
        }
        let unit = &self.series.unit;
        let total = match self.total() {
            Some(total) => format!("{:+.1} %", total * 100.0),
            None => quantity(shift.after - good.level, unit),
        };
        let (level, since) = (quantity(good.level, unit), time(self.since));
        Some(format!(
            "In all it is {total} from the good level of {level}, which it left at {since}: this is a further step."
        ))
    }

    /// Whether it has had enough good runs in a row.
    pub fn is_back(&self, settings: &Settings) -> bool {
        self.good_runs >= self.evidence.recover_runs(settings.recover_runs)
    }

    /// Counts good runs in a row.
    fn count(&mut self, signal: &Signal, settings: &Settings) {
        let needed = self.evidence.recover_runs(settings.recover_runs);
        if let Some(good) = self.good {
            for &value in &signal.fresh {
                self.weigh(&good, value, needed);
                let is_good = self.is_good(&good, value, settings);
                self.tally(is_good, needed);
            }
            // The detector has found the way back, however many runs it took.
            if matches!(&signal.says, Says::Better(shift) if self.is_good(&good, shift.after, settings)) {
                self.good_runs = self.good_runs.max(needed);
                self.certain = f64::from(needed);
                self.recovered = true;
            }
            return;
        }
        match signal.says {
            Says::Good | Says::Better(_) => (0..signal.fresh.len().max(1)).for_each(|_| self.tally(true, needed)),
            Says::Suspected(_) | Says::Confirmed(_) => self.tally(false, needed),
            Says::Held(_) | Says::Unclear => {}
        }
    }

    fn tally(&mut self, is_good: bool, needed: u32) {
        let next = if is_good { self.good_runs.saturating_add(1) } else { 0 };
        let is_certain = self.good.is_none() || self.certain >= f64::from(needed);
        self.good_runs = if is_certain { next } else { next.min(needed.saturating_sub(1)) };
        self.recovered |= self.good_runs >= needed;
    }

    /// Weighs a run between the good level and the bad one: a cumulative sum of the logarithms of how much likelier it is at the good one (Page
    /// 1954), where no single run counts for more than its share of what is needed. Half of a small effect is near its noise, and some runs in a
    /// row lie there by chance: the smaller the effect, the more runs it takes.
    fn weigh(&mut self, good: &Good, value: f64, needed: u32) {
        let worse = self.evidence.shift().map_or(0.0, nearest) - good.level;
        let towards_good = good.level + worse / 2.0 - value;
        let weight = worse * towards_good / (good.noise * good.noise);
        let share = CERTAIN.ln() / f64::from(needed.max(1));
        // Without noise the side is all that can be said.
        let runs = if weight.is_nan() { 0.0 } else { (weight / share).clamp(-1.0, 1.0) };
        self.certain = (self.certain + runs).clamp(0.0, f64::from(needed));
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
    pub(super) fn accepted(&self) -> Accepted {
        Accepted {
            series: self.series.clone(),
            direction: self.direction,
            evidence: self.evidence.clone(),
            good: self.good,
            newest: self.newest,
        }
    }
}

/// The level after a shift, as near to the one before as it may well be: the first estimate of what was noticed is too large rather than too
/// small. At least half of the way is believed.
fn nearest(shift: &Shift) -> f64 {
    let (low, moved, high) = shift.difference();
    let near = if moved < 0.0 { high.max(moved).min(moved / 2.0) } else { low.min(moved).max(moved / 2.0) };
    shift.before + if near.is_nan() { moved / 2.0 } else { near }
}

impl Accepted {
    /// Whether `evidence` is nothing but what was accepted.
    pub(super) fn covers(&self, evidence: &Evidence, settings: &Settings) -> bool {
        let noise = self.good.map_or(0.0, |good| good.noise);
        let no_worse = |level: f64, new: f64, noise: f64| {
            let allowed = (NOISE_UNITS * noise).max(settings.tuning.min_effect * level.abs());
            !self.direction.is_worse(level, new) || (new - level).abs() <= allowed
        };
        match (&self.evidence, evidence) {
            // The old change again. One that began later starts from another level, and is another change.
            (Evidence::Shift(old), Evidence::Shift(new)) => {
                // Of few runs it was not clear yet where it began; what left the same level may have begun as early as the new one says.
                let same_start = (new.before - old.before).abs() <= noise;
                let began = if same_start { new.began.first_at.min(new.change_at) } else { new.change_at };
                began <= self.newest && no_worse(old.after, new.after, noise)
            }
            (Evidence::Budget(old), Evidence::Budget(new)) => no_worse(old.value, new.value, 0.0),
            (Evidence::Absence(old), Evidence::Absence(new)) => old.last_run == new.last_run,
            _ => false,
        }
    }
}
