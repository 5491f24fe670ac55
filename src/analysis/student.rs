//! Student's t distribution: what an interval or a probability from a few runs needs, good to about ten digits.

/// Probability that |T| exceeds `t` with `df` degrees of freedom (any positive real). 1 when `t` or `df` makes no sense.
pub fn two_sided_p(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return 1.0;
    }
    if t.is_infinite() {
        return 0.0;
    }
    incomplete_beta(df / 2.0, 0.5, df / (df + t * t)).clamp(0.0, 1.0)
}

/// The t that |T| exceeds with probability `p`: 12.706 for (0.05, 1), 1.96 for many degrees of freedom.
pub fn two_sided_quantile(p: f64, df: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e6);
    // Bisection: sixty halvings of the range leave no digit of a double in doubt, and it cannot diverge.
    for _ in 0..70 {
        let middle = (low + high) / 2.0;
        if two_sided_p(middle, df) > p {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Numerical Recipes, 6.4).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, 1.0 - x) / b
    }
}

fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let tiny = 1e-300;
    let guard = |v: f64| if v.abs() < tiny { tiny } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut sum = d;
    for m in 1..300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        sum *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        sum *= d * c;
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    sum
}

/// Logarithm of the gamma function of a positive number, by Lanczos' approximation (g = 7, nine terms).
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        // Reflection keeps small arguments exact; here x is a half at least, save for df below one.
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let base = x + 7.5;
    let sum = TERMS.iter().zip(1..).fold(0.999_999_999_999_809_9, |sum, (term, i)| sum + term / (x + f64::from(i)));
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * base.ln() - base + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_the_tables() {
        for (df, expected) in
            [(1.0, 12.7062), (2.0, 4.3027), (5.0, 2.5706), (10.0, 2.2281), (25.0, 2.0595), (1e6, 1.96)]
        {
            let t = two_sided_quantile(0.05, df);
            assert!((t - expected).abs() < 1e-4, "df {df}: {t}");
        }
    }

    #[test]
    fn probabilities_agree_with_the_tables() {
        for (t, df, expected) in [(0.0, 5.0, 1.0), (1.0, 1.0, 0.5), (4.0, 10.0, 0.002_518), (10.0, 25.0, 3.206e-10)] {
            let p = two_sided_p(t, df);
            assert!((p - expected).abs() < 0.002 * expected, "t {t}, df {df}: {p:e}");
        }
        assert_eq!(two_sided_p(f64::INFINITY, 5.0), 0.0);
        assert_eq!(two_sided_p(f64::NAN, 5.0), 1.0);
    }
}
