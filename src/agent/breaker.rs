//! A breaker: after some failures in a row an endpoint is left alone for a while, then tried by one question at a time.
//!
//! Pure: `now` is an argument. Wall time may step back; a rest that would end later than a whole rest from now is over.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What is remembered of an endpoint's failures; one that answered has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// In a row.
    failures: u32,
    /// It is left alone until then.
    until: Option<Timestamp>,
    /// What the last failure was, for people.
    #[serde(default)]
    why: String,
}

/// Whether an endpoint may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    Yes,
    /// It has rested: one question may find out how it is.
    Trial,
    /// Not before this time.
    No(Timestamp),
}

impl Breaker {
    /// Until when it was to be left alone at the last failure.
    pub(super) fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// What the last failure was, for people.
    pub(super) fn why(&self) -> &str {
        &self.why
    }

    /// The same with no more than `most` characters of words.
    pub(super) fn checked(mut self, most: usize) -> Self {
        self.why = self.why.chars().take(most).collect();
        self
    }

    /// Whether the endpoint may be asked now.
    pub(super) fn leave(&self, now: Timestamp, rest: Duration) -> Leave {
        match self.until {
            None => Leave::Yes,
            Some(until) if until > now && until <= later(now, rest) => Leave::No(until),
            Some(_) => Leave::Trial,
        }
    }

    /// It failed, and `why`: after `most` times in a row it rests, and again after each trial that fails.
    pub(super) fn failed(&mut self, now: Timestamp, most: u32, rest: Duration, why: String) {
        self.why = why;
        self.failures = self.failures.saturating_add(1);
        if self.failures >= most.max(1) {
            self.until = Some(later(now, rest));
        }
    }
}

fn later(now: Timestamp, rest: Duration) -> Timestamp {
    let rest = SignedDuration::try_from(rest).unwrap_or(SignedDuration::MAX);
    now.saturating_add(rest).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(300);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("a time")
    }

    #[test]
    fn it_rests_after_failures_in_a_row_and_is_tried_again() {
        let mut breaker = Breaker::default();
        breaker.failed(at(0), 2, REST, String::new());
        assert_eq!(breaker.leave(at(1), REST), Leave::Yes);
        breaker.failed(at(2), 2, REST, String::new());
        assert_eq!(breaker.leave(at(3), REST), Leave::No(at(302)));
        assert_eq!(breaker.leave(at(302), REST), Leave::Trial);
        breaker.failed(at(303), 2, REST, String::new());
        assert_eq!(breaker.leave(at(304), REST), Leave::No(at(603)));
    }

    #[test]
    fn a_clock_that_steps_back_does_not_make_it_rest_for_ever() {
        let mut breaker = Breaker::default();
        breaker.failed(at(1_000_000), 1, REST, String::new());
        assert_eq!(breaker.leave(at(0), REST), Leave::Trial);
    }

    #[test]
    fn the_end_of_time_and_odd_settings_are_borne() {
        let mut breaker = Breaker::default();
        breaker.failed(Timestamp::MAX, 0, Duration::MAX, String::new());
        assert_eq!(breaker.leave(at(0), Duration::MAX), Leave::No(Timestamp::MAX));
        breaker.failed(at(0), 1, Duration::ZERO, String::new());
        assert_eq!(breaker.leave(at(0), Duration::ZERO), Leave::Trial);
    }
}
