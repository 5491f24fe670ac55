//! The reason of a verdict: one plain sentence whose numbers are the verdict's own, so that it can be checked against it.

use jiff::Timestamp;

use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::Shift;

/// `value` with four significant digits, whole numbers in full, no trailing zeros: `130.2`, `0.004217`, `123457`, `1.234e-9`.
pub fn significant(value: f64) -> String {
    with_digits(value, DIGITS)
}

/// Significant digits of a number for people.
const DIGITS: usize = 4;
/// Digits that tell any two numbers apart.
const ALL_DIGITS: usize = 17;

/// Two quantities with as many digits as it takes to tell them apart: nothing is "at 200 ms, above 200 ms".
pub fn apart(one: f64, other: f64, unit: &Unit) -> (String, String) {
    let text = |value: f64, digits: usize| in_unit(&with_digits(value, digits), unit);
    let digits = (DIGITS..ALL_DIGITS).find(|digits| with_digits(one, *digits) != with_digits(other, *digits));
    let same = one.to_bits() == other.to_bits();
    let digits = if same { DIGITS } else { digits.unwrap_or(ALL_DIGITS) };
    (text(one, digits), text(other, digits))
}

fn with_digits(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { value.to_string() };
    }
    let magnitude = value.abs().log10().floor();
    if !(-5.0..15.0).contains(&magnitude) {
        return format!("{value:.*e}", digits.saturating_sub(1));
    }
    if digits >= ALL_DIGITS {
        return value.to_string();
    }
    let places = (digits as f64 - 1.0 - magnitude).max(0.0) as usize;
    let text = format!("{value:.places$}");
    if places == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// The level, the distance and the evidence of a shift: "3 runs since … lie at …, 30.1 % above the level of the 24 runs before (…)".
pub fn of_shift(shift: &Shift, unit: &Unit) -> String {
    let runs = match shift.n_after {
        1 => "1 run since".to_owned(),
        n => format!("{n} runs since"),
    };
    let verb = if shift.n_after == 1 { "lies" } else { "lie" };
    format!(
        "{runs} {} {verb} at {}, {} the level of the {} before ({}, noise {})",
        time(shift.change_at),
        quantity(shift.after, unit),
        distance(shift, unit),
        counted(shift.n_before),
        quantity(shift.before, unit),
        quantity(shift.noise, unit),
    )
}

/// What a drift came to: "A slow drift since …: the newest 20 runs lie at …, 10 % above the first 20 (…)".
pub fn of_drift(shift: &Shift, unit: &Unit) -> String {
    format!(
        "A slow drift since {}: the newest {} lie at {}, {} the first {} ({}, noise {})",
        time(shift.began.first_at),
        counted(shift.n_after),
        quantity(shift.after, unit),
        distance(shift, unit),
        counted(shift.n_before),
        quantity(shift.before, unit),
        quantity(shift.noise, unit),
    )
}

/// "30.1 % above", or the difference itself where the level was zero.
fn distance(shift: &Shift, unit: &Unit) -> String {
    let way = if shift.after >= shift.before { "above" } else { "below" };
    if shift.before == 0.0 {
        format!("{} {way}", quantity(shift.effect.abs(), unit))
    } else {
        format!("{} % {way}", significant(shift.effect.abs() * 100.0))
    }
}

/// Whether a shift is for the worse, in words.
pub fn judgement(shift: &Shift, direction: Direction) -> &'static str {
    match direction {
        Direction::Neutral => "no better direction known",
        _ if direction.is_worse(shift.before, shift.after) => "for the worse",
        _ => "for the better",
    }
}

/// "1 run", "24 runs".
pub fn counted(runs: usize) -> String {
    if runs == 1 { "1 run".to_owned() } else { format!("{runs} runs") }
}

/// A value with its unit.
pub fn quantity(value: f64, unit: &Unit) -> String {
    in_unit(&significant(value), unit)
}

fn in_unit(number: &str, unit: &Unit) -> String {
    match unit.as_str() {
        "" => number.to_owned(),
        "percent" => format!("{number} %"),
        unit => format!("{number} {unit}"),
    }
}

/// To the minute: `2025-11-20 14:02 UTC`.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_significant_digits() {
        for (value, expected) in [
            (130.249, "130.2"),
            (0.9, "0.9"),
            (100.0, "100"),
            (0.0042166, "0.004217"),
            (123_456.7, "123457"),
            (-2.5, "-2.5"),
            (1.2344e-9, "1.234e-9"),
            (0.0, "0"),
            (9.9999, "10"),
        ] {
            assert_eq!(significant(value), expected);
        }
    }

    #[test]
    fn numbers_that_differ_are_told_apart() {
        let text = |one: f64, other: f64| {
            let (one, other) = apart(one, other, &Unit::new("ms"));
            format!("{one} / {other}")
        };
        assert_eq!(text(250.123, 200.0), "250.1 ms / 200 ms");
        assert_eq!(text(200.00001, 200.0), "200.00001 ms / 200 ms");
        assert_eq!(text(200.0, 200.0), "200 ms / 200 ms");
        assert_eq!(text(0.1 + 0.2, 0.3), "0.30000000000000004 ms / 0.3 ms");
        assert_eq!(text(1.23456e-9, 1.2345e-9), "1.2346e-9 ms / 1.2345e-9 ms");
    }
}
