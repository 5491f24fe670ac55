//! The reason of a verdict: one plain sentence whose numbers are the verdict's own, so that it can be checked against it.

use jiff::Timestamp;

use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::Shift;

/// `value` with four significant digits, whole numbers in full, no trailing zeros: `130.2`, `0.004217`, `123457`, `1.234e-9`.
pub fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { value.to_string() };
    }
    let magnitude = value.abs().log10().floor();
    if !(-5.0..15.0).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    let places = (3.0 - magnitude).max(0.0) as usize;
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
    match unit.as_str() {
        "" => significant(value),
        "percent" => format!("{} %", significant(value)),
        unit => format!("{} {unit}", significant(value)),
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
}
