//! When to try a mail again.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(3600);

/// The pause after the `attempt`-th failed attempt (from 1): 30 s, doubling to an hour.
///
/// `jitter` in 0..=1 spreads it from 80 % to 120 %, so that mails that failed together do not come back together; 0.5 leaves it as
/// it is, and so does NaN. How long to go on is the caller's decision: greylisting takes hours, an outage can take days.
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let pause = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let jitter = if jitter.is_nan() { 0.5 } else { jitter.clamp(0.0, 1.0) };
    pause.mul_f64(0.8 + 0.4 * jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_an_hour() {
        let seconds: Vec<u64> = (0..=9).map(|attempt| backoff(attempt, 0.5).as_secs()).collect();
        assert_eq!(seconds, [30, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(backoff(u32::MAX, 0.5).as_secs(), 3600);
    }

    #[test]
    fn jitter_spreads_by_a_fifth_and_never_further() {
        assert_eq!(backoff(1, 0.0).as_secs(), 24);
        assert_eq!(backoff(1, 1.0).as_secs(), 36);
        assert_eq!(backoff(1, 17.0).as_secs(), 36);
        assert_eq!(backoff(1, f64::NEG_INFINITY).as_secs(), 24);
        assert_eq!(backoff(1, f64::NAN).as_secs(), 30);
    }
}
