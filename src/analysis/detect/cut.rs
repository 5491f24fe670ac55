//! Values with their spikes cut: a bounded loss (Fearnhead and Rigaill 2019), so that least squares can be trusted with benchmark noise.
//!
//! A value is cut where it leaves the median of its neighbourhood by more than noise does. Three runs at a new level are the
//! median of their window of five and stay whole, one or two are not: that is why a spike neither alarms nor masks, and why three runs
//! can confirm a large shift.

/// Runs on either side of the one that a median is taken around.
pub const HALF: usize = 2;
/// Runs that a median is taken of.
pub const WINDOW: usize = 2 * HALF + 1;

/// Standard deviations from the local median beyond which a value is cut.
const REACH: f64 = 2.5;

/// How far values may leave the local median. Correlated noise wanders off its local median less than its sigma, but a cut must not
/// make the wandering look narrower than it is.
pub fn reach(sigma: f64, rho: f64) -> f64 {
    REACH * sigma / (1.0 - rho).sqrt()
}

/// Writes the values of `y` to `cut`, those beyond `reach` cut to it, and gives the share of values that were. At the ends the
/// medians of the two last whole windows count: a median of fewer runs would follow every skewed tail.
pub fn cut(y: &[f64], reach: f64, cut: &mut Vec<f64>) -> f64 {
    cut.clear();
    let n = y.len();
    if n < WINDOW {
        cut.extend_from_slice(y);
        return 0.0;
    }
    let middle_of = |at: usize| median_of_five(y, at);
    let (low, high) = edge(middle_of(0), middle_of(WINDOW.min(n - WINDOW)), reach);
    cut.extend(y.iter().take(HALF).map(|&v| lesser(greater(v, low), high)));
    cut.extend(y.windows(WINDOW).map(|window| {
        let &[a, b, c, d, e] = window else { return window[HALF] };
        let middle = median([a, b, c, d, e]);
        lesser(greater(c, middle - reach), middle + reach)
    }));
    let last = n - WINDOW;
    let (low, high) = edge(middle_of(last), middle_of(last.saturating_sub(WINDOW)), reach);
    cut.extend(y.iter().skip(n - HALF).map(|&v| lesser(greater(v, low), high)));
    let changed = y.iter().zip(cut.iter()).filter(|(a, b)| a != b).count();
    changed as f64 / n as f64
}

/// The range that the medians of two windows leave to values near them.
pub fn edge(a: f64, b: f64, reach: f64) -> (f64, f64) {
    (a.min(b) - reach, a.max(b) + reach)
}

/// The median of the five values of `y` from `at` on, which are there.
#[inline]
pub fn median_of_five(y: &[f64], at: usize) -> f64 {
    match y.get(at..at + WINDOW) {
        Some(&[a, b, c, d, e]) => median([a, b, c, d, e]),
        _ => y.last().copied().unwrap_or(0.0),
    }
}

/// The median of five numbers with six comparisons: the smallest and the largest of the first four cannot be it.
#[inline]
fn median([a, b, c, d, e]: [f64; WINDOW]) -> f64 {
    let (low, high) = (greater(lesser(a, b), lesser(c, d)), lesser(greater(a, b), greater(c, d)));
    greater(lesser(low, high), lesser(greater(low, high), e))
}

// Unlike `f64::min` and `max` these do not care for NaN, which there is none of, and are one instruction each.
#[inline]
pub(super) fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline]
pub(super) fn greater(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_five_is_that_of_any_order() {
        let mut v = [3.0, 1.0, 4.0, 1.5, 9.0];
        for i in 0..5 {
            for j in 0..5 {
                v.swap(i, j);
                assert_eq!(median_of_five(&v, 0), 3.0, "{v:?}");
            }
        }
    }

    #[test]
    fn spikes_are_cut_and_three_runs_are_not() {
        let mut out = Vec::new();
        let share = cut(&[1.0, 1.0, 1.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 0.5, &mut out);
        assert_eq!((out[3], share), (1.5, 0.1));
        let stepped = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0, 9.0, 9.0];
        cut(&stepped, 0.5, &mut out);
        assert_eq!(out, stepped);
    }
}
