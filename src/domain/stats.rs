//! Summary statistics of a slice of numbers, unsorted and taken as it is: nothing is dropped.
//!
//! They fail only for want of numbers (`None`). A NaN in the input is ordered as [`f64::total_cmp`] orders it and shows in the
//! result; callers keep their numbers finite.

/// The middle value; the mean of the two middle ones when there is an even number of them. `None` when empty.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    median_mut(&mut values)
}

/// As [`median`], but may reorder `values` and so needs no memory of its own.
pub fn median_mut(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if !even {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(midpoint(lower, upper))
}

/// The `p`-quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan: R's and NumPy's default);
/// `p` is clamped to 0..=1. `None` when empty or when `p` is not a number.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    if p.is_nan() {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let place = p.clamp(0.0, 1.0) * last as f64;
    let below = (place as usize).min(last);
    let lower = *sorted.get(below)?;
    let upper = *sorted.get(below + 1).unwrap_or(&lower);
    let part = place - below as f64;
    // An exact place must give the exact value: no rounding for p = 0, 1 or between equals.
    Some(if part == 0.0 || lower == upper { lower } else { lower * (1.0 - part) + upper * part })
}

/// The arithmetic mean; `None` when empty. Sums deviations from the first value, so that equal values give themselves.
pub fn mean(values: &[f64]) -> Option<f64> {
    let (&first, _) = values.split_first()?;
    let n = values.len() as f64;
    let deviations: f64 = values.iter().map(|value| value - first).sum();
    let shifted = first + deviations / n;
    // The differences overflow only at the edge of the range; there plain shares do not.
    Some(if shifted.is_finite() { shifted } else { values.iter().map(|value| value / n).sum() })
}

/// The sample standard deviation (divisor n − 1); `None` below two values.
pub fn std_dev(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// Half way between two numbers, exact for equal ones, without overflow.
fn midpoint(a: f64, b: f64) -> f64 {
    if a == b { a } else { a / 2.0 + b / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!((median(&[]), quantile(&[], 0.5), mean(&[]), std_dev(&[1.0])), (None, None, None, None));
    }

    #[test]
    fn medians_of_odd_and_even_slices() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[0.1, 0.1]), Some(0.1));
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }

    #[test]
    fn quantiles_agree_with_numpy() {
        let values = [15.0, 20.0, 35.0, 40.0, 50.0];
        assert_eq!(quantile(&values, 0.0), Some(15.0));
        assert_eq!(quantile(&values, 1.0), Some(50.0));
        assert_eq!(quantile(&values, 0.5), Some(35.0));
        assert!((quantile(&values, 0.4).unwrap() - 29.0).abs() < 1e-12);
        assert!((quantile(&values, 0.95).unwrap() - 48.0).abs() < 1e-12);
        assert_eq!(quantile(&[7.0], 0.99), Some(7.0));
        assert_eq!(quantile(&values, f64::NAN), None);
    }

    #[test]
    fn mean_and_standard_deviation() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert!((std_dev(&values).unwrap() - 2.138_089_935_299_395).abs() < 1e-12);
        assert_eq!(std_dev(&[0.1, 0.1, 0.1]), Some(0.0));
        assert_eq!(mean(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }
}
