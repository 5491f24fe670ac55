//! Whether a fact's value is what was written: equal when rounded or cut off at the precision of the claim, after its unit is converted.
//!
//! Nothing here fails; values that do not fit say whether it is the unit that is wrong.

use crate::domain::units::Unit;
use crate::insight::claims::{Claim, Role};

/// How a value and its unit stand to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Fits,
    /// The digits agree, and the claimed unit is another than the fact's.
    OtherUnit,
    /// Another value.
    Differs,
    /// The units do not measure the same, and neither do the digits agree.
    Alien,
}

/// How much an inexact statement ("about") may be off: a part of the number, or steps of its last place, zeros at its end not counted.
const ABOUT: (f64, f64) = (0.01, 2.0);

/// What "more than" and "less than" may leave open: a bound that is twice off says nothing of the value.
const LOOSE: f64 = 2.0;

/// Compares a fact's `value` in `unit` with the claim. `dimension` is what the claim's unit would have to measure where the fact has none.
pub(super) fn fit(claim: &Claim, value: f64, unit: &Unit, dimension: Option<&str>) -> Fit {
    let agrees = |value: f64| agrees(claim, value);
    let Some(claimed) = claim.unit.as_ref().filter(|unit| !unit.is_none() && unit.as_str() != "count") else {
        return if agrees(value) { Fit::Fits } else { Fit::Differs };
    };
    if unit.is_none() || unit.as_str() == "count" {
        let is_plausible = dimension.is_none_or(|dimension| dimension == claimed.dimension());
        return match (agrees(value), is_plausible) {
            (true, true) => Fit::Fits,
            (true, false) => Fit::OtherUnit,
            (false, _) => Fit::Differs,
        };
    }
    match unit.compare(value, claimed) {
        Some(converted) if agrees(converted) => Fit::Fits,
        Some(_) if unit != claimed && agrees(value) => Fit::OtherUnit,
        Some(_) => Fit::Differs,
        None if agrees(value) => Fit::OtherUnit,
        None => Fit::Alien,
    }
}

/// Whether the value rounds, or is cut off, to the number as it was written.
pub(super) fn agrees(claim: &Claim, value: f64) -> bool {
    let written = claim.value;
    let within = |tolerance: f64| (value - written).abs() <= tolerance * (1.0 + 1e-9) + written.abs() * 1e-12;
    let is_cut = value * written >= 0.0 && value.abs() >= written.abs() && value.abs() - written.abs() < claim.step;
    let is_near = claim.approximate && within((written.abs() * ABOUT.0).max(rough_step(claim) * ABOUT.1));
    let is_bounded = match claim.role {
        Role::AtLeast => value >= written && value <= written * LOOSE,
        Role::AtMost => value <= written && value * LOOSE >= written,
        _ => false,
    };
    within(claim.step / 2.0) || is_cut || is_near || is_bounded
}

/// The last place of a rough number: zeros at its end are no digits of it.
fn rough_step(claim: &Claim) -> f64 {
    let mut step = claim.step;
    while claim.decimals == 0 && step > 0.0 && step * 10.0 < claim.value.abs() && claim.value % (step * 10.0) == 0.0 {
        step *= 10.0;
    }
    // Two steps of a number of one or two digits would be most of it.
    step.min(claim.value.abs() * 0.05).max(claim.step / 2.0)
}

/// How far off a value is, as a part of the claim; for the choice of the nearest.
pub(super) fn distance(claim: &Claim, value: f64, unit: &Unit) -> f64 {
    let converted = claim.unit.as_ref().and_then(|claimed| unit.compare(value, claimed)).unwrap_or(value);
    (converted - claim.value).abs() / claim.value.abs().max(1e-9)
}

/// The dimension that a quantity is measured in, where that is certain.
pub(super) fn dimension_of(concept: Option<&str>) -> Option<&'static str> {
    match concept? {
        "latency" | "ttft" | "duration" | "time" => Some("time"),
        "throughput" => Some("tok/s"),
        _ => None,
    }
}
