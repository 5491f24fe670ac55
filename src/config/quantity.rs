//! Quantities with a unit: durations (`200ms`, `1m30s`), sizes (`64MiB`) and fractions (`2%`).
//!
//! Written and read exactly: a decimal fraction is scaled in integers, so that `0.1s` is 100 ms to the nanosecond.

use std::time::Duration;

use super::error::Complaint;

/// Nanoseconds of each unit of time, largest first.
const TIME_UNITS: &[(&str, u128)] = &[
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

/// Bytes of each unit of size, largest first.
const SIZE_UNITS: &[(&str, u128)] = &[
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a duration: one or more numbers with a unit each.
pub(super) fn parse_duration(text: &str) -> Result<Duration, Complaint> {
    let wrong = || Complaint::new(format!("must be a duration such as \"200ms\", \"1s\" or \"5m\", not \"{text}\""));
    let mut rest = text.trim();
    let mut total: u128 = 0;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let (number, unit, tail) = split_term(rest);
        if unit.is_empty() && number == text.trim() {
            return Err(wrong().hint(format!("add a unit: \"{number}ms\", \"{number}s\" or \"{number}m\"")));
        }
        let Some((_, nanos)) = TIME_UNITS.iter().find(|(name, _)| *name == unit) else {
            // A word alone is no number with a misspelt unit.
            let meant = time_unit_meant(unit).filter(|_| !number.is_empty());
            return Err(wrong().did_you_mean(meant.map(|unit| format!("{number}{unit}"))));
        };
        let term = scale(number, *nanos).ok_or_else(wrong)?;
        total = total.checked_add(term).ok_or_else(wrong)?;
        rest = tail.trim_start();
    }
    u64::try_from(total).map(Duration::from_nanos).map_err(|_| wrong())
}

/// Writes a duration in the largest unit that holds it in whole numbers.
pub(super) fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    match TIME_UNITS.iter().find(|(_, unit)| nanos >= *unit && nanos.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", nanos / unit),
        None => format!("{}ms", duration.as_secs_f64() * 1e3),
    }
}

/// Reads a size in bytes.
pub(super) fn parse_size(text: &str) -> Result<u64, Complaint> {
    let wrong = || Complaint::new(format!("must be a size such as \"64MiB\" or \"500kB\", not \"{text}\""));
    let (number, unit, tail) = split_term(text.trim());
    if !tail.trim().is_empty() || number.is_empty() {
        return Err(wrong());
    }
    if unit.is_empty() {
        return Err(wrong().hint(format!("add a unit: \"{number}B\", \"{number}KiB\" or \"{number}MiB\"")));
    }
    let Some((_, bytes)) = SIZE_UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) else {
        let initial = |name: &str| name.chars().next().map(|c| c.to_ascii_uppercase());
        let meant = SIZE_UNITS.iter().find(|(name, _)| initial(name) == initial(unit));
        return Err(wrong().did_you_mean(meant.map(|(name, _)| format!("{number}{name}"))));
    };
    scale(number, *bytes).and_then(|bytes| u64::try_from(bytes).ok()).ok_or_else(wrong)
}

/// Writes a size in the largest unit that holds it in whole numbers.
pub(super) fn format_size(bytes: u64) -> String {
    let bytes = u128::from(bytes);
    match SIZE_UNITS.iter().find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// Reads `2%` or `0.02`.
pub(super) fn parse_fraction(text: &str) -> Result<f64, Complaint> {
    let trimmed = text.trim();
    let (number, divisor) = match trimmed.strip_suffix('%') {
        Some(number) => (number.trim_end(), 100.0),
        None => (trimmed, 1.0),
    };
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value / divisor),
        _ => Err(Complaint::new(format!("must be a fraction such as 0.02 or \"2%\", not \"{text}\""))),
    }
}

/// Splits `1.5 ms rest` into its number, its unit (either may be empty) and the rest.
fn split_term(text: &str) -> (&str, &str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let end = rest.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(rest.len());
    let (unit, tail) = rest.split_at(end);
    (number, unit, tail)
}

/// `number` (decimal digits with at most one point) times `unit`, rounded down; `None` if it is no number or too large.
fn scale(number: &str, unit: u128) -> Option<u128> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || decimals.len() > 9 || (number.contains('.') && decimals.is_empty()) {
        return None;
    }
    let digits: u128 = format!("{whole}{decimals}").parse().ok()?;
    let divisor = 10_u128.pow(u32::try_from(decimals.len()).ok()?);
    digits.checked_mul(unit).map(|scaled| scaled / divisor)
}

/// The unit that another spelling of it means.
fn time_unit_meant(unit: &str) -> Option<&'static str> {
    let unit = unit.to_lowercase();
    let long: &[(&str, &str)] = &[("mil", "ms"), ("ms", "ms"), ("s", "s"), ("m", "m"), ("h", "h"), ("d", "d")];
    long.iter().find(|(start, _)| unit.starts_with(start) && !unit.starts_with("mo")).map(|(_, short)| *short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_exactly() {
        for (text, millis) in
            [("10ms", 10), ("1s", 1_000), ("0.1s", 100), ("5m", 300_000), ("24h", 86_400_000), ("7d", 604_800_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse_duration(" 1m 30 s "), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5_400)));
    }

    #[test]
    fn a_wrong_duration_gets_the_likely_one() {
        for (text, suggestion) in [
            ("200", Some("add a unit: \"200ms\", \"200s\" or \"200m\"")),
            ("5min", Some("did you mean `5m`?")),
            ("2 seconds", Some("did you mean `2s`?")),
            ("10millis", Some("did you mean `10ms`?")),
            ("3months", None),
            ("", None),
            ("s", None),
            ("soon", None),
            ("-1s", None),
            ("1.s", None),
            ("1..2s", None),
            ("99999999999999d", None),
        ] {
            let error = parse_duration(text).expect_err(text);
            assert_eq!(error.suggestion.as_deref(), suggestion, "{text}: {}", error.message);
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["10ms", "1s", "90s", "1m", "36h", "7d"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        for text in ["1B", "1023B", "64MiB", "64MB", "3GiB", "500kB"] {
            assert_eq!(format_size(parse_size(text).unwrap()), text);
        }
        assert_eq!(parse_duration(&format_duration(Duration::from_micros(1_500))), Ok(Duration::from_micros(1_500)));
        assert_eq!(format_duration(Duration::ZERO), "0ms");
    }

    #[test]
    fn sizes_have_units_in_any_case() {
        assert_eq!(parse_size("64mib"), Ok(64 << 20));
        assert_eq!(parse_size("1.5 KB"), Ok(1_500));
        assert_eq!(parse_size("64M").unwrap_err().suggestion.as_deref(), Some("did you mean `64MiB`?"));
        assert_eq!(
            parse_size("64").unwrap_err().suggestion.as_deref(),
            Some("add a unit: \"64B\", \"64KiB\" or \"64MiB\"")
        );
        for text in ["", "MiB", "é", "1é", "1MiB 2MiB", "99999999TiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fractions_may_be_percentages() {
        assert_eq!(parse_fraction("2 %"), Ok(0.02));
        assert_eq!(parse_fraction("0.5"), Ok(0.5));
        assert!(parse_fraction("nan%").is_err());
        assert!(parse_fraction("two").is_err());
    }
}
