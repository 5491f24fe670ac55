//! What is told again by the clock: reminders of an alert that nobody takes, and the day's digest of one that flaps.
//!
//! A reminder is due a while after the alert was told as news, and after each reminder; an acknowledgement ends them. One whose time comes
//! while the alert may not be told (in silence, while it recovers or an environment speaks for it) comes when that ends. Nobody is
//! reminded of what the mail server has not taken yet.

use jiff::Timestamp;

use super::News;
use super::record::{AlertRecord, FLAPPING_HOURS, hours_after};
use crate::analysis::Settings;
use crate::domain::alert::AlertState;
use crate::domain::series::SeriesKey;

impl AlertRecord {
    /// Notes that it was told as news: a reminder comes so much later.
    pub(super) fn remind_after(&mut self, now: Timestamp, settings: &Settings) {
        self.reminders = 0;
        self.remind_at = if self.acknowledged { None } else { self.next_reminder(now, settings) };
    }

    /// Whether it is in a state in which people are reminded of it.
    pub(super) fn may_be_reminded(&self) -> bool {
        self.state == AlertState::Firing && !self.acknowledged && !self.inhibited && !self.flapping
    }

    fn next_reminder(&self, now: Timestamp, settings: &Settings) -> Option<Timestamp> {
        let place = usize::try_from(self.reminders).unwrap_or(usize::MAX);
        let pause = settings.remind.get(place).or(settings.remind.last())?;
        Some(now.checked_add(*pause).unwrap_or(Timestamp::MAX))
    }

    /// The reminder that is due, if one is; the next one is set.
    pub(super) fn remind(&mut self, now: Timestamp, settings: &Settings) -> Option<News> {
        self.remind_at.filter(|at| *at <= now && self.may_be_reminded())?;
        let told =
            self.announced && !self.is_silenced(now) && !self.is_shadowed(settings) && !settings.remind.is_empty();
        if told {
            self.reminders = self.reminders.saturating_add(1);
        }
        self.remind_at = self.next_reminder(now, settings);
        told.then(|| News::Reminded(self.bad_series()))
    }

    /// The digest of its flapping that is due, if one is; the next one is set.
    pub(super) fn flapped(&mut self, now: Timestamp, settings: &Settings) -> Option<News> {
        self.flap_digest.filter(|at| *at <= now && self.flapping && !self.is_silenced(now))?;
        self.openings.retain(|at| now < hours_after(*at, FLAPPING_HOURS));
        self.flap_digest = Some(hours_after(now, FLAPPING_HOURS));
        let aloud = !self.inhibited && !self.is_shadowed(settings);
        aloud.then(|| News::Flapped(self.confirmed().map(|member| member.series.clone()).collect()))
    }

    /// The series of which its newest runs are bad.
    fn bad_series(&self) -> Vec<SeriesKey> {
        self.confirmed().filter(|member| member.good_runs == 0).map(|member| member.series.clone()).collect()
    }
}
