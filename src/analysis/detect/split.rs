//! A split of a stretch of runs in two, as statistics: how much the sides differ, whether they differ in more than their noise, whether they
//! differ whatever the shape of the noise is, and whether the difference came at once.
//!
//! Lengths and places are counts of runs; values are on the scale worked on. Places must lie inside the stretch; nothing else can
//! go wrong.

use super::noise::Noise;

/// Prefix sums of values, so that the mean of any stretch is one difference.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    of: Vec<f64>,
    origin: f64,
}

impl Sums {
    /// Takes the sums of `values`.
    pub fn fill(&mut self, values: &[f64]) {
        // About the first value, so that a high level costs no digits.
        self.origin = values.first().copied().unwrap_or(0.0);
        self.of.clear();
        self.of.reserve(values.len() + 1);
        self.of.push(0.0);
        let mut sum = 0.0;
        for value in values {
            sum += value - self.origin;
            self.of.push(sum);
        }
    }

    /// Sum over `from..to` of the values less [`origin`](Self::origin).
    #[inline]
    pub fn sum(&self, from: usize, to: usize) -> f64 {
        self.of[to] - self.of[from]
    }

    /// Mean over `from..to` (not empty) of the values less [`origin`](Self::origin).
    #[inline]
    pub fn mean(&self, from: usize, to: usize) -> f64 {
        self.sum(from, to) / (to - from) as f64
    }

    /// What was taken off every value.
    pub fn origin(&self) -> f64 {
        self.origin
    }

    /// Sum of squares that one level for each of two sides explains, beyond none.
    #[inline]
    pub fn explained(&self, from: usize, place: usize, to: usize) -> f64 {
        let (left, right) = (self.sum(from, place), self.sum(place, to));
        left * left / (place - from) as f64 + right * right / (to - place) as f64
    }
}

/// Variance of the mean of `m` runs of AR(1) noise in units of a run's variance: ((1+ρ)/(1−ρ) − 2ρ(1−ρᵐ)/(m(1−ρ)²)) / m.
pub fn width(m: usize, rho: f64) -> f64 {
    let m = m as f64;
    let far = (1.0 + rho) / (1.0 - rho);
    let near = 2.0 * rho * (1.0 - rho.powf(m)) / (m * (1.0 - rho) * (1.0 - rho));
    (far - near).max(1.0) / m
}

/// The place of `from..to`, with at least `least` runs on either side, where two levels explain most: (first run after, squared
/// difference of the levels over its variance, in units of a run's variance). `None` when the stretch is too short.
pub fn best(sums: &Sums, from: usize, to: usize, least: usize) -> Option<(usize, f64)> {
    let n = (to - from) as f64;
    let mean = sums.mean(from, to);
    let first = from + least;
    let origin = sums.of[from];
    // Compared without divisions: off²/room as off² over room, crosswise.
    let (mut gain, mut room, mut place) = (-1.0, 1.0, None);
    let mut l = least as f64;
    for (k, sum) in (first..).zip(sums.of.get(first..=to.checked_sub(least)?)?) {
        let off = sum - origin - l * mean;
        let (own, width) = (off * off, l * (n - l));
        if own * room > gain * width {
            (gain, room, place) = (own, width, Some(k));
        }
        l += 1.0;
    }
    place.map(|k| (k, gain / room * n))
}

/// A squared t with `freedom` degrees of freedom as a normal deviate, near enough (Wallace 1959).
pub fn deviate(t2: f64, freedom: f64) -> f64 {
    (freedom * (t2 / freedom).ln_1p()).sqrt()
}

/// Sum of squares around the mean of `from..to`.
pub fn squares(values: &[f64], sums: &Sums, from: usize, to: usize) -> f64 {
    let mean = sums.mean(from, to) + sums.origin();
    values[from..to].iter().map(|v| (v - mean) * (v - mean)).sum()
}

/// A side may be this much more variable than the whole before its own variance counts.
const UNEVEN: f64 = 1.5;
/// For how many runs the common variance counts in that of a side.
const COMMON: f64 = 6.0;

/// Squared t of the step at `place`: the difference of the levels over its standard error. A side that scatters clearly more than the
/// whole counts with its own variance (as Welch's test), lest a noisier host look like another level.
pub fn step(values: &[f64], sums: &Sums, (from, place, to): (usize, usize, usize), noise: Noise) -> f64 {
    let common = noise.sigma * noise.sigma;
    let variance = |a: usize, b: usize| {
        let own = (squares(values, sums, a, b) + COMMON * common) / ((b - a - 1) as f64 + COMMON);
        if own > UNEVEN * common { own } else { common }
    };
    let gap = sums.mean(place, to) - sums.mean(from, place);
    gap * gap
        / (variance(from, place) * width(place - from, noise.rho) + variance(place, to) * width(to - place, noise.rho))
}

