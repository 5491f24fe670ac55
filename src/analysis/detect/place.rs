//! Where a change lies: how sure its place is.
//!
//! With one change between two others, every place being as likely beforehand, the probability of a place follows from how well a step
//! there explains the runs, given how neighbours resemble one another. A small shift in much noise can lie nearly anywhere: it should not be given a
//! place then, let alone a commit.

use super::noise::Noise;
use super::split::{Jumps, Sums};

/// How sure a place is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Probability that the change lies within [`NEAR`] runs.
    pub near: f64,
    /// First and last place of the shortest stretch around it that holds [`HELD`] of the probability.
    pub first: usize,
    pub last: usize,
}

/// Runs by which a place may be off and still be the place.
pub const NEAR: usize = 5;

/// Probability that lies in the interval of a place.
pub const HELD: f64 = 0.95;

/// How sure the change at `place` of `from..to` is of its place, with at least `least` runs on either side. `weights` is for the work.
pub fn place(
    values: &[f64],
    sums: &Sums,
    (from, place, to): (usize, usize, usize),
    least: usize,
    noise: Noise,
    weights: &mut Vec<f64>,
) -> Place {
    let first = (from + least).min(place);
    let end = (to - least).max(place);
    let jumps = Jumps::of(values, sums, (from, to), noise);
    weights.clear();
    weights.extend((first..=end).map(|k| jumps.at(k) / 2.0));
    let top = weights.iter().fold(0.0, |top, &weight| f64::max(top, weight));
    let (mut near, mut all) = (0.0, 0.0);
    for (k, weight) in (first..).zip(weights.iter_mut()) {
        let behind = *weight - top;
        *weight = if behind < -30.0 { 0.0 } else { behind.exp() };
        all += *weight;
        if k.abs_diff(place) <= NEAR {
            near += *weight;
        }
    }
    let (mut low, mut high) = (place - first, place - first);
    let mut held = weights.get(low).copied().unwrap_or(0.0);
    while held < HELD * all {
        let left = low.checked_sub(1).and_then(|i| weights.get(i)).copied();
        let right = weights.get(high + 1).copied();
        match (left, right) {
            (Some(l), r) if r.is_none_or(|r| l >= r) => {
                low -= 1;
                held += l;
            }
            (_, Some(r)) => {
                high += 1;
                held += r;
            }
            _ => break,
        }
    }
    Place { near: if all > 0.0 { near / all } else { 0.0 }, first: first + low, last: first + high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_step_has_one_place_and_a_small_one_many() {
        let of = |step: f64| {
            let values: Vec<f64> = (0..40).map(|i| f64::from(i % 3) - 1.0 + if i >= 20 { step } else { 0.0 }).collect();
            let mut sums = Sums::default();
            sums.fill(&values);
            place(&values, &sums, (0, 20, 40), 3, Noise { sigma: 0.8, rho: 0.0 }, &mut Vec::new())
        };
        let (large, small) = (of(8.0), of(0.3));
        assert_eq!((large.first, large.last), (20, 20));
        assert!(large.near > 0.999 && small.near < 0.6, "{large:?} {small:?}");
        assert!(small.last - small.first > 20, "{small:?}");
    }
}
