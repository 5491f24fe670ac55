//! The noise of single runs around their level: how wide it is, and how much neighbouring runs resemble one another.
//!
//! Twice: from differences of neighbours, which know no levels yet and which a step touches once; and from residuals, once levels
//! are fitted. The first finds where to look, the second says what a step is worth. What breaks most detectors is autocorrelation,
//! and what breaks estimates of it are steps: hence residuals *after* the fit, corrected for what the fit takes away.
//!
//! Neither can fail; no noise at all is a sigma of 0.

/// Makes a median absolute deviation a standard deviation, for normal noise.
const MAD_TO_SD: f64 = 1.4826;

/// Runs for which an estimate from differences is believed half: below, the noise counts as white.
const BELIEF: f64 = 40.0;

/// Noise of single runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Standard deviation of a run around its level.
    pub sigma: f64,
    /// Correlation of neighbouring runs (AR(1)), from 0 to below 1.
    pub rho: f64,
}

/// What is believed of the correlation before the runs at hand are looked at, and for how many runs that belief counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    pub rho: f64,
    pub weight: f64,
}

impl Noise {
    /// Noise of `y` from differences alone: with AR(1) noise those of neighbours have the variance 2σ²(1−ρ), those of next neighbours 2σ²(1−ρ²),
    /// and the ratio tells ρ. At least `floor` wide. `scratch` is for medians.
    pub fn of_differences(y: &[f64], floor: f64, scratch: &mut Vec<f64>) -> Self {
        let seen = difference_scale(y, scratch);
        let near = seen.max(floor);
        if seen <= floor || y.len() < 8 {
            return Self { sigma: near, rho: 0.0 };
        }
        // Differences that are steps or spikes are cut to what noise can be.
        let bound = 5.3 * near;
        let clipped = |lag: usize| {
            let squares = y.iter().zip(y.iter().skip(lag)).map(|(a, b)| (b - a).clamp(-bound, bound).powi(2));
            squares.sum::<f64>() / (y.len() - lag) as f64
        };
        let (first, second) = (clipped(1), clipped(2));
        let rho = if first > 0.0 { (second / first - 1.0).clamp(0.0, 0.9) } else { 0.0 };
        let n = y.len() as f64;
        let rho = rho * n * n / (n * n + BELIEF * BELIEF);
        Self { sigma: near / (1.0 - rho).sqrt(), rho }
    }

    /// By how much the variance of the mean of many runs exceeds that of as many independent ones.
    pub fn long_run(&self) -> f64 {
        (1.0 + self.rho) / (1.0 - self.rho)
    }

    /// The part of sigma that neighbours do not share: the standard deviation of their differences over √2.
    pub fn local(&self) -> f64 {
        self.sigma * (1.0 - self.rho).sqrt()
    }
}

/// Standard deviation of a value as differences of neighbours show it: their median absolute value.
fn difference_scale(y: &[f64], scratch: &mut Vec<f64>) -> f64 {
    scratch.clear();
    scratch.extend(y.iter().zip(y.iter().skip(1)).map(|(a, b)| (b - a).abs()));
    let n = scratch.len();
    if n == 0 {
        return 0.0;
    }
    let (_, &mut middle, _) = scratch.select_nth_unstable_by(n / 2, f64::total_cmp);
    if middle > 0.0 {
        return MAD_TO_SD * middle / std::f64::consts::SQRT_2;
    }
    // More than half of the neighbours are equal: what scatter there is, is in the others, save the few largest, which may be steps.
    let kept = n - (n / 50).max(1);
    let (small, _, _) = scratch.select_nth_unstable_by(kept, f64::total_cmp);
    (small.iter().map(|d| d * d).sum::<f64>() / (2.0 * n as f64)).sqrt()
}

/// Residuals as they are counted up, stretch by stretch.
#[derive(Debug, Clone, Default)]
pub struct Residuals {
    squares: f64,
    products: f64,
    pairs: usize,
    n: usize,
    last: Option<f64>,
}

impl Residuals {
    /// A stretch begins: its first run is nobody's neighbour.
    pub fn begin(&mut self) {
        self.last = None;
    }

    /// The next residual of the stretch.
    #[inline]
    pub fn add(&mut self, residual: f64) {
        self.squares += residual * residual;
        self.n += 1;
        if let Some(before) = self.last.replace(residual) {
            self.products += residual * before;
            self.pairs += 1;
        }
    }

    /// The noise that they show after `fitted` numbers (levels, slopes) were fitted to the runs; ρ at most `cap`.
    pub fn noise(&self, fitted: usize, belief: Belief, cap: f64, floor: f64) -> Noise {
        let (n, fitted) = (self.n as f64, fitted as f64);
        // Below the floor there is nothing but rounding, which says nothing of the noise.
        let counted = self.squares > n * floor * floor / 4.0 && self.pairs > 0;
        let raw = if counted { (self.products / self.pairs as f64) / (self.squares / n) } else { 0.0 };
        // A fitted level takes (1+3ρ)/n of the correlation away (Marriott and Pope 1954; Kendall 1954).
        let share = fitted / n;
        let own = ((raw + share) / (1.0 - 3.0 * share).max(0.25)).clamp(-0.2, 0.99);
        // Weighed by how well n runs tell it: the variance of the estimate is about (1−ρ²)/n, more for few.
        let weight = n * n / (n + 20.0) / (1.05 - own * own).max(0.3);
        let rho = (own * weight + belief.rho * belief.weight) / (weight + belief.weight);
        Noise { sigma: (self.squares / (n - fitted).max(1.0)).sqrt().max(floor), rho: rho.clamp(0.0, cap) }
    }
}
