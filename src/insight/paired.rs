//! Differences with their uncertainty, from ranks alone: nothing is assumed of the distribution but what a null hypothesis of
//! "no difference" brings by itself.
//!
//! Of matched pairs the Hodges-Lehmann estimate with the exact interval of Wilcoxon's signed-rank test over the Walsh averages; of two
//! groups of repetitions the exact interval of the Mann-Whitney test over all pairwise differences (Hollander, Wolfe and Chicken,
//! *Nonparametric Statistical Methods*, 3.2–3.3 and 4.2–4.3). Too few values for 95 % give no interval, which is said and not hidden.

use crate::domain::stats;

/// Probability on each side that the interval leaves out.
const TAIL: f64 = 0.025;
/// Pairs below which no interval of 95 % exists: two to the power of five is less than forty.
pub(super) const LEAST_PAIRS: usize = 6;
/// Pairs that one estimate is drawn from at most; of more, as many spread evenly over them.
pub(super) const MOST_PAIRS: usize = 48;
/// Values a side up to which the distribution of the Mann-Whitney statistic is counted out; of more, as many are taken.
const MOST_VALUES: usize = 40;

/// A difference as the pairs tell it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub n: usize,
    /// The median of the Walsh averages.
    pub center: f64,
    /// `None` when there are too few pairs for 95 %.
    pub interval: Option<(f64, f64)>,
    /// Two-sided probability of so much agreement by chance.
    pub p: f64,
}

/// The Hodges-Lehmann estimate of the level of these differences; `None` when there are none. Takes at most [`MOST_PAIRS`].
pub(super) fn estimate(differences: &[f64]) -> Option<Estimate> {
    let n = differences.len();
    let mut walsh = Vec::with_capacity(n.saturating_mul(n + 1) / 2);
    for (i, a) in differences.iter().enumerate() {
        walsh.extend(differences.iter().take(i + 1).map(|b| a / 2.0 + b / 2.0));
    }
    walsh.sort_unstable_by(f64::total_cmp);
    let below = cumulated(&signed_rank(n));
    let interval = ends(&walsh, &below);
    let above_zero = walsh.iter().filter(|w| **w > 0.0).count();
    let not_below = walsh.iter().filter(|w| **w >= 0.0).count();
    // What is zero counts for the hypothesis that nothing moves.
    let lower = below.get(not_below).copied().unwrap_or(1.0);
    let upper = 1.0 - above_zero.checked_sub(1).and_then(|i| below.get(i)).copied().unwrap_or(0.0);
    let p = (2.0 * lower.min(upper)).min(1.0);
    Some(Estimate { n, center: stats::median(&walsh)?, interval, p })
}

/// The interval of how much higher the values `a` lie than `b`, and the probability of it by chance; `None` when they are too few. The
/// order of the values does not matter.
pub(super) fn between(a: &[f64], b: &[f64]) -> Option<((f64, f64), f64)> {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        thin(&values, MOST_VALUES)
    };
    let (a, b) = (sorted(a), sorted(b));
    let mut differences: Vec<f64> = a.iter().flat_map(|a| b.iter().map(move |b| a - b)).collect();
    differences.sort_unstable_by(f64::total_cmp);
    let below = cumulated(&mann_whitney(a.len(), b.len()));
    let interval = ends(&differences, &below)?;
    let above = differences.iter().filter(|d| **d > 0.0).count();
    let not_below = differences.iter().filter(|d| **d >= 0.0).count();
    let lower = below.get(not_below).copied().unwrap_or(1.0);
    let upper = 1.0 - above.checked_sub(1).and_then(|i| below.get(i)).copied().unwrap_or(0.0);
    Some((interval, (2.0 * lower.min(upper)).min(1.0)))
}

/// At most `most` of them, spread evenly, the first and the last among them.
pub(super) fn thin<T: Clone>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most || most < 2 {
        return items.iter().take(most).cloned().collect();
    }
    let last = items.len() - 1;
    (0..most).filter_map(|i| items.get(i * last / (most - 1)).cloned()).collect()
}

/// The k-th smallest and k-th largest, k the largest number of which at most [`TAIL`] lies below.
fn ends(sorted: &[f64], below: &[f64]) -> Option<(f64, f64)> {
    let k = below.iter().take_while(|p| **p <= TAIL).count().checked_sub(1)?;
    let low = sorted.get(k)?;
    let high = sorted.get(sorted.len().checked_sub(k + 1)?)?;
    (low <= high).then_some((*low, *high))
}

/// Probabilities of 0, 1, … of Wilcoxon's signed-rank statistic of `n` values.
fn signed_rank(n: usize) -> Vec<f64> {
    let mut p = vec![0.0; n.saturating_mul(n + 1) / 2 + 1];
    if let Some(first) = p.first_mut() {
        *first = 1.0;
    }
    for rank in 1..=n {
        for i in (0..p.len()).rev() {
            let with = i.checked_sub(rank).and_then(|j| p.get(j)).copied().unwrap_or(0.0);
            if let Some(here) = p.get_mut(i) {
                *here = (*here + with) / 2.0;
            }
        }
    }
    p
}

