//! The scale that a history is worked on: logarithms where every value is positive, so that a doubling and a halving weigh the same and
//! noise that grows with the level does not; the plain values otherwise.
//!
//! It cannot fail on finite values; callers keep out what is not finite.

/// Values on the scale worked on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scaled {
    pub y: Vec<f64>,
    /// Whether `y` are natural logarithms.
    pub log: bool,
    /// Standard deviation of a run that is certain before anything is compared: what rounding does to a value and, where runs are
    /// medians of samples, what the samples leave uncertain. On the scale worked on.
    pub floor: f64,
}

impl Scaled {
    /// Brings finite `values` onto the scale worked on. `within` is the standard error of a single value as its samples show it, in the unit
    /// of the values; 0 where there are none.
    pub fn of(values: &[f64], within: f64) -> Self {
        let log = values.iter().all(|&value| value > 0.0);
        let y = if log { values.iter().map(|value| value.ln()).collect() } else { values.to_vec() };
        Self { y, log, floor: floor(values, log, within) }
    }

    /// A value of the history on the scale worked on; `None` for what has no logarithm.
    pub fn at(log: bool, value: f64) -> Option<f64> {
        match log {
            true if value > 0.0 => Some(value.ln()),
            true => None,
            false => Some(value),
        }
    }
}

/// Standard deviation of one of `values` that is certain before any are compared, on their scale (logarithms if `log`): rounding, and `within`, the
/// standard error that the samples of a run leave.
pub fn floor(values: &[f64], log: bool, within: f64) -> f64 {
    let middle = values.get(values.len() / 2).copied().unwrap_or(0.0).abs();
    // What one unit of the values is on the scale worked on.
    let unit = if log && middle > 0.0 { 1.0 / middle } else { 1.0 };
    let usual = if log { middle.ln().abs() } else { middle };
    (grain(values).max(within) * unit).max(if usual.is_finite() { usual * ROUNDING } else { 0.0 })
}

/// What floating-point arithmetic leaves of a value.
const ROUNDING: f64 = 1e-13;

/// Share of neighbours that must be equal for the values to count as rounded.
const REPEATS: usize = 8;

/// Standard deviation that rounding alone makes: the smallest step between different values over √12 (a uniform error). 0 where values
/// hardly repeat: those were not rounded to anything that matters.
fn grain(values: &[f64]) -> f64 {
    let repeats = values.windows(2).filter(|pair| matches!(pair, [a, b] if a == b)).count();
    if repeats * REPEATS < values.len() {
        return 0.0;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    let steps = sorted.windows(2).filter_map(|pair| match pair {
        [a, b] => Some(b - a),
        _ => None,
    });
    let step = match sorted.as_slice() {
        [] | [_] => 0.0,
        // Of two values the step between them is what is asked about; what rounding makes, their digits tell.
        [a, b] => digit(*a).min(digit(*b)).min(b - a),
        _ => steps.fold(f64::INFINITY, f64::min),
    };
    step / 12f64.sqrt()
}

/// The place of the last digit of a number as it is written shortest: 0.01 for 0.15.
fn digit(value: f64) -> f64 {
    let text = format!("{value}");
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    10f64.powf(-(places as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positive_values_become_logarithms_and_others_stay() {
        let positive = Scaled::of(&[1.0, std::f64::consts::E], 0.0);
        assert!(positive.log && (positive.y[1] - 1.0).abs() < 1e-12);
        let mixed = Scaled::of(&[-1.0, 2.0], 0.0);
        assert_eq!((mixed.log, mixed.y), (false, vec![-1.0, 2.0]));
        assert_eq!(Scaled::at(true, 0.0), None);
    }

    #[test]
    fn only_rounded_values_have_a_grain() {
        assert!(Scaled::of(&[0.1, 0.25, 0.37, 0.41], 0.0).floor < 1e-12);
        let rounded = Scaled::of(&[-1.0, 0.0, 0.0, 1.0, 0.0, 0.0], 0.0);
        assert!((rounded.floor - 1.0 / 12f64.sqrt()).abs() < 1e-9);
        assert!(Scaled::of(&[5.0; 6], 0.0).floor < 1e-12, "one value tells no step");
    }
}
