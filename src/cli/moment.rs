//! Moments on the command line: a date, a time, or how long ago.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::alerts;

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    At(Timestamp),
    /// So long before now.
    Ago(Duration),
}

impl Since {
    /// The moment itself, seen from `now`; before all time is since ever.
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(span) => SignedDuration::try_from(span)
                .ok()
                .and_then(|span| now.checked_sub(span).ok())
                .unwrap_or(Timestamp::MIN),
        }
    }
}

/// Reads `7d`, `36h`, `2026-12-01`, `2026-12-01T08:00` (both in UTC) or a time with its offset.
///
/// # Errors
/// With what it should look like.
pub fn or_ago(text: &str) -> Result<Since, String> {
    let ago = alerts::duration(text).map(Since::Ago);
    ago.or_else(|_| alerts::moment(text).map(Since::At)).map_err(|_| {
        "must be how long ago, such as 12h or 7d, or a time such as 2026-12-01 (in UTC) or 2026-12-01T08:00:00+01:00".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_or_how_long_ago() {
        let now: Timestamp = "2026-12-08T00:00:00Z".parse().unwrap();
        for text in ["7d", "2026-12-01", "2026-12-01T00:00", "2026-12-01T01:00:00+01:00"] {
            let since = or_ago(text).unwrap().before(now);
            assert_eq!(since.to_string(), "2026-12-01T00:00:00Z", "{text}");
        }
        assert!(or_ago("yesterday").is_err() && or_ago("").is_err());
        assert_eq!(Since::Ago(Duration::MAX).before(now), Timestamp::MIN);
    }
}
