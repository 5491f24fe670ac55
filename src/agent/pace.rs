//! The pace of an answer: how long may still be waited, and why it was not any longer.
//!
//! Pure: times are since the question was asked. A wait ends at the first of four deadlines: for the first piece, for the next one, for
//! the call as a whole, and for the few words behind an answer that is finished. Pieces count, not bytes: a server that sends one byte a
//! second, or nothing but comments, is not getting on.

use std::time::Duration;

use super::fault::{Fault, seconds};
use crate::domain::call::Failure;

/// Bytes a second that a body has at least, over a whole `idle`: a token a second in the wordiest frame has ten times as many.
const LEAST_RATE: f64 = 16.0;
/// A deadline that leaves a server this part of its own limit has not hurried it.
const ALMOST: f64 = 0.9;
/// How long the figures behind a finished answer are waited for.
const AFTERWORDS: Duration = Duration::from_secs(2);
/// Pieces that came within less were made at another time than they came, by whatever held them back.
const BELIEVABLE: Duration = Duration::from_millis(250);
/// Portions so far apart came apart; there are [`APART`] of them in an answer that was not held back.
const GAP: Duration = Duration::from_millis(10);
const APART: u64 = 8;

/// Where a call stands against its deadlines.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    first: Duration,
    idle: Duration,
    whole: Duration,
    /// The first and the last piece, and when bytes came that had one.
    first_piece: Option<Duration>,
    last_piece: Option<Duration>,
    /// Portions with a piece that came apart, and the last of them.
    apart: u64,
    last_apart: Option<Duration>,
    finished: Option<Duration>,
    /// The window over which the rate is taken: its beginning and its bytes.
    window: Option<(Duration, u64)>,
}

impl Pace {
    /// Deadlines of a call: `first` for its first piece, `idle` between two, `whole` for all.
    pub fn new(first: Duration, idle: Duration, whole: Duration) -> Self {
        Self {
            first,
            idle,
            whole,
            first_piece: None,
            last_piece: None,
            apart: 0,
            last_apart: None,
            finished: None,
            window: None,
        }
    }

    /// How long to wait at most, at `now`.
    pub fn wait(&self, now: Duration) -> Duration {
        self.deadline().saturating_sub(now)
    }

    fn deadline(&self) -> Duration {
        self.limit().min(self.whole)
    }

    /// When the server has taken longer than it may, however much time there is for the call.
    fn limit(&self) -> Duration {
        match (self.finished, self.last_piece) {
            (Some(at), _) => at.saturating_add(AFTERWORDS.min(self.idle)),
            (None, Some(at)) => at.saturating_add(self.idle),
            (None, None) => self.first,
        }
    }

    /// `bytes` came at `now`, with or without a piece of the answer, and with the end of it or not.
    ///
    /// # Errors
    /// [`Failure::Slow`] when so few come that it is no use.
    pub fn came(&mut self, now: Duration, bytes: usize, piece: bool, finished: bool) -> Result<(), Fault> {
        if piece {
            self.first_piece.get_or_insert(now);
            self.last_piece = Some(now);
            if self.last_apart.is_none_or(|last| now.saturating_sub(last) >= GAP) {
                self.last_apart = Some(now);
                self.apart = self.apart.saturating_add(1);
            }
        }
        if finished {
            self.finished.get_or_insert(now);
        }
        let (begin, before) = self.window.unwrap_or((now, 0));
        let sum = before.saturating_add(bytes as u64);
        let length = now.saturating_sub(begin);
        self.window = Some((begin, sum));
        if length >= self.idle && !self.idle.is_zero() {
            self.window = Some((now, 0));
            if self.finished.is_none() && (sum as f64) < LEAST_RATE * length.as_secs_f64() {
                let said = format!("the answer came too slowly: {sum} bytes within {}", seconds(length));
                return Err(Fault::new(Failure::Slow, said));
            }
        }
        Ok(())
    }

    /// Why there is no more waiting at `now`.
    pub fn late(&self, now: Duration) -> Fault {
        let all = now >= self.whole;
        let fault = match (self.window, self.last_piece) {
            (None, _) if all => {
                Fault::new(Failure::Silent, format!("nothing came within the {} that there were", seconds(self.whole)))
            }
            (None, _) => Fault::new(Failure::Silent, format!("nothing came within {}", seconds(self.first))),
            _ if all => Fault::new(
                Failure::Slow,
                format!("the answer was not finished within the {} that there were", seconds(self.whole)),
            ),
            (_, None) => {
                Fault::new(Failure::Slow, format!("no word of the answer came within {}", seconds(self.first)))
            }
            (_, Some(_)) => Fault::new(Failure::Slow, format!("the answer did not go on for {}", seconds(self.idle))),
        };
        let since = self.last_piece.unwrap_or_default();
        let [had, might] = [self.whole, self.limit()].map(|until| until.saturating_sub(since));
        Fault { hurried: all && is_short(had, might), ..fault }
    }