/// Probabilities of 0, 1, … of the Mann-Whitney statistic of `n` against `m` values: the Gaussian binomial coefficient, shared out.
fn mann_whitney(n: usize, m: usize) -> Vec<f64> {
    let mut p = vec![0.0; n.saturating_mul(m) + 1];
    if let Some(first) = p.first_mut() {
        *first = 1.0;
    }
    for i in 1..=n {
        // Times (1 − q^(m+i)), then divided by (1 − q^i).
        for at in (m + i..p.len()).rev() {
            let taken = p.get(at - m - i).copied().unwrap_or(0.0);
            p.iter_mut().skip(at).take(1).for_each(|here| *here -= taken);
        }
        for at in i..p.len() {
            let added = p.get(at - i).copied().unwrap_or(0.0);
            p.iter_mut().skip(at).take(1).for_each(|here| *here += added);
        }
    }
    let all: f64 = p.iter().sum();
    p.iter().map(|count| count / all).collect()
}

/// 1.4826 times the median absolute deviation from the median: the standard deviation of normal noise. `None` when empty.
pub(super) fn mad(values: &[f64]) -> Option<f64> {
    let middle = stats::median(values)?;
    stats::median(&values.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>()).map(|mad| 1.4826 * mad)
}

fn cumulated(p: &[f64]) -> Vec<f64> {
    p.iter()
        .scan(0.0, |sum, p| {
            *sum += p;
            Some(*sum)
        })
        .collect()
}

/// Which of these hypotheses fall when the chance of a single false one among them is kept to 5 % (Holm 1979).
pub(super) fn holm(p: &[f64]) -> Vec<bool> {
    let mut order: Vec<(f64, usize)> = p.iter().copied().enumerate().map(|(i, p)| (p, i)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut fallen = vec![false; p.len()];
    for (i, (p, at)) in order.iter().enumerate() {
        if *p > 2.0 * TAIL / (order.len() - i) as f64 {
            break;
        }
        fallen.iter_mut().skip(*at).take(1).for_each(|one| *one = true);
    }
    fallen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_agree_with_the_published_tables() {
        // Critical values of the signed-rank test, two-sided 5 %: 0 of six pairs, 5 of nine, 13 of twelve.
        let sorted = |n: usize| (1..=n * (n + 1) / 2).map(|i| i as f64).collect::<Vec<_>>();
        let low = |n: usize| ends(&sorted(n), &cumulated(&signed_rank(n))).map(|(low, _)| low as usize - 1);
        assert_eq!((low(5), low(6), low(9), low(12)), (None, Some(0), Some(5), Some(13)));
        // Of the Mann-Whitney test: 2 of five against five, 23 of ten against ten; three against three can never tell.
        let low = |n: usize, m: usize| {
            let sorted: Vec<f64> = (1..=n * m).map(|i| i as f64).collect();
            ends(&sorted, &cumulated(&mann_whitney(n, m))).map(|(low, _)| low as usize - 1)
        };
        assert_eq!((low(3, 3), low(5, 5), low(10, 10), low(4, 4)), (None, Some(2), Some(23), Some(0)));
    }

    #[test]
    fn an_estimate_sits_in_the_middle_and_zeros_speak_for_nothing() {
        let moved = estimate(&[1.0, 1.1, 0.9, 1.05, 0.95, 1.2, 0.8]).unwrap();
        assert!((moved.center - 1.0).abs() < 0.051 && moved.interval.unwrap().0 > 0.75 && moved.p < 0.02);
        let still = estimate(&[0.0; 9]).unwrap();
        assert_eq!((still.center, still.interval, still.p), (0.0, Some((0.0, 0.0)), 1.0));
        assert_eq!(estimate(&[]), None);
        assert_eq!(estimate(&[3.0, 4.0]).unwrap().interval, None);
    }

    #[test]
    fn groups_that_do_not_overlap_are_told_apart() {
        let ((low, high), p) = between(&[11.0, 12.0, 13.0, 12.5, 11.5], &[1.0, 2.0, 3.0, 2.5, 1.5]).unwrap();
        assert!(low > 8.0 && high < 12.0 && p < 0.01);
        assert_eq!(between(&[1.0], &[2.0]), None);
        assert!(between(&vec![1.0; 500], &vec![1.0; 500]).is_some());
    }

    #[test]
    fn holm_goes_on_only_while_they_fall() {
        assert_eq!(holm(&[0.04, 0.001, 0.03]), vec![false, true, false]);
        assert_eq!(holm(&[0.01, 0.02, 0.04]), vec![true, true, true]);
        assert_eq!(thin(&(0..10).collect::<Vec<_>>(), 4), vec![0, 3, 6, 9]);
    }
}
