//! Numbers for people: four significant digits, plain notation for ordinary magnitudes, the unit beside them.

use crate::domain::units::Unit;

/// Below this, 2^53, every whole number has a binary one of its own.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// `0.1432`, `291.2`, `12346`; whole numbers in full, powers of ten only where plain digits would be unreadable.
pub(super) fn number(value: f64) -> String {
    rounded(value, 4)
}

/// To so many significant digits.
fn rounded(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "not a number".to_owned();
    }
    let size = value.abs();
    if value.fract() == 0.0 && size < 1e15 {
        return format!("{value:.0}");
    }
    if !(1e-6..1e15).contains(&size) {
        let decimals = usize::try_from(digits - 1).unwrap_or(0);
        return format!("{value:.decimals$e}");
    }
    let decimals = (digits - 1 - size.log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The number as it stands, to the last digit.
pub(super) fn exact(value: f64) -> String {
    let size = value.abs();
    if value != 0.0 && !(1e-6..1e15).contains(&size) { format!("{value:e}") } else { format!("{value}") }
}

/// A computed number to twelve significant digits: what lies beyond is the arithmetic's and not the measurement's. Large ones stand
/// to the unit, as long as a binary number holds every whole one.
pub(super) fn computed(value: f64) -> String {
    if (1e11..WHOLE).contains(&value.abs()) {
        return exact(value.round());
    }
    exact(format!("{value:.11e}").parse().unwrap_or(value))
}

/// A number with its unit: `0.1432 s`, `12.4 %`, `3`.
pub(super) fn quantity(value: f64, unit: &Unit) -> String {
    with_unit(number(value), unit)
}

/// The same in a sentence: three digits are what a reader keeps.
pub(super) fn brief(value: f64, unit: &Unit) -> String {
    if unit.as_str() == "percent" { with_unit(percent(value, 3), unit) } else { with_unit(rounded(value, 3), unit) }
}

/// The change in a sentence.
pub(super) fn brief_change(value: f64, unit: &Unit) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    let text = if unit.as_str() == "percent" { percent(value, 3) } else { rounded(value, 3) };
    with_unit(format!("{sign}{text}"), unit)
}

/// A change with its sign: `+12.4 %`, `-0.02 s`.
pub(super) fn change(value: f64, unit: &Unit) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    // A tenth of a percent is as fine as a change is known.
    let text = if unit.as_str() == "percent" { percent(value, 4) } else { number(value) };
    with_unit(format!("{sign}{text}"), unit)
}

/// To a tenth, and finer only near zero.
fn percent(value: f64, digits: i32) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return number(value);
    }
    if value.abs() < 0.1 {
        return rounded(value, digits);
    }
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A value of one unit told in another, with four significant digits: what stands beside a plot or in a line of a terminal.
pub fn told(value: f64, own: &Unit, unit: &Unit) -> String {
    match own.convert(value, unit) {
        Some(value) => quantity(value, unit),
        None => quantity(value, own),
    }
}

/// A value told in another unit, with the digits in which values that lie `spread` apart differ (given in its own unit), four at least.
pub fn finely(value: f64, spread: f64, own: &Unit, unit: &Unit) -> String {
    let to = if own.convert(value, unit).is_some() { unit } else { own };
    let scaled = |value: f64| own.convert(value, to).unwrap_or(value);
    let value = scaled(value);
    let digits = match (magnitude(value), magnitude(scaled(spread))) {
        (Some(value), Some(spread)) => value - spread + 2,
        _ => 0,
    };
    let digits = digits.clamp(4, DIGITS);
    // As in a column: what lies below ten-thousandths has a power of ten.
    if value != 0.0 && value.abs() < 1e-4 {
        return with_unit(format!("{value:.*e}", digits as usize - 1), to);
    }
    with_unit(rounded(value, digits), to)
}

/// Digits that a double surely has.
const DIGITS: i32 = 15;

/// The power of ten of the first digit; `None` of zero and of what is not finite.
fn magnitude(value: f64) -> Option<i32> {
    (value != 0.0 && value.is_finite()).then(|| value.abs().log10().floor() as i32)
}

/// How the numbers of a column or of a scale are written, all in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// With so many decimals.
    Plain(usize),
    /// With a power of ten, and so many decimals before it.
    Powers(usize),
}

impl Style {
    /// That of numbers up to `most` in size of which the finest digit to be told is that of ten to the power of `finest`.
    pub(super) fn fit(most: f64, finest: i32) -> Self {
        let Some(largest) = magnitude(most) else { return Self::Plain(0) };
        let digits = |n: i32| usize::try_from(n).unwrap_or(0);
        if !(-4..DIGITS).contains(&largest) {
            return Self::Powers(digits((largest - finest).clamp(0, DIGITS)));
        }
        Self::Plain(digits((-finest).min(DIGITS - 1 - largest)))
    }

    pub(super) fn write(self, value: f64) -> String {
        match self {
            _ if !value.is_finite() => number(value),
            Self::Powers(_) if value == 0.0 => "0".to_owned(),
            Self::Plain(decimals) => format!("{value:.decimals$}"),
            Self::Powers(decimals) => format!("{value:.decimals$e}"),
        }
    }
}