    /// When the first piece came.
    pub fn first_piece(&self) -> Option<Duration> {
        self.first_piece
    }

    /// Between the first and the last piece, where they came in enough portions and over time enough for that to be the time of their
    /// generation.
    pub fn generation(&self) -> Option<Duration> {
        let between = self.last_piece?.checked_sub(self.first_piece?)?;
        (self.apart >= APART && between >= BELIEVABLE).then_some(between)
    }
}

/// Whether so much time is less than a server may take: little less is as good as all of it.
pub(super) fn is_short(time: Duration, limit: Duration) -> bool {
    time < limit.mul_f64(ALMOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pace() -> Pace {
        Pace::new(s(60), s(20), s(300))
    }

    #[test]
    fn each_deadline_has_its_failure() {
        let mut pace = pace();
        assert_eq!(pace.wait(s(10)), s(50));
        assert_eq!(pace.late(s(60)).failure, Failure::Silent);
        pace.came(s(30), 1000, false, false).expect("bytes");
        assert_eq!(pace.wait(s(30)), s(30), "bytes without a piece do not help");
        assert_eq!(pace.late(s(60)).failure, Failure::Slow);
        pace.came(s(40), 1000, true, false).expect("a piece");
        assert_eq!(pace.wait(s(40)), s(20));
        assert_eq!(pace.late(s(60)).failure, Failure::Slow);
        pace.came(s(290), 100_000, true, false).expect("a piece");
        assert_eq!(pace.wait(s(290)), s(10), "the whole is the last deadline");
        assert_eq!(pace.late(s(300)).failure, Failure::Slow);
        pace.came(s(291), 10, false, true).expect("the end");
        assert_eq!(pace.wait(s(291)), s(2));
        assert_eq!(Pace::new(s(60), s(20), s(5)).late(s(5)).failure, Failure::Silent);
    }

    #[test]
    fn a_deadline_of_ours_is_no_failure_of_a_server_that_is_getting_on() {
        let mut pace = Pace::new(s(60), s(20), s(50));
        assert!(pace.late(s(50)).hurried, "it had ten more seconds for its first piece");
        pace.came(s(40), 1000, true, false).expect("a piece");
        let fault = pace.late(s(50));
        assert!(fault.hurried && fault.failure == Failure::Slow, "{fault:?}");
        let mut pace = Pace::new(s(60), s(20), s(315));
        pace.came(s(300), 1000, true, false).expect("a piece");
        assert!(pace.late(s(315)).hurried, "a pause may have twenty seconds, not fifteen");
        assert!(!Pace::new(s(60), s(20), s(59)).late(s(59)).hurried, "a second less makes no difference");
        assert!(!Pace::new(s(60), s(20), s(300)).late(s(60)).hurried);
        let mut pace = Pace::new(s(60), s(20), s(300));
        pace.came(s(40), 1000, true, false).expect("a piece");
        assert!(!pace.late(s(60)).hurried, "it stopped in the midst of its answer");
    }

    #[test]
    fn a_byte_a_second_is_slow_even_if_each_had_a_piece() {
        let mut pace = pace();
        let slow = (1..300).map(|second| pace.came(s(second), 1, true, false)).find_map(Result::err);
        assert_eq!(slow.map(|fault| fault.failure), Some(Failure::Slow));
    }

    #[test]
    fn a_token_a_second_is_not_slow() {
        let mut pace = pace();
        assert!((1..300).all(|second| pace.came(s(second), 60, true, false).is_ok()));
        assert_eq!(pace.first_piece(), Some(s(1)));
        assert_eq!(pace.generation(), Some(s(298)));
    }

    #[test]
    fn an_answer_that_was_held_back_has_no_time_of_generation() {
        let mut burst = pace();
        let ms = Duration::from_millis;
        (0..500).for_each(|i| burst.came(ms(3000) + Duration::from_micros(i), 60, true, false).expect("a piece"));
        assert_eq!(burst.generation(), None, "all at once");
        burst.came(ms(3600), 60, true, true).expect("a piece");
        assert_eq!(burst.generation(), None, "two bursts");
        let mut quick = pace();
        (0..20).for_each(|i| quick.came(ms(10 * i), 60, true, false).expect("a piece"));
        assert_eq!(quick.generation(), None, "too short to be measured");
        let mut pace = pace();
        pace.came(s(1), 60, true, false).expect("a piece");
        pace.came(s(2), 60, true, true).expect("a piece");
        assert_eq!(pace.generation(), None);
    }
}