/// Steps at the places of a stretch by generalised least squares for AR(1) noise: what counts is that the step came at once. Wandering noise makes
/// different levels too, but no jump between two runs that stands out of the innovations (compare DeCAFS, Romano et al. 2022).
#[derive(Debug, Clone, Copy)]
pub struct Jumps<'a> {
    values: &'a [f64],
    sums: &'a Sums,
    to: usize,
    rho: f64,
    /// What neighbours do not share, and its square.
    c: f64,
    cc: f64,
    /// Sum of squares of the level as a regressor, and of its products with the innovations over it.
    level_level: f64,
    level: f64,
    scale: f64,
}

impl<'a> Jumps<'a> {
    /// Of the stretch `from..to` of `values`.
    pub fn of(values: &'a [f64], sums: &'a Sums, (from, to): (usize, usize), noise: Noise) -> Self {
        let rho = noise.rho;
        let (c, own) = (1.0 - rho, 1.0 - rho * rho);
        let n = (to - from) as f64;
        let first = values[from] - sums.origin();
        let level_level = own + (n - 1.0) * c * c;
        let products = own * first + c * (sums.sum(from + 1, to) - rho * sums.sum(from, to - 1));
        let scale = 1.0 / (noise.sigma * noise.sigma * own).max(f64::MIN_POSITIVE);
        Self { values, sums, to, rho, c, cc: c * c, level_level, level: products / level_level, scale }
    }

    /// Squared t of a step at `place`, inside the stretch.
    #[inline]
    pub fn at(&self, place: usize) -> f64 {
        let rest = (self.to - place - 1) as f64 * self.cc;
        let level_step = self.c + rest;
        let x = |i: usize| self.values[i] - self.sums.origin();
        let later = self.sums.sum(place + 1, self.to) - self.rho * self.sums.sum(place, self.to - 1);
        let step = x(place) - self.rho * x(place - 1) + self.c * later;
        let off = step - level_step * self.level;
        off * off * self.scale / (1.0 + rest - level_step * level_step / self.level_level)
    }
}

/// Signed root of the likelihood ratio of the table side × beyond `middle`: how unevenly the sides share what lies beyond the middle between
/// their levels. Positive when the right side has more of the higher values. It knows nothing of the shape of the noise.
pub fn table(left: &[f64], right: &[f64], middle: f64) -> f64 {
    let above = |side: &[f64]| side.iter().filter(|&&v| v > middle).count() as f64;
    let (a, b) = (above(left), above(right));
    let (l, r) = (left.len() as f64, right.len() as f64);
    let (n, up) = (l + r, a + b);
    let term = |observed: f64, row: f64, column: f64| {
        if observed > 0.0 { observed * (observed * n / (row * column)).ln() } else { 0.0 }
    };
    let g = 2.0 * (term(a, l, up) + term(l - a, l, n - up) + term(b, r, up) + term(r - b, r, n - up));
    if b * l >= a * r { g.max(0.0).sqrt() } else { -g.max(0.0).sqrt() }
}

/// The largest value that [`table`] can take for sides of these many runs.
pub fn table_limit(left: usize, right: usize) -> f64 {
    let (l, r) = (left as f64, right as f64);
    let n = l + r;
    (2.0 * (l * (n / l).ln() + r * (n / r).ln())).sqrt()
}

/// A straight line through values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Value in the middle of the stretch.
    pub middle: f64,
    /// Per run.
    pub slope: f64,
    /// Sum of squares around it.
    pub squares: f64,
    runs: usize,
}

impl Line {
    /// By least squares through `values` (at least two).
    pub fn through(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let half = (n - 1.0) / 2.0;
        let (mut products, mut total) = (0.0, 0.0);
        for (i, v) in values.iter().enumerate() {
            let d = v - mean;
            products += (i as f64 - half) * d;
            total += d * d;
        }
        let slope = products / spread(values.len());
        Self { middle: mean, slope, squares: (total - slope * products).max(0.0), runs: values.len() }
    }

    /// Its value at run `i` of the stretch.
    #[inline]
    pub fn at(&self, i: usize) -> f64 {
        self.middle + self.slope * (i as f64 - (self.runs as f64 - 1.0) / 2.0)
    }

    /// Squared t of its slope in this noise.
    pub fn t2(&self, noise: Noise) -> f64 {
        self.slope * self.slope * spread(self.runs) / (noise.sigma * noise.sigma * noise.long_run())
    }
}

/// Sum of squares of the places 0, 1, … n−1 around their mean.
fn spread(n: usize) -> f64 {
    let n = n as f64;
    n * (n * n - 1.0) / 12.0
}
