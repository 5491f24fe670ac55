//! A time as files write it: epoch numbers of any precision, RFC 3339, and naive date-times, which count as UTC.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::artifact::table::Cell;

/// The time that a cell tells.
pub(in crate::artifact) fn of_cell(cell: &Cell) -> Option<Timestamp> {
    match cell {
        Cell::Number(value) => of_epoch(*value),
        Cell::Text(text) => of_text(text),
        _ => None,
    }
}

/// Seconds, milli-, micro- or nanoseconds since 1970, by magnitude; only years 2001 to 2096.
pub(in crate::artifact) fn of_epoch(value: f64) -> Option<Timestamp> {
    let seconds = match value {
        v if (1e9..4e9).contains(&v) => v,
        v if (1e12..4e12).contains(&v) => v / 1e3,
        v if (1e15..4e15).contains(&v) => v / 1e6,
        v if (1e18..4e18).contains(&v) => v / 1e9,
        _ => return None,
    };
    #[allow(clippy::cast_possible_truncation, reason = "bounded above")]
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

/// Any of the usual spellings.
pub(in crate::artifact) fn of_text(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_matches(['`', '*', '"']).trim().trim_end_matches('.');
    if text.len() < 8 || text.len() > 40 || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return rfc2822(text);
    }
    if let Ok(value) = text.parse::<f64>() {
        return of_epoch(value);
    }
    let text = text.strip_suffix(" UTC").map_or_else(|| text.to_owned(), |t| format!("{t}Z"));
    let found = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| utc(text.strip_suffix('Z').unwrap_or(&text).parse::<DateTime>().ok()?))
        .or_else(|| utc(DateTime::strptime("%Y%m%d-%H%M%S", text.replace('_', "-")).ok()?))
        .or_else(|| utc(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))?;
    let year = found.to_zoned(TimeZone::UTC).year();
    (1990..2100).contains(&year).then_some(found)
}

fn rfc2822(text: &str) -> Option<Timestamp> {
    if text.len() > 40 || !text.starts_with(|c: char| c.is_ascii_alphabetic()) || !text.contains(':') {
        return None;
    }
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// A naive time taken as UTC.
pub(in crate::artifact) fn utc(naive: DateTime) -> Option<Timestamp> {
    naive.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_one_moment() {
        for text in [
            "2025-10-02T21:21:05Z",
            "2025-10-02T21:21:05+00:00",
            "2025-10-02 21:21:05",
            "1759440065",
            "1759440065000",
            "2025-10-02 21:21:05 UTC",
            "20251002-212105",
        ] {
            assert_eq!(of_text(text).map(|t| t.as_second()), Some(1_759_440_065), "{text}");
        }
        assert_eq!(of_text("2025-10-02").map(|t| t.to_string()).as_deref(), Some("2025-10-02T00:00:00Z"));
    }

    #[test]
    fn other_numbers_are_no_times() {
        for text in ["1234", "3.14", "0000-00-00", "99999999999999", "10.0.26100"] {
            assert_eq!(of_text(text), None, "{text}");
        }
    }
}
