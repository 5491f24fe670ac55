//! A time zone: what times are shown in to people. Data, JSON and file names stay in UTC.
//!
//! It cannot fail once it is there. A time is always shown with its offset from
//! UTC, so that a reader elsewhere can tell what is meant, also in the hour that a change of the clocks repeats.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The zone that times are shown in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// A zone that the caller has looked up.
    pub fn new(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// `2026-11-21 15:30:05 +01:00`, to the second; in UTC `2026-11-21 14:30:05 UTC`.
    pub fn show(&self, at: Timestamp) -> String {
        self.written(at, "%Y-%m-%d %H:%M:%S")
    }

    /// The same to the minute: `2026-11-21 15:30 +01:00`.
    pub fn show_minute(&self, at: Timestamp) -> String {
        self.written(at, "%Y-%m-%d %H:%M")
    }

    /// The day alone, in this zone: `2026-11-21`.
    pub fn day(&self, at: Timestamp) -> String {
        at.to_zoned(self.0.clone()).strftime("%Y-%m-%d").to_string()
    }

    /// The zone itself, for arithmetic with days and hours of the wall clock.
    pub fn tz(&self) -> &TimeZone {
        &self.0
    }

    /// A stored sentence with its times as this zone has them: the index writes them in UTC to the minute (`2026-11-21 14:30 UTC`).
    pub fn retold(&self, sentence: &str) -> String {
        const LENGTH: usize = "2026-11-21 14:30".len();
        let mut out = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once(" UTC") {
            let parts = before.len().checked_sub(LENGTH).and_then(|begin| before.split_at_checked(begin));
            let at = |text: &str| DateTime::strptime("%Y-%m-%d %H:%M", text).ok()?.to_zoned(TimeZone::UTC).ok();
            match parts.and_then(|(words, time)| Some((words, at(time)?.timestamp()))) {
                Some((words, at)) => out.extend([words, &self.show_minute(at)]),
                None => out.extend([before, " UTC"]),
            }
            rest = after;
        }
        out + rest
    }

    fn written(&self, at: Timestamp, format: &str) -> String {
        let zoned = at.to_zoned(self.0.clone());
        let time = zoned.strftime(format);
        if self.0 == TimeZone::UTC { format!("{time} UTC") } else { format!("{time} {}", zoned.strftime("%:z")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_says_how_far_it_is_from_utc() {
        let at: Timestamp = "2026-07-01T22:30:05.9Z".parse().unwrap();
        let berlin = Zone::new(TimeZone::get("Europe/Berlin").unwrap());
        assert_eq!(Zone::UTC.show(at), "2026-07-01 22:30:05 UTC");
        assert_eq!(berlin.show(at), "2026-07-02 00:30:05 +02:00");
        assert_eq!(berlin.show_minute(at), "2026-07-02 00:30 +02:00");
        let stored = "It left 2026-07-01 22:30 UTC at 3 UTC and 2026-99-01 22:30 UTC, größer: 2026-12-31 23:59 UTC";
        assert_eq!(Zone::UTC.retold(stored), stored);
        let told = "It left 2026-07-02 00:30 +02:00 at 3 UTC and 2026-99-01 22:30 UTC, größer: 2027-01-01 00:59 +01:00";
        assert_eq!(berlin.retold(stored), told);
        assert_eq!((Zone::UTC.day(at), berlin.day(at)), ("2026-07-01".into(), "2026-07-02".into()));
    }
}