/// Numbers of one column, with as many decimals each as give the middle one five significant digits, or as many more as tell apart numbers
/// that lie closely together, so that their points stand beneath one another; whole numbers without any. Where that would blot one out, or
/// where plain digits are unreadable, all have a power of ten.
pub fn columns(values: &[f64]) -> Vec<String> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let mut sizes: Vec<f64> = finite().map(f64::abs).filter(|size| *size > 0.0).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let (Some(&least), Some(&middle), Some(&most)) = (sizes.first(), sizes.get(sizes.len() / 2), sizes.last()) else {
        return values.iter().map(|value| number(*value)).collect();
    };
    // Halves, so that the distance of the largest numbers does not overflow.
    let half = finite().fold(f64::NEG_INFINITY, f64::max) / 2.0 - finite().fold(f64::INFINITY, f64::min) / 2.0;
    let apart = magnitude(half).map(|half| half - 2);
    let usual = middle.log10().floor() as i32 - 4;
    let finest = apart.map_or(usual, |apart| apart.min(usual));
    let is_whole = finite().all(|value| value.fract() == 0.0);
    let style = match Style::fit(most, if is_whole { 0 } else { finest }) {
        Style::Plain(decimals) if least < 10f64.powi(-(decimals as i32)) => {
            Style::Powers(apart.map_or(3, |apart| (most.log10().floor() as i32 - apart).clamp(3, DIGITS) as usize))
        }
        Style::Powers(_) => {
            let digits = most.log10().floor() as i32 - apart.unwrap_or(i32::MAX / 2);
            Style::Powers(digits.clamp(3, DIGITS) as usize)
        }
        plain => plain,
    };
    without_spare_zeros(values.iter().map(|value| style.write(*value)).collect(), style)
}

/// Zeros that end all of them say nothing.
fn without_spare_zeros(texts: Vec<String>, style: Style) -> Vec<String> {
    let Style::Plain(decimals @ 1..) = style else { return texts };
    let is_number = |text: &&String| text.ends_with(|c: char| c.is_ascii_digit());
    let zeros = |text: &String| text.len() - text.trim_end_matches('0').len();
    let spare = texts.iter().filter(is_number).map(zeros).min().unwrap_or(0).min(decimals);
    let keep = |text: String| {
        if !is_number(&&text) {
            return text;
        }
        let kept: String = text.chars().take(text.chars().count() - spare).collect();
        kept.trim_end_matches('.').to_owned()
    };
    texts.into_iter().map(keep).collect()
}

fn with_unit(number: String, unit: &Unit) -> String {
    match unit.as_str() {
        "" | "count" => number,
        "percent" => format!("{number} %"),
        "ratio" => format!("{number} ×"),
        _ => format!("{number} {}", unit.symbol()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_and_no_powers_of_ten_for_ordinary_numbers() {
        let cases = [
            (0.14323, "0.1432"),
            (291.2345, "291.2"),
            (12345.6, "12346"),
            (77.3, "77.3"),
            (9.99996, "10"),
            (0.000012345, "0.00001234"),
            (5e-9, "5.000e-9"),
            (1_500_000.0, "1500000"),
            (-0.5, "-0.5"),
            (0.0, "0"),
            (-0.0, "0"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::INFINITY), "not a number");
    }

    #[test]
    fn numbers_of_a_column_have_their_points_beneath_one_another() {
        assert_eq!(columns(&[0.2, 0.26, 1.5]), ["0.20", "0.26", "1.50"]);
        assert_eq!(columns(&[0.123_456_7, 12.0]), ["0.123", "12.000"]);
        assert_eq!(columns(&[3.0, 200.0]), ["3", "200"]);
        assert_eq!(columns(&[1e-9, 200.5]), ["1.000e-9", "2.005e2"]);
        assert_eq!(columns(&[0.0, f64::INFINITY]), ["0", "not a number"]);
        assert!(columns(&[]).is_empty());
    }

    #[test]
    fn digits_follow_the_spread_and_a_column_has_one_notation() {
        assert_eq!(columns(&[1e6, 1e6 + 0.0005, 1e6 - 0.0005]), ["1000000.0000", "1000000.0005", "999999.9995"]);
        assert_eq!(columns(&[2.995e-6, 2.62e-8]), ["2.995e-6", "2.620e-8"]);
        assert_eq!(columns(&[0.0, 2.62e-8, f64::NAN]), ["0", "2.620e-8", "not a number"]);
        assert_eq!(columns(&[1e297, 1.5e297]), ["1.000e297", "1.500e297"]);
        assert_eq!(columns(&[1.5, f64::INFINITY]), ["1.5", "not a number"]);
        assert_eq!(columns(&[f64::MAX, f64::MIN, 5e-324]).len(), 3);
        let (ms, s) = (Unit::new("ms"), Unit::new("s"));
        assert_eq!(finely(2.995e-6, 1e-7, &Unit::none(), &Unit::none()), "2.995e-6");
        assert_eq!(finely(1e9 + 0.25, 0.5, &ms, &s), "1000000.00025 s");
        assert_eq!((finely(179.96, 35.0, &ms, &s), finely(179.96, 0.0, &ms, &s)), ("0.18 s".into(), "0.18 s".into()));
    }

    #[test]
    fn changes_carry_their_sign_and_quantities_their_unit() {
        assert_eq!(change(12.44, &Unit::new("%")), "+12.4 %");
        assert_eq!(change(-3.0, &Unit::new("%")), "-3 %");
        assert_eq!(change(0.0, &Unit::new("s")), "0 s");
        assert_eq!(quantity(2.0, &Unit::new("count")), "2");
        assert_eq!(quantity(1.5, &Unit::new("x")), "1.5 ×");
        assert_eq!(told(12_345_678.0, &Unit::new("ns"), &Unit::new("ms")), "12.35 ms");
        assert_eq!(told(3.0, &Unit::new("us"), &Unit::new("us")), "3 µs");
        assert_eq!(computed(0.1 + 0.2), "0.3");
        assert_eq!(computed(1_825_197_161_598.0), "1825197161598");
        assert_eq!(computed(1_500_266_396_716.5), "1500266396717");
        assert_eq!(computed(-9_007_199_254_740_991.0), "-9.007199254740991e15");
        assert_eq!(exact(0.1 + 0.2), "0.30000000000000004");
    }
}
