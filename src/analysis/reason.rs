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
    let told = unit.readable([one, other]);
    let converted = unit.convert(one, &told).zip(unit.convert(other, &told));
    // What differs must not become equal by being told in another unit.
    let keeps = |(a, b): &(f64, f64)| (a.to_bits() == b.to_bits()) == (one.to_bits() == other.to_bits());
    match converted.filter(keeps) {
        Some((one, other)) => apart_in(one, other, &told),
        None => apart_in(one, other, unit),
    }
}

fn apart_in(one: f64, other: f64, unit: &Unit) -> (String, String) {
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
    let told = told_in(shift, unit);
    let verb = if shift.n_after == 1 { "lies" } else { "lie" };
    format!(
        "{runs} {} {verb} at {}, {} the level of the {} before ({}, noise {})",
        time(shift.change_at),
        in_told(shift.after, unit, &told),
        distance(shift, unit, &told),
        counted(shift.n_before),
        in_told(shift.before, unit, &told),
        in_told(shift.noise, unit, &told),
    )
}

/// What a drift came to: "A slow drift since …: the newest 20 runs lie at …, 10 % above the first 20 (…)".
pub fn of_drift(shift: &Shift, unit: &Unit) -> String {
    let told = told_in(shift, unit);
    format!(
        "A slow drift since {}: the newest {} lie at {}, {} the first {} ({}, noise {})",
        time(shift.began.first_at),
        counted(shift.n_after),
        in_told(shift.after, unit, &told),
        distance(shift, unit, &told),
        counted(shift.n_before),
        in_told(shift.before, unit, &told),
        in_told(shift.noise, unit, &told),
    )
}

/// "30.1 % above", or the difference itself where the level was zero.
fn distance(shift: &Shift, unit: &Unit, told: &Unit) -> String {
    let way = if shift.after >= shift.before { "above" } else { "below" };
    if shift.before == 0.0 {
        format!("{} {way}", in_told(shift.effect.abs(), unit, told))
    } else {
        format!("{} % {way}", percentage(shift.effect.abs() * 100.0))
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

/// The one unit that all quantities of a shift are told in.
fn told_in(shift: &Shift, unit: &Unit) -> Unit {
    unit.readable([shift.before, shift.after])
}

/// A value with its unit, in the step of it that is short to read.
pub fn quantity(value: f64, unit: &Unit) -> String {
    in_told(value, unit, &unit.readable([value]))
}

/// A value of one unit, told in another.
fn in_told(value: f64, own: &Unit, told: &Unit) -> String {
    match own.convert(value, told) {
        Some(value) => in_unit(&significant(value), told),
        None => in_unit(&significant(value), own),
    }
}

/// To a tenth, which is as fine as a change is known, and finer only near zero.
fn percentage(value: f64) -> String {
    if !value.is_finite() || !(0.1..1e15).contains(&value) {
        return significant(value);
    }
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn in_unit(number: &str, unit: &Unit) -> String {
    match unit.as_str() {
        "" => number.to_owned(),
        "percent" => format!("{number} %"),
        _ => format!("{number} {}", unit.symbol()),
    }
}

/// To the minute: `2025-11-20 14:02 UTC`.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::verdict::Began;

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
    fn sentences_tell_large_and_small_quantities_in_units_that_are_short_to_read() {
        let at = Timestamp::UNIX_EPOCH;
        let mut shift = Shift {
            before: 5_400_834_210.0,
            after: 5_832_224_462.0,
            n_before: 24,
            n_after: 3,
            effect: 0.079_874_7,
            interval: (0.07, 0.09),
            noise: 5_925_657.0,
            p: None,
            run_length: None,
            change_index: 24,
            change_at: at,
            began: Began { first: 24, last: 24, first_at: at, last_at: at },
        };
        let told = of_shift(&shift, &Unit::new("bytes"));
        assert!(told.contains("at 5.832 GB, 8 % above"), "{told}");
        assert!(told.contains("(5.401 GB, noise 0.005926 GB)"), "{told}");
        (shift.before, shift.after, shift.noise) = (0.000_012_3, 0.000_013_4, 0.000_000_1);
        let told = of_drift(&shift, &Unit::new("s"));
        assert!(told.contains("at 13.4 µs") && told.contains("(12.3 µs, noise 0.1 µs)"), "{told}");
        assert_eq!(quantity(8_403_900_312.0, &Unit::new("bytes")), "8.404 GB");
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
        assert_eq!(text(1.23456e-9, 1.2345e-9), "0.001235 ns / 0.001234 ns");
    }
}
